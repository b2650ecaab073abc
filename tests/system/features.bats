#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What holdfast says about itself: features, the help, and the answers to a wrong command line.

load helpers

# Runs holdfast with the arguments, which must succeed: says TEXT ARGUMENT...
says() {
    run --separate-stderr "$holdfast" "${@:2}"
    equal "$status $stderr" '0 '
    equal "$output" "$1"
}

# holdfast refuses the arguments with this line: refuses TEXT ARGUMENT...
refuses() {
    run --separate-stderr "$holdfast" "${@:2}"
    equal "$status $output" '1 '
    equal "$stderr" "holdfast: $1"
}

# The value at a place of the features document: feature FILTER
feature() {
    "$holdfast" features | jq -c "$1"
}

# The commands that the help names, sorted.
commands() {
    "$holdfast" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort
}

@test "holdfast(1) names each command, and its page" {
    local manual=$source_directory/docs/man/holdfast.1.scd
    equal "$(sed -n '/^# COMMANDS/,/^# GLOBAL/p' "$manual" | grep '^\*[a-z]*\*\(,\|$\)' | grep -o '[a-z]*[a-z]' | sort)" "$(commands)"
    equal "$(sed -n '/^# SEE ALSO/,$p' "$manual" | grep -o 'holdfast-[a-z]*' | grep -v -x holdfast-review | sort)" \
        "$(commands | sed 's/^/holdfast-/')"
    equal "$(sed -n "s/^  'holdfast-\([a-z]*\)[.]1',/\1/p" "$source_directory/docs/meson.build" | grep -v -x review | sort)" \
        "$(commands)"
}

@test "README names each command" {
    equal "$(grep '^| commands |' "$source_directory/README.md" | grep -o '`[a-z]*`' | tr -d '`' | sort)" "$(commands)"
}

@test "features is one JSON object without a word on standard error" {
    run --separate-stderr "$holdfast" features
    equal "$status $stderr" '0 '
    equal "$(jq -r type <<<"$output")" object
}

@test "features has every key of the specification's document, and no other" {
    equal "$("$holdfast" features | jq -r '[paths(type != "array" and type != "object" or (type == "array"))
        | map(select(type == "string")) | join(".")] | unique | .[]')" "$(sort <<'KEYS'
annotations.io.github.seccomp.libseccomp.version
hooks
linux.apparmor.enabled
linux.capabilities
linux.cgroup.rdma
linux.cgroup.systemd
linux.cgroup.systemdUser
linux.cgroup.v1
linux.cgroup.v2
linux.intelRdt.enabled
linux.intelRdt.monitoring
linux.intelRdt.schemata
linux.memoryPolicy.flags
linux.memoryPolicy.modes
linux.mountExtensions.idmap.enabled
linux.namespaces
linux.netDevices.enabled
linux.seccomp.actions
linux.seccomp.archs
linux.seccomp.enabled
linux.seccomp.knownFlags
linux.seccomp.operators
linux.seccomp.supportedFlags
linux.selinux.enabled
mountOptions
ociVersionMax
ociVersionMin
potentiallyUnsafeConfigAnnotations
KEYS
)"
}

@test "versions, hooks and namespaces" {
    equal "$(feature '[.ociVersionMin, .ociVersionMax, (.linux.namespaces | sort)]')" \
        '["1.0.0","1.3.0",["cgroup","ipc","mount","network","pid","time","user","uts"]]'
    equal "$(feature .hooks)" \
        '["prestart","createRuntime","createContainer","startContainer","poststart","poststop"]'
}

@test "no list has a word twice" {
    equal "$(feature '[.. | arrays | select(length != (unique | length))]')" '[]'
}

@test "capabilities are all that the kernel's header knows" {
    equal "$(feature '.linux.capabilities | length')" 41
    equal "$(feature '.linux.capabilities | map(select(test("^CAP_[A-Z_]+$") | not))')" '[]'
}

