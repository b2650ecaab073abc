/* SPDX-License-Identifier: Apache-2.0 */
/* openat2(2) of etc/passwd inside the root, twice: without opening it for real before its kind is known. */
#include "process/environment.h"
#include "base/fd.h"
#include "path/path.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWD "etc/passwd"
#define PASSWD_LIMIT ((size_t)16 * 1024 * 1024)
#define DEFAULT_HOME "/"

static size_t name_length(const char *entry)
{
    return strcspn(entry, "=");
}

static bool has_name(const char *entry, const char *name, size_t length)
{
    return name_length(entry) == length && strncmp(entry, name, length) == 0;
}

const char *environment_value(const struct strings *env, const char *name)
{
    for (size_t i = env->length; i > 0; i--) {
        const char *entry = env->values[i - 1];

        if (has_name(entry, name, strlen(name)) && entry[strlen(name)] == '=')
            return entry + strlen(name) + 1;
    }
    return NULL;
}

bool environment_needs_home(const struct strings *env)
{
    const char *home = environment_value(env, "HOME");

    return !home || *home == '\0';
}

/* The errors of openat2(2) that only say that there is nothing to read. */
static bool absent(int code)
{
    return code == -ENOENT || code == -ENOTDIR || code == -EACCES || code == -ELOOP;
}

/* -1 where there is none. */
static int open_passwd(int root_fd, int *ret_fd, struct error *error)
{
    CLEANUP_FD int place = path_open(root_fd, PASSWD, O_PATH | O_CLOEXEC);
    CLEANUP_FD int fd = -1;
    struct stat status;

    if (place < 0 && !absent(place))
        return error_call(error, place, "openat2", "cannot open the container's /etc/passwd");
    if (place < 0) {
        *ret_fd = -1;
        return 0;
    }
    if (fstat(place, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine the container's /etc/passwd");
    /* Opening a device or a pipe could already have an effect, or wait. */
    if (!S_ISREG(status.st_mode))
        return error_set(error, EINVAL, "the container's /etc/passwd is not a regular file");
    fd = path_open(root_fd, PASSWD, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && !absent(fd))
        return error_call(error, fd, "openat2", "cannot open the container's /etc/passwd");
    *ret_fd = fd < 0 ? -1 : fd_take(&fd);
    return 0;
}

static void cleanup_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

/* The first entry with that id, as for getpwuid(3). */
static int find_home(char *text, size_t length, uint32_t uid, struct arena *arena, const char **ret_home)
{
    CLEANUP(cleanup_file) FILE *file = fmemopen(text, length, "r");
    size_t size = length + 2; /* no line is longer; one for NUL, and glibc keeps one to notice an overflow */
    CLEANUP_FREE char *buffer = malloc(size);
    struct passwd entry, *found;

    if (!file || !buffer)
        return -ENOMEM;
    while (fgetpwent_r(file, &entry, buffer, size, &found) == 0) {
        /* An NIS line ("+") has no directory, and user 0. */
        if (found->pw_uid != uid || !found->pw_dir)
            continue;
        if (*found->pw_dir == '\0')
            break;
        *ret_home = arena_copy(arena, found->pw_dir);
        return *ret_home ? 0 : -ENOMEM;
    }
    *ret_home = DEFAULT_HOME;
    return 0;
}

int environment_home(int root_fd, uint32_t uid, struct arena *arena, const char **ret_home,
                     struct error *error)
{
    CLEANUP_FD int fd = -1;
    CLEANUP_FREE char *text = NULL;
    size_t length = 0;
    int result = open_passwd(root_fd, &fd, error);

    if (result < 0)
        return result;
    if (fd >= 0)
        result = fd_read_all(fd, PASSWD_LIMIT, &text, &length);
    if (result < 0)
        return error_call(error, result, "read", "cannot read the container's /etc/passwd");
    if (length == 0) {
        *ret_home = DEFAULT_HOME;
        return 0;
    }
    return find_home(text, length, uid, arena, ret_home) < 0 ? error_memory(error) : 0;
}

static int check_entries(const struct strings *env, struct error *error)
{
    for (size_t i = 0; i < env->length; i++) {
        size_t length = name_length(env->values[i]);

        if (length == 0 || env->values[i][length] != '=')
            return error_set(error, EINVAL, "process.env[%zu] (%s): not NAME=VALUE", i, env->values[i]);
    }
    return 0;
}

/* Puts the entry in the place of one with the same name, or at the end. */
static void put(const char **list, size_t *length, const char *entry)
{
    size_t i = 0;

    while (i < *length && !has_name(list[i], entry, name_length(entry)))
        i++;
    list[i] = entry;
    if (i == *length)
        (*length)++;
}

int environment_add_listen(const struct strings *env, unsigned count, struct arena *arena,
                           struct strings *ret_env, struct error *error)
{
    const char **values = arena_allocate(arena, env->length + 2, sizeof(*values));
    const char *fds = arena_printf(arena, "LISTEN_FDS=%u", count);
    const char *pid = arena_printf(arena, "LISTEN_PID=%d", (int)getpid());

    if (!values || !fds || !pid)
        return error_memory(error);
    if (env->length > 0)
        memcpy(values, env->values, env->length * sizeof(*values));
    values[env->length] = fds;
    values[env->length + 1] = pid;
    *ret_env = (struct strings){values, env->length + 2};
    return 0;
}

int environment_build(const struct strings *env, const char *home, struct arena *arena,
                      const char *const **ret_environment, struct error *error)
{
    /* One more for HOME, and one for the NULL at the end. */
    const char **list = arena_allocate(arena, env->length + 2, sizeof(*list));
    size_t length = 0;
    int result = check_entries(env, error);

    if (result < 0)
        return result;
    if (!list)
        return error_memory(error);
    for (size_t i = 0; i < env->length; i++)
        put(list, &length, env->values[i]);
    if (home && environment_needs_home(env)) {
        const char *entry = arena_printf(arena, "HOME=%s", home);

        if (!entry)
            return error_memory(error);
        put(list, &length, entry);
    }
    *ret_environment = list;
    return 0;
}
