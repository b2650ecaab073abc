#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The look back: the kernel's mount table has to be what the plan asks for, at the start and later.
load helpers

id=holdfast-verify-$$

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    mkdir -p /mnt/source /mnt/other "$rootfs/data" "$rootfs/mnt" "$rootfs/host"
    echo content >/mnt/source/file
    program true
}

teardown() {
    "$holdfast" delete --force "$id" 2>/dev/null
    umount -R -l /mnt
}

# Runs the bundle, with variables: launch [NAME=VALUE]...; fills $status, $output and $stderr.
launch() {
    run --separate-stderr env "$@" "$holdfast" run --bundle "$bundle" "$id"
}

# The start is refused, with one line that has the difference in it, and leaves nothing: refused DIFFERENCE
refused() {
    local prefix="holdfast: the kernel's mount table is not what the plan asks for: "
    local hint="; nothing was started: see what else changes the container's mounts, hooks for example"

    if [ "$status" -ne 1 ] || [ -n "$output" ] || [ "${#stderr_lines[@]}" -ne 1 ] ||
        [[ $stderr != "$prefix"*"$hint" ]] || [[ $stderr != *"$1"* ]]; then
        printf 'expected to hold: %s\nstatus %s\n%s\n%s\n' "$1" "$status" "$output" "$stderr"
        return 1
    fi
    [ ! -e "/run/holdfast/containers/$id" ] && [ ! -e "/sys/fs/cgroup/pids/$id" ]
}

# The seed is made honestly before.
lie() {
    [ -e /run/holdfast/seed ] || "$holdfast" run --bundle "$bundle" "$id" >/dev/null
    launch LD_PRELOAD="$HOLDFAST_BUILD/tests/system/lying-kernel.so" LIE="$1"
}

# Creates the container and starts its program, which sleeps; the test's pipes stay the test's.
begin() {
    program "${1:-sleep 1000}"
    "$holdfast" create --bundle "$bundle" "$id" </dev/zero >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- ||
        { cat "$BATS_TEST_TMPDIR/out"; return 1; }
    "$holdfast" start "$id"
}

# Runs a shell line in the container.
inside() {
    "$holdfast" exec --cap CAP_SYS_ADMIN "$id" sh -c "$1" </dev/null
}

# The differences of the running container, exactly: drift LINES
drift() {
    run --separate-stderr "$holdfast" verify "$id"
    equal "$status $output$stderr" "$([ -z "$1" ] && echo 0 || echo 1) $1"
}

# ---------------------------------------------------------------- at the start

@test "an attribute that was not set" {
    bind /mnt/source /data bind ro
    lie attributes
    refused '/data (mounts[6]): expected ro, found rw'
}

@test "a flag that was not cleared" {
    mount -t tmpfs -o nosuid,nodev,noatime source /mnt/source
    bind /mnt/source /data bind suid
    lie attributes
    refused '/data (mounts[6]): expected suid, found nosuid'
}

@test "a new file system without its attributes" {
    lie fsmount
    refused '/proc (mounts[0]): expected nosuid,nodev,noexec, found suid,dev,exec'
}

@test "a propagation that was not changed" {
    mount -t tmpfs source /mnt/source
    mount --make-shared /mnt/source
    bind /mnt/source /data bind
    lie propagation
    refused '/data (mounts[6]): expected private, found shared:'
}

@test "a mount that was not attached" {
    lie move
    refused '/dev (mounts[1]): expected a mount, found none'
}

@test "a mount that was attached elsewhere" {
    lie elsewhere
    [[ $stderr == *'/dev (mounts[1]): expected /dev, found /mnt'* ]]
    [ "$status" -eq 1 ]
}

@test "a mount that nobody asked for" {
    lie twice
    refused 'expected no mount, found proc of proc'
}

@test "another tree than the source" {
    bind /mnt/source /data bind
    lie tree
    refused '/data (mounts[6]): expected what was asked for, found another file than its source'
}

@test "the lies are not what fails" {
    bind /mnt/source /data bind ro
    program 'cat /data/file'
    lie none
    equal "$status $output$stderr" '0 content'
}

@test "what a refused start made in the image goes away" {
    bind /mnt/source /made/here bind ro
    before=$(list_rootfs)
    lie attributes
    refused '/made/here (mounts[6]): expected ro, found rw'
    equal "$(list_rootfs)" "$before"
}

# ---------------------------------------------------------------- hooks

# A hook of the kind runs a shell line in the container's mount namespace: hook KIND LINE
hook() {
    configure --arg line "$2" ".hooks.$1 += [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \$line]}]"
}

