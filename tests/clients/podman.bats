#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The life of a container under podman: all commands with which podman calls a runtime.

load helpers
load podman

@test "run: the output" {
    exits 0 podman run --rm box sh -c 'echo out; echo error >&2'
    equal "$output $stderr" 'out error'
}

@test "run: the exit status" {
    exits 42 podman run --rm box sh -c 'exit 42'
}

@test "run: the input" {
    exits 0 podman run --rm --interactive box cat < <(printf 'one\ntwo')
    equal "$output" "$(printf 'one\ntwo')"
}

@test "run: much output" {
    exits 0 podman run --rm box seq 20000
    equal "$(cksum <<<"$output")" "$(seq 20000 | cksum)"
}

@test "run --rm leaves no container, run does" {
    podman run --rm --name gone box true
    podman run --name stays box true
    exits 0 podman ps --all --format '{{.Names}} {{.Status}}'
    has "$output" 'stays Exited (0)'
    equal "${#lines[@]}" 1
}

@test "run --init: a process 1 that reaps and passes signals on" {
    [ -x /usr/libexec/podman/catatonit ] || skip 'there is no catatonit'
    exits 9 podman run --rm --init box sh -c 'cat /proc/1/comm; exit 9'
    equal "$output" podman-init
}

# podman calls only runtimes so that know crun's global option --cgroup-manager.
@test "run --cgroups=disabled: the container stays in podman's cgroups" {
    only_holdfast
    exits 0 podman run --rm --cgroups disabled box cat /proc/self/cgroup
    equal "$output" "$(cat /proc/self/cgroup)"
    exits 3 podman run --rm --cgroups disabled box sh -c 'exit 3'
}

@test "run -d, logs, wait" {
    background one 'echo first; echo second >&2; sleep 0.2; exit 5'
    exits 0 podman wait one
    equal "$output" 5
    exits 0 podman logs one
    equal "$output $stderr" 'first second'
}

@test "create, init, start: the program runs from start on" {
    podman create --name one box sh -c 'echo ran' >/dev/null
    equal "$(inspect one '{{.State.Status}} {{.State.Pid}}')" 'created 0'
    podman init one
    equal "$(inspect one '{{.State.Status}}')" initialized
    kill -0 "$(inspect one '{{.State.Pid}}')"
    equal "$(podman logs one)" ''
    exits 0 podman start --attach one
    equal "$output" ran
    equal "$(inspect one '{{.State.Status}} {{.State.ExitCode}}')" 'exited 0'
}

@test "init, rm: a container that was never started" {
    podman create --name one box true >/dev/null
    podman init one
    exits 0 podman rm --force one
    exits 1 podman container exists one
}

@test "inspect: the state" {
    waiting one
    equal "$(inspect one '{{.State.Status}} {{.State.Running}} {{.State.Paused}} {{.OCIRuntime}}')" \
        'running true false holdfast'
    equal "$(tr '\0' ' ' <"/proc/$(inspect one '{{.State.Pid}}')/cmdline")" "sh -c $waiting "
}

@test "stop: SIGTERM, and the program's status" {
    waiting one
    exits 0 podman stop one
    equal "$(podman logs one)" "$(printf '%s\n' ready term)"
    equal "$(inspect one '{{.State.Status}} {{.State.ExitCode}}')" 'exited 7'
}

@test "stop: SIGKILL after the time" {
    background one 'trap "" TERM; echo ready; while :; do sleep 0.05; done'
    eventually prints ready podman logs one
    exits 0 podman stop --time 1 one
    equal "$(inspect one '{{.State.Status}} {{.State.ExitCode}}')" 'exited 137'
}

@test "kill: the signal by name and by number" {
    waiting one
    exits 0 podman kill --signal USR1 one
    exits 0 podman wait one
    equal "$output" 8
    waiting two
    exits 0 podman kill --signal 15 two
    exits 0 podman wait two
    equal "$output" 7
}

@test "kill, rm -f: SIGKILL" {
    waiting one
    pid=$(inspect one '{{.State.Pid}}')
    exits 0 podman kill one
    exits 0 podman wait one
    equal "$output" 137
    exits 1 kill -0 "$pid"
    waiting two
    pid=$(inspect two '{{.State.Pid}}')
    exits 0 podman rm --force --time 0 two
    exits 1 kill -0 "$pid"
}

