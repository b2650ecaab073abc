/* SPDX-License-Identifier: Apache-2.0 */
/* The process of `holdfast exec`: the container's own, with changes, or one from a file. */
#ifndef CLI_EXEC_PROCESS_H
#define CLI_EXEC_PROCESS_H

#include "cli/cli.h"

struct exec_changes {
    const char *file; /* a process object: then nothing else counts; NULL: none */
    const char *cwd, *user, *selinux_label, *apparmor_profile; /* NULL: as in the container */
    const struct cli_list *env, *capabilities, *additional_gids;
    bool terminal, no_new_privileges, no_subreaper;
    char **command;
    size_t command_length;
};

/* The process belongs to config, the container's configuration, or to from_file, which is empty before. */
int exec_make_process(const struct exec_changes *changes, struct config *config, struct config *from_file,
                      struct config_process *ret_process, struct error *error) MUST_USE;

#endif
