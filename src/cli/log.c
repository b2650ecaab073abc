/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log.h"

#include "base/fd.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *const log_format_names[] = {"text", "json", NULL};

static int log_fd = -1;
static enum log_format log_format;

int log_open(const char *path, enum log_format format, struct error *error)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);

    if (fd < 0)
        return error_call(error, errno, "open", "cannot open the log %s", path);
    fd_close(&log_fd);
    log_fd = fd;
    log_format = format;
    return 0;
}

/* In double quotes, with escapes. What is not UTF-8, in which a path may be, is not text for jansson. */
static char *quote(const char *message)
{
    CLEANUP_FREE char *plain = strdup(message);
    json_t *json = json_string(message);
    char *quoted;

    for (char *byte = plain; !json && plain && *byte; byte++)
        if ((unsigned char)*byte >= 0x80)
            *byte = '?';
    if (!json && plain)
        json = json_string(plain);
    quoted = json_dumps(json, JSON_ENCODE_ANY);
    json_decref(json);
    return quoted;
}

static int format_line(char **ret_line, const char *level, const char *moment, const char *quoted)
{
    if (log_format == LOG_JSON)
        return asprintf(ret_line, "{\"level\":\"%s\",\"msg\":%s,\"time\":\"%s\"}\n", level, quoted, moment);
    return asprintf(ret_line, "time=\"%s\" level=%s msg=%s\n", moment, level, quoted);
}

/* One write(2) a line, so that the lines of several commands don't mix. */
void log_line(const char *level, const char *message)
{
    CLEANUP_FREE char *quoted = log_fd < 0 ? NULL : quote(message);
    char *line;
    time_t now = time(NULL);
    char moment[32];
    struct tm parts;
    int length;

    if (!quoted || !gmtime_r(&now, &parts) || strftime(moment, sizeof(moment), "%FT%TZ", &parts) == 0)
        return;
    length = format_line(&line, level, moment, quoted);
    if (length < 0)
        return;
    (void)!fd_write_all(log_fd, line, (size_t)length);
    free(line);
}
