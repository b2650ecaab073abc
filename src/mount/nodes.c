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

static int open_parent(struct step *step, const char **ret_name, struct error *error)
{
    int fd = path_ensure_parent(step_base_fd(step), step->operation->target, &step->build->journal, ret_name);

    if (fd < 0)
        return error_call(error, fd, "openat2", "cannot open the directory of %s", step->operation->target);
    return fd;
}

static int note(struct step *step, int parent, const char *name, bool directory, struct error *error)
{
    return path_journal_add(&step->build->journal, parent, name, directory) < 0 ? error_memory(error) : 0;
}

int directory_attach(struct step *step, struct error *error)
{
    CLEANUP_IDENTITY struct identity previous = identity_assume(step->build);
    CLEANUP_FD int parent = -1;
    const char *name;

    (void)previous;
    parent = path_open(step_base_fd(step), step->operation->target, O_PATH | O_DIRECTORY);
    if (parent >= 0)
        return 0;
    parent = open_parent(step, &name, error);
    if (parent < 0)
        return parent;
    if (mkdirat(parent, name, step->operation->directory.mode) == 0)
        return note(step, parent, name, true, error);
    if (errno == EEXIST)
        return 0;
    return error_call(error, errno, "mkdirat", "cannot make the directory %s", step->operation->target);
}

/* A link that is there already stays, whatever it says: it is the image's. */
static bool is_missing(const struct step *step, const char *path)
{
    CLEANUP_FD int fd = path_open(step->build->root_fd, path, O_PATH);

    return fd < 0;
}

int symlink_attach(struct step *step, struct error *error)
{
    const struct symlink_operation *link = &step->operation->symlink;
    CLEANUP_IDENTITY struct identity previous = identity_assume(step->build);
    CLEANUP_FD int parent = -1;
    const char *name;

    (void)previous;
    if (link->only_with && is_missing(step, link->only_with))
        return 0;
    parent = open_parent(step, &name, error);
    if (parent < 0)
        return parent;
    if (symlinkat(link->text, parent, name) == 0)
        return note(step, parent, name, false, error);
    if (errno == EEXIST)
        return 0;
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
    CLEANUP_FD int parent = -1;
    char text[PATH_MAX];
    ssize_t length = readlinkat(link_fd, "", text, sizeof(text));
    const char *name;

    (void)previous;
    if (length < 0 || (size_t)length == sizeof(text))
        return error_call(error, length < 0 ? errno : ENAMETOOLONG, "readlinkat", "cannot read the source %s",
                          step->operation->bind.source);
    text[length] = '\0';
    parent = open_parent(step, &name, error);
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

static int make_device(struct step *step, int parent, const char *name, struct error *error)
{
    const struct config_device *device = &step->operation->device;
    int status;

    if (mknodat(parent, name, device_mode(device), makedev(device->major, device->minor)) < 0) {
        if (errno == EEXIST)
            return check_existing(step, parent, name, error);
        error_call(error, errno, "mknodat", "cannot make the device %s", device->path);
        if (error->code == EPERM)
            error_hint(error, "this needs CAP_MKNOD in the initial user namespace, and a devices cgroup that "
                              "allows the device");
        return -error->code;
    }
    status = note(step, parent, name, false, error);
    if (status < 0)
        return status;
    if (fchownat(parent, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0)
        return error_call(error, errno, "fchownat", "cannot set the owner of the device %s", device->path);
    return 0;
}

int device_attach(struct step *step, struct error *error)
{
    CLEANUP_FD int parent = -1;
    const char *name;

    parent = open_parent(step, &name, error);
    return parent < 0 ? parent : make_device(step, parent, name, error);
}
