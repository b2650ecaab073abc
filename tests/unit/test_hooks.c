/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include "base/fd.h"
#include "process/hooks.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#define STATE "{\"id\":\"try\"}"

/* The directory of the hooks of the running test, and what they leave. */
static char directory[] = "/tmp/holdfast-test-hooks.XXXXXX";

static int begin(void **state)
{
    (void)state;
    strcpy(directory + sizeof(directory) - 7, "XXXXXX");
    return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int end(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -r -- '%s'", directory);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static const char *script_path(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static void write_script(const char *text)
{
    FILE *file = fopen("hook", "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod("hook", 0755), 0);
}

static void assert_file(const char *name, const char *text)
{
    CLEANUP_FREE char *found = NULL;
    CLEANUP_FD int fd = open(name, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(fd_read_all(fd, 1 << 20, &found, NULL), 0);
    assert_string_equal(found, text);
}

struct trial {
    struct config_hook hook; /* its path is filled in */
    struct hook_run run;     /* its configuration is filled in */
};

static int run_trial(const struct trial *trial, struct error *error)
{
    struct config config = {.file = "config.json"};
    struct config_hook hook = trial->hook;
    struct hook_run run = trial->run;

    if (!hook.path)
        hook.path = script_path("hook");
    config.hooks[run.kind] = (struct config_hooks){&hook, 1};
    run.config = &config;
    if (!run.state)
        run.state = STATE;
    return hooks_run(&run, error);
}

static void runs(const struct trial *trial)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *line = NULL;

    if (run_trial(trial, &error) == 0)
        return;
    line = error_format(&error);
    fail_msg("%s", line);
}

/* `says` may have %s where the directory is. */
static void fails(const struct trial *trial, int code, const char *says)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *line = NULL, *expected = NULL;
    const char *mark = strstr(says, "%s");
    int before = mark ? (int)(mark - says) : (int)strlen(says);

    assert_int_equal(run_trial(trial, &error), -code);
    line = error_format(&error);
    assert_non_null(line);
    assert_true(asprintf(&expected, "%.*s%s%s", before, says, mark ? directory : "", mark ? mark + 2 : "") >
                0);
    assert_string_equal(line, expected);
}

static double seconds_since(const struct timespec *start)
{
    struct timespec present;

    clock_gettime(CLOCK_MONOTONIC, &present);
    return (double)(present.tv_sec - start->tv_sec) + (double)(present.tv_nsec - start->tv_nsec) / 1e9;
}

static struct timespec present(void)
{
    struct timespec present;

    clock_gettime(CLOCK_MONOTONIC, &present);
    return present;
}

/* ------------------------------------------------------------------ what a hook gets */

static void test_kind_names(void **state)
{
    static const char *const names[] = {"prestart",       "createRuntime", "createContainer",
                                        "startContainer", "poststart",     "poststop"};

    (void)state;
    for (int kind = 0; kind < HOOK_KINDS; kind++)
        assert_string_equal(hook_kind_name((enum config_hook_kind)kind), names[kind]);
}

static void test_input_arguments_environment(void **state)
{
    const char *args[] = {"zero", "one", "two words"}, *env[] = {"A=b", "EMPTY="};
    struct trial trial = {.hook = {.args = {args, 3}, .env = {env, 2}}};

    (void)state;
    write_script("#!/bin/sh\n/bin/cat >input; printf '%s|' \"$@\" >args\n"
                 "/usr/bin/tr '\\0' '\\n' </proc/$$/environ >env\n");
    runs(&trial);
    assert_file("input", STATE);
    assert_file("args", "one|two words|");
    assert_file("env", "A=b\nEMPTY=\n");
}

static void test_defaults(void **state)
{
    static const struct trial trial;

    (void)state;
    write_script("#!/bin/sh\n/usr/bin/tr '\\0' '\\n' </proc/$$/environ >env\n/bin/cat /proc/$$/cmdline "
                 "| /usr/bin/tr '\\0' '|' >args; umask >umask\n");
    assert_int_equal(clearenv(), 0);
    assert_int_equal(setenv("INHERITED", "yes", 1), 0);
    umask(0);
    runs(&trial);
    umask(022);
    assert_file("env", "INHERITED=yes\n");
    assert_file("umask", "0022\n");
    /* The kernel puts the interpreter before the path, which the argument is here too. */
    {
        CLEANUP_FREE char *expected = NULL;

        assert_true(asprintf(&expected, "/bin/sh|%s|", script_path("hook")) > 0);
        assert_file("args", expected);
    }
}

/* A large state that nobody reads, and one that is read twice. */
static void test_state_unread(void **state)
{
    CLEANUP_FREE char *large = malloc(1 << 20);
    struct trial trial = {.run = {.state = large}};

    (void)state;
    assert_non_null(large);
    memset(large, 'x', (1 << 20) - 1);
    large[(1 << 20) - 1] = '\0';
    write_script("#!/bin/sh\nexit 0\n");
    runs(&trial);
    write_script("#!/bin/sh\n/usr/bin/wc -c >count; ! echo changed >/proc/self/fd/0\n");
    runs(&trial);
    assert_file("count", "1048575\n");
}

static void assert_signals(const char *lines)
{
    CLEANUP_FREE char *found = NULL;
    CLEANUP_FD int fd = open("status", O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(fd_read_all(fd, 1 << 20, &found, NULL), 0);
    assert_non_null(strstr(found, "SigBlk:"));
    assert_memory_equal(strstr(found, "SigBlk:"), lines, strlen(lines));
}

/* By cp(1): a shell has signals of its own mind. */
static void test_signals(void **state)
{
    static const char lines[] =
        "SigBlk:\t0000000000000800\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n";
    const char *args[] = {"cp", "/proc/self/status", "status"};
    sigset_t usr2, previous;
    struct trial trial = {.hook = {.path = "/bin/cp", .args = {args, 3}}, .run.signal_mask = &usr2};

    (void)state;
    sigemptyset(&usr2);
    sigaddset(&usr2, SIGUSR2);
    assert_true(signal(SIGHUP, SIG_IGN) == SIG_DFL && signal(SIGRTMIN + 3, SIG_IGN) == SIG_DFL);
    runs(&trial);
    assert_signals(lines);
    assert_int_equal(unlink("status"), 0);
    trial.run.signal_mask = NULL;
    assert_int_equal(sigprocmask(SIG_SETMASK, &usr2, &previous), 0);
    runs(&trial);
    assert_signals(lines);
    assert_int_equal(sigprocmask(SIG_SETMASK, &previous, NULL), 0);
    signal(SIGHUP, SIG_DFL);
    signal(SIGRTMIN + 3, SIG_DFL);
}

static void test_descriptors_and_group(void **state)
{
    static const struct trial trial;
    int fd = open("/dev/null", O_RDONLY); /* not close-on-exec */

    (void)state;
    write_script("#!/bin/sh\n/bin/ls /proc/self/fd >fds\n"
                 "set -- $(/bin/cat /proc/$$/stat); [ $5 = $$ ] && echo own >group\n");
    assert_true(fd >= 0);
    runs(&trial);
    close(fd);
    assert_file("fds", "0\n1\n2\n3\n"); /* 3 is ls's own */
    assert_file("group", "own\n");
}

/* ------------------------------------------------------------------ how it ends */

static void test_failures(void **state)
{
    static const struct {
        const char *script;
        uint32_t timeout;
        int code;
        const char *says;
    } cases[] = {
        {"#!/bin/sh\nexit 3\n", 0, ECHILD, "config.json: hooks.prestart[0]: %s/hook ended with status 3"},
        {"#!/bin/sh\necho out; echo err >&2; exit 1\n", 5, ECHILD,
         "config.json: hooks.prestart[0]: %s/hook ended with status 1: out err"},
        {"#!/bin/sh\nprintf 'a\\033[1m\\0b\\n\\n'; exit 1\n", 0, ECHILD,
         "config.json: hooks.prestart[0]: %s/hook ended with status 1: a?[1m?b"},
        {"#!/bin/sh\necho why; kill -TERM $$\n", 0, ECHILD,
         "config.json: hooks.prestart[0]: %s/hook was killed by the signal SIGTERM: why"},
        {"#!/bin/sh\nkill -40 $$\n", 0, ECHILD,
         "config.json: hooks.prestart[0]: %s/hook was killed by the signal 40"},
        {"#!/bin/sh\necho begun; /bin/sleep 30\n", 1, ETIMEDOUT,
         "config.json: hooks.prestart[0]: %s/hook did not end within 1 second and was killed: begun"},
        {"#!/nonexistent\n", 0, ENOENT,
         "config.json: hooks.prestart[0]: cannot execute %s/hook: execve: ENOENT (No such file or "
         "directory); "
         "the file, its interpreter or its dynamic linker is not on the host"},
        {"text\n", 0, ENOEXEC,
         "config.json: hooks.prestart[0]: cannot execute %s/hook: execve: ENOEXEC (Exec format error); it is "
         "neither a program nor a script that begins with \"#!\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct trial trial = {.hook.timeout = cases[i].timeout};

        write_script(cases[i].script);
        fails(&trial, cases[i].code, cases[i].says);
    }
    /* No process of theirs is left. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void test_not_executable(void **state)
{
    struct trial trial = {.run.kind = HOOK_START_CONTAINER, .hook.path = "/nonexistent"};

    (void)state;
    fails(
        &trial, ENOENT,
        "config.json: hooks.startContainer[0]: cannot execute /nonexistent: execve: ENOENT (No such file or "
        "directory); the file, its interpreter or its dynamic linker is not in the container");
    trial = (struct trial){.run.kind = HOOK_POSTSTOP};
    write_script("#!/bin/sh\n");
    assert_int_equal(chmod("hook", 0644), 0);
    fails(&trial, EACCES,
          "config.json: hooks.poststop[0]: cannot execute %s/hook: execve: EACCES (Permission denied); check "
          "its mode, its directories' modes, and whether its mount is noexec");
}

static void test_the_first_failure_ends_it(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    const char *write_one[] = {"sh", "-c", "echo one >>done"}, *fail[] = {"sh", "-c", "exit 4"};
    struct config_hook hooks[] = {
        {.path = "/bin/sh", .args = {write_one, 3}},
        {.path = "/bin/sh", .args = {fail, 3}},
        {.path = "/bin/sh", .args = {write_one, 3}},
    };
    struct config config = {.file = "config.json", .hooks[HOOK_POSTSTART] = {hooks, 3}};
    struct hook_run run = {.config = &config, .kind = HOOK_POSTSTART, .state = STATE};

    (void)state;
    assert_int_equal(hooks_run(&run, &error), -ECHILD);
    assert_true(error_says(&error, "config.json: hooks.poststart[1]: /bin/sh ended with status 4"));
    assert_file("done", "one\n");
    run.kind = HOOK_POSTSTOP;
    error_clear(&error);
    assert_int_equal(hooks_run(&run, &error), 0);
}

/* Only a part of the output is kept, from the beginning of a line on. */
static void test_much_output(void **state)
{
    static const struct trial trial;
    CLEANUP_ERROR struct error error = {0};
    const char *at;

    (void)state;
    write_script("#!/bin/sh\n/usr/bin/seq 1000000 1300000; exit 9\n");
    assert_int_equal(run_trial(&trial, &error), -ECHILD);
    at = strstr(error.text, "status 9: ");
    assert_non_null(at);
    at += strlen("status 9: ");
    /* 4096 bytes are 512 lines of 8; the first is cut only if the bound isn't at a line's start. */
    assert_true(strlen(at) > 4000 && strlen(at) <= 4096);
    assert_int_equal(strtol(at, NULL, 10) % 10000000 >= 1299000, 1);
    assert_string_equal(at + strlen(at) - 7, "1300000");
    assert_true(at[7] == ' ' && strspn(at, "0123456789") == 7);
}

static void test_output_without_lines(void **state)
{
    static const struct trial trial;
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    write_script("#!/bin/sh\n/usr/bin/head -c 300000 /dev/zero | /usr/bin/tr '\\0' x; exit 1\n");
    assert_int_equal(run_trial(&trial, &error), -ECHILD);
    assert_int_equal(strspn(strstr(error.text, "status 1: ") + strlen("status 1: "), "x"), 4096);
}

/* A process that a hook leaves behind keeps the pipe open, but nobody waits for it. */
static void test_background_process(void **state)
{
    static const struct trial trial = {.hook.timeout = 20};
    struct timespec start = present();
    CLEANUP_FD int fifo = -1;

    (void)state;
    assert_int_equal(mkfifo("alive", 0600), 0);
    fifo = open("alive", O_RDWR | O_CLOEXEC);
    assert_true(fifo >= 0);
    write_script(
        "#!/bin/sh\n(read line <alive; echo \"$line\" >heard.new; /bin/mv heard.new heard) &\nexit 0\n");
    runs(&trial);
    assert_true(seconds_since(&start) < 10);
    assert_int_equal(write(fifo, "hello\n", 6), 6);
    for (int i = 0; i < 500 && access("heard", F_OK) < 0; i++)
        usleep(10000);
    assert_file("heard", "hello\n");
}

/* Without end: the hook ends all the same. */
static void test_background_writer(void **state)
{
    static const struct trial trial = {.hook.timeout = 20};
    struct timespec start = present();

    (void)state;
    write_script("#!/bin/sh\n/usr/bin/yes &\nexit 0\n");
    runs(&trial);
    assert_true(seconds_since(&start) < 10);
}

static void test_timeout_kills_the_group(void **state)
{
    static const struct trial trial = {.hook.timeout = 1};
    struct timespec start = present();
    char number[32] = "";
    FILE *file;

    (void)state;
    write_script(
        "#!/bin/sh\ntrap '' TERM INT HUP\n/bin/sleep 100 >/dev/null 2>&1 &\necho $! >pid; exec >/dev/null "
        "2>&1\nwait; wait\n");
    fails(&trial, ETIMEDOUT,
          "config.json: hooks.prestart[0]: %s/hook did not end within 1 second and was killed");
    assert_true(seconds_since(&start) >= 1 && seconds_since(&start) < 10);
    file = fopen("pid", "re");
    assert_non_null(file);
    assert_non_null(fgets(number, sizeof(number), file));
    fclose(file);
    /* It is a child of process 1 now, which may take a moment to reap it. */
    for (int i = 0; i < 500; i++) {
        char path[64], text[256] = "", state_letter = 'X';

        snprintf(path, sizeof(path), "/proc/%d/stat", atoi(number));
        file = fopen(path, "re");
        if (file && fgets(text, sizeof(text), file) && strrchr(text, ')'))
            state_letter = strrchr(text, ')')[2];
        if (file)
            fclose(file);
        if (state_letter == 'X' || state_letter == 'Z')
            return;
        usleep(10000);
    }
    fail_msg("the hook's child lives");
}

static void test_within_the_time(void **state)
{
    static const struct trial trial = {.hook.timeout = UINT32_MAX};

    (void)state;
    write_script("#!/bin/sh\nexit 0\n");
    runs(&trial);
}

/* ------------------------------------------------------------------ entering */

static int refuse(void *argument, struct error *error)
{
    return error_call(error, ENXIO, "setns", "cannot enter %s", *(const char **)argument);
}

static void test_enter_fails(void **state)
{
    const char *place = "the place";
    struct trial trial = {.run = {.enter = refuse, .argument = &place}};

    (void)state;
    write_script("#!/bin/sh\necho >ran\n");
    fails(&trial, ENXIO,
          "config.json: hooks.prestart[0]: cannot enter the place: setns: ENXIO (No such device or address)");
    assert_int_equal(access("ran", F_OK), -1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static int die(void *argument, struct error *error)
{
    (void)argument;
    (void)error;
    raise(SIGKILL);
    return 0;
}

static void test_enter_is_killed(void **state)
{
    struct trial trial = {.run.enter = die};

    (void)state;
    write_script("#!/bin/sh\n");
    fails(&trial, ECHILD,
          "config.json: hooks.prestart[0]: the process that was to become %s/hook was killed");
}

/* A new pid namespace with its first process, which the hook doesn't become. */
static int enter_namespaces(void *argument, struct error *error)
{
    const int *fds = argument;

    if (setns(fds[0], CLONE_NEWUTS) < 0 || setns(fds[1], CLONE_NEWPID) < 0 || chdir("/tmp") < 0)
        return error_call(error, errno, "setns", "cannot enter");
    return 0;
}

static pid_t start_first_process(int ret_fds[2])
{
    char path[64];
    pid_t pid;

    CHECK(unshare(CLONE_NEWUTS | CLONE_NEWPID) == 0 && sethostname("inside", 6) == 0);
    ret_fds[0] = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        pause();
        _exit(0);
    }
    snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
    ret_fds[1] = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(ret_fds[0] >= 0 && ret_fds[1] >= 0);
    return pid;
}

static void enter_pid_namespace(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    int outside = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    int outside_uts = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC), fds[2];
    pid_t first;
    struct trial trial = {.run = {.enter = enter_namespaces, .argument = fds}};

    (void)argument;
    SKIP_UNLESS(geteuid() == 0, "namespaces need root");
    first = start_first_process(fds);
    CHECK(setns(outside, CLONE_NEWPID) == 0 && setns(outside_uts, CLONE_NEWUTS) == 0);
    CHECK(run_trial(&trial, &error) == -ECHILD);
    CHECK(error_says(&error, "hook ended with status 5: 2 inside /tmp"));
    error_clear(&error);
    write_script("#!/bin/sh\n/bin/sleep 40; :\n");
    trial.hook.timeout = 1;
    CHECK(run_trial(&trial, &error) == -ETIMEDOUT);
    CHECK(kill(first, SIGKILL) == 0 && waitpid(first, NULL, 0) == first);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void test_enter_pid_namespace(void **state)
{
    (void)state;
    write_script("#!/bin/sh\necho $$ $(/bin/hostname) $(pwd); exit 5\n");
    in_child(enter_pid_namespace, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kind_names),
        cmocka_unit_test_setup_teardown(test_input_arguments_environment, begin, end),
        cmocka_unit_test_setup_teardown(test_defaults, begin, end),
        cmocka_unit_test_setup_teardown(test_state_unread, begin, end),
        cmocka_unit_test_setup_teardown(test_signals, begin, end),
        cmocka_unit_test_setup_teardown(test_descriptors_and_group, begin, end),
        cmocka_unit_test_setup_teardown(test_failures, begin, end),
        cmocka_unit_test_setup_teardown(test_not_executable, begin, end),
        cmocka_unit_test_setup_teardown(test_the_first_failure_ends_it, begin, end),
        cmocka_unit_test_setup_teardown(test_much_output, begin, end),
        cmocka_unit_test_setup_teardown(test_output_without_lines, begin, end),
        cmocka_unit_test_setup_teardown(test_background_process, begin, end),
        cmocka_unit_test_setup_teardown(test_background_writer, begin, end),
        cmocka_unit_test_setup_teardown(test_timeout_kills_the_group, begin, end),
        cmocka_unit_test_setup_teardown(test_within_the_time, begin, end),
        cmocka_unit_test_setup_teardown(test_enter_fails, begin, end),
        cmocka_unit_test_setup_teardown(test_enter_is_killed, begin, end),
        cmocka_unit_test_setup_teardown(test_enter_pid_namespace, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
