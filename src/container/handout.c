/* SPDX-License-Identifier: Apache-2.0 */
#include "container/handout.h"
#include "base/fd.h"
#include "process/descriptor_socket.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int handout_check(bool terminal, bool detach, const char *console_socket, struct error *error)
{
    if (terminal && detach && !console_socket) {
        error_set(error, EINVAL,
                  "cannot allocate a terminal for a detached process without --console-socket");
        error_hint(error, "give a socket that takes the terminal, or set process.terminal to false");
        return -EINVAL;
    }
    if (console_socket && !(terminal && detach)) {
        error_set(error, EINVAL, "--console-socket is of use only for a detached process with a terminal");
        error_hint(error, terminal ? "add --detach" : "set process.terminal to true, or leave it out");
        return -EINVAL;
    }
    return 0;
}

/* By who called holdfast: what it opened itself is close-on-exec. */
static bool is_open(unsigned index)
{
    return fcntl(STDERR_FILENO + 1 + (int)index, F_GETFD) == 0;
}

int handout_check_preserved(unsigned listen, unsigned preserved, struct error *error)
{
    const unsigned first = STDERR_FILENO + 1;

    for (unsigned i = 0; i < listen; i++)
        if (!is_open(i))
            return error_set(error, EBADF, "LISTEN_FDS=%u: the descriptor %u is not open", listen, first + i);
    for (unsigned i = listen; i < listen + preserved; i++)
        if (!is_open(i)) {
            error_set(error, EBADF, "--preserve-fds %u: the descriptor %u is not open", preserved, first + i);
            error_hint(error, "the program gets the descriptors from %u on", first + listen);
            return -EBADF;
        }
    return 0;
}

/* The last name of a path; *ret_directory is where it lies. */
static int open_parent(const char *path, const char **ret_name, struct error *error)
{
    const char *slash = strrchr(path, '/');
    CLEANUP_FREE char *directory =
        slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    int fd;

    if (!directory)
        return error_memory(error);
    fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_call(error, errno, "open", "cannot open the directory of the pid file %s", path);
    *ret_name = slash ? slash + 1 : path;
    return fd;
}

static int write_new_file(int directory, const char *name, const char *text, const char *path,
                          struct error *error)
{
    CLEANUP_FD int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    int status = fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));

    return status < 0 ? error_call(error, status, "write", "cannot write the pid file %s", path) : 0;
}

/* Under another name first: who waits for the file never reads half of it. */
static int write_pid_file(const char *path, pid_t pid, struct error *error)
{
    const char *name = NULL;
    CLEANUP_FD int directory = open_parent(path, &name, error);
    char text[16], temporary[NAME_MAX + 1];
    int status;

    if (directory < 0)
        return directory;
    snprintf(text, sizeof(text), "%d", (int)pid);
    if ((size_t)snprintf(temporary, sizeof(temporary), ".%s", name) >= sizeof(temporary))
        return error_set(error, ENAMETOOLONG, "the name of the pid file %s is too long", path);
    status = write_new_file(directory, temporary, text, path, error);
    if (status == 0 && renameat(directory, temporary, directory, name) < 0)
        status = error_call(error, errno, "renameat", "cannot write the pid file %s", path);
    if (status < 0)
        (void)!unlinkat(directory, temporary, 0);
    return status;
}

int handout_send(const struct handout *handout, struct error *error)
{
    int status = 0;

    /* The text is what runc sends. */
    if (handout->console_socket && handout->console_master >= 0)
        status = descriptor_send(handout->console_socket, "the console socket", handout->console_master,
                                 "/dev/ptmx", error);
    if (status == 0 && handout->pidfd_socket)
        status = descriptor_send(handout->pidfd_socket, "the pidfd socket", handout->pidfd, "pidfd", error);
    if (status == 0 && handout->pid_file)
        status = write_pid_file(handout->pid_file, handout->pid, error);
    return status;
}
