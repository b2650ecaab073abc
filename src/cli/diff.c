/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan_source.h"

#include "base/fd.h"
#include "config/parse.h"
#include "plan/compare.h"
#include "plan/json.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SIZE_LIMIT ((size_t)64 << 20)

/* As diff(1) has it. */
enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_TROUBLE = 2 };

/* One side: a plan that is made here, or one that was saved. */
struct side {
    struct planned planned;
    json_t *json;
    struct plan_listing listing;
};

static void clear_side(struct side *side)
{
    plan_listing_clear(&side->listing);
    planned_clear(&side->planned);
    json_decref(side->json);
}

static int compile(struct side *side, const struct container_settings *settings, const char *bundle,
                   const char *name, struct error *error)
{
    struct plan_request request = PLAN_REQUEST_NONE;
    int status;

    request.bundle = bundle;
    request.config_name = name;
    status = plan_source_read(&side->planned, settings, &request, error);
    return status == 0 ? plan_list(&side->listing, &side->planned.plan, error) : status;
}

/* A configuration's relative paths begin where it is. */
static int compile_file(struct side *side, const struct container_settings *settings, const char *path,
                        struct error *error)
{
    const char *slash = strrchr(path, '/');
    CLEANUP_FREE char *directory = slash ? strndup(path, (size_t)(slash - path + 1)) : strdup(".");

    if (!directory)
        return error_memory(error);
    return compile(side, settings, directory, slash ? slash + 1 : path, error);
}

static int read_saved(struct side *side, const char *path, struct error *error)
{
    int status = plan_listing_from_json(&side->listing, side->json, error);

    if (status < 0)
        error_place(error, "%s", path);
    return status;
}

static int read_file(struct side *side, const struct container_settings *settings, const char *path, int file,
                     struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    int status = fd_read_all(file, SIZE_LIMIT, &text, &length);

    if (status < 0)
        return error_call(error, status, "read", "cannot read %s", path);
    status = parse_json(text, length, path, &side->json, error);
    if (status < 0)
        return status;
    return plan_json_is_plan(side->json) ? read_saved(side, path, error)
                                         : compile_file(side, settings, path, error);
}

/* O_NONBLOCK: a FIFO must not hang. */
static int read_side(struct side *side, const struct container_settings *settings, const char *path,
                     struct error *error)
{
    CLEANUP_FD int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;

    if (file < 0 || fstat(file, &status) < 0) {
        error_call(error, errno, "open", "cannot open %s", path);
        error_hint(error, "give a bundle, a configuration, or what `holdfast plan --json` has printed");
        return -error->code;
    }
    if (S_ISDIR(status.st_mode))
        return compile(side, settings, path, "config.json", error);
    return read_file(side, settings, path, file, error);
}

static int run(const struct cli_call *call, struct error *error)
{
    CLEANUP(clear_side) struct side before = {0}, after = {0};
    const struct cli_option options[] = {{0}};
    int first = cli_parse_words(call, options, 2, 2, error);
    bool same;
    int status;

    if (first <= 0)
        return first;
    status = read_side(&before, call->settings, call->arguments[first], error);
    if (status == 0)
        status = read_side(&after, call->settings, call->arguments[first + 1], error);
    if (status == 0)
        status = plan_compare(stdout, &before.listing, &after.listing, &same, error);
    if (status < 0)
        return status;
    return same ? EXIT_SAME : EXIT_DIFFERENT;
}

const struct cli_command cli_diff = {
    .name = "diff",
    .arguments = "A B",
    .summary = "Tells in words how the plans of two configurations differ",
    .text = "A and B are bundles, configurations, or what `holdfast plan --json` has printed. The exit\n"
            "status is 0 if they do the same, 1 if not, and 2 after an error.\n",
    .failure = EXIT_TROUBLE,
    .run = run,
};
