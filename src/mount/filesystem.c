/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts a new file system.
 *
 *   container's namespaces: fsopen(type), fsconfig(source, parameters), fsconfig(FSCONFIG_CMD_CREATE)
 *   container side:         fsmount(context, attributes), openat2(target), move_mount
 *
 * The first part happens on the host side instead where the source is a path of the host (block devices,
 * overlayfs).
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int explain_context(int status, int context_fd, const char *call, const char *what,
                           struct error *error)
{
    char log[1024];

    error_call(error, status, call, "%s", what);
    if (context_fd < 0)
        return status;
    kernel_fs_log(context_fd, log, sizeof(log));
    if (*log)
        error_kernel(error, log);
    return status;
}

static int set_parameter(int context_fd, const char *parameter, struct error *error)
{
    const char *equals = strchr(parameter, '=');
    CLEANUP_FREE char *key = strndup(parameter, equals ? (size_t)(equals - parameter) : strlen(parameter));
    CLEANUP_FREE char *what = NULL;
    int status;

    if (!key)
        return error_memory(error);
    if (equals)
        status = kernel_fs_set_string(context_fd, key, equals + 1);
    else
        status = kernel_fs_set_flag(context_fd, key);
    if (status == 0)
        return 0;
    if (asprintf(&what, "the file system refuses the option \"%s\"", parameter) < 0)
        return error_memory(error);
    return explain_context(status, context_fd, "fsconfig", what, error);
}

static int set_parameters(int context_fd, const struct filesystem_operation *filesystem, struct error *error)
{
    int status = kernel_fs_set_string(context_fd, "source", filesystem->source);

    if (status < 0)
        return explain_context(status, context_fd, "fsconfig", "the file system refuses the source", error);
    for (size_t i = 0; i < filesystem->parameters.length && status == 0; i++)
        status = set_parameter(context_fd, filesystem->parameters.values[i], error);
    return status;
}

int filesystem_open(const struct filesystem_operation *filesystem, int *ret_fd, struct error *error)
{
    CLEANUP_FD int context = kernel_fs_open(filesystem->type);
    int status;

    if (context == -ENODEV) {
        error_call(error, context, "fsopen", "the kernel has no file system of type \"%s\"",
                   filesystem->type);
        error_hint(error, "correct \"type\", load its module, or use a kernel that has it");
        return context;
    }
    if (context < 0)
        return error_call(error, context, "fsopen", "cannot open a file system of type %s", filesystem->type);
    status = set_parameters(context, filesystem, error);
    if (status < 0)
        return status;
    status = kernel_fs_create(context);
    if (status < 0)
        return explain_context(status, context, "fsconfig", "cannot create the file system", error);
    *ret_fd = fd_take(&context);
    return 0;
}

int filesystem_prepare(struct step *step, struct error *error)
{
    return filesystem_open(&step->operation->filesystem, &step->slot->fd, error);
}

int filesystem_prepare_host(struct step *step, struct error *error)
{
    return step->operation->filesystem.on_host ? filesystem_prepare(step, error) : 0;
}

static int mount_context(const struct step *step, struct error *error)
{
    const struct filesystem_operation *filesystem = &step->operation->filesystem;
    int mount = kernel_fs_mount(step->slot->fd, filesystem->attributes.set);

    if (mount >= 0)
        return mount;
    explain_context(mount, step->slot->fd, "fsmount", "cannot mount the file system", error);
    if (mount == -EPERM && filesystem->real_directory)
        error_hint(error,
                   "in a user namespace %s can be mounted only where one is fully visible already: the "
                   "outer container hides parts of its %s (podman: --security-opt unmask=ALL; "
                   "Kubernetes: procMount: Unmasked)",
                   filesystem->type, filesystem->type);
    return mount;
}

/* A tmpfs without mode= takes the mode of the directory that it covers, as runc does it. */
static int keep_mode(struct step *step, int mount, struct error *error)
{
    CLEANUP_IDENTITY struct identity previous = identity_assume(step->build);
    CLEANUP_FD int covered = path_open(step_base_fd(step), step->operation->target, O_PATH);
    CLEANUP_FD int root = -1;
    struct stat status;

    (void)previous;
    if (covered < 0)
        return 0; /* made afterwards: the tmpfs keeps its own */
    root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || fstat(covered, &status) < 0 || fchmod(root, status.st_mode & 07777) < 0)
        return error_call(error, errno, "fchmod", "cannot give the tmpfs the mode of what it covers");
    return 0;
}

static int give_root(const struct build *build, int mount, struct error *error)
{
    if (fchownat(mount, "", build->owner_uid, build->owner_gid, AT_EMPTY_PATH) == 0)
        return 0;
    return error_call(error, errno, "fchownat", "cannot give the file system to the container's root");
}

static int attach_mount(struct step *step, int mount, struct error *error)
{
    const struct filesystem_operation *filesystem = &step->operation->filesystem;
    int status =
        change_mount(mount, false, (struct mount_attributes){.propagation = filesystem->propagation}, error);

    if (status == 0 && filesystem->keeps_mode && step->build->root_fd >= 0)
        status = keep_mode(step, mount, error);
    if (status == 0)
        status = step_attach_mount(step, mount, true, filesystem->real_directory, error);
    if (status == 0 && filesystem->gives_root)
        status = give_root(step->build, mount, error);
    if (status < 0 || !filesystem->label)
        return status;
    status = kernel_set_xattr(mount, "security.selinux", filesystem->label);
    return status < 0 ? error_call(error, status, "setxattr", "cannot label the file system's root") : 0;
}

int filesystem_attach(struct step *step, struct error *error)
{
    CLEANUP_FD int mount = mount_context(step, error);
    int status;

    if (mount < 0)
        return mount;
    status = attach_mount(step, mount, error);
    if (status < 0)
        return status;
    fd_close(&step->slot->fd);
    step->slot->fd = fd_take(&mount);
    return 0;
}
