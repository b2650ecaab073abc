/* SPDX-License-Identifier: Apache-2.0 */
/* hf_build() as root: what is built. test_library_caller.c is about failures and the caller's process. */
#include "library_build_helpers.h"

#include <sys/ioctl.h>
#include <sys/xattr.h>

/* ------------------------------------------------------------------ what is built */

static void check_system_mounts(const void *argument)
{
    const struct request request = {.root.readonly = true, .system_mounts = true};

    (void)argument;
    begin();
    inspect(build_well(&request), look_at_system_mounts);
}

static void check_plan_twice(const void *argument)
{
    const struct request request = {.root.readonly = true, .system_mounts = true};
    CLEANUP_HF_CONFIG hf_config *config = NULL;
    CLEANUP_HF_PLAN hf_plan *plan = NULL;

    (void)argument;
    begin();
    configure(&request, &config);
    CHECK(hf_plan_new(config, &plan, NULL) == 0);
    for (int i = 0; i < 2; i++) {
        int namespace_fd = -1;

        CHECK(hf_build(plan, NULL, &namespace_fd, NULL) == 0);
        inspect(namespace_fd, look_at_system_mounts);
    }
}

static void look_at_binds(void)
{
    CHECK(holds("/name", "image\n") && holds("/readonly/name", "source\n") && holds("/file", "source\n"));
    CHECK(holds("/directory/name", "source\n"));
    CHECK(access("/readonly/name", W_OK) < 0 && errno == EROFS);
    CHECK(access("/directory/name", W_OK) < 0 && errno == EROFS);
    write_file("/writable/new", "new\n");
    check_table(host_mountinfo(), "/ rw,relatime tmpfs\n"
                                  "/readonly ro,relatime tmpfs\n"
                                  "/writable rw,relatime tmpfs\n"
                                  "/directory ro,relatime tmpfs\n"
                                  "/file rw,relatime tmpfs\n");
}

