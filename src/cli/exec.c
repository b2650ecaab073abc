/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/exec_process.h"
#include "cli/timing_print.h"

#include <limits.h>

/* The container's configuration, from which the process starts, has to live as long as the process. */
static int exec_in(const struct cli_call *call, const struct exec_options *exec,
                   const struct exec_changes *changes, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    struct exec_options options = *exec;
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_CONFIG struct config from_file = {0};
    struct config_process process;
    int exit_status = 0;
    int status = container_open(&container, call->settings->root, exec->id, false, error);

    if (status == 0)
        status = container_read_config(&container, &config, error);
    if (status == 0)
        status = exec_make_process(changes, &config, &from_file, &process, error);
    container_clear(&container);
    if (status < 0)
        return status;
    options.process = &process;
    options.written = changes->file ? &from_file : NULL;
    status = container_exec(call->settings, &options, &exit_status, error);
    return status < 0 ? status : exit_status;
}

/* The command may be in --process instead. */
static int check_words(const struct cli_call *call, int first, bool has_file, struct error *error)
{
    int words = call->count - first;

    if (words >= 2 || (words == 1 && has_file))
        return 0;
    error_set(error, EINVAL, "exec: needs %s", words == 0 ? "a container's ID" : "a command");
    error_hint(error, "see holdfast exec --help");
    return -EINVAL;
}

static int run(const struct cli_call *call, struct error *error)
{
    CLEANUP_CLI_LIST struct cli_list env = {0};
    CLEANUP_CLI_LIST struct cli_list capabilities = {0};
    CLEANUP_CLI_LIST struct cli_list gids = {0};
    struct exec_options exec = {0};
    struct exec_changes changes = {.env = &env, .capabilities = &capabilities, .additional_gids = &gids};
    struct cli_number preserved = {.maximum = INT_MAX / 2};
    CLEANUP_TIMING struct timing timing = TIMING_NONE;
    bool timed = false;
    const struct cli_option options[] = {
        {"console-socket", 0, CLI_STRING, &exec.console_socket, "PATH",
         "sends the terminal's descriptor to this socket"},
        {"cwd", 0, CLI_STRING, &changes.cwd, "DIR", "the working directory, in the container"},
        {"env", 'e', CLI_LIST, &env, "NAME=VALUE", "sets a variable, beside those of the container"},
        {"tty", 't', CLI_FLAG, &changes.terminal, NULL, "gives the program a terminal"},
        {"user", 'u', CLI_STRING, &changes.user, "UID[:GID]", "who the program runs as"},
        {"additional-gids", 'g', CLI_LIST, &gids, "GID", "adds a group"},
        {"process", 'p', CLI_STRING, &changes.file, "FILE", "a process object, instead of the command"},
        {"detach", 'd', CLI_FLAG, &exec.detach, NULL, "returns when the program runs"},
        {"pid-file", 0, CLI_STRING, &exec.pid_file, "FILE", "gets the program's pid"},
        {"pidfd-socket", 0, CLI_STRING, &exec.pidfd_socket, "PATH", "sends a pidfd of the program there"},
        {"process-label", 0, CLI_STRING, &changes.selinux_label, "LABEL", "the SELinux label"},
        {"apparmor", 0, CLI_STRING, &changes.apparmor_profile, "PROFILE", "the AppArmor profile"},
        {"no-new-privs", 0, CLI_FLAG, &changes.no_new_privileges, NULL, "the program can't gain privileges"},
        {"cap", 'c', CLI_LIST, &capabilities, "CAP_NAME", "adds a capability"},
        {"preserve-fds", 0, CLI_NUMBER, &preserved, "N", "the program keeps N descriptors from 3 on"},
        {"cgroup", 0, CLI_STRING, &exec.cgroup, "PATH", "a cgroup below the container's"},
        {"ignore-paused", 0, CLI_FLAG, &exec.ignore_paused, NULL, "works in a paused container, too"},
        {"timing", 0, CLI_FLAG, &timed, NULL, TIMING_HELP},
        {"no-subreaper", 0, CLI_FLAG, &changes.no_subreaper, NULL, "accepted, without effect"},
        {0},
    };
    int first = cli_parse(call, options, error);

    if (first <= 0)
        return first;
    if (check_words(call, first, changes.file, error) < 0)
        return -EINVAL;
    if (timed)
        timing_begin(&timing);
    exec.timing = timed ? &timing : NULL;
    exec.report = timing_print;
    exec.id = call->arguments[first];
    exec.listen_fds = cli_listen_fds();
    exec.preserved_fds = (unsigned)preserved.value;
    changes.command = call->arguments + first + 1;
    changes.command_length = (size_t)(call->count - first - 1);
    return exec_in(call, &exec, &changes, error);
}

const struct cli_command cli_exec = {
    .name = "exec",
    .arguments = "ID COMMAND [ARGUMENT]...",
    .summary = "Runs another program in a container",
    .text = "The exit status is the program's, 128+N if signal N ended it, and 255 if holdfast itself\n"
            "failed. With --process a JSON file in the form of config.json's process says what runs.\n",
    .program_follows = true,
    .failure = 255,
    .protects_executable = true,
    .run = run,
};
