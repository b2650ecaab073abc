# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests of holdfast box share.

user=12345

# Beside /mnt there is $ground, a directory on the file system of /, and /mnt/other, a mount of its own.
setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    mkdir /mnt/other
    mount -t tmpfs -o mode=755,size=1m holdfast-other /mnt/other
    ground=$(mktemp -d /var/tmp/holdfast-test.XXXXXX)
    chmod 0755 "$ground"
    echo old | tee "$ground/file" /mnt/file /mnt/other/file >/dev/null
    cd "$ground" || return
}

teardown() {
    cd /
    umount -R -l /mnt
    rm -rf "$ground"
}

box() {
    run --separate-stderr "$holdfast" box "$@"
}

box_well() {
    box "$@"
    equal "$status $stderr" '0 '
}

# The box fails before it starts, with one line that begins with the text: box_fails TEXT ARGUMENT...
box_fails() {
    box "${@:2}"
    equal "$status $output ${#stderr_lines[@]}" '1  1'
    [[ $stderr == "holdfast: $1"* ]] || equal "$stderr" "holdfast: $1…"
}

# All names below the places that a test changes, with everything that can be changed about them.
list_places() {
    find "$ground" /mnt/file /mnt/other -printf '%p %y %m %U:%G %T@ %l\n' | sort
    cat "$ground/file" /mnt/file /mnt/other/file
}

# In a box the commands print the text, and afterwards everything is as it was: changes COMMANDS TEXT
changes() {
    local before
    before=$(list_places)
    box_well -- sh -c "$1" sh "$ground"
    equal "$output" "$2"
    equal "$(list_places)" "$before"
}

# As the ordinary user, at home in $home: user_box ARGUMENT...
user_box() {
    [ -e /mnt/holdfast ] || install -m 0755 "$holdfast" /mnt/holdfast
    run --separate-stderr env HOME="${home-/nonexistent}" setpriv --reuid $user --regid $user --clear-groups \
        /mnt/holdfast box "$@"
}

user_box_well() {
    user_box "$@"
    equal "$status $stderr" '0 '
}

# Waits until a program runs that the box was given.
wait_for_program() {
    for _ in $(seq 100); do
        ! pgrep -f "^$*" >/dev/null || return 0
        sleep 0.05
    done
    return 1
}
