#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.resources on controllers of version 1, as the processes feel them; update, events, and where cgroups are.
load container_life

version_1() {
    [ -d /sys/fs/cgroup/memory ] || skip 'controllers of version 2 here'
}

waiting() {
    program 'exec sleep 1000'
    detached
}

# The value in a file of the container's cgroup: value FILE
value() {
    cat "$(cgroup_of "${1%%.*}")/$1"
}

@test "memory: the limit is there, and who goes above it is killed" {
    version_1
    configure '.linux.resources = {memory: {limit: 20971520, reservation: 10485760, swappiness: 0}}'
    waiting
    equal "$(value memory.limit_in_bytes) $(value memory.soft_limit_in_bytes) $(value memory.swappiness)" \
        '20971520 10485760 0'
    command_line exec "$id" sh -c 'head -c 100000000 /dev/zero | tail'
    equal "$("$holdfast" events --stats "$id" | jq '.data.memory.usage.failcnt > 0')" true
    grep -q '^oom_kill [1-9]' "$(cgroup_of memory)/memory.oom_control"
    status_is running
}

@test "memory: a limit that is too low for the start itself" {
    version_1
    configure '.linux.resources = {memory: {limit: 4096}}'
    command_line create --bundle "$bundle" "$id"
    [[ "$status $stderr" == "1 holdfast: the container's first process ended early; was it killed? The kernel's log says why: linux.resources.memory.limit is too low, or "* ]]
    nothing_left
}

@test "pids: no process beyond the limit" {
    version_1
    configure '.linux.resources = {pids: {limit: 5}}'
    waiting
    equal "$(value pids.max)" 5
    command_line exec "$id" sh -c 'for n in 1 2 3 4 5 6 7 8; do sleep 5 & done; wait'
    [[ $stderr == *"can't fork"* ]]
    [ "$(value pids.peak 2>/dev/null || value pids.current)" -le 5 ]
}

@test "cpu: shares, quota and period" {
    version_1
    configure '.linux.resources = {cpu: {shares: 512, quota: 20000, period: 100000, cpus: "0"}}'
    waiting
    equal "$(cat "$(cgroup_of cpu)"/cpu.{shares,cfs_quota_us,cfs_period_us} | tr '\n' ' ')" '512 20000 100000 '
    does exec "$id" grep ^Cpus_allowed_list /proc/self/status
    equal "$output" $'Cpus_allowed_list:\t0'
    command_line exec "$id" timeout 1 sh -c 'while :; do :; done'
    [ "$(awk '/^nr_throttled/ { print $2 }' "$(cgroup_of cpu)/cpu.stat")" -gt 0 ]
}

# The device 4:4000 does not exist: who may open it is told so (ENXIO), and who may not, gets EPERM.
@test "devices: what isn't allowed can't be opened, what is can, and the standard ones always can" {
    version_1
    configure '.linux.resources = {devices: [{allow: false, access: "rwm"},
            {allow: true, type: "c", major: 4, minor: 4000, access: "r"}]}
        | .linux.devices = [{path: "/dev/none", type: "c", major: 4, minor: 4000},
            {path: "/dev/test-kmsg", type: "c", major: 1, minor: 11}]
        | .root.readonly = false'
    capabilities CAP_MKNOD
    waiting
    does exec "$id" sh -c 'exec 2>&1; true </dev/none; true >/dev/none; true </dev/test-kmsg
        true >/dev/null && true </dev/urandom && true >/dev/full && echo standard
        mknod /tmp/null c 1 3 && mknod /tmp/kmsg c 1 11 && echo made; true </tmp/null && echo opened; true </tmp/kmsg || true'
    equal "$output" "sh: can't open /dev/none: No such device or address
sh: can't create /dev/none: Operation not permitted
sh: can't open /dev/test-kmsg: Operation not permitted
standard
made
opened
sh: can't open /tmp/kmsg: Operation not permitted"
}

