/* SPDX-License-Identifier: Apache-2.0 */
/* src/plan: where trees come from: the rootfs itself, descriptors, the machine's tree; their ids and labels. */
#include "plan_helpers.h"

#include <string.h>

#define ORIGIN " (mounts[0])\n"
#define IN(root, source)                                                                                     \
    "{'ociVersion':'1.3.0','root':{'path':'" root "'},"                                                      \
    "'mounts':[{'destination':'/d','type':'bind','source':'" source "'}]}"
#define FROM(source) "bind /d from " source " rprivate" ORIGIN

#define LINE(rest) "bind /d from s" rest ORIGIN

/* As text: what the links in it lead to shows in the container. */
static const struct plan_case in_rootfs[] = {
    {IN("/a/r", "/a/r/x/y"), "mounts", FROM("/x/y in the root")},
    {IN("/a/r", "/a/r"), "mounts", FROM("/ in the root")},
    {IN("/a/r", "/a/r/"), "mounts", FROM("/ in the root")},
    {IN("/a/r/", "/a//r/./x/"), "mounts", FROM("/x in the root")},
    {IN("/a/b/../r", "/c/../a/r/x"), "mounts", FROM("/x in the root")},
    {IN("/a/r", "/a/rx"), "mounts", FROM("/a/rx")},
    {IN("/a/r", "/a"), "mounts", FROM("/a")},
    {IN("/a/r", "/a/r/../x"), "mounts", FROM("/a/r/../x")},
    {IN("/a/r", "x"), "mounts", FROM("x")},
    {IN("r", "r/x"), "mounts", FROM("/x in the root")},
    /* all of the host would lie in it */
    {IN("/", "/x"), "mounts", FROM("/x")},
};

static void test_in_rootfs(void **state)
{
    (void)state;
    check_plan_cases(in_rootfs, ARRAY_LENGTH(in_rootfs), &plain_machine);
}

/* Relative paths begin at the bundle. */
static const struct plan_case in_bundle[] = {
    {IN("r", "r/x"), "mounts", FROM("/x in the root")},
    {IN("r", "./s/../r"), "mounts", FROM("/ in the root")},
    {IN("r", "/b/c/r/x"), "mounts", FROM("/x in the root")},
    {IN("/b/c/r", "r/x"), "mounts", FROM("/x in the root")},
    {IN("../r", "/b/r/x"), "mounts", FROM("/x in the root")},
    {IN("r", "/r/x"), "mounts", FROM("/r/x")},
    {IN("r", "../r/x"), "mounts", FROM("../r/x")},
};

static void test_in_bundle(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(in_bundle); i++) {
        CLEANUP_CONFIG struct config config = {0};

        read_config(&config, in_bundle[i].json);
        config.bundle = "/b/c";
        assert_plan_of(&config, &plain_machine, in_bundle[i].origin, in_bundle[i].lines);
    }
}

/* From the library; no path decides where a descriptor is. */
static void test_descriptors(void **state)
{
    CLEANUP_CONFIG struct config config = {0};

    (void)state;
    read_config(&config, IN("/r", "/r/x"));
    config.has_rootfs_fd = true;
    config.rootfs = NULL;
    assert_plan_of(&config, &plain_machine, "root",
                   "bind / from the given root recursive rprivate (root.path)\n"
                   "switch / by pivot_root (root.path)\n");
    assert_plan_of(&config, &plain_machine, "mounts", FROM("/r/x"));
    config.mounts[0].has_source_fd = true;
    config.mounts[0].source = NULL;
    assert_plan_of(&config, &plain_machine, "mounts", FROM("the given source"));
    config.mounts[0].origin = "bind 1";
    assert_plan_of(&config, &plain_machine, "bind", "bind /d from the given source rprivate (bind 1)\n");
}

static void test_no_pivot_root(void **state)
{
    CLEANUP_CONFIG struct config config = {0};

    (void)state;
    read_config(&config, IN("/r", "/x"));
    config.no_pivot_root = true;
    assert_plan_of(&config, &plain_machine, "root",
                   "bind / from /r recursive rprivate (root.path)\nswitch / by chroot (root.path)\n");
}

