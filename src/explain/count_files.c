/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   openat2(directory, O_DIRECTORY, RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS), getdents64; down by descriptors
 */
#include "base/fd.h"
#include "explain/machine_hazards.h"
#include "kernel/mount_api.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>

#define DEPTH_LIMIT 128

static size_t count_below(int parent_fd, const char *name, size_t limit, int depth);

static size_t count_entries(DIR *directory, size_t limit, int depth)
{
    const struct dirent *entry;
    size_t count = 0;

    while (count < limit && (entry = readdir(directory))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        if (entry->d_type == DT_DIR && depth < DEPTH_LIMIT)
            count += count_below(dirfd(directory), entry->d_name, limit - count, depth + 1);
    }
    return count;
}

static size_t count_below(int parent_fd, const char *name, size_t limit, int depth)
{
    CLEANUP_FD int fd = kernel_openat2(parent_fd, name, O_RDONLY | O_DIRECTORY, 0,
                                       RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    size_t count;

    if (!directory)
        return 0;
    fd_take(&fd);
    count = count_entries(directory, limit, depth);
    closedir(directory);
    return count;
}

size_t machine_count_files(int directory_fd, size_t limit)
{
    return 1 + count_below(directory_fd, ".", limit, 0);
}
