/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program in a root directory, in a mount namespace that holdfast builds.
 * Usage: build-namespace ROOT PROGRAM [ARGUMENT...]        (as root) */
#define _GNU_SOURCE
#include <errno.h>
#include <holdfast/holdfast.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int build(const char *root, int *ret_namespace, hf_error **ret_error)
{
    const struct hf_root_options options = {.size = sizeof(options), .path = root, .readonly = true};
    const struct hf_mount tmp = {.size = sizeof(tmp), .type = "tmpfs", .destination = "/tmp"};
    hf_config *config = NULL;
    hf_plan *plan = NULL;
    int status = hf_config_new(&options, &config, ret_error);

    if (status == 0)
        status = hf_config_add_system_mounts(config, ret_error);
    if (status == 0)
        status = hf_config_add_mount(config, &tmp, ret_error);
    if (status == 0)
        status = hf_plan_new(config, &plan, ret_error);
    if (status == 0)
        status = hf_build(plan, NULL, ret_namespace, ret_error);
    hf_plan_free(plan);
    hf_config_free(config);
    return status;
}

int main(int count, char **arguments)
{
    hf_error *error = NULL;
    int namespace_fd, status = EXIT_FAILURE;

    if (count < 3 || unshare(CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET) < 0)
        return EXIT_FAILURE;
    /* /proc is to show the new pid namespace, so its first process builds. */
    if (fork() != 0)
        return wait(&status) > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
    if (build(arguments[1], &namespace_fd, &error) < 0) {
        fprintf(stderr, "%s\n", hf_error_message(error));
        return EXIT_FAILURE;
    }
    if (setns(namespace_fd, CLONE_NEWNS) == 0)
        execvp(arguments[2], arguments + 2);
    fprintf(stderr, "%s: %s\n", arguments[2], strerror(errno));
    return EXIT_FAILURE;
}
