/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a path of the container is and why: which operation of the plan makes it so, what that hides, the
 * flags that hold there, whose it is, and what the container's user may do with it. Of a configuration, from
 * the plan and the host's files; or of a container that runs, from its files and the kernel's mount table
 * (live.h).
 */
#ifndef EXPLAIN_EXPLAIN_H
#define EXPLAIN_EXPLAIN_H

#include "explain/access.h"
#include "explain/world.h"

enum explained_flag_name { FLAG_RO, FLAG_NOSUID, FLAG_NODEV, FLAG_NOEXEC, FLAG_COUNT };

/* "ro", …, and the attribute of mount_setattr(2). */
extern const struct flag_description {
    const char *name, *tree_name;
    uint64_t attribute;
    unsigned long statvfs_flag;
} flag_descriptions[FLAG_COUNT];

struct explained_flag {
    bool set;
    const char *reason; /* what sets it, or clears it; NULL: nothing */
};

struct explained_right {
    bool known, allowed;
    const char *reason;
};

struct explanation {
    const char *path;     /* as it was asked for */
    const char *place;    /* where it is in the container, links followed */
    bool exists, known;   /* known: whether it exists can be told, and what it is */
    const char *type;     /* "directory", …; NULL: not known */
    size_t operation;     /* of the plan; NO_OPERATION: none */
    const char *origin;   /* of the operation: "mounts[3]"; or what else made it */
    const char *shows;    /* a phrase: "the host's /srv/data/x", "a new tmpfs" */
    const char *host;     /* the host's path; NULL: none */
    struct strings hides; /* phrases */
    struct explained_flag flags[FLAG_COUNT];
    bool has_owner; /* owner is known */
    bool ids_known; /* also as the container sees it */
    struct file_owner owner;
    bool has_user;
    uint32_t uid, gid; /* of the container's user */
    struct explained_right rights[RIGHT_COUNT];
};

/* Who looks, and how the container sees ids. */
struct explain_subject {
    bool has_user;
    struct file_user user;
    const struct id_mappings *uid_mappings, *gid_mappings; /* empty: no user namespace */
    bool ids_known; /* false: another user namespace is joined, whose mappings aren't known */
};

/* That of the configuration. */
struct explain_subject explain_subject_of(const struct config *config);

struct live;

struct explainer {
    struct world *world;
    struct explain_subject subject;
    const struct live *live; /* of a container that runs; NULL: of a plan */
};

/* Explains a path of the container, taken from its root. The memory is the world's. */
int explain_path(const struct explainer *explainer, const char *path, struct explanation *ret_explanation,
                 struct error *error) MUST_USE;

struct explanations {
    struct explanation *values;
    size_t length;
};

/* Explains all places of the container where a file of the host can be seen: the same file, by whatever
 * mount. */
int explain_host_path(const struct explainer *explainer, const char *path,
                      struct explanations *ret_explanations, struct error *error) MUST_USE;

/* ------------------------------------------------------------------ parts of it */

/* The flags of a place of a plan's world. */
int explain_flags(struct world *world, const struct place *place, struct explained_flag *ret_flags,
                  struct error *error) MUST_USE;

/* What makes it so: operation, origin, shows, host, flags, hides. From the plan, and from a running
 * container. */
int explain_origin(struct world *world, const struct place *place, struct explanation *explanation,
                   struct error *error) MUST_USE;
int live_explain_origin(const struct live *live, struct world *world, const struct place *place,
                        struct explanation *explanation, struct error *error) MUST_USE;

/* What the subject may do with it, once all the rest is known. blocked_by: the directory on the way that
 * may not be searched, and why; NULL: none. */
int explain_rights(struct world *world, const struct explain_subject *subject, const char *blocked_by,
                   struct explanation *explanation, struct error *error) MUST_USE;

/* The owner of a place; false: not known. */
bool explain_owner(struct world *world, const struct explain_subject *subject, const struct place *place,
                   struct file_owner *ret_owner);

#endif
