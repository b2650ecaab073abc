/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for devices, judged by what a process in the cgroup can open and make. */
#include "controllers_helpers.h"

#include "cgroup/device_exceptions.h"
#include "cgroup/device_program.h"
#include "cgroup/devices.h"
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define NODES "/mnt"
#define RULES_LIMIT 6

/* Devices that can be opened without a consequence: majors 240 to 254 are for experiments, and without a driver. */
static const struct {
    char type;
    unsigned major, minor;
} devices[] = {
    {'c', 1, 3}, {'c', 1, 4}, {'c', 1, 11}, {'c', 240, 3}, {'b', 240, 3}, {'b', 241, 4},
};

#define DEVICES ARRAY_LENGTH(devices)

typedef int set_function(int, const struct config_device_rule *, size_t, struct error *);

/* Rules as text, "+c 1:3 rw" or "-a *:* rwm", and the rights that come out for each device, as text. */
struct rules_case {
    const char *rules[RULES_LIMIT];
    const char *rights[DEVICES];
    const char *legacy_refusal; /* what version 1 has against it; NULL: nothing */
};

#define NULL_ONLY                                                                                            \
    {                                                                                                        \
        "rwm", "m", "m", "m", "m", "m"                                                                       \
    }
#define EVERYTHING                                                                                           \
    {                                                                                                        \
        "rwm", "rwm", "rwm", "rwm", "rwm", "rwm"                                                             \
    }

static const struct rules_case cases[] = {
    {{NULL}, NULL_ONLY, NULL},
    {{"-a *:* rwm"}, NULL_ONLY, NULL},
    {{"+a *:* rwm"}, EVERYTHING, NULL},
    {{"-a *:* rwm", "+a *:* rwm"}, EVERYTHING, NULL},
    {{"+a *:* rwm", "-a *:* rwm"}, NULL_ONLY, NULL},
    {{"+c 240:3 r"}, {"rwm", "m", "m", "rm", "m", "m"}, NULL},
    {{"+c 240:3 w"}, {"rwm", "m", "m", "wm", "m", "m"}, NULL},
    {{"+c 240:3 r", "+c 240:3 w"}, {"rwm", "m", "m", "rwm", "m", "m"}, NULL},
    {{"+b 240:* rwm"}, {"rwm", "m", "m", "m", "rwm", "m"}, NULL},
    {{"+a 240:3 rw"}, {"rwm", "m", "m", "rwm", "rwm", "m"}, NULL},
    {{"+a *:* r"}, {"rwm", "rm", "rm", "rm", "rm", "rm"}, NULL},
    {{"+c *:3 rw"}, {"rwm", "m", "m", "rwm", "m", "m"}, NULL},
    /* No access given: all. */
    {{"+b 241:4 "}, {"rwm", "m", "m", "m", "m", "rwm"}, NULL},
    /* The last one wins. */
    {{"+c 240:3 rw", "-c 240:3 w"}, {"rwm", "m", "m", "rm", "m", "m"}, NULL},
    {{"-c 240:3 w", "+c 240:3 rw"}, {"rwm", "m", "m", "rwm", "m", "m"}, NULL},
    {{"+c 240:3 rw", "-c 240:* rw"}, NULL_ONLY, NULL},
    {{"+c 240:3 rw", "-a *:* rwm", "+b 241:* r"}, {"rwm", "m", "m", "m", "m", "rm"}, NULL},
    {{"+a *:* rwm", "-b 241:4 w"}, {"rwm", "rwm", "rwm", "rwm", "rwm", "rm"}, NULL},
    {{"+a *:* rwm", "-b 241:4 rw", "+b 241:* r"}, {"rwm", "rwm", "rwm", "rwm", "rwm", "rm"}, NULL},
    /* What every container has, the configuration can't take away. */
    {{"-c 1:3 rwm"}, NULL_ONLY, NULL},
    /* Version 1 knows no exceptions from exceptions. */
    {{"+c 240:* rw", "-c 240:3 w"},
     {"rwm", "m", "m", "rm", "m", "m"},
     "linux.resources.devices: cannot deny devices c 240:3 w, a part of c 240:* rw; version 1 of cgroups "
     "cannot"},
    {{"+a *:* rwm", "-c 1:* rw"},
     {"rwm", "m", "m", "rwm", "rwm", "rwm"},
     "linux.resources.devices: cannot allow devices c 1:3 rwm, a part of c 1:* rw; version 1 of cgroups "
     "cannot"},
};

