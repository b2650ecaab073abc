#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# podman of an ordinary user. The user exists in this file's own /etc only.

load helpers
load podman

user=61000

# Runs a command as the user: as_user COMMAND...
as_user() {
    setpriv --reuid "$user" --regid "$user" --clear-groups \
        env HOME="$work/home" XDG_RUNTIME_DIR="/run/user/$user" TMPDIR="$work/home" "$@"
}

podman() {
    as_user podman "$@"
}

setup_file() {
    make_machine
    echo "tester:x:$user:$user::$work/home:/bin/sh" >>/etc/passwd
    echo "tester:x:$user:" >>/etc/group
    echo tester:300000:65536 | tee -a /etc/subuid >>/etc/subgid
    mkdir -p "$work/home" "$work/data" "/run/user/$user"
    cp "$runtime" "$work/holdfast"
    runtime=$work/holdfast
    configure_podman
    tar -C "$work/root" -cf "$work/root.tar" .
    chown -R "$user:$user" "$work" "/run/user/$user"
    cd "$work"
    podman import --quiet - box <"$work/root.tar"
}

teardown_file() {
    machine_made || return 0
    cd "$work"
    podman rm --all --force --time 0 || true
    podman system migrate || true
    cd /
    check_machine
}

@test "run: output, status, input" {
    exits 5 podman run --rm box sh -c 'echo out; echo error >&2; exit 5'
    equal "$output" out
    has "$stderr" error
    exits 0 podman run --rm --interactive box cat <<<input
    equal "$output" input
}

@test "run: ids, those of the user and of the ranges" {
    exits 0 podman run --rm box awk '{ print $1, $2, $3 }' /proc/self/uid_map
    equal "$output" "$(printf '%s\n' "0 $user 1" '1 300000 65536')"
    exits 0 podman run --rm --user 1000:2000 box sh -c 'echo "$(id -u):$(id -g)"; touch /tmp/file; stat -c %u /tmp/file'
    equal "$output" "$(printf '%s\n' 1000:2000 1000)"
}

@test "run --userns=keep-id" {
    exits 0 podman run --rm --userns keep-id -v "$work/data:/data" box sh -c 'id -u; touch /data/kept'
    equal "$output $(stat -c %u "$work/data/kept")" "$user $user"
}

@test "run --userns=auto, --uidmap" {
    exits 0 podman run --rm --uidmap 0:1:1000 box awk '{ print $1, $2, $3 }' /proc/self/uid_map
    equal "$output" '0 1 1000'
    exits 0 podman run --rm --userns nomap box sh -c 'echo ran'
    equal "$output" ran
}

@test "run: bind mounts" {
    echo content >"$work/data/file"
    chown "$user:$user" "$work/data/file"
    exits 0 podman run --rm -v "$work/data:/data" box sh -c 'cat /data/file; touch /data/made'
    equal "$output $(stat -c %u "$work/data/made")" "content $user"
    exits 1 podman run --rm -v "$work/data:/data:ro" box sh -c 'echo x >/data/file'
    has "$stderr" 'Read-only file system'
    rm "$work/data/"*
    exits 0 podman run --rm -v "$work/data:/data:U" --user 10:10 box touch /data/given
    equal "$(stat -c %u "$work/data/given")" 300009
}

@test "run: tmpfs, read-only root, devices, masked paths" {
    exits 0 podman run --rm --read-only --tmpfs /data:size=64k box sh -c 'touch /data/file; touch /file 2>/dev/null || echo refused'
    equal "$output" refused
    exits 0 podman run --rm box sh -c 'echo x >/dev/null; head -c 1 /dev/zero | wc -c; head -c 1 /proc/keys | wc -c'
    equal "$output" "$(printf '1\n0')"
    exits 0 podman run --rm --device /dev/fuse box stat -c %t:%T /dev/fuse
    equal "$output" a:e5
}

@test "run: host name, sysctl, capabilities" {
    exits 0 podman run --rm --hostname name --sysctl kernel.msgmax=5000 --cap-drop ALL --cap-add CHOWN box \
        sh -c 'hostname; cat /proc/sys/kernel/msgmax; grep CapEff /proc/self/status'
    equal "$output" "$(printf 'name\n5000\nCapEff:\t0000000000000001')"
}

@test "run: the host's network" {
    exits 0 podman run --rm --network host box readlink /proc/self/ns/net
    equal "$output" "$(readlink /proc/self/ns/net)"
}

@test "run -d, exec, top, stop" {
    waiting one
    exits 6 podman exec one sh -c 'echo inside; exit 6'
    equal "$output" inside
    exits 0 podman top one pid args
    has "$output" 'sh -c trap'
    exits 0 podman stop one
    equal "$(inspect one '{{.State.Status}} {{.State.ExitCode}}')" 'exited 7'
}

@test "kill, rm -f" {
    waiting one
    exits 0 podman kill --signal USR1 one
    exits 0 podman wait one
    equal "$output" 8
    waiting two
    exits 0 podman rm --force --time 0 two
}

@test "run -it" {
    on_terminal "setpriv --reuid $user --regid $user --clear-groups env HOME=$work/home XDG_RUNTIME_DIR=/run/user/$user podman run --rm -it box sh -c 'sleep 0.3; stty size; read line; echo got \$line; exit 5'" \
        'must "33 101"; send "word\r"; must "got word"; must "status 5"'
}

@test "a command that isn't there: 127" {
    exits 127 podman run --rm box no-such-command
    has "$stderr" no-such-command
}
