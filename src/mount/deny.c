/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows something that is denied: an empty file or directory, or one that can't be opened. A path without anything gets
 * an empty file.
 *
 *   once:  mkdirat(scratch/faces), mknodat, mkdirat; open_tree(faces, OPEN_TREE_CLONE), mount_setattr, move_mount
 *   each:  openat2(target, O_PATH | O_NOFOLLOW), fstat, open_tree(face, OPEN_TREE_CLONE), move_mount
 *
 * Permissions don't stop who has CAP_DAC_OVERRIDE. A file that nobody can open is a device on a mount with nodev (open(2),
 * EACCES). A directory that nobody can open is an overlay of one without permissions: overlayfs asks them once more for
 * who mounted it (overlayfs.rst, "Permission model"), and that was somebody without the capability.
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FACE_ATTRIBUTES (ATTRIBUTE_RDONLY | ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV | ATTRIBUTE_NOEXEC)

static const struct {
    const char *name;
    mode_t mode;
} entries[] = {
    [FACE_MOUNT_FILE] = {"file", S_IFREG | 0444},
    [FACE_MOUNT_DIRECTORY] = {"directory", S_IFDIR | 0555},
    [FACE_MOUNT_CLOSED_FILE] = {"closed-file", S_IFCHR}, /* 0:0, which anybody may make (mknod(2)) */
    [FACE_MOUNT_CLOSED_DIRECTORY] = {"closed-directory", S_IFDIR},
};

static int make_entries(const struct build *build, int directory, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(entries); i++) {
        const char *name = entries[i].name;
        mode_t mode = entries[i].mode;
        int status = S_ISDIR(mode) ? mkdirat(directory, name, mode & 07777)
                                   : mknodat(directory, name, mode, makedev(0, 0));

        if (status < 0)
            return error_call(error, errno, S_ISDIR(mode) ? "mkdirat" : "mknodat",
                              "cannot make what is shown of something denied");
        if (fchownat(directory, name, build->owner_uid, build->owner_gid, AT_SYMLINK_NOFOLLOW) < 0)
            return error_call(error, errno, "fchownat", "cannot give what is shown to the container's root");
    }
    return 0;
}

/* So that every copy of it has the attributes already. */
static int mount_entries(struct build *build, int directory, struct error *error)
{
    CLEANUP_FD int mount = kernel_clone_mount(directory, false);
    int status;

    if (mount < 0)
        return error_call(error, mount, "open_tree", "cannot bind what is shown of something denied");
    status = change_mount(mount, false,
                          (struct mount_attributes){.set = FACE_ATTRIBUTES, .propagation = PROPAGATE_PRIVATE},
                          error);
    if (status < 0)
        return status;
    status = kernel_attach_mount(mount, directory);
    if (status < 0)
        return error_call(error, status, "move_mount", "cannot attach what is shown of something denied");
    for (size_t i = 0; i < ARRAY_LENGTH(entries); i++) {
        build->faces[i] = openat(mount, entries[i].name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (build->faces[i] < 0)
            return error_call(error, errno, "openat", "cannot open what is shown of something denied");
    }
    return 0;
}

int step_open_faces(struct build *build, struct error *error)
{
    CLEANUP_FD int directory = -1;
    int status = step_open_scratch(build, error);

    if (status < 0 || build->faces[0] >= 0)
        return status;
    if (mkdirat(build->scratch_fd, "faces", 0755) < 0)
        return error_call(error, errno, "mkdirat", "cannot make the directory of what is shown");
    directory = openat(build->scratch_fd, "faces", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return error_call(error, errno, "openat", "cannot open the directory of what is shown");
    status = make_entries(build, directory, error);
    return status == 0 ? mount_entries(build, directory, error) : status;
}

static void free_capabilities(cap_t *capabilities)
{
    if (*capabilities)
        cap_free(*capabilities);
}

static int mount_overlay(int directory, struct error *error)
{
    const char *parameters[] = {"lowerdir=closed-directory:directory"};
    struct filesystem_operation filesystem = {
        .type = "overlay", .source = "overlay", .parameters = {parameters, ARRAY_LENGTH(parameters)}};
    CLEANUP_FD int context = -1;
    int status, mount;

    if (fchdir(directory) < 0)
        return error_call(error, errno, "fchdir", "cannot enter the directory of what is shown");
    status = filesystem_open(&filesystem, &context, error);
    if (chdir("/") < 0 && status == 0)
        status = error_call(error, errno, "chdir", "cannot leave the directory of what is shown");
    if (status < 0)
        return status;
    mount = kernel_fs_mount(context, FACE_ATTRIBUTES);
    return mount < 0 ? error_call(error, mount, "fsmount", "cannot mount what is shown") : mount;
}

/* Without the capabilities that pass permissions by, for the time being. */
static int mount_closed_directory(int directory, struct error *error)
{
    static const cap_value_t passing[] = {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH};
    CLEANUP(free_capabilities) cap_t before = cap_get_proc();
    CLEANUP(free_capabilities) cap_t without = before ? cap_dup(before) : NULL;
    int mount;

    if (!without || cap_set_flag(without, CAP_EFFECTIVE, ARRAY_LENGTH(passing), passing, CAP_CLEAR) < 0 ||
        cap_set_proc(without) < 0)
        return error_call(error, errno, "capset", "cannot do without capabilities");
    mount = mount_overlay(directory, error);
    if (cap_set_proc(before) < 0 && mount >= 0) {
        close(mount);
        return error_call(error, errno, "capset", "cannot take the capabilities again");
    }
    return mount;
}

/* Over the directory of that name, so that it can be copied, too. */
static int open_closed_directory(struct build *build, struct error *error)
{
    int *face = &build->faces[FACE_MOUNT_CLOSED_DIRECTORY];
    CLEANUP_FD int directory = openat(build->scratch_fd, "faces", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_FD int mount = -1;
    int status;

    if (directory < 0)
        return error_call(error, errno, "openat", "cannot open the directory of what is shown");
    mount = mount_closed_directory(directory, error);
    if (mount < 0)
        return mount;
    status = kernel_attach_mount(mount, *face);
    if (status < 0)
        return error_call(error, status, "move_mount", "cannot attach what is shown of something denied");
    fd_close(face);
    *face = fd_take(&mount);
    build->closed_is_mounted = true;
    return 0;
}

static int choose_face(struct step *step, bool directory, enum face_mount *ret_face, struct error *error)
{
    if (step->operation->deny.face != FACE_EACCES) {
        *ret_face = directory ? FACE_MOUNT_DIRECTORY : FACE_MOUNT_FILE;
        return 0;
    }
    *ret_face = directory ? FACE_MOUNT_CLOSED_DIRECTORY : FACE_MOUNT_CLOSED_FILE;
    return directory && !step->build->closed_is_mounted ? open_closed_directory(step->build, error) : 0;
}

int deny_attach(struct step *step, struct error *error)
{
    CLEANUP_FD int target = -1;
    CLEANUP_FD int mount = -1;
    enum face_mount face;
    struct path_end end;
    int result = step_open_faces(step->build, error);

    if (result < 0)
        return result;
    target = step_open_target(step, false, false, &end, error);
    if (target < 0)
        return target;
    result = choose_face(step, S_ISDIR(end.status.mode), &face, error);
    if (result < 0)
        return result;
    mount = kernel_clone_mount(step->build->faces[face], false);
    if (mount < 0)
        return error_call(error, mount, "open_tree", "cannot copy what is shown of something denied");
    result = step_move_mount(step, mount, target);
    return result < 0 ? error_call(error, result, "move_mount", "cannot deny %s", step->operation->target)
                      : 0;
}
