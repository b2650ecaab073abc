/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/restrictions.h"
#include "base/fd.h"

#include <fcntl.h>
#include <inttypes.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MOUNTS "/proc/thread-self/mounts"
#define NAMED_MOUNTS 3

bool restrictions_has_seccomp(void)
{
    FILE *file = fopen("/proc/thread-self/status", "re");
    char line[256];
    int mode = 0;

    while (file && fgets(line, sizeof(line), file) && sscanf(line, "Seccomp: %d", &mode) != 1)
        ;
    if (file)
        fclose(file);
    return mode != 0;
}

int64_t restrictions_read_number(int directory_fd, const char *name)
{
    CLEANUP_FD int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC);
    char text[32] = "";
    char *end;
    long long value;

    if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
        return -1;
    errno = 0;
    value = strtoll(text, &end, 10);
    return errno || end == text || value < 0 ? -1 : value;
}

int64_t restrictions_sysctl(const char *name)
{
    CLEANUP_FD int sysctls = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);

    return sysctls < 0 ? -1 : restrictions_read_number(sysctls, name);
}

static void explain_limit(int sysctls_fd, struct error *error)
{
    int64_t limit = restrictions_read_number(sysctls_fd, "user/max_user_namespaces");

    if (limit >= 0)
        error_hint(error, "the limit is the sysctl user.max_user_namespaces, which is %" PRId64 ": raise it",
                   limit);
    else
        error_hint(error, "the limit is the sysctl user.max_user_namespaces: raise it");
}

void restrictions_explain_user_namespace(int sysctls_fd, struct error *error)
{
    if (error->code == ENOSPC)
        explain_limit(sysctls_fd, error);
    else if (error->code != EPERM && error->code != EACCES)
        return;
    else if (restrictions_read_number(sysctls_fd, "kernel/apparmor_restrict_unprivileged_userns") > 0)
        error_hint(error,
                   "AppArmor keeps user namespaces from programs without a profile "
                   "(kernel.apparmor_restrict_unprivileged_userns is 1): install dist/apparmor/holdfast as "
                   "/etc/apparmor.d/holdfast and load it with \"apparmor_parser -r\" (" APPARMOR_STANZA ")");
    else if (restrictions_read_number(sysctls_fd, "kernel/unprivileged_userns_clone") == 0)
        error_hint(error, "the sysctl kernel.unprivileged_userns_clone is 0: let it be 1, or run as root");
    else if (restrictions_has_seccomp())
        error_hint(
            error,
            "a seccomp filter watches this process, as of an outer container: let it allow unshare and "
            "clone (docker, podman: --security-opt seccomp=unconfined); \"holdfast doctor\" tells more");
    else
        error_hint(error, "user namespaces are kept from this user: \"holdfast doctor\" tells more");
}

void restrictions_hint_user_namespace(struct error *error)
{
    CLEANUP_FD int sysctls = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);

    restrictions_explain_user_namespace(sysctls, error);
}

static bool is_below(const char *path, const char *directory)
{
    size_t length = strlen(directory);

    return strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* Directories that are always empty, for mounts: these hide nothing (mnt_already_visible() in the kernel's
 * fs/namespace.c). */
static const char *const mount_points[] = {
    "/proc/sys/fs/binfmt_misc", "/sys/fs/cgroup",       "/sys/fs/bpf",         "/sys/fs/fuse/connections",
    "/sys/fs/pstore",           "/sys/fs/selinux",      "/sys/fs/resctrl",     "/sys/kernel/config",
    "/sys/kernel/debug",        "/sys/kernel/security", "/sys/kernel/tracing", "/sys/firmware/efi/efivars",
};

static bool hides_nothing(const char *path)
{
    for (size_t i = 0; i < ARRAY_LENGTH(mount_points); i++)
        if (strcmp(path, mount_points[i]) == 0 || is_below(path, mount_points[i]))
            return true;
    return false;
}

static const char *describe(const char *names, size_t count, struct arena *arena)
{
    if (count == 0)
        return NULL;
    if (count <= NAMED_MOUNTS)
        return arena_copy(arena, names);
    return arena_printf(arena, "%s and %zu more", names, count - NAMED_MOUNTS);
}

const char *restrictions_hiding(const char *directory, struct arena *arena)
{
    const char *mounts = restrictions_mounts_below(directory, arena);
    struct statvfs status;

    if (mounts)
        return arena_printf(arena, "mounts hide parts of %s: %s", directory, mounts);
    if (statvfs(directory, &status) == 0 && (status.f_flag & ST_RDONLY))
        return arena_printf(arena, "%s is read-only", directory);
    return NULL;
}

const char *restrictions_mounts_below(const char *directory, struct arena *arena)
{
    FILE *table = setmntent(MOUNTS, "re");
    const char *names = "";
    struct mntent entry;
    char line[8192];
    size_t count = 0;

    if (!table)
        return NULL;
    while (getmntent_r(table, &entry, line, sizeof(line))) {
        if (!is_below(entry.mnt_dir, directory) || hides_nothing(entry.mnt_dir))
            continue;
        if (count++ < NAMED_MOUNTS)
            names = arena_printf(arena, "%s%s%s", names, *names ? ", " : "", entry.mnt_dir);
        if (!names)
            break;
    }
    endmntent(table);
    return names ? describe(names, count, arena) : NULL;
}

int64_t restrictions_count_mounts(void)
{
    FILE *table = fopen(MOUNTS, "re");
    int64_t count = 0;
    int letter;

    if (!table)
        return -1;
    while ((letter = getc(table)) != EOF)
        count += letter == '\n';
    fclose(table);
    return count;
}
