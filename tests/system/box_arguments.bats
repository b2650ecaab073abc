#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# holdfast box: its options, a directory as the root, the shell, the terminal.

load helpers
load box

@test "--ro / makes the root read-only, and the memory file systems stay writable" {
    # shellcheck disable=SC2016
    box_well --ro / -- sh -c 'for f in /etc/x $1/file; do ( : >$f ) 2>&1 | grep -o Read-only.*; done; echo x >/dev/shm/x; cat /dev/shm/x $1/file' sh "$ground"
    equal "$output" "$(printf '%s\n' 'Read-only file system' 'Read-only file system' x old)"
}

@test "--ro / makes the machine's other mounts read-only as well" {
    box --ro / -- touch /mnt/other/file
    equal "$status" 1
    [[ $stderr == *'Read-only file system' ]]
}

@test "--bind keeps what the command writes" {
    mkdir /mnt/kept
    box_well --bind /mnt/kept:/etc -- sh -c 'echo done >/etc/result'
    equal "$(cat /mnt/kept/result)" 'done'
}

@test "--bind ro can't be written, and its source can" {
    box --bind /mnt/other:/srv:ro -- touch /srv/x
    [[ $status -eq 1 && $stderr == *'Read-only file system' ]]
    touch /mnt/other/x
}

@test "--bind takes options, more than one, and may be given again" {
    box_well -b /mnt/other:/srv:ro,nosuid,noexec --bind=/mnt/file:/etc/hostname -- sh -c 'cat /etc/hostname /proc/self/mountinfo'
    equal "${lines[0]}" old
    equal "$(mount_table <<<"${output#old}" | rows_at /srv /etc/hostname)" "$(printf '%s\n' \
        '/etc/hostname in / /file rw,relatime - tmpfs holdfast-test rw,mode=755' \
        '/srv in / / ro,nosuid,noexec,relatime - tmpfs holdfast-other rw,size=1024k,mode=755')"
}

@test "--bind brings what is mounted below the source, and makes the destination" {
    box_well --bind /mnt:/new/place -- sh -c 'cat /new/place/other/file; rm /new/place/other/file'
    equal "$output" old
    [ ! -e /mnt/other/file ]
    [ ! -e /new ]
}

@test "--bind of a relative source starts from the working directory" {
    mkdir -p /mnt/a/b
    echo relative >/mnt/a/file
    cd /mnt/a/b
    box_well --bind ../file:/etc/hostname -- cat /etc/hostname
    equal "$output" relative
}

@test "--bind of a missing source is an error that names it" {
    box_fails '--bind /mnt/missing:/srv: cannot open the source /mnt/missing: stat: ENOENT (No such file or directory);' \
        --bind /mnt/missing:/srv -- true
}

@test "--bind with an unknown option is an error that names it" {
    box_fails '--bind /mnt/other:/srv:nosiud: option "nosiud": nothing that a bind mount knows;' \
        --bind /mnt/other:/srv:nosiud -- true
}

@test "--bind that is malformed is an error that says what it should be" {
    local word
    for word in '' /mnt :/srv /mnt: : /mnt:/srv:ro:rw; do
        box_fails "--bind $word: is not SOURCE:DESTINATION[:OPTIONS]" --bind "$word" -- true
    done
}

@test "with ROOT the directory is the root, and is changed for good" {
    mkdir "$rootfs"/{proc,sys,dev}
    box_well "$rootfs" -- sh -c 'ls /; pwd; echo x >/tmp/x'
    equal "$output" "$(printf '%s\n' bin dev etc proc sys tmp /)"
    equal "$(cat "$rootfs/tmp/x")" x
}

@test "with ROOT the mount table has nothing of the machine" {
    mkdir "$rootfs"/{proc,sys,dev}
    box_well "$rootfs" -- cat /proc/self/mountinfo
    equal "$(mount_table <<<"$output" | grep -v -E '^/(proc|sys)/')" "$(cat <<'TABLE'
/ in - /bundle/rootfs rw,relatime - tmpfs holdfast-test rw,mode=755
/dev in / / rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
/dev/mqueue in /dev / rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw
/dev/pts in /dev / rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666
/dev/shm in /dev / rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw
/proc in / / rw,nosuid,nodev,noexec,relatime - proc proc rw
/sys in / / ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
TABLE
)"
}

@test "with ROOT and --ro nothing can be changed" {
    mkdir "$rootfs/proc" "$rootfs/sys" "$rootfs/dev"
    box "$rootfs" --ro / -- touch /tmp/x
    equal "$status $stderr" '1 touch: /tmp/x: Read-only file system'
    [ ! -e "$rootfs/tmp/x" ]
}

@test "options may stand before ROOT and after it" {
    mkdir "$rootfs/proc" "$rootfs/sys" "$rootfs/dev" "$rootfs/a" "$rootfs/b"
    box --bind /mnt/other:/a --net "$rootfs" --ro / -- sh -c 'cat /a/file; readlink /proc/self/ns/net; touch /b/x'
    equal "$status $output" "1 $(printf '%s\n' old "$(readlink /proc/self/ns/net)")"
    equal "$stderr" 'touch: /b/x: Read-only file system'
    box --ro / "$rootfs" --net --bind /mnt/other:/a -- sh -c 'cat /a/file; readlink /proc/self/ns/net; touch /b/x'
    equal "$status $output" "1 $(printf '%s\n' old "$(readlink /proc/self/ns/net)")"
    equal "$stderr" 'touch: /b/x: Read-only file system'
}

