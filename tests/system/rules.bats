#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Rules of holdfast box: what is shown where, what can't be done there, and that nothing is left on the machine.

load helpers
load box

kill_at=$HOLDFAST_BUILD/tests/system/kill-at

# The ground has a file, a directory with one, a link, and is on the file system of /; /mnt/other is a mount.
grow() {
    mkdir -p "$ground/directory/below" /mnt/volume/directory
    echo secret | tee "$ground/directory/secret" /mnt/volume/file /mnt/volume/directory/file >/dev/null
    ln -s file "$ground/link"
    ln -s nowhere "$ground/dangling"
}

# Everything about the places, so that a trace would be seen.
tree() {
    find "$ground" /mnt -xdev -not -path '/mnt/bundle*' -printf '%p %y %m %U:%G %T@ %C@ %s %l\n' | sort
}

# Runs the script in a box, whose output is compared; afterwards all is as it was: shows TEXT SCRIPT OPTION...
shows() {
    local before
    before=$(tree)
    box "${@:3}" -- sh -c "exec 2>&1; g=$ground; $2"
    equal "$output" "$1"
    equal "$(tree)" "$before"
}

# What attempts on a path give: a line each.
attempts='try() { if "$@" >/dev/null 2>&1; then echo "$1 done"; else echo "$1 refused"; fi; }
attempt() { try test -e $1; try cat $1; try ls $1; try sh -c ": >>$1"; try touch $1; try mkdir $1; try ln -s x $1; try mv $1 $g/moved; try rm -rf $1; try rmdir $1; }'

@test "a denied file is empty, not openable or not there, and can't be changed, whatever the face" {
    grow
    shows "$(printf '%s\n' test\ done cat\ done ls\ done {sh,touch,mkdir,ln,mv,rm,rmdir}\ refused)" \
        "$attempts; attempt \$g/file" --deny "$ground/file"
    shows "$(printf '%s\n' test\ done cat\ refused ls\ done {sh,touch,mkdir,ln,mv,rm,rmdir}\ refused)" \
        "$attempts; attempt \$g/file" --deny "$ground/file:eacces"
    shows "$(printf '%s\n' {test,cat,ls,sh,touch,mkdir,ln,mv}\ refused rm\ done rmdir\ refused)" \
        "$attempts; attempt \$g/file; [ ! -e \$g/file ]" --deny "$ground/file:enoent"
}

@test "a denied directory is empty, not openable or not there" {
    grow
    shows '0' 'ls -A $g/directory | wc -l; touch $g/directory/x 2>/dev/null || exit 0; echo made' --deny "$ground/directory"
    shows "cat: $ground/directory/secret: Permission denied
ls: cannot open directory '$ground/directory': Permission denied" 'cat $g/directory/secret; ls $g/directory; true' \
        --deny "$ground/directory:eacces"
    shows "ls: cannot access '$ground/directory': No such file or directory
mkdir: cannot create directory '$ground/directory': Device or resource busy" \
        'export LC_ALL=C; ls $g/directory; mkdir $g/directory; true' --deny "$ground/directory:enoent"
}

@test "a name that does not exist can't be made where it is denied" {
    grow
    local face
    for face in empty eacces enoent; do
        shows 'refused refused refused refused' \
            'for c in "touch" "mkdir" "ln -s x" "cp /etc/hostname"; do $c $g/new >/dev/null 2>&1 && [ -s $g/new -o -d $g/new -o -L $g/new -o ! -f $g/new ] && echo -n "$c done " || echo -n "refused "; done | sed "s/ $//"' \
            --deny "$ground/new:$face"
    done
    shows 'no' '{ mkdir -p $g/a/b && echo x >$g/a/b/c; } 2>/dev/null; grep -s x $g/a/b/c || echo no' --deny "$ground/a/b/c:enoent"
}

@test "a way to a denied name can't be renamed to make another one" {
    grow
    shows "mv: cannot move '$ground/directory' to '$ground/away': Device or resource busy" \
        'export LC_ALL=C; mv $g/directory $g/away; true' --deny "$ground/directory/below/new"
    shows "mv: cannot move '$ground/directory' to '$ground/away': Device or resource busy" \
        'export LC_ALL=C; mv $g/directory $g/away; true' --rw "$ground" --deny "$ground/directory/secret"
}

@test "a link that is denied is denied itself, and its target is not" {
    grow
    shows 'old' 'cat $g/link; cat $g/file; [ ! -L $g/link ]' --deny "$ground/link"
    shows 'old' 'cat $g/link 2>/dev/null; cat $g/file' --deny "$ground/link:enoent"
    shows '' 'cat $g/dangling; [ -f $g/dangling ]' --deny "$ground/dangling"
}

