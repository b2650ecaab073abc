#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Namespaces that are joined by path, the time namespace, ranges of ids for ordinary users, and holdfast in a container.

load helpers

user=12345
setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    holder=
}

teardown() {
    [ -z "$holder" ] || kill -KILL "$holder" 2>/dev/null || true
    umount -R -l /mnt
}

# A process in new namespaces, $holder, after it has run some commands in them: hold OPTION... COMMANDS
hold() {
    unshare "${@:1:$#-1}" sh -c "${*: -1}"'; touch /mnt/ready; exec sleep 60' >/mnt/held 2>&1 3>&- &
    holder=$!
    wait_for /mnt/ready
}

# Its user namespace, with ids from 100000 on.
hold_user_namespace() {
    unshare "$@" sh -c 'touch /mnt/ready; exec sleep 60' >/mnt/held 2>&1 3>&- &
    holder=$!
    wait_for /mnt/ready
    echo '0 100000 65536' >/proc/$holder/uid_map
    echo '0 100000 65536' >/proc/$holder/gid_map
    chown -hR 100000:100000 "$rootfs"
}

# The configuration joins a namespace: join TYPE PATH
join() {
    configure --arg type "$1" --arg path "$2" \
        '.linux.namespaces |= map(select(.type != $type)) + [{$type, $path}]'
}

own_namespaces='for name in cgroup ipc net pid time user uts; do readlink /proc/self/ns/$name; done'

# The name of one of the holder's namespaces, such as net:[4026532008]: held NAME
held() {
    readlink "/proc/$holder/ns/$1" | sed 's/_for_children//'
}

# A start fails at a namespace: refused TEXT
refused() {
    start
    equal "$status $output ${#stderr_lines[@]}" '1  1'
    [[ $stderr == "holdfast: config.json:"*": linux.namespaces["*"].path: $1" ]] || equal "$stderr" "…: $1"
}

# The program is in the holder's namespace of the kind, and of the other kinds in none of its: joins TYPE NAME
joins() {
    local names='cgroup ipc net pid uts' other
    hold --net --ipc --uts --cgroup --time --fork --kill-child true
    join "$1" "/proc/$holder/ns/$2"
    configure 'del(.hostname)'
    program "$own_namespaces"
    start_well
    equal "$(for other in $names time_for_children; do held $other; done | grep -x -F -f <(echo "$output"))" "$(held "$2")"
    equal "$(for other in $names; do readlink /proc/self/ns/$other; done | grep -c -x -F -f <(echo "$output"))" 0
}

@test "an existing network namespace is joined" {
    joins network net
}

@test "an existing ipc namespace is joined" {
    joins ipc ipc
}

@test "an existing uts namespace is joined" {
    joins uts uts
}

@test "an existing cgroup namespace is joined" {
    joins cgroup cgroup
}

@test "an existing time namespace is joined" {
    joins time time_for_children
}

@test "the clocks are those of the joined time namespace" {
    hold --time --monotonic 1000000 --fork --kill-child true
    join time /proc/$holder/ns/time_for_children
    program 'cut -d . -f 1 /proc/uptime; readlink /proc/self/ns/time; cat /proc/self/timens_offsets'
    start_well
    equal "${lines[1]}" "$(held time_for_children)"
    equal "$(tail -n 2 <<<"$output" | tr -s ' ')" "$(printf '%s\n' 'monotonic 1000000 0' 'boottime 0 0')"
}

@test "holdfast's own clocks are not part of it: the next start has the machine's" {
    program 'readlink /proc/self/ns/time'
    start_well
    equal "$output" "$(readlink /proc/self/ns/time)"
}

@test "a time namespace of the container's own" {
    configure '.linux.namespaces += [{type: "time"}]'
    program 'readlink /proc/self/ns/time'
    start_well
    [[ $output == 'time:['* && $output != "$(readlink /proc/self/ns/time)" ]]
}

