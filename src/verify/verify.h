/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The look back before the program runs: what the kernel's own mount table shows is what the plan asked for, or the
 * start ends. One read of mountinfo: listmount(2) and a statmount(2) for each mount take between two and three times as
 * long (20 mounts: 26 against 56 µs; 300: 0.3 against 0.9 ms; 10,000: 12 against 30 ms; Linux 6.18).
 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "verify/compare.h"

/* What was found, for who keeps it. Zero-initialise it. */
struct verification {
    struct arena arena;
    struct expectation expectation;
    char *text; /* the table as the kernel gave it: a line an entry */
    struct mount_table table;
    struct comparison comparison;
};

void verification_clear(struct verification *verification);

#define CLEANUP_VERIFICATION CLEANUP(verification_clear)

/* In the mount namespace that was built, and inside its root: compares it with the build. table_fd is an open mountinfo
 * of the calling thread, of a procfs that can be trusted (kernel/procfs.h): the container's own is what is examined.
 * EIO: it differs; the error says where. verification is filled in any case, and cleared by the caller. */
int verify_build(struct verification *verification, const struct build *build, int table_fd,
                 struct error *error) MUST_USE;

/* The same, opening thread-self/mountinfo of the procfs. */
int verify_build_in(struct verification *verification, const struct build *build, int proc_fd,
                    struct error *error) MUST_USE;

/* The same of a plan of mounts for a root that was there (mount/addition.h), which others may be changing: besides, the path
 * of each leads to it. EBUSY: it leads to something else. */
int verify_addition(const struct build *build, int table_fd, struct error *error) MUST_USE;

/* The calling thread's mount table, by such a procfs; its memory is the arena's. */
int verify_read_table(int proc_fd, struct arena *arena, struct mount_table *ret_table,
                      struct error *error) MUST_USE;

#endif
