/* SPDX-License-Identifier: Apache-2.0 */
/* The words of mounts[].options, with commas between them; a first word "bind:" says that the mount's type is one. */
#include "fuzz.h"

#include "plan/mount_options.h"

#define BIND "bind:"

static struct strings split(char *text, struct arena *arena)
{
    struct strings words = {0};
    char *word;

    while ((word = strsep(&text, ","))) {
        const char **place =
            arena_append(arena, (void **)&words.values, &words.length, sizeof(*words.values));

        REQUIRE(place);
        *place = word;
    }
    return words;
}

/* No attribute is set and cleared, nothing is set that no word says. */
static void check_attributes(const struct mount_attributes *attributes)
{
    const uint64_t all = ATTRIBUTE_RDONLY | ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV | ATTRIBUTE_NOEXEC |
                         ATTRIBUTE_ATIME_FIELD | ATTRIBUTE_NODIRATIME | ATTRIBUTE_NOSYMFOLLOW;

    REQUIRE((attributes->set & ~all) == 0 && (attributes->clear & ~all) == 0);
    REQUIRE((attributes->set & attributes->clear & ~ATTRIBUTE_ATIME_FIELD) == 0);
    /* one of the three values, and the kernel wants the whole field cleared with it (mount_setattr(2)) */
    REQUIRE((attributes->set & ATTRIBUTE_ATIME_FIELD) != ATTRIBUTE_ATIME_FIELD);
    REQUIRE((attributes->clear & ATTRIBUTE_ATIME_FIELD) == 0 ||
            (attributes->clear & ATTRIBUTE_ATIME_FIELD) == ATTRIBUTE_ATIME_FIELD);
    REQUIRE((attributes->set & ATTRIBUTE_ATIME_FIELD) == 0 || (attributes->clear & ATTRIBUTE_ATIME_FIELD));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_FREE char *text = fuzz_text(data, size);
    bool bind = strncmp(text, BIND, strlen(BIND)) == 0;
    struct strings words = split(text + (bind ? strlen(BIND) : 0), &arena);
    CLEANUP_ERROR struct error error = {0};
    struct mount_options options = {0};
    int status = mount_options_parse(&words, bind, &arena, &options, &error);

    if (status < 0) {
        fuzz_check_error(status, &error);
        return 0;
    }
    check_attributes(&options.tree);
    check_attributes(&options.top);
    REQUIRE((options.propagation & (options.propagation - 1)) == 0);
    REQUIRE(options.superblock.length + options.data.length <= words.length);
    return 0;
}
