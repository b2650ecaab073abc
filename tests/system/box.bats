#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# holdfast box: this machine's own files, of which nothing is changed, or a directory as the root; as root and as an
# ordinary user.

load helpers

user=12345

# Beside /mnt there is $ground, a directory on the file system of /, and /mnt/other, a mount of its own.
setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    mkdir /mnt/other
    mount -t tmpfs -o mode=755,size=1m holdfast-other /mnt/other
    ground=$(mktemp -d /var/tmp/holdfast-test.XXXXXX)
    chmod 0755 "$ground"
    echo old | tee "$ground/file" /mnt/file /mnt/other/file >/dev/null
    cd "$ground" || return
}

teardown() {
    cd /
    umount -R -l /mnt
    rm -rf "$ground"
}

box() {
    run --separate-stderr "$holdfast" box "$@"
}

box_well() {
    box "$@"
    equal "$status $stderr" '0 '
}

# The box fails before it starts, with one line that begins with the text: box_fails TEXT ARGUMENT...
box_fails() {
    box "${@:2}"
    equal "$status $output ${#stderr_lines[@]}" '1  1'
    [[ $stderr == "holdfast: $1"* ]] || equal "$stderr" "holdfast: $1…"
}

# All names below the places that a test changes, with everything that can be changed about them.
list_places() {
    find "$ground" /mnt/file /mnt/other -printf '%p %y %m %U:%G %T@ %l\n' | sort
    cat "$ground/file" /mnt/file /mnt/other/file
}

# In a box the commands print the text, and afterwards everything is as it was: changes COMMANDS TEXT
changes() {
    local before
    before=$(list_places)
    box_well -- sh -c "$1" sh "$ground"
    equal "$output" "$2"
    equal "$(list_places)" "$before"
}

# As the ordinary user, at home in $home: user_box ARGUMENT...
user_box() {
    [ -e /mnt/holdfast ] || install -m 0755 "$holdfast" /mnt/holdfast
    run --separate-stderr env HOME="${home-/nonexistent}" setpriv --reuid $user --regid $user --clear-groups \
        /mnt/holdfast box "$@"
}

user_box_well() {
    user_box "$@"
    equal "$status $stderr" '0 '
}

# Waits until a program runs that the box was given.
wait_for_program() {
    for _ in $(seq 100); do
        ! pgrep -f "^$*" >/dev/null || return 0
        sleep 0.05
    done
    return 1
}

@test "a file of / is changed in the box alone" {
    changes 'echo new >>$1/file; cat $1/file' "$(printf '%s\n' old new)"
}

@test "a file of another mount is changed in the box alone" {
    changes 'echo new >>/mnt/other/file; cat /mnt/other/file' "$(printf '%s\n' old new)"
}

@test "deletions are seen in the box alone" {
    mkdir -p "$ground/directory/below"
    changes 'rm -r $1/file $1/directory /mnt/other/file; ls -A $1 /mnt/other | sort' "$(printf '%s\n' '' /mnt/other: "$ground:")"
}

@test "new files are seen in the box alone" {
    changes 'mkdir -p $1/a/b /mnt/other/c; touch $1/a/b/d; ln -s x /mnt/other/e; mkfifo /mnt/other/f; find $1/a /mnt/other | sort' \
        "$(printf '%s\n' /mnt/other /mnt/other/{c,e,f,file} "$ground/a" "$ground/a/b" "$ground/a/b/d")"
}

@test "renames are seen in the box alone" {
    mkdir "$ground/directory"
    touch "$ground/directory/below"
    changes 'mv $1/file $1/moved; mv $1/directory $1/elsewhere; mv /mnt/other/file $1/across; cd $1; find . | sort' \
        "$(printf '%s\n' . ./across ./elsewhere ./elsewhere/below ./moved)"
}

@test "modes, owners and times are changed in the box alone" {
    changes 'for f in $1/file /mnt/other/file; do chmod 4711 $f; chown 7:8 $f; touch -d @1000 $f; chmod 4711 $f; done
        stat -c "%a %u:%g %Y" $1/file /mnt/other/file' "$(printf '%s\n' '4711 7:8 1000' '4711 7:8 1000')"
}

