/* SPDX-License-Identifier: Apache-2.0 */
#include "explain/explain.h"
#include "base/fd.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>

struct explain_subject explain_subject_of(const struct config *config)
{
    const struct config_namespace *user = config_namespace(config, CLONE_NEWUSER);
    struct explain_subject subject = {
        .has_user = config->has_process,
        .uid_mappings = &config->uid_mappings,
        .gid_mappings = &config->gid_mappings,
        .ids_known = !user || config->uid_mappings.length > 0,
    };

    if (config->has_process)
        subject.user = file_user_of(&config->process);
    return subject;
}

static const struct {
    mode_t type;
    const char *name;
} type_names[] = {
    {S_IFDIR, "directory"},    {S_IFREG, "file"}, {S_IFLNK, "symbolic link"},
    {S_IFSOCK, "socket"},      {S_IFIFO, "FIFO"}, {S_IFCHR, "character device"},
    {S_IFBLK, "block device"},
};

static const char *name_type(mode_t mode)
{
    for (size_t i = 0; i < ARRAY_LENGTH(type_names); i++)
        if (type_names[i].type == (mode & S_IFMT))
            return type_names[i].name;
    return NULL;
}

/* The idmap of the mount that a place of a plan is on; what is below the source's top mount only with
 * "ridmap". In a running container the kernel has translated already. */
static const struct idmap *find_idmap(const struct world *world, const struct place *place)
{
    const struct world_mount *mount = &world->mounts[place->mount];
    const struct operation *operation;
    struct statx status;

    if (mount->operation == NO_OPERATION)
        return NULL;
    operation = &world->plan->operations[mount->operation];
    if (operation->kind != OPERATION_BIND || operation->bind.idmap.kind == IDMAP_NONE)
        return NULL;
    if (operation->bind.idmap.tree)
        return &operation->bind.idmap;
    return statx(place->fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) == 0 &&
                   status.stx_mnt_id == mount->mount_id
               ? &operation->bind.idmap
               : NULL;
}

/* What the plan makes has ids of the container. */
static struct file_owner own_inside(const struct explain_subject *subject, const struct stat *status)
{
    struct file_owner owner = {.uid = status->st_uid,
                               .gid = status->st_gid,
                               .mode = status->st_mode,
                               .uid_mapped = true,
                               .gid_mapped = true};

    if (!id_mappings_to_host(subject->uid_mappings, owner.uid, &owner.host_uid) ||
        !id_mappings_to_host(subject->gid_mappings, owner.gid, &owner.host_gid))
        owner.uid_mapped = owner.gid_mapped = false;
    return owner;
}

bool explain_owner(struct world *world, const struct explain_subject *subject, const struct place *place,
                   struct file_owner *ret_owner)
{
    const struct idmap *idmap;
    const struct id_mappings *uids, *gids;
    struct stat status;
    bool inside;

    if (!place_status(world, place, &status, &inside))
        return false;
    if (inside) {
        *ret_owner = own_inside(subject, &status);
        return true;
    }
    idmap = find_idmap(world, place);
    uids = !idmap ? NULL : idmap->kind == IDMAP_GIVEN ? idmap->uid_mappings : subject->uid_mappings;
    gids = !idmap ? NULL : idmap->kind == IDMAP_GIVEN ? idmap->gid_mappings : subject->gid_mappings;
    *ret_owner = file_owner_find(status.st_uid, status.st_gid, status.st_mode, uids, gids,
                                 subject->uid_mappings, subject->gid_mappings);
    return true;
}

/* The first directory on the way that the user may not search. */
struct passage {
    const struct explain_subject *subject;
    const char *blocked_by;
};

static int pass(struct world *world, const struct place *directory, void *argument, struct error *error)
{
    struct passage *passage = argument;
    struct file_owner owner;
    const char *reason;

    if (passage->blocked_by || !passage->subject->has_user || !passage->subject->ids_known ||
        !explain_owner(world, passage->subject, directory, &owner) || !S_ISDIR(owner.mode) ||
        file_may(&passage->subject->user, &owner, RIGHT_EXECUTE, &reason))
        return 0;
    passage->blocked_by =
        arena_printf(&world->arena, "the directory %s may not be searched: %s", directory->path, reason);
    return passage->blocked_by ? 0 : error_memory(error);
}

static int explain_place(const struct explainer *explainer, const struct place *place, const char *blocked_by,
                         struct explanation *explanation, struct error *error)
{
    struct world *world = explainer->world;
    const struct explain_subject *subject = &explainer->subject;
    int status;

    explanation->place = place->path;
    explanation->exists = place->state == PLACE_FOUND;
    explanation->known = place->state != PLACE_UNKNOWN;
    explanation->has_owner = explain_owner(world, subject, place, &explanation->owner);
    explanation->ids_known = subject->ids_known;
    explanation->type = explanation->has_owner ? name_type(explanation->owner.mode) : NULL;
    explanation->has_user = subject->has_user;
    explanation->uid = subject->user.uid;
    explanation->gid = subject->user.gid;
    status = explainer->live ? live_explain_origin(explainer->live, world, place, explanation, error)
                             : explain_origin(world, place, explanation, error);
    return status == 0 ? explain_rights(world, subject, blocked_by, explanation, error) : status;
}

int explain_path(const struct explainer *explainer, const char *path, struct explanation *ret_explanation,
                 struct error *error)
{
    struct passage passage = {.subject = &explainer->subject};
    const struct world_walk walk = {.root = "/", .visit = pass, .argument = &passage};
    CLEANUP_PLACE struct place place = PLACE_NONE;
    struct explanation explanation = {0};
    int status;

    explanation.path = arena_copy(&explainer->world->arena, path);
    if (!explanation.path)
        return error_memory(error);
    status = world_resolve(explainer->world, path, &walk, &place, error);
    if (status == 0)
        status = explain_place(explainer, &place, passage.blocked_by, &explanation, error);
    if (status == 0)
        *ret_explanation = explanation;
    return status;
}
