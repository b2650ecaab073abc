/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of directories, files and links in memory, and what path_resolution(7) and src/path say of it. */
#ifndef TESTS_FUZZ_PATH_MODEL_H
#define TESTS_FUZZ_PATH_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#define MODEL_NODES 512

enum model_kind { MODEL_DIRECTORY, MODEL_FILE, MODEL_LINK };

struct model_node {
    enum model_kind kind;
    int parent; /* an index; the root is 0, and its own */
    char *name;
    char *target; /* of a link */
};

struct model {
    struct model_node nodes[MODEL_NODES];
    int length;
};

/* An empty root. */
void model_init(struct model *model);
void model_clear(struct model *model);

/* A new node, which is returned. */
int model_add(struct model *model, int parent, const char *name, size_t name_length, enum model_kind kind,
              const char *target);

/* The node that path leads to inside the root, or -errno. */
int model_resolve(const struct model *model, const char *path);

/* The same, having made what is missing, as path_ensure() does. */
int model_ensure(struct model *model, const char *path, bool directory);

/* Writes the node's path from the root, without links; "." for the root. */
void model_path(const struct model *model, int node, char *path, size_t size);

#endif
