/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a container's mounts, and a table compared with it: its own. */
#include "fuzz.h"

#include "verify/compare.h"
#include "verify/record.h"

/* The lines without what record_write() puts in front of them. */
static char *table_text(const char *record)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    REQUIRE(out);
    while (*(record += strcspn(record, "\n"))) {
        size_t length = strcspn(++record, "\n");
        const char *tab = memchr(record, '\t', length);

        if (tab)
            fprintf(out, "%.*s\n", (int)(record + length - tab - 1), tab + 1);
    }
    REQUIRE(fclose(out) == 0);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_EXPECTATION struct expectation expectation = {0};
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_FREE char *text = fuzz_text(data, size), *lines = NULL;
    CLEANUP_ERROR struct error error = {0};
    struct comparison comparison = {0};
    struct mount_table table;
    int status = expectation_from_record(&expectation, text, &error);

    if (status < 0) {
        fuzz_check_error(status, &error);
        return 0;
    }
    lines = table_text(text);
    REQUIRE(mountinfo_parse(lines, &arena, &table, &error) == 0);
    REQUIRE(table.length == expectation.length);
    REQUIRE(compare_mounts(&expectation, &table, -1, &arena, &comparison, &error) == 0);
    REQUIRE(comparison_text(&comparison, &arena));
    return 0;
}
