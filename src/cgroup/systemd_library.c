/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/systemd_library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#define NAME "libsystemd.so.0"

static const struct {
    const char *name;
    size_t place;
} functions[] = {
#define FUNCTION(name) {#name, offsetof(struct systemd_library, name)},
    SYSTEMD_LIBRARY_FUNCTIONS(FUNCTION)
#undef FUNCTION
};

static int fail(struct error *error, int code, const char *call)
{
    const char *reason = dlerror();

    error_set(error, code, "cannot use systemd: %s: %s", call, reason ? reason : NAME);
    error_hint(error, "install libsystemd (Debian: libsystemd0), or use --cgroup-manager cgroupfs");
    return -code;
}

static int find_functions(void *handle, struct systemd_library *library, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(functions); i++) {
        void *function = dlsym(handle, functions[i].name);

        if (!function)
            return fail(error, ENOSYS, "dlsym");
        memcpy((char *)library + functions[i].place, &function, sizeof(function));
    }
    return 0;
}

int systemd_library_load(const struct systemd_library **ret_library, struct error *error)
{
    static struct systemd_library library;
    static bool is_loaded;

    if (!is_loaded) {
        void *handle = dlopen(NAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        int status = handle ? find_functions(handle, &library, error) : fail(error, ENOENT, "dlopen");

        if (status < 0)
            return status;
        is_loaded = true;
    }
    *ret_library = &library;
    return 0;
}