@test "kill: a container that has ended" {
    podman run --name one box true
    exits 125 podman kill one
    has "$stderr" 'can only kill running containers'
}

@test "restart: another process" {
    waiting one
    pid=$(inspect one '{{.State.Pid}}')
    exits 0 podman restart --time 0 one
    equal "$(inspect one '{{.State.Status}}')" running
    [ "$pid" -ne "$(inspect one '{{.State.Pid}}')" ]
}

@test "pause, unpause" {
    background one 'i=0; while :; do echo $i >/count; i=$((i + 1)); sleep 0.01; done'
    exits 0 podman pause one
    equal "$(inspect one '{{.State.Status}}')" paused
    root=/proc/$(inspect one '{{.State.Pid}}')/root
    count=$(cat "$root/count")
    sleep 0.2
    equal "$(cat "$root/count")" "$count"
    exits 0 podman unpause one
    equal "$(inspect one '{{.State.Status}}')" running
    goes_on() { [ "$(cat "$root/count")" != "$count" ]; }
    eventually goes_on
}

@test "rm -f of a paused container" {
    waiting one
    podman pause one
    exits 0 podman rm --force --time 0 one
}

@test "top" {
    background one 'sleep 1000'
    exits 0 podman top one pid user args
    equal "$(awk '{ print $1, $2, $3, $4 }' <<<"${lines[1]}")" '1 root sleep 1000'
}

@test "stats" {
    background one 'sleep 1000'
    exits 0 podman stats --no-stream --format '{{.Name}} {{.PIDs}}' one
    equal "$output" 'one 1'
}

@test "attach: input and output" {
    podman create --name one --interactive box sh -c 'read -r line; echo "then $line"; exit 4' >/dev/null
    podman start one
    exits 0 podman attach one <<<'a line'
    equal "$output" 'then a line'
    exits 0 podman wait one
    equal "$output" 4
}

@test "exec: output, status, input" {
    waiting one
    exits 6 podman exec one sh -c 'echo out; echo error >&2; exit 6'
    equal "$output $stderr" 'out error'
    exits 0 podman exec --interactive one cat <<<input
    equal "$output" input
}

@test "exec: environment, directory, user" {
    waiting one --env FIRST=1
    exits 0 podman exec --env SECOND=2 --workdir /tmp --user 1000:2000 one \
        sh -c 'echo "$FIRST $SECOND $PWD $(id -u):$(id -g)"'
    equal "$output" '1 2 /tmp 1000:2000'
}

@test "exec: the container's namespaces, root and cgroups" {
    waiting one
    pid=$(inspect one '{{.State.Pid}}')
    names='cgroup ipc mnt net pid user uts'
    exits 0 podman exec one sh -c "$(show_namespaces $names)"
    equal "$output" "$(for name in $names; do readlink "/proc/$pid/ns/$name"; done)"
    exits 0 podman exec one cat /proc/self/cgroup
    equal "$output" "$(cat "/proc/$pid/cgroup")"
}

@test "exec: capabilities and seccomp are the container's" {
    waiting one --cap-drop ALL --cap-add CHOWN
    exits 0 podman exec one grep -E '^(Cap(Bnd|Eff)|Seccomp):' /proc/self/status
    equal "$output" "$(podman exec one grep -E '^(Cap(Bnd|Eff)|Seccomp):' /proc/1/status)"
    has "$output" "$(printf 'CapBnd:\t0000000000000001')"
    exits 0 podman exec --privileged one grep CapBnd /proc/self/status
    [ "$output" != "$(printf 'CapBnd:\t0000000000000001')" ]
}

@test "exec -d" {
    waiting one
    exits 0 podman exec --detach one sh -c 'echo done >/written'
    eventually prints done podman exec one cat /written
}

@test "exec: a command that isn't there, one that can't be executed" {
    waiting one
    exits 127 podman exec one no-such-command
    has "$stderr" no-such-command
    exits 126 podman exec one /etc/passwd
    has "${stderr,,}" 'permission denied'
}

