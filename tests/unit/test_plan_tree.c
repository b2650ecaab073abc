/* SPDX-License-Identifier: Apache-2.0 */
/* src/plan/stack.c, tree*.c, svg*.c: what lies on what, as a person sees it. */
#include "plan_helpers.h"

#include "plan/svg.h"
#include "plan/tree.h"

/* A configuration, and its picture without the devices and links that every container has. */
struct tree_case {
    const char *json, *picture;
};

struct drawing {
    struct config config;
    struct plan plan;
    struct plan_tree tree;
};

static void drawing_make(struct drawing *drawing, const char *json)
{
    CLEANUP_ERROR struct error error = {0};

    read_config(&drawing->config, json);
    assert_int_equal(plan_compile(&drawing->plan, &drawing->config, &plain_machine, &error), 0);
    assert_int_equal(plan_tree_make(&drawing->tree, &drawing->plan, &error), 0);
}

static void drawing_clear(struct drawing *drawing)
{
    plan_tree_clear(&drawing->tree);
    plan_clear(&drawing->plan);
    config_clear(&drawing->config);
}

#define CLEANUP_DRAWING CLEANUP(drawing_clear)

static char *print(const struct plan_tree *tree, bool colors)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    plan_tree_print(out, tree, colors);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void remove_defaults(char *text)
{
    char *to = text;

    for (char *line = text, *end; *line; line = end) {
        size_t length = strcspn(line, "\n") + 1;

        end = line + length;
        if (memmem(line, length, "(default ", strlen("(default ")))
            continue;
        memmove(to, line, length);
        to += length;
    }
    *to = '\0';
}

static void check_pictures(const struct tree_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP_DRAWING struct drawing drawing = {0};
        CLEANUP_FREE char *text = NULL;

        drawing_make(&drawing, cases[i].json);
        text = print(&drawing.tree, false);
        remove_defaults(text);
        assert_string_equal(text, cases[i].picture);
    }
}

#define ROOT "/              rw  from the host: r and below  (root.path)\n"

/* Sorted by name, each below the directory that it is in, whatever their order in the configuration. */
static void test_places(void **state)
{
    static const struct tree_case cases[] = {
        {MOUNT("'destination':'/d','type':'tmpfs'"), ROOT "├─ d           rw  tmpfs  (mounts[0])\n"
                                                          "└─ dev\n"},
        {MOUNT("'destination':'/b','type':'tmpfs'},{'destination':'/a','type':'tmpfs'}"
               ",{'destination':'/ab','type':'tmpfs'},{'destination':'/a/b','type':'tmpfs'"),
         ROOT "├─ a           rw  tmpfs  (mounts[1])\n"
              "│  └─ b        rw  tmpfs  (mounts[3])\n"
              "├─ ab          rw  tmpfs  (mounts[2])\n"
              "├─ b           rw  tmpfs  (mounts[0])\n"
              "└─ dev\n"},
        /* A directory on the way is named where two mounts part in it, else it is part of the name. */
        {MOUNT("'destination':'/d/e','type':'tmpfs','options':['ro']}"
               ",{'destination':'/d/f','source':'/s','options':['bind','rw']"),
         ROOT "├─ d\n"
              "│  ├─ e        ro  tmpfs  (mounts[0])\n"
              "│  └─ f        rw  from the host: /s  (mounts[1])\n"
              "└─ dev\n"},
        {MOUNT("'destination':'/d/../e//f/.','type':'tmpfs'"),
         ROOT "├─ dev\n"
              "└─ e/f         rw  tmpfs  (mounts[0])\n"},
    };

    (void)state;
    check_pictures(cases, ARRAY_LENGTH(cases));
}

/* What a later mount covers is shown as hidden, at the same place or below it; a change is none. */
static void test_hidden(void **state)
{
    static const struct tree_case cases[] = {
        {MOUNT("'destination':'/d/e','type':'tmpfs'},{'destination':'/d','source':'/s','options':['bind']"),
         ROOT "├─ d           rw  from the host: /s  (mounts[1])\n"
              "│  └─ e        rw  hidden by mounts[1] at /d: tmpfs  (mounts[0])\n"
              "└─ dev\n"},
        {MOUNT("'destination':'/d','source':'/a','options':['bind']}"
               ",{'destination':'/d','source':'/b','options':['rbind','ro']"),
         ROOT "├─ d           ro  from the host: /b and below  (mounts[1])\n"
              "│  └─          rw  hidden by mounts[1] at /d: from the host: /a  (mounts[0])\n"
              "└─ dev\n"},
        {MOUNT("'destination':'/d','source':'/s','options':['bind']}"
               ",{'destination':'/d','options':['remount','ro']"),
         ROOT "├─ d           ro  from the host: /s  (mounts[0])\n"
              "└─ dev\n"},
        {MOUNT("'destination':'/dab','type':'tmpfs'},{'destination':'/da','type':'tmpfs'"),
         ROOT "├─ da          rw  tmpfs  (mounts[1])\n"
              "├─ dab         rw  tmpfs  (mounts[0])\n"
              "└─ dev\n"},
    };

    (void)state;
    check_pictures(cases, ARRAY_LENGTH(cases));
}

/* A terminal takes no orders from a configuration: colours are the picture's own, controls are replaced. */
static void test_colors(void **state)
{
    CLEANUP_DRAWING struct drawing drawing = {0};
    CLEANUP_FREE char *plain = NULL, *colored = NULL;

    (void)state;
    drawing_make(&drawing, MOUNT("'destination':'/\\u001b[7m','source':'/\\u001b[5m','options':['bind']"));
    plain = print(&drawing.tree, false);
    colored = print(&drawing.tree, true);
    assert_null(strchr(plain, '\033'));
    assert_non_null(strchr(colored, '\033'));
    assert_null(strstr(colored, "\033[7m"));
    assert_null(strstr(colored, "\033[5m"));
}

/* Deeper than is drawn, by a configuration that stacks as many as it can. */
static void test_depth(void **state)
{
    CLEANUP_DRAWING struct drawing drawing = {0};
    CLEANUP_FREE char *json = NULL, *text = NULL, *picture = NULL;
    CLEANUP_ERROR struct error error = {0};
    size_t size;
    FILE *out = open_memstream(&json, &size);

    (void)state;
    assert_non_null(out);
    fputs("{'ociVersion':'1.0.0','root':{'path':'r'},'mounts':[", out);
    for (int depth = 1; depth <= 200; depth++) {
        fprintf(out, "%s{'type':'tmpfs','destination':'", depth > 1 ? "," : "");
        for (int i = 0; i < depth; i++)
            fputs("/d", out);
        fputs("'}", out);
    }
    fputs("]}", out);
    assert_int_equal(fclose(out), 0);
    drawing_make(&drawing, json);
    text = print(&drawing.tree, false);
    remove_defaults(text);
    for (size_t i = 0, lines = 0; text[i]; i++) {
        lines += text[i] == '\n';
        if (!text[i + 1])
            assert_int_equal(lines, 1 + 200 + 1);
    }
    assert_int_equal(plan_tree_draw(&drawing.tree, "deep", &picture, &size, &error), 0);
    assert_int_equal(strncmp(picture, "<svg ", 5), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_hidden),
        cmocka_unit_test(test_colors),
        cmocka_unit_test(test_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
