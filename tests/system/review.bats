#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# holdfast box --review: what is reported, and what a commit does.

load helpers
load box
load review

eval "$(declare -f setup | sed '1s/setup/setup_box/')"

setup() {
    setup_box && setup_review
}

eval "$(declare -f teardown | sed '1s/teardown/teardown_box/')"

teardown() {
    rm -f /tmp/holdfast-user-test
    teardown_box
}

@test "what a commit leaves is what the command does without a box" {
    local commands command
    mapfile -t commands <"$BATS_TEST_DIRNAME/review-commands"
    for command in "${commands[@]}"; do
        commits_as_direct "$command"
    done
}

@test "the same on a disk" {
    setup_review "$ground"
    commits_as_direct 'ln text hard; echo more >>link-1; rm -r directory; mkdir directory; mv sparse holes; sed -i s/1/one/ text'
    commits_as_direct 'tar -cf archive.tar directory link-1 link-2 sparse && mkdir unpacked && tar -xf archive.tar -C unpacked'
}

@test "what is reported, and nothing on the machine is changed" {
    local before
    before=$(list_work)
    reports 'echo more >>text' 'changed  text  content'
    reports 'touch -d 1999-01-01 text' 'changed  text  times'
    reports 'chmod 0600 text; chown 5:6 script' 'changed  script  owner 0:0 -> 5:6' 'changed  text  mode 0644 -> 0600'
    reports 'setfattr -n user.color -v blue text' 'changed  text  xattrs'
    reports 'setfacl -b directory/two' 'changed  directory/two  xattrs'
    reports 'rm text symlink; rmdir empty' 'removed  empty  directory' 'removed  symlink  link' 'removed  text  file'
    reports 'rm -r directory' 'removed  directory  directory'
    reports 'rm -r directory; mkdir directory; echo one >directory/one' 'removed  directory/below  directory' \
        'changed  directory/one  times' 'removed  directory/two  file'
    reports 'rm -r directory; echo x >directory' 'changed  directory  type directory -> file'
    reports 'rm text; mkdir text' 'changed  text  type file -> directory'
    reports 'ln -sfn elsewhere symlink' 'changed  symlink  target text -> elsewhere'
    reports 'mkdir -m 0700 new; touch new/file; ln -s file new/link; mkfifo new/fifo' 'added    new  directory 0700' \
        'added    new/fifo  fifo 0644' 'added    new/file  file 0644, 0 bytes' 'added    new/link  link to file'
    reports 'ln text hard' "added    hard  file 0644, 3893 bytes"
    reports 'echo x >new; ln new newer' 'added    new  file 0644, 2 bytes' \
        "added    newer  file 0644, 2 bytes, the same file as $work/new"
    reports 'mv text renamed' 'added    renamed  file 0644, 3893 bytes' 'removed  text  file'
    reports 'echo more >>link-2' 'changed  link-2  content'
    reports 'printf x >"$(printf "a\nb\033\377")"' 'added    a\012b\033\377  file 0644, 1 bytes'
    reports 'cat text >/dev/null; ls -R >/dev/null; touch new; rm new; chmod 0600 text; chmod 0644 text' 'nothing was changed'
    equal "$(list_work)" "$before"
}

@test "JSON, and what is not UTF-8" {
    review --json -- sh -c 'echo more >>text; rm -r other; ln -s to link; touch "$(printf "x\377")"; exit 3'
    equal "$status" 3
    equal "$(jq -c '[.version, .review.name, .review.status, .review.exitStatus, .review.path]' <<<"$output")" \
        "[1,\"test\",\"kept\",3,\"$reviews/test\"]"
    equal "$(jq -c '.changes[]' <<<"$output" | sed "s|$work/||g; s/\"pathBytes\":\"[0-9a-f]*78ff\"/\"pathBytes\":\"BYTES\"/")" "$(cat <<'CHANGES'
{"change":"added","what":[],"before":null,"after":{"type":"link","mode":"0777","uid":0,"gid":0,"target":"to"},"path":"link"}
{"change":"removed","what":[],"before":{"type":"directory","mode":"0755","uid":3,"gid":4},"after":null,"path":"other"}
{"change":"changed","what":["content"],"before":{"type":"file","mode":"0644","uid":0,"gid":0,"size":3893},"after":{"type":"file","mode":"0644","uid":0,"gid":0,"size":3898},"path":"text"}
{"change":"added","what":[],"before":null,"after":{"type":"file","mode":"0644","uid":0,"gid":0,"size":0},"path":"x\\377","pathBytes":"BYTES"}
CHANGES
)"
    run "$holdfast" box list --json
    equal "$(jq -c '.[0] | [.name, .status, .exitStatus]' <<<"$output")" '["test","kept",3]'
    run "$holdfast" box list --json test
    equal "$(jq '.changes | length' <<<"$output")" 4
}

