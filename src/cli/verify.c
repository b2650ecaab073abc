/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "cli/cli.h"
#include "container/drift.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define FAILED 2

/* The container chose the names: control characters would reach the terminal. */
static void print_text(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            printf("\\%03o", (unsigned char)*text);
        else
            putchar(*text);
}

static void print_difference(const struct difference *difference)
{
    print_text(difference->place);
    if (difference->origin)
        printf(" (%s)", difference->origin);
    fputs(": expected ", stdout);
    print_text(difference->expected);
    fputs(", found ", stdout);
    print_text(difference->found);
    if (difference->cause)
        printf(": %s", difference->cause);
    putchar('\n');
}

/* JSON is UTF-8; of a name that isn't the other bytes become "?". */
static json_t *make_string(const char *text)
{
    json_t *string = text ? json_string(text) : json_null();
    CLEANUP_FREE char *copy = string ? NULL : strdup(text);

    for (char *byte = copy; byte && *byte; byte++)
        if ((unsigned char)*byte >= 0x80)
            *byte = '?';
    return copy ? json_string(copy) : string;
}

static json_t *describe_difference(const struct difference *difference)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "kind", difference_name(difference->kind), "place",
                     make_string(difference->place), "origin", make_string(difference->origin), "expected",
                     make_string(difference->expected), "found", make_string(difference->found), "cause",
                     make_string(difference->cause));
}

static json_t *describe_hooks(const struct expectation *expectation)
{
    json_t *array = json_array();

    for (size_t i = 0; i < expectation->length && array; i++) {
        const struct expected_mount *mount = &expectation->mounts[i];

        if (!mount->from_hooks ||
            json_array_append_new(array, json_pack("{s:o, s:o, s:o}", "place", make_string(mount->place),
                                                   "type", make_string(mount->type), "source",
                                                   make_string(mount->source))) == 0)
            continue;
        json_decref(array);
        return NULL;
    }
    return array;
}

static json_t *describe_drift(const struct comparison *comparison)
{
    json_t *array = json_array();

    for (size_t i = 0; i < comparison->length && array; i++)
        if (json_array_append_new(array, describe_difference(&comparison->differences[i])) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static int print(const struct drift *drift, const char *id, bool json, struct error *error)
{
    int status = 0;

    if (json)
        status = cli_print_json(json_pack("{s:s, s:i, s:o, s:o}", "id", id, "version", 1, "drift",
                                          describe_drift(&drift->comparison), "hooks",
                                          describe_hooks(&drift->expectation)),
                                2, error);
    for (size_t i = 0; i < drift->comparison.length && !json; i++)
        print_difference(&drift->comparison.differences[i]);
    return status < 0 ? status : drift->comparison.length > 0;
}

static int verify(const struct cli_call *call, const char *id, bool json, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_FD int pidfd = -1;
    CLEANUP_DRIFT struct drift drift = {0};
    struct container_process process;
    int status = container_open(&container, call->settings->root, id, false, error);

    if (status == 0)
        status = container_open_process(&container, &pidfd, error);
    if (status < 0)
        return status;
    process = (struct container_process){pidfd, container.state.pid};
    status = container_find_drift(&container, &process, &drift, error);
    return status == 0 ? print(&drift, id, json, error) : status;
}

static int run(const struct cli_call *call, struct error *error)
{
    bool json = false;
    const struct cli_option options[] = {
        {"json", 0, CLI_FLAG, &json, NULL, "shows the result as JSON"},
        {0},
    };
    int first = cli_parse_words(call, options, 1, 1, error);

    return first <= 0 ? first : verify(call, call->arguments[first], json, error);
}

const struct cli_command cli_verify = {
    .name = "verify",
    .arguments = "ID",
    .summary = "Compares a container's mounts with those that it began with",
    .text = "A line for each difference, with its cause where that can be known. The exit status is 0\n"
            "if there is none, 1 if there are some, and 2 if holdfast failed.\n",
    .failure = FAILED,
    .run = run,
};
