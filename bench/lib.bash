# SPDX-License-Identifier: Apache-2.0
# What the parts of the benchmark share: bundles, commands, tables.
#
#   $work        a file system in memory of the benchmark's own: bundles, binaries, results
#   $results     $work/results: a table a part, made by measure; name, median, least, mean (us), peak (KiB), processor time (us)

# The default bundle with /bin/true in a directory of its own: make_bundle NAME [JQ-FILTER]
make_bundle() {
    mkdir -p "$work/$1"
    [ -d "$work/image" ] || "$source_directory/scripts/make-bundle" "$work/image"
    mkdir -p "$work/image/rootfs"/{usr,run,var} # systemd-nspawn asks for them
    ln -sfn "$work/image/rootfs" "$work/$1/rootfs"
    # crun 1.8 knows no later version of the specification.
    jq ".ociVersion = \"1.0.2\" | .process.args = [\"/bin/true\"] | .root.path = \"$work/image/rootfs\" | ${2:-.}" \
        "$work/image/config.json" >"$work/$1/config.json"
}

holdfast_words() { echo "$holdfast --cgroup-manager disabled"; }
crun_words() { echo "crun --cgroup-manager=disabled"; }

# The cases of a part, a line each, as measure reads them: run_cases BUNDLE [NAME-SUFFIX]
run_cases() {
    local suffix=${2:-}
    printf '%s\t%s run --bundle %s bench@\n' \
        "holdfast$suffix" "$(holdfast_words)" "$work/$1" \
        "crun$suffix" "$(crun_words)" "$work/$1" \
        "holdfast-with-cgroup$suffix" "$holdfast" "$work/$1" \
        "crun-with-cgroup$suffix" "crun --cgroup-manager=cgroupfs" "$work/$1" \
        "runc$suffix" runc "$work/$1"
}

floor_case() {
    printf 'floor%s\t%s %s /bin/true\n' "${1:-}" "$work/floor" "$work/image/rootfs"
}

bubblewrap_case() {
    printf 'bubblewrap\tbwrap --unshare-pid --unshare-ipc --unshare-uts --unshare-net --unshare-cgroup --die-with-parent'
    printf ' --ro-bind %s / --proc /proc --dev /dev --ro-bind /sys /sys /bin/true\n' "$work/image/rootfs"
}

nspawn_case() {
    printf 'systemd-nspawn\tsystemd-nspawn --quiet --register=no --keep-unit --private-network --read-only --timezone=off'
    printf ' --directory %s /bin/true\n' "$work/image/rootfs"
}

# Measures the cases on standard input into a table: measure_into TABLE ROUNDS [JOBS TOTAL]
measure_into() {
    "$work/measure" "${@:2}" >"$results/$1"
}

# The least time of a case, in microseconds: least TABLE CASE
least() {
    awk -F '\t' -v name="$2" '$1 == name { print $3 }' "$results/$1"
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { if (a == "" || b == "" || b == 0) print "–"; else printf "%.2f\n", a / b }'
}

milliseconds() {
    awk -v a="$1" 'BEGIN { if (a == "") print "–"; else printf "%.2f\n", a / 1000 }'
}

# Mounts on the host, made in this benchmark's mount namespace: host_mounts COUNT PROPAGATION
host_mounts() {
    local i
    umount -l "$work/host" 2>/dev/null || true
    mkdir -p "$work/host"
    mount -t tmpfs bench "$work/host"
    mount --make-"$2" "$work/host"
    "$work/many-mounts" "$work/host" "$1"
}
