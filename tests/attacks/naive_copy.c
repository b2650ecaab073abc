/* SPDX-License-Identifier: Apache-2.0 */
/* Walks through trees by the names of their files, and looks at each before it uses it. */
#include "naive.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static bool is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void copy_file(const char *from, const char *to)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    while (source >= 0 && target >= 0 && sendfile(target, source, NULL, 65536) > 0)
        ;
    close(source);
    close(target);
}

void naive_copy_tree(const char *from, const char *to)
{
    DIR *directory = opendir(from);
    const struct dirent *entry;

    (void)!mkdir(to, 0755);
    while (directory && (entry = readdir(directory))) {
        char *source = naive_join(from, entry->d_name);
        char *target = naive_join(to, entry->d_name);
        struct stat status;

        if (is_entry(entry) && lstat(source, &status) == 0) {
            if (S_ISDIR(status.st_mode))
                naive_copy_tree(source, target);
            else if (S_ISREG(status.st_mode))
                copy_file(source, target);
        }
        free(source);
        free(target);
    }
    if (directory)
        closedir(directory);
}

void naive_relabel_tree(const char *path, const char *label)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;

    while (directory && (entry = readdir(directory))) {
        char *name = naive_join(path, entry->d_name);
        struct stat status;

        if (is_entry(entry) && lstat(name, &status) == 0) {
            if (S_ISDIR(status.st_mode))
                naive_relabel_tree(name, label);
            else if (S_ISREG(status.st_mode))
                (void)!setxattr(name, "security.selinux", label, strlen(label) + 1, 0);
        }
        free(name);
    }
    if (directory)
        closedir(directory);
}
