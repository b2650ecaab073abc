/* SPDX-License-Identifier: Apache-2.0 */
/* openat2(2) and write(2) of each setting; those that depend on others a second time after them. */
#include "base/fd.h"
#include "cgroup/files.h"
#include "cgroup/settings.h"

#include <inttypes.h>
#include <string.h>

/* What an errno means for a limit. */
static void explain(struct error *error, const struct cgroup_setting *setting)
{
    switch (error->code) {
    case ENOENT:
        error_hint(
            error,
            "the controller \"%s\" is not there, or has no such file on this machine: leave the limit out",
            setting->controller);
        break;
    case EBUSY:
        error_hint(error, "more is in use already: raise the limit, or end processes first");
        break;
    case EINVAL:
    case ERANGE:
        error_hint(error,
                   "the kernel does not take this value: compare it with the limits of the cgroups above");
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        error_hint(error,
                   "the cgroup is not this user's to change: have it delegated, or leave the limit out");
        break;
    case ENODEV:
        error_hint(error, "the machine has no such device");
        break;
    case EOPNOTSUPP:
        error_hint(error, "the kernel can't do this in such a cgroup");
        break;
    }
}

/* memory.checkBeforeUpdate: a limit below what is in use would end processes. */
static int check_usage(int directory_fd, const struct cgroup_setting *setting, struct error *error)
{
    uint64_t usage;
    int status;

    if (!setting->usage_file)
        return 0;
    status = cgroup_read_number(directory_fd, setting->usage_file, &usage, error);
    if (status < 0 || usage <= strtoull(setting->value, NULL, 10))
        return status;
    return error_set(error, EBUSY, "%s is %s, but %" PRIu64 " are in use", setting->file, setting->value,
                     usage);
}

static int write_after_first_word(int directory_fd, const struct cgroup_setting *setting, struct error *error)
{
    struct arena arena = {0};
    const char *text, *value;
    int status = cgroup_read(directory_fd, setting->file, &arena, &text, error);

    if (status == -ENOENT)
        error_call(error, ENOENT, "openat2", "cannot read %s", setting->file);
    if (status == 0) {
        value = arena_printf(&arena, "%.*s %s", (int)strcspn(text, " "), text, setting->value);
        status = value ? cgroup_write(directory_fd, setting->file, value, error) : error_memory(error);
    }
    arena_clear(&arena);
    return status;
}

static int write_setting(int directory_fd, const struct cgroup_setting *setting, struct error *error)
{
    int status = check_usage(directory_fd, setting, error);

    if (status < 0)
        return status;
    if (setting->flags & SETTING_KEEPS_FIRST_WORD)
        return write_after_first_word(directory_fd, setting, error);
    status = cgroup_write(directory_fd, setting->file, setting->value, error);
    if (status == -ENOENT && setting->other_file)
        status = cgroup_write(directory_fd, setting->other_file, setting->other_value, error);
    if (status == -ENOENT && (setting->flags & SETTING_OPTIONAL)) {
        error_clear(error);
        status = 0;
    }
    return status;
}

static int refuse_controller(const struct cgroup_setting *setting, struct error *error)
{
    if (setting->flags & SETTING_OPTIONAL)
        return 0;
    error_set(error, ENOENT, "cannot set %s to \"%s\": the cgroup controller \"%s\" is not mounted",
              setting->file, setting->value, setting->controller);
    error_hint(error, "mount it below /sys/fs/cgroup, or leave the limit out");
    return -ENOENT;
}

static int apply_setting(const struct cgroup *cgroup, const struct cgroup_setting *setting,
                         struct error *error)
{
    const struct cgroup_place *place =
        cgroup_find_place(cgroup, cgroup->is_unified ? "" : setting->controller);
    CLEANUP_FD int directory = -1;

    if (!place)
        return refuse_controller(setting, error);
    directory = cgroup_open_place(place, error);
    return directory < 0 ? directory : write_setting(directory, setting, error);
}

/* again: only those that were refused before the others were made; *refused says which. */
static int apply_all(const struct cgroup *cgroup, const struct cgroup_settings *settings, bool *refused,
                     bool again, struct error *error)
{
    for (size_t i = 0; i < settings->length; i++) {
        const struct cgroup_setting *setting = &settings->values[i];
        int status = again && !refused[i] ? 0 : apply_setting(cgroup, setting, error);

        if (status == -EINVAL && !again && (setting->flags & SETTING_RETRY)) {
            refused[i] = true;
            error_clear(error);
            continue;
        }
        if (status < 0) {
            explain(error, setting);
            error_place(error, "%s", setting->place);
            return status;
        }
    }
    return 0;
}

int cgroup_settings_apply(const struct cgroup *cgroup, const struct cgroup_settings *settings,
                          struct error *error)
{
    bool *refused;
    int status;

    if (settings->length == 0)
        return 0;
    refused = arena_allocate(settings->arena, settings->length, sizeof(*refused));
    if (!refused)
        return error_memory(error);
    status = apply_all(cgroup, settings, refused, false, error);
    return status < 0 ? status : apply_all(cgroup, settings, refused, true, error);
}