@test "a command that is not UTF-8" {
    review -- touch "$(printf 'a\nb\377')"
    run "$holdfast" box list
    [[ ${lines[1]} == *' touch a\012b\377' ]]
    run "$holdfast" box list --json
    equal "$(jq -r '.[].command' <<<"$output")" 'touch a\012b\377'
}

@test "the diff of texts" {
    review -- sh -c 'sed -i "s/^7$/seven/" text; echo new >new; rm script; chmod 0600 directory/one; printf "\0" >directory/two'
    run --separate-stderr "$holdfast" box diff test
    equal "$status $stderr" '0 '
    equal "$(sed "s|$work/||g" <<<"$output")" "$(cat <<'DIFF'
Binary files adirectory/two and bdirectory/two differ
--- /dev/null
+++ bnew
@@ -0,0 +1 @@
+new
--- ascript
+++ /dev/null
@@ -1,2 +0,0 @@
-#!/bin/sh
-echo hello
--- atext
+++ btext
@@ -4,7 +4,7 @@
 4
 5
 6
-7
+seven
 8
 9
 10
DIFF
)"
    (cd / && "$holdfast" box diff test | grep -v ^Binary | patch -p1 --dry-run >/dev/null)
}

@test "what is there is kept, committed or discarded, and a box of that name goes on" {
    review -- sh -c 'echo one >new; exit 7'
    equal "$status" 7
    [[ $stderr == *'review test is kept: "holdfast box commit test" commits it'* ]]
    [ ! -e new ]
    review -- sh -c 'cat new; echo two >>new; rm text'
    equal "$status $output" '0 one'
    run "$holdfast" box list
    equal "$(awk 'NR > 1 { print $1, $2, $4, $5 }' <<<"$output")" 'test kept sh -c'
    run --separate-stderr "$holdfast" box commit test
    equal "$status $output$stderr" '0 '
    equal "$(cat new; ls text 2>&1)" $'one\ntwo\nls: cannot access \'text\': No such file or directory'
    equal "$(ls -A "$reviews")" ''
    review -- touch gone
    run "$holdfast" box discard test
    equal "$status $output" '0 '
    equal "$(ls -A "$reviews"; ls gone 2>&1)" "ls: cannot access 'gone': No such file or directory"
}

@test "decided beforehand" {
    review --commit -- touch committed
    equal "$status $(ls committed; ls -A "$reviews")" '0 committed'
    review --commit -- sh -c 'touch failed; exit 9'
    equal "$status $(ls -A failed "$reviews" 2>/dev/null)" "9 $reviews:
test"
    [[ $stderr == *'holdfast: warning: the command failed, so nothing is committed'* ]]
    review --discard -- touch discarded
    equal "$status $(ls -A discarded "$reviews" 2>/dev/null)" "0 $reviews:"
    box --review -- touch a
    box --review -- touch b
    equal "$(ls "$reviews")" $'1\n2'
}

@test "options that say nothing, or too much" {
    box_fails '--commit, --discard, --keep, --json and --diff go with --review' --commit -- true
    box_fails 'only one of --commit, --discard and --keep can be done' --review --commit --discard -- true
    box_fails '--review is for this machine' --review "$rootfs" -- true
    box_fails '"../x" can'\''t be the name of a review' --review=../x -- true
    box_fails '"" can'\''t be the name of a review' --review= -- true
    equal "$(ls -A "$XDG_STATE_HOME")" ''
    # A program of a command's name.
    ln -s /bin/echo list
    PATH=$work:$PATH box_well -- list me
    equal "$output" me
}

