# SPDX-License-Identifier: Apache-2.0
# What the tests with real clients share. scripts/check runs each file in a mount and a PID namespace of its own; here
# all directories that a client could write to become empty file systems or copies in it, /etc included, so that nothing
# reaches the machine. Cgroups do: they are made below one directory, and removed.
#
#   $runtime   what the clients run: holdfast, or what HOLDFAST_CLIENTS_RUNTIME names, to tell whether a failure is
#              the client's or the machine's: HOLDFAST_CLIENTS_RUNTIME=/usr/sbin/runc scripts/check build podman.bats
#   $cgroup    the cgroup below which all cgroups of a file are made, in all hierarchies
#   $work      where a client keeps all that it keeps, and files of a test
bats_require_minimum_version 1.5.0

source_directory=$BATS_TEST_DIRNAME/../..
runtime=${HOLDFAST_CLIENTS_RUNTIME:-${HOLDFAST_BUILD:?is set by scripts/check}/holdfast}
cgroup=/holdfast-$(basename "$BATS_RUN_TMPDIR")
work=/mnt/work

# Makes the file's own machine, with a busybox root in $work/root to make images from.
make_machine() {
    local directory
    if ! grep -q -a bats /proc/1/cmdline; then
        echo 'mounts and processes made here would reach the machine: use scripts/check' >&2
        return 1
    fi
    for directory in /mnt /run /var/lib /var/tmp /dev/shm; do
        mount -t tmpfs -o mode=1777 holdfast-test "$directory"
    done
    chmod 755 /run
    mkdir -p /mnt/etc /mnt/overlay "$work" /run/lock
    mount -t overlay -o lowerdir=/etc,upperdir=/mnt/etc,workdir=/mnt/overlay holdfast-test /etc
    export TMPDIR=$work HOME=$work XDG_RUNTIME_DIR=
    "$source_directory/scripts/make-bundle" "$work"
    mv "$work/rootfs" "$work/root"
    mount_points >/mnt/mounts
    export machine=made
}

mount_points() {
    cut -d ' ' -f 5 /proc/self/mountinfo | grep -v -x /run/holdfast/seed | sort
}

