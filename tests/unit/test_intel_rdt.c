/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In a tree that is made up like resctrl's: each directory that is made has the kernel's files in it at once, and they go
 * with it. For that, this program has its own mkdirat() and unlinkat(), which take the C library's place.
 */
#include "child.h"

#include "base/fd.h"
#include "process/intel_rdt.h"
#include "process/intel_rdt_schemata.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define ROOT_SCHEMATA "    L3:0=ff;1=ff\n    MB:0=100;1=100\n"

static char mount[] = "/tmp/holdfast-test-rdt.XXXXXX";
static bool no_more_classes, refuses_schemata;

static int add_file(int directory_fd, const char *name, const char *text, mode_t mode)
{
    CLEANUP_FD int fd = openat(directory_fd, name, O_CREAT | O_WRONLY | O_CLOEXEC, mode);

    return fd < 0 || fd_write_all(fd, text, strlen(text)) < 0 ? -1 : 0;
}

static bool is_group(int parent_fd)
{
    char link[32], path[256] = "";

    snprintf(link, sizeof(link), "/proc/self/fd/%d", parent_fd);
    return readlink(link, path, sizeof(path) - 1) > 0 && strstr(path, "/mon_groups");
}

int mkdirat(int fd, const char *path, mode_t mode)
{
    CLEANUP_FD int made = -1;

    if (no_more_classes) {
        errno = ENOSPC;
        return -1;
    }
    if (syscall(SYS_mkdirat, fd, path, mode) < 0)
        return -1;
    made = openat(fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (made < 0 || add_file(made, "tasks", "", 0644) < 0 || is_group(fd))
        return made < 0 ? -1 : 0;
    if (refuses_schemata)
        return (int)syscall(SYS_mkdirat, made, "schemata", 0755);
    return add_file(made, "schemata", "", 0644) < 0 ? -1
                                                    : (int)syscall(SYS_mkdirat, made, "mon_groups", 0755);
}

int unlinkat(int fd, const char *name, int flags)
{
    static const char *const inside[] = {"tasks", "schemata"};
    CLEANUP_FD int directory_fd = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    for (size_t i = 0; i < ARRAY_LENGTH(inside) && directory_fd >= 0 && flags == AT_REMOVEDIR; i++)
        syscall(SYS_unlinkat, directory_fd, inside[i], 0);
    if (directory_fd >= 0) {
        syscall(SYS_unlinkat, directory_fd, "mon_groups/box/tasks", 0);
        syscall(SYS_unlinkat, directory_fd, "mon_groups/box", AT_REMOVEDIR);
        syscall(SYS_unlinkat, directory_fd, "mon_groups", AT_REMOVEDIR);
        syscall(SYS_unlinkat, directory_fd, "schemata", AT_REMOVEDIR);
    }
    return (int)syscall(SYS_unlinkat, fd, name, flags);
}

static int begin(void **state)
{
    (void)state;
    no_more_classes = refuses_schemata = false;
    strcpy(mount + sizeof(mount) - 7, "XXXXXX");
    if (!mkdtemp(mount) || chdir(mount) < 0 || syscall(SYS_mkdirat, AT_FDCWD, "mon_groups", 0755) < 0 ||
        syscall(SYS_mkdirat, AT_FDCWD, "info", 0755) < 0)
        return -1;
    return add_file(AT_FDCWD, "tasks", "", 0644) < 0 ||
                   add_file(AT_FDCWD, "schemata", ROOT_SCHEMATA, 0644) < 0
               ? -1
               : add_file(AT_FDCWD, "info/last_cmd_status", "ok\n", 0644);
}

static int end(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof(command), "rm -r -- '%s'", mount);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

/* The tree as find(1) has it, without what is always there. */
static void assert_tree(const char *expected)
{
    char found[1024] = "";
    FILE *out = popen("find . -mindepth 1 | grep -vE '^./(tasks|schemata|info.*|mon_groups)$' | sort", "re");

    assert_non_null(out);
    found[fread(found, 1, sizeof(found) - 1, out)] = '\0';
    pclose(out);
    assert_string_equal(found, expected);
}

static void assert_file(const char *path, const char *expected)
{
    CLEANUP_FREE char *found = NULL;
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(fd_read_all(fd, 4096, &found, NULL), 0);
    assert_string_equal(found, expected);
}

#define CLASS(name) "./" name "\n./" name "/mon_groups\n./" name "/schemata\n./" name "/tasks\n"

static void add_class(const char *name, const char *schemata)
{
    CLEANUP_FD int fd = -1;

    assert_int_equal(mkdirat(AT_FDCWD, name, 0755), 0);
    fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(add_file(fd, "schemata", schemata, 0644), 0);
}

static int enter(const struct config_intel_rdt *rdt, const char **ret_made, struct arena *arena,
                 struct error *error)
{
    const struct config config = {.file = "config.json", .intel_rdt = *rdt};

    return intel_rdt_enter(&config, mount, "box", 4711, arena, ret_made, error);
}

/* What is made, and is gone after its removal. */
static void enters(const struct config_intel_rdt *rdt, const char *made, const char *tree)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    const char *found = "unset";

    if (enter(rdt, &found, &arena, &error) < 0)
        fail_msg("%s", error.text);
    if (made)
        assert_string_equal(found, made);
    else
        assert_null(found);
    assert_tree(tree);
}

