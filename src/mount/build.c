/* SPDX-License-Identifier: Apache-2.0 */
#include "mount/build.h"
#include "base/fd.h"
#include "base/helper.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

typedef int (*step_function)(struct step *step, struct error *error);

static const struct {
    step_function prepare, attach;
} kinds[OPERATION_KINDS] = {
    [OPERATION_BIND] = {bind_prepare, bind_attach},
    [OPERATION_FILESYSTEM] = {filesystem_prepare_host, filesystem_attach},
    [OPERATION_OVERLAY] = {overlay_prepare, overlay_attach},
    [OPERATION_COVER] = {NULL, cover_attach},
    [OPERATION_LAYERS] = {NULL, layers_attach},
    [OPERATION_DENY] = {NULL, deny_attach},
    [OPERATION_FILE] = {NULL, file_attach},
    [OPERATION_DIRECTORY] = {NULL, directory_attach},
    [OPERATION_DEVICE] = {NULL, device_attach},
    [OPERATION_SYMLINK] = {NULL, symlink_attach},
    [OPERATION_CONSOLE] = {console_prepare, console_attach},
    [OPERATION_ATTRIBUTES] = {NULL, attributes_attach},
    [OPERATION_REMOUNT] = {NULL, remount_attach},
    [OPERATION_HOOKS] = {hooks_prepare, hooks_attach},
    [OPERATION_MASK] = {mask_prepare, mask_attach},
    [OPERATION_READONLY] = {NULL, readonly_attach},
    [OPERATION_SWITCH_ROOT] = {NULL, switch_root_attach},
};

/* Half of the limit: the other half is for new file systems, mounts that others refer to, and the caller. */
static size_t batch_size(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur / 2 > SIZE_MAX)
        return 256;
    return (size_t)limit.rlim_cur / 2;
}

int build_init(struct build *build, const struct plan *plan, const char *bundle, struct error *error)
{
    *build = BUILD_NONE;
    build->plan = plan;
    build->bundle = bundle;
    build->slots = calloc(plan->length, sizeof(*build->slots));
    if (!build->slots)
        return error_memory(error);
    for (size_t i = 0; i < plan->length; i++)
        build->slots[i] = (struct slot){.fd = -1, .layers_fd = -1, .idmap_fd = -1};
    build->host_fd = open(bundle ? bundle : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (build->host_fd < 0)
        return error_call(error, errno, "open", "cannot open the directory %s", bundle ? bundle : ".");
    return 0;
}

void build_clear(struct build *build)
{
    for (size_t i = 0; build->slots && i < build->plan->length; i++) {
        fd_close(&build->slots[i].fd);
        fd_close(&build->slots[i].layers_fd);
        fd_close(&build->slots[i].idmap_fd);
    }
    free(build->slots);
    build->slots = NULL;
    fd_close(&build->host_fd);
    fd_close(&build->root_fd);
    fd_close(&build->null_fd);
    fd_close(&build->empty_fd);
    fd_close(&build->scratch_fd);
    fd_close(&build->layers_fd);
    for (size_t i = 0; i < FACE_MOUNTS; i++)
        fd_close(&build->faces[i]);
    fd_close(&build->console_fd);
    fd_close(&build->console_master);
    path_journal_clear(&build->path_journal);
    mount_journal_clear(&build->mount_journal);
    free(build->before_hooks);
    build->before_hooks = NULL;
}

static int run_step(struct build *build, size_t index, enum timing_step kind, step_function function,
                    struct error *error)
{
    struct step step = {build, &build->plan->operations[index], &build->slots[index]};
    int64_t since = timing_step_now(build->timing);
    int status = function ? function(&step, error) : 0;

    timing_step_add(build->timing, index, kind, since);
    /* A hook that failed says itself which one it is. */
    if (status < 0 && !(step.operation->kind == OPERATION_HOOKS && error->place))
        plan_error_place(build->plan, index, error);
    return status;
}

int build_prepare_host(struct build *build, struct error *error)
{
    size_t opened = 0;
    int status = 0;

    if (build->batch == 0)
        build->batch = batch_size();
    build->last_source = (struct mount_source){0};
    while (build->prepared < build->plan->length && opened < build->batch && status == 0) {
        size_t index = build->prepared++;

        status = run_step(build, index, TIMING_STEP_PREPARE,
                          kinds[build->plan->operations[index].kind].prepare, error);
        opened += build->slots[index].fd >= 0;
    }
    return status;
}

static int prepare_outside(void *argument, struct error *error)
{
    struct build *build = argument;
    int status = mount_namespace_leave(build->outside, error);

    return status < 0 ? status : build_prepare_host(build, error);
}

bool build_is_filesystem_slot(const struct build *build, size_t index, unsigned namespaces)
{
    const struct operation *operation = &build->plan->operations[index];

    return operation->kind == OPERATION_FILESYSTEM && !(operation->filesystem.shows & ~namespaces) &&
           !filesystem_is_opened_by_host(build, &operation->filesystem);
}

int build_prepare_filesystems(struct build *build, unsigned namespaces, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < build->plan->length && status == 0; i++)
        if (build_is_filesystem_slot(build, i, namespaces) && !build->slots[i].opened) {
            status = run_step(build, i, TIMING_STEP_CONTEXT, filesystem_prepare, error);
            build->slots[i].opened = status == 0;
        }
    return status;
}

/* What is not there yet of what the operation takes. */
static int complete(struct build *build, size_t index, struct error *error)
{
    int status = index == build->prepared ? helper_run(prepare_outside, build, error) : 0;

    if (status == 0 && build->receive && !build->slots[index].opened &&
        build_is_filesystem_slot(build, index, ~0u))
        status = build->receive(build->receive_argument, index, error);
    return status;
}

int build_attach(struct build *build, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < build->plan->length && status == 0; i++) {
        status = complete(build, i, error);
        if (status == 0)
            status =
                run_step(build, i, TIMING_STEP_ATTACH, kinds[build->plan->operations[i].kind].attach, error);
        /* A bind mount is on its target alone, and a target that was there already has ended the row. */
        if (build->plan->operations[i].kind != OPERATION_BIND)
            path_journal_end_row(&build->path_journal);
        if (!build->plan->operations[i].is_base)
            fd_close(&build->slots[i].fd);
    }
    return status;
}

/* What was made lies on mounts that may be read-only by now: the root, and what the configuration remounts. */
static void make_writable(const struct build *build)
{
    const struct mount_attributes writable = {.clear = ATTRIBUTE_RDONLY};

    if (build->root_fd < 0)
        return;
    (void)!kernel_set_attributes(build->root_fd, false, &writable);
    for (size_t i = 0; i < build->plan->length; i++) {
        CLEANUP_FD int fd = -1;

        if (build->plan->operations[i].kind != OPERATION_REMOUNT)
            continue;
        fd = path_open(build->root_fd, build->plan->operations[i].target, O_PATH);
        if (fd >= 0)
            (void)!kernel_set_attributes(fd, false, &writable);
    }
}

void build_undo(struct build *build, bool inside)
{
    CLEANUP_ERROR struct error ignored = {0};

    if (!inside && mount_namespace_return(build->outside, &ignored) < 0)
        return;
    make_writable(build);
    if (mount_namespace_leave(build->outside, &ignored) < 0)
        return;
    /* As long as the namespace is there, the targets carry mounts. */
    fd_close(&build->outside->inside_fd);
    path_journal_undo(&build->path_journal);
}
