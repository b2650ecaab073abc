#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Options of mounts beside flags and propagation, and destinations that are not as they should be.

load helpers

# The mounts' rows in the container's table: rows POINT...
rows() {
    configure '.process.args = ["cat", "/proc/self/mountinfo"] | .root.readonly = false'
    start_well
    mount_table <<<"$output" | rows_at "$@"
}

# The start fails at the last mount, which is mounts[INDEX], and leaves nothing: refused INDEX DESTINATION TEXT
refused() {
    local before
    configure '.root.readonly = false'
    before=$(list_rootfs)
    start
    equal "$status" 1
    [[ $stderr == "holdfast: config.json:"*": mounts[$1] ($2): $3" ]] || {
        echo "$stderr"
        return 1
    }
    equal "$(list_rootfs)" "$before"
}

@test "remount changes the attributes of a bind mount" {
    mkdir /mnt/data
    bind /mnt/data /data bind nosuid
    bind /mnt/data /data bind remount ro noexec
    equal "$(rows /data)" '/data in / /data ro,nosuid,noexec,relatime - tmpfs holdfast-test rw,mode=755'
}

@test "remount with rro is for all below" {
    mkdir -p /mnt/data/sub
    mount -t tmpfs sub /mnt/data/sub
    bind /mnt/data /data rbind
    bind none /data rbind remount rro
    equal "$(rows /data /data/sub)" "$(printf '%s\n' '/data in / /data ro,relatime - tmpfs holdfast-test rw,mode=755' \
        '/data/sub in /data / ro,relatime - tmpfs sub rw')"
}

@test "remount changes propagation" {
    filesystem tmpfs /data
    filesystem none /data remount shared
    equal "$(rows /data)" '/data in / / rw,relatime shared - tmpfs tmpfs rw'
}

@test "remount changes the options of a file system" {
    filesystem tmpfs /data size=8k
    filesystem tmpfs /data remount ro size=16k
    equal "$(rows /data)" '/data in / / ro,relatime - tmpfs tmpfs rw,size=16k'
}

@test "remount ro leaves the file system writable elsewhere" {
    mkdir /mnt/data
    bind /mnt/data /data bind
    filesystem none /data remount ro
    equal "$(rows /data)" '/data in / /data ro,relatime - tmpfs holdfast-test rw,mode=755'
    touch /mnt/data/x
}

@test "remount of /dev read-only still lets it be filled" {
    filesystem none /dev remount ro
    program 'ls -l /dev/null | cut -c 1; touch /dev/x 2>&1 || true'
    start_well
    equal "$output" "$(printf '%s\n' c 'touch: /dev/x: Read-only file system')"
}

@test "remount of the root" {
    filesystem none / remount nosuid
    equal "$(rows /)" '/ in - /bundle/rootfs rw,nosuid,relatime - tmpfs holdfast-test rw,mode=755'
}

nothing_there='; "remount" changes a mount that is in place: list it after that one, or leave the option out'

@test "remount where nothing is mounted" {
    mkdir "$rootfs/data"
    filesystem none /data remount ro
    refused 6 /data "nothing is mounted at /data, so nothing can be remounted there$nothing_there"
}

@test "remount of a destination that is missing" {
    filesystem none /data bind remount ro
    refused 6 /data "nothing is mounted at /data, so nothing can be remounted there$nothing_there"
}

@test "remount with an option that the file system refuses" {
    filesystem tmpfs /data
    filesystem tmpfs /data remount bogus=1
    refused 7 /data "the file system refuses the option \"bogus=1\": fsconfig: EINVAL (Invalid argument); the kernel says: tmpfs: Unknown parameter 'bogus'"
}

@test "copy-symlink makes the link again" {
    configure '.root.readonly = false'
    ln -s /some/where /mnt/link
    bind /mnt/link /made/link bind copy-symlink
    program 'readlink /made/link; grep -c /made /proc/self/mountinfo'
    start
    equal "$output" "$(printf '%s\n' /some/where 0)"
}

@test "copy-symlink over the same link" {
    ln -s /some/where /mnt/link
    ln -s /some/where "$rootfs/link"
    bind /mnt/link /link bind copy-symlink
    program 'readlink /link'
    start_well
    equal "$output" /some/where
}

@test "copy-symlink over something else" {
    ln -s /some/where /mnt/link
    touch "$rootfs/link"
    bind /mnt/link /link bind copy-symlink
    refused 6 /link '/link exists in the image and is not a link to /some/where; remove it from the image, or leave "copy-symlink" out'
}

@test "copy-symlink of what is no link is a bind mount" {
    mkdir /mnt/data
    bind /mnt/data /data bind copy-symlink
    equal "$(rows /data)" '/data in / /data rw,relatime - tmpfs holdfast-test rw,mode=755'
}

@test "copy-symlink of a link goes away with a start that fails" {
    ln -s /some/where /mnt/link
    bind /mnt/link /made/link bind copy-symlink
    filesystem none /data remount
    refused 7 /data "nothing is mounted at /data, so nothing can be remounted there$nothing_there"
}

@test "copy-symlink in a target that leads out stays inside" {
    mkdir /mnt/outside
    ln -s /some/where /mnt/link
    ln -s ../../../../mnt/outside "$rootfs/out"
    configure '.root.readonly = false'
    bind /mnt/link /out/link bind copy-symlink
    program 'readlink /mnt/outside/link'
    start_well
    equal "$output" /some/where
    equal "$(ls /mnt/outside)" ''
}

