/* SPDX-License-Identifier: Apache-2.0 */
#include "base/array.h"
#include "cli/cli.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS_LIMIT 64
#define FIRST_VALUE 256 /* what getopt_long(3) returns for row 0: beyond any letter */
#define HELP_VALUE 'h'

static void print_option(const struct cli_option *option)
{
    char left[64];

    const char *before = !option->argument ? "" : option->kind == CLI_OPTIONAL ? "[=" : " ";

    snprintf(left, sizeof(left), "%s%c%s --%s%s%s%s", option->letter ? "-" : " ",
             option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name, before,
             option->argument ? option->argument : "", option->kind == CLI_OPTIONAL ? "]" : "");
    printf("  %-32s %s\n", left, option->help);
}

void cli_print_options(const struct cli_option *options)
{
    for (; options->name; options++)
        print_option(options);
    puts("  -h, --help                       shows this help");
}

static void print_help(const struct cli_command *command, const struct cli_option *options)
{
    printf("Usage: holdfast %s%s%s%s\n\n%s.\n", command->name, options->name ? " [OPTION]..." : "",
           *command->arguments ? " " : "", command->arguments, command->summary);
    if (*command->text)
        printf("\n%s", command->text);
    puts("\nOptions:");
    cli_print_options(options);
}

void cli_list_clear(struct cli_list *list)
{
    free(list->values);
    *list = (struct cli_list){0};
}

static int append(struct cli_list *list, const char *value, struct error *error)
{
    if (array_make_room((void **)&list->values, list->length, sizeof(*list->values)) < 0)
        return error_memory(error);
    list->values[list->length++] = value;
    return 0;
}

static int store_number(const struct cli_option *option, struct cli_number *number, struct error *error)
{
    if (cli_parse_number(optarg, option->kind == CLI_BYTES, number->minimum, number->maximum,
                         &number->value)) {
        number->given = true;
        return 0;
    }
    error_set(error, EINVAL, "--%s: \"%s\" is not a whole number from %" PRId64 " to %" PRId64, option->name,
              optarg, number->minimum, number->maximum);
    if (option->kind == CLI_BYTES)
        error_hint(error, "a unit may follow: k, m, g or t");
    return -EINVAL;
}

/* "one of: text, json" */
static void hint_words(const struct cli_word *word, struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return;
    for (size_t i = 0; word->words[i]; i++)
        fprintf(out, "%s%s", i ? ", " : "", word->words[i]);
    if (fclose(out) == 0)
        error_hint(error, "one of: %s", text);
}

static int store_word(const struct cli_option *option, struct cli_word *word, struct error *error)
{
    for (size_t i = 0; word->words[i]; i++)
        if (strcmp(word->words[i], optarg) == 0) {
            word->index = i;
            return 0;
        }
    error_set(error, EINVAL, "--%s: \"%s\" is not known", option->name, optarg);
    hint_words(word, error);
    return -EINVAL;
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
    case CLI_NUMBER:
    case CLI_BYTES:
        return store_number(option, option->target, error);
    case CLI_WORD:
        return store_word(option, option->target, error);
    case CLI_OPTIONAL:
        *(struct cli_optional *)option->target = (struct cli_optional){true, optarg};
        return 0;
    }
    return 0;
}

/* The tables that getopt_long(3) wants; short_options begins with '+' if what follows a word is a program's. */
static void fill_tables(const struct cli_command *command, const struct cli_option *options,
                        struct option *long_options, char *short_options)
{
    if (command->program_follows)
        *short_options++ = '+';
    *short_options++ = ':';
    *short_options++ = HELP_VALUE;
    for (int i = 0; options[i].name; i++) {
        int argument = options[i].kind == CLI_FLAG       ? no_argument
                       : options[i].kind == CLI_OPTIONAL ? optional_argument
                                                         : required_argument;

        *long_options++ = (struct option){options[i].name, argument, NULL, FIRST_VALUE + i};
        if (!options[i].letter)
            continue;
        *short_options++ = options[i].letter;
        if (argument != no_argument)
            *short_options++ = ':';
        if (argument == optional_argument)
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

/* "kill: ", or nothing for the options before the command. */
static int place(const struct cli_command *command, struct error *error)
{
    if (*command->name) {
        error_place(error, "%s", command->name);
        error_hint(error, "see holdfast %s --help", command->name);
    }
    error_hint(error, "see holdfast --help");
    return -error->code;
}

/* What getopt_long(3) refuses is in front of optind; a letter among others may still be there. */
static int refuse(const struct cli_call *call, int value, struct error *error)
{
    const char *word = call->arguments[optind - 1];

    if (value == ':')
        error_set(error, EINVAL, "option %s needs an argument", word);
    else if (optopt > 0 && optopt < FIRST_VALUE)
        error_set(error, EINVAL, "unknown option -%c", optopt);
    else
        error_set(error, EINVAL, "unknown option %s", word);
    return place(call->command, error);
}

static int parse_with_tables(const struct cli_call *call, const struct cli_option *options,
                             const struct option *long_options, const char *short_options,
                             struct error *error)
{
    int value;

    opterr = 0;
    optind = 0; /* begins anew, also with other tables */
    while ((value = getopt_long(call->count, call->arguments, short_options, long_options, NULL)) != -1) {
        if (value == HELP_VALUE) {
            if (call->command->help)
                call->command->help(options);
            else
                print_help(call->command, options);
            return 0;
        }
        if (value == '?' || value == ':')
            return refuse(call, value, error);
        if (store(find_row(options, value), error) < 0)
            return place(call->command, error);
    }
    return optind;
}

int cli_parse(const struct cli_call *call, const struct cli_option *options, struct error *error)
{
    struct option long_options[OPTIONS_LIMIT];
    char short_options[OPTIONS_LIMIT * 2 + 4];

    fill_tables(call->command, options, long_options, short_options);
    return parse_with_tables(call, options, long_options, short_options, error);
}

int cli_parse_words(const struct cli_call *call, const struct cli_option *options, int minimum, int maximum,
                    struct error *error)
{
    const struct cli_command *command = call->command;
    int first = cli_parse(call, options, error);
    int words = call->count - first;

    if (first <= 0 || (words >= minimum && words <= maximum))
        return first;
    if (words < minimum)
        error_set(error, EINVAL, "needs %s", command->arguments);
    else if (maximum == 0)
        error_set(error, EINVAL, "takes no arguments");
    else
        error_set(error, EINVAL, "takes no \"%s\"", call->arguments[first + maximum]);
    return place(command, error);
}
