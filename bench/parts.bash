# SPDX-License-Identifier: Apache-2.0
# A part: part_X measures into tables of its own, part_X_table prints them in Markdown. Names of cases are
# "RUNTIME" or "RUNTIME|ROW", for one row a size.

part_title() {
    case $1 in
        a) echo 'one start of /bin/true with the default mounts' ;;
        b) echo 'the same with mounts on the host' ;;
        c) echo 'bind mounts in the container' ;;
        d) echo 'starts in parallel' ;;
        e) echo 'create, start and delete' ;;
        f) echo 'exec into a running container' ;;
        g) echo 'memory' ;;
        h) echo '100 masked paths' ;;
        i) echo 'teardown of a running container' ;;
        r) echo 'boxes with many rules' ;;
    esac
}

dynamic_case() {
    printf 'holdfast-dynamic\t%s --cgroup-manager disabled run --bundle %s bench@\n' "$dynamic" "$work/true"
}

part_a() {
    { floor_case; run_cases true; dynamic_case; bubblewrap_case; nspawn_case; } | measure_into a 40
}

part_b() {
    local propagation count
    for propagation in private shared; do
        : >"$results/b-$propagation"
        for count in 0 1000 5000 20000; do
            host_mounts "$count" "$propagation"
            { floor_case "|$count"; run_cases true "|$count"; } | measure_into b.part "$((count > 1000 ? 5 : 15))"
            cat "$results/b.part" >>"$results/b-$propagation"
        done
        umount -l "$work/host"
    done
    rm "$results/b.part"
}

# As many bind mounts of one directory, each with a target of its own: many_binds COUNT [OPTION]
many_binds() {
    mkdir -p "$work/image/rootfs/many" "$work/source"
    # crun opens one descriptor a mount under the program's limit.
    make_bundle "binds-$1$2" "del(.process.rlimits) | .mounts += [{destination: \"/many\", type: \"tmpfs\", source: \"tmpfs\"}]
        + [range($1) | {destination: \"/many/\\(.)\", source: \"$work/source\", options: [\"rbind\", \"$2\"]}]"
}

part_c() {
    local option count
    for option in rw ro; do
        : >"$results/c-$option"
        for count in 10 100 1000 10000; do
            many_binds "$count" "$option"
            # runc takes minutes for 10,000.
            run_cases "binds-$count$option" "|$count" |
                if [ "$count" -eq 10000 ]; then grep -v '^runc'; else cat; fi |
                measure_into c.part "$((count > 1000 ? 2 : 6))"
            cat "$results/c.part" >>"$results/c-$option"
        done
    done
    rm "$results/c.part"
}

part_d() {
    local jobs
    : >"$results/d"
    for jobs in 1 2 8 32; do
        { floor_case "|$jobs"; run_cases true "|$jobs" | grep -v '^runc'; } | measure_into d.part 5 "$jobs" 500
        cat "$results/d.part" >>"$results/d"
        run_cases true "|$jobs" | grep '^runc' | measure_into d.part 2 "$jobs" 100
        cat "$results/d.part" >>"$results/d"
    done
    rm "$results/d.part"
}

# Cases of several commands, with the runtime's words for %: each_runtime FORMAT
each_runtime() {
    printf 'holdfast\t%s\n' "${1//%/$(holdfast_words)}"
    printf 'crun\t%s\n' "${1//%/$(crun_words)}"
    printf 'holdfast-with-cgroup\t%s\n' "${1//%/$holdfast}"
    printf 'crun-with-cgroup\t%s\n' "${1//%/crun --cgroup-manager=cgroupfs}"
    printf 'runc\t%s\n' "${1//%/runc}"
}

part_e() {
    each_runtime "+ % create --bundle $work/true bench + % start bench + % delete --force bench" | measure_into e 20
}

sleeping_bundle() {
    make_bundle sleep '.process.args = ["/bin/sleep", "1000"]'
}

part_f() {
    sleeping_bundle
    each_runtime "- % run --detach --bundle $work/sleep bench + % exec bench /bin/true - % delete --force bench" |
        measure_into f 20
}

# What stays of a runtime: its processes, and their share of memory in KiB. This PID namespace is the benchmark's own.
remaining() {
    local process count=0 memory=0
    for process in /proc/[0-9]*; do
        if [[ $(readlink "$process/exe") == *"$1"* ]]; then
            count=$((count + 1))
            memory=$((memory + $(awk '/^Pss:/ { print $2 }' "$process/smaps_rollup")))
        fi
    done
    printf '%s\t%d\t%d\n' "$1" "$count" "$memory"
}

part_g() {
    local runtime words
    [ -f "$results/a" ] || part_a
    sleeping_bundle
    : >"$results/g"
    for runtime in holdfast crun runc; do
        words=$runtime
        [ "$runtime" = runc ] || words=$("${runtime}_words")
        $words run --detach --bundle "$work/sleep" bench >"$work/output" 2>&1
        remaining "$runtime" >>"$results/g"
        $words delete --force bench
    done
}

part_h() {
    mkdir -p "$work/image/rootfs/masked"
    (cd "$work/image/rootfs/masked" && mkdir -p directory{1..50} && touch file{1..50})
    make_bundle masked '.linux.maskedPaths = [range(1; 51) | "/masked/directory\(.)", "/masked/file\(.)"]'
    run_cases masked | measure_into h 20
}

part_i() {
    sleeping_bundle
    each_runtime "- % run --detach --bundle $work/sleep bench + % delete --force bench" | measure_into i 20
}

# The crun that does the same work: with a cgroup or without.
crun_like() {
    case $1 in
        *-with-cgroup | runc) echo crun-with-cgroup ;;
        *) echo crun ;;
    esac
}

