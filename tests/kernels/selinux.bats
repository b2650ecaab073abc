#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A machine with SELinux on and Debian's policy loaded (permissive: labels are set and seen, and keep nobody from anything).

load ../system/helpers

id=holdfast-selinux-$$
process_label=system_u:system_r:container_t:s0:c1,c2
label=system_u:object_r:container_file_t:s0:c1,c2
shared=system_u:object_r:container_file_t:s0

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    mkdir -p "$rootfs/data" /mnt/source/below
    touch /mnt/source/below/file /mnt/outside
    ln -s /mnt/outside /mnt/source/link
}

teardown() {
    "$holdfast" delete --force "$id" 2>/dev/null
    umount -R -l /mnt
}

labelled() {
    configure --arg process $process_label --arg mount $label \
        '.process.selinuxLabel = $process | .linux.mountLabel = $mount'
}

# The label of each file, a line each: labels FILE...
labels() {
    local file
    for file; do
        echo "$file $(getfattr -h -n security.selinux --only-values "$file" 2>/dev/null | tr -d '\0')"
    done
}

# A container that sleeps; $root is its root, as the host sees it.
begin() {
    program 'sleep 1000'
    "$holdfast" create --bundle "$bundle" "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- ||
        { cat "$BATS_TEST_TMPDIR/out"; return 1; }
    "$holdfast" start "$id"
    root=/proc/$("$holdfast" state "$id" | jq .pid)/root
}

@test "SELinux is on, and the doctor sees it" {
    equal "$("$holdfast" doctor --json | jq -r '.facilities[] | select(.name == "SELinux").state')" works
}

@test "a container without labels starts" {
    program 'tr -d "\0" </proc/self/attr/current'
    start_well
    equal "$output" "$(tr -d '\0' </proc/self/attr/current)"
}

@test "the program has process.selinuxLabel" {
    labelled
    program 'tr -d "\0" </proc/self/attr/current'
    start_well
    equal "$output" $process_label
}

@test "exec gives its program the label, or another one" {
    labelled
    begin
    run --separate-stderr "$holdfast" exec "$id" sh -c 'tr -d "\0" </proc/self/attr/current'
    equal "$status $output $stderr" "0 $process_label "
    run --separate-stderr "$holdfast" exec --process-label "${process_label/c1,c2/c3,c4}" "$id" \
        sh -c 'tr -d "\0" </proc/self/attr/current'
    equal "$status $output $stderr" "0 ${process_label/c1,c2/c3,c4} "
}

@test "a label that the policy does not know" {
    configure '.process.selinuxLabel = "system_u:system_r:nobody_knows_t:s0"'
    start_fails_with "config.json:$(line_of selinuxLabel): process.selinuxLabel: cannot write \"system_u:system_r:nobody_knows_t:s0\" to attr/exec: write: EINVAL (Invalid argument); does the loaded policy know the label's user, role, type and level?"
}

@test "new file systems have linux.mountLabel, and so has all that is made in them" {
    labelled
    filesystem tmpfs /data size=1m
    begin
    touch "$root/data/file"
    equal "$(labels "$root"/{data,data/file,dev,dev/null,dev/shm,dev/mqueue,dev/pts} | cut -d ' ' -f 2)" \
        "$(for _ in {1..7}; do echo $label; done)"
}

@test "the mount table tells the label as context=" {
    labelled
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(rows_at /dev /dev/shm /dev/pts < <(mount_table <<<"$output") | grep -c "context=\"$label\"")" 3
}

@test "proc and sysfs keep the policy's labels" {
    labelled
    begin
    equal "$(labels "$root"/{proc,sys} | cut -d ' ' -f 2)" "$(labels /proc /sys | cut -d ' ' -f 2)"
}

@test "linux.mountLabel in a container with a user namespace" {
    labelled
    configure '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
        | .linux.gidMappings = .linux.uidMappings'
    chown -hR 100000:100000 "$rootfs"
    filesystem tmpfs /data size=1m
    begin
    equal "$(labels "$root"/{data,dev,dev/shm,dev/pts} | cut -d ' ' -f 2)" "$(for _ in {1..4}; do echo $label; done)"
}

@test "a mount label that the policy does not know" {
    configure '.linux.mountLabel = "system_u:object_r:nobody_knows_t:s0"'
    start_fails "config.json:"
    [[ $stderr == *EINVAL* ]]
}

@test "Z relabels the source with all of the label, z without the categories, and no link's target" {
    local outside
    outside=$(labels /mnt/outside)
    labelled
    bind /mnt/source /data rbind Z
    program true
    start_well
    equal "$(labels /mnt/source{,/below,/below/file,/link})" \
        "$(printf "%s $label\n" /mnt/source{,/below,/below/file,/link})"
    configure '.mounts[-1].options = ["rbind", "z"]'
    start_well
    equal "$(labels /mnt/source{,/below,/below/file,/link})" \
        "$(printf "%s $shared\n" /mnt/source{,/below,/below/file,/link})"
    equal "$(labels /mnt/outside)" "$outside"
}

@test "without z and Z the source keeps its labels" {
    local before
    before=$(labels /mnt/source{,/below,/below/file,/link})
    labelled
    bind /mnt/source /data rbind
    program true
    start_well
    equal "$(labels /mnt/source{,/below,/below/file,/link})" "$before"
}

@test "a running container is as it was verified" {
    labelled
    begin
    run --separate-stderr "$holdfast" verify "$id"
    equal "$status $stderr" '0 '
}
