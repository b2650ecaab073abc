/* SPDX-License-Identifier: Apache-2.0 */
/* From settled rules and this machine's mounts and files to the parts that a plan is compiled from. */
#ifndef RULES_ARRANGE_H
#define RULES_ARRANGE_H

#include "rules/rules.h"

struct arrangement {
    /* In the user namespace that the box will have, a directory can't be taken without what is mounted below it
     * (mount_namespaces(7), "Restrictions"), so a directory with mounts below it is made up of its entries. */
    bool locked;
};

/* Fills config->parts. Looks at the machine's mount table and at the rules' paths; makes nothing. The rules must
 * outlive the configuration; links in their paths are replaced by where they lead. */
int rules_arrange(struct rules *rules, const struct arrangement *arrangement, struct config *config,
                  struct error *error) MUST_USE;

#endif