static struct config_number parse_number(const char *text)
{
    if (strcmp(text, "*") == 0)
        return (struct config_number){0};
    return (struct config_number){.given = true, .value = atoi(text)};
}

static struct config_device_rule parse_rule(const char *text)
{
    char sign, type, major[8], minor[8], rights[4] = "";

    CHECK(sscanf(text, "%c%c %7[^:]:%7s %3s", &sign, &type, major, minor, rights) >= 4);
    return (struct config_device_rule){
        .allow = sign == '+',
        .type = type,
        .major = parse_number(major),
        .minor = parse_number(minor),
        .read = strchr(rights, 'r'),
        .write = strchr(rights, 'w'),
        .mknod = strchr(rights, 'm'),
    };
}

static size_t parse_rules(const char *const *text, struct config_device_rule rules[RULES_LIMIT])
{
    size_t length = 0;

    for (; length < RULES_LIMIT && text[length]; length++)
        rules[length] = parse_rule(text[length]);
    return length;
}

static void node_path(size_t device, const char *prefix, char path[64])
{
    snprintf(path, 64, NODES "/%s%zu", prefix, device);
}

static int make_node(size_t device, const char *prefix)
{
    char path[64];
    mode_t mode = (devices[device].type == 'c' ? S_IFCHR : S_IFBLK) | 0600;

    node_path(device, prefix, path);
    return mknod(path, mode, makedev(devices[device].major, devices[device].minor));
}

/* Whatever else goes wrong, the cgroup says EPERM. */
static bool can_open(size_t device, int flags)
{
    char path[64];
    int fd;

    node_path(device, "node", path);
    fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0 || errno != EPERM;
}

static bool can_make(size_t device)
{
    char path[64];

    node_path(device, "new", path);
    return make_node(device, "new") == 0 && unlink(path) == 0;
}

/* Both at once is asked for, too: it has to be allowed if each is. */
static void check_device(size_t device, const char *expected, const char *about)
{
    char rights[8] = "";
    bool can_read = can_open(device, O_RDONLY), can_write = can_open(device, O_WRONLY);

    snprintf(rights, sizeof(rights), "%s%s%s", can_read ? "r" : "", can_write ? "w" : "",
             can_make(device) ? "m" : "");
    if (strcmp(rights, expected) != 0)
        fprintf(stderr, "%s: device %zu: \"%s\", not \"%s\"\n", about, device, rights, expected);
    CHECK(strcmp(rights, expected) == 0);
    CHECK(can_open(device, O_RDWR) == (can_read && can_write));
}

static void check_devices(const struct test_cgroup *cgroup, const char *const *expected, const char *about)
{
    pid_t pid = fork();
    int status;

    CHECK(pid >= 0);
    if (pid == 0) {
        test_cgroup_enter(cgroup);
        for (size_t i = 0; i < DEVICES; i++)
            check_device(i, expected[i], about);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
}

/* The cgroup's hierarchy stays open below its descriptor; the nodes are mounted over it. */
static void make_nodes(void)
{
    CHECK(mount("holdfast-test", NODES, "tmpfs", 0, NULL) == 0);
    for (size_t i = 0; i < DEVICES; i++)
        CHECK(make_node(i, "node") == 0);
}

/* One after the other in one cgroup: each replaces what was set before. */
static void test_cases(struct test_cgroup *cgroup, set_function *set, bool is_legacy)
{
    make_nodes();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct config_device_rule rules[RULES_LIMIT];
        size_t length = parse_rules(cases[i].rules, rules);

        if (is_legacy && cases[i].legacy_refusal) {
            CHECK(set(cgroup->fd, rules, length, &error) == -EOPNOTSUPP);
            CHECK(error_says(&error, cases[i].legacy_refusal));
            continue;
        }
        CHECK_OK(set(cgroup->fd, rules, length, &error), &error);
        check_devices(cgroup, cases[i].rights, cases[i].rules[0] ? cases[i].rules[0] : "no rules");
    }
}

static void unified_cases(const void *argument)
{
    struct test_cgroup cgroup = {0};

    (void)argument;
    test_cgroup_make(&cgroup, "cgroup2", NULL);
    test_cases(&cgroup, cgroup_devices_set_unified, false);
}

