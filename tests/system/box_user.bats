#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# holdfast box as an ordinary user.

load helpers
load box

@test "as an ordinary user: the own ids, and no capabilities" {
    user_box_well -- sh -c 'id -u; id -g; grep -E "^(CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs)" /proc/self/status; cat /proc/self/uid_map'
    equal "$(tr '\t' ' ' <<<"$output" | tr -s ' ')" "$(printf '%s\n' $user $user 'CapPrm: 0000000000000000' \
        'CapEff: 0000000000000000' 'CapBnd: 0000000000000000' 'CapAmb: 0000000000000000' 'NoNewPrivs: 1' " $user $user 1")"
}

@test "as an ordinary user: the own files at home can be changed, and are as they were afterwards" {
    mkdir -p "$ground/home/directory"
    echo mine | tee "$ground/home/a" "$ground/home/b" >"$ground/home/directory/c"
    chown -R $user:$user "$ground/home"
    home=$ground/home
    user_box_well -- sh -c 'cd; echo new >a; rm b; echo new >directory/c; mkdir d; mv directory e; find . | sort; cat a e/c'
    equal "$output" "$(printf '%s\n' . ./a ./d ./e ./e/c new new)"
    equal "$(cd "$home" && find . | sort && cat a b directory/c)" \
        "$(printf '%s\n' . ./a ./b ./directory ./directory/c mine mine mine)"
}

@test "as an ordinary user: the own files below the working directory can be changed" {
    install -d -o $user -g $user "$ground/work" "$ground/work/below"
    cd "$ground/work/below"
    user_box_well -- sh -c 'echo new >file; echo new >../file; cat file ../file'
    equal "$output" "$(printf '%s\n' new new)"
    equal "$(find "$ground/work")" "$(printf '%s\n' "$ground/work" "$ground/work/below")"
}

@test "as an ordinary user: a home on a mount of its own" {
    install -d -o $user -g $user /mnt/other/home
    home=/mnt/other/home
    user_box_well -- sh -c 'echo new >~/file; cat ~/file /mnt/other/file'
    equal "$output" "$(printf '%s\n' new old)"
    equal "$(ls -A /mnt/other/home)" ''
}

@test "as an ordinary user: a mount that is the user's own directory" {
    mkdir /mnt/mine
    mount -t tmpfs -o mode=700,uid=$user,gid=$user mine /mnt/mine
    user_box_well -- sh -c 'echo new >/mnt/mine/file; cat /mnt/mine/file'
    equal "$output" new
    equal "$(ls -A /mnt/mine)" ''
}

@test "as an ordinary user: /tmp and /var/tmp can be written, and nothing is left" {
    local name=holdfast-test.$$
    user_box_well -- sh -c 'echo x >/var/tmp/$1; echo y >/tmp/$1; cat /var/tmp/$1 /tmp/$1' sh $name
    equal "$output" "$(printf '%s\n' x y)"
    [ ! -e /var/tmp/$name ] && [ ! -e /tmp/$name ]
}

@test "as an ordinary user: files of others can't be written, removed or read against their modes" {
    echo secret >"$ground/secret"
    chmod 0600 "$ground/secret"
    # shellcheck disable=SC2016
    user_box -- sh -c 'cat $1/file; (echo x >$1/file) 2>/dev/null || echo 1; rm -f $1/file 2>/dev/null || echo 2
        cat $1/secret 2>/dev/null || echo 3; (echo x >>/etc/passwd) 2>/dev/null || echo 4; cat /etc/shadow 2>/dev/null || echo 5
        (echo x >/mnt/other/file) 2>/dev/null || echo 6; cat /mnt/other/file' sh "$ground"
    equal "$status $output" "0 $(printf '%s\n' old 1 2 3 4 5 6 old)"
    equal "$(cat "$ground/file" "$ground/secret" /mnt/other/file)" "$(printf '%s\n' old secret old)"
}

@test "as an ordinary user: /root is as closed as outside" {
    [ "$(stat -c %a /root)" = 700 ] || skip '/root is not closed on this machine'
    user_box -- ls -A /root
    equal "$status $output" '2 '
    [[ $stderr == *'Permission denied' ]]
}

@test "as an ordinary user: no network, no host process, only own mounts" {
    user_box_well -- sh -c 'sed 1,2d /proc/net/dev | cut -d : -f 1; cd /proc; set -- [0-9]*; echo $#; grep -c -e nsfs -e holdfast-seed /proc/self/mountinfo; true'
    equal "$(tr -d ' ' <<<"$output")" "$(printf '%s\n' lo 2 0)"
}

@test "as an ordinary user: --net, --ro and --bind" {
    install -d -o $user -g $user /mnt/mine
    user_box --net --ro / --bind /mnt/mine:/srv -- sh -c 'readlink /proc/self/ns/net; echo kept >/srv/file; touch /var/tmp/x'
    equal "$status $output" "1 $(readlink /proc/self/ns/net)"
    [[ $stderr == *'Read-only file system' ]]
    equal "$(cat /mnt/mine/file)" kept
}

@test "as an ordinary user: with ROOT" {
    mkdir "$rootfs"/{proc,sys,dev}
    chown -hR $user:$user "$rootfs"
    user_box_well "$rootfs" -- sh -c 'id -u; ls /; echo x >/tmp/x'
    equal "$output" "$(printf '%s\n' $user bin dev etc proc sys tmp)"
    equal "$(stat -c %u:%g "$rootfs/tmp/x")" $user:$user
}

@test "as an ordinary user: a source of --bind that the user may not reach is refused" {
    mkdir -m 0700 /mnt/closed
    touch /mnt/closed/file
    user_box --bind /mnt/closed/file:/srv -- true
    equal "$status ${#stderr_lines[@]}" '1 1'
    [[ $stderr == 'holdfast: --bind /mnt/closed/file:/srv: '*EACCES* ]]
}

@test "as an ordinary user: the exit status is the command's, and signals are forwarded" {
    user_box -- sh -c 'exit 9'
    equal "$status" 9
    mkdir -m 0777 /mnt/mine
    chmod 0777 /mnt/mine
    setpriv --reuid $user --regid $user --clear-groups /mnt/holdfast box --bind /mnt/mine:/mnt/mine -- \
        sh -c 'trap "exit 7" TERM; touch /mnt/mine/ready; while :; do sleep 0.01; done' 3>&- &
    wait_for /mnt/mine/ready
    kill -TERM $!
    status=0
    wait $! || status=$?
    equal "$status" 7
}
