/* SPDX-License-Identifier: Apache-2.0 */
/* The state between two commands: ids, directories, locks, the file, and what can't be trusted. */
#include "state_helpers.h"

#include "base/fd.h"
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>

static void test_ids(void **state)
{
    static char longest[1025], too_long[1026];
    const char *good[] = {"a", "web-1", "A_b+c.d", "...", ".a", "-a", longest};
    const char *bad[] = {"", ".", "..", "a/b", "/", "a b", "~unfinished", "a\n", "\xc3\xa4", too_long};

    (void)state;
    memset(longest, 'a', sizeof(longest) - 1);
    memset(too_long, 'a', sizeof(too_long) - 1);
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        CLEANUP_ERROR struct error error = {0};

        ASSERT_OK(state_check_id(good[i], &error), &error);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        ASSERT_FAILS(state_check_id(bad[i], refusal), EINVAL, "can't be a container's ID");
}

static void test_round_trip(void **state)
{
    static struct config_key_value annotations[] = {{"org.example.a", "1"}, {"b", ""}};
    CLEANUP_CONTAINER struct container made = CONTAINER_NONE;
    CLEANUP_CONTAINER struct container read = CONTAINER_NONE;
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    ASSERT_OK(container_make(&made, root, "web", &error), &error);
    assert_string_equal(made.state.id, "web");
    fill_state(&made.state);
    made.state.no_pivot_root = true;
    made.state.intel_rdt_made = "class";
    made.state.start_time = UINT64_C(1) << 62;
    made.state.annotations = annotations;
    made.state.annotations_length = ARRAY_LENGTH(annotations);
    ASSERT_OK(container_write_state(&made, &error), &error);
    container_unlock(&made);
    ASSERT_OK(container_open(&read, root, "web", true, &error), &error);
    assert_true(read.lock >= 0);
    assert_string_equal(read.state.id, "web");
    assert_string_equal(read.state.bundle, "/srv/bundle");
    assert_string_equal(read.state.rootfs, "/srv/bundle/rootfs");
    assert_int_equal(read.state.created, 1714557600123456789);
    assert_int_equal(read.state.owner, 1000);
    assert_true(read.state.is_created && read.state.no_pivot_root);
    assert_int_equal(read.state.pid, getpid());
    assert_true(read.state.start_time == UINT64_C(1) << 62);
    assert_string_equal(read.state.intel_rdt_made, "class");
    assert_int_equal(read.state.annotations_length, 2);
    assert_string_equal(read.state.annotations[0].key, "org.example.a");
    assert_string_equal(read.state.annotations[0].value, "1");
    assert_string_equal(read.state.annotations[1].key, "b");
    assert_string_equal(read.state.annotations[1].value, "");
}

static mode_t mode_of(const char *name)
{
    char path[512];
    struct stat status;

    snprintf(path, sizeof(path), "%s/%s", root, name);
    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode;
}

static void test_modes_and_names(void **state)
{
    mode_t mask = umask(0);

    (void)state;
    make_container("web");
    umask(mask);
    assert_int_equal(mode_of(""), S_IFDIR | 0711);
    assert_int_equal(mode_of("web"), S_IFDIR | 0700);
    assert_int_equal(mode_of("web/state.json"), S_IFREG | 0600);
    assert_int_equal(mode_of("web/lock"), S_IFREG | 0600);
    assert_false(exists("~unfinished"));
    assert_false(exists("web/temporary"));
}

static void test_fifos(void **state)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int start = -1;
    CLEANUP_FD int report = -1;

    (void)state;
    ASSERT_OK(container_make(&container, root, "web", &error), &error);
    assert_false(exists("web/start"));
    ASSERT_OK(container_make_fifos(&container, &start, &report, &error), &error);
    assert_int_equal(mode_of("web/start"), S_IFIFO | 0600);
    assert_int_equal(mode_of("web/report"), S_IFIFO | 0600);
}

static void test_absent_and_taken(void **state)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;

    (void)state;
    ASSERT_FAILS(container_open(&container, root, "web", false, refusal), ENOENT, "\"web\" does not exist");
    make_container("web");
    ASSERT_FAILS(container_open(&container, root, "wep", false, refusal), ENOENT, "\"wep\" does not exist");
    ASSERT_FAILS(container_make(&container, root, "web", refusal), EEXIST, "already exists");
    ASSERT_FAILS(container_open(&container, root, "../web", false, refusal), EINVAL, "can't be");
    assert_int_equal(container.root, -1);
    assert_false(exists("~unfinished"));
}

