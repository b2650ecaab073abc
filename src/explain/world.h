/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's tree without building it: the mounts of a plan, each with the host's files that it will
 * show, or those of a container that runs. Every path in here is canonical: absolute in the container, links
 * followed. So of all mounts at or above a path the last one is the one that shows it, and no tree of mounts
 * is needed.
 *
 * Host files are opened by descriptors (O_PATH) and looked at, never read.
 */
#ifndef EXPLAIN_WORLD_H
#define EXPLAIN_WORLD_H

#include "plan/plan.h"
#include <sys/stat.h>

struct world_mount {
    size_t operation;  /* NO_OPERATION: what a running container has, whole */
    const char *point; /* where */
    int fd; /* the root of what is shown; -1: a new file system, or one that can't be looked into */
    const char *source; /* the name of fd on the host; NULL: it has none */
    uint64_t mount_id;  /* of fd's mount on the host */
    bool recursive;     /* with the mounts below fd */
    bool is_empty;      /* without fd: nothing but what the plan makes in it */
    struct stat status; /* without fd: of its root, as far as it is known, with ids of the container, or: */
    bool host_ids;      /* … of the host */
};

/* What the plan makes where nothing is yet. */
struct world_node {
    const char *path;
    size_t mount;     /* the number of the mount that it is made in */
    size_t operation; /* who makes it */
    mode_t mode;
    uint32_t uid, gid; /* inside */
    const char *link;  /* of a symbolic link */
};

/* What the plan changes of a mount, or makes read-only, after it is there. */
struct world_change {
    size_t operation;
    const char *path;
    size_t until;   /* mounts from this number on came later */
    bool recursive; /* what is below path, too */
    uint64_t set, clear;
};

struct world {
    struct arena arena;
    const struct plan *plan;
    int host_fd; /* where relative sources start */
    struct world_mount *mounts;
    size_t mounts_length;
    struct world_node *nodes;
    size_t nodes_length;
    struct world_change *changes;
    size_t changes_length;
};

#define WORLD_NONE ((struct world){.host_fd = -1})

void world_clear(struct world *world);

/* Closes its descriptors alone: what was found stays. */
void world_close(struct world *world);

#define CLEANUP_WORLD CLEANUP(world_clear)

/* The world of a plan, which must outlive it. A source that is not there is an error, as when the container
 * starts. */
int world_from_plan(struct world *world, const struct plan *plan, struct error *error) MUST_USE;

/* The world below a root that is there: a running container's. plan says whose, for explanations. */
int world_from_root(struct world *world, const struct plan *plan, int root_fd, struct error *error) MUST_USE;

enum place_state {
    PLACE_FOUND,
    PLACE_MISSING,
    PLACE_UNKNOWN, /* in a file system that is not there yet, or may not be looked into */
};

struct place {
    enum place_state state;
    const char *path; /* canonical; of what is missing the part that exists, with the rest as given */
    size_t mount;     /* the number of the mount that shows it */
    int fd;           /* the host's file; -1: none */
    const struct world_node *node; /* what the plan makes there; NULL: none */
    bool is_root;                  /* of the mount */
    int code;                      /* why it is unknown: an errno, 0: a new file system */
};

#define PLACE_NONE ((struct place){.fd = -1})

void place_clear(struct place *place);

#define CLEANUP_PLACE CLEANUP(place_clear)

/* The mount that shows a canonical path, among the first `limit` of them. */
size_t world_find_mount(const struct world *world, const char *path, size_t limit);

/* What is at a canonical path, as the first `limit` mounts show it. */
int world_look(struct world *world, const char *path, size_t limit, struct place *ret_place,
               struct error *error) MUST_USE;

/* Called for each directory on the way and for the directories that links lead through. Not 0 ends the walk
 * with it. */
typedef int world_visitor(struct world *world, const struct place *directory, void *argument,
                          struct error *error);

struct world_walk {
    const char *root; /* absolute links and ".." stay in it; canonical */
    bool nofollow;    /* a link at the end is not followed */
    world_visitor *visit;
    void *argument;
};

/* Follows a path as the container does. ELOOP: too many links. */
int world_resolve(struct world *world, const char *path, const struct world_walk *walk,
                  struct place *ret_place, struct error *error) MUST_USE;

/* What is known of a place: mode, owner, device. ids are the container's for what the plan makes, else the
 * host's, which *ret_inside tells. false: nothing. */
bool place_status(const struct world *world, const struct place *place, struct stat *ret_status,
                  bool *ret_inside);

/* "/a" and "b" as "/a/b", in the arena; NULL when memory is short. */
const char *world_join(struct world *world, const char *directory, const char *name);

#endif
