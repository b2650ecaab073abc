/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain_print.h"
#include "cli/color.h"
#include "cli/json_text.h"

#include <jansson.h>
#include <string.h>

static const char *const right_names[RIGHT_COUNT] = {
    [RIGHT_READ] = "read", [RIGHT_WRITE] = "write", [RIGHT_EXECUTE] = "execute"};

static void print_heading(const char *heading, FILE *out)
{
    fprintf(out, "    %s%-8s%s", color_begin(out, COLOR_FAINT), heading, color_end(out));
}

/* Searching a directory and executing a file are one permission. */
static const char *name_right(const struct explanation *explanation, size_t right)
{
    return right == RIGHT_EXECUTE && S_ISDIR(explanation->owner.mode) ? "search" : right_names[right];
}

static const char *article(const char *type)
{
    return strchr("aeiou", *type) ? "an" : "a";
}

/* "/a leads to /b, which is the host's /c, a file" */
static void print_what(const struct explanation *explanation, FILE *out)
{
    fputs(color_begin(out, COLOR_BOLD), out);
    print_plain(explanation->path, out);
    fputs(color_end(out), out);
    if (strcmp(explanation->path, explanation->place) != 0) {
        fputs(" leads to ", out);
        print_plain(explanation->place, out);
        fputs(", which", out);
    }
    if (!explanation->known) {
        fputs(" is ", out);
        print_plain(explanation->shows, out);
        fputs(": what is there can't be told from here", out);
    } else if (!explanation->exists) {
        fprintf(out, " doesn't exist%s", *explanation->shows ? "; it would be " : "");
        print_plain(explanation->shows, out);
    } else {
        fputs(" is ", out);
        print_plain(explanation->shows, out);
        if (explanation->type)
            fprintf(out, ", %s %s", article(explanation->type), explanation->type);
    }
}

static int print_place(const struct plan *plan, const struct explanation *explanation, FILE *out,
                       struct error *error)
{
    CLEANUP_ERROR struct error place = {0};

    if (explanation->operation == NO_OPERATION) {
        fputs(*explanation->origin ? ", by " : "", out);
        print_plain(explanation->origin, out);
        putc('\n', out);
        return 0;
    }
    error_set(&place, 0, "-");
    plan_error_place(plan, explanation->operation, &place);
    if (!place.place)
        return error_memory(error);
    fputs(", by ", out);
    print_plain(place.place, out);
    putc('\n', out);
    return 0;
}

static void print_hidden(const struct explanation *explanation, FILE *out)
{
    for (size_t i = 0; i < explanation->hides.length; i++) {
        print_heading("hides", out);
        print_plain(explanation->hides.values[i], out);
        putc('\n', out);
    }
}

static void print_flags(const struct explanation *explanation, FILE *out)
{
    const char *separator = "";

    if (!*explanation->shows)
        return;
    print_heading("flags", out);
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct explained_flag *flag = &explanation->flags[i];

        if (!flag->set && (i != FLAG_RO && !flag->reason))
            continue;
        fprintf(out, "%s%s", separator, flag->set ? flag_descriptions[i].name : i == FLAG_RO ? "rw" : "no ");
        if (!flag->set && i != FLAG_RO)
            fputs(flag_descriptions[i].name, out);
        if (flag->reason) {
            fputs(" (", out);
            print_plain(flag->reason, out);
            putc(')', out);
        }
        separator = ", ";
    }
    putc('\n', out);
}

static void print_id(uint32_t id, bool mapped, FILE *out)
{
    if (mapped)
        fprintf(out, "%u", id);
    else
        fputs("nobody", out);
}

