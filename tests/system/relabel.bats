#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The options z and Z: the source's files get the container's SELinux label, by extended attribute.

load helpers

label=system_u:object_r:container_file_t:s0:c1,c2
shared=system_u:object_r:container_file_t:s0

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    configure --arg mount_label $label '.root.readonly = false | .linux.mountLabel = $mount_label | .process.args = ["true"]'
    mkdir -p /mnt/source/below
    touch /mnt/source/below/file /mnt/outside
    ln -s /mnt/outside /mnt/source/link
}

# The label of each file; an empty word for none: labels FILE...
labels() {
    local file
    for file; do
        echo "$file $(getfattr -h -n security.selinux --only-values "$file" 2>/dev/null | tr -d '\0')"
    done
}

@test "Z gives every file of the source the whole label" {
    bind /mnt/source /data rbind Z
    start_well
    equal "$(labels /mnt/source /mnt/source/below /mnt/source/below/file)" \
        "$(printf "%s $label\n" /mnt/source /mnt/source/below /mnt/source/below/file)"
}

@test "z drops the categories" {
    bind /mnt/source /data rbind z
    start_well
    equal "$(labels /mnt/source /mnt/source/below/file)" "$(printf "%s $shared\n" /mnt/source /mnt/source/below/file)"
}

@test "a source that is a file is relabelled" {
    bind /mnt/source/below/file /data bind Z
    start_well
    equal "$(labels /mnt/source/below /mnt/source/below/file)" \
        "$(printf '%s\n' '/mnt/source/below ' "/mnt/source/below/file $label")"
}

@test "relabelling labels a link and not what it points to" {
    bind /mnt/source /data rbind Z
    start_well
    equal "$(labels /mnt/source/link /mnt/outside)" "$(printf '%s\n' "/mnt/source/link $label" '/mnt/outside ')"
}

@test "relabelling stays on the source's mount" {
    mount -t tmpfs other /mnt/source/below
    touch /mnt/source/below/file
    bind /mnt/source /data rbind Z
    start_well
    equal "$(labels /mnt/source /mnt/source/below /mnt/source/below/file)" \
        "$(printf '%s\n' "/mnt/source $label" '/mnt/source/below ' '/mnt/source/below/file ')"
}

@test "without z and Z nothing is relabelled" {
    bind /mnt/source /data rbind
    start_well
    equal "$(labels /mnt/source /mnt/source/below/file)" "$(printf '%s \n' /mnt/source /mnt/source/below/file)"
}

@test "z combines with other options" {
    bind /mnt/source /data ro z rbind noexec
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /data)" \
        '/data in / /source ro,noexec,relatime - tmpfs holdfast-test rw,mode=755'
    equal "$(labels /mnt/source)" "/mnt/source $shared"
}

@test "relabelling the host's own directories is refused" {
    local directory
    for directory in / /usr /etc /home /var /root /tmp; do
        [ -d $directory ] || continue
        cp "$BATS_FILE_TMPDIR/image/config.json" "$bundle/config.json"
        configure --arg mount_label $label '.root.readonly = false | .linux.mountLabel = $mount_label'
        bind $directory /data rbind z
        start_fails "config.json:$(mount_line /data): mounts[6] (/data): $directory is never relabelled"
        equal "$(labels $directory)" "$directory "
    done
}

@test "a link to a directory of the host's own is refused as well" {
    ln -s /usr /mnt/usr
    bind /mnt/usr/../usr /data rbind Z
    start_fails "config.json:$(mount_line /data): mounts[6] (/data): "
    equal "$(labels /usr)" '/usr '
}

@test "z without linux.mountLabel is an error" {
    configure 'del(.linux.mountLabel)'
    bind /mnt/source /data rbind z
    start_fails "config.json:$(mount_line /data): mounts[6] (/data): option \"z\" asks for a label"
}

@test "z on a new file system is an error" {
    filesystem tmpfs /data z
    start_fails "config.json:$(mount_line /data): mounts[6] (/data): options \"z\" and \"Z\" are for bind mounts only"
}
