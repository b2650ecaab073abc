#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What config.json says of the process and the kernel, as the program and what exec starts have it.
load container_life

waiting() {
    program 'exec sleep 1000'
    detached
    pid=$("$holdfast" state "$id" | jq .pid)
}

# The field of /proc/PID/stat, by its number in proc_pid_stat(5): stat_field PID NUMBER
stat_field() {
    sed 's/.*) /x x /' "/proc/$1/stat" | cut -d ' ' -f "$2"
}

@test "sysctl: in the container's namespaces, and not the machine's" {
    local before
    before=$(cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward)
    configure '.linux.sysctl = {"kernel.msgmax": "4321", "net.ipv4.ip_forward": "1", "net/ipv4/ip_default_ttl": "33"}'
    program 'cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_default_ttl'
    start_well
    equal "$output" $'4321\n1\n33'
    equal "$(cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward)" "$before"
}

@test "sysctl: of an interface that a hook has made" {
    local kind
    program 'cat /proc/sys/net/ipv4/conf/eth9/forwarding; hostname'
    for kind in prestart createRuntime; do
        configure --arg kind "$kind" '.linux.sysctl = {"net.ipv4.conf.eth9.forwarding": "1"} | .hostname = "configured" |
            .hooks = {($kind): [{path: "/bin/sh", args: ["sh", "-c",
                "nsenter --net --uts -t $(jq .pid) sh -c \"hostname hook; ip link add eth9 type veth peer name eth8\""],
                env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]}'
        start_well
        equal "$output" $'1\nconfigured'
    done
}

@test "sysctl: the machine's own are refused" {
    configure '.linux.sysctl = {"vm.swappiness": "1"}'
    command_line create --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': linux.sysctl'*'vm.swappiness'* ]]
    configure '.linux.sysctl = {"kernel.msgmax": "1"} | del(.linux.namespaces[] | select(.type == "ipc"))'
    command_line create --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': linux.sysctl'*'kernel.msgmax'* ]]
    nothing_left
}

@test "oomScoreAdj: of the program, and of what exec starts" {
    configure '.process.oomScoreAdj = 555'
    waiting
    equal "$(cat "/proc/$pid/oom_score_adj")" 555
    does exec "$id" cat /proc/self/oom_score_adj
    equal "$output" 555
    echo '{"args": ["/bin/cat", "/proc/self/oom_score_adj"], "cwd": "/", "oomScoreAdj": 777}' >/mnt/process.json
    does exec --process /mnt/process.json "$id"
    equal "$output" 777
}

@test "rlimits: of the program, and of what exec starts" {
    configure '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 123, hard: 456}, {type: "RLIMIT_CORE", soft: 0, hard: 0}]'
    waiting
    equal "$(prlimit --pid "$pid" --nofile --core --output SOFT,HARD --noheadings | tr -s ' ' | sed 's/^ //' | sort)" \
        "$(printf '%s\n' '0 0' '123 456')"
    does exec "$id" sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'
    equal "$output" $'123\n456\n0'
}

@test "scheduler: a policy, its nice value, and flags" {
    configure '.process.scheduler = {policy: "SCHED_BATCH", nice: 5, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
    waiting
    equal "$(chrt --pid "$pid" | head -n 1)" "pid $pid's current scheduling policy: SCHED_BATCH|SCHED_RESET_ON_FORK"
    equal "$(stat_field "$pid" 19)" 5
    "$holdfast" exec --detach --pid-file /mnt/pid "$id" sleep 1000 </dev/zero >/mnt/out 2>&1 3>&-
    equal "$(stat_field "$(cat /mnt/pid)" 19) $(stat_field "$(cat /mnt/pid)" 41)" '5 3'
}

@test "ioPriority" {
    configure '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
    waiting
    equal "$(ionice --pid "$pid")" 'best-effort: prio 6'
    configure '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
    does delete --force "$id"
    waiting
    equal "$(ionice --pid "$pid")" idle
}

@test "execCPUAffinity: final is the program's that exec starts, and not the container's" {
    [ "$(nproc)" -gt 1 ] || skip 'one CPU'
    configure '.process.execCPUAffinity = {initial: "0", final: "1"}'
    waiting
    [ "$(taskset --cpu-list --pid "$pid")" != "pid $pid's current affinity list: 1" ]
    does exec "$id" grep ^Cpus_allowed_list /proc/self/status
    equal "$output" $'Cpus_allowed_list:\t1'
}

@test "personality" {
    configure '.linux.personality = {domain: "LINUX32"}'
    program 'uname -m'
    start_well
    [[ $output == i?86 || $output == arm* || $output == "$(setarch linux32 uname -m)" ]]
    waiting
    does exec "$id" uname -m
    equal "$output" "$(setarch linux32 uname -m)"
}

@test "timeOffsets" {
    configure '.linux.namespaces += [{type: "time"}]
        | .linux.timeOffsets = {monotonic: {secs: 86400, nanosecs: 0}, boottime: {secs: 1000000, nanosecs: 5}}'
    program 'cat /proc/self/timens_offsets; cut -d . -f 1 /proc/uptime'
    start_well
    equal "$(sed '$d' <<<"$output" | tr -s ' ')" $'monotonic 86400 0\nboottime 1000000 5'
    [ $((${lines[2]} - $(cut -d . -f 1 /proc/uptime) - 1000000)) -le 3 ]
    [ "${lines[2]}" -ge 1000000 ]
    configure 'del(.linux.namespaces[] | select(.type == "time"))'
    command_line create --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': linux.timeOffsets'* ]]
}

