/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/id_mappings.h"
#include "base/fd.h"
#include "kernel/restrictions.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAP_LIMIT ((size_t)64 * 1024) /* 340 ranges, in text */

bool id_mappings_to_host(const struct id_mappings *mappings, uint32_t container_id, uint32_t *ret_host_id)
{
    if (mappings->length == 0) {
        *ret_host_id = container_id;
        return true;
    }
    for (size_t i = 0; i < mappings->length; i++) {
        const struct id_mapping *range = &mappings->ranges[i];

        if (container_id < range->container_id || container_id - range->container_id >= range->size)
            continue;
        *ret_host_id = range->host_id + (container_id - range->container_id);
        return true;
    }
    return false;
}

bool id_mappings_to_container(const struct id_mappings *mappings, uint32_t host_id,
                              uint32_t *ret_container_id)
{
    if (mappings->length == 0) {
        *ret_container_id = host_id;
        return true;
    }
    for (size_t i = 0; i < mappings->length; i++) {
        const struct id_mapping *range = &mappings->ranges[i];

        if (host_id < range->host_id || host_id - range->host_id >= range->size)
            continue;
        *ret_container_id = range->container_id + (host_id - range->host_id);
        return true;
    }
    return false;
}

bool id_mappings_equal(const struct id_mappings *one, const struct id_mappings *other)
{
    return one->length == other->length &&
           (one->length == 0 || memcmp(one->ranges, other->ranges, one->length * sizeof(*one->ranges)) == 0);
}

static int parse(char *text, struct arena *arena, struct id_mappings *ret_mappings, struct error *error)
{
    struct id_mappings mappings = {0};
    char *line;

    while ((line = strsep(&text, "\n"))) {
        struct id_mapping *range;

        if (!*line)
            continue;
        range = arena_append(arena, (void **)&mappings.ranges, &mappings.length, sizeof(*range));
        if (!range)
            return error_memory(error);
        if (sscanf(line, "%u %u %u", &range->container_id, &range->host_id, &range->size) != 3)
            return error_set(error, EINVAL, "the user namespace has a map that can't be read: %s", line);
    }
    *ret_mappings = mappings;
    return 0;
}

int id_mappings_read(int process_fd, const char *name, struct arena *arena, struct id_mappings *ret_mappings,
                     struct error *error)
{
    CLEANUP_FD int fd = openat(process_fd, name, O_RDONLY | O_CLOEXEC);
    CLEANUP_FREE char *text = NULL;
    int status = fd < 0 ? -errno : fd_read_all(fd, MAP_LIMIT, &text, NULL);

    if (status < 0)
        return error_call(error, status, "read", "cannot read %s of the user namespace", name);
    return parse(text, arena, ret_mappings, error);
}

int id_mappings_write_file(int process_fd, const char *name, const char *text, size_t length,
                           struct error *error)
{
    CLEANUP_FD int fd = openat(process_fd, name, O_WRONLY | O_CLOEXEC);
    int status;

    if (fd < 0)
        return error_call(error, errno, "openat", "cannot open %s of the user namespace", name);
    /* The kernel wants a map in one write (user_namespaces(7)). */
    status = fd_write_once(fd, text, length);
    if (status == 0)
        return 0;
    error_call(error, status, "write", "cannot set %s of the user namespace", name);
    /* The hint of AppArmor's restriction, which lets the namespace be made. */
    if (restrictions_sysctl("kernel/apparmor_restrict_unprivileged_userns") > 0)
        restrictions_hint_user_namespace(error);
    if (error->code == EPERM)
        error_hint(error, "an ordinary user may map one id, the own one; a range of ids needs root");
    return -error->code;
}

static int write_map(int process_fd, const char *name, const struct id_mappings *mappings,
                     struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    if (!out)
        return error_memory(error);
    for (size_t i = 0; i < mappings->length; i++)
        fprintf(out, "%u %u %u\n", mappings->ranges[i].container_id, mappings->ranges[i].host_id,
                mappings->ranges[i].size);
    if (fclose(out) != 0)
        return error_memory(error);
    return id_mappings_write_file(process_fd, name, text, length, error);
}

int id_mappings_write(int process_fd, const struct id_mappings *uid_mappings,
                      const struct id_mappings *gid_mappings, struct error *error)
{
    int status = write_map(process_fd, "uid_map", uid_mappings, error);

    return status == 0 ? write_map(process_fd, "gid_map", gid_mappings, error) : status;
}

int id_mappings_open_process(int proc_fd, pid_t pid, int *ret_fd, struct error *error)
{
    char name[32];
    int fd;

    snprintf(name, sizeof(name), "%d", (int)pid);
    fd = openat(proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_call(error, errno, "openat", "cannot open /proc/%s", name);
    *ret_fd = fd;
    return 0;
}

/* The namespace needs a process in it while its maps are written. This one ends when the other end of the pipe is closed,
 * which also happens if its parent is killed. It shares the memory, so it does nothing that would write errno. */
static int hold(void *argument)
{
    const int *ends = argument;
    char byte;

    (void)close(ends[1]);
    return (int)read(ends[0], &byte, 1);
}

static int map_holder(int proc_fd, pid_t holder, const struct id_mappings *uid_mappings,
                      const struct id_mappings *gid_mappings, int *ret_fd, struct error *error)
{
    CLEANUP_FD int process = -1;
    int status = id_mappings_open_process(proc_fd, holder, &process, error);

    if (status == 0)
        status = id_mappings_write(process, uid_mappings, gid_mappings, error);
    if (status < 0)
        return status;
    *ret_fd = openat(process, "ns/user", O_RDONLY | O_CLOEXEC);
    return *ret_fd < 0 ? error_call(error, errno, "openat", "cannot open the user namespace") : 0;
}

int id_mappings_open_namespace(int proc_fd, const struct id_mappings *uid_mappings,
                               const struct id_mappings *gid_mappings, int *ret_fd, struct error *error)
{
    const size_t size = 16384;
    int ends[2], status;
    pid_t holder = -1;
    char *stack;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_call(error, errno, "pipe2", "cannot make a pipe");
    stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack != MAP_FAILED)
        holder = clone(hold, stack + size, CLONE_VM | CLONE_NEWUSER, ends);
    if (stack == MAP_FAILED)
        status = error_call(error, errno, "mmap", "cannot allocate a stack");
    else if (holder < 0)
        status = error_call(error, errno, "clone", "cannot make a user namespace");
    else
        status = map_holder(proc_fd, holder, uid_mappings, gid_mappings, ret_fd, error);
    /* The holder may not have looked at ends yet. */
    (void)close(ends[1]);
    while (holder > 0 && waitpid(holder, NULL, __WALL) < 0 && errno == EINTR)
        ;
    (void)close(ends[0]);
    if (stack != MAP_FAILED)
        (void)munmap(stack, size);
    return status;
}