# A box with as many rules, each a file that is shown read-only, and bubblewrap's command line that the policy is made
# from: rules_cases COUNT
rules_cases() {
    local i words=(--ro-bind "$work/image/rootfs/bin" /bin --tmpfs /tmp --proc /proc)
    mkdir -p "$work/shown"
    for ((i = 0; i < $1; i++)); do
        [ -e "$work/shown/$i" ] || echo "$i" >"$work/shown/$i"
        words+=(--ro-bind "$work/shown/$i" "/tmp/$i")
    done
    printf '%s\0' "${words[@]}" >"$work/rules-$1.args"
    "$holdfast" policy from-bwrap --args 5 5<"$work/rules-$1.args" >"$work/rules-$1.json"
    printf '#!/bin/sh\nexec bwrap --unshare-pid --unshare-ipc --unshare-uts --unshare-net --args 5 /bin/true 5<%s\n' \
        "$work/rules-$1.args" >"$work/rules-$1.sh"
    chmod +x "$work/rules-$1.sh"
    printf 'holdfast|%d\t%s box --policy %s -- /bin/true\n' "$1" "$holdfast" "$work/rules-$1.json"
    # bubblewrap takes at most 9,000 arguments.
    [ "$1" -gt 2900 ] || printf 'bubblewrap|%d\t%s\n' "$1" "$work/rules-$1.sh"
}

part_r() {
    local count
    : >"$results/r"
    for count in 10 100 373 2000 10000; do
        rules_cases "$count" | measure_into r.part "$((count > 1000 ? 2 : 10))"
        cat "$results/r.part" >>"$results/r"
    done
}

