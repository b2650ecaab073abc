/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a caller of the library must not do, one misuse a word: the sanitizers have to report each, or their silence about
 * the rest means nothing. scripts/check-sanitizers runs it.
 */
#include "holdfast/holdfast.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hf_config *new_config(void)
{
    const struct hf_root_options root = {.size = sizeof(root), .path = "/srv/root"};
    hf_config *config = NULL;

    if (hf_config_new(&root, &config, NULL) != 0)
        abort();
    return config;
}

static hf_plan *new_plan(void)
{
    hf_config *config = new_config();
    hf_plan *plan = NULL;

    if (hf_plan_new(config, &plan, NULL) != 0)
        abort();
    hf_config_free(config);
    return plan;
}

/* The plan's texts go with it. */
static int use_after_free(void)
{
    hf_plan *plan = new_plan();
    const char *line = hf_plan_line(plan, 0);

    hf_plan_free(plan);
    return line[0] == 'b';
}

static int free_twice(void)
{
    hf_plan *plan = new_plan();

    hf_plan_free(plan);
    hf_plan_free(plan);
    return 0;
}

/* A length that is more than the text. */
static int read_beyond(void)
{
    char *json = strdup("{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"x\"}}");
    struct hf_json_options options = {.size = sizeof(options), .bundle = "/"};
    hf_config *config = NULL;
    int status = hf_config_from_json(json, strlen(json) + 64, &options, &config, NULL);

    hf_config_free(config);
    free(json);
    return status;
}

static int leak(void)
{
    return hf_plan_length(new_plan()) == 0;
}

static int overflow(void)
{
    volatile int number = INT_MAX;

    number = number + 1;
    return number == 0;
}

static void *add_mounts(void *config)
{
    const struct hf_mount mount = {.size = sizeof(mount), .type = "tmpfs", .destination = "/tmp"};

    for (int i = 0; i < 1000; i++)
        (void)hf_config_add_mount(config, &mount, NULL);
    return NULL;
}

/* One object is for one thread at a time. */
static int race(void)
{
    hf_config *config = new_config();
    pthread_t other;

    if (pthread_create(&other, NULL, add_mounts, config) != 0)
        abort();
    add_mounts(config);
    pthread_join(other, NULL);
    hf_config_free(config);
    return 0;
}

static const struct misuse {
    const char *name;
    int (*run)(void);
} misuses[] = {
    {"use-after-free", use_after_free},
    {"free-twice", free_twice},
    {"read-beyond", read_beyond},
    {"leak", leak},
    {"overflow", overflow},
    {"race", race},
};

int main(int count, char **arguments)
{
    for (size_t i = 0; count == 2 && i < sizeof(misuses) / sizeof(misuses[0]); i++)
        if (strcmp(misuses[i].name, arguments[1]) == 0)
            return misuses[i].run();
    fprintf(stderr, "unknown misuse\n");
    return 2;
}
