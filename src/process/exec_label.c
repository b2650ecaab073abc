/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openat2(/proc/PID/task/TID/attr/…) and write(2), for each facility.
 *
 * AppArmor has a directory of its own there since Linux 5.8, older than what holdfast needs: so nothing is ever written
 * for it to attr/exec, which may be another facility's.
 */
#include "process/exec_label.h"
#include "base/fd.h"
#include "kernel/environment.h"
#include "kernel/procfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define APPARMOR_SWITCH "/sys/module/apparmor/parameters/enabled"

static bool has_apparmor(void)
{
    CLEANUP_FD int fd = open(APPARMOR_SWITCH, O_RDONLY | O_CLOEXEC);
    char letter = 'N';

    return fd >= 0 && read(fd, &letter, 1) == 1 && letter == 'Y';
}

static const char *apparmor_profile(const struct config *config)
{
    return config->process.apparmor_profile;
}

static const char *selinux_label(const struct config *config)
{
    return config->process.selinux_label;
}

static const struct facility {
    const char *name;
    const char *property;
    const char *(*label)(const struct config *config); /* what the configuration wants; NULL or "": nothing */
    bool (*is_on)(void);
    const char *file;
    const char *command; /* in front of the label */
    const char *unknown; /* what a label may lack that the kernel turns down */
} facilities[] = {
    {"AppArmor", "process.apparmorProfile", apparmor_profile, has_apparmor, "attr/apparmor/exec", "exec ",
     "is the profile loaded? See /sys/kernel/security/apparmor/profiles on the host"},
    {"SELinux", "process.selinuxLabel", selinux_label, environment_has_selinux, "attr/exec", "",
     "does the loaded policy know the label's user, role, type and level?"},
};

static const char *wanted_label(const struct facility *facility, const struct config *config)
{
    const char *label = facility->label(config);

    return label && *label ? label : NULL;
}

int exec_label_check(const struct config *config, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(facilities); i++) {
        const struct facility *facility = &facilities[i];

        if (!wanted_label(facility, config) || facility->is_on())
            continue;
        error_set(error, ENOTSUP, "%s is off in this machine's kernel, or not in it", facility->name);
        error_hint(error, "remove the property, or boot with %s", facility->name);
        config_error_place(config, error, facility->property);
        return -ENOTSUP;
    }
    return 0;
}

static int write_label(const struct facility *facility, const char *label, int proc_fd, struct error *error)
{
    CLEANUP_FD int fd = -1;
    CLEANUP_FREE char *text = NULL;
    int result = procfs_open_thread_file(proc_fd, facility->file, O_WRONLY, &fd, error);

    if (result < 0)
        return result;
    if (asprintf(&text, "%s%s", facility->command, label) < 0) {
        text = NULL;
        return error_memory(error);
    }
    result = procfs_write(fd, text, facility->file, error);
    if (result < 0)
        error_hint(error, "%s", facility->unknown);
    return result;
}

int exec_label_apply(const struct config *config, int proc_fd, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(facilities); i++) {
        const struct facility *facility = &facilities[i];
        const char *label = wanted_label(facility, config);

        if (!label || write_label(facility, label, proc_fd, error) == 0)
            continue;
        config_error_place(config, error, facility->property);
        return -error->code;
    }
    return 0;
}