static void removes(const char *made, const char *tree)
{
    CLEANUP_ERROR struct error error = {0};

    assert_int_equal(intel_rdt_remove(mount, made, &error), 0);
    assert_tree(tree);
    assert_int_equal(intel_rdt_remove(mount, made, &error), 0);
}

static void fails(const struct config_intel_rdt *rdt, int code, const char *line, const char *tree)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *found = NULL;
    const char *made = "unset";

    assert_int_equal(enter(rdt, &made, &arena, &error), -code);
    found = error_format(&error);
    assert_string_equal(found, line);
    assert_string_equal(made, "unset");
    assert_tree(tree);
}

/* ------------------------------------------------------------------ tests */

static void test_class_of_the_container(void **state)
{
    const char *more[] = {"L2:0=f", "MB:1=50"};
    const struct config_intel_rdt rdt = {.given = true,
                                         .l3_cache_schema = "L3:0=f\nMB:0=10",
                                         .memory_bandwidth_schema = "MB:0=20",
                                         .schemata = {more, 2}};

    (void)state;
    enters(&rdt, "box", CLASS("box"));
    assert_file("box/schemata", "L3:0=f\nMB:0=20\nL2:0=f\nMB:1=50\n");
    assert_file("box/tasks", "4711\n");
    removes("box", "");
}

static void test_without_schemas(void **state)
{
    const struct config_intel_rdt rdt = {.given = true, .enable_monitoring = true};

    (void)state;
    enters(&rdt, "box",
           "./box\n./box/mon_groups\n./box/mon_groups/box\n./box/mon_groups/box/tasks\n./box/schemata\n"
           "./box/tasks\n");
    assert_file("box/schemata", "");
    assert_file("box/tasks", "4711\n");
    assert_file("box/mon_groups/box/tasks", "4711\n");
    removes("box", "");
}

static void test_named_class(void **state)
{
    struct config_intel_rdt rdt = {.given = true, .class_id = "gold", .l3_cache_schema = "L3:0=f"};

    (void)state;
    enters(&rdt, "gold", CLASS("gold"));
    assert_file("gold/schemata", "L3:0=f\n");
    removes("gold", "");
    rdt.l3_cache_schema = NULL;
    fails(&rdt, ENOENT,
          "config.json: linux.intelRdt: cannot open the class gold: openat: ENOENT (No such file or "
          "directory); "
          "without a schema the class must have been made before",
          "");
}

