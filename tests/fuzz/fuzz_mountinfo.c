/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/PID/mountinfo, and what is printed of it. */
#include "fuzz.h"

#include "cli/mount_print.h"
#include "kernel/mountinfo.h"

/* As the kernel's mangle_path() writes it. */
static void put_escaped(FILE *out, const char *text)
{
    for (; *text; text++)
        if (strchr(" \t\n\\", *text))
            fprintf(out, "\\%03o", (unsigned char)*text);
        else
            putc(*text, out);
    putc(' ', out);
}

static char *print_again(const struct mount_table *table)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    REQUIRE(out);
    for (size_t i = 0; i < table->length; i++) {
        const struct mount_entry *entry = &table->entries[i];

        fprintf(out, "%ju %ju %u:%u ", (uintmax_t)entry->id, (uintmax_t)entry->parent_id, entry->major,
                entry->minor);
        put_escaped(out, entry->root);
        put_escaped(out, entry->point);
        fprintf(out, "%s %s%s- ", entry->options, entry->tags, *entry->tags ? " " : "");
        put_escaped(out, entry->type);
        put_escaped(out, entry->source);
        fprintf(out, "%s\n", entry->super_options);
    }
    REQUIRE(fclose(out) == 0);
    return text;
}

static void check_same(const struct mount_entry *one, const struct mount_entry *other)
{
    REQUIRE(one->id == other->id && one->parent_id == other->parent_id);
    REQUIRE(one->major == other->major && one->minor == other->minor);
    REQUIRE(strcmp(one->root, other->root) == 0 && strcmp(one->point, other->point) == 0);
    REQUIRE(strcmp(one->options, other->options) == 0 && strcmp(one->tags, other->tags) == 0);
    REQUIRE(strcmp(one->type, other->type) == 0 && strcmp(one->source, other->source) == 0);
    REQUIRE(strcmp(one->super_options, other->super_options) == 0);
}

static void check_prints(const struct mount_table *table)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    REQUIRE(out && mount_print_tree(table, out, &error) == 0);
    if (mount_print_json(table, out, &error) < 0)
        fuzz_check_error(-error.code, &error);
    REQUIRE(fclose(out) == 0);
    for (size_t i = 0; i < size; i++)
        REQUIRE((unsigned char)text[i] >= ' ' || text[i] == '\n');
}

/* What was understood is the same when it is written and read again. */
static void check_table(const struct mount_table *table)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *text = print_again(table);
    struct mount_table again;

    REQUIRE(mountinfo_parse(text, &arena, &again, &error) == 0);
    REQUIRE(again.length == table->length);
    for (size_t i = 0; i < again.length; i++)
        check_same(&table->entries[i], &again.entries[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_FREE char *text = fuzz_text(data, size);
    CLEANUP_ERROR struct error error = {0};
    struct mount_table table = {0};
    int status = mountinfo_parse_copy(text, &arena, &table, &error);

    if (status < 0) {
        fuzz_check_error(status, &error);
        return 0;
    }
    check_table(&table);
    check_prints(&table);
    return 0;
}
