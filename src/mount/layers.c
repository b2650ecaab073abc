/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An overlay's layers that came as descriptors:
 *
 *   fsconfig(lowerdir+, /proc/self/fd/N) for each, fsconfig(upperdir, …), fsconfig(workdir, …)
 *   before Linux 6.8: fsconfig(lowerdir, /proc/self/fd/N:/proc/self/fd/N…), which has room for 255 bytes
 *
 * Before 6.5 a context of overlayfs takes any option and looks at it when the file system is created: a second context is
 * asked for one that nobody knows.
 *
 * overlayfs takes descriptors themselves from 6.13 on only.
 */
#include "base/arena.h"
#include "base/fd.h"
#include "mount/operations.h"

#include <stdio.h>
#include <string.h>

struct name {
    char text[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
};

static struct name name_of(int fd)
{
    struct name name;

    snprintf(name.text, sizeof(name.text), "/proc/self/fd/%d", fd);
    return name;
}

static int set_layer(int context_fd, const char *key, const char *value, struct error *error)
{
    int status = kernel_fs_set_string(context_fd, key, value);

    if (status == 0)
        return 0;
    filesystem_explain(status, context_fd, "fsconfig", "the overlay refuses a given layer", error);
    error_hint(error,
               "a layer is a directory of this mount namespace; the upper and the work directory are on one "
               "writable file system");
    return status;
}

static int set_lower_at_once(int context_fd, const struct config_layers *layers, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    const char *all = "";

    for (size_t i = 0; i < layers->lower_length && all; i++)
        all = arena_printf(&arena, "%s%s%s", all, i ? ":" : "", name_of(layers->lower[i]).text);
    return all ? set_layer(context_fd, "lowerdir", all, error) : error_memory(error);
}

static bool looks_later(void)
{
    CLEANUP_FD int context = kernel_fs_open("overlay");

    return context >= 0 && kernel_fs_set_string(context, "holdfast", "unknown") == 0;
}

static int set_lower(int context_fd, const struct config_layers *layers, struct error *error)
{
    int status = 0;

    if (looks_later())
        return set_lower_at_once(context_fd, layers, error);

    for (size_t i = 0; i < layers->lower_length && status == 0; i++) {
        struct name name = name_of(layers->lower[i]);

        status = set_layer(context_fd, "lowerdir+", name.text, error);
        if (status == -EINVAL && i == 0 && error->kernel && strstr(error->kernel, "Unknown parameter"))
            return set_lower_at_once(context_fd, layers, error);
    }
    return status;
}

int layers_set(int context_fd, const struct config_layers *layers, struct error *error)
{
    int status = set_lower(context_fd, layers, error);

    if (status == 0 && layers->has_upper)
        status = set_layer(context_fd, "upperdir", name_of(layers->upper_fd).text, error);
    if (status == 0 && layers->has_upper)
        status = set_layer(context_fd, "workdir", name_of(layers->work_fd).text, error);
    return status;
}
