/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "kernel/mount_api.h"
#include "review/state.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

/* *ret_fd stays -1 where there is no regular file. */
static int open_below(int directory, const struct review_file *file, const char *relative, int *ret_fd,
                      struct error *error)
{
    int fd;

    if (!file->exists || !S_ISREG(file->mode))
        return 0;
    fd = kernel_openat2(directory, relative, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0,
                        RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
    if (fd < 0)
        return error_call(error, fd, "openat2", "cannot open it");
    *ret_fd = fd;
    return 0;
}

int review_open_contents(const struct review *review, const struct review_change *change, int *ret_before,
                         int *ret_after, struct error *error)
{
    const struct review_layer *layer = &review->layers[change->layer];
    CLEANUP_FD int target = open(layer->target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    CLEANUP_FD int upper = -1;
    CLEANUP_FD int before = -1;
    CLEANUP_FD int after = -1;
    int result;

    if (target < 0)
        return error_call(error, errno, "open", "cannot open %s", layer->target);
    result = review_open_layer(review, layer, "upper", &upper, error);
    if (result == 0)
        result = open_below(target, &change->before, change->relative, &before, error);
    if (result == 0)
        result = open_below(upper, &change->after, change->relative, &after, error);
    if (result < 0)
        return result;
    *ret_before = fd_take(&before);
    *ret_after = fd_take(&after);
    return 0;
}
