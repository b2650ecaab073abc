/* SPDX-License-Identifier: Apache-2.0 */
/* hf_build() as root: what a failure leaves behind, and what the caller's process notices. */
#include "library_build_helpers.h"

#include <dirent.h>
#include <pthread.h>

/* ------------------------------------------------------------------ failures */

#define MADE_BEFORE                                                                                          \
    {                                                                                                        \
        .type = "tmpfs", .destination = "/made/below"                                                        \
    }

static const struct failure {
    struct hf_mount mounts[2];
    int code;
    const char *begins;
} failures[] = {
    {{MADE_BEFORE, {.type = "bind", .source = "/mnt/none", .destination = "/data"}},
     ENOENT,
     "mounts[1] (/data): cannot open the source /mnt/none: openat2: ENOENT"},
    {{MADE_BEFORE, {.type = "bind", .source_fd = 999, .destination = "/data"}},
     EBADF,
     "mounts[1] (/data): cannot use the given source: fcntl: EBADF"},
    {{MADE_BEFORE, {.type = "nonexistent", .destination = "/data"}}, ENODEV, "mounts[1] (/data): "},
    {{MADE_BEFORE, {.type = "tmpfs", .destination = "/name/below"}}, ENOTDIR, "mounts[1] (/name/below): "},
    {{MADE_BEFORE, {.type = "bind", .source = "/mnt/source/name", .destination = "/made"}},
     ENOTDIR,
     "mounts[1] (/made): "},
};

static bool is_as_before(void)
{
    DIR *directory = opendir("/mnt/root");
    const struct dirent *entry;
    bool same = directory != NULL;

    while (directory && (entry = readdir(directory)))
        same = same && (entry->d_name[0] == '.' || strcmp(entry->d_name, "name") == 0);
    if (directory)
        closedir(directory);
    return same;
}

/* Nothing is left in the image, and no mount keeps it busy. */
static void check_failure(const void *argument)
{
    const struct failure *failure = argument;
    const struct request request = {.mounts = failure->mounts, .mounts_length = 2};

    begin();
    CHECK(is_as_before());
    build_fails(&request, failure->code, failure->begins);
    CHECK(is_as_before());
    CHECK(umount("/mnt") == 0);
}

static void check_root_errors(const void *argument)
{
    const struct request missing = {.root.path = "/mnt/none"}, closed = {.root.fd = 999};
    const struct request file = {.root.path = "/mnt/root/name"};

    (void)argument;
    begin();
    build_fails(&missing, ENOENT, "root.path: cannot open the source /mnt/none: openat2: ENOENT");
    build_fails(&closed, EBADF, "root.path: cannot use the given root: fcntl: EBADF");
    build_fails(&file, ENOTDIR, "root.path: /mnt/root/name is not a directory");
}

/* ------------------------------------------------------------------ the caller's process */

static void print_descriptors(FILE *out)
{
    DIR *directory = opendir("/proc/self/fd");
    const struct dirent *entry;

    CHECK(directory);
    while ((entry = readdir(directory))) {
        char target[256] = "";

        if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(directory))
            continue;
        CHECK(readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1) > 0);
        fprintf(out, "%s %s\n", entry->d_name, target);
    }
    closedir(directory);
}

static void print_links(FILE *out)
{
    static const char *const names[] = {"cwd",    "root",    "exe",       "ns/mnt",
                                        "ns/pid", "ns/user", "ns/net",    "ns/ipc",
                                        "ns/uts", "ns/time", "ns/cgroup", "ns/pid_for_children"};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        char path[64], target[256] = "";

        snprintf(path, sizeof(path), "/proc/self/%s", names[i]);
        CHECK(readlink(path, target, sizeof(target) - 1) > 0);
        fprintf(out, "%s %s\n", names[i], target);
    }
}

/* umask, credentials, capabilities, signals, CPUs and the number of threads; a thread that was joined may still be
 * counted for a moment. */
static void print_status(FILE *out)
{
    static const char *const names[] = {
        "Umask:",  "Uid:",    "Gid:",    "Groups:", "Threads:", "SigBlk:",     "SigIgn:",  "SigCgt:",
        "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:",  "NoNewPrivs:", "Seccomp:", "Cpus_allowed:"};
    FILE *status = fopen("/proc/self/status", "re");
    CLEANUP_FREE char *line = NULL;
    size_t capacity = 0;

    CHECK(status);
    while (getline(&line, &capacity, status) > 0)
        for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
            if (strncmp(line, names[i], strlen(names[i])) == 0)
                fputs(line, out);
    fclose(status);
}

static char *process_state(void)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct stat root;

    CHECK(out && stat("/", &root) == 0);
    fprintf(out, "/ %lu:%lu\n", (unsigned long)root.st_dev, (unsigned long)root.st_ino);
    print_links(out);
    print_descriptors(out);
    print_status(out);
    CHECK(fclose(out) == 0);
    return text;
}