@test "on a terminal it asks" {
    # shellcheck disable=SC2016
    ask() {
        run expect -c 'set timeout 60; spawn -noecho '"$holdfast"' box --review=test -- sh -c "echo x >new"' \
            -c 'foreach answer [list '"$*"'] { expect "iscard or *eep? "; send "$answer\r" }; expect eof; exit [lindex [wait] 3]'
    }
    ask x "{}" k
    ask k
    [[ $output == *'1 change: [c]ommit, [d]iscard or [k]eep? k'*'review test is kept'* ]]
    [ ! -e new ]
    ask d
    equal "$(ls -A new "$reviews" 2>/dev/null)" "$reviews:"
    ask c
    equal "$(cat new; ls -A "$reviews")" x
}

# What changed on the machine meanwhile: conflict COMMANDS-IN-THE-BOX COMMANDS-ON-THE-MACHINE LINE...
conflict() {
    local now
    cd "$place" && grow && cd "$work" || return
    review -- sh -c "$1"
    sleep 0.02
    sh -c "$2"
    now=$(list_work)
    run --separate-stderr "$holdfast" box commit test
    equal "$status $output" '1 '
    equal "$(sed "\$d; s| $work/| |" <<<"$stderr")" "$(printf 'conflict %s\n' "${@:3}")"
    [[ $stderr == *"can't be committed; nothing was changed; --force overwrites"* ]]
    equal "$(list_work)" "$now"
    "$holdfast" box commit --force test
    equal "$(ls -A "$reviews")" ''
}

@test "a commit refuses what changed underneath" {
    local since='it was changed on the machine since the review began'
    conflict 'echo box >>text; echo box >>script' 'echo machine >>text' "text  $since"
    equal "$(tail -n 1 text)" box
    conflict 'rm text' 'touch text' "text  $since"
    [ ! -e text ]
    conflict 'echo box >new' 'echo machine >new' "new  $since"
    equal "$(cat new)" box
    conflict 'rm -r directory' 'echo x >>directory/below/deep/four' \
        'directory  directory/below/deep/four was changed on the machine since the review began'
    [ ! -e directory ]
    conflict 'rm -r directory' 'mkdir directory/below/made' 'directory  directory/below/made was changed on the machine since the review began'
    conflict 'chmod 0700 directory' 'chmod 0711 directory' "directory  $since"
    equal "$(stat -c %a directory)" 700
    conflict 'chmod 0600 text; rm script' 'rm script; mkdir script; touch script/x text' \
        'script  script/x was changed on the machine since the review began' "text  $since"
    conflict 'rm -r directory; mkdir directory; touch directory/mine' 'touch directory/theirs' "directory/theirs  $since"
    equal "$(ls directory)" mine
    conflict 'echo x >>link-1' 'echo y >>link-2' "link-1  $since"
    equal "$(cat link-2)" $'linked\nx'
}

@test "what changed beside it, or became the same, is no conflict" {
    review -- sh -c 'echo box >>text; rm script; mkdir both; mkdir directory/new'
    sleep 0.02
    touch directory/beside; rm script; mkdir both; echo other >>link-1; chmod 0700 other
    "$holdfast" box commit test
    equal "$(tail -n 1 text; ls -d both directory/beside directory/new script 2>/dev/null; stat -c %a other)" \
        $'box\nboth\ndirectory/beside\ndirectory/new\n700'
}

@test "a commit that is killed at any moment is finished by another one" {
    local number commands='echo more >>text; echo more >>link-1; mv link-2 moved; rm -r directory/below; mkdir directory/below
        ln script hard; ln -sfn x symlink; mkdir -p a/b; cp -a sparse a/b; rm dangling; mkdir dangling; chmod 0700 other; rm -r empty; touch empty'
    sh -c "$commands"
    local direct
    direct=$(list_work)
    for ((number = 1; ; number++)); do
        cd "$place" && grow && cd "$work"
        run --separate-stderr "$holdfast" box --review=test -- sh -c "$commands"
        run "$HOLDFAST_BUILD"/tests/system/kill-at --changes $number "$holdfast" box commit test
        [ "$status" != 200 ] || break
        equal "$number $status" "$number 137"
        if [ -e "$reviews/test" ]; then
            run --separate-stderr "$holdfast" box commit test
            equal "$number $status $stderr" "$number 0 "
        fi
        equal "$(list_work)" "$direct" || { echo "killed at $number"; return 1; }
        # What a kill leaves of a removed review goes with the next one.
        review --discard -- true
        equal "$(ls -A "$reviews")" ''
    done
    [ "$number" -gt 50 ]
}

