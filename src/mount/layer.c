/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   component by component: mkdirat(upper), fchown, fremovexattr, fsetxattr, fchmod, utimensat as the lower one;
 *   at the end mkdirat, mknodat(S_IFREG), or for a whiteout mknodat(S_IFCHR, 0:0) (overlayfs.rst, "whiteouts")
 *   blocked: openat2(upper, whiteout), open_tree(file, OPEN_TREE_CLONE), move_mount
 */
#include "mount/layer.h"
#include "base/fd.h"
#include "kernel/xattr.h"
#include "mount/copy_entry.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct place {
    int upper, lower; /* lower is -1 where the directory is the layer's own */
};

static void place_clear(struct place *place)
{
    fd_close(&place->upper);
    fd_close(&place->lower);
}

#define CLEANUP_PLACE CLEANUP(place_clear)

/* A new directory inherits its parent's default access list (acl(5)), which the lower one need not have. */
static int drop_inherited(int upper, struct error *error)
{
    static const char *const names[] = {"system.posix_acl_access", "system.posix_acl_default"};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        int status = kernel_remove_xattr(upper, "", names[i]);

        if (status < 0 && status != -ENODATA && status != -EOPNOTSUPP)
            return error_call(error, status, "fremovexattr", "cannot remove the inherited %s", names[i]);
    }
    return 0;
}

/* Access lists, labels and the like; none of a directory that the caller may not read. */
static int copy_xattrs(int upper, int lower, const struct overlay_operation *overlay, struct error *error)
{
    const struct copy_rules rules = {
        .private_prefix = overlay->user_xattr ? "user.overlay." : "trusted.overlay.",
        .permitted_xattrs = true,
    };
    CLEANUP_FD int source = openat(lower, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (source < 0 && (errno == EACCES || errno == EPERM))
        return 0;
    if (source < 0)
        return error_call(error, errno, "openat", "cannot open the lower directory");
    return copy_directory_xattrs(source, upper, &rules, error);
}

static int look_alike(int upper, int lower, const struct overlay_operation *overlay, struct error *error)
{
    struct timespec times[2];
    struct stat status;
    int result;

    if (lower < 0)
        return 0;
    if (fstat(lower, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine the lower directory");
    /* In a user namespace that knows neither, the directory stays its root's. */
    if (fchown(upper, status.st_uid, status.st_gid) < 0 && errno != EINVAL && errno != EPERM)
        return error_call(error, errno, "fchown", "cannot set the owner of the upper directory");
    /* chmod follows an access list, so it comes afterwards. */
    result = drop_inherited(upper, error);
    if (result == 0)
        result = copy_xattrs(upper, lower, overlay, error);
    if (result < 0)
        return result;
    if (fchmod(upper, status.st_mode & 07777) < 0)
        return error_call(error, errno, "fchmod", "cannot set the mode of the upper directory");
    times[0] = status.st_atim;
    times[1] = status.st_mtim;
    (void)!futimens(upper, times);
    return 0;
}

/* Into the directory, which is made in the upper layer when missing. */
static int enter(struct place *place, const char *name, const struct overlay_operation *overlay,
                 struct error *error)
{
    struct place next = {-1, -1};
    CLEANUP_PLACE struct place last = {-1, -1};
    bool made = mkdirat(place->upper, name, 0755) == 0;

    if (!made && errno != EEXIST)
        return error_call(error, errno, "mkdirat", "cannot make %s in the upper layer", name);
    next.upper = openat(place->upper, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next.upper < 0)
        return error_call(error, errno, "openat", "cannot open %s in the upper layer", name);
    if (place->lower >= 0)
        next.lower = openat(place->lower, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
    last = *place;
    *place = next;
    return made ? look_alike(next.upper, next.lower, overlay, error) : 0;
}

static int make(const struct place *place, const char *name, bool hidden, struct error *error)
{
    mode_t mode = hidden ? S_IFCHR : S_IFREG | 0644;

    if (mknodat(place->upper, name, mode, makedev(0, 0)) == 0 || errno == EEXIST)
        return 0;
    return error_call(error, errno, "mknodat", "cannot make %s in the upper layer", name);
}

static int fill(const struct place *top, const struct overlay_operation *overlay, const char *path,
                bool hidden, struct error *error)
{
    CLEANUP_PLACE struct place place = {-1, -1};
    CLEANUP_FREE char *copy = strdup(path);
    char *rest = copy, *name;
    int status = 0;

    if (!copy)
        return error_memory(error);
    place.upper = fcntl(top->upper, F_DUPFD_CLOEXEC, 3);
    place.lower = fcntl(top->lower, F_DUPFD_CLOEXEC, 3);
    if (place.upper < 0 || place.lower < 0)
        return error_call(error, errno, "fcntl", "cannot keep a layer's descriptor");
    while (status == 0 && (name = strsep(&rest, "/")) && *name)
        status = rest ? enter(&place, name, overlay, error) : make(&place, name, hidden, error);
    return status;
}

static int fill_all(const struct place *top, const struct overlay_operation *overlay,
                    const struct strings *paths, bool hidden, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < paths->length && status == 0; i++)
        status = fill(top, overlay, paths->values[i], hidden, error);
    return status;
}

int layer_fill(const struct overlay_operation *overlay, int upper, int lower, struct error *error)
{
    const struct place top = {upper, lower};
    int status = fill_all(&top, overlay, &overlay->added, false, error);

    return status == 0 ? fill_all(&top, overlay, &overlay->hidden, true, error) : status;
}

static int block(int upper, const char *path, int file, struct error *error)
{
    CLEANUP_FD int target = kernel_openat2(upper, path, O_PATH | O_NOFOLLOW, 0, RESOLVE_BENEATH);
    CLEANUP_FD int mount = kernel_clone_mount(file, false);
    int status;

    if (target < 0 || mount < 0)
        return error_call(error, target < 0 ? target : mount, target < 0 ? "openat2" : "open_tree",
                          "cannot take the name %s", path);
    status = kernel_attach_mount(mount, target);
    return status < 0 ? error_call(error, status, "move_mount", "cannot take the name %s", path) : 0;
}

int layer_block(const struct overlay_operation *overlay, int upper, int file, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < overlay->hidden.length && status == 0; i++)
        status = block(upper, overlay->hidden.values[i], file, error);
    return status;
}
