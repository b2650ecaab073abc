#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Bad input: one line that names file, line, JSON path and reason; exit status 1; nothing left behind.

load helpers

# A start that works pins the seed first, which is to stay.
start_seed() {
    cp -a "$BATS_FILE_TMPDIR/image" /mnt/other
    "$holdfast" run --bundle /mnt/other test >/dev/null
}

# The start fails with the text, and leaves neither a file in the root nor a mount: refused TEXT
refused() {
    local files mounts
    start_seed
    files=$(list_rootfs)
    mounts=$(cat /proc/self/mountinfo)
    start_fails "$1"
    equal "$(list_rootfs)" "$files"
    equal "$(cat /proc/self/mountinfo)" "$mounts"
}

@test "a missing config.json" {
    rm "$bundle/config.json"
    refused "cannot open config.json in the bundle $bundle: openat: ENOENT"
}

@test "a missing bundle" {
    bundle=/mnt/missing
    start_fails 'cannot open the bundle directory /mnt/missing: open: ENOENT'
    [ ! -e /mnt/missing ]
}

@test "a config.json that is a directory" {
    rm "$bundle/config.json"
    mkdir "$bundle/config.json"
    refused ''
    [[ $stderr == *config.json* ]]
}

@test "an empty config.json" {
    : >"$bundle/config.json"
    refused "config.json in the bundle $bundle is empty"
}

@test "a malformed config.json" {
    printf '{\n  "ociVersion": "1.2.0",\n  "root": {\n}' >"$bundle/config.json"
    refused 'config.json:4:1: '
}

@test "text after the configuration" {
    echo x >>"$bundle/config.json"
    refused "config.json:$(wc -l <"$bundle/config.json"):1: "
}

@test "a config.json that is an array" {
    echo '[]' >"$bundle/config.json"
    refused 'config.json:1: is an array, but must be an object'
}

@test "a duplicate key" {
    sed -i 's/^{/{\n"hostname": "first",/' "$bundle/config.json"
    refused "config.json:$(grep -n '"hostname"' "$bundle/config.json" | sed -n '2s/:.*//p'):"
    [[ $stderr == *'duplicate object key near '* ]]
}

# Fields of a wrong type or value: jq's edit | a text on the line | path: the message's begin.
@test "fields of a wrong type" {
    local edit text message
    while IFS='|' read -r edit text message; do
        cp "$BATS_FILE_TMPDIR/image/config.json" "$bundle/config.json"
        configure "$edit"
        start_fails "config.json:$(line_of "$text"): $message"
    done <<'CASES'
.ociVersion = 1|"ociVersion"|ociVersion: is a number, but must be a string
.ociVersion = "2.0.0"|"ociVersion"|ociVersion: is "2.0.0", but
.root = "rootfs"|"root"|root: is a string, but must be an object
.root.readonly = "yes"|"readonly"|root.readonly: is a string, but must be a boolean
.root.path = 1|"path"|root.path: is a number, but must be a string
.hostname = []|"hostname"|hostname: is an array, but must be a string
.process.args = "sh"|"args"|process.args: is a string, but must be an array
.process.args = [7]|      7|process.args[0]: is a number, but must be a string
.process.args = []|"args"|process.args: is empty
.process.env = ["NONAME"]|NONAME|process.env[0]: must be NAME=VALUE
.process.cwd = "tmp"|"cwd"|process.cwd: is "tmp", but must be an absolute path
.process.user.uid = -1|"uid"|process.user.uid: is -1, but must be from 0 to
.process.user.uid = 4294967295|"uid"|process.user.uid: is 4294967295, but must be from 0 to
.process.user.gid = 1.5|"gid"|process.user.gid: is a real number, but must be an integer
.process.user.umask = 512|"umask"|process.user.umask: is 512, but must be from 0 to 511
.process.terminal = "no"|"terminal"|process.terminal: is a string, but must be a boolean
.process.noNewPrivileges = 1|"noNewPrivileges"|process.noNewPrivileges: is a number, but must be a boolean
.process.capabilities.bounding = ["CAP_NONE"]|CAP_NONE|process.capabilities.bounding[0]: is "CAP_NONE", which is not a known capability
.process.rlimits[0].type = "RLIMIT_NONE"|RLIMIT_NONE|process.rlimits[0].type: is "RLIMIT_NONE", which is not known
.process.rlimits[0].soft = 2000|2000|process.rlimits[0].soft: is 2000, which is above the hard limit 1024
.mounts = {}|"mounts"|mounts: is an object, but must be an array
.mounts[1] = 5|    5|mounts[1]: is a number, but must be an object
.mounts[0].options = "ro"|"options": "ro"|mounts[0].options
.linux.namespaces[1].type = "none"|"none"|linux.namespaces[1].type: is "none", which is not known
.linux.maskedPaths = ["no/slash"]|no/slash|linux.maskedPaths[0]: is "no/slash", but must be an absolute path
.linux.devices = [{path: "/dev/x", type: "z"}]|"z"|linux.devices[0].type: is "z", which is not known
.linux.devices = [{path: "dev/x", type: "p"}]|dev/x|linux.devices[0].path: is "dev/x", but must be an absolute path
.linux.rootfsPropagation = "none"|"none"|linux.rootfsPropagation: is "none", which is not known
.linux.seccomp = {defaultAction: "SCMP_ACT_NONE"}|SCMP_ACT_NONE|linux.seccomp.defaultAction: is "SCMP_ACT_NONE", which is not known
.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]|"uidMappings"|linux.uidMappings: needs a user namespace
CASES
}

