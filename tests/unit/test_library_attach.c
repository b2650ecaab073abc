/* SPDX-License-Identifier: Apache-2.0 */
/* hf_attach(), descriptors of namespaces, a follower of hf_build(), and the record of what it built. */
#include "library_build_helpers.h"

#include <dirent.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* ------------------------------------------------------------------ adding */

static int attach(const struct hf_mount *mounts, size_t length, const struct hf_attach_options *options,
                  int namespace_fd, hf_error **ret_error)
{
    CLEANUP_HF_CONFIG hf_config *config = NULL;
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;

    CHECK_WELL(hf_config_new_mounts(&config, &error), error);
    for (size_t i = 0; i < length; i++) {
        struct hf_mount mount = mounts[i];

        mount.size = sizeof(mount);
        CHECK_WELL(hf_config_add_mount(config, &mount, &error), error);
    }
    CHECK_WELL(hf_plan_new(config, &plan, &error), error);
    return hf_attach(plan, options, namespace_fd, ret_error);
}

static void attach_fails(const struct hf_mount *mounts, size_t length, int namespace_fd, int code,
                         const char *begins)
{
    CLEANUP_HF_ERROR hf_error *error = NULL;

    CHECK(attach(mounts, length, NULL, namespace_fd, &error) == -code);
    CHECK(is_error(error, code, begins));
}

/* Until the one that started it ends. */
static _Noreturn void wait_for_ever(void)
{
    CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
    for (;;)
        pause();
}

/* A container without mounts but its root, which can be written; a process is in it. */
struct container {
    int namespace_fd;
    pid_t pid;
};

static struct container start_container(void)
{
    const struct request request = {.root.path = "/mnt/root"};
    struct container container = {.namespace_fd = build_well(&request)};
    int ready[2];
    char byte;

    CHECK(pipe(ready) == 0);
    container.pid = fork();
    CHECK(container.pid >= 0);
    if (container.pid == 0) {
        CHECK(setns(container.namespace_fd, CLONE_NEWNS) == 0);
        close(ready[0]);
        close(ready[1]);
        wait_for_ever();
    }
    close(ready[1]);
    CHECK(read(ready[0], &byte, 1) == 0);
    close(ready[0]);
    return container;
}

static void end_container(struct container *container)
{
    CHECK(kill(container->pid, SIGKILL) == 0 && waitpid(container->pid, NULL, 0) == container->pid);
    close(container->namespace_fd);
}

static FILE *open_table(const struct container *container)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)container->pid);
    return fopen(path, "re");
}

