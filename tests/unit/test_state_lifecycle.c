/* SPDX-License-Identifier: Apache-2.0 */
/* Status, start, kill and delete, with a process that behaves as a container's first process does. */
#include "state_helpers.h"

#include "base/fd.h"
#include "process/message.h"

enum behaviour {
    BECOMES_PROGRAM,
    REPORTS,     /* an error instead */
    DIES_SILENT, /* as with a seccomp filter that kills execve */
};

static struct container_settings settings;
static char warnings[4096];

static void keep_warning(const char *message)
{
    strncat(warnings, message, sizeof(warnings) - strlen(warnings) - 1);
}

static int start(const struct container_settings *with, const char *id, struct error *error)
{
    return container_start(with, &(struct start_options){.id = id}, error);
}

static void report_error(int report)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *bytes = NULL;
    size_t length;

    error_set(&error, ENOENT, "no such program");
    CHECK(error_pack(&error, &bytes, &length) == 0);
    CHECK(write(report, &(char){MESSAGE_ERROR}, 1) == 1);
    CHECK(fd_write_all(report, bytes, length) == 0);
}

static void be_first_process(const struct container *container, enum behaviour behaviour, int ready)
{
    CLEANUP_ERROR struct error error = {0};
    int start, report;
    char byte;

    CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0); /* for a test that fails */
    CHECK(close(container->lock) == 0);           /* else it would hold it as well (flock(2)) */
    CHECK_OK(container_make_fifos(container, &start, &report, &error), &error);
    CHECK(write(ready, "", 1) == 1);
    CHECK(read(start, &byte, 1) == 1);
    if (behaviour == REPORTS)
        report_error(report);
    if (behaviour != BECOMES_PROGRAM)
        raise(SIGKILL);
    execl("/bin/sleep", "sleep", "60", NULL);
    _exit(CHILD_FAILED);
}

#define CONFIG(hooks)                                                                                        \
    "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"x\"],\"cwd\":\"/\"}" hooks \
    "}"

/* Makes a container with such a process; returns its pid. */
static pid_t create(const char *id, enum behaviour behaviour, const char *config)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_ERROR struct error error = {0};
    bool ended;
    char byte;
    int ready[2];
    pid_t pid;

    settings = (struct container_settings){.root = root, .warn = keep_warning};
    warnings[0] = '\0';
    ASSERT_OK(container_make(&container, root, id, &error), &error);
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        be_first_process(&container, behaviour, ready[1]);
    close(ready[1]);
    fill_state(&container.state);
    container.state.pid = pid;
    ASSERT_OK(process_start_time(pid, &container.state.start_time, &ended, &error), &error);
    ASSERT_OK(container_write_state(&container, &error), &error);
    if (config)
        write_raw(id, "config.json", config);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static const char *status_of(const char *id)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_ERROR struct error error = {0};

    ASSERT_OK(container_open(&container, root, id, false, &error), &error);
    return status_name(container_status(&container));
}

static void wait_for(pid_t pid, int signal_number)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), signal_number);
}

static void test_start_kill_delete(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    pid_t pid = create("web", BECOMES_PROGRAM, CONFIG(""));
    siginfo_t end;

    (void)state;
    assert_string_equal(status_of("web"), "created");
    ASSERT_FAILS(container_delete(&settings, "web", false, refusal), EBUSY,
                 "cannot delete container web that is not stopped: created");
    ASSERT_OK(start(&settings, "web", &error), &error);
    assert_string_equal(status_of("web"), "running");
    ASSERT_FAILS(start(&settings, "web", refusal), EINVAL, "cannot start an already running container");
    ASSERT_FAILS(container_delete(&settings, "web", false, refusal), EBUSY,
                 "cannot delete container web that is not stopped: running");
    ASSERT_OK(container_kill(&settings, "web", 0, false, &error), &error);
    ASSERT_OK(container_kill(&settings, "web", SIGTERM, false, &error), &error);
    assert_int_equal(waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT), 0);
    assert_string_equal(status_of("web"), "stopped"); /* a zombie */
    wait_for(pid, SIGTERM);
    assert_string_equal(status_of("web"), "stopped");
    ASSERT_FAILS(container_kill(&settings, "web", SIGTERM, false, refusal), ESRCH, "container not running");
    ASSERT_FAILS(start(&settings, "web", refusal), EINVAL, "cannot start a container that has stopped");
    ASSERT_OK(container_delete(&settings, "web", false, &error), &error);
    assert_false(exists("web"));
    ASSERT_FAILS(container_delete(&settings, "web", false, refusal), ENOENT, "does not exist");
    ASSERT_OK(container_delete(&settings, "web", true, &error), &error);
    assert_string_equal(warnings, "");
}

