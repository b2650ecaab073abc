#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docker with the runtime, on a daemon of its own without a network.

load helpers

setup_file() {
    make_machine
    make_image "$work/image.tar"
    export DOCKER_HOST=unix://$work/socket
    echo "{\"runtimes\": {\"holdfast\": {\"path\": \"$runtime\"}}, \"default-runtime\": \"holdfast\"}" >"$work/daemon.json"
    start_daemon dockerd 'docker version' -- dockerd --data-root "$work/data-root" --exec-root "$work/exec-root" \
        --pidfile "$work/pid" --host "$DOCKER_HOST" --iptables=false --ip6tables=false --bridge none \
        --storage-driver vfs --cgroup-parent "$cgroup" --exec-opt native.cgroupdriver=cgroupfs \
        --config-file "$work/daemon.json"
    docker load --quiet --input "$work/image.tar"
}

teardown_file() {
    machine_made || return 0
    stop_daemon dockerd || true
    check_machine
}

teardown() {
    # shellcheck disable=SC2046
    docker rm --force $(docker ps --all --quiet) >/dev/null 2>&1 || true
}

# docker run without a network: container [OPTION]... COMMAND...
container() {
    docker run --network none "$@"
}

waiting='trap "echo term; exit 7" TERM; trap "echo usr1; exit 8" USR1; echo ready; while :; do sleep 0.05; done'

# Starts the waiting program, and is back when its traps are set: waiting NAME [OPTION]...
waiting() {
    container --detach --name "$1" "${@:2}" box sh -c "$waiting" >"$work/id"
    eventually prints ready docker logs "$1"
}

inspect() {
    docker inspect --format "$2" "$1"
}

@test "run: output, status, input" {
    exits 5 container --rm box sh -c 'echo out; echo error >&2; exit 5'
    equal "$output $stderr" 'out error'
    exits 0 container --rm --interactive box cat <<<input
    equal "$output" input
}

@test "run: environment, directory, user, host name" {
    exits 0 container --rm --env SECOND=2 --workdir /made/here --user 1000:2000 --hostname name box \
        sh -c 'echo "$FIRST $SECOND $PWD $(id -u):$(id -g) $(hostname)"'
    equal "$output" '1 2 /made/here 1000:2000 name'
}

@test "run --init" {
    exits 9 container --rm --init box sh -c 'cat /proc/1/comm; exit 9'
    equal "$output" docker-init
}

@test "run --read-only, --tmpfs" {
    exits 1 container --rm --read-only --tmpfs /data:size=64k,mode=700 box sh -c 'stat -c %a /data; touch /data/file; touch /file'
    equal "$output" 700
    has "$stderr" 'Read-only file system'
}

@test "run -v: read-only, volumes, propagation" {
    mkdir -p "$work/data"
    echo content >"$work/data/file"
    exits 1 container --rm -v "$work/data:/data:ro" box sh -c 'cat /data/file; echo x >/data/file'
    equal "$output" content
    has "$stderr" 'Read-only file system'
    exits 0 container --rm -v volume:/etc box sh -c 'grep -c root /etc/passwd'
    equal "$output" 1
    exits 0 container --rm --mount type=volume,source=volume,destination=/data,readonly box ls /data/passwd
    docker volume rm volume
    mount --bind "$work/data" "$work/data"
    mount --make-shared "$work/data"
    run container --rm -v "$work/data:/data:rslave" box awk '$5 == "/data" { sub(/:.*/, "", $7); print $6, $7 }' /proc/self/mountinfo
    umount "$work/data"
    equal "$output" 'rw,relatime master'
}

@test "run: limits" {
    waiting one --memory 64m --cpus 0.5 --pids-limit 50
    equal "$(limits "$(inspect one '{{.Id}}')")" '67108864 50000 100000 50 '
}

@test "run: capabilities, seccomp, sysctl, ulimit, oom score, devices" {
    exits 0 container --rm --cap-drop ALL --cap-add CHOWN --sysctl kernel.msgmax=5000 --ulimit nofile=100:200 \
        --oom-score-adj 500 --device /dev/fuse box sh -c 'grep -E "CapEff|Seccomp:" /proc/self/status
            cat /proc/sys/kernel/msgmax /proc/self/oom_score_adj; ulimit -S -n; ulimit -H -n; stat -c %t:%T /dev/fuse'
    equal "$output" "$(printf 'CapEff:\t0000000000000001\nSeccomp:\t2\n5000\n500\n100\n200\na:e5')"
}

