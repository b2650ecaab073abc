/* SPDX-License-Identifier: Apache-2.0 */
/* The library's hazards and explanations, as a caller sees them. */
#include "library_helpers.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A root with /etc/file in it. */
static char root[] = "/tmp/holdfast-explain.XXXXXX";

static void make(const char *path, bool directory)
{
    char *whole = NULL;
    int fd = -1;

    assert_true(asprintf(&whole, "%s%s", root, path) > 0);
    if (directory)
        assert_int_equal(mkdir(whole, 0755), 0);
    else
        fd = open(whole, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    assert_true(directory || fd >= 0);
    if (fd >= 0)
        close(fd);
    free(whole);
}

static int make_root(void **state)
{
    (void)state;
    umask(022);
    assert_non_null(mkdtemp(root));
    make("/etc", true);
    make("/etc/file", false);
    return 0;
}

static int remove_root(void **state)
{
    char *name = NULL;

    (void)state;
    assert_true(asprintf(&name, "%s/etc/file", root) > 0);
    unlink(name);
    *strrchr(name, '/') = '\0';
    rmdir(name);
    *strrchr(name, '/') = '\0';
    rmdir(name);
    free(name);
    return 0;
}

static void add(hf_config *config, const char *type, const char *source, const char *destination)
{
    const struct hf_mount mount = {
        .size = sizeof(mount), .type = type, .source = source, .destination = destination, .writable = true};

    assert_int_equal(hf_config_add_mount(config, &mount, NULL), 0);
}

/* What was found is used after the plan and the configuration are gone. */
static hf_hazards *find_hazards(void)
{
    CLEANUP_HF_CONFIG hf_config *config = new_config(root);
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    hf_hazards *hazards = NULL;

    add(config, "tmpfs", NULL, "/a/b");
    add(config, "tmpfs", NULL, "/a");
    add(config, "bind", "/etc", "/c");
    assert_int_equal(hf_plan_new(config, &plan, NULL), 0);
    assert_int_equal(hf_plan_find_hazards(plan, &hazards, NULL), 0);
    return hazards;
}

static void test_hazards(void **state)
{
    hf_hazards *hazards = find_hazards();

    (void)state;
    assert_int_equal(hf_hazards_length(hazards), 2);
    assert_string_equal(hf_hazard_id(hazards, 0), "hidden-mount");
    assert_string_equal(hf_hazard_text(hazards, 0), "hides the mount at /a/b (mounts[0])");
    assert_int_equal(hf_hazard_operation(hazards, 0), 2);
    assert_string_equal(hf_hazard_id(hazards, 1), "writable-host-path");
    assert_string_equal(hf_hazard_place(hazards, 1), "mounts[2] (/c)");
    assert_true(strlen(hf_hazard_hint(hazards, 1)) > 10);
    assert_null(hf_hazard_id(hazards, 2));
    assert_null(hf_hazard_text(hazards, 2));
    assert_null(hf_hazard_place(hazards, 2));
    assert_null(hf_hazard_hint(hazards, 2));
    assert_true(hf_hazard_operation(hazards, 2) == SIZE_MAX);
    hf_hazards_free(hazards);
    hf_hazards_free(NULL);
}

static hf_explanations *explain(const char *path, const char *host)
{
    CLEANUP_HF_CONFIG hf_config *config = new_config(root);
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    hf_explanations *explanations = NULL;

    add(config, "bind", root, "/again");
    add(config, "tmpfs", NULL, "/again/etc");
    add(config, "bind", "/etc", "/host");
    assert_int_equal(hf_plan_new(config, &plan, NULL), 0);
    if (path)
        assert_int_equal(hf_plan_explain(plan, path, &explanations, NULL), 0);
    else
        assert_int_equal(hf_plan_explain_host(plan, host, &explanations, NULL), 0);
    return explanations;
}

static void test_path(void **state)
{
    hf_explanations *explanations = explain("/again/../etc/./file", NULL);
    const struct hf_explanation *found = hf_explanations_get(explanations, 0);

    (void)state;
    assert_int_equal(hf_explanations_length(explanations), 1);
    assert_null(hf_explanations_get(explanations, 1));
    assert_int_equal(found->size, sizeof(*found));
    assert_string_equal(found->place, "/etc/file");
    assert_true(found->known && found->exists && found->has_owner);
    assert_string_equal(found->type, "file");
    assert_string_equal(found->origin, "root.path");
    assert_int_equal(found->operation, 0);
    assert_memory_equal(found->host, root, strlen(root));
    assert_string_equal(found->host + strlen(root), "/etc/file");
    assert_int_equal(found->mode & 07777, 0640);
    assert_int_equal(found->uid, geteuid());
    assert_int_equal(found->host_uid, geteuid());
    assert_int_equal(found->hides_length, 0);
    assert_false(found->has_rights); /* nobody runs */
    hf_explanations_free(explanations);
    hf_explanations_free(NULL);
}

static void test_hiding(void **state)
{
    hf_explanations *explanations = explain("/again/etc", NULL);
    const struct hf_explanation *found = hf_explanations_get(explanations, 0);

    (void)state;
    assert_string_equal(found->shows, "a new tmpfs");
    assert_string_equal(found->origin, "mounts[1]");
    assert_null(found->host);
    assert_int_equal(found->hides_length, 1);
    assert_non_null(strstr(found->hides[0], "/etc (mounts[0])"));
    hf_explanations_free(explanations);
}

/* The file shows once, for the other place is hidden. */
static void test_host(void **state)
{
    CLEANUP_FREE char *file = NULL;
    hf_explanations *explanations;

    (void)state;
    assert_true(asprintf(&file, "%s/etc/file", root) > 0);
    explanations = explain(NULL, file);
    assert_int_equal(hf_explanations_length(explanations), 1);
    assert_string_equal(hf_explanations_get(explanations, 0)->place, "/etc/file");
    hf_explanations_free(explanations);
    explanations = explain(NULL, root);
    assert_int_equal(hf_explanations_length(explanations), 2);
    assert_string_equal(hf_explanations_get(explanations, 0)->place, "/");
    assert_string_equal(hf_explanations_get(explanations, 1)->place, "/again");
    hf_explanations_free(explanations);
    explanations = explain(NULL, "/proc");
    assert_int_equal(hf_explanations_length(explanations), 0);
    hf_explanations_free(explanations);
}

static void test_errors(void **state)
{
    CLEANUP_HF_CONFIG hf_config *config = new_config("/nonexistent/root");
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    hf_explanations *explanations = NULL;

    (void)state;
    assert_int_equal(hf_plan_new(config, &plan, NULL), 0);
    assert_int_equal(hf_plan_explain(plan, "/", &explanations, &error), -ENOENT);
    assert_true(
        is_error(error, ENOENT, "root.path: cannot open the source /nonexistent/root: openat2: ENOENT "));
    assert_null(explanations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hazards), cmocka_unit_test(test_path),   cmocka_unit_test(test_hiding),
        cmocka_unit_test(test_host),    cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
