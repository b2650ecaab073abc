/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/review.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define PERMISSIONS 07777u

static const char *const kind_words[] = {[REVIEW_SAME] = "same",
                                         [REVIEW_ADDED] = "added",
                                         [REVIEW_CHANGED] = "changed",
                                         [REVIEW_REMOVED] = "removed"};

static const char *type_word(uint32_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "file";
    case S_IFDIR:
        return "directory";
    case S_IFLNK:
        return "link";
    case S_IFIFO:
        return "fifo";
    case S_IFSOCK:
        return "socket";
    case S_IFBLK:
        return "block device";
    default:
        return "character device";
    }
}

static void print_text(FILE *out, const char *before, const char *text)
{
    fputs(before, out);
    (void)text_print(out, text);
}

static void print_added(FILE *out, const struct review_file *file)
{
    fprintf(out, "  %s", type_word(file->mode));
    if (file->target)
        print_text(out, " to ", file->target);
    else
        fprintf(out, " %04o", file->mode & PERMISSIONS);
    if (S_ISREG(file->mode))
        fprintf(out, ", %" PRIu64 " bytes", file->size);
    if (S_ISCHR(file->mode) || S_ISBLK(file->mode))
        fprintf(out, ", %u:%u", major(file->device), minor(file->device));
}

/* What of it, and where it says something: from what to what. */
static void print_detail(FILE *out, unsigned bit, const struct review_change *change)
{
    const struct review_file *before = &change->before, *after = &change->after;

    if (bit == REVIEW_TYPE)
        fprintf(out, " %s -> %s", type_word(before->mode), type_word(after->mode));
    else if (bit == REVIEW_MODE)
        fprintf(out, " %04o -> %04o", before->mode & PERMISSIONS, after->mode & PERMISSIONS);
    else if (bit == REVIEW_OWNER)
        fprintf(out, " %u:%u -> %u:%u", before->uid, before->gid, after->uid, after->gid);
    else if (bit == REVIEW_TARGET && before->target && after->target) {
        print_text(out, " ", before->target);
        print_text(out, " -> ", after->target);
    }
}

static void print_changed(FILE *out, const struct review_change *change)
{
    const char *separator = "  ";

    for (size_t i = 0; review_words[i]; i++) {
        if (!(change->what & (1u << i)))
            continue;
        fprintf(out, "%s%s", separator, review_words[i]);
        print_detail(out, 1u << i, change);
        separator = ", ";
    }
}

void review_print_changes(FILE *out, const struct review_changes *changes)
{
    for (size_t i = 0; i < changes->length; i++) {
        const struct review_change *change = &changes->values[i];

        fprintf(out, "%-8s ", kind_words[change->kind]);
        (void)text_print(out, change->path);
        if (change->kind == REVIEW_ADDED)
            print_added(out, &change->after);
        else if (change->kind == REVIEW_CHANGED)
            print_changed(out, change);
        else
            fprintf(out, "  %s", type_word(change->before.mode));
        if (change->link)
            print_text(out, ", the same file as ", change->link);
        fputc('\n', out);
    }
    for (size_t i = 0; i < changes->length; i++) {
        if (!changes->values[i].conflict)
            continue;
        print_text(out, "conflict ", changes->values[i].path);
        print_text(out, "  ", changes->values[i].conflict);
        fputc('\n', out);
    }
}

/* JSON can't hold what is not UTF-8: such a text is shown escaped, and its bytes stand beside it in hexadecimal. */
static int set_text(json_t *json, const char *key, const char *text)
{
    CLEANUP_FREE char *escaped = NULL;
    CLEANUP_FREE char *hex = NULL;
    char bytes_key[64];
    json_t *value = json_string(text);

    if (value)
        return json_object_set_new(json, key, value);
    escaped = text_escape(text);
    hex = malloc(strlen(text) * 2 + 1);
    if (!escaped || !hex)
        return -1;
    for (size_t i = 0; text[i]; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)text[i]);
    snprintf(bytes_key, sizeof(bytes_key), "%sBytes", key);
    if (json_object_set_new(json, key, json_string(escaped)) < 0)
        return -1;
    return json_object_set_new(json, bytes_key, json_string(hex));
}

static json_t *file_to_json(const struct review_file *file)
{
    char mode[8];
    json_t *json;

    if (!file->exists)
        return json_null();
    snprintf(mode, sizeof(mode), "%04o", file->mode & PERMISSIONS);
    json = json_pack("{s:s, s:s, s:I, s:I}", "type", type_word(file->mode), "mode", mode, "uid",
                     (json_int_t)file->uid, "gid", (json_int_t)file->gid);
    if (S_ISREG(file->mode))
        json_object_set_new(json, "size", json_integer((json_int_t)file->size));
    if (file->target)
        set_text(json, "target", file->target);
    if (S_ISCHR(file->mode) || S_ISBLK(file->mode))
        json_object_set_new(json, "device", json_sprintf("%u:%u", major(file->device), minor(file->device)));
    return json;
}

static json_t *words_to_json(unsigned what)
{
    json_t *list = json_array();

    for (size_t i = 0; review_words[i]; i++)
        if (what & (1u << i))
            json_array_append_new(list, json_string(review_words[i]));
    return list;
}

static json_t *change_to_json(const struct review_change *change)
{
    json_t *json = json_pack("{s:s, s:o, s:o, s:o}", "change", kind_words[change->kind], "what",
                             words_to_json(change->what), "before", file_to_json(&change->before), "after",
                             file_to_json(&change->after));

    if (!json || set_text(json, "path", change->path) < 0 ||
        (change->link && set_text(json, "sameFileAs", change->link) < 0) ||
        (change->conflict && set_text(json, "conflict", change->conflict) < 0)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

const char *review_status_word(const struct review *review)
{
    if (review->status == REVIEW_COMMITTING)
        return review_is_busy(review) ? "committing" : "half committed";
    if (review->status == REVIEW_ENDED)
        return "kept";
    return review->lock >= 0 || review_is_busy(review) ? "running" : "interrupted";
}

void review_format_time(const struct review *review, char *ret_text, size_t size)
{
    struct tm parts;

    *ret_text = '\0';
    if (gmtime_r(&review->started.tv_sec, &parts))
        (void)!strftime(ret_text, size, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

json_t *review_to_json(const struct review *review)
{
    char started[32];
    json_t *json;

    review_format_time(review, started, sizeof(started));
    json = json_pack("{s:s, s:s, s:s, s:o}", "name", review->name, "status", review_status_word(review),
                     "started", started, "exitStatus",
                     review->exit_status < 0 ? json_null() : json_integer(review->exit_status));
    if (!json || set_text(json, "command", review->command) < 0 || set_text(json, "path", review->path) < 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

json_t *review_changes_to_json(const struct review *review, const struct review_changes *changes)
{
    json_t *list = json_array();
    json_t *json =
        json_pack("{s:i, s:o, s:o}", "version", 1, "review", review_to_json(review), "changes", list);

    for (size_t i = 0; i < changes->length && json; i++)
        if (json_array_append_new(list, change_to_json(&changes->values[i])) < 0) {
            json_decref(json);
            return NULL;
        }
    return json;
}
