/* SPDX-License-Identifier: Apache-2.0 */
/* setgroups(2), setresgid(2), prctl(PR_SET_KEEPCAPS, 1), setresuid(2), prctl(PR_SET_KEEPCAPS, 0): in this
 * order, because each one needs a capability that the user's change may take away. */
#include "process/user.h"

#include <grp.h>
#include <inttypes.h>
#include <sys/prctl.h>
#include <unistd.h>

static int set_groups(const struct config_process *process, bool may_set_groups, struct error *error)
{
    size_t length = process->additional_gids_length;

    if (!may_set_groups) {
        if (length == 0)
            return 0;
        error_set(error, EPERM,
                  "cannot set the additional groups: this user namespace does not allow setgroups");
        error_hint(error, "remove process.user.additionalGids, or start the container as root");
        return -EPERM;
    }
    /* Without additional groups as well: those of the user who starts the container must not remain. */
    if (setgroups(length, process->additional_gids) == 0)
        return 0;
    error_call(error, errno, "setgroups", "cannot set %zu additional groups", length);
    if (error->code == EPERM)
        error_hint(error, "this user namespace does not allow setgroups: see its /proc/PID/setgroups");
    else if (error->code == EINVAL)
        error_hint(error, "the user namespace does not map one of them");
    return -error->code;
}

static int id_error(const char *call, const char *what, uint32_t id, struct error *error)
{
    int code = errno;

    error_call(error, code, call, "cannot become the %s %" PRIu32, what, id);
    if (code == EINVAL)
        error_hint(error, "the user namespace does not map this id");
    return -code;
}

static int keep_capabilities(unsigned long keep, struct error *error)
{
    if (prctl(PR_SET_KEEPCAPS, keep, 0L, 0L, 0L) < 0)
        return error_call(error, errno, "prctl(PR_SET_KEEPCAPS)",
                          "cannot keep the capabilities for the new user");
    return 0;
}

/* setresuid(2) and setresgid(2) take -1 for "leave it as it is": the program would go on as root. */
static int check_id(const char *what, uint32_t id, struct error *error)
{
    return id == UINT32_MAX ? error_set(error, EINVAL, "%" PRIu32 " is no valid %s id", id, what) : 0;
}

static int switch_group(uint32_t gid, struct error *error)
{
    int result = check_id("group", gid, error);

    if (result < 0)
        return result;
    return setresgid(gid, gid, gid) < 0 ? id_error("setresgid", "group", gid, error) : 0;
}

static int switch_user(uint32_t uid, struct error *error)
{
    int result = check_id("user", uid, error);

    if (result < 0)
        return result;
    result = keep_capabilities(1, error);
    if (result < 0)
        return result;
    if (setresuid(uid, uid, uid) < 0)
        return id_error("setresuid", "user", uid, error);
    return keep_capabilities(0, error);
}

int user_switch(const struct config_process *process, bool may_set_groups, struct error *error)
{
    int result = set_groups(process, may_set_groups, error);

    if (result == 0)
        result = switch_group(process->gid, error);
    if (result == 0)
        result = switch_user(process->uid, error);
    return result;
}
