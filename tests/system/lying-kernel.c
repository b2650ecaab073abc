/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For LD_PRELOAD: a system call that says it did what it was asked for, and didn't. So the tests see that the look back
 * at the kernel's mount table finds it. LIE names the lie:
 *
 *   attributes   mount_setattr(2) changes no attribute
 *   propagation  mount_setattr(2) changes no propagation
 *   fsmount      fsmount(2) forgets the attributes
 *   move         the third move_mount(2) does nothing
 *   elsewhere    the third move_mount(2) attaches at /mnt of the root instead
 *   twice        each move_mount(2) attaches a second mount on top
 *   tree         the second open_tree(2) clones /mnt/other
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EMPTY_PATH 0x1000
#define FROM_EMPTY 0x4
#define TO_EMPTY 0x40

struct attributes {
    uint64_t set, clear, propagation, user_namespace;
};

typedef long (*caller)(long number, ...);

static caller kernel;
static int moves, trees;

static bool lies(const char *name)
{
    const char *lie = getenv("LIE");

    return lie && strcmp(lie, name) == 0;
}

static bool is_forgotten(const struct attributes *attributes)
{
    return (lies("attributes") && (attributes->set || attributes->clear)) ||
           (lies("propagation") && attributes->propagation);
}

static long move_mount(const long *arguments)
{
    long copy, result;

    moves++;
    if (moves == 3 && lies("move"))
        return 0;
    if (moves == 3 && lies("elsewhere"))
        return kernel(SYS_move_mount, arguments[0], "", kernel(SYS_openat, arguments[2], "../mnt", O_PATH),
                      "", FROM_EMPTY | TO_EMPTY);
    result = kernel(SYS_move_mount, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]);
    if (result == 0 && lies("twice")) {
        copy = kernel(SYS_open_tree, arguments[0], "", EMPTY_PATH | 1);
        (void)kernel(SYS_move_mount, copy, "", arguments[0], "", FROM_EMPTY | TO_EMPTY);
        (void)close((int)copy);
    }
    return result;
}

static long open_tree(const long *arguments)
{
    if (++trees == 2 && lies("tree"))
        return kernel(SYS_open_tree, AT_FDCWD, "/mnt/other", 1 | O_CLOEXEC);
    return kernel(SYS_open_tree, arguments[0], arguments[1], arguments[2]);
}

__attribute__((visibility("default"))) long syscall(long number, ...)
{
    long arguments[6];
    va_list list;

    va_start(list, number);
    for (int i = 0; i < 6; i++)
        arguments[i] = va_arg(list, long);
    va_end(list);
    if (!kernel)
        kernel = (caller)dlsym(RTLD_NEXT, "syscall");
    /* Without a descriptor holdfast asks what the kernel knows. */
    if (number == SYS_mount_setattr && (int)arguments[0] >= 0 &&
        is_forgotten((const struct attributes *)arguments[3]))
        return 0;
    if (number == SYS_fsmount && lies("fsmount"))
        arguments[2] = 0;
    if (number == SYS_move_mount)
        return move_mount(arguments);
    if (number == SYS_open_tree)
        return open_tree(arguments);
    return kernel(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
