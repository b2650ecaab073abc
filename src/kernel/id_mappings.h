/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings of user and group ids (user_namespaces(7)), and the user namespaces that carry them. */
#ifndef KERNEL_ID_MAPPINGS_H
#define KERNEL_ID_MAPPINGS_H

#include "base/arena.h"
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One range: size ids, container_id and on inside, host_id and on outside. */
struct id_mapping {
    uint32_t container_id, host_id, size;
};

struct id_mappings {
    struct id_mapping *ranges;
    size_t length;
};

/* The host's id for one of the container's. Without mappings it is the same. false: not mapped. */
bool id_mappings_to_host(const struct id_mappings *mappings, uint32_t container_id, uint32_t *ret_host_id);

/* The other way round. */
bool id_mappings_to_container(const struct id_mappings *mappings, uint32_t host_id,
                              uint32_t *ret_container_id);

bool id_mappings_equal(const struct id_mappings *one, const struct id_mappings *other);

/* Reads uid_map or gid_map in process_fd, the directory of a process in procfs; the ranges are the arena's. */
int id_mappings_read(int process_fd, const char *name, struct arena *arena, struct id_mappings *ret_mappings,
                     struct error *error) MUST_USE;

/* Writes uid_map and gid_map in process_fd, the directory of a process in a new user namespace in procfs. */
int id_mappings_write(int process_fd, const struct id_mappings *uid_mappings,
                      const struct id_mappings *gid_mappings, struct error *error) MUST_USE;

/* Writes one of the other files there: "setgroups". */
int id_mappings_write_file(int process_fd, const char *name, const char *text, size_t length,
                           struct error *error) MUST_USE;

/* A descriptor for a new user namespace with these mappings, which nobody is in. proc_fd is a procfs that
 * shows the caller's children. */
int id_mappings_open_namespace(int proc_fd, const struct id_mappings *uid_mappings,
                               const struct id_mappings *gid_mappings, int *ret_fd,
                               struct error *error) MUST_USE;

/* The directory of a process in procfs, as a descriptor. */
int id_mappings_open_process(int proc_fd, pid_t pid, int *ret_fd, struct error *error) MUST_USE;

#endif
