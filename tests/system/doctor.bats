#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# holdfast doctor: each facility tried for real, under what keeps it from working.

load helpers

user=12345
tools='^(docker|podman|Kubernetes|LXC, Incus|systemd unit): '

# Runs the doctor, with JSON: examine [OPTION]...
examine() {
    run --separate-stderr "$@" doctor --json
    [ -z "$stderr" ] || equal "$stderr" ''
}

# The findings that do not work, as lines NAME STATE ERRNO; of names that match, if one is given: failing [REGEX]
failing() {
    jq -r --arg name "${1-.}" '.facilities[] | select(.state != "works" and (.name | test($name)))
        | "\(.name) \(.state) \(.errno)"' <<<"$output"
}

finding() {
    jq -r --arg name "$1" --arg tools "$tools" '.facilities[] | select(.name == $name)
        | "\(.state) \(.errno) \(.needed) \(.detail)", (.advice[] | select(test($tools) | not))' <<<"$output"
}

finding_advice() {
    jq -r --arg name "$1" '.facilities[] | select(.name == $name) | .advice[]' <<<"$output"
}

as_user() {
    cp "$holdfast" /mnt/holdfast
    cd /
    examine setpriv --reuid $user --regid $user --clear-groups "$@" /mnt/holdfast
}

@test "root: all works" {
    examine "$holdfast"
    equal "$status $(jq -c '[.version, .works]' <<<"$output")" '0 [1,true]'
    # A machine for tests may lack these, which are not needed.
    equal "$(failing | grep -v -E '^(resctrl|systemd|AppArmor|SELinux) ' || true)" ''
    equal "$(finding mount_setattr)" 'works null true '
    equal "$(finding seed)" 'works null false pinned at the first start'
}

@test "the seed is found when it is pinned" {
    run "$holdfast" run --bundle "$bundle" "doctor-$$"
    examine "$holdfast"
    equal "$(finding seed)" 'works null false pinned at /run/holdfast/seed'
}

@test "nothing stays: no mount, no namespace, no process, no descriptor" {
    local mounts before
    mounts=$(cat /proc/self/mountinfo)
    before=$(find /run /mnt | sort)
    examine "$holdfast"
    equal "$(cat /proc/self/mountinfo)" "$mounts"
    equal "$(find /run /mnt | sort)" "$before"
}

@test "as text: a line a facility, and what to change below" {
    configure '.linux.intelRdt = {closID: "x"} | .process.apparmorProfile = "none"'
    [ ! -e /sys/module/apparmor ] || skip 'this machine has AppArmor'
    run --separate-stderr "$holdfast" doctor --bundle "$bundle"
    equal "$status $stderr" '1 '
    equal "$(grep -A 2 '^AppArmor' <<<"$output")" "AppArmor                     missing    it is off
    needed for: process.apparmorProfile
    to change: remove process.apparmorProfile, or boot with AppArmor"
    equal "${lines[-1]}" "$(printf '%s of what is needed do not work.' "$(grep -c 'needed for' <<<"$output")")"
}

@test "with a bundle: what it needs, and only that" {
    run --separate-stderr "$holdfast" doctor --bundle "$bundle" --json
    equal "$status $(jq '[.facilities[] | select(.needed | not)] | length' <<<"$output")" '0 0'
    [[ $(jq -r '.facilities[].name' <<<"$output") != *'time namespaces'* ]]
    configure '.linux.namespaces += [{type: "time"}]'
    run --separate-stderr "$holdfast" doctor --bundle "$bundle" --json
    equal "$(finding 'time namespaces')" 'works null true '
}

@test "with a bundle: a file system that the kernel does not have" {
    filesystem nothing /data
    run --separate-stderr "$holdfast" doctor --bundle "$bundle" --json
    equal "$status" 1
    equal "$(finding 'file system nothing')" \
        'missing ENODEV true cannot open a file system of type nothing: fsopen: ENODEV (No such device)
load its module, or use a kernel that has it'
}

