#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Looking at and changing the mounts of a container that runs. What changes is seen from inside, too.
load helpers

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    mkdir -p /mnt/data/below "$rootfs/mnt" "$rootfs/control"
    echo hello >/mnt/data/file
    chmod 777 "$rootfs/control"
    mkfifo -m 666 "$rootfs/control/do"
    # Carries out what comes through the FIFO.
    program 'echo >/control/ready; while :; do read -r line </control/do; [ -n "$line" ] || continue; eval "$line" >/control/out 2>&1; echo >/control/done; done'
    configure '.root.readonly = false'
    container=
}

teardown() {
    [ -z "$container" ] || { kill -KILL "$first"; wait "$container" || true; }
    umount -R -l /mnt
}

# The container in the background; $first is its first process.
begin() {
    "$holdfast" run --bundle "$bundle" test 3>&- &
    container=$!
    wait_for "$rootfs/control/ready"
    first=$(pgrep -P "$container")
    before=$(table)
}

# With a user namespace: its root is 100000.
user_namespace() {
    configure '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    chown -hR 100000:100000 "$rootfs"
}

# A container in which little is mounted.
few_mounts() {
    configure '.mounts |= map(select(.destination == ("/proc", "/dev", "/dev/shm")))
        | del(.linux.maskedPaths) | del(.linux.readonlyPaths)'
}

table() {
    mount_table <"/proc/$first/mountinfo"
}

mounts() {
    run --separate-stderr "$HOLDFAST_BUILD/tests/system/container-mounts" "$first" "$bundle" "$@"
}

# The command succeeds without a word.
well() {
    mounts "$@"
    equal "$status $output $stderr" '0  '
}

# The command fails with this one line, and nothing has changed: fails TEXT COMMAND...
fails() {
    local files mounted
    files=$(list_rootfs)
    mounted=$(table)
    mounts "${@:2}"
    equal "$status $output" '1 '
    equal "$stderr" "$1"
    equal "$(table)" "$mounted"
    equal "$(list_rootfs)" "$files"
}

# What commands say in the container.
inside() {
    rm -f "$rootfs/control/done"
    echo "$1" >"$rootfs/control/do"
    wait_for "$rootfs/control/done"
    cat "$rootfs/control/out"
}

# The rows that there are more.
added() {
    diff <(echo "$before") <(table) | sed -n 's/^> //p'
}

@test "the table as a tree" {
    few_mounts
    begin
    well bind /mnt/data:/mnt:ro
    mounts list
    equal "$status $stderr" '0 '
    equal "$output" "$(printf '%s\n' '/ tmpfs holdfast-test rw,relatime private' \
        '├─/proc proc proc rw,nosuid,nodev,noexec,relatime private' '├─/dev tmpfs tmpfs rw,nosuid private' \
        '│ └─/dev/shm tmpfs shm rw,nosuid,nodev,noexec,relatime private' '└─/mnt tmpfs holdfast-test ro,relatime private')"
}

@test "the table as JSON" {
    few_mounts
    begin
    well bind /mnt/data:/mnt:nosuid
    mounts json
    equal "$(jq -c '.[-1] | del(.id, .parent, .superOptions)' <<<"$output")" \
        '{"target":"/mnt","type":"tmpfs","source":"holdfast-test","root":"/data","options":["rw","nosuid","relatime"],"propagation":[]}'
    equal "$(jq '.[-1].parent == .[0].id' <<<"$output")" true
}

@test "a name in the table can't reach the terminal" {
    configure '.mounts += [{destination: "/mnt/\u001b[31m", type: "tmpfs", source: "tmpfs"}]'
    begin
    mounts list
    grep -F '/mnt/\033[31m tmpfs' <<<"$output"
}

@test "bind a directory" {
    begin
    well bind /mnt/data:/mnt
    equal "$(added)" '/mnt in / /data rw,relatime - tmpfs holdfast-test rw,mode=755'
    equal "$(inside 'cat /mnt/file; touch /mnt/new; ls /mnt')" "$(printf '%s\n' hello below file new)"
}

@test "bind a file read-only onto a target that is made" {
    begin
    well bind /mnt/data/file:/etc/made/file:ro,nosuid
    equal "$(added)" '/etc/made/file in / /data/file ro,nosuid,relatime - tmpfs holdfast-test rw,mode=755'
    equal "$(inside 'cat /etc/made/file; touch /etc/made/file')" \
        "$(printf '%s\n' hello 'touch: /etc/made/file: Read-only file system')"
}

@test "a source is relative to the working directory" {
    begin
    cd /mnt/data
    well bind file:/etc/file
    equal "$(added)" '/etc/file in / /data/file rw,relatime - tmpfs holdfast-test rw,mode=755'
}

