#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docs/errors.md: what goes wrong with mounts, provoked for real, with the whole message.

load helpers

# Under an ID that no other run of the tests has.
start() {
    run --separate-stderr "$holdfast" run --bundle "$bundle" "$@" "errors-$$"
}

# The place of the mount at the destination: at DESTINATION INDEX
at() {
    echo "config.json:$(mount_line "$1"): mounts[$2] ($1)"
}

# Root of a user namespace starts it, in a mount namespace that belongs to it.
start_nested() {
    run --separate-stderr unshare -Urm "$holdfast" run --bundle "$bundle" "errors-$$"
}

nested_fails_with() {
    start_nested
    equal "$status $output $stderr" "1  holdfast: $1"
}

@test "Locked flags" {
    mkdir /mnt/data
    mount -t tmpfs -o nosuid,nodev,noexec holdfast-test /mnt/data
    bind /mnt/data /data bind exec dev
    nested_fails_with "$(at /data 6): cannot change the mount's attributes: mount_setattr: EPERM (Operation not permitted); the options clear \"nodev\", \"noexec\" of the source, which an outer user namespace has locked: leave it as the source has it"
}

@test "Locked flags: read-only" {
    mkdir /mnt/data
    mount -t tmpfs -o ro holdfast-test /mnt/data
    bind /mnt/data /data bind rw
    nested_fails_with "$(at /data 6): cannot change the mount's attributes: mount_setattr: EPERM (Operation not permitted); the options clear \"ro\" of the source, which an outer user namespace has locked: leave it as the source has it"
}

@test "A bind mount without the mounts below, which are locked" {
    mkdir -p /mnt/data/below
    mount -t tmpfs holdfast-test /mnt/data/below
    bind /mnt/data /data bind
    nested_fails_with "$(at /data 6): cannot bind /mnt/data: open_tree: EINVAL (Invalid argument); below it are mounts that an outer user namespace has locked, or it is unbindable: use \"rbind\""
}

@test "A new proc in a user namespace" {
    mount -t tmpfs holdfast-test /proc/sys/fs
    mount --bind /dev/null /proc/version
    configure .
    start_nested
    umount /proc/sys/fs /proc/version
    equal "$status $output $stderr" "1  holdfast: $(at /proc 0): cannot mount the file system: fsmount: EPERM (Operation not permitted); the kernel says: VFS: Mount too revealing; in a user namespace proc can be mounted only where one is fully visible already, but mounts hide parts of /proc: /proc/sys/fs, /proc/version (docker: --security-opt systempaths=unconfined; podman: --security-opt unmask=ALL; Kubernetes: procMount: Unmasked); or bind the outer /proc"
}

# Maps the mount at the destination: mapped SOURCE DESTINATION BIND IDMAP
mapped() {
    configure --arg source "$1" --arg destination "$2" --arg bind "$3" --arg idmap "$4" '.mounts += [{$destination, $source,
        type: "bind", options: [$bind, $idmap], uidMappings: [{containerID: 0, hostID: 1000, size: 1}],
        gidMappings: [{containerID: 0, hostID: 1000, size: 1}]}]'
}

@test "A file system without idmapped mounts: the source" {
    mapped /proc/sys /data bind idmap
    start_fails_with "$(at /data 6): cannot make an idmapped mount: mount_setattr: EINVAL (Invalid argument); /proc/sys, of type proc, is the one that can't be mapped: this kernel has no idmapped mounts of that type, or it is mapped already"
}

@test "A file system without idmapped mounts: one of three below the source" {
    mkdir -p /mnt/data/{a,b,c}
    mount -t tmpfs holdfast-test /mnt/data/a
    mount -t proc holdfast-test /mnt/data/b
    mount -t tmpfs holdfast-test /mnt/data/c
    mapped /mnt/data /data rbind ridmap
    start_fails_with "$(at /data 6): cannot make an idmapped mount: mount_setattr: EINVAL (Invalid argument); /mnt/data/b, of type proc, is the one that can't be mapped: this kernel has no idmapped mounts of that type, or it is mapped already; \"idmap\" instead of \"ridmap\" leaves the mounts below the source alone"
}

@test "A missing target in a read-only root" {
    mkdir "$rootfs"/{proc,dev,sys}
    mount --bind "$rootfs" "$rootfs"
    mount -o remount,bind,ro "$rootfs"
    bind /etc /missing rbind
    start_fails_with "$(at /missing 6): cannot open the target /missing: openat2: EROFS (Read-only file system); the target is missing in a read-only tree: make it in the image, or mount a tmpfs above it first"
}

@test "A source that does not exist" {
    bind /mnt/missing /data rbind
    start_fails_with "$(at /data 6): cannot open the source /mnt/missing: openat2: ENOENT (No such file or directory); it is never made: create it on the host, or correct the configuration"
    [ ! -e /mnt/missing ]
}