#define STATE_TEXT(version, rest)                                                                            \
    "{\"version\":" version ",\"id\":\"web\",\"bundle\":\"/b\",\"created\":1,\"owner\":0," rest "}"

static void test_corrupt_files(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "state.json is corrupt: line 1"},
        {"{", "state.json is corrupt: line 1"},
        {"[]", "\"version\""},
        {"{\"id\":\"web\"}", "\"version\""},
        {STATE_TEXT("0", "\"pid\":1,\"startTime\":1"), "\"version\""},
        {STATE_TEXT("2", "\"pid\":1,\"startTime\":1"), "was written by a later holdfast (version 2)"},
        {STATE_TEXT("1", "\"startTime\":1"), "\"pid\""},
        {STATE_TEXT("1", "\"pid\":-1,\"startTime\":1"), "\"pid\""},
        {STATE_TEXT("1", "\"pid\":2147483648,\"startTime\":1"), "\"pid\""},
        {STATE_TEXT("1", "\"pid\":\"1\",\"startTime\":1"), "\"pid\""},
        {STATE_TEXT("1", "\"pid\":1,\"startTime\":1,\"isCreated\":1"), "\"isCreated\""},
        {STATE_TEXT("1", "\"pid\":1,\"startTime\":1,\"annotations\":[]"), "\"annotations\""},
        {STATE_TEXT("1", "\"pid\":1,\"startTime\":1,\"annotations\":{\"a\":1}"), "\"annotations\""},
        {STATE_TEXT("1", "\"pid\":1,\"pid\":2,\"startTime\":1"), "duplicate"},
        {"{\"version\":1,\"id\":\"other\",\"bundle\":\"/b\",\"created\":1,\"owner\":0,\"pid\":1,"
         "\"startTime\":1}",
         "\"id\""},
    };

    (void)state;
    make_container("web");
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_CONTAINER struct container container = CONTAINER_NONE;

        write_raw("web", "state.json", cases[i].text);
        ASSERT_FAILS(container_open(&container, root, "web", false, refusal), EBADMSG, cases[i].says);
    }
}

static void test_unknown_members_are_ignored(void **state)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_ERROR struct error error = {0};
    char text[4096], longer[5000];

    (void)state;
    make_container("web");
    read_raw("web", "state.json", text, sizeof(text));
    snprintf(longer, sizeof(longer), "{\"later\": {\"a\": [1]},%s", text + 1);
    write_raw("web", "state.json", longer);
    ASSERT_OK(container_open(&container, root, "web", false, &error), &error);
    assert_int_equal(container.state.pid, getpid());
}

/* What somebody else can have written must not make root signal a process of his choice. */
static void test_planted_states(void **state)
{
    static const struct {
        const char *name;
        uid_t owner;
        mode_t mode;
        const char *says;
    } cases[] = {
        {"web/state.json", 12345, 0600, "state.json belongs to user 12345"},
        {"web/state.json", 0, 0666, "state.json can be written by others"},
        {"web", 12345, 0700, "directory belongs to user 12345"},
        {"web", 0, 0770, "directory can be written by others"},
        {"", 12345, 0711, "belongs to user 12345"},
        {"", 0, 0717, "can be written by others"},
    };

    (void)state;
    if (geteuid() != 0)
        skip();
    make_container("web");
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
        char path[512];
        struct stat before;

        snprintf(path, sizeof(path), "%s/%s", root, cases[i].name);
        assert_int_equal(stat(path, &before), 0);
        assert_int_equal(chown(path, cases[i].owner, 0), 0);
        assert_int_equal(chmod(path, cases[i].mode), 0);
        ASSERT_FAILS(container_open(&container, root, "web", false, refusal), EPERM, cases[i].says);
        assert_int_equal(chown(path, before.st_uid, before.st_gid), 0);
        assert_int_equal(chmod(path, before.st_mode & 07777), 0);
    }
}

