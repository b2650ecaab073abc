/* SPDX-License-Identifier: Apache-2.0 */
/* System calls with arguments that do nothing: what else than the kernel's answer comes back was put there
 * by somebody. */
#include "base/fd.h"
#include "doctor/probe.h"

#include <sys/syscall.h>
#include <unistd.h>

struct attempt {
    const struct call_probe *call;
    bool done;
    int code;
};

/* In a helper: a filter may kill who calls. */
static int call_once(void *argument, struct error *error)
{
    struct attempt *attempt = argument;
    const unsigned long *values = attempt->call->arguments;
    long result =
        syscall(attempt->call->number, values[0], values[1], values[2], values[3], values[4], values[5]);

    (void)error;
    attempt->code = result < 0 ? errno : 0;
    attempt->done = true;
    return 0;
}

static bool is_permission(int code)
{
    return code == EPERM || code == EACCES;
}

static enum doctor_state judge(const struct examination *examination, const struct call_probe *call, int code)
{
    if (code == call->expected)
        return DOCTOR_WORKS;
    if (code == ENOSYS && examination->kernel < call->since)
        return DOCTOR_MISSING;
    if (examination->has_seccomp)
        return DOCTOR_FILTERED;
    if (is_permission(code))
        return examination->confinement ? DOCTOR_DENIED : DOCTOR_REFUSED;
    return DOCTOR_MISSING;
}

static struct outcome describe(const struct examination *examination, const struct call_probe *call, int code)
{
    struct outcome outcome = {judge(examination, call, code), code, NULL, NULL};

    if (outcome.state == DOCTOR_WORKS)
        outcome.code = 0;
    else
        outcome.detail =
            arena_printf(&examination->doctor->arena, "it answers %s where the kernel would say %s",
                         error_name(code), call->expected ? error_name(call->expected) : "yes");
    if (outcome.state == DOCTOR_MISSING)
        outcome.detail = error_name(code);
    return outcome;
}

int probe_call(struct examination *examination, const struct facility *facility, struct error *error)
{
    const struct call_probe *call = &facility->call;
    bool in_user_namespace = call->privileged && !examination->privileged;
    struct attempt attempt = {.call = call};
    struct outcome outcome = {DOCTOR_FILTERED, ECHILD, "who calls it is killed", NULL};
    int status = doctor_try(examination, in_user_namespace, call_once, &attempt, NULL);

    if (attempt.done)
        outcome = describe(examination, call, attempt.code);
    else if (status != -ECHILD)
        outcome = (struct outcome){doctor_judge(examination, -status), -status,
                                   "it can't be tried without privileges, nor in a user namespace", NULL};
    return doctor_add(examination, facility, facility->name, outcome, error);
}
