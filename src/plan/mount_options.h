/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words in mounts[].options: one table row a word, one function that parses them; nothing later compares
 * option text. Based on the OCI runtime specification 1.3, config-linux.md "mount options", and mount(8).
 */
#ifndef PLAN_MOUNT_OPTIONS_H
#define PLAN_MOUNT_OPTIONS_H

#include "base/arena.h"
#include "base/error.h"
#include "config/config.h"
#include "kernel/mount_api.h"

enum option_effect {
    OPTION_ATTRIBUTE,      /* sets and clears attributes of the top mount */
    OPTION_TREE_ATTRIBUTE, /* the same, and of all mounts below */
    OPTION_UNDO_ACCESS_TIME, /* the kernel's default instead of the value in set, but not instead of another one */
    OPTION_TREE_UNDO_ACCESS_TIME,
    OPTION_PROPAGATION,
    OPTION_TREE_PROPAGATION,
    OPTION_SUPERBLOCK, /* a flag of the file system, for new mounts only */
    OPTION_BIND,
    OPTION_TREE_BIND,
    OPTION_IDMAP,
    OPTION_TREE_IDMAP,
    OPTION_RELABEL_SHARED,
    OPTION_RELABEL_PRIVATE,
    OPTION_CHOICE,  /* a way to go about it, CHOICE_… */
    OPTION_NOTHING, /* accepted; says what is so anyway, or is meant for others */
};

/* The words of runc and crun. */
#define CHOICE_REMOUNT 0x1u
#define CHOICE_COPY_UP 0x2u
#define CHOICE_COPY_SYMLINK 0x4u
#define CHOICE_SOURCE_NOFOLLOW 0x8u
#define CHOICE_TARGET_NOFOLLOW 0x10u

#define OPTION_COPY_UP_REFUSED "option \"tmpcopyup\" is for a new tmpfs only"

struct mount_option {
    const char *word;
    enum option_effect effect;
    uint64_t set, clear;
    const char *help;
};

/* The table, for `holdfast features` and the documents; ends with a row whose word is NULL. */
const struct mount_option *mount_option_table(void);

enum relabel {
    RELABEL_NONE,
    RELABEL_SHARED,  /* z: any container may use it */
    RELABEL_PRIVATE, /* Z: this container alone */
};

struct mount_options {
    struct mount_attributes tree; /* for the mount and all mounts below it */
    struct mount_attributes top;  /* for the mount itself, after that */
    uint64_t propagation;         /* PROPAGATE_…, 0 when not given */
    bool tree_propagation;
    bool bind, recursive;
    bool idmap, tree_idmap;
    enum relabel relabel;
    uint64_t choices;          /* CHOICE_… */
    struct strings superblock; /* words that every file system knows: "sync" */
    struct strings data;       /* what is for the file system: "size=64k" */
};

/* Parses the words of a mount; of two that contradict each other the later one wins, as in mount(8).
 * bind says that the mount is a bind
 * mount anyway, by its type. An error names the word that it is about as "options[2]". */
int mount_options_parse(const struct strings *words, bool bind, struct arena *arena,
                        struct mount_options *ret_options, struct error *error) MUST_USE;

#endif
