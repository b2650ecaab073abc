#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the program is given, and what becomes of its end.

load helpers

# Lines of /proc/self/status, the values alone: status_of NAME...
status_of() {
    local names
    names=$(IFS='|'; echo "$*")
    configure '.process.args = ["cat", "/proc/self/status"]'
    start_well
    grep -E "^($names):" <<<"$output" | tr '\t' ' '
}

@test "the working directory is process.cwd" {
    configure '.process.cwd = "/tmp" | .process.args = ["pwd"]'
    start_well
    equal "$output" /tmp
}

@test "the working directory may be one that is closed to the program's user" {
    mkdir -m 700 "$rootfs/closed"
    configure '.process.cwd = "/closed" | .process.user = {uid: 1000, gid: 1000} | .process.args = ["pwd"] |
        .process.capabilities = {}'
    start_well
    equal "$output" /closed
}

@test "a working directory through a link stays inside the root" {
    mkdir -p "$rootfs/mnt/bundle"
    ln -s ../../../../mnt "$rootfs/link"
    configure '.process.cwd = "/link/bundle" | .process.args = ["sh", "-c", "pwd -P; ls -A"]'
    start_well
    equal "$output" /mnt/bundle
}

@test "a missing working directory is made" {
    configure '.root.readonly = false | .process.cwd = "/missing/below" | .process.args = ["pwd"]'
    umask 077
    start_well
    equal "$output" /missing/below
    equal "$(stat -c '%a %u:%g' "$rootfs/missing" "$rootfs/missing/below")" "$(printf '755 0:0\n%.0s' 1 2)"
}

@test "the umask is 0022, whatever the caller's" {
    program umask
    umask 077
    start_well
    equal "$output" 0022
    umask 000
    start_well
    equal "$output" 0022
}

@test "the umask of process.user.umask" {
    configure '.process.user.umask = 7'
    program umask
    start_well
    equal "$output" 0007
}

@test "the environment is process.env and HOME, and nothing of the caller's" {
    configure '.process.args = ["env"] | .process.env = ["PATH=/bin", "A=one two", "B="]'
    export SECRET=1
    start_well
    equal "$(sort <<<"$output")" "$(printf '%s\n' 'A=one two' B= HOME=/ PATH=/bin)"
}

@test "HOME comes from the image's passwd" {
    echo 'user:x:1000:1000::/home/user:/bin/sh' >>"$rootfs/etc/passwd"
    configure '.process.user = {uid: 1000, gid: 1000}'
    program 'echo $HOME'
    start_well
    equal "$output" /home/user
}

@test "HOME is not read through a link out of the root" {
    rm "$rootfs/etc/passwd"
    echo 'root:x:0:0::/outside:/bin/sh' >/mnt/passwd
    ln -s ../../../../mnt/passwd "$rootfs/etc/passwd"
    program 'echo $HOME'
    start_well
    equal "$output" /
}

@test "a configured HOME stays" {
    configure '.process.env += ["HOME=/tmp"]'
    program 'echo $HOME'
    start_well
    equal "$output" /tmp
}

@test "the program is found in the container's PATH" {
    mkdir "$rootfs/own"
    ln -s ../bin/busybox "$rootfs/own/echo"
    rm "$rootfs/bin/echo"
    configure '.process.args = ["echo", "found"] | .process.env = ["PATH=/nothing:/own:/bin"]'
    start_well
    equal "$output" found
}

@test "user and groups" {
    configure '.process.user = {uid: 1000, gid: 2000, additionalGids: [3000, 3, 4000]}'
    equal "$(status_of Uid Gid Groups)" \
        "$(printf '%s\n' 'Uid: 1000 1000 1000 1000' 'Gid: 2000 2000 2000 2000' 'Groups: 3 3000 4000 ')"
}

@test "no group of the caller comes along" {
    configure '.process.args = ["cat", "/proc/self/status"]'
    run --separate-stderr setpriv --groups 7,8 "$holdfast" run --bundle "$bundle" test
    equal "$(grep ^Groups: <<<"$output" | tr '\t' ' ')" 'Groups:  '
}

@test "capabilities are exactly the configured ones" {
    configure '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SYS_ADMIN"],
        permitted: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_KILL"], inheritable: ["CAP_CHOWN"], ambient: ["CAP_CHOWN"]}
        | .process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'
    equal "$(status_of CapInh CapPrm CapEff CapBnd CapAmb)" "$(printf '%s\n' 'CapInh: 0000000000000001' \
        'CapPrm: 0000000000000001' 'CapEff: 0000000000000001' 'CapBnd: 0000000000200021' 'CapAmb: 0000000000000001')"
}

@test "the default bundle's capabilities" {
    equal "$(status_of CapInh CapPrm CapEff CapBnd CapAmb)" "$(printf '%s\n' 'CapInh: 0000000000000000' \
        'CapPrm: 0000000020000420' 'CapEff: 0000000020000420' 'CapBnd: 0000000020000420' 'CapAmb: 0000000000000000')"
}