@test "a source that looks like a path is a name to proc, sysfs and mqueue: they show the container's namespaces" {
    local users
    configure '(.mounts[] | select(.type == "proc")).source = "/proc" | (.mounts[] | select(.type == "sysfs")).source = "/sys" |
        (.mounts[] | select(.type == "mqueue")).source = "/dev/mqueue"'
    program 'tr "\\0" " " </proc/1/cmdline | cut -c 1-2; ls /proc | grep -c "^[0-9]"; ls /sys/class/net | tr "\\n" " "; ls /dev/mqueue'
    mkdir /mnt/mqueue
    mount -t mqueue mqueue /mnt/mqueue
    : >"/mnt/mqueue/hf-host-$$"
    for users in host own; do
        [ $users = host ] || { configure '.linux.namespaces += [{type: "user"}]
            | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
            chown -hR 100000:100000 "$rootfs"; }
        start
        [ "$status" -eq 0 ] || break
        equal "${lines[0]}" sh
        [ "${lines[1]}" -le 6 ]
        equal "${lines[2]}" 'lo '
        equal "${#lines[@]}" 3
    done
    rm "/mnt/mqueue/hf-host-$$"
    umount /mnt/mqueue
    equal "$status" 0
}

@test "an existing pid namespace is joined, and proc shows it" {
    local child
    unshare --pid --fork --kill-child sh -c 'touch /mnt/ready; exec sleep 60' >/mnt/held 2>&1 3>&- &
    holder=$!
    wait_for /mnt/ready
    child=$(pgrep -P $holder)
    join pid /proc/$child/ns/pid
    program 'readlink /proc/self/ns/pid; tr "\0" " " </proc/1/cmdline; echo; [ $$ -ne 1 ] && echo other'
    start_well
    equal "$output" "$(printf '%s\n' "$(readlink /proc/$child/ns/pid)" 'sleep 60 ' other)"
    [ -d "/proc/$child" ]
}

@test "an existing user namespace is joined, and owners are its" {
    hold_user_namespace --user
    join user /proc/$holder/ns/user
    program 'readlink /proc/self/ns/user; tr -s " " </proc/self/uid_map; id -u; stat -c %u:%g / /dev /dev/pts; grep ^CapEff /proc/self/status'
    start_well
    equal "$output" "$(printf '%s\n' "$(held user)" ' 0 100000 65536' 0 0:0 0:0 0:0 $'CapEff:\t0000000020000420')"
}

@test "a user namespace and a network namespace that belongs to it are joined" {
    hold_user_namespace --user --net
    join user /proc/$holder/ns/user
    join network /proc/$holder/ns/net
    program 'readlink /proc/self/ns/user; readlink /proc/self/ns/net; ls /sys/class/net'
    start_well
    equal "$output" "$(printf '%s\n' "$(held user)" "$(held net)" lo)"
}