/* It stays as it is, and after the container. */
static void test_existing_class(void **state)
{
    static const char schemata[] = "    L3:0=00f;1=ff\n    MB:0= 20;1=100\n";
    const char *wrong[] = {"MB:0=20", "MB:2=20"};
    struct config_intel_rdt rdt = {.given = true,
                                   .class_id = "gold",
                                   .l3_cache_schema = "L3:1=FF;0=f",
                                   .memory_bandwidth_schema = "MB:0=20"};

    (void)state;
    add_class("gold", schemata);
    enters(&rdt, NULL, CLASS("gold"));
    assert_file("gold/schemata", schemata);
    assert_file("gold/tasks", "4711\n");
    rdt.memory_bandwidth_schema = "MB:0=30";
    fails(&rdt, EINVAL,
          "config.json: linux.intelRdt: the class gold exists, but its schemata are not \"MB:0=30\"; a class "
          "that is "
          "there is never changed: correct the schema, or choose another closID",
          CLASS("gold"));
    rdt.schemata = (struct strings){wrong, 1};
    enters(&rdt, NULL, CLASS("gold"));
    rdt.schemata.length = 2;
    fails(&rdt, EINVAL,
          "config.json: linux.intelRdt: the class gold exists, but its schemata are not \"MB:2=20\"; a class "
          "that is "
          "there is never changed: correct the schema, or choose another closID",
          CLASS("gold"));
    assert_file("gold/schemata", schemata);
}

static void test_monitoring_in_an_existing_class(void **state)
{
    const struct config_intel_rdt rdt = {.given = true, .class_id = "gold", .enable_monitoring = true};

    (void)state;
    add_class("gold", "");
    enters(&rdt, "gold/mon_groups/box",
           "./gold\n./gold/mon_groups\n./gold/mon_groups/box\n./gold/mon_groups/box/tasks\n./gold/schemata\n"
           "./gold/tasks\n");
    assert_file("gold/mon_groups/box/tasks", "4711\n");
    fails(&rdt, EEXIST,
          "config.json: linux.intelRdt: cannot make the group box for monitoring: mkdirat: EEXIST (File "
          "exists); "
          "another container has left it: remove it with rmdir",
          "./gold\n./gold/mon_groups\n./gold/mon_groups/box\n./gold/mon_groups/box/tasks\n./gold/schemata\n"
          "./gold/tasks\n");
    removes("gold/mon_groups/box", CLASS("gold"));
}

