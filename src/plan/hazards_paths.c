/* SPDX-License-Identifier: Apache-2.0 */
/* Hazards of what is bound: by the host's path, as text. */
#include "plan/hazards.h"
#include "plan/lexical.h"
#include "plan/target.h"

#include <string.h>

#define EVERYTHING 64

/* What the machine itself depends on. Paths that are that many components below count as well. */
static const struct sensitive {
    const char *path;
    size_t depth;
} sensitive[] = {
    {"/", 0},
    {"/etc", EVERYTHING},
    {"/proc", EVERYTHING},
    {"/sys/fs/cgroup", 1}, /* further down a cgroup may be the container's own */
    {"/sys", EVERYTHING},
    {"/dev", 0}, /* what is below is a matter of devices */
    {"/boot", EVERYTHING},
    {"/bin", EVERYTHING},
    {"/lib", EVERYTHING},
    {"/lib64", EVERYTHING},
    {"/sbin", EVERYTHING},
    {"/usr", 1},
    {"/root", 0},
    {"/run", 0},
    {"/var", 0},
    {"/var/lib", 0},
    {"/var/lib/containerd", 0},
    {"/var/lib/containers", 0},
    {"/var/lib/docker", 0},
    {"/var/lib/kubelet", 0},
};

/* Who may connect to one starts what they like as root. */
static const char *const sockets[] = {
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/containerd/containerd.sock.ttrpc",
    "/run/podman/podman.sock",
    "/run/crio/crio.sock",
    "/run/cri-dockerd.sock",
    "/run/dockershim.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/systemd/private",
};

/* podman's service of an ordinary user: /run/user/UID/podman/podman.sock. */
static bool is_user_socket(const char *path)
{
    static const char *const names[] = {"/podman/podman.sock", "/docker.sock", "/podman", NULL};
    const char *below = lexical_below(path, "/run/user");

    if (!below || below[1] == '\0')
        return false;
    below += 1 + strspn(below + 1, "0123456789");
    for (const char *const *name = names; *name; name++)
        if (strcmp(below, *name) == 0)
            return true;
    return false;
}

static size_t count_components(const char *path)
{
    size_t count = 0;

    for (; *path; path++)
        count += path[0] == '/' && path[1] && path[1] != '/';
    return count;
}

static const struct sensitive *find_sensitive(const char *path)
{
    for (size_t i = 0; i < ARRAY_LENGTH(sensitive); i++) {
        const char *below = lexical_below(path, sensitive[i].path);

        if (below && strcmp(sensitive[i].path, "/") == 0 && path[1])
            continue;
        if (below)
            return count_components(below) <= sensitive[i].depth ? &sensitive[i] : NULL;
    }
    return NULL;
}

/* A tree that the plan cuts down to a single device, or that is the machine's in any container. */
static bool is_exempt(const struct bind_operation *bind)
{
    return bind->from_root || bind->has_fd || bind->device;
}

/* The host's path that is bound; /var/run is where /run used to be, and leads there. */
static const char *source_path(const struct hazard_search *search, size_t index)
{
    const struct config *config = search->plan->config;
    const char *path =
        lexical_absolute(search->arena, config->bundle, search->plan->operations[index].bind.source);
    const char *below = path ? lexical_below(path, "/var/run") : NULL;

    return below ? lexical_absolute(search->arena, "/run", below + 1) : path;
}

static int find_writable(const struct hazard_search *search, size_t index, const char *path,
                         struct error *error)
{
    const struct sensitive *found = find_sensitive(path);

    if (!found || !plan_bind_is_writable(search->plan, index, search->arena))
        return 0;
    if (strcmp(found->path, path) == 0)
        return hazard_add(search, "writable-host-path", index, error,
                          "the container can change the host's %s", path);
    return hazard_add(search, "writable-host-path", index, error,
                      "the container can change the host's %s, which is part of its %s", path, found->path);
}

/* The socket itself, or a directory that such sockets are in. "/" has /run below it only with what is
 * mounted there. */
static int find_socket(const struct hazard_search *search, size_t index, const char *path,
                       struct error *error)
{
    bool recursive = search->plan->operations[index].bind.recursive;

    if (is_user_socket(path))
        return hazard_add(search, "container-socket", index, error,
                          "%s lets the container control a container engine", path);
    for (size_t i = 0; i < ARRAY_LENGTH(sockets); i++) {
        const char *below = lexical_below(sockets[i], path);

        if (!below || (strcmp(path, "/") == 0 && !recursive))
            continue;
        if (strcmp(below, "/") == 0)
            return hazard_add(search, "container-socket", index, error,
                              "%s lets the container control the machine", path);
        return hazard_add(search, "container-socket", index, error,
                          "below %s are sockets that control the machine, such as %s", path, sockets[i]);
    }
    return 0;
}

/* sysfs is one for the whole machine; a user namespace has no right to write in it. */
static int find_writable_sysfs(const struct hazard_search *search, size_t index, struct error *error)
{
    const struct filesystem_operation *filesystem = &search->plan->operations[index].filesystem;

    if (strcmp(filesystem->type, "sysfs") != 0 || (filesystem->attributes.set & ATTRIBUTE_RDONLY) ||
        search->plan->config->uid_mappings.length > 0)
        return 0;
    return hazard_add(search, "writable-host-path", index, error,
                      "the container can change the machine's sysfs, which is not read-only");
}

int hazards_of_paths(const struct hazard_search *search, size_t index, struct error *error)
{
    const struct operation *operation = &search->plan->operations[index];
    const char *path;
    int status;

    if (operation->kind == OPERATION_FILESYSTEM)
        return find_writable_sysfs(search, index, error);
    if (operation->kind != OPERATION_BIND || is_exempt(&operation->bind))
        return 0;
    path = source_path(search, index);
    if (!path)
        return error_memory(error);
    status = find_writable(search, index, path, error);
    return status == 0 ? find_socket(search, index, path, error) : status;
}