@test "without process.capabilities there are none" {
    configure 'del(.process.capabilities)'
    equal "$(status_of CapInh CapPrm CapEff CapBnd CapAmb)" \
        "$(printf '%s: 0000000000000000\n' CapInh CapPrm CapEff CapBnd CapAmb)"
}

@test "an ordinary user has no capabilities but the ambient ones" {
    configure '.process.user = {uid: 1000, gid: 1000}'
    equal "$(status_of CapPrm CapEff CapAmb)" "$(printf '%s: 0000000000000000\n' CapPrm CapEff CapAmb)"
}

@test "resource limits" {
    configure '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 4096},
        {type: "RLIMIT_STACK", soft: 8388608, hard: "unlimited"}] | .process.args = ["cat", "/proc/self/limits"]'
    sed -i 's/"unlimited"/18446744073709551615/' "$bundle/config.json" # beyond what jq can write
    start_well
    equal "$(grep -E '^Max (open files|core file size|stack size) ' <<<"$output" | tr -s ' ')" "$(printf '%s\n' \
        'Max stack size 8388608 unlimited bytes ' 'Max core file size 0 4096 bytes ' 'Max open files 100 200 files ')"
}

@test "the limit of open files is the caller's where none is configured" {
    configure 'del(.process.rlimits) | .process.args = ["sh", "-c", "ulimit -Sn; ulimit -Hn"]'
    ulimit -n 300
    ulimit -S -n 200
    start_well
    equal "$output" "$(printf '%s\n' 200 300)"
}

@test "no_new_privs is set where it is asked for" {
    equal "$(status_of NoNewPrivs)" 'NoNewPrivs: 1'
}

@test "no_new_privs is not set where it is not asked for" {
    configure '.process.noNewPrivileges = false'
    equal "$(status_of NoNewPrivs)" 'NoNewPrivs: 0'
}

@test "a seccomp rule refuses with EPERM" {
    configure '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
    program 'mkdir /tmp/x 2>&1; grep ^Seccomp: /proc/self/status'
    start_well
    equal "$output" "$(printf '%s\n' "mkdir: can't create directory '/tmp/x': Operation not permitted" $'Seccomp:\t2')"
}

@test "a seccomp rule refuses with its own error number, without no_new_privs too" {
    configure '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'
    program 'mkdir /tmp/x 2>&1; grep ^NoNewPrivs: /proc/self/status'
    start_well
    equal "$output" "$(printf '%s\n' "mkdir: can't create directory '/tmp/x': No space left on device" $'NoNewPrivs:\t0')"
}

@test "without no_new_privs, a filter doesn't have to allow close_range" {
    configure '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{names: ["close_range"], action: "SCMP_ACT_ERRNO"}]} | .process.args = ["echo", "runs"]'
    start_well
    equal "$output" runs
}

@test "a seccomp rule for an argument" {
    configure '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["kill"], action: "SCMP_ACT_ERRNO",
        errnoRet: 28, args: [{index: 1, value: 12, op: "SCMP_CMP_EQ"}]}]}'
    program 'kill -USR2 $$ 2>&1; kill -0 $$ && echo allowed'
    start_well
    equal "$output" "$(printf '%s\n' "sh: can't kill pid 1: No space left on device" allowed)"
}

@test "host name and domain name, and the host keeps its own" {
    local before
    before=$(uname -n)
    configure '.hostname = "inside" | .domainname = "example.org"'
    program 'hostname; cat /proc/sys/kernel/domainname'
    start_well
    equal "$output" "$(printf '%s\n' inside example.org)"
    equal "$(uname -n)" "$before"
}

@test "the program is process 1 and sees no process of the host" {
    program 'echo $$; ls /proc | grep -c "^[0-9]"; cat /proc/self/status | grep ^PPid'
    start_well
    equal "${lines[0]}" 1
    [ "${lines[1]}" -le 3 ]
}

# Busybox's ls has /proc/self/fd itself open, as 3.
@test "the open descriptors are exactly 0, 1 and 2" {
    configure '.process.args = ["ls", "/proc/self/fd"]'
    exec 5</etc/passwd 6</ 200</dev/null
    start_well
    exec 5<&- 6<&- 200<&-
    equal "$output" "$(printf '%s\n' 0 1 2 3)"
}

@test "closed standard descriptors become /dev/null, not something of ours" {
    configure '.process.args = ["ls", "-l", "/proc/self/fd"]'
    "$holdfast" run --bundle "$bundle" test <&- 2>&- >/mnt/output
    equal "$(sed -n 's/.* \([02] -> .*\)/\1/p' /mnt/output)" "$(printf '%s\n' '0 -> /dev/null' '2 -> /dev/null')"
}

@test "the exit status is the program's" {
    local wanted
    for wanted in 0 1 42 200 255; do
        program "exit $wanted"
        start
        equal "$status $output $stderr" "$wanted  "
    done
}

