/* SPDX-License-Identifier: Apache-2.0 */
/* A manager like systemd's on a bus of the test's own: it writes down each call with its arguments, and answers. */
#ifndef UNIT_SYSTEMD_MOCK_H
#define UNIT_SYSTEMD_MOCK_H

#include "child.h"

#include "base/fd.h"
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

#define MANAGER "org.freedesktop.systemd1"
#define JOB_PATH "/org/freedesktop/systemd1/job/"

struct mock_behaviour {
    const char *result;    /* of jobs; NULL: "done" */
    int times_unit_exists; /* how often StartTransientUnit finds the unit there */
    bool no_such_unit;     /* for everything else */
};

struct mock {
    char directory[64];
    struct mock_behaviour behaviour;
    FILE *record;
};

/* A value of any type as text: "text", 7, true, [array], (structure), <variant>. */
static inline void mock_write_values(FILE *record, sd_bus_message *message)
{
    const char *contents;
    char type;

    for (bool first = true; sd_bus_message_peek_type(message, &type, &contents) > 0; first = false) {
        union {
            const char *text;
            uint32_t number;
            uint64_t large;
            uint8_t byte;
            int flag;
        } value;
        const char *brackets = type == 'a' ? "[]" : type == 'r' ? "()" : "<>";

        if (!first)
            fputc(' ', record);
        if (strchr("arv", type)) {
            CHECK(sd_bus_message_enter_container(message, type, contents) > 0);
            fputc(brackets[0], record);
            mock_write_values(record, message);
            fputc(brackets[1], record);
            CHECK(sd_bus_message_exit_container(message) >= 0);
            continue;
        }
        CHECK(sd_bus_message_read_basic(message, type, &value) > 0);
        if (type == 's')
            fprintf(record, "\"%s\"", value.text);
        else if (type == 'u')
            fprintf(record, "%u", value.number);
        else if (type == 't')
            fprintf(record, "%llu", (unsigned long long)value.large);
        else if (type == 'y')
            fprintf(record, "0x%02x", value.byte);
        else if (type == 'b')
            fputs(value.flag ? "true" : "false", record);
        else
            CHECK(!"a known type");
    }
}

static inline void mock_signal(sd_bus *bus, int id, const char *unit, const char *result)
{
    char path[64];

    snprintf(path, sizeof(path), JOB_PATH "%d", id);
    CHECK(sd_bus_emit_signal(bus, "/org/freedesktop/systemd1", MANAGER ".Manager", "JobRemoved", "uoss",
                             (uint32_t)id, path, unit, result) >= 0);
}

/* The job of another comes first, with another result. */
static inline int mock_answer_job(const struct mock *mock, sd_bus_message *message)
{
    sd_bus *bus = sd_bus_message_get_bus(message);

    CHECK(sd_bus_reply_method_return(message, "o", JOB_PATH "7") >= 0);
    mock_signal(bus, 6, "other.service", "canceled");
    mock_signal(bus, 7, "the.scope", mock->behaviour.result ? mock->behaviour.result : "done");
    return 1;
}

static inline int mock_answer(sd_bus_message *message, void *argument, sd_bus_error *error)
{
    struct mock *mock = argument;
    const char *method = sd_bus_message_get_member(message);
    bool is_start = sd_bus_message_is_method_call(message, MANAGER ".Manager", "StartTransientUnit");

    (void)error;
    if (!sd_bus_message_is_method_call(message, MANAGER ".Manager", NULL))
        return 0;
    fprintf(mock->record, "%s ", method);
    mock_write_values(mock->record, message);
    fputc('\n', mock->record);
    fflush(mock->record);
    if (is_start && mock->behaviour.times_unit_exists-- > 0)
        return sd_bus_reply_method_errorf(message, MANAGER ".UnitExists", "Unit was already loaded.");
    if (!is_start && mock->behaviour.no_such_unit)
        return sd_bus_reply_method_errorf(message, MANAGER ".NoSuchUnit", "Unit not loaded.");
    if (is_start || strcmp(method, "StopUnit") == 0)
        return mock_answer_job(mock, message);
    return sd_bus_reply_method_return(message, NULL);
}

static inline void mock_serve(struct mock *mock, sd_bus *bus)
{
    CHECK(sd_bus_add_filter(bus, NULL, mock_answer, mock) >= 0);
    for (;;) {
        int status = sd_bus_process(bus, NULL);

        if (status < 0)
            _exit(0); /* the other side has gone */
        if (status == 0)
            CHECK(sd_bus_wait(bus, UINT64_MAX) >= 0);
    }
}

static inline void mock_path(const struct mock *mock, const char *name, char path[108])
{
    snprintf(path, 108, "%s/%s", mock->directory, name);
}

static inline void mock_make_directory(struct mock *mock)
{
    char path[108];

    snprintf(mock->directory, sizeof(mock->directory), "/tmp/holdfast-test-%d-XXXXXX", getpid());
    CHECK(mkdtemp(mock->directory));
    mock_path(mock, "record", path);
    mock->record = fopen(path, "ae");
    CHECK(mock->record);
}

