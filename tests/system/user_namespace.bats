#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A user namespace: as root with shifted ids, and as an ordinary user with one id.

load helpers

user=12345

# The configuration gets a user namespace: map UIDS GIDS, each as "CONTAINER HOST SIZE"
map() {
    configure --arg uids "$1" --arg gids "$2" '
        def mapping: split(" ") | map(tonumber) | [{containerID: .[0], hostID: .[1], size: .[2]}];
        .linux.namespaces += [{type: "user"}] | .linux.uidMappings = ($uids | mapping)
            | .linux.gidMappings = ($gids | mapping)'
}

# As root: ids from 100000 on, and an image that belongs to them.
map_shifted() {
    map '0 100000 65536' '0 100000 65536'
    chown -hR 100000:100000 "$rootfs"
}

# As an ordinary user, who owns the bundle and is the container's root.
map_own() {
    map "0 $user 1" "0 $user 1"
    chown -hR $user:$user "$bundle"
    install -m 0755 "$holdfast" /mnt/holdfast
}

start_as_user() {
    cd /
    run --separate-stderr setpriv --reuid $user --regid $user --clear-groups /mnt/holdfast run --bundle "$bundle" test
}

start_well_as_user() {
    start_as_user
    equal "$status $stderr" '0 '
}

full_capabilities() {
    capabilities CAP_AUDIT_{CONTROL,READ,WRITE} CAP_BLOCK_SUSPEND CAP_BPF CAP_CHECKPOINT_RESTORE CAP_CHOWN \
        CAP_DAC_{OVERRIDE,READ_SEARCH} CAP_FOWNER CAP_FSETID CAP_IPC_{LOCK,OWNER} CAP_KILL CAP_LEASE CAP_LINUX_IMMUTABLE \
        CAP_MAC_{ADMIN,OVERRIDE} CAP_MKNOD CAP_NET_{ADMIN,BIND_SERVICE,BROADCAST,RAW} CAP_PERFMON CAP_SET{FCAP,GID,PCAP,UID} \
        CAP_SYS_{ADMIN,BOOT,CHROOT,MODULE,NICE,PACCT,PTRACE,RAWIO,RESOURCE,TIME,TTY_CONFIG} CAP_SYSLOG CAP_WAKE_ALARM
}

@test "ids are mapped" {
    map_shifted
    program 'cat /proc/self/uid_map /proc/self/gid_map; id -u; id -g; stat -c "%u:%g" / /bin/busybox'
    start_well
    equal "$(tr -s ' ' <<<"$output")" \
        "$(printf '%s\n' ' 0 100000 65536' ' 0 100000 65536' 0 0 0:0 0:0)"
}

@test "the program's user is shifted on the host" {
    map_shifted
    configure '.root.readonly = false | .process.user = {uid: 7, gid: 8}'
    program 'echo x >/tmp/x'
    start_well
    equal "$(stat -c %u:%g "$rootfs/tmp/x")" 100007:100008
}

@test "what is made in the image belongs to the container's root" {
    map_shifted
    configure '.root.readonly = false'
    bind /etc/passwd /one/two bind
    program 'stat -c "%u:%g %a" /one /dev /dev/pts /dev/shm'
    start_well
    equal "$output" "$(printf '%s\n' '0:0 755' '0:0 755' '0:0 755' '0:0 1777')"
    equal "$(stat -c '%u:%g %a' "$rootfs/one" "$rootfs/one/two")" "$(printf '%s\n' '100000:100000 755' '100000:100000 644')"
}

@test "the default devices are the host's, bound" {
    map_shifted
    program 'for name in full null random tty urandom zero; do stat -c "%n %F %t:%T %a" /dev/$name; done
        cat /proc/self/mountinfo; echo x >/dev/null'
    start_well
    equal "$(head -n 6 <<<"$output")" "$(printf '/dev/%s 666\n' 'full character special file 1:7' \
        'null character special file 1:3' 'random character special file 1:8' 'tty character special file 5:0' \
        'urandom character special file 1:9' 'zero character special file 1:5')"
    equal "$(tail -n +7 <<<"$output" | mount_table | grep -c -E '^/dev/(full|null|random|tty|urandom|zero) in /dev /')" 6
}

@test "a configured device that the host does not have under that name is an error" {
    map_shifted
    configure '.linux.devices = [{path: "/dev/null", type: "c", major: 1, minor: 5}]'
    start_fails "config.json:$(($(line_of '"path": "/dev/null"') - 1)): linux.devices[0]: the host's /dev/null is not the character device 1:5"
}

