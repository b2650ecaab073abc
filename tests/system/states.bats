#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# create, start, run, kill, delete, pause: in the states that come up, and with signals.
load container_life

@test "TERM, INT and HUP end a container that is only created" {
    local signal
    program 'exec sleep 1000'
    for signal in TERM INT HUP; do
        create
        does kill "$id" "$signal"
        wait_for_status stopped
        refuses 'cannot start a container that has stopped' start "$id"
        does delete "$id"
    done
    configure 'del(.linux.namespaces[] | select(.type == "pid"))'
    create
    does kill "$id" TERM
    wait_for_status stopped
}

@test "other signals reach the program of a created container after its start" {
    configure '.root.readonly = false'
    program 'exec sleep 1000'
    create
    does kill "$id" USR1
    does kill "$id" WINCH
    status_is created
    does start "$id"
    status_is running
}

@test "every signal reaches the program" {
    local number
    configure '.root.readonly = false'
    cat >"$rootfs/trap" <<'PROGRAM'
for n in $(seq 1 64); do case $n in 9|17|19|32|33) ;; *) trap "echo $n >>/got" $n ;; esac; done
touch /ready
while :; do sleep 0.01; done
PROGRAM
    configure '.process.args = ["sh", "/trap"]'
    detached
    wait_for "$rootfs/ready"
    # Busybox's sh knows no signals from 32 on; a few of them here, the others by lifecycle.bats' table.
    for number in 1 2 3 4 5 6 7 8 10 11 12 13 14 15 16 18 20 21 22 23 24 25 26 27 28 29 30 31; do
        does kill "$id" "$number"
        for _ in {1..300}; do
            ! grep -q -x "$number" "$rootfs/got" 2>/dev/null || break
            sleep 0.01
        done
    done
    equal "$(sort -n "$rootfs/got" | uniq | tr '\n' ' ')" \
        '1 2 3 4 5 6 7 8 10 11 12 13 14 15 16 18 20 21 22 23 24 25 26 27 28 29 30 31 '
    does kill "$id" 0
    does kill "$id" 9
    wait_for_status stopped
    refuses 'container not running' kill "$id" 0
}

@test "TERM and INT to run reach the program, which may ignore them" {
    configure '.root.readonly = false'
    program 'trap "echo TERM >>/got" TERM; trap "echo INT >>/got; exit 9" INT; touch /ready; while :; do sleep 0.01; done'
    perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$holdfast" run --bundle "$bundle" "$id" 3>&- &
    wait_for "$rootfs/ready"
    kill -TERM $!
    wait_for "$rootfs/got"
    kill -INT $!
    wait $! || status=$?
    equal "$status $(cat "$rootfs/got" | tr '\n' ' ')" '9 TERM INT '
    nothing_left
}

@test "KILL to run: delete --force removes the container whole" {
    configure '.root.readonly = false'
    program 'touch /ready; exec sleep 1000'
    "$holdfast" run --bundle "$bundle" "$id" 3>&- &
    wait_for "$rootfs/ready"
    kill -KILL $!
    wait $! || true
    status_is running
    does delete --force "$id"
    nothing_left
}

@test "run --keep keeps it, stopped; without, nothing stays" {
    program 'exit 5'
    command_line run --keep --bundle "$bundle" "$id"
    equal "$status $stderr" '5 '
    status_is stopped
    does delete "$id"
    command_line run --bundle "$bundle" "$id"
    equal "$status $stderr" '5 '
    nothing_left
}

@test "a run whose container was deleted meanwhile leaves another one of its ID alone" {
    local first
    hook='[{path: "/bin/sh", args: ["sh", "-c", "echo poststop >>/mnt/log"]}]'
    configure ".hooks.poststop = $hook"
    program 'exec sleep 1000'
    "$holdfast" run --bundle "$bundle" "$id" </dev/zero >/dev/null 2>/mnt/errors 3>&- &
    first=$!
    wait_for_status running
    flock --timeout 20 "/run/holdfast/containers/$id/lock" true # which run has let go of then
    kill -STOP "$first"
    does delete --force "$id"
    detached
    kill -CONT "$first"
    wait "$first" || status=$?
    equal "$status $(cat /mnt/errors)" '137 '
    status_is running
    does delete --force "$id"
    nothing_left
    equal "$(cat /mnt/log)" $'poststop\npoststop'
}

