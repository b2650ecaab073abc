/* SPDX-License-Identifier: Apache-2.0 */
#include "config/position.h"

#include "base/cleanup.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* From the opening quote to behind the closing one. */
static const char *skip_string(const char *at)
{
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : at;
}

/* From the first character of a value to behind the last one, without recursion. */
static const char *skip_value(const char *at)
{
    size_t depth = 0;

    do {
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        if (*at == '{' || *at == '[')
            depth++;
        else if ((*at == '}' || *at == ']') && --depth == 0)
            return at + 1;
        at++;
    } while (*at && (depth > 0 || !strchr(",]} \t\r\n", *at)));
    return at;
}

/* Does the key, from its opening quote on, spell the name? jansson decodes it where it has escapes. */
static bool key_is(const char *key, const char *name, size_t length)
{
    size_t size = (size_t)(skip_string(key) - key);
    json_t *decoded;
    bool same;

    if (!memchr(key, '\\', size))
        return size == length + 2 && memcmp(key + 1, name, length) == 0;
    decoded = json_loadb(key, size, JSON_DECODE_ANY, NULL);
    same = decoded && json_string_length(decoded) == length &&
           memcmp(json_string_value(decoded), name, length) == 0;
    json_decref(decoded);
    return same;
}

/* The key of that name in the object that begins at `at`; NULL if there is none. */
static const char *find_key(const char *at, const char *name, size_t length)
{
    if (*at != '{')
        return NULL;
    at = skip_space(at + 1);
    while (*at == '"') {
        const char *key = at;

        if (key_is(key, name, length))
            return key;
        at = skip_space(skip_string(key));
        at = skip_space(skip_value(skip_space(at + 1)));
        if (*at == ',')
            at = skip_space(at + 1);
    }
    return NULL;
}

/* The element of that index in the array that begins at `at`; NULL if there is none. */
static const char *find_element(const char *at, size_t index)
{
    if (*at != '[')
        return NULL;
    at = skip_space(at + 1);
    for (; *at && *at != ']' && index > 0; index--) {
        at = skip_space(skip_value(at));
        if (*at == ',')
            at = skip_space(at + 1);
    }
    return *at && *at != ']' ? at : NULL;
}

/* The key that the path goes on with, and *path moved behind it. Keys may hold dots and brackets themselves, such as
 * sysctl's: of what the path may mean, the shortest that is there. */
static const char *find_member(const char *at, const char **path)
{
    size_t length = strcspn(*path, ".[");
    const char *key = find_key(at, *path, length);

    while (!key && (*path)[length]) {
        length += 1 + strcspn(*path + length + 1, ".[");
        key = find_key(at, *path, length);
    }
    *path += length;
    return key;
}

/* One step of a path: where it is written, and where its value begins. */
struct step {
    const char *start, *value;
};

/* Takes the step that *path begins with, and moves *path behind it. false: the text does not have it. */
static bool take_step(struct step *step, const char **path)
{
    const char *start;

    if (**path == '[') {
        char *end;

        start = find_element(step->value, strtoul(*path + 1, &end, 10));
        *path = *end ? end + 1 : end;
        if (start)
            *step = (struct step){start, start};
    } else {
        *path += **path == '.';
        start = find_member(step->value, path);
        if (start)
            *step = (struct step){start, skip_space(skip_space(skip_string(start)) + 1)};
    }
    return start != NULL;
}

/* Goes as far as the text has the path. true: to its end. */
static bool follow_path(const char *text, const char *path, struct step *ret_step)
{
    struct step step = {skip_space(text), skip_space(text)};
    bool found = true;

    while (*path && found)
        found = take_step(&step, &path);
    *ret_step = step;
    return found;
}

static size_t count_lines(const char *from, const char *to)
{
    size_t lines = 0;

    for (; from < to; from++)
        lines += *from == '\n';
    return lines;
}

size_t position_line(const char *text, const char *path)
{
    struct step step;

    follow_path(text, path, &step);
    return 1 + count_lines(text, step.start);
}

const char *position_value(const char *text, const char *path)
{
    struct step step;

    return follow_path(text, path, &step) ? step.value : NULL;
}

size_t position_element_lines(const char *text, const char *path, size_t *ret_lines, size_t length)
{
    const char *at = position_value(text, path);
    const char *counted = text;
    size_t line = 1, found = 0;

    at = at ? find_element(at, 0) : NULL;
    for (; at && found < length; found++) {
        line += count_lines(counted, at);
        counted = at;
        ret_lines[found] = line;
        at = skip_space(skip_value(at));
        at = *at == ',' ? skip_space(at + 1) : NULL;
    }
    return found;
}
