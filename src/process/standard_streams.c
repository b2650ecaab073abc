/* SPDX-License-Identifier: Apache-2.0 */
/* fstat(2) and fchown(2) for each. */
#include "process/standard_streams.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEEP_GROUP ((gid_t)-1)

/* /dev/null and the like are the machine's; a terminal is this user's. runc spares /dev/null alone. */
static bool is_machine_device(int fd, const struct stat *status)
{
    return S_ISBLK(status->st_mode) || (S_ISCHR(status->st_mode) && !isatty(fd));
}

/* EPERM, EINVAL: the owner, or the user, has no id in the user namespace. EROFS: a file of a read-only mount. */
static bool is_harmless(int code)
{
    return code == EPERM || code == EINVAL || code == EROFS;
}

int standard_streams_give(uid_t uid, struct error *error)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        struct stat status;

        if (fstat(fd, &status) < 0)
            return error_call(error, errno, "fstat", "cannot look at descriptor %d", fd);
        /* Somebody else's file that the container was given to read stays theirs; runc takes that, too. */
        if (is_machine_device(fd, &status) || status.st_uid == uid || status.st_uid != geteuid())
            continue;
        if (fchown(fd, uid, KEEP_GROUP) < 0 && !is_harmless(errno))
            return error_call(error, errno, "fchown", "cannot give descriptor %d to the user %u", fd, uid);
    }
    return 0;
}