@test "run: namespaces of the host and of another container" {
    waiting one
    exits 0 container --rm --ipc host --uts host box sh -c "$(show_namespaces ipc uts)"
    equal "$output" "$(readlink /proc/self/ns/ipc /proc/self/ns/uts)"
    exits 0 docker run --rm --pid container:one --network container:one box sh -c "$(show_namespaces net pid)"
    equal "$output" "$(docker exec one sh -c "$(show_namespaces net pid)")"
}

@test "run --privileged, also where the machine itself lacks capabilities" {
    only_holdfast
    exits 0 container --rm --privileged box sh -c 'grep Seccomp: /proc/self/status; mount -t tmpfs x /tmp && echo mounted'
    equal "$output" "$(printf 'Seccomp:\t0\nmounted')"
}

@test "run -d, logs, inspect, wait" {
    waiting one
    equal "$(inspect one '{{.State.Status}} {{.HostConfig.Runtime}}')" 'running holdfast'
    equal "$(tr '\0' ' ' <"/proc/$(inspect one '{{.State.Pid}}')/cmdline")" "sh -c $waiting "
    docker kill --signal USR1 one
    exits 0 docker wait one
    equal "$output" 8
    equal "$(docker logs one)" "$(printf 'ready\nusr1')"
}

@test "stop, start, restart" {
    waiting one
    exits 0 docker stop one
    equal "$(inspect one '{{.State.Status}} {{.State.ExitCode}}')" 'exited 7'
    exits 0 docker start one
    pid=$(inspect one '{{.State.Pid}}')
    exits 0 docker restart --time 0 one
    equal "$(inspect one '{{.State.Status}}')" running
    [ "$pid" -ne "$(inspect one '{{.State.Pid}}')" ]
}

@test "kill, rm -f" {
    waiting one
    exits 0 docker kill one
    exits 0 docker wait one
    equal "$output" 137
    waiting two
    pid=$(inspect two '{{.State.Pid}}')
    exits 0 docker rm --force two
    exits 1 kill -0 "$pid"
}

@test "pause, unpause" {
    container --detach --name one box sh -c 'i=0; while :; do echo $i >/count; i=$((i + 1)); sleep 0.01; done' >"$work/id"
    root=/proc/$(inspect one '{{.State.Pid}}')/root
    eventually test -e "$root/count"
    exits 0 docker pause one
    equal "$(inspect one '{{.State.Status}}')" paused
    count=$(cat "$root/count")
    sleep 0.2
    equal "$(cat "$root/count")" "$count"
    exits 0 docker unpause one
    goes_on() { [ "$(cat "$root/count")" != "$count" ]; }
    eventually goes_on
}

@test "top, stats" {
    container --detach --name one box sleep 1000 >"$work/id"
    exits 0 docker top one
    has "${lines[1]}" 'sleep 1000'
    exits 0 docker stats --no-stream --format '{{.Name}} {{.PIDs}}'
    equal "$output" 'one 1'
}

@test "exec: output, status, input, user" {
    waiting one
    exits 6 docker exec --env SECOND=2 --workdir /tmp --user 1000:2000 one \
        sh -c 'echo "$FIRST $SECOND $PWD $(id -u):$(id -g)"; echo error >&2; exit 6'
    equal "$output $stderr" '1 2 /tmp 1000:2000 error'
    exits 0 docker exec --interactive one cat <<<input
    equal "$output" input
    exits 126 docker exec one /etc/passwd
    exits 126 docker exec one no-such-command
    has "$output" no-such-command
}

@test "run -it, exec -it: a terminal, its size, Ctrl-C" {
    on_terminal "docker run --rm --network none -it box sh -c 'sleep 0.3; stty size; read line; echo got \$line; exit 5'" \
        'must "33 101"; send "word\r"; must "got word"; must "status 5"'
    waiting one
    on_terminal "docker exec -it one sh -c 'sleep 0.3; stty size; trap \"exit 9\" INT; echo ready; while :; do sleep 0.05; done'" \
        'must "33 101"; must ready; send "\003"; must "status 9"'
}

@test "a start that fails: 126, 127, and the runtime's words" {
    exits 127 container --rm box no-such-command
    has "$stderr" no-such-command
    exits 126 container --rm box /etc/passwd
    has "${stderr,,}" 'permission denied'
    run --separate-stderr container --rm -v /etc/hostname:/bin box true
    [ "$status" -ge 125 ]
    has "$stderr" /bin
    [[ ${stderr,,} == *'not a directory'* || $stderr == *'the source is a file, but the target /bin is a directory'* ]]
}
