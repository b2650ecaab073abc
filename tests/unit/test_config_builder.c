/* SPDX-License-Identifier: Apache-2.0 */
/* src/config: reading a bundle directory, and building without JSON. */
#include "config/builder.h"
#include "config_helpers.h"

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

static const char minimal[] = "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"}}";

static void write_file(const char *directory, const char *name, const char *text, off_t size)
{
    CLEANUP_FREE char *path = NULL;
    FILE *file;

    assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    if (size > 0)
        assert_int_equal(truncate(path, size), 0);
}

static int make_bundle(void **state)
{
    char *bundle = strdup("/tmp/test_config.XXXXXX");
    CLEANUP_FREE char *fifo = NULL;

    if (!bundle || !mkdtemp(bundle) || asprintf(&fifo, "%s/fifo", bundle) < 0 || mkfifo(fifo, 0600) < 0)
        return -1;
    write_file(bundle, "config.json", minimal, 0);
    write_file(bundle, "empty.json", "", 0);
    write_file(bundle, "bad.json", "{\n\"a\"", 0);
    write_file(bundle, "large.json", minimal, ((off_t)16 << 20) + 1);
    *state = bundle;
    return 0;
}

static int remove_bundle(void **state)
{
    static const char *const names[] = {"config.json", "empty.json", "bad.json", "large.json", "fifo"};
    CLEANUP_FREE char *bundle = *state;
    int result = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        CLEANUP_FREE char *path = NULL;

        if (asprintf(&path, "%s/%s", bundle, names[i]) < 0 || unlink(path) < 0)
            result = -1;
    }
    return rmdir(bundle) < 0 ? -1 : result;
}

/* bundle is what the caller says: relative names and ".." are made absolute. */
static void test_bundle(void **state)
{
    const char *bundle = *state;
    CLEANUP_FREE char *roundabout = NULL;
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};

    assert_true(asprintf(&roundabout, "/proc/../%s/.", bundle) > 0);
    assert_int_equal(config_read_bundle(&config, roundabout, "config.json", &error), 0);
    assert_string_equal(config.bundle, bundle);
    assert_string_equal(config.rootfs, "rootfs");
    assert_string_equal(config.file, "config.json");
}

static void test_bundle_errors(void **state)
{
    static const struct {
        const char *below, *name, *line; /* %s: the bundle */
    } cases[] = {
        {"", "none.json",
         "cannot open none.json in the bundle BUNDLE: openat: ENOENT (No such file or directory); the bundle "
         "is the directory that holds this file: name another, or create it"},
        {"/none", "config.json",
         "cannot open the bundle directory BUNDLE/none: open: ENOENT (No such file or directory); a bundle "
         "is a directory that holds config.json and the root file system"},
        {"/bad.json", "config.json",
         "cannot open the bundle directory BUNDLE/bad.json: open: ENOTDIR (Not a directory); a bundle is a "
         "directory that holds config.json and the root file system"},
        {"", "empty.json", "empty.json in the bundle BUNDLE is empty"},
        {"", "fifo", "fifo in the bundle BUNDLE is not a regular file"},
        {"", "large.json", "large.json in the bundle BUNDLE is larger than 16 MiB"},
        {"", "bad.json", "bad.json:2:3: ':' expected near end of file"},
    };
    const char *bundle = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const char *mark = strstr(cases[i].line, "BUNDLE");
        int before = mark ? (int)(mark - cases[i].line) : 0;
        CLEANUP_FREE char *directory = NULL;
        CLEANUP_FREE char *line = NULL;
        CLEANUP_ERROR struct error error = {0};
        struct config config;

        assert_true(asprintf(&directory, "%s%s", bundle, cases[i].below) > 0);
        assert_true(asprintf(&line, "%.*s%s%s", before, cases[i].line, mark ? bundle : "",
                             mark ? mark + strlen("BUNDLE") : cases[i].line) > 0);
        assert_true(config_read_bundle(&config, directory, cases[i].name, &error) < 0);
        assert_error_line(&error, line);
    }
}

static void test_builds(void **state)
{
    static const char *const options[] = {"rbind", "ro"};
    char path[] = "/dev/null";
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    config_init_built(&config);
    assert_int_equal(config_set_rootfs(&config, "/srv/root", &error), 0);
    assert_int_equal(config_set_mount_label(&config, "label", &error), 0);
    assert_int_equal(config_add_mount(&config, "/data", NULL, "/srv", options, 2, &error), 0);
    assert_int_equal(config_add_mount(&config, "tmp", "tmpfs", "", NULL, 0, &error), 0);
    assert_int_equal(config_add_device(&config, &(struct config_device){path, 'c', 1, 3, 0666, 0, 0}, &error),
                     0);
    path[0] = '!';
    assert_int_equal(config_add_namespace(&config, CLONE_NEWUSER, NULL, &error), 0);
    assert_int_equal(config_add_namespace(&config, CLONE_NEWNET, "/run/netns/a", &error), 0);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(config_add_uid_mapping(&config, &(struct id_mapping){i, 100 + i, 1}, &error), 0);
    assert_int_equal(config_add_gid_mapping(&config, &(struct id_mapping){0, 1000, 1}, &error), 0);
    assert_int_equal(config_finish_built(&config, &error), 0);

    assert_string_equal(config.rootfs, "/srv/root");
    assert_string_equal(config.mount_label, "label");
    assert_int_equal(config.mounts_length, 2);
    assert_string_equal(config.mounts[0].destination, "/data");
    assert_string_equal(config.mounts[0].source, "/srv");
    assert_null(config.mounts[0].type);
    assert_strings(&config.mounts[0].options, "rbind|ro");
    assert_string_equal(config.mounts[1].type, "tmpfs");
    assert_null(config.mounts[1].source);
    assert_int_equal(config.devices_length, 1);
    assert_device(&config.devices[0], "/dev/null", 'c', 1, 3, 0666);
    assert_string_equal(config_namespace(&config, CLONE_NEWNET)->path, "/run/netns/a");
    assert_string_equal(config_namespace(&config, CLONE_NEWUSER)->name, "user");
    assert_int_equal(config.uid_mappings.length, 5);
    assert_mapping(&config.uid_mappings, 4, 4, 104, 1);
}