@test "exec -it: a terminal of the right size, raw bytes, Ctrl-C" {
    waiting one
    on_terminal "podman exec -it one sh -c 'sleep 0.3; stty size; tty; read line; echo got \$line; exit 5'" \
        'must "33 101"; must /dev/pts/; send "word\r"; must "got word"; must "status 5"'
    on_terminal "podman exec -it one sh -c 'stty raw -echo; echo ready; head -c 3 | od -An -tx1'" \
        'must ready; send "\003\377\r"; must "03 ff 0d"; must "status 0"'
    on_terminal "podman exec -it one sh -c 'trap \"exit 9\" INT; echo ready; while :; do sleep 0.05; done'" \
        'must ready; send "\003"; must "status 9"'
}

@test "run -it: a terminal of the right size, the console, Ctrl-C" {
    on_terminal "podman run --rm --cgroup-parent $cgroup -it box sh -c 'sleep 0.3; stty size; echo x >/dev/console; read line; echo got \$line; exit 5'" \
        'must "33 101"; must x; send "word\r"; must "got word"; must "status 5"'
    on_terminal "podman run --rm --cgroup-parent $cgroup -it box sh -c 'trap \"exit 9\" INT; echo ready; while :; do sleep 0.05; done'" \
        'must ready; send "\003"; must "status 9"'
}

@test "run -it: the size follows the terminal" {
    on_terminal "podman run --rm --cgroup-parent $cgroup -it box sh -c 'trap \"stty size\" WINCH; echo ready; while :; do sleep 0.05; done'" \
        'must ready; after 300
        exec stty rows 44 columns 122 < $spawn_out(slave,name)
        must "44 122"; send "\003"; must "status 130"'
}

@test "attach: detach keys leave the container running" {
    podman run --detach --name one --tty --interactive box sh -c "$waiting" >"$work/id" 2>&1
    eventually prints "$(printf 'ready\r')" podman logs one
    on_terminal 'podman attach one' 'after 300; send "\020"; after 300; send "\021"; must "status 0"'
    equal "$(inspect one '{{.State.Status}}')" running
}

@test "a command that isn't there: 127" {
    exits 127 podman run --rm box no-such-command
    has "$stderr" no-such-command
}

@test "a command that can't be executed: 126" {
    exits 126 podman run --rm box /etc/passwd
    has "${stderr,,}" 'permission denied'
}

@test "a file mounted onto a directory: the runtime's words come through" {
    run --separate-stderr podman run --rm -v /etc/hostname:/bin box true
    [ "$status" -ge 125 ]
    has "$stderr" /bin
    [[ ${stderr,,} == *'not a directory'* || $stderr == *'the source is a file, but the target /bin is a directory'* ]]
    [[ $stderr != *'"level"'* ]]
}

@test "a working directory that is a file" {
    run --separate-stderr podman run --rm -w /etc/passwd box true
    [ "$status" -ge 125 ]
    has "$stderr" /etc/passwd
}

@test "a missing source of a bind mount" {
    exits 125 podman run --rm -v /nowhere:/data box true
    has "$stderr" /nowhere
}

@test "a failed start leaves nothing, and the name is free again" {
    run podman run --rm --name one -v /etc/hostname:/bin box true
    [ "$status" -ne 0 ]
    exits 0 podman run --rm --name one box true
}

# podman forgets a pod's cgroup in hierarchies without a controller.
remove_pod() {
    local id
    id=$(podman pod inspect --format '{{.ID}}' "$1")
    podman pod rm --force --time 0 "$1"
    find /sys/fs/cgroup -depth -type d -path "*$cgroup/$id" -exec rmdir {} +
}

@test "pods: containers share namespaces" {
    podman pod create --name pod --network none --cgroup-parent "$cgroup" --hostname together >/dev/null
    podman run --detach --pod pod --name one box sleep 1000 >/dev/null
    exits 0 podman run --rm --pod pod box sh -c "hostname; $(show_namespaces ipc net uts)"
    equal "$output" "$(podman exec one sh -c "echo together; $(show_namespaces ipc net uts)")"
    exits 0 podman pod stop --time 0 pod
    exits 0 remove_pod pod
}
