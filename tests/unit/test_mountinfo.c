/* SPDX-License-Identifier: Apache-2.0 */
/* src/kernel/mountinfo: lines of a mount table to what they say (proc_pid_mountinfo(5)). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "kernel/mountinfo.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CLEANUP_ARENA CLEANUP(arena_clear)

/* Every field of every entry, in brackets, an entry a line. The caller frees it. */
static char *table_text(const struct mount_table *table)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    for (size_t i = 0; i < table->length; i++) {
        const struct mount_entry *entry = &table->entries[i];

        fprintf(out, "%ju %ju %u:%u", (uintmax_t)entry->id, (uintmax_t)entry->parent_id, entry->major,
                entry->minor);
        fprintf(out, " [%s] [%s] [%s] [%s]", entry->root, entry->point, entry->options, entry->tags);
        fprintf(out, " [%s] [%s] [%s]\n", entry->type, entry->source, entry->super_options);
    }
    assert_int_equal(fclose(out), 0);
    return text;
}

struct table_case {
    const char *text, *says;
};

#define POINT(raw, point)                                                                                    \
    {                                                                                                        \
        "7 1 0:3 / " raw " rw - proc proc rw", "7 1 0:3 [/] [" point "] [rw] [] [proc] [proc] [rw]\n"        \
    }
#define SOURCE(raw, source)                                                                                  \
    {                                                                                                        \
        "7 1 0:3 / /d rw - tmpfs " raw " rw", "7 1 0:3 [/] [/d] [rw] [] [tmpfs] [" source "] [rw]\n"         \
    }
#define TAGS(raw, tags)                                                                                      \
    {                                                                                                        \
        "7 1 0:3 / /d rw " raw "- tmpfs t rw", "7 1 0:3 [/] [/d] [rw] [" tags "] [tmpfs] [t] [rw]\n"         \
    }

static const struct table_case accepted[] = {
    {"", ""},
    {"\n", ""},
    {"\n\n\n", ""},
    {"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n",
     "36 35 98:0 [/mnt1] [/mnt2] [rw,noatime] [master:1] [ext3] [/dev/root] [rw,errors=continue]\n"},
    {"1 1 0:1 / / ro - rootfs none rw\n2 1 4095:1048575 / /d rw - ext4 /dev/sda rw\n",
     "1 1 0:1 [/] [/] [ro] [] [rootfs] [none] [rw]\n"
     "2 1 4095:1048575 [/] [/d] [rw] [] [ext4] [/dev/sda] [rw]\n"},
    {"\n1 1 0:1 / / ro - rootfs none rw\n\n\n2 1 0:2 / /d rw - proc proc rw",
     "1 1 0:1 [/] [/] [ro] [] [rootfs] [none] [rw]\n2 1 0:2 [/] [/d] [rw] [] [proc] [proc] [rw]\n"},
    /* statmount(2) has numbers of 64 bits for mounts. */
    {"18446744073709551615 4294967296 0:3 / /d rw - proc proc rw",
     "18446744073709551615 4294967296 0:3 [/] [/d] [rw] [] [proc] [proc] [rw]\n"},
    TAGS("", ""),
    TAGS("shared:1 ", "shared:1"),
    TAGS("unbindable ", "unbindable"),
    TAGS("shared:1 master:2 ", "shared:1 master:2"),
    TAGS("shared:1 master:2 propagate_from:3 ", "shared:1 master:2 propagate_from:3"),
    POINT("/a\\040b", "/a b"),
    POINT("/a\\011b", "/a\tb"),
    POINT("/a\\012b", "/a\nb"),
    POINT("/a\\134b", "/a\\b"),
    POINT("/\\040", "/ "),
    POINT("/a\\040\\040b\\134", "/a  b\\"),
    POINT("/\\134040", "/\\040"),
    POINT("/a\\377b", "/a\377b"),
    POINT("/\\303\\244", "/\303\244"),
    /* not what the kernel writes, and so not an escape */
    POINT("/a\\", "/a\\"),
    POINT("/a\\04", "/a\\04"),
    POINT("/a\\048", "/a\\048"),
    POINT("/a\\480", "/a\\480"),
    POINT("/a\\400", "/a\\400"),
    POINT("/a\\000", "/a\\000"),
    POINT("/a\\n", "/a\\n"),
    POINT("/-", "/-"),
    POINT("/\\040-\\040", "/ - "),
    SOURCE("", ""),
    SOURCE("-", "-"),
    SOURCE("\\043", "#"),
    SOURCE("//server\\040a/b", "//server a/b"),
    {"7 1 0:4 net:[4026531840] /run/netns/a rw shared:2 - nsfs nsfs rw",
     "7 1 0:4 [net:[4026531840]] [/run/netns/a] [rw] [shared:2] [nsfs] [nsfs] [rw]\n"},
    {"7 1 8:1 /a\\040b//deleted /d rw - ext4 /dev/sda rw",
     "7 1 8:1 [/a b//deleted] [/d] [rw] [] [ext4] [/dev/sda] [rw]\n"},
    {"7 1 0:9 / /d rw - fuse.a\\040b none rw", "7 1 0:9 [/] [/d] [rw] [] [fuse.a b] [none] [rw]\n"},
    /* the end of the line is the file system's: it stays as it is */
    {"7 1 0:9 / /d rw - overlay overlay rw,lowerdir=/a\\040b:/c - d",
     "7 1 0:9 [/] [/d] [rw] [] [overlay] [overlay] [rw,lowerdir=/a\\040b:/c - d]\n"},
};

