/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts a new file system.
 *
 *   container's namespaces: fsopen(type), fsconfig(source, parameters), fsconfig(FSCONFIG_CMD_CREATE)
 *   container side:         fsmount(context, attributes), openat2(target),
 *                           [fchmod, or a copy of what is covered], move_mount
 *
 * The first part happens on the host side instead where the source is a path of the host (block devices,
 * overlayfs), and for what shows nothing of its opener's namespaces, while the first process makes them.
 */
#include "base/fd.h"
#include "kernel/restrictions.h"
#include "mount/copy_up.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHOWN_LENGTH 80

int filesystem_explain(int status, int context_fd, const char *call, const char *what, struct error *error)
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
    /* The layers of an overlay may be pages of text. */
    if (asprintf(&what, "the file system refuses the option \"%.*s%s\"", SHOWN_LENGTH, parameter,
                 strlen(parameter) > SHOWN_LENGTH ? "…" : "") < 0)
        return error_memory(error);
    return filesystem_explain(status, context_fd, "fsconfig", what, error);
}

int filesystem_set_parameters(int context_fd, const struct strings *parameters, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < parameters->length && status == 0; i++)
        status = set_parameter(context_fd, parameters->values[i], error);
    return status;
}

/* Whose processes a new procfs shows, where that isn't the opener's own namespace. */
static int set_pid_namespace(int context_fd, int pid_namespace_fd, struct error *error)
{
    int status = kernel_fs_set_fd(context_fd, "pidns", pid_namespace_fd);

    if (status == 0)
        return 0;
    filesystem_explain(status, context_fd, "fsconfig", "cannot show the given pid namespace", error);
    if (status == -EINVAL)
        error_hint(
            error,
            "before Linux 6.17 it takes a process in that pid namespace: fork, enter it, and build there");
    return status;
}

static int open_context(const struct filesystem_operation *filesystem, int pid_namespace_fd, int *ret_fd,
                        struct error *error)
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
    status = kernel_fs_set_string(context, "source", filesystem->source);
    if (status < 0)
        return filesystem_explain(status, context, "fsconfig", "the file system refuses the source", error);
    status = filesystem_set_parameters(context, &filesystem->parameters, error);
    if (status == 0 && filesystem->layers)
        status = layers_set(context, filesystem->layers, error);
    if (status == 0 && pid_namespace_fd >= 0 && strcmp(filesystem->type, "proc") == 0)
        status = set_pid_namespace(context, pid_namespace_fd, error);
    if (status < 0)
        return status;
    status = kernel_fs_create(context);
    if (status < 0) {
        filesystem_explain(status, context, "fsconfig", "cannot create the file system", error);
        if (status == -EBUSY)
            error_hint(
                error,
                "it is in use already, by another mount or another program: see findmnt, and fuser -m");
        return status;
    }
    *ret_fd = fd_take(&context);
    return 0;
}

int filesystem_open(const struct filesystem_operation *filesystem, int *ret_fd, struct error *error)
{
    return open_context(filesystem, -1, ret_fd, error);
}

int filesystem_prepare(struct step *step, struct error *error)
{
    return open_context(&step->operation->filesystem, step->build->pid_namespace_fd, &step->slot->fd, error);
}

bool filesystem_is_opened_by_host(const struct build *build, const struct filesystem_operation *filesystem)
{
    return filesystem->on_host || (filesystem->shows == 0 && build->same_user_namespace);
}

int filesystem_prepare_host(struct step *step, struct error *error)
{
    return filesystem_is_opened_by_host(step->build, &step->operation->filesystem)
               ? filesystem_prepare(step, error)
               : 0;
}

/* mount_too_revealing() of the kernel's fs/namespace.c. */
static void hint_hidden(const char *type, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    const char *directory = strcmp(type, "proc") == 0 ? "/proc" : "/sys";
    const char *reason = restrictions_hiding(directory, &arena);

    error_hint(error,
               "in a user namespace %s can be mounted only where one is fully visible already%s%s (docker: "
               "--security-opt "
               "systempaths=unconfined; podman: --security-opt unmask=ALL; Kubernetes: procMount: Unmasked); "
               "or bind the "
               "outer %s",
               type, reason ? ", but " : "", reason ? reason : "", directory);
}

