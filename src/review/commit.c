/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A commit makes the machine's files what the layers have, in two walks: the first one makes and changes, the second one
 * removes and gives the directories their attributes. A name that goes away may be the only one by which a file is found
 * that has got another name, so nothing is removed before all is there.
 *
 * Each step makes one name what it shall be and looks at nothing but the two sides, and the layers stay until all is on
 * the disk. So a commit that was interrupted at any moment is finished by doing all of it again: what is done by then
 * differs no more.
 */
#include "base/fd.h"
#include "review/place.h"
#include "review/scan.h"
#include "review/state.h"
#include "review/tree.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct commit {
    struct links *links;
    bool repeated; /* an earlier one was interrupted */
};

static bool is_directory(const struct walk_entry *entry)
{
    return S_ISDIR(entry->upper.stx_mode);
}

/* Whether the file itself can be written to, where its directory can't be. */
static bool must_stay(const struct walk_entry *entry)
{
    return entry->kind == REVIEW_CHANGED && !(entry->what & REVIEW_TYPE) && S_ISREG(entry->upper.stx_mode) &&
           faccessat(entry->directory->machine, "", W_OK | X_OK, AT_EMPTY_PATH | AT_EACCESS) < 0;
}

static int make_plain(struct walk *walk, const struct walk_entry *entry, struct error *error)
{
    if (entry->kind == REVIEW_SAME)
        return 0;
    return must_stay(entry) ? place_content(walk, entry, entry->relative, error)
                            : place_copy(walk, entry, error);
}

/* The first name makes the machine's file right, the others become names of it. */
static int make_linked(struct walk *walk, const struct walk_entry *entry, struct link_file *file,
                       struct error *error)
{
    bool known = file->relative != NULL;
    int result = 0;

    if (!file->settled && known)
        result = place_content(walk, entry, file->relative, error);
    else if (!file->settled)
        result = make_plain(walk, entry, error);
    if (result < 0)
        return result;
    file->settled = true;
    if (known)
        return place_link(walk, entry, file->relative, error);
    file->relative = strdup(entry->relative);
    return file->relative ? 0 : error_memory(error);
}

static int make_entry(struct walk *walk, const struct walk_entry *entry, struct error *error)
{
    struct commit *commit = walk->argument;
    struct link_file *file;
    int result;

    if (!entry->in_layer)
        return 0;
    if (is_directory(entry)) {
        bool there = entry->exists && S_ISDIR(entry->machine.stx_mode);

        return there ? 0 : place_directory(walk, entry, error);
    }
    result = links_find(commit->links, walk, entry, &file, error);
    if (result < 0)
        return result;
    return file ? make_linked(walk, entry, file, error) : make_plain(walk, entry, error);
}

static int remove_entry(struct walk *walk, const struct walk_entry *entry, struct error *error)
{
    (void)walk;
    if (entry->in_layer || !entry->exists)
        return 0;
    place_open_directory(entry->directory);
    return tree_remove(entry->directory->machine, entry->name, error);
}

static int finish_directory(struct walk *walk, const struct walk_entry *entry, struct walk_directory *opened,
                            struct error *error)
{
    const struct commit *commit = walk->argument;
    int result = commit->repeated ? walk_remove_staging(walk, opened, error) : 0;

    return result == 0 ? place_directory_attributes(walk, entry, opened, error) : result;
}

static int walk_layers(const struct review *review, const struct walk_visitor *visitor, bool names_alone,
                       struct commit *commit, struct error *error)
{
    int result = 0;

    for (size_t i = 0; i < review->layers_length && result == 0; i++) {
        struct walk walk = {.review = review,
                            .layer = &review->layers[i],
                            .visitor = visitor,
                            .argument = commit,
                            .names_alone = names_alone,
                            .machine_root = -1};

        result = walk_layer(&walk, error);
    }
    return result;
}

static int sync_targets(const struct review *review, const struct review_changes *changes,
                        struct error *error)
{
    size_t done = SIZE_MAX;

    for (size_t i = 0; i < changes->length; i++) {
        CLEANUP_FD int fd = -1;

        if (changes->values[i].layer == done)
            continue;
        done = changes->values[i].layer;
        fd = open(review->layers[done].target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || syncfs(fd) < 0)
            return error_call(error, errno, "syncfs", "cannot put %s onto the disk",
                              review->layers[done].target);
    }
    return 0;
}

static int apply(struct review *review, struct links *links, const struct review_changes *changes,
                 struct error *error)
{
    static const struct walk_visitor make = {.enter = make_entry};
    static const struct walk_visitor finish = {.enter = remove_entry, .leave = finish_directory};
    struct commit commit = {links, review->status == REVIEW_COMMITTING};
    int result = review_keep(review, error);

    review->status = REVIEW_COMMITTING;
    if (result == 0)
        result = review_write_state(review, true, error);
    if (result == 0)
        result = walk_layers(review, &make, false, &commit, error);
    if (result == 0)
        result = walk_layers(review, &finish, true, &commit, error);
    if (result == 0)
        return sync_targets(review, changes, error);
    error_hint(error,
               "the commit is half done, and the review is still there: mend the cause, and commit it again");
    return result;
}

static int refuse(const struct review *review, const struct review_changes *changes, struct error *error)
{
    error_set(error, EBUSY, "%zu of the %zu changes of review %s can't be committed", changes->conflicts,
              changes->length, review->name);
    error_hint(error, "nothing was changed; --force overwrites what was changed on the machine");
    return -EBUSY;
}

static int commit_scanned(struct review *review, bool forced, struct links *links,
                          struct review_changes *changes, struct error *error)
{
    mode_t mask = umask(0);
    int result = 0;

    if (changes->conflicts > 0 && !forced)
        result = refuse(review, changes, error);
    else if (changes->length > 0 || review->status == REVIEW_COMMITTING)
        result = apply(review, links, changes, error);
    (void)umask(mask);
    return result == 0 ? review_discard(review, error) : result;
}

int review_commit(struct review *review, bool forced, struct review_changes *ret_changes, struct error *error)
{
    struct links links = {0};
    int result = forced ? 0 : review_check_boot(review, error);

    if (result == 0)
        result = scan_layers(review, &links, ret_changes, error);
    if (result == 0)
        result = commit_scanned(review, forced, &links, ret_changes, error);
    links_clear(&links);
    return result;
}
