# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests of reviews share.

# Reviews are kept in DIRECTORY/state, and $work has the files that the tests change. Without DIRECTORY it is in memory,
# where nobody waits for the disk: setup_review [DIRECTORY]
setup_review() {
    place=${1-/mnt/place}
    export XDG_STATE_HOME=$place/state
    mkdir -p "$XDG_STATE_HOME"
    reviews=$XDG_STATE_HOME/holdfast/review
    work=$place/work
    grow
    cd "$work" || return
}

# The files that commands change, all of them older than any review.
grow() {
    rm -rf "$work"
    mkdir -p "$work"/{directory/below/deep,empty,other}
    (
        cd "$work" || exit
        seq 1000 >text
        printf '#!/bin/sh\necho hello\n' >script
        chmod 0755 script
        echo one >directory/one
        echo two >directory/two
        echo three >directory/below/three
        echo four >directory/below/deep/four
        echo linked >link-1
        ln link-1 link-2
        ln link-1 other/link-3
        ln -s text symlink
        ln -s nowhere dangling
        mkfifo fifo
        truncate -s 1M sparse
        printf end >>sparse
        setfattr -n user.color -v red text
        setfacl -m u:7:r directory/two
        chown 3:4 other
        find . -exec touch -h -d '2001-02-03 04:05:06' {} +
    )
}

# Everything about the files that can be changed. Times count where a command set them: to before 2020.
list_work() {
    (
        cd "${1-$work}" || exit
        find . -printf '%p %y mode %m owner %U:%G names %n size %s to [%l] ' \
            \( ! -newermt 2020-01-01 -printf 'at %T@\n' -o -printf 'now\n' \) | sed 's/^\(.* d .*\) size [0-9]*/\1/' | sort
        find . -type f -print0 | sort -z | xargs -0 sha256sum
        # Which names are one file.
        find . -type f -links +1 -printf '%i %p\n' | sort -k 2 | awk '{ if (!($1 in first)) first[$1] = $2; print $2, "is", first[$1] }'
        find . -type f -size +512k -printf '%p %b\n' | awk '{ print $1, $2 < 512 ? "has holes" : "has none" }'
        find . ! -type l -print0 | sort -z | xargs -0 getfattr -d -m - -e hex 2>/dev/null
    )
}

review() {
    run --separate-stderr "$holdfast" box --review=test "$@"
}

# The box changes files as the table says, a line each, with the names below $work: reports COMMAND LINE...
reports() {
    review --keep -- sh -c "$1"
    equal "$status $output" '0 '
    [ ! -e "$reviews/test" ] || "$holdfast" box discard test
    equal "$(sed "s| $work/| |; s| $work | . |; /^holdfast: review /d; s/^holdfast: //" <<<"$stderr")" "$(printf '%s\n' "${@:2}")"
}

# The command, reviewed and committed, does what it does without a box.
commits_as_direct() {
    local direct
    cd "$place" && grow && cd "$work" || return
    sh -c "$1" >/dev/null
    direct=$(list_work)
    cd "$place" && grow && cd "$work" || return
    run --separate-stderr "$holdfast" box --review --commit -- sh -c "$1"
    [ "$status" = 0 ] || { printf '%s\n' "$1" "$status" "$stderr"; return 1; }
    equal "$(list_work)" "$direct" || { printf 'after: %s\n' "$1"; return 1; }
}
