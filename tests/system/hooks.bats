#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The six kinds of hooks: when, where and with what they run, and what their failure does.
load container_life

# Adds a hook of a kind that runs a shell program, on the host or, by its path, in the container:
# hook KIND PROGRAM [FILTER]
hook() {
    configure --arg kind "$1" --arg text "$2" --arg directory "$([ "$1" = startContainer ] || echo /usr)" \
        '.hooks[$kind] += [{path: ($directory + "/bin/sh"), args: ["sh", "-c", $text], env: ["PATH=/usr/bin:/bin"]}
            | '"${3:-.}]"
}

@test "all six, in their order, with the state on standard input" {
    local kind
    configure '.annotations = {a: "b"} | .root.readonly = false'
    for kind in prestart createRuntime createContainer poststart poststop; do
        hook $kind "{ echo $kind; cat; echo; } >>/mnt/log"
    done
    hook startContainer '{ echo startContainer; cat; echo; } >>/hook'
    program 'echo program >>/hook; exec sleep 1000'
    create
    echo created >>/mnt/log
    does start "$id"
    echo started >>/mnt/log
    pid=$("$holdfast" state "$id" | jq .pid)
    does delete --force "$id"
    equal "$(jq -R -r '(fromjson? | .status) // .' /mnt/log)" "$(printf '%s\n' prestart creating createRuntime creating \
        createContainer creating created poststart running started poststop stopped)"
    equal "$(jq -R -r '(fromjson? | .status) // .' "$rootfs/hook")" $'startContainer\ncreated\nprogram'
    # As who runs the hook sees it: the machine or, for createContainer, the container (OCI runtime.md, "State").
    equal "$(grep '^{' /mnt/log | jq .pid)" "$(printf '%s\n' "$pid" "$pid" 1 "$pid" 0)"
    equal "$(grep '^{' /mnt/log | jq -c 'del(.pid, .status)' | sort -u)" "$(jq -cn --arg id "$id" --arg bundle "$bundle" \
        '{ociVersion: "1.3.0", $id, $bundle, annotations: {a: "b"}}')"
    equal "$(grep '^{' "$rootfs/hook" | jq -c '[.id, .pid]')" "[\"$id\",1]"
}

@test "where they run: the host's namespaces, the container's, and with the container's root" {
    local names='for kind in ipc mnt net time uts; do readlink /proc/self/ns/$kind; done' machine container
    configure '.root.readonly = false | .linux.namespaces += [{type: "time"}]'
    hook prestart "{ $names; ls -d $rootfs/bin; } >/mnt/prestart"
    hook createRuntime "{ $names; ls -d $rootfs/bin; } >/mnt/createRuntime"
    # In the container's mount namespace; the host's tree is still there, and the root at its place in it.
    hook createContainer "{ $names; ls -d $rootfs/bin $rootfs/proc/self; } >/mnt/createContainer"
    hook startContainer "{ for kind in ipc mnt net time uts; do readlink /proc/self/ns/\$kind; done; ls -d /bin; } >/start"
    hook poststart "{ $names; } >/mnt/poststart"
    hook poststop "{ $names; } >/mnt/poststop"
    program 'exec sleep 1000'
    detached
    machine=$(for kind in ipc mnt net time uts; do readlink /proc/self/ns/$kind; done)
    container=$(pid=$("$holdfast" state "$id" | jq .pid); for kind in ipc mnt net time uts; do readlink "/proc/$pid/ns/$kind"; done)
    does delete --force "$id"
    equal "$(cat /mnt/prestart)" "$machine
$rootfs/bin"
    equal "$(cat /mnt/createRuntime)" "$machine
$rootfs/bin"
    equal "$(cat /mnt/createContainer)" "$container
$rootfs/bin
$rootfs/proc/self"
    equal "$(cat "$rootfs/start")" "$container
/bin"
    equal "$(cat /mnt/poststart)" "$machine"
    equal "$(cat /mnt/poststop)" "$machine"
}

@test "what createContainer mounts below the root is seen inside, and nothing else of the host" {
    mkdir -p /mnt/data/below "$rootfs/data"
    echo 'from the hook' >/mnt/data/file
    hook createContainer "mount --bind /mnt/data $rootfs/data && mount -t tmpfs outside /mnt/data/below"
    program 'cat /data/file; cut -d " " -f 5 /proc/self/mountinfo; ls /'
    start_well
    equal "${lines[0]}" 'from the hook'
    equal "$(grep -c '^/data$' <<<"$output")" 1
    equal "$(grep -c -e '^/mnt' -e '^/run' -e bundle -e below <<<"$output")" 0
    equal "$(grep -c ' /mnt/data' /proc/self/mountinfo)" 0
}

@test "what createRuntime mounts by the pid of the state is seen inside" {
    mkdir -p "$rootfs/data" /mnt/data
    echo 'from the hook' >/mnt/data/file
    hook createRuntime "pid=\$(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/'); nsenter --mount --target \$pid mount --bind /mnt/data $rootfs/data"
    program 'cat /data/file'
    start_well
    equal "$output" 'from the hook'
}

@test "with a user namespace" {
    local kind
    configure '.linux.namespaces += [{type: "user"}] | .root.readonly = false
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    chown -hR 100000:100000 "$rootfs"
    chmod 777 /mnt
    for kind in prestart createRuntime createContainer poststart poststop; do
        hook $kind "echo $kind \$(id -u) >>/mnt/log; chmod 666 /mnt/log"
    done
    hook startContainer 'echo startContainer $(id -u) >/hook'
    program 'cat /hook'
    start_well
    equal "$output" 'startContainer 0'
    equal "$(cat /mnt/log)" "$(printf '%s 0\n' prestart createRuntime createContainer poststart poststop)"
}

