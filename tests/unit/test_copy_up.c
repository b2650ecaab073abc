/* SPDX-License-Identifier: Apache-2.0 */
/* src/mount/copy_up.c: trees in a file system of their own, copied into another one. */
#include "child.h"

#include "base/fd.h"
#include "kernel/mount_api.h"
#include "mount/copy_up.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

static const struct copy_rules plain_rules;

/* Two tmpfs that are attached nowhere: nothing is left of them. */
struct trees {
    int source, target;
};

static int open_tmpfs(const char *size)
{
    CLEANUP_FD int context = kernel_fs_open("tmpfs");
    CLEANUP_FD int mount = -1;

    SKIP_UNLESS(context >= 0, "tmpfs can't be mounted here");
    CHECK(kernel_fs_set_string(context, "size", size) == 0);
    CHECK(kernel_fs_create(context) == 0);
    /* noatime: the copy has the times from before it was read. */
    mount = kernel_fs_mount(context, ATTRIBUTE_NOATIME);
    CHECK(mount >= 0);
    return openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static struct trees open_trees(void)
{
    umask(0);
    return (struct trees){open_tmpfs("1g"), open_tmpfs("1g")};
}

static int make_file(int directory, const char *name, const char *text)
{
    int fd = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    return fd;
}

static void add_file(int directory, const char *name, const char *text)
{
    close(make_file(directory, name, text));
}

static void copy_well(const struct trees *trees, const struct copy_rules *rules)
{
    CLEANUP_ERROR struct error error = {0};

    CHECK_OK(copy_up(trees->source, trees->target, rules, &error), &error);
    CHECK(error.text == NULL);
}

static void expect_line(const struct trees *trees, const struct copy_rules *rules, const char *expected)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *line = NULL;
    int status = copy_up(trees->source, trees->target, rules, &error);

    CHECK(status < 0 && status == -error.code);
    line = error_format(&error);
    if (strcmp(line, expected) != 0)
        fprintf(stderr, "got:  %s\nwant: %s\n", line, expected);
    CHECK(strcmp(line, expected) == 0);
}

static struct stat status_of(int directory, const char *name)
{
    struct stat status;

    CHECK(fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0);
    return status;
}

/* Everything that stat(2) tells is the same, but for numbers that the file system gives. */
static void check_same(const struct trees *trees, const char *name)
{
    struct stat source = status_of(trees->source, name), target = status_of(trees->target, name);

    CHECK(source.st_mode == target.st_mode);
    CHECK(source.st_uid == target.st_uid && source.st_gid == target.st_gid);
    CHECK(source.st_size == target.st_size);
    CHECK(source.st_rdev == target.st_rdev);
    CHECK(source.st_nlink == target.st_nlink);
    CHECK(memcmp(&source.st_atim, &target.st_atim, sizeof(source.st_atim)) == 0);
    CHECK(memcmp(&source.st_mtim, &target.st_mtim, sizeof(source.st_mtim)) == 0);
}

static void set_times(int directory, const char *name)
{
    const struct timespec times[] = {{1000000001, 123456789}, {1000000002, 987654321}};

    CHECK(utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) == 0);
}

static void copies_every_kind(const void *unused)
{
    static const char *const names[] = {"file",   "directory", "link",        "fifo",
                                        "socket", "device",    "directory/in"};
    struct trees trees = open_trees();
    char text[16] = "";

    (void)unused;
    add_file(trees.source, "file", "text");
    CHECK(mkdirat(trees.source, "directory", 0) == 0);
    add_file(trees.source, "directory/in", "");
    CHECK(symlinkat("/etc/passwd", trees.source, "link") == 0);
    CHECK(mknodat(trees.source, "fifo", S_IFIFO | 0604, 0) == 0);
    CHECK(mknodat(trees.source, "socket", S_IFSOCK | 0640, 0) == 0);
    CHECK(mknodat(trees.source, "device", S_IFCHR | 0606, makedev(1, 3)) == 0);
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        CHECK(fchownat(trees.source, names[i], (uid_t)(1000 + i), (gid_t)(2000 + i), AT_SYMLINK_NOFOLLOW) ==
              0);
    CHECK(fchmodat(trees.source, "file", 06711, 0) == 0);
    CHECK(fchmodat(trees.source, "directory", 03510, 0) == 0);
    CHECK(fchown(trees.source, 7, 8) == 0 && fchmod(trees.source, 02750) == 0);
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        set_times(trees.source, names[i]);
    set_times(trees.source, ".");
    copy_well(&trees, &plain_rules);
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        check_same(&trees, names[i]);
    check_same(&trees, ".");
    CHECK(readlinkat(trees.target, "link", text, sizeof(text)) == 11 && strcmp(text, "/etc/passwd") == 0);
    CHECK(pread(openat(trees.target, "file", O_RDONLY), text, sizeof(text), 0) == 4 &&
          memcmp(text, "text", 4) == 0);
}

