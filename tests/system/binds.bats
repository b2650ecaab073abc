#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Bind mounts: what is shown, how, and where the target lies.

load helpers

setup() {
    mount -t tmpfs -o mode=755 holdfast-test /mnt
    cp -a "$BATS_FILE_TMPDIR/image" "$bundle"
    configure '.root.readonly = false'
    mkdir -p /mnt/source/below
    echo content >/mnt/source/file
}

# The option words of the mount at the point, from the program's output.
flags_at() {
    mount_table <<<"$output" | rows_at "$1" | cut -d ' ' -f 5
}

@test "a directory is bound" {
    bind /mnt/source /data rbind
    program 'cat /data/file; echo new >/data/new; cat /proc/self/mountinfo'
    start_well
    equal "${lines[0]}" content
    equal "$(cat /mnt/source/new)" new
    equal "$(mount_table <<<"$output" | rows_at /data)" \
        '/data in / /source rw,relatime - tmpfs holdfast-test rw,mode=755'
}

@test "a file is bound" {
    bind /mnt/source/file /data/deep/file bind
    program 'cat /data/deep/file; echo new >/data/deep/file; cat /proc/self/mountinfo'
    start_well
    equal "${lines[0]}" content
    equal "$(cat /mnt/source/file)" new
    equal "$(mount_table <<<"$output" | rows_at /data/deep/file)" \
        '/data/deep/file in / /source/file rw,relatime - tmpfs holdfast-test rw,mode=755'
}

@test "a FIFO, a socket and a device are bound onto files" {
    mkfifo /mnt/source/fifo
    perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0); bind($s, sockaddr_un("/mnt/source/socket")) or die'
    for name in fifo socket; do bind /mnt/source/$name /data/$name bind; done
    bind /dev/null /data/null bind
    program 'stat -c "%n %F" /data/*'
    start_well
    equal "$output" "$(printf '%s\n' '/data/fifo fifo' '/data/null character special file' '/data/socket socket')"
    equal "$(stat -c '%F %a' "$rootfs/data/fifo" "$rootfs/data/socket" "$rootfs/data/null")" \
        "$(printf 'regular empty file 644\n%.0s' 1 2 3)"
}

@test "a source that is a link is followed on the host" {
    ln -s source /mnt/link
    bind /mnt/link /data rbind
    program 'cat /data/file'
    start_well
    equal "$output" content
}

@test "missing targets are made: directories 0755, files 0644, for any umask" {
    umask 077
    bind /mnt/source /one/two/directory rbind
    bind /mnt/source/file /one/two/file bind
    program 'true'
    start_well
    equal "$(cd "$rootfs" && stat -c '%n %F %a %u:%g' one one/two one/two/directory one/two/file)" \
        "$(printf '%s\n' 'one directory 755 0:0' 'one/two directory 755 0:0' 'one/two/directory directory 755 0:0' \
            'one/two/file regular empty file 644 0:0')"
}

@test "a target inside a directory with the set-group-ID bit is made" {
    mkdir "$rootfs/group"
    chown 0:7 "$rootfs/group"
    chmod 2755 "$rootfs/group"
    bind /mnt/source /group/data rbind
    program 'cat /group/data/file'
    start_well
    equal "$output" content
}

@test "ro makes it read-only, and not the source" {
    bind /mnt/source /data rbind ro
    program 'touch /data/new 2>&1; cat /proc/self/mountinfo'
    start_well
    equal "${lines[0]}" 'touch: /data/new: Read-only file system'
    equal "$(flags_at /data)" ro,relatime
    touch /mnt/source/new
}

@test "a bind mount without flags keeps the source's" {
    mount -t tmpfs -o nosuid,nodev,noexec,noatime below /mnt/source/below
    bind /mnt/source/below /data bind
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(flags_at /data)" rw,nosuid,nodev,noexec,noatime
}

@test "a bind mount's flags change only those named" {
    mount -t tmpfs -o nosuid,nodev,noatime below /mnt/source/below
    bind /mnt/source/below /data bind suid noexec
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(flags_at /data)" rw,nodev,noexec,noatime
}

