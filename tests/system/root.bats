#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The root: read-only, entered with and without pivot_root, and what is hidden or protected in it.

load helpers

@test "a read-only root is read-only, the mounts in it are not" {
    program 'touch /tmp/x 2>&1; touch /dev/shm/x && echo writable'
    start_well
    equal "$output" "$(printf '%s\n' 'touch: /tmp/x: Read-only file system' writable)"
    equal "$(ls -A "$rootfs/tmp")" ''
}

@test "a writable root writes to the rootfs" {
    configure '.root.readonly = false'
    program 'echo x >/tmp/x'
    start_well
    equal "$(cat "$rootfs/tmp/x")" x
}

@test "a read-only root leaves the host's mount writable" {
    start_well
    touch "$rootfs/tmp/x"
}

@test "an absolute root.path" {
    mv "$rootfs" /mnt/elsewhere
    configure '.root.path = "/mnt/elsewhere" | .process.args = ["ls", "/"]'
    start_well
    equal "$output" "$(printf '%s\n' bin dev etc proc sys tmp)"
}

@test "a root.path that is a link" {
    mv "$rootfs" /mnt/elsewhere
    ln -s /mnt/elsewhere "$rootfs"
    configure '.process.args = ["ls", "/"]'
    start_well
    equal "$output" "$(printf '%s\n' bin dev etc proc sys tmp)"
}

@test "a root on a mount of its own" {
    mkdir /mnt/elsewhere
    mount -t tmpfs own /mnt/elsewhere
    cp -a "$rootfs/." /mnt/elsewhere
    configure '.root.path = "/mnt/elsewhere" | .process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /)" '/ in - / ro,relatime - tmpfs own rw'
}

@test "a missing root is an error" {
    configure '.root.path = "missing"'
    start_fails "config.json:$(line_of '"missing"'): root.path: cannot open"
    [[ $stderr == *ENOENT* ]]
}

@test "a root that is a file is an error" {
    touch "$bundle/file"
    configure '.root.path = "file"'
    start_fails "config.json:$(line_of '"file"'): root.path: "
    [[ $stderr == *'not a directory'* ]]
}

@test "a target that is missing in a read-only file system is an error that says so" {
    mount --bind "$rootfs" "$rootfs"
    mkdir "$rootfs/dev" "$rootfs/proc" "$rootfs/sys"
    mount -o remount,bind,ro "$rootfs"
    bind /etc /data rbind
    start_fails "config.json:$(mount_line /data): mounts[6] (/data): cannot open the target /data"
    [[ $stderr == *EROFS*'missing in a read-only tree'* ]]
}

# A program that tries to leave its root in the ways that are known, and lists what it finds as "/".
setup_escape() {
    gcc -static -x c -o "$rootfs/escape" - <<'PROGRAM'
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void list(const char *how)
{
    DIR *directory = opendir(".");
    struct dirent *entry;
    int length = 0;

    printf("%s:", how);
    while (directory && (entry = readdir(directory)))
        if (entry->d_name[0] != '.')
            length++;
    printf(" %d%s\n", length, access("escape", F_OK) == 0 ? " container" : "");
}

static void climb(void)
{
    for (int i = 0; i < 100; i++)
        if (chdir("..") < 0)
            return;
}

int main(void)
{
    int outside = open("/", O_RDONLY | O_DIRECTORY), namespace = open("/proc/self/ns/mnt", O_RDONLY);

    climb();
    list("..");
    if (mkdir("/dev/shm/jail", 0755) < 0 || chroot("/dev/shm/jail") < 0)
        perror("chroot");
    if (fchdir(outside) < 0)
        perror("fchdir");
    climb();
    list("chroot");
    if (setns(namespace, CLONE_NEWNS) < 0)
        perror("setns");
    if (chdir("/") < 0)
        perror("chdir");
    list("setns");
    return 0;
}
PROGRAM
    capabilities CAP_SYS_CHROOT CAP_SYS_ADMIN
    configure '.process.args = ["/escape"]'
}

@test "there is no way out of the root with pivot_root" {
    setup_escape
    start_well
    equal "$output" "$(printf '%s\n' '..: 7 container' 'chroot: 7 container' 'setns: 7 container')"
}

# What lies below the root then is the seed: an empty directory.
@test "there is no way out of the root without pivot_root but into an empty directory" {
    setup_escape
    start_well --no-pivot
    equal "$(sed 's/: 0$/: 7 container/' <<<"$output")" \
        "$(printf '%s\n' '..: 7 container' 'chroot: 7 container' 'setns: 7 container')"
}

@test "without pivot_root the mounts are the same" {
    local pivoted
    configure '.process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    pivoted=$(mount_table <<<"$output")
    start_well --no-pivot
    equal "$(mount_table <<<"$output" | sed 's/^\/ in [^ ]* /\/ in - /')" "$pivoted"
}

@test "without pivot_root the program works in the root" {
    program 'pwd; ls /; readlink /proc/self/root'
    start_well --no-pivot
    equal "$output" "$(printf '%s\n' / bin dev etc proc sys tmp /)"
}

@test "the executable of the runtime is not reachable through the container's process 1" {
    program 'readlink /proc/1/exe; ls /proc | grep -x -c 1'
    start_well
    equal "$output" "$(printf '%s\n' /bin/busybox 1)"
}

# Hides or protects paths of the image, which is filled here.
setup_paths() {
    mkdir -p "$rootfs/directory/below"
    echo secret | tee "$rootfs/file" >"$rootfs/directory/below/file"
    configure --argjson paths "$2" ".root.readonly = false | .linux.$1 = \$paths"
}

