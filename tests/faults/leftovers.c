/* SPDX-License-Identifier: Apache-2.0 */
#include "leftovers.h"
#include "base/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The prefix of a line, before its path. */
#define FILE_LINE "file "

static _Noreturn void give_up(const char *what)
{
    perror(what);
    exit(2);
}

void listing_clear(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->lines[i]);
    free(listing->lines);
    *listing = (struct listing){0};
}

__attribute__((format(printf, 2, 3))) static void add(struct listing *listing, const char *format, ...)
{
    va_list arguments;

    if (listing->count == listing->capacity) {
        listing->capacity = listing->capacity ? listing->capacity * 2 : 256;
        listing->lines = realloc(listing->lines, listing->capacity * sizeof(*listing->lines));
        if (!listing->lines)
            give_up("realloc");
    }
    va_start(arguments, format);
    if (vasprintf(&listing->lines[listing->count++], format, arguments) < 0)
        give_up("vasprintf");
    va_end(arguments);
}

/* Of a line of mountinfo. All mounts of cgroup2 are of one file system: who mounts it once more, anywhere on the machine,
 * changes its options (nsdelegate). */
static size_t without_shared_options(const char *line)
{
    size_t length = strcspn(line, "\n");

    if (strstr(line, " - cgroup2 "))
        while (length > 0 && line[length - 1] != ' ')
            length--;
    return length;
}

static void add_lines_of(struct listing *listing, const char *path, const char *prefix)
{
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");

    if (!file)
        give_up(path);
    while (getline(&line, &size, file) > 0)
        add(listing, "%s %.*s", prefix, (int)without_shared_options(line), line);
    (void)fclose(file);
}

static void add_file(struct listing *listing, const FTSENT *entry)
{
    const struct stat *status = entry->fts_statp;

    add(listing, FILE_LINE "%s %o %u:%u %llx", entry->fts_path, status->st_mode, status->st_uid,
        status->st_gid, (unsigned long long)status->st_rdev);
}

/* Below the directories, or of the cgroups just the directories. */
static void add_tree(struct listing *listing, const char *path, bool directories_alone)
{
    char *paths[] = {(char *)(uintptr_t)path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    FTSENT *entry;

    if (!tree)
        give_up(path);
    while ((entry = fts_read(tree)))
        if (directories_alone ? entry->fts_info == FTS_D : entry->fts_info != FTS_DP && entry->fts_level > 0)
            add_file(listing, entry);
    (void)fts_close(tree);
}

static void add_network_devices(struct listing *listing)
{
    DIR *directory = opendir("/sys/class/net");
    struct dirent *entry;

    if (!directory)
        give_up("/sys/class/net");
    while ((entry = readdir(directory)))
        add(listing, "network device %s", entry->d_name);
    (void)closedir(directory);
}

/* One line of /proc/self/cgroup (cgroups(7)): "4:memory:/a/b", "1:name=systemd:/", "0::/". */
static void add_cgroups_of(struct listing *listing, char *line)
{
    char *controllers = strchr(line, ':') + 1, *path = strchr(controllers, ':'), *last, *below;

    *path++ = '\0';
    path[strcspn(path, "\n")] = '\0';
    last = strrchr(path, '/');
    /* Beside the root there is nothing, and what is below it is everybody's. */
    if (!last || last == path)
        return;
    *last = '\0';
    if (strncmp(controllers, "name=", 5) == 0)
        controllers += 5;
    if (asprintf(&below, "/sys/fs/cgroup/%s%s", *controllers ? controllers : "unified", path) < 0)
        give_up("asprintf");
    if (access(below, F_OK) < 0) {
        free(below);
        if (*controllers || asprintf(&below, "/sys/fs/cgroup%s", path) < 0)
            give_up("no cgroup hierarchy");
    }
    add_tree(listing, below, true);
    free(below);
}

static void add_cgroups(struct listing *listing)
{
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;
    FILE *file = fopen("/proc/self/cgroup", "re");

    if (!file)
        give_up("/proc/self/cgroup");
    while (getline(&line, &size, file) > 0)
        add_cgroups_of(listing, line);
    (void)fclose(file);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void remove_lines(struct listing *listing, const char *text)
{
    size_t kept = 0;

    for (size_t i = 0; i < listing->count; i++)
        if (strstr(listing->lines[i], text))
            free(listing->lines[i]);
        else
            listing->lines[kept++] = listing->lines[i];
    listing->count = kept;
}

void leftovers_list(const char *const *directories, pid_t in_seed, const char *const *leave_out,
                    struct listing *listing)
{
    char path[40];

    add_lines_of(listing, "/proc/self/mountinfo", "mount");
    if (in_seed) {
        (void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)in_seed);
        add_lines_of(listing, path, "mount in the seed");
    }
    for (; *directories; directories++)
        add_tree(listing, *directories, false);
    add_network_devices(listing);
    add_cgroups(listing);
    for (; *leave_out; leave_out++)
        remove_lines(listing, *leave_out);
    qsort(listing->lines, listing->count, sizeof(*listing->lines), compare_lines);
}

pid_t leftovers_enter_seed(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), told[2];
    char byte;
    pid_t pid;

    if (fd < 0)
        return 0;
    if (pipe2(told, O_CLOEXEC) < 0)
        give_up("pipe2");
    pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (setns(fd, CLONE_NEWNS) < 0)
            give_up("setns to the seed");
        (void)!write(told[1], "", 1);
        for (;;)
            pause();
    }
    (void)close(fd);
    (void)close(told[1]);
    if (pid < 0 || read(told[0], &byte, 1) != 1)
        give_up("no process in the seed");
    (void)close(told[0]);
    return pid;
}

/* Goes through both, and calls the function for what only one has. */
static void walk(const struct listing *before, const struct listing *after,
                 void (*function)(void *argument, char sign, const char *line), void *argument)
{
    size_t i = 0, j = 0;

    while (i < before->count || j < after->count) {
        int order = i == before->count  ? 1
                    : j == after->count ? -1
                                        : strcmp(before->lines[i], after->lines[j]);

        if (order < 0)
            function(argument, '-', before->lines[i]);
        if (order > 0)
            function(argument, '+', after->lines[j]);
        i += order <= 0;
        j += order >= 0;
    }
}

struct report {
    const struct listing *allowed;
    FILE *out;
    size_t count;
};

static void report_line(void *argument, char sign, const char *line)
{
    struct report *report = argument;

    if (report->allowed && bsearch(&line, report->allowed->lines, report->allowed->count,
                                   sizeof(*report->allowed->lines), compare_lines))
        return;
    fprintf(report->out, "    %c %s\n", sign, line);
    report->count++;
}

size_t leftovers_compare(const struct listing *before, const struct listing *after,
                         const struct listing *allowed, FILE *out)
{
    struct report report = {allowed, out, 0};

    walk(before, after, report_line, &report);
    return report.count;
}

static void keep_path(void *argument, char sign, const char *line)
{
    const char *path = line + strlen(FILE_LINE);

    if (sign == '+' && strncmp(line, FILE_LINE, strlen(FILE_LINE)) == 0)
        add(argument, "%.*s", (int)strcspn(path, " "), path);
}

void leftovers_remove(const struct listing *before, const struct listing *after)
{
    CLEANUP(listing_clear) struct listing made = {0};

    walk(before, after, keep_path, &made);
    /* Sorted: what is below a directory comes behind it. */
    for (size_t i = made.count; i-- > 0;)
        if (remove(made.lines[i]) < 0)
            give_up(made.lines[i]);
}