static inline void run_dbus_daemon(const struct mock *mock)
{
    char path[108];
    FILE *file;

    mock_path(mock, "bus.conf", path);
    file = fopen(path, "we");
    CHECK(file);
    fprintf(file,
            "<busconfig><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth><policy context=\"default\">"
            "<allow send_destination=\"*\"/><allow own=\"*\"/><allow eavesdrop=\"false\"/></policy>"
            "</busconfig>",
            mock->directory);
    CHECK(fclose(file) == 0);
    /* It complains that it can't raise its limit of descriptors. */
    mock_path(mock, "log", path);
    CHECK(freopen(path, "we", stderr) && dup2(fileno(stderr), STDERR_FILENO) == STDERR_FILENO);
    mock_path(mock, "bus.conf", path);
    execlp("dbus-daemon", "dbus-daemon", "--nofork", "--config-file", path, NULL);
    CHECK(!"dbus-daemon");
}

static inline void run_manager(struct mock *mock)
{
    sd_bus *bus = NULL;
    int status = -1;

    for (int i = 0; i < 200 && status < 0; i++) {
        bus = NULL;
        status = sd_bus_open_system(&bus);
        if (status < 0)
            usleep(20000);
    }
    CHECK(status >= 0);
    CHECK(sd_bus_request_name(bus, MANAGER, 0) >= 0);
    fputs("ready\n", mock->record);
    fflush(mock->record);
    mock_serve(mock, bus);
}

/* systemd's private socket: the manager is the other end, without a bus. */
static inline void run_private_manager(struct mock *mock, int listening_fd)
{
    int fd = accept4(listening_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    sd_id128_t id = SD_ID128_MAKE(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    sd_bus *bus;

    CHECK(fd >= 0);
    CHECK(sd_bus_new(&bus) >= 0);
    CHECK(sd_bus_set_fd(bus, fd, fd) >= 0);
    CHECK(sd_bus_set_server(bus, 1, id) >= 0);
    CHECK(sd_bus_start(bus) >= 0);
    mock_serve(mock, bus);
}

/* What was called so far, a line each; the caller frees it. */
static inline char *mock_record(const struct mock *mock)
{
    CLEANUP_FD int fd = -1;
    char path[108], *text;
    size_t length;

    mock_path(mock, "record", path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK(fd_read_all(fd, 65536, &text, &length) == 0);
    return text;
}

static inline pid_t mock_fork(void)
{
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0)
        alarm(30);
    return pid;
}

static inline int mock_remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

/* Ends what was started and removes the files when the test, which goes on in a child, has ended; ends as it did. */
static inline void mock_end_after(const struct mock *mock, pid_t pid, const pid_t *helpers, size_t length)
{
    int status;

    CHECK(waitpid(pid, &status, 0) == pid);
    for (size_t i = 0; i < length; i++) {
        kill(helpers[i], SIGKILL);
        waitpid(helpers[i], NULL, 0);
    }
    nftw(mock->directory, mock_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : CHILD_FAILED);
}

/* A bus with the manager on it, for DBUS_SYSTEM_BUS_ADDRESS and DBUS_SESSION_BUS_ADDRESS. */
static inline void mock_start(struct mock *mock)
{
    char address[128];
    pid_t pids[2], test;

    alarm(0);
    mock_make_directory(mock);
    snprintf(address, sizeof(address), "unix:path=%s/bus", mock->directory);
    CHECK(setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1) == 0);
    CHECK(setenv("DBUS_SESSION_BUS_ADDRESS", address, 1) == 0);
    pids[0] = mock_fork();
    if (pids[0] == 0)
        run_dbus_daemon(mock);
    pids[1] = mock_fork();
    if (pids[1] == 0)
        run_manager(mock);
    test = mock_fork();
    if (test != 0)
        mock_end_after(mock, test, pids, 2);
    for (int i = 0; i < 200; i++) {
        CLEANUP_FREE char *record = mock_record(mock);

        if (*record)
            return;
        usleep(20000);
    }
    CHECK(!"the manager is ready");
}

/* The manager of a user without a bus: XDG_RUNTIME_DIR. */
static inline void mock_start_private(struct mock *mock)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[108];
    pid_t pid, test;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    alarm(0);
    mock_make_directory(mock);
    CHECK(unsetenv("DBUS_SESSION_BUS_ADDRESS") == 0);
    CHECK(setenv("XDG_RUNTIME_DIR", mock->directory, 1) == 0);
    mock_path(mock, "systemd", path);
    CHECK(mkdir(path, 0700) == 0);
    mock_path(mock, "systemd/private", address.sun_path);
    CHECK(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    CHECK(listen(fd, 1) == 0);
    pid = mock_fork();
    if (pid == 0)
        run_private_manager(mock, fd);
    test = mock_fork();
    if (test != 0)
        mock_end_after(mock, test, &pid, 1);
}

#endif
