/* SPDX-License-Identifier: Apache-2.0 */
/* Where a container's cgroup is. */
#include "cgroup/cgroup.h"
#include "base/fd.h"
#include "cgroup/path.h"
#include "kernel/cgroup_environment.h"

#include <fcntl.h>
#include <string.h>

#define TEXT_LIMIT ((size_t)1 << 20)

const char *const cgroup_manager_names[] = {"cgroupfs", "systemd", "disabled", NULL};

void cgroup_clear(struct cgroup *cgroup)
{
    arena_clear(&cgroup->arena);
    *cgroup = (struct cgroup){0};
}

/* What decides the path, the same in all hierarchies. */
struct search {
    struct cgroup *cgroup;
    const char *below;   /* what is below the base: "/a.slice/holdfast-ID.scope", "ID" */
    bool is_absolute;    /* below the mount */
    const char *of_init; /* the text of /proc/1/cgroup; NULL: not needed */
};

/* The path of process 1's cgroup in a hierarchy, from /proc/1/cgroup; controllers "" for the unified one. */
static const char *path_of_init(struct arena *arena, const char *text, const char *controllers)
{
    size_t length = strlen(controllers);

    while (*text) {
        const char *start = strchr(text, ':');

        if (start && strncmp(start + 1, controllers, length) == 0 && start[1 + length] == ':')
            return arena_copy_range(arena, start + 2 + length, strcspn(start + 2 + length, "\n"));
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return "/";
}

static int refuse_outside(const char *name, struct error *error)
{
    error_set(error, ENOENT, "the mount of the cgroup hierarchy %s does not show holdfast's own cgroup",
              name);
    error_hint(error, "give an absolute linux.cgroupsPath");
    return -ENOENT;
}

static int refuse_session(struct error *error)
{
    error_set(error, ENOENT, "holdfast is not in a session of the user's, so its systemd is not known");
    error_hint(error,
               "log in, or start it with `systemd-run --user --scope`, or choose another cgroup manager");
    return -ENOENT;
}

/* Where below starts, as a path below the hierarchy's mount. */
static int find_base(const struct search *search, const char *controllers, const char *mount, const char *own,
                     const char **ret_base, struct error *error)
{
    struct arena *arena = &search->cgroup->arena;
    const char *base = "/";

    if (search->of_init && !search->cgroup->is_user) {
        const char *path = path_of_init(arena, search->of_init, controllers ? controllers : "");

        base = path ? cgroup_system_base(arena, path) : NULL;
    } else if (search->of_init) {
        base = own ? cgroup_user_base(arena, own + strlen(mount)) : NULL;
        if (!base)
            return refuse_session(error);
    } else if (!search->is_absolute) {
        if (!own)
            return refuse_outside(mount, error);
        base = own + strlen(mount);
        /* What runc does: see cgroup.h. */
        if (search->cgroup->is_unified)
            base = cgroup_path_parent(arena, base);
    }
    if (!base)
        return error_memory(error);
    *ret_base = base;
    return 0;
}

static int add_place(const struct search *search, const char *controllers, const char *mount, const char *own,
                     struct error *error)
{
    struct cgroup *cgroup = search->cgroup;
    const char *base = NULL;
    struct cgroup_place *place;
    int status = find_base(search, controllers, mount, own, &base, error);

    if (status < 0)
        return status;
    place = arena_append(&cgroup->arena, (void **)&cgroup->places, &cgroup->length, sizeof(*place));
    if (!place)
        return error_memory(error);
    place->controllers = controllers ? arena_copy(&cgroup->arena, controllers) : NULL;
    place->mount = arena_copy(&cgroup->arena, mount);
    place->path = cgroup_path_join(&cgroup->arena, base, search->below);
    if ((controllers && !place->controllers) || !place->mount || !place->path)
        return error_memory(error);
    if (strcmp(place->path, "/") != 0)
        return 0;
    error_set(error, EINVAL, "a container can't have the root cgroup: it is the machine's");
    error_hint(error, "name a cgroup below it");
    return -EINVAL;
}

static int add_places(const struct search *search, const struct cgroup_environment *environment,
                      struct error *error)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < environment->length; i++) {
        const struct cgroup_hierarchy *hierarchy = &environment->hierarchies[i];

        status = add_place(search, hierarchy->controllers, hierarchy->mount, hierarchy->own, error);
    }
    if (status == 0 && environment->unified)
        status = add_place(search, NULL, environment->unified, environment->unified_own, error);
    return status;
}

