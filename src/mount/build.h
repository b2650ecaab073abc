/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carrying out a plan. Three phases, each in the place that it needs:
 *
 *   build_prepare_host         among the host's mounts: opens what comes from the host as detached trees
 *   build_prepare_filesystems  in the container's namespaces: opens the contexts of new file systems, for it is
 *                              the opener's pid, net, ipc, cgroup and user namespace that they will show
 *   build_attach               in the container's mount namespace, with the privileges of its owner: puts
 *                              everything in place, inside the root
 *
 * Nothing here knows of JSON, and nothing calls mount(2).
 */
#ifndef MOUNT_BUILD_H
#define MOUNT_BUILD_H

#include "base/timing.h"
#include "mount/journal.h"
#include "mount/namespace.h"
#include "path/path.h"
#include "plan/plan.h"
#include <sys/types.h>

/* What an operation holds: the detached tree or the file system context before it is attached, and afterwards
 * its mount, if others refer to it. */
struct slot {
    int fd;
    int layers_fd;              /* a detached copy of the directory that takes an overlay's changes */
    int idmap_fd;               /* the user namespace with the mapping of an idmapped mount */
    bool opened;                /* a new file system's context was; its descriptor may have gone on since */
    bool directory;             /* what the source is, so what the target has to be */
    bool symlink;               /* fd is no mount but a link, which is to be made again */
    struct mount_source source; /* a bind's, when it was opened */
};

/* What is seen of something denied: see src/mount/deny.c. */
enum face_mount {
    FACE_MOUNT_FILE,
    FACE_MOUNT_DIRECTORY,
    FACE_MOUNT_CLOSED_FILE,
    FACE_MOUNT_CLOSED_DIRECTORY,
    FACE_MOUNTS
};

struct build {
    const struct plan *plan;
    struct slot *slots; /* one an operation */
    size_t prepared;    /* operations whose host side is done; the others follow while attaching */
    size_t batch;       /* how many descriptors they may take at a time */
    struct mount_source last_source; /* a bind's that was examined just now */
    int host_fd;            /* the directory that relative paths of the host start from; the bundle */
    int root_fd;            /* the root's mount, once the first operation is attached */
    unsigned covered_roots; /* how many roots lie below that one */
    int null_fd;            /* the host's /dev/null, verified: masks files */
    int empty_fd;           /* an empty tmpfs: masks directories */
    bool null_attached, empty_attached; /* from then on the masks are copies of the attached one */
    int scratch_fd;         /* a tmpfs beside the root, for what the kinds of operations keep in memory */
    int layers_fd;          /* … its directory with the layers of overlays */
    int faces[FACE_MOUNTS]; /* … what is seen of something denied */
    bool closed_is_mounted; /* the last of them is a mount of its own by now */
    int console_fd;         /* the terminal's container side: given by the caller, or the plan's own */
    int console_master;     /* the terminal's host side, where it is the plan's own */
    uid_t owner_uid;        /* who owns what is made in the root: the container's root, as seen from here */
    gid_t owner_gid;
    const struct id_mappings *uid_mappings; /* of the container's user namespace; NULL: the caller is in it */
    const struct id_mappings *gid_mappings;
    int user_namespace_fd; /* the container's, for idmapped mounts, borrowed; -1: the one that the caller is
                              in */
    int pid_namespace_fd; /* whose processes a new procfs shows, borrowed; -1: those of the thread that opens it */
    struct mount_namespace *outside; /* of the thread that attaches: the way back to the host's mounts and in,
                                              borrowed */
    bool is_copy;                    /* the mount namespace began as a copy of the host's */
    bool
        same_user_namespace; /* the container's: then a tmpfs is the same whoever opens it, and the host side does */
    const char *bundle; /* where relative paths of the host start from; NULL: "/" */
    /* Runs the hooks of an OPERATION_HOOKS; NULL: the caller can't. The root is at its host's path then, below it is
     * what the plan has mounted so far, and what the hooks mount there becomes the container's. */
    int (*run_hooks)(void *argument, struct error *error);
    void *hooks_argument;
    /* Fills the slot of an operation whose file system somebody else opens, who may not have done so yet; and others. NULL:
     * all are filled before build_attach(). */
    int (*receive)(void *argument, size_t index, struct error *error);
    void *receive_argument;
    uint64_t *before_hooks; /* the numbers of the mounts that were there before, which run_hooks notes */
    size_t before_hooks_length;
    struct path_journal path_journal;   /* what was made in the image */
    struct mount_journal mount_journal; /* what was mounted */
    struct timing *timing;              /* what each operation takes is added to it; NULL: nothing */
};

#define BUILD_NONE                                                                                           \
    ((struct build){.user_namespace_fd = -1,                                                                 \
                    .pid_namespace_fd = -1,                                                                  \
                    .host_fd = -1,                                                                           \
                    .root_fd = -1,                                                                           \
                    .null_fd = -1,                                                                           \
                    .empty_fd = -1,                                                                          \
                    .scratch_fd = -1,                                                                        \
                    .layers_fd = -1,                                                                         \
                    .faces = {-1, -1, -1, -1},                                                               \
                    .console_fd = -1,                                                                        \
                    .console_master = -1})

/* Prepares an empty build of the plan, which must outlive it. bundle is where relative paths of the host
 * start, and outlives the build; NULL: the working directory. */
int build_init(struct build *build, const struct plan *plan, const char *bundle,
               struct error *error) MUST_USE;

/* Closes everything that the build holds. What was attached stays. */
void build_clear(struct build *build);

#define CLEANUP_BUILD CLEANUP(build_clear)

/* Opens as much as the limit of open files allows; build_attach() opens the rest, batch by batch. */
int build_prepare_host(struct build *build, struct error *error) MUST_USE;

/* Of the file systems that have not been opened yet, opens those that show no namespaces but these, CLONE_NEW…; ~0u: all. */
int build_prepare_filesystems(struct build *build, unsigned namespaces, struct error *error) MUST_USE;

int build_attach(struct build *build, struct error *error) MUST_USE;

/* Whether the plan has hooks that find the host's tree in the container's mount namespace: it must be a private copy of
 * the host's (mount_namespace_begin_copy) then, with is_copy set, and run_hooks must be set before
 * build_prepare_host(). The root is attached at its host's path there; the switch of the root takes the rest away. */
bool build_needs_host_tree(const struct plan *plan);

/* Whether build_prepare_filesystems fills the slot of this operation; with which namespaces. */
bool build_is_filesystem_slot(const struct build *build, size_t index, unsigned namespaces);

/* Takes away what build_attach made in the image; the mounts themselves go with their namespace. The thread is inside
 * the namespace that was built, or outside of it again, and outside afterwards; build->outside's descriptor for the
 * inside is closed, and the mounts go with it. */
void build_undo(struct build *build, bool inside);

#endif
