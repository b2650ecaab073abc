# SPDX-License-Identifier: Apache-2.0
# What the tests of a container's life share, beside helpers.bash. helpers.bash makes /run empty, so the default state
# root is the test's own; the ID is unique, for its cgroup is on the machine.
load helpers

id=holdfast-life-$$
server=$HOLDFAST_BUILD/tests/system/descriptor-server

teardown() {
    "$holdfast" delete --force "$id" 2>/dev/null
    umount -R -l /mnt
}

# Runs a command of holdfast; fills $status, $output and $stderr.
command_line() {
    run --separate-stderr "$holdfast" "$@"
}

# The command succeeds without a word on standard error: does WORD...
does() {
    command_line "$@"
    if [ "$status" -ne 0 ] || [ -n "$stderr" ]; then
        printf '%s: status %s\n%s\n%s\n' "$*" "$status" "$output" "$stderr"
        return 1
    fi
}

# It fails with exactly one line, and with this status: refuses_with STATUS TEXT WORD...
refuses_with() {
    command_line "${@:3}"
    if [ "$status" -ne "$1" ] || [ -n "$output" ] || [ "$stderr" != "holdfast: $2" ]; then
        printf '%s: status %s\nexpected: holdfast: %s\n%s\n%s\n' "${*:3}" "$status" "$2" "$output" "$stderr"
        return 1
    fi
}

# refuses TEXT WORD...
refuses() {
    refuses_with 1 "$@"
}

# What create starts keeps no pipe of the test's, for bats waits for its end. create [OPTION]...
create() {
    "$holdfast" create --bundle "$bundle" "$@" "$id" </dev/zero >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- ||
        { cat "$BATS_TEST_TMPDIR/out"; return 1; }
}

# A container that runs: detached [OPTION]...
detached() {
    "$holdfast" run --detach --bundle "$bundle" "$@" "$id" </dev/zero >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- ||
        { cat "$BATS_TEST_TMPDIR/out"; return 1; }
}

status_is() {
    equal "$("$holdfast" state "$id" | jq -r .status)" "$1"
}

# Waits for a status: wait_for_status STATUS
wait_for_status() {
    for _ in {1..500}; do
        [ "$("$holdfast" state "$id" | jq -r .status)" != "$1" ] || return 0
        sleep 0.01
    done
    return 1
}

# There is no container of the test's, and nothing of it: no state, no cgroup, nothing in the image.
nothing_left() {
    refuses "container \"$id\" does not exist; \"holdfast list\" shows those of a state root" state "$id"
    equal "$(ls -A /run/holdfast/containers)" ''
    equal "$(find /sys/fs/cgroup -name "$id")" ''
}

# The directory of the container's cgroup: cgroup_of CONTROLLER
cgroup_of() {
    local place
    place=$(awk -F : -v name="$1" '$2 ~ "(^|,)" name "(,|$)" { print $3 }' \
        "/proc/$("$holdfast" state "$id" | jq .pid)/cgroup")
    echo "/sys/fs/cgroup/$1$place"
}

# Starts the server of descriptor-server.c on /mnt/socket; what it prints goes to /mnt/served: serve WORD...
serve() {
    rm -f /mnt/socket /mnt/socket.ready
    timeout 20 "$server" /mnt/socket "$@" >/mnt/served 2>&1 3>&- &
    server_pid=$!
    wait_for /mnt/socket.ready
}

# Waits for its end, and gives what it printed in $served.
take_served() {
    wait "$server_pid" || return 1
    served=$(tr -d '\0' </mnt/served)
}