static void print_owner(const struct explanation *explanation, FILE *out)
{
    const struct file_owner *owner = &explanation->owner;

    if (!explanation->has_owner)
        return;
    print_heading("owner", out);
    if (explanation->ids_known) {
        print_id(owner->uid, owner->uid_mapped, out);
        putc(':', out);
        print_id(owner->gid, owner->gid_mapped, out);
        fprintf(out, " (host %u:%u)", owner->host_uid, owner->host_gid);
    } else {
        fprintf(out, "%u:%u on the host", owner->host_uid, owner->host_gid);
    }
    fprintf(out, ", mode %04o\n", owner->mode & 07777);
}

static void print_rights(const struct explanation *explanation, FILE *out)
{
    if (!explanation->rights[RIGHT_READ].known)
        return;
    print_heading("user", out);
    fprintf(out, "%u:%u", explanation->uid, explanation->gid);
    for (size_t i = 0; i < RIGHT_COUNT; i++) {
        const struct explained_right *right = &explanation->rights[i];
        enum color color = right->allowed ? COLOR_GREEN : COLOR_RED;

        fprintf(out, "%s %s%s %s%s: ", i ? ";" : "", color_begin(out, color),
                right->allowed ? "can" : "can't", name_right(explanation, i), color_end(out));
        print_plain(right->reason, out);
    }
    putc('\n', out);
}

int explain_print(const struct plan *plan, const struct explanation *explanation, FILE *out,
                  struct error *error)
{
    int status;

    print_what(explanation, out);
    status = print_place(plan, explanation, out, error);
    print_hidden(explanation, out);
    print_flags(explanation, out);
    print_owner(explanation, out);
    print_rights(explanation, out);
    return status;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_text(text) : json_null();
}

static json_t *flags_json(const struct explanation *explanation)
{
    json_t *object = json_object();

    for (size_t i = 0; object && i < FLAG_COUNT; i++)
        if (json_object_set_new(object, flag_descriptions[i].name,
                                json_pack("{s:b, s:o}", "set", explanation->flags[i].set, "reason",
                                          text_or_null(explanation->flags[i].reason))) < 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

static json_t *owner_json(const struct explanation *explanation)
{
    const struct file_owner *owner = &explanation->owner;
    bool uid = explanation->ids_known && owner->uid_mapped, gid = explanation->ids_known && owner->gid_mapped;

    if (!explanation->has_owner)
        return json_null();
    return json_pack("{s:o, s:o, s:I, s:I, s:o}", "uid", uid ? json_integer(owner->uid) : json_null(), "gid",
                     gid ? json_integer(owner->gid) : json_null(), "hostUid", (json_int_t)owner->host_uid,
                     "hostGid", (json_int_t)owner->host_gid, "mode",
                     json_sprintf("%04o", owner->mode & 07777));
}

static json_t *rights_json(const struct explanation *explanation)
{
    json_t *object = explanation->rights[RIGHT_READ].known ? json_object() : json_null();

    for (size_t i = 0; json_is_object(object) && i < RIGHT_COUNT; i++)
        if (json_object_set_new(object, right_names[i],
                                json_pack("{s:b, s:o}", "allowed", explanation->rights[i].allowed, "reason",
                                          text_or_null(explanation->rights[i].reason))) < 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

static json_t *hides_json(const struct explanation *explanation)
{
    json_t *array = json_array();

    for (size_t i = 0; array && i < explanation->hides.length; i++)
        if (json_array_append_new(array, json_text(explanation->hides.values[i])) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

json_t *explain_json(const struct explanation *explanation)
{
    json_t *operation = explanation->operation == NO_OPERATION
                            ? json_null()
                            : json_integer((json_int_t)explanation->operation);
    json_t *exists = explanation->known ? json_boolean(explanation->exists) : json_null();

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "path",
                     json_text(explanation->path), "place", json_text(explanation->place), "exists", exists,
                     "type", text_or_null(explanation->type), "operation", operation, "origin",
                     json_text(explanation->origin), "shows", json_text(explanation->shows), "host",
                     text_or_null(explanation->host), "hides", hides_json(explanation), "flags",
                     flags_json(explanation), "owner", owner_json(explanation), "rights",
                     rights_json(explanation));
}
