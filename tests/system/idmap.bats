#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Idmapped bind mounts: the options idmap and ridmap, and mappings of a mount's own.

load helpers

# The source has a file of each of these users; the group is the same number.
owners='0 1 2 5 1000'

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    configure '.root.readonly = false'
    mkdir /mnt/source
    fill /mnt/source
}

fill() {
    local owner
    for owner in $owners; do
        touch "$1/$owner"
        chown "$owner:$owner" "$1/$owner"
    done
    chmod 0777 "$1"
}

# Adds a bind mount of a source with mappings, of users and groups alike, each "CONTAINER HOST SIZE":
# bind_mapped SOURCE DESTINATION OPTION MAPPING...
bind_mapped() {
    configure --arg source "$1" --arg destination "$2" --arg option "$3" '
        ($ARGS.positional | map(split(" ") | map(tonumber) | {containerID: .[0], hostID: .[1], size: .[2]})) as $map
        | .mounts += [{$destination, $source, type: "bind", options: ["rbind", $option],
            uidMappings: $map, gidMappings: $map}]' --args "${@:4}"
}

# The container gets a user namespace: ids from 100000 on.
map_container() {
    configure '.linux.namespaces += [{type: "user"}] | .linux.gidMappings = .linux.uidMappings
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    chown -hR 100000:100000 "$rootfs"
}

# The owners that the container sees of the files at the place, each "NAME UID:GID".
shows() {
    program "cd $1; for f in $owners; do stat -c '%n %u:%g' \$f; done"
    start_well
    equal "$output" "$2"
}

# An ext4 of its own at /mnt/source, from an image file.
mount_ext4() {
    truncate -s 8m /mnt/image
    mkfs.ext4 -q -O ^has_journal /mnt/image
    mount -o loop /mnt/image /mnt/source 2>/mnt/reason || skip "no loop device here: $(cat /mnt/reason)"
    fill /mnt/source
}

# A start fails at the last mount: refused TEXT
refused() {
    start
    equal "$status $output" '1 '
    [[ $stderr == "holdfast: config.json:"*": mounts[6]"*"(/data): $1" ]] || equal "$stderr" "…: mounts[6] (/data): $1"
}

@test "idmap with own mappings, and who is not in them is nobody" {
    bind_mapped /mnt/source /data idmap '0 3000 2' '5 5000 1'
    shows /data "$(printf '%s\n' '0 3000:3000' '1 3001:3001' '2 65534:65534' '5 5000:5000' '1000 65534:65534')"
}

@test "users and groups may be mapped differently" {
    bind_mapped /mnt/source /data idmap '0 3000 10000'
    configure '.mounts[-1].gidMappings = [{containerID: 0, hostID: 7000, size: 6}]'
    shows /data "$(printf '%s\n' '0 3000:7000' '1 3001:7001' '2 3002:7002' '5 3005:7005' '1000 4000:65534')"
}

@test "mappings without the option make an idmapped mount, too" {
    bind_mapped /mnt/source /data ro '0 3000 2'
    shows /data "$(printf '%s\n' '0 3000:3000' '1 3001:3001' '2 65534:65534' '5 65534:65534' '1000 65534:65534')"
}

@test "three ranges with gaps between them" {
    bind_mapped /mnt/source /data idmap '0 70000 2' '5 60 1' '900 2000 200'
    shows /data "$(printf '%s\n' '0 70000:70000' '1 70001:70001' '2 65534:65534' '5 60:60' '1000 2100:2100')"
}

@test "ranges that turn the order around" {
    bind_mapped /mnt/source /data idmap '5 0 1' '1000 1 1' '0 5 1' '1 1000 1'
    shows /data "$(printf '%s\n' '0 5:5' '1 1000:1000' '2 65534:65534' '5 0:0' '1000 1:1')"
}

@test "several mounts of one source, each with mappings of its own" {
    bind_mapped /mnt/source /one idmap '0 3000 10'
    bind_mapped /mnt/source /two idmap '0 4000 10'
    bind_mapped /mnt/source /three idmap '0 3000 10'
    bind /mnt/source /plain bind
    program 'stat -c "%n %u:%g" /one/5 /two/5 /three/5 /plain/5'
    start_well
    equal "$output" "$(printf '%s\n' '/one/5 3005:3005' '/two/5 4005:4005' '/three/5 3005:3005' '/plain/5 5:5')"
}

