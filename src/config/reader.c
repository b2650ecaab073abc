/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a configuration: from JSON text, and from the file in a bundle directory. */
#include "base/fd.h"
#include "config/check.h"
#include "config/document.h"
#include "config/oci.h"
#include "config/parse.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_LIMIT ((size_t)16 << 20)

void config_clear(struct config *config)
{
    int saved = errno;

    free(config->text);
    arena_clear(&config->arena);
    *config = (struct config){0};
    errno = saved;
}

/* The text is kept for the lines of error messages. */
static int keep_text(struct config *config, const char *text, size_t length, const char *file,
                     struct error *error)
{
    config->file = arena_copy(&config->arena, file);
    config->text = malloc(length + 1);
    if (!config->file || !config->text)
        return error_memory(error);
    memcpy(config->text, text, length);
    config->text[length] = '\0';
    return 0;
}

/* The tree goes as soon as it is read: it takes several times the room of the text. */
static int read_tree(struct config *config, const struct document *document, void *target, size_t length,
                     const char *file, struct error *error)
{
    json_t *json;
    struct field whole = {.config = config};
    int result = parse_json(config->text, length, file, &json, error);

    if (result < 0)
        return result;
    whole.json = json;
    result = document->read(&whole, target, error);
    json_decref(json);
    return result;
}

int document_read(struct config *config, const struct document *document, void *target, const char *text,
                  size_t length, const char *file, struct error *error)
{
    int result;

    *config = (struct config){.section = document->section};
    result = keep_text(config, text, length, file, error);
    if (result == 0)
        result = read_tree(config, document, target, length, file, error);
    if (result == 0 && document->check)
        result = document->check(config, error);
    if (result < 0)
        config_clear(config);
    return result;
}

static int read_all(const struct field *field, void *config, struct error *error)
{
    return properties_read(field, oci_properties, config, error);
}

int config_read_json(struct config *config, const char *text, size_t length, const char *file,
                     struct error *error)
{
    static const struct document all = {NULL, read_all, config_check};

    return document_read(config, &all, config, text, length, file, error);
}

int config_read_process_json(struct config *config, const char *text, size_t length, const char *file,
                             struct error *error)
{
    static const struct document process = {"process", oci_read_process_alone, config_check_process};

    return document_read(config, &process, config, text, length, file, error);
}

static int read_resources(const struct field *field, void *config, struct error *error)
{
    return properties_read(field, oci_resources_properties, &((struct config *)config)->resources, error);
}

int config_read_resources_json(struct config *config, const char *text, size_t length, const char *file,
                               struct error *error)
{
    static const struct document resources = {"linux.resources", read_resources, config_check_resources};

    return document_read(config, &resources, config, text, length, file, error);
}

static int open_bundle(const char *bundle, int *ret_directory, char **ret_absolute, struct error *error)
{
    CLEANUP_FD int directory = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_FREE char *absolute = NULL;

    if (directory < 0) {
        int code = errno;

        error_call(error, code, "open", "cannot open the bundle directory %s", bundle);
        error_hint(error, "a bundle is a directory that holds config.json and the root file system");
        return -code;
    }
    absolute = realpath(bundle, NULL);
    if (!absolute)
        return error_call(error, errno, "realpath", "cannot tell where the bundle directory %s is", bundle);
    *ret_directory = fd_take(&directory);
    *ret_absolute = pointer_take(&absolute);
    return 0;
}

/* O_NONBLOCK: a FIFO of that name must not hang; it is refused. */
static int open_file(int directory, const char *bundle, const char *name, int *ret_file, struct error *error)
{
    CLEANUP_FD int file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;

    if (file < 0) {
        int code = errno;

        error_call(error, code, "openat", "cannot open %s in the bundle %s", name, bundle);
        if (code == ENOENT)
            error_hint(error, "the bundle is the directory that holds this file: name another, or create it");
        return -code;
    }
    if (fstat(file, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine %s in the bundle %s", name, bundle);
    if (!S_ISREG(status.st_mode))
        return error_set(error, EINVAL, "%s in the bundle %s is not a regular file", name, bundle);
    *ret_file = fd_take(&file);
    return 0;
}

static int read_file(const char *bundle, const char *name, char **ret_absolute, char **ret_text,
                     size_t *ret_length, struct error *error)
{
    CLEANUP_FD int directory = -1;
    CLEANUP_FD int file = -1;
    CLEANUP_FREE char *absolute = NULL;
    CLEANUP_FREE char *text = NULL;
    int result = open_bundle(bundle, &directory, &absolute, error);

    if (result == 0)
        result = open_file(directory, bundle, name, &file, error);
    if (result < 0)
        return result;
    result = fd_read_all(file, FILE_LIMIT, &text, ret_length);
    if (result == -EFBIG)
        return error_set(error, EFBIG, "%s in the bundle %s is larger than 16 MiB", name, bundle);
    if (result < 0)
        return error_call(error, result, "read", "cannot read %s in the bundle %s", name, bundle);
    if (*ret_length == 0)
        return error_set(error, EINVAL, "%s in the bundle %s is empty", name, bundle);
    *ret_absolute = pointer_take(&absolute);
    *ret_text = pointer_take(&text);
    return 0;
}

int config_read_bundle(struct config *config, const char *bundle, const char *name, struct error *error)
{
    CLEANUP_FREE char *absolute = NULL;
    CLEANUP_FREE char *text = NULL;
    size_t length;
    int result;

    *config = (struct config){0};
    result = read_file(bundle, name, &absolute, &text, &length, error);
    if (result == 0)
        result = config_read_json(config, text, length, name, error);
    if (result < 0)
        return result;
    config->bundle = arena_copy(&config->arena, absolute);
    if (config->bundle)
        return 0;
    config_clear(config);
    return error_memory(error);
}
