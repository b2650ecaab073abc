#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docs/errors.md: what a user, a limit or an outer container does not allow, with the whole message.

load helpers

user=12345

# Under an ID that no other run of the tests has.
start() {
    run --separate-stderr "$holdfast" run --bundle "$bundle" "$@" "errors-$$"
}

fails_with() {
    equal "$status $output $stderr" "1  holdfast: $1"
}

# The container's root is the user: map UIDS, each as "CONTAINER HOST SIZE"
map() {
    configure --arg ids "$1" '.linux.namespaces += [{type: "user"}] | .linux.uidMappings =
        ($ids | split(" ") | map(tonumber) | [{containerID: .[0], hostID: .[1], size: .[2]}])
        | .linux.gidMappings = .linux.uidMappings'
}

start_as_user() {
    chown -hR $user:$user "$bundle"
    cp "$holdfast" /mnt/holdfast
    cd /
    run --separate-stderr setpriv --reuid $user --regid $user --clear-groups "$@" /mnt/holdfast run --bundle "$bundle" "errors-$$"
}

@test "No privileges" {
    start_as_user
    fails_with 'holdfast needs root here: the configuration has no user namespace; run as root, or add { "type": "user" } to linux.namespaces with mappings of your own ids'
}

@test "No newuidmap" {
    map '0 100000 65536'
    start_as_user env PATH=/nonexistent
    fails_with "config.json:$(line_of '"uidMappings"'): linux.uidMappings: cannot run newuidmap: posix_spawnp: ENOENT (No such file or directory); install it: package uidmap; or map one id, the own one"
}

@test "Ids that nobody gave" {
    map '0 100000 65536'
    start_as_user
    equal "$status $output" '1 '
    [[ $stderr == "holdfast: config.json:$(line_of '"uidMappings"'): linux.uidMappings: newuidmap refuses the mapping: newuidmap: "*"; the ids that it maps must be the user's own or be in /etc/subuid (one line: USER:FIRST:COUNT)" ]] ||
        equal "$stderr" '… newuidmap refuses …'
}

# Sysctls of a user namespace are its own: limited SYSCTL [COMMAND]...
limited() {
    run --separate-stderr unshare -Urm bash -c 'echo 0 >"/proc/sys/user/$1"; shift; exec "$@"' - "$1" \
        "$holdfast" run --bundle "$bundle" "errors-$$"
}

@test "A limit of mount namespaces" {
    limited max_mnt_namespaces
    fails_with 'cannot make a mount namespace: unshare: ENOSPC (No space left on device); the limit is the sysctl user.max_mnt_namespaces, of this user namespace or one around it, or fs.mount-max: raise it'
}

@test "A limit of other namespaces" {
    limited max_pid_namespaces
    fails_with 'cannot start a process in new namespaces: clone3: ENOSPC (No space left on device); a limit on namespaces is reached: see the sysctls user.max_*_namespaces'
}

@test "A limit of user namespaces, for an ordinary user" {
    map "0 0 1"
    run --separate-stderr unshare -Urm bash -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"' - \
        setpriv --bounding-set=-all --inh-caps=-all "$holdfast" run --bundle "$bundle" "errors-$$"
    fails_with 'cannot make a user namespace: unshare: ENOSPC (No space left on device); the limit is the sysctl user.max_user_namespaces, which is 0: raise it'
}

# holdfast inside of a container with a filter: inside ERRNO NAME...
inside() {
    local library
    cp -a "$bundle" /mnt/inner
    mv /mnt/inner "$rootfs/inner"
    cp "$holdfast" "$rootfs/bin/"
    for library in $(ldd "$holdfast" | grep -o '/[^ ]*'); do
        mkdir -p "$rootfs$(dirname "$library")"
        cp -L "$library" "$rootfs$library"
    done
    filesystem tmpfs /run
    capabilities CAP_SYS_ADMIN CAP_SYS_CHROOT CAP_SETPCAP CAP_SETUID CAP_SETGID
    configure --argjson errno "$1" '.process.args = ["holdfast", "--cgroup-manager", "disabled", "run", "--bundle", "/inner", "x"]
        | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
            syscalls: [{names: $ARGS.positional, action: "SCMP_ACT_ERRNO", errnoRet: $errno}]}' --args "${@:2}"
    start
}

@test "A filter of an outer container that answers EPERM" {
    inside 1 mount_setattr
    fails_with 'this process may not mount: mount_setattr answers EPERM; a seccomp filter watches this process, as of an outer container: let it allow the mount calls (docker, podman: --security-opt seccomp=unconfined, --cap-add SYS_ADMIN; Kubernetes: seccompProfile: Unconfined); "holdfast doctor" tells more'
}

@test "A filter of an outer container that answers ENOSYS" {
    inside 38 mount_setattr
    fails_with "mount_setattr answers ENOSYS, and a seccomp filter watches this process; let the outer container's filter allow the mount calls (docker, podman: --security-opt seccomp=unconfined; Kubernetes: seccompProfile: Unconfined), or use Linux 5.14 or newer; \"holdfast doctor\" tells more"
}

@test "A user namespace that denies setgroups" {
    local pid
    mkfifo /mnt/go
    unshare -Ur sh -c 'echo made >/mnt/go; exec sleep 60' 3>&- &
    pid=$!
    read -r _ </mnt/go
    configure --arg path "/proc/$pid/ns/user" '.linux.namespaces += [{type: "user", $path}]'
    start
    kill "$pid"
    fails_with "cannot drop the host's groups: setgroups: EPERM (Operation not permitted); an ordinary user made the joined user namespace, with \"deny\" in its /proc/PID/setgroups: join one that root or newgidmap made"
}
