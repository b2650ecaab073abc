#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `holdfast hazards`: what only a look at the machine shows, and the command itself. What the plan alone shows is in
# tests/unit/test_hazards.c.
load helpers

hazards() {
    run --separate-stderr "$holdfast" hazards --bundle "$bundle" "$@"
}

# The ids, sorted, are these: finds ID...
finds() {
    hazards --json
    equal "$status $stderr" '0 '
    equal "$(jq -r '.hazards[].id' <<<"$output" | sort | tr '\n' ' ')" "$(printf '%s\n' "$@" | sort | tr '\n' ' ' | sed 's/^ $//')"
}

text_of() {
    "$holdfast" hazards --bundle "$bundle" --json | jq -r --arg id "$1" '.hazards[] | select(.id == $id).text'
}

@test "the default bundle has none, nor what spec writes" {
    hazards
    equal "$status $output$stderr" '0 '
    rm "$bundle/config.json"
    (cd "$bundle" && "$holdfast" spec)
    hazards --strict
    equal "$status $output$stderr" '0 '
}

@test "what podman writes has none" {
    mkdir -p /mnt/engine /mnt/data
    touch /mnt/engine/{hosts,hostname,resolv.conf,.containerenv}
    for name in hosts hostname resolv.conf; do bind "/mnt/engine/$name" "/etc/$name" bind rprivate; done
    bind /mnt/engine/.containerenv /run/.containerenv bind rprivate
    bind /mnt/data /data rbind rprivate
    filesystem cgroup /sys/fs/cgroup rprivate nosuid noexec nodev relatime ro
    configure '.root.readonly = false | .linux.resources.devices = [{allow: false, access: "rwm"}]'
    hazards --strict
    equal "$status $output$stderr" '0 '
}

@test "a person gets the place, the text and what to write instead" {
    bind /etc /data rbind
    hazards
    equal "$status" 0
    equal "$output" "writable-host-path: config.json:$(mount_line /data): mounts[6] (/data): the container can change the host's /etc
    add \"rro\" to its options, or bind only the part that the container has to change"
    hazards --json
    equal "$(jq -c '[.version, (.hazards | length), (.hazards[0] | keys), .hazards[0].operation]' <<<"$output")" \
        '[1,1,["hint","id","operation","place","text"],7]'
}

@test "the exit status: --strict, --fail-on" {
    bind /etc /data rbind
    hazards --strict
    equal "$status" 3
    hazards --fail-on hidden-mount --fail-on writable-host-path
    equal "$status" 3
    hazards --fail-on hidden-mount
    equal "$status" 0
    [ -n "$output" ]
}

@test "--fail-on with an id that isn't known lists the known ones" {
    hazards --fail-on hidden
    equal "$status $output" '1 '
    [[ $stderr == 'holdfast: --fail-on: there is no hazard "hidden"; known are writable-host-path, '*', large-relabel' ]]
}

@test "writable mounts below a read-only one" {
    mkdir -p /mnt/data/{a,b,c,d,read}
    for name in a b c d; do mount -t tmpfs below "/mnt/data/$name"; done
    mount -t tmpfs -o ro below /mnt/data/read
    bind /mnt/data /data rbind ro
    finds writable-submounts-below-ro
    equal "$(text_of writable-submounts-below-ro)" \
        'is read-only, but the mounts below its source are not: /mnt/data/a, /mnt/data/b, /mnt/data/c and 1 more'
    umount /mnt/data/{a,b,c}
    equal "$(text_of writable-submounts-below-ro)" 'is read-only, but the mount below its source is not: /mnt/data/d'
    umount /mnt/data/d
    finds
}

@test "… but not where all are read-only, or none comes along, or nothing is" {
    mkdir -p /mnt/data/a /mnt/database
    mount -t tmpfs below /mnt/data/a
    mount -t tmpfs beside /mnt/database
    bind /mnt/data /one rbind rro
    bind /mnt/data /two bind ro
    bind /mnt/data /three rbind
    finds
}

@test "a single file, a socket; not a directory, nor a device" {
    mkdir /mnt/data
    touch /mnt/data/file
    bind /mnt/data /data
    bind /dev/null /null
    finds
    bind /mnt/data/file /file
    finds single-file-bind
    equal "$(text_of single-file-bind)" \
        '/mnt/data/file is a single file: when it is replaced on the host, the container keeps the old one'
    mkfifo /mnt/data/pipe
    bind /mnt/data/pipe /pipe
    finds single-file-bind single-file-bind
}

