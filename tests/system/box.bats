#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# holdfast box: this machine's own files, of which nothing is changed.

load helpers
load box

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