#define MACHINE " (the machine's tree)\n"
#define BOX(end)                                                                                             \
    "mount / type tmpfs source tmpfs nodev with mode=755" MACHINE                                            \
    "overlay /usr from /usr, changes in memory nodev" MACHINE "link /bin to usr/bin" MACHINE                 \
    "directory /srv mode 1755" MACHINE "bind /srv/data from /srv/data recursive rro rnodev rprivate" MACHINE \
    "bind /dev from /dev rprivate (mounts[0])\n" end

static struct config_part parts[] = {
    {.kind = PART_DIRECTORY, .path = "/", .mode = 0700},
    {.kind = PART_COPY_ON_WRITE, .path = "/usr"},
    {.kind = PART_SYMLINK, .path = "/bin", .text = "usr/bin"},
    {.kind = PART_DIRECTORY, .path = "/srv", .mode = 01755},
    {.kind = PART_READONLY, .path = "/srv/data"},
};

/* A box has the machine's tree in place of a rootfs. */
static void test_parts(void **state)
{
    struct config_part sealed[ARRAY_LENGTH(parts)];
    CLEANUP_CONFIG struct config config = {0};

    (void)state;
    read_config(&config, TOP("'mounts':[{'destination':'/dev','type':'bind','source':'/dev'}]"));
    config.parts = parts;
    config.parts_length = ARRAY_LENGTH(parts);
    assert_plan_of(&config, &plain_machine, "", BOX("switch / by pivot_root (root.path)\n"));
    /* --ro /: the copy stays writable until the mount points in it are made */
    config.rootfs_readonly = true;
    memcpy(sealed, parts, sizeof(parts));
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
        sealed[i].readonly = parts[i].kind == PART_COPY_ON_WRITE;
    config.parts = sealed;
    assert_plan_of(&config, &plain_machine, "",
                   BOX("change /usr ro (the machine's tree)\n"
                       "change / ro (root.readonly)\nswitch / by pivot_root (root.path)\n"));
}

/* A box under review: the changes go to a disk, or can't be made. */
static void test_layers(void **state)
{
    struct config_part reviewed[] = {
        {.kind = PART_DIRECTORY, .path = "/", .mode = 0700, .readonly = true},
        {.kind = PART_COPY_ON_WRITE, .path = "/usr", .layers = "/l/0"},
        {.kind = PART_COPY_ON_WRITE, .path = "/srv", .readonly = true},
    };
    CLEANUP_CONFIG struct config config = {0};

    (void)state;
    read_config(&config, TOP("'mounts':[{'destination':'/dev','type':'bind','source':'/dev'}]"));
    config.parts = reviewed;
    config.parts_length = ARRAY_LENGTH(reviewed);
    assert_plan_of(&config, &plain_machine, "",
                   "mount / type tmpfs source tmpfs nodev with mode=755" MACHINE
                   "overlay /usr from /usr, changes in /l/0 nodev" MACHINE
                   "overlay /srv from /srv, changes in memory nodev" MACHINE
                   "bind /dev from /dev rprivate (mounts[0])\n"
                   "change / ro (the machine's tree)\n"
                   "change /srv ro (the machine's tree)\n"
                   "switch / by pivot_root (root.path)\n");
}

static void expect_user_xattr(const char *json, bool initial, bool expected)
{
    const struct plan_environment environment = {.initial_user_namespace = initial};
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_PLAN struct plan plan = {0};

    read_config(&config, json);
    config.parts = parts;
    config.parts_length = ARRAY_LENGTH(parts);
    assert_int_equal(plan_compile(&plan, &config, &environment, &error), 0);
    assert_int_equal(plan.operations[1].kind, OPERATION_OVERLAY);
    assert_int_equal(plan.operations[1].overlay.user_xattr, expected);
}

/* trusted.overlay.* is for the first user namespace alone (user_namespaces(7)). */
static void test_overlay_attributes(void **state)
{
    (void)state;
    expect_user_xattr(TOP("'mounts':[]"), true, false);
    expect_user_xattr(TOP("'mounts':[]"), false, true);
    expect_user_xattr(UID_RANGES(ONE_ID), true, true);
}

#define IDS "'uidMappings':[" RANGE("0", "5", "2") "],'gidMappings':[" RANGE("1", "6", "3") "," ONE_ID "]"
#define GIVEN "uid 0:5:2 gid 1:6:3,0:0:1"
#define MAPPED(options, more)                                                                                \
    MOUNT("'destination':'/d','type':'bind','source':'s','options':[" options "]" more)
