/* SPDX-License-Identifier: Apache-2.0 */
#include "review/state.h"
#include "base/fd.h"
#include "kernel/environment.h"

#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION 1
#define FILE_NAME "state.json"
#define TEMPORARY_NAME "state.json.new"
#define RESERVE_NAME "reserve"
#define RESERVE_SIZE ((off_t)64 * 1024)
#define FILE_LIMIT ((size_t)16 << 20)

static const char *const status_words[] = {
    [REVIEW_RUNNING] = "running", [REVIEW_ENDED] = "ended", [REVIEW_COMMITTING] = "committing"};

static json_t *layers_to_json(const struct review *review)
{
    json_t *list = json_array();

    for (size_t i = 0; i < review->layers_length; i++) {
        const struct review_layer *layer = &review->layers[i];
        json_t *json =
            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "target", layer->target, "number",
                      (json_int_t)layer->number, "inode", (json_int_t)layer->inode, "uid",
                      (json_int_t)layer->uid, "mode", (json_int_t)layer->mode, "gid", (json_int_t)layer->gid);

        if (json_array_append_new(list, json) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *to_json(const struct review *review)
{
    return json_pack("{s:i, s:s, s:s, s:I, s:I, s:s, s:b, s:b, s:s, s:i, s:s, s:o}", "version", VERSION,
                     "name", review->name, "status", status_words[review->status], "started",
                     (json_int_t)review->started.tv_sec, "startedNanoseconds",
                     (json_int_t)review->started.tv_nsec, "bootId", review->boot_id, "synced", review->synced,
                     "userXattr", review->user_xattr, "command", review->command, "exitStatus",
                     review->exit_status, "token", review->token, "layers", layers_to_json(review));
}

static int write_file(int directory, const char *text, bool durable)
{
    CLEANUP_FD int fd =
        openat(directory, TEMPORARY_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    int result = fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));

    if (result == 0 && durable && fsync(fd) < 0)
        result = -errno;
    if (result == 0 && renameat(directory, TEMPORARY_NAME, directory, FILE_NAME) < 0)
        result = -errno;
    if (result == 0 && durable && fsync(directory) < 0)
        result = -errno;
    return result;
}

void review_reserve_space(const struct review *review)
{
    CLEANUP_FD int fd =
        openat(review->directory, RESERVE_NAME, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    (void)!(fd >= 0 && posix_fallocate(fd, 0, RESERVE_SIZE) == 0);
}

int review_write_state(const struct review *review, bool durable, struct error *error)
{
    json_t *json = to_json(review);
    CLEANUP_FREE char *text = json ? json_dumps(json, JSON_INDENT(4)) : NULL;
    int result;

    json_decref(json);
    if (!text)
        return error_set(error, EILSEQ, "the state of review %s can't be kept: a mount point is not UTF-8",
                         review->name);
    result = write_file(review->directory, text, durable);
    if (result == -ENOSPC && unlinkat(review->directory, RESERVE_NAME, 0) == 0)
        result = write_file(review->directory, text, durable);
    if (result == 0)
        return 0;
    error_call(error, result, "write", "cannot write %s/" FILE_NAME, review->path);
    if (error->code == ENOSPC || error->code == EDQUOT)
        error_hint(error, "the disk is full: make room there, or set XDG_STATE_HOME to another place");
    return result;
}

static int find_status(const char *word, enum review_status *ret_status)
{
    for (size_t i = 0; i < ARRAY_LENGTH(status_words); i++)
        if (strcmp(word, status_words[i]) == 0) {
            *ret_status = (enum review_status)i;
            return 0;
        }
    return -1;
}

static int read_layer(struct review *review, json_t *json)
{
    struct review_layer *layer =
        arena_append(&review->arena, (void **)&review->layers, &review->layers_length, sizeof(*layer));
    json_int_t number, inode, uid, gid, mode;
    const char *target;

    if (!layer || json_unpack(json, "{s:s, s:I, s:I, s:I, s:I, s:I}", "target", &target, "number", &number,
                              "inode", &inode, "uid", &uid, "gid", &gid, "mode", &mode) < 0)
        return -1;
    if (*target != '/' || number < 0 || number > INT_MAX || uid < 0 || uid > UINT32_MAX || gid < 0 ||
        gid > UINT32_MAX || mode < 0 || mode > UINT32_MAX)
        return -1;
    *layer = (struct review_layer){arena_copy(&review->arena, target),
                                   (unsigned)number,
                                   (uint64_t)inode,
                                   (uint32_t)uid,
                                   (uint32_t)gid,
                                   (uint32_t)mode};
    return layer->target ? 0 : -1;
}

static bool is_token(const char *text)
{
    return strlen(text) == 16 && strspn(text, "0123456789abcdef") == 16;
}

/* -1: it is not what holdfast writes. */
static int from_json(struct review *review, json_t *json)
{
    const char *name, *status, *boot_id, *command, *token;
    json_int_t seconds, nanoseconds, exit_status;
    int version, synced, user_xattr;
    json_t *layers, *layer;
    size_t index;

    if (json_unpack(json, "{s:i, s:s, s:s, s:I, s:I, s:s, s:b, s:b, s:s, s:I, s:s, s:o}", "version", &version,
                    "name", &name, "status", &status, "started", &seconds, "startedNanoseconds", &nanoseconds,
                    "bootId", &boot_id, "synced", &synced, "userXattr", &user_xattr, "command", &command,
                    "exitStatus", &exit_status, "token", &token, "layers", &layers) < 0)
        return -1;
    if (version != VERSION || find_status(status, &review->status) < 0 || !is_token(token) ||
        !json_is_array(layers))
        return -1;
    if (seconds < 0 || nanoseconds < 0 || nanoseconds > 999999999 || exit_status < -1 || exit_status > 255)
        return -1;
    review->exit_status = (int)exit_status;
    review->started = (struct timespec){(time_t)seconds, (long)nanoseconds};
    review->boot_id = arena_copy(&review->arena, boot_id);
    review->synced = synced;
    review->user_xattr = user_xattr;
    review->command = arena_copy(&review->arena, command);
    review->token = arena_copy(&review->arena, token);
    json_array_foreach(layers, index, layer)
    {
        if (read_layer(review, layer) < 0)
            return -1;
    }
    return review->boot_id && review->command && review->token ? 0 : -1;
}

static int read_text(const struct review *review, char **ret_text, struct error *error)
{
    CLEANUP_FD int fd =
        openat(review->directory, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int result = fd < 0 ? -errno : fd_read_all(fd, FILE_LIMIT, ret_text, NULL);

    if (result < 0)
        error_call(error, result, "read", "cannot read %s/" FILE_NAME, review->path);
    if (result == -ENOENT)
        error_hint(error, "its box was killed before it began: holdfast box discard %s", review->name);
    return result;
}

int review_read_state(struct review *review, struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    int result = read_text(review, &text, error);
    json_t *json;

    if (result < 0)
        return result;
    json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!json || from_json(review, json) < 0) {
        error_set(error, EBADMSG, "%s/" FILE_NAME " is not what this holdfast writes", review->path);
        error_hint(error, "holdfast box discard %s removes the review", review->name);
        result = -EBADMSG;
    }
    json_decref(json);
    return result;
}

int review_check_boot(struct review *review, struct error *error)
{
    const char *present = environment_boot_id(&review->arena, error);

    if (!present)
        return -error->code;
    if (review->synced || strcmp(present, review->boot_id) == 0)
        return 0;
    error_set(error, EIO, "the machine went down before the changes of review %s were on the disk",
              review->name);
    error_hint(error, "files may be incomplete: look at %s, or discard it: holdfast box discard %s",
               review->path, review->name);
    return -EIO;
}

int review_open_layer(const struct review *review, const struct review_layer *layer, const char *name,
                      int *ret_fd, struct error *error)
{
    CLEANUP_FD int directory = -1;
    char number[16];

    snprintf(number, sizeof(number), "%u", layer->number);
    directory = openat(review->directory, number, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory >= 0)
        *ret_fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0 || *ret_fd < 0)
        return error_call(error, errno, "openat", "cannot open the layer %s/%s/%s", review->path, number,
                          name);
    return 0;
}
