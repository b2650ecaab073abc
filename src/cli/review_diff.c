/* SPDX-License-Identifier: Apache-2.0 */
/* diff(1) does it: it is on every machine, and knows what to do with files of any size. It gets descriptors, not paths. */
#include "base/fd.h"
#include "base/text.h"
#include "cli/review.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BEFORE_FD 3
#define AFTER_FD 4
#define MISSING 127

static bool has_text(const struct review_change *change)
{
    if (change->link)
        return false;
    if (change->kind == REVIEW_CHANGED && !(change->what & (REVIEW_CONTENT | REVIEW_TYPE)))
        return false;
    return (change->before.exists && S_ISREG(change->before.mode)) ||
           (change->after.exists && S_ISREG(change->after.mode));
}

/* In the child. Above the two, for one of them may be the other's place. */
static _Noreturn void execute(int before, int after, const char *path, int output)
{
    char *label_before = NULL, *label_after = NULL;
    const char *sources[] = {before < 0 ? "/dev/null" : "/proc/self/fd/3",
                             after < 0 ? "/dev/null" : "/proc/self/fd/4"};

    before = before < 0 ? -1 : fcntl(before, F_DUPFD, 10);
    after = after < 0 ? -1 : fcntl(after, F_DUPFD, 10);
    if (dup2(output, STDOUT_FILENO) < 0 || (before >= 0 && dup2(before, BEFORE_FD) < 0) ||
        (after >= 0 && dup2(after, AFTER_FD) < 0) || asprintf(&label_before, "a%s", path) < 0 ||
        asprintf(&label_after, "b%s", path) < 0)
        _exit(2);
    execlp("diff", "diff", "-u", "--label", before < 0 ? "/dev/null" : label_before, "--label",
           after < 0 ? "/dev/null" : label_after, "--", sources[0], sources[1], (char *)NULL);
    _exit(MISSING);
}

static void print_harmless(FILE *out, const char *text)
{
    while (*text) {
        size_t length = *text == '\n' || *text == '\t' ? 1 : text_character(text);

        if (length == 0)
            fprintf(out, "\\%03o", (unsigned char)*text);
        else
            fwrite(text, 1, length, out);
        text += length ? length : 1;
    }
}

static int relay(FILE *out, int fd)
{
    bool terminal = isatty(fileno(out));
    FILE *in = fdopen(fd, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    if (!in)
        return -errno;
    while ((length = getline(&line, &size, in)) >= 0) {
        if (terminal)
            print_harmless(out, line);
        else
            fwrite(line, 1, (size_t)length, out);
    }
    free(line);
    fclose(in);
    return 0;
}

static int run_diff(FILE *out, int before, int after, const char *path, struct error *error)
{
    CLEANUP_FD int output = -1;
    int ends[2], status, result;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_call(error, errno, "pipe2", "cannot run diff");
    output = ends[1];
    fflush(NULL);
    pid = fork();
    if (pid == 0)
        execute(before, after, path, output);
    fd_close(&output);
    result = pid < 0 ? -errno : relay(out, ends[0]);
    if (pid < 0)
        close(ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return error_call(error, errno, "waitpid", "cannot wait for diff");
    if (result < 0)
        return error_call(error, result, "fork", "cannot run diff");
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
        error_set(error, ENOENT, "the program diff %s",
                  WIFEXITED(status) && WEXITSTATUS(status) == MISSING ? "is missing" : "failed");
        error_hint(error, "install diffutils, or do without the changes of texts");
        return -ENOENT;
    }
    return 0;
}

int review_print_diff(FILE *out, const struct review *review, const struct review_changes *changes,
                      struct error *error)
{
    int result = 0;

    for (size_t i = 0; i < changes->length && result == 0; i++) {
        const struct review_change *change = &changes->values[i];
        CLEANUP_FREE char *path = text_escape(change->path);
        CLEANUP_FD int before = -1;
        CLEANUP_FD int after = -1;

        if (!has_text(change))
            continue;
        if (!path)
            return error_memory(error);
        result = review_open_contents(review, change, &before, &after, error);
        if (result == 0)
            result = run_diff(out, before, after, path, error);
        if (result < 0)
            error_place(error, "%s", change->path);
    }
    return result;
}