#define IN_USER_NAMESPACE(options, more)                                                                     \
    TOP("'linux':{'namespaces':[{'type':'user'}],'uidMappings':[" ONE_ID "],'gidMappings':[" ONE_ID "]},"    \
        "'mounts':[{'destination':'/d','type':'bind','source':'s','options':[" options "]" more "}]")

static const struct plan_case idmapped[] = {
    {MAPPED("'idmap'", "," IDS), "mounts", LINE(" rprivate idmap " GIVEN)},
    {MAPPED("'rbind','ridmap'", "," IDS), "mounts", LINE(" recursive rprivate ridmap " GIVEN)},
    {MAPPED("'idmap','ridmap'", "," IDS), "mounts", LINE(" rprivate ridmap " GIVEN)},
    {MAPPED("'ridmap','idmap'", "," IDS), "mounts", LINE(" rprivate idmap " GIVEN)},
    {MAPPED("", "," IDS), "mounts", LINE(" rprivate idmap " GIVEN)},
    {IN_USER_NAMESPACE("", ""), "mounts", LINE(" rprivate")},
    {IN_USER_NAMESPACE("'idmap'", ""), "mounts", LINE(" rprivate idmap as the container")},
    {IN_USER_NAMESPACE("'ridmap'", ""), "mounts", LINE(" rprivate ridmap as the container")},
    {IN_USER_NAMESPACE("'idmap'", "," IDS), "mounts", LINE(" rprivate idmap " GIVEN)},
};

static void test_idmap(void **state)
{
    (void)state;
    check_plan_cases(idmapped, ARRAY_LENGTH(idmapped), &plain_machine);
}

#define LABELLED(label, option)                                                                              \
    TOP("'linux':{'mountLabel':'" label "'},"                                                                \
        "'mounts':[{'destination':'/d','type':'bind','source':'s','options':['" option "']}]")

/* user:role:type:level[:categories] */
static const struct plan_case relabelled[] = {
    {LABELLED("u:r:t:s0:c1,c2", "Z"), "mounts", LINE(" rprivate label u:r:t:s0:c1,c2")},
    {LABELLED("u:r:t:s0:c1,c2", "z"), "mounts", LINE(" rprivate label u:r:t:s0")},
    {LABELLED("u:r:t:s0", "z"), "mounts", LINE(" rprivate label u:r:t:s0")},
    {LABELLED("u:r:t", "z"), "mounts", LINE(" rprivate label u:r:t")},
    {LABELLED("x", "z"), "mounts", LINE(" rprivate label x")},
    {LABELLED("u:r:t:s0:c1,c2", "ro"), "mounts", LINE(" ro rprivate")},
};

static void test_relabel(void **state)
{
    (void)state;
    check_plan_cases(relabelled, ARRAY_LENGTH(relabelled), &plain_machine);
}

#define PLACE "config.json:1: mounts[0] (/d): "
#define NO_LABEL(option)                                                                                     \
    PLACE "option \"" option "\" asks for a label, but linux.mountLabel gives none; set linux.mountLabel, "  \
          "or leave the option out"

static void test_refused(void **state)
{
    static const struct {
        const char *json, *line;
    } cases[] = {
        {MAPPED("'z'", ""), NO_LABEL("z")},
        {MAPPED("'Z'", ""), NO_LABEL("Z")},
        {MOUNT("'destination':'/d','type':'bind'"), PLACE "a bind mount needs a \"source\""},
        {MOUNT("'destination':'/d','options':['rbind']"), PLACE "a bind mount needs a \"source\""},
        {MOUNT("'destination':'/d','source':'s'"),
         PLACE "needs a \"type\", or \"bind\" or \"rbind\" among its options"},
        {MOUNT("'destination':'/d','type':'tmpfs','options':['idmap']"),
         PLACE "an idmap is for bind mounts only"},
        {MOUNT("'destination':'/d','type':'tmpfs'," IDS), PLACE "an idmap is for bind mounts only"},
        {TOP("'mounts':[{'destination':'/c','type':'tmpfs'},{'destination':'/d','type':'bind'}]"),
         "config.json:1: mounts[1] (/d): a bind mount needs a \"source\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_plan_refused(cases[i].json, cases[i].line);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_rootfs),
        cmocka_unit_test(test_in_bundle),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_no_pivot_root),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_overlay_attributes),
        cmocka_unit_test(test_idmap),
        cmocka_unit_test(test_relabel),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
