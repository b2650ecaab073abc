/* SPDX-License-Identifier: Apache-2.0 */
/* A state root for every test, and a process that behaves as a container's first process does. */
#ifndef UNIT_STATE_HELPERS_H
#define UNIT_STATE_HELPERS_H

#include "child.h"

#include "container/container.h"
#include "process/executed.h"
#include <fcntl.h>
#include <ftw.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static char base[64], root[128];

static inline int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static inline int setup_root(void **state)
{
    (void)state;
    snprintf(base, sizeof(base), "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(base));
    snprintf(root, sizeof(root), "%s/a/containers", base);
    return 0;
}

static inline int teardown_root(void **state)
{
    (void)state;
    return nftw(base, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

#define STATE_TEST(function) cmocka_unit_test_setup_teardown(function, setup_root, teardown_root)

/* A call that has to succeed; shows the error if not. */
#define ASSERT_OK(call, error)                                                                               \
    do {                                                                                                     \
        if ((call) < 0) {                                                                                    \
            CLEANUP_FREE char *line_ = error_format(error);                                                  \
            fail_msg("%s: %s", #call, line_ ? line_ : "out of memory");                                      \
        }                                                                                                    \
    } while (0)

/* A call that has to fail with that errno and a text in its message; it fills "refusal". */
#define ASSERT_FAILS(call, number, text)                                                                     \
    do {                                                                                                     \
        CLEANUP_ERROR struct error error_ = {0};                                                             \
        struct error *refusal = &error_;                                                                     \
        assert_int_equal(call, -(number));                                                                   \
        assert_true(error_says(refusal, text));                                                              \
    } while (0)

/* Writes a file of a container's directory as it is, whatever it holds. */
static inline void write_raw(const char *id, const char *name, const char *text)
{
    char path[512];
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s/%s", root, id, name);
    out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static inline void read_raw(const char *id, const char *name, char *text, size_t size)
{
    char path[512];
    FILE *in;

    snprintf(path, sizeof(path), "%s/%s/%s", root, id, name);
    in = fopen(path, "r");
    assert_non_null(in);
    text[fread(text, 1, size - 1, in)] = '\0';
    fclose(in);
}

static inline bool exists(const char *name)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", root, name);
    return access(path, F_OK) == 0;
}

/* Fills what every state has; the strings are literals, and the pid is this process's. */
static inline void fill_state(struct state *state)
{
    CLEANUP_ERROR struct error error = {0};
    bool ended;

    state->bundle = "/srv/bundle";
    state->rootfs = "/srv/bundle/rootfs";
    state->created = 1714557600123456789;
    state->owner = 1000;
    state->is_created = true;
    state->pid = getpid();
    ASSERT_OK(process_start_time(state->pid, &state->start_time, &ended, &error), &error);
    assert_false(ended);
}

/* Makes a container whose first process is this one, and lets go of it. */
static inline void make_container(const char *id)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_ERROR struct error error = {0};

    ASSERT_OK(container_make(&container, root, id, &error), &error);
    fill_state(&container.state);
    ASSERT_OK(container_write_state(&container, &error), &error);
}

#endif
