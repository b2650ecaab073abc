/* SPDX-License-Identifier: Apache-2.0 */
/* Version 2: cgroup.controllers, cgroup.subtree_control and cgroup.type of the directories on the way to a container's
 * cgroup (cgroups(7), "Cgroups v2 controllers"). */
#include "cgroup/directories.h"
#include "cgroup/files.h"

#include <string.h>

/* What can be limited in a cgroup whose threads may be elsewhere (cgroups(7), "Thread mode"). */
#define THREADED_CONTROLLERS "cpu cpuset perf_event pids"

/* The files of these belong to every cgroup. */
#define CORE "cgroup"

/* A file of the core, or one that may exist without a controller (memory.pressure). */
static bool needs_controller(const struct cgroup_setting *setting)
{
    static const char pressure[] = ".pressure";
    const size_t length = strlen(setting->file);

    return strcmp(setting->controller, CORE) != 0 && !(setting->flags & SETTING_OPTIONAL) &&
           (length < strlen(pressure) || strcmp(setting->file + length - strlen(pressure), pressure) != 0);
}

static const struct cgroup_setting *find_setting(const struct cgroup_settings *settings,
                                                 const char *controller)
{
    for (size_t i = 0; i < settings->length; i++)
        if (strcmp(settings->values[i].controller, controller) == 0 && needs_controller(&settings->values[i]))
            return &settings->values[i];
    return NULL;
}

static int refuse_controller(const char *controller, const char *path, const struct cgroup_setting *setting,
                             struct error *error)
{
    const int code = error->code;

    if (code == EBUSY) {
        error_call(error, EBUSY, "write",
                   "the cgroup %s can't hand the controller \"%s\" down: it holds processes itself", path,
                   controller);
        error_hint(
            error,
            "on version 2 only a cgroup without processes limits those below it (cgroups(7), \"no internal "
            "processes\"): give a linux.cgroupsPath below one that has none");
    } else if (code == EOPNOTSUPP) {
        error_call(error, EOPNOTSUPP, "write",
                   "the cgroup %s can't hand the controller \"%s\" down: it is threaded", path, controller);
        error_hint(
            error,
            "give a linux.cgroupsPath that is not below a threaded cgroup (cgroups(7), \"Thread mode\")");
    } else {
        error_call(error, code, "write", "cannot enable the cgroup controller \"%s\" in %s", controller,
                   path);
        error_hint(error, "have it delegated, or leave the limit out");
    }
    error_place(error, "%s", setting->place);
    return -code;
}

static int refuse_missing(const struct cgroup_setting *setting, const char *path, struct error *error)
{
    error_set(error, ENOENT,
              "the cgroup controller \"%s\" is not available in %s, so %s can't be set to \"%s\"",
              setting->controller, path, setting->file, setting->value);
    error_hint(
        error,
        "see which are in cgroup.controllers there: one that is missing is mounted as version 1, disabled "
        "at boot, or not delegated; or leave the limit out");
    error_place(error, "%s", setting->place);
    return -ENOENT;
}

/* In which order controllers are enabled. In a cgroup that holds processes one that can work on threads turns the cgroup into
 * a threaded one, and then those that can't are refused: so these come first, to fail before anything has changed,
 * and what nobody needs is not enabled there. */
enum rank {
    RANK_DOMAIN,   /* needed, for processes only */
    RANK_THREADED, /* needed, for threads, too */
    RANK_OTHER,    /* only counts what is used */
    RANKS
};

static enum rank rank_of(const char *controller, const struct cgroup_setting *setting)
{
    if (!setting)
        return RANK_OTHER;
    return cgroup_has_word(THREADED_CONTROLLERS, " ", controller) ? RANK_THREADED : RANK_DOMAIN;
}

/* The root has no cgroup.type, and may hold processes. A threaded cgroup does not show its own (EOPNOTSUPP). */
static bool is_occupied(int directory_fd, struct arena *arena)
{
    CLEANUP_ERROR struct error ignored = {0};
    const char *text = "";

    if (cgroup_read(directory_fd, "cgroup.type", arena, &text, &ignored) == -ENOENT)
        return false;
    return cgroup_read(directory_fd, "cgroup.procs", arena, &text, &ignored) < 0 || *text;
}

