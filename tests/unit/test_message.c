/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include "base/fd.h"
#include "descriptors.h"
#include "process/message.h"
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct fixture {
    int ends[2];
    size_t before;
};

static int set_up(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->before = count_descriptors();
    assert_int_equal(message_pair(fixture->ends, &error), 0);
    *state = fixture;
    return 0;
}

/* Every test must leave as many descriptors open as it found. */
static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    fd_close(&fixture->ends[0]);
    fd_close(&fixture->ends[1]);
    assert_int_equal(count_descriptors(), fixture->before);
    free(fixture);
    return 0;
}

static void test_pair_is_close_on_exec(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 2; i++)
        assert_int_equal(fcntl(fixture->ends[i], F_GETFD), FD_CLOEXEC);
}

static void test_data_arrives(void **state)
{
    static char large[100000];
    const struct {
        char kind;
        const void *data;
        size_t length;
    } cases[] = {
        {'r', NULL, 0},
        {'p', "x", 1},
        {'q', "a\0b", 3},
        {'l', large, sizeof(large)},
    };
    struct fixture *fixture = *state;

    memset(large, 'L', sizeof(large));
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_MESSAGE struct message message = {0};

        assert_int_equal(
            message_send(fixture->ends[0], cases[i].kind, cases[i].data, cases[i].length, NULL, 0, &error),
            0);
        assert_int_equal(message_receive(fixture->ends[1], &message, &error), 0);
        assert_int_equal(message.kind, cases[i].kind);
        assert_int_equal(message.length, cases[i].length);
        if (cases[i].length > 0)
            assert_memory_equal(message.data, cases[i].data, cases[i].length);
        assert_int_equal(message.data[message.length], '\0');
        assert_int_equal(message.fds_length, 0);
    }
}

static void test_borders_are_kept(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_ERROR struct error error = {0};

    for (char kind = 'a'; kind <= 'c'; kind++)
        assert_int_equal(message_send(fixture->ends[0], kind, "xyz", (size_t)(kind - 'a'), NULL, 0, &error),
                         0);
    for (char kind = 'a'; kind <= 'c'; kind++) {
        CLEANUP_MESSAGE struct message message = {0};

        assert_int_equal(message_expect(fixture->ends[1], kind, &message, &error), 0);
        assert_int_equal(message.length, kind - 'a');
    }
}

static void test_descriptors_arrive(void **state)
{
    static const size_t counts[] = {1, 2, MESSAGE_FDS_LIMIT};
    struct fixture *fixture = *state;
    CLEANUP_FD int file = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct stat wanted, status;
    int fds[MESSAGE_FDS_LIMIT];

    assert_int_equal(fstat(file, &wanted), 0);
    for (size_t i = 0; i < MESSAGE_FDS_LIMIT; i++)
        fds[i] = file;
    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_MESSAGE struct message message = {0};

        assert_int_equal(message_send(fixture->ends[0], 'd', "d", 1, fds, counts[i], &error), 0);
        assert_int_equal(message_receive(fixture->ends[1], &message, &error), 0);
        assert_int_equal(message.fds_length, counts[i]);
        for (size_t j = 0; j < counts[i]; j++) {
            assert_int_equal(fcntl(message.fds[j], F_GETFD), FD_CLOEXEC);
            assert_int_equal(fstat(message.fds[j], &status), 0);
            assert_int_equal(status.st_rdev, wanted.st_rdev);
        }
    }
}

static void test_taken_descriptor_stays_open(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_ERROR struct error error = {0};
    struct message message = {0};
    CLEANUP_FD int taken = -1;
    int fds[] = {0, 0};

    assert_int_equal(message_send(fixture->ends[0], 'd', NULL, 0, fds, 2, &error), 0);
    assert_int_equal(message_receive(fixture->ends[1], &message, &error), 0);
    taken = fd_take(&message.fds[0]);
    message_clear(&message);
    assert_true(fcntl(taken, F_GETFD) >= 0);
}

static void test_send_refuses(void **state)
{
    static int fds[MESSAGE_FDS_LIMIT + 1];
    static char huge[8 * 1024 * 1024];
    struct fixture *fixture = *state;
    const struct {
        char kind;
        size_t length, fds_length;
        int result;
    } cases[] = {
        {MESSAGE_END, 0, 0, -EINVAL},
        {'d', 0, MESSAGE_FDS_LIMIT + 1, -EINVAL},
        {'d', sizeof(huge), 0, -EMSGSIZE},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};

        assert_int_equal(message_send(fixture->ends[0], cases[i].kind, huge, cases[i].length, fds,
                                      cases[i].fds_length, &error),
                         cases[i].result);
        assert_int_equal(error.code, -cases[i].result);
    }
}

static void test_end_of_the_other_side(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_MESSAGE struct message message = {0};
    CLEANUP_MESSAGE struct message untouched = {.length = 4711};

    fd_close(&fixture->ends[0]);
    assert_int_equal(message_receive(fixture->ends[1], &message, &error), 0);
    assert_int_equal(message.kind, MESSAGE_END);
    assert_int_equal(message_expect(fixture->ends[1], 'r', &untouched, &error), -EPIPE);
    assert_true(error_says(&error, "the container's first process ended early"));
    assert_int_equal(untouched.length, 4711);
    /* And no SIGPIPE, which would end this test. */
    assert_int_equal(message_send(fixture->ends[1], 'r', NULL, 0, NULL, 0, &error), -EPIPE);
}