@test "what a hook mounts is listed" {
    hook createContainer "mount -t tmpfs -o ro hooked $rootfs/host"
    program 'grep -c " /host " /proc/self/mountinfo'
    run --separate-stderr "$holdfast" --debug --log /mnt/log run --bundle "$bundle" "$id"
    equal "$status $output$stderr" '0 1'
    grep -F 'level=debug msg="the hooks mounted tmpfs of hooked at /host (ro,' /mnt/log
    begin
    drift ''
    equal "$("$holdfast" verify --json "$id" | jq -c '.drift, .hooks')" \
        "$(printf '%s\n' '[]' '[{"place":"/host","type":"tmpfs","source":"hooked"}]')"
}

@test "a hook that unmounts what the plan mounted" {
    bind /mnt/source /data bind ro
    hook createContainer "umount $rootfs/data"
    launch
    refused '/data (mounts[6]): expected a mount, found none'
}

@test "a hook that changes what the plan mounted" {
    bind /mnt/source /data bind ro nosuid
    hook createContainer "mount -o remount,bind,rw,nosuid $rootfs/data"
    launch
    refused '/data (mounts[6]): expected ro, found rw'
}

@test "a hook that moves what the plan mounted" {
    bind /mnt/source /data bind
    hook createContainer "mount --move $rootfs/data $rootfs/host"
    launch
    refused '/data (mounts[6]): expected /data, found /host'
}

# ---------------------------------------------------------------- what is as it should be

@test "nothing differs in containers of every shape" {
    mkdir -p /mnt/source/sub "$rootfs/real"
    mount -t tmpfs -o nodev,noatime below /mnt/source/sub
    ln -s real "$rootfs/link"
    bind /mnt/source /data rbind ro
    bind /mnt/source /link/made rbind rro rslave
    bind /mnt/source/file /etc/one bind ro nosymfollow
    filesystem tmpfs /stacked size=64k
    bind /mnt/other /stacked bind
    filesystem tmpfs /stacked mode=700 ro
    configure '.mounts += [{destination: "/data", options: ["remount", "noexec"]}]'
    configure '.linux.maskedPaths += ["/stacked", "/real"] | .linux.readonlyPaths += ["/etc"]'
    for filter in . \
        '.linux.rootfsPropagation = "rslave"' \
        '.linux.rootfsPropagation = "rshared"' \
        '.linux.rootfsPropagation = "unbindable"' \
        '.root.readonly = false' \
        '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}]
            | .linux.gidMappings = .linux.uidMappings'; do
        configure "$filter"
        begin
        drift ''
        "$holdfast" delete --force "$id"
    done
}

@test "a shared source below a user namespace is only heard" {
    mount --make-shared /mnt
    configure '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}]
        | .linux.gidMappings = .linux.uidMappings'
    bind /mnt/source /data rbind rshared
    begin
    drift ''
}

# ---------------------------------------------------------------- drift

@test "mounted, unmounted and changed inside" {
    bind /mnt/source /data bind ro
    filesystem tmpfs /scratch
    capabilities CAP_SYS_ADMIN
    mkdir "$rootfs/scratch"
    begin
    drift ''
    inside 'umount /scratch; mount -o remount,bind,rw /data; mount -t tmpfs mine /host'
    drift "$(printf '%s\n' '/data (mounts[6]): expected ro, found rw: changed inside the container' \
        '/scratch (mounts[7]): expected a mount, found none: unmounted inside the container' \
        '/host: expected no mount, found tmpfs of mine: mounted inside the container')"
}

@test "a source that was replaced, renamed, deleted, mounted over" {
    for name in replaced renamed deleted covered; do
        mkdir -p "/mnt/$name"
        echo old >"/mnt/$name/file"
        touch "$rootfs/$name"
    done
    for name in replaced renamed deleted; do
        bind "/mnt/$name/file" "/$name" bind
    done
    bind /mnt/covered /host bind
    begin
    drift ''
    echo new >/mnt/replaced/new
    mv /mnt/replaced/new /mnt/replaced/file
    mv /mnt/renamed/file /mnt/renamed/other
    rm /mnt/deleted/file
    mount -t tmpfs cover /mnt/covered
    drift "$(printf '%s\n' \
        '/replaced (mounts[6]): expected /replaced/file, found /replaced/file//deleted: the source was deleted or replaced' \
        '/renamed (mounts[7]): expected /renamed/file, found /renamed/other: the source was renamed' \
        '/deleted (mounts[8]): expected /deleted/file, found /deleted/file//deleted: the source was deleted or replaced' \
        '/host (mounts[9]): expected what /mnt/covered is now, found what it was: the source was replaced on the host')"
}

