/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log.h"

#include "base/fd.h"
#include "cli/json_text.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *const log_format_names[] = {"text", "json", NULL};

static int log_fd = -1;
static enum log_format log_format;

int log_open(const char *path, enum log_format format, struct error *error)
{
    int fd;

    log_format = format;
    if (!path) {
        log_fd = format == LOG_JSON ? STDERR_FILENO : -1;
        return 0;
    }
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
    if (fd < 0)
        return error_call(error, errno, "open", "cannot open the log %s", path);
    log_fd = fd;
    return 0;
}

bool log_has_standard_error(void)
{
    return log_fd == STDERR_FILENO;
}

/* Takes the fields, which belong to a line in JSON only. */
static char *format_line(const char *level, const char *message, const char *moment, json_t *fields)
{
    json_t *text = json_text(message);
    CLEANUP_FREE char *quoted = NULL;
    json_t *object;
    char *line;

    if (log_format == LOG_JSON) {
        object = json_pack("{s:s, s:o, s:s}", "level", level, "msg", text, "time", moment);
        if (fields && object)
            (void)!json_object_update(object, fields);
        line = json_dumps(object, JSON_COMPACT);
        json_decref(object);
        return line;
    }
    quoted = json_dumps(text, JSON_ENCODE_ANY);
    json_decref(text);
    return asprintf(&line, "time=\"%s\" level=%s msg=%s", moment, level, quoted ? quoted : "\"\"") < 0 ? NULL
                                                                                                       : line;
}

/* One write(2) a line, so that the lines of several commands don't mix. */
static void write_line(const char *level, const char *message, json_t *fields)
{
    CLEANUP_FREE char *line = NULL;
    CLEANUP_FREE char *whole = NULL;
    time_t now = time(NULL);
    char moment[32];
    struct tm parts;
    int length;

    if (!gmtime_r(&now, &parts) || strftime(moment, sizeof(moment), "%FT%TZ", &parts) == 0)
        return;
    line = format_line(level, message, moment, fields);
    length = line ? asprintf(&whole, "%s\n", line) : -1;
    if (length < 0)
        whole = NULL;
    else
        (void)!fd_write_all(log_fd, whole, (size_t)length);
}

static void add_field(json_t *fields, const char *name, const char *text)
{
    if (text)
        (void)!json_object_set_new(fields, name, json_text(text));
}

void log_line(const char *level, const char *message)
{
    if (log_fd >= 0)
        write_line(level, message, NULL);
}

void log_error(const struct error *error, const char *line)
{
    json_t *fields = log_fd < 0 ? NULL : json_object();

    if (!fields)
        return;
    add_field(fields, "errno", error_name(error->code));
    add_field(fields, "place", error->place);
    add_field(fields, "text", error->text);
    add_field(fields, "call", error->call);
    add_field(fields, "kernel", error->kernel);
    add_field(fields, "hint", error->hint);
    write_line("error", line, fields);
    json_decref(fields);
}

void log_hazard(const char *id, const char *place, const char *text)
{
    CLEANUP_FREE char *line = NULL;
    json_t *fields = log_fd < 0 ? NULL : json_object();

    if (!fields)
        return;
    add_field(fields, "hazard", id);
    add_field(fields, "place", place);
    add_field(fields, "text", text);
    if (asprintf(&line, "%s: %s: %s", id, place, text) < 0)
        line = NULL;
    write_line("warning", line ? line : id, fields);
    json_decref(fields);
}
