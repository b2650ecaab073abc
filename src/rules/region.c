/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/region.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What of the machine is seen at path, which lies in the region. */
static int find_source(const struct item *region, const char *path, char ret_source[PATH_MAX])
{
    const char *below = path_below(path, region->part.path);
    int length = snprintf(ret_source, PATH_MAX, "%s%s", region->source[1] ? region->source : "",
                          below[1] || !region->source[1] ? below : "");

    return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int region_has(const struct item *region, const char *path)
{
    char source[PATH_MAX];
    struct stat status;
    int result = find_source(region, path, source);

    if (result < 0)
        return result;
    if (lstat(source, &status) == 0)
        return 1;
    return errno == ENOENT || errno == EACCES ? 0 : -errno;
}

int region_check_directory(const struct item *region, const char *directory, const struct item *item,
                           struct error *error)
{
    char source[PATH_MAX];
    struct stat status;

    if (find_source(region, directory, source) < 0)
        return error_set(error, ENAMETOOLONG, "the path %s is too long", directory);
    if (stat(source, &status) < 0)
        return error_call(error, errno, "stat", "cannot look at %s, which %s lies in", source,
                          item->part.path);
    return S_ISDIR(status.st_mode)
               ? 0
               : error_set(error, ENOTDIR, "%s, which %s lies in, is no directory", source, item->part.path);
}
