/* SPDX-License-Identifier: Apache-2.0 */
/* A review's file state.json. Private to src/review. */
#ifndef REVIEW_STATE_H
#define REVIEW_STATE_H

#include "review/review.h"

/* Replaces the file; durable: it is on the disk when this returns. */
int review_write_state(const struct review *review, bool durable, struct error *error) MUST_USE;

/* Keeps room for the state, should the box fill the disk. */
void review_reserve_space(const struct review *review);

/* Fills the review from the file in its directory. */
int review_read_state(struct review *review, struct error *error) MUST_USE;

/* Refuses layers that a crash of the machine may have left incomplete. */
int review_check_boot(struct review *review, struct error *error) MUST_USE;

/* The directory of a layer, "upper" or "work" in it, opened. */
int review_open_layer(const struct review *review, const struct review_layer *layer, const char *name,
                      int *ret_fd, struct error *error) MUST_USE;

#endif