static void expect_xattr(int fd, const char *name, const void *value, size_t size)
{
    char found[256];

    CHECK(fgetxattr(fd, name, found, sizeof(found)) == (ssize_t)size);
    CHECK(memcmp(found, value, size) == 0);
}

/* An access list for user 5 (acl(5)): version, then tag, permissions and id of each entry. */
static const unsigned char access_list[] = {
    2,    0, 0, 0,                         /* POSIX_ACL_XATTR_VERSION */
    1,    0, 6, 0, 0xff, 0xff, 0xff, 0xff, /* owner rw- */
    2,    0, 4, 0, 5,    0,    0,    0,    /* user 5 r-- */
    4,    0, 0, 0, 0xff, 0xff, 0xff, 0xff, /* group --- */
    0x10, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* mask r-- */
    0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, /* others --- */
};

/* VFS_CAP_REVISION_2, effective: CAP_NET_RAW (capabilities(7)). */
static const unsigned char capability[] = {1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

static void copies_xattrs(const void *unused)
{
    struct trees trees = open_trees();
    int file = make_file(trees.source, "file", "");
    int directory, target;

    (void)unused;
    CHECK(fsetxattr(file, "trusted.holdfast", "a\0b", 3, 0) == 0);
    CHECK(fsetxattr(file, "trusted.empty", "", 0, 0) == 0);
    CHECK(fsetxattr(file, "security.capability", capability, sizeof(capability), 0) == 0);
    CHECK(fsetxattr(file, "system.posix_acl_access", access_list, sizeof(access_list), 0) == 0);
    CHECK(mkdirat(trees.source, "directory", 0755) == 0);
    directory = openat(trees.source, "directory", O_RDONLY);
    /* Set last: what is below it must not inherit it once more. */
    add_file(directory, "plain", "");
    CHECK(fsetxattr(directory, "system.posix_acl_default", access_list, sizeof(access_list), 0) == 0);
    copy_well(&trees, &plain_rules);
    target = openat(trees.target, "file", O_RDONLY);
    expect_xattr(target, "trusted.holdfast", "a\0b", 3);
    expect_xattr(target, "trusted.empty", "", 0);
    expect_xattr(target, "security.capability", capability, sizeof(capability));
    expect_xattr(target, "system.posix_acl_access", access_list, sizeof(access_list));
    check_same(&trees, "file");
    target = openat(trees.target, "directory", O_RDONLY);
    expect_xattr(target, "system.posix_acl_default", access_list, sizeof(access_list));
    target = openat(target, "plain", O_RDONLY);
    CHECK(flistxattr(target, NULL, 0) == 0);
    check_same(&trees, "directory/plain");
}

static void keeps_hard_links(const void *unused)
{
    struct trees trees = open_trees();
    struct stat first;

    (void)unused;
    CHECK(mkdirat(trees.source, "a", 0755) == 0 && mkdirat(trees.source, "a/b", 0755) == 0);
    add_file(trees.source, "a/b/one", "text");
    CHECK(linkat(trees.source, "a/b/one", trees.source, "two", 0) == 0);
    CHECK(linkat(trees.source, "a/b/one", trees.source, "a/three", 0) == 0);
    CHECK(symlinkat("x", trees.source, "link") == 0);
    CHECK(linkat(trees.source, "link", trees.source, "a/link", 0) == 0);
    /* The name that the staging directory would have. */
    add_file(trees.source, ".holdfast-0", "mine");
    set_times(trees.source, ".");
    copy_well(&trees, &plain_rules);
    first = status_of(trees.target, "two");
    CHECK(first.st_ino == status_of(trees.target, "a/b/one").st_ino);
    CHECK(first.st_ino == status_of(trees.target, "a/three").st_ino);
    CHECK(status_of(trees.target, "link").st_ino == status_of(trees.target, "a/link").st_ino);
    check_same(&trees, "two");
    check_same(&trees, "a/link");
    check_same(&trees, ".holdfast-0");
    check_same(&trees, ".");
    CHECK(status_of(trees.target, ".").st_nlink == 3);
    CHECK(faccessat(trees.target, ".holdfast-1", F_OK, 0) < 0);
}

static void keeps_holes(const void *unused)
{
    struct trees trees = open_trees();
    int file = make_file(trees.source, "sparse", "");
    char text[4];

    (void)unused;
    CHECK(pwrite(file, "data", 4, 40 << 20) == 4);
    CHECK(pwrite(file, "more", 4, 80 << 20) == 4);
    CHECK(ftruncate(file, 100 << 20) == 0);
    CHECK(ftruncate(make_file(trees.source, "hole", ""), (off_t)1 << 40) == 0);
    copy_well(&trees, &plain_rules);
    check_same(&trees, "sparse");
    check_same(&trees, "hole");
    CHECK(status_of(trees.target, "sparse").st_blocks == status_of(trees.source, "sparse").st_blocks);
    CHECK(status_of(trees.target, "hole").st_blocks == 0);
    file = openat(trees.target, "sparse", O_RDONLY);
    CHECK(pread(file, text, 4, 40 << 20) == 4 && memcmp(text, "data", 4) == 0);
    CHECK(pread(file, text, 4, 80 << 20) == 4 && memcmp(text, "more", 4) == 0);
    CHECK(pread(file, text, 4, 60 << 20) == 4 && memcmp(text, "\0\0\0\0", 4) == 0);
}

static void copies_large_file(const void *unused)
{
    enum { SIZE = 3 * 1024 * 1024 + 17 };
    struct trees trees = open_trees();
    CLEANUP_FREE char *text = malloc(SIZE), *found = malloc(SIZE);

    (void)unused;
    CHECK(text && found);
    for (size_t i = 0; i < SIZE; i++)
        text[i] = (char)(i * 7 + i / 4096);
    CHECK(write(make_file(trees.source, "large", ""), text, SIZE) == SIZE);
    copy_well(&trees, &plain_rules);
    CHECK(read(openat(trees.target, "large", O_RDONLY), found, SIZE) == SIZE);
    CHECK(memcmp(text, found, SIZE) == 0);
    check_same(&trees, "large");
}

#define DEPTH 5000

static int go_down(int root)
{
    int fd = dup(root);

    for (int i = 0; i < DEPTH; i++) {
        int next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

        CHECK(next >= 0);
        close(fd);
        fd = next;
    }
    return fd;
}

/* Far deeper than there are descriptors, and than PATH_MAX has room for. */
static void holds_for_deep_trees(const void *unused)
{
    struct rlimit limit;
    struct trees trees = open_trees();
    int fd = dup(trees.source);
    struct trees ends;

    (void)unused;
    for (int i = 0; i < DEPTH; i++) {
        int next;

        CHECK(mkdirat(fd, "d", 0751) == 0);
        next = openat(fd, "d", O_RDONLY | O_DIRECTORY);
        CHECK(next >= 0);
        close(fd);
        fd = next;
    }
    add_file(fd, "end", "here");
    CHECK(linkat(fd, "end", trees.source, "start", 0) == 0);
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = 24;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    copy_well(&trees, &plain_rules);
    ends = (struct trees){go_down(trees.source), go_down(trees.target)};
    check_same(&ends, "end");
    check_same(&ends, ".");
    CHECK(status_of(ends.target, "end").st_ino == status_of(trees.target, "start").st_ino);
}

#define FILES 100000

static void holds_for_large_trees(const void *unused)
{
    struct trees trees = open_trees();
    char name[32];

    (void)unused;
    for (int i = 0; i < FILES; i++) {
        if (i % 1000 == 0) {
            snprintf(name, sizeof(name), "%d", i / 1000);
            CHECK(mkdirat(trees.source, name, 0755) == 0);
        }
        snprintf(name, sizeof(name), "%d/%d", i / 1000, i);
        add_file(trees.source, name, i % 3 ? name : "");
    }
    copy_well(&trees, &plain_rules);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof(name), "%d/%d", i / 1000, i);
        check_same(&trees, name);
    }
}

