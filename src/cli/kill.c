/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <signal.h>
#include <string.h>

/* "RTMIN+3", "RTMAX-1", as kill(1) has them; images name them so in their STOPSIGNAL. -1: it is none. */
static int parse_realtime(const char *name)
{
    int64_t distance = 0;
    bool from_end = strncasecmp(name, "RTMAX", 5) == 0;
    int number;

    if (!from_end && strncasecmp(name, "RTMIN", 5) != 0)
        return -1;
    if (name[5] != '\0' &&
        (name[5] != (from_end ? '-' : '+') || !cli_parse_number(name + 6, false, 0, 64, &distance)))
        return -1;
    number = from_end ? SIGRTMAX - (int)distance : SIGRTMIN + (int)distance;
    return number >= SIGRTMIN && number <= SIGRTMAX ? number : -1;
}

static int parse_name(const char *name)
{
    if (strncasecmp(name, "SIG", 3) == 0)
        name += 3;
    for (int number = 1; number < NSIG; number++) {
        const char *known = sigabbrev_np(number);

        if (known && strcasecmp(known, name) == 0)
            return number;
    }
    return parse_realtime(name);
}

/* 0 is no signal, but asks whether the process is there (kill(2)). */
static int parse_signal(const char *text, int *ret_number, struct error *error)
{
    int64_t number;

    if (!cli_parse_number(text, false, 0, SIGRTMAX, &number))
        number = parse_name(text);
    if (number >= 0) {
        *ret_number = (int)number;
        return 0;
    }
    error_set(error, EINVAL, "unknown signal \"%s\"", text);
    error_hint(error, "\"kill -l\" lists them");
    return -EINVAL;
}

static int run(const struct cli_call *call, struct error *error)
{
    bool all = false;
    const struct cli_option options[] = {
        {"all", 'a', CLI_FLAG, &all, NULL, "signals all processes of the container, not just the first"},
        {0},
    };
    int first = cli_parse_words(call, options, 1, 2, error);
    int number = SIGTERM;

    if (first <= 0)
        return first;
    if (call->count - first == 2 && parse_signal(call->arguments[first + 1], &number, error) < 0)
        return -error->code;
    return container_kill(call->settings, call->arguments[first], number, all, error);
}

const struct cli_command cli_kill = {
    .name = "kill",
    .arguments = "ID [SIGNAL]",
    .summary = "Sends a signal to a container",
    .text = "SIGNAL is a name, with or without SIG, or a number; by default it is TERM.\n",
    .run = run,
};