@test "a review that is in use is left alone" {
    "$holdfast" box --review=test --bind /mnt/other:/mnt/other -- sh -c 'touch /mnt/other/ready; read x </mnt/other/end' 3>&- &
    mkfifo /mnt/other/end
    wait_for /mnt/other/ready
    local action
    for action in commit discard; do
        run "$holdfast" box $action test
        equal "$status $output" "1 holdfast: review test is in use; its box runs, or another command works on it: wait for it, or end it"
    done
    box_fails 'review test is in use' --review=test -- true
    run "$holdfast" box list
    [[ ${lines[1]} == test*running* ]]
    echo >/mnt/other/end
    wait $!
}

@test "a box that is killed leaves a review that can be looked at, committed or discarded" {
    "$holdfast" box --review=test --bind /mnt/other:/mnt/other -- sh -c 'echo new >new; touch /mnt/other/ready; sleep 100' 3>&- &
    wait_for /mnt/other/ready
    kill -KILL $!
    wait $! || true
    sleep 0.2
    run "$holdfast" box list
    [[ ${lines[1]} == test*interrupted* ]]
    run "$holdfast" box commit test
    equal "$status $output $(cat new)" '0  new'
}

@test "a start that fails leaves no review" {
    box_fails '' --review=test --bind /nonexistent:/mnt -- true
    equal "$(ls -A "$reviews")" ''
}

@test "a damaged state, and a machine that went down" {
    review -- touch new
    jq '.bootId = "another" | .synced = false' "$reviews/test/state.json" >/mnt/state.json
    cp /mnt/state.json "$reviews/test"
    run "$holdfast" box commit test
    equal "$status ${output%%;*}" '1 holdfast: the machine went down before the changes of review test were on the disk'
    for damage in '{version: 2}' '.exitStatus = 256' '.exitStatus = 4294967296' '.exitStatus = -2' '.started = -1' \
        '.startedNanoseconds = -1' '.startedNanoseconds = 1000000000'; do
        jq "$damage" /mnt/state.json >"$reviews/test/state.json"
        run "$holdfast" box commit test
        equal "$damage: $status ${output%%;*}" \
            "$damage: 1 holdfast: $reviews/test/state.json is not what this holdfast writes"
    done
    run "$holdfast" box discard test
    equal "$status $output $(ls -A "$reviews")" '0  '
    run "$holdfast" box diff test
    equal "$status $output" '1 holdfast: there is no review "test"; "holdfast box list" shows those that there are'
}

@test "what is read-only stays so, and the reviews are hidden" {
    mount -t ramfs ram /mnt/other
    mkdir /mnt/ro && mount -t tmpfs -o ro ro /mnt/ro
    review -- sh -c 'for d in /mnt/other /mnt/ro; do touch $d/x 2>&1; done; ls -A $1; echo x >$1/x' sh "$reviews"
    equal "$status $(sed 's/.*: //' <<<"$output")" $'2 Read-only file system\nRead-only file system'
    umount /mnt/other /mnt/ro
}

@test "a full disk" {
    mkdir /mnt/small
    mount -t tmpfs -o size=1m small /mnt/small
    XDG_STATE_HOME=/mnt/small review -- sh -c 'head -c 2000000 /dev/zero >big'
    [[ $stderr == *'No space left on device'*'warning: the disk that takes the changes is full: they may be incomplete'* ]]
    umount /mnt/small
    # No room for the copy: the machine's file stays, and the commit can be repeated.
    review -- sh -c 'head -c 2000000 /dev/zero >/mnt/other/file'
    run "$holdfast" box commit test
    equal "$status" 1
    [[ $output == "holdfast: /mnt/other/file: cannot write the copy: pwrite: ENOSPC"*'commit it again' ]]
    equal "$(cat /mnt/other/file; ls -A /mnt/other)" $'old\nfile'
    mount -o remount,size=8m /mnt/other
    run "$holdfast" box commit test
    equal "$status $output $(stat -c %s /mnt/other/file)" '0  2000000'
}

