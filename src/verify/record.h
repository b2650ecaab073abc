/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verified mount table as text, to compare a later one with. The first line says "holdfast mounts 1" and whether the
 * container took a copy of the mounts, which have other numbers then. Each further line is one of mountinfo, with where
 * the mount comes from and a tab in front:
 *
 *     =mounts[3]      asked for by the configuration
 *     +mounts[3]      came along with that one
 *     !hooks          mounted by the hooks
 */
#ifndef VERIFY_RECORD_H
#define VERIFY_RECORD_H

#include "verify/verify.h"

/* The caller frees *ret_text. is_copied: the container's user namespace owns a copy of the mounts. */
int record_write(const struct verification *verification, bool is_copied, char **ret_text,
                 struct error *error) MUST_USE;

/* What a table has to look like to be the recorded one. EBADMSG: it is no such text. The text is copied. On failure
 * *ret_expectation is cleared. */
int expectation_from_record(struct expectation *ret_expectation, const char *text,
                            struct error *error) MUST_USE;

#endif