@test "A directory over a file" {
    bind /etc /etc/passwd rbind
    start_fails_with "$(at /etc/passwd 6): the source is a directory, but the target /etc/passwd is a file in the image; a directory goes onto a directory, a file onto a file: correct the one or the other"
}

@test "A directory over a file: an empty one, which an engine made" {
    mkdir /mnt/empty
    bind /mnt/empty /etc/passwd rbind
    start_fails_with "$(at /etc/passwd 6): the source is an empty directory, but the target /etc/passwd is a file in the image; was the source missing, and made by somebody? holdfast never makes one: put the file there"
}

@test "A file over a directory" {
    bind /etc/passwd /etc bind
    start_fails_with "$(at /etc 6): the source is a file, but the target /etc is a directory in the image; a directory goes onto a directory, a file onto a file: correct the one or the other"
}

@test "A target below a file" {
    bind /etc /etc/passwd/below rbind
    start_fails_with "$(at /etc/passwd/below 6): cannot open the target /etc/passwd/below: openat2: ENOTDIR (Not a directory); a component of the target is a file in the image, where the mount needs a directory"
}

@test "A link where proc is to be" {
    ln -s /tmp "$rootfs/link"
    configure '.mounts[0].destination = "/link"'
    start_fails_with "$(at /link 0): the target /link is a symbolic link in the image, or reached by one; proc is mounted on a real directory only, or an image could choose where it goes (CVE-2019-19921)"
}

@test "A file system that is busy" {
    mkdir /mnt/{lower,upper,work,merged}
    mount -t overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work,index=on holdfast-test /mnt/merged
    filesystem overlay /data lowerdir=/mnt/lower upperdir=/mnt/upper workdir=/mnt/work index=on
    start_fails_with "$(at /data 6): cannot create the file system: fsconfig: EBUSY (Device or resource busy); it is in use already, by another mount or another program: see findmnt, and fuser -m"
}

# Which namespace is the younger one the kernel tells by their ids, of which each CPU has a stock: so not every try fails.
@test "A file that pins a mount namespace" {
    start_well
    touch /mnt/file
    bind /run/holdfast/seed /file bind
    for _ in {1..50}; do
        start
        [ "$status" -eq 0 ] || break
    done
    equal "$status $output $stderr" "1  holdfast: $(at /file 6): cannot attach the mount at /file: move_mount: ELOOP (Too many levels of symbolic links); a file below the source pins a mount namespace, which can't be shown in a younger one; bind without the mounts below the source, or a directory without the pin"
}

@test "Labels on a file system without them" {
    configure '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
    bind /proc/sys/fs /data bind z
    start_fails_with "$(at /data 6): the file system of the source knows no labels: setxattr: EOPNOTSUPP (Operation not supported); leave \"z\" and \"Z\" out"
}

# 2^16 mounts on the host's side; two times that is more than the default of fs.mount-max, 100,000.
@test "Too many mounts" {
    local limit
    limit=$(sysctl -n fs.mount-max)
    [ "$limit" -le 120000 ] || skip "fs.mount-max is $limit here"
    mkdir /mnt/data
    mount -t tmpfs holdfast-test /mnt/data
    mkdir /mnt/data/{0..15}
    for name in {0..15}; do
        mount --rbind /mnt/data "/mnt/data/$name"
    done
    bind /mnt/data /one rbind
    bind /mnt/data /two rbind
    start
    # The tree as a whole: one mount after the other takes minutes.
    umount -l /mnt/data
    equal "$status $output $stderr" "1  holdfast: $(at /two 7): cannot attach the mount at /two: move_mount: ENOSPC (No space left on device); with the 65536 mounts of the source the container would have more than the sysctl fs.mount-max allows, $limit: use \"bind\" instead of \"rbind\", find what multiplies them (a shared bind of a tree on itself), or raise it"
}

@test "A file system that the kernel does not have" {
    filesystem nothing /data
    start_fails_with "$(at /data 6): the kernel has no file system of type \"nothing\": fsopen: ENODEV (No such device); correct \"type\", load its module, or use a kernel that has it"
}

@test "An option that the file system does not know" {
    filesystem tmpfs /data unknown=5
    start_fails_with "$(at /data 6): the file system refuses the option \"unknown=5\": fsconfig: EINVAL (Invalid argument); the kernel says: tmpfs: Unknown parameter 'unknown'"
}

@test "An option of many layers is not shown whole" {
    filesystem overlay /data "lowerdir=/mnt/$(printf 'a%.0s' {1..100}):/mnt/b"
    start
    equal "$status" 1
    [ ${#stderr} -lt 600 ]
    [[ $stderr == *"/mnt/aaaaaaaa"*'…"'* ]]
}

@test "A remount of nothing" {
    configure '.mounts += [{destination: "/etc", type: "none", options: ["remount", "bind", "ro"]}]'
    start_fails_with "$(at /etc 6): nothing is mounted at /etc, so nothing can be remounted there; \"remount\" changes a mount that is in place: list it after that one, or leave the option out"
}