@test "a new file in a directory of the system is seen in the box alone" {
    local name=holdfast-test.$$
    box_well -- sh -c 'touch /etc/$1 /usr/$1 /var/lib/$1 /run/$1 /mnt/$1; ls -d /*/$1 /var/lib/$1' sh "$name"
    equal "$output" "$(printf "%s/$name\n" /etc /mnt /run /usr /var/lib)"
    run ls -d /*/"$name" /var/lib/"$name"
    equal "$status" 2
}

@test "what is installed in a box works there, and is not on the machine" {
    printf '#!/bin/sh\necho hello\n' >holdfast-test-hello
    printf 'install:\n\tinstall -D -m 0755 holdfast-test-hello /usr/local/bin/holdfast-test-hello\n' >Makefile
    box_well -- sh -c 'make -s install; stat -c "%a %u:%g" /usr/local/bin/holdfast-test-hello
        find /usr/local -newer Makefile -type f; /usr/local/bin/holdfast-test-hello'
    equal "$output" "$(printf '%s\n' '755 0:0' /usr/local/bin/holdfast-test-hello hello)"
    [ ! -e /usr/local/bin/holdfast-test-hello ]
}

@test "two boxes at once do not see each other's changes" {
    mkfifo /mnt/other/end
    "$holdfast" box --bind /mnt/other:/mnt/other -- sh -c 'echo first >file; touch /mnt/other/ready; read x </mnt/other/end; cat file' \
        >/mnt/first 3>&- &
    wait_for /mnt/other/ready
    box_well -- cat file
    equal "$output" old
    echo >/mnt/other/end
    wait $!
    equal "$(cat /mnt/first)" first
}

@test "the mount table: each mount of the machine copy-on-write, the system mounts new" {
    box_well -- cat /proc/self/mountinfo
    equal "$(mount_table <<<"$output" | rows_at / /dev /dev/mqueue /dev/pts /dev/shm /mnt /mnt/other /proc /run /sys |
        sed 's/,uuid=.*//')" "$(cat <<'TABLE'
/ in - / rw,nodev,relatime - overlay overlay rw,lowerdir=lower,upperdir=upper,workdir=work
/dev in / / rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
/dev/mqueue in /dev / rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw
/dev/pts in /dev / rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666
/dev/shm in /dev / rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw
/mnt in / / rw,nodev,relatime - overlay overlay rw,lowerdir=lower,upperdir=upper,workdir=work
/mnt/other in /mnt / rw,nodev,relatime - overlay overlay rw,lowerdir=lower,upperdir=upper,workdir=work
/proc in / / rw,nosuid,nodev,noexec,relatime - proc proc rw
/run in / / rw,nodev,relatime - overlay overlay rw,lowerdir=lower,upperdir=upper,workdir=work
/sys in / / ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
TABLE
)"
}

@test "the mount table has nothing of the seed or of the file system for changes" {
    box_well -- sh -c 'cat /proc/self/mountinfo; ls -A /run/holdfast'
    equal "$(grep -c -e ' tmpfs holdfast ' -e holdfast-seed -e nsfs <<<"$output")" 0
    # Where there is no mount on the machine there is none in the box, the hidden and read-only paths aside.
    equal "$(comm -13 <({ cut -d ' ' -f 5 /proc/self/mountinfo; echo /dev/mqueue; } | sort -u) \
        <(grep ' - ' <<<"$output" | cut -d ' ' -f 5 | grep -v -E '^/(proc|sys)/' | sort -u))" ''
}

@test "a mount that is covered by another one does not show through" {
    mount -t tmpfs cover /mnt/other
    box_well -- ls -A /mnt/other
    equal "$output" ''
}

@test "a file of the machine that is a bind mount is shown" {
    mount --bind "$ground/file" /mnt/file
    echo bound >"$ground/file"
    box_well -- cat /mnt/file
    equal "$output" bound
}

