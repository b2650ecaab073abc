/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program of the containers that are started here: prints all that a start is to give a program, in a form that is the
 * same at each start. Its arguments are the host's namespaces, as readlink(1) says them of /proc/self/ns.
 */
#include "base/cleanup.h"

#include <dirent.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MAX_MOUNTS 512

static FILE *open_file(const char *path)
{
    FILE *file = fopen(path, "re");

    if (!file)
        printf("%s: %s\n", path, strerror(errno));
    return file;
}

struct row {
    int id, parent;
    char *point, *text;
};

/* Numbers of mounts, of peer groups and of anonymous devices differ from start to start. */
static struct row read_mount(char *line)
{
    struct row row = {0};
    char *rest = NULL, *words;
    size_t size;
    int length = 0;
    FILE *text = open_memstream(&row.text, &size);

    (void)sscanf(line, "%d %d %*s %n", &row.id, &row.parent, &length);
    words = line + length;
    for (char *word = strtok_r(words, " \n", &rest); word && text; word = strtok_r(NULL, " \n", &rest)) {
        if (ftell(text) > 0 && !row.point)
            row.point = strdup(word);
        fprintf(text, "%.*s ",
                strncmp(word, "shared:", 7) == 0 || strncmp(word, "master:", 7) == 0 ? 6 : 1000, word);
    }
    if (text)
        (void)fclose(text);
    return row;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->text, ((const struct row *)b)->text);
}

static void print_mounts(void)
{
    static struct row rows[MAX_MOUNTS];
    CLEANUP_FREE char *line = NULL;
    size_t size = 0, count = 0;
    FILE *file = open_file("/proc/self/mountinfo");

    while (file && count < MAX_MOUNTS && getline(&line, &size, file) > 0)
        rows[count++] = read_mount(line);
    if (file)
        (void)fclose(file);
    qsort(rows, count, sizeof(*rows), by_text);
    for (size_t i = 0; i < count; i++) {
        const char *below = "-";

        for (size_t j = 0; j < count; j++)
            if (rows[j].id == rows[i].parent)
                below = rows[j].point;
        printf("mount in %s: %s\n", below, rows[i].text);
    }
}

static void print_status(void)
{
    static const char *const wanted[] = {
        "Uid:",   "Gid:",        "Groups:",     "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:",
        "Umask:", "NoNewPrivs:", "Seccomp_fil", "NSpid:",  "SigBlk:", "SigIgn:", "SigCgt:", "Cpus_allowed:"};
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;
    FILE *file = open_file("/proc/self/status");

    while (file && getline(&line, &size, file) > 0)
        for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++)
            if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
                fputs(line, stdout);
    if (file)
        (void)fclose(file);
}

static void print_file(const char *path)
{
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;
    FILE *file = open_file(path);

    while (file && getline(&line, &size, file) > 0)
        printf("%s: %s", path, line);
    if (file)
        (void)fclose(file);
}

/* In which hierarchies there are cgroups, is the machine's affair; in which of them this one is, the start's. */
static void print_cgroups(void)
{
    CLEANUP_FREE char *line = NULL;
    char *last = strdup("");
    size_t size = 0;
    FILE *file = open_file("/proc/self/cgroup");

    while (file && getline(&line, &size, file) > 0) {
        const char *path = strrchr(line, ':');

        if (!path || !last || strcmp(path, last) == 0)
            continue;
        printf("cgroup %s", path);
        free(last);
        last = strdup(path);
    }
    free(last);
    if (file)
        (void)fclose(file);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Links without their numbers: of pipes and sockets, not of files. */
static void print_link(const char *path)
{
    char link[512];
    ssize_t length = readlink(path, link, sizeof(link) - 1);

    if (length < 0)
        return;
    link[length] = '\0';
    link[strcspn(link, "[")] = '\0';
    printf(" -> %s", link);
}

static void print_directory(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, by_name);

    if (count < 0)
        printf("%s: %s\n", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        char name[512];
        struct stat status;

        (void)snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
        if (strcmp(entries[i]->d_name, "..") != 0 && lstat(name, &status) == 0) {
            /* In sysfs the owner changes to that of the network namespace some time after a look. */
            if (strncmp(path, "/sys/", 5) == 0)
                status.st_uid = status.st_gid = 0;
            printf("%s %o %u:%u %u:%u", name, status.st_mode, status.st_uid, status.st_gid,
                   major(status.st_rdev), minor(status.st_rdev));
            print_link(name);
            putchar('\n');
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void print_descriptors(void)
{
    struct stat status;

    for (int fd = 0; fd < 256; fd++)
        if (fstat(fd, &status) == 0)
            printf("descriptor %d %o\n", fd, status.st_mode);
}

static void print_namespaces(char **hosts)
{
    static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        char path[64], link[64] = "";
        bool same = false;

        (void)snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
        if (readlink(path, link, sizeof(link) - 1) < 0)
            perror(path);
        for (char **host = hosts; *host; host++)
            same = same || strcmp(*host, link) == 0;
        printf("namespace %s: %s\n", names[i], same ? "the host's" : "its own");
    }
}

static void print_names(void)
{
    struct utsname names;
    char directory[512] = "?";

    if (uname(&names) == 0)
        printf("names %s %s\n", names.nodename, names.domainname);
    printf("working directory %s\n", getcwd(directory, sizeof(directory)));
    for (char **variable = environ; *variable; variable++)
        printf("environment %s\n", *variable);
    printf("scheduler %d, io priority %ld, personality %x, session %d\n", sched_getscheduler(0),
           syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0), (unsigned)personality(0xffffffff), (int)getsid(0));
}

int main(int count, char **arguments)
{
    static const char *const files[] = {
        "/proc/self/limits",         "/proc/self/oom_score_adj",      "/proc/self/uid_map",
        "/proc/self/timens_offsets", "/proc/sys/net/ipv4/ip_forward",
    };
    static const char *const directories[] = {"/",     "/dev",      "/proc/self/fd", "/sys/class/net",
                                              "/data", "/idmapped", "/merged",       "/filled"};

    static char buffer[1 << 16];

    (void)count;
    (void)setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    print_descriptors();
    print_mounts();
    print_status();
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
        print_file(files[i]);
    print_cgroups();
    for (size_t i = 0; i < ARRAY_LENGTH(directories); i++)
        print_directory(directories[i]);
    print_namespaces(arguments + 1);
    print_names();
    puts("complete");
    return fflush(stdout) == 0 ? 0 : 3;
}
