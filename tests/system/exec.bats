#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Further programs in a container: the options of exec, one by one.
load container_life

# A container that only waits, with a directory /tmp.
waiting() {
    program 'exec sleep 1000'
    detached
}

@test "exit codes: the program's, 128 and a signal, 255 for holdfast's own failures" {
    local wanted
    waiting
    for wanted in 0 1 42 255; do
        command_line exec "$id" sh -c "exit $wanted"
        equal "$status $output $stderr" "$wanted  "
    done
    command_line exec "$id" sh -c 'kill -TERM $$'
    equal "$status $output $stderr" '143  '
    command_line exec "$id" sh -c 'kill -KILL $$'
    equal "$status $output $stderr" '137  '
}

@test "a program that isn't there: in the words that engines look for, and no place in config.json" {
    waiting
    refuses_with 255 'cannot execute none: executable file not found in $PATH (/bin)' exec "$id" none
    refuses_with 255 'cannot execute /none: no such file or directory in the container' exec "$id" /none
    refuses_with 255 'cannot execute /etc: permission denied: it is a directory' exec "$id" /etc
    echo '{"args": ["/none"], "cwd": "/"}' >/mnt/process.json
    refuses_with 255 '/mnt/process.json:1: args[0]: cannot execute /none: no such file or directory in the container' \
        exec --process /mnt/process.json "$id"
}

@test "--process: everything in the file counts, and nothing of the container's process" {
    waiting
    cat >/mnt/process.json <<'JSON'
{"args": ["sh", "-c", "id; pwd; umask; ulimit -Sn; env | grep -v -e PWD -e SHLVL | sort; grep -E 'Cap(Eff|Bnd)|NoNew' /proc/self/status"],
 "cwd": "/tmp", "env": ["PATH=/bin", "B=2"], "user": {"uid": 7, "gid": 8, "additionalGids": [9], "umask": 63},
 "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 50, "hard": 60}], "noNewPrivileges": false,
 "capabilities": {"bounding": ["CAP_KILL"]}}
JSON
    does exec --process /mnt/process.json "$id"
    equal "$output" "uid=7 gid=8 groups=9
/tmp
0077
50
B=2
HOME=/
PATH=/bin
CapEff:	0000000000000000
CapBnd:	0000000000000020
NoNewPrivs:	0"
}

@test "--process: without capabilities in the file, the process has those of the container" {
    waiting
    echo '{"args": ["sh", "-c", "grep -E ^Cap /proc/self/status"], "cwd": "/", "env": ["PATH=/bin"]}' \
        >/mnt/process.json
    does exec --process /mnt/process.json "$id"
    equal "$output" "$("$holdfast" exec "$id" sh -c 'grep -E ^Cap /proc/self/status')"
    equal "$(sed -n 's/CapBnd:\t//p' <<<"$output")" \
        "$(sed -n 's/CapBnd:\t//p' "/proc/$("$holdfast" state "$id" | jq .pid)/status")"
}

@test "a program with the name that the process had before is known to run" {
    local name
    for name in holdfast holdfast-first; do
        printf '#!/bin/sh\n[ "$1" ] || sleep 1000\n' >"$rootfs/$name"
        chmod 755 "$rootfs/$name"
        configure --arg name "/$name" '.process.args = [$name]'
        timeout 20 "$holdfast" run --detach --bundle "$bundle" "$id" </dev/zero >/dev/null 2>&1 3>&-
        equal "$(cat "/proc/$("$holdfast" state "$id" | jq .pid)/comm")" "$name"
        does exec "$id" "/$name" ends
        does delete --force "$id"
    done
}

@test "--process: files that can't be used" {
    waiting
    refuses_with 255 'cannot open the process /none: open: ENOENT (No such file or directory)' exec --process /none "$id"
    echo '{"args": ["true"], "cwd": "here"}' >/mnt/process.json
    command_line exec --process /mnt/process.json "$id"
    [[ "$status $stderr" == '255 holdfast: /mnt/process.json:1: cwd: '* ]]
    echo '{"cwd": "/"}' >/mnt/process.json
    command_line exec --process /mnt/process.json "$id"
    [[ "$status $stderr" == '255 holdfast: /mnt/process.json:'* ]]
    refuses_with 255 "exec: needs a command; see holdfast exec --help" exec "$id"
    refuses_with 255 "exec: needs a container's ID; see holdfast exec --help" exec
}

