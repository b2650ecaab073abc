#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The container's mount table, whole, and what it hears of the host's later mounts.

load helpers

# What maskedPaths shows for a file: the host's /dev/null. mask_row POINT PARENT
mask_row() {
    if [ -d "$1" ]; then
        echo "$1 in $2 / ro,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,size=4k,mode=755"
    elif [ -e "$1" ]; then
        mount_table </proc/self/mountinfo | awk -v point="$1" -v parent="$2" '
            $1 == "/dev" { $1 = point; $3 = parent; $4 = $4 == "/" ? "/null" : $4 "/null"; row = $0 }
            $1 == "/dev/null" { $1 = point; $3 = parent; row = $0 }
            END { sub(/ (shared|master|propagate_from)( (shared|master|propagate_from))* -/, " -", row); print row }'
    fi
}

default_table() {
    local path
    cat <<'TABLE'
/ in - /bundle/rootfs ro,relatime - tmpfs holdfast-test rw,mode=755
/dev in / / rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
/dev/mqueue in /dev / rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw
/dev/pts in /dev / rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666
/dev/shm in /dev / rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k
/proc in / / rw,nosuid,nodev,noexec,relatime - proc proc rw
/sys in / / ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
TABLE
    for path in bus fs irq sys sysrq-trigger; do
        [ ! -e "/proc/$path" ] ||
            echo "/proc/$path in /proc /$path ro,nosuid,nodev,noexec,relatime - proc proc rw"
    done
    for path in acpi asound kcore keys latency_stats timer_list timer_stats sched_debug scsi; do
        mask_row "/proc/$path" /proc
    done
    mask_row /sys/firmware /sys
}

# The default bundle's table is what it has to be, entry by entry.
expect_default_table() {
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output")" "$(default_table | sort)"
}

# 200 mounts on the host: add_host_mounts PROPAGATION
add_host_mounts() {
    mkdir /mnt/host
    mount -t tmpfs host /mnt/host
    mount --make-"$1" /mnt/host
    for number in {1..200}; do
        mkdir "/mnt/host/$number"
        mount --bind "/mnt/host/$number" "/mnt/host/$number"
    done
    [ "$(grep -c ' /mnt/host/' /proc/self/mountinfo)" -eq 200 ]
}

@test "the default bundle's mount table, whole" {
    expect_default_table
}

@test "the mount table with 200 private mounts on the host" {
    add_host_mounts private
    expect_default_table
}

@test "the mount table with 200 shared mounts on the host" {
    add_host_mounts shared
    expect_default_table
}

@test "the mount table where everything on the host is shared" {
    mount --make-rshared /mnt
    mount --make-shared /run
    expect_default_table
    mount --make-private /run
}

@test "the launcher's mount table is the same after a start" {
    local before after
    start_well
    before=$(cat /proc/self/mountinfo)
    start_well
    after=$(cat /proc/self/mountinfo)
    equal "$after" "$before"
}

@test "the root is a mount of its own" {
    configure '.root.readonly = false'
    program 'cat /proc/self/mountinfo; stat -c %i /'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /)" \
        '/ in - /bundle/rootfs rw,relatime - tmpfs holdfast-test rw,mode=755'
    equal "${lines[-1]}" "$(stat -c %i "$rootfs")"
}

@test "the mounts below the rootfs come along" {
    mkdir "$rootfs/data"
    mount -t tmpfs -o mode=700,size=4k data "$rootfs/data"
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /data)" '/data in / / rw,relatime - tmpfs data rw,size=4k,mode=700'
}

@test "mounts are made in the configuration's order" {
    filesystem tmpfs /a size=4k
    filesystem tmpfs /a/b size=8k
    filesystem tmpfs /a size=12k
    configure '.root.readonly = false | .process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /a /a/b)" \
        "$(printf '%s\n' '/a in / / rw,relatime - tmpfs tmpfs rw,size=4k' \
            '/a in /a / rw,relatime - tmpfs tmpfs rw,size=12k' '/a/b in /a / rw,relatime - tmpfs tmpfs rw,size=8k')"
}

@test "a tmpfs takes over the mode of what it covers" {
    mkdir -m 0750 "$rootfs/covered"
    filesystem tmpfs /covered size=4k
    program 'stat -c "%a %u:%g" /covered'
    start_well
    equal "$output" '750 0:0'
}

@test "a tmpfs on a directory just made has mode 1777" {
    configure '.root.readonly = false'
    filesystem tmpfs /fresh size=4k
    program 'stat -c %a /fresh'
    start_well
    equal "$output" 1777
}

@test "a tmpfs with mode= has that mode" {
    mkdir -m 0750 "$rootfs/covered"
    filesystem tmpfs /covered mode=0711
    program 'stat -c %a /covered'
    start_well
    equal "$output" 711
}

