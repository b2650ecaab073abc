/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/systemd_bus.h"
#include "cgroup/systemd_message.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MANAGER "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define JOB_TIMEOUT 30000000 /* microseconds, as runc waits */

/* Characters that need no escape in a D-Bus address (D-Bus specification, "Server Addresses"). */
#define ADDRESS_CHARACTERS "-_/.\\*0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Errors of the manager that a caller tells apart. */
static const struct {
    const char *name;
    int code;
} known_errors[] = {
    {"org.freedesktop.systemd1.UnitExists", EEXIST},
    {"org.freedesktop.systemd1.NoSuchUnit", ENOENT},
};

/* A job that is waited for. */
struct job {
    const struct systemd_library *library;
    const char *path;
    char result[32]; /* "done"; "" while it isn't over */
};

/* What goes into a message is memory alone. */
static int fail_message(struct error *error, int status)
{
    return status == -ENOMEM ? error_memory(error)
                             : error_call(error, status, "sd_bus_message_append", "cannot write to systemd");
}

static int code_of(const sd_bus_error *reply, int status)
{
    for (size_t i = 0; i < ARRAY_LENGTH(known_errors); i++)
        if (reply->name && strcmp(reply->name, known_errors[i].name) == 0)
            return known_errors[i].code;
    return -status;
}

static int open_direct(struct systemd_bus *bus, const char *directory)
{
    char address[4096];
    int status;

    if (!directory || directory[strspn(directory, ADDRESS_CHARACTERS)] != '\0' ||
        snprintf(address, sizeof(address), "unix:path=%s/systemd/private", directory) >= (int)sizeof(address))
        return -EINVAL;
    status = bus->library->sd_bus_new(&bus->bus);
    if (status >= 0)
        status = bus->library->sd_bus_set_address(bus->bus, address);
    if (status >= 0)
        status = bus->library->sd_bus_start(bus->bus);
    if (status < 0)
        bus->bus = bus->library->sd_bus_unref(bus->bus);
    bus->is_direct = true;
    return status;
}

int systemd_bus_open(struct systemd_bus *bus, bool user, struct error *error)
{
    int status;

    *bus = (struct systemd_bus){0};
    status = systemd_library_load(&bus->library, error);
    if (status < 0)
        return status;
    status = user ? bus->library->sd_bus_open_user(&bus->bus) : bus->library->sd_bus_open_system(&bus->bus);
    if (status >= 0 || open_direct(bus, user ? getenv("XDG_RUNTIME_DIR") : "/run") >= 0)
        return 0;
    error_call(error, status, user ? "sd_bus_open_user" : "sd_bus_open_system", "cannot reach systemd");
    error_hint(error, "use --cgroup-manager cgroupfs where systemd is not running%s",
               user ? "; XDG_RUNTIME_DIR or DBUS_SESSION_BUS_ADDRESS leads to a user's own" : "");
    return status;
}

void systemd_bus_close(struct systemd_bus *bus)
{
    if (bus->bus)
        bus->library->sd_bus_flush_close_unref(bus->bus);
    bus->bus = NULL;
}

/* A call of the manager, whose first argument is always the unit. */
static int new_call(const struct systemd_bus *bus, const char *method, const char *unit,
                    sd_bus_message **ret_message, struct error *error)
{
    int status = bus->library->sd_bus_message_new_method_call(bus->bus, ret_message, MANAGER, MANAGER_PATH,
                                                              MANAGER_INTERFACE, method);

    if (status >= 0)
        status = bus->library->sd_bus_message_append(*ret_message, "s", unit);
    return status < 0 ? fail_message(error, status) : 0;
}

/* Sends a call, which it releases. ret_reply may be NULL. */
static int send_call(const struct systemd_bus *bus, sd_bus_message *message, const char *method,
                     const char *unit, sd_bus_message **ret_reply, struct error *error)
{
    sd_bus_error reply = SD_BUS_ERROR_NULL;
    int status = bus->library->sd_bus_call(bus->bus, message, 0, &reply, ret_reply);

    if (status < 0) {
        status = error_call(error, code_of(&reply, status), method, "systemd refuses unit %s: %s", unit,
                            reply.message ? reply.message : "no reply");
        if (status == -EEXIST)
            error_hint(error, "end what runs in it, or choose another ID: systemctl stop %s", unit);
    }
    bus->library->sd_bus_error_free(&reply);
    bus->library->sd_bus_message_unref(message);
    return status < 0 ? status : 0;
}

/* JobRemoved(u id, o job, s unit, s result) */
static int job_removed(sd_bus_message *message, void *argument, sd_bus_error *error)
{
    struct job *job = argument;
    const char *path, *unit, *result;
    uint32_t id;

    (void)error;
    if (job->library->sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) >= 0 &&
        strcmp(path, job->path) == 0)
        snprintf(job->result, sizeof(job->result), "%s", result);
    return 0;
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

