/* SPDX-License-Identifier: Apache-2.0 */
/* The library's functions up to the plan: nothing here needs a privilege. test_library_build.c builds. */
#include "library_helpers.h"

#include <fcntl.h>

/* A place that a failing function may not write to. */
#define UNTOUCHED ((void *)&untouched)
static char untouched;

static void test_version(void **state)
{
    (void)state;
    assert_string_equal(hf_version(), "0.1.0");
}

static void test_free_nothing(void **state)
{
    (void)state;
    hf_config_free(NULL);
    hf_plan_free(NULL);
    hf_error_free(NULL);
}

/* ------------------------------------------------------------------ structures by size */

static int give_json_options(const void *options, hf_error **ret_error)
{
    static const char json[] = "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"/r\"}}";
    CLEANUP_HF_CONFIG hf_config *config = NULL;

    return hf_config_from_json(json, strlen(json), options, &config, ret_error);
}

static int give_root_options(const void *options, hf_error **ret_error)
{
    CLEANUP_HF_CONFIG hf_config *config = NULL;

    return hf_config_new(options, &config, ret_error);
}

static int give_mount(const void *options, hf_error **ret_error)
{
    CLEANUP_HF_CONFIG hf_config *config = new_config("/r");

    return hf_config_add_mount(config, options, ret_error);
}

static int give_device(const void *options, hf_error **ret_error)
{
    CLEANUP_HF_CONFIG hf_config *config = new_config("/r");

    return hf_config_add_device(config, options, ret_error);
}

/* Which root there is decides how far a build comes: none can be opened here, so it ends with ENOENT or, for the
 * unprivileged, at the latest with EPERM. */
static int give_build_options(const void *options, hf_error **ret_error)
{
    CLEANUP_HF_CONFIG hf_config *config = new_config("/nonexistent/root");
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    int namespace_fd = -1;
    int status;

    assert_int_equal(hf_plan_new(config, &plan, NULL), 0);
    status = hf_build(plan, options, &namespace_fd, ret_error);
    assert_int_equal(namespace_fd, -1);
    if (status != -ENOENT && status != -EPERM)
        return status;
    if (ret_error) {
        hf_error_free(*ret_error);
        *ret_error = NULL;
    }
    return 0;
}

static const struct hf_json_options json_options = {.size = sizeof(json_options)};
static const struct hf_root_options root_options = {.size = sizeof(root_options), .path = "/r"};
static const struct hf_mount mount_options = {
    .size = sizeof(mount_options), .type = "tmpfs", .destination = "/m"};
static const struct hf_device device_options = {
    .size = sizeof(device_options), .path = "/dev/d", .type = 'p'};
static const struct hf_build_options build_options = {.size = sizeof(build_options)};

static const struct structure {
    int (*give)(const void *options, hf_error **ret_error);
    const void *good;
    size_t size, smaller; /* smaller: what an earlier version might have had */
} structures[] = {
    {give_json_options, &json_options, sizeof(json_options), sizeof(size_t)},
    {give_root_options, &root_options, sizeof(root_options), offsetof(struct hf_root_options, fd)},
    {give_mount, &mount_options, sizeof(mount_options), offsetof(struct hf_mount, writable)},
    {give_device, &device_options, sizeof(device_options), offsetof(struct hf_device, mode)},
    {give_build_options, &build_options, sizeof(build_options), sizeof(size_t)},
};

#define TAIL 16

/* Gives the structure with that size, followed by a tail whose last byte is `last`. */
static int give_sized(const struct structure *structure, size_t size, char last, hf_error **ret_error)
{
    CLEANUP_FREE char *bytes = calloc(1, structure->size + TAIL);

    assert_non_null(bytes);
    memcpy(bytes, structure->good, structure->size);
    memcpy(bytes, &size, sizeof(size));
    bytes[structure->size + TAIL - 1] = last;
    return structure->give(bytes, ret_error);
}

static void test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(structures); i++) {
        const struct structure *structure = &structures[i];

        assert_int_equal(give_sized(structure, structure->size, 1, NULL), 0);
        assert_int_equal(give_sized(structure, structure->smaller, 1, NULL), 0);
        assert_int_equal(give_sized(structure, structure->size + TAIL, 0, NULL), 0);
        assert_int_equal(give_sized(structure, structure->size + TAIL - 1, 1, NULL), 0);
    }
}

static void test_wrong_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(structures); i++) {
        CLEANUP_HF_ERROR hf_error *none = NULL, *short_of_it = NULL, *later = NULL;
        const struct structure *structure = &structures[i];

        assert_int_equal(give_sized(structure, 0, 0, &none), -EINVAL);
        assert_true(is_error(none, EINVAL, "an options structure without its size"));
        assert_int_equal(give_sized(structure, sizeof(size_t) - 1, 0, &short_of_it), -EINVAL);
        assert_true(is_error(short_of_it, EINVAL, "an options structure without its size"));
        assert_int_equal(give_sized(structure, structure->size + TAIL, 1, &later), -E2BIG);
        assert_true(is_error(later, E2BIG, "an options structure from a later version of holdfast"));
    }
}