@test "memoryPolicy" {
    configure '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
    waiting
    [[ "$(head -n 1 "/proc/$pid/numa_maps")" == *' bind:0 '* ]]
    "$holdfast" exec --detach --pid-file /mnt/pid "$id" sleep 1000 </dev/zero >/mnt/out 2>&1 3>&-
    [[ "$(head -n 1 "/proc/$(cat /mnt/pid)/numa_maps")" == *' bind:0 '* ]]
}

@test "AppArmor and SELinux, where the machine has neither" {
    [ ! -e /sys/module/apparmor ] && [ ! -d /sys/fs/selinux ] || skip 'this machine has one of them'
    configure '.process.apparmorProfile = "profile"'
    refuses "config.json:$(line_of '"apparmorProfile"'): process.apparmorProfile: AppArmor is off in this machine's kernel, or not in it; remove the property, or boot with AppArmor" \
        create --bundle "$bundle" "$id"
    configure 'del(.process.apparmorProfile) | .process.selinuxLabel = "a:b:c:s0"'
    refuses "config.json:$(line_of '"selinuxLabel"'): process.selinuxLabel: SELinux is off in this machine's kernel, or not in it; remove the property, or boot with SELinux" \
        create --bundle "$bundle" "$id"
    nothing_left
}

@test "intelRdt, where the machine has none" {
    [ ! -e /sys/fs/resctrl/schemata ] || skip 'this machine has it'
    configure '.linux.intelRdt = {closID: "class", l3CacheSchema: "L3:0=f"}'
    command_line create --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': linux.intelRdt'* ]]
    nothing_left
}

@test "annotations are in the state, and ask for nothing" {
    configure '.annotations = {"org.example.one": "1", "run.oci.keep_original_groups": "1"}'
    waiting
    equal "$("$holdfast" state "$id" | jq -c .annotations)" '{"org.example.one":"1","run.oci.keep_original_groups":"1"}'
    equal "$("$holdfast" list --format json | jq -c --arg id "$id" '.[] | select(.id == $id) | .annotations')" \
        '{"org.example.one":"1","run.oci.keep_original_groups":"1"}'
}

# A network namespace of the test's own stands for the machine's.
@test "netDevices: moved, renamed, with its addresses, and up" {
    configure '.linux.netDevices = {"hf-test0": {name: "inside"}}'
    program 'cat /sys/class/net/inside/flags /sys/class/net/inside/address; ip addr show dev inside | grep -o "inet6* [^ ]*" | grep -v fe80 | sort'
    run --separate-stderr unshare --net sh -c '
        ip link add hf-test0 type veth peer name hf-test1 && ip link set hf-test0 address 02:00:00:00:00:07 up &&
        ip addr add 192.0.2.7/24 dev hf-test0 && ip addr add 2001:db8::7/64 dev hf-test0 nodad &&
        ip link set hf-test1 up || exit 99
        "$1" run --bundle "$2" "$3" && ip -o link show | grep -c hf-test0' sh "$holdfast" "$bundle" "$id"
    [ "$status" -ne 99 ] || skip 'no veth here'
    equal "$stderr" ''
    equal "$output" $'0x1003\n02:00:00:00:00:07\ninet 192.0.2.7/24\ninet6 2001:db8::7/64\n0'
}

@test "netDevices: a start that fails later gives them back, with name, address, and up" {
    configure '.linux.netDevices = {"hf-test0": {name: "inside"}} | .process.args = ["/none"]'
    run --separate-stderr unshare --net sh -c '
        ip link add hf-test0 type veth peer name hf-test1 && ip addr add 192.0.2.7/24 dev hf-test0 &&
        ip link set hf-test0 up && ip link set hf-test1 up || exit 99
        "$1" run --bundle "$2" "$3"; ip -o addr show dev hf-test0 | grep -o "inet [^ ]*"; ip -o link show hf-test0 | grep -c ",UP"' \
        sh "$holdfast" "$bundle" "$id"
    [ "$status" -ne 99 ] || skip 'no veth here'
    [[ $stderr == 'holdfast: config.json:'*'/none'* ]]
    equal "$output" $'inet 192.0.2.7/24\n1'
    nothing_left
}

@test "netDevices: one that is not there, and nothing stays" {
    configure '.linux.netDevices = {"hf-none": {}}'
    command_line create --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': linux.netDevices'*hf-none* ]]
    nothing_left
}

@test "seccomp: a listener, and an agent that answers" {
    configure '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/mnt/socket", listenerMetadata: "about it",
        syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}'
    program 'mkdir /tmp/x 2>&1; exit 3'
    serve seccomp 28
    command_line run --bundle "$bundle" "$id"
    equal "$status $output" "3 mkdir: can't create directory '/tmp/x': No space left on device"
    take_served
    equal "$(head -n 1 <<<"$served" | jq -c '[.metadata, .fds, .state.id, .state.status, .pid == .state.pid]')" \
        "[\"about it\",[\"seccompFd\"],\"$id\",\"creating\",true]"
    equal "$(sed 1d <<<"$served" | grep -c '^system call')" 1
}

@test "seccomp: exec has a listener of its own" {
    configure '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/mnt/socket",
        syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}'
    program 'exec sleep 1000'
    serve seccomp 28
    detached
    rm /mnt/socket /mnt/socket.ready
    serve seccomp 13
    command_line exec "$id" mkdir /tmp/x
    equal "$status $stderr" "1 mkdir: can't create directory '/tmp/x': Permission denied"
    take_served
    equal "$(head -n 1 <<<"$served" | jq -c '[.state.id, .state.status, .pid == .state.pid]')" "[\"$id\",\"running\",false]"
}

@test "seccomp: no agent at the listener's path, and nothing stays" {
    configure '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/mnt/none",
        syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}'
    command_line create --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': linux.seccomp.listenerPath: cannot find the seccomp agent /mnt/none: '* ]]
    nothing_left
}