static int read_cgroup_of_init(struct arena *arena, const char **ret_text, struct error *error)
{
    CLEANUP_FD int fd = open("/proc/1/cgroup", O_RDONLY | O_CLOEXEC);
    CLEANUP_FREE char *text = NULL;
    int status;

    if (fd < 0)
        return error_call(error, errno, "open", "cannot open /proc/1/cgroup");
    status = fd_read_all(fd, TEXT_LIMIT, &text, NULL);
    if (status < 0)
        return error_call(error, status, "read", "cannot read /proc/1/cgroup");
    *ret_text = arena_copy(arena, text);
    return *ret_text ? 0 : error_memory(error);
}

static int find_unit(struct search *search, const char *path, const char *id, struct error *error)
{
    struct cgroup *cgroup = search->cgroup;
    const char *text = path ? path : arena_printf(&cgroup->arena, ":holdfast:%s", id);
    struct cgroup_unit unit;
    const char *slice;
    int status = text ? cgroup_unit_parse(&cgroup->arena, text, &unit, error) : error_memory(error);

    if (status < 0)
        return status;
    cgroup->unit = unit.name;
    cgroup->slice = *unit.slice ? unit.slice : cgroup->is_user ? "user.slice" : "system.slice";
    status = cgroup_slice_path(&cgroup->arena, cgroup->slice, &slice, error);
    if (status < 0)
        return status;
    search->below = arena_printf(&cgroup->arena, "%s/%s", slice, cgroup->unit);
    return search->below ? read_cgroup_of_init(&cgroup->arena, &search->of_init, error) : error_memory(error);
}

static int find_places(struct search *search, const char *path, const char *id, struct error *error)
{
    CLEANUP_CGROUP_ENVIRONMENT struct cgroup_environment environment = {0};
    int status = 0;

    search->below = path ? path : id;
    search->is_absolute = path && *path == '/';
    if (search->cgroup->manager == CGROUP_MANAGER_SYSTEMD)
        status = find_unit(search, path, id, error);
    if (status == 0)
        status = cgroup_environment_read(&environment, error);
    if (status == 0 && !search->is_absolute)
        status = cgroup_environment_find_own(&environment, error);
    if (status < 0)
        return status;
    search->cgroup->is_unified = environment.is_unified;
    return add_places(search, &environment, error);
}

int cgroup_open(struct cgroup *cgroup, const struct config *config, const struct cgroup_options *options,
                struct error *error)
{
    struct search search = {.cgroup = cgroup};
    const char *path = config->cgroups_path && *config->cgroups_path ? config->cgroups_path : NULL;
    int status;

    *cgroup = (struct cgroup){
        .manager = options->manager,
        .is_user = options->manager == CGROUP_MANAGER_SYSTEMD && options->may_go_without,
        .is_given = path != NULL,
        .may_go_without = options->may_go_without,
    };
    if (options->manager == CGROUP_MANAGER_DISABLED)
        return 0;
    status = find_places(&search, path, options->id, error);
    if (status < 0) {
        if (path)
            config_error_place(config, error, "linux.cgroupsPath");
        cgroup_clear(cgroup);
    }
    return status;
}

int cgroup_list_directories(const struct cgroup *cgroup, struct arena *arena,
                            struct cgroup_directory **ret_directories, size_t *ret_length,
                            struct error *error)
{
    struct cgroup_directory *directories = NULL;
    size_t length = 0;

    for (size_t i = 0; i < cgroup->length; i++) {
        const struct cgroup_place *place = &cgroup->places[i];
        struct cgroup_directory *directory;

        if (!place->controllers)
            continue;
        directory = arena_append(arena, (void **)&directories, &length, sizeof(*directory));
        if (!directory)
            return error_memory(error);
        directory->controllers = place->controllers;
        directory->directory = arena_printf(arena, "%s%s", place->mount, place->path);
        if (!directory->directory)
            return error_memory(error);
    }
    *ret_directories = directories;
    *ret_length = length;
    return 0;
}