#define BUILD_ERROR(config, call, line)                                                                      \
    do {                                                                                                     \
        CLEANUP_ERROR struct error error = {0};                                                              \
        assert_int_equal(call, -EINVAL);                                                                     \
        assert_error_line(&error, line);                                                                     \
    } while (0)

static int add_device(struct config *config, const char *path, char type, uint32_t major, struct error *error)
{
    return config_add_device(config, &(struct config_device){path, type, major, 0, 0666, 0, 0}, error);
}

/* The same checks as for JSON; what was refused leaves no trace. */
static void test_builder_errors(void **state)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error none = {0};
    struct id_mapping range = {0, 0, 1};

    (void)state;
    config_init_built(&config);
    assert_int_equal(add_device(&config, "/dev/a", 'p', 0, &none), 0);
    assert_int_equal(config_add_namespace(&config, CLONE_NEWUSER, NULL, &none), 0);
    BUILD_ERROR(config, config_set_rootfs(&config, "root", &error),
                "root.path: is \"root\", but must be an absolute path");
    BUILD_ERROR(config, config_add_mount(&config, "", NULL, NULL, NULL, 0, &error),
                "mounts[0].destination: is missing");
    BUILD_ERROR(config, config_add_mount(&config, "/d", NULL, "a\nb", NULL, 0, &error),
                "mounts[0].source (/d): has a newline");
    BUILD_ERROR(config, add_device(&config, "dev/a", 'p', 0, &error),
                "linux.devices[1].path: is \"dev/a\", but must be an absolute path");
    BUILD_ERROR(config, add_device(&config, "/dev/a", 'c', 0, &error),
                "linux.devices[1].path: is /dev/a, which linux.devices[0] makes as another device");
    BUILD_ERROR(config, add_device(&config, "/dev/b", 'u', 0, &error),
                "linux.devices[1].type: is not c, b or p");
    BUILD_ERROR(config, add_device(&config, "/dev/b", 'c', 4096, &error),
                "linux.devices[1].major: is 4096, but must be from 0 to 4095");
    BUILD_ERROR(config, config_add_namespace(&config, CLONE_NEWUSER, NULL, &error),
                "linux.namespaces[1].type: is \"user\" for the second time");
    BUILD_ERROR(config, config_add_namespace(&config, CLONE_NEWPID, "p", &error),
                "linux.namespaces[1].path: is \"p\", but must be an absolute path");
    BUILD_ERROR(config, config_add_namespace(&config, CLONE_NEWPID | CLONE_NEWNS, NULL, &error),
                "0x20020000 is not the flag of one kind of namespace");
    BUILD_ERROR(config, config_finish_built(&config, &error),
                "linux.uidMappings: is missing, but a new user namespace needs it");
    assert_int_equal(config_add_uid_mapping(&config, &range, &none), 0);
    BUILD_ERROR(config, config_add_uid_mapping(&config, &range, &error),
                "linux.uidMappings[1]: has container ids that element 0 has already");
    range.size = 0;
    BUILD_ERROR(config, config_add_gid_mapping(&config, &range, &error), "linux.gidMappings[0]: has size 0");
    assert_null(config.rootfs);
    assert_int_equal(config.mounts_length, 0);
    assert_int_equal(config.devices_length, 1);
    assert_int_equal(config.namespaces_length, 1);
    assert_int_equal(config.uid_mappings.length, 1);
    assert_int_equal(config.gid_mappings.length, 0);
}

/* UID_GID_MAP_MAX_EXTENTS of the kernel. */
static void test_mapping_has_340_ranges(void **state)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};
    struct id_mapping range = {0, 1000, 1};

    (void)state;
    config_init_built(&config);
    for (; range.container_id < 340; range.container_id++, range.host_id++)
        assert_int_equal(config_add_uid_mapping(&config, &range, &error), 0);
    assert_int_equal(config_add_uid_mapping(&config, &range, &error), -EINVAL);
    assert_error_line(&error, "linux.uidMappings: has 341 ranges, but the kernel takes 340");
    assert_int_equal(config.uid_mappings.length, 340);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bundle, make_bundle, remove_bundle),
        cmocka_unit_test_setup_teardown(test_bundle_errors, make_bundle, remove_bundle),
        cmocka_unit_test(test_builds),
        cmocka_unit_test(test_builder_errors),
        cmocka_unit_test(test_mapping_has_340_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
