#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What podman's volumes, tmpfs and bind mounts become in the container.

load helpers
load podman

# The mount at /data in the container, as ROOT OPTIONS [PROPAGATION] TYPE: mounted EXPECTED OPTION...
mounted() {
    exits 0 podman run --rm "${@:2}" box awk '$5 == "/data" {
        for (i = 7; $i != "-"; i++) { sub(/:.*/, "", $i); $6 = $6 " " $i }
        print $6, $(i + 1) }' /proc/self/mountinfo
    equal "$output" "$1"
}

fresh_data() {
    rm -rf "$work/data"
    mkdir -p "$work/data/directory"
    echo content >"$work/data/file"
}

@test "bind mounts: options" {
    fresh_data
    mounted 'rw,relatime tmpfs' -v "$work/data:/data"
    mounted 'rw,relatime tmpfs' -v "$work/data:/data:rw"
    mounted 'ro,relatime tmpfs' -v "$work/data:/data:ro"
    mounted 'rw,relatime tmpfs' -v "$work/data:/data:z"
    mounted 'ro,relatime tmpfs' -v "$work/data:/data:Z,ro"
    mounted 'rw,nosuid,nodev,noexec,relatime tmpfs' -v "$work/data:/data:nosuid,nodev,noexec"
    mounted 'ro,relatime tmpfs' --mount "type=bind,source=$work/data,destination=/data,ro=true"
}

@test "bind mounts: propagation" {
    fresh_data
    mount --bind "$work/data" "$work/data"
    mount --make-shared "$work/data"
    mounted 'rw,relatime tmpfs' -v "$work/data:/data"
    mounted 'rw,relatime master tmpfs' -v "$work/data:/data:rslave"
    mounted 'rw,relatime shared tmpfs' -v "$work/data:/data:rshared"
    mounted 'rw,relatime master tmpfs' --mount "type=bind,source=$work/data,destination=/data,bind-propagation=slave"
    umount "$work/data"
}

@test "bind mounts: a later mount of the host comes through where it is asked for" {
    fresh_data
    mount --bind "$work/data" "$work/data"
    mount --make-shared "$work/data"
    waiting one -v "$work/data:/data:rslave" -v "$work/data:/private"
    mount -t tmpfs later "$work/data/directory"
    touch "$work/data/directory/new"
    exits 0 podman exec one sh -c 'ls /data/directory /private/directory'
    umount "$work/data/directory" "$work/data"
    equal "$output" "$(printf '%s\n' /data/directory: new '' /private/directory:)"
}

@test "bind mounts: submounts, read-only or not" {
    fresh_data
    mount -t tmpfs below "$work/data/directory"
    exits 0 podman run --rm -v "$work/data:/data" box touch /data/directory/made
    [ -e "$work/data/directory/made" ]
    exits 0 podman run --rm -v "$work/data:/data:bind" box ls /data/directory
    umount "$work/data/directory"
    equal "$output" ''
}

@test "bind mounts: read-only can't be written" {
    fresh_data
    exits 1 podman run --rm -v "$work/data:/data:ro" box sh -c 'echo x >/data/file'
    has "$stderr" 'Read-only file system'
    equal "$(cat "$work/data/file")" content
}

@test "bind mounts: a file, a place that isn't there, one below another" {
    fresh_data
    exits 0 podman run --rm -v "$work/data/file:/etc/motd:ro" -v "$work/data:/a/new/place" -v "$work/data:/tmp/outer" \
        -v "$work/root/etc:/tmp/outer/directory" box sh -c 'cat /etc/motd /a/new/place/file; ls /tmp/outer/directory'
    equal "$output" "$(printf '%s\n' content content group passwd)"
    equal "$(ls "$work/data")" "$(printf '%s\n' directory file)"
}

