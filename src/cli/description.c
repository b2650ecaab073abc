/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/description.h"

#include <jansson.h>
#include <pwd.h>
#include <time.h>

const char *describe_user(uid_t uid, struct arena *arena)
{
    const struct passwd *user = getpwuid(uid);

    return user ? arena_copy(arena, user->pw_name) : arena_printf(arena, "%u", uid);
}

/* RFC 3339 in UTC. */
static const char *format_time(uint64_t nanoseconds, struct arena *arena)
{
    const time_t seconds = (time_t)(nanoseconds / 1000000000);
    struct tm parts;
    char text[32];

    if (!gmtime_r(&seconds, &parts) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts) == 0)
        return NULL;
    return arena_printf(arena, "%s.%09uZ", text, (unsigned)(nanoseconds % 1000000000));
}

json_t *describe_container(const struct container *container)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    const struct state *state = &container->state;
    const char *owner = describe_user(state->owner, &arena);
    const char *created = format_time(state->created, &arena);
    json_t *json = state_to_oci_json(state, container_status(container), state->pid);

    if (json && owner && created &&
        json_object_set_new(json, "rootfs", json_string(state->rootfs ? state->rootfs : "")) == 0 &&
        json_object_set_new(json, "created", json_string(created)) == 0 &&
        json_object_set_new(json, "owner", json_string(owner)) == 0)
        return json;
    json_decref(json);
    return NULL;
}
