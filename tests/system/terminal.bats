#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process.terminal: the container's own terminal, at /dev/console and on 0, 1 and 2.

load helpers

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    configure '.process.terminal = true'
}

# Runs expect's script with holdfast spawned on a terminal of 33 rows and 101 columns: on_terminal SCRIPT
on_terminal() {
    run --separate-stderr expect -f - <<SCRIPT
set timeout 10
log_user 0
set stty_init "rows 33 columns 101"
proc must {text} {
    expect {
        -ex \$text {}
        timeout { puts "never came: \$text"; exit 1 }
        eof { puts "ended before: \$text"; exit 1 }
    }
}
spawn -noecho sh -c "stty -a >/mnt/before; sh -c 'echo \\\$\\\$ >/mnt/pid; exec $holdfast run --bundle $bundle test'; echo status \\\$?; stty -a >/mnt/after; read end"
$1
send "\r"
expect eof
puts done
SCRIPT
    equal "$status $output $stderr" '0 done '
}

@test "the program's terminal is one of the container's devpts" {
    program 'tty; for fd in 0 1 2; do [ -t $fd ] && echo $fd; done; ls -1 /dev/pts'
    start_well </dev/null
    equal "$output" "$(printf '%s\n' /dev/pts/0 0 1 2 0 ptmx)"
}

@test "/dev/console is the same device, mode 0600" {
    program 'stat -c "%F %t:%T %a %u:%g" /dev/console /dev/pts/0'
    start_well </dev/null
    equal "$output" "$(printf '%s\n' 'character special file 88:0 600 0:0' 'character special file 88:0 600 0:0')"
}

@test "/dev/console in the mount table" {
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well </dev/null
    equal "$(mount_table <<<"$output" | rows_at /dev/console)" \
        '/dev/console in /dev /0 rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666'
}

@test "the terminal belongs to the program's user" {
    configure '.process.user = {uid: 1000, gid: 2000}'
    program 'stat -c "%a %u:%g" /dev/console; echo x >/dev/console'
    start_well </dev/null
    equal "$output" "$(printf '%s\n' '600 1000:2000' x)"
}

@test "a terminal is the controlling one of a session of its own" {
    program 'echo x >/dev/tty; cut -d " " -f 1,5,6,7 /proc/self/stat'
    start_well </dev/null
    equal "${lines[0]}" x
    equal "${lines[1]#* }" "1 1 $((136 * 256))"
}

@test "newlines come as they are written" {
    program 'stty -a 2>/dev/null | grep -o -e "-onlcr"; echo line'
    "$holdfast" run --bundle "$bundle" test </dev/null >/mnt/output
    equal "$(od -c /mnt/output)" "$(printf -- '-onlcr\nline\n' | od -c)"
}

@test "consoleSize where the caller has no terminal" {
    configure '.process.consoleSize = {height: 40, width: 132}'
    program 'stty size'
    start_well </dev/null
    equal "$output" '40 132'
}

@test "the size is the caller's terminal's" {
    program 'stty size; read line'
    on_terminal 'must "33 101"; send "\r"; must "status 0"'
}

@test "the size follows the caller's terminal" {
    program 'trap "stty size" WINCH; echo ready; while read line || [ ! -e /dev/shm/x ]; do echo "line $line"; [ "$line" != end ] || exit 4; done'
    on_terminal 'must ready
        exec stty rows 44 columns 122 < $spawn_out(slave,name)
        must "44 122"; send "end\r"; must "status 4"'
}

@test "input reaches the program" {
    program 'read line; echo "got <$line>"'
    on_terminal 'send "some words\r"; must "got <some words>"; must "status 0"'
}

@test "input from a pipe reaches the program, and its end too" {
    program 'cat; echo end'
    run --separate-stderr timeout 10 "$holdfast" run --bundle "$bundle" test < <(printf 'one\ntwo\n')
    equal "$status" 0
    equal "$(grep -c -x -e one -e two <<<"$output") ${lines[-1]}" '4 end'
}

@test "the end of the input reaches the program where there is none" {
    program 'cat; echo end'
    run --separate-stderr timeout 10 "$holdfast" run --bundle "$bundle" test </dev/null
    equal "$status $output $stderr" '0 end '
}

@test "Ctrl-C on the caller's terminal interrupts the program, not holdfast" {
    program 'trap "echo interrupted; exit 5" INT; echo ready; while :; do sleep 0.01; done'
    on_terminal 'must ready; send "\003"; must interrupted; must "status 5"'
}

@test "the caller's terminal is restored" {
    program 'stty raw -echo; exit 6'
    on_terminal 'must "status 6"'
    equal "$(cat /mnt/after)" "$(cat /mnt/before)"
    [ -s /mnt/before ]
}

@test "the caller's terminal is restored when the program is killed" {
    program 'stty raw; echo ready; sleep 5'
    on_terminal 'must ready; exec sh -c {pkill -KILL -P $(cat /mnt/pid)}; must "status 137"'
    equal "$(cat /mnt/after)" "$(cat /mnt/before)"
}

@test "all output arrives, also much of it at the end" {
    program 'seq 20000'
    start_well </dev/null
    equal "$(cksum <<<"$output")" "$(seq 20000 | cksum)"
}

@test "without process.terminal there is no console and no terminal" {
    configure '.process.terminal = false'
    program '[ -e /dev/console ] || echo none; (echo x >/dev/tty) 2>&1; ls /dev/pts'
    start </dev/null
    equal "$output" "$(printf '%s\n' none "sh: can't create /dev/tty: No such device or address" ptmx)"
}

@test "consoleSize without a terminal is ignored" {
    configure '.process.terminal = false | .process.consoleSize = {height: 40, width: 132} | .process.args = ["echo", "fine"]'
    start_well
    equal "$output" fine
}

@test "an image's /dev/console that is a link is not followed" {
    mkdir "$rootfs/dev"
    echo text >"$rootfs/etc/target"
    ln -s /etc/target "$rootfs/dev/console"
    program 'stat -c %t:%T /dev/console; cat /etc/target'
    start_well </dev/null
    equal "$output" "$(printf '%s\n' 88:0 text)"
}

@test "a terminal without a devpts is an error that says so" {
    configure '.mounts |= map(select(.type != "devpts"))'
    start_fails "config.json:$(line_of '"terminal"'): process.terminal: a terminal needs a devpts"
}
