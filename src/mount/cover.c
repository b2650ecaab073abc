/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Covers a directory by a tmpfs that shows its entries, as they are: so names can be put beside them, or left out,
 * and the directory itself isn't written. Once everything is in place the tmpfs becomes read-only.
 *
 *   openat2(target), getdents64(2), fstat
 *   fsopen(tmpfs), fsconfig(FSCONFIG_CMD_CREATE), fsmount, fchown, fchmod, move_mount
 *   each entry: openat(O_PATH | O_NOFOLLOW), open_tree(OPEN_TREE_CLONE | AT_RECURSIVE), mkdirat or mknodat, move_mount
 *   a link:     readlinkat, symlinkat
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_hidden(const struct step *step, const char *name)
{
    const struct strings *hidden = &step->operation->cover.hidden;

    for (size_t i = 0; i < hidden->length; i++)
        if (strcmp(hidden->values[i], name) == 0)
            return true;
    return false;
}

static int explain(struct error *error, int code, const char *call, const struct step *step, const char *name)
{
    return error_call(error, code, call, "cannot show %s in what covers %s", name, step->operation->target);
}

static int copy_link(const struct step *step, int entry, int cover, const char *name, struct error *error)
{
    char text[PATH_MAX];
    ssize_t length = readlinkat(entry, "", text, sizeof(text) - 1);

    if (length < 0)
        return explain(error, errno, "readlinkat", step, name);
    text[length] = '\0';
    return symlinkat(text, cover, name) < 0 ? explain(error, errno, "symlinkat", step, name) : 0;
}

static int bind_entry(struct step *step, int entry, int cover, const char *name, bool directory,
                      struct error *error)
{
    CLEANUP_FD int tree = kernel_clone_mount(entry, true);
    CLEANUP_FD int target = -1;
    int status;

    if (tree < 0)
        return explain(error, tree, "open_tree", step, name);
    if ((directory ? mkdirat(cover, name, 0755) : mknodat(cover, name, S_IFREG | 0644, 0)) < 0)
        return explain(error, errno, directory ? "mkdirat" : "mknodat", step, name);
    target = openat(cover, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0)
        return explain(error, errno, "openat", step, name);
    status = kernel_attach_mount(tree, target);
    return status < 0 ? explain(error, status, "move_mount", step, name) : 0;
}

static int show_entry(struct step *step, int directory, int cover, const char *name, struct error *error)
{
    CLEANUP_FD int entry = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;

    if (entry < 0 && errno == ENOENT)
        return 0; /* gone meanwhile */
    if (entry < 0 || fstat(entry, &status) < 0)
        return explain(error, errno, "openat", step, name);
    return S_ISLNK(status.st_mode) ? copy_link(step, entry, cover, name, error)
                                   : bind_entry(step, entry, cover, name, S_ISDIR(status.st_mode), error);
}

static void close_directory(DIR **directory)
{
    if (*directory)
        closedir(*directory);
}

static int show_entries(struct step *step, int directory, int cover, struct error *error)
{
    CLEANUP_FD int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(close_directory) DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    int status = 0;

    if (!stream) {
        error_call(error, errno, "openat", "cannot read %s, which has to be covered",
                   step->operation->target);
        error_hint(
            error,
            "who may not read a directory can't be shown it in part: give the rule a path that exists");
        return -error->code;
    }
    fd_take(&fd);
    while (status == 0 && (entry = readdir(stream)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !is_hidden(step, entry->d_name))
            status = show_entry(step, directory, cover, entry->d_name, error);
    return status;
}

static int make_cover(int directory, int *ret_mount, struct error *error)
{
    static const struct filesystem_operation tmpfs = {.type = "tmpfs", .source = "holdfast"};
    CLEANUP_FD int context = -1;
    CLEANUP_FD int mount = -1;
    struct stat status;
    int result = filesystem_open(&tmpfs, &context, error);

    if (result < 0)
        return result;
    mount = kernel_fs_mount(context, ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV);
    if (mount < 0)
        return error_call(error, mount, "fsmount", "cannot mount the cover");
    if (fstat(directory, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine what is to be covered");
    /* An owner that the user namespace doesn't know can't be given. */
    (void)!fchownat(mount, "", status.st_uid, status.st_gid, AT_EMPTY_PATH);
    *ret_mount = fd_take(&mount);
    return 0;
}

static int set_mode(int mount, int directory, struct error *error)
{
    CLEANUP_FD int root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat status;

    if (root < 0 || fstat(directory, &status) < 0 || fchmod(root, status.st_mode & 07777) < 0)
        return error_call(error, errno, "fchmod", "cannot set the mode of the cover");
    return 0;
}

int cover_attach(struct step *step, struct error *error)
{
    CLEANUP_FD int directory = path_open(step->build->root_fd, step->operation->target, O_PATH | O_DIRECTORY);
    CLEANUP_FD int mount = -1;
    int status;

    if (directory < 0)
        return error_call(error, directory, "openat2",
                          "cannot open the directory %s, which has to be covered", step->operation->target);
    status = make_cover(directory, &mount, error);
    if (status == 0)
        status = set_mode(mount, directory, error);
    if (status < 0)
        return status;
    status = step_move_mount(step, mount, directory);
    if (status < 0)
        return error_call(error, status, "move_mount", "cannot cover %s", step->operation->target);
    status = show_entries(step, directory, mount, error);
    if (status == 0)
        status = step_cover_root(step, mount, error);
    step->slot->fd = fd_take(&mount);
    return status;
}
