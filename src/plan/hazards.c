/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/hazards.h"
#include "plan/target.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct hazard_kind kinds[] = {
    {"writable-host-path",
     "add \"rro\" to its options, or bind only the part that the container has to change"},
    {"container-socket",
     "leave it out: who can connect to it controls the machine, even through a read-only mount"},
    {"writable-submounts-below-ro", "write \"rro\" instead of \"ro\", or \"bind\" instead of \"rbind\""},
    {"hidden-mount", "list a mount after those that it would hide: \"/a\" before \"/a/b\""},
    {"single-file-bind", "bind the directory that the file is in, so that its replacement is seen"},
    {"self-bind-shared",
     "add \"rprivate\" or \"rslave\" to its options, or bind a tree that the root is not in"},
    {"shared-propagation-out", "add \"rslave\" to its options, or set linux.rootfsPropagation to \"rslave\""},
    {"disk-device-writable", "leave the device out, or deny \"w\" in linux.resources.devices"},
    {"no-masked-paths-with-host-pid",
     "fill linux.maskedPaths as \"holdfast spec\" does, or add { \"type\": \"pid\" }"},
    {"no-masked-paths-with-host-network",
     "fill linux.maskedPaths as \"holdfast spec\" does, or add { \"type\": \"network\" }"},
    {"replaceable-source", "move the source to where only root can write, from \"/\" on"},
    {"large-relabel",
     "label the tree once by chcon(1) or semanage-fcontext(8), and leave \"z\" and \"Z\" out"},
    {NULL, NULL},
};

const struct hazard_kind *hazard_kinds(void)
{
    return kinds;
}

const struct hazard_kind *hazard_find_kind(const char *id)
{
    for (const struct hazard_kind *kind = kinds; kind->id; kind++)
        if (strcmp(kind->id, id) == 0)
            return kind;
    return NULL;
}

/* As an error would say it. */
static int describe_place(const struct hazard_search *search, size_t operation, const char **ret_place,
                          struct error *error)
{
    CLEANUP_ERROR struct error place = {0};

    error_set(&place, 0, "-");
    if (operation == NO_OPERATION)
        config_error_place(search->plan->config, &place, "linux.maskedPaths");
    else
        plan_error_place(search->plan, operation, &place);
    *ret_place = arena_copy(search->arena, place.place ? place.place : "");
    return *ret_place ? 0 : error_memory(error);
}

int hazard_add(const struct hazard_search *search, const char *id, size_t operation, struct error *error,
               const char *format, ...)
{
    struct hazards *hazards = search->hazards;
    struct hazard *hazard =
        arena_append(search->arena, (void **)&hazards->values, &hazards->length, sizeof(*hazard));
    CLEANUP_FREE char *text = NULL;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        text = NULL;
    if (!hazard || !text)
        return error_memory(error);
    *hazard = (struct hazard){id, operation, arena_copy(search->arena, text), NULL};
    return hazard->text ? describe_place(search, operation, &hazard->place, error) : error_memory(error);
}

static bool shows_processes(const struct plan *plan)
{
    for (size_t i = 0; i < plan->length; i++) {
        const struct operation *operation = &plan->operations[i];

        if (operation_is_filesystem(operation, "proc"))
            return true;
        if (operation->kind == OPERATION_BIND && strcmp(operation->bind.source, "/proc") == 0)
            return true;
    }
    return false;
}

/* Not given, or that of a process that is certainly the host's. What else is joined may be another
 * container's. */
static bool is_of_host(const struct config *config, int flag)
{
    static const char *const host[] = {"/proc/1/ns/", "/proc/self/ns/", "/proc/thread-self/ns/"};
    const struct config_namespace *namespace = config_namespace(config, flag);

    for (size_t i = 0; namespace && namespace->path && i < ARRAY_LENGTH(host); i++)
        if (strncmp(namespace->path, host[i], strlen(host[i])) == 0)
            return true;
    return !namespace;
}

static const struct {
    int flag;
    const char *id, *text;
} host_namespaces[] = {
    {CLONE_NEWPID, "no-masked-paths-with-host-pid",
     "no path is masked, and /proc shows the processes of the host"},
    {CLONE_NEWNET, "no-masked-paths-with-host-network",
     "no path is masked, and /proc/sys/net and /sys are those of the host's network"},
};

static int find_unmasked(const struct hazard_search *search, struct error *error)
{
    const struct config *config = search->plan->config;
    int status = 0;

    if (config->masked_paths.length > 0 || !shows_processes(search->plan))
        return 0;
    for (size_t i = 0; i < ARRAY_LENGTH(host_namespaces) && status == 0; i++)
        if (is_of_host(config, host_namespaces[i].flag))
            status =
                hazard_add(search, host_namespaces[i].id, NO_OPERATION, error, "%s", host_namespaces[i].text);
    return status;
}

const char *const *hazard_targets(const struct plan *plan, struct arena *arena)
{
    const char **targets = arena_allocate(arena, plan->length + 1, sizeof(*targets));

    for (size_t i = 0; targets && i < plan->length; i++) {
        targets[i] = plan_target(plan, i, arena);
        if (!targets[i])
            return NULL;
    }
    return targets;
}

static int (*const checks[])(const struct hazard_search *search, size_t operation, struct error *error) = {
    hazards_of_paths,
    hazards_of_mounts,
    hazards_of_devices,
};

int plan_find_hazards(const struct plan *plan, struct arena *arena, struct hazards *hazards,
                      struct error *error)
{
    const struct hazard_search search = {plan, hazard_targets(plan, arena), arena, hazards};
    int status = 0;

    if (!search.targets)
        return error_memory(error);
    /* Of mounts alone the rest of the container is not known. */
    if (!plan->config->mounts_only)
        status = find_unmasked(&search, error);
    for (size_t i = 0; i < plan->length; i++)
        for (size_t check = 0; check < ARRAY_LENGTH(checks) && status == 0; check++)
            status = checks[check](&search, i, error);
    return status;
}
