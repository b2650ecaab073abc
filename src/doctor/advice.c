/* SPDX-License-Identifier: Apache-2.0 */
/* What to change, in the words of the tool that has to be told. */
#include "doctor/probe.h"
#include "kernel/restrictions.h"

#include <string.h>
#include <unistd.h>

static const struct tool {
    const char *name;
    const char *file;     /* there inside its containers; NULL: none */
    const char *variable; /* of the environment; NULL: none */
    const char *value;    /* what it holds then; NULL: anything */
    const char *words[DOCTOR_STATES];
} tools[] = {
    {"docker",
     "/.dockerenv",
     NULL,
     NULL,
     {[DOCTOR_FILTERED] = "--security-opt seccomp=FILE with a profile that allows it, or seccomp=unconfined",
      [DOCTOR_HIDDEN] = "--security-opt systempaths=unconfined",
      [DOCTOR_DENIED] = "--security-opt apparmor=unconfined, or label=disable",
      [DOCTOR_REFUSED] = "--cap-add SYS_ADMIN"}},
    {"podman",
     "/run/.containerenv",
     "container",
     "podman",
     {[DOCTOR_FILTERED] = "--security-opt seccomp=FILE with a profile that allows it, or seccomp=unconfined",
      [DOCTOR_HIDDEN] = "--security-opt unmask=ALL",
      [DOCTOR_DENIED] = "--security-opt apparmor=unconfined, or label=disable",
      [DOCTOR_REFUSED] = "--cap-add SYS_ADMIN"}},
    {"Kubernetes",
     NULL,
     "KUBERNETES_SERVICE_HOST",
     NULL,
     {[DOCTOR_FILTERED] = "securityContext: {seccompProfile: {type: Unconfined}}",
      [DOCTOR_HIDDEN] = "securityContext: {procMount: Unmasked}, with hostUsers: false",
      [DOCTOR_DENIED] = "securityContext: {appArmorProfile: {type: Unconfined}}",
      [DOCTOR_REFUSED] = "securityContext: {capabilities: {add: [SYS_ADMIN]}}"}},
    {"LXC, Incus",
     "/dev/.lxc",
     "container",
     "lxc",
     {[DOCTOR_FILTERED] = "security.nesting=true, or lxc.seccomp.profile with one that allows it",
      [DOCTOR_HIDDEN] = "security.nesting=true, or lxc.include of nesting.conf",
      [DOCTOR_DENIED] = "security.nesting=true, or lxc.apparmor.allow_nesting = 1",
      [DOCTOR_REFUSED] = "security.nesting=true"}},
    {"systemd unit",
     NULL,
     "INVOCATION_ID",
     NULL,
     {[DOCTOR_FILTERED] = "SystemCallFilter=@mount and RestrictNamespaces=no",
      [DOCTOR_HIDDEN] = "ProtectKernelTunables=no and ProtectProc=default",
      [DOCTOR_REFUSED] = "AmbientCapabilities=CAP_SYS_ADMIN CAP_SYS_CHROOT"}},
};

static bool is_around(const struct tool *tool)
{
    const char *value = tool->variable ? getenv(tool->variable) : NULL;

    if (tool->file && access(tool->file, F_OK) == 0)
        return true;
    return value && (!tool->value || strcmp(value, tool->value) == 0);
}

static bool is_known(void)
{
    for (size_t i = 0; i < ARRAY_LENGTH(tools); i++)
        if (is_around(&tools[i]))
            return true;
    return false;
}

static int add_line(struct examination *examination, struct strings *advice, const char *line,
                    struct error *error)
{
    const char **room =
        arena_append(&examination->doctor->arena, (void **)&advice->values, &advice->length, sizeof(*room));

    if (!room || !line)
        return error_memory(error);
    *room = line;
    return 0;
}

/* All of them where it can't be told which one it is. */
static int add_tools(struct examination *examination, enum doctor_state state, struct strings *advice,
                     struct error *error)
{
    bool known = is_known();
    int status = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(tools) && status == 0; i++) {
        const struct tool *tool = &tools[i];

        if (tool->words[state] && (!known || is_around(tool)))
            status = add_line(
                examination, advice,
                arena_printf(&examination->doctor->arena, "%s: %s", tool->name, tool->words[state]), error);
    }
    return status;
}

static const char *first_line(const struct examination *examination, const struct facility *facility,
                              const struct outcome *outcome)
{
    unsigned since = facility->call.since;

    if (outcome->advice)
        return outcome->advice;
    if (outcome->state == DOCTOR_MISSING && facility->missing)
        return facility->missing;
    if (outcome->state == DOCTOR_MISSING && since)
        return arena_printf(&examination->doctor->arena, "Linux %u.%u or newer", since >> 16, since & 0xffff);
    if (outcome->state == DOCTOR_DENIED && examination->restricts_users)
        return "AppArmor: load dist/apparmor/holdfast with \"apparmor_parser -r\" (" APPARMOR_STANZA ")";
    return NULL;
}

int doctor_advise(struct examination *examination, const struct facility *facility,
                  const struct outcome *outcome, struct strings *advice, struct error *error)
{
    const char *first = first_line(examination, facility, outcome);
    int status = first ? add_line(examination, advice, first, error) : 0;

    if (status < 0 || outcome->state == DOCTOR_WORKS)
        return status;
    if (outcome->state == DOCTOR_REFUSED && first)
        return 0;
    if (outcome->state == DOCTOR_REFUSED && !is_known())
        return add_line(examination, advice, "run with CAP_SYS_ADMIN and CAP_SYS_CHROOT, as root has them",
                        error);
    if (outcome->state == DOCTOR_DENIED && examination->restricts_users)
        return 0;
    return add_tools(examination, outcome->state, advice, error);
}