static int enable(int directory_fd, const char *path, const char *controller,
                  const struct cgroup_setting *setting, struct arena *arena, struct error *error)
{
    const char *value = arena_printf(arena, "+%s", controller);

    if (!value)
        return error_memory(error);
    if (cgroup_write(directory_fd, "cgroup.subtree_control", value, error) == 0)
        return 0;
    if (rank_of(controller, setting) != RANK_OTHER)
        return refuse_controller(controller, path, setting, error);
    error_clear(error);
    return 0;
}

/* What of a directory's state decides. */
struct handing_down {
    int directory_fd;
    const char *path;
    const char *available, *enabled; /* lists */
    const struct cgroup_settings *settings;
};

static int enable_rank(const struct handing_down *handing, enum rank rank, struct error *error)
{
    struct arena *arena = handing->settings->arena;
    int status = 0;

    for (const char *word = handing->available; status == 0 && *word; word += strspn(word, " ")) {
        const size_t length = strcspn(word, " ");
        const char *controller = arena_copy_range(arena, word, length);
        const struct cgroup_setting *setting =
            controller ? find_setting(handing->settings, controller) : NULL;

        word += length;
        if (!controller)
            return error_memory(error);
        if (rank_of(controller, setting) == rank && !cgroup_has_word(handing->enabled, " ", controller))
            status = enable(handing->directory_fd, handing->path, controller, setting, arena, error);
    }
    return status;
}

static int check_available(const struct handing_down *handing, struct error *error)
{
    const struct cgroup_settings *settings = handing->settings;

    for (size_t i = 0; i < settings->length; i++)
        if (needs_controller(&settings->values[i]) &&
            !cgroup_has_word(handing->available, " ", settings->values[i].controller))
            return refuse_missing(&settings->values[i], handing->path, error);
    return 0;
}

int cgroup_enable_controllers(int directory_fd, const char *path, const struct cgroup_settings *settings,
                              struct error *error)
{
    struct arena *arena = settings->arena;
    struct handing_down handing = {directory_fd, path, "", "", settings};
    int status = cgroup_read(directory_fd, "cgroup.controllers", arena, &handing.available, error);

    if (status == 0)
        status = cgroup_read(directory_fd, "cgroup.subtree_control", arena, &handing.enabled, error);
    if (status < 0 && status != -ENOENT)
        return status;
    status = check_available(&handing, error);
    for (int rank = RANK_DOMAIN; status == 0 && rank < RANKS; rank++)
        if (rank != RANK_OTHER || !is_occupied(directory_fd, arena))
            status = enable_rank(&handing, (enum rank)rank, error);
    return status;
}

static const struct cgroup_setting *find_domain_setting(const struct cgroup_settings *settings)
{
    for (size_t i = 0; i < settings->length; i++)
        if (needs_controller(&settings->values[i]) &&
            !cgroup_has_word(THREADED_CONTROLLERS, " ", settings->values[i].controller))
            return &settings->values[i];
    return NULL;
}

/* As runc does: "domain invalid" is what a new cgroup below a threaded one is, and takes no processes. */
int cgroup_check_type(int directory_fd, const char *path, const struct cgroup_settings *settings,
                      struct error *error)
{
    const struct cgroup_setting *setting = find_domain_setting(settings);
    const char *type = "domain";
    int status = cgroup_read(directory_fd, "cgroup.type", settings->arena, &type, error);

    if (status < 0 && status != -ENOENT)
        return status;
    if (strcmp(type, "domain") == 0 || (strcmp(type, "domain invalid") != 0 && !setting))
        return 0;
    if (!setting)
        return cgroup_write(directory_fd, "cgroup.type", "threaded", error);
    error_set(error, EOPNOTSUPP, "the cgroup %s is \"%s\", so the controller \"%s\" can't limit it", path,
              type, setting->controller);
    error_hint(error,
               "give a linux.cgroupsPath that is not below a threaded cgroup (cgroups(7), \"Thread mode\")");
    error_place(error, "%s", setting->place);
    return -EOPNOTSUPP;
}
