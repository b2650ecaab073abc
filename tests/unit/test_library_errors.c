/* SPDX-License-Identifier: Apache-2.0 */
/* What the library's functions refuse, and the one line that each error says. */
#include "library_helpers.h"

/* A place that a failing function may not write to. */
#define UNTOUCHED ((void *)&untouched)
static char untouched;

static void test_json_errors(void **state)
{
    static const struct {
        const char *json;
        struct hf_json_options options;
        int code;
        const char *begins;
    } cases[] = {
        {"", {.size = sizeof(struct hf_json_options)}, EINVAL, "config.json"},
        {"{\n]",
         {.size = sizeof(struct hf_json_options), .name = "the text"},
         EINVAL,
         "the text:2:1: string or '}' expected"},
        {"{}", {.size = sizeof(struct hf_json_options)}, EINVAL, "config.json:1: ociVersion: is missing"},
        {"{}",
         {.size = sizeof(struct hf_json_options), .bundle = "here"},
         EINVAL,
         "the bundle is \"here\", but must be an absolute path"},
        {"{}",
         {.size = sizeof(struct hf_json_options), .bundle = ""},
         EINVAL,
         "the bundle is \"\", but must be an absolute path"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_HF_ERROR hf_error *error = NULL;
        hf_config *config = UNTOUCHED;

        assert_int_equal(
            hf_config_from_json(cases[i].json, strlen(cases[i].json), &cases[i].options, &config, &error),
            -cases[i].code);
        assert_true(is_error(error, cases[i].code, cases[i].begins));
        assert_ptr_equal(config, UNTOUCHED);
    }
}

static void test_root_errors(void **state)
{
    static const struct {
        const char *path, *begins;
    } cases[] = {
        {"", "root.path: is empty, but must be a path"},
        {"r", "root.path: is \"r\", but must be an absolute path"},
        {"/r\n", "root.path: has a newline"},
    };
    CLEANUP_HF_ERROR hf_error *without = NULL;
    hf_config *config = UNTOUCHED;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct hf_root_options options = {.size = sizeof(options), .path = cases[i].path};
        CLEANUP_HF_ERROR hf_error *error = NULL;

        assert_int_equal(hf_config_new(&options, &config, &error), -EINVAL);
        assert_true(is_error(error, EINVAL, cases[i].begins));
        assert_ptr_equal(config, UNTOUCHED);
    }
    assert_int_equal(hf_config_new(NULL, &config, &without), -EINVAL);
    assert_true(is_error(without, EINVAL, "a configuration needs a root"));
    assert_ptr_equal(config, UNTOUCHED);
}

static void test_mount_errors(void **state)
{
    static const char *const words[] = {"ro", NULL};
    static const struct {
        struct hf_mount mount;
        const char *begins;
    } cases[] = {
        {{.destination = "/m"}, "a mount needs a type and a destination"},
        {{.type = "tmpfs"}, "a mount needs a type and a destination"},
        {{.type = "tmpfs", .destination = ""},
         "the mount's destination is \"\", but must be an absolute path"},
        {{.type = "tmpfs", .destination = "m"},
         "the mount's destination is \"m\", but must be an absolute path"},
        {{.type = "tmpfs", .destination = "/m\n"}, "mounts[0].destination (/m?): has a newline"},
        {{.type = "bind", .source = "s", .destination = "/m"},
         "the mount's source is \"s\", but must be an absolute path"},
        {{.type = "bind", .source = "", .destination = "/m"},
         "the mount's source is \"\", but must be an absolute path"},
        {{.type = "tmpfs", .destination = "/m", .options_length = 1},
         "a mount with a wrong number of options"},
        {{.type = "tmpfs", .destination = "/m", .options = words, .options_length = 257},
         "a mount with a wrong number of options"},
        {{.type = "tmpfs", .destination = "/m", .options = words, .options_length = 2},
         "a mount's options[1] is NULL"},
        {{.type = "bind", .source = "/s", .destination = "/m", .relabel = (enum hf_relabel)'y'},
         "relabel is none of enum hf_relabel"},
    };
    CLEANUP_HF_CONFIG hf_config *config = new_config("/r");
    CLEANUP_HF_ERROR hf_error *without = NULL;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_HF_ERROR hf_error *error = NULL;
        struct hf_mount mount = cases[i].mount;

        mount.size = sizeof(mount);
        assert_int_equal(hf_config_add_mount(config, &mount, &error), -EINVAL);
        assert_true(is_error(error, EINVAL, cases[i].begins));
    }
    assert_int_equal(hf_config_add_mount(config, NULL, &without), -EINVAL);
    assert_true(is_error(without, EINVAL, "a mount needs a type and a destination"));
    assert_lines(config, "(mounts[", "");
}

