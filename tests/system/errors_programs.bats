#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docs/errors.md: a program that can't be executed, with the whole message.

load helpers

# Under an ID that no other run of the tests has.
start() {
    run --separate-stderr "$holdfast" run --bundle "$bundle" "$@" "errors-$$"
}

# The line of args[0], in a file that jq wrote.
place() {
    echo "config.json:$(($(line_of '"args"') + 1)): process.args[0]"
}

# The start fails with the message: refused MESSAGE
refused() {
    start_fails_with "$(place): $1"
}

# The program is this file of the image: runs NAME TEXT
runs() {
    printf "$2" >"$rootfs/$1"
    chmod 0755 "$rootfs/$1"
    configure --arg name "/$1" '.process.args = [$name]'
}

@test "A program that does not exist" {
    configure '.process.args = ["/missing"]'
    refused 'cannot execute /missing: no such file or directory in the container'
}

@test "A program that is not in PATH" {
    configure '.process.args = ["missing"]'
    refused 'cannot execute missing: executable file not found in $PATH (/bin)'
}

@test "An interpreter of a script that does not exist" {
    runs script '#!/usr/bin/python3\n'
    refused '/script: its first line asks for /usr/bin/python3, which is not in the container: execve: ENOENT (No such file or directory)'
}

@test "A script with the line ends of another system" {
    runs script '#!/bin/sh\r\n'
    refused '/script: its first line asks for /bin/sh?, which is not in the container: execve: ENOENT (No such file or directory); the line ends with a carriage return: convert the file to Unix line ends'
}

@test "A dynamic linker that does not exist" {
    cp -L /bin/true "$rootfs/dynamic"
    configure '.process.args = ["/dynamic"]'
    start
    equal "$status $output" '1 '
    equal "${stderr/\/lib*\/ld-*so.[0-9]/LINKER}" "holdfast: $(place): /dynamic: needs the interpreter LINKER, which is not in the container: execve: ENOENT (No such file or directory)"
}

@test "Neither a program nor a script" {
    runs text 'just text\n'
    refused 'cannot execute /text: execve: ENOEXEC (Exec format error); it is neither a program nor a script that begins with "#!"'
}

@test "A mode without x" {
    runs script '#!/bin/sh\n'
    chmod 0644 "$rootfs/script"
    refused 'cannot execute /script: permission denied; check its mode, its directories'\'' modes, and whether its mount is noexec'
}

@test "A mount with noexec" {
    mkdir /mnt/data
    cp "$rootfs/bin/busybox" /mnt/data/sh
    bind /mnt/data /data bind noexec
    configure '.process.args = ["/data/sh"]'
    refused 'cannot execute /data/sh: permission denied; check its mode, its directories'\'' modes, and whether its mount is noexec'
}

@test "A directory" {
    configure '.process.args = ["/etc"]'
    refused 'cannot execute /etc: permission denied: it is a directory'
}

@test "A program for another machine" {
    cp "$rootfs/bin/busybox" "$rootfs/foreign"
    printf '\xf3\x00' | dd of="$rootfs/foreign" bs=1 seek=18 conv=notrunc status=none
    [ "$(uname -m)" != riscv64 ] || skip 'it is this machine'
    configure '.process.args = ["/foreign"]'
    refused 'cannot execute /foreign, a program for RISC-V: execve: ENOEXEC (Exec format error)'
}
