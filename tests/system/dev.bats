#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is in /dev: nodes with number, mode and owner, links with their texts, and nothing else.

load helpers

# The names in /dev with kind, device number, mode and owner; links with their text.
program_list_dev='cd /dev && for name in $(ls -A | sort); do
    if [ -L $name ]; then echo "$name -> $(readlink $name)"; else stat -c "%n %F %t:%T %a %u:%g" $name; fi
done'

default_dev() {
    [ ! -e /proc/kcore ] || echo 'core -> /proc/kcore'
    cat <<'LIST'
fd -> /proc/self/fd
full character special file 1:7 666 0:0
mqueue directory 0:0 1777 0:0
null character special file 1:3 666 0:0
ptmx -> pts/ptmx
pts directory 0:0 755 0:0
random character special file 1:8 666 0:0
shm directory 0:0 1777 0:0
stderr -> /proc/self/fd/2
stdin -> /proc/self/fd/0
stdout -> /proc/self/fd/1
tty character special file 5:0 666 0:0
urandom character special file 1:9 666 0:0
zero character special file 1:5 666 0:0
LIST
}

# Adds a device: device PATH TYPE MAJOR MINOR [jq object with more]
device() {
    configure --arg path "$1" --arg type "$2" --argjson major "$3" --argjson minor "$4" --argjson more "${5:-{\}}" \
        '.linux.devices += [{$path, $type, $major, $minor} + $more]'
}

# The container's files, as kind, device number, mode and owner: show PATH...
show() {
    program "stat -c '%n %F %t:%T %a %u:%g' $*"
    start_well
}

@test "/dev is what the specification says, whole" {
    program "$program_list_dev"
    start_well
    equal "$output" "$(default_dev)"
}

@test "/dev is the same under the caller's umask 077" {
    umask 077
    program "$program_list_dev"
    start_well
    equal "$output" "$(default_dev)"
}

@test "/dev is the same under the caller's umask 000" {
    umask 000
    program "$program_list_dev"
    start_well
    equal "$output" "$(default_dev)"
}

@test "/dev/core is there only with /proc/kcore" {
    configure '.linux.maskedPaths = [] | .mounts |= map(select(.type != "proc"))'
    program 'ls -A /dev | grep -c core'
    start
    equal "$output" 0
}

@test "the nodes work" {
    program 'echo lost >/dev/null
        head -c 4 /dev/zero | hexdump -v -e "1/1 \"%d \""; echo
        echo x 2>&1 >/dev/full
        head -c 16 /dev/urandom | wc -c
        echo out >/dev/stdout
        echo in | cat /dev/stdin
        [ /dev/fd/0 -ef /proc/self/fd/0 ] && echo same'
    start_well
    equal "$output" "$(printf '%s\n' '0 0 0 0 ' 'sh: write error: No space left on device' 16 out in same)"
}

@test "/dev/ptmx gives terminals of the container's own devpts" {
    program 'ls /dev/pts; stat -c "%t:%T %a" /dev/pts/ptmx; stat -L -c "%t:%T" /dev/ptmx'
    start_well
    equal "$output" "$(printf '%s\n' ptmx '5:2 666' 5:2)"
}

@test "/dev/shm is writable for all and /dev/pts is not the host's" {
    configure '.process.user = {uid: 1000, gid: 1000}'
    program 'echo x >/dev/shm/x && stat -c "%a %u:%g" /dev/shm/x; ls /dev/pts'
    start_well
    equal "$output" "$(printf '%s\n' '644 1000:1000' ptmx)"
}

@test "linux.devices makes a character device with mode and owner" {
    device /dev/my-null c 1 3 '{"fileMode": 416, "uid": 7, "gid": 8}'
    show /dev/my-null
    equal "$output" '/dev/my-null character special file 1:3 640 7:8'
}

@test "linux.devices makes a block device" {
    device /dev/my-disk b 7 300 '{"fileMode": 384}'
    show /dev/my-disk
    equal "$output" '/dev/my-disk block special file 7:12c 600 0:0'
}

@test "linux.devices makes a FIFO" {
    configure '.linux.devices = [{path: "/dev/my-pipe", type: "p", fileMode: 420, gid: 5}]'
    show /dev/my-pipe
    equal "$output" '/dev/my-pipe fifo 0:0 644 0:5'
}

@test "a device's mode and owner are exact whatever the caller's umask" {
    umask 077
    device /dev/my-null c 1 3 '{"fileMode": 511, "uid": 7, "gid": 8}'
    show /dev/my-null
    equal "$output" '/dev/my-null character special file 1:3 777 7:8'
}

@test "a device without fileMode has mode 0666" {
    device /dev/my-null c 1 3
    show /dev/my-null
    equal "$output" '/dev/my-null character special file 1:3 666 0:0'
}

