#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# holdfast policy from-bwrap: a box by that policy shows what bubblewrap does.

load helpers

setup() {
    umask 022
    m=/mnt/ground work=$BATS_TEST_TMPDIR
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    mkdir -p $m/a/sub/deep $m/b/new $m/mounted/inner /mnt/tools
    cp /bin/busybox "$BATS_TEST_DIRNAME/bwrap-inspect" /mnt/tools
    echo a >$m/a/file
    echo s >$m/a/sub/file
    echo b >$m/b/file
    ln -s a $m/link
    ln -s file $m/a/link
    mount -t tmpfs -o mode=755 holdfast-inner $m/mounted/inner
    echo i >$m/mounted/inner/file
    printf '%s\0' --ro-bind $m/a /from-args --dir /d >/mnt/args
    printf 'data\n' >/mnt/data
    # Of the machine's own tree the ground alone is listed.
    pruned=()
    local name
    for name in /*; do
        case $name in /mnt | /dev | /proc | /sys) ;; *) pruned+=("$name") ;; esac
    done
    cd /
}

teardown() {
    cd /
    umount -R -l /mnt
}

# Where the tools are in the view: they are bound, unless the machine's own tree is there.
tools() {
    case "$*" in
    *' / /'*) inside=/mnt/tools tool_words=() ;;
    *) inside=/tools tool_words=(--ro-bind /mnt/tools /tools) ;;
    esac
    # The view's own tree is shown, where the machine's isn't.
    if [ $inside = /tools ]; then shown=(/usr); else shown=("${pruned[@]}"); fi
}

# Both show the same: same_view ARGUMENT OF BUBBLEWRAP...
same_view() {
    local proc=(--proc /proc) before
    tools "$@"
    before=$(find $m | sort)
    bwrap "$@" "${proc[@]}" "${tool_words[@]}" $inside/busybox sh $inside/bwrap-inspect $inside/busybox "${shown[@]}" \
        5<"/mnt/data" 6</mnt/args >$work/theirs 2>$work/theirs.error || { cat $work/theirs.error; return 1; }
    # bubblewrap makes mount points in what it binds writable.
    comm -13 <(echo "$before") <(find $m | sort) | sort -r | xargs -r -n 1 rm -d
    "$holdfast" policy from-bwrap "$@" "${proc[@]}" "${tool_words[@]}" -- true 5</mnt/data 6</mnt/args \
        >$work/policy.json 2>$work/warnings || { cat $work/warnings; return 1; }
    "$holdfast" box --policy $work/policy.json -- $inside/busybox sh $inside/bwrap-inspect $inside/busybox "${shown[@]}" \
        >$work/ours 2>$work/ours.error || { cat $work/ours.error; return 1; }
    diff -u $work/theirs $work/ours && diff <(echo "$before") <(find $m | sort)
}

@test "a box by the policy of each command line shows what bubblewrap does" {
    local line count=0 failed=0
    while read -r line; do
        case $line in '#'*) continue ;; esac
        count=$((count + 1))
        eval "set -- $line"
        same_view "$@" >$work/difference 2>&1 || { echo "--- $line"; head -n 40 $work/difference; failed=$((failed + 1)); }
    done <"$BATS_TEST_DIRNAME/bwrap-cases"
    echo "$count command lines, $failed of them differ"
    [ $count -ge 40 ] && [ $failed = 0 ]
}