@test "src-nofollow mounts the link itself" {
    ln -s /etc/hostname /mnt/link
    touch "$rootfs/link"
    bind /mnt/link /link bind src-nofollow
    program 'readlink /link; grep -c " /link " /proc/self/mountinfo'
    start_well
    equal "$output" "$(printf '%s\n' /etc/hostname 1)"
}

@test "dest-nofollow mounts on the link itself" {
    echo data >/mnt/file
    touch "$rootfs/real"
    ln -s /real "$rootfs/link"
    bind /mnt/file /link bind dest-nofollow
    program 'cat /link; cat /real'
    start_well
    equal "$output" data
}

@test "without dest-nofollow the link is followed" {
    echo data >/mnt/file
    touch "$rootfs/real"
    ln -s /real "$rootfs/link"
    bind /mnt/file /link bind
    program 'readlink /link; cat /real'
    start_well
    equal "$output" "$(printf '%s\n' /real data)"
}

@test "dest-nofollow makes what is missing" {
    configure '.root.readonly = false'
    echo data >/mnt/file
    bind /mnt/file /made/file bind dest-nofollow
    program 'cat /made/file'
    start_well
    equal "$output" data
}

@test "a directory does not go on a link" {
    ln -s /tmp "$rootfs/link"
    mkdir /mnt/data
    bind /mnt/data /link bind dest-nofollow
    refused 6 /link 'the source is a directory, but the target /link is a link in the image; a directory goes onto a directory, a file onto a file: correct the one or the other'
}

@test "the words that mount(8) keeps for itself do nothing" {
    mkdir /mnt/data
    bind /mnt/data /data bind nofail noauto _netdev user x-systemd.automount comment=mine
    filesystem tmpfs /other nofail auto users owner group x-mine size=8k
    equal "$(rows /data /other)" "$(printf '%s\n' '/data in / /data rw,relatime - tmpfs holdfast-test rw,mode=755' \
        '/other in / / rw,relatime - tmpfs tmpfs rw,size=8k')"
}

@test "of words that contradict each other the later wins" {
    mkdir /mnt/data
    bind /mnt/data /a bind ro rw
    bind /mnt/data /b bind rw ro
    bind /mnt/data /c bind rro rw
    bind /mnt/data /d bind ro rrw
    filesystem tmpfs /e ro rw nosuid suid
    filesystem tmpfs /f shared private
    equal "$(rows /a /b /c /d /e /f | sed 's, in / [^ ]*,,; s/ -.*//')" "$(printf '%s\n' '/a rw,relatime' \
        '/b ro,relatime' '/c rw,relatime' '/d rw,relatime' '/e rw,relatime' '/f rw,relatime')"
}

@test "a relative destination is taken from the root, with a warning" {
    mkdir "$rootfs/data"
    filesystem tmpfs data size=8k
    program 'grep -c " /data " /proc/self/mountinfo'
    start
    equal "$status $output" '0 1'
    [[ $stderr == "holdfast: warning: config.json:"*": mounts[6] (data): the destination should be an absolute path: it is taken from /" ]]
}

@test "a destination with .. stays inside" {
    mkdir "$rootfs/data"
    filesystem tmpfs /../../../data size=8k
    filesystem tmpfs /data/../../../tmp size=8k
    equal "$(rows /data /tmp | cut -d ' ' -f 1)" "$(printf '%s\n' /data /tmp)"
}

@test "a destination that is the root" {
    filesystem tmpfs /data/..
    refused 6 /data/.. 'the destination "/data/.." is the root itself; what is to be the root goes into root.path'
}

@test "a newline in a destination" {
    filesystem tmpfs $'/da\nta'
    start
    equal "$status" 1
    [[ $stderr == *"mounts[6].destination"*": has a newline" ]]
}

@test "a newline in a source" {
    bind $'/mnt/da\nta' /data bind
    start
    equal "$status" 1
    [[ $stderr == *"mounts[6].source"*": has a newline" ]]
}

@test "a NUL in a destination" {
    filesystem tmpfs /NUL
    sed -i 's,/NUL,/da\\u0000ta,' "$bundle/config.json"
    start
    equal "$status" 1
    echo "$stderr"
    [[ $stderr == "holdfast: config.json:"* ]]
    [ "${#stderr_lines[@]}" -eq 1 ]
}

@test "a file system type that the kernel lacks" {
    filesystem nosuchfs /data
    refused 6 /data 'the kernel has no file system of type "nosuchfs": fsopen: ENODEV (No such device); correct "type", load its module, or use a kernel that has it'
}

@test "an option that the file system refuses" {
    filesystem tmpfs /data size=8k bogus
    refused 6 /data "the file system refuses the option \"bogus\": fsconfig: EINVAL (Invalid argument); the kernel says: tmpfs: Unknown parameter 'bogus'"
}

@test "a value that the file system refuses" {
    filesystem tmpfs /data size=many
    refused 6 /data "the file system refuses the option \"size=many\": fsconfig: EINVAL (Invalid argument); the kernel says: tmpfs: Bad value for 'size'"
}
