/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   a source: openat2(O_PATH), fstat; readlink(/proc/self/fd/N) for its name in the mount table
 *   once, if needed: read(/proc/thread-self/mountinfo)
 */
#include "explain/machine_hazards.h"
#include "base/fd.h"
#include "explain/weak_path.h"
#include "kernel/mount_api.h"
#include "kernel/mountinfo.h"
#include "kernel/words.h"
#include "plan/lexical.h"
#include "plan/target.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define LARGE_TREE ((size_t)10000)
#define NAMED_MOUNTS 3

struct machine {
    struct hazard_search search;
    int host_fd; /* where relative sources start */
    struct mount_table table;
    bool has_table;
};

struct source {
    size_t index;
    const char *path; /* as the configuration has it */
    int fd;
    struct stat status;
};

static int read_table(struct machine *machine, struct error *error)
{
    CLEANUP_FD int fd = -1;
    int status;

    if (machine->has_table)
        return 0;
    fd = open("/proc/thread-self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_call(error, errno, "open", "cannot open the mount table");
    status = mountinfo_read(fd, machine->search.arena, &machine->table, error);
    machine->has_table = status == 0;
    return status;
}

static const struct bind_operation *bind_of(const struct machine *machine, const struct source *source)
{
    const struct operation *operation = &machine->search.plan->operations[source->index];

    return operation->kind == OPERATION_BIND ? &operation->bind : NULL;
}

/* "ro" on a recursive bind mount is for the top alone. */
static bool is_readonly_at_the_top(const struct bind_operation *bind)
{
    uint64_t top = (bind->tree.set & ~bind->top.clear) | bind->top.set;

    return bind->recursive && (top & ATTRIBUTE_RDONLY) && !(bind->tree.set & ATTRIBUTE_RDONLY);
}

static int list_writable(const struct machine *machine, const char *name, FILE *out)
{
    int count = 0;

    for (size_t i = 0; i < machine->table.length; i++) {
        const struct mount_entry *entry = &machine->table.entries[i];
        const char *below = lexical_below(entry->point, name);

        if (!below || !below[1] || strcmp(entry->point, name) == 0 || words_have(entry->options, "ro") ||
            words_have(entry->super_options, "ro"))
            continue;
        if (count++ < NAMED_MOUNTS)
            fprintf(out, "%s%s", count > 1 ? ", " : "", entry->point);
    }
    if (count > NAMED_MOUNTS)
        fprintf(out, " and %d more", count - NAMED_MOUNTS);
    return count;
}

static int find_name(int fd, char *ret_name, size_t size, struct error *error)
{
    char link[64];
    ssize_t length;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    length = readlink(link, ret_name, size - 1);
    if (length < 0)
        return error_call(error, errno, "readlink", "cannot tell a source's name");
    ret_name[length] = '\0';
    return 0;
}

static int find_submounts(struct machine *machine, const struct source *source, struct error *error)
{
    const struct bind_operation *bind = bind_of(machine, source);
    CLEANUP_FREE char *list = NULL;
    char name[PATH_MAX];
    size_t size;
    FILE *out;
    int count;

    if (!bind || !is_readonly_at_the_top(bind))
        return 0;
    if (find_name(source->fd, name, sizeof(name), error) < 0 || read_table(machine, error) < 0)
        return -error->code;
    out = open_memstream(&list, &size);
    if (!out)
        return error_memory(error);
    count = list_writable(machine, name, out);
    if (fclose(out) != 0)
        return error_memory(error);
    return count == 0 ? 0
                      : hazard_add(&machine->search, "writable-submounts-below-ro", source->index, error,
                                   "is read-only, but the %s below its source %s not: %s",
                                   count == 1 ? "mount" : "mounts", count == 1 ? "is" : "are", list);
}

/* Files that container engines make for each container, and write to in place. */
static bool is_file_of_engine(const struct machine *machine, const struct source *source)
{
    static const char *const targets[] = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf",
                                          "/run/.containerenv"};
    const char *target = machine->search.targets[source->index];

    for (size_t i = 0; i < ARRAY_LENGTH(targets); i++)
        if (strcmp(target, targets[i]) == 0)
            return strcmp(source->path, target) != 0;
    return false;
}

