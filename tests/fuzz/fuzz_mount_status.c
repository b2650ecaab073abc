/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statx(2) and statmount(2), whose answers are the input: the first byte is what they return, the second the errno, then
 * what they write into the caller's structure.
 */
#include "fuzz.h"

#include "kernel/mount_status.h"

#include <stdarg.h>
#include <sys/stat.h>

static const uint8_t *answer;
static size_t answer_size;

int __wrap_statx(int fd, const char *path, int flags, unsigned mask, struct statx *ret_status);
long __wrap_syscall(long number, ...);

static int take(void *place, size_t room)
{
    size_t size = answer_size > 2 ? answer_size - 2 : 0;

    if (answer_size < 2)
        return 0;
    memcpy(place, answer + 2, size < room ? size : room);
    errno = answer[1];
    return answer[0] % 2 == 0 ? 0 : -1;
}

int __wrap_statx(int fd, const char *path, int flags, unsigned mask, struct statx *ret_status)
{
    (void)fd;
    (void)path;
    (void)flags;
    (void)mask;
    memset(ret_status, 0, sizeof(*ret_status));
    return take(ret_status, sizeof(*ret_status));
}

long __wrap_syscall(long number, ...)
{
    va_list arguments;
    void *place;
    size_t room;

    (void)number;
    va_start(arguments, number);
    (void)va_arg(arguments, void *);
    place = va_arg(arguments, void *);
    room = va_arg(arguments, size_t);
    va_end(arguments);
    return take(place, room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mount_status status = {.id = 4711};
    struct mount_source source = {.inode = 4711};
    struct mount_source previous = {.has_attributes = size & 1, .mount_id = 4712};
    int result;

    answer = data;
    answer_size = size;
    result = kernel_mount_status(0, &status);
    REQUIRE(result <= 0 && (result == 0 || status.id == 4711));
    result = kernel_mount_source(0, &previous, &source);
    REQUIRE(result <= 0 && (result == 0 || source.inode == 4711));
    return 0;
}
