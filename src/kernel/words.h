/* SPDX-License-Identifier: Apache-2.0 */
/* Words with commas between them, as in a mount table. */
#ifndef KERNEL_WORDS_H
#define KERNEL_WORDS_H

#include <stdbool.h>
#include <string.h>

/* Whether the word is one of them: "ro" in "ro,nosuid". */
static inline bool words_have(const char *words, const char *word)
{
    size_t length = strlen(word);

    for (; *words; words += strcspn(words, ","), words += *words == ',')
        if (strncmp(words, word, length) == 0 && (words[length] == ',' || !words[length]))
            return true;
    return false;
}

#endif
