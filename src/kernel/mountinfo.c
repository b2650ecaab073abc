/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/mountinfo.h"
#include "base/fd.h"

#include <string.h>

#define SIZE_LIMIT ((size_t)256 << 20) /* a hundred thousand mounts with long names */

/* \000 is none that the kernel writes: no name has it. */
static bool is_octal(const char *text)
{
    return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' && text[2] >= '0' &&
           text[2] <= '7' && strncmp(text, "000", 3) != 0;
}

/* Blanks, newlines and backslashes come as \040, \012 and so on. */
static char *unescape(char *text)
{
    char *write = text;

    for (const char *read = text; *read; read++) {
        if (*read == '\\' && is_octal(read + 1)) {
            *write++ = (char)((read[1] - '0') * 64 + (read[2] - '0') * 8 + (read[3] - '0'));
            read += 3;
        } else {
            *write++ = *read;
        }
    }
    *write = '\0';
    return text;
}

/* The next word, which ends at a blank; NULL at the end of the line. */
static char *next_word(char **line)
{
    char *word = strsep(line, " ");

    return word && *word ? word : NULL;
}

/* The optional fields end with a lone "-". */
static bool parse_tags(char **line, struct mount_entry *entry)
{
    char *start = *line;
    char *end;

    if (!start)
        return false;
    end = strncmp(start, "- ", 2) == 0 ? start : strstr(start, " - ");
    if (!end)
        return false;
    *line = end + (end == start ? 2 : 3);
    *end = '\0';
    entry->tags = start;
    return true;
}

static bool parse_device(char *text, struct mount_entry *entry)
{
    char *minor, *end;

    entry->major = (unsigned)strtoul(text, &minor, 10);
    if (minor == text || *minor != ':')
        return false;
    entry->minor = (unsigned)strtoul(minor + 1, &end, 10);
    return end != minor + 1 && !*end;
}

static bool parse_line(char *line, struct mount_entry *entry)
{
    char *id = next_word(&line), *parent = next_word(&line), *device = next_word(&line);
    char *root = next_word(&line), *point = next_word(&line), *options = next_word(&line);
    char *type, *source;

    if (!id || !parent || !device || !root || !point || !options || !parse_tags(&line, entry))
        return false;
    type = next_word(&line);
    source = strsep(&line, " "); /* may be empty */
    if (!type || !source || !line || *point != '/' || !parse_device(device, entry))
        return false;
    entry->id = strtoull(id, NULL, 10);
    entry->parent_id = strtoull(parent, NULL, 10);
    entry->root = unescape(root);
    entry->point = unescape(point);
    entry->options = options;
    entry->type = unescape(type);
    entry->source = unescape(source);
    entry->super_options = line;
    return true;
}

static size_t count_lines(const char *text)
{
    size_t lines = 1;

    while ((text = strchr(text, '\n'))) {
        lines++;
        text++;
    }
    return lines;
}

int mountinfo_parse(char *text, struct arena *arena, struct mount_table *ret_table, struct error *error)
{
    struct mount_table table = {arena_allocate(arena, count_lines(text), sizeof(*table.entries)), 0};
    char *line;

    if (!table.entries)
        return error_memory(error);
    while ((line = strsep(&text, "\n"))) {
        if (!*line)
            continue;
        if (!parse_line(line, &table.entries[table.length++]))
            return error_set(error, EINVAL, "line %zu of the mount table is malformed", table.length);
    }
    *ret_table = table;
    return 0;
}

int mountinfo_read_text(int fd, char **ret_text, struct error *error)
{
    int status = fd_read_all(fd, SIZE_LIMIT, ret_text, NULL);

    return status < 0 ? error_call(error, status, "read", "cannot read the mount table") : 0;
}

int mountinfo_parse_copy(const char *text, struct arena *arena, struct mount_table *ret_table,
                         struct error *error)
{
    char *copy = arena_copy(arena, text);

    return copy ? mountinfo_parse(copy, arena, ret_table, error) : error_memory(error);
}

int mountinfo_read(int fd, struct arena *arena, struct mount_table *ret_table, struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    int status = mountinfo_read_text(fd, &text, error);

    return status == 0 ? mountinfo_parse_copy(text, arena, ret_table, error) : status;
}