@test "failures of create's hooks: one line that says which, and nothing stays" {
    local kind before
    cp "$bundle/config.json" /mnt/before
    for kind in prestart createRuntime createContainer; do
        cp /mnt/before "$bundle/config.json"
        hook poststop "echo $kind >>/mnt/poststop"
        hook $kind true
        hook $kind 'echo "what went wrong" >&2; exit 3'
        before=$(list_rootfs)
        command_line create --bundle "$bundle" "$id"
        [[ "$status $stderr" == "1 holdfast: config.json:"*": hooks.${kind}[1]: /usr/bin/sh ended with status 3: what went wrong" ]]
        equal "$(grep -o 'config.json' <<<"$stderr" | wc -l)" 1
        nothing_left
        equal "$(list_rootfs)" "$before"
    done
    equal "$(cat /mnt/poststop)" $'prestart\ncreateRuntime\ncreateContainer'
}

@test "a first process that fails while a hook runs, which ends with it: the error is the first process's" {
    hook createContainer 'exec sleep 1234.5'
    # The launcher makes fewer of these calls.
    run --separate-stderr strace -f -qq -o /dev/null -e trace=prctl -e inject=prctl:error=EPERM:delay_enter=1000000:when=12 \
        "$holdfast" create --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: cannot drop CAP_'*' from the bounding set: prctl(PR_CAPBSET_DROP): EPERM'* ]]
    nothing_left
    equal "$(pgrep -f '^sleep 1234.5$')" ''
}

@test "a startContainer hook that fails: the program does not run, and the container is gone" {
    hook startContainer 'exit 3'
    hook poststop 'echo poststop >>/mnt/log'
    configure '.root.readonly = false'
    program 'touch /ran'
    create
    command_line start "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': hooks.startContainer[0]: /bin/sh ended with status 3' ]]
    nothing_left
    command_line run --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': hooks.startContainer[0]: /bin/sh ended with status 3' ]]
    nothing_left
    [ ! -e "$rootfs/ran" ]
    equal "$(cat /mnt/log)" $'poststop\npoststop'
}

@test "a poststart hook that fails ends and removes the container" {
    hook poststart 'exit 3'
    hook poststop 'echo poststop >>/mnt/log'
    program 'exec sleep 1000'
    create
    command_line start "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': hooks.poststart[0]: /usr/bin/sh ended with status 3' ]]
    nothing_left
    command_line run --detach --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': hooks.poststart[0]: /usr/bin/sh ended with status 3' ]]
    nothing_left
    equal "$(cat /mnt/log)" $'poststop\npoststop'
}

@test "poststop hooks that fail are warnings, and all of them run" {
    hook poststop 'exit 3'
    hook poststop 'echo second >>/mnt/log'
    program 'exit 0'
    start
    equal "$status" 0
    [[ $stderr == 'holdfast: warning: config.json:'*': hooks.poststop[0]: /usr/bin/sh ended with status 3' ]]
    equal "$(cat /mnt/log)" second
}

@test "hooks begin with the signal mask and the limit of open files that holdfast began with" {
    local kind
    for kind in prestart createRuntime createContainer poststart poststop; do
        hook "$kind" "echo $kind \$(ulimit -Sn) \$(ulimit -Hn) \$(sed -n 's/^SigBlk:.//p' /proc/self/status) >>/mnt/log"
    done
    program 'exit 0'
    (
        ulimit -Sn 500
        perl -MPOSIX -e 'sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGUSR1)); exec @ARGV' \
            "$holdfast" run --bundle "$bundle" "$id" </dev/null
    )
    equal "$(awk '{ print $1, $2, $4 }' /mnt/log)" "$(printf '%s 500 0000000000000200\n' \
        prestart createRuntime createContainer poststart poststop)"
    equal "$(awk '{ print $3 }' /mnt/log | sort -u)" "$(ulimit -Hn)"
}

@test "a timeout ends the hook and what it started" {
    local kind before
    cp "$bundle/config.json" /mnt/before
    for kind in createRuntime createContainer startContainer poststart; do
        cp /mnt/before "$bundle/config.json"
        hook $kind 'sleep 1234.5 & sleep 1234.5' '.timeout = 1'
        program 'exec sleep 1000'
        before=$SECONDS
        command_line run --detach --bundle "$bundle" "$id"
        [[ "$status $stderr" == "1 holdfast: config.json:"*": hooks.${kind}[0]: "*"/bin/sh did not end within 1 second and was killed" ]]
        [ $((SECONDS - before)) -le 4 ]
        nothing_left
        equal "$(pgrep -f '^sleep 1234.5$')" ''
    done
}

@test "hooks ask holdfast for the state: no deadlock" {
    local kind
    for kind in prestart createRuntime createContainer poststart poststop; do
        hook $kind "echo $kind \$($holdfast state $id | grep -o '\"status\": *\"[a-z]*\"') >>/mnt/log 2>&1"
    done
    program 'exec sleep 1000'
    create
    does start "$id"
    does delete --force "$id"
    equal "$(sed 's/"status": *//; s/"//g' /mnt/log)" "$(printf '%s\n' 'prestart creating' 'createRuntime creating' \
        'createContainer creating' 'poststart running' 'poststop stopped')"
}

@test "a hook that isn't there" {
    configure '.hooks = {createRuntime: [{path: "/none/hook"}]}'
    command_line create --bundle "$bundle" "$id"
    [[ "$status $stderr" == '1 holdfast: config.json:'*': hooks.createRuntime[0]: '*'/none/hook'*ENOENT* ]]
    nothing_left
}
