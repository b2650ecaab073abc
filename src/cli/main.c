/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/log.h"
#include "process/own_executable.h"
#include "process/own_memory.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static const struct cli_command *const commands[] = {
    &cli_run,    &cli_create,  &cli_start,   &cli_state,  &cli_list_command, &cli_mounts,
    &cli_kill,   &cli_delete,  &cli_exec,    &cli_ps,     &cli_pause,        &cli_resume,
    &cli_update, &cli_events,  &cli_spec,    &cli_box,    &cli_plan,         &cli_policy,
    &cli_diff,   &cli_hazards, &cli_explain, &cli_verify, &cli_doctor,       &cli_features,
};

struct globals {
    const char *root, *log;
    struct cli_word log_format, rootless, cgroup_manager;
    bool systemd_cgroup, debug, version;
};

static void print_commands(FILE *out)
{
    fputs("Usage: holdfast [OPTION]... COMMAND [OPTION]... [ARGUMENT]...\n\n"
          "Builds a container's file-system view and runs a program in it.\n\nCommands:\n",
          out);
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n\"holdfast COMMAND --help\" tells more.\n", out);
}

static void print_help(const struct cli_option *options)
{
    print_commands(stdout);
    puts("\nOptions, before the command:");
    cli_print_options(options);
}

void cli_warn(const char *message)
{
    if (!log_has_standard_error())
        fprintf(stderr, "holdfast: warning: %s\n", message);
    log_line("warning", message);
}

static void log_debug(const char *message)
{
    log_line("debug", message);
}

static void print_error(const struct error *error)
{
    CLEANUP_FREE char *line = error_format(error);
    const char *text = line ? line : error_name(error->code);

    if (!log_has_standard_error())
        fprintf(stderr, "holdfast: %s\n", text);
    log_error(error, text);
}

static const struct cli_command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* A descriptor that is opened later must not become the program's standard input or output. */
static int open_standard_descriptors(struct error *error)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return error_call(error, errno, "open", "cannot open /dev/null as descriptor %d", fd);
    return 0;
}

static int parse_globals(const struct cli_call *call, struct globals *globals, struct error *error)
{
    const struct cli_option options[] = {
        {"root", 0, CLI_STRING, &globals->root, "DIR", "where the containers' state is kept"},
        {"log", 0, CLI_STRING, &globals->log, "FILE", "errors and warnings are appended to it, too"},
        {"log-format", 0, CLI_WORD, &globals->log_format, "WORD",
         "text (default), or json: to standard error without --log"},
        {"debug", 0, CLI_FLAG, &globals->debug, NULL, "logs what is called as well"},
        {"cgroup-manager", 0, CLI_WORD, &globals->cgroup_manager, "WORD",
         "cgroupfs (default), systemd or disabled"},
        {"systemd-cgroup", 0, CLI_FLAG, &globals->systemd_cgroup, NULL,
         "the same as --cgroup-manager systemd"},
        {"rootless", 0, CLI_WORD, &globals->rootless, "WORD", "accepted, without effect"},
        {"version", 'v', CLI_FLAG, &globals->version, NULL, "shows the version"},
        {0},
    };

    return cli_parse(call, options, error);
}

static int fill_settings(const struct globals *globals, struct arena *arena,
                         struct container_settings *settings, struct error *error)
{
    settings->root = globals->root ? globals->root : state_default_root(arena);
    if (!settings->root)
        return error_memory(error);
    settings->cgroup_manager =
        globals->systemd_cgroup ? CGROUP_MANAGER_SYSTEMD : (enum cgroup_manager)globals->cgroup_manager.index;
    settings->warn = cli_warn;
    settings->debug = globals->debug ? log_debug : NULL;
    return log_open(globals->log, (enum log_format)globals->log_format.index, error);
}

static void log_command(const struct cli_call *call)
{
    CLEANUP_FREE char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return;
    for (int i = 0; i < call->count; i++)
        fprintf(out, "%s%s", i ? " " : "", call->arguments[i]);
    if (fclose(out) == 0)
        log_line("debug", text);
}

/* A full disk says so only when the text is written. */
static int flush_output(int status, struct error *error)
{
    errno = EIO; /* of an earlier write that has failed */
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    return error_call(error, errno, "write", "cannot write the output");
}

static int run_command(const struct cli_call *call)
{
    CLEANUP_ERROR struct error error = {0};
    int status = call->command->run(call, &error);

    if (status >= 0)
        status = flush_output(status, &error);
    if (status >= 0)
        return status;
    print_error(&error);
    return call->command->failure ? call->command->failure : EXIT_FAILURE;
}

/* The whole command line begins anew, so this comes before anything has an effect. */
static int protect(const struct cli_command *command, char **arguments, struct error *error)
{
    int status = command && command->protects_executable ? own_executable_protect(arguments, error) : 0;

    return status == 0 ? own_memory_protect(error) : status;
}

static int run_found(struct cli_call *call, struct error *error)
{
    if (!call->command) {
        error_set(error, EINVAL, "unknown command \"%s\"; see holdfast --help", call->arguments[0]);
        return -EINVAL;
    }
    if (call->debug)
        log_command(call);
    return run_command(call);
}

static int run(int count, char **arguments, struct error *error)
{
    static const struct cli_command holdfast = {.name = "", .program_follows = true, .help = print_help};
    static const char *const rootless_words[] = {"true", "false", "auto", NULL};
    CLEANUP(arena_clear) struct arena arena = {0};
    struct container_settings settings = {0};
    struct globals globals = {.log_format = {log_format_names, LOG_TEXT},
                              .rootless = {rootless_words, 2},
                              .cgroup_manager = {cgroup_manager_names, CGROUP_MANAGER_CGROUPFS}};
    struct cli_call call = {&holdfast, &settings, count, arguments, false};
    int first = parse_globals(&call, &globals, error);

    if (first <= 0)
        return first;
    if (globals.version) {
        puts("holdfast " HOLDFAST_VERSION);
        return EXIT_SUCCESS;
    }
    if (first == count) {
        print_commands(stderr);
        return EXIT_FAILURE;
    }
    call.command = find_command(arguments[first]);
    if (protect(call.command, arguments, error) < 0 || fill_settings(&globals, &arena, &settings, error) < 0)
        return -error->code;
    call.debug = globals.debug;
    call.count = count - first;
    call.arguments = arguments + first;
    return run_found(&call, error);
}

/* Else jansson opens /dev/urandom. */
static void seed_json(void)
{
    size_t seed;

    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed))
        json_object_seed(seed);
}

int main(int count, char **arguments)
{
    CLEANUP_ERROR struct error error = {0};
    int status = open_standard_descriptors(&error);

    /* Ignored by who started us, it would be for us, too, and children could not be waited for (sigaction(2)). */
    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR || count < 1)
        return EXIT_FAILURE;
    seed_json();
    if (status == 0)
        status = run(count, arguments, &error);
    if (status >= 0)
        return status;
    print_error(&error);
    return EXIT_FAILURE;
}