@test "the last of two opposite options wins" {
    bind /mnt/source /one rbind ro rw nosuid suid
    bind /mnt/source /two rbind rw ro suid nosuid
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(flags_at /one)" rw,relatime
    equal "$(flags_at /two)" ro,nosuid,relatime
}

@test "every flag at once" {
    bind /mnt/source /data rbind ro nosuid nodev noexec noatime nodiratime nosymfollow private
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(flags_at /data)" ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
}

@test "bind leaves the mounts below the source out" {
    mount -t tmpfs below /mnt/source/below
    touch /mnt/source/below/file
    bind /mnt/source /data bind
    program 'ls -A /data/below; cat /proc/self/mountinfo'
    start_well
    equal "$(mount_table <<<"$output" | grep -c '^/data')" 1
}

@test "rbind brings the mounts below the source" {
    mount -t tmpfs -o size=4k below /mnt/source/below
    bind /mnt/source /data rbind
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /data/below)" \
        '/data/below in /data / rw,relatime - tmpfs below rw,size=4k'
}

@test "ro on an rbind is for the top mount only" {
    mount -t tmpfs below /mnt/source/below
    bind /mnt/source /data rbind ro
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(flags_at /data) $(flags_at /data/below)" 'ro,relatime rw,relatime'
}

@test "rro on an rbind is for all below" {
    mount -t tmpfs below /mnt/source/below
    bind /mnt/source /data rbind rro
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(flags_at /data) $(flags_at /data/below)" 'ro,relatime ro,relatime'
}

@test "propagation words of bind mounts" {
    mount --make-shared /mnt
    for word in private slave shared unbindable; do
        bind /mnt/source /$word bind $word
    done
    bind /mnt/source /none bind
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /none /private /shared /slave /unbindable |
        sed 's/ in .*,relatime\(.*\) - .*/\1/')" \
        "$(printf '%s\n' /none /private '/shared shared master' '/slave master' '/unbindable unbindable')"
}

@test "propagation words and flags combine" {
    mount --make-shared /mnt
    bind /mnt/source /data ro rslave noexec rbind
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /data)" \
        '/data in / /source ro,noexec,relatime master - tmpfs holdfast-test rw,mode=755'
}

# Binds the source at a target that the image chose, and shows where it went: target_through DESTINATION
target_through() {
    bind /mnt/source "$1" rbind
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    mount_table <<<"$output" | awk '$4 == "/source" { print $1 }'
}

@test "a target through an absolute link" {
    mkdir -p "$rootfs/real"
    ln -s /real "$rootfs/link"
    equal "$(target_through /link/data)" /real/data
}

@test "a target through a relative link" {
    mkdir -p "$rootfs/a/real"
    ln -s a/../a/real "$rootfs/link"
    equal "$(target_through /link/data)" /a/real/data
}

@test "a target that is a link itself" {
    mkdir -p "$rootfs/real"
    ln -s real "$rootfs/link"
    equal "$(target_through /link)" /real
}

@test "a target through a dangling link is made inside the root" {
    ln -s /mnt/dangling "$rootfs/link"
    equal "$(target_through /link/data)" /mnt/dangling/data
    [ -d "$rootfs/mnt/dangling/data" ]
    [ ! -e /mnt/dangling ]
}

@test "a target that is a dangling link is made inside the root" {
    ln -s ../../dangling/here "$rootfs/link"
    equal "$(target_through /link)" /dangling/here
}

@test "a file's target that is a dangling link is made inside the root" {
    ln -s /mnt/dangling "$rootfs/link"
    bind /mnt/source/file /link bind
    program 'cat /mnt/dangling'
    start_well
    equal "$output" content
    [ ! -e /mnt/dangling ]
}

@test "a target with .. beyond the root stays inside" {
    equal "$(target_through /../../../mnt/beyond)" /mnt/beyond
    [ ! -e /mnt/beyond ]
}