static struct id_mapping wide_range[] = {{0, 100000, 65536}};
static struct id_mapping narrow_range[] = {{0, 100000, 1000}};
static const struct id_mappings wide = {wide_range, 1};
static const struct id_mappings narrow = {narrow_range, 1};

static void give(int directory, const char *name, uid_t uid, gid_t gid, mode_t mode)
{
    CHECK(fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0);
    CHECK(fchmodat(directory, name, mode, 0) == 0);
}

static void expect_owner(int directory, const char *name, uid_t uid, gid_t gid, mode_t mode)
{
    struct stat status = status_of(directory, name);

    if (status.st_uid != uid || status.st_gid != gid || (status.st_mode & 07777) != mode)
        fprintf(stderr, "%s: %u:%u %04o\n", name, status.st_uid, status.st_gid, status.st_mode & 07777);
    CHECK(status.st_uid == uid && status.st_gid == gid && (status.st_mode & 07777) == mode);
}

/* Whom the namespace doesn't know was nobody there before, and is nobody now, without special powers. */
static void unmapped_becomes_nobody(const void *unused)
{
    const struct copy_rules rules = {.uid_mappings = &wide, .gid_mappings = &wide};
    struct trees trees = open_trees();
    int file = make_file(trees.source, "neither", "");

    (void)unused;
    add_file(trees.source, "both", "");
    add_file(trees.source, "group", "");
    add_file(trees.source, "mapped", "");
    give(trees.source, "neither", 0, 0, 06755);
    CHECK(fsetxattr(file, "security.capability", capability, sizeof(capability), 0) == 0);
    give(trees.source, "both", 100001, 100002, 06700);
    give(trees.source, "group", 3, 165535, 06755);
    give(trees.source, ".", 0, 165536, 02755);
    copy_well(&trees, &rules);
    expect_owner(trees.target, "neither", 165534, 165534, 0755);
    CHECK(fgetxattr(openat(trees.target, "neither", O_RDONLY), "security.capability", NULL, 0) < 0);
    expect_owner(trees.target, "both", 100001, 100002, 06700);
    expect_owner(trees.target, "group", 165534, 165535, 02755);
    expect_owner(trees.target, ".", 165534, 165534, 02755);
}

