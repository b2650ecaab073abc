/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's file system as the plan's operations stack it: a tree of places, with what is at each in the end,
 * and what was there before and is hidden by a later mount. Paths are compared as text: where links of the image lead
 * is only known when it is built.
 */
#ifndef PLAN_TREE_H
#define PLAN_TREE_H

#include "plan/listing.h"

#include <stdio.h>

/* Where what is seen at a place comes from. */
enum tree_content {
    TREE_PATH,     /* a directory on the way to others, of whatever is mounted above */
    TREE_HOST,     /* the host's files */
    TREE_MEMORY,   /* new and empty, or copy-on-write: gone with the container */
    TREE_KERNEL,   /* a view of the kernel: proc, sysfs … */
    TREE_ENTRY,    /* a node, a link or a directory that is made */
    TREE_READONLY, /* a part of what is mounted above that becomes read-only */
    TREE_MASK,     /* hidden on purpose */
    TREE_CHANGE,   /* flags of what is there are changed */
    TREE_CONTENTS
};

/* Of what is mounted there; links and nodes have none. */
enum tree_access { TREE_NO_ACCESS, TREE_RO, TREE_RW };

/* One line, or row, of the picture; the places in the order of their names, each before what is below it. */
struct tree_row {
    const char *name; /* "/", or what is below the row above: "var/lib/data" */
    const char *path; /* the whole of it */
    size_t depth;     /* 0: the root */
    bool last;        /* no other follows it in its directory */
    size_t parent;    /* the row above; NO_OPERATION for the root */
    enum tree_content content;
    enum tree_access access;
    const char *text;  /* "from the host: /srv/data" */
    const char *flags; /* "nosuid nodev"; may be empty */
    size_t operation;  /* NO_OPERATION for a TREE_PATH */
    size_t hidden_by;  /* the operation that hides it; NO_OPERATION: it can be seen */
    bool is_below;     /* it lies below another row at the same place, which has its name */
};

struct plan_tree {
    struct arena arena;
    const struct plan *plan;
    struct plan_listing listing;
    struct tree_row *rows;
    size_t length;
};

/* Works it out; the plan has to outlive the tree. On failure *tree is untouched. */
int plan_tree_make(struct plan_tree *tree, const struct plan *plan, struct error *error) MUST_USE;

/* Releases it. */
void plan_tree_clear(struct plan_tree *tree);

#define CLEANUP_PLAN_TREE CLEANUP(plan_tree_clear)

/* Prints it, a line a row (tree_print.c). */
void plan_tree_print(FILE *out, const struct plan_tree *tree, bool colors);

#endif
