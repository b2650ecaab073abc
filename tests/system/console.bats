#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Terminals that somebody else takes, pidfds, pid files: what create, run and exec hand out.
load container_life

console() {
    configure '.process.terminal = true'
    program "$1"
}

@test "create sends the terminal, with its name; start runs the program on it" {
    console 'tty; stty size; exit 3'
    serve terminal 33 99
    create --console-socket /mnt/socket --pid-file /mnt/pid
    status_is created
    does start "$id"
    take_served
    equal "$served" $'/dev/ptmx\n/dev/pts/0\n33 99'
    wait_for_status stopped
}

@test "run --detach sends the terminal" {
    console 'tty; id -u'
    serve terminal
    detached --console-socket /mnt/socket
    take_served
    equal "$served" $'/dev/ptmx\n/dev/pts/0\n0'
}

@test "exec --tty --detach sends the terminal, which belongs to the program's user" {
    program 'exec sleep 1000'
    detached
    serve terminal
    "$holdfast" exec -t -d -u 7 --console-socket /mnt/socket "$id" sh -c 'stat -c "%u %a" $(tty)' \
        </dev/zero >/mnt/out 2>&1 3>&-
    take_served
    equal "$served" $'/dev/ptmx\n7 620'
}

@test "exec --tty without a socket: holdfast relays, and the exit code comes through" {
    program 'exec sleep 1000'
    detached
    command_line exec --tty "$id" sh -c 'tty; echo err >&2; exit 4'
    equal "$status $output" $'4 /dev/pts/0\nerr'
    equal "$stderr" ''
}

# script(1) gives holdfast a terminal of this size: on_terminal ROWS COLUMNS COMMAND
on_terminal() {
    run script --quiet --return --command "stty rows $1 cols $2; $3" /dev/null </dev/null
    output=$(tr -d '\r' <<<"${output//^@/}") # script's own input ends by a NUL
}

@test "exec --tty has the size of the caller's terminal" {
    program 'exec sleep 1000'
    detached
    on_terminal 20 70 "$holdfast exec --tty $id stty size"
    equal "$status $output" '0 20 70'
}

@test "exec --process has its consoleSize, where the caller has no terminal" {
    program 'exec sleep 1000'
    detached
    echo '{"args": ["/bin/stty", "size"], "cwd": "/", "terminal": true, "consoleSize": {"height": 12, "width": 34}}' \
        >/mnt/process.json
    does exec --process /mnt/process.json "$id"
    equal "$output" '12 34'
}

@test "a terminal and nobody who takes it" {
    console true
    refuses 'cannot allocate a terminal for a detached process without --console-socket; give a socket that takes the terminal, or set process.terminal to false' \
        create --bundle "$bundle" "$id"
    refuses 'cannot allocate a terminal for a detached process without --console-socket; give a socket that takes the terminal, or set process.terminal to false' \
        run -d --bundle "$bundle" "$id"
    nothing_left
}

@test "a socket and no terminal" {
    refuses '--console-socket is of use only for a detached process with a terminal; set process.terminal to true, or leave it out' \
        create --bundle "$bundle" --console-socket /mnt/socket "$id"
    console true
    refuses '--console-socket is of use only for a detached process with a terminal; add --detach' \
        run --bundle "$bundle" --console-socket /mnt/socket "$id"
    nothing_left
}

@test "a socket that is missing, dead, or no socket" {
    local before
    console true
    before=$(list_rootfs)
    refuses 'cannot find the console socket /mnt/none: open: ENOENT (No such file or directory)' \
        create --bundle "$bundle" --console-socket /mnt/none "$id"
    perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "/mnt/dead", Listen => 1)'
    refuses 'cannot connect to the console socket /mnt/dead: connect: ECONNREFUSED (Connection refused); does somebody listen there?' \
        create --bundle "$bundle" --console-socket /mnt/dead "$id"
    refuses 'cannot connect to the console socket /mnt/dead: connect: ECONNREFUSED (Connection refused); does somebody listen there?' \
        run -d --bundle "$bundle" --console-socket /mnt/dead "$id"
    touch /mnt/file
    command_line create --bundle "$bundle" --console-socket /mnt/file "$id"
    equal "$status" 1
    nothing_left
    equal "$(list_rootfs)" "$before"
}

@test "a dead socket for exec ends its process" {
    program 'exec sleep 1000'
    detached
    refuses_with 255 'cannot find the console socket /mnt/none: open: ENOENT (No such file or directory)' \
        exec -t -d --console-socket /mnt/none "$id" sleep 1234
    equal "$("$holdfast" ps --format json "$id" | jq length)" 1
}

# sun_path of unix(7) has room for 107 characters and a NUL.
@test "a socket whose path is longer than a socket address" {
    local long
    long=/mnt/$(printf 'a%.0s' {1..100})/$(printf 'b%.0s' {1..100})
    console 'echo here'
    mkdir -p "$long"
    (cd "$long" && exec timeout 20 "$server" socket terminal) >/mnt/served 2>&1 3>&- &
    server_pid=$!
    wait_for "$long/socket.ready"
    create --console-socket "$long/socket"
    does start "$id"
    take_served
    equal "$served" $'/dev/ptmx\nhere'
}

@test "--pidfd-socket of create and of run" {
    program 'exec sleep 1000'
    serve pidfd
    create --pidfd-socket /mnt/socket --pid-file /mnt/pid
    does kill "$id" KILL
    take_served
    equal "$(awk '{ print $1, $2 }' <<<"$served")" "$(printf '%s\n' 'pidfd ' "Pid: $(cat /mnt/pid)" \
        "NSpid: $(cat /mnt/pid)" 'ended ')"
    does delete --force "$id"
    serve pidfd
    detached --pidfd-socket /mnt/socket --pid-file /mnt/pid
    does kill "$id" KILL
    take_served
    equal "$(sed -n 's/^Pid:\t//p' <<<"$served")" "$(cat /mnt/pid)"
    does delete --force "$id"
    refuses 'cannot find the pidfd socket /mnt/none: open: ENOENT (No such file or directory)' \
        create --bundle "$bundle" --pidfd-socket /mnt/none "$id"
    nothing_left
}

@test "--pid-file: the pid alone, over what was there, and only in a directory that is there" {
    program 'exec sleep 1000'
    echo 'something long that was there before' >/mnt/pid
    create --pid-file /mnt/pid
    equal "$(cat /mnt/pid)" "$("$holdfast" state "$id" | jq .pid)"
    equal "$(stat -c '%s %a' /mnt/pid)" "$(cat /mnt/pid | wc -c) 644"
    does delete --force "$id"
    refuses 'cannot open the directory of the pid file /none/pid: open: ENOENT (No such file or directory)' \
        create --bundle "$bundle" --pid-file /none/pid "$id"
    refuses 'cannot open the directory of the pid file /none/pid: open: ENOENT (No such file or directory)' \
        run --bundle "$bundle" --pid-file /none/pid "$id"
    nothing_left
    mkdir /mnt/directory
    command_line run --bundle "$bundle" --pid-file /mnt/directory "$id"
    equal "$status" 1
    nothing_left
    equal "$(ls -A /mnt/directory)" ''
    [ ! -e /mnt/.directory ]
}