@test "namespaces that are joined and namespaces that are new, together" {
    hold --net --ipc --uts 'hostname joined'
    for kind in network:net ipc:ipc uts:uts; do join ${kind%:*} /proc/$holder/ns/${kind#*:}; done
    configure 'del(.hostname)'
    program 'hostname; for name in ipc net uts; do readlink /proc/self/ns/$name; done; echo $$'
    start_well
    equal "$output" "$(printf '%s\n' joined "$(held ipc)" "$(held net)" "$(held uts)" 1)"
}

@test "a namespace that is pinned to a file is joined" {
    hold --net true
    touch /mnt/pin
    mount --bind /proc/$holder/ns/net /mnt/pin
    join network /mnt/pin
    program 'readlink /proc/self/ns/net'
    start_well
    equal "$output" "$(held net)"
}

@test "a joined uts namespace keeps its host name" {
    hold --uts 'hostname joined'
    join uts /proc/$holder/ns/uts
    configure 'del(.hostname)'
    program hostname
    start_well
    equal "$output $(nsenter --uts=/proc/$holder/ns/uts hostname)" 'joined joined'
}

@test "a joined uts namespace gets a configured host name" {
    hold --uts 'hostname joined'
    join uts /proc/$holder/ns/uts
    program hostname
    start_well
    equal "$output $(nsenter --uts=/proc/$holder/ns/uts hostname)" 'holdfast holdfast'
}

@test "the loopback interface of a joined network namespace is left alone" {
    hold --net true
    join network /proc/$holder/ns/net
    program 'cat /sys/class/net/lo/flags'
    start_well
    equal "$output" 0x8
}

@test "a joined namespace stays after the container" {
    hold --net --ipc true
    join network /proc/$holder/ns/net
    program true
    start_well
    [ -d /proc/$holder ]
    nsenter --net=/proc/$holder/ns/net true
}

@test "a namespace of the wrong kind is refused" {
    local kind
    hold --uts true
    for kind in cgroup ipc network pid time user; do
        cp "$BATS_FILE_TMPDIR/image/config.json" "$bundle/config.json"
        join $kind /proc/$holder/ns/uts
        refused "/proc/$holder/ns/uts is not a $kind namespace"
    done
}

@test "a namespace path that is missing is refused" {
    join network /mnt/missing
    refused 'cannot open /mnt/missing: open: ENOENT (No such file or directory)'
}

@test "a namespace path that is a file or a directory is refused" {
    join network /etc/passwd
    refused '/etc/passwd is not a network namespace'
    join network /mnt
    refused '/mnt is not a network namespace'
}

@test "a namespace path that is a FIFO does not hang" {
    mkfifo /mnt/fifo
    join network /mnt/fifo
    run --separate-stderr timeout -s KILL 5 "$holdfast" run --bundle "$bundle" test
    equal "$status ${#stderr_lines[@]}" '1 1'
    [[ $stderr == *'/mnt/fifo is not a network namespace' ]]
}

@test "an existing mount namespace is refused" {
    join mount /proc/self/ns/mnt
    refused "an existing mount namespace can't be joined; leave the path out: holdfast builds the mount namespace, and never changes another"
}

@test "a failed join leaves nothing in the image" {
    local before
    before=$(list_rootfs)
    join network /mnt/missing
    start
    equal "$status $(list_rootfs)" "1 $before"
}

# A passwd of the test's own with the user, and ranges for the user as they are given: ranges UIDS GIDS
ranges() {
    sed '/^holdfast-test:/d' /etc/passwd >/mnt/passwd
    echo "holdfast-test:x:$user:$user::/nonexistent:/bin/sh" >>/mnt/passwd
    printf '%s\n' "$1" >/mnt/subuid
    printf '%s\n' "$2" >/mnt/subgid
    for name in passwd subuid subgid; do
        chmod 0644 /mnt/$name
        mount --bind /mnt/$name /etc/$name
    done
}

# The configuration's mappings: the user's own id as root, and a range: map_ranges FIRST SIZE
map_ranges() {
    configure --argjson user $user --argjson first "$1" --argjson size "$2" '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: $user, size: 1}, {containerID: 1, hostID: $first, size: $size}]
        | .linux.gidMappings = .linux.uidMappings'
    chown -hR $user:$user "$bundle"
    install -m 0755 "$holdfast" /mnt/holdfast
}

# Runs the bundle as the user. The files that ranges() binds go away again.
start_as_user() {
    cd /
    run --separate-stderr setpriv --reuid $user --regid $user --clear-groups "$@" /mnt/holdfast run --bundle "$bundle" test
    for name in passwd subuid subgid; do
        umount /etc/$name 2>/dev/null || true
    done
}

@test "an ordinary user has ranges of ids from /etc/subuid and /etc/subgid" {
    ranges "$user:300000:65536" "$user:300000:65536"
    map_ranges 300000 65536
    program 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; id -u; cat /proc/self/setgroups'
    start_as_user
    equal "$status $stderr" '0 '
    equal "$output" "$(printf '%s\n' ' 0 0 1' ' 1 1 65536' ' 0 0 1' ' 1 1 65536' 0 allow)"
}

@test "an ordinary user with ranges: files get owners from the range" {
    ranges "holdfast-test:300000:65536" "holdfast-test:300000:65536"
    map_ranges 300000 65536
    configure '.root.readonly = false | .process.user = {uid: 7, gid: 8}'
    program 'touch /tmp/x; stat -c %u:%g /tmp/x'
    start_as_user
    equal "$status $output $stderr" '0 7:8 '
    equal "$(stat -c %u:%g "$rootfs/tmp/x")" 300006:300007
}

@test "an ordinary user with ranges: additionalGids" {
    ranges "$user:300000:65536" "$user:300000:65536"
    map_ranges 300000 65536
    configure '.process.user = {uid: 7, gid: 8, additionalGids: [9, 10]} | .process.args = ["grep", "^Groups:", "/proc/self/status"]'
    start_as_user
    equal "$status $output $stderr" $'0 Groups:\t9 10  '
}

@test "an ordinary user with ranges: devpts keeps its gid" {
    ranges "$user:300000:65536" "$user:300000:65536"
    map_ranges 300000 65536
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_as_user
    equal "$(mount_table <<<"$output" | rows_at /dev/pts)" \
        '/dev/pts in /dev / rw,nosuid,noexec,relatime - devpts devpts rw,gid=300004,mode=620,ptmxmode=666'
}

@test "an ordinary user with one id and additionalGids is told what is missing" {
    configure --argjson user $user '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: $user, size: 1}] | .linux.gidMappings = .linux.uidMappings
        | .process.user.additionalGids = [5]'
    chown -hR $user:$user "$bundle"
    install -m 0755 "$holdfast" /mnt/holdfast
    start_as_user
    equal "$status ${#stderr_lines[@]}" '1 1'
    [[ $stderr == 'holdfast: config.json:'*'additionalGids'* ]] || equal "$stderr" 'holdfast: config.json:…additionalGids…'
}

@test "a range that is not the user's is refused with what newuidmap says" {
    ranges "$user:300000:65536" "$user:300000:65536"
    map_ranges 400000 65536
    start_as_user
    equal "$status ${#stderr_lines[@]}" '1 1'
    [[ $stderr == 'holdfast: config.json:'*': linux.uidMappings: newuidmap refuses the mapping: newuidmap: uid range [1-65537) -> [400000-465536) not allowed; the ids that it maps must be the user'\''s own or be in /etc/subuid (one line: USER:FIRST:COUNT)' ]] ||
        equal "$stderr" 'holdfast: newuidmap refuses the mapping…'
}

@test "a range of groups that is not the user's is refused with what newgidmap says" {
    ranges "$user:300000:65536" "$user:300000:10"
    map_ranges 300000 65536
    start_as_user
    equal "$status ${#stderr_lines[@]}" '1 1'
    [[ $stderr == 'holdfast: config.json:'*': linux.uidMappings: newgidmap refuses the mapping: newgidmap: gid range '*' not allowed; '*'/etc/subgid (one line: USER:FIRST:COUNT)' ]] ||
        equal "$stderr" 'holdfast: newgidmap refuses the mapping…'
}

@test "without newuidmap the error names it and the package" {
    ranges "$user:300000:65536" "$user:300000:65536"
    map_ranges 300000 65536
    start_as_user env PATH=/nonexistent
    # env itself is found before PATH changes
    equal "$status" 1
    equal "${stderr#*linux.uidMappings: }" 'cannot run newuidmap: posix_spawnp: ENOENT (No such file or directory); install it: package uidmap; or map one id, the own one'
}

@test "an ordinary user may not join a user namespace" {
    hold_user_namespace --user
    join user /proc/$holder/ns/user
    install -m 0755 "$holdfast" /mnt/holdfast
    start_as_user
    equal "$status ${#stderr_lines[@]}" '1 1'
    [[ $stderr == 'holdfast: '*"/proc/$holder/ns/user"* ]]
}

# The container has holdfast and what it needs, all capabilities and, at /inner, a bundle: outer PROGRAM
outer() {
    cp -a "$bundle" /mnt/inner
    mv /mnt/inner "$rootfs/inner"
    cp "$holdfast" "$rootfs/bin/holdfast"
    for directory in /usr /lib /lib64; do
        [ ! -e $directory ] || bind $directory $directory rbind ro
    done
    # shellcheck disable=SC2046
    capabilities $("$holdfast" features | jq -r '.linux.capabilities - ["CAP_SYS_RESOURCE"] | .[]')
    configure '.root.readonly = false | .process.noNewPrivileges = false'
    program "$1"
}

map_outer() {
    configure '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
        | .linux.gidMappings = .linux.uidMappings'
    chown -hR 100000:100000 "$rootfs"
}

inner() {
    jq "$@" <"$bundle/config.json" >/dev/null
    jq "$@" <"$rootfs/inner/config.json" >/mnt/edited && cat /mnt/edited >"$rootfs/inner/config.json"
}

@test "holdfast run in a container that holdfast runs" {
    outer 'holdfast run --bundle /inner inner'
    inner '.process.args = ["sh", "-c", "echo $$; ls /; hostname"] | .hostname = "inner"'
    start_well
    equal "$output" "$(printf '%s\n' 1 bin dev etc proc sys tmp inner)"
}

@test "the mount table of a container in a container has nothing of the outer one" {
    outer 'holdfast run --bundle /inner inner'
    inner '.process.args = ["cut", "-d", " ", "-f", "5", "/proc/self/mountinfo"] | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
    start_well
    equal "$(sort <<<"$output")" "$(printf '%s\n' / /dev /dev/mqueue /dev/pts /dev/shm /proc /sys)"
}

@test "holdfast run in a user namespace whose proc is masked names the reason" {
    outer 'holdfast run --bundle /inner inner'
    map_outer
    start
    equal "$status $output" '1 '
    equal "$(sed 's/and [0-9]* more/and more/' <<<"$stderr")" "holdfast: config.json:19: mounts[0] (/proc): cannot mount the file system: fsmount: EPERM (Operation not permitted); the kernel says: VFS: Mount too revealing; in a user namespace proc can be mounted only where one is fully visible already, but mounts hide parts of /proc: /proc/bus, /proc/fs, /proc/irq and more (docker: --security-opt systempaths=unconfined; podman: --security-opt unmask=ALL; Kubernetes: procMount: Unmasked); or bind the outer /proc"
}

@test "holdfast run in a user namespace whose proc is fully visible" {
    outer 'holdfast run --bundle /inner inner'
    map_outer
    configure '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
    inner '.process.args = ["sh", "-c", "echo $$; cut -d \" \" -f 5 /proc/self/mountinfo | sort"] | .linux.maskedPaths = []
        | .linux.readonlyPaths = [] | .mounts |= map(select(.type != "sysfs"))'
    start_well
    equal "$output" "$(printf '%s\n' 1 / /dev /dev/full /dev/mqueue /dev/null /dev/pts /dev/random /dev/shm /dev/tty /dev/urandom /dev/zero /proc)" 
}

@test "holdfast run in a user namespace: a container with a user namespace of its own" {
    outer 'holdfast run --bundle /inner inner'
    map_outer
    configure '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
    chown -hR 101000:101000 "$rootfs/inner/rootfs"
    inner '.process.args = ["sh", "-c", "id -u; tr -s \" \" </proc/self/uid_map; stat -c %u:%g /"] | .linux.maskedPaths = []
        | .linux.readonlyPaths = [] | .mounts |= map(select(.type != "sysfs")) | .linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 100}] | .linux.gidMappings = .linux.uidMappings'
    start_well
    equal "$output" "$(printf '%s\n' 0 ' 0 1000 100' 0:0)"
}

@test "holdfast box in a user namespace whose proc is fully visible" {
    outer 'holdfast box -- sh -c "echo new >/etc/passwd; cat /etc/passwd"; cat /etc/passwd'
    map_outer
    configure '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
    start_well
    equal "$output" "$(printf '%s\n' new 'root:x:0:0:root:/:/bin/sh')"
}
