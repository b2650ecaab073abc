/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/record.h"
#include "verify/attribute_words.h"
#include "verify/id_map.h"
#include "verify/place_index.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#define HEADER "holdfast mounts 1 "
#define SAME "same"
#define COPIED "copied"

/* ------------------------------------------------------------------ writing */

static const char *origin_of(const struct verification *verification, size_t entry, char *ret_letter)
{
    const struct owner *owner = &verification->comparison.owners[entry];

    *ret_letter = owner->kind == OWNER_PLAN ? '=' : owner->kind == OWNER_BELOW ? '+' : '!';
    return owner->mount == NO_PLACE ? "hooks" : verification->expectation.mounts[owner->mount].origin;
}

static void print_origin(FILE *out, const char *origin)
{
    for (; *origin; origin++)
        putc((unsigned char)*origin < ' ' ? '?' : *origin, out);
}

static void print_lines(FILE *out, const struct verification *verification)
{
    const char *line = verification->text;

    for (size_t i = 0; i < verification->table.length; i++) {
        size_t length = strcspn(line, "\n");
        char letter;
        const char *origin = origin_of(verification, i, &letter);

        putc(letter, out);
        print_origin(out, origin);
        putc('\t', out);
        fwrite(line, 1, length, out);
        putc('\n', out);
        line += length + 1;
    }
}

int record_write(const struct verification *verification, bool is_copied, char **ret_text,
                 struct error *error)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return error_memory(error);
    fprintf(out, HEADER "%s\n", is_copied ? COPIED : SAME);
    print_lines(out, verification);
    if (fclose(out) != 0) {
        free(text);
        return error_memory(error);
    }
    *ret_text = text;
    return 0;
}

/* ------------------------------------------------------------------ reading */

/* Without propagate_from, which depends on who looks. The copy of a shared mount only hears of it; and when the original
 * goes with its namespace, of the original's master. */
static const char *expect_tags(struct arena *arena, const char *tags, bool is_copied)
{
    const char *start = is_copied && strstr(tags, "master:") ? strstr(tags, "master:") : tags;
    const char *end = strstr(start, " propagate_from:");

    return arena_copy_range(arena, start, end ? (size_t)(end - start) : strlen(start));
}

/* Whether the original's group has other members, and lives on, the record doesn't know. */
static enum expected_propagation expect_propagation(const char *tags, bool is_copied)
{
    if (is_copied && strcmp(tags, "unbindable") == 0)
        return EXPECT_PRIVATE; /* as the copy of such a mount is */
    return is_copied && strstr(tags, "shared:") && !strstr(tags, "master:") ? EXPECT_SLAVE : EXPECT_TAGS;
}

/* A mount namespace that is kept by a file is not copied with the mounts. */
static bool is_left_out(const struct mount_entry *entry)
{
    return strcmp(entry->type, "nsfs") == 0 && strncmp(entry->root, "mnt:[", 5) == 0;
}

static int expect_entry(struct expectation *expectation, const struct mount_entry *entry, const char *origin,
                        bool is_copied)
{
    struct expected_mount *mount = &expectation->mounts[expectation->length++];

    *mount = (struct expected_mount){
        .origin = origin + 1,
        .place = entry->point,
        .id = is_copied ? 0 : entry->id,
        .parent_id = is_copied ? 0 : entry->parent_id,
        .known = SHOWN_ATTRIBUTES,
        .attributes = attribute_words_parse(entry->options),
        .propagation = expect_propagation(entry->tags, is_copied),
        .tags = expect_tags(&expectation->arena, entry->tags, is_copied),
        .type = entry->type,
        .root = entry->root,
        .source = entry->source,
        .has_device = true,
        .device = makedev(entry->major, entry->minor),
        .device_is_recorded = true,
        .may_be_missing = is_copied && is_left_out(entry),
        .came_along = *origin == '+',
        .from_hooks = *origin == '!',
    };
    return mount->tags ? 0 : -ENOMEM;
}

static int corrupt(struct error *error)
{
    return error_set(error, EBADMSG, "the record of the container's mounts is corrupt");
}

/* Splits the origins off: what is left is the text of a mount table. */
static int split_origins(char *text, struct arena *arena, struct strings *ret_origins, char **ret_table,
                         struct error *error)
{
    char *table = arena_allocate(arena, strlen(text) + 1, 1);
    char *end = table, *line;

    while (table && (line = strsep(&text, "\n"))) {
        char *tab = strchr(line, '\t');
        const char **origin;

        if (!*line)
            continue;
        if (!tab || !strchr("=+!", *line))
            return corrupt(error);
        origin = arena_append(arena, (void **)&ret_origins->values, &ret_origins->length, sizeof(*origin));
        if (!origin)
            return error_memory(error);
        *tab = '\0';
        *origin = line;
        end = stpcpy(stpcpy(end, tab + 1), "\n");
    }
    *ret_table = table;
    return table ? 0 : error_memory(error);
}

/* Without numbers, what is mounted at one place is told apart by its order, the lowest first. */
static int expect_lines(struct expectation *expectation, char *lines, bool is_copied, struct error *error)
{
    struct strings origins = {0};
    struct place_index index;
    struct mount_table table;
    char *text;
    int status = split_origins(lines, &expectation->arena, &origins, &text, error);

    if (status == 0)
        status = mountinfo_parse(text, &expectation->arena, &table, error);
    if (status < 0)
        return status == -EINVAL ? corrupt(error) : status;
    if (table.length != origins.length)
        return corrupt(error);
    expectation->mounts = arena_allocate(&expectation->arena, table.length + 1, sizeof(*expectation->mounts));
    if (!expectation->mounts)
        return error_memory(error);
    if (place_index_init(&index, &expectation->arena, &table) < 0)
        return error_memory(error);
    for (size_t i = 0; i < table.length; i++) {
        size_t next = is_copied ? index.sorted[i] : i;

        if (expect_entry(expectation, &table.entries[next], origins.values[next], is_copied) < 0)
            return error_memory(error);
    }
    return 0;
}

static int read_record(struct expectation *expectation, const char *text, struct error *error)
{
    char *rest = arena_copy(&expectation->arena, text);
    const char *header;

    if (!rest)
        return error_memory(error);
    header = strsep(&rest, "\n");
    if (!rest || (strcmp(header, HEADER SAME) != 0 && strcmp(header, HEADER COPIED) != 0))
        return corrupt(error);
    expectation->is_copied = strcmp(header, HEADER COPIED) == 0;
    return expect_lines(expectation, rest, expectation->is_copied, error);
}

int expectation_from_record(struct expectation *ret_expectation, const char *text, struct error *error)
{
    struct expectation expectation = {.is_exact = true};
    int status = read_record(&expectation, text, error);

    if (status < 0)
        expectation_clear(&expectation);
    else
        *ret_expectation = expectation;
    return status;
}
