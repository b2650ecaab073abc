/* SPDX-License-Identifier: Apache-2.0 */
/* The naive engine's command line, and the way from config.json to the program. See naive.h. */
#include "naive.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    const char *type;
    unsigned long flag;
} namespaces[] = {
    {"mount", CLONE_NEWNS}, {"pid", CLONE_NEWPID},       {"network", CLONE_NEWNET}, {"ipc", CLONE_NEWIPC},
    {"uts", CLONE_NEWUTS},  {"cgroup", CLONE_NEWCGROUP}, {"user", CLONE_NEWUSER},
};

char *naive_join(const char *root, const char *path)
{
    char *joined;

    if (asprintf(&joined, "%s/%s", root, path) < 0)
        err(1, "asprintf");
    return joined;
}

const char *naive_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

void naive_make_directories(const char *path)
{
    char *copy = strdup(path);

    for (char *end = strchr(copy + 1, '/'); end; end = strchr(end + 1, '/')) {
        *end = '\0';
        (void)!mkdir(copy, 0755);
        *end = '/';
    }
    (void)!mkdir(copy, 0755);
    free(copy);
}

void naive_make_file(const char *path)
{
    char *parent = strndup(path, (size_t)(strrchr(path, '/') - path));
    int fd;

    naive_make_directories(parent);
    free(parent);
    fd = open(path, O_WRONLY | O_CREAT, 0644);
    if (fd >= 0)
        close(fd);
}

static unsigned long namespace_flags(const json_t *config)
{
    const json_t *list = json_object_get(json_object_get(config, "linux"), "namespaces");
    unsigned long flags = 0;
    const json_t *namespace;
    size_t i;

    json_array_foreach(
        list, i, namespace) for (size_t kind = 0; kind < sizeof(namespaces) / sizeof(*namespaces);
                                 kind++) if (strcmp(naive_text(namespace, "type"), namespaces[kind].type) ==
                                             0) flags |= namespaces[kind].flag;
    return flags;
}

static void enter_root(const char *rootfs)
{
    if (chdir(rootfs) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
        err(1, "pivot_root");
}

static void execute(const struct naive *naive, const char *home, int terminal)
{
    const json_t *process = json_object_get(naive->config, "process");
    const json_t *args = json_object_get(process, "args");
    char **list = calloc(json_array_size(args) + 1, sizeof(*list));

    for (size_t i = 0; i < json_array_size(args); i++)
        list[i] = strdup(json_string_value(json_array_get(args, i)));
    if (chdir(naive_text(process, "cwd")) < 0)
        err(1, "chdir");
    if (terminal >= 0)
        for (int fd = 0; fd < 3; fd++)
            dup2(terminal, fd);
    clearenv();
    setenv("PATH", "/bin", 1);
    setenv("HOME", home, 1);
    execvp(list[0], list);
    err(1, "execve %s", list[0]);
}

/* Its id 0 is known when the parent has written the maps. */
static void become(struct naive *naive, int ready)
{
    const char *home;
    int terminal;
    char byte;

    (void)!read(ready, &byte, 1);
    if (naive->user_namespace && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
        err(1, "setresuid");
    if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0 ||
        mount(naive->rootfs, naive->rootfs, NULL, MS_BIND | MS_REC, NULL) < 0)
        err(1, "mount the root");
    naive_mount_all(naive);
    naive_make_devices(naive);
    terminal = naive_make_console(naive);
    naive_write_settings(naive);
    naive_hide(naive);
    home = naive_home(naive);
    enter_root(naive->rootfs);
    execute(naive, home, terminal);
}

static void write_maps(const json_t *config, pid_t pid)
{
    static const char *const names[][2] = {{"uidMappings", "uid_map"}, {"gidMappings", "gid_map"}};
    const json_t *section = json_object_get(config, "linux");
    char path[64];
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)pid);
    file = fopen(path, "w");
    if (!file || fputs("deny", file) < 0 || fclose(file) != 0)
        err(1, "%s", path);
    for (size_t i = 0; i < 2; i++) {
        const json_t *row = json_array_get(json_object_get(section, names[i][0]), 0);

        snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, names[i][1]);
        file = fopen(path, "w");
        if (!file ||
            fprintf(file, "%lld %lld %lld\n", json_integer_value(json_object_get(row, "containerID")),
                    json_integer_value(json_object_get(row, "hostID")),
                    json_integer_value(json_object_get(row, "size"))) < 0 ||
            fclose(file) != 0)
            err(1, "%s", path);
    }
}

static int run(struct naive *naive, const char *state, bool detach)
{
    unsigned long flags = namespace_flags(naive->config);
    int ready[2], status;
    pid_t pid;

    naive->user_namespace = flags & CLONE_NEWUSER;
    if (pipe2(ready, O_CLOEXEC) < 0)
        err(1, "pipe");
    pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0);
    if (pid < 0)
        err(1, "clone");
    if (pid == 0)
        become(naive, ready[0]);
    if (naive->user_namespace)
        write_maps(naive->config, pid);
    if (write(ready[1], "", 1) != 1)
        err(1, "write");
    if (detach) {
        naive_write_state(state, pid);
        return 0;
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            err(1, "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void read_config(struct naive *naive)
{
    char *path = naive_join(naive->bundle, "config.json");
    json_error_t error;

    naive->config = json_load_file(path, 0, &error);
    if (!naive->config)
        errx(1, "%s: %s", path, error.text);
    naive->rootfs = naive_join(naive->bundle, naive_text(json_object_get(naive->config, "root"), "path"));
    free(path);
}

int main(int count, char **arguments)
{
    static const struct option options[] = {
        {"root", required_argument, NULL, 'r'},
        {"bundle", required_argument, NULL, 'b'},
        {"cwd", required_argument, NULL, 'c'},
        {"preserve-fds", required_argument, NULL, 'p'},
        {"detach", no_argument, NULL, 'd'},
        {"force", no_argument, NULL, 'f'},
        {NULL, 0, NULL, 0},
    };
    struct naive naive = {.bundle = "."};
    const char *root = "/run/naive", *cwd = NULL, *command, *state;
    bool detach = false;

    for (int option; (option = getopt_long(count, arguments, "+", options, NULL)) >= 0;)
        if (option == 'r')
            root = optarg;
    command = optind < count ? arguments[optind++] : "";
    for (int option; (option = getopt_long(count, arguments, "+", options, NULL)) >= 0;) {
        naive.bundle = option == 'b' ? optarg : naive.bundle;
        cwd = option == 'c' ? optarg : cwd;
        detach |= option == 'd';
    }
    if (optind >= count)
        errx(1, "which container?");
    state = naive_join(root, arguments[optind]);
    if (strcmp(command, "run") == 0) {
        read_config(&naive);
        return run(&naive, state, detach);
    }
    if (strcmp(command, "exec") == 0)
        return naive_exec(state, cwd, arguments + optind + 1);
    if (strcmp(command, "mounts") == 0 && optind + 2 < count)
        return naive_add_mount(state, arguments[optind + 2]);
    if (strcmp(command, "kill") == 0)
        return naive_kill(state);
    if (strcmp(command, "delete") == 0)
        return naive_delete(state);
    errx(1, "no such command: %s", command);
}