# Least times in ms, against bubblewrap, and a rule's share: rules_table TABLE
rules_table() {
    awk -F '[\t|]' '
        !($2 in rows) { rows[$2]; sizes[++lines] = $2 }
        { value[$1, $2] = $4 / 1000 }
        END {
            print "| rules | holdfast | bubblewrap | bubblewrap : holdfast | holdfast, µs a rule more than with 10 |"
            print "|--:|--:|--:|--:|--:|"
            for (l = 1; l <= lines; l++) {
                size = sizes[l]; mine = value["holdfast", size]
                theirs = (("bubblewrap", size) in value) ? value["bubblewrap", size] : 0
                share = size == sizes[1] ? "–" : sprintf("%.1f", (mine - value["holdfast", sizes[1]]) * 1000 / (size - sizes[1]))
                printf "| %d | %.2f | %s | %s | %s |\n", size, mine, (theirs ? sprintf("%.2f", theirs) : "–"),
                    (theirs ? sprintf("%.1f", theirs / mine) : "–"), share
            }
        }' "$results/$1"
}

# Rows of a table without sizes, with the ratios of the least times to those of the floor, crun and runc.
ratio_table() {
    local name middle least processor
    echo '| | median, ms | least, ms | processor time, ms | : floor | : crun | : runc |'
    echo '|---|--:|--:|--:|--:|--:|--:|'
    while IFS=$'\t' read -r name middle least _ _ processor; do
        printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$name" "$(milliseconds "$middle")" \
            "$(milliseconds "$least")" "$(milliseconds "$processor")" \
            "$(ratio "$least" "$(least "$1" floor)")" "$(ratio "$least" "$(least "$1" "$(crun_like "$name")")")" \
            "$(ratio "$least" "$(least "$1" runc)")"
    done <"$results/$1"
}

# A table with sizes: a row a size, a column a runtime with its least time in ms, or with "rate" the median of the starts a second, and
# holdfast against crun and against its own first row: size_table TABLE HEADING [rate]
size_table() {
    awk -F '[\t|]' -v heading="$2" -v rate="${3:-}" '
        !($1 in seen) { seen[$1]; names[++columns] = $1 }
        !($2 in rows) { rows[$2]; sizes[++lines] = $2 }
        { value[$1, $2] = rate ? $3 : $4 }
        function shown(name, size) {
            if (!((name, size) in value)) return "–"
            return rate ? sprintf("%.0f", 1e6 / value[name, size]) : sprintf("%.2f", value[name, size] / 1000)
        }
        function against(size, name, other) {
            if (!((name, other) in value)) return "–"
            return sprintf("%.2f", rate ? value[name, other] / value["holdfast", size] : value["holdfast", size] / value[name, other])
        }
        END {
            printf "| %s |", heading
            for (c = 1; c <= columns; c++) printf " %s |", names[c]
            print " holdfast : crun | holdfast : its first row |"
            printf "|--:|"
            for (c = 1; c <= columns; c++) printf "--:|"
            print "--:|--:|"
            for (l = 1; l <= lines; l++) {
                printf "| %d |", sizes[l]
                for (c = 1; c <= columns; c++) printf " %s |", shown(names[c], sizes[l])
                printf " %s | %s |\n", against(sizes[l], "crun", sizes[l]), against(sizes[l], "holdfast", sizes[1])
            }
        }' "$results/$1"
}

part_table() {
    case $1 in
        a | e | f | h | i) ratio_table "$1" ;;
        b)
            printf 'Private mounts; least times in ms:\n\n'
            size_table b-private 'host mounts'
            printf '\nShared mounts:\n\n'
            size_table b-shared 'host mounts'
            ;;
        c)
            printf 'Plain; least times in ms:\n\n'
            size_table c-rw binds
            printf '\nRead-only:\n\n'
            size_table c-ro binds
            ;;
        d)
            printf 'Starts a second:\n\n'
            size_table d 'at once' rate
            ;;
        r) rules_table r ;;
        g)
            echo '| | peak of resident memory, KiB | processes that stay | their memory, KiB |'
            echo '|---|--:|--:|--:|'
            awk -F '\t' 'NR == FNR { peak[$1] = $5; next } { printf "| %s | %d | %d | %d |\n", $1, peak[$1], $2, $3 }' \
                "$results/a" "$results/g"
            ;;
    esac
}
