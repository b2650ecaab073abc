#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# containerd's shim (io.containerd.runc.v2) with the runtime, driven by ctr.

load helpers

ctr() {
    command ctr --address "$work/socket" --namespace "${cgroup#/}" "$@"
}

# ctr run, with the runtime and an image of busybox: container [OPTION]... -- ID COMMAND...
container() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    ctr run --snapshotter native --runc-binary "$runtime" --runc-root "$work/state" "${options[@]}" \
        docker.io/library/box:latest "${@:2}"
}

setup_file() {
    make_machine
    make_image "$work/image.tar"
    start_daemon containerd 'ctr version' -- containerd --root "$work/root-directory" --state "$work/state-directory" \
        --address "$work/socket" --config /dev/null
    ctr image import --snapshotter native "$work/image.tar"
}

teardown_file() {
    machine_made || return 0
    stop_daemon containerd || true
    check_machine
}

# Also what a failed test left.
teardown() {
    local id
    for id in $(ctr task list --quiet); do
        ctr task delete --force "$id" || true
    done
    for id in $(ctr container list --quiet); do
        ctr container delete "$id" || true
    done
}

waiting='trap "exit 7" TERM; trap "exit 8" USR1; echo ready >/ready; while :; do sleep 0.05; done'

# Starts the waiting program in the background, and is back when its traps are set: waiting ID [OPTION]...
waiting() {
    container --detach "${@:2}" -- "$1" sh -c "$waiting" </dev/null
    eventually test -e "/proc/$(pid_of "$1")/root/ready"
}

pid_of() {
    ctr task list | awk -v id="$1" '$1 == id { print $2 }'
}

status_of() {
    ctr task list | awk -v id="$1" '$1 == id { print $3 }'
}

# Deletes the stopped task, which ended with the status: deleted_with STATUS
deleted_with() {
    stopped() { [ "$(status_of one)" = STOPPED ]; }
    eventually stopped
    exits 0 ctr task delete one
    has "$stderr" "exit code $1\""
}

@test "run --rm: output, status, input" {
    exits 5 container --rm -- one sh -c 'echo out; echo error >&2; exit 5'
    equal "$output $stderr" 'out error'
    # ctr may lose the end of an input that comes before the task exists
    exits 0 container --rm -- one head -n 1 <<<input
    equal "$output" input
}

@test "run: environment, directory, host namespaces of the network" {
    exits 0 container --rm --env SECOND=2 --cwd /tmp -- one sh -c 'echo "$FIRST $SECOND $PWD"'
    equal "$output" '1 2 /tmp'
    exits 0 container --rm --net-host -- one readlink /proc/self/ns/net
    equal "$output" "$(readlink /proc/self/ns/net)"
}

@test "run: mounts, a read-only root" {
    mkdir -p "$work/data"
    echo content >"$work/data/file"
    exits 1 container --rm --mount "type=bind,src=$work/data,dst=/data,options=rbind:ro" -- one \
        sh -c 'cat /data/file; echo x >/data/file'
    equal "$output" content
    has "$stderr" 'Read-only file system'
    exits 0 container --rm --mount "type=tmpfs,src=tmpfs,dst=/data,options=size=64k:mode=700" -- one stat -c %a /data
    equal "$output" 700
    exits 1 container --rm --read-only -- one touch /file
    has "$stderr" 'Read-only file system'
}

@test "run: limits, capabilities, seccomp, devices" {
    waiting one --memory-limit 67108864 --cpus 0.5
    equal "$(limits one | cut -d ' ' -f 1-3)" '67108864 50000 100000'
    exits 0 container --rm --cap-drop CAP_CHOWN --seccomp -- two grep -E 'CapEff|Seccomp:' /proc/self/status
    equal "$output" "$(printf 'CapEff:\t00000000a80425fa\nSeccomp:\t2')"
    exits 0 container --rm --device /dev/fuse -- two stat -c %t:%T /dev/fuse
    equal "$output" a:e5
}