static int find_single_file(struct machine *machine, const struct source *source, struct error *error)
{
    mode_t mode = source->status.st_mode;
    const char *kind = S_ISREG(mode) ? "file" : S_ISSOCK(mode) ? "socket" : S_ISFIFO(mode) ? "FIFO" : NULL;

    if (!kind || is_file_of_engine(machine, source))
        return 0;
    return hazard_add(&machine->search, "single-file-bind", source->index, error,
                      "%s is a single %s: when it is replaced on the host, the container keeps the old one",
                      source->path, kind);
}

static int find_disk(struct machine *machine, const struct source *source, struct error *error)
{
    const struct stat *status = &source->status;
    const struct bind_operation *bind = bind_of(machine, source);

    if (!bind || !S_ISBLK(status->st_mode) || (bind->top.set & ATTRIBUTE_NODEV) ||
        !hazards_may_write_device(machine->search.plan->config, 'b', major(status->st_rdev),
                                  minor(status->st_rdev)))
        return 0;
    return hazard_add(&machine->search, "disk-device-writable", source->index, error,
                      "the container can write to the disk %u:%u by %s, past its file system",
                      major(status->st_rdev), minor(status->st_rdev), machine->search.targets[source->index]);
}

static int find_replaceable(struct machine *machine, const struct source *source, struct error *error)
{
    const char *weakness;
    int status = weak_path_find(machine->search.plan->config->bundle, source->path, machine->search.arena,
                                &weakness, error);

    if (status < 0 || !weakness)
        return status;
    return hazard_add(&machine->search, "replaceable-source", source->index, error,
                      "%s can be exchanged for something else: %s", source->path, weakness);
}

static int find_large_relabel(struct machine *machine, const struct source *source, struct error *error)
{
    const struct bind_operation *bind = bind_of(machine, source);

    if (!bind || !bind->relabel || !S_ISDIR(source->status.st_mode) ||
        machine_count_files(source->fd, LARGE_TREE) < LARGE_TREE)
        return 0;
    return hazard_add(&machine->search, "large-relabel", source->index, error,
                      "every start labels more than %zu files below %s", LARGE_TREE, source->path);
}

static int (*const checks[])(struct machine *machine, const struct source *source, struct error *error) = {
    find_submounts, find_single_file, find_disk, find_replaceable, find_large_relabel,
};

/* What of the host the operation shows; NULL: nothing that has a path. */
static const char *path_of_source(const struct operation *operation)
{
    if (operation->kind == OPERATION_OVERLAY)
        return operation->overlay.lower;
    if (operation->kind != OPERATION_BIND || operation->bind.from_root || operation->bind.has_fd ||
        operation->bind.device)
        return NULL;
    return operation->bind.source;
}

static int examine(struct machine *machine, size_t index, struct error *error)
{
    const struct operation *operation = &machine->search.plan->operations[index];
    bool nofollow = operation->kind == OPERATION_BIND && operation->bind.nofollow;
    struct source source = {.index = index, .path = path_of_source(operation)};
    CLEANUP_FD int fd = -1;
    int status = 0;

    if (!source.path)
        return 0;
    fd = kernel_openat2(machine->host_fd, source.path, O_PATH | (nofollow ? O_NOFOLLOW : 0), 0, 0);
    if (fd < 0 || fstat(fd, &source.status) < 0)
        return 0;
    source.fd = fd;
    for (size_t i = 0; i < ARRAY_LENGTH(checks) && status == 0; i++)
        status = checks[i](machine, &source, error);
    return status;
}

int machine_find_hazards(const struct plan *plan, struct arena *arena, struct hazards *hazards,
                         struct error *error)
{
    const char *bundle = plan->config->bundle ? plan->config->bundle : "/";
    CLEANUP_FD int host_fd = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct machine machine = {{plan, hazard_targets(plan, arena), arena, hazards}, host_fd, {0}, false};
    int status = 0;

    if (!machine.search.targets)
        return error_memory(error);
    if (host_fd < 0)
        return error_call(error, errno, "open", "cannot open %s", bundle);
    for (size_t i = 0; i < plan->length && status == 0; i++)
        status = examine(&machine, i, error);
    return status;
}
