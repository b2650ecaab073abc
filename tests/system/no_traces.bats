#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run and create with --no-traces, or the annotation: nothing is made in the image or in volumes.

load helpers

kill_at=$HOLDFAST_BUILD/tests/system/kill-at

# The image lacks /proc, /sys, /dev and /new; the volume lacks /below.
setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    rmdir "$rootfs"/{proc,sys,dev} 2>/dev/null || true
    mkdir -p /mnt/volume/here /mnt/source
    echo volume | tee /mnt/volume/file >/mnt/source/file
    mkdir "$rootfs/data"
    edit '.mounts += [{destination: "/data", source: "/mnt/volume", options: ["rbind"]},
        {destination: "/data/below/deep", source: "/mnt/source", options: ["rbind"]},
        {destination: "/new/file", source: "/mnt/source/file", options: ["bind", "ro"]}] | .process.cwd = "/work/here"'
}

teardown() {
    umount -R -l /mnt
}

edit() {
    jq "$1" "$bundle/config.json" >/mnt/edited && cat /mnt/edited >"$bundle/config.json"
}

command_is() {
    edit ".process.args = [\"busybox\", \"sh\", \"-c\", $(jq -n --arg text "$1" '$text')]"
}

tree() {
    find "$rootfs" /mnt/volume /mnt/source -printf '%p %y %m %T@ %C@\n' | sort
}

@test "run --no-traces: what is missing is there, and nothing is made" {
    local before
    command_is 'pwd; cat /data/file /data/below/deep/file /new/file; ls /; echo x >/data/here/made; touch /data/x'
    before=$(tree | grep -v ' /mnt/volume/here ')
    run --separate-stderr "$holdfast" run --no-traces --bundle "$bundle" "one-$$"
    equal "$status $output" "1 $(printf '%s\n' /work/here volume volume volume; ls "$rootfs" | { cat; printf '%s\n' dev new proc sys work; } | sort)"
    [[ ${stderr_lines[-1]} == 'touch: /data/x: Read-only file system' ]]
    equal "$(cat /mnt/volume/here/made)" x
    rm /mnt/volume/here/made
    equal "$(tree | sed '/volume\/here /d')" "$(sed '/volume\/here /d' <<<"$before")"
}

@test "the annotation asks for the same, also with a read-only root" {
    local before
    command_is 'cat /new/file; touch /x /bin/x; true'
    edit '.annotations = {"org.holdfast.no-traces": "true"} | .root.readonly = true'
    before=$(tree)
    run --separate-stderr "$holdfast" run --bundle "$bundle" "two-$$"
    equal "$status $output" '0 volume'
    equal "$(grep -c 'Read-only file system' <<<"$stderr")" 2
    equal "$(tree)" "$before"
}

@test "killed at any system call, or failing, nothing is left" {
    local before number=0 status=137
    command_is true
    before=$(tree)
    while [ $status = 137 ]; do
        number=$((number + 11))
        status=0
        "$kill_at" $number "$holdfast" run --no-traces --bundle "$bundle" "three-$$" >/dev/null 2>&1 || status=$?
        "$holdfast" delete --force "three-$$" 2>/dev/null || true
        equal "$(tree)" "$before"
    done
    equal $status 200
    edit '.mounts += [{destination: "/other", source: "/mnt/missing", options: ["bind"]}]'
    run "$holdfast" run --no-traces --bundle "$bundle" "three-$$"
    equal "$status" 1
    equal "$(tree)" "$before"
}

@test "plan --no-traces shows what is covered" {
    run --separate-stderr "$holdfast" plan --no-traces --bundle "$bundle"
    equal "$(grep -o ' cover [^ ]*' <<<"$output" | sort)" "$(printf '%s\n' ' cover /' ' cover /data')"
    [[ $stderr == *'nothing new can be made in /data itself (EROFS), for /data/below/deep is missing there'* ]]
}

@test "without a mount at /dev it is refused" {
    edit '.mounts |= map(select(.destination | startswith("/dev") | not))'
    run --separate-stderr "$holdfast" run --no-traces --bundle "$bundle" "four-$$"
    equal "$status $stderr" '1 holdfast: nothing is mounted at /dev, so devices would be made in the image; mount a tmpfs there, or do without org.holdfast.no-traces'
}
