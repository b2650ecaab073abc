/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of src/plan: a configuration in single-quoted JSON to the lines of its plan. */
#ifndef TESTS_PLAN_HELPERS_H
#define TESTS_PLAN_HELPERS_H

#include "config_helpers.h"

#include "plan/plan.h"

/* Where nothing is special: the machine's first user namespace, no SELinux. */
static const struct plan_environment plain_machine = {.initial_user_namespace = true};

/* One case: the lines of the plan whose origin begins with `origin`, or the error's line instead. */
struct plan_case {
    const char *json, *origin, *lines;
};

/* The lines that come from `origin`, each ended by a newline; "" stands for all. */
static inline char *plan_text(const struct plan *plan, const char *origin)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    for (size_t i = 0; i < plan->length; i++) {
        CLEANUP_FREE char *line = plan_line(plan, i);

        assert_non_null(line);
        if (strncmp(plan->operations[i].origin, origin, strlen(origin)) == 0)
            fprintf(out, "%s\n", line);
    }
    assert_int_equal(fclose(out), 0);
    return text;
}

/* Compiles the configuration, whose plan has to have these lines. */
static inline void assert_plan_of(const struct config *config, const struct plan_environment *environment,
                                  const char *origin, const char *lines)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_PLAN struct plan plan = {0};
    CLEANUP_FREE char *text = NULL;

    if (plan_compile(&plan, config, environment, &error) < 0) {
        text = error_format(&error);
        fail_msg("refused: %s", text);
    }
    text = plan_text(&plan, origin);
    assert_string_equal(text, lines);
}

static inline void read_config(struct config *config, const char *json)
{
    CLEANUP_ERROR struct error error = {0};

    if (read_quoted(config, json, &error) < 0)
        fail_msg("%s: %s", json, error.text);
}

static inline void check_plan_cases(const struct plan_case *cases, size_t count,
                                    const struct plan_environment *environment)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP_CONFIG struct config config = {0};

        read_config(&config, cases[i].json);
        assert_plan_of(&config, environment, cases[i].origin, cases[i].lines);
    }
}

/* The configuration must not compile; nothing of the plan is left. */
static inline void assert_plan_refused(const char *json, const char *line)
{
    static const struct plan empty;
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};
    struct plan plan;
    int status;

    read_config(&config, json);
    status = plan_compile(&plan, &config, &plain_machine, &error);
    if (status >= 0)
        fail_msg("accepted: %s", json);
    assert_int_equal(status, -error.code);
    assert_error_line(&error, line);
    assert_memory_equal(&plan, &empty, sizeof(plan));
}

#endif
