/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a filter's notifications go to. */
#include "process/descriptor_socket.h"
#include "process/seccomp.h"

#include <jansson.h>

/* The container process state (OCI config-linux.md, "The Container Process State"). The names in fds are those of the
 * descriptors that come along, in their order. NULL: the state is not JSON, or memory is short. */
static char *describe(const struct config *config, pid_t pid, const char *state_json)
{
    const char *metadata = config->seccomp.listener_metadata;
    json_t *state = json_loads(state_json, 0, NULL);
    json_t *document = json_pack("{s:O, s:[s], s:i, s:o}", "ociVersion", json_object_get(state, "ociVersion"),
                                 "fds", "seccompFd", "pid", (int)pid, "state", state);
    char *text = NULL;

    if (document && (!metadata || json_object_set_new(document, "metadata", json_string(metadata)) == 0))
        text = json_dumps(document, JSON_COMPACT);
    json_decref(document);
    return text;
}

int seccomp_send_listener(const struct config *config, int listener, pid_t pid, const char *state_json,
                          struct error *error)
{
    CLEANUP_FREE char *text = describe(config, pid, state_json);

    if (!text)
        return error_set(error, EINVAL, "cannot make the container process state for the seccomp agent");
    if (descriptor_send(config->seccomp.listener_path, "the seccomp agent", listener, text, error) == 0)
        return 0;
    config_error_place(config, error, "linux.seccomp.listenerPath");
    return -error->code;
}
