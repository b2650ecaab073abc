#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Where mounts come from: thousands of them, overlay, FUSE, images and block devices, the root itself, the whole machine.

load helpers

label=system_u:object_r:container_file_t:s0:c1,c2

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    configure '.root.readonly = false'
    mkdir /mnt/source
    echo content >/mnt/source/file
}

# The configuration gets this many bind mounts, each of a directory of its own: bind_many COUNT
bind_many() {
    local number
    (cd /mnt/source && seq "$1" | xargs mkdir)
    mkdir "$rootfs/data"
    configure --argjson count "$1" '.mounts += [range(1; $count + 1)
        | {destination: "/data/\(.)", source: "/mnt/source/\(.)", type: "bind", options: ["bind"]}]'
    for number in 1 "$1"; do echo "$number" >"/mnt/source/$number/file"; done
}

# The start fails at the last mount: refused TEXT
refused() {
    start
    equal "$status $output ${#stderr_lines[@]}" '1  1'
    [[ $stderr == "holdfast: config.json:"*": mounts[6] (/data): $1" ]] || equal "$stderr" "…: mounts[6] (/data): $1"
}

@test "3,000 bind mounts" {
    bind_many 3000
    program 'grep -c " /data/" /proc/self/mountinfo; cat /data/1/file /data/3000/file'
    start_well
    equal "$output" "$(printf '%s\n' 3000 1 3000)"
}

@test "1,000 bind mounts, and not more than 128 open files" {
    bind_many 1000
    configure 'del(.process.rlimits)'
    program 'grep -c " /data/" /proc/self/mountinfo; cat /data/1/file /data/1000/file; ulimit -Hn'
    run --separate-stderr bash -c 'ulimit -n 128; exec "$@"' bash "$holdfast" run --bundle "$bundle" test
    equal "$status $stderr" '0 '
    equal "$output" "$(printf '%s\n' 1000 1 1000 128)"
}

@test "the limit of open files is raised for holdfast alone" {
    bind_many 200
    configure 'del(.process.rlimits)'
    program 'ulimit -Sn; ulimit -Hn; grep -c " /data/" /proc/self/mountinfo'
    run --separate-stderr bash -c 'ulimit -Sn 100; ulimit -Hn 1000; exec "$@"' bash "$holdfast" run --bundle "$bundle" test
    equal "$status $stderr" '0 '
    equal "$output" "$(printf '%s\n' 100 1000 200)"
}

@test "a failure at the last of 1,000 mounts leaves no target" {
    bind_many 1000
    bind /mnt/missing /last bind
    start
    equal "$status ${#stderr_lines[@]}" '1 1'
    equal "$(ls -A "$rootfs/data")" ''
}

@test "an overlay with layers of the host" {
    mkdir /mnt/{lower,upper,work}
    echo lower | tee /mnt/lower/changed >/mnt/lower/kept
    filesystem overlay /data lowerdir=/mnt/lower upperdir=/mnt/upper workdir=/mnt/work
    program 'cat /data/kept; echo new >/data/changed; rm /data/kept; ls -A /data'
    start_well
    equal "$output" "$(printf '%s\n' lower changed)"
    equal "$(cat /mnt/upper/changed /mnt/lower/changed; stat -c '%F %t:%T' /mnt/upper/kept)" \
        "$(printf '%s\n' new lower 'character special file 0:0')"
}

@test "a read-only overlay of several lower layers, the first one on top" {
    mkdir /mnt/{one,two}
    echo one >/mnt/one/file
    echo two | tee /mnt/two/file >/mnt/two/other
    filesystem overlay /data lowerdir=/mnt/one:/mnt/two ro
    program 'cat /data/file /data/other; touch /data/x 2>&1'
    start
    equal "$status $output" "1 $(printf '%s\n' one two 'touch: /data/x: Read-only file system')"
}

@test "an overlay whose layer is missing is an error that names it" {
    filesystem overlay /data lowerdir=/mnt/missing:/mnt/source
    refused 'the file system refuses the option "lowerdir=/mnt/missing:/mnt/source": fsconfig: ENOENT (No such file or directory)'
    [ ! -e "$rootfs/data" ]
}

# A FUSE mount of the source at /mnt/fuse: bindfs shows each owner as 1000.
mount_fuse() {
    type -p bindfs >/dev/null || skip 'bindfs is not installed'
    [ -c /dev/fuse ] || skip '/dev/fuse is missing'
    mkdir /mnt/fuse
    bindfs "$@" --force-user=1000 --force-group=1000 /mnt/source /mnt/fuse 3>&- || skip 'FUSE can not be mounted here'
}

@test "a FUSE file system as a source" {
    mount_fuse
    chmod 0777 /mnt/source
    bind /mnt/fuse /data rbind
    program 'cat /data/file; stat -c %u:%g /data/file; echo new >/data/new; grep " /data " /proc/self/mountinfo | sed "s/.* - //; s/ .*//"'
    start_well
    equal "$output" "$(printf '%s\n' content 1000:1000 fuse)"
    equal "$(cat /mnt/source/new)" new
}