#define HINT_UNMAPPED(kind)                                                                                  \
    "; map it, map 65534 (nobody) to stand for it, or give the file to another " kind " in the image"
#define HINT_READ "; map its owner, give it to another one in the image, or leave tmpcopyup out"

static void unmapped_is_refused(const void *unused)
{
    const struct copy_rules rules = {.uid_mappings = &narrow, .gid_mappings = &narrow};
    struct trees trees = open_trees();

    (void)unused;
    give(trees.source, ".", 100000, 100000, 0755);
    CHECK(mkdirat(trees.source, "d", 0755) == 0);
    give(trees.source, "d", 100000, 100000, 0700);
    add_file(trees.source, "d/file", "");
    give(trees.source, "d/file", 101000, 100000, 0644);
    expect_line(
        &trees, &rules,
        "tmpcopyup: d/file: its owner 101000 has no mapping in the user namespace" HINT_UNMAPPED("owner"));
    trees.target = open_tmpfs("1m");
    give(trees.source, "d/file", 100999, 99999, 0644);
    expect_line(
        &trees, &rules,
        "tmpcopyup: d/file: its group 99999 has no mapping in the user namespace" HINT_UNMAPPED("group"));
}

/* What the container's root could not read stays out of its reach. */
static void unreadable_is_refused(const void *unused)
{
    const struct copy_rules rules = {.uid_mappings = &wide, .gid_mappings = &wide};
    struct trees trees = open_trees();

    (void)unused;
    add_file(trees.source, "secret", "x");
    give(trees.source, "secret", 0, 100000, 0640);
    expect_line(&trees, &rules,
                "tmpcopyup: secret: the container could not read it: it belongs to 0:100000, which the user "
                "namespace doesn't map, and has mode 0640" HINT_READ);
    trees.target = open_tmpfs("1m");
    CHECK(unlinkat(trees.source, "secret", 0) == 0 && mkdirat(trees.source, "secret", 0754) == 0);
    give(trees.source, "secret", 0, 0, 0754);
    expect_line(&trees, &rules,
                "tmpcopyup: secret: the container could not read it: it belongs to 0:0, which the user "
                "namespace doesn't map, and has mode 0754" HINT_READ);
    trees.target = open_tmpfs("1m");
    give(trees.source, ".", 0, 0, 0700);
    expect_line(&trees, &rules,
                "tmpcopyup: .: the container could not read it: it belongs to 0:0, which the user namespace "
                "doesn't map, and has mode 0700" HINT_READ);
}

