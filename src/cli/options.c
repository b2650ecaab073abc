/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS_LIMIT 64
#define FIRST_VALUE 256 /* what getopt_long(3) returns for row 0: beyond any letter */
#define HELP_VALUE 'h'

static void print_option(const struct cli_option *option)
{
    char left[64];

    snprintf(left, sizeof(left), "%s%c%s --%s%s%s", option->letter ? "-" : " ",
             option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
             option->argument ? " " : "", option->argument ? option->argument : "");
    printf("  %-32s %s\n", left, option->help);
}

static void print_help(const struct cli_command *command, const struct cli_option *options)
{
    printf("Usage: holdfast %s%s%s%s\n\n%s.\n", command->name, options->name ? " [OPTION]..." : "",
           *command->arguments ? " " : "", command->arguments, command->summary);
    if (*command->text)
        printf("\n%s", command->text);
    puts("\nOptions:");
    for (const struct cli_option *option = options; option->name; option++)
        print_option(option);
    puts("  -h, --help                       shows this help");
}

void cli_list_clear(struct cli_list *list)
{
    free(list->values);
    *list = (struct cli_list){0};
}

static int append(struct cli_list *list, const char *value, struct error *error)
{
    const char **grown = reallocarray(list->values, list->length + 1, sizeof(*grown));

    if (!grown)
        return error_memory(error);
    list->values = grown;
    list->values[list->length++] = value;
    return 0;
}

static int store(const struct cli_option *option, struct error *error)
{
    switch (option->kind) {
    case CLI_FLAG:
        *(bool *)option->target = true;
        return 0;
    case CLI_STRING:
        *(const char **)option->target = optarg;
        return 0;
    case CLI_LIST:
        return append(option->target, optarg, error);
    }
    return 0;
}

/* The tables that getopt_long(3) wants; short_options begins with '+', for what follows is the program's. */
static void fill_tables(const struct cli_option *options, struct option *long_options, char *short_options)
{
    *short_options++ = '+';
    *short_options++ = ':';
    *short_options++ = HELP_VALUE;
    for (int i = 0; options[i].name; i++) {
        bool argument = options[i].kind != CLI_FLAG;

        *long_options++ = (struct option){options[i].name, argument, NULL, FIRST_VALUE + i};
        if (!options[i].letter)
            continue;
        *short_options++ = options[i].letter;
        if (argument)
            *short_options++ = ':';
    }
    *long_options++ = (struct option){"help", no_argument, NULL, HELP_VALUE};
    *long_options = (struct option){0};
    *short_options = '\0';
}

static const struct cli_option *find_row(const struct cli_option *options, int value)
{
    if (value >= FIRST_VALUE)
        return &options[value - FIRST_VALUE];
    while (options->letter != (char)value)
        options++;
    return options;
}

static int refuse(const struct cli_command *command, int value, char **arguments, struct error *error)
{
    const char *word = arguments[optind - 1];

    if (value == ':')
        error_set(error, EINVAL, "%s: option %s needs an argument", command->name, word);
    else
        error_set(error, EINVAL, "%s: unknown option %s", command->name, word);
    error_hint(error, "see holdfast %s --help", command->name);
    return -EINVAL;
}

int cli_parse(const struct cli_command *command, const struct cli_option *options, int count,
              char **arguments, struct error *error)
{
    struct option long_options[OPTIONS_LIMIT];
    char short_options[OPTIONS_LIMIT * 2 + 4];
    int value, status;

    fill_tables(options, long_options, short_options);
    opterr = 0;
    optind = 1;
    while ((value = getopt_long(count, arguments, short_options, long_options, NULL)) != -1) {
        if (value == HELP_VALUE) {
            print_help(command, options);
            return 0;
        }
        if (value == '?' || value == ':')
            return refuse(command, value, arguments, error);
        status = store(find_row(options, value), error);
        if (status < 0)
            return status;
    }
    return optind;
}
