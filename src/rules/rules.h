/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a box shows at which path, as a set of rules. Rules are declared, not ordered: of two rules about a path the one
 * whose path is the longer wins, whoever gave it first; two different rules about one path are an error.
 *
 *     words of the command line (words.c), a policy file (policy.c), a bubblewrap command line (bwrap.c), the library
 *         ─▶ struct rules ─▶ rules_settle: "~" and globs expanded, sorted, contradictions found (settle.c, no privilege)
 *         ─▶ rules_arrange: rules + this machine's mounts and files ─▶ config->parts (arrange.h) ─▶ plan
 */
#ifndef RULES_RULES_H
#define RULES_RULES_H

#include "base/arena.h"
#include "base/error.h"
#include "config/config.h"

enum rule_kind {
    RULE_RO,        /* the machine's own file or directory, with all mounts below it, read-only */
    RULE_RW,        /* the same, writable: changes are the machine's */
    RULE_OVERLAY,   /* the same, copy-on-write: changes stay in memory */
    RULE_BIND,      /* what is at source, a path of the machine or a descriptor, with mount options */
    RULE_DENY,      /* nothing: see enum config_face */
    RULE_TMPFS,     /* an empty file system in memory, with mount options ("size=1m", "mode=700") */
    RULE_PROC,      /* procfs: see enum rule_proc */
    RULE_DEV,       /* a new /dev with the usual devices and links, and a devpts */
    RULE_MQUEUE,    /* the message queues of the box (mq_overview(7)) */
    RULE_SYSFS,     /* the machine's devices (sysfs(5)), read-only */
    RULE_DIRECTORY, /* an empty directory that belongs to what it lies in, made in memory */
    RULE_SYMLINK,   /* a symbolic link that says source */
    RULE_FILE,      /* a file in memory with the content data */
    RULE_KINDS
};

enum rule_proc {
    PROC_FRESH, /* a new one, of the box's own processes */
    PROC_OUTER, /* the machine's, read-only */
    PROC_NONE,  /* no procfs: an empty directory where there is one */
};

struct rule {
    enum rule_kind kind;
    /* Where in the box. As given before rules_settle(); afterwards absolute, without ".", ".." and doubled slashes. */
    const char *path;
    const char *origin; /* what to call it in messages: "--deny /x", or "policy.json:12: rules[3]" */
    const char *source; /* of RULE_BIND and RULE_SYMLINK. Of the others NULL, which stands for path */
    bool has_fd;        /* instead of source: a descriptor, which stays the caller's */
    int fd;
    enum config_face face; /* of RULE_DENY */
    enum rule_proc proc;   /* of RULE_PROC */
    struct strings
        options;   /* of RULE_BIND, "rbind" unless said otherwise, and RULE_TMPFS, as in config.json */
    bool optional; /* a source that is missing leaves the rule out */
    bool has_mode; /* of RULE_DIRECTORY and RULE_FILE; otherwise 0755 and 0644 */
    uint32_t mode;
    const char *data; /* of RULE_FILE: data_length bytes */
    size_t data_length;
    bool readonly; /* of RULE_FILE: it can't be changed, nor replaced */
};

struct rules {
    struct arena arena; /* of everything in it */
    struct rule *values;
    size_t length;
    /* Whether the box has a /proc, /dev and /sys of its own where no rule says something else. */
    bool without_system;
    bool settled;            /* by rules_settle() */
    struct strings warnings; /* what rules_settle() left out: a glob that matches nothing */
};

void rules_clear(struct rules *rules);

#define CLEANUP_RULES CLEANUP(rules_clear)

/* Adds a copy of the rule. Its paths may begin with "~" and, but for RULE_BIND and RULE_SYMLINK, have globs. */
int rules_add(struct rules *rules, const struct rule *rule, struct error *error) MUST_USE;

/* Adds a rule as the command line has it: kind "deny", argument "/x:eacces", origin "--deny /x:eacces". Kinds that need no
 * argument ("dev") take NULL. */
int rules_add_words(struct rules *rules, enum rule_kind kind, const char *argument, const char *origin,
                    struct error *error) MUST_USE;

/* The kind as option and in a policy: "ro". */
const char *rule_kind_name(enum rule_kind kind);

/* Expands "~" and globs, checks the paths, sorts the rules (parents before what is below them), and finds
 * contradictions. Reads directories for the globs, nothing else. The error names the rule, or both. */
int rules_settle(struct rules *rules, struct error *error) MUST_USE;

/* The rule that decides about path, an absolute one without "." and "..": the one with the longest path at or above it.
 * NULL: none, so it is the base. Of settled rules. */
const struct rule *rules_find(const struct rules *rules, const char *path);

/* Puts the rule in front of an error. */
void rule_error_place(const struct rule *rule, struct error *error);

#endif
