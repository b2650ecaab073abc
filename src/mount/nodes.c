/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes directories, symbolic links, device nodes and FIFOs inside the root, with the exact mode and owner
 * that the plan says. The caller's umask is 0 meanwhile.
 *
 *   openat2(parent), then mkdirat, symlinkat or mknodat + fchownat; what exists and is the same is fine
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The target's name where it lies right in the mount that the operation is relative to, so that there is nothing to
 * resolve; else NULL. */
static const char *name_in_base(const struct step *step)
{
    const char *target = step->operation->target;
    const char *name = target + strspn(target, "/");

    if (step->operation->base == OPERATION_ROOT || !*name || strchr(name, '/') || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0)
        return NULL;
    return name;
}

/* The directory that the target is in. Where it had to be opened it is *ret_opened as well, for the caller to close. */
static int open_parent(struct step *step, const char **ret_name, int *ret_opened, struct error *error)
{
    const char *target = step->operation->target;
    int fd;

    if (name_in_base(step)) {
        *ret_name = name_in_base(step);
        return step_base_fd(step);
    }
    fd = path_ensure_parent(step_base_fd(step), target, &step->build->path_journal, ret_name);
    if (fd < 0)
        return error_call(error, fd, "openat2", "cannot open the directory of %s", target);
    *ret_opened = fd;
    return fd;
}

/* What is made in a new file system in memory goes with it. */
static bool goes_by_itself(const struct step *step)
{
    const struct operation *base = &step->build->plan->operations[step->operation->base];

    return name_in_base(step) && base->kind == OPERATION_FILESYSTEM && base->filesystem.shows == 0 &&
           !base->filesystem.on_host;
}

/* What can't be noted could not be taken away later. */
static int note(struct step *step, int parent, const char *name, bool directory, struct error *error)
{
    int status =
        goes_by_itself(step) ? 0 : path_journal_add(&step->build->path_journal, parent, name, directory);

    if (status == 0)
        return 0;
    (void)unlinkat(parent, name, directory ? AT_REMOVEDIR : 0);
    return error_call(error, status, "fstatat", "cannot note that %s was made", step->operation->target);
}

/* A link there may lead to a directory that is missing. */
static int follow_existing(struct step *step, struct error *error)
{
    struct path_end end;
    CLEANUP_FD int fd =
        path_ensure(step_base_fd(step), step->operation->target, true, &step->build->path_journal, &end);

    return fd < 0 ? error_call(error, fd, "openat2", "cannot make the directory %s", step->operation->target)
                  : 0;
}

int directory_attach(struct step *step, struct error *error)
{
    CLEANUP_IDENTITY struct identity previous = identity_assume(step->build);
    CLEANUP_FD int opened = -1;
    const char *name;
    int parent;

    (void)previous;
    opened = path_open(step_base_fd(step), step->operation->target, O_PATH | O_DIRECTORY);
    if (opened >= 0)
        return 0;
    parent = open_parent(step, &name, &opened, error);
    if (parent < 0)
        return parent;
    if (mkdirat(parent, name, step->operation->directory.mode) == 0)
        return note(step, parent, name, true, error);
    if (errno == EEXIST)
        return follow_existing(step, error);
    return error_call(error, errno, "mkdirat", "cannot make the directory %s", step->operation->target);
}

static bool is_missing(const struct step *step, const char *path)
{
    CLEANUP_FD int fd = path_open(step->build->root_fd, path, O_PATH);

    return fd < 0;
}

/* What is there already stays, whatever it is: it is the image's. */
static int look_at_existing(const struct step *step, int parent, const char *name, struct error *error)
{
    struct stat status;

    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return error_call(error, errno, "fstatat", "cannot examine %s", step->operation->target);
    return 0;
}

int symlink_attach(struct step *step, struct error *error)
{
    const struct symlink_operation *link = &step->operation->symlink;
    CLEANUP_IDENTITY struct identity previous = identity_assume(step->build);
    CLEANUP_FD int opened = -1;
    int parent;
    const char *name;

    (void)previous;
    if (link->only_with && is_missing(step, link->only_with))
        return 0;
    parent = open_parent(step, &name, &opened, error);
    if (parent < 0)
        return parent;
    if (symlinkat(link->text, parent, name) == 0)
        return note(step, parent, name, false, error);
    if (errno == EEXIST)
        return look_at_existing(step, parent, name, error);
    return error_call(error, errno, "symlinkat", "cannot make the link %s", step->operation->target);
}

static int check_link(const struct step *step, int parent, const char *name, const char *text,
                      struct error *error)
{
    char found[PATH_MAX];
    ssize_t length = readlinkat(parent, name, found, sizeof(found));

