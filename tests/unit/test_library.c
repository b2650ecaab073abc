/* SPDX-License-Identifier: Apache-2.0 */
/* The library's functions up to the plan: nothing here needs a privilege. Their errors are in
 * test_library_errors.c; test_library_build.c and test_library_caller.c build. */
#include "library_helpers.h"

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
        cmocka_unit_test(test_texts_are_copied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
