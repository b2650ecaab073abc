/* SPDX-License-Identifier: Apache-2.0 */
/* The commands for a container that runs. The state is believed, whoever wrote it. */
#include "naive.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void naive_write_state(const char *state, pid_t pid)
{
    json_t *object = json_pack("{s:i}", "pid", (int)pid);
    char *path = naive_join(state, "state.json");

    naive_make_directories(state);
    if (json_dump_file(object, path, 0) < 0)
        err(1, "%s", path);
    free(path);
}

static pid_t read_state(const char *state)
{
    char *path = naive_join(state, "state.json");
    json_error_t error;
    const json_t *object = json_load_file(path, 0, &error);

    if (!object)
        errx(1, "%s: %s", path, error.text);
    free(path);
    return (pid_t)json_integer_value(json_object_get(object, "pid"));
}

static const char *const namespaces[] = {"user", "ipc", "uts", "net", "pid", "mnt"};

static bool is_own(const char *path, const char *name)
{
    char own[64], theirs[256], other[256];
    ssize_t length, other_length;

    snprintf(own, sizeof(own), "/proc/self/ns/%s", name);
    length = readlink(own, theirs, sizeof(theirs));
    other_length = readlink(path, other, sizeof(other));
    return length == other_length && memcmp(theirs, other, (size_t)length) == 0;
}

static void join(pid_t pid)
{
    int fds[sizeof(namespaces) / sizeof(*namespaces)];
    char path[64];

    for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
        snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, namespaces[i]);
        fds[i] = is_own(path, namespaces[i]) ? -1 : open(path, O_RDONLY);
    }
    for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
        if (fds[i] >= 0 && setns(fds[i], 0) < 0)
            err(1, "setns %s", namespaces[i]);
    if (fds[0] >= 0 && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
        err(1, "setresuid");
}

/* As runc before CVE-2016-9962: with all that it has open, and open to who is inside. */
int naive_exec(const char *state, const char *cwd, char **arguments)
{
    pid_t pid = read_state(state);
    int bundle = open(".", O_RDONLY | O_DIRECTORY);
    int status;

    if (bundle < 0)
        err(1, "open");
    join(pid);
    pid = fork();
    if (pid == 0) {
        if (chdir(cwd ? cwd : "/") < 0)
            err(1, "chdir");
        setenv("PATH", "/bin", 1);
        execvp(arguments[0], arguments);
        err(1, "execve %s", arguments[0]);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        err(1, "fork");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* The target is made from the host's side, below /proc/PID/root: what is a link in there leads on from the host's root. */
int naive_add_mount(const char *state, const char *mount)
{
    pid_t pid = read_state(state);
    char *source = strdup(mount);
    char *target = strchr(source, ':');
    char root[64], *path;
    int tree, namespace;

    if (!target)
        errx(1, "SOURCE:TARGET");
    *target++ = '\0';
    snprintf(root, sizeof(root), "/proc/%d/root", (int)pid);
    path = naive_join(root, target);
    naive_make_directories(path);
    free(path);
    tree = (int)syscall(SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE);
    snprintf(root, sizeof(root), "/proc/%d/ns/mnt", (int)pid);
    namespace = open(root, O_RDONLY);
    if (tree < 0 || namespace < 0 || setns(namespace, 0) < 0 ||
        syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        err(1, "mount");
    return 0;
}

int naive_kill(const char *state)
{
    return kill(read_state(state), SIGKILL) < 0 ? 1 : 0;
}

/* rm -r by names. */
int naive_delete(const char *state)
{
    DIR *directory = opendir(state);
    const struct dirent *entry;

    while (directory && (entry = readdir(directory))) {
        char *path = naive_join(state, entry->d_name);

        (void)!unlink(path);
        free(path);
    }
    return directory && rmdir(state) == 0 ? 0 : 1;
}
