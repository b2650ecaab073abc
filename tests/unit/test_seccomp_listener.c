/* SPDX-License-Identifier: Apache-2.0 */
/* A child has a call of its own notified, and sends the listener to an agent, which is the test itself. */
#include "child.h"

#include "base/fd.h"
#include "process/seccomp.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>

#define STATE                                                                                                \
    "{\"ociVersion\": \"1.2.0\", \"id\": \"one\", \"status\": \"creating\", \"pid\": 7, \"bundle\": \"/b\"}"

static const char *getppid_name[] = {"getppid"};
static struct config_seccomp_rule notify_getppid = {.names = {getppid_name, 1}, .action = SCMP_ACT_NOTIFY};

static char directory[] = "/tmp/test_seccomp_listener.XXXXXX";
static char path[sizeof(directory) + 16];

static struct config config_for_agent(void)
{
    return (struct config){.file = "config.json",
                           .seccomp = {.given = true,
                                       .default_action = SCMP_ACT_ALLOW,
                                       .wait_killable = true,
                                       .rules = &notify_getppid,
                                       .rules_length = 1,
                                       .listener_path = path}};
}

static int make_path(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof(path), "%s/agent", directory);
    return 0;
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path) | rmdir(directory);
}

static int make_agent(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    (void)unlink(path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void ignore(int signal)
{
    (void)signal;
}

/* The agent takes its time, so that the signal comes while a part is sent. */
static void interrupt_soon(void)
{
    struct sigaction action = {.sa_handler = ignore};
    struct itimerval soon = {.it_value = {.tv_usec = 50000}};

    CHECK(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &soon, NULL) == 0);
}

static void check_notified(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_SECCOMP struct seccomp_program program = {0};
    struct config config = config_for_agent();
    CLEANUP_FD int listener = -1;

    config.seccomp.listener_metadata = argument;
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK_OK(seccomp_build(&config.seccomp, &program, &error), &error);
    CHECK_OK(seccomp_install(&program, &listener, &error), &error);
    CHECK(listener >= 0);
    if (argument && strlen(argument) > 1000)
        interrupt_soon();
    CHECK_OK(seccomp_send_listener(&config, listener, 4242, STATE, &error), &error);
    fd_close(&listener);
    CHECK(syscall(SYS_getppid) == 4711);
    syscall(SYS_exit_group, 0);
}

/* Reads to the end; the descriptor comes with the first bytes. */
static int receive(int agent, char *text, size_t size)
{
    CLEANUP_FD int connection = accept4(agent, NULL, NULL, SOCK_CLOEXEC);
    union {
        char bytes[CMSG_SPACE(4 * sizeof(int))];
        struct cmsghdr aligned;
    } control;
    struct iovec part = {text, size - 1};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t length = recvmsg(connection, &header, MSG_CMSG_CLOEXEC), more;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    int fd;

    assert_true(length > 0);
    assert_non_null(rights);
    assert_int_equal(rights->cmsg_type, SCM_RIGHTS);
    assert_int_equal(rights->cmsg_len, CMSG_LEN(sizeof(int)));
    memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
    while ((more = read(connection, text + length, size - 1 - (size_t)length)) > 0)
        length += more;
    text[length] = '\0';
    return fd;
}

static void answer(int listener, pid_t caller)
{
    struct seccomp_notif notification = {0};
    struct seccomp_notif_resp response = {.val = 4711};

    assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification), 0);
    assert_int_equal(notification.data.nr, SYS_getppid);
    assert_int_equal(notification.pid, caller);
    response.id = notification.id;
    assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response), 0);
}

static void run_agent(const char *metadata, const char *expected)
{
    CLEANUP_FD int agent = make_agent();
    CLEANUP_FD int listener = -1;
    static char text[1 << 20];
    int status;
    pid_t pid;

    fflush(NULL);
    alarm(30);
    pid = fork();
    if (pid == 0) {
        check_notified(metadata);
        _exit(0);
    }
    if (metadata && strlen(metadata) > 1000)
        usleep(200000);
    listener = receive(agent, text, sizeof(text));
    assert_string_equal(text, expected);
    answer(listener, pid);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    alarm(0);
}

#define DOCUMENT(metadata)                                                                                   \
    "{\"ociVersion\":\"1.2.0\",\"fds\":[\"seccompFd\"],\"pid\":4242,\"state\":{\"ociVersion\":\"1.2.0\","    \
    "\"id\":\"one\",\"status\":\"creating\",\"pid\":7,\"bundle\":\"/b\"}" metadata "}"

static void test_listener(void **state)
{
    (void)state;
    run_agent(NULL, DOCUMENT(""));
    run_agent("say \"x\"", DOCUMENT(",\"metadata\":\"say \\\"x\\\"\""));
}

/* More than the socket takes at once, and a signal. */
static void test_long_metadata(void **state)
{
    const size_t length = 700000;
    CLEANUP_FREE char *metadata = calloc(length + 1, 1);
    CLEANUP_FREE char *expected = NULL;

    (void)state;
    memset(metadata, 'm', length);
    assert_true(asprintf(&expected, DOCUMENT(",\"metadata\":\"%s\""), metadata) > 0);
    run_agent(metadata, expected);
}

/* The kernel allows one listener. */
static void check_second(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_SECCOMP struct seccomp_program program = {0};
    struct config config = config_for_agent();
    int first = -1, second = 4711;

    (void)argument;
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK_OK(seccomp_build(&config.seccomp, &program, &error), &error);
    CHECK_OK(seccomp_install(&program, &first, &error), &error);
    CHECK(seccomp_install(&program, &second, &error) == -EBUSY);
    CHECK(second == 4711);
    CHECK(error_says(&error, "has a listener already"));
}

static void test_second(void **state)
{
    (void)state;
    in_child(check_second, NULL);
}

static void test_errors(void **state)
{
    char long_path[200] = "";
    const struct {
        const char *path, *json;
        int code;
        const char *says;
    } cases[] = {
        {"/does/not/exist", STATE, ENOENT,
         "config.json: linux.seccomp.listenerPath: cannot find the seccomp agent /does/not/exist: open: "
         "ENOENT"},
        {"/dev/null", STATE, ECONNREFUSED, "does somebody listen there"},
        {long_path, STATE, ENOENT, "cannot find the seccomp agent /aaaa"},
        {"/does/not/exist", "[1", EINVAL, "cannot make the container process state"},
        {"/does/not/exist", "{\"id\":\"one\"}", EINVAL, "cannot make the container process state"},
    };

    (void)state;
    memset(long_path, 'a', sizeof(long_path) - 1);
    long_path[0] = '/';
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct config config = {.file = "config.json", .seccomp = {.listener_path = cases[i].path}};

        assert_int_equal(seccomp_send_listener(&config, STDIN_FILENO, 1, cases[i].json, &error),
                         -cases[i].code);
        assert_true(error_says(&error, cases[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listener),
        cmocka_unit_test(test_long_metadata),
        cmocka_unit_test(test_second),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, make_path, remove_path);
}