@test "maskedPaths hides a file behind /dev/null" {
    setup_paths maskedPaths '["/file"]'
    program 'cat /file; stat -c "%F %t:%T" /file; cat /directory/below/file'
    start_well
    equal "$output" "$(printf '%s\n' 'character special file 1:3' secret)"
}

@test "maskedPaths hides a directory behind an empty read-only one" {
    setup_paths maskedPaths '["/directory"]'
    program 'ls -A /directory; touch /directory/x 2>&1; cat /file; cat /proc/self/mountinfo'
    start_well
    equal "${lines[0]}" 'touch: /directory/x: Read-only file system'
    equal "${lines[1]}" secret
    equal "$(mount_table <<<"$output" | rows_at /directory)" \
        '/directory in / / ro,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,size=4k,mode=755'
}

@test "maskedPaths that are missing are skipped" {
    setup_paths maskedPaths '["/missing", "/file/below", "/missing/below"]'
    program 'ls /'
    start_well
    equal "$output" "$(printf '%s\n' bin dev directory etc file proc sys tmp)"
    [ ! -e "$rootfs/missing" ]
}

@test "maskedPaths may be named twice" {
    setup_paths maskedPaths '["/file", "/directory", "/file", "/directory"]'
    program 'ls -A /directory; cat /file'
    start_well
    equal "$output" ''
}

@test "many masked directories are one file system" {
    mkdir "$rootfs"/directory-{1..50}
    configure '.linux.maskedPaths = [range(1; 51) | "/directory-\(.)"] | .process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(awk '$5 ~ /^\/directory-/ { print $3 }' <<<"$output" | sort | uniq -c | awk '{ print $1 }')" 50
}

@test "maskedPaths through a link hides what it points to inside the root" {
    setup_paths maskedPaths '["/link"]'
    ln -s /directory/below/../../file "$rootfs/link"
    program 'cat /file; cat /directory/below/file'
    start_well
    equal "$output" secret
}

@test "an image's own /dev/null has no part in masking" {
    setup_paths maskedPaths '["/file"]'
    configure '.mounts |= map(select(.destination | startswith("/dev") | not))'
    mkdir -p "$rootfs/dev"
    mknod "$rootfs/dev/null" c 1 3
    ln -sf /directory/below/file "$rootfs/dev/zero"
    program 'stat -c %t:%T /file'
    configure '.linux.devices = []'
    start
    [[ $status -eq 1 && $stderr == *'/dev/zero exists in the image'* ]]
}

@test "readonlyPaths makes a file and a directory read-only" {
    setup_paths readonlyPaths '["/file", "/directory"]'
    program 'echo x 2>&1 >/file; echo x 2>&1 >/directory/below/file; echo x >/tmp/x && cat /file'
    start
    equal "$output" "$(printf '%s\n' "sh: can't create /file: Read-only file system" \
        "sh: can't create /directory/below/file: Read-only file system" secret)"
}

@test "readonlyPaths keeps the other flags" {
    mkdir "$rootfs/data"
    mount -t tmpfs -o nosuid,nodev,noexec,noatime,size=4k data "$rootfs/data"
    configure '.linux.readonlyPaths = ["/data"] | .process.args = ["cat", "/proc/self/mountinfo"]'
    start_well
    equal "$(mount_table <<<"$output" | rows_at /data)" "$(printf '%s\n' \
        '/data in / / rw,nosuid,nodev,noexec,noatime - tmpfs data rw,size=4k' \
        '/data in /data / ro,nosuid,nodev,noexec,noatime - tmpfs data rw,size=4k' | sort)"
}

@test "readonlyPaths includes the mounts below" {
    mkdir -p "$rootfs/data"
    mount -t tmpfs data "$rootfs/data"
    mkdir "$rootfs/data/below"
    mount -t tmpfs below "$rootfs/data/below"
    configure '.linux.readonlyPaths = ["/data"]'
    program 'touch /data/below/x 2>&1'
    start
    equal "$output" 'touch: /data/below/x: Read-only file system'
}

@test "readonlyPaths that are missing are skipped, and duplicates are fine" {
    setup_paths readonlyPaths '["/missing", "/file", "/file", "/file/below", "/directory", "/directory"]'
    program 'cat /file; ls / | grep -c missing'
    start
    equal "$output" "$(printf '%s\n' secret 0)"
}

@test "a path that is masked and read-only is masked" {
    setup_paths maskedPaths '["/file", "/directory"]'
    configure '.linux.readonlyPaths = ["/directory", "/file"]'
    program 'cat /file; ls -A /directory'
    start_well
    equal "$output" ''
}

@test "proc on a link in the image is refused" {
    rm -rf "${rootfs:?}/proc"
    mkdir "$rootfs/real"
    ln -s real "$rootfs/proc"
    configure .
    start_fails "config.json:$(mount_line /proc): mounts[0] (/proc): the target /proc is a symbolic link"
}

@test "sysfs through a link in the image is refused" {
    mkdir "$rootfs/real"
    ln -s real "$rootfs/link"
    configure '(.mounts[] | select(.type == "sysfs")).destination = "/link/sys"'
    start_fails "config.json:$(mount_line /link/sys): mounts[5] (/link/sys): the target /link/sys is a symbolic link in the image, or reached by one"
    [ ! -e "$rootfs/real/sys" ]
}