/* Each stands behind a good line. */
static const char *const malformed[] = {
    " ",
    "7",
    "7 1 0:3 / /d",
    "7 1 0:3 / d rw - tmpfs t rw",
    "7 1 0:3 / /d rw",
    "7 1 0:3 / /d rw ",
    "7 1 0:3 / /d rw shared:1",
    "7 1 0:3 / /d rw shared:1 -",
    "7 1 0:3 / /d rw -",
    "7 1 0:3 / /d rw - ",
    "7 1 0:3 / /d rw - tmpfs",
    "7 1 0:3 / /d rw - tmpfs t",
    "7 1 0:3 / /d rw -tmpfs t rw",
    "7 1 0:3 / /d rw -  t rw",
    "7 1 0:3 /  rw - tmpfs t rw",
    "7 1 03 / /d rw - tmpfs t rw",
    "7 1 0: / /d rw - tmpfs t rw",
    "7 1 :3 / /d rw - tmpfs t rw",
    "7 1 a:b / /d rw - tmpfs t rw",
    " 7 1 0:3 / /d rw - tmpfs t rw",
};

static void test_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(accepted); i++) {
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_ARENA struct arena arena = {0};
        CLEANUP_FREE char *text = strdup(accepted[i].text);
        CLEANUP_FREE char *found = NULL;
        struct mount_table table;

        assert_non_null(text);
        if (mountinfo_parse(text, &arena, &table, &error) < 0)
            fail_msg("%s: %s", accepted[i].text, error.text);
        found = table_text(&table);
        assert_string_equal(found, accepted[i].says);
    }
}

static void test_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(malformed); i++) {
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_ARENA struct arena arena = {0};
        CLEANUP_FREE char *text = NULL;
        struct mount_table table = {NULL, 4711};

        assert_true(asprintf(&text, "1 1 0:1 / / ro - rootfs none rw\n%s\n", malformed[i]) > 0);
        if (mountinfo_parse(text, &arena, &table, &error) != -EINVAL)
            fail_msg("accepted: %s", malformed[i]);
        assert_int_equal(error.code, EINVAL);
        assert_string_equal(error.text, "line 2 of the mount table is malformed");
        assert_int_equal(table.length, 4711);
    }
}

static void test_read(void **state)
{
    static const char line[] = "7 1 0:3 / /a\\040b rw shared:1 - tmpfs  rw\n";
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_ARENA struct arena arena = {0};
    CLEANUP_FREE char *found = NULL;
    CLEANUP_FD int fd = memfd_create("mountinfo", MFD_CLOEXEC);
    struct mount_table table;

    (void)state;
    assert_true(fd >= 0);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(write(fd, line, sizeof(line) - 1), sizeof(line) - 1);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(mountinfo_read(fd, &arena, &table, &error), 0);
    assert_int_equal(table.length, 1000);
    table.length = 1;
    found = table_text(&table);
    assert_string_equal(found, "7 1 0:3 [/] [/a b] [rw] [shared:1] [tmpfs] [] [rw]\n");
}

static void test_read_fails(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_ARENA struct arena arena = {0};
    CLEANUP_FD int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct mount_table table;

    (void)state;
    assert_int_equal(mountinfo_read(fd, &arena, &table, &error), -EISDIR);
    assert_string_equal(error.call, "read");
    assert_string_equal(error.text, "cannot read the mount table");
}

/* What the running kernel writes is understood, to the last line. */
static void test_own_table(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_ARENA struct arena arena = {0};
    CLEANUP_FD int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    struct mount_table table;
    bool root = false;

    (void)state;
    assert_true(fd >= 0);
    if (mountinfo_read(fd, &arena, &table, &error) < 0)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < table.length; i++) {
        root |= strcmp(table.entries[i].point, "/") == 0;
        assert_true(table.entries[i].id > 0);
        assert_int_equal(table.entries[i].point[0], '/');
    }
    assert_true(root);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),   cmocka_unit_test(test_malformed), cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_fails), cmocka_unit_test(test_own_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
