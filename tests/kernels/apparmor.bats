#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A machine with AppArmor on.

load ../system/helpers

id=holdfast-apparmor-$$
restriction=/proc/sys/kernel/apparmor_restrict_unprivileged_userns

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    # A container's profile, as docker's: all is allowed, one file is not.
    apparmor_parser -r <<'PROFILE'
abi <abi/4.0>,
profile holdfast-test flags=(attach_disconnected,mediate_deleted) {
  file, capability, network, mount, umount, pivot_root, signal, ptrace, unix, userns, mqueue,
  deny /secret r,
}
PROFILE
    echo secret >"$rootfs/secret"
}

teardown() {
    "$holdfast" delete --force "$id" 2>/dev/null
    [ ! -e $restriction ] || echo 0 >$restriction
    rm -f /usr/local/bin/holdfast
    umount -R -l /mnt
}

profile() {
    configure --arg name "$1" '.process.apparmorProfile = $name'
}

@test "AppArmor is on, and the doctor sees it" {
    equal "$("$holdfast" doctor --json | jq -r '.facilities[] | select(.name == "AppArmor").state')" works
}

@test "a container without a profile starts" {
    program 'cat /proc/self/attr/current /secret'
    start_well
    equal "$output" "$(printf '%s\n' unconfined secret)"
}

@test "the program has process.apparmorProfile, and is held to it" {
    profile holdfast-test
    program 'cat /proc/self/attr/current; cat /secret'
    start
    equal "$status $output" '1 holdfast-test (enforce)'
    equal "$stderr" "cat: can't open '/secret': Permission denied"
}

@test "exec gives its program the profile, or another one" {
    profile holdfast-test
    program 'sleep 1000'
    "$holdfast" create --bundle "$bundle" "$id" </dev/null >/dev/null 3>&-
    "$holdfast" start "$id"
    equal "$("$holdfast" exec "$id" cat /proc/self/attr/current)" 'holdfast-test (enforce)'
    apparmor_parser -r <<<'profile holdfast-other flags=(attach_disconnected) { file, capability, signal, }'
    equal "$("$holdfast" exec --apparmor holdfast-other "$id" cat /proc/self/attr/current)" 'holdfast-other (enforce)'
}

@test "a user namespace, and a profile" {
    profile holdfast-test
    configure '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
        | .linux.gidMappings = .linux.uidMappings'
    chown -hR 100000:100000 "$rootfs"
    program 'cat /proc/self/attr/current'
    start_well
    equal "$output" 'holdfast-test (enforce)'
}

@test "a profile that is not loaded" {
    profile nobody-loaded-it
    start_fails_with "config.json:$(line_of apparmorProfile): process.apparmorProfile: cannot write \"exec nobody-loaded-it\" to attr/apparmor/exec: write: ENOENT (No such file or directory); is the profile loaded? See /sys/kernel/security/apparmor/profiles on the host"
}

@test "the package's profile loads, and confines nothing" {
    apparmor_parser -r "$source_directory/dist/apparmor/holdfast"
    grep -q -x 'holdfast (unconfined)' /sys/kernel/security/apparmor/profiles
    cp "$holdfast" /usr/local/bin/holdfast
    program 'cat /proc/self/attr/current'
    run --separate-stderr /usr/local/bin/holdfast run --bundle "$bundle" "$id"
    equal "$status $stderr" '0 '
    equal "$output" 'holdfast (unconfined)'
    apparmor_parser -R "$source_directory/dist/apparmor/holdfast"
}

@test "where AppArmor keeps user namespaces from programs, the package's profile lets holdfast have them" {
    [ -e $restriction ] || skip 'this kernel has no such restriction'
    apparmor_parser -r "$source_directory/dist/apparmor/holdfast"
    cp "$holdfast" /usr/local/bin/holdfast
    cp "$holdfast" /mnt/holdfast
    chmod 755 /mnt
    echo 1 >$restriction
    cd /
    run --separate-stderr setpriv --reuid 1000 --regid 1000 --clear-groups /mnt/holdfast box -- true
    echo "$status $output $stderr"
    [ "$status" -eq 1 ]
    [[ $stderr == *'AppArmor keeps user namespaces from programs without a profile'* ]]
    run --separate-stderr setpriv --reuid 1000 --regid 1000 --clear-groups /usr/local/bin/holdfast box -- echo inside
    equal "$status $output $stderr" '0 inside '
    apparmor_parser -R "$source_directory/dist/apparmor/holdfast"
}
