/* SPDX-License-Identifier: Apache-2.0 */
#include "config/check.h"
#include "config/number_list.h"

#include <inttypes.h>
#include <string.h>

static int check_arguments(const struct config *config, struct error *error)
{
    const struct strings *args = &config->process.args;

    if (args->length == 0) {
        error_set(error, EINVAL, "is empty, but must begin with the program");
        return config_place(config, error, "process.args");
    }
    if (!*args->values[0]) {
        error_set(error, EINVAL, "is empty, but must be the program");
        return config_place(config, error, "process.args[0]");
    }
    return 0;
}

int config_check_environment(const struct config *config, const struct strings *env, const char *path,
                             struct error *error)
{
    for (size_t i = 0; i < env->length; i++) {
        const char *equals = strchr(env->values[i], '=');

        if (equals && equals != env->values[i])
            continue;
        /* Not shown: the value may be a secret. */
        error_set(error, EINVAL, "must be NAME=VALUE");
        return config_place(config, error, "%s[%zu]", path, i);
    }
    return 0;
}

static int check_rlimit(const struct config *config, size_t index, struct error *error)
{
    const struct config_rlimit *rlimits = config->process.rlimits;
    const struct config_rlimit *rlimit = &rlimits[index];

    if (rlimit->soft > rlimit->hard) {
        error_set(error, EINVAL, "is %" PRIu64 ", which is above the hard limit %" PRIu64, rlimit->soft,
                  rlimit->hard);
        return config_place(config, error, "process.rlimits[%zu].soft", index);
    }
    for (size_t i = 0; i < index; i++) {
        if (rlimits[i].resource == rlimit->resource) {
            error_set(error, EINVAL, "is %s for the second time", rlimit->name);
            return config_place(config, error, "process.rlimits[%zu].type", index);
        }
    }
    return 0;
}

/* They are written into files of procfs, where a line ends. */
static int check_labels(const struct config *config, struct error *error)
{
    const struct {
        const char *name, *value;
    } labels[] = {
        {"apparmorProfile", config->process.apparmor_profile},
        {"selinuxLabel", config->process.selinux_label},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(labels); i++) {
        if (!labels[i].value || !strchr(labels[i].value, '\n'))
            continue;
        error_set(error, EINVAL, "has a newline");
        return config_place(config, error, "process.%s", labels[i].name);
    }
    return 0;
}

static int check_affinity(const struct config *config, struct error *error)
{
    const struct {
        const char *name, *list;
    } lists[] = {
        {"initial", config->process.initial_affinity},
        {"final", config->process.final_affinity},
    };
    struct number_list cpus;

    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
        if (lists[i].list && number_list_parse(lists[i].list, MAXIMUM_CPU, &cpus, error) < 0)
            return config_place(config, error, "process.execCPUAffinity.%s", lists[i].name);
    return 0;
}

int config_check_process(const struct config *config, struct error *error)
{
    int result;

    if (!config->has_process)
        return 0;
    result = check_arguments(config, error);
    if (result == 0)
        result = config_check_environment(config, &config->process.env, "process.env", error);
    for (size_t i = 0; result == 0 && i < config->process.rlimits_length; i++)
        result = check_rlimit(config, i, error);
    if (result == 0 && check_absolute_path(config->process.cwd, error) < 0)
        result = config_place(config, error, "process.cwd");
    if (result == 0)
        result = check_labels(config, error);
    if (result == 0)
        result = check_affinity(config, error);
    return result < 0 ? result : config_check_scheduler(config, error);
}
