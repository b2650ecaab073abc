/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: hooks. */
#include "config/oci.h"

/* "timeout (int, OPTIONAL) … If set, timeout MUST be greater than zero" (OCI config.md, POSIX-platform Hooks). */
static const struct property hook_properties[] = {
    TEXT("path", struct config_hook, path, REQUIRED),
    STRINGS("args", struct config_hook, args),
    STRINGS("env", struct config_hook, env),
    UINT32("timeout", struct config_hook, timeout, UINT32_MAX, .minimum = 1),
    {0},
};

#define HOOKS(key, kind) LIST(key, struct config, hooks[kind].values, hooks[kind].length, hook_properties)

const struct property oci_hooks_properties[] = {
    HOOKS("prestart", HOOK_PRESTART),
    HOOKS("createRuntime", HOOK_CREATE_RUNTIME),
    HOOKS("createContainer", HOOK_CREATE_CONTAINER),
    HOOKS("startContainer", HOOK_START_CONTAINER),
    HOOKS("poststart", HOOK_POSTSTART),
    HOOKS("poststop", HOOK_POSTSTOP),
    {0},
};
