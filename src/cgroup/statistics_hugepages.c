/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "cgroup/statistics_numbers.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* One number of a page size; a file that isn't there leaves it out. */
static int set_number(struct statistics *statistics, json_t *object, const char *key, const char *size,
                      const char *ending, const char *field, struct error *error)
{
    char file[NAME_MAX + 1];
    const char *text;
    uint64_t number;
    int status;

    if (!ending)
        return 0;
    snprintf(file, sizeof(file), "hugetlb.%s.%s", size, ending);
    status = statistics_read(statistics, file, &text, error);
    if (status < 0 || !text)
        return status;
    if (field && strncmp(text, field, strlen(field)) == 0)
        text += strlen(field);
    return statistics_parse(text, &number) ? statistics_set_number(object, key, number, error) : 0;
}

static int set_page_size(struct statistics *statistics, const char *size,
                         const struct statistics_hugepages *names, struct error *error)
{
    json_t *object = json_object();
    int status = statistics_set(json_object_get(statistics->json, "hugetlb"), size, object, error);

    if (status == 0)
        status = set_number(statistics, object, "usage", size, names->usage, NULL, error);
    if (status == 0)
        status = set_number(statistics, object, "max", size, names->max, NULL, error);
    if (status == 0)
        status =
            set_number(statistics, object, "failcnt", size, names->failures, names->failures_field, error);
    return status;
}

/* "2MB" of "hugetlb.2MB.current", but nothing of "hugetlb.2MB.rsvd.current". */
static bool parse_name(const char *file, const char *ending, char size[32])
{
    int end = 0;

    return sscanf(file, "hugetlb.%31[^.].%n", size, &end) == 1 && end > 0 && strcmp(file + end, ending) == 0;
}

static void close_directory(DIR **directory)
{
    if (*directory)
        closedir(*directory);
}

int statistics_set_hugepages(struct statistics *statistics, const struct statistics_hugepages *names,
                             struct error *error)
{
    CLEANUP_FD int fd = -1;
    CLEANUP(close_directory) DIR *directory = NULL;
    const struct dirent *entry;
    int status = 0;

    if (statistics->directory_fd < 0)
        return 0;
    fd = openat(statistics->directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    directory = fd < 0 ? NULL : fdopendir(fd);
    if (!directory)
        return error_call(error, errno, "open", "cannot list the files of the cgroup");
    (void)fd_take(&fd);
    while (status == 0 && (entry = readdir(directory))) {
        char size[32];

        if (parse_name(entry->d_name, names->usage, size))
            status = set_page_size(statistics, size, names, error);
    }
    return status;
}
