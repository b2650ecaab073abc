/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the operations share: finding the target, attaching to it, changing attributes.
 *
 *   openat2(root, target, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), statx(target)
 *   [mkdirat or openat(O_CREAT), component by component, where it is missing]
 *   move_mount(mount, target)
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only who is outside of the container's user namespace has to: inside, the launcher is the root that owns.
 */
struct identity identity_assume(const struct build *build)
{
    struct identity previous = {.assumed = build->uid_mappings != NULL};

    if (!previous.assumed)
        return previous;
    /* Both return the previous id and never fail visibly (setfsuid(2)); creating tells. */
    previous.gid = (gid_t)setfsgid(build->owner_gid);
    previous.uid = (uid_t)setfsuid(build->owner_uid);
    return previous;
}

void identity_restore(struct identity *identity)
{
    if (!identity->assumed)
        return;
    setfsuid(identity->uid);
    setfsgid(identity->gid);
}

int step_base_fd(const struct step *step)
{
    if (step->operation->base == OPERATION_ROOT)
        return step->build->root_fd;
    return step->build->slots[step->operation->base].fd;
}

static int explain_target(int status, const struct step *step, bool directory, struct error *error)
{
    const char *target = step->operation->target;

    error_call(error, status, "openat2", "cannot open the target %s", target);
    if (status == -EROFS)
        error_hint(error, "the target is missing in a read-only tree: make it in the image, or mount a tmpfs "
                          "above it first");
    else if (status == -EACCES)
        error_hint(error,
                   "the container's root (uid %u of the host) may not make or reach it: see to the "
                   "owner and the mode of the directories in the image",
                   step->build->owner_uid);
    else if (status == -ENOTDIR)
        error_hint(error, "a component of the target is a file in the image, where the %s needs a directory",
                   directory ? "mount" : "target's parent");
    return status;
}

/* A target for proc and sysfs: it and what leads to it must be real directories of the image. */
static int open_real_directory(const struct step *step, struct error *error)
{
    const char *target = step->operation->target;
    int fd = kernel_openat2(step_base_fd(step), target, O_PATH | O_DIRECTORY, 0,
                            RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);

    if (fd != -ELOOP)
        return fd;
    error_set(error, ELOOP, "the target %s is a symbolic link in the image, or reached by one", target);
    error_hint(error,
               "%s is mounted on a real directory only, or an image could choose where it goes "
               "(CVE-2019-19921)",
               step->operation->filesystem.type);
    return -ELOOP;
}

int step_open_target(struct step *step, bool directory, bool real_directory, struct path_end *ret_end,
                     struct error *error)
{
    CLEANUP_IDENTITY struct identity previous = identity_assume(step->build);
    int fd = real_directory ? open_real_directory(step, error) : -ENOENT;

    (void)previous;
    if (fd == -ELOOP)
        return fd;
    if (fd >= 0)
        fd = path_examine(fd, ret_end);
    else
        fd = (step->operation->nofollow ? path_ensure_entry : path_ensure)(
            step_base_fd(step), step->operation->target, directory, &step->build->path_journal, ret_end);
    return fd < 0 ? explain_target(fd, step, directory, error) : fd;
}

/* What an engine makes in place of a source that is missing. */
static bool is_empty(int mount_fd)
{
    int fd = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    int count = 0;

    if (!directory) {
        fd_close(&fd);
        return false;
    }
    while (count < 3 && readdir(directory))
        count++;
    closedir(directory);
    return count == 2; /* "." and ".." */
}

static int check_kind(int mount_fd, mode_t mode, const struct step *step, bool directory, struct error *error)
{
    bool empty;

    if (directory == S_ISDIR(mode))
        return 0;
    empty = directory && S_ISREG(mode) && is_empty(mount_fd);
    error_set(error, ENOTDIR, "the source is %s, but the target %s is a %s in the image",
              empty       ? "an empty directory"
              : directory ? "a directory"
                          : "a file",
              step->operation->target,
              S_ISLNK(mode) ? "link"
              : directory   ? "file"
                            : "directory");
    error_hint(
        error,
        empty ? "was the source missing, and made by somebody? holdfast never makes one: put the file there"
              : "a directory goes onto a directory, a file onto a file: correct the one or the other");
    return -ENOTDIR;
}

