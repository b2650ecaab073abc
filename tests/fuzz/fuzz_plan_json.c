/* SPDX-License-Identifier: Apache-2.0 */
/* A plan that was kept as JSON, as `holdfast diff` reads it. */
#include "fuzz.h"

#include "config/parse.h"
#include "plan/compare.h"
#include "plan/json.h"
#include "plan/print.h"

#include <jansson.h>

static void check_listing(const struct plan_listing *listing)
{
    CLEANUP_FREE char *text = NULL;
    CLEANUP_ERROR struct error error = {0};
    bool same = false;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    REQUIRE(out);
    REQUIRE(plan_compare(out, listing, listing, &same, &error) == 0);
    REQUIRE(same && ftell(out) == 0);
    plan_print_lines(out, listing);
    REQUIRE(plan_print_table(out, listing, true, &error) == 0);
    REQUIRE(fclose(out) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_PLAN_LISTING struct plan_listing listing = {0};
    CLEANUP_FREE char *text = fuzz_text(data, size);
    CLEANUP_ERROR struct error error = {0};
    json_t *json = NULL;
    int status = parse_json(text, size, "plan.json", &json, &error);

    if (status == 0 && plan_json_is_plan(json)) {
        status = plan_listing_from_json(&listing, json, &error);
        if (status == 0)
            check_listing(&listing);
    }
    if (status < 0)
        fuzz_check_error(status, &error);
    json_decref(json);
    return 0;
}
