#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `holdfast explain`, of a bundle and of a running container; what it says is compared with what is so inside.
load helpers

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    mkdir -p /mnt/data/below /mnt/ready "$rootfs/data" "$rootfs/ready" "$rootfs/old"
    mount -t tmpfs -o mode=755 below /mnt/data/below
    echo hello >/mnt/data/file
    echo old >"$rootfs/data/file"
    ln -s /data "$rootfs/link"
    container=
}

teardown() {
    [ -z "$container" ] || { "$holdfast" kill "$id" KILL; wait "$container" || true; }
    umount -R -l /mnt
}

explain() {
    run --separate-stderr "$holdfast" explain --bundle "$bundle" "$@"
}

# One member of the first explanation: member FILTER ARGUMENT...
member() {
    "$holdfast" explain --json "${@:2}" | jq -r ".places[0] | $1"
}

# The container in the background, until the test ends.
begin() {
    id=explain-$$
    program 'touch /ready/now; sleep 1000'
    bind /mnt/ready /ready
    chmod 777 /mnt/ready
    "$holdfast" run --bundle "$bundle" "$id" 3>&- &
    container=$!
    wait_for /mnt/ready/now
}

user_namespace() {
    configure '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    chown -hR 100000:100000 "$rootfs"
}

@test "a file of a bind mount, in words" {
    user_namespace
    chown 101000:101000 /mnt/data/file
    bind /mnt/data /data rbind ro nosuid
    explain /link/file
    equal "$status $stderr" '0 '
    equal "$output" "/link/file leads to /data/file, which is the host's /mnt/data/file, a file, by config.json:$(mount_line /data): mounts[6] (/data)
    hides   the host's /mnt/bundle/rootfs/data/file (root.path)
    flags   ro (mounts[6]: ro), nosuid (mounts[6]: nosuid)
    owner   1000:1000 (host 101000:101000), mode 0644
    user    0:0 can read: everybody may; can't write: the mount is read-only (mounts[6]: ro); can't execute: others than owner and group may not"
}

@test "what isn't there, and what isn't there yet" {
    explain /nothing/at/all
    equal "${lines[0]}" "/nothing/at/all doesn't exist; it would be below the host's /mnt/bundle/rootfs, by config.json:$(line_of '"root"'): root.path"
    explain /proc/version
    [[ ${lines[0]} == "/proc/version is in a new proc: what is there can't be told from here, by "*"mounts[0] (/proc)" ]]
    equal "$(member .exists --bundle "$bundle" /proc/version)" null
    equal "$(member .exists --bundle "$bundle" /nothing)" false
}

@test "flags: of the source, of the options for the top and for all, of later operations" {
    mount -o remount,bind,noexec /mnt/data/below
    bind /mnt/data /data rbind ro rnodev
    bind /mnt/data /again rbind rro
    configure '.linux.readonlyPaths += ["/dev/shm"]'
    flags() { member '[.flags | to_entries[] | select(.value.set) | "\(.key) (\(.value.reason))"] | join(", ")' --bundle "$bundle" "$1"; }
    equal "$(flags /data)" 'ro (mounts[6]: ro), nodev (mounts[6]: rnodev)'
    equal "$(flags /data/below)" "nodev (mounts[6]: rnodev), noexec (the host's mount is noexec)"
    equal "$(flags /again/below)" "ro (mounts[7]: rro), noexec (the host's mount is noexec)"
    equal "$(flags /)" 'ro (root.readonly: ro)'
    equal "$(flags /dev/shm/x)" 'ro (linux.readonlyPaths[5]: ro), nosuid (mounts[3]: nosuid), nodev (mounts[3]: nodev), noexec (mounts[3]: noexec)'
}

@test "a mount over others hides them all, nearest first" {
    bind /mnt/data /data
    filesystem tmpfs /data mode=700 uid=5
    equal "$(member '.hides | join(" | ")' --bundle "$bundle" /data)" \
        "the host's /mnt/data (mounts[6]) | the host's /mnt/bundle/rootfs/data (root.path)"
    equal "$(member '[.shows, .owner.uid, .owner.mode] | join(" ")' --bundle "$bundle" /data)" 'a new tmpfs 5 0700'
    equal "$(member '[.exists, .hides[0]] | join(" ")' --bundle "$bundle" /data/file)" \
        "false the host's /mnt/data/file (mounts[6])"
}

