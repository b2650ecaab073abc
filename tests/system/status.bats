#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --status-fd and --control-fd: what a follower of a start is told, and that it can stop it (docs/status.md).

load helpers

id=holdfast-status-$$
follow=$BATS_TEST_DIRNAME/follow.py

# The program of all tests says on the host that it ran.
setup_program() {
    mkdir -p /mnt/shared
    bind /mnt/shared /shared rw
    program "echo ran >>/shared/ran; $1"
    before=$(list_rootfs)
}

# Follows a start of the bundle: follow_run [OPTION OF follow.py]... [-- [OPTION OF run]...]
follow_run() {
    local options=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    # A program that outlives holdfast must not keep the ends of "run" open.
    [ "${command:-run}" = run ] || options+=(--quiet)
    run --separate-stderr timeout 60 "$follow" "${options[@]}" "$holdfast" "${command:-run}" --bundle "$bundle" --status-fd STATUS "${@:2}" "$id"
}

# Nothing of the container is left, and its program did not run.
check_nothing_left() {
    [ ! -e /mnt/shared/ran ]
    equal "$(list_rootfs)" "$before"
    equal "$("$holdfast" list --quiet)" ''
    ! compgen -G "/sys/fs/cgroup/**/$id" || return 1
    ! pgrep -f -- "bundle $bundle.*$id" || return 1
}

# The process that was left alone ends by itself.
wait_until_ended() {
    for _ in {1..500}; do
        pgrep -f -- "bundle $bundle.*$id" >/dev/null || return 0
        sleep 0.01
    done
    return 1
}

@test "the phases of a run" {
    setup_program 'exit 3'
    follow_run
    equal "$output" 'planned
mounted
verified
running
exited status=3
status 3'
    equal "$(cat /mnt/shared/ran)" ran
    equal "$stderr" ''
}

@test "the end by a signal is told from an exit status, also behind a process 1 of holdfast" {
    setup_program true
    cd /
    for pair in 'exit 137:exited status=137' 'kill -9 $$:exited status=137 signal=9' 'kill -TERM $$:exited status=143 signal=15'; do
        run --separate-stderr "$follow" "$holdfast" box --status-fd STATUS -- sh -c "${pair%%:*}"
        equal "${lines[4]}" "${pair#*:}"
    done
}

@test "the pidfd comes with the first line that names the process" {
    local kind
    setup_program true
    for kind in socket seqpacket; do
        follow_run --status $kind
        equal "$output" 'planned
mounted
verified with its pidfd
running
exited status=0
status 0'
    done
}

@test "the lines are of their schema" {
    setup_program true
    "$holdfast" run --bundle "$bundle" --status-fd 3 "$id" 3>/mnt/lines
    "$holdfast" run --bundle /mnt/none --status-fd 3 "$id" 3>>/mnt/lines || true
    "$holdfast" box --status-fd 3 -- sh -c 'kill -9 $$' 3>>/mnt/lines || true
    equal "$(wc -l </mnt/lines)" 11
    check_lines() {
        python3 -c 'import json, jsonschema, sys
schema = json.load(open(sys.argv[1]))
for line in sys.stdin: jsonschema.validate(json.loads(line), schema)' "$source_directory/docs/status.schema.json"
    }
    check_lines </mnt/lines
    ! check_lines <<<'{"phase": "walking"}' 2>/dev/null || return 1
    ! check_lines <<<'{"phase": "exited"}' 2>/dev/null || return 1
    ! check_lines <<<'{"phase": "running"}' 2>/dev/null || return 1
}

@test "the digest is that of the plan" {
    setup_program true
    "$holdfast" run --bundle "$bundle" --status-fd 3 "$id" 3>/mnt/lines
    equal "$(head -n 1 /mnt/lines | jq -r .digest)" "$("$holdfast" plan --bundle "$bundle" --json | jq -r .digest)"
}