static void look_at_additions(void)
{
    CHECK(holds("/data/name", "source\n"));
    CHECK(open("/data/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0 && errno == EROFS);
    CHECK(mkdir("/tmp/made", 0700) == 0);
    CHECK(holds("/given", "source\n"));
}

static void check_attach(const void *argument)
{
    struct hf_mount mounts[] = {
        {.type = "bind", .source = "/mnt/source", .destination = "/data"},
        {.type = "bind", .destination = "/given", .writable = true},
        {.type = "tmpfs", .destination = "/tmp"},
    };
    CLEANUP_HF_ERROR hf_error *error = NULL;
    struct container container;

    (void)argument;
    begin();
    mounts[1].source_fd = open("/mnt/source/name", O_PATH | O_CLOEXEC);
    CHECK(mounts[1].source_fd >= 0);
    container = start_container();
    CHECK_WELL(attach(mounts, ARRAY_LENGTH(mounts), NULL, container.namespace_fd, &error), error);
    check_table(open_table(&container), "/ rw,relatime tmpfs\n"
                                        "/data ro,relatime tmpfs\n"
                                        "/given rw,relatime tmpfs\n"
                                        "/tmp rw,relatime tmpfs\n");
    inspect(fcntl(container.namespace_fd, F_DUPFD_CLOEXEC, 3), look_at_additions);
    end_container(&container);
}

static const struct attach_failure {
    struct hf_mount mounts[2];
    int code;
    const char *begins;
} attach_failures[] = {
    {{{.type = "tmpfs", .destination = "/made"},
      {.type = "bind", .source = "/mnt/none", .destination = "/x"}},
     ENOENT,
     "mounts[1] (/x): cannot open the source /mnt/none: openat2: ENOENT"},
    {{{.type = "tmpfs", .destination = "/made"}, {.type = "tmpfs", .destination = "/name/below"}},
     ENOTDIR,
     "mounts[1] (/name/below): "},
    {{{.type = "bind", .source = "/mnt/source", .destination = "/made"},
      {.type = "bind", .source = "/mnt/source", .destination = "/name"}},
     ENOTDIR,
     "mounts[1] (/name): "},
};

/* Neither a mount nor a directory in the image is left. */
static void check_attach_failure(const void *argument)
{
    const struct attach_failure *failure = argument;
    struct container container;

    begin();
    container = start_container();
    attach_fails(failure->mounts, 2, container.namespace_fd, failure->code, failure->begins);
    check_table(open_table(&container), "/ rw,relatime tmpfs\n");
    CHECK(access("/mnt/root/made", F_OK) < 0 && errno == ENOENT);
    end_container(&container);
}

static void check_attach_misuse(const void *argument)
{
    const struct hf_mount mount = {.type = "tmpfs", .destination = "/tmp"};
    const struct hf_mount remount = {.size = sizeof(remount),
                                     .destination = "/tmp",
                                     .type = "none",
                                     .options = (const char *const[]){"remount", "ro"},
                                     .options_length = 2};
    CLEANUP_HF_CONFIG hf_config *rooted = NULL, *additions = NULL;
    CLEANUP_HF_PLAN hf_plan *plan = NULL, *added = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    const struct request request = {0};
    int namespace_fd = -7, file = open("/dev/null", O_RDONLY | O_CLOEXEC), other, pid_namespace;

    (void)argument;
    begin();
    attach_fails(&mount, 1, 999, EBADF, "cannot use the given mount namespace: ioctl(NS_GET_NSTYPE): EBADF");
    attach_fails(&mount, 1, file, EINVAL, "the descriptor is no mount namespace");
    pid_namespace = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    attach_fails(&mount, 1, pid_namespace, EINVAL, "the descriptor is no mount namespace");
    configure(&request, &rooted);
    CHECK_WELL(hf_plan_new(rooted, &plan, &error), error);
    other = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    CHECK(hf_attach(plan, NULL, other, &error) == -EINVAL);
    CHECK(is_error(error, EINVAL, "the plan has a root of its own: see hf_config_new_mounts()"));
    hf_error_free(error);
    CHECK_WELL(hf_config_new_mounts(&additions, &error), error);
    CHECK_WELL(hf_plan_new(additions, &added, &error), error);
    CHECK(hf_build(added, NULL, &namespace_fd, &error) == -EINVAL && namespace_fd == -7);
    CHECK(is_error(error, EINVAL, "the plan is of mounts for a root that is there: see hf_attach()"));
    hf_error_free(error);
    hf_plan_free(added);
    added = NULL;
    CHECK_WELL(hf_config_add_mount(additions, &remount, &error), error);
    CHECK(hf_plan_new(additions, &added, &error) == -EINVAL);
    CHECK(is_error(error, EINVAL, "mounts[0] (/tmp): option \"remount\" is for a configuration only"));
}

static void check_attach_elsewhere(const void *argument)
{
    const struct hf_mount mount = {.type = "tmpfs", .destination = "/tmp"};
    int ready[2], namespace_fd;
    char path[64], byte;
    pid_t pid;

    (void)argument;
    begin();
    CHECK(pipe(ready) == 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write(ready[1], "x", 1) == 1);
        wait_for_ever();
    }
    CHECK(read(ready[0], &byte, 1) == 1);
    snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
    namespace_fd = open(path, O_RDONLY | O_CLOEXEC);
    attach_fails(&mount, 1, namespace_fd, EPERM, "the mount namespace belongs to another user namespace");
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

/* ------------------------------------------------------------------ namespaces */

/* A process that waits, and is the first one of new namespaces; opens some of them. */
static pid_t start_in(int flags, size_t kinds_length, const char *const *kinds, int *ret_fds)
{
    int told[2];
    pid_t pid, middle = -1;

    CHECK(pipe(told) == 0);
    middle = fork();
    CHECK(middle >= 0);
    if (middle == 0) {
        CHECK(unshare(flags) == 0);
        pid = fork();
        CHECK(pid >= 0);
        if (pid == 0)
            wait_for_ever();
        CHECK(write(told[1], &pid, sizeof(pid)) == sizeof(pid));
        wait_for_ever();
    }
    CHECK(read(told[0], &pid, sizeof(pid)) == sizeof(pid));
    for (size_t i = 0; i < kinds_length; i++) {
        char path[64];

        snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kinds[i]);
        ret_fds[i] = open(path, O_RDONLY | O_CLOEXEC);
        CHECK(ret_fds[i] >= 0);
    }
    return middle;
}

static size_t count_entries(const char *path, bool numbers)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    size_t count = 0;

    CHECK(directory);
    while ((entry = readdir(directory)))
        count += numbers ? entry->d_name[0] >= '0' && entry->d_name[0] <= '9' : entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void look_at_namespaces(void)
{
    CHECK(count_entries("/proc", true) == 1);
    CHECK(count_entries("/sys/class/net", false) == 1);
    CHECK(access("/dev/mqueue/of-the-caller", F_OK) < 0 && errno == ENOENT);
}

static bool knows_pidns(void)
{
    int context = (int)syscall(SYS_fsopen, "proc", 1), own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    bool knows = syscall(SYS_fsconfig, context, 5, "pidns", NULL, own) == 0;

    close(context);
    close(own);
    return knows;
}

static void check_namespaces(const void *argument)
{
    static const char *const kinds[] = {"pid", "net", "ipc"};
    int fds[ARRAY_LENGTH(kinds)];
    struct request request = {.root = {.path = "/mnt/root"}, .system_mounts = true};
    pid_t pid;

    (void)argument;
    begin();
    SKIP_UNLESS(knows_pidns(), "this kernel's procfs can't be told a pid namespace");
    pid = start_in(CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC, ARRAY_LENGTH(kinds), kinds, fds);
    request.build.namespaces = fds;
    request.build.namespaces_length = ARRAY_LENGTH(fds);
    inspect(build_well(&request), look_at_namespaces);
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

static void check_wrong_namespaces(const void *argument)
{
    int fds[] = {open("/dev/null", O_RDONLY | O_CLOEXEC)};
    const struct request request = {.build = {.namespaces = fds, .namespaces_length = 1}};
    const struct request none = {.build = {.namespaces_length = 1}};

    (void)argument;
    begin();
    build_fails(&request, EINVAL,
                "namespaces[0] is no descriptor of a namespace: ioctl(NS_GET_NSTYPE): EINVAL");
    build_fails(&none, EINVAL, "namespaces is NULL, but namespaces_length is not 0");
    fds[0] = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
    build_fails(&request, EINVAL, "namespaces[0] is of a kind that no file system belongs to that way");
    fds[0] = 999;
    build_fails(&request, EBADF,
                "namespaces[0] is no descriptor of a namespace: ioctl(NS_GET_NSTYPE): EBADF");
}

/* ------------------------------------------------------------------ a follower */

static void expect_lines(int fd, const char *const *begins, size_t length)
{
    char text[4096] = "", *rest = text;
    ssize_t count;
    size_t size = 0;

    while ((count = read(fd, text + size, sizeof(text) - 1 - size)) > 0)
        size += (size_t)count;
    for (size_t i = 0; i < length; i++) {
        char *line = strsep(&rest, "\n");

        if (!line || strncmp(line, begins[i], strlen(begins[i])) != 0)
            fprintf(stderr, "expected %s\n   found %s\n", begins[i], line ? line : "nothing");
        CHECK(line && strncmp(line, begins[i], strlen(begins[i])) == 0);
    }
    CHECK(rest && !*rest);
}

static void check_status(const void *argument)
{
    static const char *const lines[] = {"{\"phase\":\"planned\",\"operations\":", "{\"phase\":\"mounted\"}",
                                        "{\"phase\":\"verified\"}"};
    static const char *const failed[] = {"{\"phase\":\"planned\",\"operations\":",
                                         "{\"phase\":\"failed\",\"errno\":\"ENOENT\",\"message\":\"root.path:"
                                         " cannot open the source /mnt/none: openat2: "
                                         "ENOENT (No such file or directory)"};
    struct request request = {.root.path = "/mnt/root", .build.has_status = true};
    CLEANUP_HF_ERROR hf_error *error = NULL;
    int ends[2];

    (void)argument;
    begin();
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    request.build.status_fd = ends[1];
    close(build_well(&request));
    close(ends[1]);
    expect_lines(ends[0], lines, ARRAY_LENGTH(lines));
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    request.build.status_fd = ends[1];
    request.root.path = "/mnt/none";
    build_fails(&request, ENOENT, "root.path: cannot open the source /mnt/none");
    close(ends[1]);
    expect_lines(ends[0], failed, ARRAY_LENGTH(failed));
    request.build.status_fd = -1;
    build_fails(&request, EBADF, "status_fd is -1, no descriptor");
    /* Nobody reads: no signal comes to the caller. */
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    close(ends[0]);
    request.build.status_fd = ends[1];
    request.root.path = "/mnt/root";
    build_fails(&request, EPIPE, "cannot tell the status descriptor: write: EPIPE");
}

static void check_control(const void *argument)
{
    struct request request = {.root.path = "/mnt/root", .system_mounts = true, .build.has_control = true};
    int ends[2];

    (void)argument;
    begin();
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    request.build.control_fd = ends[0];
    close(build_well(&request)); /* still open: it goes on, without a word */
    close(ends[1]);
    build_fails(&request, ECANCELED, "the control descriptor ended: the start was stopped");
    CHECK(access("/mnt/root/proc", F_OK) == 0); /* of the first one */
    close(ends[0]);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    request.build.control_fd = ends[0];
    close(build_well(&request));
    close(ends[1]);
    build_fails(&request, ECANCELED, "the control descriptor ended: the start was stopped");
}

/* ------------------------------------------------------------------ the record */

static size_t count_differences(const char *record, int namespace_fd, struct hf_difference *ret_first,
                                hf_verification **ret_verification)
{
    CLEANUP_HF_ERROR hf_error *error = NULL;
    struct hf_difference difference;
    size_t position = 0, count = 0;

    CHECK_WELL(hf_verify_record(record, namespace_fd, ret_verification, &error), error);
    while (hf_verification_next(*ret_verification, &position, &difference))
        if (count++ == 0)
            *ret_first = difference;
    return count;
}

static void check_record(const void *argument)
{
    const struct hf_mount bound = {
        .size = sizeof(bound), .type = "bind", .source = "/mnt/source", .destination = "/data"};
    const struct hf_mount added = {.type = "tmpfs", .destination = "/added"};
    char *record = NULL;
    const struct request request = {
        .root.path = "/mnt/root", .mounts = &bound, .mounts_length = 1, .build.ret_record = &record};
    CLEANUP_HF_ERROR hf_error *error = NULL;
    hf_verification *verification = NULL;
    struct hf_difference difference;
    int namespace_fd;

    (void)argument;
    begin();
    namespace_fd = build_well(&request);
    CHECK(record && strncmp(record, "holdfast mounts 1", 17) == 0);
    CHECK(count_differences(record, namespace_fd, &difference, &verification) == 0);
    hf_verification_free(verification);
    CHECK_WELL(attach(&added, 1, NULL, namespace_fd, &error), error);
    CHECK(count_differences(record, namespace_fd, &difference, &verification) == 1);
    CHECK(strcmp(difference.kind, "unexpected") == 0 && strcmp(difference.place, "/added") == 0);
    hf_verification_free(verification);
    CHECK(hf_verify_record("no record", namespace_fd, &verification, &error) == -EBADMSG);
    hf_text_free(record);
}

/* ------------------------------------------------------------------ */

IN_CHILD(attach)
IN_CHILD(attach_misuse)
IN_CHILD(attach_elsewhere)
IN_CHILD(namespaces)
IN_CHILD(wrong_namespaces)
IN_CHILD(status)
IN_CHILD(control)
IN_CHILD(record)

static void test_attach_failures(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(attach_failures); i++)
        in_child(check_attach_failure, &attach_failures[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attach),        cmocka_unit_test(test_attach_failures),
        cmocka_unit_test(test_attach_misuse), cmocka_unit_test(test_attach_elsewhere),
        cmocka_unit_test(test_namespaces),    cmocka_unit_test(test_wrong_namespaces),
        cmocka_unit_test(test_status),        cmocka_unit_test(test_control),
        cmocka_unit_test(test_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
