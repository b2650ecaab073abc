#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# holdfast's own binary, which containers must not reach (CVE-2019-5736): what each way of the attack is answered, and how
# holdfast looks while it runs. That the attack works on an engine without protection, tests/attacks shows.
load helpers

user=12345

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    host=$bundle/host
    mkdir "$host"
    install -m 755 "$holdfast" "$host"
    make_image
}

# The attack in the image, with the libraries of the binaries that are to be executed there.
make_image() {
    local library
    for library in $(ldd "$host"/* | grep -o '/[^ ]*\.so[^ :]*' | sort -u); do
        install -D "$(readlink -f "$library")" "$rootfs$library"
    done
    install -m 755 "$HOLDFAST_BUILD/tests/attacks/overwrite.so" "$rootfs/overwrite.so"
    install -m 755 "$HOLDFAST_BUILD/tests/attacks/overwrite" "$rootfs/attacker"
    echo /overwrite.so >"$rootfs/etc/ld.so.preload"
    mkdir -p "$rootfs/result" "$rootfs/proc"
    chmod 777 "$rootfs/result"
    touch "$rootfs/tmp/file"
    printf '#!/proc/self/exe\n' >"$rootfs/script"
    chmod 755 "$rootfs/script"
    ln -s /proc/self/exe "$rootfs/link"
    # What the attack starts has to live longer than the first process.
    configure '.linux.namespaces |= map(select(.type != "pid")) | .root.readonly = false'
}

# What the attack met with, a line each, when it is done.
answers() {
    local way
    wait_for "$rootfs/result/done" || return
    for way in mount_setattr remount open_tree move_mount chmod write; do
        echo "$way $(cat "$rootfs/result/$way")"
    done
}

# What a privileged container has: the file's mode and owner are no obstacle.
all_capabilities() {
    capabilities CAP_SYS_ADMIN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_SYS_PTRACE
}

# The container runs this program of the image, which finds the binary on a read-only mount that is nowhere.
attack_as_root() {
    all_capabilities
    configure --arg program "$1" '.process.args = [$program]'
    "$host/holdfast" run --detach --bundle "$bundle" test >"$BATS_TEST_TMPDIR/output" 2>&1 3>&-
    equal "$(answers)" "$(printf '%s\n' 'mount_setattr EINVAL' 'remount EINVAL' 'open_tree EINVAL' \
        'move_mount EINVAL' 'chmod EROFS' 'write EROFS')"
    "$host/holdfast" delete --force test
    cmp "$holdfast" "$host/holdfast"
}

@test "a script that has holdfast executed in the container can't write it" {
    attack_as_root /script
}

@test "a link that has holdfast executed in the container can't write it" {
    attack_as_root /link
}

# An ordinary user's own binary, in a user namespace in which the attack is root.
as_user() {
    cd /
    setpriv --reuid $user --regid $user --clear-groups "$@"
}

@test "an ordinary user's container can't write the user's own binary" {
    configure --argjson user $user '.linux.namespaces += [{type: "user"}] | .process.args = ["/script"]
        | .linux.uidMappings = [{containerID: 0, hostID: $user, size: 1}] | .linux.gidMappings = .linux.uidMappings
        | .mounts |= map(if .destination == "/proc" then . + {type: "bind", source: "/proc", options: ["rbind"]} else . end)'
    all_capabilities
    chown -hR $user:$user "$bundle"
    as_user "$host/holdfast" run --bundle "$bundle" test
    equal "$(answers)" "$(printf '%s\n' 'mount_setattr EINVAL' 'remount EINVAL' 'open_tree EINVAL' \
        'move_mount EINVAL' 'chmod succeeded' 'write EPERM')"
    cmp "$holdfast" "$host/holdfast"
}

# What can be seen of holdfast while its container runs: look_at_run FILE... of its directory in /proc
look_at_run() {
    mkfifo "$rootfs/tmp/go"
    rm "$rootfs/etc/ld.so.preload"
    program 'echo >/tmp/running; cat /tmp/go'
    env -i PATH="$PATH" NAME='a b' "$host/holdfast" run --bundle "$bundle" test 3>&- &
    wait_for "$rootfs/tmp/running" || return
    for file in "$@"; do
        readlink "/proc/$!/$file" || tr '\0' '|' <"/proc/$!/$file" | sed 's/|$/\n/'
    done
    echo >"$rootfs/tmp/go"
    wait $!
}

@test "holdfast keeps its name, its arguments and its environment" {
    equal "$(look_at_run exe comm cmdline environ)" \
        "$(printf '%s\n' / holdfast "$host/holdfast|run|--bundle|$bundle|test" "PATH=$PATH|NAME=a b")"
}

@test "where its mount can't be cloned, the binary is a copy in memory" {
    mount --bind "$host" "$host"
    mount --make-unbindable "$host"
    equal "$(look_at_run exe comm)" "$(printf '%s\n' '/memfd:holdfast (deleted)' holdfast)"
}

@test "a binary on a read-only mount is protected all the same: the host may make it writable again" {
    mount --bind "$host" "$host"
    mount -o remount,bind,ro "$host"
    equal "$(look_at_run exe)" /
}

@test "the entry knows the commands that protect the binary" {
    equal "$(sed -n '/^static int enters_container/,/^}/p' "$source_directory/src/process/entry.c" |
        grep -o '"[a-z]*"' | tr -d '"' | sort)" \
        "$(grep -l 'protects_executable = true' "$source_directory"/src/cli/*.c | sed 's|.*/||; s|\.c$||' | sort)"
}

@test "each command that enters containers executes itself anew, and no other one does" {
    local command
    for command in run create exec mounts state; do
        strace -f -e trace=execveat -o "$BATS_TEST_TMPDIR/$command" "$host/holdfast" "$command" test /mnt 2>&1 || true
        echo "$command $(grep -c 'execveat.*= 0' "$BATS_TEST_TMPDIR/$command")"
    done >"$BATS_TEST_TMPDIR/all"
    equal "$(grep -v '^holdfast:' "$BATS_TEST_TMPDIR/all")" "$(printf '%s\n' 'run 1' 'create 1' 'exec 1' 'mounts 1' 'state 0')"
}
