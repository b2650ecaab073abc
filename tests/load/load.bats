#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many containers at once, many starts in a row, and starts and kills at random: each does what it should, and nothing
# stays behind or grows. docs/load.md has the figures.
#
# By default a short form is run, with HOLDFAST_LOAD=full the whole one.
load ../system/helpers

id=holdfast-load-$$
if [ "${HOLDFAST_LOAD-}" = full ]; then
    containers=300 starts=10000 seconds=600
else
    containers=40 starts=300 seconds=15
fi
ids=4     # that the workers of the random test share
workers=4 # that work at the same time

teardown() {
    local name
    for name in $("$holdfast" list -q); do
        "$holdfast" delete --force "$name"
    done
    umount -R -l /mnt
}

# The directory of this process's cgroup in the version 1 hierarchy of processes, or in version 2.
own_cgroup() {
    local path
    path=$(sed -n 's|^[0-9]*:pids:||p' /proc/self/cgroup)
    if [ -n "$path" ]; then
        echo "/sys/fs/cgroup/pids$path"
    else
        echo "/sys/fs/cgroup$(sed -n 's|^0::||p' /proc/self/cgroup)"
    fi
}

# What must be the same before and after.
fixed_figures() {
    echo "mounts $(wc -l </proc/self/mountinfo)"
    echo "pins $(grep -c ' /run/holdfast/seed ' /proc/self/mountinfo)"
    echo "containers $(find /run/holdfast/containers -mindepth 1 | wc -l)"
    echo "cgroups $(find "$(dirname "$(own_cgroup)")" /sys/fs/cgroup/*/"$(basename "$(dirname "$(own_cgroup)")")" -type d 2>/dev/null | sort -u | wc -l)"
    echo "processes of containers $(pgrep -c -f "$id")"
    echo "names in the root $(find "$rootfs" | wc -l)"
}

# What the kernel holds, the whole machine's: others may be at work on it.
kernel_figures() {
    awk '$1 ~ /^(mnt_cache|net_namespace|pid_namespace|user_namespace|uts_namespace|nsproxy|pid|filp)$/ { print $1, $2 }' /proc/slabinfo
    awk '$1 == "memory" { print "memory_cgroups", $3 }' /proc/cgroups
    awk '$1 == "MemAvailable:" { print "used_MiB", int((total - $2) / 1024) } $1 == "MemTotal:" { total = $2 }' /proc/meminfo
}

# The kernel frees namespaces, mounts and cgroups some time after the last process has gone.
settle() {
    sync
    sleep 3
}

# What has grown by more than a tenth of an object for each start, and more than others may have caused: grown BEFORE AFTER STARTS
grown() {
    join <(sort "$1") <(sort "$2") | awk -v starts="$3" '$1 != "used_MiB" && $3 - $2 > starts / 10 + 1000 { print; bad = 1 } END { exit bad }'
}

report() {
    echo "# $*" >&3
}

# How the kernel's figures have changed: changes BEFORE AFTER
changes() {
    join <(sort "$1") <(sort "$2") | awk '{ printf "%s%s %+d", sep, $1, $3 - $2; sep = ", " } END { print "" }'
}

begin() {
    # The first start makes the seed, and what is missing in the root.
    "$holdfast" run --bundle "$bundle" "$id" >/dev/null
    settle
    fixed_figures >/mnt/fixed.before
    kernel_figures >/mnt/kernel.before
    began=$(date +%s%3N)
}

elapsed() {
    awk -v from="$1" -v to="$(date +%s%3N)" 'BEGIN { printf "%.1f", (to - from) / 1000 }'
}

# end NAME STARTS
end() {
    settle
    fixed_figures >/mnt/fixed.after
    kernel_figures >/mnt/kernel.after
    report "$1, kernel: $(changes /mnt/kernel.before /mnt/kernel.after)"
    equal "$(cat /mnt/fixed.after)" "$(cat /mnt/fixed.before)"
    grown /mnt/kernel.before /mnt/kernel.after "$2"
}

# Runs holdfast for every container, two at a time: each WORD... ID
for_each() {
    seq "$containers" | xargs -P 2 -I '{}' "$holdfast" "$@" >>/mnt/log 2>&1 3>&-
}

