/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: a table of commands, and a table of options for each; --help comes from both. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

struct cli_list {
    const char **values;
    size_t length;
};

enum cli_option_kind {
    CLI_FLAG,   /* target is a bool, set to true */
    CLI_STRING, /* target is a const char * */
    CLI_LIST,   /* target is a struct cli_list; may be given more than once */
};

/* One row an option; the table ends with a row whose name is NULL. */
struct cli_option {
    const char *name; /* without the dashes */
    char letter;      /* '\0': none */
    enum cli_option_kind kind;
    void *target;
    const char *argument; /* what the help calls it; NULL for a flag */
    const char *help;
};

struct cli_command {
    const char *name;
    const char *arguments; /* what follows the options, for the help */
    const char *summary;   /* one line */
    const char *text;      /* more lines, each ended by a newline; may be empty */
    /* Returns the exit status, or -errno with the error filled. arguments[0] is the command's name. */
    int (*run)(const struct cli_command *command, int count, char **arguments, struct error *error);
};

extern const struct cli_command cli_run, cli_box, cli_features;

/* Parses the options at the front; they end at the first other word or at "--". --help is answered here.
 * Returns the index of the first word after them, 0 when help was printed, or -EINVAL. The lists' memory is
 * the caller's (cli_list_clear). */
int cli_parse(const struct cli_command *command, const struct cli_option *options, int count,
              char **arguments, struct error *error) MUST_USE;

void cli_list_clear(struct cli_list *list);

#define CLEANUP_CLI_LIST CLEANUP(cli_list_clear)

/* A line on standard error, begun with "holdfast: warning: ". */
void cli_warn(const char *message);

#endif
