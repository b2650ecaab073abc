/* SPDX-License-Identifier: Apache-2.0 */
/* config.json, to the plan, to everything that shows a plan. */
#include "fuzz.h"

#include "kernel/cgroup_environment.h"
#include "plan/compare.h"
#include "plan/hazards.h"
#include "plan/json.h"
#include "plan/print.h"
#include "plan/svg.h"
#include "plan/tree.h"
#include "verify/expectation.h"

#include <jansson.h>

static struct cgroup_hierarchy hierarchies[] = {
    {"cpu,cpuacct", "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/own", "/sys/fs/cgroup/cpu,cpuacct"},
    {"systemd", "name=systemd", NULL, "/sys/fs/cgroup/systemd"},
};
static const struct cgroup_environment legacy = {
    .hierarchies = hierarchies, .length = ARRAY_LENGTH(hierarchies), .unified = "/sys/fs/cgroup/unified"};
static const struct cgroup_environment unified = {
    .is_unified = true, .unified = "/sys/fs/cgroup", .unified_own = "/sys/fs/cgroup/own"};
static struct id_mapping range = {0, 100000, 65536};
static const struct id_mappings mappings = {&range, 1};

static const struct plan_environment machines[] = {
    {.initial_user_namespace = true, .cgroups = &unified},
    {.selinux = true, .gid_mappings = &mappings, .cgroups = &legacy},
};

struct output {
    FILE *file;
    char *text;
    size_t size;
};

static void output_open(struct output *output)
{
    output->text = NULL;
    output->file = open_memstream(&output->text, &output->size);
    REQUIRE(output->file);
}

/* What is printed is whole lines, and leaves the terminal alone. */
static size_t output_close(struct output *output)
{
    size_t lines = 0;

    REQUIRE(fclose(output->file) == 0);
    for (size_t i = 0; i < output->size; i++) {
        REQUIRE((unsigned char)output->text[i] >= ' ' || output->text[i] == '\n');
        REQUIRE(output->text[i] != 0x7f);
        lines += output->text[i] == '\n';
    }
    REQUIRE(output->size == 0 || output->text[output->size - 1] == '\n');
    free(output->text);
    return lines;
}

static void check_prints(const struct plan *plan, const struct plan_listing *listing)
{
    CLEANUP_ERROR struct error error = {0};
    struct output output;

    output_open(&output);
    plan_print_lines(output.file, listing);
    REQUIRE(output_close(&output) == plan->length);
    output_open(&output);
    REQUIRE(plan_print_table(output.file, listing, false, &error) == 0);
    REQUIRE(output_close(&output) == plan->length + 1);
}

/* A plan that was written and read again does the same. */
static void check_json(const struct plan *plan, const struct plan_listing *listing)
{
    CLEANUP_PLAN_LISTING struct plan_listing again = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *digest = NULL;
    struct output output;
    json_t *json;
    bool same;

    REQUIRE(plan_to_json(plan, listing, &json, &error) == 0);
    REQUIRE(plan_json_is_plan(json));
    REQUIRE(plan_json_digest(json_object_get(json, PLAN_JSON_OPERATIONS), &digest, &error) == 0);
    REQUIRE(strncmp(digest, "sha256:", 7) == 0 && strlen(digest) == 7 + 64);
    REQUIRE(plan_listing_from_json(&again, json, &error) == 0);
    output_open(&output);
    REQUIRE(plan_compare(output.file, listing, &again, &same, &error) == 0);
    REQUIRE(same && output_close(&output) == 0);
    json_decref(json);
}

static void check_pictures(const struct plan *plan)
{
    CLEANUP_PLAN_TREE struct plan_tree tree = {0};
    CLEANUP_ERROR struct error error = {0};
    struct output output;

    REQUIRE(plan_tree_make(&tree, plan, &error) == 0);
    output_open(&output);
    plan_tree_print(output.file, &tree, false);
    REQUIRE(output_close(&output) == tree.length);
    output = (struct output){.file = fopen("/dev/null", "we")};
    REQUIRE(plan_tree_draw(&tree, "title", &output.text, &output.size, &error) == 0);
    output_close(&output);
}

static void check_hazards(const struct plan *plan)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    struct hazards hazards = {0};

    REQUIRE(plan_find_hazards(plan, &arena, &hazards, &error) == 0);
    for (size_t i = 0; i < hazards.length; i++) {
        REQUIRE(hazard_find_kind(hazards.values[i].id));
        REQUIRE(hazards.values[i].operation < plan->length || hazards.values[i].operation == NO_OPERATION);
        REQUIRE(hazards.values[i].text && hazards.values[i].place);
    }
}

static void check_expectation(const struct plan *plan)
{
    CLEANUP_EXPECTATION struct expectation expectation = {0};
    CLEANUP_ERROR struct error error = {0};

    REQUIRE(expectation_from_plan(&expectation, plan, NULL, &error) == 0);
}

static void check_plan(const struct config *config, const struct plan_environment *machine)
{
    CLEANUP_PLAN_LISTING struct plan_listing listing = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_PLAN struct plan plan = {0};
    int status = plan_compile(&plan, config, machine, &error);

    if (status < 0) {
        fuzz_check_error(status, &error);
        return;
    }
    REQUIRE(plan_list(&listing, &plan, &error) == 0);
    check_prints(&plan, &listing);
    check_json(&plan, &listing);
    check_pictures(&plan);
    check_hazards(&plan);
    check_expectation(&plan);
}

/* What `exec --process` and `update --resources` read is in the same tables. */
static void check_parts(const char *text, size_t size)
{
    static int (*const readers[])(struct config *, const char *, size_t, const char *,
                                  struct error *) = {config_read_process_json, config_read_resources_json};

    for (size_t i = 0; i < ARRAY_LENGTH(readers); i++) {
        CLEANUP_CONFIG struct config config = {0};
        CLEANUP_ERROR struct error error = {0};
        int status = readers[i](&config, text, size, "part.json", &error);

        if (status < 0)
            fuzz_check_error(status, &error);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_FREE char *text = fuzz_text(data, size);
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};
    int status = config_read_json(&config, text, size, "config.json", &error);

    check_parts(text, size);
    if (status < 0) {
        fuzz_check_error(status, &error);
        return 0;
    }
    config.bundle = "/bundle";
    for (size_t i = 0; i < ARRAY_LENGTH(machines); i++)
        check_plan(&config, &machines[i]);
    return 0;
}
