/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk through an upper layer and, beside it, the machine's files of the same names. Everything is reached by descriptors:
 * a directory from the one above it, across no link and no mount. Private to src/review.
 */
#ifndef REVIEW_WALK_H
#define REVIEW_WALK_H

#include "review/review.h"
#include <sys/stat.h>

/* A directory on both sides. */
struct walk_directory {
    int upper, machine; /* machine -1: there is none */
    bool opaque;        /* what the machine has in it was not seen in the box */
    int staging; /* a directory in it that only the caller can enter, for new files; -1: not needed so far */
};

struct walk_entry {
    struct walk_directory *directory; /* the one that it is in */
    const char *name;                 /* "." for the directory of the layer itself */
    const char *path;                 /* on the machine, for people */
    const char *relative;             /* below the layer's target; "" for that itself */
    bool in_layer;                    /* false: the box had none of that name */
    struct statx upper;               /* if in_layer */
    bool exists;                      /* on the machine */
    struct statx machine;             /* if exists */
    enum review_kind kind;
    unsigned what; /* of REVIEW_CHANGED */
    bool opaque;   /* a directory: as above */
};

struct walk;

struct walk_visitor {
    /* Each entry that differs, each file of the layer with several names, and each directory, before what is in it; for
     * a directory that the machine doesn't have it may make one. */
    int (*enter)(struct walk *walk, const struct walk_entry *entry, struct error *error);
    /* Each directory, after what is in it; opened is it itself. NULL: nothing. */
    int (*leave)(struct walk *walk, const struct walk_entry *entry, struct walk_directory *opened,
                 struct error *error);
};

struct walk {
    const struct review *review;
    const struct review_layer *layer;
    const struct walk_visitor *visitor;
    void *argument;   /* for the visitor */
    bool names_alone; /* files that are on both sides are taken for the same */
    int machine_root; /* the layer's target */
    char *path;       /* of the present entry, which grows and shrinks */
    size_t length, target_length;
};

/* Opens directory->staging, made empty. The walk removes it when it leaves the directory, also after an error. */
int walk_open_staging(const struct walk *walk, struct walk_directory *directory,
                      struct error *error) MUST_USE;

/* Removes one that an interrupted walk has left. */
int walk_remove_staging(const struct walk *walk, const struct walk_directory *directory,
                        struct error *error) MUST_USE;

/* Walks through one layer. */
int walk_layer(struct walk *walk, struct error *error) MUST_USE;

/* Opens an entry of either side for reading. */
int walk_open_file(int directory, const char *name, struct error *error) MUST_USE;

#endif