static void root_keeps_its_own(const void *unused)
{
    const struct copy_rules rules = {.own_mode = true, .own_gid = true};
    const struct copy_rules uid = {.own_uid = true};
    struct trees trees = open_trees();

    (void)unused;
    give(trees.source, ".", 5, 6, 0700);
    give(trees.target, ".", 15, 16, 0711);
    copy_well(&trees, &rules);
    expect_owner(trees.target, ".", 5, 16, 0711);
    give(trees.target, ".", 15, 16, 0711);
    copy_well(&trees, &uid);
    expect_owner(trees.target, ".", 15, 6, 0700);
}

static void explains_full_tmpfs(const void *unused)
{
    struct trees trees = open_trees();

    (void)unused;
    trees.target = open_tmpfs("16k");
    CHECK(mkdirat(trees.source, "d", 0755) == 0);
    CHECK(ftruncate(make_file(trees.source, "d/large", ""), 0) == 0);
    for (int i = 0; i < 32; i++)
        CHECK(pwrite(openat(trees.source, "d/large", O_WRONLY), "x", 1, i * 4096) == 1);
    expect_line(&trees, &plain_rules,
                "tmpcopyup: d/large: cannot write the copy: pwrite: ENOSPC (No space left on device); the "
                "tmpfs is full: give it a larger size= or nr_inodes=, or leave tmpcopyup out");
}

static void explains_refused_device(const void *unused)
{
    struct trees trees = open_trees();
    CLEANUP_ERROR struct error error = {0};

    (void)unused;
    CHECK(mknodat(trees.source, "null", S_IFCHR | 0666, makedev(1, 3)) == 0);
    CHECK(setuid(1000) == 0); /* the root of the copy is 1777 */
    CHECK(copy_up(trees.source, trees.target, &plain_rules, &error) == -EPERM);
    CHECK(error_says(&error, "tmpcopyup: null: cannot make the copy: mknodat: EPERM (Operation not "
                             "permitted); a device node takes CAP_MKNOD"));
}

/* An O_PATH descriptor will do for the source, as a resolved target is one. */
static void takes_path_descriptor(const void *unused)
{
    struct trees trees = open_trees();
    int directory = trees.source;

    (void)unused;
    add_file(directory, "file", "x");
    trees.source = openat(directory, ".", O_PATH);
    copy_well(&trees, &plain_rules);
    check_same(&trees, "file");
}

#define IN_CHILD(name)                                                                                       \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_child(name, NULL);                                                                                \
    }

IN_CHILD(copies_every_kind)
IN_CHILD(copies_xattrs)
IN_CHILD(keeps_hard_links)
IN_CHILD(keeps_holes)
IN_CHILD(copies_large_file)
IN_CHILD(holds_for_deep_trees)
IN_CHILD(holds_for_large_trees)
IN_CHILD(unmapped_becomes_nobody)
IN_CHILD(unmapped_is_refused)
IN_CHILD(unreadable_is_refused)
IN_CHILD(root_keeps_its_own)
IN_CHILD(explains_full_tmpfs)
IN_CHILD(explains_refused_device)
IN_CHILD(takes_path_descriptor)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_every_kind),       cmocka_unit_test(test_copies_xattrs),
        cmocka_unit_test(test_keeps_hard_links),        cmocka_unit_test(test_keeps_holes),
        cmocka_unit_test(test_copies_large_file),       cmocka_unit_test(test_holds_for_deep_trees),
        cmocka_unit_test(test_holds_for_large_trees),   cmocka_unit_test(test_unmapped_becomes_nobody),
        cmocka_unit_test(test_unmapped_is_refused),     cmocka_unit_test(test_unreadable_is_refused),
        cmocka_unit_test(test_root_keeps_its_own),      cmocka_unit_test(test_explains_full_tmpfs),
        cmocka_unit_test(test_explains_refused_device), cmocka_unit_test(test_takes_path_descriptor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
