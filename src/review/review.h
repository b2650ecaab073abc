/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A review: what a box changed of the machine's files, kept apart from them until somebody decides.
 *
 *     review_begin ─▶ review_layer_parts ─▶ the box runs ─▶ review_end ─▶ review_scan ─▶ review_commit
 *     a directory,    two directories for                    state.json   upper layers    or review_discard,
 *     a lock          each part, in the plan                              against the     or nothing: it is kept
 *                                                                         machine's files
 *
 * All is in a directory of the user's, named by the review:
 *
 *     state.json       struct review; replaced whole by rename(2), so readers need no lock
 *     reserve          room for it, should the box fill the disk
 *     lock             flock(2): the box runs in it, or a command works on it
 *     N/upper, N/work  the layers of overlayfs for the part of that number
 */
#ifndef REVIEW_REVIEW_H
#define REVIEW_REVIEW_H

#include "base/arena.h"
#include "base/error.h"
#include "config/config.h"
#include <time.h>

/* One copy-on-write part of the box. */
struct review_layer {
    const char *target; /* the directory, on the machine as in the box */
    unsigned number;
    uint64_t inode; /* the target's, when the box began */
    /* The upper layer's, as it was made: what an ordinary user can't give it, or may not write to, differs from the
     * target's. */
    uint32_t uid, gid, mode;
};

enum review_status {
    REVIEW_RUNNING,    /* the box runs, or was killed: the lock tells which */
    REVIEW_ENDED,      /* it waits for a decision */
    REVIEW_COMMITTING, /* a commit has begun, and has to be finished by another one if it was interrupted */
};

struct review {
    struct arena arena; /* for the strings */
    const char *path;   /* of its directory */
    int root;           /* the directory of all reviews */
    int directory;      /* its own */
    int lock;           /* -1: not locked */
    const char *name;
    enum review_status status;
    struct timespec started; /* what changed on the machine since then is a conflict */
    const char *boot_id;     /* of the boot that it ran in */
    bool synced;             /* the layers are on the disk; otherwise they are good in that boot alone */
    bool user_xattr;         /* overlayfs has its marks in user.overlay., for a user namespace */
    bool is_new;             /* made by review_begin() just now */
    const char *command;     /* for people, escaped; "" a shell */
    int exit_status;         /* -1: it has not ended */
    const char *token;       /* 16 random digits, for names of temporary files that nobody else has */
    struct review_layer *layers;
    size_t layers_length;
};

#define REVIEW_NONE ((struct review){.root = -1, .directory = -1, .lock = -1, .exit_status = -1})

void review_clear(struct review *review);

#define CLEANUP_REVIEW CLEANUP(review_clear)

/* Where reviews are: holdfast/review in $XDG_STATE_HOME; without that, in /var/lib for root, and in ~/.local/state for
 * others. The result is the arena's; NULL with the error filled. */
const char *review_default_root(struct arena *arena, struct error *error) MUST_USE;

/* Begins a review, or goes on with the one of that name, locked. name NULL: a number that no other one has. command is
 * what will run, for people. */
int review_begin(struct review *ret_review, const char *root, const char *name, char *const *command,
                 struct error *error) MUST_USE;

/* Whether anything of the configuration can be reviewed: the machine's own, copy-on-write and writable. */
bool review_has_parts(const struct config *config);

/* Makes the layers of each copy-on-write part of the configuration and points the part to them. What could not be
 * committed becomes read-only: parts on read-only mounts, and directories in memory. Hides the reviews in the box. */
int review_layer_parts(struct review *review, struct config *config, struct error *error) MUST_USE;

/* Notes that the box has ended. */
int review_end(struct review *review, int exit_status, struct error *error) MUST_USE;

/* Puts the layers onto the disk, so that they outlast a crash of the machine. */
int review_keep(struct review *review, struct error *error) MUST_USE;

/* Opens the review of that name. lock: to change it, EBUSY if it is in use. */
int review_open(struct review *ret_review, const char *root, const char *name, bool lock,
                struct error *error) MUST_USE;

/* Whether somebody else holds its lock. */
bool review_is_busy(const struct review *review);

/* The names of all reviews, sorted, in the arena. */
int review_list(const char *root, struct arena *arena, struct strings *ret_names,
                struct error *error) MUST_USE;

/* Removes a locked review with its layers. */
int review_discard(struct review *review, struct error *error) MUST_USE;

/* What kind of change, and of what (a set of bits). */
enum review_kind { REVIEW_SAME, REVIEW_ADDED, REVIEW_CHANGED, REVIEW_REMOVED };

#define REVIEW_TYPE 0x1u    /* a file became a directory, and the like */
#define REVIEW_CONTENT 0x2u /* of a file */
#define REVIEW_TARGET 0x4u  /* what a symbolic link says */
#define REVIEW_DEVICE 0x8u  /* the numbers of a node */
#define REVIEW_MODE 0x10u   /* permissions */
#define REVIEW_OWNER 0x20u  /* owner or group */
#define REVIEW_XATTRS 0x40u /* extended attributes, access lists among them */
#define REVIEW_TIMES 0x80u  /* the time of the last change alone */

/* What the bits are called, in their order: "type", "content", … and NULL. */
extern const char *const review_words[];

/* What is known of a file on one side. */
struct review_file {
    bool exists;
    uint32_t mode; /* with the type, as in struct stat */
    uint32_t uid, gid;
    uint64_t size, device; /* device of nodes */
    const char *target;    /* of a symbolic link; NULL: it is none */
};

struct review_change {
    const char *path; /* on the machine */
    enum review_kind kind;
    unsigned what;
    struct review_file before, after;
    const char *link;     /* the path of another name of the same file, also changed; NULL: none */
    const char *conflict; /* why it can't be committed; NULL: it can */
    size_t layer;
    const char *relative; /* the path below the layer's target */
};

struct review_changes {
    struct arena arena;
    struct review_change *values; /* sorted as a directory's entries are listed, parents first */
    size_t length;
    size_t conflicts;
};

void review_changes_clear(struct review_changes *changes);

#define CLEANUP_CHANGES CLEANUP(review_changes_clear)

/* Compares the layers with the machine's files. */
int review_scan(const struct review *review, struct review_changes *ret_changes,
                struct error *error) MUST_USE;

/* Makes the machine's files what the box saw, and removes the review, which is locked. Refuses, before anything is
 * changed, when one of the files has been changed on the machine since the review began: -EBUSY, with the conflicts in
 * *ret_changes; forced does it all the same. What was interrupted, also by SIGKILL, is finished by another call. */
int review_commit(struct review *review, bool forced, struct review_changes *ret_changes,
                  struct error *error) MUST_USE;

/* Opens both sides of a changed file's content for reading; -1 where there is none. */
int review_open_contents(const struct review *review, const struct review_change *change, int *ret_before,
                         int *ret_after, struct error *error) MUST_USE;

#endif
