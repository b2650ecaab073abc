# SPDX-License-Identifier: Apache-2.0
# The commands of a container's life: create, start, state, list, kill, delete, and what can be done in between.
load container_life

absent='container "none" does not exist; "holdfast list" shows those of a state root'

@test "containers that are not there" {
    for command in state start kill delete ps pause resume update events; do
        refuses "$absent" "$command" none
    done
    does delete --force none
    equal "$output" ''
    command_line exec none true
    [ "$status" -eq 255 ]
    equal "$stderr" "holdfast: $absent"
}

@test "ids" {
    local long
    long=$(printf 'a%.0s' {1..1025})
    for bad in . .. a/b '' 'a b' ~unfinished "$long"; do
        for command in state start kill 'delete --force'; do
            refuses "\"$bad\" can't be a container's ID; letters, digits, \"_\", \"+\", \"-\" and \".\" make one" \
                $command "$bad"
        done
    done
}

@test "too few and too many words" {
    refuses 'state: needs ID; see holdfast state --help' state
    refuses 'state: takes no "b"; see holdfast state --help' state a b
    refuses 'kill: takes no "c"; see holdfast kill --help' kill a b c
    refuses 'list: takes no arguments; see holdfast list --help' list a
    refuses 'kill: unknown option -x; see holdfast kill --help' kill -x a
    refuses 'unknown option --x; see holdfast --help' --x state
    refuses 'unknown command "x"; see holdfast --help' x
}

@test "options may follow the ID, but not the command of exec" {
    does delete none --force
    refuses "$absent" kill none KILL --all
    command_line exec none ls --force
    equal "$stderr" "holdfast: $absent"
}

@test "every command has help, which the table of commands names" {
    local table
    does --help
    table=$output
    for command in run create start state list kill delete exec ps pause resume update events spec box features; do
        [[ $table == *"  $command "* ]]
        does "$command" --help
        [[ ${lines[0]} == "Usage: holdfast $command"* ]]
        [[ $output == *"-h, --help "* ]]
    done
}

@test "output that can't be written is an error" {
    local words
    for words in features 'spec --help' list 'list --format json' doctor; do
        status=0
        stderr=$("$holdfast" $words 2>&1 >/dev/full) || status=$?
        equal "$words: $status $stderr" "$words: 1 holdfast: cannot write the output: write: ENOSPC (No space left on device)"
    done
}

@test "an empty list" {
    does list
    equal "$output" 'ID          PID         STATUS      BUNDLE      CREATED     OWNER'
    does list --format json
    equal "$output" '[]'
    does list -q
    equal "$output" ''
    refuses 'list: --format: "xml" is not known; one of: table, json' list --format xml
}

@test "signals that are none" {
    for bad in FOO SIGFOO -1 65 1x RTMIN+31 RTMAX+1 RTMIN-1; do
        refuses "unknown signal \"$bad\"; \"kill -l\" lists them" kill -- none "$bad"
    done
    for good in TERM term SIGTERM sigterm 15 0 64 RTMIN SIGRTMIN+3 RTMAX-1 RTMIN+30; do
        refuses "$absent" kill none "$good"
    done
}

@test "numbers and durations" {
    for bad in 1x '' 1.5 9223372036854775808 8388608t; do
        command_line update --memory "$bad" none
        [ "$status" -eq 1 ]
        [[ $stderr == "holdfast: update: --memory: \"$bad\" is not a whole number from -1 to "* ]]
    done
    for good in 1 -1 10m 10M 10MiB 4kb 0; do
        refuses "$absent" update --memory "$good" none
    done
    for bad in 0s 5 s '' -1s 1y; do
        refuses "events: --interval: \"$bad\" is not a duration above 0; write it like 5s, 250ms or 1m30s" \
            events --interval "$bad" none
    done
    refuses "$absent" events --interval 1m30s none
}

