/* SPDX-License-Identifier: Apache-2.0 */
/* How many descriptors are open, for tests that nothing leaks. */
#ifndef UNIT_DESCRIPTORS_H
#define UNIT_DESCRIPTORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>

static inline size_t count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

#endif