@test "a target through a link that points out of the root stays inside" {
    mkdir /mnt/outside
    ln -s ../../../../../mnt/outside "$rootfs/link"
    equal "$(target_through /link/data)" /mnt/outside/data
    equal "$(ls -A /mnt/outside)" ''
}

@test "a target through a loop of links is an error" {
    ln -s second "$rootfs/first"
    ln -s first "$rootfs/second"
    bind /mnt/source /first/data rbind
    start_fails "config.json:$(mount_line /first/data): mounts[6] (/first/data): cannot open the target"
    [[ $stderr == *ELOOP* ]]
}

@test "a relative destination begins at the root" {
    bind /mnt/source data rbind
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start
    equal "$stderr" "holdfast: warning: config.json:$(mount_line data): mounts[6] (data): the destination should be an absolute path: it is taken from /"
    equal "$(mount_table <<<"$output" | awk '$4 == "/source" { print $1 }')" /data
}

@test "a relative source begins at the bundle" {
    mkdir "$bundle/volume"
    echo relative >"$bundle/volume/file"
    bind volume /data rbind
    program 'cat /data/file'
    start_well
    equal "$output" relative
}

@test "a relative source begins at the bundle wherever holdfast is started" {
    mkdir "$bundle/volume"
    echo relative >"$bundle/volume/file"
    bind volume /data rbind
    program 'cat /data/file'
    cd "$bundle"
    run --separate-stderr "$holdfast" run test
    equal "$stderr" ''
    equal "$output" relative
}

@test "a source inside the rootfs sees the mounts that came before it" {
    filesystem tmpfs /first size=4k
    bind rootfs/first /second bind
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /first /second)" \
        "$(printf '%s\n' '/first in / / rw,relatime - tmpfs tmpfs rw,size=4k' \
            '/second in / / rw,relatime - tmpfs tmpfs rw,size=4k')"
}

@test "a source inside the rootfs has the flags that its mount has by then" {
    filesystem tmpfs /first size=4k
    bind rootfs/first /before bind noexec
    filesystem none /first remount ro
    bind rootfs/first /after bind noexec
    bind rootfs/first /written bind rw
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /before /after /written | cut -d ' ' -f 1-5)" "$(printf '%s\n' \
        '/after in / / ro,noexec,relatime' '/before in / / rw,noexec,relatime' '/written in / / rw,relatime')"
}

@test "a source inside the rootfs follows links inside the root only" {
    mkdir -p "$rootfs/mnt/source"
    echo inside >"$rootfs/mnt/source/file"
    ln -s /mnt/source "$rootfs/link"
    bind rootfs/link /data rbind
    program 'cat /data/file'
    start_well
    equal "$output" inside
}

@test "a missing source is an error" {
    bind /mnt/missing /data rbind
    start_fails "config.json:$(mount_line /data): mounts[6] (/data): cannot open the source /mnt/missing: openat2: ENOENT"
    [ ! -e /mnt/missing ]
    [ ! -e "$rootfs/data" ]
}

@test "a file onto a directory is an error that says so" {
    mkdir "$rootfs/data"
    bind /mnt/source/file /data bind
    start_fails "config.json:$(mount_line /data): mounts[6] (/data): the source is a file, but the target /data is a directory in the image"
}

@test "a directory onto a file is an error that says so" {
    bind /mnt/source /etc/passwd rbind
    start_fails "config.json:$(mount_line /etc/passwd): mounts[6] (/etc/passwd): the source is a directory, but the target /etc/passwd is a file in the image"
}

@test "a target below a file is an error" {
    bind /mnt/source /etc/passwd/data rbind
    start_fails "config.json:$(mount_line /etc/passwd/data): mounts[6] (/etc/passwd/data): cannot open the target"
    [[ $stderr == *ENOTDIR* ]]
}

@test "the type bind alone makes a bind mount" {
    bind /mnt/source /data
    program 'cat /data/file'
    start_well
    equal "$output" content
}

@test "the option bind alone makes a bind mount" {
    configure '.mounts += [{destination: "/data", source: "/mnt/source", options: ["bind", "ro"]}]'
    program 'cat /data/file'
    start_well
    equal "$output" content
}