@test "a directory of a FUSE file system as a source, read-only" {
    mkdir /mnt/source/below
    echo below >/mnt/source/below/file
    mount_fuse
    bind /mnt/fuse/below /data bind ro
    program 'cat /data/file; touch /data/file 2>&1'
    start
    equal "$status $output" "1 $(printf '%s\n' below 'touch: /data/file: Read-only file system')"
}

@test "a FUSE file system that only its user may read is refused to root's container with a user namespace" {
    mount_fuse --no-allow-other
    configure '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
        | .linux.gidMappings = .linux.uidMappings'
    chown -hR 100000:100000 "$rootfs"
    bind /mnt/fuse /data rbind
    program 'cat /data/file 2>/dev/null || echo closed; grep -c " /data " /proc/self/mountinfo'
    start_well
    equal "$output" "$(printf '%s\n' closed 1)"
}

# An image file on a loop device, $device, which goes away when the last mount of it does.
attach_loop() {
    device=$(losetup --find --show "$1" 2>/mnt/reason) || skip "no loop device here: $(cat /mnt/reason)"
}

teardown() {
    umount -R -l /mnt
    [ -z "${device-}" ] || losetup --detach "$device"
}

@test "a block device with ext4" {
    truncate -s 8m /mnt/image
    mkfs.ext4 -q -O ^has_journal /mnt/image
    attach_loop /mnt/image
    configure --arg device "$device" '.mounts += [{destination: "/data", type: "ext4", source: $device, options: ["noatime", "nosuid"]}]'
    program 'echo kept >/data/file; cat /data/file; grep " /data " /proc/self/mountinfo | cut -d " " -f 4-6'
    start_well
    equal "$output" "$(printf '%s\n' kept '/ /data rw,nosuid,noatime')"
    mkdir /mnt/again
    mount -o ro "$device" /mnt/again
    equal "$(cat /mnt/again/file)" kept
}

@test "a block device with squashfs" {
    type -p mksquashfs >/dev/null || skip 'squashfs-tools is not installed'
    grep -q -w squashfs /proc/filesystems || skip 'the kernel has no squashfs'
    mksquashfs /mnt/source /mnt/image -quiet -no-progress >/dev/null
    attach_loop /mnt/image
    configure --arg device "$device" '.mounts += [{destination: "/data", type: "squashfs", source: $device, options: ["ro"]}]'
    program 'cat /data/file; touch /data/x 2>&1'
    start
    equal "$status $output" "1 $(printf '%s\n' content 'touch: /data/x: Read-only file system')"
}

@test "an erofs image from a file, without a loop device" {
    type -p mkfs.erofs >/dev/null || skip 'erofs-utils is not installed'
    grep -q -w erofs /proc/filesystems || skip 'the kernel has no erofs'
    mkfs.erofs /mnt/image /mnt/source >/dev/null
    configure '.mounts += [{destination: "/data", type: "erofs", source: "/mnt/image", options: ["ro"]}]'
    program 'cat /data/file'
    start
    [[ $stderr != *ENOTBLK* ]] || skip 'this kernel mounts erofs from block devices only'
    equal "$status $output $stderr" '0 content '
}

@test "a block device that holds another file system is an error" {
    truncate -s 8m /mnt/image
    attach_loop /mnt/image
    configure --arg device "$device" '.mounts += [{destination: "/data", type: "ext4", source: $device}]'
    refused 'cannot create the file system: fsconfig: EINVAL (Invalid argument)'
    [ ! -e "$rootfs/data" ]
}

@test "a block device that is missing is an error" {
    configure '.mounts += [{destination: "/data", type: "ext4", source: "/dev/holdfast-missing"}]'
    refused "cannot create the file system: fsconfig: ENOENT (No such file or directory); the kernel says: /dev/holdfast-missing: Can't lookup blockdev"
    [ ! -e "$rootfs/data" ]
}

@test "a source inside the root sees the mounts before it" {
    mkdir "$rootfs/first"
    filesystem tmpfs /first size=4k
    bind "$rootfs/first" /data bind
    program 'echo new >/data/file; cat /first/file; grep -c -e " /first " -e " /data " /proc/self/mountinfo'
    start_well
    equal "$output" "$(printf '%s\n' new 2)"
    equal "$(ls -A "$rootfs/first")" ''
}

@test "a source inside the root does not see the mounts after it" {
    mkdir "$rootfs/first"
    bind "$rootfs/first" /data bind
    filesystem tmpfs /first size=4k
    program 'echo new >/data/file; ls -A /first'
    start_well
    equal "$output" ''
    equal "$(cat "$rootfs/first/file")" new
}

@test "a relative source starts from the bundle" {
    mkdir "$bundle/volume"
    echo volume >"$bundle/volume/file"
    bind volume /data bind
    program 'cat /data/file'
    cd /
    start_well
    equal "$output" volume
}

