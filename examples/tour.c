/* SPDX-License-Identifier: Apache-2.0 */
/* Shows a plan and its hazards, builds it, runs a command in it, and shows an error.
 * Usage: tour ROOT SOURCE COMMAND [ARGUMENT...]        (as root) */
#define _GNU_SOURCE
#include <holdfast/holdfast.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void show_error(const hf_error *error)
{
    printf("error: %s: %s\n", hf_error_name(error), hf_error_message(error));
}

/* ROOT, with SOURCE at /data and a tmpfs at /tmp. */
static int make_plan(const char *root, const char *source, hf_plan **ret_plan, hf_error **ret_error)
{
    const struct hf_root_options options = {.size = sizeof(options), .path = root, .readonly = true};
    const struct hf_mount mounts[] = {
        {.size = sizeof(*mounts), .type = "bind", .source = source, .destination = "/data"},
        {.size = sizeof(*mounts), .type = "tmpfs", .destination = "/tmp"},
    };
    hf_config *config = NULL;
    int status = hf_config_new(&options, &config, ret_error);

    for (size_t i = 0; i < 2 && status == 0; i++)
        status = hf_config_add_mount(config, &mounts[i], ret_error);
    if (status == 0)
        status = hf_plan_new(config, ret_plan, ret_error);
    hf_config_free(config); /* the plan keeps what it needs */
    return status;
}

static int show_plan(hf_plan *plan, hf_error **ret_error)
{
    hf_hazards *hazards = NULL;
    int status = hf_plan_find_hazards(plan, &hazards, ret_error);

    for (size_t i = 0; i < hf_plan_length(plan); i++)
        printf("plan: %s\n", hf_plan_line(plan, i));
    for (size_t i = 0; status == 0 && i < hf_hazards_length(hazards); i++)
        printf("hazard: %s: %s\n", hf_hazard_id(hazards, i), hf_hazard_text(hazards, i));
    hf_hazards_free(hazards);
    return status;
}

static void run(int namespace_fd, char **command)
{
    int status = 0;

    fflush(stdout);
    if (fork() == 0) {
        if (setns(namespace_fd, CLONE_NEWNS) == 0)
            execvp(command[0], command);
        _exit(127);
    }
    wait(&status);
    printf("status: %d\n", WEXITSTATUS(status));
}

static int tour(char **arguments, const char *source, hf_error **ret_error)
{
    hf_plan *plan = NULL;
    int namespace_fd = -1;
    int status = make_plan(arguments[1], source, &plan, ret_error);

    if (status == 0)
        status = show_plan(plan, ret_error);
    if (status == 0)
        status = hf_build(plan, NULL, &namespace_fd, ret_error);
    if (status == 0) {
        run(namespace_fd, arguments + 3);
        close(namespace_fd);
    }
    hf_plan_free(plan);
    return status;
}

int main(int count, char **arguments)
{
    hf_error *error = NULL;
    int status;

    if (count < 4)
        return EXIT_FAILURE;
    status = tour(arguments, arguments[2], &error);
    if (status == 0) {
        (void)tour(arguments, "/nonexistent", &error);
        show_error(error);
        hf_error_free(error);
        return EXIT_SUCCESS;
    }
    show_error(error);
    hf_error_free(error);
    return EXIT_FAILURE;
}
