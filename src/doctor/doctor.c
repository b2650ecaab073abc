/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/doctor.h"
#include "base/fd.h"
#include "doctor/probe.h"
#include "kernel/environment.h"
#include "kernel/restrictions.h"
#include "mount/machine.h"
#include "mount/namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char *const state_names[DOCTOR_STATES] = {
    [DOCTOR_WORKS] = "works",   [DOCTOR_MISSING] = "missing",  [DOCTOR_FILTERED] = "filtered",
    [DOCTOR_DENIED] = "denied", [DOCTOR_REFUSED] = "refused",  [DOCTOR_LIMITED] = "limited",
    [DOCTOR_HIDDEN] = "hidden", [DOCTOR_UNSET] = "not set up",
};

const char *doctor_state_name(enum doctor_state state)
{
    return state_names[state];
}

void doctor_clear(struct doctor *doctor)
{
    arena_clear(&doctor->arena);
    *doctor = (struct doctor){0};
}

int doctor_add(struct examination *examination, const struct facility *facility, const char *name,
               struct outcome outcome, struct error *error)
{
    struct doctor *doctor = examination->doctor;
    struct doctor_finding *finding =
        arena_append(&doctor->arena, (void **)&doctor->findings, &doctor->length, sizeof(*finding));

    if (!finding)
        return error_memory(error);
    *finding = (struct doctor_finding){
        .name = arena_copy(&doctor->arena, name),
        .purpose = facility->purpose,
        .needed = facility->needed && facility->needed(examination, facility),
        .state = outcome.state,
        .code = outcome.code,
        .detail = arena_copy(&doctor->arena, outcome.detail ? outcome.detail : ""),
    };
    if (!finding->name || !finding->detail)
        return error_memory(error);
    if (finding->needed && outcome.state != DOCTOR_WORKS)
        doctor->works = false;
    return doctor_advise(examination, facility, &outcome, &finding->advice, error);
}

enum doctor_state doctor_judge(const struct examination *examination, int code)
{
    switch (code) {
    case 0:
        return DOCTOR_WORKS;
    case ENOSPC:
    case EUSERS:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ENOMEM:
        return DOCTOR_LIMITED;
    case ECHILD: /* killed in the middle of a call */
        return DOCTOR_FILTERED;
    case EPERM:
    case EACCES:
        if (examination->restricts_users)
            return DOCTOR_DENIED;
        if (examination->has_seccomp)
            return DOCTOR_FILTERED;
        return examination->confinement ? DOCTOR_DENIED : DOCTOR_REFUSED;
    case ENOSYS:
        return examination->has_seccomp ? DOCTOR_FILTERED : DOCTOR_MISSING;
    default:
        return DOCTOR_MISSING;
    }
}

struct attempt {
    bool in_user_namespace;
    int (*step)(void *argument, struct error *error);
    void *argument;
};

static int attempt(void *argument, struct error *error)
{
    const struct attempt *wanted = argument;
    int status =
        wanted->in_user_namespace ? doctor_enter_user_namespace(CLONE_NEWUSER | CLONE_NEWNS, error) : 0;

    return status < 0 ? status : wanted->step(wanted->argument, error);
}

int doctor_try(struct examination *examination, bool in_user_namespace,
               int (*step)(void *argument, struct error *error), void *argument, const char **ret_text)
{
    CLEANUP_ERROR struct error error = {0};
    struct attempt wanted = {in_user_namespace, step, argument};
    int status = helper_run(attempt, &wanted, &error);

    if (status < 0 && ret_text) {
        CLEANUP_FREE char *text = error_format(&error);

        *ret_text = text ? arena_copy(&examination->doctor->arena, text) : NULL;
    }
    return status;
}

static unsigned kernel_version(void)
{
    struct utsname name;
    unsigned major = 0, minor = 0;

    if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2)
        return 0;
    return KERNEL(major, minor);
}

/* "docker-default (enforce)"; the text of who is not confined is "unconfined". */
static const char *read_confinement(struct arena *arena)
{
    CLEANUP_FD int fd = open("/proc/self/attr/apparmor/current", O_RDONLY | O_CLOEXEC);
    char text[256] = "";

    if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
        return NULL;
    text[strcspn(text, "\n")] = '\0';
    return strncmp(text, "unconfined", strlen("unconfined")) == 0
               ? NULL
               : arena_printf(arena, "AppArmor profile %s", text);
}

static int look_around(struct examination *examination, struct error *error)
{
    int status = mount_namespace_find_privilege(&examination->privileged, error);

    if (status < 0)
        return status;
    examination->initial = environment_is_initial_user_namespace();
    examination->has_seccomp = restrictions_has_seccomp();
    examination->confinement = read_confinement(&examination->doctor->arena);
    if (!examination->confinement && environment_has_selinux())
        examination->confinement = "SELinux";
    examination->restricts_users =
        !examination->privileged && (restrictions_sysctl("kernel/unprivileged_userns_clone") == 0 ||
                                     restrictions_sysctl("kernel/apparmor_restrict_unprivileged_userns") > 0);
    examination->kernel = kernel_version();
    return 0;
}

static int probe_all(struct examination *examination, struct error *error)
{
    int status = 0;

    for (const struct facility *facility = facilities; facility->name && status == 0; facility++) {
        bool needed = facility->needed && facility->needed(examination, facility);

        if (needed || !examination->config)
            status = facility->probe(examination, facility, error);
    }
    return status;
}

int doctor_examine(struct doctor *ret_doctor, const struct config *config, struct error *error)
{
    struct doctor doctor = {.works = true};
    struct examination examination = {.doctor = &doctor, .config = config};
    int status = look_around(&examination, error);

    if (status == 0 && config)
        status = plan_for_machine(&examination.plan, config, NULL, 0, error);
    if (status == 0)
        status = probe_all(&examination, error);
    plan_clear(&examination.plan);
    if (status < 0)
        doctor_clear(&doctor);
    else
        *ret_doctor = doctor;
    return status;
}