@test "--ro keeps files, directories, links and absent names from being changed" {
    grow
    shows 'refused refused refused refused' \
        'for f in file directory/new link absent; do { echo x >$g/$f; } 2>/dev/null && echo -n "done " || echo -n "refused "; done | sed "s/ $//"' \
        --ro "$ground/file" --ro "$ground/directory" --ro "$ground/link" --ro "$ground/absent"
}

@test "--ro with mounts below makes them read-only, too" {
    shows 'refused' '{ echo x >/mnt/other/file; } 2>/dev/null || echo refused' --ro /mnt
}

@test "--rw writes through, to the machine" {
    box_well --rw /mnt/other -- sh -c 'echo new >/mnt/other/file; echo x >/mnt/other/made'
    equal "$(cat /mnt/other/file /mnt/other/made)" "$(printf '%s\n' new x)"
}

@test "the longest path wins, whatever the order" {
    grow
    local words=(--rw "$ground" --ro "$ground/directory" --rw "$ground/directory/below")
    box "${words[@]}" -- sh -c "echo >$ground/directory/x; echo >$ground/directory/below/x; echo >$ground/x"
    equal "$(cd "$ground" && find . -name x | sort)" "$(printf '%s\n' ./directory/below/x ./x)"
    rm "$ground/x" "$ground/directory/below/x"
    box --rw "$ground/directory/below" --ro "$ground/directory" --rw "$ground" -- \
        sh -c "echo >$ground/directory/x; echo >$ground/directory/below/x; echo >$ground/x"
    equal "$(cd "$ground" && find . -name x | sort)" "$(printf '%s\n' ./directory/below/x ./x)"
}

@test "--tmpfs is empty, and writable in memory" {
    grow
    shows x 'ls -A $g/directory; echo x >$g/directory/x; cat $g/directory/x' --tmpfs "$ground/directory"
    shows x 'echo x >$g/made/x; cat $g/made/x' --tmpfs "$ground/made"
}

@test "--overlay below what is writable keeps changes in memory" {
    grow
    shows x 'echo x >$g/directory/secret; cat $g/directory/secret' --rw "$ground" --overlay "$ground/directory"
}

@test "directories on the way to what is added keep their access lists" {
    mkdir -p "$ground/listed/plain/below"
    setfacl -m u:7:rwx,d:u:8:r "$ground/listed"
    setfacl -b -k "$ground/listed/plain"
    setfacl -m g:9:x "$ground/listed/plain/below"
    chmod 2750 "$ground/listed/plain"
    local list='getfacl -pn listed listed/plain listed/plain/below; stat -c "%a %u:%g" listed listed/plain listed/plain/below'
    shows "$(eval "$list")" "$list" --tmpfs "$ground/listed/plain/below/new/deep/" --deny "$ground/listed/plain/below/absent:enoent"
}

@test "--tmpfs / and what is needed in it" {
    box_well --tmpfs / --ro /usr --ro /bin --ro /lib --ro /lib64 -- sh -c 'echo /*'
    equal "$output" '/bin /dev /lib /lib64 /proc /sys /usr'
}

@test "--proc none, outer and fresh" {
    box_well --proc none -- sh -c 'ls /proc | wc -l'
    equal "$output" 0
    box_well --proc outer -- sh -c 'echo x >/proc/sys/kernel/hostname' || true
    box --proc outer -- sh -c 'readlink /proc/self >/dev/null || cat /proc/version | cut -c 1-5; echo x >/proc/sys/kernel/hostname'
    [[ $stderr == *'Read-only file system'* ]]
    box_well --proc fresh -- sh -c 'ls -d /proc/1'
}

@test "globs and ~ are expanded once" {
    grow
    touch "$ground/a.key" "$ground/b.key"
    echo x | tee "$ground/a.key" >"$ground/b.key"
    HOME=$ground shows 'old' 'cat $g/a.key $g/b.key $g/file' --deny '~/*.key'
    box --deny "$ground/*.nothing" -- true
    equal "$status $stderr" "0 holdfast: warning: --deny $ground/*.nothing: matches nothing, so nothing is done; what appears later is not covered"
}

@test "a name that is missing in a writable or read-only directory is shown without making it" {
    grow
    local before
    before=$(tree)
    box --rw /mnt/volume --bind /mnt/other:/mnt/volume/new/place -- \
        sh -c 'cat /mnt/volume/new/place/file /mnt/volume/file; cat /mnt/volume/directory/file; touch /mnt/volume/x'
    equal "$status $output" "1 $(printf '%s\n' old secret secret)"
    [[ $stderr == *"holdfast: warning: --bind /mnt/other:/mnt/volume/new/place: nothing new can be made in /mnt/volume itself (EROFS)"*'Read-only file system' ]]
    equal "$(tree)" "$before"
    shows "$(printf '%s\n' old secret)" 'cat /mnt/volume/new/file /mnt/volume/file' --ro /mnt/volume --bind /mnt/other:/mnt/volume/new
}

