/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attacker of a race: does its actions one after the other, over and over, at full speed, until SIGTERM, and then
 * prints how often. racer ACTION WORD WORD [ACTION WORD WORD]...
 *
 *   exchange A B    the two names change places (renameat2(2), RENAME_EXCHANGE): a directory and a link, say
 *   remove A PATH   what was made in the directory A, where A is one at the moment, with what leads to it
 *   mount A B       A is bound onto B, and taken away again
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int signal)
{
    (void)signal;
    ended = 1;
}

static bool exchange(const char *one, const char *other)
{
    return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) == 0;
}

static bool take_away(const char *base, const char *path)
{
    int directory = open(base, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    char name[256];
    bool any = false;

    snprintf(name, sizeof(name), "%s", path);
    while (directory >= 0 && *name &&
           (unlinkat(directory, name, 0) == 0 || unlinkat(directory, name, AT_REMOVEDIR) == 0)) {
        char *slash = strrchr(name, '/');

        any = true;
        *(slash ? slash : name) = '\0';
    }
    if (directory >= 0)
        close(directory);
    return any;
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Taking a mount away waits for all processors: it is there for as long as that lasts, so for half of the time. */
static bool put_on(const char *source, const char *target)
{
    static int64_t pause;
    int64_t since = now();

    if (mount(source, target, NULL, MS_BIND, NULL) < 0)
        return false;
    while (now() - since < pause)
        ;
    since = now();
    umount2(target, MNT_DETACH);
    pause = now() - since;
    return true;
}

static const struct {
    const char *name;
    bool (*act)(const char *one, const char *other);
} actions[] = {{"exchange", exchange}, {"remove", take_away}, {"mount", put_on}};

static bool act(char **words)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
        if (strcmp(words[0], actions[i].name) == 0)
            return actions[i].act(words[1], words[2]);
    errx(1, "no such action: %s", words[0]);
}

int main(int count, char **arguments)
{
    unsigned long done = 0;

    if (count < 4 || (count - 1) % 3 != 0)
        errx(1, "usage: racer ACTION WORD WORD...");
    signal(SIGTERM, end);
    while (!ended)
        for (int i = 1; i < count; i += 3)
            done += act(arguments + i);
    printf("%lu\n", done);
    return 0;
}
