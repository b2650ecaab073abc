/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows a directory of the host copy-on-write; what is changed stays in memory and goes with the container, or in
 * a directory of the host, "layers", which the caller has filled with an empty "upper", with the owner, the mode and the
 * extended attributes that the merged root shall have, and an empty "work".
 *
 *   host side:      openat2(lower, O_PATH), open_tree(fd, OPEN_TREE_CLONE), and the same for the layers
 *   container side: once: fsopen(tmpfs) … fsmount, move_mount(scratch, "/")
 *                   mkdirat(scratch/N/{lower,upper,work}), move_mount(lower, scratch/N/lower), fchdir(scratch/N),
 *                   fsopen(overlay), fsconfig(lowerdir=lower, upperdir=upper, workdir=work), fsmount, move_mount
 *   or, with layers: mkdirat(scratch/N/layers), move_mount(layers, scratch/N/layers), upperdir=layers/upper …
 *
 * On disk the overlay is volatile: fsync(2) of its files does nothing, for whoever keeps the layers syncs them once, in
 * the end. index=on keeps a file with several names one file after it was copied up; the kernel does without where it
 * can't (index needs trusted.* attributes). A renamed directory is copied by who renames it (EXDEV), as without layers,
 * so that each directory in the upper layer stands for that of the same name in the lower one.
 *
 * Names that rules add or take away (layer.c) are in the upper layer; on disk, which is to have nothing but what the
 * program changes, in a layer of their own between the two.
 *
 * overlayfs takes its layers as descriptors from 6.13 only and as detached mounts from 6.15; relative names
 * in a directory that we made ourselves work everywhere. The scratch file system lies below the new root and
 * goes away with the old one.
 */
#include "base/fd.h"
#include "mount/layer.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int clone_directory(const struct step *step, const char *path, int *ret_fd, struct error *error)
{
    CLEANUP_FD int source = kernel_openat2(step->build->host_fd, path, O_PATH | O_DIRECTORY, 0, 0);
    CLEANUP_FD int tree = -1;
    int status;

    if (source < 0)
        return error_call(error, source, "openat2", "cannot open %s", path);
    tree = kernel_clone_mount(source, false);
    if (tree < 0)
        return error_call(error, tree, "open_tree", "cannot bind %s", path);
    status = change_mount(tree, false, (struct mount_attributes){.propagation = PROPAGATE_PRIVATE}, error);
    if (status == 0)
        *ret_fd = fd_take(&tree);
    return status;
}

int overlay_prepare(struct step *step, struct error *error)
{
    const struct overlay_operation *overlay = &step->operation->overlay;
    int status = clone_directory(step, overlay->lower, &step->slot->fd, error);

    return status == 0 && overlay->layers
               ? clone_directory(step, overlay->layers, &step->slot->layers_fd, error)
               : status;
}

static int make_directory(int parent, const char *name, int *ret_fd, struct error *error)
{
    if (mkdirat(parent, name, 0700) < 0)
        return error_call(error, errno, "mkdirat", "cannot make a directory for changes");
    *ret_fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *ret_fd < 0 ? error_call(error, errno, "openat", "cannot open the directory for changes") : 0;
}

int step_open_scratch(struct build *build, struct error *error)
{
    const char *parameters[] = {"mode=700"};
    struct filesystem_operation scratch = {
        .type = "tmpfs", .source = "holdfast", .parameters = {parameters, ARRAY_LENGTH(parameters)}};
    CLEANUP_FD int context = -1;
    CLEANUP_FD int target = -1;
    int status;

    if (build->scratch_fd >= 0)
        return 0;
    target = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (target < 0)
        return error_call(error, errno, "open", "cannot open the namespace's root");
    status = filesystem_open(&scratch, &context, error);
    if (status < 0)
        return status;
    build->scratch_fd = kernel_fs_mount(context, ATTRIBUTE_NODEV);
    if (build->scratch_fd < 0)
        return error_call(error, build->scratch_fd, "fsmount", "cannot mount the tmpfs for changes");
    status = kernel_attach_mount(build->scratch_fd, target);
    if (status < 0)
        return error_call(error, status, "move_mount", "cannot attach the tmpfs for changes");
    return make_directory(build->scratch_fd, "layers", &build->layers_fd, error);
}

/* A copy of the layers, with what is mounted in them: the originals go away with the old root. */
int layers_attach(struct step *step, struct error *error)
{
    CLEANUP_FD int layers = kernel_clone_mount(step->build->layers_fd, true);

    if (layers < 0)
        return error_call(error, layers, "open_tree", "cannot copy the layers");
    return step_attach_mount(step, layers, true, false, error);
}

