#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The library as a stranger meets it: its symbols, its header, and what `meson install` puts where.

load helpers

header=$source_directory/include/holdfast/holdfast.h
version_script=$source_directory/src/library/libholdfast.map
shared=$HOLDFAST_BUILD/src/libholdfast.so
archive=$HOLDFAST_BUILD/src/libholdfast.a
example=$source_directory/examples/build-namespace.c

# What is to be exported, a name a line, sorted.
listed() {
    grep -o 'hf_[a-z_]*' "$version_script" | sort
}

# The names that a header's HF_API lines declare.
declared() {
    grep -o '^HF_API.*' "$header" | grep -o 'hf_[a-z_]*(' | tr -d '(' | sort
}

@test "the shared library exports what the version script lists, and nothing else" {
    [ "$(listed | wc -l)" -gt 10 ]
    equal "$(nm --dynamic --defined-only "$shared" | awk '$2 != "A" { print $3 }' | sort)" \
        "$(listed | sed 's/$/@@HOLDFAST_0/')"
}

@test "the archive shows the same symbols" {
    equal "$(nm --extern-only --defined-only "$archive" | awk 'NF == 3 { print $3 }' | sort)" "$(listed)"
}

@test "the header declares what is exported" {
    equal "$(declared)" "$(listed)"
}

@test "holdfast(3) names what is exported, and nothing else" {
    equal "$(grep -o '\*hf_[a-z_]*\*()' "$source_directory/docs/man/holdfast.3.scd" | tr -d '*()' | sort -u)" "$(listed)"
}

# A declaration may share the comment with the declaration right above it.
@test "every function has a comment above its declaration" {
    local undocumented
    undocumented=$(awk '
        /^HF_API/ { if (before !~ /\*\/$/ && before !~ /^HF_API.*;$/) print }
        { before = $0 }' "$header")
    equal "$undocumented" ''
}

@test "the library's name for the linker has its major version" {
    equal "$(readelf -d "$shared" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')" libholdfast.so.0
}

@test "the library needs nothing but its four libraries and libc" {
    equal "$(readelf -d "$shared" | sed -n 's/.*(NEEDED).*\[\(lib[a-z]*\).*\]/\1/p' | sort)" \
        "$(printf '%s\n' libc libcap libjansson libmd libseccomp)"
}

@test "the library never calls exit, fork or the functions that print" {
    local calls
    calls=$(nm --dynamic --undefined-only "$shared" | awk '{ sub("@.*", "", $2); print $2 }')
    grep -q -x clone <<<"$calls"
    equal "$(grep -x -E 'exit|_exit|fork|vfork|system|popen|exec.*|posix_spawn.*|printf|puts|putchar|perror|syslog|signal|sigaction|stdout|stderr|err|warn' <<<"$calls")" ''
}

@test "the header is C11" {
    echo '#include <holdfast/holdfast.h>' >/mnt/header.c
    gcc -std=c11 -Wall -Wextra -pedantic -Werror -I "$source_directory/include" -fsyntax-only /mnt/header.c
}

@test "the header is C++" {
    [ -n "$(command -v g++)" ] || skip 'g++ is not installed'
    printf '%s\n' '#include <holdfast/holdfast.h>' 'const char *version() { return hf_version(); }' >/mnt/header.cpp
    g++ -Wall -Wextra -pedantic -Werror -I "$source_directory/include" -c -o /mnt/header.o /mnt/header.cpp
    nm --undefined-only /mnt/header.o | grep -q -w hf_version
}

@test "the example has fewer than 60 lines" {
    [ "$(wc -l <"$example")" -lt 60 ]
}

# Installs into $installed, and lets pkg-config find that.
install_library() {
    installed=$BATS_TEST_TMPDIR/installed
    meson install -C "$HOLDFAST_BUILD" --no-rebuild --destdir "$installed" >/dev/null
    description=$(find "$installed" -name holdfast.pc)
    export PKG_CONFIG_PATH=${description%/*} PKG_CONFIG_SYSROOT_DIR=$installed
    libraries=${PKG_CONFIG_PATH%/pkgconfig}
}

# The flags of pkg-config, as words. The sysroot goes in front of every directory, the system's included.
flags() {
    pkg-config "$@" holdfast
}

# Runs the program on the image; prints its mounts as "POINT TYPE".
mounts_of() {
    "$@" "$rootfs" cat /proc/self/mountinfo | awk '{ for (i = 7; $i != "-"; i++); print $5, $(i + 1) }'
}

table='/ tmpfs
/proc proc
/sys sysfs
/dev tmpfs
/dev/pts devpts
/dev/shm tmpfs
/dev/mqueue mqueue
/tmp tmpfs'

@test "the example builds against the installed shared library" {
    install_library
    gcc -o /mnt/example "$example" $(flags --cflags --libs)
    equal "$(readelf -d /mnt/example | grep -c 'libholdfast.so.0')" 1
    equal "$(LD_LIBRARY_PATH=$libraries mounts_of /mnt/example)" "$table"
}

@test "the example builds against the installed archive" {
    install_library
    rm "$libraries"/libholdfast.so*
    gcc -o /mnt/example "$example" $(flags --static --cflags --libs)
    equal "$(readelf -d /mnt/example | grep -c libholdfast || true)" 0
    equal "$(mounts_of /mnt/example)" "$table"
}

@test "pkg-config tells the library's version" {
    install_library
    equal "$(flags --modversion)" "$("$holdfast" --version | grep -o '[0-9][0-9.]*' | head -n 1)"
}

@test "the example passes its program's status on" {
    run "$HOLDFAST_BUILD/examples/build-namespace" "$rootfs" sh -c 'exit 7'
    equal "$status" 7
    run "$HOLDFAST_BUILD/examples/build-namespace-static" "$rootfs" sh -c 'exit 8'
    equal "$status" 8
}

@test "the example tells what went wrong" {
    run "$HOLDFAST_BUILD/examples/build-namespace" /mnt/none true
    equal "$status" 1
    equal "${output%%;*}" 'root.path: cannot open the source /mnt/none: openat2: ENOENT (No such file or directory)'
}