/* Until the job is over; its result is read by the caller. */
static int wait_for_job(const struct systemd_bus *bus, const struct job *job, struct error *error)
{
    uint64_t end = now() + JOB_TIMEOUT;

    while (job->result[0] == '\0') {
        int status = bus->library->sd_bus_process(bus->bus, NULL);

        if (status == 0) {
            uint64_t time = now();

            if (time >= end)
                return error_set(error, ETIMEDOUT, "systemd has not finished job %s in 30 seconds",
                                 job->path);
            status = bus->library->sd_bus_wait(bus->bus, end - time);
        }
        if (status < 0 && status != -EINTR)
            return error_call(error, status, "sd_bus_process", "cannot hear from systemd");
    }
    return 0;
}

static int check_result(const struct job *job, const char *method, const char *unit, struct error *error)
{
    if (strcmp(job->result, "done") == 0)
        return 0;
    error_call(error, EIO, method, "systemd's job for unit %s ended as \"%s\"", unit, job->result);
    error_hint(error, "journalctl --unit %s may say why", unit);
    return -EIO;
}

/* Sends a call that answers with a job, and waits for that. The signal is subscribed to before: it comes soon. */
static int run_job(const struct systemd_bus *bus, sd_bus_message *message, const char *method,
                   const char *unit, struct error *error)
{
    const struct systemd_library *library = bus->library;
    struct job job = {.library = library};
    sd_bus_message *reply = NULL;
    sd_bus_slot *slot = NULL;
    int status = library->sd_bus_match_signal(bus->bus, &slot, bus->is_direct ? NULL : MANAGER, MANAGER_PATH,
                                              MANAGER_INTERFACE, "JobRemoved", job_removed, &job);

    if (status < 0) {
        library->sd_bus_message_unref(message);
        return error_call(error, status, "sd_bus_match_signal", "cannot wait for systemd");
    }
    status = send_call(bus, message, method, unit, &reply, error);
    if (status == 0 && library->sd_bus_message_read(reply, "o", &job.path) < 0)
        status = error_call(error, EPROTO, method, "systemd's answer for unit %s has no job", unit);
    if (status == 0)
        status = wait_for_job(bus, &job, error);
    if (status == 0)
        status = check_result(&job, method, unit, error);
    library->sd_bus_message_unref(reply);
    library->sd_bus_slot_unref(slot);
    return status;
}

int systemd_bus_start_unit(const struct systemd_bus *bus, const char *unit,
                           const struct systemd_properties *properties, struct error *error)
{
    sd_bus_message *message = NULL;
    int status = new_call(bus, "StartTransientUnit", unit, &message, error);

    if (status == 0) {
        status = bus->library->sd_bus_message_append(message, "s", "replace");
        if (status >= 0)
            status = systemd_append_properties(bus->library, message, properties);
        if (status >= 0)
            status = bus->library->sd_bus_message_append(message, "a(sa(sv))", 0);
        status = status < 0 ? fail_message(error, status) : 0;
    }
    if (status == 0)
        return run_job(bus, message, "StartTransientUnit", unit, error);
    bus->library->sd_bus_message_unref(message);
    return status;
}

int systemd_bus_stop_unit(const struct systemd_bus *bus, const char *unit, struct error *error)
{
    sd_bus_message *message = NULL;
    int status = new_call(bus, "StopUnit", unit, &message, error);

    if (status == 0 && (status = bus->library->sd_bus_message_append(message, "s", "replace")) < 0)
        status = fail_message(error, status);
    if (status >= 0)
        return run_job(bus, message, "StopUnit", unit, error);
    bus->library->sd_bus_message_unref(message);
    return status;
}

int systemd_bus_reset_unit(const struct systemd_bus *bus, const char *unit, struct error *error)
{
    sd_bus_message *message = NULL;
    int status = new_call(bus, "ResetFailedUnit", unit, &message, error);

    if (status == 0)
        return send_call(bus, message, "ResetFailedUnit", unit, NULL, error);
    bus->library->sd_bus_message_unref(message);
    return status;
}

int systemd_bus_set_properties(const struct systemd_bus *bus, const char *unit,
                               const struct systemd_properties *properties, struct error *error)
{
    sd_bus_message *message = NULL;
    int status = new_call(bus, "SetUnitProperties", unit, &message, error);

    if (status == 0) {
        /* runtime: not for the next boot */
        status = bus->library->sd_bus_message_append(message, "b", 1);
        if (status >= 0)
            status = systemd_append_properties(bus->library, message, properties);
        status = status < 0 ? fail_message(error, status) : 0;
    }
    if (status == 0)
        return send_call(bus, message, "SetUnitProperties", unit, NULL, error);
    bus->library->sd_bus_message_unref(message);
    return status;
}