# Writes the busybox root as an image, "box", that docker load and ctr image import read: make_image FILE
make_image() {
    local directory=$work/image
    mkdir "$directory"
    tar -C "$work/root" -cf "$directory/layer.tar" .
    cat >"$directory/config.json" <<END
{"architecture": "$(dpkg --print-architecture)", "os": "linux",
 "config": {"Env": ["PATH=/bin", "FIRST=1"], "Cmd": ["sh"]},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$(sha256sum "$directory/layer.tar" | cut -d ' ' -f 1)"]}}
END
    echo '[{"Config": "config.json", "RepoTags": ["docker.io/library/box:latest"], "Layers": ["layer.tar"]}]' \
        >"$directory/manifest.json"
    tar -C "$directory" -cf "$1" manifest.json config.json layer.tar
    rm -r "$directory"
}

# Starts a daemon, and fails with its log where the command never succeeds: start_daemon NAME READY-COMMAND -- DAEMON...
start_daemon() {
    local name=$1 ready=$2
    shift 3
    setsid "$@" >"$work/$name.log" 2>&1 3>&- &
    echo $! >"$work/$name.daemon"
    eventually eval "$ready >/dev/null 2>&1" || {
        tail -n 20 "$work/$name.log"
        return 1
    }
}

# Stops it, and waits until it is gone: stop_daemon NAME
stop_daemon() {
    local pid
    pid=$(cat "$work/$1.daemon")
    kill "$pid" || return 0
    for _ in {1..100}; do
        [ -d "/proc/$pid" ] || return 0
        sleep 0.1
    done
    kill -KILL "$pid"
}

# Processes of the PID namespace that are not the tests': those have one session.
strange_processes() {
    ps -e -o session=,stat=,args= | awk -v own="$(ps -o session= $$)" '$1 != own + 0'
}

# The cgroups below $cgroup. podman keeps one for its own processes.
strange_cgroups() {
    find /sys/fs/cgroup -depth -type d -path "*$cgroup/*" ! -path "*$cgroup/conmon"
}

# Directories of containers that the runtime forgot, where a client has not given it another place.
strange_state() {
    find /run/holdfast/containers /run/runc /run/crun "$work/state" -mindepth 1 ! -type d 2>/dev/null
}

# What a client has to have removed, apart from the mounts, by kind.
strange_things() {
    strange_processes
    strange_cgroups
    strange_state
    diff /mnt/mounts <(mount_points)
}

# Ends what is still in the cgroups of this file, and nothing else; the rest ends with the PID namespace.
clear_cgroups() {
    local directory pid
    find /sys/fs/cgroup -depth -type d -path "*$cgroup*" | while read -r directory; do
        while read -r pid; do
            [ "$pid" -eq 0 ] || kill -KILL "$pid" || true
        done <"$directory/cgroup.procs"
        eventually rmdir "$directory"
    done
}

# For teardown_file, which bats calls also where setup_file failed: no client may be told anything then, for it could
# be the machine's own.
machine_made() {
    [ -n "${machine-}" ]
}

# Fails where the client and the runtime have left something; in any case, everything is gone then.
check_machine() {
    local strange=
    for _ in {1..50}; do
        strange=$(strange_things) || true
        [ -n "$strange" ] || break
        sleep 0.1
    done
    clear_cgroups
    umount -R -l /etc /dev/shm /var/tmp /var/lib /run /mnt
    [ -z "$strange" ] || {
        printf 'left behind:\n%s\n' "$strange" >&2
        return 1
    }
}

# A test of what only holdfast does.
only_holdfast() {
    [ -z "${HOLDFAST_CLIENTS_RUNTIME-}" ] || skip "holdfast's own"
}

# Compares texts whole: equal ACTUAL EXPECTED
equal() {
    [ "$1" = "$2" ] || {
        diff --label expected --label actual -u <(printf '%s\n' "$2") <(printf '%s\n' "$1")
        return 1
    }
}

# Runs a command that has to exit with the status; fills $output, $lines and $stderr: exits STATUS COMMAND...
exits() {
    run --separate-stderr "-$1" "${@:2}" || {
        printf 'status %s, expected %s\n%s\n%s\n' "$status" "$1" "$output" "$stderr"
        return 1
    }
}

# The text stands in the other: has TEXT PART
has() {
    [[ $1 == *"$2"* ]] || {
        printf 'not in it: %s\n%s\n' "$2" "$1"
        return 1
    }
}

# A shell program that shows its namespaces, those named: show_namespaces NAME...
show_namespaces() {
    echo "for name in $*; do readlink /proc/self/ns/\$name; done"
}

# Repeats a command until it succeeds, for five seconds: eventually COMMAND...
eventually() {
    for _ in {1..50}; do
        ! "$@" || return 0
        sleep 0.1
    done
    echo "never came true: $*"
    return 1
}

# Whether a command's output is the text: prints TEXT COMMAND...
prints() {
    [ "$("${@:2}" 2>&1)" = "$1" ]
}

# The controller's directory of a cgroup below $cgroup: cgroup_directory CONTROLLER NAME
cgroup_directory() {
    local top=/sys/fs/cgroup
    [ "$(stat -f -c %T "$top")" = cgroup2fs ] || top=$top/$1
    echo "$top$cgroup/$2"
}

# The values of memory, processor and process limits that a container's cgroup has: limits NAME
limits() {
    if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
        (cd "/sys/fs/cgroup$cgroup/$1" && cat memory.max cpu.max pids.max) | tr '\n' ' '
    else
        (cd "$(cgroup_directory cpu "$1")" && cat ../../../memory"$cgroup/$1"/memory.limit_in_bytes \
            cpu.cfs_quota_us cpu.cfs_period_us ../../../pids"$cgroup/$1"/pids.max) | tr '\n' ' '
    fi
}

# Runs expect's script on a terminal of 33 rows and 101 columns, on which a command was started: its exit status is
# printed after it. on_terminal COMMAND SCRIPT
on_terminal() {
    run --separate-stderr expect -f - <<SCRIPT
set timeout 10
log_user 0
encoding system iso8859-1
set stty_init "rows 33 columns 101"
proc must {text} {
    expect {
        -ex \$text {}
        timeout { expect -re .*; puts "never came: \$text, but: \$expect_out(0,string)"; exit 1 }
        eof { puts "ended before: \$text, with: \$expect_out(buffer)"; exit 1 }
    }
}
spawn -noecho sh -c {$1; echo status \$?}
$2
expect eof
puts done
SCRIPT
    equal "$status $output $stderr" '0 done '
}