    if (length >= 0 && (size_t)length == strlen(text) && memcmp(found, text, (size_t)length) == 0)
        return 0;
    error_set(error, EEXIST, "%s exists in the image and is not a link to %s", step->operation->target, text);
    error_hint(error, "remove it from the image, or leave \"copy-symlink\" out");
    return -EEXIST;
}

int symlink_copy(struct step *step, int link_fd, struct error *error)
{
    CLEANUP_IDENTITY struct identity previous = identity_assume(step->build);
    CLEANUP_FD int opened = -1;
    int parent;
    char text[PATH_MAX];
    ssize_t length = readlinkat(link_fd, "", text, sizeof(text));
    const char *name;

    (void)previous;
    if (length < 0 || (size_t)length == sizeof(text))
        return error_call(error, length < 0 ? errno : ENAMETOOLONG, "readlinkat", "cannot read the source %s",
                          step->operation->bind.source);
    text[length] = '\0';
    parent = open_parent(step, &name, &opened, error);
    if (parent < 0)
        return parent;
    if (symlinkat(text, parent, name) == 0)
        return note(step, parent, name, false, error);
    if (errno == EEXIST)
        return check_link(step, parent, name, text, error);
    return error_call(error, errno, "symlinkat", "cannot make the link %s", step->operation->target);
}

static mode_t device_mode(const struct config_device *device)
{
    switch (device->type) {
    case 'b':
        return S_IFBLK | device->mode;
    case 'p':
        return S_IFIFO | device->mode;
    default:
        return S_IFCHR | device->mode;
    }
}

/* A node of the image that is the same device keeps its mode and its owner, as in runc and crun. */
static int check_existing(const struct step *step, int parent, const char *name, struct error *error)
{
    const struct config_device *device = &step->operation->device;
    mode_t wanted = device_mode(device) & S_IFMT;
    struct stat status;

    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return error_call(error, errno, "fstatat", "cannot examine %s", device->path);
    if ((status.st_mode & S_IFMT) == wanted &&
        (wanted == S_IFIFO || status.st_rdev == makedev(device->major, device->minor)))
        return 0;
    error_set(error, EEXIST, "%s exists in the image and is not this device", device->path);
    error_hint(error, "remove it from the image, or the device from the configuration");
    return -EEXIST;
}

/* In a user namespace only a FIFO is made; its owner is given in the container's ids. */
static int find_owner(const struct step *step, uid_t *ret_uid, gid_t *ret_gid, struct error *error)
{
    const struct config_device *device = &step->operation->device;
    const struct build *build = step->build;
    uint32_t uid = device->uid, gid = device->gid;

    if ((build->uid_mappings && !id_mappings_to_host(build->uid_mappings, device->uid, &uid)) ||
        (build->gid_mappings && !id_mappings_to_host(build->gid_mappings, device->gid, &gid)))
        return error_set(error, EINVAL, "the owner %u:%u is not mapped in the user namespace", device->uid,
                         device->gid);
    *ret_uid = uid;
    *ret_gid = gid;
    return 0;
}

static int make_node(const struct step *step, int parent, const char *name)
{
    const struct config_device *device = &step->operation->device;
    CLEANUP_IDENTITY struct identity previous = identity_assume(step->build);

    (void)previous;
    if (mknodat(parent, name, device_mode(device), makedev(device->major, device->minor)) < 0)
        return -errno;
    return 0;
}

static int make_device(struct step *step, int parent, const char *name, struct error *error)
{
    const struct config_device *device = &step->operation->device;
    uid_t uid = 0;
    gid_t gid = 0;
    int status = find_owner(step, &uid, &gid, error);

    if (status < 0)
        return status;
    status = make_node(step, parent, name);
    if (status == -EEXIST)
        return check_existing(step, parent, name, error);
    if (status < 0) {
        error_call(error, status, "mknodat", "cannot make the device %s", device->path);
        if (status == -EPERM)
            error_hint(error, "this needs CAP_MKNOD in the initial user namespace, and a devices cgroup that "
                              "allows the device");
        return status;
    }
    status = note(step, parent, name, false, error);
    if (status < 0)
        return status;
    if (fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
        return error_call(error, errno, "fchownat", "cannot set the owner of the device %s", device->path);
    return 0;
}

static int open_parent_as_owner(struct step *step, const char **ret_name, int *ret_opened,
                                struct error *error)
{
    CLEANUP_IDENTITY struct identity previous = identity_assume(step->build);

    (void)previous;
    return open_parent(step, ret_name, ret_opened, error);
}

int device_attach(struct step *step, struct error *error)
{
    const char *name;
    CLEANUP_FD int opened = -1;
    int parent = open_parent_as_owner(step, &name, &opened, error);

    return parent < 0 ? parent : make_device(step, parent, name, error);
}