@test "a signal while a failed create, or run at its end, removes the container: nothing stays" {
    hook='{path: "/bin/sh", args: ["sh", "-c", "kill -TERM $PPID; sleep 0.1; exit 3"]}'
    configure ".hooks.createRuntime = [$hook] | .hooks.poststop = [$hook]"
    command_line create --bundle "$bundle" "$id"
    equal "$status" 143
    nothing_left
    configure '.hooks.createRuntime = []'
    program 'exit 4'
    command_line run --bundle "$bundle" "$id"
    nothing_left
}

@test "run --detach returns at once, and the container goes on" {
    program 'exec sleep 1000'
    detached --pid-file /mnt/pid
    status_is running
    equal "$(tr '\0' ' ' <"/proc/$(cat /mnt/pid)/cmdline")" 'sleep 1000 '
}

@test "the program's standard streams are create's, and the streams of start are not used" {
    program 'cat; echo err >&2'
    echo 'from create' | "$holdfast" create --bundle "$bundle" "$id" 2>/mnt/err 3>&- | cat >/mnt/output 3>&- &
    for _ in {1..500}; do
        [ "$("$holdfast" state "$id" 2>/dev/null | jq -r .status)" != created ] || break
        sleep 0.01
    done
    does start "$id"
    equal "$output" ''
    wait $!
    equal "$(cat /mnt/output) $(cat /mnt/err)" 'from create err'
}

@test "what is changed in the bundle after create has no effect" {
    configure '.process.env += ["A=before"]'
    program 'echo $A; exec sleep 1000'
    create
    echo 'no JSON' >"$bundle/config.json"
    does start "$id"
    does exec "$id" sh -c 'echo $A'
    equal "$output" before
    rm "$bundle/config.json"
    does kill "$id" KILL
    wait_for_status stopped
    does delete "$id"
}

@test "--config names another file of the bundle, or a path" {
    program 'echo by --config'
    mv "$bundle/config.json" "$bundle/other.json"
    refuses "cannot open config.json in the bundle $bundle: openat: ENOENT (No such file or directory); the bundle is the directory that holds config.json; --bundle names it" \
        run --bundle "$bundle" "$id" || true
    does run --bundle "$bundle" --config other.json "$id"
    equal "$output" 'by --config'
    mv "$bundle/other.json" /mnt/elsewhere.json
    does run --bundle "$bundle" --config /mnt/elsewhere.json "$id"
    equal "$output" 'by --config'
}

@test "a program that is missing fails create; one that can't be executed fails start" {
    configure '.process.args = ["/none"]'
    command_line create --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': process.args[0]: cannot execute /none: no such file or directory in the container' ]]
    nothing_left
    printf '#!/none\n' >"$rootfs/script"
    chmod +x "$rootfs/script"
    configure '.process.args = ["/script"]'
    create
    command_line start "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': process.args[0]: /script: its first line asks for /none, which is not in the container'* ]]
    status_is stopped
    does delete "$id"
    nothing_left
}

@test "--preserve-fds and LISTEN_FDS of create and run" {
    program 'cat <&3; cat <&4; echo $LISTEN_FDS $LISTEN_PID; ls /proc/self/fd'
    run --separate-stderr sh -c 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"' sh \
        "$holdfast" run --preserve-fds 1 --bundle "$bundle" "$id" 3<<<socket 4<<<four 5<<<five
    equal "$status $stderr $output" $'0  socket\nfour\n1 1\n0\n1\n2\n3\n4\n5'
    sh -c 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"' sh \
        "$holdfast" create --preserve-fds 1 --bundle "$bundle" "$id" 3<<<socket 4<<<four >/mnt/output 2>&1
    does start "$id"
    wait_for_status stopped
    equal "$(cat /mnt/output)" $'socket\nfour\n1 1\n0\n1\n2\n3\n4\n5'
    does delete "$id"
    run --separate-stderr "$holdfast" run --preserve-fds 2 --bundle "$bundle" "$id" 3<<<three 4>&-
    equal "$status $stderr" \
        '1 holdfast: --preserve-fds 2: the descriptor 4 is not open; the program gets the descriptors from 3 on'
    nothing_left
}