@test "in a covered directory what is there can be written" {
    grow
    box --rw /mnt/volume --deny /mnt/volume/new -- sh -c 'echo x >/mnt/volume/file; echo y >/mnt/volume/directory/made'
    equal "$(cat /mnt/volume/file /mnt/volume/directory/made)" "$(printf '%s\n' x y)"
    equal "$(ls /mnt/volume)" "$(printf '%s\n' directory file)"
}

@test "a covered directory with thousands of entries" {
    mkdir /mnt/volume
    (cd /mnt/volume && seq 5000 | xargs touch)
    box_well --ro /mnt/volume --tmpfs /mnt/volume/new -- sh -c 'ls /mnt/volume | wc -l'
    equal "$output" 5001
    box --rw /mnt/volume --tmpfs /mnt/volume/new -- sh -c 'ls /mnt/volume | wc -l; echo x >/mnt/volume/7'
    equal "$output $(cat /mnt/volume/7)" '5001 x'
}

@test "a root without /proc, /sys and /dev stays without them" {
    local before
    before=$(find "$rootfs" | sort)
    box "$rootfs" -- sh -c 'ls /; echo $$; echo x >/tmp/x'
    equal "$output" "$(printf '%s\n' bin dev etc proc sys tmp 2)"
    rm "$rootfs/tmp/x"
    equal "$(find "$rootfs" | sort)" "$before"
    box "$rootfs" --ro / --deny /etc/shadow -- sh -c 'cat /etc/shadow && touch /etc/x'
    [[ $stderr == 'touch: /etc/x: Read-only file system' ]]
    equal "$(find "$rootfs" | sort)" "$before"
}

@test "killed at any system call, nothing is left on the machine" {
    grow
    local before number=0 status=137 words=(--rw /mnt/volume --deny /mnt/volume/new:enoent --ro "$ground/directory"
        --bind /mnt/other:"$ground/directory/new" --deny "$ground/file:eacces" --deny "$ground/absent" --tmpfs /mnt/volume/x/y)
    "$holdfast" box "${words[@]}" -- true 2>/dev/null
    before=$(tree; cat /proc/self/mountinfo)
    while [ $status = 137 ]; do
        number=$((number + 7))
        status=0
        "$kill_at" $number "$holdfast" box "${words[@]}" -- true >/dev/null 2>&1 || status=$?
        equal "$(tree; cat /proc/self/mountinfo)" "$before"
    done
    equal $status 200
    [ $number -gt 100 ]
}

@test "a policy file, several of them, and options together" {
    grow
    printf '{"version": 1, "rules": [{"kind": "rw", "path": "%s"}]}' "$ground" >/mnt/one.json
    printf '{"version": 1, "rules": [{"kind": "deny", "path": "%s/file"}, {"kind": "file", "path": "/etc/made", "data": "text\\n"}]}' \
        "$ground" >/mnt/two.json
    box_well --policy /mnt/one.json --policy /mnt/two.json --ro "$ground/directory" -- sh -c "cat $ground/file /etc/made; echo x >$ground/written"
    equal "$output $(cat "$ground/written")" 'text x'
}

@test "plan --policy shows what is done" {
    printf '{"version": 1, "system": false, "rules": [{"kind": "tmpfs", "path": "/"}, {"kind": "ro", "path": "/usr"},\n{"kind": "symlink", "path": "/bin", "source": "usr/bin"}, {"kind": "deny", "path": "/usr/share", "face": "eacces"}]}' >/mnt/p.json
    run --separate-stderr "$holdfast" plan --policy /mnt/p.json
    equal "$output" "$(cat <<'PLAN'
1 mount / type tmpfs source tmpfs nosuid nodev (/mnt/p.json:1: rules[0])
2 link /bin to usr/bin (/mnt/p.json:2: rules[2])
3 bind /usr from /usr recursive rro rprivate (/mnt/p.json:1: rules[1])
4 deny /usr/share eacces target nofollow (/mnt/p.json:2: rules[3])
PLAN
)
$(tail -n +5 <<<"$output")"
}

# A policy that can't be: fails_with TEXT RULES
fails_with() {
    local before
    before=$(tree; cat /proc/self/mountinfo)
    printf '{"version": 1, "rules": [%s]}' "$2" >/mnt/bad.json
    before=$(tree; cat /proc/self/mountinfo)
    box_fails "$1" --policy /mnt/bad.json -- true
    equal "$(tree; cat /proc/self/mountinfo)" "$before"
}

