#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The examples that use the library, built as their readers build them, against an installed one.

load helpers

examples=$source_directory/examples

eval "shared_$(declare -f setup_file)"
eval "shared_$(declare -f setup)"

setup_file() {
    shared_setup_file
    export installed=$BATS_FILE_TMPDIR/installed
    meson install -C "$HOLDFAST_BUILD" --no-rebuild --destdir "$installed" >/dev/null
    cp -a "$examples" "$BATS_FILE_TMPDIR/examples" # where building may leave files
}

setup() {
    shared_setup
    local description
    description=$(find "$installed" -name holdfast.pc)
    export PKG_CONFIG_PATH=${description%/*} PKG_CONFIG_SYSROOT_DIR=$installed
    export LD_LIBRARY_PATH=${description%/pkgconfig/*} PYTHONPATH=$BATS_FILE_TMPDIR/examples/python
    cd "$BATS_FILE_TMPDIR/examples" || return
    echo note >/mnt/note
}

flags() {
    pkg-config --cflags --libs holdfast
}

# Runs a tour, whose output has to be what every other one's is: is_tour COMMAND...
is_tour() {
    local expected
    run --separate-stderr "$@" "$rootfs" /mnt/note /bin/sh -c 'cat /data; ls /mnt 2>/dev/null; exit 7'
    expected="plan: bind / from $rootfs recursive rprivate (root.path)
plan: bind /data from /mnt/note recursive ro rprivate (mounts[0])
plan: mount /tmp type tmpfs source tmpfs (mounts[1])
$(devices)
plan: change / ro (root.readonly)
plan: switch / by pivot_root (root.path)
hazard: single-file-bind: /mnt/note is a single file: when it is replaced on the host, the container keeps the old one
note
status: 7
plan: bind / from $rootfs recursive rprivate (root.path)
plan: bind /data from /nonexistent recursive ro rprivate (mounts[0])
plan: mount /tmp type tmpfs source tmpfs (mounts[1])
$(devices)
plan: change / ro (root.readonly)
plan: switch / by pivot_root (root.path)
error: ENOENT: mounts[0] (/data): cannot open the source /nonexistent: openat2: ENOENT (No such file or directory); it is never made: create it on the host, or correct the configuration"
    equal "$output" "$expected"
    equal "$status $stderr" '0 '
}

# What every plan of a container has.
devices() {
    cat <<'DEVICES'
plan: device /dev/null c 1:3 mode 0666 owner 0:0 (default device)
plan: device /dev/zero c 1:5 mode 0666 owner 0:0 (default device)
plan: device /dev/full c 1:7 mode 0666 owner 0:0 (default device)
plan: device /dev/random c 1:8 mode 0666 owner 0:0 (default device)
plan: device /dev/urandom c 1:9 mode 0666 owner 0:0 (default device)
plan: device /dev/tty c 5:0 mode 0666 owner 0:0 (default device)
plan: link /dev/ptmx to pts/ptmx (default link)
plan: link /dev/fd to /proc/self/fd (default link)
plan: link /dev/stdin to /proc/self/fd/0 (default link)
plan: link /dev/stdout to /proc/self/fd/1 (default link)
plan: link /dev/stderr to /proc/self/fd/2 (default link)
plan: link /dev/core to /proc/kcore if /proc/kcore exists (default link)
plan: link /dev/kcore to /proc/kcore if /proc/kcore exists (default link)
DEVICES
}

@test "C" {
    gcc -std=c11 -Wall -Wextra -pedantic -Werror -o /mnt/tour tour.c $(flags)
    is_tour /mnt/tour
}

@test "C++" {
    g++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -o /mnt/tour cpp/tour.cpp $(flags)
    is_tour /mnt/tour
}

@test "Python" {
    is_tour /usr/bin/python3 python/tour.py
}

@test "Python: the package's own tests" {
    run env HOLDFAST_TEST_ROOT="$rootfs" /usr/bin/python3 -m unittest discover --start-directory python/tests
    [[ $output == *$'\n\nOK' && $output == *'Ran 5 tests'* ]] || equal "$output" OK
}

@test "Go" {
    (cd go && GOCACHE=$BATS_TEST_TMPDIR/cache GOFLAGS=-mod=mod GOPROXY=off go build -o /mnt/tour ./cmd/tour)
    is_tour /mnt/tour
    equal "$(gofmt -l go)" ''
    (cd go && GOCACHE=$BATS_TEST_TMPDIR/cache GOPROXY=off go vet ./...)
}

@test "Rust" {
    (cd rust && CARGO_HOME=$BATS_TEST_TMPDIR/cargo cargo build --offline --locked --target-dir /mnt/target) 2>/mnt/cargo.log ||
        equal "$(cat /mnt/cargo.log)" ''
    ! grep warning /mnt/cargo.log || return 1
    is_tour /mnt/target/debug/tour
}

@test "the structures in Python and Rust have the sizes of the header" {
    cat >/mnt/sizes.c <<'PROGRAM'
#include <holdfast/holdfast.h>
#include <stdio.h>
int main(void) { printf("%zu %zu\n", sizeof(struct hf_root_options), sizeof(struct hf_mount)); }
PROGRAM
    gcc -o /mnt/sizes /mnt/sizes.c $(flags)
    equal "$(/usr/bin/python3 -c 'import ctypes, holdfast._library as l
print(ctypes.sizeof(l.RootOptions), ctypes.sizeof(l.Mount))')" "$(/mnt/sizes)"
}

# The program's part: asks for a path, and shows what it was told.
asker='ask() { echo "$1" >/ask/request; read -r answer </ask/answer; echo "answer: $answer"; }'

prompt() {
    # shellcheck disable=SC2016 # for the program's shell
    run --separate-stderr python/permission-prompt "$rootfs" /bin/sh -c "$asker; $1" <<<"${2-}"
}

@test "the permission prompt adds what the user allows to the running box" {
    mkdir -m 755 /mnt/secret
    echo secret >/mnt/secret/note
    ln -s secret /mnt/link
    prompt 'ls /granted; ask /mnt/secret; cat "$answer/note"; touch "$answer/new" 2>&1; exit 5' yes
    equal "$output" "The program wants to read '/mnt/secret'. Yes or no? answer: /granted/mnt/secret
secret
touch: /granted/mnt/secret/new: Read-only file system"
    equal "$status $stderr" '5 '
    # A link leads to what the user is asked about, and a file can be asked for as well.
    prompt 'ask /mnt/link/note; cat "$answer"' y
    equal "$output" "The program wants to read '/mnt/secret/note'. Yes or no? answer: /granted/mnt/secret/note
secret"
}

@test "the permission prompt adds nothing after a no, nor what isn't there" {
    mkdir -m 755 /mnt/secret
    prompt 'ask /mnt/secret; ask /none; ls /granted' no
    equal "$output" "The program wants to read '/mnt/secret'. Yes or no? answer: no
The program asks for '/none': No such file or directory
answer: no"
    prompt 'ask /mnt/secret; ls /granted' ''
    equal "$output" "The program wants to read '/mnt/secret'. Yes or no? answer: no"
}

@test "the program can't write to the user's terminal by way of the question" {
    prompt "ask \"\$(printf '/mnt/\\033[2J')\"" yes
    equal "$output" "The program asks for '/mnt/\\x1b[2J': No such file or directory
answer: no"
}
