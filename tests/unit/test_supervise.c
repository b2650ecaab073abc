/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include "base/fd.h"
#include "process/supervise.h"
#include "process/terminal.h"
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/resource.h>

#define OUTPUT_LIMIT ((size_t)16 * 1024 * 1024)

/* What is supervised, and with which ends. */
struct scenario {
    const char *script;      /* for /bin/sh; NULL: tells which signal comes first */
    bool console;            /* a pty, without ONLCR and without echo */
    bool no_controlling;     /* the pty isn't the program's controlling terminal */
    int input_fd, output_fd; /* of the supervisor; -1 for /dev/null */
};

struct session {
    pid_t pid; /* the process that runs supervise() */
    int input, output;
    int supervisor_input; /* the other end of input */
};

static void tell_first_signal(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    CHECK(write(STDOUT_FILENO, "ready\n", 6) == 6);
    _exit(sigwaitinfo(&all, NULL));
}

static void run_program(const struct scenario *scenario, int console_fd, const sigset_t *mask)
{
    CLEANUP_ERROR struct error error = {0};

    if (scenario->console) {
        int slave_fd = ioctl(console_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY);

        CHECK(slave_fd >= 0);
        CHECK(setsid() >= 0);
        CHECK(scenario->no_controlling || ioctl(slave_fd, TIOCSCTTY, 0) == 0);
        for (int fd = 0; fd <= 2; fd++)
            CHECK(dup2(slave_fd, fd) == fd);
    }
    CHECK(fd_close_all_from(3, NULL, 0) == 0);
    CHECK_OK(signals_reset_for_program(mask, &error), &error);
    if (!scenario->script)
        tell_first_signal();
    execl("/bin/sh", "sh", "-c", scenario->script, NULL);
    CHECK(!"sh");
}

static int open_console(void)
{
    CLEANUP_ERROR struct error error = {0};
    int console_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios settings;

    CHECK(console_fd >= 0);
    CHECK(unlockpt(console_fd) == 0);
    CHECK_OK(terminal_clear_onlcr(console_fd, &error), &error);
    CHECK(tcgetattr(console_fd, &settings) == 0);
    settings.c_lflag &= ~(tcflag_t)ECHO;
    CHECK(tcsetattr(console_fd, TCSANOW, &settings) == 0);
    return console_fd;
}

static void run_supervisor(const struct scenario *scenario)
{
    CLEANUP_ERROR struct error error = {0};
    int console_fd = scenario->console ? open_console() : -1, status = -1, pidfd;
    struct supervision supervision;
    sigset_t previous;
    pid_t pid;

    for (int fd = 0; fd < 2; fd++) {
        int given = fd == 0 ? scenario->input_fd : scenario->output_fd;

        CHECK(dup2(given >= 0 ? given : open("/dev/null", O_RDWR | O_CLOEXEC), fd) == fd);
    }
    CHECK_OK(supervise_block_signals(&previous, &error), &error);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        run_program(scenario, console_fd, &previous);
    CHECK(fd_close_all_from(3, &console_fd, 1) == 0);
    pidfd = pidfd_open(pid, 0);
    CHECK(pidfd >= 0);
    supervision = (struct supervision){.pidfd = pidfd,
                                       .signal_fd = supervise_open_signals(&error),
                                       .pid = pid,
                                       .console_fd = console_fd,
                                       .end_fd = -1};
    CHECK_OK(supervise(&supervision, &status, &error), &error);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    _exit(status);
}

static pid_t start(const struct scenario *scenario)
{
    pid_t pid;

    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        run_supervisor(scenario);
    return pid;
}

static void start_with_pipes(struct scenario scenario, struct session *session)
{
    int input[2], output[2];

    assert_int_equal(pipe2(input, O_CLOEXEC), 0);
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    scenario.input_fd = input[0];
    scenario.output_fd = output[1];
    session->pid = start(&scenario);
    session->supervisor_input = input[0];
    fd_close(&output[1]);
    session->input = input[1];
    session->output = output[0];
}

