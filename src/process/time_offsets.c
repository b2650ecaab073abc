/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/PID/timens_offsets (time_namespaces(7)). */
#include "kernel/procfs.h"
#include "process/attributes.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
    int code;
    const char *hint;
} hints[] = {
    {EACCES, "the time namespace is in use already: the configuration must not name one to join"},
    {EPERM, "it needs CAP_SYS_TIME in the user namespace that the time namespace belongs to"},
    {ERANGE, "the container's clock would be below 0 or beyond its range"},
};

/* A line for each clock, and all in one write: the last one for a clock counts. */
static char *describe(const struct config *config)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    if (!out)
        return NULL;
    for (size_t i = 0; i < config->time_offsets_length; i++) {
        const struct config_time_offset *offset = &config->time_offsets[i];

        fprintf(out, "%d %" PRId64 " %" PRIu32 "\n", offset->clock, offset->seconds, offset->nanoseconds);
    }
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

int process_set_time_offsets(const struct config *config, int process_fd, struct error *error)
{
    CLEANUP_FREE char *text = NULL;

    if (config->time_offsets_length == 0)
        return 0;
    text = describe(config);
    if (!text)
        return error_memory(error);
    if (procfs_write_file(process_fd, "timens_offsets", text, error) == 0)
        return 0;
    for (size_t i = 0; i < ARRAY_LENGTH(hints); i++)
        if (hints[i].code == error->code)
            error_hint(error, "%s", hints[i].hint);
    config_error_place(config, error, "linux.timeOffsets");
    return -error->code;
}
