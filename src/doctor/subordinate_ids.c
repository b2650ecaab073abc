/* SPDX-License-Identifier: Apache-2.0 */
/* newuidmap(1), newgidmap(1), and the ranges that subuid(5) and subgid(5) give this user. */
#include "base/fd.h"
#include "doctor/probe.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The user's name, or "" where it has none. */
static const char *user_name(struct arena *arena)
{
    struct passwd entry, *found = NULL;
    char text[4096];
    const char *copy;

    if (getpwuid_r(geteuid(), &entry, text, sizeof(text), &found) != 0 || !found)
        return "";
    copy = arena_copy(arena, entry.pw_name);
    return copy ? copy : "";
}

/* "USER:FIRST:COUNT", with the user's name or number. */
static bool is_own_line(char *line, const char *name)
{
    char *colon = strchr(line, ':');
    char number[16];

    if (!colon)
        return false;
    *colon = '\0';
    snprintf(number, sizeof(number), "%u", (unsigned)geteuid());
    return (*name && strcmp(line, name) == 0) || strcmp(line, number) == 0;
}

static uint64_t count_ids(const char *path, const char *name)
{
    FILE *file = fopen(path, "re");
    uint64_t count = 0;
    char line[512];

    while (file && fgets(line, sizeof(line), file)) {
        uint64_t first, size;

        if (is_own_line(line, name) &&
            sscanf(line + strlen(line) + 1, "%" SCNu64 ":%" SCNu64, &first, &size) == 2)
            count += size;
    }
    if (file)
        fclose(file);
    return count;
}

static uint64_t count_wanted(const struct id_mappings *mappings)
{
    uint64_t count = 0;

    for (size_t i = 0; i < mappings->length; i++)
        count += mappings->ranges[i].size;
    return count;
}

/* Not setuid, but with the capability in an xattr, is how some systems install it. */
static const char *check_program(const char *name, struct arena *arena)
{
    const char *path = getenv("PATH");
    char copy[4096], *rest = copy;

    snprintf(copy, sizeof(copy), "%s", path ? path : "/usr/bin:/bin");
    for (char *directory = strsep(&rest, ":"); directory; directory = strsep(&rest, ":")) {
        const char *file = arena_printf(arena, "%s/%s", directory, name);
        struct stat status;

        if (!file || stat(file, &status) < 0)
            continue;
        if ((status.st_uid == 0 && (status.st_mode & S_ISUID)) ||
            getxattr(file, "security.capability", NULL, 0) > 0)
            return NULL;
        return arena_printf(arena, "%s is neither setuid root nor has it a capability", file);
    }
    return arena_printf(arena, "%s is not installed", name);
}

static const char *check_programs(struct arena *arena)
{
    const char *problem = check_program("newuidmap", arena);

    if (!problem)
        problem = check_program("newgidmap", arena);
    if (!problem && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        return "newuidmap gains no privileges here: no_new_privs is set for this process";
    return problem;
}

static const char *check_ranges(const struct examination *examination, const char *name, struct arena *arena)
{
    const struct config *config = examination->config;
    uint64_t users = count_ids("/etc/subuid", name), groups = count_ids("/etc/subgid", name);

    if (users == 0 || groups == 0)
        return arena_printf(arena, "%s gives this user no ids", users == 0 ? "/etc/subuid" : "/etc/subgid");
    /* One of them may be the own. */
    if (config && count_wanted(&config->uid_mappings) > users + 1)
        return arena_printf(arena,
                            "/etc/subuid gives this user %" PRIu64 " ids, the configuration maps %" PRIu64,
                            users, count_wanted(&config->uid_mappings));
    if (config && count_wanted(&config->gid_mappings) > groups + 1)
        return arena_printf(arena,
                            "/etc/subgid gives this user %" PRIu64 " ids, the configuration maps %" PRIu64,
                            groups, count_wanted(&config->gid_mappings));
    return NULL;
}

int probe_subordinate_ids(struct examination *examination, const struct facility *facility,
                          struct error *error)
{
    struct arena *arena = &examination->doctor->arena;
    const char *name = user_name(arena);
    const char *problem = check_programs(arena);
    struct outcome outcome = {DOCTOR_WORKS, 0, NULL, NULL};

    if (geteuid() == 0)
        outcome.detail = "root needs none";
    else if (problem)
        outcome =
            (struct outcome){DOCTOR_UNSET, 0, problem,
                             "install the package uidmap (shadow-utils), with its programs setuid root"};
    else if ((problem = check_ranges(examination, name, arena)))
        outcome = (struct outcome){
            DOCTOR_UNSET, 0, problem,
            arena_printf(arena, "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s",
                         *name ? name : "USER")};
    return doctor_add(examination, facility, facility->name, outcome, error);
}
