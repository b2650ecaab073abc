/* SPDX-License-Identifier: Apache-2.0 */
/* src/plan/hazards*.c: what the plan alone shows, and what it has to stay silent about. */
#include "plan_helpers.h"

#include "plan/hazards.h"

/* The configuration's hazards, "id@operation's origin" with blanks between them. */
struct hazard_case {
    const char *json, *found;
};

#define IN(root, mounts, linux)                                                                              \
    "{'ociVersion':'1.3.0','root':{'path':'" root "'},'mounts':[" mounts "],'linux':{" linux "}}"
#define ONE(mount) IN("/r", mount, "")
#define BIND(source, target, options)                                                                        \
    "{'destination':'" target "','type':'bind','source':'" source "','options':[" options "]}"
#define NEW(type, target) "{'destination':'" target "','type':'" type "','source':'s'}"
#define RW(source) ONE(BIND(source, "/d", "'rbind'"))
#define WRITABLE "writable-host-path@mounts[0]"
#define SOCKET "container-socket@mounts[0]"

static const struct hazard_case of_paths[] = {
    {RW("/"), WRITABLE " " SOCKET},
    {ONE(BIND("/", "/d", "'bind'")), WRITABLE},
    {RW("/etc"), WRITABLE},
    {RW("/etc/../etc//x/"), WRITABLE},
    {RW("/etcetera"), ""},
    {RW("/proc"), "no-masked-paths-with-host-pid@ no-masked-paths-with-host-network@ " WRITABLE},
    {RW("/sys"), WRITABLE},
    {RW("/sys/fs/cgroup"), WRITABLE},
    {RW("/sys/fs/cgroup/memory"), WRITABLE},
    {RW("/sys/fs/cgroup/memory/a"), ""},
    {RW("/dev"), WRITABLE},
    {RW("/dev/fuse"), ""},
    {RW("/usr/share"), WRITABLE},
    {RW("/usr/share/x"), ""},
    {RW("/srv/data"), ""},
    {RW("/home/u/etc"), ""},
    {ONE(BIND("/etc", "/d", "'rbind','ro'")), ""},
    {ONE(BIND("/etc", "/d", "'rbind','rro'")), ""},
    {ONE(BIND("/etc", "/d", "'rbind','rro','rw'")), WRITABLE},
    {IN("/r", BIND("/etc", "/d", "'rbind'"), "'readonlyPaths':['/d']"), ""},
    {IN("/r", BIND("/etc", "/d", "'rbind'"), "'readonlyPaths':['/d/x']"), WRITABLE},
    {IN("/r", BIND("/etc", "/d", "'rbind'") ",{'destination':'/d','options':['remount','ro','bind']}", ""),
     ""},
    {IN("/", "", ""), "writable-host-path@root.path container-socket@root.path"},
    /* inside the root it is the image's */
    {ONE(BIND("/r/etc", "/d", "'rbind'")), ""},
    {RW("/var/run/docker.sock"), SOCKET},
    {ONE(BIND("/run/docker.sock", "/d", "'ro'")), SOCKET},
    {ONE(BIND("/run", "/d", "'rro'")), SOCKET},
    {RW("/run/user/1000/podman/podman.sock"), SOCKET},
    {RW("/run/user/1000/bus"), ""},
    {RW("/run/docker.sock.d"), ""},
    {ONE(NEW("sysfs", "/sys")), WRITABLE},
    {ONE("{'destination':'/sys','type':'sysfs','source':'s','options':['ro']}"), ""},
};

