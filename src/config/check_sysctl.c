/* SPDX-License-Identifier: Apache-2.0 */
/* linux.sysctl: only what belongs to a namespace of the container, or it would be the host's (namespaces(7),
 * ipc_namespaces(7), uts_namespaces(7)). */
#include "config/check.h"

#include <sched.h>
#include <string.h>

/* Keys that belong to a namespace. One that ends with a dot stands for all that begin with it. */
static const struct namespaced_key {
    const char *key;
    int flag;
    const char *namespace;
} namespaced_keys[] = {
    {"net.", CLONE_NEWNET, "network"},
    {"fs.mqueue.", CLONE_NEWIPC, "ipc"},
    {"kernel.auto_msgmni", CLONE_NEWIPC, "ipc"},
    {"kernel.msg_next_id", CLONE_NEWIPC, "ipc"},
    {"kernel.msgmax", CLONE_NEWIPC, "ipc"},
    {"kernel.msgmnb", CLONE_NEWIPC, "ipc"},
    {"kernel.msgmni", CLONE_NEWIPC, "ipc"},
    {"kernel.sem", CLONE_NEWIPC, "ipc"},
    {"kernel.sem_next_id", CLONE_NEWIPC, "ipc"},
    {"kernel.shm_next_id", CLONE_NEWIPC, "ipc"},
    {"kernel.shm_rmid_forced", CLONE_NEWIPC, "ipc"},
    {"kernel.shmall", CLONE_NEWIPC, "ipc"},
    {"kernel.shmmax", CLONE_NEWIPC, "ipc"},
    {"kernel.shmmni", CLONE_NEWIPC, "ipc"},
    {"kernel.domainname", CLONE_NEWUTS, "uts"},
};

static bool key_matches(const char *key, const char *row)
{
    size_t length = strlen(row);

    return row[length - 1] == '.' ? strncmp(key, row, length) == 0 : strcmp(key, row) == 0;
}

static const struct namespaced_key *find_key(const char *key)
{
    for (size_t i = 0; i < ARRAY_LENGTH(namespaced_keys); i++)
        if (key_matches(key, namespaced_keys[i].key))
            return &namespaced_keys[i];
    return NULL;
}

int config_sysctl_namespace(const char *key)
{
    const struct namespaced_key *row = find_key(key);

    return row ? row->flag : 0;
}

/* Would the key lead out of the directory of its first parts? A slash in it stands for a dot in a file's name. */
static bool has_odd_part(const char *key)
{
    for (const char *at = key;; at++) {
        size_t length = strcspn(at, ".");

        if (length == 0 || strspn(at, "/") == length || memchr(at, '\n', length))
            return true;
        at += length;
        if (!*at)
            return false;
    }
}

static int check_key(const struct config *config, const char *key, struct error *error)
{
    const struct namespaced_key *row = find_key(key);

    if (has_odd_part(key)) {
        error_set(error, EINVAL, "is not a key");
        error_hint(error, "a key is like \"net.ipv4.ip_forward\" or \"net/ipv4/ip_forward\"");
    } else if (strcmp(key, "kernel.hostname") == 0) {
        error_set(error, EINVAL, "is what \"hostname\" is for");
        error_hint(error, "set \"hostname\" at the top level instead");
    } else if (!row) {
        error_set(error, EINVAL, "belongs to no namespace, so it would be the host's");
        error_hint(error, "remove it, and set it on the host if it is meant for all");
    } else if (!config_namespace(config, row->flag)) {
        error_set(error, EINVAL, "needs a namespace of type \"%s\", or it would be the host's",
                  row->namespace);
        error_hint(error, "add {\"type\": \"%s\"} to linux.namespaces, or remove it", row->namespace);
    } else {
        return 0;
    }
    return -error->code;
}

/* Two spellings of a key with two values: which one should win? */
static int check_unique(const struct config *config, size_t index, struct error *error)
{
    const char *key = config->sysctl[index].key;

    for (size_t i = 0; i < index; i++)
        if (strcmp(config->sysctl[i].key, key) == 0)
            return error_set(error, EINVAL, "is there with dots and with slashes");
    return 0;
}

int config_check_sysctl(const struct config *config, struct error *error)
{
    for (size_t i = 0; i < config->sysctl_length; i++)
        if (check_key(config, config->sysctl[i].key, error) < 0 || check_unique(config, i, error) < 0)
            return config_place(config, error, "linux.sysctl.%s", config->sysctl[i].key);
    return 0;
}