@test "devices: all are allowed but one" {
    version_1
    configure '.linux.resources = {devices: [{allow: true, access: "rwm"},
            {allow: false, type: "c", major: 1, minor: 11, access: "rw"}]}
        | .linux.devices = [{path: "/dev/test-kmsg", type: "c", major: 1, minor: 11}]'
    waiting
    command_line exec "$id" sh -c 'true </dev/test-kmsg || echo no kmsg'
    equal "$output" 'no kmsg'
    equal "$stderr" "sh: can't open /dev/test-kmsg: Operation not permitted"
}

@test "unified is for version 2, and said so" {
    version_1
    configure '.linux.resources = {unified: {"memory.max": "1000000"}}'
    command_line create --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': linux.resources.unified'* ]]
    nothing_left
}

@test "a value that the kernel refuses, and nothing stays" {
    version_1
    configure '.linux.resources = {cpu: {cpus: "4000"}}'
    command_line create --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*'linux.resources.cpu.cpus'*'cpuset.cpus'* ]]
    nothing_left
}

@test "cgroupsPath: absolute, relative, and none" {
    local path
    version_1
    for path in "/$id/a/b" "$id/c" ""; do
        configure --arg path "$path" 'if $path == "" then del(.linux.cgroupsPath) else .linux.cgroupsPath = $path end'
        waiting
        case $path in
        /*) equal "$(cgroup_of memory)" "/sys/fs/cgroup/memory$path" ;;
        ?*) [[ $(cgroup_of memory) == /sys/fs/cgroup/memory/*"$path" ]] ;;
        *) [[ $(cgroup_of memory) == /sys/fs/cgroup/memory/*"$id" ]] ;;
        esac
        does delete --force "$id"
        [ -z "$path" ] || rmdir /sys/fs/cgroup/*/"$id"{/a,/c,} 2>/dev/null || true
    done
    nothing_left
    configure '.linux.cgroupsPath = "/../x"'
    command_line create --bundle "$bundle" "$id"
    equal "$status" 1
}