@test "pause and resume stop and continue the processes; a created one can be paused, too" {
    configure '.root.readonly = false'
    program 'while :; do echo >>/ticks; sleep 0.01; done'
    create
    does pause "$id"
    status_is paused
    does resume "$id"
    status_is created
    does start "$id"
    wait_for "$rootfs/ticks"
    does pause "$id"
    before=$(wc -l <"$rootfs/ticks")
    sleep 0.1
    equal "$(wc -l <"$rootfs/ticks")" "$before"
    does resume "$id"
    sleep 0.1
    [ "$(wc -l <"$rootfs/ticks")" -gt "$before" ]
    does pause "$id"
    does delete --force "$id"
    nothing_left
}

# A pid namespace of the machine: the processes of the container end by the cgroup alone.
shared_pids() {
    configure 'del(.linux.namespaces[] | select(.type == "pid")) | .root.readonly = false'
    program "sleep 1234.25 & sleep 1234.25 & touch /ready; $1"
    detached
    wait_for "$rootfs/ready"
    equal "$("$holdfast" ps --format json "$id" | jq length)" "$2"
}

@test "the machine's pid namespace: KILL kills everything in the cgroup" {
    shared_pids 'wait' 3
    does kill "$id" KILL
    wait_for_status stopped
    equal "$(pgrep -f '^sleep 1234.25$')" ''
    does delete "$id"
    nothing_left
}

@test "the machine's pid namespace: kill --all" {
    shared_pids 'trap true TERM; wait; exec sleep 1000' 3
    does kill --all "$id" TERM
    for _ in {1..300}; do
        [ "$(pgrep -f '^sleep 1234.25$')" != '' ] || break
        sleep 0.01
    done
    equal "$(pgrep -f '^sleep 1234.25$')" ''
    status_is running
}

@test "the machine's pid namespace: what the first process leaves ends with delete, or with run" {
    shared_pids 'exit 0' 2
    wait_for_status stopped
    equal "$(pgrep -f '^sleep 1234.25$' | wc -l)" 2
    does kill --all "$id" CONT
    does delete "$id"
    equal "$(pgrep -f '^sleep 1234.25$')" ''
    nothing_left
    run --separate-stderr timeout 20 "$holdfast" run --bundle "$bundle" "$id" >/dev/null 3>&-
    equal "$status" 0
    equal "$(pgrep -f '^sleep 1234.25$')" ''
    nothing_left
}

@test "a full disk below the state root: nothing stays, and a container that is there can be used and deleted" {
    program 'exec sleep 1000'
    mkdir /mnt/root
    mount -t tmpfs -o size=64k,mode=755 holdfast-test /mnt/root
    dd if=/dev/zero of=/mnt/root/full bs=1k status=none 2>/dev/null || true
    refuses "cannot write state.json of the container's state: write: ENOSPC (No space left on device); the disk is full: make room on the file system of the state root" \
        --root /mnt/root create --bundle "$bundle" "$id"
    equal "$(ls -A /mnt/root)" full
    equal "$(find /sys/fs/cgroup -name "$id")" ''
    rm /mnt/root/full
    "$holdfast" --root /mnt/root create --bundle "$bundle" "$id" </dev/zero >/mnt/out 2>&1 3>&-
    dd if=/dev/zero of=/mnt/root/full bs=1k status=none 2>/dev/null || true
    does --root /mnt/root start "$id"
    does --root /mnt/root delete --force "$id"
    equal "$(ls -A /mnt/root)" full
}
