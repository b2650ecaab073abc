/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/color.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ECMA-48, "Select graphic rendition". */
static const char *const begins[] = {
    [COLOR_BOLD] = "\033[1m",   [COLOR_FAINT] = "\033[2m",   [COLOR_RED] = "\033[31m",
    [COLOR_GREEN] = "\033[32m", [COLOR_YELLOW] = "\033[33m",
};

/* "When present and not an empty string (regardless of its value)". */
static bool is_refused(void)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return (no_color && *no_color) || !terminal || !*terminal || strcmp(terminal, "dumb") == 0;
}

bool color_is_wanted(FILE *out)
{
    int fd = fileno(out);

    return fd >= 0 && !is_refused() && isatty(fd);
}

const char *color_begin(FILE *out, enum color color)
{
    return color_is_wanted(out) ? begins[color] : "";
}

const char *color_end(FILE *out)
{
    return color_is_wanted(out) ? "\033[0m" : "";
}
