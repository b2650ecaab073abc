/* SPDX-License-Identifier: Apache-2.0 */
/* state.json of a review. */
#include "root.h"

#include "review/state.h"

#include <fcntl.h>
#include <unistd.h>

#define NAME "state.json"
#define LIMIT ((size_t)1 << 20)

static int root = -1;

static void put(const void *data, size_t size)
{
    CLEANUP_FD int fd = openat(root, NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    REQUIRE(fd >= 0 && fd_write_all(fd, data, size) == 0);
}

static char *get(void)
{
    CLEANUP_FD int fd = openat(root, NAME, O_RDONLY | O_CLOEXEC);
    char *text;

    REQUIRE(fd >= 0 && fd_read_all(fd, LIMIT, &text, NULL) == 0);
    return text;
}

static void clear(struct review *review)
{
    arena_clear(&review->arena);
}

/* Reads what is there, and writes it; false: it is refused. */
static bool read_and_write(void)
{
    CLEANUP(clear) struct review review = REVIEW_NONE;
    CLEANUP_ERROR struct error error = {0};
    int status;

    review.directory = root;
    review.path = "/review";
    review.name = "1";
    status = review_read_state(&review, &error);
    if (status < 0) {
        fuzz_check_error(status, &error);
        return false;
    }
    REQUIRE(review.boot_id && review.command && review.token);
    REQUIRE(review_write_state(&review, false, &error) == 0);
    return true;
}

/* What is written of it is read as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (root < 0)
        root = fuzz_make_root();
    put(data, size);
    if (read_and_write()) {
        CLEANUP_FREE char *first = get(), *second = NULL;

        REQUIRE(read_and_write());
        second = get();
        REQUIRE(strcmp(first, second) == 0);
    }
    return 0;
}
