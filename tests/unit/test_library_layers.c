/* SPDX-License-Identifier: Apache-2.0 */
/* Overlays whose layers come as descriptors. */
#include "library_build_helpers.h"

#include <sys/utsname.h>

static int open_directory(const char *path)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    CHECK(fd >= 0);
    return fd;
}

static void look_at_layers(void)
{
    CHECK(holds("/merged/name", "lower 0\n"));
    CHECK(holds("/merged/own19", "layer\n"));
    write_file("/merged/name", "changed\n");
}

/* Before, all lower layers are one option, of 255 bytes; and before 6.5 they are looked at when all is known. */
static bool takes_layers_one_by_one(void)
{
    struct utsname system;
    int major = 0, minor = 0;

    CHECK(uname(&system) == 0 && sscanf(system.release, "%d.%d", &major, &minor) == 2);
    return major > 6 || (major == 6 && minor >= 8);
}

/* Into an upper layer of its own, /mnt/upper; lines: of the plan. Returns the namespace. */
static int build_merged(const int *lower, size_t length, const char *lines)
{
    struct hf_overlay overlay = {.size = sizeof(overlay),
                                 .destination = "/merged",
                                 .lower_fds = lower,
                                 .lower_fds_length = length,
                                 .has_upper = true};
    const struct request request = {.root.path = "/mnt/root"};
    CLEANUP_HF_CONFIG hf_config *config = NULL;
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    CLEANUP_FREE char *found = NULL;
    int namespace_fd = -1;

    CHECK(mkdir("/mnt/upper", 0755) == 0 && mkdir("/mnt/work", 0755) == 0);
    overlay.upper_fd = open_directory("/mnt/upper");
    overlay.work_fd = open_directory("/mnt/work");
    configure(&request, &config);
    CHECK_WELL(hf_config_add_overlay(config, &overlay, &error), error);
    CHECK_WELL(hf_plan_new(config, &plan, &error), error);
    found = lines_with(plan, "/merged");
    CHECK(strcmp(found, lines) == 0);
    CHECK_WELL(hf_build(plan, NULL, &namespace_fd, &error), error);
    return namespace_fd;
}

/* More layers than a page of names in one option has room for. */
static void check_layers(const void *argument)
{
    int lower[20];

    (void)argument;
    begin();
    SKIP_UNLESS(takes_layers_one_by_one(), "many layers by their descriptors need Linux 6.8");
    for (size_t i = 0; i < ARRAY_LENGTH(lower); i++) {
        char path[64], text[64];

        snprintf(path, sizeof(path), "/mnt/layer%zu", i);
        CHECK(mkdir(path, 0755) == 0);
        lower[i] = open_directory(path);
        snprintf(path, sizeof(path), "/mnt/layer%zu/name", i);
        snprintf(text, sizeof(text), "lower %zu\n", i);
        write_file(path, text);
        snprintf(path, sizeof(path), "/mnt/layer%zu/own%zu", i, i);
        write_file(path, "layer\n");
    }
    inspect(build_merged(lower, ARRAY_LENGTH(lower),
                         "mount /merged type overlay source overlay with lowerdir=20 given descriptors,"
                         "upperdir=a given descriptor (mounts[0])\n"),
            look_at_layers);
    CHECK(holds("/mnt/upper/name", "changed\n") && holds("/mnt/layer0/name", "lower 0\n"));
}

static void look_at_few_layers(void)
{
    CHECK(holds("/merged/name", "source\n"));
    write_file("/merged/name", "changed\n");
}

/* As many as every kernel takes. */
static void check_few_layers(const void *argument)
{
    int lower[2];

    (void)argument;
    begin();
    CHECK(mkdir("/mnt/below", 0755) == 0);
    lower[0] = open_directory("/mnt/source");
    lower[1] = open_directory("/mnt/below");
    inspect(build_merged(lower, ARRAY_LENGTH(lower),
                         "mount /merged type overlay source overlay with lowerdir=2 given descriptors,"
                         "upperdir=a given descriptor (mounts[0])\n"),
            look_at_few_layers);
    CHECK(holds("/mnt/upper/name", "changed\n") && holds("/mnt/source/name", "source\n"));
}

static const struct layers_failure {
    struct hf_overlay overlay;
    int code;
    const char *begins;
} layers_failures[] = {
    {{.destination = "/m"}, EINVAL, "an overlay needs a destination and at least one lower layer"},
    {{.lower_fds = (const int[]){3}, .lower_fds_length = 1},
     EINVAL,
     "an overlay needs a destination and at least one lower layer"},
    {{.destination = "m", .lower_fds = (const int[]){3}, .lower_fds_length = 1},
     EINVAL,
     "the overlay's destination is \"m\", but must be an absolute path"},
    {{.destination = "/m", .lower_fds = (const int[]){999, 998}, .lower_fds_length = 2},
     ENOENT,
     "mounts[0] (/m): the overlay refuses a given layer: fsconfig: ENOENT"},
    {{.destination = "/m", .lower_fds = (const int[]){0}, .lower_fds_length = 1}, /* a file */
     EINVAL,
     "mounts[0] (/m): the overlay refuses a given layer: fsconfig: EINVAL"},
};

static void check_layers_failure(const void *argument)
{
    const struct layers_failure *failure = argument;
    struct hf_overlay overlay = failure->overlay;
    const struct request request = {.root.path = "/mnt/root"};
    CLEANUP_HF_CONFIG hf_config *config = NULL;
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    int namespace_fd = -7, status;

    begin();
    SKIP_UNLESS(takes_layers_one_by_one(), "before Linux 6.8 it is told later, and in other words");
    CHECK(dup2(open("/mnt/source/name", O_PATH | O_CLOEXEC), 0) == 0);
    overlay.size = sizeof(overlay);
    configure(&request, &config);
    status = hf_config_add_overlay(config, &overlay, &error);
    if (status == 0)
        CHECK_WELL(hf_plan_new(config, &plan, &error), error);
    if (status == 0)
        status = hf_build(plan, NULL, &namespace_fd, &error);
    CHECK(is_error(error, failure->code, failure->begins));
    CHECK(status == -failure->code && namespace_fd == -7);
}

IN_CHILD(layers)
IN_CHILD(few_layers)

static void test_layers_failures(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(layers_failures); i++)
        in_child(check_layers_failure, &layers_failures[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_few_layers),
        cmocka_unit_test(test_layers_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
