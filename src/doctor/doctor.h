/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of the kernel and the machine works for this process: each facility is tried, without harm, and what does not work
 * is told apart by its cause. The table of facilities is in facilities.c.
 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include "config/config.h"

enum doctor_state {
    DOCTOR_WORKS,
    DOCTOR_MISSING,  /* not in this kernel */
    DOCTOR_FILTERED, /* a seccomp filter answers in the kernel's place */
    DOCTOR_DENIED,   /* by AppArmor, SELinux or a sysctl */
    DOCTOR_REFUSED,  /* this user lacks the privilege */
    DOCTOR_LIMITED,  /* a limit is reached */
    DOCTOR_HIDDEN,   /* mounts over /proc or /sys */
    DOCTOR_UNSET,    /* the machine is not set up for it: subordinate ids, systemd */
    DOCTOR_STATES
};

/* "works", "missing", … Static memory. */
const char *doctor_state_name(enum doctor_state state);

struct doctor_finding {
    const char *name;    /* "mount_setattr" */
    const char *purpose; /* what needs it */
    bool needed;         /* by the configuration; without one by an ordinary container */
    enum doctor_state state;
    int code;              /* the errno; 0: none */
    const char *detail;    /* what was seen; "" if nothing needs to be said */
    struct strings advice; /* what to change, a line each */
};

struct doctor {
    struct arena arena;
    struct doctor_finding *findings;
    size_t length;
    bool works; /* all that is needed */
};

/* Tries everything; with a configuration only what that one needs. config may be NULL, and is not needed
 * afterwards. Nothing of the calling process changes: what would change it happens in helpers
 * (base/helper.h). On failure *ret_doctor is cleared; that the machine lacks something is no failure. */
int doctor_examine(struct doctor *ret_doctor, const struct config *config, struct error *error) MUST_USE;

/* Releases it. */
void doctor_clear(struct doctor *doctor);

#define CLEANUP_DOCTOR CLEANUP(doctor_clear)

#endif