@test "fields that are missing, and one that comes twice" {
    local edit message
    while IFS='|' read -r edit message; do
        cp "$BATS_FILE_TMPDIR/image/config.json" "$bundle/config.json"
        configure "$edit"
        start_fails config.json:
        [[ $stderr == *": $message"* ]] || equal "$stderr" "…: $message…"
    done <<'CASES'
del(.ociVersion)|ociVersion: is missing
del(.root)|root: is missing
del(.root.path)|root.path: is missing
del(.process)|process: is missing
del(.process.args)|process.args: is missing
del(.process.cwd)|process.cwd: is missing
del(.mounts[2].destination)|mounts[2].destination: is missing
del(.linux.namespaces[0].type)|linux.namespaces[0].type: is missing
.linux.devices = [{path: "/dev/x", type: "c"}]|linux.devices[0].major: is missing
del(.linux.namespaces[1])|linux.namespaces: has no "mount"
.linux.namespaces += [{type: "uts"}]|linux.namespaces[6].type: is "uts" for the second time
CASES
}

@test "what sections demand of each other" {
    local edit message
    while IFS='|' read -r edit message; do
        cp "$BATS_FILE_TMPDIR/image/config.json" "$bundle/config.json"
        configure "$edit"
        start_fails config.json:
        [[ $stderr == *": $message"* ]] || equal "$stderr" "…: $message…"
    done <<'CASES'
.linux.timeOffsets = {monotonic: {secs: 1}}|linux.timeOffsets: needs a time namespace
.linux.sysctl = {"vm.swappiness": "1"}|linux.sysctl.vm.swappiness: belongs to no namespace, so it would be the host's
.linux.sysctl = {"kernel.hostname": "x"}|linux.sysctl.kernel.hostname: is what "hostname" is for
.linux.resources.memory = {limit: 2000, swap: 1000}|linux.resources.memory.swap: is 1000, which is below the limit
.linux.cgroupsPath = "/a/../b"|linux.cgroupsPath: is "/a/../b", but must not have ".." in it
.linux.memoryPolicy = {mode: "MPOL_BIND"}|linux.memoryPolicy.nodes: is missing, but the mode needs it
.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mount"], action: "SCMP_ACT_NOTIFY"}]}|linux.seccomp.listenerPath: is missing
.process.scheduler = {policy: "SCHED_OTHER", priority: 1}|process.scheduler.priority: is 1, but only SCHED_FIFO and SCHED_RR
.hooks.prestart = [{path: "true"}]|hooks.prestart[0].path: is "true", but must be an absolute path
.hooks.poststop = [{path: "/bin/true", timeout: 0}]|hooks.poststop[0].timeout: is 0, but must be from 1
.annotations = {"": "x"}|annotations: has an empty key
CASES
}

@test "unknown fields are ignored, and annotations ask for nothing" {
    configure '.unknown = {a: 1} | .process.unknown = 1 | .annotations = {"org.example": "x"} | .process.args = ["echo", "fine"]'
    start_well
    equal "$output" fine
}

@test "an option that no bind mount knows" {
    bind /etc /data rbnd
    refused "config.json:$(mount_line /data): mounts[6] (/data): "
    [[ $stderr == *'"rbnd"'* ]]
}

@test "an option that the file system does not know" {
    filesystem tmpfs /data size=4k unknown=5
    refused 'config.json:'
    [[ $stderr == *': mounts[6] (/data): '*'"unknown=5"'*"Unknown parameter 'unknown'"* ]]
}

@test "a file system that the kernel does not have" {
    filesystem nothing /data
    refused "config.json:$(mount_line /data): mounts[6] (/data): the kernel has no file system of type \"nothing\""
}

