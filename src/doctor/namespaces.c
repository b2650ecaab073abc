/* SPDX-License-Identifier: Apache-2.0 */
/* unshare(2) in a helper, which is gone at once, and the namespace with it. */
#include "base/fd.h"
#include "doctor/probe.h"
#include "kernel/id_mappings.h"
#include "kernel/restrictions.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int unshare_one(void *argument, struct error *error)
{
    const struct facility *facility = argument;

    if (unshare(facility->flag) < 0)
        return error_call(error, errno, "unshare", "cannot make one");
    return 0;
}

static int map_own_id(int self, const char *name, uint32_t id, struct error *error)
{
    char text[32];

    snprintf(text, sizeof(text), "0 %u 1\n", id);
    return id_mappings_write_file(self, name, text, strlen(text), error);
}

/* AppArmor may let the namespace be made, and refuse the mapping. */
int doctor_enter_user_namespace(int flags, struct error *error)
{
    uint32_t uid = geteuid(), gid = getegid();
    CLEANUP_FD int self = -1;
    int status;

    if (unshare(flags) < 0)
        return error_call(error, errno, "unshare", "cannot make a user namespace");
    self = open("/proc/thread-self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (self < 0)
        return error_call(error, errno, "open", "cannot open /proc/thread-self");
    status = id_mappings_write_file(self, "setgroups", "deny", strlen("deny"), error);
    if (status == 0)
        status = map_own_id(self, "uid_map", uid, error);
    return status < 0 ? status : map_own_id(self, "gid_map", gid, error);
}

static int unshare_user(void *argument, struct error *error)
{
    (void)argument;
    return doctor_enter_user_namespace(CLONE_NEWUSER, error);
}

/* "user.max_pid_namespaces" is the file user/max_pid_namespaces. */
static int64_t read_limit(const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "%s", name);
    path[strcspn(path, ".")] = '/';
    return restrictions_sysctl(path);
}

static const char *describe(struct examination *examination, const struct facility *facility, int code,
                            const char *text)
{
    int64_t limit = read_limit(facility->word);

    if (code != ENOSPC)
        return text;
    if (limit < 0)
        return arena_printf(&examination->doctor->arena, "%s is reached", facility->word);
    return arena_printf(&examination->doctor->arena, "%s is %" PRId64, facility->word, limit);
}

static int add(struct examination *examination, const struct facility *facility, int status, const char *text,
               struct error *error)
{
    int code = -status;
    struct outcome outcome = {doctor_judge(examination, code), code, NULL, NULL};

    if (code)
        outcome.detail = describe(examination, facility, code, text);
    if (code == EINVAL)
        outcome.detail = "this kernel has none";
    if (outcome.state == DOCTOR_LIMITED)
        outcome.advice = arena_printf(&examination->doctor->arena,
                                      "sysctl: raise %s, here and in the user "
                                      "namespaces around",
                                      facility->word);
    return doctor_add(examination, facility, facility->name, outcome, error);
}

int probe_namespace(struct examination *examination, const struct facility *facility, struct error *error)
{
    struct facility copy = *facility;
    const char *text = NULL;
    int status = doctor_try(examination, !examination->privileged, unshare_one, &copy, &text);

    return add(examination, facility, status, text, error);
}

int probe_user_namespace(struct examination *examination, const struct facility *facility,
                         struct error *error)
{
    const char *text = NULL;
    int status = doctor_try(examination, false, unshare_user, NULL, &text);

    return add(examination, facility, status, text, error);
}

int probe_privileges(struct examination *examination, const struct facility *facility, struct error *error)
{
    struct outcome outcome = {DOCTOR_WORKS, 0, NULL, NULL};

    if (!examination->privileged)
        outcome = (struct outcome){
            DOCTOR_REFUSED, EPERM, "no CAP_SYS_ADMIN and CAP_SYS_CHROOT",
            geteuid() == 0 ? NULL
                           : "run as root, or add {\"type\": \"user\"} to linux.namespaces with mappings"};
    else if (!examination->initial)
        outcome.detail = "in a user namespace";
    return doctor_add(examination, facility, facility->name, outcome, error);
}