@test "the host's own /etc/hosts is such a file" {
    bind /etc/hosts /etc/hosts ro
    finds single-file-bind
}

@test "a source that another user can replace" {
    local case
    mkdir -p /mnt/path/to/data /mnt/other
    bind /mnt/path/to/data /data
    finds
    chown 1000 /mnt/path/to
    finds replaceable-source
    equal "$(text_of replaceable-source)" '/mnt/path/to/data can be exchanged for something else: user 1000 owns /mnt/path/to'
    chown 0 /mnt/path/to
    chmod 777 /mnt/path
    equal "$(text_of replaceable-source)" '/mnt/path/to/data can be exchanged for something else: everybody can write to /mnt/path'
    chmod 1777 /mnt/path
    finds
    chown 1000 /mnt/path/to/data # its content is theirs, its name isn't
    finds
    chmod 775 /mnt/path
    chgrp 1000 /mnt/path
    equal "$(text_of replaceable-source)" '/mnt/path/to/data can be exchanged for something else: group 1000 can write to /mnt/path'
}

@test "… by a link on the way" {
    mkdir -p /mnt/data /mnt/links /mnt/safe
    ln -s /mnt/links/here /mnt/safe/link
    ln -s ../data /mnt/links/here
    bind /mnt/safe/link /data
    finds
    chown 1000 /mnt/links
    finds replaceable-source
}

@test "… or the root" {
    chown 1000 "$bundle"
    finds replaceable-source
    equal "$(text_of replaceable-source)" 'rootfs can be exchanged for something else: user 1000 owns /mnt/bundle'
}

@test "a bind mount of a disk that may be written to" {
    mknod -m 600 /mnt/disk b 7 0
    bind /mnt/disk /disk
    finds
    configure '.linux.resources.devices = [{allow: true, type: "b", major: 7, access: "rw"}]'
    finds disk-device-writable
    equal "$(text_of disk-device-writable)" 'the container can write to the disk 7:0 by /disk, past its file system'
}

@test "a relabel of more than 10,000 files" {
    configure '.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2"'
    mkdir -p /mnt/data/{1..10}
    seq -f '/mnt/data/1/%.0f' 9000 | xargs touch
    bind /mnt/data /data Z
    finds
    seq -f '/mnt/data/2/%.0f' 1000 | xargs touch
    finds large-relabel
    mount -t tmpfs below /mnt/data/2 # is not relabelled
    finds
}

@test "a source that isn't there is another command's matter" {
    bind /mnt/nowhere /data
    finds
}

@test "an ordinary user gets the same" {
    chmod 755 /mnt
    mkdir /mnt/data
    touch /mnt/data/file
    bind /mnt/data/file /file
    bind /etc /data rbind
    run --separate-stderr setpriv --reuid 1000 --regid 1000 --clear-groups "$holdfast" hazards --bundle "$bundle" --json
    equal "$status $stderr" '0 '
    equal "$(jq -r '.hazards[].id' <<<"$output" | tr '\n' ' ')" 'writable-host-path single-file-bind '
}

@test "they go to the log as JSON lines" {
    bind /etc /data rbind
    "$holdfast" --log /mnt/log --log-format json hazards --bundle "$bundle"
    equal "$(jq -r '[.level, .msg] | join(" ")' /mnt/log)" \
        "warning writable-host-path: config.json:$(mount_line /data): mounts[6] (/data): the container can change the host's /etc"
}

@test "run says them with --debug only" {
    program true
    bind /etc /mnt rbind
    configure '.root.readonly = false'
    start_well
    run --separate-stderr "$holdfast" --debug run --bundle "$bundle" "hazards-$$"
    equal "$status $output" '0 '
    [[ $stderr == 'writable-host-path: '* ]]
}

@test "colours: on a terminal, without NO_COLOR" {
    bind /etc /data rbind
    local command="$holdfast hazards --bundle $bundle"
    TERM=xterm run script -qec "$command" /dev/null
    [[ $output == $'\033[33mwritable-host-path\033[0m: '* ]]
    NO_COLOR=1 TERM=xterm run script -qec "$command" /dev/null
    [[ $output == 'writable-host-path: '* ]]
    NO_COLOR='' TERM=xterm run script -qec "$command" /dev/null
    [[ $output == $'\033[33m'* ]]
    TERM=dumb run script -qec "$command" /dev/null
    [[ $output == 'writable-host-path: '* ]]
    TERM=xterm run $command
    [[ $output == 'writable-host-path: '* ]]
}
