/* SPDX-License-Identifier: Apache-2.0 */
/* stat(2) and faccessat(2) to find the program, execve(2). */
#include "process/execute.h"
#include "process/environment.h"
#include "process/executable.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0, or why execve(2) would refuse it. */
static int check_program(const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

/* In words that engines know from runc, and make 126 and 127 of. */
static int not_executable(const char *path, int reason, struct error *error)
{
    if (reason == -EISDIR)
        return error_set(error, EACCES, "cannot execute %s: permission denied: it is a directory", path);
    if (reason == -ENOENT)
        return error_set(error, ENOENT, "cannot execute %s: no such file or directory in the container",
                         path);
    if (reason != -EACCES)
        return error_call(error, reason, "faccessat", "cannot execute %s", path);
    error_set(error, EACCES, "cannot execute %s: permission denied", path);
    error_hint(error, "check its mode, its directories' modes, and whether its mount is noexec");
    return -EACCES;
}

struct search {
    const char *found;   /* the first that can be executed; NULL if there is none */
    const char *refused; /* the first that is there but can't be, to name it */
    int reason;          /* why not */
};

static int try_directory(struct search *search, const char *directory, size_t length, const char *name,
                         struct arena *arena)
{
    const char *candidate = arena_printf(arena, "%.*s/%s", (int)length, directory, name);
    int reason;

    if (!candidate)
        return -ENOMEM;
    reason = check_program(candidate);
    if (reason == 0) {
        search->found = candidate;
    } else if (!search->refused && (reason == -EACCES || reason == -EISDIR)) {
        search->refused = candidate;
        search->reason = reason;
    }
    return 0;
}

static int search_path(const char *path, const char *name, struct arena *arena, struct search *ret_search)
{
    struct search search = {0};

    while (path && !search.found) {
        size_t length = strcspn(path, ":");

        /* A relative one would run what somebody has put into the working directory (Go's exec.ErrDot). */
        if (*path == '/' && try_directory(&search, path, length, name, arena) < 0)
            return -ENOMEM;
        path = path[length] ? path + length + 1 : NULL;
    }
    *ret_search = search;
    return 0;
}

static int find_in_path(const struct config_process *process, const char *name, struct arena *arena,
                        const char **ret_program, struct error *error)
{
    const char *path = environment_value(&process->env, "PATH");
    struct search search;

    if (search_path(path, name, arena, &search) < 0)
        return error_memory(error);
    if (search.found) {
        *ret_program = search.found;
        return 0;
    }
    if (search.refused)
        return not_executable(search.refused, search.reason, error);
    if (path)
        return error_set(error, ENOENT, "cannot execute %s: executable file not found in $PATH (%s)", name,
                         path);
    error_set(error, ENOENT, "cannot execute %s: process.env has no PATH to look for it", name);
    error_hint(error, "set PATH in process.env, or give args[0] with its directory");
    return -ENOENT;
}

static int find_program(const struct config_process *process, struct arena *arena, const char **ret_program,
                        struct error *error)
{
    const char *name = process->args.length > 0 ? process->args.values[0] : "";
    int reason;

    if (*name == '\0')
        return error_set(error, EINVAL, "process.args does not name a program");
    if (!strchr(name, '/'))
        return find_in_path(process, name, arena, ret_program, error);
    reason = check_program(name);
    if (reason < 0)
        return not_executable(name, reason, error);
    *ret_program = name;
    return 0;
}

int execute_resolve(const struct config_process *process, const char *home, struct arena *arena,
                    struct execution *ret_execution, struct error *error)
{
    size_t length = process->args.length;
    const char **arguments = arena_allocate(arena, length + 1, sizeof(*arguments));
    struct execution execution = {.arguments = arguments};
    int result;

    if (!arguments)
        return error_memory(error);
    result = find_program(process, arena, &execution.program, error);
    if (result < 0)
        return result;
    memcpy(arguments, process->args.values, length * sizeof(*arguments));
    result = environment_build(&process->env, home, arena, &execution.environment, error);
    if (result < 0)
        return result;
    *ret_execution = execution;
    return 0;
}

int execute_program(const struct execution *execution, struct error *error)
{
    /* execve(2) doesn't change the strings; its prototype is older than const. */
    execve(execution->program, (char *const *)(uintptr_t)execution->arguments,
           (char *const *)(uintptr_t)execution->environment);
    return executable_explain(execution->program, errno, error);
}