@test "--user, --additional-gids, --cwd, --env" {
    configure '.process.user.additionalGids = [11]'
    waiting
    does exec --user 5:6 -g 12 --additional-gids 13 --cwd /tmp -e A=1 --env B= --env A=2 "$id" \
        sh -c 'id; pwd; echo "$A,$B,$HOME,$TERM"'
    equal "$output" $'uid=5 gid=6 groups=11,12,13\n/tmp\n2,,/,xterm'
    does exec --user 5 "$id" id -g
    equal "$output" 0
    does exec -e HOME=/tmp "$id" sh -c 'echo $HOME'
    equal "$output" /tmp
    refuses_with 255 'exec: --cwd: "tmp" is not an absolute path' exec --cwd tmp "$id" true
    refuses_with 255 'cannot enter /none: chdir: ENOENT (No such file or directory)' exec --cwd /none "$id" true
    command_line exec -e A "$id" true
    [ "$status" -eq 255 ]
}

@test "--cap adds to the bounding, permitted and effective set, not to the inheritable and ambient ones" {
    configure '.process.noNewPrivileges = false'
    waiting
    does exec --cap CAP_CHOWN -c CAP_SYS_TIME "$id" grep ^Cap /proc/self/status
    equal "$output" "$(printf 'Cap%s:\t%s\n' Inh 0000000000000000 Prm 0000000022000421 Eff 0000000022000421 \
        Bnd 0000000022000421 Amb 0000000000000000)"
    does exec "$id" grep -E '^Cap(Eff|Bnd)' /proc/self/status
    equal "$output" "$(printf 'Cap%s:\t%s\n' Eff 0000000020000420 Bnd 0000000020000420)"
    refuses_with 255 'exec: --cap: "CAP_NONE" is not a known capability; write it like CAP_NET_ADMIN; capabilities(7) lists them' \
        exec --cap CAP_NONE "$id" true
}

@test "--no-new-privs" {
    configure '.process.noNewPrivileges = false'
    waiting
    does exec "$id" grep ^NoNewPrivs /proc/self/status
    equal "$output" $'NoNewPrivs:\t0'
    does exec --no-new-privs "$id" grep ^NoNewPrivs /proc/self/status
    equal "$output" $'NoNewPrivs:\t1'
}

@test "--process-label and --apparmor, where the machine has neither" {
    [ ! -e /sys/module/apparmor ] && [ ! -d /sys/fs/selinux ] || skip 'this machine has one of them'
    waiting
    refuses_with 255 "process.apparmorProfile: AppArmor is off in this machine's kernel, or not in it; remove the property, or boot with AppArmor" \
        exec --apparmor profile "$id" true
    refuses_with 255 "process.selinuxLabel: SELinux is off in this machine's kernel, or not in it; remove the property, or boot with SELinux" \
        exec --process-label a:b:c:s0 "$id" true
}

@test "--preserve-fds, and a hole" {
    waiting
    run --separate-stderr "$holdfast" exec --preserve-fds 2 "$id" sh -c 'cat <&3; cat <&4; ls /proc/self/fd' \
        3<<<three 4<<<four 5<<<five
    equal "$status $stderr" '0 '
    equal "$output" $'three\nfour\n0\n1\n2\n3\n4\n5' # 5 is what ls reads
    run --separate-stderr "$holdfast" exec --preserve-fds 2 "$id" true 3<<<three 4>&-
    equal "$status $stderr" \
        '255 holdfast: --preserve-fds 2: the descriptor 4 is not open; the program gets the descriptors from 3 on'
    # A descriptor that holdfast opened itself is none of the caller's.
    run --separate-stderr "$holdfast" --log /mnt/log exec --preserve-fds 1 "$id" true 3>&-
    equal "$status" 255
}

@test "LISTEN_FDS: sockets come before --preserve-fds, and the program is told of them by its own pid" {
    waiting
    run --separate-stderr sh -c 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"' sh \
        "$holdfast" exec --preserve-fds 1 "$id" sh -c 'cat <&3; cat <&4; echo $LISTEN_FDS; [ $LISTEN_PID = $$ ]' \
        3<<<socket 4<<<four
    equal "$status $stderr $output" $'0  socket\nfour\n1'
    # They were another process's.
    run --separate-stderr env LISTEN_FDS=1 LISTEN_PID=1 "$holdfast" exec "$id" \
        sh -c 'echo "$LISTEN_FDS$LISTEN_PID"; ls /proc/self/fd' 3<<<socket
    equal "$status $stderr $output" $'0  \n0\n1\n2\n3'
    run --separate-stderr sh -c 'LISTEN_FDS=2 LISTEN_PID=$$ exec "$@"' sh "$holdfast" exec "$id" true 3<<<socket 4>&-
    equal "$status $stderr" '255 holdfast: LISTEN_FDS=2: the descriptor 4 is not open'
}