/* What exec does. */
static void test_further_processes(void **state)
{
    static const struct config_intel_rdt classes[] = {
        {.given = true, .enable_monitoring = true, .l3_cache_schema = "L3:0=f"},
        {.given = true, .enable_monitoring = true, .class_id = "/"},
    };
    static const char *const tasks[][2] = {{"box/tasks", "box/mon_groups/box/tasks"},
                                           {"tasks", "mon_groups/box/tasks"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(classes); i++) {
        const struct config config = {.file = "config.json", .intel_rdt = classes[i]};
        CLEANUP(arena_clear) struct arena arena = {0};
        CLEANUP_ERROR struct error error = {0};
        const char *made;

        assert_int_equal(intel_rdt_join(&config, mount, "none", 4712, &error), -ENOENT);
        assert_int_equal(enter(&classes[i], &made, &arena, &error), 0);
        assert_int_equal(intel_rdt_join(&config, mount, "box", 4713, &error), 0);
        assert_file(tasks[i][0], "4713\n");
        assert_file(tasks[i][1], "4713\n");
    }
}

static void test_default_class(void **state)
{
    struct config_intel_rdt rdt = {.given = true, .class_id = "/"};

    (void)state;
    enters(&rdt, NULL, "");
    assert_file("tasks", "4711\n");
    assert_file("schemata", ROOT_SCHEMATA);
    rdt.enable_monitoring = true;
    enters(&rdt, "mon_groups/box", "./mon_groups/box\n./mon_groups/box/tasks\n");
    removes("mon_groups/box", "");
    rdt.l3_cache_schema = "L3:0=1";
    fails(&rdt, EINVAL,
          "config.json: linux.intelRdt: the class / exists, but its schemata are not \"L3:0=1\"; a class "
          "that is "
          "there is never changed: correct the schema, or choose another closID",
          "");
}

static void test_names(void **state)
{
    static const char *const names[] = {"",     ".",    "..",         "a/b",      "/a",
                                        "../a", "info", "mon_groups", "mon_data", "a\nb"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        CLEANUP(arena_clear) struct arena arena = {0};
        CLEANUP_ERROR struct error error = {0};
        const struct config_intel_rdt rdt = {.class_id = names[i], .l3_cache_schema = "L3:0=1"};
        const char *made;

        assert_int_equal(enter(&rdt, &made, &arena, &error), -EINVAL);
        assert_true(error_says(&error, "can't name a class of resctrl; a name without a slash"));
        assert_tree("");
    }
}

static void test_failures_leave_nothing(void **state)
{
    const struct config_intel_rdt rdt = {.l3_cache_schema = "L3:9=1"};

    (void)state;
    assert_int_equal(truncate("info/last_cmd_status", 0), 0);
    assert_int_equal(add_file(AT_FDCWD, "info/last_cmd_status", "Unknown domain 9\nmore\n", 0644), 0);
    refuses_schemata = true;
    fails(&rdt, EISDIR,
          "config.json: linux.intelRdt: cannot set the schemata of the class box: write(schemata): EISDIR "
          "(Is a "
          "directory); the kernel says: Unknown domain 9",
          "");
    no_more_classes = true;
    fails(&rdt, ENOSPC,
          "config.json: linux.intelRdt: cannot make the class box: mkdirat: ENOSPC (No space left on "
          "device); the "
          "kernel says: Unknown domain 9; the processor has no more classes: remove one that is not used",
          "");
}

static void test_not_mounted(void **state)
{
    const struct config config = {.file = "config.json", .intel_rdt = {.class_id = "/"}};
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    const char *made;

    (void)state;
    assert_int_equal(intel_rdt_enter(&config, "/nonexistent", "box", 1, &arena, &made, &error), -ENOENT);
    assert_true(error_says(
        &error, "config.json: linux.intelRdt: the file system resctrl is not at /nonexistent: open: "
                "ENOENT (No such file or directory); mount -t resctrl resctrl /nonexistent; where"));
    assert_int_equal(intel_rdt_enter(&config, "/usr", "box", 1, &arena, &made, &error), -ENOENT);
    assert_true(error_says(&error, "the file system resctrl is not at /usr: faccessat: ENOENT"));
    assert_int_equal(intel_rdt_remove("/nonexistent", "box", &error), 0);
}

static void test_schemata_differ(void **state)
{
    static const char present[] = "    L3:0=ff;1=0f\n    MB:0=100;1= 20\n";
    static const struct {
        const char *wanted, *line;
    } cases[] = {
        {"", NULL},
        {"L3:0=ff\n", NULL},
        {"L3:0=00FF; 1=f\n", NULL},
        {"MB:0=100;1=20\nL3:1=f\n", NULL},
        {"L3:0=f\nL3:0=ff\n", NULL},
        {"L3:0=ff\nL3:0=f\n", "L3:0=f"},
        {"L3:0=f\n", "L3:0=f"},
        {"L3:2=ff\n", "L3:2=ff"},
        {"L2:0=ff\n", "L2:0=ff"},
        {"L3:0=ff\nMB:1=2\n", "MB:1=2"},
        {"L3:0=\n", "L3:0="},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        size_t length = 0;
        const char *line = schemata_differ(cases[i].wanted, present, &length);

        assert_int_equal(line != NULL, cases[i].line != NULL);
        assert_int_equal(length, cases[i].line ? strlen(cases[i].line) : 0);
        if (line)
            assert_memory_equal(line, cases[i].line, length);
    }
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TREE(test_class_of_the_container),
        IN_TREE(test_without_schemas),
        IN_TREE(test_named_class),
        IN_TREE(test_existing_class),
        IN_TREE(test_monitoring_in_an_existing_class),
        IN_TREE(test_further_processes),
        IN_TREE(test_default_class),
        IN_TREE(test_names),
        IN_TREE(test_failures_leave_nothing),
        cmocka_unit_test(test_not_mounted),
        cmocka_unit_test(test_schemata_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
