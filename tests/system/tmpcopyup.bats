#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tmpcopyup: a tmpfs that starts with a copy of what it covers.

load helpers

# A directory of the image with a bit of everything.
make_covered() {
    mkdir "$rootfs/covered" "$rootfs/covered/sub" "$rootfs/covered/sub/empty"
    (
        cd "$rootfs/covered"
        echo text >file
        ln file sub/hard
        ln -s /etc/passwd link
        mkfifo -m 604 fifo
        mknod -m 606 null c 1 3
        truncate -s 8M sparse
        chown 5:6 file
        chmod 4711 file
        chmod 3755 sub
        chown -h 7:8 link
        setfattr -n trusted.holdfast -v value file
        touch -h -d '2001-02-03 04:05:06.123456789' file link fifo null sparse sub/empty sub .
    )
}

# The place of the last mount in an error.
place() {
    echo "config.json:$(mount_line /covered): mounts[6] (/covered): "
}

# What find tells of a tree, the directories' sizes apart: list DIRECTORY
list() {
    (cd "$1" && find . -printf '%p %y %m %U:%G %n %T@ %l\n' | sort)
}

# The container's mount of /covered can be seen on the host while its program waits: run_and_look COMMAND...
run_and_look() {
    program 'touch /shared/ready; timeout 10 sh -c "while [ ! -e /shared/done ]; do sleep 0.01; done"; echo $$'
    mkdir /mnt/shared
    configure '.linux.namespaces |= map(select(.type != "pid"))'
    bind /mnt/shared /shared bind
    "$holdfast" run --bundle "$bundle" test >/mnt/shared/output 2>&1 3>&- &
    local launcher=$! status=0
    wait_for /mnt/shared/ready || {
        cat /mnt/shared/output
        return 1
    }
    covered=/proc/$(pgrep -P $launcher | head -n 1)/root/covered
    "$@" || status=$?
    touch /mnt/shared/done
    wait $launcher
    return $status
}

compare_with_image() {
    equal "$(list "$covered")" "$(list "$rootfs/covered")"
    equal "$(getfattr --absolute-names -n trusted.holdfast --only-values "$covered/file")" value
    equal "$(stat -c %i "$covered/file")" "$(stat -c %i "$covered/sub/hard")"
    equal "$(stat -c %b "$covered/sparse")" 0
    equal "$(stat -f -c %T "$covered")" tmpfs
}

@test "the copy is as the image has it" {
    make_covered
    mkdir "$rootfs/shared"
    filesystem tmpfs /covered tmpcopyup
    run_and_look compare_with_image
}

@test "the image is as it was, whatever happens to the copy" {
    local before
    make_covered
    before=$(list "$rootfs/covered")
    filesystem tmpfs /covered tmpcopyup
    capabilities CAP_DAC_OVERRIDE
    program 'echo changed >/covered/file; rm -r /covered/sub; touch /covered/new; ls /covered'
    start_well
    equal "$output" "$(printf '%s\n' fifo file link new null sparse)"
    equal "$(list "$rootfs/covered")" "$before"
}

@test "the copy's root has mode and owner of what it covers" {
    mkdir -m 2751 "$rootfs/covered"
    chown 5:6 "$rootfs/covered"
    filesystem tmpfs /covered tmpcopyup
    program 'stat -c "%a %u:%g" /covered'
    start_well
    equal "$output" '2751 5:6'
}

@test "mode=, uid= and gid= are for the copy's root" {
    mkdir -m 2751 "$rootfs/covered"
    chown 5:6 "$rootfs/covered"
    filesystem tmpfs /covered tmpcopyup mode=0700 gid=9
    filesystem tmpfs /covered tmpcopyup uid=0
    program 'stat -c "%a %u:%g" /covered'
    start_well
    equal "$output" '700 0:9'
}

@test "a read-only copy" {
    mkdir "$rootfs/covered"
    echo text >"$rootfs/covered/file"
    filesystem tmpfs /covered tmpcopyup ro
    program 'cat /covered/file; touch /covered/x 2>&1 || true'
    start_well
    equal "$output" "$(printf '%s\n' text 'touch: /covered/x: Read-only file system')"
}

@test "a target that is missing is an empty tmpfs" {
    configure '.root.readonly = false'
    filesystem tmpfs /missing tmpcopyup
    program 'stat -c %a /missing; ls -A /missing'
    start_well
    equal "$output" 1777
}

@test "what is mounted below is copied, too" {
    mkdir "$rootfs/covered" "$rootfs/covered/below" /mnt/data
    echo host >/mnt/data/file
    bind /mnt/data /covered/below bind
    filesystem tmpfs /covered tmpcopyup
    program 'cat /covered/below/file; echo x >/covered/below/file'
    start_well
    equal "$output" host
    equal "$(cat /mnt/data/file)" host
}

@test "a link that leads out of the image leads nowhere" {
    mkdir "$rootfs/covered" /mnt/secret
    touch /mnt/secret/file
    ln -s /mnt/secret "$rootfs/covered/out"
    ln -s ../../../../mnt/secret/file "$rootfs/covered/up"
    filesystem tmpfs /covered tmpcopyup
    program 'ls -l /covered | sed "s/.* \([^ ]* ->\)/\1/" | tail -n 2; ls /covered/out/ 2>&1'
    start
    equal "$output" "$(printf '%s\n' 'out -> /mnt/secret' 'up -> ../../../../mnt/secret/file' \
        'ls: /covered/out/: No such file or directory')"
}

