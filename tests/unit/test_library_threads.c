/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that use the library at the same time, each with objects of its own. The thread sanitizer runs this, too. */
#include "library_build_helpers.h"

#include <pthread.h>

#define BUILDS 20

struct builder {
    const char *root;
    int namespaces[BUILDS];
};

static void *build_often(void *argument)
{
    struct builder *builder = argument;
    const struct request request = {.root = {.path = builder->root, .readonly = true}, .system_mounts = true};

    for (size_t i = 0; i < BUILDS; i++)
        builder->namespaces[i] = build_well(&request);
    return NULL;
}

static void look_at_other_root(void)
{
    CHECK(holds("/name", "other\n"));
}

/* The two begin without a seed, so both want to make it. */
static void check_threads(const void *argument)
{
    struct builder builders[] = {{.root = "/mnt/root"}, {.root = "/mnt/other"}};
    pthread_t threads[ARRAY_LENGTH(builders)];

    (void)argument;
    begin();
    CHECK(mkdir("/mnt/other", 0755) == 0);
    write_file("/mnt/other/name", "other\n");
    for (size_t i = 0; i < ARRAY_LENGTH(builders); i++)
        CHECK(pthread_create(&threads[i], NULL, build_often, &builders[i]) == 0);
    for (size_t i = 0; i < ARRAY_LENGTH(builders); i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    for (size_t i = 0; i < BUILDS; i++) {
        inspect(builders[0].namespaces[i], look_at_system_mounts);
        inspect(builders[1].namespaces[i], look_at_other_root);
    }
}

/* ------------------------------------------------------------------ different calls */

#define ROUNDS 10

/* Each in a thread of its own. */
static void *fail_often(void *unused)
{
    static const struct hf_mount none = {.type = "bind", .source = "/mnt/none", .destination = "/data"};
    const struct request request = {.mounts = &none, .mounts_length = 1};

    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++)
        build_fails(&request, ENOENT, "mounts[0] (/data): cannot open the source /mnt/none: openat2: ENOENT");
    return NULL;
}

static void *show_often(void *unused)
{
    static const struct request request = {.system_mounts = true};

    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        CLEANUP_HF_CONFIG hf_config *config = NULL;
        CLEANUP_HF_ERROR hf_error *error = NULL;
        CLEANUP_HF_PLAN hf_plan *plan = NULL;
        hf_explanations *explanations = NULL;
        hf_hazards *hazards = NULL;
        char *json = NULL, *tree = NULL;

        configure(&request, &config);
        CHECK_WELL(hf_plan_new(config, &plan, &error), error);
        CHECK_WELL(hf_plan_to_json(plan, NULL, &json, &error), error);
        CHECK_WELL(hf_plan_tree(plan, NULL, &tree, &error), error);
        CHECK_WELL(hf_plan_find_hazards(plan, &hazards, &error), error);
        CHECK_WELL(hf_plan_explain(plan, "/name", &explanations, &error), error);
        CHECK(strstr(json, "\"/proc\"") && strstr(tree, "proc") && hf_explanations_length(explanations) > 0);
        hf_text_free(json);
        hf_text_free(tree);
        hf_hazards_free(hazards);
        hf_explanations_free(explanations);
    }
    return NULL;
}

static void *examine(void *unused)
{
    CLEANUP_HF_ERROR hf_error *error = NULL;
    hf_doctor *doctor = NULL;

    (void)unused;
    CHECK_WELL(hf_doctor_new(NULL, &doctor, &error), error);
    CHECK(hf_doctor_length(doctor) > 0);
    hf_doctor_free(doctor);
    return NULL;
}

static void check_different_calls(const void *argument)
{
    static void *(*const bodies[])(void *) = {fail_often, show_often, examine, build_often, show_often};
    struct builder builder = {.root = "/mnt/root"};
    pthread_t threads[ARRAY_LENGTH(bodies)];

    (void)argument;
    begin();
    for (size_t i = 0; i < ARRAY_LENGTH(bodies); i++)
        CHECK(pthread_create(&threads[i], NULL, bodies[i], &builder) == 0);
    for (size_t i = 0; i < ARRAY_LENGTH(bodies); i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    for (size_t i = 0; i < BUILDS; i++)
        inspect(builder.namespaces[i], look_at_system_mounts);
}

IN_CHILD(threads)
IN_CHILD(different_calls)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_different_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
