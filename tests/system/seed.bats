#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The seed: the empty mount namespace that a start begins with, pinned at /run/holdfast/seed.

load helpers

pin=/run/holdfast/seed

# A /run of the test's own, without a seed.
new_run() {
    mount -t tmpfs -o mode=755 holdfast-test /run
}

teardown() {
    umount -l /run
    umount -l /mnt
}

setup() {
    new_run
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    configure '.process.args = ["echo", "started"]'
}

# The mounts at the pin, as "TYPE ROOT", the root without its number.
pins() {
    awk -v pin=$pin '$5 == pin { for (i = 7; $i != "-"; i++); print $(i + 1), $4 }' /proc/self/mountinfo |
        sed 's/\[[0-9]*\]/[]/'
}

@test "the first start pins the seed" {
    equal "$(pins)" ''
    start_well
    equal "$output" started
    equal "$(pins)" 'nsfs mnt:[]'
}

@test "the seed holds one empty read-only tmpfs" {
    start_well
    run --separate-stderr perl -e '
        open(my $table, "<", "/proc/self/mountinfo") or die;
        open(my $seed, "<", $ARGV[0]) or die;
        syscall(308, fileno($seed), 0) == 0 or die "setns: $!";
        opendir(my $root, "/") or die;
        print join(" ", sort readdir($root)), "\n";
        print mkdir("/x") ? "writable" : "$!", "\n";' $pin
    equal "$status" 0
    equal "$output" "$(printf '%s\n' '. ..' 'Read-only file system')"
}

@test "the second start finds the seed and changes no mount" {
    local before
    start_well
    before=$(cat /proc/self/mountinfo)
    start_well
    equal "$(cat /proc/self/mountinfo)" "$before"
}

# Runs the bundle and tells whether the launcher's mount namespace changed meanwhile: 1 or 0.
mount_events() {
    perl -e '
        open(my $table, "<", "/proc/self/mountinfo") or die;
        my @content = <$table>;
        system(@ARGV) == 0 or die "the start failed";
        my $changed = "";
        vec($changed, fileno($table), 1) = 1;
        print scalar(select(undef, undef, $changed, 0)), "\n";' "$holdfast" run --bundle "$bundle" test
}

@test "the second start makes no mount event in the launcher's namespace" {
    equal "$(mount_events)" "$(printf '%s\n' started 1)"
    equal "$(mount_events)" "$(printf '%s\n' started 0)"
}

@test "two first starts at once make one seed" {
    "$holdfast" run --bundle "$bundle" first >/mnt/first 3>&- &
    "$holdfast" run --bundle "$bundle" second >/mnt/second 3>&- &
    wait
    equal "$(cat /mnt/first /mnt/second)" "$(printf '%s\n' started started)"
    equal "$(pins)" 'nsfs mnt:[]'
}

@test "the seed is pinned below a shared /run" {
    mount --make-shared /run
    start_well
    equal "$(pins)" 'nsfs mnt:[]'
    start_well
    equal "$(pins)" 'nsfs mnt:[]'
}

@test "a plain file in the seed's place is not used" {
    mkdir -m 0700 /run/holdfast
    echo nothing >$pin
    start_well
    equal "$output" started
    equal "$(pins)" 'nsfs mnt:[]'
}

@test "a link in the seed's place is not followed" {
    mkdir -m 0700 /run/holdfast
    ln -s /proc/self/ns/mnt $pin
    start_well
    equal "$output" started
    equal "$(readlink $pin)" /proc/self/ns/mnt
}

# The CPUs that may be used, by number.
cpus() {
    local cpu
    for cpu in $(seq 0 $(($(nproc --all) - 1))); do
        ! taskset -c "$cpu" true 2>/dev/null || echo "$cpu"
    done
}

# Pins a copy of this mount namespace in the seed's place. The kernel lets a namespace be pinned only in one with a
# smaller number, and each CPU gives numbers out of a range of its own: so every CPU is tried.
pin_copy() {
    local cpu
    mkdir -m 0700 /run/holdfast
    touch $pin
    for cpu in $(cpus); do
        taskset -c "$cpu" unshare --mount --propagation private sh -c 'touch /mnt/ready; exec sleep 30' 3>&- &
        copy=$!
        wait_for /mnt/ready
        ! mount --bind "/proc/$copy/ns/mnt" $pin 2>/dev/null || return 0
        kill $copy
        rm /mnt/ready
    done
    return 1
}

@test "a copy of the host's mount namespace in the seed's place is not used" {
    pin_copy
    start_fails "the namespace pinned at $pin is not a seed"
    kill $copy
}

@test "the seed is pinned whichever CPUs number the namespaces" {
    local first second
    for first in $(cpus | sed -n '1p;$p'); do
        for second in $(cpus | sed -n '1p;$p'); do
            taskset -c "$first" unshare --mount --propagation private sh -c 'mount -t tmpfs -o mode=755 new /run
                taskset -c "$1" "$2" run --bundle "$3" test; grep -c /run/holdfast/seed /proc/self/mountinfo || true' \
                sh "$second" "$holdfast" "$bundle" >/mnt/output
            equal "$(cat /mnt/output)" "$(printf '%s\n' started 1)"
        done
    done
}

@test "a namespace of another kind in the seed's place is not used" {
    mkdir -m 0700 /run/holdfast
    touch $pin
    mount --bind /proc/self/ns/uts $pin
    start_well
    equal "$output" started
}

@test "a state directory of another user is not used" {
    mkdir -m 0755 /run/holdfast
    chown 12345 /run/holdfast
    start_well
    equal "$output" started
    equal "$(pins)" ''
}

@test "a state directory that others may write is not used" {
    mkdir -m 0777 /run/holdfast
    chmod 0777 /run/holdfast
    start_well
    equal "$output" started
    equal "$(pins)" ''
}

@test "a state directory that is a link is not used" {
    mkdir -m 0700 /run/elsewhere
    ln -s elsewhere /run/holdfast
    start_well
    equal "$output" started
    equal "$(ls -A /run/elsewhere)" containers
}

@test "without a writable /run a start works all the same" {
    mount -o remount,ro /run
    start_well
    equal "$output" started
}
