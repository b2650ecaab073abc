/* SPDX-License-Identifier: Apache-2.0 */
/* Plans as texts. */
#include "library/edge.h"
#include "plan/compare.h"
#include "plan/json.h"
#include "plan/svg.h"
#include "plan/tree.h"

#include <jansson.h>
#include <stdio.h>

#define INDENTATION_LIMIT 31u /* jansson's */

static int make_json(const struct plan *plan, unsigned indentation, char **ret_text, struct error *error)
{
    CLEANUP_PLAN_LISTING struct plan_listing listing = {0};
    json_t *json = NULL;
    int status = plan_list(&listing, plan, error);

    if (status == 0)
        status = plan_to_json(plan, &listing, &json, error);
    if (status < 0)
        return status;
    *ret_text = json_dumps(json, indentation > 0 ? JSON_INDENT(indentation) : JSON_COMPACT);
    json_decref(json);
    return *ret_text ? 0 : error_memory(error);
}

int hf_plan_to_json(const hf_plan *plan, const struct hf_plan_json_options *options, char **ret_text,
                    hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    struct hf_plan_json_options given;
    char *text = NULL;

    if (edge_copy_options(options, &given, sizeof(given), &error) < 0)
        return edge_fail(&error, ret_error);
    if (given.indentation > INDENTATION_LIMIT)
        error_set(&error, EINVAL, "the indentation is %u, but at most %u", given.indentation,
                  INDENTATION_LIMIT);
    if (error.code != 0 || make_json(&plan->plan, given.indentation, &text, &error) < 0)
        return edge_fail(&error, ret_error);
    *ret_text = text;
    return 0;
}

static int print_tree(const struct plan_tree *tree, bool colors, char **ret_text, struct error *error)
{
    size_t length;
    char *text = NULL;
    FILE *out = open_memstream(&text, &length);

    if (!out)
        return error_memory(error);
    plan_tree_print(out, tree, colors);
    if (fclose(out) != 0) {
        free(text);
        return error_memory(error);
    }
    *ret_text = text;
    return 0;
}

static int make_tree(const struct plan *plan, const struct hf_tree_options *options, char **ret_text,
                     struct error *error)
{
    CLEANUP_PLAN_TREE struct plan_tree tree = {0};
    size_t length;
    int status = plan_tree_make(&tree, plan, error);

    if (status < 0)
        return status;
    switch (options->form) {
    case HF_TREE_TEXT:
    case HF_TREE_TERMINAL:
        return print_tree(&tree, options->form == HF_TREE_TERMINAL, ret_text, error);
    case HF_TREE_SVG:
        return plan_tree_draw(&tree, options->title, ret_text, &length, error);
    }
    return error_set(error, EINVAL, "unknown form of a tree");
}

int hf_plan_tree(const hf_plan *plan, const struct hf_tree_options *options, char **ret_text,
                 hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    struct hf_tree_options given;
    char *text = NULL;

    if (edge_copy_options(options, &given, sizeof(given), &error) < 0 ||
        make_tree(&plan->plan, &given, &text, &error) < 0)
        return edge_fail(&error, ret_error);
    *ret_text = text;
    return 0;
}

static int compare(const struct plan *before, const struct plan *after, FILE *out, struct error *error)
{
    CLEANUP_PLAN_LISTING struct plan_listing listed_before = {0}, listed_after = {0};
    int status = plan_list(&listed_before, before, error);
    bool same;

    if (status == 0)
        status = plan_list(&listed_after, after, error);
    return status == 0 ? plan_compare(out, &listed_before, &listed_after, &same, error) : status;
}

int hf_plan_diff(const hf_plan *before, const hf_plan *after, char **ret_text, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    int status = out ? compare(&before->plan, &after->plan, out, &error) : error_memory(&error);

    if (out && fclose(out) != 0 && status == 0)
        status = error_memory(&error);
    if (status < 0)
        return edge_fail(&error, ret_error);
    *ret_text = text;
    text = NULL;
    return 0;
}

void hf_text_free(char *text)
{
    free(text);
}