@test "what can't be is an error that names the rule, and leaves nothing" {
    grow
    fails_with '/mnt/bad.json:1: rules[1]: contradicts /mnt/bad.json:1: rules[0]: both are about /x;' \
        '{"kind": "ro", "path": "/x"}, {"kind": "rw", "path": "/x"}'
    fails_with '/mnt/bad.json:1: rules[0].faces: is no known key;' '{"kind": "deny", "path": "/x", "faces": 1}'
    fails_with '/mnt/bad.json:1: rules[0]: the path /x/../y has ".." in it;' '{"kind": "deny", "path": "/x/../y"}'
    fails_with '/mnt/bad.json:1: rules[0].path: has a newline' '{"kind": "deny", "path": "/x\ny"}'
    fails_with '/mnt/bad.json:1:' '{"kind": "deny", "path": "/x\u0000y"}'
    fails_with '/mnt/bad.json:1: rules[0]: / can'"'"'t be denied: nothing could run;' '{"kind": "deny", "path": "/"}'
    fails_with "/mnt/bad.json:1: rules[0]: cannot open the source $ground/gone: stat: ENOENT" \
        '{"kind": "rw", "path": "'"$ground"'/gone"}'
    fails_with "/mnt/bad.json:1: rules[0]: $ground/file is no directory;" '{"kind": "overlay", "path": "'"$ground"'/file"}'
    fails_with "/mnt/bad.json:1: rules[1]: nothing is at /t/x: what it lies in" \
        '{"kind": "tmpfs", "path": "/t"}, {"kind": "deny", "path": "/t/x", "face": "enoent"}'
    box_fails '--deny /: / can'"'"'t be denied' --deny / -- true
    box_fails "--deny ../x: the path $ground/../x has \"..\" in it" --deny ../x -- true
    box_fails '--ro --: is no path; --ro makes a path read-only; all of the machine is --ro /' --ro -- true
}

@test "a directory that vanishes between planning and start is an error that names the rule" {
    grow
    # strace stops the start before its first open_tree(2); the directory is removed meanwhile.
    strace -f -qq -e trace=open_tree -e inject=open_tree:delay_enter=2000000:when=1 -o /dev/null \
        "$holdfast" box --rw "$ground/directory/below" -- true >/mnt/out 2>&1 3>&- &
    sleep 1
    rmdir "$ground/directory/below"
    status=0
    wait $! || status=$?
    equal "$status" 1
    grep -q "^holdfast: --rw $ground/directory/below: cannot .*ENOENT" /mnt/out || equal "$(cat /mnt/out)" ''
}

@test "as an ordinary user: rules" {
    grow
    chmod 0755 "$ground/directory"
    mkdir /mnt/mine
    chown $user:$user /mnt/mine
    echo mine >/mnt/mine/file
    user_box --rw /mnt/mine --deny "$ground/file" --deny "$ground/directory:eacces" --deny "$ground/link:enoent" --ro /mnt/other -- \
        sh -c "cat $ground/file; ls $ground/directory; ls $ground/link; echo x >/mnt/mine/made; touch /mnt/other/x"
    equal "$status $output $(cat /mnt/mine/made)" '1  x'
    [[ $stderr == *"ls: cannot open directory '$ground/directory': Permission denied"*"ls: cannot access '$ground/link': No such file or directory"*'Read-only file system' ]]
}

# Whether standard input is a policy by the schema.
validate() {
    python3 -c 'import json, jsonschema, sys
jsonschema.validate(json.load(sys.stdin), json.load(open(sys.argv[1])))' "$source_directory/docs/policy.schema.json"
}

@test "the schema takes the documented example and what from-bwrap prints, and nothing else" {
    sed -n '/^```json$/,/^```$/p' "$source_directory/docs/policy.md" | sed '/^```/d' >/mnt/example.json
    validate </mnt/example.json
    mkdir -p "$ground/project/.git/hooks" "$ground/srv"
    sed -i "s|/srv/tools|$ground/srv|" /mnt/example.json
    HOME=$ground "$holdfast" plan --policy /mnt/example.json >/dev/null
    "$holdfast" policy from-bwrap --ro-bind / / --tmpfs /tmp --dev /dev --proc /proc --dir /tmp/x --symlink a /tmp/y \
        --file 5 /tmp/z --mqueue /q --remount-ro /tmp 5</dev/null | validate
    ! jq '.rules[0].kind = "other"' /mnt/example.json | validate 2>/dev/null || return 1
    ! jq '.rules[0].face = "empty"' /mnt/example.json | validate 2>/dev/null || return 1
    ! jq '.rule = 1' /mnt/example.json | validate 2>/dev/null
}
