# SPDX-License-Identifier: Apache-2.0
# holdfast is killed at each of its system calls; what it leaves can be deleted, and then nothing is left.
#
# By default only calls count that another process could notice, for a kill between two others is hardly different. With
# HOLDFAST_KILL_POINTS=all each call is tried.
load helpers

id=holdfast-crash-$$
group=holdfast-crash-group-$$
kill_at=$HOLDFAST_BUILD/tests/system/kill-at

eval "shared_$(declare -f setup_file)"

setup_file() {
    shared_setup_file
    # The seed is there from now on: killed while it is made, it is tried in a test of its own.
    "$holdfast" run --bundle "$BATS_FILE_TMPDIR/image" "$id" >/dev/null
}

teardown() {
    "$holdfast" delete --force "$id" 2>/dev/null
    umount -R -l /mnt
}

# What a test expects to find again, whatever was killed. By builtins alone, for it is asked a thousand times.
snapshot() {
    local names=(/run/holdfast/* /run/holdfast/.[!.]* /run/holdfast/containers/* /run/holdfast/containers/.[!.]*)
    local mounts
    mounts=$(</proc/self/mountinfo)
    printf -v "$1" '%s\n' "${names[*]}" "$mounts"
}

# A process whose command line has the text may be about to end: ended TEXT
ended() {
    for _ in {1..300}; do
        pgrep -f -- "$1" >/dev/null || return 0
        sleep 0.01
    done
    pgrep -a -f -- "$1"
    return 1
}

# Nothing of the container is left.
check_nothing_left() {
    local now
    ! compgen -G "/sys/fs/cgroup/$group*" && ! compgen -G "/sys/fs/cgroup/*/$group*" || return 1
    snapshot now
    [ "$now" = "$before" ] || equal "$now" "$before"
    ended "$id|$marker"
}

# Commands of the scenarios: what is there before the command that is killed.
created() {
    "$holdfast" create --bundle "$bundle" "$id"
}

running() {
    created && "$holdfast" start "$id"
}

paused() {
    running && "$holdfast" pause "$id"
}

stopped() {
    running && "$holdfast" kill "$id" KILL && ended "$marker"
}

# Runs the command again and again, killed at one call later each time, and cleans up by delete --force:
# kill_everywhere OPTION BEFORE COMMAND...
kill_everywhere() {
    local option=$1 prepare=$2 number status
    local before
    shift 2
    snapshot before
    [ "${HOLDFAST_KILL_POINTS-}" = all ] || option+=' --changes'
    for ((number = 1; ; number++)); do
        "$prepare"
        status=0
        timeout 20 "$kill_at" $option "$number" "$holdfast" "$@" || status=$?
        after_kill "$status" || { echo "after call $number of $* (status $status)"; return 1; }
        "$holdfast" list >/dev/null || { echo "list fails after call $number of $*"; return 1; }
        "$holdfast" delete --force "$id" || { echo "delete fails after call $number of $*"; return 1; }
        check_nothing_left || { echo "after call $number of $*"; return 1; }
        [ "$status" -ne 200 ] || break
    done </dev/zero >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || { tail -n 40 "$BATS_TEST_TMPDIR/out"; return 1; }
    echo "# $((number - 1)) calls of $*" >&3
}

# A scenario may look at what there is between the kill and the deletion: after_kill STATUS
after_kill() {
    [ "$1" -eq 137 ] || [ "$1" -eq 200 ]
}

# A cgroup with parents that have to be made, and a program whose processes can be found.
configure_container() {
    marker=98765.$$
    program "sleep $marker"
    configure --arg path "/$group/parent/child" '.linux.cgroupsPath = $path'
    configure "$@" .
}

@test "create" {
    configure_container
    kill_everywhere '' : create --bundle "$bundle" "$id"
}

@test "create with hooks, a user namespace and every namespace" {
    configure_container
    configure '.linux.namespaces += [{type: "user"}, {type: "cgroup"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
        | .hooks = {createRuntime: [{path: "/bin/true"}], createContainer: [{path: "/bin/true"}]}
        | .linux.namespaces |= unique'
    chown -R 100000:100000 "$rootfs"
    kill_everywhere '' : create --bundle "$bundle" "$id"
}

@test "create of which any process but holdfast itself is killed: it fails and leaves nothing by itself" {
    after_kill() {
        [ "$1" -eq 200 ] && return 0
        # The first process may be killed after create is done with it.
        [ "$1" -eq 0 ] || [ "$("$holdfast" list -q)" = '' ]
    }
    configure_container
    kill_everywhere --children : create --bundle "$bundle" "$id"
}

@test "start, pause, resume, update, exec" {
    configure_container
    kill_everywhere '' created start "$id"
    kill_everywhere '' running pause "$id"
    kill_everywhere '' paused resume "$id"
    kill_everywhere '' running update --pids-limit 77 --memory 64m "$id"
    kill_everywhere '' running exec --detach "$id" sleep "$marker"
}

@test "run" {
    configure_container
    kill_everywhere '' : run --detach --bundle "$bundle" "$id"
}

@test "delete, whose hooks run all the same" {
    after_kill() {
        [ "$1" -ne 200 ] || [ -e /mnt/poststop ]
    }
    stopped_with_hook() {
        [ ! -e "$hooked" ] || [ -e /mnt/poststop ] || { echo 'the hook did not run'; return 1; }
        rm -f /mnt/poststop
        : >"$hooked"
        stopped
    }
    hooked=/mnt/hooked
    configure_container
    configure '.hooks = {poststop: [{path: "/bin/touch", args: ["touch", "/mnt/poststop"]}]}'
    kill_everywhere '' stopped_with_hook delete "$id"
    rm "$hooked"
    kill_everywhere '' running delete --force "$id"
}

@test "hooks end with holdfast" {
    local stage
    configure_container
    snapshot before
    for stage in prestart createRuntime createContainer; do
        configure --arg stage "$stage" --arg marker "$marker" \
            '.hooks = {($stage): [{path: "/bin/sleep", args: ["sleep", $marker]}]}'
        "$holdfast" create --bundle "$bundle" "$id" </dev/zero >/dev/null 2>&1 3>&- &
        for _ in {1..300}; do
            ! pgrep -f "sleep $marker" >/dev/null || break
            sleep 0.01
        done
        pgrep -f "sleep $marker"
        kill -9 $!
        ended "$marker"
        "$holdfast" delete --force "$id"
        check_nothing_left
    done
}

@test "the first start, which makes the seed" {
    configure_container
    mounts() { cut -d ' ' -f 5 </proc/self/mountinfo | sort | uniq -c; }
    local number status expected
    expected=$(mounts)
    for ((number = 1; ; number++)); do
        umount -l /run/holdfast/seed
        status=0
        "$kill_at" --changes "$((number * 2))" "$holdfast" create --bundle "$bundle" "$id" || status=$?
        "$holdfast" delete --force "$id"
        "$holdfast" run --bundle "$BATS_FILE_TMPDIR/image" "$id-2"
        [ "$(mounts)" = "$expected" ] || { echo "after call $number"; mounts; return 1; }
        [ "$status" -ne 200 ] || break
    done </dev/zero >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || { tail "$BATS_TEST_TMPDIR/out"; return 1; }
}

@test "a box ends with holdfast" {
    local box
    marker=98766.$$
    "$holdfast" box -- sleep "$marker" </dev/zero >/dev/null 2>&1 3>&- &
    box=$!
    for _ in {1..300}; do
        ! pgrep -f "^sleep $marker" >/dev/null || break
        sleep 0.01
    done
    pgrep -f "^sleep $marker"
    kill -9 "$box"
    ended "$marker"
}