/* The merged root has the mode and the owner of the upper directory. */
static int copy_owner(int lower, int upper, struct error *error)
{
    struct stat status;

    if (fstat(lower, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine the lower directory");
    /* In a user namespace that knows neither, the directory stays its root's. */
    if (fchown(upper, status.st_uid, status.st_gid) < 0 && errno != EINVAL && errno != EPERM)
        return error_call(error, errno, "fchown", "cannot set the owner of the upper directory");
    if (fchmod(upper, status.st_mode & 07777) < 0)
        return error_call(error, errno, "fchmod", "cannot set the mode of the upper directory");
    return 0;
}

static int attach_directory(int parent, const char *name, int mount, struct error *error)
{
    CLEANUP_FD int directory = -1;
    int status = make_directory(parent, name, &directory, error);

    if (status < 0)
        return status;
    status = kernel_attach_mount(mount, directory);
    return status < 0 ? error_call(error, status, "move_mount", "cannot attach the %s directory", name) : 0;
}

static int fill_layer(const struct step *step, int layer, struct error *error)
{
    const struct overlay_operation *overlay = &step->operation->overlay;
    struct build *build = step->build;
    CLEANUP_FD int lower = -1;
    int status;

    if (overlay->added.length + overlay->hidden.length == 0)
        return 0;
    lower = openat(step->slot->fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (lower < 0)
        return error_call(error, errno, "openat", "cannot open the lower directory");
    status = layer_fill(overlay, layer, lower, error);
    if (status == 0 && overlay->hidden.length > 0 && !overlay->layers)
        status = step_open_faces(build, error);
    if (status < 0 || overlay->hidden.length == 0 || overlay->layers)
        return status;
    return layer_block(overlay, layer, build->faces[FACE_MOUNT_FILE], error);
}

static int make_upper(const struct step *step, int directory, struct error *error)
{
    CLEANUP_FD int upper = -1;
    CLEANUP_FD int work = -1;
    int status = make_directory(directory, "upper", &upper, error);

    if (status == 0)
        status = make_directory(directory, "work", &work, error);
    if (status == 0)
        status = copy_owner(step->slot->fd, upper, error);
    return status == 0 ? fill_layer(step, upper, error) : status;
}

static bool has_own_layer(const struct overlay_operation *overlay)
{
    return overlay->layers && overlay->added.length + overlay->hidden.length > 0;
}

static int make_own_layer(const struct step *step, int directory, struct error *error)
{
    CLEANUP_FD int layer = -1;
    int status = make_directory(directory, "rules", &layer, error);

    return status == 0 ? fill_layer(step, layer, error) : status;
}

static int make_layers(struct step *step, int directory, struct error *error)
{
    int status = attach_directory(directory, "lower", step->slot->fd, error);

    if (status < 0)
        return status;
    if (!step->operation->overlay.layers)
        return make_upper(step, directory, error);
    if (has_own_layer(&step->operation->overlay))
        status = make_own_layer(step, directory, error);
    if (status == 0)
        status = attach_directory(directory, "layers", step->slot->layers_fd, error);
    fd_close(&step->slot->layers_fd);
    return status;
}

static int mount_overlay(const struct step *step, int directory, struct error *error)
{
    static const char *const in_memory[] = {"lowerdir=lower", "upperdir=upper", "workdir=work"};
    static const char *const on_disk[] = {"lowerdir=lower",      "upperdir=layers/upper",
                                          "workdir=layers/work", "redirect_dir=nofollow",
                                          "metacopy=off",        "volatile"};
    const struct overlay_operation *overlay = &step->operation->overlay;
    const char *parameters[ARRAY_LENGTH(on_disk) + 1];
    size_t length = overlay->layers ? ARRAY_LENGTH(on_disk) : ARRAY_LENGTH(in_memory);
    struct filesystem_operation filesystem = {.type = "overlay", .source = "overlay"};
    CLEANUP_FD int context = -1;
    int status, mount;

    memcpy(parameters, overlay->layers ? on_disk : in_memory, length * sizeof(*parameters));
    if (has_own_layer(overlay))
        parameters[0] = "lowerdir=rules:lower";
    if (overlay->user_xattr)
        parameters[length++] = "userxattr";
    else if (overlay->layers)
        parameters[length++] = "index=on";
    filesystem.parameters = (struct strings){parameters, length};
    if (fchdir(directory) < 0)
        return error_call(error, errno, "fchdir", "cannot enter the directory for changes");
    status = filesystem_open(&filesystem, &context, error);
    if (chdir("/") < 0 && status == 0)
        status = error_call(error, errno, "chdir", "cannot leave the directory for changes");
    if (status < 0 && overlay->layers)
        error_hint(error,
                   "the changes go to %s: that must be on a file system that overlayfs can write to, with "
                   "extended attributes, and not on another overlay or a network",
                   overlay->layers);
    if (status < 0)
        return status;
    mount = kernel_fs_mount(context, overlay->attributes.set);
    return mount < 0 ? error_call(error, mount, "fsmount", "cannot mount the overlay") : mount;
}

int overlay_attach(struct step *step, struct error *error)
{
    struct build *build = step->build;
    CLEANUP_FD int directory = -1;
    CLEANUP_FD int mount = -1;
    char name[32];
    int status = step_open_scratch(build, error);

    if (status < 0)
        return status;
    snprintf(name, sizeof(name), "%td", step->operation - build->plan->operations);
    status = make_directory(build->layers_fd, name, &directory, error);
    if (status == 0)
        status = make_layers(step, directory, error);
    if (status < 0)
        return status;
    mount = mount_overlay(step, directory, error);
    if (mount < 0)
        return mount;
    status = step_attach_mount(step, mount, true, false, error);
    fd_close(&step->slot->fd);
    step->slot->fd = fd_take(&mount);
    return status;
}
