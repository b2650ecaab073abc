# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of show
# What a case finds on the host, by the word in its second column: one function a word. Each runs in a mount namespace
# of its own, below an empty /mnt with the bundle in it, before the runtime starts. It may also set
#   wrapper   a command line prefix for the runtime      options   more options for "run" and "create"
#   by        who looks: the first process ("run"), or one that joins it ("exec")
#   crun_manager   crun's --cgroup-manager

need_source() {
    mkdir -p /mnt/source/sub
    echo content >/mnt/source/file
    chmod 0750 /mnt/source/sub
}

# A source that is a mount with these options: mounted_source OPTIONS
mounted_source() {
    mkdir /mnt/source
    mount -t tmpfs -o "size=64k,mode=755,$1" host /mnt/source
}

need_mount() {
    mounted_source rw
    need_files_in_source
}

need_files_in_source() {
    mkdir /mnt/source/sub
    echo content >/mnt/source/file
}

need_flagged() {
    mounted_source nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
}

need_readonly_mount() {
    mounted_source rw
    need_files_in_source
    mount -o remount,bind,ro /mnt/source
}

need_submounts() {
    need_mount
    mount -t tmpfs -o size=64k,mode=750 sub /mnt/source/sub
    mkdir /mnt/source/sub/deep
    mount -t tmpfs -o size=64k,mode=700,nosuid,noatime deep /mnt/source/sub/deep
}

need_shared() {
    mount --make-rshared /mnt/source
}

# A slave needs a master, or it is private.
need_slave() {
    mkdir /mnt/master
    mount --make-rshared /mnt/source
    mount --rbind /mnt/source /mnt/master
    mount --make-rslave /mnt/source
}

need_unbindable() {
    mount --make-unbindable /mnt/source/sub
}

# As on a machine that systemd started.
need_shared_host() {
    mount --make-shared /mnt
}

need_mount_in_rootfs() {
    mkdir "$rootfs/inside"
    mount -t tmpfs -o size=64k,mode=750 inside "$rootfs/inside"
}

# The destination /data of most cases is there already.
need_directory() {
    mkdir "$rootfs/data"
    chmod 0750 "$rootfs/data"
    chown 7:8 "$rootfs/data"
}

need_setgid_root() {
    chgrp 8 "$rootfs"
    chmod 2755 "$rootfs"
}

need_file() {
    : >"$rootfs/data"
    chmod 0640 "$rootfs/data"
}

need_filled_directory() {
    mkdir -p "$rootfs/data/sub"
    echo content >"$rootfs/data/file"
    ln -s file "$rootfs/data/link"
    chown 7:8 "$rootfs/data/file"
    chmod 0710 "$rootfs/data/sub"
    chmod 0750 "$rootfs/data"
}

# /data leads to: link_data TEXT
link_data() {
    mkdir "$rootfs/real"
    ln -s "$1" "$rootfs/data"
}

need_link() {
    link_data real
}

need_absolute_link() {
    link_data /real
}

need_dangling_link() {
    link_data /real/new
}

need_escaping_link() {
    link_data ../../../../real
}

need_linked_component() {
    mkdir "$rootfs/real"
    ln -s /real "$rootfs/linked"
}

need_dev_in_image() {
    mkdir -p "$rootfs/dev/pts"
    echo old >"$rootfs/dev/console"
}

need_devices_in_image() {
    mkdir -p "$rootfs/dev"
    mknod -m 0600 "$rootfs/dev/null" c 1 3
}

need_link_at_dev() {
    mkdir "$rootfs/real"
    ln -s real "$rootfs/dev"
}

need_link_at_proc() {
    mkdir "$rootfs/real"
    ln -s real "$rootfs/proc"
}

need_link_at_sys() {
    mkdir "$rootfs/real"
    ln -s real "$rootfs/sys"
}

need_host_dev() {
    mkdir -p /mnt/dev/pts /mnt/dev/shm
    mknod -m 0666 /mnt/dev/null c 1 3
    mknod -m 0644 /mnt/dev/special c 1 5
    ln -s pts/ptmx /mnt/dev/ptmx
}

need_fifo() {
    mkfifo -m 0640 /mnt/fifo
}

need_device() {
    mknod -m 0640 /mnt/device c 1 3
}

need_link_as_source() {
    need_source
    ln -s source/sub /mnt/link
}

need_relative_source() {
    mkdir "$bundle/beside"
    echo content >"$bundle/beside/file"
}

need_layers() {
    mkdir /mnt/lower /mnt/second /mnt/upper /mnt/work
    echo lower >/mnt/lower/file
    echo second >/mnt/second/other
}

# The image belongs to who is root in the container.
need_shifted() {
    chown -hR 100000:100000 "$rootfs"
}

need_owned_source() {
    chown -R 100000:100000 /mnt/source
}

need_terminal() {
    wrapper=(script --quiet --return --command)
}

need_no_pivot() {
    options+=(--no-pivot)
}

need_exec() {
    by=exec
}

# Version 2 alone, where crun can make cgroups as well.
need_unified() {
    umount --recursive /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    crun_manager=cgroupfs
}

# A hook that mounts a file system below the root, by the root's path of the host: hook COMMAND...
hook() {
    need_directory
    cat >/mnt/hook <<EOF
#!/bin/sh
set -eu
pid=\$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p')
$* mount -t tmpfs -o size=64k,mode=711 hook $rootfs/data
EOF
    chmod 0755 /mnt/hook
}

# In the runtime's namespaces: the container's mount namespace has to be entered.
# shellcheck disable=SC2016 # the hook's variable
need_runtime_hook() {
    hook nsenter --target '$pid' --mount
}

need_container_hook() {
    hook exec
}
