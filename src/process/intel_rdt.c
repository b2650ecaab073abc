/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   open(/sys/fs/resctrl), mkdirat(class) or a look at its schemata, write(schemata), write(tasks),
 *   mkdirat(mon_groups/id), write(mon_groups/id/tasks)
 *   undone: unlinkat(AT_REMOVEDIR), at which the kernel moves the processes back
 *
 * See the kernel's Documentation/filesystems/resctrl.rst.
 */
#include "process/intel_rdt.h"
#include "base/fd.h"
#include "process/intel_rdt_schemata.h"
#include "process/resctrl.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUPS RESCTRL_GROUPS

struct entry {
    const struct config_intel_rdt *rdt;
    const char *class_name; /* NULL: the default class, the mount itself */
    const char *id;
    pid_t pid;
    int mount_fd, class_fd;
    bool made_class, made_group;
};

static void entry_clear(struct entry *entry)
{
    fd_close(&entry->mount_fd);
    fd_close(&entry->class_fd);
}

static int write_pid(const struct entry *entry, int directory_fd, const char *what, struct error *error)
{
    char number[32];
    int status;

    snprintf(number, sizeof(number), "%d\n", (int)entry->pid);
    status = resctrl_write(directory_fd, "tasks", number);
    if (status == 0)
        return 0;
    error_call(error, status, "write(tasks)", "cannot put process %d into %s", (int)entry->pid, what);
    resctrl_explain(entry->mount_fd, error);
    return status;
}

/* ------------------------------------------------------------------ the class */

static int check_schemata(const struct entry *entry, const char *wanted, struct error *error)
{
    CLEANUP_FREE char *present = NULL;
    const char *line;
    size_t length;
    int status;

    if (!*wanted)
        return 0;
    status = resctrl_read(entry->class_fd, "schemata", &present);
    if (status < 0)
        return error_call(error, status, "read(schemata)", "cannot read the schemata of the class");
    line = schemata_differ(wanted, present, &length);
    if (!line)
        return 0;
    error_set(error, EINVAL, "the class %s exists, but its schemata are not \"%.*s\"",
              entry->class_name ? entry->class_name : "/", (int)length, line);
    error_hint(error, "a class that is there is never changed: correct the schema, or choose another closID");
    return -EINVAL;
}

static int write_schemata(const struct entry *entry, const char *wanted, struct error *error)
{
    int status = *wanted ? resctrl_write(entry->class_fd, "schemata", wanted) : 0;

    if (status == 0)
        return 0;
    error_call(error, status, "write(schemata)", "cannot set the schemata of the class %s",
               entry->class_name);
    resctrl_explain(entry->mount_fd, error);
    return status;
}

/* A class with a name of its own and without schemas has been prepared by somebody. */
static int make_class(struct entry *entry, bool may_make, struct error *error)
{
    const char *name = entry->class_name;
    int status;

    if (may_make)
        entry->made_class = mkdirat(entry->mount_fd, name, 0755) == 0;
    if (may_make && !entry->made_class && errno != EEXIST) {
        error_call(error, errno, "mkdirat", "cannot make the class %s", name);
        if (error->code == ENOSPC)
            error_hint(error, "the processor has no more classes: remove one that is not used");
        resctrl_explain(entry->mount_fd, error);
        return -error->code;
    }
    entry->class_fd = resctrl_open_directory(entry->mount_fd, name);
    if (entry->class_fd >= 0)
        return 0;
    status = error_call(error, entry->class_fd, "openat", "cannot open the class %s", name);
    if (status == -ENOENT)
        error_hint(error, "without a schema the class must have been made before");
    return status;
}

static int open_class(struct entry *entry, const char *wanted, struct error *error)
{
    int status;

    if (!entry->class_name) {
        entry->class_fd = resctrl_open_directory(entry->mount_fd, ".");
        return entry->class_fd < 0
                   ? error_call(error, entry->class_fd, "openat", "cannot open the default class")
                   : 0;
    }
    status = resctrl_check_name(entry->class_name, error);
    return status == 0 ? make_class(entry, !entry->rdt->class_id || *wanted, error) : status;
}

static int enter_class(struct entry *entry, struct error *error)
{
    CLEANUP_FREE char *wanted = schemata_wanted(entry->rdt);
    int status;

    if (!wanted)
        return error_memory(error);
    status = open_class(entry, wanted, error);
    if (status == 0)
        status = (entry->made_class ? write_schemata : check_schemata)(entry, wanted, error);
    return status == 0 ? write_pid(entry, entry->class_fd, "the class", error) : status;
}

/* ------------------------------------------------------------------ monitoring */

static int join_group(const struct entry *entry, int groups_fd, struct error *error)
{
    CLEANUP_FD int fd = resctrl_open_directory(groups_fd, entry->id);

    if (fd < 0)
        return error_call(error, fd, "openat", "cannot open the group %s for monitoring", entry->id);
    return write_pid(entry, fd, "the group for monitoring", error);
}

