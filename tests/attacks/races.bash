# SPDX-License-Identifier: Apache-2.0
# Attacks by somebody who changes a shared volume, or a shared root, while containers start: racer.c.

# The volume is at /vol. In it a directory and a link to the directory outside change places: volume_swaps OUTSIDE
volume_swaps() {
    mkdir -p "$volume/a/target" "$rootfs/vol" /mnt/marker
    ln -s "$1" "$volume/b"
    bind "$volume" /vol
    racer=(exchange "$volume/a" "$volume/b")
}

# Two names of the image change places: root_swaps NAME OUTSIDE
root_swaps() {
    ln -s "$2" "$rootfs/$1.link"
    racer=(exchange "$rootfs/$1" "$rootfs/$1.link")
}

target_swap() {
    volume_swaps /mnt/outside
    bind /mnt/marker /vol/a/target
    witness
}

target_file_swap() {
    volume_swaps /mnt/outside
    touch /mnt/marker/file
    bind /mnt/marker/file /vol/a/made
    racer+=(remove "$volume/a" made)
    runs :
}

# The later ones go into the directory that was found for the first. They are few, and removed once in 200 exchanges: else
# hardly a start would come to the last of them.
target_row_swap() {
    local number
    volume_swaps /mnt/outside
    touch /mnt/marker/file
    for number in {2..200}; do
        racer+=(exchange "$volume/a" "$volume/b")
    done
    for number in {1..3}; do
        bind /mnt/marker/file "/vol/a/made$number"
        racer+=(remove "$volume/a" "made$number")
    done
    runs :
}

target_make_swap() {
    volume_swaps ../../../../../../mnt/outside
    bind /mnt/marker /vol/a/made/x/y/z
    racer+=(remove "$volume/a" made/x/y/z)
    runs :
}

# Somebody may mount in the volume, and the containers hear of it.
target_mount() {
    mount --bind "$volume" "$volume"
    mount --make-shared "$volume"
    mkdir -p "$volume/a/target" /mnt/evil "$rootfs/vol" /mnt/marker
    ln -s /mnt/outside/target /mnt/evil/target
    bind "$volume" /vol rslave
    bind /mnt/marker /vol/a/target
    racer=(mount /mnt/evil "$volume/a")
    witness
}

proc_swap() {
    mkdir "$rootfs/proc"
    root_swaps proc /mnt/outside/target
    filesystem proc /proc
    witness
}

parameter_swap() {
    mkdir -p "$volume/proc/sys/kernel" "$rootfs/proc" "$rootfs/real"
    touch "$volume/proc/sys/kernel/msgmax"
    ln -s /mnt/outside/secret "$volume/proc/sys/kernel/link"
    bind "$volume/proc" /proc
    filesystem proc /real
    configure '.linux.namespaces += [{type: "ipc"}] | .linux.sysctl = {"kernel.msgmax": "7777"}'
    racer=(exchange "$volume/proc/sys/kernel/msgmax" "$volume/proc/sys/kernel/link")
    reads /real/sys/kernel/msgmax
    needed=7777
}

source_swap() {
    mkdir "$rootfs/data" "$rootfs/shown"
    root_swaps data /mnt/outside
    bind "$rootfs/data" /shown
    reads /shown/secret
}

null_swap() {
    mkdir "$rootfs/dev"
    mknod "$rootfs/dev/null" c 1 3
    root_swaps dev/null /mnt/outside/secret
    masked_file
    pattern='SECRET|HIDDEN'
}

console_swap() {
    mkdir -p "$rootfs/dev/pts"
    touch "$rootfs/dev/console"
    root_swaps dev/console /mnt/outside/made
    filesystem devpts /dev/pts newinstance ptmxmode=0666
    configure '.process.terminal = true'
    runs :
}

dev_swap() {
    mkdir "$rootfs/dev"
    root_swaps dev /mnt/outside/dev
    runs :
}

device_swap() {
    mkdir "$rootfs/dev"
    mknod "$rootfs/dev/own" c 1 3
    root_swaps dev/own /mnt/outside/file
    own_device
}

masked_swap() {
    volume_swaps /mnt/outside
    echo hidden >"$volume/a/hidden"
    configure '.linux.maskedPaths = ["/vol/a/hidden", "/vol/a/made"]'
    racer+=(remove "$volume/a" made)
    runs :
}

readonly_swap() {
    volume_swaps /mnt/outside
    configure '.linux.readonlyPaths = ["/vol/a"]'
    reads /vol/a/secret /vol/b/secret
}

passwd_swap() {
    root_swaps etc/passwd /mnt/outside/passwd
    runs 'echo $HOME'
}

cwd_swap() {
    cwd_prepare
    volume_swaps /proc/self/fd/7
    configure '.process.cwd = "/vol/a"'
    attempt=start_with_descriptors
}

copy_swap() {
    mkdir -p "$rootfs/data/sub"
    echo innocent >"$rootfs/data/sub/secret"
    root_swaps data/sub /mnt/outside/sub
    filesystem tmpfs /data tmpcopyup
    reads /data/sub/secret /data/sub.link/secret
}

relabel_swap() {
    volume_swaps /mnt/outside/sub
    touch "$volume/a/secret"
    configure '.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2" | .mounts[0].options += ["Z"]'
    runs :
}