@test "what is there is claimed, and no flag that is not known" {
    equal "$(feature '[.linux | .apparmor, .selinux, .intelRdt, .netDevices | .enabled]')" '[true,true,true,true]'
    equal "$(feature '.linux.intelRdt | [.schemata, .monitoring]')" '[true,true]'
    equal "$(feature .linux.cgroup)" '{"v1":true,"v2":true,"systemd":true,"systemdUser":true,"rdma":true}'
    equal "$(feature '.linux.seccomp.actions | index("SCMP_ACT_NOTIFY") != null')" true
    equal "$(feature '.linux.seccomp | .supportedFlags - .knownFlags')" '[]'
}

@test "memory policies are those of the specification" {
    equal "$(feature '.linux.memoryPolicy | [(.modes | sort), (.flags | sort)]')" "$(jq -n -c '
        ["MPOL_BIND MPOL_DEFAULT MPOL_INTERLEAVE MPOL_LOCAL MPOL_PREFERRED MPOL_PREFERRED_MANY MPOL_WEIGHTED_INTERLEAVE",
         "MPOL_F_NUMA_BALANCING MPOL_F_RELATIVE_NODES MPOL_F_STATIC_NODES"] | map(split(" "))')"
}

@test "no annotation changes what a container may do, and libseccomp's version is told" {
    equal "$(feature .potentiallyUnsafeConfigAnnotations)" '[]'
    equal "$(feature '.annotations["io.github.seccomp.libseccomp.version"] | test("^[0-9]+[.][0-9]+[.][0-9]+$")')" true
}

@test "mountOptions is the specification's table and the words of runc, crun and mount(8)" {
    equal "$(feature '.mountOptions | sort')" "$(jq -n -c '
        ["ro rw", "nosuid suid", "nodev dev", "noexec exec", "nodiratime diratime", "nosymfollow symfollow",
         "relatime norelatime", "noatime atime", "strictatime nostrictatime",
         "private", "slave", "shared", "unbindable"] | map(split(" ")) | add | . + map("r" + .)
        | . + ("bind rbind sync async dirsync lazytime nolazytime mand nomand defaults silent loud iversion noiversion
            remount idmap ridmap tmpcopyup z Z copy-symlink src-nofollow dest-nofollow
            auto noauto nofail _netdev user nouser users nousers owner noowner group nogroup" | [splits("\\s+")]) | sort')"
}

# What every mount of the container may be given, a new tmpfs and a bind mount alike.
common='ro rw nosuid suid nodev dev noexec exec nodiratime diratime nosymfollow symfollow relatime norelatime noatime atime
    strictatime nostrictatime private slave shared unbindable defaults silent loud iversion noiversion dest-nofollow auto
    noauto nofail _netdev user nouser users nousers owner noowner group nogroup'
recursive='rro rrw rnosuid rsuid rnodev rdev rnoexec rexec rnodiratime rdiratime rnosymfollow rsymfollow rrelatime
    rnorelatime rnoatime ratime rstrictatime rnostrictatime rprivate rslave rshared runbindable'
for_bind='bind rbind idmap ridmap z Z copy-symlink src-nofollow remount'
for_filesystem='sync async dirsync lazytime nolazytime mand nomand tmpcopyup remount'

# One container has a mount for each of the words, on a directory that is named after it; each must be there.
accepted() {
    local kind=$1 word
    mkdir -p /mnt/source
    configure '.root.readonly = false | .linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2"'
    for word in "${@:2}"; do
        [ "$word" != remount ] || { [ "$kind" = bind ] && bind /mnt/source /remount bind || filesystem tmpfs /remount; }
        if [ "$kind" = bind ]; then bind /mnt/source "/$word" bind "$word"; else filesystem tmpfs "/$word" "$word"; fi
        [[ $word != *idmap ]] || configure '.mounts[-1] += ([{containerID: 0, hostID: 1000, size: 10}] as $map
            | {uidMappings: $map, gidMappings: $map})'
    done
    program 'cut -d " " -f 5 /proc/self/mountinfo'
    start_well
    equal "$(sort -u <<<"$output" | grep -F -x -f <(printf '/%s\n' "${@:2}"))" "$(printf '/%s\n' "${@:2}" | sort)"
}

@test "each word of mountOptions is in one of the groups that are tried here" {
    # shellcheck disable=SC2086 # lists of words
    equal "$(feature '.mountOptions[]' | tr -d '"' | sort)" \
        "$(printf '%s\n' $common $recursive $for_bind $for_filesystem | sort -u)"
}

