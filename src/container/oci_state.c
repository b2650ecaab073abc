/* SPDX-License-Identifier: Apache-2.0 */
/* The state as clients and hooks get it (OCI runtime.md, "State"). */
#include "config/oci.h"
#include "container/state.h"

#include <jansson.h>

/* Left out where there are none, as runc has it. */
static bool add_annotations(json_t *json, const struct state *state)
{
    json_t *annotations = json_object();
    bool good = annotations != NULL;

    for (size_t i = 0; i < state->annotations_length && good; i++)
        good = json_object_set_new(annotations, state->annotations[i].key,
                                   json_string(state->annotations[i].value)) == 0;
    if (good && state->annotations_length > 0)
        good = json_object_set(json, "annotations", annotations) == 0;
    json_decref(annotations);
    return good;
}

json_t *state_to_oci_json(const struct state *state, enum status status, pid_t pid)
{
    json_t *json = json_pack("{s:s, s:s, s:i, s:s, s:s}", "ociVersion", OCI_VERSION, "id", state->id, "pid",
                             status == STATUS_STOPPED ? 0 : (int)pid, "status", status_name(status), "bundle",
                             state->bundle);

    if (json && add_annotations(json, state))
        return json;
    json_decref(json);
    return NULL;
}

char *state_to_oci(const struct state *state, enum status status, pid_t pid)
{
    json_t *json = state_to_oci_json(state, status, pid);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

    json_decref(json);
    return text;
}