@test "the log has the last error, in both forms" {
    command_line --log "$BATS_TEST_TMPDIR/log" --log-format json state none
    equal "$stderr" "holdfast: $absent"
    equal "$(jq -r 'keys | join(" ")' "$BATS_TEST_TMPDIR/log")" 'errno hint level msg text time'
    equal "$(jq -r '.level + " " + .msg' "$BATS_TEST_TMPDIR/log")" "error $absent"
    jq -e '.time | fromdate > 1600000000' "$BATS_TEST_TMPDIR/log"
    command_line --log "$BATS_TEST_TMPDIR/text" --debug state none
    equal "$(sed 's/^time="[0-9TZ:-]*" //' "$BATS_TEST_TMPDIR/text")" "level=debug msg=\"state none\"
level=error msg=\"$(sed 's/"/\\"/g' <<<"$absent")\""
    command_line --log "$BATS_TEST_TMPDIR/text" state none
    equal "$(wc -l <"$BATS_TEST_TMPDIR/text")" 3
    refuses 'cannot open the log /none/log: open: ENOENT (No such file or directory)' --log /none/log list
}

@test "JSON without a log goes to standard error, with what an error is made of" {
    command_line --log-format json state none
    equal "$status $output" '1 '
    equal "$(jq -c 'del(.time, .msg)' <<<"$stderr")" "$(jq -nc --arg absent "$absent" \
        '{level: "error", errno: "ENOENT"} + ($absent | split("; ") | {text: .[0], hint: .[1]})')"
    equal "$(jq -r .msg <<<"$stderr")" "$absent"
    bind /none /data bind
    command_line --log-format json run --bundle "$bundle" none
    equal "$status $output ${#stderr_lines[@]}" '1  1'
    equal "$(jq -r '.errno, .call, .text, .hint' <<<"$stderr")" "$(printf '%s\n' ENOENT openat2 \
        'cannot open the source /none' 'it is never made: create it on the host, or correct the configuration')"
    [[ $(jq -r .place <<<"$stderr") == 'config.json:'*': mounts[6] (/data)' ]]
    bind /etc /etc bind rw
    command_line --log-format json plan --bundle "$bundle"
    equal "$status $(jq -r '.level + " " + .hazard' <<<"$stderr")" '0 warning writable-host-path'
}

@test "spec writes a configuration that runs, and no other over it" {
    mkdir /mnt/new
    cp -a "$rootfs" /mnt/new/rootfs
    does spec --bundle /mnt/new
    equal "$(stat -c %a /mnt/new/config.json)" 644
    equal "$(jq -r '.process.args[0]' /mnt/new/config.json)" sh
    refuses 'spec: there is a config.json already; remove it first, or name another directory by --bundle' \
        spec -b /mnt/new
    jq '.process.terminal = false | .process.args += ["-c", "echo $TERM; hostname"]' /mnt/new/config.json >/mnt/edited
    mv /mnt/edited /mnt/new/config.json
    does run --bundle /mnt/new "$id"
    equal "$output" $'xterm\nholdfast'
}

