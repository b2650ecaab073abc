#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The examples that are scripts.

load helpers

# Answers the questions of the permission prompt: prompt [ANSWER]...; the whole dialogue is in $output.
prompt() {
    run env HOLDFAST="$holdfast" expect -c 'set timeout 60; spawn -noecho '"$source_directory/examples/permission-prompt $bundle test" \
        -c 'foreach answer [list '"$*"'] { expect "y/N\\] "; send "$answer\r" }; expect eof; exit [lindex [wait] 3]'
    output=$(tr -d '\r' <<<"$output")
}

@test "a path is added to a running container after a yes" {
    mkdir /mnt/data /mnt/more
    echo hello >/mnt/data/note
    ln -s data /mnt/link
    configure '.root.readonly = false'
    # shellcheck disable=SC2016
    program 'ask() { echo "$1" >/ask/request; read -r answer </ask/answer; echo "$1: $answer"; }
        cat /mnt/data/note 2>/dev/null || echo not yet
        ask /mnt/data; cat /mnt/data/note; touch /mnt/data/x 2>/dev/null || echo read-only
        ask /mnt/more; [ -e /mnt/more ] || echo nothing
        ask /mnt/link; cat /mnt/link/note
        ask /mnt/none; ask relative; ask /mnt/data:/etc; exit 7'
    prompt y n y
    equal "$status" 7
    equal "$(sed 's/The program asks for \([^ ]*\), read-only. Allow it? \[y\/N\] ./asked for \1/' <<<"$output")" "$(cat <<'TEXT'
not yet
asked for /mnt/data
/mnt/data: yes
hello
read-only
asked for /mnt/more
/mnt/more: no
nothing
asked for /mnt/data
/mnt/link: yes
hello
/mnt/none: failed: there is no such file
relative: failed: there is no such file
/mnt/data:/etc: failed: there is no such file
TEXT
)"
    run "$holdfast" list -q
    equal "$output" ''
}
