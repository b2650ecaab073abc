/* SPDX-License-Identifier: Apache-2.0 */
/* The options that create and run have in common. */
#ifndef CLI_CREATE_OPTIONS_H
#define CLI_CREATE_OPTIONS_H

#include "cli/cli.h"
#include "cli/timing_print.h"
#include <limits.h>

#define CREATE_OPTIONS_NONE ((struct create_options){.bundle = ".", .config_name = "config.json"})

/* Descriptors that a program may get beside its first three. */
#define PRESERVED_FDS_NONE ((struct cli_number){.maximum = INT_MAX / 2})

/* Rows for a struct create_options, a struct cli_number and a bool, whether --timing was given. */
#define CREATE_OPTIONS(create, preserved, timing)                                                            \
    {"bundle",          'b',   CLI_STRING,                                                                   \
     &(create)->bundle, "DIR", "the OCI bundle: configuration and root (default: .)"},                       \
        {"config",   'f',                                                                                    \
         CLI_STRING, &(create)->config_name,                                                                 \
         "FILE",     "the configuration, in the bundle or a path (default: config.json)"},                   \
        {"console-socket",          0,      CLI_STRING,                                                      \
         &(create)->console_socket, "PATH", "sends the terminal's descriptor to this socket"},               \
        {"pid-file", 0, CLI_STRING, &(create)->pid_file, "FILE", "gets the first process's pid"},            \
        {"pidfd-socket",          0,      CLI_STRING,                                                        \
         &(create)->pidfd_socket, "PATH", "sends a pidfd of the first process to this socket"},              \
        {"no-pivot",          0,    CLI_FLAG,                                                                \
         &(create)->no_pivot, NULL, "enters the root without pivot_root, for an initial ramfs"},             \
        {"no-traces",          0,    CLI_FLAG,                                                               \
         &(create)->no_traces, NULL, "makes nothing in the image or in volumes, but covers it"},             \
        {"timing", 0, CLI_FLAG, (timing), NULL, TIMING_HELP},                                                \
        {"no-new-keyring",          0,    CLI_FLAG,                                                          \
         &(create)->no_new_keyring, NULL, "keeps the caller's session keyring"},                             \
    {                                                                                                        \
        "preserve-fds", 0, CLI_NUMBER, (preserved), "N", "the program keeps N descriptors from 3 on"         \
    }

#endif