@test "many containers at once" {
    local from
    configure '.process.args = ["true"]'
    begin
    configure --arg id "$id" '.process.args = ["sh", "-c", "exec sleep 10000 # " + $id]'
    for_each run --detach --bundle "$bundle" "$id-{}" || { tail /mnt/log; return 1; }
    report "$containers containers: started in $(elapsed "$began") s"
    equal "$("$holdfast" list --format json | jq -r '.[].status' | sort | uniq -c | tr -s ' ')" " $containers running"
    from=$(date +%s%3N)
    seq "$containers" | xargs -P 2 -I '{}' "$holdfast" state "$id-{}" | jq -r .id | sort >/mnt/states
    equal "$(wc -l </mnt/states)" "$containers"
    report "$containers containers: inspected in $(elapsed "$from") s"
    from=$(date +%s%3N)
    for_each verify "$id-{}" || { tail /mnt/log; return 1; }
    report "$containers containers: their mounts verified in $(elapsed "$from") s"
    from=$(date +%s%3N)
    seq "$containers" | xargs -P 2 -I '{}' "$holdfast" exec "$id-{}" sh -c 'echo {} $(cat /proc/1/cmdline | tr "\0" " ")' | sort -n >/mnt/executed
    seq "$containers" | sed 's/$/ sleep 10000/' | diff - /mnt/executed | head -n 10 >/mnt/differences
    equal "$(cat /mnt/differences)" ''
    report "$containers containers: a command in each in $(elapsed "$from") s"
    from=$(date +%s%3N)
    for_each delete --force "$id-{}" || { tail /mnt/log; return 1; }
    report "$containers containers: deleted in $(elapsed "$from") s"
    end "$containers containers" "$containers"
}

@test "many starts in a row" {
    local number
    configure '.process.args = ["true"]'
    begin
    for ((number = 1; number <= starts; number++)); do
        "$holdfast" run --bundle "$bundle" "$id" </dev/null 3>&- || { echo "start $number"; return 1; }
        if [ $((number % (starts / 10))) -eq 0 ]; then
            kernel_figures | awk -v number="$number" '{ printf "%s ", $2 } END { print number }' >>/mnt/trend
        fi
    done
    report "$starts starts in a row: $(elapsed "$began") s"
    awk '{ print $(NF - 1) }' /mnt/trend | paste -s -d ' ' | { read -r values && report "$starts starts in a row, MiB used after each tenth: $values"; }
    end "$starts starts in a row" "$starts"
}

# A signal for the launcher, at some time within its work: interrupt PID
interrupt() {
    local signals=(KILL KILL TERM INT HUP STOP)
    local signal=${signals[RANDOM % 6]}
    sleep "0.0$((RANDOM % 30 + 10))"
    kill -"$signal" $1 2>/dev/null || return 0
    [ "$signal" != STOP ] || { sleep 0.02; kill -CONT $1 2>/dev/null || return 0; }
}

# One command on one of the containers. Its status and its errors go into the log.
random_command() {
    local name=$id-$((RANDOM % ids)) status=0 words process
    local signals=(KILL TERM INT USR1 STOP CONT)
    local commands=("create --bundle $bundle" start "run --detach --bundle $bundle" "run --bundle $bundle" "kill" "delete"
        "delete --force" "exec" "state" "pause" "resume" "ps")
    words=${commands[RANDOM % 12]}
    case $words in
    kill) words="kill $name ${signals[RANDOM % 6]}" ;;
    exec) words="exec $name true" ;;
    *) words="$words $name" ;;
    esac
    timeout -s KILL 60 "$holdfast" $words </dev/null >/dev/null 2>"/mnt/errors.$worker" &
    process=$!
    [ $((RANDOM % 3)) -ne 0 ] || interrupt "$(pgrep -P "$process")"
    wait "$process" || status=$?
    echo "$status $words: $(tr '\n' ' ' <"/mnt/errors.$worker")" >>"/mnt/log.$worker"
}

work() {
    local until=$((SECONDS + seconds))
    worker=$1
    RANDOM=$worker
    while [ "$SECONDS" -lt "$until" ]; do
        random_command
    done
}

@test "starts and kills at random" {
    local worker number pids=()
    configure '.process.args = ["true"]'
    begin
    configure --arg id "$id" '.process.args = ["sh", "-c", "sleep 0.05 # " + $id]'
    for ((worker = 1; worker <= workers; worker++)); do
        work "$worker" </dev/null >/dev/null 2>&1 3>&- &
        pids+=($!)
    done
    wait "${pids[@]}"
    # Crashes; what ran out of time is killed (137), and so is what we kill, so a minute without an end shows by its text.
    ! grep -E '^(132|134|135|136|139) ' /mnt/log.* || return 1
    # What is said begins with the program's name.
    ! sed 's/^[^ ]* [^:]*: //' /mnt/log.* | grep -v -e '^$' -e '^holdfast: ' -e '^exec ' || return 1
    for ((number = 0; number < ids; number++)); do
        timeout 30 "$holdfast" delete --force "$id-$number"
    done
    report "at random: $(cat /mnt/log.* | wc -l) commands in $(elapsed "$began") s, of which $(grep -c -h '^0 ' /mnt/log.* | paste -s -d + | bc) succeeded"
    end "at random" "$(cat /mnt/log.* | wc -l)"
}