@test "type u is a character device" {
    device /dev/my-null u 1 3
    show /dev/my-null
    equal "$output" '/dev/my-null character special file 1:3 666 0:0'
}

@test "a device's parents are made with mode 0755" {
    device /dev/one/two/my-null c 1 3
    umask 077
    show /dev/one /dev/one/two /dev/one/two/my-null
    equal "$output" "$(printf '%s\n' '/dev/one directory 0:0 755 0:0' '/dev/one/two directory 0:0 755 0:0' \
        '/dev/one/two/my-null character special file 1:3 666 0:0')"
}

@test "a configured device replaces the default of its path" {
    device /dev/null c 1 3 '{"fileMode": 384, "uid": 7}'
    show /dev/null
    equal "$output" '/dev/null character special file 1:3 600 7:0'
}

@test "a device outside /dev" {
    device /tmp/my-null c 1 3
    show /tmp/my-null
    equal "$output" '/tmp/my-null character special file 1:3 666 0:0'
}

@test "the same device in the image is fine" {
    mknod -m 0600 "$rootfs/tmp/my-null" c 1 3
    device /tmp/my-null c 1 3
    show /tmp/my-null
    [[ $output == '/tmp/my-null character special file 1:3 '* ]]
}

@test "another device in the image at a device's path is an error" {
    mknod "$rootfs/tmp/my-null" c 1 5
    device /tmp/my-null c 1 3
    start_fails "config.json:$(($(line_of /tmp/my-null) - 1)): linux.devices[0]: /tmp/my-null exists"
    equal "$(stat -c %t:%T "$rootfs/tmp/my-null")" 1:5
}

@test "a file in the image at a device's path is an error" {
    echo text >"$rootfs/tmp/my-null"
    device /tmp/my-null c 1 3
    start_fails "config.json:$(($(line_of /tmp/my-null) - 1)): linux.devices[0]: /tmp/my-null exists"
    equal "$(cat "$rootfs/tmp/my-null")" text
}

@test "a link in the image at a device's path is an error and not followed" {
    ln -s target "$rootfs/tmp/my-null"
    device /tmp/my-null c 1 3
    start_fails "config.json:$(($(line_of /tmp/my-null) - 1)): linux.devices[0]: /tmp/my-null exists"
    [ ! -e "$rootfs/tmp/target" ]
}

@test "nothing is made in a bound /dev" {
    mkdir /mnt/dev
    mknod -m 0666 /mnt/dev/null c 1 3
    configure '.mounts |= (map(select(.destination | startswith("/dev") | not))
        + [{destination: "/dev", type: "bind", source: "/mnt/dev", options: ["rbind"]}])'
    program 'ls -A /dev'
    start_well
    equal "$output" null
    equal "$(ls -A /mnt/dev)" null
}

@test "an image whose /dev is a link: nothing but the target of the mount is touched" {
    local before
    rm -rf "${rootfs:?}/dev"
    ln -s /etc "$rootfs/dev"
    before=$(list_rootfs)
    program "$program_list_dev"
    start_well
    equal "$output" "$(default_dev)"
    equal "$(list_rootfs | grep -v -x -e './proc .*' -e './sys .*')" "$(grep -v -x -e './proc .*' -e './sys .*' <<<"$before")"
}

@test "an image whose /dev is a link out of the root: the host's directory is not touched" {
    local before
    rm -rf "${rootfs:?}/dev"
    mkdir /mnt/outside
    ln -s ../../../mnt/outside "$rootfs/dev"
    program "$program_list_dev"
    start_well
    equal "$output" "$(default_dev)"
    equal "$(ls -A /mnt/outside)" ''
}

@test "the image's own /dev is covered and stays as it was" {
    mkdir -p "$rootfs/dev"
    echo image >"$rootfs/dev/null"
    ln -s /etc/passwd "$rootfs/dev/console"
    program "$program_list_dev"
    start_well
    equal "$output" "$(default_dev)"
    equal "$(ls -A "$rootfs/dev")" "$(printf '%s\n' console null)"
    equal "$(cat "$rootfs/dev/null")" image
}

@test "without a mount on /dev the nodes are made in the image" {
    configure '.root.readonly = false | .mounts |= map(select(.destination | startswith("/dev") | not))'
    mkdir "$rootfs/dev"
    ln -s /etc/secret "$rootfs/dev/fd"
    show /dev/null /dev/tty
    equal "$output" "$(printf '%s\n' '/dev/null character special file 1:3 666 0:0' \
        '/dev/tty character special file 5:0 666 0:0')"
    equal "$(readlink "$rootfs/dev/fd")" /etc/secret
}
