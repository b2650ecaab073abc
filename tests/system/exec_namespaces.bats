#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Programs that exec starts are where the container is, whatever namespaces it has.
load container_life

user=12345
other_pids=()

teardown() {
    "$holdfast" delete --force "$id" 2>/dev/null
    [ ! -d /mnt/state ] || setpriv --reuid $user --regid $user --clear-groups \
        /mnt/holdfast --root /mnt/state delete --force "$id" 2>/dev/null
    [ ${#other_pids[@]} -eq 0 ] || kill -KILL "${other_pids[@]}" # a process 1 ignores SIGTERM
    umount -R -l /mnt
}

# The namespaces of process 1 of the container and of what exec starts are the same, seen from outside: the mark is
# for finding it. Options go to holdfast.
namespaces_are_the_containers() {
    local pid kind
    pid=$("$holdfast" "$@" state "$id" | jq .pid)
    "$holdfast" "$@" exec --detach --pid-file /mnt/exec-pid "$id" sleep 1000 </dev/zero >/mnt/out 2>&1 3>&- ||
        { cat /mnt/out; return 1; }
    for kind in cgroup ipc mnt net pid time user uts; do
        equal "$kind $(readlink "/proc/$(cat /mnt/exec-pid)/ns/$kind")" "$kind $(readlink "/proc/$pid/ns/$kind")"
    done
    equal "$(readlink "/proc/$(cat /mnt/exec-pid)/root")" "$(readlink "/proc/$pid/root")"
    kill -KILL "$(cat /mnt/exec-pid)"
}

# The exec sees its own and the container's files and processes, and has a terminal.
exec_is_inside() {
    does "$@" exec "$id" sh -c 'cat /mark; cat /proc/self/comm; ls / | grep -c mark'
    equal "$output" $'the image\ncat\n1'
    serve terminal 30 90
    "$holdfast" "$@" exec --tty --detach --console-socket /mnt/socket "$id" sh -c 'tty; sleep 0.2; stty size' \
        </dev/zero >/mnt/out 2>&1 3>&- || { cat /mnt/out; return 1; }
    take_served
    equal "$served" $'/dev/ptmx\n/dev/pts/0\n30 90'
}

waiting() {
    echo 'the image' >"$rootfs/mark"
    program 'exec sleep 1000'
}

@test "a user namespace" {
    waiting
    configure '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    chown -hR 100000:100000 "$rootfs"
    detached
    namespaces_are_the_containers
    exec_is_inside
    does exec --user 7:8 -g 9 "$id" id
    equal "$output" 'uid=7 gid=8 groups=9'
    does exec --user 7:8 --tty "$id" sh -c 'stat -c "%u:%g %a" $(tty)'
    equal "$output" '7:5 620'
}

@test "no pid namespace" {
    waiting
    configure 'del(.linux.namespaces[] | select(.type == "pid"))'
    detached
    namespaces_are_the_containers
    exec_is_inside
}

@test "only a mount namespace" {
    waiting
    configure '.linux.namespaces = [{type: "mount"}] | del(.hostname) | del(.mounts[] | select(.type == "sysfs"))'
    detached
    namespaces_are_the_containers
    exec_is_inside
}

@test "a time namespace" {
    waiting
    configure '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000}}'
    detached
    namespaces_are_the_containers
    exec_is_inside
    does exec "$id" cut -d . -f 1 /proc/uptime
    [ "$output" -gt 1000000 ]
}

@test "namespaces that were joined" {
    waiting
    unshare --ipc --uts --net --pid --fork --mount-proc sleep 1000 3>&- &
    other_pids=($!)
    for _ in {1..500}; do
        other=$(pgrep -P $! sleep) && break
        sleep 0.01
    done
    other_pids+=("$other")
    configure --arg pid "$other" '.linux.namespaces |= map(if .type == "mount" or .type == "cgroup" then . else
        .path = "/proc/" + $pid + "/ns/" + (if .type == "network" then "net" else .type end) end)'
    detached
    namespaces_are_the_containers
    exec_is_inside
    does delete --force "$id"
    kill -0 "$other"
}

@test "no pivot_root" {
    waiting
    detached --no-pivot
    exec_is_inside
    equal "$("$holdfast" exec "$id" readlink /proc/1/root)" "$("$holdfast" exec "$id" readlink /proc/self/root)"
    does exec "$id" ls /
    equal "$output" "$(ls "$rootfs")"
}

@test "no cgroup" {
    waiting
    "$holdfast" --cgroup-manager disabled run -d --bundle "$bundle" "$id" </dev/zero >/mnt/out 2>&1 3>&-
    namespaces_are_the_containers
    exec_is_inside
    equal "$(cat "/proc/$("$holdfast" state "$id" | jq .pid)/cgroup")" "$(cat /proc/self/cgroup)"
}

# An ordinary user's holdfast; the state is in a directory of the user's own.
as_user() {
    setpriv --reuid $user --regid $user --clear-groups "$holdfast" --root /mnt/state "$@"
}

# With the user's uid and gid mappings: as an ordinary user, everything that exec_is_inside asks.
rootless_exec() {
    local before=$holdfast
    install -m 0755 "$holdfast" /mnt/holdfast
    configure --argjson map "$1" '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = $map
        | .linux.gidMappings = $map | .mounts |= map(if .options then .options -= ["gid=5"] else . end)'
    waiting
    install -d -o $user -g $user /mnt/state
    chown -hR $user:$user "$bundle"
    chmod 777 /mnt
    cd /
    holdfast=/mnt/holdfast
    as_user run -d --bundle "$bundle" "$id" </dev/zero >/mnt/out 2>&1 3>&- || { cat /mnt/out; return 1; }
    run --separate-stderr as_user exec "$id" sh -c 'cat /mark; id -u; id -g; readlink /proc/self/ns/user'
    equal "$status $stderr $output" "0  the image
0
0
$(readlink "/proc/$(as_user state "$id" | jq .pid)/ns/user")"
    run --separate-stderr as_user exec --tty "$id" tty
    equal "$status $stderr $output" '0  /dev/pts/0'
    as_user kill "$id" KILL
    holdfast=$before
}

@test "an ordinary user with one id" {
    rootless_exec "[{\"containerID\": 0, \"hostID\": $user, \"size\": 1}]"
}

@test "an ordinary user with ranges" {
    local name
    for name in passwd subuid subgid; do
        cp "/etc/$name" "/mnt/$name"
    done
    printf 'somebody:x:%d:%d::/:/bin/sh\n' $user $user >>/mnt/passwd
    echo "somebody:400000:65536" | tee /mnt/subuid >/mnt/subgid
    for name in passwd subuid subgid; do
        mount --bind "/mnt/$name" "/etc/$name"
    done
    run rootless_exec "[{\"containerID\": 0, \"hostID\": $user, \"size\": 1}, {\"containerID\": 1, \"hostID\": 400000, \"size\": 65536}]"
    for name in passwd subuid subgid; do
        umount "/etc/$name"
    done
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "an ordinary user's container without id 0: its only user can be had by exec, too" {
    local command=(setpriv --reuid "$user" --regid "$user" --clear-groups /mnt/holdfast --root /mnt/state)
    configure '.linux.namespaces += [{type: "user"}] | .process.user = {uid: 12345, gid: 12345} |
        .linux.uidMappings = [{containerID: 12345, hostID: 12345, size: 1}] | .linux.gidMappings = .linux.uidMappings'
    program 'exec sleep 1000'
    chown -hR $user:$user "$bundle"
    install -d -o $user -g $user /mnt/state
    install -m 0755 "$holdfast" /mnt/holdfast
    cd /
    "${command[@]}" run --detach --bundle "$bundle" "$id" </dev/zero >/dev/null 2>/mnt/errors 3>&-
    run "${command[@]}" exec --user 12345:12345 "$id" sh -c 'id -u; id -g'
    "${command[@]}" delete --force "$id"
    equal "$status $output" $'0 12345\n12345'
}
