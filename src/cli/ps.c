/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a container: ps(1) of the machine, of which only the lines with pids of the cgroup are shown. */
#include "cli/cli.h"

#include "base/fd.h"

#include <fcntl.h>
#include <jansson.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum format { FORMAT_TABLE, FORMAT_JSON };

static const char *const formats[] = {"table", "json", NULL};

struct pids {
    pid_t *values;
    size_t length;
};

static bool contains(const struct pids *pids, int64_t pid)
{
    for (size_t i = 0; i < pids->length; i++)
        if (pids->values[i] == pid)
            return true;
    return false;
}

/* Without a cgroup the first process is all that is known. */
static int find_pids(struct container *container, struct arena *arena, struct pids *pids, struct error *error)
{
    if (container->state.cgroup.length > 0)
        return cgroup_processes(&container->state.cgroup, arena, &pids->values, &pids->length, error);
    pids->values = &container->state.pid;
    pids->length = container_status(container) == STATUS_STOPPED ? 0 : 1;
    return 0;
}

static int print_pids(const struct pids *pids, struct error *error)
{
    json_t *list = json_array();

    for (size_t i = 0; i < pids->length; i++)
        if (json_array_append_new(list, json_integer(pids->values[i])) < 0) {
            json_decref(list);
            return error_memory(error);
        }
    return cli_print_json(list, 0, error);
}

static int spawn_ps(char **arguments, int output, pid_t *ret_pid, struct error *error)
{
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);

    if (code == 0) {
        code = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        if (code == 0)
            code = posix_spawnp(ret_pid, "ps", &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    if (code == 0)
        return 0;
    error_call(error, code, "posix_spawnp", "cannot run ps");
    error_hint(error, "the package procps has it; --format json does without");
    return -error->code;
}

static int wait_for_ps(pid_t pid, struct error *error)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return error_call(error, errno, "waitpid", "cannot wait for ps");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    error_set(error, EINVAL, "ps failed");
    error_hint(error, "it was run with the options after the ID");
    return -EINVAL;
}

/* What ps(1) prints, which the caller frees. */
static int run_ps(char **arguments, char **ret_text, struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    CLEANUP_FD int from = -1;
    CLEANUP_FD int to = -1;
    int ends[2], result, waited;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_call(error, errno, "pipe2", "cannot make a pipe");
    from = ends[0];
    to = ends[1];
    result = spawn_ps(arguments, to, &pid, error);
    if (result < 0)
        return result;
    fd_close(&to);
    result = fd_read_all(from, (size_t)64 << 20, &text, NULL);
    fd_close(&from);
    waited = wait_for_ps(pid, error);
    if (waited < 0)
        return waited;
    if (result < 0)
        return error_call(error, result, "read", "cannot read what ps prints");
    *ret_text = pointer_take(&text);
    return 0;
}

/* The word of that index on a line, or NULL. */
static const char *find_word(const char *line, size_t index)
{
    line += strspn(line, " ");
    for (; index > 0 && *line; index--) {
        line += strcspn(line, " ");
        line += strspn(line, " ");
    }
    return *line ? line : NULL;
}

/* Which column of the titles is PID. */
static int find_pid_column(const char *titles, size_t *ret_index, struct error *error)
{
    const char *word;

    for (size_t i = 0; (word = find_word(titles, i)) != NULL; i++)
        if (strncmp(word, "PID", 3) == 0 && (word[3] == ' ' || word[3] == '\0')) {
            *ret_index = i;
            return 0;
        }
    error_set(error, EINVAL, "couldn't find PID field in ps output");
    error_hint(error, "add it to the options of ps: -o pid,args");
    return -EINVAL;
}

static int print_lines(char *text, const struct pids *pids, struct error *error)
{
    char *rest = text;
    const char *line = strsep(&rest, "\n");
    size_t column;

    if (find_pid_column(line, &column, error) < 0)
        return -error->code;
    puts(line);
    while ((line = strsep(&rest, "\n")) != NULL) {
        const char *word = find_word(line, column);

        if (word && contains(pids, strtoll(word, NULL, 10)))
            puts(line);
    }
    return 0;
}

static int print_table(char **options, const struct pids *pids, struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    char name[] = "ps", all[] = "-ef";
    char *usual[] = {name, all, NULL};
    int result;

    /* options[-1] is the ID, whose place ps's own name takes. */
    if (*options)
        options[-1] = name;
    result = run_ps(*options ? options - 1 : usual, &text, error);
    return result < 0 ? result : print_lines(text, pids, error);
}

static int run(const struct cli_call *call, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP(arena_clear) struct arena arena = {0};
    struct cli_word format = {formats, FORMAT_TABLE};
    struct pids pids = {0};
    const struct cli_option options[] = {
        {"format", 'f', CLI_WORD, &format, "table|json", "what to print (default: table)"},
        {0},
    };
    int first = cli_parse_words(call, options, 1, call->count, error);
    int status;

    if (first <= 0)
        return first;
    status = container_open(&container, call->settings->root, call->arguments[first], false, error);
    if (status == 0)
        status = find_pids(&container, &arena, &pids, error);
    if (status < 0)
        return status;
    return format.index == FORMAT_JSON ? print_pids(&pids, error)
                                       : print_table(call->arguments + first + 1, &pids, error);
}

const struct cli_command cli_ps = {
    .name = "ps",
    .arguments = "ID [OPTION OF ps]...",
    .summary = "Shows the processes of a container",
    .text = "ps(1) of the machine is run, with -ef where no options of it are given. The pids are the\n"
            "machine's.\n",
    .program_follows = true,
    .run = run,
};