@test "the mount says that it is idmapped" {
    bind_mapped /mnt/source /data idmap '0 3000 10'
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /data)" \
        '/data in / /source rw,relatime,idmapped - tmpfs holdfast-test rw,mode=755'
}

@test "what is made in it has the right owner on the disk" {
    bind_mapped /mnt/source /data idmap '0 3000 10'
    configure '.process.user = {uid: 3002, gid: 3003}'
    program 'mkdir /data/directory; echo x >/data/directory/file; stat -c %u:%g /data/directory/file'
    start_well
    equal "$output" 3002:3003
    equal "$(stat -c %u:%g /mnt/source/directory /mnt/source/directory/file)" "$(printf '%s\n' 2:3 2:3)"
}

@test "who is not in the mappings can't make anything" {
    bind_mapped /mnt/source /data idmap '0 3000 10'
    program 'touch /data/new'
    start
    equal "$status $stderr" '1 touch: /data/new: Value too large for defined data type'
    [ ! -e /mnt/source/new ]
}

@test "permissions follow the mapped owner" {
    chmod 0600 /mnt/source/5
    echo secret >/mnt/source/5
    bind_mapped /mnt/source /data idmap '0 3000 10'
    configure '.process.user = {uid: 3005, gid: 3005}'
    program 'cat /data/5'
    start_well
    equal "$output" secret
    configure '.process.user = {uid: 5, gid: 5}'
    start
    equal "$status $stderr" "1 cat: can't open '/data/5': Permission denied"
}

@test "with a user namespace, own mappings" {
    map_container
    bind_mapped /mnt/source /data idmap '0 100500 2'
    shows /data "$(printf '%s\n' '0 500:500' '1 501:501' '2 65534:65534' '5 65534:65534' '1000 65534:65534')"
}

@test "with a user namespace, the container's mapping" {
    map_container
    bind /mnt/source /data bind idmap
    shows /data "$(printf '%s\n' '0 0:0' '1 1:1' '2 2:2' '5 5:5' '1000 1000:1000')"
}

@test "with the container's mapping, what is made has the container's ids on the disk" {
    map_container
    bind /mnt/source /data bind idmap
    configure '.process.user = {uid: 7, gid: 8}'
    program 'touch /data/new; stat -c %u:%g /data/new'
    start_well
    equal "$output" 7:8
    equal "$(stat -c %u:%g /mnt/source/new)" 7:8
}

@test "with a user namespace and without idmap the owners are nobody" {
    map_container
    bind /mnt/source /data bind
    shows /data "$(for owner in $owners; do echo "$owner 65534:65534"; done)"
}

@test "with the container's mapping of three ranges" {
    configure '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1}, {containerID: 2, hostID: 200000, size: 1},
            {containerID: 1000, hostID: 300000, size: 1}] | .linux.gidMappings = .linux.uidMappings'
    chown -hR 100000:100000 "$rootfs"
    bind /mnt/source /data bind idmap
    shows /data "$(printf '%s\n' '0 0:0' '1 65534:65534' '2 2:2' '5 65534:65534' '1000 1000:1000')"
}

@test "ridmap is for the mounts below, too" {
    mkdir /mnt/source/below
    mount -t tmpfs below /mnt/source/below
    fill /mnt/source/below
    bind_mapped /mnt/source /data ridmap '0 3000 10'
    program 'stat -c "%n %u:%g" /data/5 /data/below/5'
    start_well
    equal "$output" "$(printf '%s\n' '/data/5 3005:3005' '/data/below/5 3005:3005')"
}

@test "idmap leaves the mounts below alone" {
    mkdir /mnt/source/below
    mount -t tmpfs below /mnt/source/below
    fill /mnt/source/below
    bind_mapped /mnt/source /data idmap '0 3000 10'
    program 'stat -c "%n %u:%g" /data/5 /data/below/5'
    start_well
    equal "$output" "$(printf '%s\n' '/data/5 3005:3005' '/data/below/5 5:5')"
}