@test "cgroupsPath that two containers share: deleting one leaves the other alone" {
    local group
    version_1
    configure --arg path "/$id" '.linux.cgroupsPath = $path'
    program 'exec sleep 1000'
    detached
    "$holdfast" run -d --bundle "$bundle" "$id-2" </dev/zero >/mnt/out 2>&1 3>&-
    command_line delete --force "$id"
    equal "$status $stderr" \
        "0 holdfast: warning: the container's cgroup stays: there are processes of others in it"
    equal "$("$holdfast" state "$id-2" | jq -r .status)" running
    does delete --force "$id-2"
    for group in /sys/fs/cgroup/*/"$id"; do
        rmdir "$group"
    done
}

@test "update: each limit, by options and by a file, and what is not named stays" {
    version_1
    configure '.linux.resources = {memory: {limit: 104857600}, pids: {limit: 50}, cpu: {shares: 1024}}'
    waiting
    does update --memory 50m --memory-reservation 25m --cpu-share 256 --cpu-quota 30000 --cpu-period 50000 \
        --cpuset-cpus 0 --cpuset-mems 0 "$id"
    equal "$(value memory.limit_in_bytes) $(value memory.soft_limit_in_bytes) $(value pids.max)" '52428800 26214400 50'
    equal "$(cat "$(cgroup_of cpu)"/cpu.{shares,cfs_quota_us,cfs_period_us} | tr '\n' ' ')" '256 30000 50000 '
    equal "$(value cpuset.cpus) $(value cpuset.mems)" '0 0'
    does update --pids-limit -1 "$id"
    equal "$(value pids.max) $(value memory.limit_in_bytes)" 'max 52428800'
    echo '{"memory": {"limit": 31457280}}' >/mnt/resources.json
    does update --resources /mnt/resources.json "$id"
    equal "$(value memory.limit_in_bytes) $(cat "$(cgroup_of cpu)/cpu.shares")" '31457280 256'
    does update --cpu-quota -1 "$id"
    equal "$(cat "$(cgroup_of cpu)/cpu.cfs_quota_us")" -1
}

@test "update: what can't be, is refused by name" {
    version_1
    waiting
    echo '{"memory": {"limit": "much"}}' >/mnt/resources.json
    command_line update --resources /mnt/resources.json "$id"
    [[ "$status $stderr" == '1 holdfast: /mnt/resources.json:1: memory.limit: '* ]]
    command_line update --cpuset-cpus 4000 "$id"
    [[ "$status $stderr" == '1 holdfast: '*cpuset.cpus* ]]
    refuses 'cannot open the resources /none: open: ENOENT (No such file or directory)' update -r /none "$id"
    does kill "$id" KILL
    wait_for_status stopped
    refuses 'container not running' update --pids-limit 5 "$id"
}

@test "events --stats: runc's keys" {
    local ours theirs
    version_1
    command -v runc || skip 'no runc'
    program 'sleep 999 & exec sleep 1000'
    detached
    runc --root /mnt/runc run -d --bundle "$bundle" "$id-runc" </dev/zero >/mnt/out 2>&1 3>&-
    ours=$("$holdfast" events --stats "$id")
    theirs=$(runc --root /mnt/runc events --stats "$id-runc")
    runc --root /mnt/runc delete --force "$id-runc"
    equal "$(jq -r '.type, .id, .data.pids.current' <<<"$ours")" "stats
$id
2"
    # Theirs, but for those that need hardware or are left out where there is nothing.
    equal "$(comm -13 <(jq -r 'paths | map(if type == "number" then 0 else . end) | join(".")' <<<"$ours" | sort -u) \
        <(jq -r 'paths | map(if type == "number" then 0 else . end) | join(".")' <<<"$theirs" | sort -u))" ''
}

@test "events: one line a time until the container stops, and a line when memory runs out" {
    version_1
    configure '.linux.resources = {memory: {limit: 20971520}}'
    waiting
    "$holdfast" events --interval 50ms "$id" >/mnt/events 2>&1 3>&- &
    for _ in {1..300}; do
        [ "$(wc -l </mnt/events)" -lt 2 ] || break
        sleep 0.01
    done
    command_line exec "$id" sh -c 'head -c 100000000 /dev/zero | tail'
    for _ in {1..300}; do
        ! grep -q oom /mnt/events || break
        sleep 0.01
    done
    does kill "$id" KILL
    wait $!
    equal "$(jq -r .type /mnt/events | sort -u | tr '\n' ' ')" 'oom stats '
    equal "$(jq -r .id /mnt/events | sort -u)" "$id"
    refuses "container with id $id is not running" events --stats "$id"
}

@test "a container in a user namespace owns its cgroup on version 2" {
    program 'exec sleep 1000'
    mkdir /mnt/unified
    mount -t cgroup2 none /mnt/unified || skip 'no version 2'
    umount /mnt/unified
    unshare --mount --propagation private sh -c '
        umount -R -l /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup || exit 3
        jq ".linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
            | .linux.gidMappings = .linux.uidMappings
            | .mounts += [{destination: \"/sys/fs/cgroup\", type: \"cgroup\", source: \"cgroup\", options: [\"rw\"]}]" \
            <"$1/config.json" >/mnt/edited
        mv /mnt/edited "$1/config.json"
        chown -hR 100000:100000 "$1/rootfs"
        "$2" run --detach --bundle "$1" "$3" </dev/zero
        place=$(sed -n "s/^0:://p" "/proc/$("$2" state "$3" | jq .pid)/cgroup")
        cd "/sys/fs/cgroup$place" && stat -c "%n %u" . cgroup.procs cgroup.subtree_control cgroup.threads cgroup.freeze
        "$2" exec "$3" sh -c "mkdir /sys/fs/cgroup/mine && rmdir /sys/fs/cgroup/mine && echo made"
        "$2" delete --force "$3"
        ' sh "$bundle" "$holdfast" "$id" >/mnt/output 2>&1 3>&- || true
    equal "$(cat /mnt/output)" '. 100000
cgroup.procs 100000
cgroup.subtree_control 100000
cgroup.threads 100000
cgroup.freeze 0
made'
}