@test "run --privileged" {
    exits 0 container --rm --privileged -- one sh -c 'grep Seccomp: /proc/self/status; mount -t tmpfs x /tmp && echo mounted'
    equal "$output" "$(printf 'Seccomp:\t0\nmounted')"
}

@test "run with a user namespace" {
    exits 0 container --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 -- one \
        sh -c 'echo $(cat /proc/self/uid_map); touch /file; stat -c %u /file'
    equal "$output" "$(printf '0 100000 65536\n0')"
}

@test "run -d, task list, kill, delete" {
    waiting one
    equal "$(status_of one)" RUNNING
    exits 0 ctr task kill --signal SIGUSR1 one
    deleted_with 8
}

@test "task kill: SIGTERM, and SIGKILL to all" {
    waiting one
    exits 0 ctr task kill one
    deleted_with 7
    ctr container delete one
    waiting one
    exits 0 ctr task kill --all --signal SIGKILL one
    deleted_with 137
}

@test "task exec: output, status, input, directory, user" {
    waiting one
    exits 6 ctr task exec --exec-id a one sh -c 'echo out; echo error >&2; exit 6'
    equal "$output $stderr" 'out error'
    exits 0 ctr task exec --exec-id b --cwd /tmp --user 1000:2000 one sh -c 'echo "$PWD $(id -u):$(id -g) $FIRST"'
    equal "$output" '/tmp 1000:2000 1'
    exits 0 ctr task exec --exec-id c one head -n 1 <<<input
    equal "$output" input
}

@test "task exec: a command that isn't there" {
    waiting one
    run --separate-stderr ctr task exec --exec-id a one no-such-command
    [ "$status" -ne 0 ]
    has "$stderr" no-such-command
}

@test "task pause, resume" {
    container --detach -- one sh -c 'i=0; while :; do echo $i >/count; i=$((i + 1)); sleep 0.01; done' </dev/null
    root=/proc/$(pid_of one)/root
    eventually test -e "$root/count"
    exits 0 ctr task pause one
    equal "$(status_of one)" PAUSED
    count=$(cat "$root/count")
    sleep 0.2
    equal "$(cat "$root/count")" "$count"
    exits 0 ctr task resume one
    equal "$(status_of one)" RUNNING
    goes_on() { [ "$(cat "$root/count")" != "$count" ]; }
    eventually goes_on
}

@test "task ps, metrics" {
    container --detach -- one sleep 1000 </dev/null
    exits 0 ctr task ps one
    equal "$(awk 'NR > 1 { print $1 }' <<<"$output")" "$(pid_of one)"
    exits 0 ctr task metrics one
    has "$output" memory
    equal "$(awk '/^pids.current/ { print $2 }' <<<"$output")" 1
}

@test "run -t, exec -t: a terminal" {
    command="ctr --address $work/socket --namespace ${cgroup#/} run --rm -t --snapshotter native --runc-binary $runtime"
    on_terminal "$command --runc-root $work/state docker.io/library/box:latest one sh -c 'sleep 0.3; stty size; read line; echo got \$line; exit 5'" \
        'must "33 101"; send "word\r"; must "got word"; must "status 5"'
    waiting two
    on_terminal "ctr --address $work/socket --namespace ${cgroup#/} task exec -t --exec-id a two sh -c 'trap \"exit 9\" INT; echo ready; while :; do sleep 0.05; done'" \
        'must ready; send "\003"; must "status 9"'
}

@test "a start that fails: the runtime's words come through" {
    run --separate-stderr container --rm -- one no-such-command
    [ "$status" -ne 0 ]
    has "$stderr" no-such-command
    run --separate-stderr container --rm --mount type=bind,src=/nowhere,dst=/data,options=rbind -- one true
    [ "$status" -ne 0 ]
    has "$stderr" /nowhere
    exits 0 container --rm -- one true
}