/* ------------------------------------------------------------------ plans as text */

/* The lines that contain the text, each ended by a newline. */
static char *lines_with(hf_plan *plan, const char *part)
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

static void assert_lines(const hf_config *config, const char *part, const char *lines)
{
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    CLEANUP_FREE char *text = NULL;

    if (hf_plan_new(config, &plan, &error) != 0)
        fail_msg("%s", hf_error_message(error));
    text = lines_with(plan, part);
    assert_string_equal(text, lines);
}

static void test_plan_lines(void **state)
{
    CLEANUP_HF_CONFIG hf_config *config = new_config("/r");
    CLEANUP_HF_PLAN hf_plan *plan = NULL;

    (void)state;
    assert_int_equal(hf_plan_new(config, &plan, NULL), 0);
    assert_true(hf_plan_length(plan) > 1);
    assert_null(hf_plan_line(plan, hf_plan_length(plan)));
    assert_null(hf_plan_line(plan, SIZE_MAX));
    assert_ptr_equal(hf_plan_line(plan, 0), hf_plan_line(plan, 0));
    assert_lines(config, "(root",
                 "bind / from /r recursive rprivate (root.path)\n"
                 "switch / by pivot_root (root.path)\n");
}

/* What is left out of a smaller structure is not read. */
static void test_smaller_root(void **state)
{
    const struct hf_root_options whole = {
        .size = sizeof(whole), .path = "/r", .readonly = true, .no_pivot_root = true};
    const struct hf_root_options part = {
        .size = offsetof(struct hf_root_options, readonly), .path = "/r", .readonly = true};
    CLEANUP_HF_CONFIG hf_config *readonly = NULL, *writable = NULL;

    (void)state;
    assert_int_equal(hf_config_new(&whole, &readonly, NULL), 0);
    assert_int_equal(hf_config_new(&part, &writable, NULL), 0);
    assert_lines(readonly, "(root.readonly", "change / ro (root.readonly)\n");
    assert_lines(writable, "(root.readonly", "");
    assert_lines(readonly, "switch", "switch / by chroot (root.path)\n");
    assert_lines(writable, "switch", "switch / by pivot_root (root.path)\n");
}

static void test_mount_lines(void **state)
{
    static const char *const options[] = {"rw", "noexec"};
    const struct hf_mount mounts[] = {
        {.size = sizeof(mounts[0]), .type = "tmpfs", .destination = "/0", .source = "here"},
        {.size = sizeof(mounts[0]), .type = "bind", .source = "/s", .destination = "/1"},
        {.size = sizeof(mounts[0]), .type = "bind", .source = "/s", .destination = "/2", .writable = true},
        {.size = sizeof(mounts[0]), .type = "bind", .source_fd = 7, .destination = "/3"},
        {.size = sizeof(mounts[0]),
         .type = "bind",
         .source = "/s",
         .destination = "/4",
         .options = options,
         .options_length = ARRAY_LENGTH(options)},
    };
    CLEANUP_HF_CONFIG hf_config *config = new_config("/r");

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(mounts); i++)
        assert_int_equal(hf_config_add_mount(config, &mounts[i], NULL), 0);
    assert_lines(config, "(mounts[",
                 "mount /0 type tmpfs source here (mounts[0])\n"
                 "bind /1 from /s recursive ro rprivate (mounts[1])\n"
                 "bind /2 from /s recursive rw rprivate (mounts[2])\n"
                 "bind /3 from the given source recursive ro rprivate (mounts[3])\n"
                 "bind /4 from /s recursive noexec rw rprivate (mounts[4])\n");
}

static void test_relabel_lines(void **state)
{
    const struct hf_root_options root = {.size = sizeof(root), .path = "/r", .mount_label = "u:r:t:s0:c1,c2"};
    struct hf_mount mount = {
        .size = sizeof(mount), .type = "bind", .source = "/s", .destination = "/0", .private_mount = true};
    CLEANUP_HF_CONFIG hf_config *config = NULL;

    (void)state;
    assert_int_equal(hf_config_new(&root, &config, NULL), 0);
    mount.relabel = HF_RELABEL_SHARED;
    assert_int_equal(hf_config_add_mount(config, &mount, NULL), 0);
    mount.relabel = HF_RELABEL_PRIVATE;
    assert_int_equal(hf_config_add_mount(config, &mount, NULL), 0);
    assert_lines(config, "(mounts[",
                 "bind /0 from /s recursive ro rprivate rprivate label u:r:t:s0 (mounts[0])\n"
                 "bind /0 from /s recursive ro rprivate rprivate label u:r:t:s0:c1,c2 (mounts[1])\n");
}

