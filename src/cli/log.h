/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of --log, in the two forms of runc, in which podman, conmon and containerd look for the last error:
 *
 *     time="2024-05-01T10:00:00Z" level=error msg="container \"web\" does not exist"
 *     {"level":"error","msg":"container \"web\" does not exist","time":"2024-05-01T10:00:00Z"}
 */
#ifndef CLI_LOG_H
#define CLI_LOG_H

#include "base/error.h"
#include <stdbool.h>

enum log_format { LOG_TEXT, LOG_JSON };

/* "text", "json"; in the order of the enumeration, ended by NULL. */
extern const char *const log_format_names[];

/* Opens the file for appending; it stays open until the end. */
int log_open(const char *path, enum log_format format, struct error *error) MUST_USE;

/* One line; level is "error", "warning" or "debug". Without a file it does nothing. A log that can't be written to
 * doesn't keep a container from running. */
void log_line(const char *level, const char *message);

#endif
