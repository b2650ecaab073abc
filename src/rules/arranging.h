/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of rules_arrange(): all rules (arrange.c), those that show what is the machine's (arrange_shown.c), and those
 * that show what is made for the box (arrange_made.c). */
#ifndef RULES_ARRANGING_H
#define RULES_ARRANGING_H

#include "rules/machine_tree.h"

struct stat;

struct arranging {
    struct config *config;
    struct rules *rules;
    struct items items;
    struct machine_tree tree;
};

/* A new item at the rule's path; NULL when memory is short. */
struct item *arranging_add(struct arranging *work, enum config_part_kind kind, const struct rule *rule);

/* A mount as mounts[] of a configuration would have it; the options are static or the rule's. NULL when memory is short. */
struct item *arranging_add_mount(struct arranging *work, const struct rule *rule, const char *path,
                                 const char *type, struct strings options);

/* What is at the rule's source, of this status. */
int arranging_add_bind(struct arranging *work, const struct rule *rule, const struct stat *status,
                       struct strings options, bool writable, struct error *error) MUST_USE;

/* Whether the word is one of the options. */
bool rule_has_option(const struct strings *options, const char *word);

/* The items of a rule. */
typedef int rule_arranger(struct arranging *work, const struct rule *rule, struct error *error);

rule_arranger arrange_shown;
rule_arranger arrange_denied;
rule_arranger arrange_tmpfs;
rule_arranger arrange_proc;
rule_arranger arrange_dev;
rule_arranger arrange_kernel;
rule_arranger arrange_directory;
rule_arranger arrange_symlink;
rule_arranger arrange_file;

#endif
