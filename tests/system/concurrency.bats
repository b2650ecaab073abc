# SPDX-License-Identifier: Apache-2.0
# Commands that work on the same container, or in the same state root, at the same time. HOLDFAST_ROUNDS says how often.
load helpers

id=holdfast-concurrency-$$
rounds=${HOLDFAST_ROUNDS:-20}

teardown() {
    "$holdfast" delete --force "$id" 2>/dev/null
    umount -R -l /mnt
}

# Runs two commands at once; fills $first and $second with their exit statuses, and the files out.1 and out.2.
# race "WORD..." "WORD..."
race() {
    timeout 30 "$holdfast" $1 >"$BATS_TEST_TMPDIR/out.1" 2>&1 &
    local one=$!
    timeout 30 "$holdfast" $2 >"$BATS_TEST_TMPDIR/out.2" 2>&1 &
    local other=$!
    first=0 second=0
    wait "$one" || first=$?
    wait "$other" || second=$?
}

show() {
    echo "round $round: $first $second"
    tail "$BATS_TEST_TMPDIR"/out.?
    "$holdfast" list
    return 1
}

# Nothing is left: neither a directory of the state, nor one of a cgroup.
check_nothing_left() {
    local names
    names=$(compgen -G '/run/holdfast/containers/*'; compgen -G '/run/holdfast/containers/~*'
        compgen -G "/sys/fs/cgroup/$id*"; compgen -G "/sys/fs/cgroup/*/$id*") || true
    [ -z "$names" ] || { echo "left: $names"; return 1; }
}

# What a line of output may be: only_says FILE PATTERN
only_says() {
    ! grep -v -E "$2" "$BATS_TEST_TMPDIR/$1"
}

# Each round: rounds_of FUNCTION. The container's output would keep bats waiting.
rounds_of() {
    for ((round = 1; round <= rounds; round++)); do
        "$1" || show || break
    done </dev/zero >"$BATS_TEST_TMPDIR/log" 2>&1 3>&-
    [ "$round" -gt "$rounds" ] || { cat "$BATS_TEST_TMPDIR/log"; return 1; }
    check_nothing_left
}

in_use="holdfast: container with given ID already exists: "
gone="holdfast: container \"$id\" does not exist"

sleeper() {
    program 'sleep 1000'
    configure --arg path "/$id/a" '.linux.cgroupsPath = $path'
}

@test "two creates of one ID: one makes it" {
    two_creates() {
        race "create --bundle $bundle $id" "create --bundle $bundle $id" || return 1
        [ $((first + second)) -eq 1 ] && only_says 'out.[12]' "^$in_use" &&
            "$holdfast" start "$id" && "$holdfast" delete --force "$id"
    }
    sleeper
    rounds_of two_creates
}

@test "create and delete: whole, or not there" {
    create_and_delete() {
        race "create --bundle $bundle $id" "delete --force $id"
        [ "$first" -eq 0 ] && [ "$second" -eq 0 ] || return 1
        case "$("$holdfast" list -q)" in
        "$id") "$holdfast" start "$id" && "$holdfast" delete --force "$id" ;;
        '') ! "$holdfast" state "$id" ;;
        *) return 1 ;;
        esac
    }
    sleeper
    rounds_of create_and_delete
}

@test "two starts: one starts it" {
    two_starts() {
        "$holdfast" create --bundle "$bundle" "$id" || return 1
        race "start $id" "start $id"
        [ $((first + second)) -eq 1 ] && only_says 'out.[12]' '^holdfast: cannot start an already running container$' &&
            [ "$("$holdfast" state "$id" | jq -r .status)" = running ] && "$holdfast" delete --force "$id"
    }
    sleeper
    rounds_of two_starts
}

@test "start and kill: the container ends" {
    start_and_kill() {
        "$holdfast" create --bundle "$bundle" "$id" || return 1
        race "start $id" "kill $id KILL"
        [ "$second" -eq 0 ] || return 1
        for _ in {1..500}; do
            [ "$("$holdfast" state "$id" | jq -r .status)" != stopped ] || break
            sleep 0.01
        done
        "$holdfast" delete "$id"
    }
    sleeper
    rounds_of start_and_kill
}

@test "two deletes: both are content with --force, one without" {
    two_deletes() {
        "$holdfast" create --bundle "$bundle" "$id" || return 1
        if [ $((round % 2)) -eq 0 ]; then
            race "delete --force $id" "delete --force $id"
            [ $((first + second)) -eq 0 ]
        else
            "$holdfast" kill "$id" KILL
            for _ in {1..500}; do
                [ "$("$holdfast" state "$id" | jq -r .status)" != stopped ] || break
                sleep 0.01
            done
            race "delete $id" "delete $id"
            [ $((first + second)) -eq 1 ] && only_says 'out.[12]' "^$gone"
        fi
    }
    sleeper
    rounds_of two_deletes
}

@test "list and state while others work" {
    look() {
        while [ ! -e /mnt/done ]; do
            "$holdfast" list --format json >/mnt/list 2>/mnt/errors || { echo "list: $?"; return 1; }
            jq -e 'all(.[]; .status | IN("creating", "created", "running", "stopped"))' /mnt/list || return 1
            [ ! -s /mnt/errors ] || { cat /mnt/errors; return 1; }
            "$holdfast" state "$id" 2>&1 | grep -v -E "^$gone|^[{} ]" && return 1
        done
        return 0
    }
    live() {
        "$holdfast" create --bundle "$bundle" "$id" && "$holdfast" start "$id" && "$holdfast" delete --force "$id"
    }
    sleeper
    look >/mnt/look 2>&1 3>&- &
    rounds_of live
    : >/mnt/done
    wait $! || { cat /mnt/look; return 1; }
}

@test "fifty containers at once" {
    local pids=() number
    sleeper
    for number in {1..50}; do
        mkdir "/mnt/bundle-$number"
        jq --arg root "$rootfs" --arg path "/$id-$number" '.root.path = $root | .root.readonly = true
            | .linux.cgroupsPath = $path' "$bundle/config.json" >"/mnt/bundle-$number/config.json"
    done
    # Each with the options of its number.
    all() {
        pids=()
        for number in {1..50}; do
            "$holdfast" ${*//NUMBER/$number} "$id-$number" </dev/zero >"/mnt/bundle-$number/out" 2>&1 3>&- &
            pids+=($!)
        done
        for number in {1..50}; do
            wait "${pids[number - 1]}" || { cat "/mnt/bundle-$number/out"; return 1; }
        done
    }
    all create --bundle /mnt/bundle-NUMBER
    equal "$("$holdfast" list --format json | jq -c '[.[].status] | unique')" '["created"]'
    all start
    equal "$("$holdfast" list -q | wc -l)" 50
    equal "$("$holdfast" list --format json | jq -c '[.[].status] | unique')" '["running"]'
    all delete --force
    check_nothing_left
}