@test "what the plan makes: nodes, links, mount points" {
    configure '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 384, uid: 7, gid: 8}]'
    filesystem tmpfs /dev/deep/er
    equal "$(member '[.shows, .origin, .type, .owner.uid, .owner.gid, .owner.mode] | join(" ")' --bundle "$bundle" /dev/fuse)" \
        'made: device 10:229 linux.devices[0] character device 7 8 0600'
    equal "$(member '.shows' --bundle "$bundle" /dev/deep)" 'made as a mount point'
    equal "$(member '.place' --bundle "$bundle" /dev/fd)" /proc/self/fd
    equal "$(member '.place' --bundle "$bundle" /dev/ptmx)" /dev/pts/ptmx
}

@test "links go where they go inside the container" {
    ln -s ../../../mnt/data "$rootfs/up"
    ln -s loop "$rootfs/loop"
    bind /mnt/data /mnt/data
    equal "$(member '.host' --bundle "$bundle" /up/file)" /mnt/data/file
    equal "$(member '.place' --bundle "$bundle" /link/../bin/./sh)" /bin/busybox
    explain /loop
    equal "$status $output" '1 '
    equal "$stderr" 'holdfast: too many symbolic links on the way, the last one is /loop'
}

@test "a directory on the way that may not be searched" {
    mkdir -m 700 "$rootfs/private"
    touch "$rootfs/private/file"
    chmod 644 "$rootfs/private/file"
    configure '.process.user = {uid: 5, gid: 5}'
    equal "$(member '.rights.read | "\(.allowed) \(.reason)"' --bundle "$bundle" /private/file)" \
        'false the directory /private may not be searched: others than owner and group may not'
}

@test "an idmapped mount's owners" {
    user_namespace
    chown 7:8 /mnt/data/file
    bind /mnt/data /data idmap
    bind /mnt/data /plain
    equal "$(member '.owner | [.uid, .gid, .hostUid, .hostGid] | join(" ")' --bundle "$bundle" /data/file)" '7 8 100007 100008'
    equal "$(member '.owner | "\(.uid) \(.gid) \(.hostUid) \(.hostGid)"' --bundle "$bundle" /plain/file)" 'null null 7 8'
}

@test "a missing source is the error that a start would have" {
    bind /mnt/nowhere /data
    explain /bin
    equal "$status $output" '1 '
    [[ $stderr == "holdfast: config.json:$(mount_line /data): mounts[6] (/data): cannot open the source /mnt/nowhere: openat2: ENOENT "* ]]
}

@test "--host: all places, by any name of the file" {
    mkdir /mnt/alias
    mount --bind /mnt/data /mnt/alias
    bind /mnt/data /data rbind
    bind /mnt/alias /b
    bind /mnt /c rbind ro
    bind /mnt/data/file /hidden/file
    filesystem tmpfs /hidden
    places() { "$holdfast" explain --json --bundle "$bundle" --host "$1" | jq -r '[.places[].place] | join(" ")'; }
    equal "$(places /mnt/data/file)" '/data/file /b/file /c/data/file /c/alias/file'
    equal "$(places /mnt/alias/file)" '/data/file /b/file /c/data/file /c/alias/file'
    equal "$(places /mnt/data/below)" '/data/below /c/data/below'
    equal "$(places "$rootfs/old")" '/old /c/bundle/rootfs/old'
    explain --host /etc/passwd
    equal "$status $output" "0 /etc/passwd can't be seen in the container"
}

@test "an ordinary user may ask, and is told what can't be looked into" {
    mkdir -m 700 /mnt/private
    mkdir /mnt/private/data
    bind /mnt/private/data /data
    run --separate-stderr setpriv --reuid 1000 --regid 1000 --clear-groups \
        "$holdfast" explain --bundle "$bundle" /data/file
    equal "$status $stderr" '0 '
    [[ ${lines[0]} == "/data/file is what is below the host's /mnt/private/data, which can't be looked into: what is there can't be told from here, by "* ]]
}

# Tries it in the container: which of read, write and execute its user may. busybox's test(1) guesses for root.
tried_inside() {
    "$holdfast" exec "$id" sh -c '
        try() { ( "$@" ) >/dev/null 2>&1; }
        r() { if [ -d "$1" ]; then ls "$1/"; else : <"$1"; fi; }
        w() { if [ -d "$1" ]; then : >"$1/probe" && rm "$1/probe"; else : >>"$1"; fi; }
        x() { if [ -d "$1" ]; then cd "$1"; else "$1"; fi; }
        for path; do
            rights=
            for each in r w x; do
                if try $each "$path"; then rights=$rights$each; else rights=$rights-; fi
            done
            echo "$path $rights"
        done' sh "$@"
}