static int enter_group(struct entry *entry, struct error *error)
{
    CLEANUP_FD int groups_fd = -1;
    int status = resctrl_check_name(entry->id, error);

    if (status < 0)
        return status;
    groups_fd = resctrl_open_directory(entry->class_fd, GROUPS);
    if (groups_fd < 0) {
        error_call(error, groups_fd, "openat", "cannot open " GROUPS);
        error_hint(error, "where the processor can't monitor, leave enableMonitoring out");
        return -error->code;
    }
    if (mkdirat(groups_fd, entry->id, 0755) < 0) {
        error_call(error, errno, "mkdirat", "cannot make the group %s for monitoring", entry->id);
        if (error->code == EEXIST)
            error_hint(error, "another container has left it: remove it with rmdir");
        resctrl_explain(entry->mount_fd, error);
        return -error->code;
    }
    entry->made_group = true;
    return join_group(entry, groups_fd, error);
}

/* ------------------------------------------------------------------ both */

/* In the arena; NULL in *ret_made if nothing was made. */
static int name_made(const struct entry *entry, struct arena *arena, const char **ret_made,
                     struct error *error)
{
    const char *class_name = entry->class_name ? entry->class_name : "";

    *ret_made = NULL;
    if (entry->made_class)
        *ret_made = arena_copy(arena, class_name);
    else if (entry->made_group)
        *ret_made = arena_printf(arena, "%s%s" GROUPS "/%s", class_name, *class_name ? "/" : "", entry->id);
    return (entry->made_class || entry->made_group) && !*ret_made ? error_memory(error) : 0;
}

static void undo(const struct entry *entry)
{
    CLEANUP_FD int groups_fd = entry->made_group ? resctrl_open_directory(entry->class_fd, GROUPS) : -1;

    if (groups_fd >= 0)
        (void)!unlinkat(groups_fd, entry->id, AT_REMOVEDIR);
    if (entry->made_class)
        (void)!unlinkat(entry->mount_fd, entry->class_name, AT_REMOVEDIR);
}

static const char *class_name_of(const struct config_intel_rdt *rdt, const char *id)
{
    if (!rdt->class_id)
        return id;
    return strcmp(rdt->class_id, "/") == 0 ? NULL : rdt->class_id;
}

static struct entry entry_of(const struct config *config, const char *id, pid_t pid)
{
    return (struct entry){
        .rdt = &config->intel_rdt,
        .class_name = class_name_of(&config->intel_rdt, id),
        .id = id,
        .pid = pid,
        .mount_fd = -1,
        .class_fd = -1,
    };
}

int intel_rdt_enter(const struct config *config, const char *mount, const char *id, pid_t pid,
                    struct arena *arena, const char **ret_made, struct error *error)
{
    CLEANUP(entry_clear) struct entry entry = entry_of(config, id, pid);
    const char *made = NULL;
    int status = resctrl_open(mount, &entry.mount_fd, error);

    if (status == 0)
        status = enter_class(&entry, error);
    if (status == 0 && entry.rdt->enable_monitoring)
        status = enter_group(&entry, error);
    if (status == 0)
        status = name_made(&entry, arena, &made, error);
    if (status == 0) {
        *ret_made = made;
        return 0;
    }
    undo(&entry);
    config_error_place(config, error, "linux.intelRdt");
    return status;
}

static int join_both(struct entry *entry, struct error *error)
{
    CLEANUP_FD int groups_fd = -1;
    int status;

    entry->class_fd = resctrl_open_directory(entry->mount_fd, entry->class_name ? entry->class_name : ".");
    if (entry->class_fd < 0)
        return error_call(error, entry->class_fd, "openat", "cannot open the container's class");
    status = write_pid(entry, entry->class_fd, "the class", error);
    if (status < 0 || !entry->rdt->enable_monitoring)
        return status;
    groups_fd = resctrl_open_directory(entry->class_fd, GROUPS);
    return groups_fd < 0 ? error_call(error, groups_fd, "openat", "cannot open " GROUPS)
                         : join_group(entry, groups_fd, error);
}

int intel_rdt_join(const struct config *config, const char *mount, const char *id, pid_t pid,
                   struct error *error)
{
    CLEANUP(entry_clear) struct entry entry = entry_of(config, id, pid);
    int status = resctrl_open(mount, &entry.mount_fd, error);

    return status == 0 ? join_both(&entry, error) : status;
}

/* Opens the directory that made's last component is in; that component is what *made is then. */
static int open_parent(int mount_fd, const char **made)
{
    CLEANUP_FD int fd = resctrl_open_directory(mount_fd, ".");
    const char *slash;

    while (fd >= 0 && (slash = strchr(*made, '/'))) {
        CLEANUP_FREE char *name = strndup(*made, (size_t)(slash - *made));
        int inner = name ? resctrl_open_directory(fd, name) : -ENOMEM;

        fd_close(&fd);
        fd = inner;
        *made = slash + 1;
    }
    return fd < 0 ? fd : fd_take(&fd);
}

int intel_rdt_remove(const char *mount, const char *made, struct error *error)
{
    CLEANUP_FD int mount_fd = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_FD int parent_fd = -1;
    const char *name = made;
    int status = mount_fd < 0 ? -errno : 0;

    if (status == 0) {
        parent_fd = open_parent(mount_fd, &name);
        status = parent_fd < 0 ? parent_fd : 0;
    }
    if (status == 0 && unlinkat(parent_fd, name, AT_REMOVEDIR) < 0)
        status = -errno;
    if (status == 0 || status == -ENOENT)
        return 0;
    return error_call(error, status, "unlinkat", "cannot remove %s/%s", mount, made);
}
