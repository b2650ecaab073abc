# SPDX-License-Identifier: Apache-2.0
# Attacks by what an image, or a volume, has in it.

descriptors() {
    filesystem proc /proc
    mkdir "$rootfs/proc"
    reads /proc/self/fd/{3..20} /proc/self/fd/{3..20}/secret
    attempt=start_with_descriptors
}

start_with_descriptors() {
    start 7</mnt/outside 8</mnt/outside/secret
}

# overwrite.c: the loader of a binary that is executed in the container loads the attacker's library, which keeps the
# binary open; when it has ended, it is written.
exe_prepare() {
    local library
    mkdir -p /mnt/engine "$rootfs/result" "$rootfs/proc"
    install -m 755 "$program" /mnt/engine/engine
    program=/mnt/engine/engine
    for library in $(ldd "$program" | grep -o '/[^ ]*\.so[^ :]*' | sort -u); do
        install -D "$(readlink -f "$library")" "$rootfs$library"
    done
    install -m 755 "$programs/overwrite.so" "$rootfs/overwrite.so"
    install -m 755 "$programs/overwrite" "$rootfs/attacker"
    echo /overwrite.so >"$rootfs/etc/ld.so.preload"
    touch "$rootfs/tmp/file"
    chmod 777 "$rootfs/result"
    printf '#!/proc/self/exe\n' >"$rootfs/script"
    chmod 755 "$rootfs/script"
    ln -s /proc/self/exe "$rootfs/link"
    filesystem proc /proc
    # What the attack starts has to live longer than the first process.
    configure '.linux.namespaces |= map(select(.type != "pid")) | .process.capabilities =
        (["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"] as $names
        | {bounding: $names, effective: $names, permitted: $names})'
    cp "$program" /mnt/engine/original
    evidence=engine_is_overwritten
}

engine_is_overwritten() {
    cmp -s /mnt/engine/original /mnt/engine/engine || echo "the engine's binary was overwritten"
}

# The attack says that it is done; it has begun as soon as the engine was executed in the container.
wait_for_attack() {
    for _ in {1..300}; do
        [ ! -e "$rootfs/result/done" ] || { echo ran; return; }
        sleep 0.01
    done
}

# Detached, for what holdfast runs in the foreground ends with it.
start_exe() {
    "$program" run --detach --bundle "$bundle" "$id" </dev/null
    sleeping=1
    wait_for_attack
}

exe_script() {
    exe_prepare
    configure '.process.args = ["/script"]'
    attempt=start_exe
}

exe_link() {
    exe_prepare
    configure '.process.args = ["/link"]'
    attempt=start_exe
}

exe_exec() {
    exe_prepare
    configure '.process.args = ["busybox", "sleep", "60"]'
    rm "$rootfs/etc/ld.so.preload"
    sleeper
    echo /overwrite.so >"$rootfs/etc/ld.so.preload"
    attempt=exec_exe
}

exec_exe() {
    "$program" exec "$id" /script
    wait_for_attack
}

as_user() {
    (cd / && exec setpriv --reuid $user --regid $user --clear-groups "$@")
}

user_namespace() {
    configure --argjson user $user '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: $user, size: 1}] | .linux.gidMappings = .linux.uidMappings'
}

exe_user() {
    exe_prepare
    user_namespace
    configure '.process.args = ["/script"]
        | .mounts = [{destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]}]'
    chown -hR $user:$user "$bundle" /mnt/engine
    mkdir -m 1777 /run/user /run/naive
    attempt=start_exe_as_user
}

start_exe_as_user() {
    as_user "$program" run --bundle "$bundle" "$id" </dev/null
    wait_for_attack
}

proc_link() {
    ln -s /mnt/outside/target "$rootfs/proc"
    filesystem proc /proc
    witness
}

# A file that takes the label, and does nothing with it. There is no such profile, so nothing may run.
proc_volume() {
    mkdir -p "$volume/proc/self/attr/apparmor" "$volume/proc/thread-self/attr/apparmor" "$rootfs/proc"
    touch "$volume/proc/self/attr/exec" "$volume/proc/self/attr/apparmor/exec"
    bind "$volume/proc" /proc
    configure '.process.apparmorProfile = "holdfast-attack"'
    runs 'echo without its profile'
    pattern='without its profile'
}

