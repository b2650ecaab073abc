/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: an ordered list of typed operations, made from a configuration without a system call. Whatever
 * is composed of several steps (/dev with its nodes and links) is expanded here, so that what is printed is
 * what is done. The first operation makes the root; the others are carried out in order, inside it.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "base/arena.h"
#include "base/error.h"
#include "config/config.h"
#include "kernel/mount_api.h"

enum operation_kind {
    OPERATION_BIND,       /* shows a host's file or directory */
    OPERATION_FILESYSTEM, /* mounts a new file system */
    OPERATION_OVERLAY,    /* shows a host's directory copy-on-write */
    OPERATION_COVER,     /* covers a directory with its own entries, so that names can be added or left out */
    OPERATION_LAYERS,    /* keeps hidden names of overlays from being made anew */
    OPERATION_DENY,      /* shows nothing, or what can't be opened, at a path */
    OPERATION_FILE,      /* shows a file in memory */
    OPERATION_DIRECTORY, /* makes a directory */
    OPERATION_DEVICE,    /* makes a device node or a FIFO */
    OPERATION_SYMLINK,   /* makes a symbolic link */
    OPERATION_CONSOLE,   /* shows the container's terminal at /dev/console */
    OPERATION_ATTRIBUTES,  /* changes a mount that an earlier operation made */
    OPERATION_REMOUNT,     /* changes what is mounted at a path of the container */
    OPERATION_HOOKS,       /* lets the hooks of the configuration mount below the root */
    OPERATION_MASK,        /* hides a file or directory */
    OPERATION_READONLY,    /* makes a path read-only */
    OPERATION_SWITCH_ROOT, /* makes the root that was built the root */
    OPERATION_KINDS
};

/* No operation, where one may be referred to. */
#define NO_OPERATION ((size_t)-1)

/* The root: the first operation. */
#define OPERATION_ROOT ((size_t)0)

/* Whose ids a mount shows: the owners on disk are translated (mount_setattr(2), MOUNT_ATTR_IDMAP). */
struct idmap {
    enum { IDMAP_NONE, IDMAP_CONTAINER, IDMAP_GIVEN } kind; /* as the container's user namespace; or: */
    const struct id_mappings *uid_mappings, *gid_mappings;
    bool tree; /* the mounts below as well */
};

struct bind_operation {
    const char *source; /* a path of the host, or of the container where from_root is set */
    bool has_fd;        /* the source is a descriptor instead, the caller's */
    int fd;
    bool from_root;           /* the source lies in the rootfs and is looked up when its turn comes */
    bool recursive;           /* with the mounts below the source */
    bool only_directory;      /* the source must be a directory */
    bool nofollow;            /* a source that is a link is bound itself */
    bool copies_symlink;      /* a source that is a link is made again at the target, nothing is mounted */
    uint64_t propagation;     /* for the whole tree that is bound: private, so that nothing comes or goes */
    uint64_t own_propagation; /* what the mount's options ask for; 0: nothing else */
    bool own_propagation_tree;
    struct mount_attributes top, tree;
    struct idmap idmap;
    const char *relabel;                /* the value of security.selinux for the source's files; NULL: none */
    const struct config_device *device; /* the source must be this device; NULL: anything */
};

struct filesystem_operation {
    const char *type, *source;
    struct strings parameters; /* "size=64k" or "ro" */
    struct mount_attributes attributes;
    uint64_t propagation; /* 0: the kernel's, private */
    bool on_host;         /* the source or a parameter is a path of the host */
    unsigned shows; /* CLONE_NEW…: the namespaces of who opens it that it shows, beside the user namespace */
    bool real_directory;       /* the target may not be a link, nor be reached by one */
    bool keeps_mode;           /* a tmpfs without mode=: takes the mode of what it covers */
    bool copies_up;            /* a tmpfs starts with a copy of what it covers */
    bool keeps_uid, keeps_gid; /* … but for the owner of its root, which uid= or gid= gives */
    bool gives_root;   /* its root belongs to who made the namespace: it is given to the container's root */
    const char *label; /* security.selinux of its root, for types that know no context= */
    const struct config_layers *layers; /* an overlay's, as descriptors; NULL: they are parameters */
};

struct remount_operation {
    struct mount_attributes top, tree;
    uint64_t propagation; /* 0: as it is */
    bool propagation_tree;
    struct strings parameters; /* for the file system itself, wherever else it is mounted */
};

