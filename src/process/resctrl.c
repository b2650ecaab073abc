/* SPDX-License-Identifier: Apache-2.0 */
#include "process/resctrl.h"
#include "base/fd.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define TEXT_LIMIT ((size_t)1024 * 1024)

/* What resctrl has beside the classes. */
static const char *const reserved_names[] = {"", ".", "..", "info", "mon_data", RESCTRL_GROUPS};

int resctrl_open_directory(int parent_fd, const char *name)
{
    int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

int resctrl_open(const char *mount, int *ret_fd, struct error *error)
{
    CLEANUP_FD int fd = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0 && faccessat(fd, "schemata", F_OK, 0) == 0) {
        *ret_fd = fd_take(&fd);
        return 0;
    }
    error_call(error, errno, fd < 0 ? "open" : "faccessat", "the file system resctrl is not at %s", mount);
    error_hint(error,
               "mount -t resctrl resctrl %s; where that fails, the machine or its kernel has no Intel RDT",
               mount);
    return -error->code;
}

int resctrl_check_name(const char *name, struct error *error)
{
    bool good = !strchr(name, '/') && !strchr(name, '\n');

    for (size_t i = 0; i < ARRAY_LENGTH(reserved_names); i++)
        good = good && strcmp(name, reserved_names[i]) != 0;
    if (good)
        return 0;
    error_set(error, EINVAL, "\"%s\" can't name a class of resctrl", name);
    error_hint(error, "a name without a slash, or \"/\" for the default class");
    return -EINVAL;
}

int resctrl_write(int directory_fd, const char *name, const char *text)
{
    CLEANUP_FD int fd = openat(directory_fd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
}

int resctrl_read(int directory_fd, const char *name, char **ret_text)
{
    CLEANUP_FD int fd = openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? -errno : fd_read_all(fd, TEXT_LIMIT, ret_text, NULL);
}

/* The kernel says in a file of its own what it didn't like. */
void resctrl_explain(int mount_fd, struct error *error)
{
    CLEANUP_FD int info_fd = resctrl_open_directory(mount_fd, "info");
    CLEANUP_FREE char *text = NULL;

    if (info_fd < 0 || resctrl_read(info_fd, "last_cmd_status", &text) < 0)
        return;
    text[strcspn(text, "\n")] = '\0';
    if (*text && strcmp(text, "ok") != 0)
        error_kernel(error, text);
}