@test "a file system that overlayfs does not take is read-only" {
    mount -t ramfs ram /mnt/other
    echo ram >/mnt/other/file
    box -- sh -c 'cat /mnt/other/file; touch /mnt/other/file'
    equal "$status $output" '1 ram'
    [[ $stderr == *'Read-only file system' ]]
}

@test "a mount point with a blank in its name" {
    mkdir '/mnt/a b'
    mount -t tmpfs blank '/mnt/a b'
    echo content >'/mnt/a b/file'
    box_well -- sh -c 'cat "/mnt/a b/file"; rm "/mnt/a b/file"'
    equal "$output" content
    equal "$(cat '/mnt/a b/file')" content
}

@test "the devices are the default ones, and links" {
    box_well -- sh -c 'ls /dev; cd /dev; stat -c "%n %F %t:%T %a" full null random tty urandom zero; readlink ptmx fd'
    equal "$output" "$([ ! -e /proc/kcore ] || echo core
        printf '%s\n' fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero \
        'full character special file 1:7 666' 'null character special file 1:3 666' 'random character special file 1:8 666' \
        'tty character special file 5:0 666' 'urandom character special file 1:9 666' 'zero character special file 1:5 666' \
        pts/ptmx /proc/self/fd)"
}

@test "a device node on the machine's file system can't be opened" {
    mknod -m 0666 "$ground/null" c 1 3
    box -- sh -c 'echo x >$1/null' sh "$ground"
    [[ $status -ne 0 && $stderr == *'Permission denied'* ]]
}

@test "proc shows the box's own processes" {
    box_well -- sh -c 'echo $$; cd /proc; echo [0-9]*'
    equal "$output" "$(printf '%s\n' 2 '1 2')"
}

@test "an interrupt ends a program that does not handle it" {
    "$holdfast" box -- sleep 30 3>&- &
    wait_for_program sleep 30
    kill -INT $!
    status=0
    wait $! || status=$?
    equal "$status" 130
}

@test "orphans are reaped" {
    box_well -- sh -c '(sleep 0.1 & ); sleep 0.5; grep -l ^State:.Z /proc/[0-9]*/status; true'
    equal "$output" ''
}

@test "a program that changes its user ends with holdfast, too" {
    "$holdfast" box -- setpriv --reuid 65534 --clear-groups sleep 77 3>&- &
    wait_for_program sleep 77
    kill -KILL $!
    wait $! || true
    for _ in $(seq 50); do
        pgrep -f '^sleep 77' >/dev/null || return 0
        sleep 0.1
    done
    return 1
}

@test "each namespace is new but the user's and time" {
    # shellcheck disable=SC2016
    box_well -- sh -c 'for name in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$name; done'
    equal "$(for name in cgroup ipc mnt net pid time user uts; do readlink "/proc/self/ns/$name"; done |
        comm -12 - <(printf '%s\n' "$output") | sed 's/:.*//')" "$(printf '%s\n' time user)"
}

@test "there is no network but the loopback interface, which is up" {
    box_well -- sh -c 'sed 1,2d /proc/net/dev | cut -d : -f 1; cat /proc/net/route | wc -l; ls /sys/class/net; cat /sys/class/net/lo/carrier'
    equal "$(tr -d ' ' <<<"$output")" "$(printf '%s\n' lo 1 lo 1)"
}

@test "--net keeps the machine's network" {
    box_well --net -- readlink /proc/self/ns/net
    equal "$output" "$(readlink /proc/self/ns/net)"
}

@test "masked paths are hidden, as far as the kernel has them" {
    local path
    for path in /proc/{acpi,asound,interrupts,kcore,keys,latency_stats,sched_debug,scsi,timer_list,timer_stats} /sys/firmware; do
        [ -e $path ] || continue
        box_well -- sh -c 'if [ -d $1 ]; then ls -A $1; touch $1/x 2>&1 | grep -o "Read-only.*"; else stat -c %t:%T $1; cat $1; fi' sh $path
        [ ! -d $path ] || equal "$path $output" "$path Read-only file system"
        [ -d $path ] || equal "$path $output" "$path 1:3"
    done
}

