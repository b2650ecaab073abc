/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration needs; without one, what an ordinary container does. */
#include "doctor/probe.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

/* An ordinary container has these as new ones. */
#define USUAL_NAMESPACES (CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

typedef bool operation_test(const struct operation *operation, const char *word);

static bool any_operation(const struct examination *examination, operation_test *test, const char *word)
{
    for (size_t i = 0; i < examination->plan.length; i++)
        if (test(&examination->plan.operations[i], word))
            return true;
    return false;
}

bool needs_rootless(const struct examination *examination)
{
    return !examination->privileged || !examination->initial;
}

bool needs_always(const struct examination *examination, const struct facility *facility)
{
    (void)examination;
    (void)facility;
    return true;
}

bool needs_namespace(const struct examination *examination, const struct facility *facility)
{
    const struct config_namespace *wanted;

    if (facility->flag == CLONE_NEWUSER && !examination->privileged)
        return true;
    if (!examination->config)
        return (facility->flag & USUAL_NAMESPACES) != 0;
    wanted = config_namespace(examination->config, facility->flag);
    return wanted && !wanted->path;
}

bool needs_privileges(const struct examination *examination, const struct facility *facility)
{
    (void)facility;
    return examination->config && !config_namespace(examination->config, CLONE_NEWUSER);
}

bool needs_pivot_root(const struct examination *examination, const struct facility *facility)
{
    (void)facility;
    return !examination->config || !examination->config->no_pivot_root;
}

static bool reconfigures(const struct operation *operation, const char *word)
{
    (void)word;
    return operation->kind == OPERATION_REMOUNT && operation->remount.parameters.length > 0;
}

bool needs_reconfigure(const struct examination *examination, const struct facility *facility)
{
    return any_operation(examination, reconfigures, facility->word);
}

bool needs_seccomp(const struct examination *examination, const struct facility *facility)
{
    (void)facility;
    return !examination->config || examination->config->seccomp.given;
}

bool needs_listener(const struct examination *examination, const struct facility *facility)
{
    (void)facility;
    return examination->config && examination->config->seccomp.listener_path;
}

bool needs_memory_policy(const struct examination *examination, const struct facility *facility)
{
    (void)facility;
    return examination->config && examination->config->memory_policy.given;
}

bool needs_personality(const struct examination *examination, const struct facility *facility)
{
    (void)facility;
    return examination->config && examination->config->has_personality;
}

bool needs_scheduler(const struct examination *examination, const struct facility *facility)
{
    (void)facility;
    return examination->config && examination->config->process.scheduler.given;
}

bool needs_intel_rdt(const struct examination *examination, const struct facility *facility)
{
    (void)facility;
    return examination->config && examination->config->intel_rdt.given;
}

/* Root of the machine has them made outside of the container's user namespace, where nothing is asked. */
bool needs_own_mount(const struct examination *examination, const struct facility *facility)
{
    if (!needs_rootless(examination))
        return false;
    return !examination->config || any_operation(examination, operation_is_filesystem, facility->word);
}

static bool is_overlay(const struct operation *operation, const char *word)
{
    (void)word;
    return operation->kind == OPERATION_OVERLAY;
}

bool needs_overlay(const struct examination *examination, const struct facility *facility)
{
    return needs_rootless(examination) && any_operation(examination, is_overlay, facility->word);
}

static bool is_idmapped(const struct operation *operation, const char *word)
{
    (void)word;
    return operation->kind == OPERATION_BIND && operation->bind.idmap.kind != IDMAP_NONE;
}

bool needs_idmapped(const struct examination *examination, const struct facility *facility)
{
    return any_operation(examination, is_idmapped, facility->word);
}

static bool maps_only(const struct id_mappings *mappings, uint32_t id)
{
    return mappings->length == 1 && mappings->ranges[0].size == 1 && mappings->ranges[0].host_id == id;
}

bool needs_subordinate_ids(const struct examination *examination, const struct facility *facility)
{
    const struct config *config = examination->config;
    const struct config_namespace *wanted = config ? config_namespace(config, CLONE_NEWUSER) : NULL;

    (void)facility;
    if (!wanted || wanted->path || examination->privileged)
        return false;
    return !maps_only(&config->uid_mappings, geteuid()) || !maps_only(&config->gid_mappings, getegid());
}

bool needs_cgroups(const struct examination *examination, const struct facility *facility)
{
    const struct config *config = examination->config;

    (void)facility;
    return config &&
           (config->cgroups_path || config->resources.pids.given || config->resources.memory.limit.given ||
            config->resources.cpu.shares.given || config->resources.cpu.quota.given ||
            config->resources.cpu.cpus || config->resources.block_io.weight.given ||
            config->resources.hugepages_length || config->resources.unified_length);
}

bool needs_apparmor(const struct examination *examination, const struct facility *facility)
{
    (void)facility;
    return examination->config && examination->config->process.apparmor_profile;
}

bool needs_selinux(const struct examination *examination, const struct facility *facility)
{
    (void)facility;
    return examination->config &&
           (examination->config->process.selinux_label || examination->config->mount_label);
}