/* libcontainer's old link is made for who builds by calls; an OCI configuration gets what the specification says. */
static void test_kcore(void **state)
{
    static const char json[] = "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"/r\"}}";
    CLEANUP_HF_CONFIG hf_config *built = new_config("/r");
    CLEANUP_HF_CONFIG hf_config *read = NULL;

    (void)state;
    assert_int_equal(hf_config_from_json(json, strlen(json), NULL, &read, NULL), 0);
    assert_lines(built, "kcore",
                 "link /dev/core to /proc/kcore if /proc/kcore exists (default link)\n"
                 "link /dev/kcore to /proc/kcore if /proc/kcore exists (default link)\n");
    assert_lines(read, "kcore", "link /dev/core to /proc/kcore if /proc/kcore exists (default link)\n");
}

static void test_device_lines(void **state)
{
    const struct hf_device device = {
        .size = sizeof(device), .path = "/dev/pipe", .type = 'p', .mode = 0604, .uid = 3, .gid = 4};
    CLEANUP_HF_CONFIG hf_config *config = new_config("/r");

    (void)state;
    assert_int_equal(hf_config_add_device(config, &device, NULL), 0);
    assert_lines(config, "(linux.devices", "device /dev/pipe p 0:0 mode 0604 owner 3:4 (linux.devices[0])\n");
}

static void test_system_mount_lines(void **state)
{
    CLEANUP_HF_CONFIG hf_config *config = new_config("/r");

    (void)state;
    assert_int_equal(hf_config_add_system_mounts(config, NULL), 0);
    assert_lines(
        config, "(mounts[",
        "mount /proc type proc source proc nosuid nodev noexec (mounts[0])\n"
        "mount /sys type sysfs source sysfs ro nosuid nodev noexec with ro (mounts[1])\n"
        "mount /dev type tmpfs source tmpfs nosuid strictatime with mode=755,size=65536k (mounts[2])\n"
        "mount /dev/pts type devpts source devpts nosuid noexec with "
        "newinstance,ptmxmode=0666,mode=620,gid=5 "
        "(mounts[3])\n"
        "mount /dev/shm type tmpfs source tmpfs nosuid nodev noexec with mode=1777 (mounts[4])\n"
        "mount /dev/mqueue type mqueue source mqueue nosuid nodev noexec (mounts[5])\n");
}

/* ------------------------------------------------------------------ errors */

static void test_json_errors(void **state)
{
    static const struct {
        const char *json;
        struct hf_json_options options;
        int code;
        const char *begins;
    } cases[] = {
        {"", {.size = sizeof(json_options)}, EINVAL, "config.json"},
        {"{\n]",
         {.size = sizeof(json_options), .name = "the text"},
         EINVAL,
         "the text:2:1: string or '}' expected"},
        {"{}", {.size = sizeof(json_options)}, EINVAL, "config.json:1: ociVersion: is missing"},
        {"{}",
         {.size = sizeof(json_options), .bundle = "here"},
         EINVAL,
         "the bundle is \"here\", but must be an absolute path"},
        {"{}",
         {.size = sizeof(json_options), .bundle = ""},
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
    assert_int_equal(hf_config_add_device(config, &device_options, NULL), 0);
    assert_int_equal(hf_config_add_device(config, &device_options, &again), -EINVAL);
    assert_true(
        is_error(again, EINVAL, "linux.devices[1].path: is /dev/d, which linux.devices[0] makes already"));
}

static void assert_no_plan(const hf_config *config, const char *begins)
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

/* Each structure and text may be gone as soon as the function is back. */
static void test_texts_are_copied(void **state)
{
    char json[] = "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"/r\"}}";
    char destination[] = "/first", type[] = "tmpfs", word[] = "size=1m";
    const char *words[] = {word};
    const struct hf_mount mount = {.size = sizeof(mount),
                                   .type = type,
                                   .destination = destination,
                                   .options = words,
                                   .options_length = 1};
    CLEANUP_HF_CONFIG hf_config *config = NULL;

    (void)state;
    assert_int_equal(hf_config_from_json(json, strlen(json), NULL, &config, NULL), 0);
    memset(json, 'x', sizeof(json));
    assert_int_equal(hf_config_add_mount(config, &mount, NULL), 0);
    memset(destination, 'x', sizeof(destination));
    memset(type, 'x', sizeof(type));
    memset(word, 'x', sizeof(word));
    words[0] = NULL;
    assert_lines(config, "(mounts[0]", "mount /first type tmpfs source tmpfs with size=1m (mounts[0])\n");
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
    CHECK(is_error(error, EPERM, ""));
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
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_free_nothing),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_wrong_sizes),
        cmocka_unit_test(test_plan_lines),
        cmocka_unit_test(test_smaller_root),
        cmocka_unit_test(test_mount_lines),
        cmocka_unit_test(test_relabel_lines),
        cmocka_unit_test(test_kcore),
        cmocka_unit_test(test_device_lines),
        cmocka_unit_test(test_system_mount_lines),
        cmocka_unit_test(test_json_errors),
        cmocka_unit_test(test_root_errors),
        cmocka_unit_test(test_mount_errors),
        cmocka_unit_test(test_device_errors),
        cmocka_unit_test(test_plan_errors),
        cmocka_unit_test(test_relative_paths),
        cmocka_unit_test(test_texts_are_copied),
        cmocka_unit_test(test_unprivileged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