static const struct hazard_case of_mounts[] = {
    {ONE(NEW("tmpfs", "/a/b") "," NEW("tmpfs", "/a")), "hidden-mount@mounts[1]"},
    {ONE(NEW("tmpfs", "/a") "," NEW("tmpfs", "/a/./")), "hidden-mount@mounts[1]"},
    {ONE(NEW("tmpfs", "/a") "," NEW("tmpfs", "/a/b")), ""},
    {ONE(NEW("tmpfs", "/a") "," NEW("tmpfs", "/ab")), ""},
    {ONE(NEW("tmpfs", "/a/b") "," NEW("tmpfs", "/a/c") "," NEW("tmpfs", "/a")),
     "hidden-mount@mounts[2] hidden-mount@mounts[2]"},
    /* what is masked is meant to be hidden */
    {IN("/r", NEW("tmpfs", "/a"), "'maskedPaths':['/a']"), ""},
    /* the tree shows itself again */
    {ONE(NEW("tmpfs", "/a/b") "," BIND("/r/a", "/a", "'rbind'")), ""},
    {ONE(NEW("tmpfs", "/a/b") "," BIND("/r/a", "/a", "'bind'")), "hidden-mount@mounts[1]"},
    {ONE(BIND("/srv", "/d", "'rbind','rshared'")), ""},
    {ONE(BIND("/srv", "/d", "'rbind','rslave'")), ""},
    {IN("/srv/r", BIND("/srv", "/d", "'rbind','rshared'"), ""), "self-bind-shared@mounts[0]"},
    {IN("/srv/r", BIND("/srv", "/d", "'rbind','rslave'"), ""), ""},
    {IN("/srv/r", BIND("/srv", "/d", "'rbind'"), ""), ""},
    {IN("/srv/r", BIND("/srv/r/d", "/d", "'rbind','rshared'"), ""), "self-bind-shared@mounts[0]"},
    {IN("/r", BIND("/srv", "/d", "'rbind'"), "'rootfsPropagation':'shared'"),
     "shared-propagation-out@mounts[0]"},
    {IN("/r", BIND("/srv", "/d", "'rbind','rprivate'"), "'rootfsPropagation':'shared'"), ""},
    {IN("/r", BIND("/srv", "/d", "'rbind','rslave'"), "'rootfsPropagation':'rshared'"), ""},
    {IN("/r", BIND("/srv", "/d", "'rbind'"), "'rootfsPropagation':'rslave'"), ""},
};

#define DISK "'devices':[{'path':'/dev/d','type':'b','major':8,'minor':1}]"
#define SCSI "'devices':[{'path':'/dev/d','type':'c','major':21,'minor':1}]"
#define RULES(rules) ",'resources':{'devices':[" rules "]}"
#define ALLOW(members) "{'allow':true," members "}"
#define DENY(members) "{'allow':false," members "}"
#define DEVICES(members) IN("/r", "", members)

static const struct hazard_case of_devices[] = {
    {DEVICES(DISK), ""}, /* no rule lets it be opened */
    {DEVICES(DISK RULES(ALLOW("'access':'rwm'"))), "disk-device-writable@linux.devices[0]"},
    {DEVICES(DISK RULES(ALLOW("'type':'b','major':8,'minor':1,'access':'rw'"))),
     "disk-device-writable@linux.devices[0]"},
    {DEVICES(DISK RULES(ALLOW("'type':'b','major':8,'minor':1,'access':'rm'"))), ""},
    {DEVICES(DISK RULES(ALLOW("'type':'b','major':8,'minor':2,'access':'rw'"))), ""},
    {DEVICES(DISK RULES(ALLOW("'type':'c','access':'rw'"))), ""},
    {DEVICES(DISK RULES(ALLOW("'access':'rwm'") "," DENY("'type':'b','access':'w'"))), ""},
    {DEVICES(DISK RULES(DENY("'access':'rwm'") "," ALLOW("'type':'b','access':'w'"))),
     "disk-device-writable@linux.devices[0]"},
    {DEVICES(SCSI RULES(ALLOW("'access':'rwm'"))), "disk-device-writable@linux.devices[0]"},
    {DEVICES(
         "'devices':[{'path':'/dev/d','type':'c','major':10,'minor':229}]" RULES(ALLOW("'access':'rwm'"))),
     ""},
};

#define PROC NEW("proc", "/proc")
#define OWN_PID "{'type':'pid'}"
#define OWN_NETWORK "{'type':'network'}"
#define SPACES(list) "'namespaces':[" list "]"
#define HOST_PID "no-masked-paths-with-host-pid@"
#define HOST_NETWORK "no-masked-paths-with-host-network@"