@test "a program that a signal ends gives 128 and the signal's number" {
    configure 'del(.linux.namespaces[] | select(.type == "pid"))'
    program 'kill -TERM $$'
    start
    equal "$status $output $stderr" '143  '
    program 'kill -SEGV $$'
    start
    equal "$status $output $stderr" '139  '
}

@test "a program that is process 1 and is killed gives 137" {
    configure '.root.readonly = false'
    program 'touch /ready; exec sleep 5'
    "$holdfast" run --bundle "$bundle" test 3>&- &
    wait_for "$rootfs/ready"
    kill -KILL "$(pgrep -P $!)"
    wait $! || status=$?
    equal "$status" 137
}

@test "what the program started ends with it" {
    program 'sleep 60 & exit 0'
    run --separate-stderr env HOLDFAST_TEST="$BATS_TEST_TMPDIR" timeout 10 "$holdfast" run --bundle "$bundle" test
    equal "$status $output $stderr" '0  '
    equal "$(grep -l -s "^HOLDFAST_TEST=$BATS_TEST_TMPDIR" --null-data /proc/[0-9]*/environ)" ''
}

# Sends a signal to holdfast while the program has a trap for it: forward SIGNAL
forward() {
    configure '.root.readonly = false'
    program "trap 'echo got $1; exit 3' $1; touch /ready; for n in \$(seq 500); do sleep 0.01; done"
    # As a job of its own: a shell lets its background jobs ignore SIGINT.
    perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$holdfast" run --bundle "$bundle" test >/mnt/output 3>&- &
    wait_for "$rootfs/ready"
    kill "-$1" $!
    wait $! || status=$?
    equal "$status $(cat /mnt/output)" "3 got $1"
}

@test "SIGTERM is forwarded" {
    forward TERM
}

@test "SIGINT is forwarded" {
    forward INT
}

@test "SIGUSR1 is forwarded" {
    forward USR1
}

@test "SIGHUP is forwarded" {
    forward HUP
}

@test "standard input reaches the program" {
    configure '.process.args = ["wc", "-c"]'
    run --separate-stderr "$holdfast" run --bundle "$bundle" test < <(head -c 1000000 /dev/zero)
    equal "$status $output" '0 1000000'
}

@test "standard error is apart from standard output" {
    program 'echo out; echo err >&2'
    start
    equal "$status $output $stderr" '0 out err'
}

@test "the loopback interface is up, and the only one" {
    program 'cat /sys/class/net/lo/flags; ls /sys/class/net'
    start_well
    equal "$output" "$(printf '%s\n' 0x9 lo)"
}

@test "without a network namespace the host's interfaces stay" {
    configure '.linux.namespaces |= map(select(.type != "network"))'
    program 'readlink /proc/self/ns/net'
    start_well
    equal "$output" "$(readlink /proc/self/ns/net)"
}

@test "each configured namespace is new" {
    local kind
    program 'for kind in pid mnt ipc uts net cgroup; do readlink /proc/self/ns/$kind; done'
    start_well
    equal "${#lines[@]}" 6
    for kind in pid mnt ipc uts net cgroup; do
        ! grep -q -x -F "$(readlink /proc/self/ns/$kind)" <<<"$output" || return 1
    done
}

@test "the caller's signal mask and ignored signals do not reach the program" {
    configure '.process.args = ["cat", "/proc/self/status"]'
    run --separate-stderr perl -e 'use POSIX; $SIG{USR1} = "IGNORE"; exec @ARGV' "$holdfast" run --bundle "$bundle" test
    equal "$(grep -E '^Sig(Blk|Ign):' <<<"$output" | tr '\t' ' ')" \
        "$(printf '%s\n' 'SigBlk: 0000000000000000' 'SigIgn: 0000000000000000')"
}

# keyctl(2): the program's session keyring, by number. The shell has no keyctl, so a program is compiled.
setup_keyring_program() {
    gcc -static -x c -o "$1" - <<'PROGRAM'
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
    printf("%ld\n", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
    return 0;
}
PROGRAM
}

@test "the caller's session keyring does not reach the program" {
    setup_keyring_program "$rootfs/keyring"
    [ "$("$rootfs/keyring")" -gt 0 ] || skip 'no keyrings here'
    configure '.process.args = ["/keyring"]'
    start_well
    [ "$output" -gt 0 ]
    [ "$output" != "$("$rootfs/keyring")" ]
}

@test "--no-new-keyring keeps the caller's session keyring" {
    setup_keyring_program "$rootfs/keyring"
    [ "$("$rootfs/keyring")" -gt 0 ] || skip 'no keyrings here'
    configure '.process.args = ["/keyring"]'
    start_well --no-new-keyring
    equal "$output" "$("$rootfs/keyring")"
}

@test "the exit status is found though SIGCHLD is ignored by who starts holdfast" {
    program 'exit 7'
    run perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' "$holdfast" run --bundle "$bundle" test
    equal "$status" 7
}
