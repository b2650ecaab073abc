#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Mounts of type "cgroup" and "cgroup2": what the container sees, compared with runc entry by entry, on the machine
# as it is (version 1 and hybrid) and on a unified one, made in a mount namespace of its own. The edits of runc's
# table are all the differences that there are; docs/differences.md has the reasons.

load helpers

# How the version 2 hierarchy is mounted: mounting it in the first cgroup namespace, as runc does, changes that.
unified_options() {
    awk '/ - cgroup2 / { print $NF; exit }' /proc/self/mountinfo
}

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    saved_options=$(unified_options)
    machine=()
    own=/holdfast-test-$$
    made=
}

# A hierarchy that still had a dying cgroup in it when its last mount went stays, until one is unmounted without.
remove_hierarchy() {
    for _ in {1..50}; do
        grep -q -E ":(name=)?$made:" /proc/self/cgroup || return 0
        mount -t cgroup -o "$made_options" cgroup /mnt
        umount /mnt
        sleep 0.1
    done
    return 1
}

# Mounts a new hierarchy at /mnt/NAME: make_hierarchy NAME OPTIONS
make_hierarchy() {
    made=$1
    made_options=$2
    mkdir "/mnt/$made"
    mount -t cgroup -o "$made_options" cgroup "/mnt/$made"
}