said() {
    local path
    for path in "$@"; do
        "$holdfast" explain --json "${where[@]}" "$path" | jq -r '.places[0] | .path + " " +
            ([.rights.read.allowed, .rights.write.allowed, .rights.execute.allowed]
             | [if .[0] then "r" else "-" end, if .[1] then "w" else "-" end, if .[2] then "x" else "-" end] | add)'
    done
}

paths=(/ /old/true /data /data/file /data/below /data/mine /data/theirs /link/group /dev/null /dev/shm /sys /own /own/true /noexec/true)

# The bundle's answer, the running container's, and the container's own are one: compare
compare() {
    mkdir -m 755 /mnt/own
    cp "$rootfs/bin/busybox" /mnt/own/true
    cp "$rootfs/bin/busybox" "$rootfs/old/true"
    touch /mnt/data/{mine,theirs,group}
    chown "$1:$1" /mnt/data/mine /mnt/own
    chown "$2:$2" /mnt/data/theirs
    chmod 600 /mnt/data/mine /mnt/data/theirs
    chmod 060 /mnt/data/group
    chgrp "$2" /mnt/data/group
    bind /mnt/data /data rbind rro
    bind /mnt/own /own
    bind /mnt/own /noexec noexec
    configure '.root.readonly = false'
    begin
    tried_inside "${paths[@]}" >/mnt/inside
    where=(--bundle "$bundle")
    equal "$(said "${paths[@]}")" "$(cat /mnt/inside)"
    where=("$id")
    equal "$(said "${paths[@]}")" "$(cat /mnt/inside)"
}

@test "its rights are those that the container has: root with few capabilities" {
    compare 0 1
}

@test "… root with CAP_DAC_OVERRIDE" {
    capabilities CAP_DAC_OVERRIDE CAP_KILL
    compare 1 2
}

@test "… another user with groups" {
    configure '.process.user = {uid: 5, gid: 5, additionalGids: [6]}'
    compare 5 6
}

@test "… root of a user namespace, with capabilities there" {
    user_namespace
    capabilities CAP_DAC_OVERRIDE
    compare 100005 6
}

@test "a running container: what is there, by which operation" {
    bind /mnt/data /data rbind ro
    begin
    run --separate-stderr "$holdfast" explain "$id" /link/file
    equal "$status $stderr" '0 '
    equal "${lines[0]}" "/link/file leads to /data/file, which is the host's /mnt/data/file, a file, by config.json:$(mount_line /data): mounts[6] (/data)"
    equal "${lines[1]}" '    flags   ro (mounts[6]: ro)'
    equal "$(member .origin "$id" /dev/null)" 'default device'
    equal "$(member .origin "$id" /proc/sys/kernel)" 'linux.readonlyPaths[3]'
    equal "$(member .origin "$id" /)" root.path
    equal "$(member .exists "$id" /nothing)" false
}

@test "a running container: what was mounted since" {
    begin
    nsenter -t "$("$holdfast" state "$id" | jq .pid)" -m busybox mount -t tmpfs since /old
    equal "$(member '[.operation, .origin] | join(" ")' "$id" /old)" \
        ' not the configuration: it was mounted since the start, or came from the host'
}

@test "a running container: --host" {
    bind /mnt/data /data rbind
    bind /mnt/data /b
    begin
    equal "$("$holdfast" explain --json --host /mnt/data/file "$id" | jq -r '[.places[].place] | join(" ")')" '/data/file /b/file'
}

@test "words that go together" {
    run --separate-stderr "$holdfast" explain
    equal "$status $stderr" '1 holdfast: explain: needs a PATH, or --host; see holdfast explain --help'
    run --separate-stderr "$holdfast" explain --bundle "$bundle" id /path
    equal "$status $stderr" '1 holdfast: explain: takes no "id"; it is either --bundle or the ID of a container that runs'
    run --separate-stderr "$holdfast" explain "nobody-$$" /path
    equal "$status" 1
    [[ $stderr == "holdfast: container \"nobody-$$\" does not exist; "* ]]
}
