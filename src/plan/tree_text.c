/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of a tree say. */
#include "plan/tree_text.h"

#include "base/text.h"

#include <string.h>

static void write_words(FILE *out, const char *lead, const struct strings *words, const char *separator)
{
    for (size_t i = 0; i < words->length; i++) {
        fputs(i ? separator : lead, out);
        text_print(out, words->values[i]);
    }
}

static void write_field(FILE *out, const char *lead, const struct plan_description *description,
                        enum plan_field field)
{
    write_words(out, lead, &description->values[field], ",");
}

static void write_bind(FILE *out, const struct plan_description *description)
{
    bool device = plan_description_has(description, FIELD_ONLY_DEVICE);
    bool inside = plan_description_has(description, FIELD_FROM_ROOT);

    write_field(out, "device ", description, FIELD_ONLY_DEVICE);
    write_field(out,
                inside   ? "from the root: "
                : device ? " of the host: "
                         : "from the host: ",
                description, FIELD_SOURCE);
    if (plan_description_has(description, FIELD_RECURSIVE))
        fputs(" and below", out);
    write_words(out, ", ", &description->values[FIELD_IDMAP], " ");
}

static void write_filesystem(FILE *out, const struct plan_description *description)
{
    bool host = plan_description_has(description, FIELD_HOST_SOURCE);

    if (host)
        write_field(out, "from the host: ", description, FIELD_SOURCE);
    write_field(out, host ? ", " : "", description, FIELD_TYPE);
    write_field(out, " ", description, FIELD_PARAMETERS);
    if (plan_description_has(description, FIELD_COPIES_UP))
        fputs(", a copy of what it covers", out);
}

static void write_overlay(FILE *out, const struct plan_description *description)
{
    write_field(out, "the host's ", description, FIELD_SOURCE);
    write_field(out, ", changes in ", description, FIELD_LAYERS);
    if (plan_description_has(description, FIELD_IN_MEMORY))
        fputs(", changes in memory", out);
}

static void write_cover(FILE *out, const struct plan_description *description)
{
    fputs("its own entries", out);
    write_words(out, ", without ", &description->values[FIELD_HIDDEN], ", ");
}

static void write_deny(FILE *out, const struct plan_description *description)
{
    fputs("denied", out);
    if (strcmp(plan_description_text(description, FIELD_FACE), "eacces") == 0)
        fputs(", can't be opened", out);
}

static void write_file(FILE *out, const struct plan_description *description)
{
    write_field(out, "a file of ", description, FIELD_LENGTH);
    fputs(" bytes in memory", out);
}

static void write_directory(FILE *out, const struct plan_description *description)
{
    write_field(out, "directory ", description, FIELD_MODE);
}

static void write_device(FILE *out, const struct plan_description *description)
{
    write_field(out, "device ", description, FIELD_DEVICE);
    write_field(out, ", mode ", description, FIELD_MODE);
}

static void write_symlink(FILE *out, const struct plan_description *description)
{
    write_field(out, "link to ", description, FIELD_TO);
}

static void write_console(FILE *out, const struct plan_description *description)
{
    write_field(out, "the terminal, owner ", description, FIELD_OWNER);
}

static void write_remount(FILE *out, const struct plan_description *description)
{
    fputs("what is mounted here is changed: ", out);
    write_field(out, "", description, FIELD_ATTRIBUTES);
    write_field(out, " ", description, FIELD_PROPAGATION);
    write_field(out, " ", description, FIELD_PARAMETERS);
}

static void write_mask(FILE *out, const struct plan_description *description)
{
    (void)description;
    fputs("masked", out);
}

static void write_hooks(FILE *out, const struct plan_description *description)
{
    write_words(out, "hooks may mount more: ", &description->values[FIELD_HOOKS], ", ");
}

static void write_readonly(FILE *out, const struct plan_description *description)
{
    (void)description;
    fputs("read-only", out);
}

static void write_nothing(FILE *out, const struct plan_description *description)
{
    (void)out;
    (void)description;
}

static void (*const kinds[OPERATION_KINDS])(FILE *out, const struct plan_description *description) = {
    [OPERATION_BIND] = write_bind,           [OPERATION_FILESYSTEM] = write_filesystem,
    [OPERATION_OVERLAY] = write_overlay,     [OPERATION_DIRECTORY] = write_directory,
    [OPERATION_DEVICE] = write_device,       [OPERATION_SYMLINK] = write_symlink,
    [OPERATION_CONSOLE] = write_console,     [OPERATION_ATTRIBUTES] = write_nothing,
    [OPERATION_REMOUNT] = write_remount,     [OPERATION_HOOKS] = write_hooks,
    [OPERATION_MASK] = write_mask,           [OPERATION_READONLY] = write_readonly,
    [OPERATION_SWITCH_ROOT] = write_nothing, [OPERATION_COVER] = write_cover,
    [OPERATION_LAYERS] = write_nothing,      [OPERATION_DENY] = write_deny,
    [OPERATION_FILE] = write_file,
};

static const char *written(struct arena *arena, void (*write)(FILE *out, const struct plan_description *),
                           const struct plan_description *description)
{
    CLEANUP_FREE char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    write(out, description);
    return fclose(out) == 0 ? arena_copy(arena, text) : NULL;
}

const char *tree_text(struct arena *arena, enum operation_kind kind,
                      const struct plan_description *description)
{
    return written(arena, kinds[kind], description);
}

/* Said by the access, or so everywhere. */
static bool is_left_out(const char *word)
{
    static const char *const words[] = {"ro", "rro", "rw", "rrw", "private", "rprivate"};

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static void write_flags(FILE *out, const struct plan_description *description)
{
    static const enum plan_field fields[] = {FIELD_ATTRIBUTES, FIELD_PROPAGATION};
    const char *separator = "";

    for (size_t field = 0; field < ARRAY_LENGTH(fields); field++) {
        const struct strings *words = &description->values[fields[field]];

        for (size_t i = 0; i < words->length; i++) {
            bool repeated = i > 0 && strcmp(words->values[i], words->values[i - 1]) == 0;

            if (repeated || is_left_out(words->values[i]))
                continue;
            fprintf(out, "%s%s", separator, words->values[i]);
            separator = " ";
        }
    }
}

const char *tree_flags(struct arena *arena, const struct plan_description *description)
{
    return written(arena, write_flags, description);
}
