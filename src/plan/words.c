/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/words.h"

#include "kernel/mount_api.h"

#define WORD(bits, word)                                                                                     \
    {                                                                                                        \
        bits, word, "r" word                                                                                 \
    }

const struct bit_word words_of_set_attributes[] = {
    WORD(ATTRIBUTE_RDONLY, "ro"),
    WORD(ATTRIBUTE_NOSUID, "nosuid"),
    WORD(ATTRIBUTE_NODEV, "nodev"),
    WORD(ATTRIBUTE_NOEXEC, "noexec"),
    WORD(ATTRIBUTE_NOATIME, "noatime"),
    WORD(ATTRIBUTE_STRICTATIME, "strictatime"),
    WORD(ATTRIBUTE_NODIRATIME, "nodiratime"),
    WORD(ATTRIBUTE_NOSYMFOLLOW, "nosymfollow"),
    {0},
};

const struct bit_word words_of_cleared_attributes[] = {
    WORD(ATTRIBUTE_RDONLY, "rw"),
    WORD(ATTRIBUTE_NOSUID, "suid"),
    WORD(ATTRIBUTE_NODEV, "dev"),
    WORD(ATTRIBUTE_NOEXEC, "exec"),
    WORD(ATTRIBUTE_NODIRATIME, "diratime"),
    WORD(ATTRIBUTE_NOSYMFOLLOW, "symfollow"),
    {0},
};

const struct bit_word words_of_propagation[] = {
    WORD(PROPAGATE_PRIVATE, "private"),
    WORD(PROPAGATE_SLAVE, "slave"),
    WORD(PROPAGATE_SHARED, "shared"),
    WORD(PROPAGATE_UNBINDABLE, "unbindable"),
    {0},
};
