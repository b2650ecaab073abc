# SPDX-License-Identifier: Apache-2.0
# Attacks on the commands for a container that runs, and on the state.

# The container's root may look into all processes of its user namespace (ptrace(2)).
exec_scan() {
    mkdir "$rootfs/proc"
    install -m 755 "$programs/scan" "$rootfs/scan"
    filesystem proc /proc
    configure '.process.args = ["/scan"] | .linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
        | .linux.gidMappings = .linux.uidMappings
        | ["CAP_SYS_PTRACE", "CAP_SYS_ADMIN", "CAP_DAC_READ_SEARCH"] as $names
        | .process.capabilities = {bounding: $names, effective: $names, permitted: $names}'
    chown -hR 100000:100000 "$rootfs"
    sleeper
    attempt=exec_from_outside
}

exec_from_outside() {
    (cd /mnt/outside && exec "$program" exec "$id" echo ran)
}

# A container without a pid namespace sees all processes, and its root, though without capabilities, owns the user
# namespaces that root makes (user_namespaces(7)): it may look into those, too.
birth_scan() {
    mkdir "$rootfs/proc"
    install -m 755 "$programs/scan" "$rootfs/scan"
    filesystem proc /proc
    configure '.process.args = ["/scan"] | .linux.namespaces = [{type: "mount"}]'
    sleeper
    configure '.process.args = ["echo", "ran"] | .mounts = [] | .linux.namespaces = [{type: "mount"}, {type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    attempt=start_another
}

start_another() {
    "$program" run --bundle "$bundle" "$id-another" </dev/null
}

mounts_add_swap() {
    volume_swaps /mnt/outside
    configure '.process.args = ["sleep", "1000"]'
    sleeper
    racer+=(remove "$volume/a" made)
    attempt=add_and_remove
}

add_and_remove() {
    "$program" mounts "$id" add /mnt/marker:/vol/a/made || return
    echo ran
    [ "$engine" = naive ] || "$program" mounts "$id" remove /vol/a/made
}

# A container's state below a directory of its own: in_states COMMAND...
in_states() {
    "$program" --root /mnt/states "$@" </dev/null
}

state_foreign() {
    configure '.process.args = ["sleep", "1000"]'
    in_states run --detach --bundle "$bundle" "$id"
    sleep 1000 &
    victim=$!
    owner=$(jq .pid "/mnt/states/$id/state.json")
    jq --argjson pid $victim --argjson time "$(cut -d ' ' -f 22 "/proc/$victim/stat")" \
        'if .startTime then .startTime = $time else . end | .pid = $pid' "/mnt/states/$id/state.json" >/mnt/forged
    cp "/mnt/states/$id/state.json" /mnt/true
    cp /mnt/forged "/mnt/states/$id/state.json"
    chown -R $user "/mnt/states/$id"
    attempt=kill_by_state
    evidence=victim_is_dead
    finish=end_victim
}

kill_by_state() {
    in_states kill "$id" KILL
    sleep 0.1
}

victim_is_dead() {
    [ -d "/proc/$victim" ] && ! grep -q '^State:.*Z' "/proc/$victim/status" || echo 'a process of the host was killed'
}

end_victim() {
    kill $victim 2>/dev/null
    chown -R 0 "/mnt/states/$id"
    cp /mnt/true "/mnt/states/$id/state.json"
    if [ "$engine" = holdfast ]; then in_states delete --force "$id"; else in_states kill "$id"; fi
}

# The state root belongs to somebody else, so to say.
state_swap() {
    mkdir -p /mnt/states /mnt/outside/state
    touch /mnt/outside/state/{state.json,config.json,lock,start,report}
    ln -s /mnt/outside/state /mnt/states/link
    racer=(exchange "/mnt/states/$id" /mnt/states/link)
    configure '.process.args = ["true"]'
    attempt=run_and_delete
    finish=delete_what_is_left
}

run_and_delete() {
    in_states run --detach --bundle "$bundle" "$id" && echo ran
    in_states delete --force "$id"
    # A removal under way that has met with the link would be in the way of all later ones.
    if [ -L /mnt/states/~unfinished ]; then
        rm -rf /mnt/states/~unfinished /mnt/states/link
        ln -sn /mnt/outside/state /mnt/states/link
    fi
}

delete_what_is_left() {
    in_states delete --force "$id"
    in_states delete --force link
    # Of a container whose state the race has lost.
    find /sys/fs/cgroup -depth -type d -name "$id" -exec rmdir {} +
}