@test "the kernel's settings are read-only" {
    box -- sh -c 'echo x >/proc/sys/kernel/hostname'
    [[ $status -ne 0 && $stderr == *'Read-only file system'* ]]
    box_well -- cat /proc/self/mountinfo
    equal "$(mount_table <<<"$output" | rows_at /proc/{bus,fs,irq,sys} | cut -d ' ' -f 1-5)" "$(printf \
        '/proc/%s in /proc /%s ro,nosuid,nodev,noexec,relatime\n' bus bus fs fs irq irq sys sys)"
    box -- touch /sys/kernel/uevent_seqnum
    [[ $status -ne 0 && $stderr == *'Read-only file system' ]]
}

@test "capabilities are those that installing software takes, and there are no new ones" {
    box_well -- grep -E '^(Cap|NoNewPrivs)' /proc/self/status
    equal "$(tr '\t' ' ' <<<"$output")" "$(printf '%s\n' 'CapInh: 0000000000000000' 'CapPrm: 00000000a00405fb' \
        'CapEff: 00000000a00405fb' 'CapBnd: 00000000a00405fb' 'CapAmb: 0000000000000000' 'NoNewPrivs: 1')"
}

@test "the open descriptors are exactly 0, 1 and 2" {
    box_well -- perl -e 'opendir(my $d, "/proc/self/fd"); print join(" ", sort grep { /\d/ && -e "/proc/self/fd/$_" && $_ != fileno($d) } readdir($d)), "\n"' 7</etc/passwd
    equal "$output" '0 1 2'
}

@test "environment and working directory are the caller's" {
    mkdir "$ground/some where"
    cd "$ground/some where"
    A='one two' box_well -- sh -c 'echo "$A"; pwd'
    equal "$output" "$(printf '%s\n' 'one two' "$ground/some where")"
}

@test "supplementary groups are the caller's" {
    run --separate-stderr setpriv --groups 7,8 "$holdfast" box -- grep ^Groups: /proc/self/status
    equal "$status $output" $'0 Groups:\t7 8 '
}

@test "the exit status is the command's" {
    local code
    for code in 0 1 77 255; do
        box -- sh -c "exit $code"
        equal "$status $output $stderr" "$code  "
    done
}

@test "a command that a signal ends gives 128 and the signal's number" {
    box -- sh -c 'sh -c "kill -TERM \$\$"; exit $?'
    equal "$status" 143
}

@test "a command that is missing is an error" {
    box_fails 'cannot execute holdfast-no-such-command: executable file not found in $PATH (' -- holdfast-no-such-command
}

@test "signals are forwarded to the command" {
    "$holdfast" box --bind /mnt/other:/mnt/other -- sh -c 'trap "exit 7" TERM; touch /mnt/other/ready; while :; do sleep 0.01; done' 3>&- &
    wait_for /mnt/other/ready
    kill -TERM $!
    status=0
    wait $! || status=$?
    equal "$status" 7
}

@test "a box that is killed takes the command with it" {
    local launcher program
    "$holdfast" box --bind /mnt/other:/mnt/other -- sh -c 'touch /mnt/other/ready; exec sleep 600' 3>&- &
    launcher=$!
    wait_for /mnt/other/ready
    program=$(pgrep -P $launcher)
    [ -d "/proc/$program" ]
    kill -KILL $launcher
    for _ in {1..300}; do
        grep -q -v '^State:.Z' <(grep ^State: "/proc/$program/status" 2>/dev/null) || return 0
        sleep 0.01
    done
    kill -KILL "$program"
    return 1
}

@test "--ro makes the root read-only, and the memory file systems stay writable" {
    # shellcheck disable=SC2016
    box_well --ro -- sh -c 'for f in /etc/x $1/file; do ( : >$f ) 2>&1 | grep -o Read-only.*; done; echo x >/dev/shm/x; cat /dev/shm/x $1/file' sh "$ground"
    equal "$output" "$(printf '%s\n' 'Read-only file system' 'Read-only file system' x old)"
}

