/* SPDX-License-Identifier: Apache-2.0 */
/* A box: a configuration for one command, made without a bundle. */
#ifndef BOX_BOX_H
#define BOX_BOX_H

#include "config/config.h"

struct box {
    const char *root;         /* a directory; NULL: this machine's own tree, copy-on-write */
    bool readonly;            /* nothing of the root can be changed */
    bool host_network;        /* otherwise there is the loopback interface alone */
    const char *const *binds; /* "SOURCE:DESTINATION[:OPTION,OPTION…]" */
    size_t binds_length;
    char **command;  /* ends with NULL; nothing in it: a shell */
    bool privileged; /* false: the box gets a user namespace with the caller's own ids */
};

/* Fills *ret_config, which refers to the box's strings and to the environment. On failure it is cleared. */
int box_configure(const struct box *box, struct config *ret_config, struct error *error) MUST_USE;

#endif