static void legacy_cases(const void *argument)
{
    struct test_cgroup cgroup = {0};

    (void)argument;
    test_cgroup_make(&cgroup, "cgroup", "devices");
    test_cases(&cgroup, cgroup_devices_set_legacy, true);
}

static size_t attached_programs(int directory_fd)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.query.target_fd = (uint32_t)directory_fd;
    attributes.query.attach_type = BPF_CGROUP_DEVICE;
    CHECK(syscall(SYS_bpf, BPF_PROG_QUERY, &attributes, sizeof(attributes)) == 0);
    return attributes.query.prog_cnt;
}

/* Attaches one more, as another tool would. */
static void attach_denial(int directory_fd)
{
    CLEANUP_ERROR struct error error = {0};
    struct bpf_insn instructions[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    struct device_program program = {instructions, ARRAY_LENGTH(instructions)};
    CLEANUP_FD int fd = device_program_load(&program, &error);
    union bpf_attr attributes;

    CHECK(fd >= 0);
    memset(&attributes, 0, sizeof(attributes));
    attributes.target_fd = (uint32_t)directory_fd;
    attributes.attach_bpf_fd = (uint32_t)fd;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    CHECK(syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof(attributes)) == 0);
}

static void set_unified(int directory_fd, const char *rule)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_device_rule parsed = parse_rule(rule);

    CHECK_OK(cgroup_devices_set_unified(directory_fd, &parsed, 1, &error), &error);
}

/* All programs of a directory have to agree: an older one that stayed would still deny. */
static void one_program_stays(const void *argument)
{
    static const char *const write_only[] = {"rwm", "m", "m", "wm", "m", "m"};
    static const char *const everything[] = EVERYTHING;
    struct test_cgroup cgroup = {0};

    (void)argument;
    test_cgroup_make(&cgroup, "cgroup2", NULL);
    make_nodes();
    set_unified(cgroup.fd, "+a *:* rwm");
    CHECK(attached_programs(cgroup.fd) == 0);
    attach_denial(cgroup.fd);
    set_unified(cgroup.fd, "+c 240:3 r");
    CHECK(attached_programs(cgroup.fd) == 1);
    attach_denial(cgroup.fd);
    attach_denial(cgroup.fd);
    CHECK(attached_programs(cgroup.fd) == 3);
    set_unified(cgroup.fd, "+c 240:3 w");
    CHECK(attached_programs(cgroup.fd) == 1);
    check_devices(&cgroup, write_only, "after others");
    set_unified(cgroup.fd, "+a *:* rwm");
    CHECK(attached_programs(cgroup.fd) == 0);
    check_devices(&cgroup, everything, "after all");
}

/* The verifier's work must not explode with the number of rules. */
static void many_rules(const void *argument)
{
    static const char *const last_wins[] = {"rwm", "m", "m", "rm", "m", "m"};
    struct test_cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};
    struct config_device_rule *rules = calloc(5000, sizeof(*rules));

    (void)argument;
    test_cgroup_make(&cgroup, "cgroup2", NULL);
    make_nodes();
    for (size_t i = 0; i < 5000; i++)
        rules[i] = parse_rule(i % 3 == 0 ? "-c 240:3 w" : i % 3 == 1 ? "+c 240:3 rw" : "-a *:* m");
    rules[4999] = parse_rule("-c 240:3 w");
    CHECK_OK(cgroup_devices_set_unified(cgroup.fd, rules, 5000, &error), &error);
    check_devices(&cgroup, last_wins, "5000 rules");
    free(rules);
}

#define CHARACTERS_LIST                                                                                      \
    "c *:* m\nc 10:200 rwm\nc 136:* rwm\nc 1:3 rwm\nc 1:5 rwm\nc 1:7 rwm\nc 1:8 rwm\nc 1:9 rwm\n"            \
    "c 5:0 rwm\nc 5:2 rwm\n"
#define DEFAULT_LIST "b *:* m\n" CHARACTERS_LIST