@test "a mount that the host sends" {
    mkdir /mnt/source/later
    mount --make-shared /mnt
    bind /mnt/source /data rbind rslave
    begin
    drift ''
    mount -t tmpfs later /mnt/source/later
    group=$(awk '$5 == "/mnt" { sub("shared:", "", $7); print $7 }' /proc/self/mountinfo)
    drift "/data/later: expected no mount, found tmpfs of later: propagated from the host, peer group $group"
    umount /mnt/source/later
    drift ''
}

@test "holdfast mounts add and remove" {
    bind /mnt/source /data bind
    begin
    "$holdfast" mounts "$id" add /mnt/other:/host:ro
    "$holdfast" mounts "$id" remove /data
    source=$(awk '$5 == "/mnt" { print $(NF - 1) }' /proc/self/mountinfo)
    drift "$(printf '%s\n' '/data (mounts[6]): expected a mount, found none: removed by holdfast mounts remove' \
        "/host: expected no mount, found tmpfs of $source: added by holdfast mounts add")"
    "$holdfast" mounts "$id" remove /host
    drift '/data (mounts[6]): expected a mount, found none: removed by holdfast mounts remove'
}

@test "as JSON" {
    bind /mnt/source /data bind
    begin
    "$holdfast" mounts "$id" remove /data
    run "$holdfast" verify --json "$id"
    equal "$status $(jq -c 'del(.id)' <<<"$output")" '1 {"version":1,"drift":[{"kind":"missing","place":"/data",'$(
        )'"origin":"mounts[6]","expected":"a mount","found":"none","cause":"removed by holdfast mounts remove"}],"hooks":[]}'
}

@test "errors have the exit status 2" {
    run --separate-stderr "$holdfast" verify none
    equal "$status $output$stderr" \
        '2 holdfast: container "none" does not exist; "holdfast list" shows those of a state root'
    begin
    echo broken >"/run/holdfast/containers/$id/mounts"
    run --separate-stderr "$holdfast" verify "$id"
    equal "$status $output$stderr" "2 holdfast: the record of the container's mounts is corrupt"
    rm "/run/holdfast/containers/$id/mounts"
    run --separate-stderr "$holdfast" verify "$id"
    [[ $stderr == *'; an earlier holdfast created the container: there is nothing to compare with' ]]
    equal "$status$output" 2
}

# ---------------------------------------------------------------- timing

# The last column of --timing's lines about phases: phases TEXT
phases() {
    awk '$3 == "phase" { on = 1; next } $1 == "prepare" || $2 == "phases" { on = 0 } on { print $3 }' <<<"$1" | tr '\n' ' '
}

@test "--timing" {
    program true
    launch
    equal "$status $output$stderr" '0 '
    run --separate-stderr "$holdfast" run --timing --bundle "$bundle" "$id"
    equal "$status $output $(phases "$stderr")" \
        '0  config plan state cgroup prepare seed clone place contexts attach verify settings exec '
    equal "$(grep -c ' (mounts\[[0-5]\])$' <<<"$stderr")" 6
    grep -E '^ +[0-9]+ +[1-9][0-9]* +[1-9][0-9]*  mount /proc type proc' <<<"$stderr"
    equal "$(grep -E ' (mounts|superblocks) made$| mount events ' <<<"$stderr" | awk '{ print $2, $3, $4, $5 }')" \
        "$(printf '%s\n' 'mounts made  ' 'superblocks made  ' 'phases with mount events')"
    grep -E '^ +0  phases with mount events on the host$' <<<"$stderr"
}

@test "--timing of box, create, start and exec" {
    run --separate-stderr "$holdfast" box --timing true
    [[ $(phases "$stderr") == 'config plan prepare seed clone '*'verify settings exec ' ]]
    program 'sleep 1000'
    "$holdfast" create --timing --bundle "$bundle" "$id" </dev/zero >/dev/null 2>/mnt/timing 3>&-
    equal "$(phases "$(</mnt/timing)")" \
        'config plan state cgroup prepare seed clone place contexts attach verify settings '
    run --separate-stderr "$holdfast" start --timing "$id"
    equal "$status $output $(phases "$stderr")" '0  config state hooks exec '
    run --separate-stderr "$holdfast" exec --timing "$id" echo ran
    equal "$status $output $(phases "$stderr")" '0 ran join exec '
}

@test "--timing sees a mount event on the host" {
    program true
    umount /run/holdfast/seed 2>/dev/null || true
    run --separate-stderr "$holdfast" run --timing --bundle "$bundle" "$id"
    grep -E ' seed \(a mount event on the host\)$' <<<"$stderr"
    grep -E '^ +1  phases with mount events on the host$' <<<"$stderr"
}
