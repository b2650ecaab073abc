#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every system call of a start fails in turn, with each error that it may plausibly report, and at every call in turn the
# process that makes it is killed. docs/faults.md says what has to come out, and what came out.
#
# By default the first test tries every point, and the others one of so many, the same each time. With HOLDFAST_FAULTS=all
# every one is tried; with HOLDFAST_FAULTS_ONLY='0 openat 5 ' those that have this text in their names, with what came
# of each.
load ../system/helpers

id=holdfast-faults-$$
faults=$HOLDFAST_BUILD/tests/faults/faults
witness=$HOLDFAST_BUILD/tests/faults/witness
user=12345

setup_file() {
    if [ "$(readlink /proc/self/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ]; then
        echo 'mounts made here would reach the machine: use scripts/check' >&2
        return 1
    fi
    mount -t tmpfs -o mode=755 holdfast-test /run
}

# A small root: it is listed after each start.
setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    mkdir -p "$rootfs/bin"
    cp "$witness" "$rootfs/bin/witness"
    jq '.process.args = ["/bin/witness"] + $ARGS.positional' --args $(readlink /proc/self/ns/*) \
        <"$source_directory/examples/bundle/config.json" >"$bundle/config.json"
    # The seed is there from now on.
    "$holdfast" run --bundle "$bundle" "$id" >/dev/null
    rmdir "$rootfs/dev" "$rootfs/proc" "$rootfs/sys"
}

teardown() {
    "$holdfast" delete --force "$id" 2>/dev/null
    umount -R -l /mnt
}

# How many of the points are tried by default: one of so many.
fault_share=20
kill_share=20

# Tries the points of the command: try OPTION... COMMAND...
try_all() {
    local every=$1 line status=0
    shift
    [ "${HOLDFAST_FAULTS-}${HOLDFAST_FAULTS_ONLY-}" = '' ] || every=1
    [ -z "${HOLDFAST_FAULTS_ONLY-}" ] || set -- --only "$HOLDFAST_FAULTS_ONLY" --verbose "$@"
    "$faults" --holdfast "$holdfast" --directory /run --directory "$bundle" --every "$every" "$@" \
        >"$BATS_TEST_TMPDIR/report" 2>&1 3>&- || status=$?
    [ "$status" -eq 0 ] || cat "$BATS_TEST_TMPDIR/report"
    [ -z "${HOLDFAST_FAULTS_ONLY-}" ] || sed 's/^/# /' "$BATS_TEST_TMPDIR/report" >&3
    echo "# $kind: $(tail -n 1 "$BATS_TEST_TMPDIR/report")" >&3
    return "$status"
}

# By errors, and by kills: try_faults_and_kills OPTION... COMMAND...
try_faults_and_kills() {
    local failed=0
    kind="$BATS_TEST_DESCRIPTION, errors"
    try_all "$fault_share" --cleanup "'$holdfast' delete --force $id" "$@" || failed=1
    kind="$BATS_TEST_DESCRIPTION, kills"
    try_all "$kill_share" --kill --cleanup "'$holdfast' delete --force $id" "$@" || failed=1
    return "$failed"
}

@test "the default bundle" {
    fault_share=1
    kill_share=1
    try_faults_and_kills --seed /run/holdfast/seed "$holdfast" run --bundle "$bundle" "$id"
}

@test "many mounts: binds, trees, an overlay, a filled tmpfs, an idmapped mount" {
    local number
    mkdir -p /mnt/data/below /mnt/lower/a /mnt/upper /mnt/work "$rootfs/filled/a/b"
    mount -t tmpfs below /mnt/data/below
    ln -s b "$rootfs/filled/a/link"
    echo text | tee "$rootfs/filled/file" /mnt/data/file >/mnt/lower/file
    bind /mnt/data /data rbind rro
    bind /mnt/data/file /new/file bind ro
    bind /mnt/lower /slave rbind rslave nosuid nodev
    filesystem overlay /merged lowerdir=/mnt/lower upperdir=/mnt/upper workdir=/mnt/work uuid=null
    filesystem tmpfs /filled tmpcopyup mode=755
    filesystem cgroup /sys/fs/cgroup ro nosuid nodev noexec
    bind /mnt/data /idmapped bind idmap
    configure '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 3000, size: 10}]} | .mounts[-1].gidMappings = .mounts[-1].uidMappings
        | .linux.rootfsPropagation = "slave"'
    for number in {1..20}; do
        bind /mnt/lower/file "/many/$number" bind
    done
    # What tmpcopyup copies may be removed meanwhile.
    try_faults_and_kills --vanishes gone --seed /run/holdfast/seed "$holdfast" run --bundle "$bundle" "$id"
}

@test "a user namespace with mappings, a terminal, a filter, kernel parameters, time offsets" {
    configure '.linux.namespaces += [{type: "user"}, {type: "time"}] | .process.terminal = true
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
        | .linux.timeOffsets = {monotonic: {secs: 10}} | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
        | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["kexec_load"], action: "SCMP_ACT_ERRNO"}]}
        | .process.oomScoreAdj = 100 | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 5}
        | .process.user = {uid: 1000, gid: 1000, additionalGids: [5], umask: 18} | .process.env += ["HOME=/"]'
    chown -R 100000:100000 "$rootfs"
    try_faults_and_kills --seed /run/holdfast/seed "$holdfast" run --bundle "$bundle" "$id"
}

@test "create and start, with hooks, limits, device rules and devices" {
    local path
    path=$(sed -n 's|^0::\(.*\)/.*|\1|p' /proc/self/cgroup)
    configure --arg path "$path/parent/child" '.linux.cgroupsPath = $path
        | .linux.resources = {memory: {limit: 100000000}, pids: {limit: 50}, cpu: {shares: 512},
            devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 5, access: "rw"}]}
        | .linux.devices = [{path: "/dev/mem2", type: "c", major: 1, minor: 1, fileMode: 384, uid: 1, gid: 2}, {path: "/dev/queue", type: "p"}]
        | .hooks = ([("prestart", "createRuntime", "createContainer", "poststart", "poststop")
            | {(.): [{path: "/bin/true", timeout: 20}]}] | add) | .hooks.startContainer = [{path: "/bin/witness"}]'
    # start returns when the program has begun; it has ended when nobody has its process number any more.
    cat >/mnt/life <<END
"$holdfast" --root /run/holdfast/containers create --bundle "$bundle" --pid-file /mnt/pid $id || exit
"$holdfast" --root /run/holdfast/containers start $id || status=2
while [ -z "\$status" ] && kill -0 \$(cat /mnt/pid) 2>/dev/null; do :; done
"$holdfast" delete --force $id
exit \$status
END
    try_faults_and_kills --scope 0.1 --scope 0.2 --seed /run/holdfast/seed sh /mnt/life
}

@test "a box as an ordinary user" {
    install -m 0755 "$holdfast" /mnt/holdfast
    install -m 0755 "$witness" /mnt/witness
    try_faults_and_kills --vanishes any --holdfast /mnt/holdfast setpriv --reuid "$user" --regid "$user" --clear-groups \
        /mnt/holdfast box -- /mnt/witness $(readlink /proc/self/ns/*)
}

@test "a box as root" {
    try_faults_and_kills --vanishes any --seed /run/holdfast/seed "$holdfast" box -- "$witness" $(readlink /proc/self/ns/*)
}

@test "without pivot_root" {
    configure '.root.readonly = false'
    try_faults_and_kills --seed /run/holdfast/seed "$holdfast" run --no-pivot --bundle "$bundle" "$id"
}

@test "the first start, which makes the seed" {
    # What the pin is on is made private where the kernel refuses it else, and stays.
    try_faults_and_kills --stays /run/holdfast/seed --stays ' /holdfast /run/holdfast rw' \
        --before 'umount -R -l /run/holdfast 2>/dev/null || umount -l /run/holdfast/seed 2>/dev/null; :' \
        "$holdfast" run --bundle "$bundle" "$id"
}
