/* SPDX-License-Identifier: Apache-2.0 */
#include "container/view.h"
#include "base/fd.h"
#include "container/mount_space.h"
#include "mount/machine.h"

void container_view_clear(struct container_view *view)
{
    world_clear(&view->world);
    plan_clear(&view->plan);
    config_clear(&view->config);
}

static int read_mappings(struct container_view *view, const struct mount_space *space, struct error *error)
{
    int status =
        id_mappings_read(space->process_fd, "uid_map", &view->world.arena, &view->uid_mappings, error);

    return status == 0 ? id_mappings_read(space->process_fd, "gid_map", &view->world.arena,
                                          &view->gid_mappings, error)
                       : status;
}

static int look(struct container_view *view, const struct container_process *process, struct error *error)
{
    CLEANUP_MOUNT_SPACE struct mount_space space = MOUNT_SPACE_NONE;
    struct mount_table table;
    int status = mount_space_open(process, &space, error);

    if (status == 0)
        status = world_from_root(&view->world, &view->plan, space.root_fd, error);
    if (status == 0)
        status = mount_space_table(&space, &view->world.arena, &table, error);
    if (status == 0)
        status = live_open(&view->live, &view->world, &table, error);
    return status == 0 ? read_mappings(view, &space, error) : status;
}

static int open_view(struct container_view *view, const char *root, const char *id, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_FD int pidfd = -1;
    struct container_process process;
    int status = container_open(&container, root, id, false, error);

    if (status == 0)
        status = container_open_process(&container, &pidfd, error);
    if (status == 0)
        status = container_read_config(&container, &view->config, error);
    if (status == 0)
        status = plan_for_machine(&view->plan, &view->config, NULL, 0, error);
    process = (struct container_process){pidfd, container.state.pid};
    return status == 0 ? look(view, &process, error) : status;
}

int container_view_open(struct container_view *view, const char *root, const char *id, struct error *error)
{
    int status;

    *view = (struct container_view){.world = WORLD_NONE};
    status = open_view(view, root, id, error);
    if (status < 0)
        return status;
    view->explainer = (struct explainer){&view->world, explain_subject_of(&view->config), &view->live};
    view->explainer.subject.uid_mappings = &view->uid_mappings;
    view->explainer.subject.gid_mappings = &view->gid_mappings;
    view->explainer.subject.ids_known = view->uid_mappings.length > 0;
    return 0;
}
