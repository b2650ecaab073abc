/* SPDX-License-Identifier: Apache-2.0 */
/* The files in a container's directory: written whole or not at all, read only if nobody else can have written them. */
#include "base/fd.h"
#include "container/directory.h"
#include "kernel/environment.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT ((size_t)32 << 20) /* above the limit of a configuration */

int state_read_file(int directory, const char *name, char **ret_text, size_t *ret_length, struct error *error)
{
    CLEANUP_FD int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    int result;

    if (fd < 0 || fstat(fd, &status) < 0)
        return error_call(error, errno, "openat", "cannot open %s of the container's state", name);
    if (!S_ISREG(status.st_mode))
        return error_set(error, EBADMSG, "%s of the container's state is not a regular file", name);
    result = state_check_owner(&status, name, error);
    if (result < 0)
        return result;
    result = fd_read_all(fd, FILE_LIMIT, ret_text, ret_length);
    return result < 0 ? error_call(error, result, "read", "cannot read %s of the container's state", name)
                      : 0;
}

static int cannot_write(int code, const char *call, const char *name, struct error *error)
{
    error_call(error, code, call, "cannot write %s of the container's state", name);
    if (error->code == ENOSPC || error->code == EDQUOT)
        error_hint(error, "the disk is full: make room on the file system of the state root");
    return -error->code;
}

static int write_new_file(int directory, const char *name, const char *text, size_t length,
                          const char **ret_call)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    CLEANUP_FD int fd = openat(directory, name, flags, 0600);
    int result;

    *ret_call = "openat";
    /* A command that was killed left one. */
    if (fd < 0 && errno == EEXIST && unlinkat(directory, name, 0) == 0)
        fd = openat(directory, name, flags, 0600);
    if (fd < 0)
        return -errno;
    *ret_call = "write";
    result = fd_write_all(fd, text, length);
    if (result < 0)
        (void)unlinkat(directory, name, 0);
    return result;
}

/* Under a temporary name first, in the same directory: rename(2) replaces the old file at once, or not at all. */
int state_write_file(int directory, const char *name, const char *text, size_t length, struct error *error)
{
    static const char temporary[] = "temporary";
    const char *call;
    int result = write_new_file(directory, temporary, text, length, &call);

    if (result < 0)
        return cannot_write(result, call, name, error);
    if (renameat(directory, temporary, directory, name) == 0)
        return 0;
    result = -errno;
    (void)unlinkat(directory, temporary, 0);
    return cannot_write(result, "renameat", name, error);
}

int container_write_state(const struct container *container, struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    int result = state_to_text(&container->state, &text, error);

    return result < 0 ? result
                      : state_write_file(container->directory, "state.json", text, strlen(text), error);
}

/* Without the file, create has just begun, and the container is not to be seen yet, or create was killed. */
static int explain_missing(const struct container *container, const char *id, struct error *error)
{
    if (container_is_locked(container))
        return error_set(error, ENOENT, "container \"%s\" does not exist yet", id);
    return error_set(error, EBADMSG, "container \"%s\" has no state: its creation was interrupted", id);
}

/* A state root that outlives a reboot: the pid, the cgroup and the class of resctrl may be others' by now. */
static int forget_former_boot(struct state *state, struct error *error)
{
    const char *present = state->boot_id ? environment_boot_id(&state->arena, error) : NULL;

    if (!state->boot_id)
        return 0;
    if (!present)
        return -error->code;
    if (strcmp(present, state->boot_id) == 0)
        return 0;
    state->start_time = START_TIME_NONE;
    state->intel_rdt_made = NULL;
    cgroup_clear(&state->cgroup);
    return 0;
}

int container_read_state(struct container *container, const char *id, struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    int result = state_read_file(container->directory, "state.json", &text, &length, error);

    if (result == -ENOENT)
        result = explain_missing(container, id, error);
    else if (result == 0)
        result = state_from_text(&container->state, id, text, length, error);
    if (result == 0)
        result = forget_former_boot(&container->state, error);
    if (result == -EBADMSG)
        error_hint(error, "remove the container: holdfast delete --force %s", id);
    return result;
}

int container_write_config(const struct container *container, const struct config *config,
                           struct error *error)
{
    return state_write_file(container->directory, "config.json", config->text, strlen(config->text), error);
}

int container_read_config(const struct container *container, struct config *ret_config, struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    int result = state_read_file(container->directory, "config.json", &text, &length, error);

    if (result == -ENOENT)
        return error_set(
            error, ENOENT,
            "container %s has no config.json: it is being deleted, or its creation was interrupted",
            container->state.id);
    if (result == 0)
        result = config_read_json(ret_config, text, length, "config.json", error);
    if (result < 0)
        return result;
    ret_config->bundle = arena_copy(&ret_config->arena, container->state.bundle);
    if (ret_config->bundle)
        return 0;
    config_clear(ret_config);
    return error_memory(error);
}

static int make_fifo(int directory, const char *name, int *ret_fd, struct error *error)
{
    CLEANUP_FD int fd = -1;

    if (mkfifoat(directory, name, 0600) < 0)
        return error_call(error, errno, "mkfifoat", "cannot make the FIFO %s of the container's state", name);
    fd = openat(directory, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return error_call(error, errno, "openat", "cannot open the FIFO %s of the container's state", name);
    *ret_fd = fd_take(&fd);
    return 0;
}

int container_make_fifos(const struct container *container, int *ret_start, int *ret_report,
                         struct error *error)
{
    CLEANUP_FD int start = -1;
    CLEANUP_FD int report = -1;
    int result = make_fifo(container->directory, "start", &start, error);

    if (result == 0)
        result = make_fifo(container->directory, "report", &report, error);
    if (result < 0)
        return result;
    *ret_start = fd_take(&start);
    *ret_report = fd_take(&report);
    return 0;
}
