/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/mount_print.h"
#include "cli/json_text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NONE ((size_t)-1)
#define DRAWN_DEPTH 32 /* a container may stack mounts a hundred thousand deep */

/* The table as a tree: places in it instead of numbers. A mount whose parent isn't in the table is a top. */
struct branch {
    size_t parent, first_child, last_child, next;
};

struct place {
    uint64_t id;
    size_t index;
};

static int compare_places(const void *one, const void *other)
{
    const struct place *left = one, *right = other;

    return (left->id > right->id) - (left->id < right->id);
}

static size_t find_place(const struct place *places, size_t length, uint64_t id)
{
    const struct place wanted = {.id = id};
    const struct place *found = bsearch(&wanted, places, length, sizeof(*places), compare_places);

    return found ? found->index : NONE;
}

/* branches[length] stands above all tops. */
static void add_branch(struct branch *branches, size_t top, size_t index, size_t parent)
{
    struct branch *above;

    branches[index] = (struct branch){parent == NONE || parent == index ? top : parent,
                                      branches[index].first_child, branches[index].last_child, NONE};
    above = &branches[branches[index].parent];
    if (above->first_child == NONE)
        above->first_child = index;
    else
        branches[above->last_child].next = index;
    above->last_child = index;
}

static struct branch *make_tree(const struct mount_table *table)
{
    CLEANUP_FREE struct place *places = calloc(table->length + 1, sizeof(*places));
    struct branch *branches = calloc(table->length + 1, sizeof(*branches));

    if (!places || !branches) {
        free(branches);
        return NULL;
    }
    for (size_t i = 0; i < table->length; i++)
        places[i] = (struct place){table->entries[i].id, i};
    qsort(places, table->length, sizeof(*places), compare_places);
    for (size_t i = 0; i <= table->length; i++)
        branches[i] = (struct branch){NONE, NONE, NONE, NONE};
    for (size_t i = 0; i < table->length; i++)
        add_branch(branches, table->length, i,
                   find_place(places, table->length, table->entries[i].parent_id));
    return branches;
}

/* The lines that lead down to a mount: "│ └─", its own last. */
static void print_lead(const struct branch *branches, size_t top, size_t index, FILE *out)
{
    bool continues[DRAWN_DEPTH];
    size_t depth = 0;

    for (size_t i = index; branches[i].parent != top && depth < DRAWN_DEPTH; i = branches[i].parent)
        continues[depth++] = branches[i].next != NONE;
    while (depth > 1)
        fputs(continues[--depth] ? "│ " : "  ", out);
    if (depth == 1)
        fputs(continues[0] ? "├─" : "└─", out);
}

static void print_entry(const struct mount_entry *entry, FILE *out)
{
    const char *fields[] = {entry->point, entry->type, *entry->source ? entry->source : "-", entry->options,
                            *entry->tags ? entry->tags : "private"};

    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        if (i > 0)
            putc(' ', out);
        print_plain(fields[i], out);
    }
    putc('\n', out);
}

/* The next one downwards, or else sideways, or else sideways of the nearest one above that has such. */
static size_t next_in_tree(const struct branch *branches, size_t top, size_t index)
{
    if (branches[index].first_child != NONE)
        return branches[index].first_child;
    while (index != top && branches[index].next == NONE)
        index = branches[index].parent;
    return index == top ? NONE : branches[index].next;
}

int mount_print_tree(const struct mount_table *table, FILE *out, struct error *error)
{
    CLEANUP_FREE struct branch *branches = make_tree(table);
    size_t top = table->length;

    if (!branches)
        return error_memory(error);
    for (size_t i = branches[top].first_child; i != NONE; i = next_in_tree(branches, top, i)) {
        print_lead(branches, top, i, out);
        print_entry(&table->entries[i], out);
    }
    return 0;
}

static json_t *split(const char *words, const char *separator)
{
    CLEANUP_FREE char *copy = strdup(words);
    json_t *array = copy ? json_array() : NULL;
    char *rest = copy;
    char *word;

    while (array && (word = strsep(&rest, separator)))
        if (*word && json_array_append_new(array, json_text(word)) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *describe(const struct mount_entry *entry)
{
    return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", (json_int_t)entry->id, "parent",
                     (json_int_t)entry->parent_id, "target", json_text(entry->point), "type",
                     json_text(entry->type), "source", json_text(entry->source), "root",
                     json_text(entry->root), "options", split(entry->options, ","), "superOptions",
                     split(entry->super_options, ","), "propagation", split(entry->tags, " "));
}

int mount_print_json(const struct mount_table *table, FILE *out, struct error *error)
{
    json_t *array = json_array();
    int status = array ? 0 : -1;

    for (size_t i = 0; i < table->length && status == 0; i++)
        status = json_array_append_new(array, describe(&table->entries[i]));
    if (status == 0)
        return json_print(array, 2, out, error);
    json_decref(array);
    return error_memory(error);
}