@test "the links of /dev" {
    map_shifted
    program 'cd /dev; for name in fd ptmx stderr stdin stdout; do readlink $name; done'
    start_well
    equal "$output" "$(printf '%s\n' /proc/self/fd pts/ptmx /proc/self/fd/2 /proc/self/fd/0 /proc/self/fd/1)"
}

@test "devpts keeps its gid where it is mapped" {
    map_shifted
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /dev/pts)" \
        '/dev/pts in /dev / rw,nosuid,noexec,relatime - devpts devpts rw,gid=100005,mode=620,ptmxmode=666'
}

@test "devpts loses its gid where it is not mapped" {
    map '0 100000 5' '0 100000 5'
    chown -hR 100000:100000 "$rootfs"
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /dev/pts)" \
        '/dev/pts in /dev / rw,nosuid,noexec,relatime - devpts devpts rw,mode=620,ptmxmode=666'
}

@test "the mount table has nothing of the host" {
    map_shifted
    configure '.process.args = ["cat", "/proc/self/mountinfo"] | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
    start_well
    equal "$(mount_table <<<"$output" | grep -v -E '^/dev/(full|null|random|tty|urandom|zero) ')" "$(cat <<'TABLE'
/ in - /bundle/rootfs ro,relatime - tmpfs holdfast-test rw,mode=755
/dev in / / rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755,uid=100000,gid=100000
/dev/mqueue in /dev / rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw
/dev/pts in /dev / rw,nosuid,noexec,relatime - devpts devpts rw,gid=100005,mode=620,ptmxmode=666
/dev/shm in /dev / rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k,uid=100000,gid=100000
/proc in / / rw,nosuid,nodev,noexec,relatime - proc proc rw
/sys in / / ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
TABLE
)"
}

# Each mount is locked: what a container's root may do to its own mounts, it may not do to these.
try_to_open_up() {
    full_capabilities
    mkdir "$rootfs/move"
    # shellcheck disable=SC2016
    program 'may() { "$@" 2>/dev/null && echo "may $*"; }
        may umount /dev; may umount -l /dev; may umount /dev/pts; may umount /proc/sys; may umount -l /proc/sys
        may umount /proc/keys; may umount /sys/firmware; may umount -l /
        may mount -o remount,bind,rw /; may mount -o remount,rw,bind /proc/sys; may mount -o remount,bind,suid /dev/shm
        may mount -o remount,bind,exec /proc; may mount --move /dev /move; may mount --move /proc/sys /move
        may mount --bind /proc /move; may mount --bind /dev /move
        grep ^CapEff /proc/self/status'
}

@test "no mount can be taken away or opened up with all capabilities inside" {
    try_to_open_up
    map_shifted
    start
    equal "$output" $'CapEff:\t000001ffffffffff'
}

@test "no mount can be taken away or opened up in an ordinary user's container" {
    try_to_open_up
    map_own
    start_as_user
    equal "$output" $'CapEff:\t000001ffffffffff'
}

@test "new mounts of the container's own work" {
    map_shifted
    full_capabilities
    program 'mount -t tmpfs -o size=4k own /tmp && stat -c "%u:%g" /tmp && umount /tmp && echo gone'
    start_well
    equal "$output" "$(printf '%s\n' 0:0 gone)"
}

@test "what is hidden stays hidden in a nested user namespace" {
    map_shifted
    full_capabilities
    mkdir "$rootfs/hidden"
    echo secret >"$rootfs/hidden/file"
    chown -R 100000:100000 "$rootfs/hidden"
    configure '.linux.maskedPaths = ["/hidden"]'
    program 'unshare -U -r -m sh -c "umount /hidden 2>/dev/null; umount -l /hidden 2>/dev/null; mount --rbind / /tmp 2>/dev/null
        umount /tmp/hidden 2>/dev/null; cat /hidden/file /tmp/hidden/file 2>/dev/null; echo tried"'
    start_well
    equal "$output" tried
}

@test "a terminal belongs to the mapped user" {
    map_shifted
    configure '.process.terminal = true'
    program 'tty; stat -c "%t:%T %a %u:%g" /dev/console'
    start_well </dev/null
    equal "$output" "$(printf '%s\n' /dev/pts/0 '88:0 600 0:0')"
}

