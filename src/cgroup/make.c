/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "cgroup/devices.h"
#include "cgroup/directories.h"
#include "cgroup/files.h"
#include "cgroup/processes.h"
#include "cgroup/systemd.h"

#include <string.h>

void cgroup_error_place(const struct config *config, struct error *error)
{
    CLEANUP_FREE char *path = pointer_take(&error->place);

    if (path)
        config_error_place(config, error, path);
}

/* Rules for devices are a restriction that an ordinary user's container does not need: the kernel lets it open no device
 * that the user may not open. */
static int apply_devices(const struct cgroup *cgroup, const struct config_resources *resources,
                         struct error *error)
{
    const struct cgroup_place *place = cgroup_find_place(cgroup, cgroup->is_unified ? "" : "devices");
    CLEANUP_FD int directory = -1;
    int status;

    if (!place && (cgroup->may_go_without || resources->devices_length == 0))
        return 0;
    if (!place) {
        error_set(error, ENOENT,
                  "devices can't be restricted: the cgroup controller \"devices\" is not mounted");
        error_hint(error, "mount it at /sys/fs/cgroup/devices");
        return -ENOENT;
    }
    directory = cgroup_open_place(place, error);
    if (directory < 0)
        return directory;
    status = cgroup->is_unified
                 ? cgroup_devices_set_unified(directory, resources->devices, resources->devices_length, error)
                 : cgroup_devices_set_legacy(directory, resources->devices, resources->devices_length, error);
    if (cgroup->may_go_without && (status == -EPERM || status == -EACCES || status == -EROFS)) {
        error_clear(error);
        return 0;
    }
    return status;
}

int cgroup_apply(const struct cgroup *cgroup, const struct config *config,
                 const struct cgroup_settings *settings, struct error *error)
{
    int status = cgroup_settings_apply(cgroup, settings, error);

    if (status == 0) {
        status = apply_devices(cgroup, &config->resources, error);
        if (status < 0)
            error_place(error, "linux.resources.devices");
    }
    return status;
}

static int refuse_occupied(const struct cgroup_place *place, size_t length, struct error *error)
{
    error_set(error, EEXIST, "the cgroup %s%s exists and holds %zu processes", place->mount, place->path,
              length);
    error_hint(error, "end them (%s%s/cgroup.procs), or choose another ID or linux.cgroupsPath", place->mount,
               place->path);
    return -EEXIST;
}

/* One that was there: left by a start that was killed, it is taken over; with processes it is somebody else's. */
static int check_existing(struct cgroup_place *place, struct error *error)
{
    struct arena arena = {0};
    struct process_list list = {.arena = &arena};
    CLEANUP_FD int directory = cgroup_open_place(place, error);
    int status = directory < 0 ? directory : cgroup_list_processes(directory, &list, error);

    if (status == 0 && list.length > 0)
        status = refuse_occupied(place, list.length, error);
    if (status == 0)
        place->made_from = place->path;
    arena_clear(&arena);
    return status;
}

static int check_all_existing(struct cgroup *cgroup, struct error *error)
{
    int status = 0;

    for (size_t i = 0; status == 0 && !cgroup->is_given && i < cgroup->length; i++)
        if (!cgroup->places[i].made_from)
            status = check_existing(&cgroup->places[i], error);
    if (status < 0 || !cgroup_is_frozen(cgroup))
        return status;
    error_set(error, EBUSY, "the container's cgroup is frozen, so nothing in it would run");
    error_hint(error, "thaw it, or choose another linux.cgroupsPath");
    return -EBUSY;
}

static int refuse_limits(const struct cgroup_settings *settings, struct error *error)
{
    if (settings->length == 0)
        return 0;
    error_set(error, EINVAL, "a limit needs a cgroup, and the cgroup manager is \"%s\"",
              cgroup_manager_names[CGROUP_MANAGER_DISABLED]);
    error_hint(error, "leave it out, or choose another cgroup manager");
    error_place(error, "%s", settings->values[0].place);
    return -EINVAL;
}

/* There are places, but for a machine without any cgroup. */
static int make(struct cgroup *cgroup, const struct config *config, const struct cgroup_settings *settings,
                struct error *error)
{
    int status = cgroup_make_places(cgroup, settings, error);

    if (status == 0)
        status = check_all_existing(cgroup, error);
    return status < 0 ? status : cgroup_apply(cgroup, config, settings, error);
}

int cgroup_make(struct cgroup *cgroup, const struct config *config, struct error *error)
{
    CLEANUP_ERROR struct error ignored = {0};
    struct arena arena = {0};
    struct cgroup_settings settings;
    int status = cgroup_settings_make(cgroup, &config->resources, &arena, &settings, error);

    if (status == 0 && cgroup->manager == CGROUP_MANAGER_DISABLED)
        status = refuse_limits(&settings, error);
    else if (status == 0 && cgroup->manager == CGROUP_MANAGER_CGROUPFS)
        status = make(cgroup, config, &settings, error);
    arena_clear(&arena);
    if (status < 0) {
        cgroup_error_place(config, error);
        (void)!cgroup_remove(cgroup, &ignored);
    }
    return status;
}

static int update_unit(const struct cgroup *cgroup, const struct config_resources *resources,
                       struct error *error)
{
    const struct systemd_scope scope = {
        .unit = cgroup->unit,
        .slice = cgroup->slice,
        .user = cgroup->is_user,
        .is_unified = cgroup->is_unified,
        .resources = resources,
    };

    return systemd_update_scope(&scope, error);
}

int cgroup_update(const struct cgroup *cgroup, const struct config_resources *resources, struct error *error)
{
    struct arena arena = {0};
    struct cgroup_settings settings;
    int status = cgroup_settings_make(cgroup, resources, &arena, &settings, error);

    if (status == 0 && settings.length > 0 && cgroup->length == 0)
        status = error_set(error, ENOENT, "the container has no cgroup, so it has no limits to change");
    if (status == 0 && cgroup->has_scope)
        status = update_unit(cgroup, resources, error);
    if (status == 0)
        status = cgroup_settings_apply(cgroup, &settings, error);
    if (status == 0 && resources->devices_length > 0)
        status = apply_devices(cgroup, resources, error);
    arena_clear(&arena);
    return status;
}
