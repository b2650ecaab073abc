/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operation as named texts. Everything that shows plans, as lines, as a table, as a tree, as JSON or compared with
 * another one, begins here, so that all of them say the same.
 */
#ifndef PLAN_DESCRIBE_H
#define PLAN_DESCRIBE_H

#include "plan/plan.h"

/* In the order in which a line has them. */
enum plan_field {
    FIELD_TYPE,           /* the type of the file system */
    FIELD_SOURCE,         /* a path of the host, or what the file system takes for its source */
    FIELD_FROM_ROOT,      /* the source is a path of the container */
    FIELD_IN_MEMORY,      /* changes are kept in memory */
    FIELD_LAYERS,         /* or in this directory of the host */
    FIELD_TO,             /* what a symbolic link says */
    FIELD_ONLY_WITH,      /* … and the path without which it is not made */
    FIELD_RECURSIVE,      /* with the mounts below the source */
    FIELD_COPIES_SYMLINK, /* a source that is a link is made again */
    FIELD_NOFOLLOW,       /* a source that is a link is bound itself */
    FIELD_ATTRIBUTES, /* "ro", or "rro" with all mounts below; of two that contradict each other the later one */
    FIELD_PROPAGATION, /* "rprivate" */
    FIELD_IDMAP,       /* "idmap", "as the container" */
    FIELD_PARAMETERS,  /* of the file system: "size=64k" */
    FIELD_COPIES_UP,   /* begins with a copy of what it covers */
    FIELD_DEVICE,      /* "c 1:3": the node that is made */
    FIELD_MODE,        /* "0755" */
    FIELD_OWNER,       /* "0:0" */
    FIELD_LABEL,       /* of SELinux */
    FIELD_ONLY_DEVICE, /* "c 1:3": the source must be it */
    FIELD_HOOKS,       /* "createRuntime" */
    FIELD_BY,          /* "pivot_root" */
    FIELD_FACE,        /* "eacces": how something denied looks */
    FIELD_LENGTH,      /* of a file in memory, in bytes */
    FIELD_ADDED,       /* names that are made in it */
    FIELD_HIDDEN,      /* names that are not seen in it */
    FIELD_TARGET_NOFOLLOW,
    /* Not in a line, for they follow from the rest. */
    FIELD_HOST_SOURCE,    /* the source or a parameter of the file system is a path of the host */
    FIELD_GIVEN,          /* the source is a descriptor of the caller's */
    FIELD_REAL_DIRECTORY, /* the target may be no link */
    FIELD_KEEPS_MODE,     /* a tmpfs takes the mode of what it covers */
    FIELD_DATA,           /* the content of a file in memory */
    FIELD_GIVES_ROOT,     /* its root is given to the container's root */
    PLAN_FIELDS
};

enum plan_field_form {
    FORM_TEXT,  /* one text */
    FORM_WORDS, /* any number */
    FORM_FLAG,  /* there or not */
};

/* What a field is called, and how it stands in a line. */
struct plan_field_row {
    const char *name; /* in JSON */
    enum plan_field_form form;
    const char *lead, *separator, *tail; /* lead NULL: it is not in a line */
};

extern const struct plan_field_row plan_fields[PLAN_FIELDS];

struct plan_description {
    const struct plan_kind_row *kind;
    const char *target;                 /* in the container, absolute */
    struct strings values[PLAN_FIELDS]; /* a flag that is there has one value, its own name */
    const char *origin;                 /* "mounts[3]" */
    size_t line;                        /* of the configuration; 0: it is in no text, or not looked up */
};

/* Describes an operation, but for its line; the texts belong to the arena or the plan. */
int plan_describe(const struct plan *plan, size_t index, struct arena *arena,
                  struct plan_description *ret_description, struct error *error) MUST_USE;

/* The name of a kind, "bind", and what stands before its source in a line (NULL: it has none). */
struct plan_kind_row {
    const char *name, *source_lead;
};

/* The row of the kind with that name; NULL: there is none. */
const struct plan_kind_row *plan_kind_find(const char *name);

/* The value of a field with one, or NULL. */
const char *plan_description_text(const struct plan_description *description, enum plan_field field);

bool plan_description_has(const struct plan_description *description, enum plan_field field);

#endif
