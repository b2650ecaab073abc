/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: a table of commands, and a table of options for each; --help comes from both. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/error.h"
#include "container/container.h"
#include <stdbool.h>
#include <stddef.h>

struct cli_list {
    const char **values;
    size_t length;
};

/* An integer in a range; value is what it is without the option. */
struct cli_number {
    int64_t value, minimum, maximum;
    bool given;
};

/* One of a list of words that ends with NULL; index is what it is without the option. */
struct cli_word {
    const char *const *words;
    size_t index;
};

/* An option whose argument may be left out: "--name" or "--name=ARGUMENT". */
struct cli_optional {
    bool given;
    const char *value; /* NULL: there is none */
};

enum cli_option_kind {
    CLI_FLAG,     /* target is a bool, set to true */
    CLI_STRING,   /* target is a const char * */
    CLI_LIST,     /* target is a struct cli_list; may be given more than once */
    CLI_NUMBER,   /* target is a struct cli_number */
    CLI_BYTES,    /* the same, with units: "10m" are 10 * 1024 * 1024 */
    CLI_WORD,     /* target is a struct cli_word */
    CLI_OPTIONAL, /* target is a struct cli_optional */
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

struct cli_command;

/* What main() calls a command with. */
struct cli_call {
    const struct cli_command *command;
    const struct container_settings *settings;
    int count;
    char **arguments; /* arguments[0] is the command's name */
    bool debug;
};

struct cli_command {
    const char *name;
    const char *arguments; /* what follows the options, for the help */
    const char *summary;   /* one line */
    const char *text;      /* more lines, each ended by a newline; may be empty */
    bool program_follows;  /* options end at the first other word, for what follows it are a program's */
    /* Enters containers: its own binary is put out of their reach first (own_executable.h). Such a command is also
     * named in enters_container() of src/process/entry.c. */
    bool protects_executable;
    int failure; /* the exit status of a failure; 0: 1 */
    /* Returns the exit status, or -errno with the error filled. */
    int (*run)(const struct cli_call *call, struct error *error);
    void (*help)(const struct cli_option *options); /* instead of the usual one; NULL: that */
};

extern const struct cli_command cli_box, cli_create, cli_delete, cli_diff, cli_doctor, cli_events, cli_exec,
    cli_explain, cli_features, cli_hazards, cli_kill, cli_list_command, cli_mounts, cli_pause, cli_plan,
    cli_policy, cli_ps, cli_resume, cli_run, cli_spec, cli_start, cli_state, cli_update, cli_verify;

/* Parses the options. --help is answered here. Returns the index of the first word that is none, 0 when help was
 * printed, or -EINVAL. The lists' memory is the caller's (cli_list_clear). */
int cli_parse(const struct cli_call *call, const struct cli_option *options, struct error *error) MUST_USE;

/* The same for a command that takes from minimum to maximum words. */
int cli_parse_words(const struct cli_call *call, const struct cli_option *options, int minimum, int maximum,
                    struct error *error) MUST_USE;

/* The lines of the help for a table. */
void cli_print_options(const struct cli_option *options);

void cli_list_clear(struct cli_list *list);

#define CLEANUP_CLI_LIST CLEANUP(cli_list_clear)

/* "5s", "1m30s", "250ms" as nanoseconds, more than 0; what names it in the error. */
int cli_parse_duration(const char *text, const char *what, int64_t *ret_nanoseconds,
                       struct error *error) MUST_USE;

/* A whole number in a range, with units of 1024 if bytes. false: it is none. */
bool cli_parse_number(const char *text, bool bytes, int64_t minimum, int64_t maximum, int64_t *ret_number);

/* How many descriptors from 3 on are sockets for the container, by LISTEN_FDS; 0 if LISTEN_PID is another process. */
unsigned cli_listen_fds(void);

/* A JSON value on standard output, with a newline: indented, or on one line. Releases it; NULL is out of memory. */
int cli_print_json(struct json_t *json, size_t indentation, struct error *error) MUST_USE;

/* A line on standard error, begun with "holdfast: warning: ", and in the log. */
void cli_warn(const char *message);

#endif
