#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A kernel before 5.14: one clear sentence, and nothing is left behind. What needs no mount still works.

load ../system/helpers

sentence='this kernel is too old: holdfast needs Linux 5.14 or newer'

# What there is below /run and in the image. The directory for states stays, as on any machine.
list_files() {
    find /run -mindepth 1 ! -path /run/holdfast ! -path /run/holdfast/containers
    list_rootfs
}

# The command says the sentence and nothing else, and leaves mounts and files as they were: says_so COMMAND...
says_so() {
    local mounts files
    mounts=$(cat /proc/self/mountinfo)
    files=$(list_files)
    run --separate-stderr "$@"
    equal "$status $output $stderr" "1  holdfast: $sentence"
    equal "$(cat /proc/self/mountinfo)" "$mounts"
    equal "$(list_files)" "$files"
}

@test "run" {
    says_so "$holdfast" run --bundle "$bundle" test
}

@test "create" {
    says_so "$holdfast" create --bundle "$bundle" test
}

@test "run as an ordinary user" {
    configure '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}]
        | .linux.gidMappings = .linux.uidMappings'
    chmod 755 /mnt
    says_so setpriv --reuid 1000 --regid 1000 --clear-groups "$holdfast" --root /tmp/state run --bundle "$bundle" test
}

@test "box" {
    says_so "$holdfast" box -- true
}

@test "box as an ordinary user" {
    says_so setpriv --reuid 1000 --regid 1000 --clear-groups "$holdfast" box -- true
}

@test "the library" {
    run --separate-stderr "$HOLDFAST_BUILD/examples/build-namespace" "$rootfs" /bin/true
    equal "$stderr" "$sentence"
    [ "$status" -ne 0 ]
}

@test "the doctor names what is missing, and what to change" {
    run --separate-stderr "$holdfast" doctor
    equal "$status $stderr" '1 '
    equal "$(grep -A 2 '^mount_setattr ' <<<"$output")" 'mount_setattr                missing    ENOSYS
    needed for: attributes of mounts
    to change: Linux 5.14 or newer'
}

@test "a plan is made all the same" {
    run --separate-stderr "$holdfast" plan --bundle "$bundle"
    equal "$status $stderr" '0 '
}
