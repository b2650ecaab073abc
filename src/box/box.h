/* SPDX-License-Identifier: Apache-2.0 */
/* A box: a configuration for one command, made without a bundle. */
#ifndef BOX_BOX_H
#define BOX_BOX_H

#include "config/config.h"
#include "rules/rules.h"

struct box {
    const char *root;    /* a directory; NULL: this machine's own tree, as the rules have it */
    struct rules *rules; /* about paths of the box; arranged meanwhile, and used by the configuration */
    bool host_network;   /* otherwise there is the loopback interface alone */
    char **command;      /* ends with NULL; nothing in it: a shell */
    bool privileged;     /* false: the box gets a user namespace with the caller's own ids */
};

/* Fills *ret_config, which refers to the box's strings and to the environment. On failure it is cleared. */
int box_configure(const struct box *box, struct config *ret_config, struct error *error) MUST_USE;

#endif