@test "a whole tree, read-only with all that is below: rro" {
    mount -t tmpfs below /mnt/data/below
    begin
    well bind /mnt/data:/mnt:rro
    equal "$(added)" "$(printf '%s\n' '/mnt in / /data ro,relatime - tmpfs holdfast-test rw,mode=755' \
        '/mnt/below in /mnt / ro,relatime - tmpfs below rw')"
}

@test "a tmpfs" {
    begin
    well add tmpfs scratch size=64k,mode=700,noexec /mnt
    equal "$(added)" '/mnt in / / rw,noexec,relatime - tmpfs scratch rw,size=64k,mode=700'
    equal "$(inside 'stat -c %a:%u /mnt; touch /mnt/x; ls /mnt')" "$(printf '%s\n' 700:0 x)"
}

@test "a tmpfs with a copy of what it covers, read-only" {
    mkdir "$rootfs/mnt/sub"
    begin
    well add tmpfs scratch tmpcopyup,ro /mnt
    equal "$(inside 'ls /mnt; touch /mnt/x')" "$(printf '%s\n' sub 'touch: /mnt/x: Read-only file system')"
}

@test "new file systems show the container's namespaces" {
    begin
    well add proc proc nosuid /mnt
    equal "$(inside 'ls -d /mnt/[0-9]* | head -n 1; cat /mnt/1/comm')" "$(printf '%s\n' /mnt/1 sh)"
    well add sysfs sysfs ro /control/sys
    equal "$(inside 'ls /control/sys/class/net')" lo
    well add mqueue mqueue '' /control/queues
    equal "$(inside 'ls -d /control/queues')" /control/queues
}

@test "with a user namespace: idmap, and who owns what is made" {
    user_namespace
    chown 7:8 /mnt/data/file
    begin
    well bind /mnt/data:/made:idmap
    equal "$(inside 'stat -c %u:%g /made/file')" 7:8
    equal "$(stat -c %u:%g "$rootfs/made")" 100000:100000
    well add tmpfs scratch '' /scratch
    equal "$(inside 'stat -c %u:%g /scratch; touch /scratch/x; stat -c %u /scratch/x')" "$(printf '%s\n' 0:0 0)"
}

@test "with a user namespace: what is added read-only stays so for root with all capabilities" {
    user_namespace
    capabilities CAP_SYS_ADMIN CAP_DAC_OVERRIDE
    begin
    well bind /mnt/data:/mnt:ro
    well bind /mnt/data/file:/file:ro
    equal "$(inside 'mount -o remount,bind,rw /mnt || touch /mnt/x')" \
        "$(printf '%s\n' 'mount: permission denied (are you root?)' 'touch: /mnt/x: Read-only file system')"
    equal "$(inside 'mount -o remount,bind,rw /file || touch /file')" \
        "$(printf '%s\n' 'mount: permission denied (are you root?)' 'touch: /file: Read-only file system')"
}

@test "without a user namespace CAP_SYS_ADMIN may change it" {
    capabilities CAP_SYS_ADMIN
    begin
    well bind /mnt/data:/mnt:ro
    equal "$(inside 'mount -o remount,bind,rw /mnt && touch /mnt/x && ls /mnt/x')" /mnt/x
}

@test "a target whose link leads outside is inside" {
    ln -s ../../../../mnt "$rootfs/link"
    begin
    well bind /mnt/data:/link
    equal "$(added)" '/mnt in / /data rw,relatime - tmpfs holdfast-test rw,mode=755'
}

@test "failures leave nothing: a source that is missing" {
    begin
    fails '/made/here: cannot open the source /mnt/nothing: openat2: ENOENT (No such file or directory); it is never made: create it on the host, or correct the configuration' \
        bind /mnt/nothing:/made/here
}

@test "failures leave nothing: the target is of another kind" {
    begin
    fails '/mnt: the source is a file, but the target /mnt is a directory in the image; a directory goes onto a directory, a file onto a file: correct the one or the other' \
        bind /mnt/data/file:/mnt
}

# No unbindable mount goes onto a shared one: that comes out when the target is made already.
@test "failures leave nothing: the kernel refuses to attach" {
    configure '.linux.rootfsPropagation = "shared"'
    begin
    fails '/made/here: cannot attach the mount at /made/here: move_mount: EINVAL (Invalid argument)' \
        bind /mnt/data:/made/here:unbindable
}