@test "--detach and --pid-file" {
    waiting
    "$holdfast" exec --detach --pid-file /mnt/pid "$id" sleep 1234 </dev/zero >/mnt/out 2>&1 3>&-
    equal "$(tr '\0' ' ' <"/proc/$(cat /mnt/pid)/cmdline")" 'sleep 1234 '
    equal "$(readlink "/proc/$(cat /mnt/pid)/ns/mnt")" \
        "$(readlink "/proc/$("$holdfast" state "$id" | jq .pid)/ns/mnt")"
    equal "$(cat /mnt/out)" ''
    refuses_with 255 'cannot open the directory of the pid file /none/pid: open: ENOENT (No such file or directory)' \
        exec --pid-file /none/pid "$id" true
}

@test "--pidfd-socket" {
    waiting
    serve pidfd
    "$holdfast" exec --detach --pid-file /mnt/pid --pidfd-socket /mnt/socket "$id" sleep 0.1 </dev/zero >/mnt/out 2>&1 3>&-
    take_served
    equal "$(awk '{ print $1, $2 }' <<<"$served")" "$(printf '%s\n' 'pidfd ' "Pid: $(cat /mnt/pid)" \
        "NSpid: $(cat /mnt/pid)" 'ended ')"
}

@test "--cgroup" {
    waiting
    local group
    for group in $(find /sys/fs/cgroup -name "$id"); do
        mkdir "$group/below"
        cat "$group/cpuset.cpus" >"$group/below/cpuset.cpus" 2>/dev/null || true
        cat "$group/cpuset.mems" >"$group/below/cpuset.mems" 2>/dev/null || true
    done
    does exec --cgroup below "$id" cat /proc/self/cgroup
    equal "$(grep -c -v '/below$' <<<"$output")" 0
    does exec --cgroup / "$id" cat /proc/self/cgroup
    equal "$(grep -c -v ':/$' <<<"$output")" 0
    refuses_with 255 "there is no cgroup \"none\" in the container's: openat2: ENOENT (No such file or directory)" \
        exec --cgroup none "$id" true
    command_line exec --cgroup ../.. "$id" true
    equal "$status" 255
}

@test "the program is in the container's cgroups" {
    waiting
    does exec "$id" cat /proc/self/cgroup
    equal "$(grep -c -v ':/$' <<<"$output")" 0
    "$holdfast" exec --detach --pid-file /mnt/pid "$id" sleep 1234 </dev/zero >/mnt/out 2>&1 3>&-
    equal "$(cat "/proc/$(cat /mnt/pid)/cgroup")" "$(cat "/proc/$("$holdfast" state "$id" | jq .pid)/cgroup")"
}

@test "signals are forwarded to the program" {
    waiting
    perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$holdfast" exec "$id" \
        sh -c 'trap "echo INT; exit 3" INT; touch /dev/shm/ready; for n in $(seq 500); do sleep 0.01; done' \
        >/mnt/output 3>&- &
    for _ in {1..500}; do
        ! "$holdfast" exec "$id" test -e /dev/shm/ready || break
        sleep 0.01
    done
    kill -INT $!
    wait $! || status=$?
    equal "$status $(cat /mnt/output)" '3 INT'
}

@test "in the wrong state" {
    program 'exec sleep 1000'
    create
    does exec "$id" sh -c 'echo before the start'
    equal "$output" 'before the start'
    does start "$id"
    does pause "$id"
    refuses_with 255 'cannot exec in a paused container; use --ignore-paused to start the program as soon as the container is resumed' \
        exec "$id" true
    "$holdfast" exec --ignore-paused "$id" sh -c 'echo resumed' >/mnt/output 3>&- &
    sleep 0.2
    equal "$(cat /mnt/output)" ''
    does resume "$id"
    wait $!
    equal "$(cat /mnt/output)" resumed
    does kill "$id" KILL
    wait_for_status stopped
    refuses_with 255 'cannot exec in a stopped container' exec "$id" true
}

@test "many at once, also while the container is deleted: each works, or says that it has stopped" {
    local n
    waiting
    for n in {1..10}; do
        { echo "$n" | "$holdfast" exec "$id" cat >"/mnt/out.$n" 2>&1; echo $? >>"/mnt/out.$n"; } 3>&- &
    done
    wait
    for n in {1..10}; do
        equal "$(cat "/mnt/out.$n")" "$n"$'\n0'
    done
    for n in {1..10}; do
        "$holdfast" exec "$id" true >>/mnt/late 2>&1 3>&- || true &
    done
    "$holdfast" delete --force "$id"
    wait
    equal "$(grep -v -x -e "holdfast: cannot exec: container $id has stopped meanwhile" \
        -e "holdfast: container \"$id\" does not exist; .*" -e 'holdfast: cannot exec in a stopped container' \
        -e "holdfast: container \"$id\" has no state: .*" -e "holdfast: container $id has no config.json: .*" \
        -e "holdfast: the container's process has ended" -e 'holdfast: process [0-9]* has ended' /mnt/late)" ''
}
