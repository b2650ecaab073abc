/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a directory and of those below it. */
#ifndef CGROUP_PROCESSES_H
#define CGROUP_PROCESSES_H

#include "cgroup/cgroup.h"
#include <time.h>

struct process_list {
    struct arena *arena;
    pid_t *values;
    size_t length;
};

/* Calls visit() for the directory and all below it, from the top down. What is gone meanwhile is passed over. ELOOP: deeper
 * than any container needs. */
int cgroup_walk(int directory_fd, int (*visit)(int directory_fd, void *argument, struct error *error),
                void *argument, struct error *error) MUST_USE;

/* Lists them, sorted; those of other pid namespaces, which have no number here, are left out. */
int cgroup_list_processes(int directory_fd, struct process_list *list, struct error *error) MUST_USE;

/* The place that says best which processes there are; NULL: there is no cgroup. */
const struct cgroup_place *cgroup_main_place(const struct cgroup *cgroup);

/* Sends the signal to each of them but this process. *ret_length: how many there were. */
int cgroup_signal_directory(int directory_fd, int number, size_t *ret_length, struct error *error) MUST_USE;

/* One round of SIGKILL; *ret_length: how many there were, 0 only if none is left. */
int cgroup_kill_directory(int directory_fd, size_t *ret_length, struct error *error) MUST_USE;

/* Thaws the hierarchy of the freezer, the cgroups below included: what is frozen there can't be killed. */
void cgroup_thaw_legacy(const struct cgroup *cgroup);

/* A moment that many seconds from now, and a short sleep that ends there at the latest: false if it has passed. The sleeps
 * get longer with each round. */
struct timespec cgroup_deadline(unsigned seconds);
bool cgroup_sleep(const struct timespec *deadline, unsigned round);

#endif