static void check_state(const char *before)
{
    CLEANUP_FREE char *now = NULL;

    for (int i = 0; i < 100; i++) {
        free(now);
        now = process_state();
        if (strcmp(now, before) == 0)
            return;
        usleep(10000);
    }
    fprintf(stderr, "before:\n%s\nafter:\n%s", before, now);
    _exit(CHILD_FAILED);
}

static volatile sig_atomic_t children;

static void count_child(int number)
{
    (void)number;
    children++;
}

/* Builds with standard output and error in the file, which has to stay empty. */
static int build_silently(const struct request *request, int output, int *ret_namespace_fd)
{
    int saved_output = dup(STDOUT_FILENO), saved_error = dup(STDERR_FILENO), status;

    CHECK(fflush(NULL) == 0 && saved_output >= 0 && saved_error >= 0);
    CHECK(dup2(output, STDOUT_FILENO) >= 0 && dup2(output, STDERR_FILENO) >= 0);
    status = build(request, ret_namespace_fd, NULL);
    CHECK(fflush(NULL) == 0);
    CHECK(dup2(saved_output, STDOUT_FILENO) >= 0 && dup2(saved_error, STDERR_FILENO) >= 0);
    CHECK(lseek(output, 0, SEEK_END) == 0);
    close(saved_output);
    close(saved_error);
    return status;
}

static void *do_nothing(void *argument)
{
    return argument;
}

/* With a program's first thread glibc takes an internal signal, SIGSETXID: it is to have it in both states. */
static void start_first_thread(void)
{
    struct stat threads;
    pthread_t thread;

    CHECK(pthread_create(&thread, NULL, do_nothing, NULL) == 0 && pthread_join(thread, NULL) == 0);
    do /* until it is gone: ".", ".." and the main thread */
        CHECK(stat("/proc/self/task", &threads) == 0);
    while (threads.st_nlink > 3);
}

static void check_caller(const struct request *request, bool succeeds)
{
    const struct sigaction action = {.sa_handler = count_child};
    int output = open("/run", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), namespace_fd = -1;
    CLEANUP_FREE char *before = NULL;
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    CHECK(sigaction(SIGCHLD, &action, NULL) == 0 && sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
    umask(0123);
    CHECK(chdir("/mnt/source") == 0 && output >= 0);
    start_first_thread();
    before = process_state();
    CHECK((build_silently(request, output, &namespace_fd) == 0) == succeeds);
    CHECK((namespace_fd >= 0) == succeeds);
    if (succeeds)
        close(namespace_fd);
    check_state(before);
    CHECK(children == 0);
}

static void check_caller_of_success(const void *argument)
{
    const struct request request = {.root.console = true, .system_mounts = true};

    (void)argument;
    begin();
    check_caller(&request, true);
}

static void check_caller_of_failure(const void *argument)
{
    const struct failure *failure = argument;
    const struct request request = {
        .system_mounts = true, .mounts = failure->mounts, .mounts_length = ARRAY_LENGTH(failure->mounts)};

    begin();
    check_caller(&request, false);
}

/* What is added, and what is refused, leaves the caller's process as it was, too. */
static void check_caller_of_attach(const void *argument)
{
    const struct request request = {.root.path = "/mnt/root"};
    const struct hf_mount mounts[] = {
        {.size = sizeof(*mounts), .type = "bind", .source = "/mnt/source", .destination = "/data"},
        {.size = sizeof(*mounts), .type = "tmpfs", .destination = "/name/below"},
    };
    CLEANUP_FREE char *before = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    int namespace_fd;

    (void)argument;
    begin();
    umask(0123);
    namespace_fd = build_well(&request);
    start_first_thread();
    before = process_state();
    for (size_t i = 0; i < ARRAY_LENGTH(mounts); i++) {
        CLEANUP_HF_CONFIG hf_config *config = NULL;
        CLEANUP_HF_PLAN hf_plan *plan = NULL;

        CHECK_WELL(hf_config_new_mounts(&config, &error), error);
        CHECK_WELL(hf_config_add_mount(config, &mounts[i], &error), error);
        CHECK_WELL(hf_plan_new(config, &plan, &error), error);
        CHECK(hf_attach(plan, NULL, namespace_fd, NULL) == (i == 0 ? 0 : -ENOTDIR));
        check_state(before);
    }
    close(namespace_fd);
}

/* ------------------------------------------------------------------ */

IN_CHILD(root_errors)
IN_CHILD(caller_of_success)
IN_CHILD(caller_of_attach)

static void test_failures(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(failures); i++)
        in_child(check_failure, &failures[i]);
}

static void test_caller_of_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(failures); i++)
        in_child(check_caller_of_failure, &failures[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_root_errors),       cmocka_unit_test(test_failures),
        cmocka_unit_test(test_caller_of_success), cmocka_unit_test(test_caller_of_failure),
        cmocka_unit_test(test_caller_of_attach),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