@test "a missing source" {
    bind /mnt/missing /data/below rbind
    refused "config.json:$(mount_line /data/below): mounts[6] (/data/below): cannot open the source /mnt/missing: openat2: ENOENT"
}

@test "a missing rootfs" {
    configure '.root.path = "nowhere"'
    refused "config.json:$(line_of nowhere): root.path: "
}

@test "a rootfs that is a file" {
    touch "$bundle/file"
    configure '.root.path = "file"'
    refused "config.json:$(line_of '"file"'): root.path: "
}

@test "a program that does not exist leaves no created target" {
    configure '.process.args = ["/missing"]'
    bind /etc /one/two rbind
    bind /etc/passwd /three bind
    refused ''
    [[ $stderr == *'cannot execute /missing: no such file or directory in the container'* ]]
}

@test "a program that is not in PATH" {
    configure '.process.args = ["missing"]'
    refused ''
    [[ $stderr == *'cannot execute missing: executable file not found in $PATH (/bin)'* ]]
}

@test "a program that can't be executed leaves nothing" {
    echo text >"$rootfs/text"
    chmod 0644 "$rootfs/text"
    configure '.process.args = ["/text"]'
    refused ''
    [[ $stderr == *'cannot execute /text: permission denied; check its mode'* ]]
}

@test "a later mount that fails leaves no target of the earlier ones" {
    bind /etc /one/two rbind
    bind /etc/passwd /three bind
    configure '.linux.devices = [{path: "/made/device", type: "c", major: 1, minor: 3}]'
    bind /etc /etc/passwd rbind
    refused "config.json:$(mount_line /etc/passwd): mounts[8] (/etc/passwd): the source is a directory"
}

@test "a device that can't be made leaves no target of the earlier mounts" {
    echo text >"$rootfs/tmp/device"
    configure '.root.readonly = false | .linux.devices = [{path: "/made/device", type: "c", major: 1, minor: 3},
        {path: "/tmp/device", type: "c", major: 1, minor: 3}]'
    bind /etc /one/two rbind
    refused "config.json:$(($(line_of '"/tmp/device"') - 1)): linux.devices[1]: /tmp/device exists"
}

@test "targets made through a link of the image are taken back as well" {
    ln -s /far/away "$rootfs/link"
    configure '.process.args = ["/missing"]'
    bind /etc /link/below rbind
    refused ''
    [[ $stderr == *'cannot execute /missing'* ]]
}

@test "a failed start leaves no process" {
    configure '.process.args = ["/missing"]'
    run env HOLDFAST_TEST="$BATS_TEST_TMPDIR" "$holdfast" run --bundle "$bundle" test
    equal "$status" 1
    equal "$(grep -l -s "^HOLDFAST_TEST=$BATS_TEST_TMPDIR" --null-data /proc/[0-9]*/environ)" ''
}

@test "control characters of the input do not reach the terminal" {
    bind $'/mnt/\e[31m' /data rbind
    refused "config.json:$(mount_line /data): mounts[6] (/data): "
    [[ $stderr != *$'\e'* ]]
}

@test "wrong use of the command" {
    local arguments
    for arguments in "run" "run --bundle" "run --unknown x" "run a b" "run ../x" "run .." "nothing"; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr "$holdfast" $arguments
        equal "$status" 1
        equal "$output" ''
        equal "${#stderr_lines[@]}" 1
        [[ $stderr == 'holdfast: '* ]]
    done
}

@test "a filter that kills the first process at its execve is a failed start" {
    filesystem tmpfs /made/here
    configure '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{names: ["execve"], action: "SCMP_ACT_KILL_PROCESS"}]}'
    start
    equal "$status $stderr" "1 holdfast: the first process was killed before it became the program; does linux.seccomp allow execve? else see the kernel's log, for memory that ran out"
    [ ! -e "$rootfs/made" ]
}

@test "a start that fails takes a target file away" {
    touch /mnt/source
    bind /mnt/source /file
    configure '.process.args = ["/bin/sh"] | .process.cwd = "/bin/sh/no"'
    start
    equal "$status" 1
    [ ! -e "$rootfs/file" ]
}

@test "a start that fails leaves nothing in a volume that is remounted read-only" {
    mkdir /mnt/volume
    bind /mnt/volume /tmp
    filesystem tmpfs /tmp/new
    configure '.mounts += [{destination: "/tmp", type: "none", source: "none", options: ["remount", "bind", "ro"]}]
        | .process.args = ["/missing"]'
    start
    equal "$status" 1
    equal "$(ls -A /mnt/volume)" ''
}
