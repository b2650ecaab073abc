/* SPDX-License-Identifier: Apache-2.0 */
/* A container for which nothing is made in its image or in its volumes. */
#ifndef CONTAINER_NO_TRACES_H
#define CONTAINER_NO_TRACES_H

#include "config/config.h"

/* The annotation that asks for it, with the value "true". */
#define NO_TRACES_ANNOTATION "org.holdfast.no-traces"

/* Whether the configuration asks for it. */
bool no_traces_is_wanted(const struct config *config);

/* Looks for what the configuration's mounts need, and fills config->covers with the directories that lack it. Nothing is
 * touched. What can't be had without a trace is ENOTSUP. */
int no_traces_arrange(struct config *config, struct error *error) MUST_USE;

#endif