static int mount_context(const struct step *step, struct error *error)
{
    const struct filesystem_operation *filesystem = &step->operation->filesystem;
    int mount = kernel_fs_mount(step->slot->fd, filesystem->attributes.set);

    if (mount >= 0)
        return mount;
    filesystem_explain(mount, step->slot->fd, "fsmount", "cannot mount the file system", error);
    if (mount == -EPERM && filesystem->real_directory)
        hint_hidden(filesystem->type, error);
    return mount;
}

/* A tmpfs without mode= takes the mode of the directory that it covers, as runc does it. */
static int keep_mode(const struct mount_status *covered, int root, struct error *error)
{
    if (fchmod(root, covered->mode & 07777) == 0)
        return 0;
    return error_call(error, errno, "fchmod", "cannot give the tmpfs the mode of what it covers");
}

static void free_capabilities(cap_t *capabilities)
{
    if (*capabilities)
        cap_free(*capabilities);
}

/* What is made belongs to the container's user namespace, so the thread takes the container's root for it; the
 * privileges that setfsuid(2) takes away are needed all the same. */
static int copy_covered(const struct step *step, int covered, int root, struct error *error)
{
    const struct filesystem_operation *filesystem = &step->operation->filesystem;
    const struct copy_rules rules = {
        .uid_mappings = step->build->uid_mappings,
        .gid_mappings = step->build->gid_mappings,
        .own_mode = !filesystem->keeps_mode,
        .own_uid = filesystem->keeps_uid,
        .own_gid = filesystem->keeps_gid,
    };
    CLEANUP(free_capabilities) cap_t capabilities = cap_get_proc();
    CLEANUP_IDENTITY struct identity previous = identity_assume(step->build);

    (void)previous;
    if (!capabilities || cap_set_proc(capabilities) < 0)
        return error_call(error, errno, "capset", "cannot keep the privileges to copy with");
    return copy_up(covered, root, &rules, error);
}

static int fill(const struct step *step, int covered, const struct mount_status *covered_status, int mount,
                struct error *error)
{
    const struct filesystem_operation *filesystem = &step->operation->filesystem;
    CLEANUP_FD int root = -1;

    if (!filesystem->keeps_mode && !filesystem->copies_up)
        return 0;
    root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_call(error, errno, "openat", "cannot open the new tmpfs");
    if (filesystem->copies_up)
        return copy_covered(step, covered, root, error);
    return keep_mode(covered_status, root, error);
}

/* The directory that is covered is looked up once: what is taken over from it is what the mount hides. */
static int attach_filled(struct step *step, int mount, struct error *error)
{
    bool real_directory = step->operation->filesystem.real_directory;
    CLEANUP_FD int target = -1;
    struct path_end end;
    int status = 0;

    if (step->build->root_fd < 0)
        return step_attach_mount(step, mount, true, real_directory, error);
    target = step_open_target(step, true, real_directory, &end, error);
    if (target < 0)
        return target;
    if (!end.created)
        status = fill(step, target, &end.status, mount, error);
    return status < 0 ? status : step_attach_at(step, mount, target, &end.status, true, error);
}

static int give_root(const struct build *build, int mount, struct error *error)
{
    if (fchownat(mount, "", build->owner_uid, build->owner_gid, AT_EMPTY_PATH) == 0)
        return 0;
    return error_call(error, errno, "fchownat", "cannot give the file system to the container's root");
}

static int label_root(const struct filesystem_operation *filesystem, int mount, struct error *error)
{
    CLEANUP_FD int root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status = root < 0 ? -errno : kernel_set_xattr(root, "security.selinux", filesystem->label);

    return status < 0 ? error_call(error, status, "fsetxattr", "cannot label the file system's root") : 0;
}

static int attach_mount(struct step *step, int mount, struct error *error)
{
    const struct filesystem_operation *filesystem = &step->operation->filesystem;
    int status =
        change_mount(mount, false, (struct mount_attributes){.propagation = filesystem->propagation}, error);

    if (status == 0)
        status = attach_filled(step, mount, error);
    if (status == 0 && filesystem->gives_root)
        status = give_root(step->build, mount, error);
    return status == 0 && filesystem->label ? label_root(filesystem, mount, error) : status;
}

int filesystem_attach(struct step *step, struct error *error)
{
    CLEANUP_FD int mount = mount_context(step, error);
    int status;

    if (mount < 0)
        return mount;
    status = attach_mount(step, mount, error);
    /* Also after a failure: it may be in place, for who undoes it. */
    fd_close(&step->slot->fd);
    step->slot->fd = fd_take(&mount);
    return status;
}