static void test_forced_delete(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    pid_t pid = create("web", BECOMES_PROGRAM, CONFIG(""));

    (void)state;
    ASSERT_OK(container_delete(&settings, "web", true, &error), &error);
    assert_false(exists("web"));
    wait_for(pid, SIGKILL);
}

static void test_created_may_be_killed(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    pid_t pid = create("web", BECOMES_PROGRAM, CONFIG(""));

    (void)state;
    ASSERT_OK(container_kill(&settings, "web", SIGKILL, false, &error), &error);
    wait_for(pid, SIGKILL);
    ASSERT_OK(container_delete(&settings, "web", false, &error), &error);
}

static void test_failing_starts(void **state)
{
    pid_t pid = create("reports", REPORTS, CONFIG(""));

    (void)state;
    ASSERT_FAILS(start(&settings, "reports", refusal), ENOENT, "no such program");
    wait_for(pid, SIGKILL);
    assert_string_equal(status_of("reports"), "stopped");
    pid = create("dies", DIES_SILENT, CONFIG(""));
    ASSERT_FAILS(start(&settings, "dies", refusal), ECHILD, "was killed before it became the program");
    wait_for(pid, SIGKILL);
    pid = create("none", BECOMES_PROGRAM, "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"}}");
    ASSERT_FAILS(start(&settings, "none", refusal), EINVAL, "without a process");
    assert_string_equal(status_of("none"), "created");
    assert_int_equal(kill(pid, SIGKILL), 0);
    wait_for(pid, SIGKILL);
}

/* A pid that is used again is not the container's process. */
static void test_reused_pid(void **state)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_ERROR struct error error = {0};
    int pidfd = -1;

    (void)state;
    make_container("web");
    ASSERT_OK(container_open(&container, root, "web", false, &error), &error);
    ASSERT_OK(container_open_process(&container, &pidfd, &error), &error);
    fd_close(&pidfd);
    container.state.start_time++;
    ASSERT_FAILS(container_open_process(&container, &pidfd, refusal), ESRCH, "has ended");
    assert_int_equal(pidfd, -1);
    assert_int_equal(container_status(&container), STATUS_STOPPED);
}

static void test_start_time_of_odd_names(void **state)
{
    static const char *const names[] = {"a) Z 1 2 (b", ") R", "((", "a b"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        CLEANUP_ERROR struct error error = {0};
        uint64_t before, after;
        bool ended = true;
        char old[16];

        ASSERT_OK(process_start_time(getpid(), &before, &ended, &error), &error);
        assert_int_equal(prctl(PR_GET_NAME, old), 0);
        assert_int_equal(prctl(PR_SET_NAME, names[i]), 0);
        ASSERT_OK(process_start_time(getpid(), &after, &ended, &error), &error);
        assert_int_equal(prctl(PR_SET_NAME, old), 0);
        assert_true(before == after && before > 0);
        assert_false(ended);
    }
}

/* An interrupted create is "creating" while its process lives or another command holds the lock. */
static void test_creating(void **state)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    settings = (struct container_settings){.root = root, .warn = keep_warning};
    warnings[0] = '\0';
    ASSERT_OK(container_make(&container, root, "web", &error), &error);
    fill_state(&container.state);
    container.state.is_created = false;
    ASSERT_OK(container_write_state(&container, &error), &error);
    assert_string_equal(status_of("web"), "creating");
    container.state.pid = 0;
    ASSERT_OK(container_write_state(&container, &error), &error);
    assert_string_equal(status_of("web"), "creating");
    ASSERT_FAILS(container_kill(&settings, "web", SIGTERM, false, refusal), ESRCH, "container not running");
    container_unlock(&container);
    assert_string_equal(status_of("web"), "stopped");
    ASSERT_OK(container_delete(&settings, "web", false, &error), &error);
    assert_false(exists("web"));
    assert_string_equal(warnings, "");
}