@test "with a bundle: idmapped mounts are tried on its sources" {
    local mapping='uidMappings: [{containerID: 0, hostID: 1000, size: 1}], gidMappings: [{containerID: 0, hostID: 1000, size: 1}]'
    mkdir /mnt/good
    configure ".mounts += [{destination: \"/a\", source: \"/mnt/good\", type: \"bind\", options: [\"bind\"], $mapping},
        {destination: \"/b\", source: \"/proc/sys\", type: \"bind\", options: [\"bind\"], $mapping}]"
    run --separate-stderr "$holdfast" doctor --bundle "$bundle" --json
    equal "$status" 1
    equal "$(finding 'idmapped mount of /mnt/good')" 'works null true tmpfs'
    equal "$(finding 'idmapped mount of /proc/sys')" \
        'missing EINVAL true proc, which this kernel can'\''t map, or it is mapped already
bind from another file system, leave the mapping out, or use a newer kernel'
}

@test "with a bundle that is wrong: the error that a start has" {
    echo '[]' >"$bundle/config.json"
    run --separate-stderr "$holdfast" doctor --bundle "$bundle"
    equal "$status $output $stderr" '1  holdfast: config.json:1: is an array, but must be an object'
}

@test "an ordinary user: what needs root is not needed" {
    as_user
    equal "$status" 0
    equal "$(finding privileges)" 'refused EPERM false no CAP_SYS_ADMIN and CAP_SYS_CHROOT
run as root, or add {"type": "user"} to linux.namespaces with mappings'
    equal "$(finding fsmount)" 'works null true '
    equal "$(finding 'overlay in a user namespace')" 'works null false '
    equal "$(finding seed | head -n 1)" "refused EPERM false an ordinary user's start copies the mount namespace"
    equal "$(finding 'subordinate ids' | head -n 1)" 'not set up null false /etc/subuid gives this user no ids'
}

@test "an ordinary user, and a bundle without a user namespace" {
    cp "$holdfast" /mnt/holdfast
    chmod 755 "$bundle"
    run --separate-stderr setpriv --reuid $user --regid $user --clear-groups /mnt/holdfast doctor --bundle "$bundle" --json
    equal "$status $(finding privileges | head -n 1)" '1 refused EPERM true no CAP_SYS_ADMIN and CAP_SYS_CHROOT'
}

@test "an ordinary user, and ids that nobody gave" {
    cp "$holdfast" /mnt/holdfast
    configure '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
        | .linux.gidMappings = .linux.uidMappings'
    run --separate-stderr setpriv --reuid $user --regid $user --clear-groups /mnt/holdfast doctor --bundle "$bundle" --json
    equal "$status" 1
    equal "$(finding 'subordinate ids')" "not set up null true /etc/subuid gives this user no ids
usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER"
}

@test "no newuidmap, and one that is not setuid" {
    as_user env PATH=/nonexistent
    equal "$(finding 'subordinate ids')" "not set up null false newuidmap is not installed
install the package uidmap (shadow-utils), with its programs setuid root"
    mkdir /mnt/bin
    cp /usr/bin/newuidmap /mnt/bin/
    chmod 755 /mnt/bin/newuidmap
    as_user env PATH=/mnt/bin
    equal "$(finding 'subordinate ids' | head -n 1)" \
        'not set up null false /mnt/bin/newuidmap is neither setuid root nor has it a capability'
}

@test "no_new_privs: newuidmap gains nothing" {
    as_user --no-new-privs
    equal "$(finding 'subordinate ids' | head -n 1)" \
        'not set up null false newuidmap gains no privileges here: no_new_privs is set for this process'
}

@test "in a user namespace" {
    examine unshare -Urm "$holdfast"
    equal "$status $(finding privileges)" '0 works null false in a user namespace'
    equal "$(finding seed)" 'refused null false in a user namespace a start copies the mount namespace
start from the machine'\''s first user namespace; nothing else is wrong without'
    equal "$(finding 'proc in a user namespace')" 'works null true '
    equal "$(finding 'idmapped mounts' | head -n 1)" \
        'refused EPERM false the file system belongs to an outer user namespace'
}

@test "in a user namespace below mounts over /proc" {
    mount -t tmpfs holdfast-test /proc/sys/fs
    mount --bind /dev/null /proc/version
    examine unshare -Urm "$holdfast"
    umount /proc/sys/fs /proc/version
    equal "$status" 1
    equal "$(finding 'proc in a user namespace')" \
        'hidden EPERM true mounts hide parts of /proc: /proc/sys/fs, /proc/version'
    equal "$(finding /proc)" 'hidden null false mounts hide parts of /proc: /proc/sys/fs, /proc/version'
    [[ $(jq -r '.facilities[] | select(.name == "/proc") | .advice[]' <<<"$output") == *': '* ]]
}

@test "one outer tool is told by what it leaves in its containers" {
    mount --bind /dev/null /proc/version
    touch /run/.containerenv
    examine env -i PATH="$PATH" "$holdfast"
    umount /proc/version
    [[ $(jq -r '.facilities[] | select(.name == "/proc") | .advice[]' <<<"$output") == *'podman: --security-opt unmask=ALL' ]]
}

# holdfast inside of a container, with a filter: filtered ACTION ERRNO NAME...
filtered() {
    local library
    cp "$holdfast" "$rootfs/bin/"
    for library in $(ldd "$holdfast" | grep -o '/[^ ]*'); do
        mkdir -p "$rootfs$(dirname "$library")"
        cp -L "$library" "$rootfs$library"
    done
    capabilities CAP_SYS_ADMIN CAP_SYS_CHROOT CAP_SETPCAP
    configure --arg action "$1" --argjson errno "$2" '.process.args = ["holdfast", "doctor", "--json"] | .linux.seccomp =
        {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: $ARGS.positional, action: $action} +
            if $action == "SCMP_ACT_ERRNO" then {errnoRet: $errno} else {} end]}' --args "${@:3}"
    run --separate-stderr "$holdfast" run --bundle "$bundle" "doctor-$$"
}