@test "bind mounts: a link in the image stays inside" {
    fresh_data
    mkdir -p "$work/victim"
    podman create --name made box true >/dev/null
    podman cp "$work/victim" made:/victim
    exits 0 podman run --rm -v "$work/data:/data" -v "$work/root/etc:/data/link/inner" box ls /data/link/inner
    ln -s "$work/victim" "$work/data/escape"
    run podman run --rm -v "$work/data:/data" -v "$work/root/etc:/data/escape/inner" box ls /data
    equal "$(ls -A "$work/victim")" ''
}

@test "bind mounts: U gives the source to the container's user" {
    fresh_data
    exits 0 podman run --rm --user 1000:2000 -v "$work/data:/data:U" box touch /data/directory/made
    equal "$(stat -c %u:%g "$work/data" "$work/data/file" "$work/data/directory/made" | sort -u)" 1000:2000
}

@test "bind mounts: O is an overlay" {
    fresh_data
    exits 0 podman run --rm -v "$work/data:/data:O" box sh -c 'echo changed >/data/file; cat /data/file'
    equal "$output $(cat "$work/data/file")" 'changed content'
}

@test "bind mounts: idmap in a user namespace" {
    only_holdfast
    fresh_data
    exits 0 podman run --rm --uidmap 0:100000:1000 --gidmap 0:100000:1000 -v "$work/data:/data:idmap" box \
        sh -c 'stat -c %u:%g /data/file; touch /data/made'
    equal "$output $(stat -c %u:%g "$work/data/made")" '0:0 0:0'
}

@test "tmpfs" {
    mounted 'rw,nosuid,nodev,noexec,relatime tmpfs' --tmpfs /data:size=64k,mode=0700,noexec
    exits 0 podman run --rm --tmpfs /data:size=64k,mode=0700 box sh -c 'stat -c %a /data; df -k /data | awk "END { print \$2 }"'
    equal "$output" "$(printf '700\n64')"
    mounted 'ro,nosuid,nodev,relatime tmpfs' --mount type=tmpfs,destination=/data,ro=true
    exits 0 podman run --rm --mount type=tmpfs,destination=/data,tmpfs-size=65536,tmpfs-mode=711 box stat -c %a /data
    equal "$output" 711
}

@test "tmpfs: what the image has there is copied up, or not" {
    exits 0 podman run --rm --tmpfs /etc box sh -c 'grep -c root /etc/passwd; touch /etc/made'
    equal "$output" 1
    exits 0 podman run --rm --mount type=tmpfs,destination=/tmp,notmpcopyup box ls -A /tmp
    equal "$output" ''
}

@test "named volumes: filled from the image, and kept" {
    exits 0 podman run --rm -v volume:/etc box sh -c 'grep -c root /etc/passwd; echo kept >/etc/made'
    equal "$output" 1
    exits 0 podman run --rm --mount type=volume,source=volume,destination=/data,ro=true box cat /data/made
    equal "$output" kept
    podman volume rm volume
}

@test "a volume of another container" {
    fresh_data
    podman create --name one -v "$work/data:/data:ro" box true >/dev/null
    mounted 'ro,relatime tmpfs' --volumes-from one
}

@test "an image as a mount, devpts as a mount" {
    exits 0 podman run --rm --mount type=image,source=box,destination=/data box ls /data/bin/busybox
    equal "$output" /data/bin/busybox
    mounted 'rw,relatime devpts' --mount type=devpts,destination=/data
}

@test "rootfs on the command line, and as an overlay" {
    exits 0 podman run --rm --rootfs "$work/root" cat /etc/group
    equal "$output" 'root:x:0:'
    exits 0 podman run --rm --rootfs "$work/root:O" sh -c 'touch /made; ls /made'
    [ ! -e "$work/root/made" ]
}

@test "files that podman makes: hosts, resolv.conf, hostname, secrets" {
    exits 0 podman run --rm --add-host there:192.0.2.1 box sh -c 'grep -c there /etc/hosts; cat /run/.containerenv | wc -c'
    equal "${lines[0]}" 1
    printf secret | podman secret create word - >/dev/null
    exits 0 podman run --rm --secret word box cat /run/secrets/word
    equal "$output" secret
    podman secret rm word
}
