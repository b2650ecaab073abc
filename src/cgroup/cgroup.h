/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's cgroup: a directory in the unified hierarchy (version 2), in each hierarchy of version 1, or
 * both (hybrid); made directly (cgroupfs), by systemd, or not at all (disabled).
 *
 *     cgroup_open()      where it will be; nothing is made yet
 *     cgroup_plan()      what will be made, to be noted before it is
 *     cgroup_make()      its directories, the limits, the rules for devices; systemd makes them in cgroup_enter()
 *     cgroup_enter()     moves the container's first process in
 *     cgroup_remove()    ends what is in it, and removes it
 *
 * All files are opened below a descriptor of the hierarchy's mount, with openat2(RESOLVE_BENEATH): the path comes
 * from a configuration.
 */
#ifndef CGROUP_CGROUP_H
#define CGROUP_CGROUP_H

#include "config/config.h"
#include "kernel/cgroup_environment.h"

enum cgroup_manager {
    CGROUP_MANAGER_CGROUPFS,
    CGROUP_MANAGER_SYSTEMD,
    CGROUP_MANAGER_DISABLED,
};

/* "cgroupfs", "systemd", "disabled"; in the order of the enumeration, ended by NULL. */
extern const char *const cgroup_manager_names[];

/* A directory of the cgroup in one hierarchy. */
struct cgroup_place {
    const char *controllers; /* of version 1: "cpu,cpuacct", "name=systemd"; NULL: the unified hierarchy */
    const char *mount;       /* where the hierarchy is mounted: "/sys/fs/cgroup/memory" */
    const char *path;        /* below the mount, without "." and "..": begins with "/" */
    /* The uppermost directory that cgroup_make() made, likewise below the mount, the path itself or a directory
     * above; NULL: the cgroup was there, and is not removed. */
    const char *made_from;
    bool is_entered; /* by the first process itself (entrance.h) */
};

struct cgroup {
    struct arena arena;
    enum cgroup_manager manager;
    const char *unit, *slice; /* of systemd: "holdfast-ID.scope", "system.slice"; NULL with other managers */
    bool is_user;             /* with systemd: the user's own manager, not the system's */
    bool has_scope;           /* with systemd: cgroup_enter() has started the unit */
    bool is_unified;          /* version 2 alone */
    bool is_given;            /* linux.cgroupsPath names it */
    bool may_go_without;      /* of the options */
    bool is_planned;          /* made_from is what cgroup_plan() found missing: who made it is not known */
    struct cgroup_place *places;
    size_t length; /* 0: there is no cgroup, because of the manager or for want of permission */
};

struct cgroup_options {
    enum cgroup_manager manager;
    const char *id;      /* the container's */
    bool may_go_without; /* an ordinary user without a cgroup of his own gets none; not with limits, though */
};

/* Finds out where the configuration's container has its cgroup. linux.cgroupsPath that is absolute is below the mount of
 * each hierarchy. A relative one, and by default the ID, is where runc has it: on version 1 below this process's own
 * cgroup; on version 2 beside it, because a cgroup that holds processes can't limit the cgroups below it. With
 * systemd it is "slice:prefix:name", by default "system.slice:holdfast:ID" ("user.slice" for an ordinary user). EINVAL:
 * linux.cgroupsPath is the root, or not of that form. On failure *cgroup is cleared. */
int cgroup_open(struct cgroup *cgroup, const struct config *config, const struct cgroup_options *options,
                struct error *error) MUST_USE;

void cgroup_clear(struct cgroup *cgroup);

struct cgroup_directory;

/* Its directories in the hierarchies of version 1, as a plan wants them (plan_for_machine): version 2 has none for it to
 * show. They are the arena's. */
int cgroup_list_directories(const struct cgroup *cgroup, struct arena *arena,
                            struct cgroup_directory **ret_directories, size_t *ret_length,
                            struct error *error) MUST_USE;

#define CLEANUP_CGROUP CLEANUP(cgroup_clear)

/* Notes in made_from of each place what is missing, and that this is a plan. Kept where it outlives this process before
 * cgroup_make() begins, it tells cgroup_remove() what may have been made: of a plan, that removes what is empty. */
int cgroup_plan(struct cgroup *cgroup, struct error *error) MUST_USE;

/* Makes the directories and sets what can be set before a process is in them: linux.resources, rules for devices
 * included. On failure nothing is left. With systemd it does nothing. A cgroup that exists already and holds
 * processes is an error, unless it was given by linux.cgroupsPath (a pod's containers may share one, as in runc:
 * then it is used, and not removed later). Places that must not be made are left out, with may_go_without, if neither
 * limits nor linux.cgroupsPath ask for them; rules for devices don't count then, as in runc. */
int cgroup_make(struct cgroup *cgroup, const struct config *config, struct error *error) MUST_USE;

/* Moves a process there; with systemd, makes the scope with the process in it first, and sets the limits after.
 * Delegation is done here, too, to owner_uid, an id as seen from here; (uid_t)-1: nobody. It needs version 2, a new
 * cgroup namespace, and a mount of the cgroups that can be written (OCI config-linux.md, "Cgroup ownership"): the
 * first two are looked at here. After a failure cgroup_remove() takes away what is there. */
int cgroup_enter(struct cgroup *cgroup, const struct config *config, pid_t pid, uid_t owner_uid,
                 struct error *error) MUST_USE;

/* Moves a process there, and nothing else: for exec. */
int cgroup_add_process(const struct cgroup *cgroup, pid_t pid, struct error *error) MUST_USE;

/* The same, to the cgroup below that is named ("a/b"; NULL: the container's own). Where version 2 refuses a process
 * because the container has given controllers to cgroups below (EBUSY), it goes where the process beside is, the
 * container's first (0: nowhere else). */
int cgroup_add_process_below(const struct cgroup *cgroup, const char *below, pid_t beside, pid_t pid,
                             struct error *error) MUST_USE;

/* Changes limits of a cgroup that is there. Only what is given changes. */
int cgroup_update(const struct cgroup *cgroup, const struct config_resources *resources,
                  struct error *error) MUST_USE;

/* Freezes or thaws it, and waits until that is done. */
int cgroup_freeze(const struct cgroup *cgroup, bool frozen, struct error *error) MUST_USE;
bool cgroup_is_frozen(const struct cgroup *cgroup);

/* The processes in it and in the cgroups below it, as this process's pid namespace numbers them; in the arena. */
int cgroup_processes(const struct cgroup *cgroup, struct arena *arena, pid_t **ret_pids, size_t *ret_length,
                     struct error *error) MUST_USE;

/* Sends a signal to all of them, frozen meanwhile so that none is missed; SIGKILL by cgroup.kill where there is one,
 * else until none is left. No other process can get it: each is opened (pidfd_open(2)) and then looked up again.
 * ETIMEDOUT: something still lives ten seconds after SIGKILL. */
int cgroup_signal(const struct cgroup *cgroup, int number, struct error *error) MUST_USE;

/* Kills what is left in it, removes it with the cgroups below and the parents that cgroup_make() made (if empty). What
 * is gone already is no error. A cgroup that cgroup_make() did not make is left alone, with what is in it. EBUSY:
 * something still lives ten seconds after SIGKILL. */
int cgroup_remove(struct cgroup *cgroup, struct error *error) MUST_USE;

/* The cgroup as JSON for the container's state, and back: on failure *cgroup is cleared. The value is the
 * caller's; NULL when memory is short. */
struct json_t *cgroup_to_json(const struct cgroup *cgroup);
int cgroup_from_json(struct cgroup *cgroup, const struct json_t *json, struct error *error) MUST_USE;

#endif
