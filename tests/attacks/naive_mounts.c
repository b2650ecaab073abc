/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount(2) with joined paths. A bind mount's target is looked at before it is used, as runc did it before
 * CVE-2021-30465 and CVE-2024-45310; a file system's is not, as in LXC before CVE-2015-1335.
 */
#include "naive.h"

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *word;
    unsigned long flag;
} flags[] = {
    {"ro", MS_RDONLY},           {"nosuid", MS_NOSUID},           {"nodev", MS_NODEV},
    {"noexec", MS_NOEXEC},       {"strictatime", MS_STRICTATIME}, {"bind", MS_BIND},
    {"rbind", MS_BIND | MS_REC}, {"rslave", MS_SLAVE | MS_REC},
};

struct options {
    unsigned long flags;
    char data[256];
    bool copies_up, relabels;
};

static bool is_below(const char *path, const char *root)
{
    size_t length = strlen(root);

    return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Whether what exists of the path lies inside the root now. */
static bool leads_inside(const char *path, const char *root)
{
    char real[PATH_MAX], real_root[PATH_MAX];
    char *existing = strdup(path);

    if (!realpath(root, real_root))
        err(1, "%s", root);
    while (!realpath(existing, real) && strrchr(existing, '/') > existing)
        *strrchr(existing, '/') = '\0';
    free(existing);
    return is_below(real, real_root);
}

static struct options read_options(const json_t *mount)
{
    struct options options = {0};
    const json_t *value;
    size_t i;

    json_array_foreach(json_object_get(mount, "options"), i, value)
    {
        const char *word = json_string_value(value);
        bool known = false;

        for (size_t row = 0; row < sizeof(flags) / sizeof(*flags); row++)
            if (strcmp(word, flags[row].word) == 0) {
                options.flags |= flags[row].flag;
                known = true;
            }
        options.copies_up |= strcmp(word, "tmpcopyup") == 0;
        options.relabels |= strcasecmp(word, "z") == 0;
        if (known || strcmp(word, "tmpcopyup") == 0 || strcasecmp(word, "z") == 0)
            continue;
        if (*options.data)
            strncat(options.data, ",", sizeof(options.data) - strlen(options.data) - 1);
        strncat(options.data, word, sizeof(options.data) - strlen(options.data) - 1);
    }
    return options;
}

static void make_target(const char *source, const char *target)
{
    struct stat status;

    if (stat(source, &status) == 0 && !S_ISDIR(status.st_mode))
        naive_make_file(target);
    else
        naive_make_directories(target);
}

static void mount_bind(const struct naive *naive, const json_t *mount_object, const struct options *options,
                       const char *target)
{
    const char *source = naive_text(mount_object, "source");

    if (!leads_inside(target, naive->rootfs))
        errx(1, "%s leads out of the root", target);
    if (options->relabels)
        naive_relabel_tree(source, naive_text(json_object_get(naive->config, "linux"), "mountLabel"));
    make_target(source, target);
    if (mount(source, target, NULL, MS_BIND | (options->flags & MS_REC), NULL) < 0)
        err(1, "bind %s", target);
    if (options->flags & MS_SLAVE)
        (void)!mount(NULL, target, NULL, MS_SLAVE | MS_REC, NULL);
}

/* A cgroup of version 1 is a directory of binds in a user namespace: without a cgroup namespace there is no other way. */
static void mount_filesystem(const struct naive *naive, const json_t *mount_object,
                             const struct options *options, const char *target)
{
    const char *type = naive_text(mount_object, "type");
    char copied[] = "/run/naive-copy-XXXXXX";

    naive_make_directories(target);
    if (strcmp(type, "cgroup") == 0 && naive->user_namespace) {
        if (mount("/sys/fs/cgroup", target, NULL, MS_BIND | MS_REC, NULL) < 0)
            err(1, "bind %s", target);
        return;
    }
    if (options->copies_up) {
        if (!mkdtemp(copied))
            err(1, "mkdtemp");
        naive_copy_tree(target, copied);
    }
    if (mount(naive_text(mount_object, "source"), target, type, options->flags, options->data) < 0)
        err(1, "mount %s", target);
    if (options->copies_up)
        naive_copy_tree(copied, target);
}

void naive_mount_all(const struct naive *naive)
{
    const json_t *mount_object;
    size_t i;

    json_array_foreach(json_object_get(naive->config, "mounts"), i, mount_object)
    {
        const struct options options = read_options(mount_object);
        char *target = naive_join(naive->rootfs, naive_text(mount_object, "destination"));

        if (options.flags & MS_BIND)
            mount_bind(naive, mount_object, &options, target);
        else
            mount_filesystem(naive, mount_object, &options, target);
        free(target);
    }
}