@test "a directory that is none of the machine's any more" {
    review -- touch /mnt/other/new
    umount /mnt/other
    mount -t tmpfs -o mode=755 holdfast-other /mnt/other
    mkdir /mnt/other/x
    umount /mnt/other
    run "$holdfast" box commit test
    equal "$status ${output%%;*}" '1 holdfast: /mnt/other: is another directory than when review test began'
}

@test "as an ordinary user" {
    install -d -o $user -g $user /mnt/home /mnt/home/state
    home=/mnt/home
    export XDG_STATE_HOME=$home/state
    run setpriv --reuid $user --regid $user --clear-groups sh -c 'cd /mnt/home && mkdir -p directory/below closed && echo old | tee a b directory/c
        ln b b2; chmod 0555 closed'
    cd /mnt/home
    user_box --review=test -- sh -c 'echo new >>a; rm b; mv directory moved; mkdir directory; ln a hard; mkfifo fifo; chmod 0755 closed; touch closed/x
        chmod 0555 closed; setfattr -n user.x -v y a; touch /usr/x /mnt/x 2>&1; touch /tmp/holdfast-user-test'
    equal "$status $(sed 's/.*: //' <<<"$output")" $'0 Permission denied\nRead-only file system'
    run --separate-stderr setpriv --reuid $user --regid $user --clear-groups /mnt/holdfast box list test
    equal "$(LC_ALL=C sort -b -k 2 <<<"$output")" "$(cat <<'LIST'
changed  /mnt/home/a  content, xattrs
removed  /mnt/home/b  file
added    /mnt/home/closed/x  file 0644, 0 bytes
removed  /mnt/home/directory/below  directory
removed  /mnt/home/directory/c  file
added    /mnt/home/fifo  fifo 0644
added    /mnt/home/hard  file 0644, 8 bytes, the same file as /mnt/home/a
added    /mnt/home/moved  directory 0755
added    /mnt/home/moved/below  directory 0755
added    /mnt/home/moved/c  file 0644, 4 bytes
added    /tmp/holdfast-user-test  file 0644, 0 bytes
LIST
)"
    run --separate-stderr setpriv --reuid $user --regid $user --clear-groups /mnt/holdfast box commit test
    equal "$status $output$stderr" '0 '
    equal "$(find . -path ./state -prune -o -printf '%p %y %m %U %n\n' | sort)" "$(cat <<TREE
. d 755 $user 6
./a f 644 $user 2
./b2 f 644 $user 1
./closed d 555 $user 2
./closed/x f 644 $user 1
./directory d 755 $user 2
./fifo p 644 $user 1
./hard f 644 $user 2
./moved d 755 $user 3
./moved/below d 755 $user 2
./moved/c f 644 $user 1
TREE
)"
    user_box --review --commit -- sh -c 'cp a a2; ln a2 a3; rm b2; touch /tmp/holdfast-user-test'
    equal "$status $(stat -c %h a2) $(ls b2 state/holdfast/review 2>/dev/null)" '0 2 state/holdfast/review:'
    equal "$(cat a; getfattr --only-values -n user.x a; ls -A state/holdfast/review)" $'old\nnew\ny'
    rm /tmp/holdfast-user-test
}

@test "a large tree" {
    mkdir /mnt/other/large
    mount -t tmpfs -o mode=755 large /mnt/other/large
    run --separate-stderr timeout 120 "$holdfast" box --review=test -- sh -c 'cd /mnt/other/large && mkdir $(seq 200) && for d in *; do (cd $d && touch $(seq 100)); done'
    equal "$status $(grep -c ^added <<<"$stderr")" '0 20200'
    run timeout 120 "$holdfast" box commit test
    equal "$status $output $(find /mnt/other/large | wc -l)" '0  20201'
    run --separate-stderr timeout 120 "$holdfast" box --review --commit -- sh -c 'rm -r /mnt/other/large/*'
    equal "$status $(ls -A /mnt/other/large)" '0 '
    umount /mnt/other/large
}