@test "each word for any mount is accepted on a bind mount" {
    # shellcheck disable=SC2086
    accepted bind $common
}

@test "each word for any mount is accepted on a tmpfs" {
    # shellcheck disable=SC2086
    accepted tmpfs $common
}

@test "each recursive word is accepted on a bind mount" {
    # shellcheck disable=SC2086
    accepted bind $recursive
}

@test "each recursive word is accepted on a tmpfs" {
    # shellcheck disable=SC2086
    accepted tmpfs $recursive
}

@test "each word for a bind mount is accepted on one" {
    # shellcheck disable=SC2086
    accepted bind $for_bind
}

@test "each word for a file system is accepted on one" {
    # shellcheck disable=SC2086
    accepted tmpfs $for_filesystem
}

@test "a word that is not in mountOptions is refused on a bind mount" {
    bind /mnt/bundle /data bind rnosuidd
    start_fails "config.json:$(mount_line /data): mounts[6] (/data): option \"rnosuidd\": nothing that a bind mount knows"
}

@test "each action of seccomp that is listed is accepted, but that which needs a listener" {
    local action
    for action in $(feature '.linux.seccomp.actions - ["SCMP_ACT_NOTIFY"] | .[]' | tr -d '"'); do
        configure --arg action "$action" '.process.args = ["true"]
            | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: $action}]}'
        [ "$action" != SCMP_ACT_ALLOW ] || configure '.linux.seccomp.defaultAction = "SCMP_ACT_LOG"'
        start
        equal "$action $status $stderr" "$action 0 "
    done
}

@test "each namespace type that is listed is accepted" {
    configure --argjson types "$(feature .linux.namespaces)" '.linux.namespaces = ($types | map({type: .}))
        | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    program 'for name in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$name; done'
    start_well
    equal "$(comm -12 <(sort <<<"$output") <(for name in cgroup ipc mnt net pid time user uts; do
        readlink "/proc/self/ns/$name"; done | sort))" ''
    equal "${#lines[@]}" 8
}

@test "features takes no arguments" {
    refuses 'features: takes no arguments; see holdfast features --help' features x
}

help='Usage: holdfast [OPTION]... COMMAND [OPTION]... [ARGUMENT]...

Builds a container'\''s file-system view and runs a program in it.

Commands:
  run       Runs an OCI bundle
  create    Creates a container from an OCI bundle
  start     Starts the program of a created container
  state     Prints the state of a container, as JSON
  list      Lists the containers
  mounts    Shows the mounts of a running container, adds one, or removes one
  kill      Sends a signal to a container
  delete    Deletes a container that has stopped
  exec      Runs another program in a container
  ps        Shows the processes of a container
  pause     Stops all processes of a container for a while
  resume    Lets a paused container go on
  update    Changes the limits of a container
  events    Prints what a container uses, and when it runs out of memory
  spec      Writes a config.json to begin with
  box       Runs a command in a box, without a bundle
  plan      Shows what a start of an OCI bundle would mount, and where
  policy    Prints a policy for holdfast box
  diff      Tells in words how the plans of two configurations differ
  hazards   Shows what is legal in a bundle and dangerous all the same
  explain   Tells what a path of a container is, and why
  verify    Compares a container'\''s mounts with those that it began with
  doctor    Tries what this machine lets this user do, and says what to change
  features  Prints what of the OCI specification is supported, as JSON

"holdfast COMMAND --help" tells more.'

options='

Options, before the command:
      --root DIR                   where the containers'\'' state is kept
      --log FILE                   errors and warnings are appended to it, too
      --log-format WORD            text (default), or json: to standard error without --log
      --debug                      logs what is called as well
      --cgroup-manager WORD        cgroupfs (default), systemd or disabled
      --systemd-cgroup             the same as --cgroup-manager systemd
      --rootless WORD              accepted, without effect
  -v, --version                    shows the version
  -h, --help                       shows this help'

@test "--help and -h list the commands" {
    says "$help$options" --help
    says "$help$options" -h
}