@test "a source that only root may reach is bound" {
    map_shifted
    mkdir -m 0700 /mnt/closed
    echo content >/mnt/closed/file
    bind /mnt/closed/file /tmp/file bind
    program 'cat /tmp/file'
    start_well
    equal "$output" content
}

@test "without container id 0 in the mapping a start is refused" {
    map '1 100000 10' '1 100000 10'
    start_fails 'config.json:'
    [[ $stderr == *'linux.uidMappings'*'0'* ]]
}

@test "an image that the container's root may not write and that lacks a target is an error that says so" {
    map '0 100000 65536' '0 100000 65536'
    bind /etc/passwd /one/two bind
    start_fails "config.json:"
    [[ $stderr == *EACCES*'uid 100000'* ]]
    [ ! -e "$rootfs/one" ]
}

@test "an ordinary user runs a container with the own id" {
    map_own
    program 'id -u; cat /proc/self/uid_map; ls /'
    start_well_as_user
    equal "$(tr -s ' ' <<<"$output")" "$(printf '%s\n' 0 " 0 0 1" bin dev etc proc sys tmp)"
}

@test "an ordinary user's container has no host mount" {
    map_own
    configure '.process.args = ["cat", "/proc/self/mountinfo"] | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
    start_well_as_user
    equal "$(mount_table <<<"$output" | cut -d ' ' -f 1)" "$(printf '%s\n' / /dev /dev/full /dev/mqueue /dev/null \
        /dev/pts /dev/random /dev/shm /dev/tty /dev/urandom /dev/zero /proc /sys)"
}

@test "an ordinary user's container: devices, links, umask and no_new_privs" {
    map_own
    program 'stat -c "%n %t:%T" /dev/null /dev/tty; readlink /dev/ptmx; umask; grep ^NoNewPrivs /proc/self/status'
    start_well_as_user
    equal "$output" "$(printf '%s\n' '/dev/null 1:3' '/dev/tty 5:0' pts/ptmx 0022 $'NoNewPrivs:\t1')"
}

@test "an ordinary user's container: new mounts of its own work" {
    map_own
    full_capabilities
    program 'mount -t tmpfs -o size=4k own /tmp && stat -c "%u:%g" /tmp && umount /tmp && echo gone'
    start_well_as_user
    equal "$output" "$(printf '%s\n' 0:0 gone)"
}

@test "an ordinary user's container with a terminal" {
    map_own
    configure '.process.terminal = true'
    program 'tty; stat -c "%t:%T %a" /dev/console'
    start_as_user </dev/null
    equal "$status $output $stderr" "0 $(printf '%s\n' /dev/pts/0 '88:0 600') "
}

@test "an ordinary user may not show what he may not read" {
    map_own
    mkdir -m 0700 /mnt/closed
    touch /mnt/closed/file
    bind /mnt/closed/file /tmp/file bind
    start_as_user
    equal "$status" 1
    [[ $stderr == "holdfast: config.json:$(mount_line /tmp/file): mounts[6] (/tmp/file): cannot open the source"*EACCES* ]]
}

@test "an ordinary user leaves nothing behind when the program does not exist" {
    local before
    map_own
    configure '.process.args = ["/missing"]'
    bind /etc/passwd /one/two bind
    before=$(list_rootfs)
    start_as_user
    equal "$status" 1
    [[ $stderr == *'cannot execute /missing'* ]]
    equal "$(list_rootfs)" "$before"
}

@test "an ordinary user without a user namespace in the configuration is told so" {
    install -m 0755 "$holdfast" /mnt/holdfast
    start_as_user
    equal "$status" 1
    equal "${#stderr_lines[@]}" 1
    [[ $stderr == 'holdfast: holdfast needs root here: the configuration has no user namespace'* ]]
}

@test "an ordinary user with ids that are not his is told so" {
    map_shifted
    install -m 0755 "$holdfast" /mnt/holdfast
    start_as_user
    equal "$status" 1
    equal "$(wc -l <<<"$stderr")" 1
    [[ $stderr == 'holdfast: '*idMappings* ]] || equal "$stderr" 'holdfast: …idMappings…'
}

@test "a FIFO of linux.devices belongs to the container's user" {
    map_shifted
    configure '.linux.devices = [{path: "/dev/fifo", type: "p", fileMode: 384, uid: 5, gid: 6}]'
    program 'stat -c "%F %a %u:%g" /dev/fifo'
    start_well
    equal "$output" 'fifo 600 5:6'
}