static void hint_too_many(const struct step *step, struct error *error)
{
    struct source_mounts mounts = {.step = step, .user_namespace_fd = -1};

    step_look_at_source(&mounts);
    if (mounts.count > 1 && mounts.limit >= 0)
        error_hint(
            error,
            "with the %zu mounts of the source the container would have more than the sysctl fs.mount-max "
            "allows, %" PRId64 ": use \"bind\" instead of \"rbind\", find what multiplies them (a shared "
            "bind of a tree on itself), or raise it",
            mounts.count, mounts.limit);
    else
        error_hint(
            error,
            "the container has as many mounts as the sysctl fs.mount-max allows: mount less, or raise it");
}

static int explain_attach(int status, const struct step *step, struct error *error)
{
    error_call(error, status, "move_mount", "cannot attach the mount at %s", step->operation->target);
    if (status == -ENOSPC)
        hint_too_many(step, error);
    else if (status == -ELOOP)
        error_hint(error, "a file below the source pins a mount namespace, which can't be shown in a younger "
                          "one; bind without the mounts below the source, or a directory without the pin");
    return status;
}

static int move_mount_to(struct step *step, int mount_fd, int target_fd, const struct mount_status *target)
{
    struct build *build = step->build;
    size_t index = (size_t)(step->operation - build->plan->operations);

    return mount_journal_attach(&build->mount_journal, index, mount_fd, target_fd, target);
}

int step_move_mount(struct step *step, int mount_fd, int target_fd)
{
    return move_mount_to(step, mount_fd, target_fd, NULL);
}

static int attach_open(struct step *step, int mount_fd, int target_fd, const struct mount_status *target,
                       struct error *error)
{
    int status = move_mount_to(step, mount_fd, target_fd, target);

    return status < 0 ? explain_attach(status, step, error) : 0;
}

/* On top of the empty root that the namespace began with, or of the root's directory. */
static int attach_root(struct step *step, int mount_fd, struct error *error)
{
    CLEANUP_FD int target_fd = -1;
    int status = step_open_root_target(step, &target_fd, error);

    if (status < 0)
        return status;
    status = attach_open(step, mount_fd, target_fd, NULL, error);
    if (status < 0)
        return status;
    step->build->root_fd = fcntl(mount_fd, F_DUPFD_CLOEXEC, 3);
    if (step->build->root_fd < 0)
        return error_call(error, errno, "fcntl", "cannot keep the root's descriptor");
    return 0;
}

int step_attach_at(struct step *step, int mount_fd, int target_fd, const struct mount_status *target,
                   bool directory, struct error *error)
{
    int status = check_kind(mount_fd, target->mode, step, directory, error);

    return status < 0 ? status : attach_open(step, mount_fd, target_fd, target, error);
}

/* What is put onto the root becomes the root: nobody who is in it would see what lies on it. */
int step_cover_root(struct step *step, int mount_fd, struct error *error)
{
    int fd;

    if (strcmp(step->operation->target, "/") != 0)
        return 0;
    fd = fcntl(mount_fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        return error_call(error, errno, "fcntl", "cannot keep the root's descriptor");
    fd_close(&step->build->root_fd);
    step->build->root_fd = fd;
    step->build->covered_roots++;
    return 0;
}

int step_attach_mount(struct step *step, int mount_fd, bool directory, bool real_directory,
                      struct error *error)
{
    CLEANUP_FD int target_fd = -1;
    struct path_end end;
    int status;

    if (step->build->root_fd < 0)
        return attach_root(step, mount_fd, error);
    target_fd = step_open_target(step, directory, real_directory, &end, error);
    if (target_fd < 0)
        return target_fd;
    status = step_attach_at(step, mount_fd, target_fd, &end.status, directory, error);
    return status == 0 ? step_cover_root(step, mount_fd, error) : status;
}