teardown() {
    local directory
    [ -z "$saved_options" ] || [ "$saved_options" = "$(unified_options)" ] || unified -o "$saved_options" true
    umount -R -l /mnt
    [ -z "$made" ] || remove_hierarchy
    for directory in /sys/fs/cgroup/*"$own"/inner /sys/fs/cgroup/*"$own" /sys/fs/cgroup"$own"/inner /sys/fs/cgroup"$own"; do
        [ ! -d "$directory" ] || rmdir "$directory"
    done
}

# Runs a command on a unified machine: unified [-o OPTIONS] COMMAND...
unified() {
    local options=$saved_options
    [ "$1" != -o ] || { options=$2 && shift 2; }
    # shellcheck disable=SC2016
    unshare --mount --propagation private sh -c 'options=$1; shift
        umount -R -l /sys/fs/cgroup && mount -t cgroup2 -o "$options" cgroup2 /sys/fs/cgroup && exec "$@"' \
        sh "${options:-rw}" "$@"
}

# The tests that follow are about a machine with the hierarchies of version 1.
need_hierarchies() {
    [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ] || skip 'this machine is unified'
}

# The configuration gets the mount, and prints what is to be compared: add_cgroup TYPE [OPTION]...
add_cgroup() {
    filesystem "$1" /sys/fs/cgroup "${@:2}"
    # shellcheck disable=SC2016
    program 'cat /proc/self/mountinfo; for name in /sys/fs/cgroup/*; do
        [ ! -L "$name" ] || echo "link $name $(readlink "$name")"; done'
}

without_namespace() {
    configure '.linux.namespaces -= [{type: "cgroup"}]'
}

with_users() {
    configure '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    chown -hR 100000:100000 "$rootfs"
}

# The part that is compared, from what the container printed.
cgroup_table() {
    local printed
    printed=$(cat)
    grep '^[0-9]' <<<"$printed" | mount_table | awk '$1 ~ "^/sys/fs/cgroup(/|$)"'
    grep '^link' <<<"$printed" || true
}

# The container's table: seen_by RUNTIME [ARGUMENT]...
seen_by() {
    run --separate-stderr "${machine[@]}" "$@"
    if [ "$status" -ne 0 ] || [ -n "$stderr" ]; then
        printf '%s: status %s\n%s\n%s\n' "$1" "$status" "$output" "$stderr" >&2
        return 1
    fi
    cgroup_table <<<"$output"
}

# The container's own cgroup has its name, ${own#/}; without it the tables can be compared: without_name <TABLE
without_name() {
    awk -v own="$own" '
        substr($4, length($4) - length(own) + 1) == own { $4 = substr($4, 1, length($4) - length(own)); if ($4 == "") $4 = "/" }
        { print }'
}

seen_by_holdfast() {
    seen_by "$holdfast" run --bundle "$bundle" "${own#/}" | without_name
}

seen_by_runc() {
    seen_by runc run --bundle "$bundle" "${own#/}" | without_name
}

# Both see the same, after these edits of runc's table: same_as_runc [EDIT]...
same_as_runc() {
    local edit expected
    expected=$(seen_by_runc)
    [ -n "$expected" ]
    for edit in "$@"; do
        # An edit without effect is a difference that is gone.
        [ "$(sed -E "$edit" <<<"$expected")" != "$expected" ]
        expected=$(sed -E "$edit" <<<"$expected")
    done
    equal "$(seen_by_holdfast)" "$expected"
}

# The same with crun, which is for unified machines only: same_as_crun [EDIT]
same_as_crun() {
    local expected
    configure '.ociVersion = "1.0.2"'
    expected=$(seen_by crun run --bundle "$bundle" "${own#/}")
    [ -n "$expected" ]
    equal "$(seen_by_holdfast)" "$(sed -E "${1:-}" <<<"$expected")"
}

# "ro" makes the tmpfs read-only too, not only the hierarchies in it.
tmpfs_readonly='s,^(/sys/fs/cgroup in /sys / )rw,\1ro,'
# Read-only, whatever the options say (CVE-2023-25809).
all_readonly='s,^(/sys/fs/cgroup[^ ]* in [^ ]+ [^ ]+ )rw,\1ro,'
# A bind of the host's mount has its source's name.
name_of_source='s,cgroup2 cgroup ,cgroup2 cgroup2 ,'

# ---------------------------------------------------------------- version 1 and hybrid

@test "hybrid: the hierarchies in a cgroup namespace" {
    need_hierarchies
    add_cgroup cgroup
    same_as_runc
    equal "$(seen_by_holdfast | wc -l)" "$((1 + $(grep -c ' - cgroup ' /proc/self/mountinfo)))"
}

@test "hybrid: the hierarchies in a cgroup namespace, read-only, with the options that podman gives" {
    need_hierarchies
    add_cgroup cgroup rprivate nosuid noexec nodev relatime ro
    same_as_runc "$tmpfs_readonly"
}

@test "hybrid: the container's own cgroups without a cgroup namespace" {
    need_hierarchies
    add_cgroup cgroup nosuid
    without_namespace
    same_as_runc
}

@test "hybrid: the container's own cgroups without a cgroup namespace, read-only" {
    need_hierarchies
    add_cgroup cgroup nosuid noexec nodev relatime ro
    without_namespace
    same_as_runc "$tmpfs_readonly"
}

@test "hybrid: in a user namespace, with a cgroup namespace" {
    need_hierarchies
    add_cgroup cgroup
    with_users
    same_as_runc
}

@test "hybrid: in a user namespace without a cgroup namespace all is read-only" {
    need_hierarchies
    add_cgroup cgroup rw nosuid
    with_users
    without_namespace
    same_as_runc "$all_readonly"
}

@test "hybrid: cgroup2 is the unified hierarchy" {
    need_hierarchies
    add_cgroup cgroup2 ro
    same_as_runc
}

@test "hybrid: cgroup2 without a cgroup namespace" {
    need_hierarchies
    [ -n "$saved_options" ] || skip 'this machine has no version 2'
    add_cgroup cgroup2 ro
    without_namespace
    same_as_runc
}

# A hierarchy that two controllers share, as distributions have cpu and cpuacct.
join_controllers() {
    [ "$(awk '/^net_(cls|prio)\t/ { print $2 }' /proc/cgroups | sort -u)" = 0 ] || skip 'net_cls and net_prio are in use'
    make_hierarchy net_cls,net_prio net_cls,net_prio
}

@test "joined controllers have links, with a cgroup namespace" {
    need_hierarchies
    join_controllers
    add_cgroup cgroup ro
    same_as_runc "$tmpfs_readonly"
    equal "$(seen_by_holdfast | grep -E '^link|net_')" "$(cat <<'TABLE'
/sys/fs/cgroup/net_cls,net_prio in /sys/fs/cgroup / ro,nosuid,nodev,noexec,relatime - cgroup cgroup rw,net_cls,net_prio
link /sys/fs/cgroup/net_cls net_cls,net_prio
link /sys/fs/cgroup/net_prio net_cls,net_prio
TABLE
)"
}

@test "joined controllers have links, without a cgroup namespace" {
    need_hierarchies
    join_controllers
    add_cgroup cgroup
    without_namespace
    same_as_runc
    equal "$(seen_by_holdfast | grep -c '^link')" 2
}

@test "a named hierarchy has its name for its source" {
    need_hierarchies
    make_hierarchy holdfast-test none,name=holdfast-test
    add_cgroup cgroup
    equal "$(seen_by_holdfast | rows_at /sys/fs/cgroup/holdfast-test)" \
        '/sys/fs/cgroup/holdfast-test in /sys/fs/cgroup / rw,nosuid,nodev,noexec,relatime - cgroup holdfast-test rw,name=holdfast-test'
}

# Runs holdfast in a cgroup of its own: in_cgroup DIRECTORY COMMAND...
in_cgroup() {
    mkdir -p "$1"
    # shellcheck disable=SC2016
    sh -c 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"' sh "$@"
}

@test "hybrid: the own cgroup is below the one that holdfast was started in, and can be used" {
    need_hierarchies
    [ -d /sys/fs/cgroup/freezer ] || skip 'no freezer'
    filesystem cgroup /sys/fs/cgroup
    without_namespace
    program 'cat /proc/self/mountinfo; mkdir /sys/fs/cgroup/freezer/inner; grep freezer /proc/self/cgroup'
    machine=(in_cgroup "/sys/fs/cgroup/freezer$own")
    run -0 "${machine[@]}" "$holdfast" run --bundle "$bundle" test
    equal "$(cgroup_table <<<"$output" | rows_at /sys/fs/cgroup/freezer)" \
        "/sys/fs/cgroup/freezer in /sys/fs/cgroup $own/test rw,relatime - cgroup cgroup rw,freezer"
    equal "${lines[-1]#*:}" "freezer:$own/test"
    [ ! -e "/sys/fs/cgroup/freezer$own/test" ]
}

@test "hybrid: a mount goes below a read-only /sys/fs/cgroup" {
    need_hierarchies
    add_cgroup cgroup ro
    filesystem tmpfs /sys/fs/cgroup/extra size=4k
    equal "$(seen_by_holdfast | rows_at /sys/fs/cgroup /sys/fs/cgroup/extra)" "$(cat <<'TABLE'
/sys/fs/cgroup in /sys / ro,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,mode=755
/sys/fs/cgroup/extra in /sys/fs/cgroup / rw,relatime - tmpfs tmpfs rw,size=4k
TABLE
)"
}

@test "hybrid: a word for the file system is an error" {
    need_hierarchies
    add_cgroup cgroup nosuid size=5
    start_fails "config.json:$(mount_line /sys/fs/cgroup): mounts[6] (/sys/fs/cgroup): option \"size=5\" can't be applied"
}

# ---------------------------------------------------------------- unified

@test "unified: in a cgroup namespace" {
    machine=(unified)
    add_cgroup cgroup
    same_as_runc
}

@test "unified: in a cgroup namespace, read-only, with the options that podman gives" {
    machine=(unified)
    add_cgroup cgroup rprivate nosuid noexec nodev relatime ro
    same_as_runc
    same_as_crun 's,cgroup2 cgroup2,cgroup2 cgroup,'
}

@test "unified: without a cgroup namespace" {
    machine=(unified)
    add_cgroup cgroup
    without_namespace
    same_as_runc "$name_of_source"
}

@test "unified: without a cgroup namespace, read-only" {
    machine=(unified)
    add_cgroup cgroup2 nosuid noexec nodev relatime ro
    without_namespace
    same_as_runc
    same_as_crun
}

@test "unified: in a user namespace, with a cgroup namespace" {
    machine=(unified)
    add_cgroup cgroup2
    with_users
    same_as_runc
}

@test "unified: in a user namespace without a cgroup namespace it is read-only" {
    machine=(unified)
    add_cgroup cgroup rw nosuid
    with_users
    without_namespace
    same_as_runc "$all_readonly"
}

@test "unified: a cgroup namespace shows the container's cgroup as the root, and it can be used" {
    in_unified_cgroup() { unified "$BASH" -c "$(declare -f in_cgroup); in_cgroup \"\$@\"" bash "/sys/fs/cgroup$own" "$@"; }
    filesystem cgroup /sys/fs/cgroup
    program 'tail -n 1 /proc/self/cgroup; mkdir /sys/fs/cgroup/inner; exec cat /sys/fs/cgroup/cgroup.procs'
    machine=(in_unified_cgroup)
    run -0 "${machine[@]}" "$holdfast" run --bundle "$bundle" test
    equal "${lines[0]}" '0::/'
    equal "$(printf '%s\n' "${lines[@]:1}")" 1
    unified rmdir "/sys/fs/cgroup$own"
    unified [ ! -e /sys/fs/cgroup/test ]
}

@test "unified: in a user namespace the program's user has the cgroup, where it is mounted to be written" {
    local options owner
    with_users
    configure '.process.user = {uid: 1000, gid: 1000} | .process.args = ["sleep", "0"]'
    filesystem cgroup /sys/fs/cgroup
    cp "$bundle/config.json" /mnt/config.json
    for options in rw ro; do
        jq --arg options "$options" '(.mounts[] | select(.destination == "/sys/fs/cgroup")).options = [$options]' \
            /mnt/config.json >"$bundle/config.json"
        # shellcheck disable=SC2016
        owner=$(unified sh -c '"$1" create --bundle "$2" test </dev/null >/dev/null 2>&1 3>&- || exit
            pid=$("$1" state test | jq .pid)
            stat -c %u "/sys/fs/cgroup$(sed -n s/^0:://p "/proc/$pid/cgroup")"
            "$1" delete --force test' sh "$holdfast" "$bundle")
        equal "$options $owner" "$options $([ $options = rw ] && echo 101000 || echo 0)"
    done
}

@test "unified: the machine's options stay as they are" {
    filesystem cgroup /sys/fs/cgroup ro
    program true
    for namespace in with without; do
        [ $namespace = with ] || without_namespace
        run -0 unified -o nsdelegate "$BASH" -c '"$0" run --bundle "$1" test && awk "/ - cgroup2 / { print \$NF }" /proc/self/mountinfo' \
            "$holdfast" "$bundle"
        equal "$output" rw,nsdelegate
    done
}

@test "unified: a word for the file system, without a cgroup namespace, is an error" {
    add_cgroup cgroup nsdelegate
    without_namespace
    run unified "$holdfast" run --bundle "$bundle" test
    equal "$status" 1
    [[ ${lines[0]} == *'mounts[6] (/sys/fs/cgroup): option "nsdelegate" can'\''t be applied: '* ]]
}

# ---------------------------------------------------------------- the host's cgroups from inside

# CVE-2023-25809: with all capabilities of a user namespace.
try_to_write() {
    filesystem cgroup /sys/fs/cgroup rw
    with_users
    without_namespace
    capabilities CAP_SYS_ADMIN CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER CAP_MKNOD CAP_SYS_CHROOT
    configure '.process.noNewPrivileges = false'
    # shellcheck disable=SC2016
    program 'grep -q CapEff:.*[1-9] /proc/self/status || echo powerless
        for directory in /sys/fs/cgroup /sys/fs/cgroup/*/; do
            [ -d "$directory" ] || continue
            mkdir "$directory/inner" && echo "made $directory/inner"
            mount -o remount,bind,rw "$directory" && echo "writable $directory"
            umount "$directory" && echo "uncovered $directory"
            umount -l "$directory" && echo "uncovered $directory"
            echo 0 >"$directory/cgroup.procs" && echo "moved to $directory"
        done 2>/dev/null; echo done'
    run -0 --separate-stderr "${machine[@]}" "$holdfast" run --bundle "$bundle" test
    equal "$output" 'done'
}

