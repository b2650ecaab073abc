/* SPDX-License-Identifier: Apache-2.0 */
/* What --timing prints, on standard error. */
#ifndef CLI_TIMING_PRINT_H
#define CLI_TIMING_PRINT_H

#include "base/timing.h"
#include "plan/plan.h"
#include "verify/verify.h"

#define TIMING_HELP "prints where the time of the start went, on standard error"

/* plan and verification may be NULL: nothing was mounted then. */
void timing_print(const struct timing *timing, const struct plan *plan,
                  const struct verification *verification);

#endif