static void test_device_errors(void **state)
{
    static const struct {
        struct hf_device device;
        const char *begins;
    } cases[] = {
        {{.type = 'c'}, "a device needs a path"},
        {{.path = "", .type = 'c'}, "linux.devices[0].path: is missing"},
        {{.path = "dev/d", .type = 'c'}, "linux.devices[0].path: is \"dev/d\", but must be an absolute path"},
        {{.path = "/dev/d"}, "linux.devices[0].type: is not c, b or p"},
        {{.path = "/dev/d", .type = 'u'}, "linux.devices[0].type: is not c, b or p"},
        {{.path = "/dev/d", .type = 'c', .major = 4096},
         "linux.devices[0].major: is 4096, but must be from 0 to 4095"},
        {{.path = "/dev/d", .type = 'c', .minor = 1048576},
         "linux.devices[0].minor: is 1048576, but must be from 0 to 1048575"},
        {{.path = "/dev/d", .type = 'c', .mode = 010000},
         "linux.devices[0].fileMode: is 4096, but must be from 0 to 4095"},
        {{.path = "/dev/d", .type = 'c', .uid = UINT32_MAX},
         "linux.devices[0].uid: is 4294967295, but must be from 0 to 4294967294"},
        {{.path = "/dev/d", .type = 'c', .gid = UINT32_MAX},
         "linux.devices[0].gid: is 4294967295, but must be from 0 to 4294967294"},
    };
    CLEANUP_HF_CONFIG hf_config *config = new_config("/r");
    CLEANUP_HF_ERROR hf_error *again = NULL, *without = NULL;
    const struct hf_device first = {.size = sizeof(first), .path = "/dev/d", .type = 'p'};
    const struct hf_device other = {.size = sizeof(other), .path = "/dev/d", .type = 'c', .major = 1};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_HF_ERROR hf_error *error = NULL;
        struct hf_device device = cases[i].device;

        device.size = sizeof(device);
        assert_int_equal(hf_config_add_device(config, &device, &error), -EINVAL);
        assert_true(is_error(error, EINVAL, cases[i].begins));
    }
    assert_int_equal(hf_config_add_device(config, NULL, &without), -EINVAL);
    assert_true(is_error(without, EINVAL, "a device needs a path"));
    assert_int_equal(hf_config_add_device(config, &first, NULL), 0);
    assert_int_equal(hf_config_add_device(config, &other, &again), -EINVAL);
    assert_true(is_error(again, EINVAL,
                         "linux.devices[1].path: is /dev/d, which linux.devices[0] makes as another device"));
}

static void assert_no_plan(hf_config *config, const char *begins)
{
    CLEANUP_HF_ERROR hf_error *error = NULL;
    hf_plan *plan = UNTOUCHED;

    assert_int_equal(hf_plan_new(config, &plan, &error), -EINVAL);
    assert_true(is_error(error, EINVAL, begins));
    assert_ptr_equal(plan, UNTOUCHED);
}

static void test_plan_errors(void **state)
{
    static const char *const typo[] = {"nosiud"}, *const relabel[] = {"z"};
    const struct {
        struct hf_mount mount;
        const char *begins;
    } cases[] = {
        {{.type = "bind", .source = "/s", .destination = "/m", .options = typo, .options_length = 1},
         "mounts[0] (/m): "},
        {{.type = "bind", .source = "/s", .destination = "/m", .relabel = HF_RELABEL_SHARED},
         "mounts[0] (/m): option \"z\" asks for a label, but linux.mountLabel gives none"},
        {{.type = "tmpfs", .destination = "/m", .options = relabel, .options_length = 1},
         "mounts[0] (/m): options \"z\" and \"Z\" are for bind mounts only"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_HF_CONFIG hf_config *config = new_config("/r");
        struct hf_mount mount = cases[i].mount;

        mount.size = sizeof(mount);
        assert_int_equal(hf_config_add_mount(config, &mount, NULL), 0);
        assert_no_plan(config, cases[i].begins);
    }
}

/* Without a bundle no path may be relative: it would depend on the caller's working directory. */
static void test_relative_paths(void **state)
{
    static const char root[] = "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"}}";
    static const char source[] =
        "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"/r\"},\n"
        "\"mounts\":[{\"destination\":\"/m\",\"source\":\"s\",\"options\":[\"bind\"]}]}";
    const struct hf_json_options bundle = {.size = sizeof(bundle), .bundle = "/b"};
    CLEANUP_HF_CONFIG hf_config *with_root = NULL, *with_source = NULL, *with_bundle = NULL;

    (void)state;
    assert_int_equal(hf_config_from_json(root, strlen(root), NULL, &with_root, NULL), 0);
    assert_no_plan(with_root, "config.json:1: root.path: the path r is relative, but no bundle was given");
    assert_int_equal(hf_config_from_json(source, strlen(source), NULL, &with_source, NULL), 0);
    assert_no_plan(with_source,
                   "config.json:2: mounts[0] (/m): the path s is relative, but no bundle was given");
    assert_int_equal(hf_config_from_json(source, strlen(source), &bundle, &with_bundle, NULL), 0);
    assert_lines(with_bundle, "(mounts[0]", "bind /m from s rprivate (mounts[0])\n");
}

static void check_unprivileged(const void *argument)
{
    CLEANUP_HF_CONFIG hf_config *config = new_config("/");
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    int namespace_fd = -1;

    (void)argument;
    CHECK(geteuid() != 0 || setresuid(65534, 65534, 65534) == 0);
    CHECK_WELL(hf_plan_new(config, &plan, &error), error);
    CHECK(hf_build(plan, NULL, &namespace_fd, &error) == -EPERM);
    CHECK(is_error(error, EPERM, "this process may not mount: mount_setattr answers EPERM; run as root"));
    CHECK(namespace_fd == -1);
}

static void test_unprivileged(void **state)
{
    (void)state;
    in_child(check_unprivileged, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_errors),  cmocka_unit_test(test_root_errors),
        cmocka_unit_test(test_mount_errors), cmocka_unit_test(test_device_errors),
        cmocka_unit_test(test_plan_errors),  cmocka_unit_test(test_relative_paths),
        cmocka_unit_test(test_unprivileged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