@test "--ro makes the machine's other mounts read-only as well" {
    box --ro -- touch /mnt/other/file
    equal "$status" 1
    [[ $stderr == *'Read-only file system' ]]
}

@test "--bind keeps what the command writes" {
    mkdir /mnt/kept
    box_well --bind /mnt/kept:/etc -- sh -c 'echo done >/etc/result'
    equal "$(cat /mnt/kept/result)" 'done'
}

@test "--bind ro can't be written, and its source can" {
    box --bind /mnt/other:/srv:ro -- touch /srv/x
    [[ $status -eq 1 && $stderr == *'Read-only file system' ]]
    touch /mnt/other/x
}

@test "--bind takes options, more than one, and may be given again" {
    box_well -b /mnt/other:/srv:ro,nosuid,noexec --bind=/mnt/file:/etc/hostname -- sh -c 'cat /etc/hostname /proc/self/mountinfo'
    equal "${lines[0]}" old
    equal "$(mount_table <<<"${output#old}" | rows_at /srv /etc/hostname)" "$(printf '%s\n' \
        '/etc/hostname in / /file rw,relatime - tmpfs holdfast-test rw,mode=755' \
        '/srv in / / ro,nosuid,noexec,relatime - tmpfs holdfast-other rw,size=1024k,mode=755')"
}

@test "--bind brings what is mounted below the source, and makes the destination" {
    box_well --bind /mnt:/new/place -- sh -c 'cat /new/place/other/file; rm /new/place/other/file'
    equal "$output" old
    [ ! -e /mnt/other/file ]
    [ ! -e /new ]
}

@test "--bind of a relative source starts from the working directory" {
    mkdir -p /mnt/a/b
    echo relative >/mnt/a/file
    cd /mnt/a/b
    box_well --bind ../file:/etc/hostname -- cat /etc/hostname
    equal "$output" relative
}

@test "--bind of a missing source is an error that names it" {
    box_fails '--bind /mnt/missing:/srv: cannot open the source /mnt/missing: openat2: ENOENT (No such file or directory);' \
        --bind /mnt/missing:/srv -- true
}

@test "--bind with an unknown option is an error that names it" {
    box_fails '--bind /mnt/other:/srv:nosiud: option "nosiud": nothing that a bind mount knows;' \
        --bind /mnt/other:/srv:nosiud -- true
}

@test "--bind that is malformed is an error that says what it should be" {
    local word
    for word in '' /mnt :/srv /mnt: : /mnt:/srv:ro:rw; do
        box_fails "--bind $word: is not SOURCE:DESTINATION[:OPTIONS]" --bind "$word" -- true
    done
}

@test "with ROOT the directory is the root, and is changed for good" {
    box_well "$rootfs" -- sh -c 'ls /; pwd; echo x >/tmp/x'
    equal "$output" "$(printf '%s\n' bin dev etc proc sys tmp /)"
    equal "$(cat "$rootfs/tmp/x")" x
}

@test "with ROOT the mount table has nothing of the machine" {
    box_well "$rootfs" -- cat /proc/self/mountinfo
    equal "$(mount_table <<<"$output" | grep -v -E '^/(proc|sys)/')" "$(cat <<'TABLE'
/ in - /bundle/rootfs rw,relatime - tmpfs holdfast-test rw,mode=755
/dev in / / rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
/dev/mqueue in /dev / rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw
/dev/pts in /dev / rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666
/dev/shm in /dev / rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw
/proc in / / rw,nosuid,nodev,noexec,relatime - proc proc rw
/sys in / / ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
TABLE
)"
}

@test "with ROOT and --ro nothing can be changed" {
    mkdir "$rootfs/proc" "$rootfs/sys" "$rootfs/dev"
    box "$rootfs" --ro -- touch /tmp/x
    equal "$status $stderr" '1 touch: /tmp/x: Read-only file system'
    [ ! -e "$rootfs/tmp/x" ]
}