@test "a read-only tmpfs holds the targets of the mounts below it" {
    configure '.root.readonly = false'
    filesystem tmpfs /holder ro size=4k
    bind /etc /holder/etc rbind ro
    program 'cat /proc/self/mountinfo; touch /holder/x 2>&1'
    start
    equal "$status" 1
    equal "${lines[-1]}" 'touch: /holder/x: Read-only file system'
    equal "$(mount_table <<<"$output" | rows_at /holder)" '/holder in / / ro,relatime - tmpfs tmpfs rw,size=4k'
}

@test "the program's working directory and root are the container's, not the host's" {
    program 'readlink /proc/self/cwd; readlink /proc/self/root; ls -a /..'
    start_well
    equal "$output" "$(printf '%s\n' / / . .. bin dev etc proc sys tmp)"
}

# The propagation of the root and of one mount below it, under a rootfsPropagation: propagation WORD
propagation() {
    mount --make-shared /mnt
    mkdir "$rootfs/data"
    mount -t tmpfs data "$rootfs/data"
    configure --arg word "$1" '.linux.rootfsPropagation = $word | .process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    mount_table <<<"$output" | rows_at / /data | sed -E 's/ in .* r[ow],relatime(.*) - .*/\1/'
}

# Private, but for what asks for it otherwise.
@test "propagation is private by default" {
    equal "$(propagation '')" "$(printf '%s\n' / /data)"
}

@test "rootfsPropagation private" {
    equal "$(propagation private)" "$(printf '%s\n' / /data)"
}

@test "rootfsPropagation rprivate" {
    equal "$(propagation rprivate)" "$(printf '%s\n' / /data)"
}

@test "rootfsPropagation slave" {
    equal "$(propagation slave)" "$(printf '%s\n' '/ master' '/data master')"
}

@test "rootfsPropagation rslave" {
    equal "$(propagation rslave)" "$(printf '%s\n' '/ master' '/data master')"
}

@test "rootfsPropagation shared" {
    equal "$(propagation shared)" "$(printf '%s\n' '/ shared' '/data shared')"
}

@test "rootfsPropagation rshared" {
    equal "$(propagation rshared)" "$(printf '%s\n' '/ shared' '/data shared')"
}

@test "rootfsPropagation shared where nothing of the host is" {
    configure '.linux.rootfsPropagation = "shared" | .process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at / | cut -d ' ' -f 5-6)" 'ro,relatime shared'
}

@test "rootfsPropagation unbindable" {
    equal "$(propagation unbindable)" "$(printf '%s\n' '/ unbindable' /data)"
}

@test "rootfsPropagation runbindable" {
    equal "$(propagation runbindable)" "$(printf '%s\n' '/ unbindable' '/data unbindable')"
}

# Starts a container that shows below /volume what the host mounts after the start: later_mount OPTION...
later_mount() {
    mkdir /mnt/volume /mnt/volume/later "$rootfs/volume"
    mount --bind /mnt/volume /mnt/volume
    mount --make-shared /mnt/volume
    bind /mnt/volume /volume "$@"
    program 'echo started >/volume/started
        timeout 5 sh -c "while [ ! -e /volume/done ]; do sleep 0.01; done"
        cat /volume/later/file 2>/dev/null || echo nothing'
    "$holdfast" run --bundle "$bundle" test >/mnt/output 3>&- &
    wait_for /mnt/volume/started
    mount -t tmpfs later /mnt/volume/later
    echo seen >/mnt/volume/later/file
    touch /mnt/volume/done
    wait $!
}

@test "a private bind mount does not see the host's later mounts" {
    later_mount rbind rprivate
    equal "$(cat /mnt/output)" nothing
}

@test "a bind mount without a word does not see the host's later mounts" {
    later_mount rbind
    equal "$(cat /mnt/output)" nothing
}

@test "a slave bind mount sees the host's later mounts" {
    later_mount rbind rslave
    equal "$(cat /mnt/output)" seen
}

@test "a shared bind mount sees the host's later mounts" {
    later_mount rbind rshared
    equal "$(cat /mnt/output)" seen
}

@test "a slave root sees the host's later mounts" {
    mount --bind /mnt/bundle /mnt/bundle
    mount --make-shared /mnt/bundle
    configure '.linux.rootfsPropagation = "rslave" | .root.readonly = false'
    program 'touch /started; timeout 5 sh -c "while [ ! -e /done ]; do sleep 0.01; done"
        cat /tmp/file 2>/dev/null || echo nothing'
    "$holdfast" run --bundle "$bundle" test >/mnt/output 3>&- &
    wait_for "$rootfs/started"
    mount -t tmpfs later "$rootfs/tmp"
    echo seen >"$rootfs/tmp/file"
    touch "$rootfs/done"
    wait $!
    umount -l "$rootfs/tmp"
    equal "$(cat /mnt/output)" seen
}

@test "what a container mounts does not reach the host" {
    local before
    mount --make-rshared /mnt
    before=$(cat /proc/self/mountinfo)
    capabilities CAP_SYS_ADMIN
    program 'mount -t tmpfs inside /tmp && grep -c " /tmp " /proc/self/mountinfo'
    start_well
    equal "$output" 1
    equal "$(cat /proc/self/mountinfo)" "$before"
}