static void test_end_with_something_unread(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_MESSAGE struct message message = {0};

    assert_int_equal(message_send(fixture->ends[1], 'r', NULL, 0, NULL, 0, &error), 0);
    fd_close(&fixture->ends[0]);
    assert_int_equal(message_receive(fixture->ends[1], &message, &error), 0);
    assert_int_equal(message.kind, MESSAGE_END);
}

static void test_last_words_are_there_with_something_unread(void **state)
{
    struct fixture *fixture = *state;
    const struct error failure = {.code = ENOENT};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_MESSAGE struct message message = {0};

    assert_false(message_is_there(fixture->ends[1]));
    assert_int_equal(message_send(fixture->ends[1], 'r', NULL, 0, NULL, 0, &error), 0);
    assert_int_equal(message_write_error(fixture->ends[0], &failure, &error), 0);
    fd_close(&fixture->ends[0]);
    assert_true(message_is_there(fixture->ends[1]));
    assert_int_equal(message_expect(fixture->ends[1], 'r', &message, &error), -ENOENT);
    assert_false(message_is_there(fixture->ends[1]));
}

static void test_last_words_are_received(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_ERROR struct error failure = {0}, error = {0};
    CLEANUP_MESSAGE struct message message = {0};

    error_call(&failure, ENOENT, "open_tree", "cannot open %s", "/srv/data");
    error_place(&failure, "mounts[3]");
    error_hint(&failure, "create it");
    assert_int_equal(message_write_error(fixture->ends[0], &failure, &error), 0);
    fd_close(&fixture->ends[0]);
    assert_int_equal(message_expect(fixture->ends[1], 'r', &message, &error), -ENOENT);
    assert_int_equal(error.code, ENOENT);
    assert_string_equal(error.place, "mounts[3]");
    assert_string_equal(error.text, "cannot open /srv/data");
    assert_string_equal(error.call, "open_tree");
    assert_null(error.kernel);
    assert_string_equal(error.hint, "create it");
}

/* An error without a code, or with a negative one, must not read as success. */
static void test_error_without_code_is_an_error(void **state)
{
    static const int codes[] = {0, -1, INT_MIN};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(codes); i++) {
        struct error failure = {.code = codes[i]};
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_MESSAGE struct message message = {0};

        assert_int_equal(message_write_error(fixture->ends[0], &failure, &error), 0);
        assert_int_equal(message_expect(fixture->ends[1], 'r', &message, &error), -EPROTO);
        assert_int_equal(error.code, EPROTO);
    }
}

static void test_other_kind_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_MESSAGE struct message message = {0};
    int fds[] = {0};

    assert_int_equal(message_send(fixture->ends[0], 'x', NULL, 0, fds, 1, &error), 0);
    assert_int_equal(message_expect(fixture->ends[1], 'r', &message, &error), -EPROTO);
    assert_true(error_says(&error, "'x' came where 'r' was expected"));
}

/* More descriptors than message_receive() has room for: what a broken or hostile sender might do. */
static void test_too_many_descriptors_are_closed(void **state)
{
    enum { COUNT = 253 };
    struct fixture *fixture = *state;
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_MESSAGE struct message message = {0};
    size_t before = count_descriptors();
    char byte = 'd';
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * COUNT)];
    } control = {0};
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};

    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int) * COUNT);
    assert_int_equal(sendmsg(fixture->ends[0], &header, 0), 1); /* all of them are descriptor 0 */
    assert_int_equal(message_receive(fixture->ends[1], &message, &error), -EMFILE);
    assert_int_equal(error.code, EMFILE);
    assert_int_equal(count_descriptors(), before);
}

static void receive_with_few_descriptors(const void *argument)
{
    const struct fixture *fixture = argument;
    CLEANUP_ERROR struct error error = {0};
    struct message message = {0};
    int fds[] = {0, 0, 0, 0};
    size_t before = count_descriptors();
    struct rlimit limit = {.rlim_cur = (rlim_t)fixture->ends[1] + 3,
                           .rlim_max = (rlim_t)fixture->ends[1] + 3};
    struct rlimit all;

    CHECK_OK(message_send(fixture->ends[0], 'd', NULL, 0, fds, 4, &error), &error);
    CHECK(getrlimit(RLIMIT_NOFILE, &all) == 0);
    limit.rlim_max = all.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(message_receive(fixture->ends[1], &message, &error) == -EMFILE);
    CHECK(setrlimit(RLIMIT_NOFILE, &all) == 0);
    CHECK(error_says(&error, "ulimit -n"));
    CHECK(count_descriptors() == before);
}

static void test_descriptor_limit(void **state)
{
    in_child(receive_with_few_descriptors, *state);
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PAIR(test_pair_is_close_on_exec),
        WITH_PAIR(test_data_arrives),
        WITH_PAIR(test_borders_are_kept),
        WITH_PAIR(test_descriptors_arrive),
        WITH_PAIR(test_taken_descriptor_stays_open),
        WITH_PAIR(test_send_refuses),
        WITH_PAIR(test_end_of_the_other_side),
        WITH_PAIR(test_end_with_something_unread),
        WITH_PAIR(test_last_words_are_there_with_something_unread),
        WITH_PAIR(test_last_words_are_received),
        WITH_PAIR(test_error_without_code_is_an_error),
        WITH_PAIR(test_other_kind_is_an_error),
        WITH_PAIR(test_too_many_descriptors_are_closed),
        WITH_PAIR(test_descriptor_limit),
    };

    signal(SIGPIPE, SIG_DFL); /* the tests may have been started with it ignored */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
