/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct cli_command *const commands[] = {
    &cli_run,
    &cli_box,
    &cli_features,
};

static void print_help(FILE *out)
{
    fputs("Usage: holdfast COMMAND [OPTION]... [ARGUMENT]...\n\n"
          "Builds a container's file-system view and runs a program in it.\n\nCommands:\n",
          out);
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n  --help, --version\n\n\"holdfast COMMAND --help\" tells more.\n", out);
}

void cli_warn(const char *message)
{
    fprintf(stderr, "holdfast: warning: %s\n", message);
}

static void print_error(const struct error *error)
{
    CLEANUP_FREE char *line = error_format(error);

    fprintf(stderr, "holdfast: %s\n", line ? line : error_name(error->code));
}

static const struct cli_command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* A descriptor that is opened later must not become the program's standard input or output. */
static bool open_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return false;
    return true;
}

static int run_command(const struct cli_command *command, int count, char **arguments)
{
    CLEANUP_ERROR struct error error = {0};
    int status = command->run(command, count, arguments, &error);

    if (status >= 0)
        return status;
    print_error(&error);
    return EXIT_FAILURE;
}

int main(int count, char **arguments)
{
    const struct cli_command *command;

    /* Ignored by who started us, it would be for us, too, and children could not be waited for (sigaction(2)). */
    if (!open_standard_descriptors() || signal(SIGCHLD, SIG_DFL) == SIG_ERR)
        return EXIT_FAILURE;
    if (count < 2) {
        print_help(stderr);
        return EXIT_FAILURE;
    }
    if (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0) {
        print_help(stdout);
        return EXIT_SUCCESS;
    }
    if (strcmp(arguments[1], "--version") == 0) {
        puts("holdfast " HOLDFAST_VERSION);
        return EXIT_SUCCESS;
    }
    command = find_command(arguments[1]);
    if (!command) {
        fprintf(stderr, "holdfast: unknown command \"%s\"; see holdfast --help\n", arguments[1]);
        return EXIT_FAILURE;
    }
    return run_command(command, count - 1, arguments + 1);
}