@test "a source on ext4" {
    mount_ext4
    bind_mapped /mnt/source /data idmap '0 3000 10'
    shows /data "$(printf '%s\n' '0 3000:3000' '1 3001:3001' '2 3002:3002' '5 3005:3005' '1000 65534:65534')"
}

@test "a source on ext4 with the container's mapping; what is made has the right owner" {
    mount_ext4
    map_container
    bind /mnt/source /data bind idmap
    program 'touch /data/new; stat -c "%n %u:%g" /data/5 /data/new'
    start_well
    equal "$output" "$(printf '%s\n' '/data/5 5:5' '/data/new 0:0')"
    equal "$(stat -c %u:%g /mnt/source/new)" 0:0
}

@test "a source that is a file" {
    bind_mapped /mnt/source/5 /data idmap '0 3000 10'
    program 'stat -c "%F %u:%g" /data'
    start_well
    equal "$output" 'regular empty file 3005:3005'
}

@test "idmap together with other options" {
    bind_mapped /mnt/source /data idmap '0 3000 10'
    configure '.mounts[-1].options += ["ro", "noexec", "nosuid"]'
    program 'touch /data/0 2>&1; grep " /data " /proc/self/mountinfo | cut -d " " -f 6'
    start_well
    equal "$output" "$(printf '%s\n' 'touch: /data/0: Read-only file system' ro,nosuid,noexec,relatime,idmapped)"
}

@test "the host's mount is not changed" {
    local before
    before=$(cat /proc/self/mountinfo)
    bind_mapped /mnt/source /data idmap '0 3000 10'
    program true
    start_well
    equal "$(grep /mnt /proc/self/mountinfo)" "$(grep /mnt <<<"$before")"
    equal "$(stat -c %u:%g /mnt/source/5)" 5:5
}

@test "without any mapping idmap is an error" {
    bind /mnt/source /data bind idmap
    refused 'option "idmap" without a mapping; give the mount uidMappings and gidMappings, or the container a user namespace'
}

@test "without any mapping ridmap is an error" {
    bind /mnt/source /data rbind ridmap
    refused 'option "ridmap" without a mapping; give the mount uidMappings and gidMappings, or the container a user namespace'
}

@test "mappings of users alone are an error" {
    bind_mapped /mnt/source /data idmap '0 3000 10'
    configure 'del(.mounts[-1].gidMappings)'
    start_fails 'config.json:'
    [[ $stderr == *": mounts[6].gidMappings (/data): is missing: a mount has mappings for both users and groups, or none" ]]
}

@test "ranges that overlap are an error" {
    bind_mapped /mnt/source /data idmap '0 3000 10' '9 4000 10'
    start_fails 'config.json:'
    [[ $stderr == *': mounts[6].uidMappings[1] (/data): has container ids that element 0 has already' ]]
}

@test "a file system that has no idmapped mounts is named: proc" {
    bind_mapped /proc/fs /data idmap '0 3000 10'
    refused 'cannot make an idmapped mount: mount_setattr: EINVAL (Invalid argument); /proc/fs, of type proc, is the one that can'\''t be mapped: this kernel has no idmapped mounts of that type, or it is mapped already'
}

@test "a file system that has no idmapped mounts is named: sysfs" {
    bind_mapped /sys/kernel /data idmap '0 3000 10'
    refused 'cannot make an idmapped mount: mount_setattr: EINVAL (Invalid argument); /sys/kernel, of type sysfs, is the one that can'\''t be mapped: this kernel has no idmapped mounts of that type, or it is mapped already'
}

@test "ridmap over a mount below that can't be idmapped says so" {
    mkdir /mnt/source/below
    mount --bind /proc/fs /mnt/source/below
    bind_mapped /mnt/source /data ridmap '0 3000 10'
    refused 'cannot make an idmapped mount: mount_setattr: EINVAL (Invalid argument); /mnt/source/below, of type proc, is the one that can'\''t be mapped: this kernel has no idmapped mounts of that type, or it is mapped already; "idmap" instead of "ridmap" leaves the mounts below the source alone'
    [ ! -e "$rootfs/data" ]
}

@test "idmap of a new file system is an error" {
    filesystem tmpfs /data idmap
    map_container
    refused 'an idmap is for bind mounts only'
}