@test "a target reached by a link is copied from inside the root" {
    mkdir "$rootfs/real"
    echo inside >"$rootfs/real/file"
    ln -s /real "$rootfs/covered"
    filesystem tmpfs /covered tmpcopyup
    program 'cat /real/file; stat -f -c %T /real'
    start_well
    equal "$output" "$(printf '%s\n' inside tmpfs)"
}

@test "a copy that does not fit fails, and leaves nothing" {
    local before
    mkdir "$rootfs/covered"
    head -c 100000 /dev/zero >"$rootfs/covered/file"
    before=$(list_rootfs)
    filesystem tmpfs /covered tmpcopyup size=8k
    start_fails "$(place)tmpcopyup: file: cannot write the copy: pwrite: ENOSPC (No space left on device); the tmpfs is full: give it a larger size="
    equal "$(list_rootfs)" "$before"
}

@test "tmpcopyup is for a tmpfs" {
    filesystem ramfs /covered tmpcopyup
    start_fails "$(place)option \"tmpcopyup\" is for a new tmpfs only"
}

# A user namespace with shifted ids: shift SIZE
shift_ids() {
    configure --argjson size "$1" '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, $size}] | .linux.gidMappings = .linux.uidMappings'
    chown -hR 100000:100000 "$rootfs"
}

@test "in a user namespace owners are what they were" {
    shift_ids 65536
    mkdir "$rootfs/covered" "$rootfs/covered/sub"
    touch "$rootfs/covered/file" "$rootfs/covered/sub/other"
    chown 100005:100006 "$rootfs/covered" "$rootfs/covered/file"
    chown 100007:100008 "$rootfs/covered/sub" "$rootfs/covered/sub/other"
    chmod 4700 "$rootfs/covered/file"
    filesystem tmpfs /covered tmpcopyup
    capabilities CAP_DAC_OVERRIDE
    program 'cd /covered; stat -c "%n %a %u:%g" . file sub sub/other'
    start_well
    equal "$output" "$(printf '%s\n' '. 755 5:6' 'file 4700 5:6' 'sub 755 7:8' 'sub/other 644 7:8')"
}

@test "in a user namespace an unknown owner becomes nobody" {
    shift_ids 65536
    mkdir -m 755 "$rootfs/covered"
    echo text >"$rootfs/covered/file"
    chmod 4755 "$rootfs/covered/file"
    filesystem tmpfs /covered tmpcopyup
    program 'stat -c "%n %a %u:%g" /covered /covered/file; cat /covered/file'
    start_well
    equal "$output" "$(printf '%s\n' '/covered 755 65534:65534' '/covered/file 755 65534:65534' text)"
}

@test "in a user namespace what the container could not read is not copied" {
    shift_ids 65536
    mkdir "$rootfs/covered"
    (umask 077 && echo secret >"$rootfs/covered/file")
    filesystem tmpfs /covered tmpcopyup
    start_fails "$(place)tmpcopyup: file: the container could not read it: it belongs to 0:0, which the user namespace doesn't map, and has mode 0600"
}

@test "in a user namespace without nobody an unknown owner is an error" {
    shift_ids 1000
    mkdir "$rootfs/covered"
    filesystem tmpfs /covered tmpcopyup
    start_fails "$(place)tmpcopyup: .: its owner 0 has no mapping in the user namespace"
}

# As an ordinary user, who owns the bundle and is the container's root: start_as_user
start_as_user() {
    configure '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 12345, size: 1}] | .linux.gidMappings = .linux.uidMappings'
    chown -hR 12345:12345 "$bundle"
    install -m 0755 "$holdfast" /mnt/holdfast
    "$@"
    cd /
    run --separate-stderr setpriv --reuid 12345 --regid 12345 --clear-groups /mnt/holdfast run --bundle "$bundle" test
}

@test "as an ordinary user" {
    mkdir -m 750 "$rootfs/covered"
    echo text >"$rootfs/covered/file"
    ln "$rootfs/covered/file" "$rootfs/covered/hard"
    filesystem tmpfs /covered tmpcopyup
    program 'cd /covered; stat -c "%n %a %u:%g %h" . file hard; cat hard'
    start_as_user chmod 4701 "$rootfs/covered/file"
    equal "$status $stderr" '0 '
    equal "$output" "$(printf '%s\n' '. 750 0:0 2' 'file 4701 0:0 2' 'hard 4701 0:0 2' text)"
}

@test "as an ordinary user, somebody else's file is an error" {
    mkdir "$rootfs/covered"
    touch "$rootfs/covered/file"
    filesystem tmpfs /covered tmpcopyup
    start_as_user chown 0:0 "$rootfs/covered/file"
    equal "$status" 1
    [[ $stderr == *"mounts[6] (/covered): tmpcopyup: file: its owner 65534 has no mapping in the user namespace; "* ]]
}
