/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a container between two commands: a directory below the state root, named by the ID.
 *
 *     state.json    struct state; replaced whole by rename(2), so readers need no lock
 *     config.json   the configuration as it was at create
 *     mounts        the mount table as it was verified before the program ran (verify/record.h)
 *     changes       what `holdfast mounts` added to it or removed; missing: nothing
 *     lock          flock(2): who changes the container's state
 *     start         a FIFO that the first process reads: a byte starts the program
 *     report        a FIFO that it writes to: why the program could not be started; end of file: it runs
 *
 * The kernel says what the status is, not the file: the process's start time, and whether somebody reads "start".
 */
#ifndef CONTAINER_STATE_H
#define CONTAINER_STATE_H

#include "cgroup/cgroup.h"
#include "config/config.h"

#include <signal.h>
#include <sys/resource.h>

enum status {
    STATUS_CREATING,
    STATUS_CREATED,
    STATUS_RUNNING,
    STATUS_PAUSED,
    STATUS_STOPPED,
};

struct state {
    struct arena arena; /* for the strings */
    const char *id;
    const char *bundle; /* absolute */
    const char *rootfs; /* absolute */
    uint64_t created;   /* nanoseconds since 1970 */
    uid_t owner;
    bool is_created; /* false: create has not finished, or was killed */
    pid_t pid;       /* of the first process; 0: not yet born */
    uint64_t
        start_time; /* of it: field 22 of proc_pid_stat(5); with the pid it names one process of a boot */
    const char *boot_id; /* of that boot (random(4)); NULL: not known */
    bool no_pivot_root;
    const char *intel_rdt_made; /* the class that was made for it, to be removed; NULL: none */
    struct config_key_value *annotations;
    size_t annotations_length;
    struct cgroup cgroup;
};

/* An open container. */
struct container {
    int root;      /* the state root's directory */
    int directory; /* the container's own in it */
    int lock;      /* -1: not locked */
    struct state state;
    /* What its hooks begin with, where the process has changed it for itself; NULL: what the process has. Not owned. */
    const sigset_t *signal_mask;
    const struct rlimit *descriptor_limit;
};

#define CONTAINER_NONE ((struct container){.root = -1, .directory = -1, .lock = -1})

/* The state root if none is given: /run/holdfast/containers. An ordinary user, and the root of a user namespace, has
 * holdfast/containers in $XDG_RUNTIME_DIR or in /run/user/UID, if there is one. Who can't write to /run has
 * /tmp/holdfast-UID/containers. The result is the arena's; NULL when memory is short. */
const char *state_default_root(struct arena *arena);

/* An ID as runc takes it: not empty, at most 1024 characters of "A-Za-z0-9_+-.", neither "." nor "..". */
int state_check_id(const char *id, struct error *error) MUST_USE;

/* Makes the directory of a new container, locked; the state root as well, mode 0711. The directory gets its name when it
 * is complete. Of the state only id is filled. EEXIST if the ID is in use. */
int container_make(struct container *ret_container, const char *root, const char *id,
                   struct error *error) MUST_USE;

/* Opens a container and reads its state. ENOENT: there is none of that ID. EBADMSG: the file is corrupt, missing, or of
 * a later version. EPERM: the state root, the directory or the file could have been written by somebody else than
 * the caller or root, so that it might name any process. With lock it is locked; a lock that another command holds is
 * waited for, ten seconds at most: EBUSY. */
int container_open(struct container *ret_container, const char *root, const char *id, bool lock,
                   struct error *error) MUST_USE;

/* Opens what there is of a container whose state can't be read, locked, to remove it: only id is known then. */
int container_open_damaged(struct container *ret_container, const char *root, const char *id,
                           struct error *error) MUST_USE;

void container_clear(struct container *container);
void container_unlock(struct container *container);

#define CLEANUP_CONTAINER CLEANUP(container_clear)

/* Writes container->state, whole or not at all. */
int container_write_state(const struct container *container, struct error *error) MUST_USE;

/* Keeps and reads back the text of config.json; the configuration's bundle is the state's. */
int container_write_config(const struct container *container, const struct config *config,
                           struct error *error) MUST_USE;
int container_read_config(const struct container *container, struct config *ret_config,
                          struct error *error) MUST_USE;

/* Makes and opens the FIFOs for a first process that waits: *ret_start to read from, *ret_report to write to. Both are
 * open for both directions, so that the opening doesn't wait. */
int container_make_fifos(const struct container *container, int *ret_start, int *ret_report,
                         struct error *error) MUST_USE;

/* Removes the directory. It is renamed first, so that the ID is free, or in use, never half of it. The state in memory
 * stays. */
int container_remove_state(struct container *container, struct error *error) MUST_USE;

/* What the kernel says. A create that was interrupted is "creating" as long as its process lives or another command
 * holds the lock, then "stopped". */
enum status container_status(const struct container *container);
const char *status_name(enum status status);

/* A pidfd of the first process, verified by its start time. ESRCH: it has ended. */
int container_open_process(const struct container *container, int *ret_pidfd, struct error *error) MUST_USE;

/* The start time of a process, field 22 of proc_pid_stat(5); *ret_ended: it is a zombie. ESRCH: there is none. */
int process_start_time(pid_t pid, uint64_t *ret_start_time, bool *ret_ended, struct error *error) MUST_USE;

/* The names of all containers below the root, sorted, in the arena. A root that is not there has none. */
int container_list(const char *root, struct arena *arena, struct strings *ret_ids,
                   struct error *error) MUST_USE;

/* The state as the specification has it (OCI runtime.md, "State"): with pid as given, or 0 if the status is stopped. The
 * caller owns it. NULL when memory is short. */
struct json_t *state_to_oci_json(const struct state *state, enum status status, pid_t pid);

/* The same as text, which the caller frees. NULL when memory is short. */
char *state_to_oci(const struct state *state, enum status status, pid_t pid);

#endif