static void clear_session(struct session *session)
{
    fd_close(&session->input);
    fd_close(&session->output);
    fd_close(&session->supervisor_input);
}

#define CLEANUP_SESSION CLEANUP(clear_session)

static int status_of(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Reads until the text has come. */
static void expect(int fd, const char *text)
{
    char seen[1024] = "";
    size_t length = 0;

    while (!strstr(seen, text)) {
        struct pollfd slot = {.fd = fd, .events = POLLIN};
        ssize_t count;

        assert_true(length + 1 < sizeof(seen));
        assert_int_equal(poll(&slot, 1, 20000), 1);
        count = read(fd, seen + length, 1);
        assert_int_equal(count, 1);
        length += (size_t)count;
    }
}

/* Ends the input, reads the output to its end. The caller frees it. */
static char *finish(struct session *session, size_t *ret_length, int *ret_status)
{
    char *output = NULL;

    fd_close(&session->input);
    assert_int_equal(fd_read_all(session->output, OUTPUT_LIMIT, &output, ret_length), 0);
    *ret_status = status_of(session->pid);
    return output;
}

static void test_exit_status(void **state)
{
    static const struct {
        const char *script;
        int status;
    } cases[] = {
        {"exit 0", 0},          {"exit 7", 7},          {"exit 255", 255},
        {"kill -TERM $$", 143}, {"kill -KILL $$", 137}, {"ulimit -c 0; kill -SEGV $$", 139},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        for (int console = 0; console < 2; console++) {
            struct scenario scenario = {
                .script = cases[i].script, .console = console, .input_fd = -1, .output_fd = -1};

            assert_int_equal(status_of(start(&scenario)), cases[i].status);
        }
}

static void test_signals_are_forwarded(void **state)
{
    (void)state;
    for (int number = 1; number <= SIGRTMAX; number++) {
        CLEANUP_SESSION struct session session;
        struct scenario scenario = {.script = NULL};
        bool forwarded = number != SIGCHLD && number != SIGURG && number != SIGPIPE;

        if (number == SIGKILL || number == SIGSTOP || (number >= 32 && number < SIGRTMIN))
            continue;
        start_with_pipes(scenario, &session);
        expect(session.output, "ready\n");
        assert_int_equal(kill(session.pid, number), 0);
        if (!forwarded) {
            usleep(20000);
            assert_int_equal(kill(session.pid, SIGUSR1), 0);
        }
        assert_int_equal(status_of(session.pid), forwarded ? number : SIGUSR1);
    }
}

/* With a console SIGWINCH is the pty's business, everything else is forwarded as without. */
static void test_signals_with_console(void **state)
{
    CLEANUP_SESSION struct session session;
    struct scenario scenario = {.console = true, .no_controlling = true};

    (void)state;
    start_with_pipes(scenario, &session);
    expect(session.output, "ready\n");
    assert_int_equal(kill(session.pid, SIGWINCH), 0);
    usleep(20000);
    assert_int_equal(kill(session.pid, SIGTSTP), 0);
    assert_int_equal(status_of(session.pid), SIGTSTP);
}

static void check_signals_reset(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    sigset_t inherited, previous, mask;
    struct sigaction action;

    (void)argument;
    sigemptyset(&inherited);
    sigaddset(&inherited, SIGUSR2);
    CHECK(sigprocmask(SIG_SETMASK, &inherited, NULL) == 0);
    CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    CHECK(signal(SIGRTMAX, SIG_IGN) != SIG_ERR);
    CHECK_OK(supervise_block_signals(&previous, &error), &error);
    CHECK(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
    CHECK(sigismember(&mask, SIGTERM) && sigismember(&mask, SIGPIPE) && sigismember(&mask, SIGRTMAX));
    CHECK_OK(signals_reset_for_program(&previous, &error), &error);
    CHECK(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
    for (int number = 1; number <= SIGRTMAX; number++) {
        if (sigaction(number, NULL, &action) == 0)
            CHECK(action.sa_handler == SIG_DFL);
        CHECK(sigismember(&mask, number) == (number == SIGUSR2) || (number >= 32 && number < SIGRTMIN));
    }
}

static void test_signals_are_reset(void **state)
{
    (void)state;
    in_child(check_signals_reset, NULL);
}

static void test_console_relays(void **state)
{
    static const struct {
        const char *script, *input, *output;
        int status;
    } cases[] = {
        {"cat", "hello\n", "hello\n", 0},
        {"cat", "", "", 0},
        {"cat", "no end", "no end", 0},
        {"cat; exit 3", "two\nlines\n", "two\nlines\n", 3},
        {"read line; echo \"<$line>\"", "one\ntwo\n", "<one>\n", 0},
        {"sleep 0.3; echo done; exit 4", "", "done\n", 4},
        {"test -t 0 && test -t 1 && echo t", "", "t\n", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_SESSION struct session session;
        CLEANUP_FREE char *output = NULL;
        struct scenario scenario = {.script = cases[i].script, .console = true};
        size_t length;
        int status;

        start_with_pipes(scenario, &session);
        assert_int_equal(fd_write_all(session.input, cases[i].input, strlen(cases[i].input)), 0);
        output = finish(&session, &length, &status);
        assert_string_equal(output, cases[i].output);
        assert_int_equal(status, cases[i].status);
    }
}

/* No byte is lost at the end, though the program is gone before all of it was read. */
static void test_much_output(void **state)
{
    CLEANUP_SESSION struct session session;
    CLEANUP_FREE char *output = NULL;
    struct scenario scenario = {.script = "head -c 3000000 /dev/zero | tr '\\0' x", .console = true};
    size_t length;
    int status;

    (void)state;
    start_with_pipes(scenario, &session);
    output = finish(&session, &length, &status);
    assert_int_equal(status, 0);
    assert_int_equal(length, 3000000);
    assert_int_equal(strspn(output, "x"), 3000000);
}

/* More than the reader's pipe holds: when the program ends, the rest is still in the pty. */
static void test_late_reader(void **state)
{
    CLEANUP_SESSION struct session session;
    CLEANUP_FREE char *output = NULL;
    struct scenario scenario = {.script = "head -c 76000 /dev/zero", .console = true};
    size_t length;
    int status;

    (void)state;
    start_with_pipes(scenario, &session);
    usleep(300000);
    output = finish(&session, &length, &status);
    assert_int_equal(status, 0);
    assert_int_equal(length, 76000);
}

static void test_much_input(void **state)
{
    enum { LINES = 20000 };
    CLEANUP_SESSION struct session session;
    CLEANUP_FREE char *output = NULL;
    struct scenario scenario = {.script = "wc -l -c", .console = true};
    size_t length, lines, bytes;
    int status;

    (void)state;
    start_with_pipes(scenario, &session);
    for (int i = 0; i < LINES; i++)
        assert_int_equal(fd_write_all(session.input, "0123456789abcde\n", 16), 0);
    output = finish(&session, &length, &status);
    assert_int_equal(status, 0);
    assert_int_equal(sscanf(output, "%zu %zu", &lines, &bytes), 2);
    assert_int_equal(lines, LINES);
    assert_int_equal(bytes, LINES * 16);
}

static void test_reader_goes_away(void **state)
{
    CLEANUP_SESSION struct session session;
    struct scenario scenario = {.script = "head -c 1000000 /dev/zero; exit 5", .console = true};

    (void)state;
    start_with_pipes(scenario, &session);
    fd_close(&session.output);
    assert_int_equal(status_of(session.pid), 5);
}

/* Nobody reads: signals get through nevertheless, and another one ends the wait for the reader. */
static void test_reader_sleeps(void **state)
{
    CLEANUP_SESSION struct session session;
    struct scenario scenario = {.script = "echo begun; trap 'exit 6' TERM; while :; do echo spam; done",
                                .console = true};
    int status;

    (void)state;
    start_with_pipes(scenario, &session);
    expect(session.output, "begun\n");
    usleep(200000);
    assert_int_equal(waitpid(session.pid, &status, WNOHANG), 0);
    /* The program may itself wait for room in the pty, so that the shell can't run its trap. */
    assert_int_equal(kill(session.pid, SIGHUP), 0);
    usleep(200000);
    assert_int_equal(kill(session.pid, SIGTERM), 0);
    assert_int_equal(status_of(session.pid), 128 + SIGHUP);
}

/* Somebody else goes on writing to the pty for ever; without a controlling terminal there is no hang-up. */
static void test_writer_outlives_the_program(void **state)
{
    CLEANUP_SESSION struct session session;
    CLEANUP_FREE char *output = NULL;
    struct scenario scenario = {
        .script = "yes & yes & yes & sleep 0.1; exit 3", .console = true, .no_controlling = true};
    size_t length;
    int status;

    (void)state;
    start_with_pipes(scenario, &session);
    output = finish(&session, &length, &status);
    assert_int_equal(status, 3);
}

static void test_program_closes_its_terminal(void **state)
{
    CLEANUP_SESSION struct session session;
    struct scenario scenario = {.script = "exec 3>&1 <&- >&- 2>&-; exec 3>&-; sleep 1.7", .console = true};
    struct rusage usage;
    int status;

    (void)state;
    start_with_pipes(scenario, &session);
    assert_int_equal(wait4(session.pid, &status, 0, &usage), session.pid);
    assert_int_equal(status, 0);
    /* Less than the program sleeps, on the slowest machine. */
    assert_int_equal(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec, 0);
    assert_true(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec < 1000000);
}

static void test_inherited_flags_stay(void **state)
{
    CLEANUP_SESSION struct session session;
    struct scenario scenario = {.script = "echo ready; read line", .console = true};

    (void)state;
    start_with_pipes(scenario, &session);
    expect(session.output, "ready\n");
    assert_false(fcntl(session.supervisor_input, F_GETFL) & O_NONBLOCK);
    assert_int_equal(kill(session.pid, SIGTERM), 0);
    assert_int_equal(status_of(session.pid), 128 + SIGTERM);
    assert_false(fcntl(session.supervisor_input, F_GETFL) & O_NONBLOCK);
}

/* Inherited descriptors that are non-blocking already are no trouble either. */
static void test_non_blocking_ends(void **state)
{
    CLEANUP_SESSION struct session session;
    CLEANUP_FREE char *output = NULL;
    struct scenario scenario = {.script = "cat; head -c 500000 /dev/zero", .console = true};
    size_t length;
    int status;

    (void)state;
    start_with_pipes(scenario, &session);
    assert_int_equal(fcntl(session.supervisor_input, F_SETFL, O_NONBLOCK), 0);
    usleep(50000);
    assert_int_equal(fd_write_all(session.input, "late\n", 5), 0);
    output = finish(&session, &length, &status);
    assert_int_equal(status, 0);
    assert_int_equal(length, 500005);
}

/* The user's terminal: its master is here. */
static int open_terminal(int *ret_slave)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    assert_true(master >= 0);
    assert_int_equal(unlockpt(master), 0);
    *ret_slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(*ret_slave >= 0);
    return master;
}

static void set_size(int fd, uint16_t rows, uint16_t columns)
{
    CLEANUP_ERROR struct error error = {0};

    assert_int_equal(terminal_set_size(fd, rows, columns, &error), 0);
}

static void test_raw_mode(void **state)
{
    CLEANUP_FD int slave = -1;
    CLEANUP_FD int master = open_terminal(&slave);
    struct scenario scenario = {.script = "trap 'exit 9' INT; echo ready; while :; do sleep 0.05; done",
                                .console = true,
                                .input_fd = slave,
                                .output_fd = slave};
    struct termios before, during, after;
    pid_t pid;

    (void)state;
    assert_int_equal(tcgetattr(slave, &before), 0);
    pid = start(&scenario);
    expect(master, "ready\r\n"); /* the "\r" is the user's terminal's */
    assert_int_equal(tcgetattr(slave, &during), 0);
    assert_false(during.c_lflag & (ICANON | ECHO | ISIG));
    assert_int_equal(during.c_oflag, before.c_oflag);
    /* Control-C is a key like any other here, and a signal in the container's pty. */
    assert_int_equal(write(master, "\x03", 1), 1);
    assert_int_equal(status_of(pid), 9);
    assert_int_equal(tcgetattr(slave, &after), 0);
    assert_int_equal(before.c_iflag, after.c_iflag);
    assert_int_equal(before.c_oflag, after.c_oflag);
    assert_int_equal(before.c_lflag, after.c_lflag);
    assert_memory_equal(before.c_cc, after.c_cc, sizeof(before.c_cc));
}

/* The user's terminal is gone: that is no end of file that the user typed, and the program goes on. */
static void test_terminal_goes_away(void **state)
{
    CLEANUP_FD int slave = -1;
    CLEANUP_FD int master = open_terminal(&slave);
    struct scenario scenario = {
        .script = "echo ready; cat; exit 3", .console = true, .input_fd = slave, .output_fd = slave};
    int status;
    pid_t pid;

    (void)state;
    pid = start(&scenario);
    expect(master, "ready\r\n");
    fd_close(&master);
    usleep(200000);
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(status_of(pid), 128 + SIGTERM);
}

static void test_size_follows(void **state)
{
    CLEANUP_FD int slave = -1;
    CLEANUP_FD int master = open_terminal(&slave);
    struct scenario scenario = {
        .script = "stty size; trap 'stty size; exit 8' WINCH; echo ready; while :; do sleep 0.05; done",
        .console = true,
        .input_fd = slave,
        .output_fd = slave};
    pid_t pid;

    (void)state;
    set_size(master, 10, 20);
    pid = start(&scenario);
    expect(master, "10 20\r\nready\r\n");
    set_size(master, 33, 44);
    assert_int_equal(kill(pid, SIGWINCH), 0);
    expect(master, "33 44\r\n");
    assert_int_equal(status_of(pid), 8);
}

static void check_errors(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct supervision supervision;
    int ends[2], status = 4711;
    pid_t parent = getppid();
    int pidfd = pidfd_open(parent, 0);

    (void)argument;
    CHECK(pipe(ends) == 0);
    supervision = (struct supervision){.pidfd = pidfd,
                                       .signal_fd = supervise_open_signals(&error),
                                       .pid = parent,
                                       .console_fd = ends[0],
                                       .end_fd = -1};
    CHECK(supervise(&supervision, &status, &error) == -ENOTTY);
    CHECK(error_says(&error, "cannot open the console's terminal"));
    CHECK(status == 4711);
}

static void test_errors(void **state)
{
    (void)state;
    in_child(check_errors, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_status),
        cmocka_unit_test(test_signals_are_forwarded),
        cmocka_unit_test(test_signals_with_console),
        cmocka_unit_test(test_signals_are_reset),
        cmocka_unit_test(test_console_relays),
        cmocka_unit_test(test_much_output),
        cmocka_unit_test(test_late_reader),
        cmocka_unit_test(test_much_input),
        cmocka_unit_test(test_reader_goes_away),
        cmocka_unit_test(test_reader_sleeps),
        cmocka_unit_test(test_writer_outlives_the_program),
        cmocka_unit_test(test_program_closes_its_terminal),
        cmocka_unit_test(test_inherited_flags_stay),
        cmocka_unit_test(test_non_blocking_ends),
        cmocka_unit_test(test_raw_mode),
        cmocka_unit_test(test_terminal_goes_away),
        cmocka_unit_test(test_size_follows),
        cmocka_unit_test(test_errors),
    };

    alarm(120); /* a relay that hangs is a failure */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