@test "options may stand before ROOT and after it" {
    mkdir "$rootfs/proc" "$rootfs/sys" "$rootfs/dev" "$rootfs/a" "$rootfs/b"
    box --bind /mnt/other:/a --net "$rootfs" --ro -- sh -c 'cat /a/file; readlink /proc/self/ns/net; touch /b/x'
    equal "$status $output" "1 $(printf '%s\n' old "$(readlink /proc/self/ns/net)")"
    equal "$stderr" 'touch: /b/x: Read-only file system'
    box --ro "$rootfs" --net --bind /mnt/other:/a -- sh -c 'cat /a/file; readlink /proc/self/ns/net; touch /b/x'
    equal "$status $output" "1 $(printf '%s\n' old "$(readlink /proc/self/ns/net)")"
    equal "$stderr" 'touch: /b/x: Read-only file system'
}

@test "ROOT in its short forms: ., .. and ./directory" {
    cd "$rootfs"
    box_well . -- ls /bin/busybox
    cd bin
    box_well .. -- ls /bin/busybox
    cd "$bundle"
    box_well ./rootfs -- ls /bin/busybox
    box_well ./rootfs ls /bin/busybox
    equal "$output" /bin/busybox
}

@test "a first word that is no directory is the command" {
    mkdir "$ground/ls"
    box_well ls "$ground"
    equal "$output" "$(printf '%s\n' file ls)"
    box_well /bin/ls "$ground"
    equal "$output" "$(printf '%s\n' file ls)"
    printf '#!/bin/sh\necho own\n' >script
    chmod 0755 script
    box_well ./script
    equal "$output" own
}

@test "after -- the first word is the command, also where it is a directory" {
    box_fails "cannot execute $rootfs: permission denied: it is a directory" -- "$rootfs"
}

@test "the command's options are its own" {
    box_well echo --ro --bind -x --help
    equal "$output" '--ro --bind -x --help'
    box_well -- echo -- a
    equal "$output" '-- a'
}

@test "without a command there is the caller's shell, which reads standard input" {
    printf '#!/bin/sh\necho "own shell <$*>"\nexec /bin/sh "$@"\n' >/mnt/shell
    chmod 0755 /mnt/shell
    SHELL=/mnt/shell box_well <<<'echo read; pwd; echo new >file'
    equal "$output" "$(printf '%s\n' 'own shell <>' read "$ground")"
    equal "$(cat file)" old
}

@test "without a command and SHELL there is /bin/sh" {
    unset SHELL
    box_well <<<'readlink -f /proc/$$/exe'
    equal "$output" "$(readlink -f /bin/sh)"
}

@test "with ROOT and without a command there is the root's /bin/sh" {
    SHELL=/mnt/shell box_well "$rootfs" <<<'readlink /proc/$$/exe'
    equal "$output" /bin/busybox
}

@test "a terminal where standard input and output are one" {
    mkfifo /mnt/silent # script sends what stands for the end of its input
    run script -qec "'$holdfast' box -- sh -c 'tty; stat -c %t:%T /dev/console; stty size'" /dev/null <>/mnt/silent
    equal "$status $(tr -d '\r' <<<"$output" | head -n 2)" "0 $(printf '%s\n' /dev/pts/0 88:0)"
}

@test "no terminal where standard output is none" {
    run script -qec "'$holdfast' box -- sh -c 'tty; [ -e /dev/console ] || echo none' | cat" /dev/null
    [[ $(tr -d '\r' <<<"${lines[-1]}") == none ]]
}

@test "the shell on a terminal is interactive and has job control" {
    run --separate-stderr expect -f - <<SCRIPT
set timeout 10
log_user 0
spawn -noecho env SHELL=/bin/bash $holdfast box
send "set -m; echo flags=\$-; exit 3\r"
expect {
    -re {flags=[a-zA-Z]*i[a-zA-Z]*m} {}
    timeout { puts never; exit 1 }
    eof { puts ended; exit 1 }
}
expect eof
puts [lindex [wait] 3]
SCRIPT
    equal "$status $output" '0 3'
}

