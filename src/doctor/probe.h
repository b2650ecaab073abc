/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the doctor share. */
#ifndef DOCTOR_PROBE_H
#define DOCTOR_PROBE_H

#include "base/helper.h"
#include "doctor/doctor.h"
#include "plan/plan.h"

/* The doctor at work: what it knows of process and machine before the first probe. */
struct examination {
    struct doctor *doctor;
    const struct config *config; /* NULL: an ordinary container */
    struct plan plan;            /* of the configuration, if there is one */
    bool privileged;             /* CAP_SYS_ADMIN and CAP_SYS_CHROOT in the present user namespace */
    bool initial;                /* that is the machine's first one */
    bool has_seccomp;
    const char *confinement; /* "AppArmor profile docker-default"; NULL: no LSM confines this process */
    bool restricts_users;    /* a sysctl keeps user namespaces from ordinary users */
    unsigned kernel;         /* KERNEL(6, 18) */
};

#define KERNEL(major, minor) ((unsigned)(major) << 16 | (unsigned)(minor))

/* A system call with harmless arguments: the kernel answers them with an errno before it looks at anything. */
struct call_probe {
    long number;
    unsigned long arguments[6];
    int expected;    /* the errno; 0: success */
    unsigned since;  /* KERNEL(…) */
    bool privileged; /* the privilege is asked for first */
};

struct facility {
    const char *name, *purpose;
    bool (*needed)(const struct examination *examination, const struct facility *facility); /* NULL: never */
    /* Adds findings. Returns 0, or -ENOMEM with the error filled. */
    int (*probe)(struct examination *examination, const struct facility *facility, struct error *error);
    struct call_probe call;
    int flag;            /* of a namespace: CLONE_NEWPID */
    const char *word;    /* of a namespace: its sysctl; of a file system: its type */
    const char *missing; /* what to do where this kernel lacks it; NULL: a newer one */
};

/* Ends with a row whose name is NULL. */
extern const struct facility facilities[];

struct outcome {
    enum doctor_state state;
    int code;
    const char *detail; /* the arena's, or static; NULL: none */
    const char *advice; /* the first line of advice; NULL: the usual */
};

/* Adds a finding, under the facility's name or another, with the advice for its state (advice.c). */
int doctor_add(struct examination *examination, const struct facility *facility, const char *name,
               struct outcome outcome, struct error *error) MUST_USE;

/* The advice of the tools around this process for a state, and the facility's own. */
int doctor_advise(struct examination *examination, const struct facility *facility,
                  const struct outcome *outcome, struct strings *advice, struct error *error) MUST_USE;

/* What an errno says of a step that is right in itself, where permissions were not the question. */
enum doctor_state doctor_judge(const struct examination *examination, int code);

/* Runs a step in a helper, in a new user namespace with a mount namespace if there is no privilege without.
 * Returns what the step returns; -ECHILD: it was killed. *ret_text, unless NULL, becomes what failed, in
 * the arena. */
int doctor_try(struct examination *examination, bool in_user_namespace,
               int (*step)(void *argument, struct error *error), void *argument, const char **ret_text);

/* In a helper: enters a new user namespace, and what else the flags of unshare(2) name, as its root: the
 * own id is mapped, which everybody may do. */
int doctor_enter_user_namespace(int flags, struct error *error) MUST_USE;

int probe_call(struct examination *examination, const struct facility *facility, struct error *error);
int probe_privileges(struct examination *examination, const struct facility *facility, struct error *error);
int probe_namespace(struct examination *examination, const struct facility *facility, struct error *error);
int probe_user_namespace(struct examination *examination, const struct facility *facility,
                         struct error *error);
int probe_own_mount(struct examination *examination, const struct facility *facility, struct error *error);
int probe_overlay(struct examination *examination, const struct facility *facility, struct error *error);
int probe_types(struct examination *examination, const struct facility *facility, struct error *error);
int probe_idmapped(struct examination *examination, const struct facility *facility, struct error *error);
int probe_visible_proc(struct examination *examination, const struct facility *facility, struct error *error);
int probe_seed(struct examination *examination, const struct facility *facility, struct error *error);
int probe_mounts(struct examination *examination, const struct facility *facility, struct error *error);
int probe_files(struct examination *examination, const struct facility *facility, struct error *error);
int probe_processes(struct examination *examination, const struct facility *facility, struct error *error);
int probe_subordinate_ids(struct examination *examination, const struct facility *facility,
                          struct error *error);
int probe_cgroups(struct examination *examination, const struct facility *facility, struct error *error);
int probe_systemd(struct examination *examination, const struct facility *facility, struct error *error);
int probe_apparmor(struct examination *examination, const struct facility *facility, struct error *error);
int probe_selinux(struct examination *examination, const struct facility *facility, struct error *error);

/* Whether a container is to be built without privileges over the machine's first user namespace. */
bool needs_rootless(const struct examination *examination);

bool needs_always(const struct examination *examination, const struct facility *facility);
bool needs_namespace(const struct examination *examination, const struct facility *facility);
bool needs_pivot_root(const struct examination *examination, const struct facility *facility);
bool needs_reconfigure(const struct examination *examination, const struct facility *facility);
bool needs_seccomp(const struct examination *examination, const struct facility *facility);
bool needs_listener(const struct examination *examination, const struct facility *facility);
bool needs_memory_policy(const struct examination *examination, const struct facility *facility);
bool needs_personality(const struct examination *examination, const struct facility *facility);
bool needs_scheduler(const struct examination *examination, const struct facility *facility);
bool needs_intel_rdt(const struct examination *examination, const struct facility *facility);
bool needs_privileges(const struct examination *examination, const struct facility *facility);
bool needs_own_mount(const struct examination *examination, const struct facility *facility);
bool needs_overlay(const struct examination *examination, const struct facility *facility);
bool needs_idmapped(const struct examination *examination, const struct facility *facility);
bool needs_subordinate_ids(const struct examination *examination, const struct facility *facility);
bool needs_cgroups(const struct examination *examination, const struct facility *facility);
bool needs_apparmor(const struct examination *examination, const struct facility *facility);
bool needs_selinux(const struct examination *examination, const struct facility *facility);

#endif