@test "spec is that of runc, but for version, host name and ambient capabilities" {
    command -v runc || skip 'no runc'
    mkdir /mnt/ours /mnt/theirs
    for option in '' --rootless; do
        rm -f /mnt/*/config.json
        does spec --bundle /mnt/ours $option
        runc spec --bundle /mnt/theirs $option
        equal "$(jq -S 'del(.ociVersion, .hostname, .process.capabilities.ambient)' /mnt/ours/config.json)" \
            "$(jq -S 'del(.ociVersion, .hostname, .process.capabilities.ambient)' /mnt/theirs/config.json)"
    done
}

@test "the life of a container" {
    program 'trap "exit 3" TERM; while :; do sleep 0.01; done'
    configure '.annotations = {"org.example": "yes"}'
    create --pid-file /mnt/pid
    status_is created
    does state "$id"
    equal "$(jq -r --arg id "$id" 'del(.created, .pid) | tojson' <<<"$output")" \
        "$(jq -cn --arg id "$id" --arg bundle "$bundle" --arg rootfs "$rootfs" '{ociVersion: "1.3.0", $id,
            status: "created", $bundle, annotations: {"org.example": "yes"}, $rootfs, owner: "root"}')"
    equal "$(jq -r .pid <<<"$output")" "$(cat /mnt/pid)"
    refuses "container with given ID already exists: $id; choose another ID, or remove that container by \"holdfast delete\"" \
        create --bundle "$bundle" "$id"
    refuses "cannot delete container $id that is not stopped: created; end it by \"holdfast kill\", or give --force" \
        delete "$id"
    does start "$id"
    status_is running
    refuses 'cannot start an already running container' start "$id"
    refuses "cannot delete container $id that is not stopped: running; end it by \"holdfast kill\", or give --force" \
        delete "$id"
    does list
    [[ ${lines[1]} == "$id "*" running "*"$bundle "*" root" ]]
    does list -q
    equal "$output" "$id"
    does kill "$id"
    wait_for_status stopped
    equal "$("$holdfast" state "$id" | jq .pid)" 0
    refuses 'container not running' kill "$id"
    refuses 'cannot start a container that has stopped' start "$id"
    does delete "$id"
    refuses "container \"$id\" does not exist; \"holdfast list\" shows those of a state root" state "$id"
    equal "$(ls -A /run/holdfast/containers)" ''
}

@test "a created container may be killed, and one that runs deleted by force" {
    program 'sleep 1000'
    create
    does kill "$id" KILL
    wait_for_status stopped
    does delete "$id"
    create
    does start "$id"
    does delete --force "$id"
    equal "$("$holdfast" list -q)" ''
}

@test "when start has ended, the container runs" {
    program 'exec sleep 1000'
    for _ in {1..30}; do
        create
        does start "$id"
        status_is running
        does delete --force "$id"
    done
}

@test "a limit of memory that is too small to start in" {
    configure '.linux.resources.memory.limit = 4096'
    refuses "the container's first process ended early; was it killed? The kernel's log says why: \
linux.resources.memory.limit is too low, or linux.seccomp does not allow what comes before the program" create --bundle "$bundle" "$id"
}

@test "pause and resume" {
    program 'while :; do echo >>/dev/shm/x; sleep 0.01; done'
    create
    does start "$id"
    does pause "$id"
    status_is paused
    refuses 'container not running' pause "$id"
    does resume "$id"
    status_is running
    refuses 'container not paused' resume "$id"
    does pause "$id"
    does kill "$id" KILL
    wait_for_status stopped
}

@test "the processes of a container" {
    program 'sleep 1234 & sleep 1235'
    create
    does start "$id"
    for _ in {1..500}; do
        [ "$("$holdfast" ps "$id" | grep -c 'sleep 123[45]$')" != 2 ] || break
        sleep 0.01
    done
    does ps "$id" -o pid,args
    equal "$(sed 1d <<<"$output" | awk '{print $1}' | sort -n)" \
        "$("$holdfast" ps --format json "$id" | jq '.[]' | sort -n)"
    equal "$(grep -c 'sleep 123[45]$' <<<"$output")" 2
    refuses "couldn't find PID field in ps output; add it to the options of ps: -o pid,args" ps "$id" -o args
}

@test "limits are changed" {
    program 'sleep 1000'
    create
    does start "$id"
    does update --pids-limit 77 --memory 64m "$id"
    pid=$("$holdfast" state "$id" | jq .pid)
    group=$(awk -F : '$2 == "pids" || $1 == 0 { print $3; exit }' "/proc/$pid/cgroup")
    equal "$(cat "/sys/fs/cgroup/pids$group/pids.max" 2>/dev/null || cat "/sys/fs/cgroup$group/pids.max")" 77
    echo '{"pids": {"limit": 78}}' | does update --resources - "$id"
    equal "$(cat "/sys/fs/cgroup/pids$group/pids.max" 2>/dev/null || cat "/sys/fs/cgroup$group/pids.max")" 78
    command_line update --kernel-memory 1m "$id"
    [ "$status" -eq 0 ]
    equal "$stderr" 'holdfast: warning: update: limits of kernel memory have no effect: Linux has none any more'
}

@test "exec" {
    program 'sleep 1000'
    configure '.process.env += ["A=1"] | .process.cwd = "/tmp"'
    mkdir -p "$rootfs/tmp"
    create
    does start "$id"
    does exec "$id" sh -c 'echo $A $B $(id -u):$(id -g) $PWD'
    equal "$output" '1 0:0 /tmp'
    does exec --env A=2 -e B=3 --user 5:6 --cwd / "$id" sh -c 'echo $A $B $(id -u):$(id -g) $PWD'
    equal "$output" '2 3 5:6 /'
    command_line exec "$id" sh -c 'exit 7'
    [ "$status" -eq 7 ]
    command_line exec "$id" /none
    [ "$status" -eq 255 ]
    equal "$stderr" 'holdfast: cannot execute /none: no such file or directory in the container'
    echo '{"args": ["sh", "-c", "echo $C"], "cwd": "/", "env": ["PATH=/bin", "C=file"]}' >/mnt/process.json
    does exec --process /mnt/process.json "$id"
    equal "$output" file
    for bad in '--user x' '--user 1:' '--user 4294967295' '--additional-gids -1' '--cap CHOWN' '--preserve-fds -1'; do
        command_line exec $bad "$id" true
        [ "$status" -eq 255 ]
        [[ $stderr == "holdfast: exec: ${bad% *}: "* ]]
    done
}

@test "a damaged state: list leaves it out, delete --force removes it" {
    mkdir -p /run/holdfast/containers/broken
    refuses 'container "broken" has no state: its creation was interrupted; remove the container: holdfast delete --force broken' \
        state broken
    echo '{' >/run/holdfast/containers/broken/state.json
    command_line list
    [ "$status" -eq 0 ]
    equal "$output" 'ID          PID         STATUS      BUNDLE      CREATED     OWNER'
    [[ $stderr == 'holdfast: warning: container broken: state.json is corrupt: '* ]]
    command_line delete broken
    [ "$status" -eq 1 ]
    command_line delete --force broken
    [ "$status" -eq 0 ]
    equal "$stderr" 'holdfast: warning: only the state was removed: it did not say which processes and cgroup there were'
    equal "$(ls -A /run/holdfast/containers)" ''
}

@test "a state that somebody else can write is not believed" {
    program 'sleep 1000'
    create
    chown 12345 "/run/holdfast/containers/$id/state.json"
    refuses "state.json belongs to user 12345: what it says can't be trusted; give --root a directory that only root, or the user, can write to" \
        kill "$id" KILL
    chown 0 "/run/holdfast/containers/$id/state.json"
    chmod 770 "/run/holdfast/containers/$id"
    refuses "the container's state directory can be written by others: what it says can't be trusted; give --root a directory that only root, or the user, can write to" \
        delete --force "$id"
    chmod 700 "/run/holdfast/containers/$id"
    does delete --force "$id"
}

@test "a create that is killed at any moment can be deleted by force" {
    program 'sleep 1000'
    for moment in 0.001 0.003 0.005 0.008 0.012 0.016 0.02 0.03 0.05; do
        "$holdfast" create --bundle "$bundle" "$id" </dev/zero >/dev/null 2>&1 3>&- &
        sleep "$moment"
        kill -9 $! || true
        wait $! || true
        run "$holdfast" delete --force "$id"
        [ "$status" -eq 0 ]
        equal "$("$holdfast" list -q)" ''
        rm -rf /run/holdfast/containers/~unfinished
    done
    equal "$(find /sys/fs/cgroup -name "$id")" ''
    create
}
