#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# holdfast plan and diff: what a reviewer reads, as text, as JSON, as a tree and as a picture.

load helpers

plan() {
    run --separate-stderr "$holdfast" plan --bundle "$bundle" "$@"
}

plan_well() {
    plan "$@"
    equal "$status $stderr" '0 '
}

@test "an operation is a line, with its place in the configuration" {
    bind /mnt/data /data ro rbind nosuid
    plan_well
    equal "$(head -n 4 <<<"$output")" "$(cat <<'LINES'
1 bind / from rootfs recursive rprivate (root.path, line 4)
2 mount /proc type proc source proc nosuid nodev noexec (mounts[0], line 50)
3 mount /dev type tmpfs source tmpfs nosuid strictatime with mode=755,size=65536k (mounts[1], line 60)
4 mount /dev/pts type devpts source devpts nosuid noexec with newinstance,ptmxmode=0666,mode=620,gid=5 (mounts[2], line 71)
LINES
)"
    equal "$(grep ' /data ' <<<"$output")" \
        "8 bind /data from /mnt/data recursive ro nosuid rprivate (mounts[6], line $(mount_line /data))"
}

@test "a plan touches nothing, and needs neither privileges nor sources" {
    local before
    bind /mnt/not/there /data bind
    before=$(list_rootfs)
    plan_well
    local as_root=$output
    chmod 755 "$bundle"
    run --separate-stderr setpriv --reuid 12345 --regid 12345 --clear-groups "$holdfast" plan --bundle "$bundle"
    equal "$status $stderr" '0 '
    equal "$output" "$as_root"
    equal "$(list_rootfs)" "$before"
    [ ! -e /run/holdfast/seed ]
}

@test "the JSON is of its schema" {
    bind /mnt /data rro idmap
    configure '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 7, size: 1}], gidMappings: [{containerID: 0, hostID: 7, size: 1}]}
        | .process.terminal = true | .hooks = {createRuntime: [{path: "/bin/true"}]} | .root.readonly = true'
    filesystem tmpfs /memory tmpcopyup size=1m
    plan --json
    equal "$status" 0
    python3 -c 'import json, jsonschema, sys
jsonschema.validate(json.load(sys.stdin), json.load(open(sys.argv[1])))' "$source_directory/docs/plan.schema.json" <<<"$output"
    equal "$(jq -r '.operations[0].kind' <<<"$output")" bind
    # The schema refuses what is wrong.
    ! jq '.operations[0].kind = "other"' <<<"$output" | python3 -c 'import json, jsonschema, sys
jsonschema.validate(json.load(sys.stdin), json.load(open(sys.argv[1])))' "$source_directory/docs/plan.schema.json" 2>/dev/null
}

@test "the digest is of what is done, not of how it is written" {
    local first
    first=$("$holdfast" plan --bundle "$bundle" --json | jq -r .digest)
    jq -S -c . <"$bundle/config.json" >"$bundle/edited.json"
    mv "$bundle/edited.json" "$bundle/config.json"
    equal "$("$holdfast" plan --bundle "$bundle" --json | jq -r .digest)" "$first"
    filesystem tmpfs /more
    [ "$("$holdfast" plan --bundle "$bundle" --json | jq -r .digest)" != "$first" ]
}

@test "the tree shows what is writable, what comes from the host, and what is hidden" {
    bind /mnt/a /data bind ro
    bind /mnt/b /data bind
    plan --tree
    equal "$(grep -e '─ data' -e '─ keys' <<<"$output" | sed 's/  */ /g')" "$(cat <<'LINES'
├─ data rw from the host: /mnt/b (mounts[7])
│ ├─ keys masked (linux.maskedPaths[3])
LINES
)"
    [[ $output == *'hidden by mounts[7] at /data: from the host: /mnt/a  (mounts[6])'* ]]
}

@test "the picture is SVG, and holds no markup of the configuration" {
    bind '/mnt/<b>&' /data bind
    plan --svg "$BATS_TEST_TMPDIR/picture.svg"
    equal "$status" 0
    rsvg-convert -o "$BATS_TEST_TMPDIR/picture.png" "$BATS_TEST_TMPDIR/picture.svg"
    [ -s "$BATS_TEST_TMPDIR/picture.png" ]
    grep -q '&lt;b&gt;&amp;' "$BATS_TEST_TMPDIR/picture.svg"
    ! grep -q '<b>' "$BATS_TEST_TMPDIR/picture.svg"
}

@test "--strict and --fail-on" {
    plan_well --strict
    bind /etc /data bind rw
    plan --strict
    equal "$status" 3
    [[ $stderr == 'writable-host-path: '*'mounts[6] (/data)'* ]]
    plan --fail-on writable-host-path --fail-on container-socket
    equal "$status" 3
    plan --fail-on container-socket
    equal "$status" 0
    plan --fail-on nothing
    [[ "$status $stderr" == '1 holdfast: --fail-on: there is no hazard "nothing"; known are writable-host-path, '* ]]
}

@test "diff says in words what is other" {
    cp "$bundle/config.json" "$bundle/before.json"
    "$holdfast" plan --bundle "$bundle" --json >"$BATS_TEST_TMPDIR/saved"
    bind /srv /data bind ro
    for before in "$bundle/before.json" "$BATS_TEST_TMPDIR/saved"; do
        run --separate-stderr "$holdfast" diff "$before" "$bundle"
        equal "$status $output $stderr" "1 + bind /data from /srv ro rprivate (mounts[6], line $(mount_line /data)) "
    done
    run --separate-stderr "$holdfast" diff "$bundle" "$bundle/config.json"
    equal "$status $output $stderr" '0  '
    run --separate-stderr "$holdfast" diff "$bundle" /mnt/none
    equal "$status $output" '2 '
    [[ $stderr == 'holdfast: cannot open /mnt/none: open: ENOENT'* ]]
}
