#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What podman run's options for the process, namespaces, resources and hooks become in the container.

load helpers
load podman

# The container prints exactly this: shows EXPECTED [OPTION]... PROGRAM
shows() {
    exits 0 podman run --rm "${@:2:$#-2}" box sh -c "${*: -1}"
    equal "$output" "$1"
}

@test "environment, directory, user, groups, host name" {
    shows 'one two' --env A=one --env B=two 'echo "$A $B"'
    shows /tmp --workdir /tmp pwd
    shows '1000:2000 2000 3000' --user 1000:2000 --group-add 3000 'echo "$(id -u):$(id -g) $(id -G)"'
    shows 'a-name a-name' --hostname a-name 'echo "$(hostname) $(cat /etc/hostname)"'
    shows 0027 --umask 0027 umask
}

@test "read-only root" {
    exits 1 podman run --rm --read-only box touch /file
    has "$stderr" 'Read-only file system'
    shows '' --read-only 'touch /tmp/file /run/file /dev/shm/file'
    exits 1 podman run --rm --read-only --read-only-tmpfs=false box touch /tmp/file
}

@test "capabilities" {
    shows "$(printf 'CapEff:\t0000000000000000')" --cap-drop ALL 'grep CapEff /proc/self/status'
    shows "$(printf 'CapBnd:\t0000000000200001')" --cap-drop ALL --cap-add CHOWN --cap-add SYS_ADMIN 'grep CapBnd /proc/self/status'
    exits 1 podman run --rm --cap-drop CHOWN box chown 1:1 /tmp
    has "$stderr" 'Operation not permitted'
}

@test "no new privileges" {
    shows "$(printf 'NoNewPrivs:\t1')" --security-opt no-new-privileges 'grep NoNewPrivs /proc/self/status'
    shows "$(printf 'NoNewPrivs:\t0')" 'grep NoNewPrivs /proc/self/status'
}

@test "seccomp: podman's profile, one of the test's, none" {
    shows "$(printf 'Seccomp:\t2')" 'grep Seccomp: /proc/self/status'
    shows "$(printf 'Seccomp:\t0')" --security-opt seccomp=unconfined 'grep Seccomp: /proc/self/status'
    cat >"$work/profile.json" <<END
{"defaultAction": "SCMP_ACT_ALLOW",
 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}
END
    exits 1 podman run --rm --security-opt "seccomp=$work/profile.json" box mkdir /directory
    has "$stderr" 'Operation not supported'
}

@test "masked and read-only paths, unmask=ALL, mask=" {
    exits 0 podman run --rm box sh -c 'head -c 1 /proc/keys | wc -c; touch /proc/sys/kernel/hostname; ls /proc/scsi | wc -l'
    equal "$output" "$(printf '0\n0')"
    has "$stderr" 'Read-only file system'
    shows 0 --security-opt unmask=ALL 'grep -c " /proc/" /proc/self/mountinfo || true'
    shows 0 --security-opt mask=/etc/group 'wc -c </etc/group'
}

@test "sysctl" {
    shows '5000 1' --sysctl kernel.msgmax=5000 --sysctl net.ipv4.ip_forward=1 \
        'echo $(cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward)'
    run podman run --rm --sysctl kernel.msgmax=word box true
    [ "$status" -ge 125 ]
    has "$output" msgmax
}

@test "ulimit, oom_score_adj" {
    shows '100 200' --ulimit nofile=100:200 --ulimit nproc=1000:1000 'echo "$(ulimit -S -n) $(ulimit -H -n)"'
    shows 500 --oom-score-adj 500 'cat /proc/self/oom_score_adj'
}

@test "limits are the cgroup's" {
    waiting one --memory 64m --cpus 0.5 --pids-limit 50
    equal "$(limits "libpod-$(inspect one '{{.Id}}')")" '67108864 50000 100000 50 '
}

@test "limits hold" {
    exits 2 podman run --rm --pids-limit 4 box sh -c 'for i in 1 2 3 4 5 6; do sleep 0.5 & done'
    has "$stderr" "can't fork"
    run podman run --rm --memory 16m box sh -c 'head -c 64m /dev/zero | tail -c 64m | wc -c'
    [ "${lines[0]-}" != $((64 * 1024 * 1024)) ]
}

@test "the container's cgroup goes with it" {
    waiting one
    id=$(inspect one '{{.Id}}')
    [ -n "$(find /sys/fs/cgroup -maxdepth 4 -name "libpod-$id")" ]
    podman rm --force --time 0 one
    equal "$(find /sys/fs/cgroup -maxdepth 4 -name "libpod-$id")" ''
}

@test "cgroup namespace: the host's, an own one" {
    own=$(readlink /proc/self/ns/cgroup)
    shows "$own" --cgroupns host 'readlink /proc/self/ns/cgroup'
    exits 0 podman run --rm --cgroupns private box sh -c 'readlink /proc/self/ns/cgroup; cut -d : -f 3 /proc/self/cgroup | sort -u'
    [ "${lines[0]}" != "$own" ]
    equal "${lines[*]:1}" /
}

@test "/sys/fs/cgroup can be read, and not written" {
    exits 0 podman run --rm --pids-limit 50 box sh -c 'find /sys/fs/cgroup -name pids.max -exec cat {} \;
        find /sys/fs/cgroup -name cgroup.procs | while read -r file; do (echo 1 >"$file") || true; done'
    equal "$output" 50
    [ "${#stderr_lines[@]}" -ge 1 ]
    equal "$(grep -v 'Read-only file system$' <<<"$stderr")" ''
}