@test "hybrid: a user namespace without a cgroup namespace has no way to the host's cgroups" {
    need_hierarchies
    try_to_write
}

@test "unified: a user namespace without a cgroup namespace has no way to the host's cgroups" {
    machine=(unified)
    try_to_write
}

# An ordinary user with one id.
seen_by_user() {
    configure '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 12345, size: 1}] | .linux.gidMappings = .linux.uidMappings'
    chown -hR 12345:12345 "$bundle"
    install -m 0755 "$holdfast" /mnt/holdfast
    cd /
    seen_by setpriv --reuid 12345 --regid 12345 --clear-groups /mnt/holdfast run --bundle "$bundle" test
}

# What root's container sees; an ordinary user's tmpfs has other owners.
@test "hybrid: an ordinary user's container sees the same" {
    need_hierarchies
    add_cgroup cgroup ro
    expected=$(seen_by_holdfast)
    [ -n "$expected" ]
    equal "$(seen_by_user | sed 's/,uid=12345,gid=12345//')" "$expected"
}

@test "hybrid: an ordinary user's container without a cgroup namespace" {
    need_hierarchies
    add_cgroup cgroup rw
    without_namespace
    expected=$(seen_by_holdfast | sed -E "$all_readonly")
    [ -n "$expected" ]
    equal "$(seen_by_user | sed 's/,uid=12345,gid=12345//')" "$expected"
}

@test "unified: an ordinary user's container, with and without a cgroup namespace" {
    machine=(unified)
    add_cgroup cgroup nosuid
    equal "$(seen_by_user)" '/sys/fs/cgroup in /sys / rw,nosuid,relatime - cgroup2 cgroup rw'
    without_namespace
    equal "$(seen_by setpriv --reuid 12345 --regid 12345 --clear-groups /mnt/holdfast run --bundle "$bundle" test)" \
        '/sys/fs/cgroup in /sys / ro,nosuid,relatime - cgroup2 cgroup2 rw'
}
