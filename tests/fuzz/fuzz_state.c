/* SPDX-License-Identifier: Apache-2.0 */
/* state.json of a container "web". */
#include "fuzz.h"

#include "container/directory.h"

/* What is written of it is read as the same. */
static void check_again(const struct state *state)
{
    CLEANUP(state_clear) struct state again = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *text = NULL, *repeated = NULL;
    CLEANUP_FREE char *shown = state_to_oci(state, STATUS_RUNNING, state->pid);

    REQUIRE(shown);
    REQUIRE(state_to_text(state, &text, &error) == 0);
    REQUIRE(state_from_text(&again, "web", text, strlen(text), &error) == 0);
    REQUIRE(state_to_text(&again, &repeated, &error) == 0);
    REQUIRE(strcmp(text, repeated) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(state_clear) struct state state = {0};
    CLEANUP_FREE char *text = fuzz_text(data, size);
    CLEANUP_ERROR struct error error = {0};
    int status = state_from_text(&state, "web", text, size, &error);

    if (status < 0)
        fuzz_check_error(status, &error);
    else
        check_again(&state);
    return 0;
}