static const struct hazard_case of_namespaces[] = {
    {IN("/r", PROC, ""), HOST_PID " " HOST_NETWORK},
    {IN("/r", PROC, SPACES(OWN_PID)), HOST_NETWORK},
    {IN("/r", PROC, SPACES(OWN_NETWORK)), HOST_PID},
    {IN("/r", PROC, SPACES(OWN_PID "," OWN_NETWORK)), ""},
    {IN("/r", PROC, "'maskedPaths':['/proc/kcore']"), ""},
    {IN("/r", "", ""), ""},
    {IN("/r", PROC, SPACES("{'type':'pid','path':'/proc/1/ns/pid'}," OWN_NETWORK)), HOST_PID},
    {IN("/r", PROC, SPACES("{'type':'pid','path':'/run/ns/p'}," OWN_NETWORK)), ""},
};

static char *list_hazards(const struct config *config)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_PLAN struct plan plan = {0};
    CLEANUP(arena_clear) struct arena arena = {0};
    struct hazards hazards = {0};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    assert_int_equal(plan_compile(&plan, config, &plain_machine, &error), 0);
    assert_int_equal(plan_find_hazards(&plan, &arena, &hazards, &error), 0);
    for (size_t i = 0; i < hazards.length; i++) {
        const struct hazard *hazard = &hazards.values[i];

        assert_non_null(hazard_find_kind(hazard->id));
        assert_true(*hazard->text && *hazard->place);
        fprintf(out, "%s%s@%s", i ? " " : "", hazard->id,
                hazard->operation == NO_OPERATION ? "" : plan.operations[hazard->operation].origin);
    }
    assert_int_equal(fclose(out), 0);
    return text;
}

static void check(const struct hazard_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP_CONFIG struct config config = {0};
        CLEANUP_FREE char *found = NULL;

        read_config(&config, cases[i].json);
        found = list_hazards(&config);
        if (strcmp(found, cases[i].found) != 0)
            fail_msg("%s: found \"%s\", not \"%s\"", cases[i].json, found, cases[i].found);
    }
}

static void test_paths(void **state)
{
    (void)state;
    check(of_paths, ARRAY_LENGTH(of_paths));
}

static void test_mounts(void **state)
{
    (void)state;
    check(of_mounts, ARRAY_LENGTH(of_mounts));
}

static void test_devices(void **state)
{
    (void)state;
    check(of_devices, ARRAY_LENGTH(of_devices));
}

static void test_namespaces(void **state)
{
    (void)state;
    check(of_namespaces, ARRAY_LENGTH(of_namespaces));
}

static void test_text(void **state)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_PLAN struct plan plan = {0};
    CLEANUP(arena_clear) struct arena arena = {0};
    struct hazards hazards = {0};

    (void)state;
    read_config(&config, ONE(NEW("tmpfs", "/a/b") "," NEW("tmpfs", "/a")));
    assert_int_equal(plan_compile(&plan, &config, &plain_machine, &error), 0);
    assert_int_equal(plan_find_hazards(&plan, &arena, &hazards, &error), 0);
    assert_int_equal(hazards.length, 1);
    assert_string_equal(hazards.values[0].text, "hides the mount at /a/b (mounts[0])");
    assert_string_equal(hazards.values[0].place, "config.json:1: mounts[1] (/a)");
    assert_null(hazard_find_kind("hidden"));
}

/* docs/hazards.md has a section for each kind, and no other. */
static void test_documents(void **state)
{
    FILE *file = fopen(HAZARDS_PAGE, "r");
    char line[512];
    size_t sections = 0, kinds = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, "## ", 3) != 0)
            continue;
        line[strcspn(line, "\n")] = '\0';
        sections++;
        if (!hazard_find_kind(line + 3))
            fail_msg("docs/hazards.md has a section for %s", line + 3);
    }
    fclose(file);
    for (const struct hazard_kind *kind = hazard_kinds(); kind->id; kind++)
        kinds++;
    assert_int_equal(sections, kinds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),      cmocka_unit_test(test_mounts), cmocka_unit_test(test_devices),
        cmocka_unit_test(test_namespaces), cmocka_unit_test(test_text),   cmocka_unit_test(test_documents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