@test "without a command the help is on standard error, and the exit status is 1" {
    run --separate-stderr "$holdfast"
    equal "$status $output" '1 '
    equal "$stderr" "$help"
}

@test "--version" {
    says "holdfast $(sed -n "s/.*version: '\([0-9.]*\)'.*/\1/p" "$source_directory/meson.build" | head -n 1)" --version
}

@test "an unknown command" {
    refuses 'unknown command "fly"; see holdfast --help' fly
    refuses 'unknown option --fly; see holdfast --help' --fly
    refuses 'unknown command ""; see holdfast --help' ''
}

@test "an unknown option" {
    local command
    for command in run box features; do
        refuses "$command: unknown option --fly; see holdfast $command --help" $command --fly
        refuses "$command: unknown option -x; see holdfast $command --help" $command -x
    done
}

@test "an option without its argument" {
    refuses 'run: option --bundle needs an argument; see holdfast run --help' run --bundle
    refuses 'run: option -b needs an argument; see holdfast run --help' run -b
    refuses 'box: option --bind needs an argument; see holdfast box --help' box --bind
}

@test "an option with an argument that it does not take" {
    run --separate-stderr "$holdfast" box --net=yes true
    equal "$status $output" '1 '
    [[ $stderr == 'holdfast: box: '*'--net'*'; see holdfast box --help' ]]
}

@test "run without an ID, and with two" {
    refuses 'run: needs ID; see holdfast run --help' run
    refuses 'run: takes no "two"; see holdfast run --help' run one two
}

@test "IDs that can't be a container's" {
    local id
    for id in '' . .. a/b 'a b' ä; do
        refuses "\"$id\" can't be a container's ID; letters, digits, \"_\", \"+\", \"-\" and \".\" make one" run "$id"
    done
    configure '.process.args = ["true"]'
    run --separate-stderr "$holdfast" run --bundle "$bundle" "$(printf 'a%.0s' {1..1025})"
    equal "$status $output ${#stderr_lines[@]}" '1  1'
}

@test "an ID with every character that may be in one" {
    configure '.process.args = ["true"]'
    run --separate-stderr "$holdfast" run --bundle "$bundle" 'aZ09_+-.'
    equal "$status $output $stderr" '0  '
}

@test "run --help" {
    says "$(cat <<'HELP'
Usage: holdfast run [OPTION]... ID

Runs an OCI bundle.

The exit status is the program's, 128+N if signal N ended it, and 1 if holdfast itself
failed; nothing is left behind then. Signals are forwarded to the program.

Options:
  -b, --bundle DIR                 the OCI bundle: configuration and root (default: .)
  -f, --config FILE                the configuration, in the bundle or a path (default: config.json)
      --console-socket PATH        sends the terminal's descriptor to this socket
      --pid-file FILE              gets the first process's pid
      --pidfd-socket PATH          sends a pidfd of the first process to this socket
      --no-pivot                   enters the root without pivot_root, for an initial ramfs
      --no-traces                  makes nothing in the image or in volumes, but covers it
      --timing                     prints where the time of the start went, on standard error
      --no-new-keyring             keeps the caller's session keyring
      --preserve-fds N             the program keeps N descriptors from 3 on
      --status-fd N                tells the phases of the start there, a JSON line each
      --control-fd N               starts the program at the line "go" from there, and nothing when it ends before
  -d, --detach                     returns when the program runs
      --keep                       does not delete the container when its program has ended
      --no-subreaper               accepted, without effect
  -h, --help                       shows this help
HELP
)" run --help
}

@test "features --help" {
    says "$(printf '%s\n' 'Usage: holdfast features' '' 'Prints what of the OCI specification is supported, as JSON.' '' \
        'Options:' '  -h, --help                       shows this help')" features --help
}

@test "run takes the bundle in the working directory" {
    configure '.process.args = ["echo", "found"]'
    cd "$bundle"
    says found run test
}

@test "without standard descriptors holdfast works all the same" {
    configure '.process.args = ["true"]'
    run bash -c '"$1" run --bundle "$2" test <&- >&- 2>&-' bash "$holdfast" "$bundle"
    equal "$status" 0
}