@test "targets in one directory that a mount covers in between" {
    mkdir "$rootfs/many"
    bind /mnt/source /many/first bind
    filesystem tmpfs /many size=4k
    bind /mnt/source /many/second bind
    bind /mnt/source /many/third bind
    bind /mnt/other /many bind
    bind /mnt/source /many/fourth bind
    mkdir /mnt/other
    program 'ls /many; umount -l /many && ls /many; umount -l /many && ls /many'
    configure '.process.capabilities[] += ["CAP_SYS_ADMIN"]'
    start_well
    equal "$output" "$(printf '%s\n' fourth second third first)"
}

@test "targets in one directory that is reached by two ways" {
    mkdir /mnt/other
    bind /mnt/other /a bind
    bind /mnt/other /b bind
    bind /mnt/source /a/1 bind
    bind /mnt/source /b/2 bind
    bind /mnt/source /b/3 bind
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(awk '$5 ~ /^\/[ab]\// { print $5 }' <<<"$output" | sort)" "$(printf '%s\n' /a/1 /b/2 /b/3)"
}

@test "targets in one directory that is bound on itself in between" {
    mkdir "$rootfs/many"
    bind /mnt/source /many/first bind
    bind rootfs/many /many bind noexec
    bind /mnt/source /many/second bind
    bind /mnt/source /many/third bind
    program 'ls -d /many/second/file /many/third/file'
    start_well
    equal "$output" "$(printf '%s\n' /many/second/file /many/third/file)"
}

@test "300 bind mounts" {
    configure '.mounts += [range(300) | {destination: "/many/\(.)", type: "bind", source: "/mnt/source", options: ["bind"]}]'
    program 'grep -c " /many/" /proc/self/mountinfo; ulimit -n'
    start_well
    equal "$output" "$(printf '%s\n' 300 1024)"
}

@test "more bind mounts than open descriptors are allowed" {
    configure '.mounts += [range(300) | {destination: "/many/\(.)", type: "bind", source: "/mnt/source", options: ["bind"]}]
        | del(.process.rlimits)'
    program 'grep -c " /many/" /proc/self/mountinfo; ulimit -n'
    ulimit -S -n 128
    start_well
    equal "$output" "$(printf '%s\n' 300 128)"
}

@test "in a chroot, sources are the chroot's, in every batch" {
    mkdir /mnt/chroot
    mount --bind / /mnt/chroot
    for below in dev proc run; do mount --bind /$below /mnt/chroot/$below; done
    mount -t tmpfs -o mode=755 mnt /mnt/chroot/mnt
    mkdir /mnt/chroot/mnt/only-in-chroot
    mount -t tmpfs chroot /mnt/chroot/mnt/only-in-chroot
    echo inside >/mnt/chroot/mnt/only-in-chroot/file
    configure '.mounts += [{destination: "/m", type: "tmpfs"}] + [range(100) | {destination: "/m/\(.)", type: "bind",
        source: "/mnt/only-in-chroot", options: ["bind"]}]'
    program 'cat /m/*/file | sort | uniq -c'
    configure 'del(.process.rlimits)'
    cp -a "$bundle" /mnt/chroot/mnt/bundle
    run --separate-stderr sh -c 'ulimit -n 80; exec chroot /mnt/chroot "$@"' sh "$holdfast" run --bundle "$bundle" test
    equal "$status $stderr" '0 '
    equal "$(tr -s ' ' <<<"$output")" ' 100 inside'
}

@test "a relative source is the bundle's, also when a pinned mount namespace lies below it" {
    mkdir -p "$bundle/run/below"
    mount -t tmpfs -o mode=755 private "$bundle/run/below"
    echo own >"$bundle/run/file"
    touch "$bundle/run/below/pin"
    mount --make-private "$bundle/run/below"
    unshare --mount="$bundle/run/below/pin" --propagation private true || skip 'the namespace could not be pinned'
    bind run /data rbind
    program 'cat /data/file'
    start_well
    equal "$output" own
}
