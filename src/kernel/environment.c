/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/environment.h"

#include <sys/stat.h>
#include <unistd.h>

#define INITIAL_NAMESPACE_INODE 0xEFFFFFFDu /* PROC_USER_INIT_INO of the kernel's include/linux/proc_ns.h */

bool environment_is_initial_user_namespace(void)
{
    struct stat status;

    return stat("/proc/self/ns/user", &status) == 0 && status.st_ino == INITIAL_NAMESPACE_INODE;
}

/* selinuxfs is mounted by the first program of a system that has it on. */
bool environment_has_selinux(void)
{
    return access("/sys/fs/selinux/enforce", F_OK) == 0;
}
