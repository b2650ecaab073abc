/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of operations, a file each, and what they share. */
#ifndef MOUNT_OPERATIONS_H
#define MOUNT_OPERATIONS_H

#include "mount/build.h"

struct step {
    struct build *build;
    const struct operation *operation;
    struct slot *slot;
};

/* Host side: opens what the operation takes from the host. */
int bind_prepare(struct step *step, struct error *error) MUST_USE;
int filesystem_prepare_host(struct step *step, struct error *error) MUST_USE;
int overlay_prepare(struct step *step, struct error *error) MUST_USE;
int console_prepare(struct step *step, struct error *error) MUST_USE;
int hooks_prepare(struct step *step, struct error *error) MUST_USE;
int mask_prepare(struct step *step, struct error *error) MUST_USE;

/* Whether the host side opens it, or else who is in the container's namespaces. */
bool filesystem_is_opened_by_host(const struct build *build, const struct filesystem_operation *filesystem);

/* In the container's namespaces. */
int filesystem_prepare(struct step *step, struct error *error) MUST_USE;

/* Container side: carries the operation out. */
int bind_attach(struct step *step, struct error *error) MUST_USE;
int filesystem_attach(struct step *step, struct error *error) MUST_USE;
int overlay_attach(struct step *step, struct error *error) MUST_USE;
int cover_attach(struct step *step, struct error *error) MUST_USE;
int layers_attach(struct step *step, struct error *error) MUST_USE;
int deny_attach(struct step *step, struct error *error) MUST_USE;
int file_attach(struct step *step, struct error *error) MUST_USE;
int directory_attach(struct step *step, struct error *error) MUST_USE;
int device_attach(struct step *step, struct error *error) MUST_USE;
int symlink_attach(struct step *step, struct error *error) MUST_USE;
int console_attach(struct step *step, struct error *error) MUST_USE;
int attributes_attach(struct step *step, struct error *error) MUST_USE;
int remount_attach(struct step *step, struct error *error) MUST_USE;
int hooks_attach(struct step *step, struct error *error) MUST_USE;
int mask_attach(struct step *step, struct error *error) MUST_USE;
int readonly_attach(struct step *step, struct error *error) MUST_USE;
int switch_root_attach(struct step *step, struct error *error) MUST_USE;

/* Mounts the build's scratch file system, and opens what is seen of something denied (deny.c), unless that is done. */
int step_open_scratch(struct build *build, struct error *error) MUST_USE;
int step_open_faces(struct build *build, struct error *error) MUST_USE;

/* The mount in which the operation's target lies. */
int step_base_fd(const struct step *step);

/* Where the root is attached, opened: "/", or its path on the host where hooks look for it there (hooks.c). */
int step_open_root_target(const struct step *step, int *ret_fd, struct error *error) MUST_USE;

/* Opens the operation's target, which is made when missing. */
int step_open_target(struct step *step, bool directory, bool real_directory, struct path_end *ret_end,
                     struct error *error) MUST_USE;

/* move_mount(2), with a line in the build's journal. Returns 0 or -errno. */
int step_move_mount(struct step *step, int mount_fd, int target_fd) MUST_USE;

/* Where the operation's target is the root, which is there already: the mount becomes the root. */
int step_cover_root(struct step *step, int mount_fd, struct error *error) MUST_USE;

/* Attaches mount_fd at the open target, of which that is known. */
int step_attach_at(struct step *step, int mount_fd, int target_fd, const struct mount_status *target,
                   bool directory, struct error *error) MUST_USE;

/* Makes the link at link_fd once more at the operation's target; one with the same text may be there. */
int symlink_copy(struct step *step, int link_fd, struct error *error) MUST_USE;

/* Both: attaches mount_fd at the operation's target, which is made when missing (a directory or a file to match),
 * and explains what goes wrong. The first operation's target is the root itself. */
int step_attach_mount(struct step *step, int mount_fd, bool directory, bool real_directory,
                      struct error *error) MUST_USE;

/* Applies attributes and propagation to a mount; nothing is called where there is nothing to change. */
int change_mount(int mount_fd, bool recursive, struct mount_attributes change, struct error *error) MUST_USE;

/* What is mounted at a bind mount's source or below it, among the host's mounts (explain.c). Each is empty or 0 where
 * it can't be found out. */
struct source_mounts {
    size_t count;
    int64_t limit;         /* fs.mount-max */
    char unmappable[1024]; /* where the first one is that can't be idmapped */
    char type[64];         /* its file system */
    int user_namespace_fd; /* with which that is tried; -1: it isn't */
    const struct step *step;
};
void step_look_at_source(struct source_mounts *mounts);

/* Opens a file system context and sets its parameters; what the kernel logs goes into the error. */
int filesystem_open(const struct filesystem_operation *filesystem, int *ret_fd, struct error *error) MUST_USE;

/* Sets an overlay's layers (layers.c). */
int layers_set(int context_fd, const struct config_layers *layers, struct error *error) MUST_USE;
int filesystem_set_parameters(int context_fd, const struct strings *parameters, struct error *error) MUST_USE;

/* error_call(), with what the kernel logged on the context. */
int filesystem_explain(int status, int context_fd, const char *call, const char *what, struct error *error);

/* An idmapped mount: opens the user namespace with the mapping, on the host side; applies it to the tree,
 * which is detached still (idmap.c). */
int idmap_prepare(struct step *step, const struct idmap *idmap, struct error *error) MUST_USE;
int idmap_apply(struct step *step, const struct idmap *idmap, int tree, struct error *error) MUST_USE;

/* Sets security.selinux of everything below and including the mount at fd (relabel.c). */
int relabel_tree(int fd, const char *label, struct error *error) MUST_USE;

/* Creating as the container's root, so that it owns what is made and only makes what it may. */
struct identity {
    bool assumed;
    uid_t uid;
    gid_t gid;
};
struct identity identity_assume(const struct build *build);
void identity_restore(struct identity *identity);

#define CLEANUP_IDENTITY CLEANUP(identity_restore)

#endif
