/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   statx(target), statx(mount), move_mount(mount, target)
 */
#include "mount/journal.h"
#include "base/array.h"
#include "kernel/mount_api.h"

void mount_journal_clear(struct mount_journal *journal)
{
    free(journal->events);
    *journal = (struct mount_journal){0};
}

int mount_journal_attach(struct mount_journal *journal, size_t operation, int mount_fd, int target_fd,
                         const struct mount_status *known_target)
{
    struct mount_event event = {.operation = operation, .attached = true};
    struct mount_status target;
    int status = array_make_room((void **)&journal->events, journal->length, sizeof(*journal->events));

    if (known_target)
        target = *known_target;
    else if (status == 0)
        status = kernel_mount_status(target_fd, &target);
    if (status == 0)
        status = kernel_mount_status(mount_fd, &event.mount);
    if (status == 0)
        status = kernel_attach_mount(mount_fd, target_fd);
    if (status < 0)
        return status;
    event.parent_id = target.id;
    journal->events[journal->length++] = event;
    return 0;
}

int mount_journal_change(struct mount_journal *journal, size_t operation, int mount_fd)
{
    struct mount_event event = {.operation = operation};
    int status = array_make_room((void **)&journal->events, journal->length, sizeof(*journal->events));

    if (status == 0)
        status = kernel_mount_status(mount_fd, &event.mount);
    if (status == 0)
        journal->events[journal->length++] = event;
    return status;
}
