/* SPDX-License-Identifier: Apache-2.0 */
#include "container/drift.h"
#include "base/fd.h"
#include "container/directory.h"
#include "container/drift_causes.h"
#include "container/mount_space.h"
#include "plan/lexical.h"
#include "verify/record.h"

#include <string.h>

void drift_clear(struct drift *drift)
{
    expectation_clear(&drift->expectation);
    arena_clear(&drift->arena);
    *drift = (struct drift){0};
}

int container_write_mounts(const struct container *container, const struct verification *verification,
                           bool is_copied, struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    int status = record_write(verification, is_copied, &text, error);

    return status == 0 ? state_write_file(container->directory, "mounts", text, strlen(text), error) : status;
}

/* A line a change: "+/data" or "-/data". */
static int read_changes(const struct container *container, char **ret_text, struct error *error)
{
    CLEANUP_ERROR struct error missing = {0};
    size_t length;
    int status = state_read_file(container->directory, "changes", ret_text, &length, &missing);

    if (status == -ENOENT) {
        *ret_text = strdup("");
        return *ret_text ? 0 : error_memory(error);
    }
    return status < 0 ? state_read_file(container->directory, "changes", ret_text, &length, error) : 0;
}

int container_note_mount(const struct container *container, bool added, const char *path, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_FREE char *before = NULL;
    const char *clean = lexical_absolute(&arena, NULL, path);
    const char *text;
    int status = read_changes(container, &before, error);

    if (status < 0)
        return status;
    text = clean ? arena_printf(&arena, "%s%c%s\n", before, added ? '+' : '-', clean) : NULL;
    return text ? state_write_file(container->directory, "changes", text, strlen(text), error)
                : error_memory(error);
}

static int read_record(const struct container *container, struct expectation *ret_expectation,
                       struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    int status = state_read_file(container->directory, "mounts", &text, &length, error);

    if (status == -ENOENT)
        error_hint(error, "an earlier holdfast created the container: there is nothing to compare with");
    return status == 0 ? expectation_from_record(ret_expectation, text, error) : status;
}

/* The container's copy has another number for each mount, and hears where the original was shared. */
int container_find_drift(const struct container *container, const struct container_process *process,
                         struct drift *drift, struct error *error)
{
    CLEANUP_MOUNT_SPACE struct mount_space space = MOUNT_SPACE_NONE;
    CLEANUP_FREE char *changes = NULL;
    int status = read_record(container, &drift->expectation, error);

    if (status == 0)
        status = mount_space_open(process, &space, error);
    if (status == 0)
        status = mount_space_table(&space, &drift->arena, &drift->table, error);
    if (status == 0)
        status =
            compare_mounts(&drift->expectation, &drift->table, -1, &drift->arena, &drift->comparison, error);
    if (status == 0)
        status = read_changes(container, &changes, error);
    if (status == 0)
        status = drift_find_causes(drift, changes, error);
    return status == 0 ? drift_compare_sources(drift, container, &space, error) : status;
}
