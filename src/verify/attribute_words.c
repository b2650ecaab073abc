/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/attribute_words.h"
#include "kernel/mount_api.h"

#include <string.h>

static const struct {
    uint64_t attribute;
    const char *word, *opposite;
} words[] = {
    {ATTRIBUTE_RDONLY, "ro", "rw"},
    {ATTRIBUTE_NOSUID, "nosuid", "suid"},
    {ATTRIBUTE_NODEV, "nodev", "dev"},
    {ATTRIBUTE_NOEXEC, "noexec", "exec"},
    {ATTRIBUTE_NODIRATIME, "nodiratime", "diratime"},
    {ATTRIBUTE_NOSYMFOLLOW, "nosymfollow", "symfollow"},
    {ATTRIBUTE_IDMAP, "idmapped", "not idmapped"},
};

static const struct {
    uint64_t value;
    const char *word;
} access_times[] = {
    {ATTRIBUTE_RELATIME, "relatime"},
    {ATTRIBUTE_NOATIME, "noatime"},
    {ATTRIBUTE_STRICTATIME, "strictatime"},
};

static bool is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

/* "strictatime" has no word in the table: the other two are missing then (fs/proc_namespace.c). */
static uint64_t apply_word(uint64_t attributes, const char *text, size_t length)
{
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (is_word(text, length, words[i].word))
            return attributes | words[i].attribute;
    for (size_t i = 0; i < ARRAY_LENGTH(access_times); i++)
        if (is_word(text, length, access_times[i].word))
            return (attributes & ~(uint64_t)ATTRIBUTE_ATIME_FIELD) | access_times[i].value;
    return attributes;
}

uint64_t attribute_words_parse(const char *text)
{
    uint64_t attributes = ATTRIBUTE_STRICTATIME;

    while (*text) {
        size_t length = strcspn(text, ",");

        attributes = apply_word(attributes, text, length);
        text += length + (text[length] == ',');
    }
    return attributes;
}

const char *attribute_words_text(struct arena *arena, uint64_t attributes, uint64_t mask)
{
    const char *text = "";

    for (size_t i = 0; i < ARRAY_LENGTH(words) && text; i++)
        if (mask & words[i].attribute)
            text = arena_printf(arena, "%s%s%s", text, *text ? "," : "",
                                attributes & words[i].attribute ? words[i].word : words[i].opposite);
    for (size_t i = 0; i < ARRAY_LENGTH(access_times) && text; i++)
        if ((mask & ATTRIBUTE_ATIME_FIELD) && (attributes & ATTRIBUTE_ATIME_FIELD) == access_times[i].value)
            text = arena_printf(arena, "%s%s%s", text, *text ? "," : "", access_times[i].word);
    return text;
}

uint64_t attribute_words_touched(uint64_t set, uint64_t clear)
{
    uint64_t touched = set | clear;

    return touched & ATTRIBUTE_ATIME_FIELD ? touched | ATTRIBUTE_ATIME_FIELD : touched;
}
