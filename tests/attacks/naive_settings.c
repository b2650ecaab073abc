/* SPDX-License-Identifier: Apache-2.0 */
/* What is written below the container's /proc, masks and read-only paths, the user's home: all by joined paths. */
#include "naive.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        err(1, "write %s", path);
    close(fd);
}

/* The label as before CVE-2019-16884, the parameters as before CVE-2025-52881. */
void naive_write_settings(const struct naive *naive)
{
    json_t *sysctl = json_object_get(json_object_get(naive->config, "linux"), "sysctl");
    const char *profile = naive_text(json_object_get(naive->config, "process"), "apparmorProfile");
    const char *key;
    json_t *value;

    if (*profile) {
        char *path = naive_join(naive->rootfs, "/proc/self/attr/exec");

        write_text(path, profile);
        free(path);
    }
    json_object_foreach(sysctl, key, value)
    {
        char *below = naive_join("/proc/sys", key);
        char *path;

        for (char *dot = strchr(below, '.'); dot; dot = strchr(dot, '.'))
            *dot = '/';
        path = naive_join(naive->rootfs, below);
        write_text(path, json_string_value(value));
        free(path);
        free(below);
    }
}

/* As runc before CVE-2025-31133: by the container's own /dev/null. What is missing is made, as bubblewrap does it. */
static void mask(const struct naive *naive, const char *path)
{
    char *null = naive_join(naive->rootfs, "/dev/null");
    struct stat status;

    if (stat(path, &status) < 0)
        naive_make_file(path);
    if (mount(null, path, NULL, MS_BIND, NULL) < 0 && errno == ENOTDIR &&
        mount("tmpfs", path, "tmpfs", MS_RDONLY, NULL) < 0)
        err(1, "mask %s", path);
    free(null);
}

static void make_readonly(const char *path)
{
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0 && errno == ENOENT)
        return;
    (void)!mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
}

void naive_hide(const struct naive *naive)
{
    const json_t *section = json_object_get(naive->config, "linux");
    const json_t *value;
    size_t i;

    json_array_foreach(json_object_get(section, "maskedPaths"), i, value)
    {
        char *path = naive_join(naive->rootfs, json_string_value(value));

        mask(naive, path);
        free(path);
    }
    json_array_foreach(json_object_get(section, "readonlyPaths"), i, value)
    {
        char *path = naive_join(naive->rootfs, json_string_value(value));

        make_readonly(path);
        free(path);
    }
}

/* As crun before CVE-2025-24965 read the container's files. */
const char *naive_home(const struct naive *naive)
{
    char *path = naive_join(naive->rootfs, "/etc/passwd");
    FILE *file = fopen(path, "r");
    static char line[256];
    char *home = NULL;

    free(path);
    if (!file || !fgets(line, sizeof(line), file))
        return "/";
    for (int colons = 0; colons < 5; colons++)
        home = home ? strchr(home, ':') + 1 : strchr(line, ':') + 1;
    home[strcspn(home, ":")] = '\0';
    fclose(file);
    return home;
}