@test "failures leave nothing: a file system that is refused" {
    begin
    fails '/made: the kernel has no file system of type "nothing": fsopen: ENODEV (No such device); correct "type", load its module, or use a kernel that has it' \
        add nothing nothing '' /made
    mounts add tmpfs scratch size=many /made
    equal "$status ${stderr%%:*}" '1 /made'
    equal "$(table)" "$before"
    [ ! -e "$rootfs/made" ]
}

@test "failures leave nothing: words" {
    begin
    fails '/mnt: options "z" and "Z" are for bind mounts only' add tmpfs scratch z /mnt
    fails '/mnt: option "remount" is for a configuration only; remove the mount, and add it with other options' \
        add tmpfs scratch remount,ro /mnt
    fails '/: the destination "/" is the root itself; what is to be the root goes into root.path' bind /mnt/data:/
    fails '/mnt/data: is not SOURCE:DESTINATION[:OPTIONS]; a colon can'\''t be part of a path here; --type bind --source SOURCE DESTINATION has no such limit' \
        bind /mnt/data
}

@test "failures leave nothing: a read-only root" {
    bind "$rootfs/control" /control
    configure '.root.readonly = true'
    begin
    fails '/made: cannot open the target /made: openat2: EROFS (Read-only file system); the target is missing in a read-only tree: make it in the image, or mount a tmpfs above it first' \
        bind /mnt/data:/made
    well bind /mnt/data:/mnt
    equal "$(inside 'cat /mnt/file')" hello
}

@test "failures leave nothing: what the kernel's table shows is not what was asked for" {
    begin
    export LD_PRELOAD="$HOLDFAST_BUILD/tests/system/lying-kernel.so"
    LIE=attributes fails "the kernel's mount table is not what the plan asks for: /mnt: expected ro, found rw; nothing was added: see what else changes the container's mounts" \
        bind /mnt/data:/mnt:ro
    LIE=twice mounts add tmpfs scratch '' /made
    unset LD_PRELOAD
    equal "$status" 1
    [[ $stderr == "the kernel's mount table is not what the plan asks for: /made: expected no mount, found tmpfs of scratch; "* ]]
    equal "$(table)" "$before"
    [ ! -e "$rootfs/made" ]
}

@test "remove what was added, one after the other: the table is as before" {
    begin
    well bind /mnt/data:/mnt
    well bind /mnt/data/file:/mnt/file
    fails 'below /mnt is another mount, /mnt/file; --recursive removes it as well' remove /mnt
    well remove /mnt/file
    well remove /mnt
    equal "$(table)" "$before"
}

@test "remove with all that is below" {
    begin
    well bind /mnt/data:/mnt
    well bind /mnt/data/file:/mnt/file
    well remove-all /mnt
    equal "$(table)" "$before"
}

@test "remove takes the topmost mount alone" {
    begin
    well add tmpfs one '' /mnt
    well add tmpfs two '' /mnt
    well remove /mnt
    equal "$(added)" '/mnt in / / rw,relatime - tmpfs one rw'
}

@test "remove refuses what is no mount, and the root" {
    begin
    fails 'nothing is mounted at /mnt in the container; "holdfast mounts ID" shows what is mounted, and where' remove /mnt
    fails "/ is the container's root, which stays" remove /
    fails "/mnt/.. is the container's root, which stays" remove /mnt/..
    fails 'cannot open /nothing in the container: openat2: ENOENT (No such file or directory)' remove /nothing
}

@test "remove a mount of the configuration" {
    bind /mnt/data /mnt
    begin
    well remove /mnt
    equal "$(table)" "$(grep -v '^/mnt ' <<<"$before")"
}

@test "with a user namespace: remove what was added, and locked mounts stay" {
    user_namespace
    begin
    well bind /mnt/data:/mnt
    well remove /mnt
    fails 'the mount at /dev/shm is locked: umount2: EPERM (Operation not permitted); it came with the container'\''s user namespace: the kernel keeps such a mount, and what it hides, for everybody; leave it out of the configuration, and create the container anew' \
        remove /dev/shm
}

@test "no mount of the host changes" {
    user_namespace
    begin
    host=$(mount_table </proc/self/mountinfo)
    well bind /mnt/data:/mnt
    well add tmpfs scratch '' /made
    well remove /mnt
    equal "$(mount_table </proc/self/mountinfo)" "$host"
}

@test "an ordinary user may not" {
    begin
    chmod 755 "$bundle"
    run --separate-stderr setpriv --reuid 12345 --regid 12345 --clear-groups \
        "$HOLDFAST_BUILD/tests/system/container-mounts" "$first" "$bundle" remove /dev/shm
    equal "$status $stderr" "1 cannot open /proc/$first/root: open: EACCES (Permission denied); run as root: only who is privileged over a container may look into it"
}
