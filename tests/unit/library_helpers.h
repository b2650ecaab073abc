/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of the library: they are linked with the shared one and know nothing but its header. */
#ifndef TESTS_LIBRARY_HELPERS_H
#define TESTS_LIBRARY_HELPERS_H

#include "child.h"

#include <holdfast/holdfast.h>
#include <stdlib.h>

static inline void free_config(hf_config **config)
{
    hf_config_free(*config);
}

static inline void free_plan(hf_plan **plan)
{
    hf_plan_free(*plan);
}

static inline void free_error(hf_error **error)
{
    hf_error_free(*error);
}

#define CLEANUP_HF_CONFIG CLEANUP(free_config)
#define CLEANUP_HF_PLAN CLEANUP(free_plan)
#define CLEANUP_HF_ERROR CLEANUP(free_error)

/* CHECK for a function of the library. */
#define CHECK_WELL(call, error)                                                                              \
    do {                                                                                                     \
        if ((call) != 0) {                                                                                   \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, hf_error_message(error));                     \
            _exit(CHILD_FAILED);                                                                             \
        }                                                                                                    \
    } while (0)

/* Whether the error is that one: its number, and a line that begins with the text. Shows it if not. */
static inline bool is_error(const hf_error *error, int code, const char *begins)
{
    bool same = error && hf_error_code(error) == code &&
                strncmp(hf_error_message(error), begins, strlen(begins)) == 0 &&
                !strchr(hf_error_message(error), '\n');

    if (!same)
        fprintf(stderr, "expected %d: %s\n   found %d: %s\n", code, begins, error ? hf_error_code(error) : 0,
                error ? hf_error_message(error) : "no error");
    return same;
}

static inline hf_config *new_config(const char *root)
{
    const struct hf_root_options options = {.size = sizeof(options), .path = root};
    hf_config *config = NULL;

    assert_int_equal(hf_config_new(&options, &config, NULL), 0);
    assert_non_null(config);
    return config;
}

/* The lines that contain the text, each ended by a newline. */
static inline char *lines_with(hf_plan *plan, const char *part)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    for (size_t i = 0; i < hf_plan_length(plan); i++) {
        assert_non_null(hf_plan_line(plan, i));
        if (strstr(hf_plan_line(plan, i), part))
            fprintf(out, "%s\n", hf_plan_line(plan, i));
    }
    assert_int_equal(fclose(out), 0);
    return text;
}

static inline void assert_lines(hf_config *config, const char *part, const char *lines)
{
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    CLEANUP_FREE char *text = NULL;

    if (hf_plan_new(config, &plan, &error) != 0)
        fail_msg("%s", hf_error_message(error));
    text = lines_with(plan, part);
    assert_string_equal(text, lines);
}

#endif
