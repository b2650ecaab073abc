/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes and propagation of a mount.
 *
 *   mount_setattr(mount); after EPERM: fstatvfs(mount)
 */
#include "mount/operations.h"

#include <stdio.h>
#include <sys/statvfs.h>

static const struct {
    uint64_t attribute;
    unsigned long flag; /* fstatvfs(3)'s */
    const char *word;
} lockable[] = {
    {ATTRIBUTE_RDONLY, ST_RDONLY, "ro"},
    {ATTRIBUTE_NOSUID, ST_NOSUID, "nosuid"},
    {ATTRIBUTE_NODEV, ST_NODEV, "nodev"},
    {ATTRIBUTE_NOEXEC, ST_NOEXEC, "noexec"},
    {ATTRIBUTE_ATIME_FIELD, ST_NOATIME | ST_RELATIME, "atime"},
};

/* What the mount has and the options take away (mount_namespaces(7), "locked"). */
static void hint_locked(int mount_fd, uint64_t cleared, struct error *error)
{
    CLEANUP_FREE char *words = NULL;
    struct statvfs status;
    size_t size;
    FILE *out = fstatvfs(mount_fd, &status) == 0 ? open_memstream(&words, &size) : NULL;

    for (size_t i = 0; out && i < ARRAY_LENGTH(lockable); i++)
        if ((cleared & lockable[i].attribute) && (status.f_flag & lockable[i].flag))
            fprintf(out, "%s\"%s\"", ftell(out) ? ", " : "", lockable[i].word);
    if (!out || fclose(out) != 0)
        return;
    error_hint(
        error,
        "the options clear %s of the source, which an outer user namespace has locked: leave it as the "
        "source has it",
        *words ? words : "a flag");
}

int change_mount(int mount_fd, bool recursive, struct mount_attributes change, struct error *error)
{
    int status = 0;

    if (change.set || change.clear || change.propagation)
        status = kernel_set_attributes(mount_fd, recursive, &change);
    if (status == 0)
        return 0;
    error_call(error, status, "mount_setattr", "cannot change the mount's attributes");
    if (status == -EPERM && change.clear)
        hint_locked(mount_fd, change.clear, error);
    return status;
}
