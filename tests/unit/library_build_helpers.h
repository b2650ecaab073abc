/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of hf_build(): an image at /mnt/root in a mount namespace of the test's own, with an empty /run for
 * the seed's pin; a container as one structure; a look around in what was built. */
#ifndef TESTS_LIBRARY_BUILD_HELPERS_H
#define TESTS_LIBRARY_BUILD_HELPERS_H

#include "library_helpers.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

static inline void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static inline bool holds(const char *path, const char *text)
{
    char found[256] = "";
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(found, 1, sizeof(found) - 1, file) : 0;

    if (file)
        fclose(file);
    return file && strlen(text) == length && strcmp(found, text) == 0;
}

static inline void begin(void)
{
    SKIP_UNLESS(geteuid() == 0, "building needs root");
    CHECK(unshare(CLONE_NEWNS) == 0);
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    CHECK(mount("run", "/run", "tmpfs", 0, "mode=755") == 0);
    CHECK(mount("image", "/mnt", "tmpfs", 0, "mode=755") == 0);
    CHECK(mkdir("/mnt/root", 0755) == 0 && mkdir("/mnt/source", 0755) == 0);
    write_file("/mnt/root/name", "image\n");
    write_file("/mnt/source/name", "source\n");
}

/* ------------------------------------------------------------------ building */

struct request {
    struct hf_root_options root; /* its size and path are filled in */
    const struct hf_mount *mounts;
    size_t mounts_length;
    bool system_mounts;
    struct hf_build_options build;
};

static inline void configure(const struct request *request, hf_config **ret_config)
{
    CLEANUP_HF_ERROR hf_error *error = NULL;
    struct hf_root_options root = request->root;

    root.size = sizeof(root);
    if (!root.path && root.fd == 0)
        root.path = "/mnt/root";
    CHECK_WELL(hf_config_new(&root, ret_config, &error), error);
    if (request->system_mounts)
        CHECK_WELL(hf_config_add_system_mounts(*ret_config, &error), error);
    for (size_t i = 0; i < request->mounts_length; i++) {
        struct hf_mount mount = request->mounts[i];

        mount.size = sizeof(mount);
        CHECK_WELL(hf_config_add_mount(*ret_config, &mount, &error), error);
    }
}

static inline int build(const struct request *request, int *ret_namespace_fd, hf_error **ret_error)
{
    struct hf_build_options options = request->build;
    CLEANUP_HF_CONFIG hf_config *config = NULL;
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;

    configure(request, &config);
    CHECK_WELL(hf_plan_new(config, &plan, &error), error);
    options.size = sizeof(options);
    return hf_build(plan, &options, ret_namespace_fd, ret_error);
}

static inline int build_well(const struct request *request)
{
    CLEANUP_HF_ERROR hf_error *error = NULL;
    int namespace_fd = -1;

    CHECK_WELL(build(request, &namespace_fd, &error), error);
    CHECK(fcntl(namespace_fd, F_GETFD) == FD_CLOEXEC);
    return namespace_fd;
}

static inline void build_fails(const struct request *request, int code, const char *begins)
{
    CLEANUP_HF_ERROR hf_error *error = NULL;
    int namespace_fd = -7;

    CHECK(build(request, &namespace_fd, &error) == -code);
    CHECK(is_error(error, code, begins));
    CHECK(namespace_fd == -7);
}

/* Looks around inside of it, in a child, and closes the descriptor. */
static inline void inspect(int namespace_fd, void (*body)(void))
{
    int status;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        /* setns(2) wants a root that is not shared with a thread, and the thread sanitizer has one */
        CHECK(unshare(CLONE_FS) == 0 && setns(namespace_fd, CLONE_NEWNS) == 0);
        body();
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(namespace_fd);
}

/* The table of the namespace as "POINT OPTIONS [PROPAGATION] TYPE", a line a mount, peer groups without number
 * (proc_pid_mountinfo(5)). */
static inline char *mount_table(FILE *mountinfo)
{
    CLEANUP_FREE char *line = NULL;
    char *text = NULL;
    size_t size, capacity = 0;
    FILE *out = open_memstream(&text, &size);

    CHECK(mountinfo && out);
    while (getline(&line, &capacity, mountinfo) > 0) {
        char *word = strtok(line, " ");

        for (int field = 1; word && strcmp(word, "-") != 0; field++, word = strtok(NULL, " "))
            if (field > 4)
                fprintf(out, "%.*s ", (int)strcspn(word, ":"), word);
        fprintf(out, "%s\n", strtok(NULL, " "));
    }
    CHECK(fclose(out) == 0 && fclose(mountinfo) == 0);
    return text;
}

static inline void check_table(FILE *mountinfo, const char *expected)
{
    CLEANUP_FREE char *table = mount_table(mountinfo);

    if (strcmp(table, expected) != 0)
        fprintf(stderr, "found:\n%s", table);
    CHECK(strcmp(table, expected) == 0);
}

/* The container of most tests has no /proc. */
static inline FILE *host_mountinfo(void)
{
    static int proc = -1;

    if (proc < 0)
        proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(proc >= 0);
    return fdopen(openat(proc, "thread-self/mountinfo", O_RDONLY | O_CLOEXEC), "re");
}

static inline void look_at_system_mounts(void)
{
    struct stat status;
    char link[64] = "";

    CHECK(holds("/name", "image\n"));
    CHECK(stat("/dev/null", &status) == 0 && S_ISCHR(status.st_mode) && (status.st_mode & 0777) == 0666);
    CHECK(access("/mnt", F_OK) < 0 && errno == ENOENT);
    CHECK(access("/proc/kcore", F_OK) < 0 || readlink("/dev/kcore", link, sizeof(link) - 1) > 0);
    CHECK(access("/proc/kcore", F_OK) < 0 || strcmp(link, "/proc/kcore") == 0);
    CHECK(open("/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0 && errno == EROFS);
    check_table(fopen("/proc/self/mountinfo", "re"), "/ ro,relatime tmpfs\n"
                                                     "/proc rw,nosuid,nodev,noexec,relatime proc\n"
                                                     "/sys ro,nosuid,nodev,noexec,relatime sysfs\n"
                                                     "/dev rw,nosuid tmpfs\n"
                                                     "/dev/pts rw,nosuid,noexec,relatime devpts\n"
                                                     "/dev/shm rw,nosuid,nodev,noexec,relatime tmpfs\n"
                                                     "/dev/mqueue rw,nosuid,nodev,noexec,relatime mqueue\n");
}

#define IN_CHILD(name)                                                                                       \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_child(check_##name, NULL);                                                                        \
    }

#endif