static void test_links_are_not_followed(void **state)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    char path[512], other[512];

    (void)state;
    make_container("web");
    snprintf(path, sizeof(path), "%s/link", root);
    assert_int_equal(symlink("web", path), 0);
    ASSERT_FAILS(container_open(&container, root, "link", false, refusal), ENOTDIR, "cannot open");
    snprintf(path, sizeof(path), "%s/web/state.json", root);
    snprintf(other, sizeof(other), "%s/web/other", root);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink("other", path), 0);
    ASSERT_FAILS(container_open(&container, root, "web", false, refusal), ELOOP, "cannot open state.json");
}

/* The tmpfs, of one page a file, is in a mount namespace of the child. */
static void fill_disk(const void *argument)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_CONTAINER struct container again = CONTAINER_NONE;
    CLEANUP_ERROR struct error error = {0};
    static char bundle[3 * 4096];

    (void)argument;
    SKIP_UNLESS(unshare(CLONE_NEWNS) == 0, "needs root");
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    CHECK(mount("tmpfs", base, "tmpfs", 0, "size=12k,mode=700") == 0);
    CHECK_OK(container_make(&container, root, "web", &error), &error);
    fill_state(&container.state);
    CHECK_OK(container_write_state(&container, &error), &error);
    container_unlock(&container);
    memset(bundle, 'b', sizeof(bundle) - 1);
    container.state.bundle = bundle;
    CHECK(container_write_state(&container, &error) == -ENOSPC);
    CHECK(error_says(&error, "the disk is full"));
    CHECK(!exists("web/temporary"));
    CHECK_OK(container_open(&again, root, "web", false, &error), &error);
    CHECK(strcmp(again.state.bundle, "/srv/bundle") == 0);
}

static void test_full_disk(void **state)
{
    (void)state;
    in_child(fill_disk, NULL);
}

#define WRITES 300

/* Each state says its number twice: a reader must never see a mixture, nor half a file. */
static void write_many(void)
{
    for (int i = 0; i < WRITES; i++) {
        CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
        CLEANUP_ERROR struct error error = {0};

        CHECK_OK(container_open(&container, root, "web", true, &error), &error);
        container.state.owner = (uid_t)container.state.start_time + 1;
        container.state.start_time++;
        CHECK_OK(container_write_state(&container, &error), &error);
    }
    _exit(0);
}

static void test_concurrent_writers_and_readers(void **state)
{
    pid_t writers[3];
    int running = (int)ARRAY_LENGTH(writers), status;
    uint64_t first;

    (void)state;
    make_container("web");
    {
        CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
        CLEANUP_ERROR struct error error = {0};

        ASSERT_OK(container_open(&container, root, "web", false, &error), &error);
        container.state.owner = (uid_t)container.state.start_time;
        first = container.state.start_time;
        ASSERT_OK(container_write_state(&container, &error), &error);
    }
    fflush(NULL);
    for (size_t i = 0; i < ARRAY_LENGTH(writers); i++)
        if ((writers[i] = fork()) == 0)
            write_many();
    while (running > 0) {
        CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
        CLEANUP_ERROR struct error error = {0};

        ASSERT_OK(container_open(&container, root, "web", false, &error), &error);
        assert_int_equal(container.state.owner, (uid_t)container.state.start_time);
        if (waitpid(-1, &status, WNOHANG) > 0) {
            assert_int_equal(status, 0);
            running--;
        }
    }
    {
        CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
        CLEANUP_ERROR struct error error = {0};

        ASSERT_OK(container_open(&container, root, "web", false, &error), &error);
        assert_true(container.state.start_time == first + ARRAY_LENGTH(writers) * WRITES);
    }
}

/* Of several that make the same ID one has it, and the others are told so. */
static void test_one_maker_wins(void **state)
{
    int winners = 0, status;

    (void)state;
    fflush(NULL);
    for (int i = 0; i < 8; i++)
        if (fork() == 0) {
            CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
            CLEANUP_ERROR struct error error = {0};
            int result = container_make(&container, root, "web", &error);

            _exit(result == 0 ? 1 : result == -EEXIST ? 0 : CHILD_FAILED);
        }
    while (wait(&status) > 0) {
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        winners += WEXITSTATUS(status);
    }
    assert_int_equal(winners, 1);
}