@test "a failure is the last line" {
    setup_program true
    configure '.process.args = ["/none"]'
    follow_run
    equal "$output" "planned
mounted
failed errno=ENOENT message=${stderr#holdfast: }
status 1"
    configure '.root.path = "none"'
    follow_run
    equal "$output" "planned
failed errno=ENOENT message=${stderr#holdfast: }
status 1"
    follow_run -- --config none.json
    equal "$output" "failed errno=ENOENT message=${stderr#holdfast: }
status 1"
}

@test "a box tells of wrong rules" {
    run --separate-stderr "$follow" "$holdfast" box --status-fd STATUS --policy /mnt/none -- true
    [[ ${lines[0]} == "failed errno=ENOENT message="*/mnt/none* ]] || equal "$output" 'failed …'
    equal "${lines[*]:1}" 'status 1'
}

@test "create ends with the first process waiting" {
    setup_program true
    command=create follow_run --status socket
    equal "$output" 'planned
mounted
verified with its pidfd
status 0'
    [ ! -e /mnt/shared/ran ]
    "$holdfast" delete --force "$id"
}

@test "the line \"go\" lets the start go on" {
    local kind
    setup_program true
    for kind in pipe socket seqpacket; do
        follow_run --control $kind --at verified $'say:go\n' -- --control-fd CONTROL
        equal "$output" 'planned
mounted
verified
running
exited status=0
status 0'
    done
    # Said before it is asked, with the end right behind it, and more after it.
    follow_run --control pipe --at begin $'say:go\nand so on' --at begin close -- --control-fd CONTROL
    equal "${lines[*]:3}" 'running exited status=0 status 0'
    follow_run --status socket --control both --at verified $'say:go\n' -- --control-fd CONTROL
    equal "${lines[*]:3}" 'running exited status=0 status 0'
    equal "$(cat /mnt/shared/ran)" $'ran\nran\nran\nran\nran'
}

@test "without a line the first process waits" {
    setup_program true
    follow_run --control pipe --at delay:0.5 $'say:go\n' -- --control-fd CONTROL
    equal "${lines[*]:3}" 'running exited status=0 status 0'
    follow_run --control pipe --at delay:0.5 close -- --control-fd CONTROL
    equal "${lines[*]:3}" 'failed errno=ECANCELED message=the control descriptor ended: the start was stopped status 1'
}

@test "the end of the control descriptor stops the start in each phase" {
    local kind phase
    setup_program true
    for command in run create; do
        for kind in pipe socket; do
            for phase in begin planned mounted verified; do
                follow_run --control $kind --at $phase close -- --control-fd CONTROL
                equal "${lines[*]: -2}" 'failed errno=ECANCELED message=the control descriptor ended: the start was stopped status 1'
                equal "$stderr" 'holdfast: the control descriptor ended: the start was stopped'
                check_nothing_left
            done
        done
    done
    follow_run --control pipe --at begin close -- --control-fd CONTROL
    equal "${lines[0]}" 'failed errno=ECANCELED message=the control descriptor ended: the start was stopped'
}

@test "the end of the control descriptor at any moment never lets the start go on" {
    setup_program true
    for delay in 0 0.001 0.002 0.003 0.004 0.005 0.006 0.007 0.008 0.009 0.010 0.012 0.014 0.016 0.018 0.020; do
        follow_run --control pipe --at delay:$delay close -- --control-fd CONTROL
        equal "${lines[*]: -2}" 'failed errno=ECANCELED message=the control descriptor ended: the start was stopped status 1'
        check_nothing_left
    done
}

@test "the follower is killed in each phase" {
    setup_program 'sleep 1000'
    for phase in planned mounted verified; do
        follow_run --control pipe --at $phase die -- --control-fd CONTROL
        equal "$status" 137
        wait_until_ended
        check_nothing_left
    done
}

@test "anything else than a known line stops the start" {
    setup_program true
    for text in $'gone\n' $'\n' $' go\n' $'GO\n' 'a long text without an end' $'\x1b[31m\n'; do
        follow_run --control pipe --at begin "say:$text" -- --control-fd CONTROL
        [[ ${lines[-2]} == 'failed errno=EINVAL message=the control descriptor said "'* ]]
        check_nothing_left
    done
    follow_run --control pipe --at begin say:go --at begin close -- --control-fd CONTROL
    equal "${lines[-2]}" 'failed errno=ECANCELED message=the control descriptor ended: the start was stopped'
    check_nothing_left
}

@test "a signal ends the waiting for the line" {
    setup_program true
    follow_run --control pipe --at verified term -- --control-fd CONTROL
    equal "${lines[*]: -2}" 'failed errno=EINTR message=the signal SIGTERM stopped the start status 1'
    check_nothing_left
}

@test "the first process may end while it waits" {
    setup_program true
    follow_run --status socket --control pipe --at verified end -- --control-fd CONTROL
    [[ ${lines[-2]} == "failed errno=EPIPE message=the container's first process ended early"* ]]
    check_nothing_left
}

@test "after \"tie\" the end of the descriptor ends the program, after \"go\" it doesn't" {
    setup_program 'sleep 1000'
    follow_run --control pipe --at verified $'say:tie\n' --at running close -- --control-fd CONTROL
    equal "${lines[*]:3}" 'running exited status=137 signal=9 status 137'
    rm -f /mnt/shared/ran
    before=$(list_rootfs) # the targets in the image stay, as after any start
    check_nothing_left
    program 'echo ran >>/shared/ran; sleep 0.5; exit 7'
    follow_run --control pipe --at verified $'say:go\n' --at running close -- --control-fd CONTROL
    equal "${lines[*]:3}" 'running exited status=7 status 7'
    rm -f /mnt/shared/ran
    # What was said beyond the line does not keep it.
    program 'echo ran >>/shared/ran; sleep 1000'
    follow_run --control pipe --at verified $'say:tie\nmore' --at running close -- --control-fd CONTROL
    equal "${lines[*]:3}" 'running exited status=137 signal=9 status 137'
    rm -f /mnt/shared/ran
    follow_run --control pipe --at verified $'say:tie\n' --at running die -- --control-fd CONTROL
    wait_until_ended
    rm -f /mnt/shared/ran
    check_nothing_left
}

@test "nobody is there to tie a created or detached container to" {
    setup_program true
    command=create follow_run --control pipe --at verified $'say:tie\n' -- --control-fd CONTROL
    [[ ${lines[-2]} == *'"tie", but nobody stays who could watch it' ]]
    check_nothing_left
    follow_run --control pipe --at verified $'say:tie\n' -- --detach --control-fd CONTROL
    [[ ${lines[-2]} == *'"tie", but nobody stays who could watch it' ]]
    check_nothing_left
}

@test "a status descriptor that nobody reads stops the start" {
    setup_program true
    for kind in pipe socket; do
        follow_run --status $kind --at begin unread
        equal "$stderr" 'holdfast: cannot tell the status descriptor: write: EPIPE (Broken pipe); nothing was started: whoever follows the start has to read it'
        check_nothing_left
    done
}

@test "a status descriptor that is closed while the program runs doesn't end it" {
    setup_program 'sleep 0.3; exit 5'
    follow_run --at running unread
    equal "${lines[-1]}" 'status 5'
}

@test "neither the program nor a hook has the descriptors" {
    setup_program 'ls /proc/1/fd; true'
    printf '#!/bin/sh\ncat >/dev/null\nls /proc/self/fd >/mnt/hook-fds\n' >/mnt/hook
    chmod +x /mnt/hook
    configure '.hooks.createRuntime = [{path: "/mnt/hook"}]'
    "$holdfast" run --bundle "$bundle" --status-fd 7 --control-fd 8 "$id" 7> >(cat >/dev/null) 8< <(echo go) </dev/null >/mnt/fds 2>&1
    equal "$(cat /mnt/fds)" $'0\n1\n2'
    equal "$(cat /mnt/hook-fds)" $'0\n1\n2\n3'
    # In the box process 1 is holdfast's own, with the descriptor by which it tells how the command ended.
    run --separate-stderr "$holdfast" box --status-fd 7 --control-fd 8 -- sh -c 'ls /proc/1/fd | wc -l; ls /proc/$$/fd' \
        7> >(cat >/dev/null) 8< <(echo go) </dev/null
    equal "$output" $'4\n0\n1\n2'
}

@test "wrong descriptors are refused" {
    setup_program true
    run --separate-stderr "$holdfast" run --bundle "$bundle" --status-fd 99 "$id"
    equal "$stderr" 'holdfast: --status-fd 99: the descriptor is not open'
    run --separate-stderr "$holdfast" run --bundle "$bundle" --control-fd 2 "$id"
    equal "$stderr" 'holdfast: --control-fd 2: the program gets this descriptor; use one from 3 on'
    run --separate-stderr "$holdfast" run --bundle "$bundle" --preserve-fds 2 --status-fd 4 "$id" 3</dev/null 4>/dev/null
    equal "$stderr" 'holdfast: --status-fd 4: the program gets this descriptor; use one from 5 on'
    run --separate-stderr "$holdfast" box --status-fd many -- true
    [ "$status" -eq 1 ]
    check_nothing_left
}
