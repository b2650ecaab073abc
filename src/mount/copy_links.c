/* SPDX-License-Identifier: Apache-2.0 */
#include "mount/copy_links.h"
#include "base/fd.h"
#include "mount/copy_entry.h"

#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <unistd.h>

struct file {
    dev_t device;
    ino_t inode;
    unsigned long number; /* its name in the staging directory; 0: not copied yet */
};

void copy_links_clear(struct copy_links *links)
{
    tdestroy(links->files, free);
    links->files = NULL;
    fd_close(&links->staging);
}

static int compare_files(const void *left, const void *right)
{
    const struct file *a = left, *b = right;

    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    return a->inode < b->inode ? -1 : a->inode > b->inode;
}

/* In the copy's root, under a name that the source doesn't have. */
static int open_staging(struct copy_links *links, struct error *error)
{
    struct stat status;
    int number = 0;

    do
        snprintf(links->staging_name, sizeof(links->staging_name), ".holdfast-%d", number++);
    while (fstatat(links->source_root, links->staging_name, &status, AT_SYMLINK_NOFOLLOW) == 0);
    if (mkdirat(links->target_root, links->staging_name, 0700) < 0)
        return error_call(error, errno, "mkdirat", "cannot make a directory for hard links");
    links->staging = openat(links->target_root, links->staging_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return links->staging < 0 ? error_call(error, errno, "openat", "cannot open the directory for hard links")
                              : 0;
}

static struct file *find_file(struct copy_links *links, const struct stat *status, struct error *error)
{
    CLEANUP_FREE struct file *file = calloc(1, sizeof(*file));
    struct file **place = NULL;

    if (file) {
        *file = (struct file){.device = status->st_dev, .inode = status->st_ino};
        place = tsearch(file, &links->files, compare_files);
    }
    if (!place) {
        error_memory(error);
        return NULL;
    }
    if (*place == file)
        file = NULL; /* it belongs to the tree now */
    return *place;
}

/* The first name that is met makes the copy and stages it, the others become links to that. */
int copy_linked(struct copy_links *links, int source, int target, const char *name, const struct stat *status,
                const struct copy_rules *rules, struct error *error)
{
    struct file *file = find_file(links, status, error);
    bool first = file && file->number == 0;
    char staged[32];
    int result = 0;

    if (!file)
        return -ENOMEM;
    if (links->staging < 0)
        result = open_staging(links, error);
    if (result == 0 && first)
        result = copy_entry(source, name, target, name, status, rules, error);
    if (result < 0)
        return result;
    if (first)
        file->number = ++links->staged;
    snprintf(staged, sizeof(staged), "%lu", file->number);
    if (linkat(first ? target : links->staging, first ? name : staged, first ? links->staging : target,
               first ? staged : name, 0) < 0)
        return error_call(error, errno, "linkat", "cannot make a hard link");
    return 0;
}

int copy_links_remove(struct copy_links *links, struct error *error)
{
    if (links->staging < 0)
        return 0;
    for (unsigned long number = 1; number <= links->staged; number++) {
        char staged[32];

        snprintf(staged, sizeof(staged), "%lu", number);
        if (unlinkat(links->staging, staged, 0) < 0)
            return error_call(error, errno, "unlinkat", "cannot remove a hard link");
    }
    if (unlinkat(links->target_root, links->staging_name, AT_REMOVEDIR) < 0)
        return error_call(error, errno, "unlinkat", "cannot remove the directory for hard links");
    return 0;
}