@test "a source below a directory that only root may reach" {
    mkdir -m 0700 /mnt/closed
    mkdir /mnt/closed/below
    echo below >/mnt/closed/below/file
    bind /mnt/closed/below /data bind
    configure '.process.user = {uid: 1000, gid: 1000}'
    program 'cat /data/file'
    start_well
    equal "$output" below
}

@test "a source that a supplementary group of an ordinary user may reach" {
    mkdir -m 0750 /mnt/closed
    echo group >/mnt/closed/file
    chgrp 7777 /mnt/closed
    bind /mnt/closed /data bind
    configure '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 12345, size: 1}]
        | .linux.gidMappings = .linux.uidMappings'
    program 'cat /data/file'
    chown -hR 12345:12345 "$bundle"
    install -m 0755 "$holdfast" /mnt/holdfast
    cd /
    run --separate-stderr setpriv --reuid 12345 --regid 12345 --groups 7777 /mnt/holdfast run --bundle "$bundle" test
    equal "$status $output $stderr" '0 group '
}

@test "the whole machine as a source, with the seed pinned" {
    program true
    start_well
    grep -q ' /run/holdfast/seed ' /proc/self/mountinfo
    bind / /data rbind ro
    # The pin may be there or not: the kernel refuses it in a namespace with a smaller number only (ELOOP), and the
    # numbers come out of ranges of the CPUs.
    program 'cat /data/mnt/source/file; grep -c " /data/mnt " /proc/self/mountinfo'
    start_well
    equal "$output" "$(printf '%s\n' content 1)"
}

@test "a slave source sees what the host mounts later" {
    mkdir /mnt/source/later
    mount --make-rshared /mnt
    bind /mnt/source /data rbind rslave
    program 'touch /data/ready; for i in 1 2 3 4 5 6 7 8 9 10; do [ -e /data/later/file ] && exec echo seen; sleep 0.2; done; echo never'
    "$holdfast" run --bundle "$bundle" test >/mnt/output 3>&- &
    wait_for /mnt/source/ready
    mount -t tmpfs later /mnt/source/later
    touch /mnt/source/later/file
    wait $!
    equal "$(cat /mnt/output)" seen
}

@test "a socket as a source can be connected to" {
    perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Local => "/mnt/source/socket", Listen => 1) or die $!;
        open(my $f, ">", "/mnt/ready"); print { $s->accept } "answer\n"' >/dev/null 2>&1 3>&- &
    wait_for /mnt/ready
    bind /mnt/source/socket /run/socket bind
    for directory in /usr /lib /lib64; do [ ! -e $directory ] || bind $directory $directory rbind ro; done
    configure '.process.args = ["/usr/bin/perl", "-MIO::Socket::UNIX", "-e",
        "$s = IO::Socket::UNIX->new(Peer => \"/run/socket\") or die $!; print <$s>; print -S \"/run/socket\" ? \"socket\\n\" : \"other\\n\""]'
    start_well
    equal "$output" "$(printf '%s\n' answer socket)"
    equal "$(stat -c %F "$rootfs/run/socket")" 'regular empty file'
}

@test "a FIFO as a source carries data" {
    mkfifo /mnt/source/fifo
    bind /mnt/source/fifo /run/fifo bind
    program 'cat /run/fifo; stat -c %F /run/fifo'
    echo 'through the fifo' >/mnt/source/fifo 3>&- &
    start_well
    equal "$output" "$(printf '%s\n' 'through the fifo' fifo)"
}

# A tree of 100,000 files in 100 directories at /mnt/tree.
make_tree() {
    mkdir /mnt/tree
    (cd /mnt/tree && seq -f %03g 0 99 | xargs mkdir && seq -f %05g 0 99999 | sed 's,^\(...\)\(..\)$,\1/\2,; s,^\(..\)\(.\)/,0\1/\2,' |
        xargs touch)
}

# How many files below /mnt/tree have which label.
count_labels() {
    find /mnt/tree -print0 | xargs -0 getfattr -h -n security.selinux 2>/dev/null | sed -n 's/^security.selinux=//p' |
        tr -d '"' | sed 's/\\000$//' | sort | uniq -c | sed 's/^ *//'
}

relabel() {
    configure --arg mount_label $label '.linux.mountLabel = $mount_label'
    bind /mnt/tree /data rbind Z
    program 'true'
}

@test "100,000 files are relabelled within 20 seconds, all of them" {
    local begun
    make_tree
    equal "$(find /mnt/tree | wc -l)" 100101
    relabel
    begun=$SECONDS
    start_well
    [ $((SECONDS - begun)) -le 20 ]
    equal "$(count_labels)" "100101 $label"
}

@test "two containers relabel the same 100,000 files at the same time" {
    make_tree
    relabel
    "$holdfast" run --bundle "$bundle" first >/mnt/first 2>&1 3>&- &
    first=$!
    "$holdfast" run --bundle "$bundle" second >/mnt/second 2>&1 3>&- &
    wait $first
    wait $!
    equal "$(cat /mnt/first /mnt/second)" ''
    equal "$(count_labels)" "100101 $label"
}