proc_label() {
    mkdir -p "$volume/proc/self/attr/apparmor" "$rootfs/proc"
    ln -s /mnt/outside/secret "$volume/proc/self/attr/exec"
    ln -s /mnt/outside/secret "$volume/proc/self/attr/apparmor/exec"
    bind "$volume/proc" /proc
    configure '.process.apparmorProfile = "holdfast-attack"'
    runs :
}

# The parameter has to take effect all the same: another procfs shows it.
proc_parameter() {
    mkdir -p "$volume/proc/sys/net/ipv4" "$rootfs/proc" "$rootfs/real"
    ln -s /mnt/outside/secret "$volume/proc/sys/net/ipv4/ip_default_ttl"
    bind "$volume/proc" /proc
    filesystem proc /real
    configure '.linux.namespaces += [{type: "network"}] | .linux.sysctl = {"net.ipv4.ip_default_ttl": "77"}'
    reads /real/sys/net/ipv4/ip_default_ttl
    needed=77
}

target_link() {
    ln -s /mnt/outside/target "$rootfs/data"
    filesystem tmpfs /data
    witness
}

source_link() {
    ln -s /mnt/outside "$rootfs/data"
    bind "$rootfs/data" /shown
    reads /shown/secret
}

# /dev is the image's own.
null_link() {
    mkdir "$rootfs/dev"
    ln -s /mnt/outside/secret "$rootfs/dev/null"
    masked_file
}

masked_file() {
    echo HIDDEN >"$rootfs/masked"
    configure '.linux.maskedPaths = ["/masked"]'
    reads /masked
}

console_link() {
    mkdir -p "$rootfs/dev/pts"
    ln -s /mnt/outside/made "$rootfs/dev/console"
    filesystem devpts /dev/pts newinstance ptmxmode=0666
    configure '.process.terminal = true'
    runs :
}

dev_link() {
    ln -s /mnt/outside/dev "$rootfs/dev"
    runs :
}

dev_mounted_link() {
    dev_link
    filesystem tmpfs /dev nosuid mode=755
    mkdir "$rootfs/witness"
    bind /mnt/outside/dev /witness
    runs 'test -e /witness/null && echo SECRET'
}

device_link() {
    mkdir "$rootfs/dev"
    ln -s /mnt/outside/file "$rootfs/dev/own"
    own_device
}

own_device() {
    configure --argjson user $user '.linux.devices = [{path: "/dev/own", type: "c", major: 1, minor: 3, fileMode: 438,
        uid: $user, gid: $user}]'
    runs :
}

passwd_link() {
    rm "$rootfs/etc/passwd"
    ln -s /mnt/outside/passwd "$rootfs/etc/passwd"
    runs 'echo $HOME'
}

cwd_prepare() {
    mkdir "$rootfs/proc"
    filesystem proc /proc
    runs 'cat secret'
}

cwd_descriptor() {
    cwd_prepare
    configure '.process.cwd = "/proc/self/fd/7"'
    attempt=start_with_descriptors
}

cwd_preserved() {
    cwd_prepare
    configure '.process.cwd = "/proc/self/fd/3"'
    attempt=start_preserving
}

start_preserving() {
    "$program" run --preserve-fds 1 --bundle "$bundle" "$id" </dev/null 3</mnt/outside
}

# As where systemd has delegated a cgroup to the user: it lies below others, all of which the user must not change.
cgroup_rootless() {
    hierarchy=/sys/fs/cgroup
    [ ! -d $hierarchy/pids ] || hierarchy=$hierarchy/pids
    mkdir "$hierarchy/$id"
    chown -R $user:$user "$hierarchy/$id" "$bundle"
    mkdir -p -m 1777 /run/user /run/naive
    mkdir -p "$rootfs/sys/fs/cgroup"
    user_namespace
    filesystem cgroup /sys/fs/cgroup nosuid
    runs "for place in . $id pids pids/$id; do mkdir /sys/fs/cgroup/\$place/made; done"
    attempt=start_in_delegated_cgroup
    evidence=cgroup_is_made
    finish=remove_delegated_cgroup
}

start_in_delegated_cgroup() {
    (
        echo $BASHPID >"$hierarchy/$id/cgroup.procs"
        as_user "$program" run --bundle "$bundle" "$id" </dev/null
    )
}

cgroup_is_made() {
    find "$hierarchy/$id" "$hierarchy/made" -name made 2>/dev/null | sed 's/^/made: /'
}

remove_delegated_cgroup() {
    find "$hierarchy/$id" -depth -type d -exec rmdir {} +
}