static void test_interrupted_making(void **state)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_CONTAINER struct container other = CONTAINER_NONE;
    CLEANUP_ERROR struct error error = {0};
    char path[512];

    (void)state;
    make_container("old");
    snprintf(path, sizeof(path), "%s/~unfinished", root);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/~unfinished/lock", root);
    assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
    ASSERT_OK(container_make(&container, root, "web", &error), &error);
    ASSERT_FAILS(container_open(&other, root, "web", false, refusal), ENOENT, "does not exist yet");
    container_unlock(&container);
    ASSERT_FAILS(container_open(&other, root, "web", false, refusal), EBADMSG, "was interrupted");
    ASSERT_OK(container_open_damaged(&other, root, "web", &error), &error);
    assert_string_equal(other.state.id, "web");
    ASSERT_OK(container_remove_state(&other, &error), &error);
    assert_false(exists("web"));
    assert_false(exists("~unfinished"));
}

static void test_lock(void **state)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int second = -1;
    char path[512];

    (void)state;
    make_container("web");
    ASSERT_OK(container_open(&container, root, "web", true, &error), &error);
    snprintf(path, sizeof(path), "%s/web/lock", root);
    second = open(path, O_RDWR | O_CLOEXEC);
    assert_true(second >= 0);
    assert_int_equal(flock(second, LOCK_EX | LOCK_NB), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    container_unlock(&container);
    assert_int_equal(flock(second, LOCK_EX | LOCK_NB), 0);
}

/* Who waits for the lock of a container that is removed meanwhile finds none. */
static void test_removed_while_waiting(void **state)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_ERROR struct error error = {0};
    int status;
    pid_t pid;

    (void)state;
    make_container("web");
    ASSERT_OK(container_open(&container, root, "web", true, &error), &error);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        CLEANUP_CONTAINER struct container mine = CONTAINER_NONE;
        CLEANUP_ERROR struct error own = {0};

        container_clear(&container);
        _exit(container_open(&mine, root, "web", true, &own) == -ENOENT ? 0 : CHILD_FAILED);
    }
    usleep(50000);
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
    ASSERT_OK(container_remove_state(&container, &error), &error);
    container_unlock(&container);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_list(void **state)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    struct strings ids = {0};
    char path[512];

    (void)state;
    ASSERT_OK(container_list(root, &arena, &ids, &error), &error);
    assert_int_equal(ids.length, 0);
    make_container("b");
    make_container("a");
    make_container("B.1");
    snprintf(path, sizeof(path), "%s/~unfinished", root);
    assert_int_equal(mkdir(path, 0700), 0);
    ASSERT_OK(container_list(root, &arena, &ids, &error), &error);
    assert_int_equal(ids.length, 3);
    assert_string_equal(ids.values[0], "B.1");
    assert_string_equal(ids.values[1], "a");
    assert_string_equal(ids.values[2], "b");
}

static void test_config_is_kept(void **state)
{
    static const char text[] = "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"}}";
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_CONFIG struct config again = {0};
    CLEANUP_ERROR struct error error = {0};
    char kept[256];

    (void)state;
    ASSERT_OK(config_read_json(&config, text, strlen(text), "x.json", &error), &error);
    ASSERT_OK(container_make(&container, root, "web", &error), &error);
    fill_state(&container.state);
    ASSERT_FAILS(container_read_config(&container, &again, refusal), ENOENT, "has no config.json");
    ASSERT_OK(container_write_config(&container, &config, &error), &error);
    read_raw("web", "config.json", kept, sizeof(kept));
    assert_string_equal(kept, text);
    ASSERT_OK(container_read_config(&container, &again, &error), &error);
    assert_string_equal(again.rootfs, "r");
    assert_string_equal(again.bundle, "/srv/bundle");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        STATE_TEST(test_round_trip),
        STATE_TEST(test_modes_and_names),
        STATE_TEST(test_fifos),
        STATE_TEST(test_absent_and_taken),
        STATE_TEST(test_corrupt_files),
        STATE_TEST(test_unknown_members_are_ignored),
        STATE_TEST(test_planted_states),
        STATE_TEST(test_links_are_not_followed),
        STATE_TEST(test_full_disk),
        STATE_TEST(test_concurrent_writers_and_readers),
        STATE_TEST(test_one_maker_wins),
        STATE_TEST(test_interrupted_making),
        STATE_TEST(test_lock),
        STATE_TEST(test_removed_while_waiting),
        STATE_TEST(test_list),
        STATE_TEST(test_config_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
