/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void error_clear(struct error *error)
{
    int saved = errno;

    free(error->place);
    free(error->text);
    free(error->call);
    free(error->kernel);
    free(error->hint);
    *error = (struct error){0};
    errno = saved;
}

static PRINTF(1, 0) char *format_text(const char *format, va_list arguments)
{
    char *text = NULL;

    /* A message that can't be built is left out; the code still tells what happened. */
    return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

int error_set(struct error *error, int code, const char *format, ...)
{
    va_list arguments;

    error_clear(error);
    error->code = code;
    va_start(arguments, format);
    error->text = format_text(format, arguments);
    va_end(arguments);
    return -code;
}

int error_call(struct error *error, int code, const char *call, const char *format, ...)
{
    va_list arguments;

    error_clear(error);
    error->code = code < 0 ? -code : code;
    error->call = strdup(call);
    va_start(arguments, format);
    error->text = format_text(format, arguments);
    va_end(arguments);
    return -error->code;
}

int error_memory(struct error *error)
{
    return error_set(error, ENOMEM, "out of memory");
}

void error_place(struct error *error, const char *format, ...)
{
    CLEANUP_FREE char *outer = NULL;
    char *both = NULL;
    va_list arguments;

    va_start(arguments, format);
    outer = format_text(format, arguments);
    va_end(arguments);
    if (!outer)
        return;
    if (!error->place) {
        error->place = pointer_take(&outer);
        return;
    }
    if (asprintf(&both, "%s: %s", outer, error->place) < 0)
        return;
    free(error->place);
    error->place = both;
}

void error_hint(struct error *error, const char *format, ...)
{
    va_list arguments;

    if (error->hint)
        return;
    va_start(arguments, format);
    error->hint = format_text(format, arguments);
    va_end(arguments);
}

void error_kernel(struct error *error, const char *log)
{
    free(error->kernel);
    error->kernel = strdup(log);
}

const char *error_name(int code)
{
    static _Thread_local char number[32];
    const char *name = strerrorname_np(code);

    if (name)
        return name;
    snprintf(number, sizeof(number), "errno %d", code);
    return number;
}

/* Control characters of a path or a kernel message must not break the one line, nor reach a terminal. */
static void make_printable(char *line)
{
    for (; *line; line++)
        if ((unsigned char)*line < ' ' || *line == 0x7f)
            *line = '?';
}

char *error_format(const struct error *error)
{
    char *line = NULL;
    size_t size;
    FILE *out = open_memstream(&line, &size);

    if (!out)
        return NULL;
    if (error->place)
        fprintf(out, "%s: ", error->place);
    fputs(error->text ? error->text : "failed", out);
    if (error->call)
        fprintf(out, ": %s: %s (%s)", error->call, error_name(error->code), strerror(error->code));
    if (error->kernel)
        fprintf(out, "; the kernel says: %s", error->kernel);
    if (error->hint)
        fprintf(out, "; %s", error->hint);
    if (fclose(out) != 0) {
        free(line);
        return NULL;
    }
    make_printable(line);
    return line;
}

/* The texts travel one after the other, each ended by NUL, an absent one as a lone \1. */
#define PACKED_ABSENT "\1"

int error_pack(const struct error *error, char **ret_bytes, size_t *ret_length)
{
    const char *texts[] = {error->place, error->text, error->call, error->kernel, error->hint};
    FILE *out = open_memstream(ret_bytes, ret_length);

    if (!out)
        return -ENOMEM;
    fwrite(&error->code, sizeof(error->code), 1, out);
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        const char *text = texts[i] ? texts[i] : PACKED_ABSENT;

        fwrite(text, strlen(text) + 1, 1, out);
    }
    if (fclose(out) == 0)
        return 0;
    free(*ret_bytes);
    *ret_bytes = NULL;
    return -ENOMEM;
}

void error_unpack(struct error *error, const char *bytes, size_t length)
{
    char **texts[] = {&error->place, &error->text, &error->call, &error->kernel, &error->hint};
    const char *end = bytes + length;
    int code;

    error_clear(error);
    error->code = EPROTO;
    if (length < sizeof(code))
        return;
    memcpy(&code, bytes, sizeof(code));
    if (code > 0) /* who sent it may be anything: an error must not read as success */
        error->code = code;
    bytes += sizeof(code);
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        size_t size = strnlen(bytes, (size_t)(end - bytes));

        if (bytes + size == end)
            return;
        if (strcmp(bytes, PACKED_ABSENT) != 0)
            *texts[i] = strdup(bytes);
        bytes += size + 1;
    }
}
