/* SPDX-License-Identifier: Apache-2.0 */
/* The image's /etc/passwd, by which HOME is found. */
#include "root.h"

#include "process/environment.h"

#include <fcntl.h>
#include <sys/stat.h>

static int root = -1;

static void make_root(void)
{
    root = fuzz_make_root();
    REQUIRE(mkdirat(root, "etc", 0700) == 0);
}

static void write_passwd(const uint8_t *data, size_t size)
{
    CLEANUP_FD int fd = openat(root, "etc/passwd", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    REQUIRE(fd >= 0 && fd_write_all(fd, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t users[] = {0, 1000, UINT32_MAX};

    if (root < 0)
        make_root();
    write_passwd(data, size);
    for (size_t i = 0; i < ARRAY_LENGTH(users); i++) {
        CLEANUP(arena_clear) struct arena arena = {0};
        CLEANUP_ERROR struct error error = {0};
        const char *home = NULL;

        REQUIRE(environment_home(root, users[i], &arena, &home, &error) == 0);
        REQUIRE(home && *home);
    }
    return 0;
}
