/* SPDX-License-Identifier: Apache-2.0 */
/* linux.seccomp: where SCMP_ACT_NOTIFY is possible, and what it needs (OCI config-linux.md, Seccomp). */
#include "config/check.h"

#include <seccomp.h>
#include <string.h>

/* The descriptor is sent by calls that the filter would stop already, with nobody there to answer: runc refuses both as
 * well. */
static int check_stoppable(const struct config *config, struct error *error)
{
    const struct config_seccomp *seccomp = &config->seccomp;

    if (seccomp->default_action == SCMP_ACT_NOTIFY) {
        error_set(error, EINVAL, "is SCMP_ACT_NOTIFY, which would stop the start itself");
        error_hint(error, "name the system calls in \"syscalls\"");
        return config_place(config, error, "linux.seccomp.defaultAction");
    }
    for (size_t i = 0; i < seccomp->rules_length; i++) {
        const struct config_seccomp_rule *rule = &seccomp->rules[i];

        for (size_t j = 0; rule->action == SCMP_ACT_NOTIFY && j < rule->names.length; j++) {
            if (strcmp(rule->names.values[j], "write") != 0)
                continue;
            error_set(error, EINVAL,
                      "is \"write\", which SCMP_ACT_NOTIFY is not for: it would stop the start itself");
            return config_place(config, error, "linux.seccomp.syscalls[%zu].names[%zu]", i, j);
        }
    }
    return 0;
}

static bool notifies(const struct config_seccomp *seccomp)
{
    for (size_t i = 0; i < seccomp->rules_length; i++)
        if (seccomp->rules[i].action == SCMP_ACT_NOTIFY)
            return true;
    return false;
}

int config_check_seccomp(const struct config *config, struct error *error)
{
    const struct config_seccomp *seccomp = &config->seccomp;
    int result;

    if (!seccomp->given)
        return 0;
    result = check_stoppable(config, error);
    if (result < 0)
        return result;
    if (seccomp->listener_path && check_path(seccomp->listener_path, error) < 0)
        return config_place(config, error, "linux.seccomp.listenerPath");
    if (!seccomp->listener_path && notifies(seccomp)) {
        error_set(error, EINVAL, "is missing, but SCMP_ACT_NOTIFY needs it");
        return config_place(config, error, "linux.seccomp.listenerPath");
    }
    if (!seccomp->listener_path && seccomp->listener_metadata) {
        error_set(error, EINVAL, "is for a listener, but there is no listenerPath");
        return config_place(config, error, "linux.seccomp.listenerMetadata");
    }
    return 0;
}
