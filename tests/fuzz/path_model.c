/* SPDX-License-Identifier: Apache-2.0 */
#include "path_model.h"

#include "fuzz.h"

#include <limits.h>

#define LINK_LIMIT 40 /* path_resolution(7) */

void model_init(struct model *model)
{
    model->length = 0;
    (void)model_add(model, 0, "", 0, MODEL_DIRECTORY, NULL);
}

void model_clear(struct model *model)
{
    for (int i = 0; i < model->length; i++) {
        free(model->nodes[i].name);
        free(model->nodes[i].target);
    }
    model->length = 0;
}

int model_add(struct model *model, int parent, const char *name, size_t name_length, enum model_kind kind,
              const char *target)
{
    struct model_node *node = &model->nodes[model->length];

    REQUIRE(model->length < MODEL_NODES);
    *node = (struct model_node){kind, parent, strndup(name, name_length), target ? strdup(target) : NULL};
    REQUIRE(node->name && (node->target || !target));
    return model->length++;
}

static int find(const struct model *model, int parent, const char *name, size_t length)
{
    for (int i = 1; i < model->length; i++)
        if (model->nodes[i].parent == parent && strlen(model->nodes[i].name) == length &&
            memcmp(model->nodes[i].name, name, length) == 0)
            return i;
    return -ENOENT;
}

struct walk {
    const struct model *model;
    struct model *growing; /* the same, if what is missing is made; NULL: it is not */
    bool directory;        /* what the end becomes */
    int at, links;
};

static int walk_text(struct walk *walk, const char *text, bool is_end);

/* One component; is_end: of the whole path. */
static int enter(struct walk *walk, const char *name, size_t length, bool is_end)
{
    const struct model *model = walk->model;
    int next;

    if (length == 1 && *name == '.')
        return 0;
    if (length == 2 && memcmp(name, "..", 2) == 0) {
        walk->at = model->nodes[walk->at].parent;
        return 0;
    }
    if (length > NAME_MAX)
        return -ENAMETOOLONG;
    next = find(model, walk->at, name, length);
    if (next < 0 && !walk->growing)
        return next;
    if (next < 0)
        next = model_add(walk->growing, walk->at, name, length,
                         is_end && !walk->directory ? MODEL_FILE : MODEL_DIRECTORY, NULL);
    if (model->nodes[next].kind != MODEL_LINK) {
        walk->at = next;
        return 0;
    }
    return ++walk->links > LINK_LIMIT ? -ELOOP : walk_text(walk, model->nodes[next].target, is_end);
}

static int walk_text(struct walk *walk, const char *text, bool is_end)
{
    int status = 0;

    if (*text == '/')
        walk->at = 0;
    for (text += strspn(text, "/"); *text && status == 0;) {
        size_t length = strcspn(text, "/"), slashes = strspn(text + length, "/");

        status = enter(walk, text, length, is_end && slashes == 0 && !text[length]);
        text += length + slashes;
        /* what has a slash behind it is a directory */
        if (status == 0 && slashes > 0 && walk->model->nodes[walk->at].kind != MODEL_DIRECTORY)
            status = -ENOTDIR;
    }
    return status;
}

int model_resolve(const struct model *model, const char *path)
{
    struct walk walk = {.model = model};
    int status = walk_text(&walk, path, true);

    return status < 0 ? status : walk.at;
}

int model_ensure(struct model *model, const char *path, bool directory)
{
    struct walk walk = {.model = model, .growing = model, .directory = directory};
    int status = model_resolve(model, path);

    if (status != -ENOENT)
        return status;
    status = walk_text(&walk, path, true);
    return status < 0 ? status : walk.at;
}

void model_path(const struct model *model, int node, char *path, size_t size)
{
    char below[PATH_MAX];

    snprintf(path, size, ".");
    for (; node != 0; node = model->nodes[node].parent) {
        snprintf(below, sizeof(below), "%s", path);
        snprintf(path, size, "%s%s%s", model->nodes[node].name, strcmp(below, ".") == 0 ? "" : "/",
                 strcmp(below, ".") == 0 ? "" : below);
    }
}