struct overlay_operation {
    const char *lower; /* a directory of the host */
    /* A directory of the host with the empty directories "upper" and "work" in it, which take what is changed; NULL:
     * that stays in memory. */
    const char *layers;
    bool user_xattr; /* what overlayfs notes goes into user.*: all that a user namespace may write */
    /* Relative paths in it: names that are made (a directory's has a slash at the end), and that are not there. */
    struct strings added, hidden;
    struct mount_attributes attributes;
};

/* The entries are bound as they are; in what covers them nothing can be made once it is read-only. */
struct cover_operation {
    struct strings hidden; /* names that are left out */
};

struct deny_operation {
    enum config_face face; /* FACE_EMPTY or FACE_EACCES */
};

struct file_operation {
    const char *data;
    size_t length;
    mode_t mode;
    bool readonly;
};

struct directory_operation {
    mode_t mode;
};

struct symlink_operation {
    const char *text;
    const char *only_with; /* made only where this path exists in the container; NULL: always */
};

struct console_operation {
    size_t devpts; /* the operation whose devpts the terminal comes from, unless the caller brings one */
    uint32_t uid, gid;
    const char *label;
};

struct attributes_operation {
    bool recursive;
    struct mount_attributes change;
};

/* Such an operation needs a copy of the host's mounts to begin with, and the root in its place there
 * (build_needs_host_tree). */
struct hooks_operation {
    bool kinds[HOOK_KINDS]; /* those that there are hooks of */
};

struct switch_root_operation {
    bool pivot; /* false: the root is moved onto "/" and entered by chroot(2) */
};

struct operation {
    enum operation_kind kind;
    const char *origin; /* what it comes from: "mounts[3]", or "default device" */
    const char *target; /* where in the container; relative to the mount of `base` */
    size_t base;        /* the earlier operation in whose mount the target lies */
    bool is_base;       /* a later operation refers to this one's mount */
    bool nofollow;      /* a link at the end of the target is not followed */
    union {
        struct bind_operation bind;
        struct filesystem_operation filesystem;
        struct overlay_operation overlay;
        struct cover_operation cover;
        struct deny_operation deny;
        struct file_operation file;
        struct directory_operation directory;
        struct config_device device;
        struct symlink_operation symlink;
        struct console_operation console;
        struct attributes_operation attributes;
        struct remount_operation remount;
        struct hooks_operation hooks;
        struct switch_root_operation switch_root;
    };
};

/* What of the machine a plan has been made for, as far as it mattered. */
struct plan_machine {
    bool selinux, initial_user_namespace;
    enum {
        PLAN_CGROUPS_UNASKED,
        PLAN_CGROUPS_V1,
        PLAN_CGROUPS_V2
    } cgroups;                       /* V1 is also the hybrid layout */
    struct id_mappings gid_mappings; /* of the user namespace, if that is not the initial one */
};

struct plan {
    struct arena arena;
    const struct config *config; /* for places in error messages; outlives the plan */
    struct operation *operations;
    size_t length;
    struct strings warnings; /* what is accepted, but should be written otherwise */
    struct plan_machine machine;
};

struct cgroup_environment;

/* What of the machine a plan depends on; the caller finds it out. Not needed any more when it is compiled. */
struct plan_environment {
    bool selinux;                             /* SELinux is on: new file systems get context= */
    bool initial_user_namespace;              /* device nodes can be made */
    const struct id_mappings *gid_mappings;   /* of the present user namespace; NULL: it knows all ids */
    const struct cgroup_environment *cgroups; /* NULL where plan_needs_cgroups() says that nobody asks */
};

/* Whether the plan of this configuration depends on the machine's cgroups. */
bool plan_needs_cgroups(const struct config *config);

/* Compiles the configuration, which must outlive the plan. On failure *plan is cleared. */
int plan_compile(struct plan *plan, const struct config *config, const struct plan_environment *environment,
                 struct error *error) MUST_USE;

/* Releases it. */
void plan_clear(struct plan *plan);

#define CLEANUP_PLAN CLEANUP(plan_clear)

/* Whether it mounts a file system of that type. */
bool operation_is_filesystem(const struct operation *operation, const char *type);

/* One operation as one line for a person, which the caller frees; NULL when memory is short. */
char *plan_line(const struct plan *plan, size_t index);

/* Puts the operation's place in the configuration in front of an error. */
void plan_error_place(const struct plan *plan, size_t index, struct error *error);

/* A new operation at the end of the plan, for the files that compile; NULL when memory is short. The next one may move it. */
struct operation *plan_add(struct plan *plan, enum operation_kind kind, const char *origin,
                           const char *target);

/* Adds a warning, with the place in the configuration in front of it, for the files that compile. */
int plan_warn(struct plan *plan, const char *path, const char *text, struct error *error) MUST_USE;

#endif
