/* SPDX-License-Identifier: Apache-2.0 */
/* What of the running machine decides how a container is built. */
#ifndef KERNEL_ENVIRONMENT_H
#define KERNEL_ENVIRONMENT_H

#include <stdbool.h>

/* Whether this process is in the machine's first user namespace: only there device nodes can be made. */
bool environment_is_initial_user_namespace(void);

/* Whether SELinux is on. */
bool environment_has_selinux(void);

#endif