static int compare_lines(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static void check_list(int directory_fd, const char *expected)
{
    CLEANUP_FD int fd = openat(directory_fd, "devices.list", O_RDONLY | O_CLOEXEC);
    CLEANUP_FREE char *text = NULL;
    char *lines[64], sorted[1024] = "", *saved = NULL;
    size_t length, number = 0;

    CHECK(fd_read_all(fd, 65536, &text, &length) == 0);
    for (char *line = strtok_r(text, "\n", &saved); line && number < 64; line = strtok_r(NULL, "\n", &saved))
        lines[number++] = line;
    qsort(lines, number, sizeof(*lines), compare_lines);
    for (size_t i = 0; i < number; i++) {
        strncat(sorted, lines[i], sizeof(sorted) - strlen(sorted) - 1);
        strncat(sorted, "\n", sizeof(sorted) - strlen(sorted) - 1);
    }
    if (strcmp(sorted, expected) != 0)
        fprintf(stderr, "devices.list is\n%snot\n%s", sorted, expected);
    CHECK(strcmp(sorted, expected) == 0);
}

static void set_legacy(int directory_fd, const char *rule)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_device_rule parsed = parse_rule(rule);

    CHECK_OK(cgroup_devices_set_legacy(directory_fd, &parsed, 1, &error), &error);
}

/* With a cgroup below the kernel refuses a reset: an update writes differences. */
static void legacy_lists(const void *argument)
{
    struct test_cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};
    struct config_device_rule everything = parse_rule("+a *:* rwm");

    (void)argument;
    test_cgroup_make(&cgroup, "cgroup", "devices");
    set_legacy(cgroup.fd, "+a *:* rwm");
    check_list(cgroup.fd, "a *:* rwm\n");
    set_legacy(cgroup.fd, "-a *:* rwm");
    check_list(cgroup.fd, DEFAULT_LIST);
    CHECK(mkdirat(cgroup.fd, "below", 0755) == 0);
    set_legacy(cgroup.fd, "+b 7:3 rw");
    check_list(cgroup.fd, "b *:* m\nb 7:3 rw\n" CHARACTERS_LIST);
    set_legacy(cgroup.fd, "-a *:* rwm");
    check_list(cgroup.fd, DEFAULT_LIST);
    CHECK(cgroup_devices_set_legacy(cgroup.fd, &everything, 1, &error) == -EINVAL);
    CHECK(error_says(&error, "a cgroup with cgroups below cannot change"));
}

/* What a caller in a user namespace may skip. */
static void unprivileged(const void *argument)
{
    struct test_cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};
    struct config_device_rule rule = parse_rule("+c 240:3 r");
    pid_t pid;
    int status;

    (void)argument;
    test_cgroup_make(&cgroup, "cgroup2", NULL);
    pid = fork();
    if (pid == 0) {
        CHECK(unshare(CLONE_NEWUSER) == 0);
        CHECK(cgroup_devices_set_unified(cgroup.fd, &rule, 1, &error) == -EPERM);
        CHECK(error_says(&error, "EPERM"));
        CHECK(error_says(&error, "not to be had in a user namespace"));
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
    CHECK(attached_programs(cgroup.fd) == 0);
}

static void verifier_refusal(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct bpf_insn instructions[] = {{.code = BPF_JMP | BPF_EXIT}};
    struct device_program program = {instructions, 1};

    (void)argument;
    SKIP_UNLESS(getuid() == 0, "needs root");
    CHECK(device_program_load(&program, &error) == -EACCES);
    CHECK(error_says(&error, "bpf(BPF_PROG_LOAD)"));
    CHECK(error_says(&error, "R0 ")); /* "R0 !read_ok", "R0 is not readable": by the kernel */
}

static void out_of_range(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_device_rule rule = {
        .allow = true, .type = 'c', .major = {true, 1}, .minor = {true, (int64_t)UINT32_MAX + 1}};

    (void)argument;
    CHECK(cgroup_devices_set_unified(-1, &rule, 1, &error) == -ERANGE);
    CHECK(error_says(&error, "linux.resources.devices[0]: 4294967296 is no device number"));
}

#define TEST(body)                                                                                           \
    static void test_##body(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_child(body, NULL);                                                                                \
    }

TEST(unified_cases)
TEST(legacy_cases)
TEST(one_program_stays)
TEST(many_rules)
TEST(legacy_lists)
TEST(unprivileged)
TEST(verifier_refusal)
TEST(out_of_range)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unified_cases),     cmocka_unit_test(test_legacy_cases),
        cmocka_unit_test(test_one_program_stays), cmocka_unit_test(test_many_rules),
        cmocka_unit_test(test_legacy_lists),      cmocka_unit_test(test_unprivileged),
        cmocka_unit_test(test_verifier_refusal),  cmocka_unit_test(test_out_of_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