@test "ROOT in its short forms: ., .. and ./directory" {
    mkdir "$rootfs"/{proc,sys,dev}
    cd "$rootfs"
    box_well . -- ls /bin/busybox
    cd bin
    box_well .. -- ls /bin/busybox
    cd "$bundle"
    box_well ./rootfs -- ls /bin/busybox
    box_well ./rootfs ls /bin/busybox
    equal "$output" /bin/busybox
}

@test "a first word that is no directory is the command" {
    mkdir "$ground/ls"
    box_well ls "$ground"
    equal "$output" "$(printf '%s\n' file ls)"
    box_well /bin/ls "$ground"
    equal "$output" "$(printf '%s\n' file ls)"
    printf '#!/bin/sh\necho own\n' >script
    chmod 0755 script
    box_well ./script
    equal "$output" own
}

@test "after -- the first word is the command, also where it is a directory" {
    box_fails "cannot execute $rootfs: permission denied: it is a directory" -- "$rootfs"
}

@test "the command's options are its own" {
    box_well echo --ro --bind -x --help
    equal "$output" '--ro --bind -x --help'
    box_well -- echo -- a
    equal "$output" '-- a'
}

@test "without a command there is the caller's shell, which reads standard input" {
    printf '#!/bin/sh\necho "own shell <$*>"\nexec /bin/sh "$@"\n' >/mnt/shell
    chmod 0755 /mnt/shell
    SHELL=/mnt/shell box_well <<<'echo read; pwd; echo new >file'
    equal "$output" "$(printf '%s\n' 'own shell <>' read "$ground")"
    equal "$(cat file)" old
}

@test "without a command and SHELL there is /bin/sh" {
    unset SHELL
    box_well <<<'readlink -f /proc/$$/exe'
    equal "$output" "$(readlink -f /bin/sh)"
}

@test "with ROOT and without a command there is the root's /bin/sh" {
    mkdir "$rootfs"/{proc,sys,dev}
    SHELL=/mnt/shell box_well "$rootfs" <<<'readlink /proc/$$/exe'
    equal "$output" /bin/busybox
}

@test "a terminal where standard input and output are one" {
    mkfifo /mnt/silent # script sends what stands for the end of its input
    run script -qec "'$holdfast' box -- sh -c 'tty; stat -c %t:%T /dev/console; stty size'" /dev/null <>/mnt/silent
    equal "$status $(tr -d '\r' <<<"$output" | head -n 2)" "0 $(printf '%s\n' /dev/pts/0 88:0)"
}

@test "no terminal where standard output is none" {
    run script -qec "'$holdfast' box -- sh -c 'tty; [ -e /dev/console ] || echo none' | cat" /dev/null
    [[ $(tr -d '\r' <<<"${lines[-1]}") == none ]]
}

@test "the shell on a terminal is interactive and has job control" {
    run --separate-stderr expect -f - <<SCRIPT
set timeout 10
log_user 0
spawn -noecho env SHELL=/bin/bash $holdfast box
send "set -m; echo flags=\$-; exit 3\r"
expect {
    -re {flags=[a-zA-Z]*i[a-zA-Z]*m} {}
    timeout { puts never; exit 1 }
    eof { puts ended; exit 1 }
}
expect eof
puts [lindex [wait] 3]
SCRIPT
    equal "$status $output" '0 3'
}

@test "a missing ROOT is taken for a command that is missing" {
    box_fails 'cannot execute ./missing: no such file or directory in the container' ./missing -- true
}

@test "nothing of a box is left" {
    local before after
    box_well -- true
    before=$(cat /proc/self/mountinfo; ls -A /run/holdfast "$ground"; shopt -s nullglob; echo /tmp/*holdfast*)
    box_well -- true
    box -- false
    box --bind /missing:/x -- true
    after=$(cat /proc/self/mountinfo; ls -A /run/holdfast "$ground"; shopt -s nullglob; echo /tmp/*holdfast*)
    equal "$after" "$before"
}

@test "the help shows how it is used" {
    box_well --help
    equal "$output" "$(cat <<'HELP'
Usage: holdfast box [OPTION]... [ROOT] [--] [COMMAND...]

Runs a command in a box, without a bundle.

Without ROOT the command sees this machine's own files, and whatever it does to them is
gone when it ends: changes stay in memory. With ROOT, a directory (written with a "/",
or "." or ".."), that is its root and is changed for good, unless --ro / is given.
Rules say what is shown where: of those about a path the one with the longest path wins.
Without COMMAND there is a shell. Ordinary users may use it, too.

Options:
      --ro PATH                    PATH can't be changed, nor what is below it
      --rw PATH                    changes below PATH are the machine's
      --overlay PATH               changes below PATH stay in memory
      --deny PATH[:FACE]           PATH is empty, or FACE: empty, eacces, enoent
      --tmpfs PATH                 PATH is an empty directory in memory
  -b, --bind SRC:DST[:OPT,...]     shows SRC at DST; options as in config.json
      --proc fresh|outer|none      /proc: of the box (default), of the machine, none
      --dev                        a /dev of its own, as without a policy
      --policy FILE                rules from a file; "-": standard input
      --net                        keeps the machine's network
      --review[=NAME]              keeps what is changed apart, and asks what to do with it
      --commit                     with --review: commits, if the command succeeds
      --discard                    with --review: discards
      --keep                       with --review: keeps it without asking
      --json                       with --review: shows what changed as JSON, on standard output
      --diff                       with --review: shows the changes of texts as well
      --timing                     prints where the time of the start went, on standard error
      --status-fd N                tells the phases of the start there, a JSON line each
      --control-fd N               starts the program at the line "go" from there, and nothing when it ends before
  -h, --help                       shows this help
HELP
)"
}