@test "a missing ROOT is taken for a command that is missing" {
    box_fails 'cannot execute ./missing: no such file or directory in the container' ./missing -- true
}

@test "nothing of a box is left" {
    local before after
    box_well -- true
    before=$(cat /proc/self/mountinfo; ls -A /run/holdfast "$ground"; shopt -s nullglob; echo /tmp/*holdfast*)
    box_well -- true
    box -- false
    box --bind /missing:/x -- true
    after=$(cat /proc/self/mountinfo; ls -A /run/holdfast "$ground"; shopt -s nullglob; echo /tmp/*holdfast*)
    equal "$after" "$before"
}

@test "as an ordinary user: the own ids, and no capabilities" {
    user_box_well -- sh -c 'id -u; id -g; grep -E "^(CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs)" /proc/self/status; cat /proc/self/uid_map'
    equal "$(tr '\t' ' ' <<<"$output" | tr -s ' ')" "$(printf '%s\n' $user $user 'CapPrm: 0000000000000000' \
        'CapEff: 0000000000000000' 'CapBnd: 0000000000000000' 'CapAmb: 0000000000000000' 'NoNewPrivs: 1' " $user $user 1")"
}

@test "as an ordinary user: the own files at home can be changed, and are as they were afterwards" {
    mkdir -p "$ground/home/directory"
    echo mine | tee "$ground/home/a" "$ground/home/b" >"$ground/home/directory/c"
    chown -R $user:$user "$ground/home"
    home=$ground/home
    user_box_well -- sh -c 'cd; echo new >a; rm b; echo new >directory/c; mkdir d; mv directory e; find . | sort; cat a e/c'
    equal "$output" "$(printf '%s\n' . ./a ./d ./e ./e/c new new)"
    equal "$(cd "$home" && find . | sort && cat a b directory/c)" \
        "$(printf '%s\n' . ./a ./b ./directory ./directory/c mine mine mine)"
}

@test "as an ordinary user: the own files below the working directory can be changed" {
    install -d -o $user -g $user "$ground/work" "$ground/work/below"
    cd "$ground/work/below"
    user_box_well -- sh -c 'echo new >file; echo new >../file; cat file ../file'
    equal "$output" "$(printf '%s\n' new new)"
    equal "$(find "$ground/work")" "$(printf '%s\n' "$ground/work" "$ground/work/below")"
}

@test "as an ordinary user: a home on a mount of its own" {
    install -d -o $user -g $user /mnt/other/home
    home=/mnt/other/home
    user_box_well -- sh -c 'echo new >~/file; cat ~/file /mnt/other/file'
    equal "$output" "$(printf '%s\n' new old)"
    equal "$(ls -A /mnt/other/home)" ''
}

@test "as an ordinary user: a mount that is the user's own directory" {
    mkdir /mnt/mine
    mount -t tmpfs -o mode=700,uid=$user,gid=$user mine /mnt/mine
    user_box_well -- sh -c 'echo new >/mnt/mine/file; cat /mnt/mine/file'
    equal "$output" new
    equal "$(ls -A /mnt/mine)" ''
}

@test "as an ordinary user: /tmp and /var/tmp can be written, and nothing is left" {
    local name=holdfast-test.$$
    user_box_well -- sh -c 'echo x >/var/tmp/$1; echo y >/tmp/$1; cat /var/tmp/$1 /tmp/$1' sh $name
    equal "$output" "$(printf '%s\n' x y)"
    [ ! -e /var/tmp/$name ] && [ ! -e /tmp/$name ]
}

@test "as an ordinary user: files of others can't be written, removed or read against their modes" {
    echo secret >"$ground/secret"
    chmod 0600 "$ground/secret"
    # shellcheck disable=SC2016
    user_box -- sh -c 'cat $1/file; (echo x >$1/file) 2>/dev/null || echo 1; rm -f $1/file 2>/dev/null || echo 2
        cat $1/secret 2>/dev/null || echo 3; (echo x >>/etc/passwd) 2>/dev/null || echo 4; cat /etc/shadow 2>/dev/null || echo 5
        (echo x >/mnt/other/file) 2>/dev/null || echo 6; cat /mnt/other/file' sh "$ground"
    equal "$status $output" "0 $(printf '%s\n' old 1 2 3 4 5 6 old)"
    equal "$(cat "$ground/file" "$ground/secret" /mnt/other/file)" "$(printf '%s\n' old secret old)"
}

@test "as an ordinary user: /root is as closed as outside" {
    [ "$(stat -c %a /root)" = 700 ] || skip '/root is not closed on this machine'
    user_box -- ls -A /root
    equal "$status $output" '2 '
    [[ $stderr == *'Permission denied' ]]
}

@test "as an ordinary user: no network, no host process, only own mounts" {
    user_box_well -- sh -c 'sed 1,2d /proc/net/dev | cut -d : -f 1; cd /proc; set -- [0-9]*; echo $#; grep -c -e nsfs -e holdfast-seed /proc/self/mountinfo; true'
    equal "$(tr -d ' ' <<<"$output")" "$(printf '%s\n' lo 2 0)"
}

@test "as an ordinary user: --net, --ro and --bind" {
    install -d -o $user -g $user /mnt/mine
    user_box --net --ro --bind /mnt/mine:/srv -- sh -c 'readlink /proc/self/ns/net; echo kept >/srv/file; touch /var/tmp/x'
    equal "$status $output" "1 $(readlink /proc/self/ns/net)"
    [[ $stderr == *'Read-only file system' ]]
    equal "$(cat /mnt/mine/file)" kept
}

@test "as an ordinary user: with ROOT" {
    chown -hR $user:$user "$rootfs"
    user_box_well "$rootfs" -- sh -c 'id -u; ls /; echo x >/tmp/x'
    equal "$output" "$(printf '%s\n' $user bin dev etc proc sys tmp)"
    equal "$(stat -c %u:%g "$rootfs/tmp/x")" $user:$user
}

@test "as an ordinary user: a source of --bind that the user may not reach is refused" {
    mkdir -m 0700 /mnt/closed
    touch /mnt/closed/file
    user_box --bind /mnt/closed/file:/srv -- true
    equal "$status ${#stderr_lines[@]}" '1 1'
    [[ $stderr == 'holdfast: --bind /mnt/closed/file:/srv: '*EACCES* ]]
}

@test "as an ordinary user: the exit status is the command's, and signals are forwarded" {
    user_box -- sh -c 'exit 9'
    equal "$status" 9
    mkdir -m 0777 /mnt/mine
    chmod 0777 /mnt/mine
    setpriv --reuid $user --regid $user --clear-groups /mnt/holdfast box --bind /mnt/mine:/mnt/mine -- \
        sh -c 'trap "exit 7" TERM; touch /mnt/mine/ready; while :; do sleep 0.01; done' 3>&- &
    wait_for /mnt/mine/ready
    kill -TERM $!
    status=0
    wait $! || status=$?
    equal "$status" 7
}

@test "the help shows how it is used" {
    box_well --help
    equal "$output" "$(cat <<'HELP'
Usage: holdfast box [OPTION]... [ROOT] [--] [COMMAND...]

Runs a command in a box, without a bundle.

Without ROOT the command sees this machine's own files, and whatever it does to them is
gone when it ends: changes stay in memory. With ROOT, a directory (written with a "/",
or "." or ".."), that is its root and is changed for good, unless --ro is given.
Without COMMAND there is a shell. Ordinary users may use it, too.

Options:
  -b, --bind SRC:DST[:OPT,...]     shows SRC at DST; options as in config.json
      --ro                         makes the root read-only
      --net                        keeps the machine's network
  -h, --help                       shows this help
HELP
)"
}