@test "namespaces of the host" {
    for name in ipc net pid uts; do
        option=$name
        [ "$name" != net ] || option=network
        shows "$(readlink "/proc/self/ns/$name")" "--$option" host "readlink /proc/self/ns/$name"
        exits 0 podman run --rm box readlink "/proc/self/ns/$name"
        [ "$output" != "$(readlink "/proc/self/ns/$name")" ]
    done
}

@test "namespaces of another container" {
    waiting one --ipc shareable
    shows "$(podman exec one sh -c "$(show_namespaces ipc net pid)")" \
        --network container:one --ipc container:one --pid container:one "$(show_namespaces ipc net pid)"
}

@test "the loopback interface is up" {
    shows ok 'nc -l -p 4000 -e echo ok & sleep 0.2; nc 127.0.0.1 4000 </dev/null'
}

@test "user namespaces: --uidmap, --userns auto" {
    shows '0 100000 1000' --uidmap 0:100000:1000 --gidmap 0:100000:1000 'echo $(cat /proc/self/uid_map)'
    shows '0:0 0:0' --uidmap 0:100000:1000 'echo "$(id -u):$(id -g) $(stat -c %u:%g /bin/busybox)"; touch /file /tmp/file /dev/shm/file'
    echo containers:200000:100000 | tee -a /etc/subuid >>/etc/subgid
    exits 0 podman run --rm --userns auto box awk '{ print $1, $2, ($3 >= 1000) }' /proc/self/uid_map
    equal "$output" '0 200000 1'
}

@test "devices" {
    shows 'character special file a:e5' --device /dev/fuse 'stat -c "%F %t:%T" /dev/fuse'
    shows read --device /dev/fuse:/dev/other:r ': </dev/other && echo read'
    exits 1 podman run --rm --device /dev/fuse:/dev/other:r box sh -c ': >/dev/other'
    has "$stderr" 'Operation not permitted'
    exits 1 podman run --rm --cap-add MKNOD box sh -c 'mknod /dev/made c 10 229; : </dev/made'
    has "$stderr" 'Operation not permitted'
    shows "$(printf '%s\n' full null ptmx random tty urandom zero)" \
        'cd /dev && ls -d full null ptmx random tty urandom zero'
}

@test "--privileged" {
    exits 0 podman run --rm --privileged box sh -c 'grep -c " /proc/" /proc/self/mountinfo; grep Seccomp: /proc/self/status; ls /dev/fuse; mount -t tmpfs x /tmp && echo mounted'
    equal "$output" "$(printf '0\nSeccomp:\t0\n/dev/fuse\nmounted')"
}

# Podman runs this program as a hook: hook STAGE PROGRAM
hook() {
    mkdir -p "$work/hooks"
    printf '#!/bin/sh\n%s\n' "$2" >"$work/hook-$1"
    chmod 755 "$work/hook-$1"
    cat >"$work/hooks/$1.json" <<END
{"version": "1.0.0", "hook": {"path": "$work/hook-$1", "args": ["hook", "$1"], "env": ["PATH=$PATH"]},
 "when": {"always": true}, "stages": ["$1"]}
END
}

with_hooks() {
    exits "$1" command podman --hooks-dir "$work/hooks" run --cgroup-parent "$cgroup" --name one box "${@:2}"
    rm -r "$work/hooks"
}

@test "hooks: in order, with the state on the input" {
    for stage in prestart createRuntime createContainer poststart poststop; do
        hook "$stage" "jq -r '\"$stage \" + .id + \" \" + .status' >>$work/states"
    done
    with_hooks 0 sleep 0.3
    id=$(inspect one '{{.Id}}')
    podman rm one
    equal "$(sed 's/^\(poststart .*\) .*/\1/' "$work/states")" "$(printf '%s\n' "prestart $id creating" \
        "createRuntime $id creating" "createContainer $id creating" "poststart $id" "poststop $id stopped")"
    rm "$work/states"
}

@test "hooks: createRuntime mounts below the root from outside" {
    mkdir -p "$work/source"
    echo mounted >"$work/source/file"
    hook createRuntime "state=\$(cat)
        root=\$(jq -r .root.path \"\$(echo \"\$state\" | jq -r .bundle)/config.json\")
        nsenter --mount --target \"\$(echo \"\$state\" | jq .pid)\" mount --bind $work/source \"\$root/tmp\""
    with_hooks 0 cat /tmp/file
    equal "$output" mounted
}

@test "hooks: createContainer mounts below the root" {
    hook createContainer 'root=$(jq -r .root.path "$(jq -r .bundle)/config.json")
        mount -t tmpfs -o size=4k hook "$root/tmp"'
    with_hooks 0 sh -c 'grep " /tmp " /proc/self/mountinfo | sed "s/.* - //; s/,inode64//"'
    equal "$output" 'tmpfs hook rw,size=4k'
}

@test "hooks: one that fails stops the start" {
    hook createRuntime 'echo words of the hook >&2; exit 3'
    run --separate-stderr command podman --hooks-dir "$work/hooks" run --cgroup-parent "$cgroup" --name one box echo ran
    rm -r "$work/hooks"
    [ "$status" -ge 125 ]
    equal "$output" ''
    has "$stderr" 'words of the hook'
}
