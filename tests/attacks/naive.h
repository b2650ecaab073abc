/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container engine as engines were before each of the CVEs in the table of attacks: it joins strings to paths,
 * looks first and acts afterwards, acts by name, and trusts what it finds. It exists to show that the attacks work,
 * and is for nothing else. It ends the program when something fails (err(3)).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct naive {
    json_t *config;
    const char *bundle;
    char *rootfs;        /* absolute */
    bool user_namespace; /* device nodes can't be made then */
};

/* root and path with a slash in between; to be freed. */
char *naive_join(const char *root, const char *path);

/* A string of an object, or "". */
const char *naive_text(const json_t *object, const char *key);

/* mkdir -p. */
void naive_make_directories(const char *path);

/* mkdir -p for what leads to it, and an empty file. */
void naive_make_file(const char *path);

/* naive_mounts.c: mounts[]. */
void naive_mount_all(const struct naive *naive);

/* naive_copy.c: the options tmpcopyup, z and Z, by the names of the files. */
void naive_copy_tree(const char *from, const char *to);
void naive_relabel_tree(const char *path, const char *label);

/* naive_devices.c: device nodes, and the console with its terminal, whose number is returned. */
void naive_make_devices(const struct naive *naive);
int naive_make_console(const struct naive *naive);

/* naive_settings.c: what is written below the container's /proc, what is hidden, and the home of the user. */
void naive_write_settings(const struct naive *naive);
void naive_hide(const struct naive *naive);
const char *naive_home(const struct naive *naive);

/* naive_running.c: the commands for a container that runs; each names its state directory. */
int naive_exec(const char *state, const char *cwd, char **arguments);
int naive_add_mount(const char *state, const char *mount);
int naive_kill(const char *state);
int naive_delete(const char *state);
void naive_write_state(const char *state, pid_t pid);