/* The root and two sources are given as descriptors, which stay the caller's. */
static void check_binds(const void *argument)
{
    struct hf_mount mounts[] = {
        {.type = "bind", .source = "/mnt/source", .destination = "/readonly"},
        {.type = "bind", .source = "/mnt/source", .destination = "/writable", .writable = true},
        {.type = "bind", .destination = "/directory"},
        {.type = "bind", .destination = "/file", .writable = true},
    };
    struct request request = {.mounts = mounts, .mounts_length = ARRAY_LENGTH(mounts)};

    (void)argument;
    begin();
    request.root.fd = open("/mnt/root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    mounts[2].source_fd = open("/mnt/source", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mounts[3].source_fd = open("/mnt/source/name", O_PATH | O_CLOEXEC);
    host_mountinfo();
    inspect(build_well(&request), look_at_binds);
    CHECK(holds("/mnt/source/new", "new\n"));
    CHECK(fcntl(request.root.fd, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(mounts[2].source_fd, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(mounts[3].source_fd, F_GETFD) == FD_CLOEXEC);
}

static void look_at_propagation(void)
{
    check_table(host_mountinfo(), "/ rw,relatime tmpfs\n"
                                  "/plain ro,relatime tmpfs\n"
                                  "/private ro,relatime tmpfs\n"
                                  "/slave ro,relatime master tmpfs\n"
                                  "/later ro,relatime master tmpfs\n"
                                  "/new rw,relatime tmpfs\n");
}

/* Words win over private_mount, because they come later. */
static void check_propagation(const void *argument)
{
    static const char *const slave[] = {"rslave"};
    static const struct hf_mount mounts[] = {
        {.type = "bind", .source = "/mnt/source", .destination = "/plain"},
        {.type = "bind", .source = "/mnt/source", .destination = "/private", .private_mount = true},
        {.type = "bind",
         .source = "/mnt/source",
         .destination = "/slave",
         .options = slave,
         .options_length = 1},
        {.type = "bind",
         .source = "/mnt/source",
         .destination = "/later",
         .private_mount = true,
         .options = slave,
         .options_length = 1},
        {.type = "tmpfs", .destination = "/new", .private_mount = true},
    };
    const struct request request = {.mounts = mounts, .mounts_length = ARRAY_LENGTH(mounts)};

    (void)argument;
    begin();
    CHECK(mount(NULL, "/mnt", NULL, MS_SHARED, NULL) == 0);
    host_mountinfo();
    inspect(build_well(&request), look_at_propagation);
}

static bool has_label(const char *path, const char *label)
{
    char found[256] = "";

    return getxattr(path, "security.selinux", found, sizeof(found) - 1) > 0 && strcmp(found, label) == 0;
}

static void check_relabel(const void *argument)
{
    static const struct hf_mount mounts[] = {
        {.type = "bind", .source = "/mnt/shared", .destination = "/0", .relabel = HF_RELABEL_SHARED},
        {.type = "bind", .source = "/mnt/private", .destination = "/1", .relabel = HF_RELABEL_PRIVATE},
        {.type = "bind", .source = "/mnt/source", .destination = "/2"},
    };
    const struct request request = {
        .root.mount_label = "system_u:object_r:container_file_t:s0:c1,c2",
        .mounts = mounts,
        .mounts_length = ARRAY_LENGTH(mounts),
    };

    (void)argument;
    begin();
    CHECK(mkdir("/mnt/shared", 0755) == 0 && mkdir("/mnt/private", 0755) == 0);
    write_file("/mnt/private/file", "");
    close(build_well(&request));
    CHECK(has_label("/mnt/shared", "system_u:object_r:container_file_t:s0"));
    CHECK(has_label("/mnt/private", "system_u:object_r:container_file_t:s0:c1,c2"));
    CHECK(has_label("/mnt/private/file", "system_u:object_r:container_file_t:s0:c1,c2"));
    CHECK(!has_label("/mnt/source", "system_u:object_r:container_file_t:s0"));
    CHECK(!has_label("/mnt/source", "system_u:object_r:container_file_t:s0:c1,c2"));
}

static void look_at_json(void)
{
    CHECK(holds("/name", "image\n") && holds("/data/name", "source\n"));
    check_table(host_mountinfo(), "/ ro,relatime tmpfs\n"
                                  "/data rw,noexec,relatime tmpfs\n");
}

/* Relative paths start from the bundle. */
static void check_json(const void *argument)
{
    static const char json[] =
        "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"root\",\"readonly\":true},"
        "\"mounts\":[{\"destination\":\"/data\",\"source\":\"source\",\"options\":[\"bind\",\"noexec\"]}]}";
    const struct hf_json_options options = {.size = sizeof(options), .bundle = "/mnt"};
    CLEANUP_HF_CONFIG hf_config *config = NULL;
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    int namespace_fd = -1;

    (void)argument;
    begin();
    host_mountinfo();
    CHECK_WELL(hf_config_from_json(json, strlen(json), &options, &config, &error), error);
    CHECK_WELL(hf_plan_new(config, &plan, &error), error);
    CHECK_WELL(hf_build(plan, NULL, &namespace_fd, &error), error);
    inspect(namespace_fd, look_at_json);
}

/* ------------------------------------------------------------------ the console */

static void speak_at_console(void)
{
    int fd = open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC);

    CHECK(fd >= 0 && isatty(fd) && write(fd, "hello", 5) == 5);
}

static void check_heard(int master)
{
    char text[16] = "";

    CHECK(read(master, text, sizeof(text) - 1) == 5 && strcmp(text, "hello") == 0);
}

static void check_given_console(const void *argument)
{
    int master, slave, unlock = 0, ret_master = -7;
    struct request request = {.root.console = true, .system_mounts = true};

    (void)argument;
    begin();
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(master >= 0 && ioctl(master, TIOCSPTLCK, &unlock) == 0);
    slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    request.build =
        (struct hf_build_options){.has_console = true, .console_fd = slave, .ret_console_fd = &ret_master};
    inspect(build_well(&request), speak_at_console);
    CHECK(ret_master == -1);
    check_heard(master);
    CHECK(isatty(slave));
}

static void check_own_console(const void *argument)
{
    int master = -7;
    const struct request request = {
        .root.console = true, .system_mounts = true, .build.ret_console_fd = &master};

    (void)argument;
    begin();
    inspect(build_well(&request), speak_at_console);
    CHECK(fcntl(master, F_GETFD) == FD_CLOEXEC);
    check_heard(master);
}

static void check_console_errors(const void *argument)
{
    int master = -7;
    struct request request = {.root.console = true, .build.ret_console_fd = &master};

    (void)argument;
    begin();
    build_fails(&request, EINVAL, "process.terminal: a terminal needs a devpts of the container at /dev/pts");
    request.build.has_console = true;
    request.build.console_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    build_fails(&request, EINVAL, "process.terminal: the console is not a pseudo-terminal");
    request.build.console_fd = -1;
    build_fails(&request, EBADF, "cannot use the console's descriptor: fcntl: EBADF");
    CHECK(master == -7);
}

/* ------------------------------------------------------------------ errors in parts */

static bool is_part(const char *part, const char *expected)
{
    bool same = part && expected ? strcmp(part, expected) == 0 : part == expected;

    if (!same)
        fprintf(stderr, "expected %s\n   found %s\n", expected ? expected : "nothing",
                part ? part : "nothing");
    return same;
}

static void check_error_parts(const void *argument)
{
    static const char *const words[] = {"size=many"};
    static const struct hf_mount mounts[] = {
        {.type = "tmpfs", .destination = "/memory", .options = words, .options_length = 1},
    };
    const struct request request = {.mounts = mounts, .mounts_length = 1};
    CLEANUP_HF_ERROR hf_error *error = NULL;
    int namespace_fd = -7;

    (void)argument;
    begin();
    CHECK(build(&request, &namespace_fd, &error) == -EINVAL);
    CHECK(is_part(hf_error_name(error), "EINVAL"));
    CHECK(is_part(hf_error_place(error), "mounts[0] (/memory)"));
    CHECK(is_part(hf_error_text(error), "the file system refuses the option \"size=many\""));
    CHECK(is_part(hf_error_call(error), "fsconfig"));
    CHECK(is_part(hf_error_kernel_log(error), "tmpfs: Bad value for 'size'"));
    CHECK(is_part(hf_error_hint(error), NULL));
    CHECK(is_error(error, EINVAL, "mounts[0] (/memory): the file system refuses the option"));
}

/* ------------------------------------------------------------------ verifying */

static size_t count_differences(const hf_plan *plan, int namespace_fd, struct hf_difference *ret_last)
{
    CLEANUP_HF_ERROR hf_error *error = NULL;
    hf_verification *verification;
    size_t position = 0;
    char place[64] = "";

    CHECK_WELL(hf_verify(plan, namespace_fd, &verification, &error), error);
    while (hf_verification_next(verification, &position, ret_last))
        snprintf(place, sizeof(place), "%s %s %s %s", ret_last->kind, ret_last->place, ret_last->expected,
                 ret_last->found);
    if (position > 0)
        CHECK(strcmp(place, "attributes /readonly ro rw") == 0);
    hf_verification_free(verification);
    return position;
}

static void remount_inside(int namespace_fd)
{
    int status;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        CHECK(unshare(CLONE_FS) == 0 && setns(namespace_fd, CLONE_NEWNS) == 0); /* a sanitizer has threads */
        CHECK(mount(NULL, "/readonly", NULL, MS_REMOUNT | MS_BIND, NULL) == 0);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void check_verify(const void *argument)
{
    static const struct hf_mount mounts[] = {
        {.type = "bind", .source = "/mnt/source", .destination = "/readonly"},
    };
    const struct request request = {.mounts = mounts, .mounts_length = 1, .system_mounts = true};
    CLEANUP_HF_CONFIG hf_config *config = NULL;
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    hf_verification *verification = NULL;
    struct hf_difference difference;
    int namespace_fd = -1;

    (void)argument;
    begin();
    configure(&request, &config);
    CHECK_WELL(hf_plan_new(config, &plan, &error), error);
    CHECK_WELL(hf_build(plan, NULL, &namespace_fd, &error), error);
    CHECK(count_differences(plan, namespace_fd, &difference) == 0);
    remount_inside(namespace_fd);
    CHECK(count_differences(plan, namespace_fd, &difference) == 1);
    CHECK(hf_verify(plan, -1, &verification, &error) == -EBADF);
    CHECK(is_error(error, EBADF, "cannot enter the mount namespace: setns: EBADF"));
    close(namespace_fd);
}

/* ------------------------------------------------------------------ */

IN_CHILD(verify)
IN_CHILD(system_mounts)
IN_CHILD(plan_twice)
IN_CHILD(binds)
IN_CHILD(propagation)
IN_CHILD(relabel)
IN_CHILD(json)
IN_CHILD(given_console)
IN_CHILD(own_console)
IN_CHILD(console_errors)
IN_CHILD(error_parts)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_system_mounts),  cmocka_unit_test(test_plan_twice),
        cmocka_unit_test(test_binds),          cmocka_unit_test(test_propagation),
        cmocka_unit_test(test_relabel),        cmocka_unit_test(test_json),
        cmocka_unit_test(test_given_console),  cmocka_unit_test(test_own_console),
        cmocka_unit_test(test_console_errors), cmocka_unit_test(test_verify),
        cmocka_unit_test(test_error_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
