/* SPDX-License-Identifier: Apache-2.0 */
#include "process/id_map_programs.h"
#include "base/fd.h"
#include "process/message.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MESSAGE_NAMESPACE 'R' /* the user namespace is there */
#define MESSAGE_DONE 'D'
#define RANGES_LIMIT ((size_t)340)
#define NUMBER_LENGTH 11
#define SAID_LIMIT ((size_t)4096)

static int wait_for(pid_t pid, const char *program, const char *said, struct error *error)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return error_call(error, errno, "waitpid", "cannot wait for %s", program);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    error_set(error, EPERM, "%s refuses the mapping%s%.*s", program, *said ? ": " : "",
              (int)strcspn(said, "\n"), said);
    error_hint(error,
               "the ids that it maps must be the user's own or be in /etc/%s (one line: USER:FIRST:COUNT)",
               program[3] == 'u' ? "subuid" : "subgid");
    return -EPERM;
}

/* Runs it, and keeps what it says on standard error for the message. */
static int spawn(char *program, char *const *arguments, struct error *error)
{
    static char *const no_environment[] = {NULL};
    CLEANUP_FREE char *said = NULL;
    CLEANUP_FD int read_end = -1;
    CLEANUP_FD int write_end = -1;
    posix_spawn_file_actions_t actions;
    int ends[2], code;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_call(error, errno, "pipe2", "cannot run %s", program);
    read_end = ends[0];
    write_end = ends[1];
    code = posix_spawn_file_actions_init(&actions);
    if (code != 0)
        return error_memory(error);
    code = posix_spawn_file_actions_adddup2(&actions, write_end, STDERR_FILENO);
    if (code == 0)
        code = posix_spawnp(&pid, program, &actions, NULL, arguments, no_environment);
    posix_spawn_file_actions_destroy(&actions);
    fd_close(&write_end);
    if (code != 0) {
        error_call(error, code, "posix_spawnp", "cannot run %s", program);
        error_hint(error, "install it: package uidmap; or map one id, the own one");
        return -code;
    }
    code = fd_read_all(read_end, SAID_LIMIT, &said, NULL);
    return wait_for(pid, program, code == 0 ? said : "", error);
}

/* newuidmap PID INSIDE OUTSIDE COUNT… */
static int run_program(char *program, pid_t target, const struct id_mappings *mappings, struct error *error)
{
    char numbers[1 + 3 * RANGES_LIMIT][NUMBER_LENGTH];
    char *arguments[2 + 3 * RANGES_LIMIT + 1] = {program, numbers[0]};
    size_t count = 1;

    if (mappings->length > RANGES_LIMIT)
        return error_set(error, EINVAL, "more than %zu ranges", RANGES_LIMIT);
    snprintf(numbers[0], NUMBER_LENGTH, "%d", (int)target);
    for (size_t i = 0; i < mappings->length; i++) {
        const uint32_t values[] = {mappings->ranges[i].container_id, mappings->ranges[i].host_id,
                                   mappings->ranges[i].size};

        for (size_t j = 0; j < ARRAY_LENGTH(values); j++, count++) {
            snprintf(numbers[count], NUMBER_LENGTH, "%u", values[j]);
            arguments[count + 1] = numbers[count];
        }
    }
    return spawn(program, arguments, error);
}

static int run_programs(int socket, pid_t target, const struct id_mappings *uid_mappings,
                        const struct id_mappings *gid_mappings, struct error *error)
{
    static char uid_program[] = "newuidmap", gid_program[] = "newgidmap";
    CLEANUP_MESSAGE struct message message = {0};
    int status = message_expect(socket, MESSAGE_NAMESPACE, &message, error);

    if (status == 0)
        status = run_program(uid_program, target, uid_mappings, error);
    return status == 0 ? run_program(gid_program, target, gid_mappings, error) : status;
}

static _Noreturn void run_outside(int socket, pid_t target, const struct id_mappings *uid_mappings,
                                  const struct id_mappings *gid_mappings)
{
    struct error error = {0}, unsent = {0};
    int status = run_programs(socket, target, uid_mappings, gid_mappings, &error);

    if (status < 0)
        status = message_write_error(socket, &error, &unsent);
    else
        status = message_send(socket, MESSAGE_DONE, NULL, 0, NULL, 0, &unsent);
    _exit(status < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

int id_map_programs_start(struct id_map_programs *ret_programs, const struct id_mappings *uid_mappings,
                          const struct id_mappings *gid_mappings, struct error *error)
{
    pid_t target = getpid();
    int ends[2];
    int status = message_pair(ends, error);
    pid_t pid;

    if (status < 0)
        return status;
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        run_outside(ends[1], target, uid_mappings, gid_mappings);
    }
    fd_close(&ends[1]);
    if (pid < 0) {
        fd_close(&ends[0]);
        return error_call(error, errno, "fork", "cannot start a process for newuidmap");
    }
    *ret_programs = (struct id_map_programs){pid, ends[0]};
    return 0;
}

int id_map_programs_finish(struct id_map_programs *programs, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    int status = message_send(programs->socket, MESSAGE_NAMESPACE, NULL, 0, NULL, 0, error);

    if (status == 0)
        status = message_expect(programs->socket, MESSAGE_DONE, &message, error);
    fd_close(&programs->socket);
    while (waitpid(programs->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return status;
}
