/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New file systems that are never attached, or only in the helper's own mount namespace.
 *
 *   types:    fsopen
 *   own:      unshare(user, mount, pid, net), clone, fsopen, fsconfig(FSCONFIG_CMD_CREATE), fsmount
 *   overlay:  the same, with a tmpfs for the layers
 */
#include "base/fd.h"
#include "doctor/probe.h"
#include "kernel/mount_api.h"
#include "kernel/restrictions.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct type {
    const char *name;
    bool in_user_namespace;
};

/* sysfs shows a network namespace, and mqueue one of ipc, which the maker has to own. */
static int open_type(void *argument, struct error *error)
{
    const struct type *type = argument;
    CLEANUP_FD int context = -1;

    if (type->in_user_namespace && unshare(CLONE_NEWNET | CLONE_NEWIPC) < 0)
        return error_call(error, errno, "unshare", "cannot make a network and an ipc namespace");
    context = kernel_fs_open(type->name);

    return context < 0
               ? error_call(error, context, "fsopen", "cannot open a file system of type %s", type->name)
               : 0;
}

static int add_type(struct examination *examination, const struct facility *facility, const char *type,
                    struct error *error)
{
    struct type wanted = {type, !examination->privileged || !examination->initial};
    const char *text = NULL;
    const char *name =
        facility->word ? facility->name : arena_printf(&examination->doctor->arena, "file system %s", type);
    int status = doctor_try(examination, wanted.in_user_namespace, open_type, &wanted, &text);

    if (!name)
        return error_memory(error);
    return doctor_add(examination, facility, name,
                      (struct outcome){doctor_judge(examination, -status), -status, text, NULL}, error);
}

static const char *type_of(const struct operation *operation)
{
    if (operation->kind == OPERATION_OVERLAY)
        return "overlay";
    return operation->kind == OPERATION_FILESYSTEM ? operation->filesystem.type : NULL;
}

static bool comes_earlier(const struct plan *plan, size_t index, const char *type)
{
    for (size_t i = 0; i < index; i++) {
        const char *other = type_of(&plan->operations[i]);

        if (other && strcmp(other, type) == 0)
            return true;
    }
    return false;
}

static int probe_planned_types(struct examination *examination, const struct facility *facility,
                               struct error *error)
{
    const struct plan *plan = &examination->plan;
    int status = 0;

    for (size_t i = 0; i < plan->length && status == 0; i++) {
        const char *type = type_of(&plan->operations[i]);

        if (type && !comes_earlier(plan, i, type))
            status = add_type(examination, facility, type, error);
    }
    return status;
}

int probe_types(struct examination *examination, const struct facility *facility, struct error *error)
{
    static const char *const usual[] = {"tmpfs", "proc", "sysfs", "devpts", "mqueue", "overlay"};
    int status = 0;

    if (facility->word)
        return add_type(examination, facility, facility->word, error);
    if (examination->config)
        return probe_planned_types(examination, facility, error);
    for (size_t i = 0; i < ARRAY_LENGTH(usual) && status == 0; i++)
        status = add_type(examination, facility, usual[i], error);
    return status;
}

static int make_filesystem(const char *type, const char *const *options, size_t length, int *ret_fd,
                           struct error *error)
{
    CLEANUP_FD int context = kernel_fs_open(type);
    int status = context < 0 ? context : 0;

    for (size_t i = 0; i + 1 < length && status == 0; i += 2)
        status = options[i + 1] ? kernel_fs_set_string(context, options[i], options[i + 1])
                                : kernel_fs_set_flag(context, options[i]);
    if (status == 0)
        status = kernel_fs_create(context);
    if (status < 0)
        return error_call(error, status, "fsconfig", "cannot create a file system of type %s", type);
    status = kernel_fs_mount(context, 0);
    if (status < 0)
        return error_call(error, status, "fsmount", "cannot mount a file system of type %s", type);
    *ret_fd = status;
    return 0;
}

static int mount_type(void *argument, struct error *error)
{
    const struct facility *facility = argument;
    CLEANUP_FD int mount = -1;

    return make_filesystem(facility->word, NULL, 0, &mount, error);
}

/* proc shows the pid namespace of its maker, who has to own it, and sysfs the network namespace. */
static int mount_in_namespaces(void *argument, struct error *error)
{
    if (unshare(CLONE_NEWPID | CLONE_NEWNET) < 0)
        return error_call(error, errno, "unshare", "cannot make a pid and a network namespace");
    return helper_run(mount_type, argument, error);
}

int probe_own_mount(struct examination *examination, const struct facility *facility, struct error *error)
{
    struct facility copy = *facility;
    const char *text = NULL;
    int status = doctor_try(examination, true, mount_in_namespaces, &copy, &text);
    const char *directory = strcmp(facility->word, "proc") == 0 ? "/proc" : "/sys";
    const char *hidden = restrictions_hiding(directory, &examination->doctor->arena);
    struct outcome outcome = {doctor_judge(examination, -status), -status, text, NULL};

    /* The kernel asks for one that is fully visible (mount_too_revealing() in fs/namespace.c). */
    if (status == -EPERM && hidden && text && strstr(text, "fsmount")) {
        outcome.state = DOCTOR_HIDDEN;
        outcome.detail = hidden;
    }
    return doctor_add(examination, facility, facility->name, outcome, error);
}

/* The tmpfs lies on the root of the helper's mount namespace, which gets no events and sends none. */
static int mount_overlay(void *argument, struct error *error)
{
    static const char *const directories[] = {"lower", "upper", "work"};
    static const char *const options[] = {"lowerdir", "lower", "upperdir",  "upper",
                                          "workdir",  "work",  "userxattr", NULL};
    CLEANUP_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_FD int tmpfs = -1;
    CLEANUP_FD int overlay = -1;
    int status = root < 0 ? error_call(error, errno, "open", "cannot open the root") : 0;

    (void)argument;
    if (status == 0)
        status = make_filesystem("tmpfs", NULL, 0, &tmpfs, error);
    if (status < 0)
        return status;
    status = kernel_attach_mount(tmpfs, root);
    if (status < 0)
        return error_call(error, status, "move_mount", "cannot attach a tmpfs");
    for (size_t i = 0; i < ARRAY_LENGTH(directories); i++)
        if (mkdirat(tmpfs, directories[i], 0700) < 0)
            return error_call(error, errno, "mkdirat", "cannot make a directory");
    if (fchdir(tmpfs) < 0)
        return error_call(error, errno, "fchdir", "cannot enter the tmpfs");
    return make_filesystem("overlay", options, ARRAY_LENGTH(options), &overlay, error);
}

int probe_overlay(struct examination *examination, const struct facility *facility, struct error *error)
{
    const char *text = NULL;
    int status = doctor_try(examination, true, mount_overlay, NULL, &text);

    return doctor_add(examination, facility, facility->name,
                      (struct outcome){doctor_judge(examination, -status), -status, text, NULL}, error);
}

int probe_visible_proc(struct examination *examination, const struct facility *facility, struct error *error)
{
    const char *hidden = restrictions_mounts_below("/proc", &examination->doctor->arena);
    struct outcome outcome = {DOCTOR_WORKS, 0, NULL, NULL};

    if (access("/proc/thread-self/status", R_OK) < 0)
        outcome = (struct outcome){DOCTOR_UNSET, errno, "no procfs at /proc", "mount proc on /proc"};
    else if (hidden)
        outcome = (struct outcome){
            DOCTOR_HIDDEN, 0,
            arena_printf(&examination->doctor->arena, "mounts hide parts of /proc: %s", hidden), NULL};
    return doctor_add(examination, facility, facility->name, outcome, error);
}
