/* SPDX-License-Identifier: Apache-2.0 */
#include "base/array.h"
#include "base/fd.h"
#include "path/path.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Entries in one directory share the first one's descriptor: ten thousand targets in a row cost one. */
struct journal_entry {
    int parent_fd;
    bool owns_parent;
    dev_t device; /* of the directory */
    ino_t inode;
    ino_t made; /* the inode of what was made in it */
    bool directory;
    char *name;
};

void path_journal_begin_row(struct path_journal *journal, int root_fd, char *parent, int parent_fd)
{
    const struct journal_entry *last = &journal->entries[journal->length - 1];

    path_journal_end_row(journal);
    journal->row = (struct path_row){
        .root_fd = root_fd, .parent_fd = parent_fd, .device = last->device, .inode = last->inode};
    journal->row.parent = parent;
}

int path_journal_find_row(const struct path_journal *journal, int root_fd, const char *path, size_t length)
{
    const struct path_row *row = &journal->row;
    bool goes_on = row->parent && row->root_fd == root_fd && strlen(row->parent) == length &&
                   memcmp(row->parent, path, length) == 0;

    return goes_on ? row->parent_fd : -1;
}

void path_journal_end_row(struct path_journal *journal)
{
    if (journal->row.parent)
        fd_close(&journal->row.parent_fd);
    free(journal->row.parent);
    journal->row.parent = NULL;
}

void path_journal_clear(struct path_journal *journal)
{
    path_journal_end_row(journal);
    for (size_t i = 0; i < journal->length; i++) {
        if (journal->entries[i].owns_parent)
            fd_close(&journal->entries[i].parent_fd);
        free(journal->entries[i].name);
    }
    free(journal->entries);
    *journal = (struct path_journal){0};
}

static bool is_as_made(const struct journal_entry *entry)
{
    struct stat status;

    if (fstatat(entry->parent_fd, entry->name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
        status.st_ino != entry->made)
        return false;
    return !S_ISREG(status.st_mode) || (status.st_size == 0 && status.st_nlink == 1);
}

void path_journal_undo(struct path_journal *journal)
{
    for (size_t i = journal->length; i > 0; i--) {
        const struct journal_entry *entry = &journal->entries[i - 1];

        /* Another one, or one with content: it isn't ours any more. rmdir(2) looks for itself. */
        if (!is_as_made(entry))
            continue;
        (void)unlinkat(entry->parent_fd, entry->name, entry->directory ? AT_REMOVEDIR : 0);
    }
    path_journal_clear(journal);
}

static int look_at_parent(const struct path_journal *journal, int parent_fd, struct journal_entry *entry)
{
    const struct path_row *row = &journal->row;
    struct stat status;

    if (row->parent && row->parent_fd == parent_fd) {
        entry->device = row->device;
        entry->inode = row->inode;
        return 0;
    }
    if (fstat(parent_fd, &status) < 0)
        return -errno;
    entry->device = status.st_dev;
    entry->inode = status.st_ino;
    return 0;
}

/* The same directory on another mount will do: what is in it is removed there as well. */
static int keep_parent(const struct path_journal *journal, int parent_fd, struct journal_entry *entry)
{
    const struct journal_entry *last = journal->length ? &journal->entries[journal->length - 1] : NULL;
    int status = look_at_parent(journal, parent_fd, entry);

    if (status < 0)
        return status;
    if (last && last->device == entry->device && last->inode == entry->inode) {
        entry->parent_fd = last->parent_fd;
        return 0;
    }
    entry->parent_fd = fcntl(parent_fd, F_DUPFD_CLOEXEC, 3);
    entry->owns_parent = true;
    return entry->parent_fd < 0 ? -errno : 0;
}

int path_journal_note(struct path_journal *journal, int parent_fd, const char *name, bool directory,
                      ino_t inode)
{
    struct journal_entry entry = {.parent_fd = -1};
    int status = array_make_room((void **)&journal->entries, journal->length, sizeof(entry));

    if (status == 0)
        status = keep_parent(journal, parent_fd, &entry);
    if (status < 0)
        return status;
    entry.made = inode;
    entry.directory = directory;
    entry.name = strdup(name);
    if (!entry.name) {
        if (entry.owns_parent)
            fd_close(&entry.parent_fd);
        return -ENOMEM;
    }
    journal->entries[journal->length++] = entry;
    return 0;
}

int path_journal_add(struct path_journal *journal, int parent_fd, const char *name, bool directory)
{
    struct stat status;

    if (fstatat(parent_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    return path_journal_note(journal, parent_fd, name, directory, status.st_ino);
}
