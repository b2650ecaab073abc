/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules are turned into on the way to a configuration's parts: one item a thing that is put at a path. An item also
 * says what lies below its path, for those that come to lie there.
 */
#ifndef RULES_ITEMS_H
#define RULES_ITEMS_H

#include "config/config.h"
#include "rules/order.h"

enum region {
    REGION_NONE,   /* no directory: nothing is below */
    REGION_MEMORY, /* in memory: any name can be made, and none is there yet */
    REGION_COPY,   /* copy-on-write over source: any name can be made, and hidden */
    REGION_HOST,   /* source itself: never written while building */
    REGION_KERNEL, /* procfs and the like: what is there is the kernel's */
};

struct item {
    struct config_part part;
    const struct rule *rule; /* that it comes from; NULL: the machine's tree */
    enum region region;
    const char *source; /* REGION_COPY, REGION_HOST: the machine's path that is shown */
    bool writable;      /* REGION_HOST: the box may change it */
    bool is_vacant; /* nothing is there, and nothing may be made there: it is dropped when that is seen to */
    bool is_directory; /* what it needs as its target, where that is missing */
    bool makes_itself; /* it needs no target */
    bool is_dropped;
    const char *before; /* its place in the order is that of this path; NULL: of its own */
    size_t turn;        /* among those at the same path */
};

/* After what a rule puts at the same path. */
#define TURN_COVER (SIZE_MAX - 1)
#define TURN_PIN SIZE_MAX

struct items {
    struct arena *arena;
    struct item *values;
    size_t length;
};

/* A new item at the end; NULL when memory is short. */
struct item *items_add(struct items *items, enum config_part_kind kind, const char *path, const char *origin);

/* By path, parents first, and by turn. */
void items_sort(struct items *items);

/* Removes, of sorted items, what is vacant, which has been seen to, and pins where a mount is anyway. */
void items_drop(struct items *items);

/* The items as config->parts. */
int items_emit(const struct items *items, struct config *config, struct error *error) MUST_USE;

#endif
