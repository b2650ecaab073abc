/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/environment.h"

#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INITIAL_NAMESPACE_INODE 0xEFFFFFFDu /* PROC_USER_INIT_INO of the kernel's include/linux/proc_ns.h */

int environment_find_user_namespace(bool *ret_initial, struct error *error)
{
    struct stat status;

    if (stat("/proc/self/ns/user", &status) < 0) {
        error_call(error, errno, "stat", "cannot look at /proc/self/ns/user");
        error_hint(error, "holdfast needs procfs at /proc");
        return -error->code;
    }
    *ret_initial = status.st_ino == INITIAL_NAMESPACE_INODE;
    return 0;
}

bool environment_is_initial_user_namespace(void)
{
    CLEANUP_ERROR struct error ignored = {0};
    bool initial = false;

    return environment_find_user_namespace(&initial, &ignored) == 0 && initial;
}

/* selinuxfs is mounted by the first program of a system that has it on. */
bool environment_has_selinux(void)
{
    return access("/sys/fs/selinux/enforce", F_OK) == 0;
}

const char *environment_boot_id(struct arena *arena, struct error *error)
{
    static const char path[] = "/proc/sys/kernel/random/boot_id";
    CLEANUP_FREE char *text = NULL;
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    int result = fd < 0 ? -errno : fd_read_all(fd, 4096, &text, NULL);
    const char *id;

    if (result < 0) {
        error_call(error, result, fd < 0 ? "open" : "read", "cannot read %s", path);
        return NULL;
    }
    id = arena_copy_range(arena, text, strcspn(text, "\n"));
    if (!id)
        error_memory(error);
    return id;
}
