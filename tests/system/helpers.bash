# SPDX-License-Identifier: Apache-2.0
# What the system tests share. scripts/check runs each file in a mount namespace of its own; here /run and /mnt
# become empty file systems in it, so that a test can leave nothing on the machine.
#
#   $bundle   a fresh bundle for every test, /mnt/bundle, with the configuration of examples/bundle
#   $rootfs   its root, with busybox
bats_require_minimum_version 1.5.0

holdfast=${HOLDFAST_BUILD:?is set by scripts/check}/holdfast
source_directory=$BATS_TEST_DIRNAME/../..
bundle=/mnt/bundle
rootfs=$bundle/rootfs

setup_file() {
    if [ "$(readlink /proc/self/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ]; then
        echo 'mounts made here would reach the machine: use scripts/check' >&2
        return 1
    fi
    mount -t tmpfs -o mode=755 holdfast-test /run
    "$source_directory/scripts/make-bundle" "$BATS_FILE_TMPDIR/image"
}

teardown_file() {
    umount -l /run
}

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
}

teardown() {
    umount -l /mnt
}

# Edits the bundle's configuration with jq: configure [OPTION]... FILTER
configure() {
    jq "$@" <"$bundle/config.json" >"$bundle/edited.json"
    mv "$bundle/edited.json" "$bundle/config.json"
}

# The container runs this shell program.
program() {
    configure --arg text "$1" '.process.args = ["sh", "-c", $text]'
}

# Adds a bind mount: bind SOURCE DESTINATION [OPTION]...
bind() {
    configure --arg source "$1" --arg destination "$2" \
        '.mounts += [{$destination, $source, type: "bind", options: $ARGS.positional}]' --args "${@:3}"
}

# Adds a file system: filesystem TYPE DESTINATION [OPTION]...
filesystem() {
    configure --arg type "$1" --arg destination "$2" \
        '.mounts += [{$destination, $type, source: $type, options: $ARGS.positional}]' --args "${@:3}"
}

# The program gets these capabilities, in all sets: capabilities NAME...
capabilities() {
    configure '.process.capabilities = ($ARGS.positional as $names
        | ["bounding", "effective", "permitted", "inheritable", "ambient"] | map({(.): $names}) | add)' --args "$@"
}

# Runs the bundle; fills $status, $output and $stderr. Options go to holdfast run.
start() {
    run --separate-stderr "$holdfast" run --bundle "$bundle" "$@" test
}

# Runs the bundle, which must succeed without a word on standard error.
start_well() {
    start "$@"
    if [ "$status" -ne 0 ] || [ -n "$stderr" ]; then
        printf 'status %s\n%s\n%s\n' "$status" "$output" "$stderr"
        return 1
    fi
}

# The start fails with exactly one line, which begins with the text: start_fails TEXT [OPTION]...
start_fails() {
    start "${@:2}"
    if [ "$status" -ne 1 ] || [ -n "$output" ] || [ "${#stderr_lines[@]}" -ne 1 ] ||
        [[ $stderr != "holdfast: $1"* ]]; then
        printf 'expected to begin: holdfast: %s\nstatus %s\n%s\n%s\n' "$1" "$status" "$output" "$stderr"
        return 1
    fi
}

# The start fails with exactly this one line: start_fails_with TEXT [OPTION]...
start_fails_with() {
    start "${@:2}"
    equal "$status $output $stderr" "1  holdfast: $1"
}

# Compares texts whole: equal ACTUAL EXPECTED
equal() {
    [ "$1" = "$2" ] || {
        diff --label expected --label actual -u <(printf '%s\n' "$2") <(printf '%s\n' "$1")
        return 1
    }
}

# A mountinfo table (proc_pid_mountinfo(5)) in a form that can be compared: a line a mount, sorted, as
#   MOUNT-POINT in PARENT ROOT OPTIONS [PROPAGATION...] - TYPE SOURCE SUPER-OPTIONS
# Peer groups lose their numbers, and what a kernel's configuration adds to the super options goes away.
mount_table() {
    awk '{
        point[$1] = $5
        parent[NR] = $2
        head[NR] = $5
        tail[NR] = $4
        for (i = 6; i <= NF; i++)
            tail[NR] = tail[NR] " " $i
    }
    END {
        for (i = 1; i <= NR; i++)
            print head[i], "in", (parent[i] in point ? point[parent[i]] : "-"), tail[i]
    }' | sed -E 's/(shared|master|propagate_from):[0-9]+/\1/g; s/,(inode64|seclabel)//g' | sort
}

# The rows of a table at the mount points: rows_at POINT... <TABLE
rows_at() {
    awk 'BEGIN { for (i = 1; i < ARGC; i++) wanted[ARGV[i]] = 1; ARGC = 1 } $1 in wanted' "$@"
}

# Waits for a file to appear, and fails where it never does.
wait_for() {
    for _ in {1..500}; do
        [ ! -e "$1" ] || return 0
        sleep 0.01
    done
    return 1
}

# The line in config.json on which the text stands: line_of TEXT
line_of() {
    grep -n -F -- "$1" "$bundle/config.json" | head -n 1 | cut -d : -f 1
}

# The line in config.json on which the mount at the destination begins: mount_line DESTINATION
mount_line() {
    echo $(($(line_of "\"destination\": \"$1\"") - 1))
}

# All names below the root with type, mode and owner: to tell whether a start left something behind.
list_rootfs() {
    (cd "$rootfs" && find . -printf '%p %y %m %U:%G %l\n' | sort)
}
