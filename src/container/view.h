/* SPDX-License-Identifier: Apache-2.0 */
/* A container that runs, to be explained (src/explain). */
#ifndef CONTAINER_VIEW_H
#define CONTAINER_VIEW_H

#include "container/state.h"
#include "explain/live.h"

struct container_view {
    struct config config; /* that it was created from */
    struct plan plan;
    struct world world;
    struct live live;
    struct id_mappings uid_mappings, gid_mappings; /* of its user namespace, as seen from here */
    struct explainer explainer;                    /* of all that; borrowed */
};

/* Opens it by its ID below the state root. The view must not be moved. ESRCH: it doesn't run. */
int container_view_open(struct container_view *view, const char *root, const char *id,
                        struct error *error) MUST_USE;
void container_view_clear(struct container_view *view);

#define CLEANUP_CONTAINER_VIEW CLEANUP(container_view_clear)

#endif
