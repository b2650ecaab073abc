/* SPDX-License-Identifier: Apache-2.0 */
/* A bubblewrap command line on its way to rules: what its options have made so far (bwrap_view.c), and what each of them
 * does (bwrap_options.c). */
#ifndef RULES_BWRAP_READING_H
#define RULES_BWRAP_READING_H

#include "rules/rules.h"

struct bwrap_reading {
    struct rules *rules;
    const char *option;
    bool has_mode;
    uint32_t mode;    /* --perms, for the next option */
    const char *size; /* --size */
    size_t total;     /* words so far */
};

struct bwrap_option;
typedef int bwrap_option_reader(struct bwrap_reading *work, const struct bwrap_option *option,
                                const char *const *words, struct error *error);

struct bwrap_option {
    const char *name;
    size_t words;
    bwrap_option_reader *read; /* NULL: it is not about mounts */
    enum rule_kind kind;
    const char *hint;          /* what does the same; NULL: nothing */
    const char *mount_options; /* of a bind */
    bool optional, readonly;
};

/* Absolute, without doubled slashes and one at the end; bubblewrap takes a relative destination from "/". In the arena of the
 * rules; NULL: no memory. */
const char *bwrap_tidy(struct rules *rules, const char *path);

/* The rule about exactly this path; NULL: none. */
struct rule *bwrap_find(struct rules *rules, const char *path);

/* The last rule that path lies in; of one that mounts nothing, what that lies in. */
const struct rule *bwrap_find_region(const struct rules *rules, const char *path);

/* Adds a rule in the place of all at and below its path, and the directories that lead there. mode is that of --perms. */
int bwrap_add(struct bwrap_reading *work, struct rule *rule, uint32_t mode, struct error *error) MUST_USE;

/* Adds words that commas separate. */
int bwrap_add_words(struct bwrap_reading *work, const char *text, struct strings *list,
                    struct error *error) MUST_USE;

/* All that can be read from the descriptor that the word names, 16 MiB at most. The caller frees *ret_text. */
int bwrap_read_descriptor(const char *word, char **ret_text, size_t *ret_length,
                          struct error *error) MUST_USE;

bwrap_option_reader bwrap_read_bind;
bwrap_option_reader bwrap_read_bind_fd;
bwrap_option_reader bwrap_read_tmpfs;
bwrap_option_reader bwrap_read_kernel;
bwrap_option_reader bwrap_read_dev;
bwrap_option_reader bwrap_read_directory;
bwrap_option_reader bwrap_read_symlink;
bwrap_option_reader bwrap_read_file;
bwrap_option_reader bwrap_read_remount;
bwrap_option_reader bwrap_read_chmod;
bwrap_option_reader bwrap_read_perms;
bwrap_option_reader bwrap_read_size;

#endif