static void test_damaged(void **state)
{
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    settings = (struct container_settings){.root = root, .warn = keep_warning};
    warnings[0] = '\0';
    make_container("web");
    write_raw("web", "state.json", "");
    ASSERT_FAILS(container_delete(&settings, "web", false, refusal), EBADMSG, "delete --force web");
    assert_true(exists("web"));
    ASSERT_OK(container_delete(&settings, "web", true, &error), &error);
    assert_false(exists("web"));
    assert_non_null(strstr(warnings, "only the state was removed"));
}

#define HOOK(name, script) "{\"path\":\"/bin/sh\",\"args\":[\"" name "\",\"-c\",\"" script "\"]}"

/* Each poststop hook runs, with the state "stopped"; one that fails is a warning. */
static void test_poststop_hooks(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    char config[1024], written[512];
    pid_t pid;

    (void)state;
    snprintf(config, sizeof(config),
             CONFIG(",\"hooks\":{\"poststop\":[" HOOK("one", "exit 3") "," HOOK("two", "cat >%s/seen") "]}"),
             base);
    pid = create("web", BECOMES_PROGRAM, config);
    ASSERT_OK(container_delete(&settings, "web", true, &error), &error);
    wait_for(pid, SIGKILL);
    assert_false(exists("web"));
    assert_non_null(strstr(warnings, "hooks.poststop[0]"));
    assert_null(strstr(warnings, "hooks.poststop[1]"));
    read_raw("../..", "seen", written, sizeof(written));
    assert_string_equal(written, "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"pid\":0,\"status\":\"stopped\","
                                 "\"bundle\":\"/srv/bundle\"}");
}

/* A poststart hook that fails takes the container with it. */
static void test_poststart_hooks(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    char config[1024], written[512], expected[512];
    pid_t pid;

    (void)state;
    snprintf(config, sizeof(config), CONFIG(",\"hooks\":{\"poststart\":[" HOOK("one", "cat >%s/seen") "]}"),
             base);
    pid = create("web", BECOMES_PROGRAM, config);
    ASSERT_OK(start(&settings, "web", &error), &error);
    read_raw("../..", "seen", written, sizeof(written));
    snprintf(expected, sizeof(expected),
             "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"pid\":%d,\"status\":\"running\",\"bundle\":\"/srv/"
             "bundle\"}",
             (int)pid);
    assert_string_equal(written, expected);
    ASSERT_OK(container_delete(&settings, "web", true, &error), &error);
    wait_for(pid, SIGKILL);
    pid = create("web", BECOMES_PROGRAM, CONFIG(",\"hooks\":{\"poststart\":[" HOOK("one", "exit 3") "]}"));
    ASSERT_FAILS(start(&settings, "web", refusal), ECHILD, "hooks.poststart[0]");
    wait_for(pid, SIGKILL);
    assert_false(exists("web"));
}

static void test_oci_state(void **state)
{
    static struct config_key_value annotations[] = {{"a", "b"}};
    static const struct state stored = {
        .id = "web", .bundle = "/b", .annotations = annotations, .annotations_length = 1};
    CLEANUP_FREE char *running = state_to_oci(&stored, STATUS_RUNNING, 7);

    (void)state;
    assert_string_equal(running, "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"pid\":7,\"status\":\"running\","
                                 "\"bundle\":\"/b\",\"annotations\":{\"a\":\"b\"}}");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        STATE_TEST(test_start_kill_delete),
        STATE_TEST(test_forced_delete),
        STATE_TEST(test_created_may_be_killed),
        STATE_TEST(test_failing_starts),
        STATE_TEST(test_reused_pid),
        cmocka_unit_test(test_start_time_of_odd_names),
        STATE_TEST(test_creating),
        STATE_TEST(test_damaged),
        STATE_TEST(test_poststop_hooks),
        STATE_TEST(test_poststart_hooks),
        cmocka_unit_test(test_oci_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