@test "a filter that answers ENOSYS to the mount calls" {
    filtered SCMP_ACT_ERRNO 38 open_tree move_mount mount_setattr fsopen keyctl
    equal "$status" 1
    equal "$(failing '^(open_tree|move_mount|mount_setattr|fsopen|fsconfig|fsmount|keyctl|clone3)$')" \
        "$(printf '%s filtered ENOSYS\n' open_tree move_mount mount_setattr fsopen keyctl)"
    equal "$(finding open_tree)" 'filtered ENOSYS true it answers ENOSYS where the kernel would say EINVAL'
    equal "$(finding_advice open_tree)" \
        "docker: --security-opt seccomp=FILE with a profile that allows it, or seccomp=unconfined
podman: --security-opt seccomp=FILE with a profile that allows it, or seccomp=unconfined
Kubernetes: securityContext: {seccompProfile: {type: Unconfined}}
LXC, Incus: security.nesting=true, or lxc.seccomp.profile with one that allows it
systemd unit: SystemCallFilter=@mount and RestrictNamespaces=no"
}

@test "masked parts of /proc, as every container has them" {
    filtered SCMP_ACT_ERRNO 1 acct
    equal "$(finding /proc | sed 's/: .*//')" 'hidden null false mounts hide parts of /proc'
    equal "$(finding_advice /proc)" "docker: --security-opt systempaths=unconfined
podman: --security-opt unmask=ALL
Kubernetes: securityContext: {procMount: Unmasked}, with hostUsers: false
LXC, Incus: security.nesting=true, or lxc.include of nesting.conf
systemd unit: ProtectKernelTunables=no and ProtectProc=default"
}

@test "a filter that answers EPERM to the mount calls, and to clone3" {
    filtered SCMP_ACT_ERRNO 1 open_tree move_mount mount_setattr fsopen clone3
    equal "$(failing '^(open_tree|move_mount|mount_setattr|fsopen|fsconfig|fsmount|keyctl|clone3)$')" \
        "$(printf '%s filtered EPERM\n' open_tree move_mount mount_setattr fsopen clone3)"
}

@test "a filter that kills who calls" {
    filtered SCMP_ACT_KILL_PROCESS 0 personality pidfd_open
    equal "$(finding pidfd_open | head -n 1)" 'filtered ECHILD true who calls it is killed'
    equal "$(finding personality | head -n 1)" 'filtered ECHILD false who calls it is killed'
    equal "$(finding keyctl | head -n 1)" 'works null true '
}

# Sysctls of a user namespace are its own: limited NAME
limited() {
    examine unshare -Urm bash -c 'echo 0 >"/proc/sys/user/$1"; shift; exec "$@"' - "$1" "$holdfast"
    equal "$status" 1
}

@test "limits on namespaces" {
    limited max_user_namespaces
    equal "$(finding 'user namespaces' | head -n 1)" 'limited ENOSPC false user.max_user_namespaces is 0'
    limited max_net_namespaces
    equal "$(finding 'network namespaces')" 'limited ENOSPC true user.max_net_namespaces is 0
sysctl: raise user.max_net_namespaces, here and in the user namespaces around'
    limited max_mnt_namespaces
    equal "$(finding 'mount namespaces' | head -n 1)" 'limited ENOSPC true user.max_mnt_namespaces is 0'
}

@test "a limit of open files" {
    examine prlimit --nofile=20:20 "$holdfast"
    equal "$status $(finding 'open files' | head -n 1)" '1 limited EMFILE true the hard limit is 20'
}

@test "a limit of processes" {
    as_user prlimit --nproc=1:1
    equal "$(finding processes)" 'limited EAGAIN true RLIMIT_NPROC is reached
raise it: ulimit -u; systemd unit: LimitNPROC='
}
