/* SPDX-License-Identifier: Apache-2.0 */
/* What of the machine, or of a container around this process, may keep system calls from working. */
#ifndef KERNEL_RESTRICTIONS_H
#define KERNEL_RESTRICTIONS_H

#include "base/arena.h"
#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>

/* The stanza of the AppArmor profile that dist/apparmor/holdfast is. */
#define APPARMOR_STANZA "profile holdfast /usr/{,local/}bin/holdfast flags=(unconfined) { userns, }"

/* Whether a seccomp filter watches this process (/proc/self/status). */
bool restrictions_has_seccomp(void);

/* A sysctl that is a number, below the directory (AT_FDCWD: name is a path): "user/max_user_namespaces".
 * -1: there is none. */
int64_t restrictions_read_number(int directory_fd, const char *name);

/* The same below /proc/sys. */
int64_t restrictions_sysctl(const char *name);

/* Says in the hint what keeps user namespaces from this user, after an errno of unshare(2), clone(2) or a
 * write to uid_map. sysctls_fd is /proc/sys. */
void restrictions_explain_user_namespace(int sysctls_fd, struct error *error);

/* The same for this machine. */
void restrictions_hint_user_namespace(struct error *error);

/* Why a new one of its file system is refused in a user namespace: "mounts hide parts of /proc: …", "/sys
 * is read-only"; NULL: neither. The text is the arena's. */
const char *restrictions_hiding(const char *directory, struct arena *arena);

/* What is mounted below a directory of proc or sysfs and hides something, as "/proc/acpi, /proc/kcore and 7
 * more"; NULL: nothing, or memory is short. The text is the arena's. */
const char *restrictions_mounts_below(const char *directory, struct arena *arena);

/* The number of mounts in this thread's mount namespace; -1: the table can't be read. */
int64_t restrictions_count_mounts(void);

#endif
