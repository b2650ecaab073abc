/* SPDX-License-Identifier: Apache-2.0 */
/* src/plan: the whole plan, the root and its propagation, user namespaces, SELinux, the order at the end. */
#include "plan_helpers.h"

#define ORIGIN " (mounts[0])\n"
#define HELD "'mounts':[{'destination':'/dev','type':'bind','source':'/dev'}]" /* no devices, no links */
#define ROOT "bind / from r recursive rprivate (root.path)\n"
#define BOUND_DEV "bind /dev from /dev rprivate" ORIGIN
#define SWITCH "switch / by pivot_root (root.path)\n"

static void test_default_bundle(void **state)
{
    static const char lines[] =
        "bind / from rootfs recursive rprivate (root.path)\n"
        "mount /proc type proc source proc nosuid nodev noexec (mounts[0])\n"
        "mount /dev type tmpfs source tmpfs nosuid strictatime with mode=755,size=65536k (mounts[1])\n"
        "mount /dev/pts type devpts source devpts nosuid noexec with "
        "newinstance,ptmxmode=0666,mode=620,gid=5 (mounts[2])\n"
        "mount /dev/shm type tmpfs source shm nosuid nodev noexec with mode=1777,size=65536k (mounts[3])\n"
        "mount /dev/mqueue type mqueue source mqueue nosuid nodev noexec (mounts[4])\n"
        "mount /sys type sysfs source sysfs ro nosuid nodev noexec with ro (mounts[5])\n"
        "device /dev/null c 1:3 mode 0666 owner 0:0 (default device)\n"
        "device /dev/zero c 1:5 mode 0666 owner 0:0 (default device)\n"
        "device /dev/full c 1:7 mode 0666 owner 0:0 (default device)\n"
        "device /dev/random c 1:8 mode 0666 owner 0:0 (default device)\n"
        "device /dev/urandom c 1:9 mode 0666 owner 0:0 (default device)\n"
        "device /dev/tty c 5:0 mode 0666 owner 0:0 (default device)\n"
        "link /dev/ptmx to pts/ptmx (default link)\n"
        "link /dev/fd to /proc/self/fd (default link)\n"
        "link /dev/stdin to /proc/self/fd/0 (default link)\n"
        "link /dev/stdout to /proc/self/fd/1 (default link)\n"
        "link /dev/stderr to /proc/self/fd/2 (default link)\n"
        "link /dev/core to /proc/kcore if /proc/kcore exists (default link)\n"
        "readonly /proc/bus (linux.readonlyPaths[0])\n"
        "readonly /proc/fs (linux.readonlyPaths[1])\n"
        "readonly /proc/irq (linux.readonlyPaths[2])\n"
        "readonly /proc/sys (linux.readonlyPaths[3])\n"
        "readonly /proc/sysrq-trigger (linux.readonlyPaths[4])\n"
        "mask /proc/acpi (linux.maskedPaths[0])\n"
        "mask /proc/asound (linux.maskedPaths[1])\n"
        "mask /proc/kcore (linux.maskedPaths[2])\n"
        "mask /proc/keys (linux.maskedPaths[3])\n"
        "mask /proc/latency_stats (linux.maskedPaths[4])\n"
        "mask /proc/timer_list (linux.maskedPaths[5])\n"
        "mask /proc/timer_stats (linux.maskedPaths[6])\n"
        "mask /proc/sched_debug (linux.maskedPaths[7])\n"
        "mask /proc/scsi (linux.maskedPaths[8])\n"
        "mask /sys/firmware (linux.maskedPaths[9])\n"
        "change / ro (root.readonly)\n"
        "switch / by pivot_root (root.path)\n";
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    if (config_read_bundle(&config, EXAMPLE_BUNDLE, "config.json", &error) < 0)
        fail_msg("%s", error.text);
    assert_plan_of(&config, &plain_machine, "", lines);
}

#define ROOT_PROPAGATION(word, members) TOP("'linux':{'rootfsPropagation':'" word "'}," members)
#define END(word) SWITCH "change / " word " (linux.rootfsPropagation)\n"
#define BIND_WITH(word) "'mounts':[{'destination':'/d','type':'bind','source':'s','options':['" word "']}]"

/* mount_namespaces(7); pivot_root(2) takes no shared root. */
static const struct plan_case root_propagation[] = {
    {TOP(HELD), "", ROOT BOUND_DEV SWITCH},
    {ROOT_PROPAGATION("private", HELD), "", ROOT BOUND_DEV SWITCH},
    {ROOT_PROPAGATION("rprivate", HELD), "", ROOT BOUND_DEV SWITCH},
    {ROOT_PROPAGATION("slave", HELD), "",
     "bind / from r recursive rslave (root.path)\nbind /dev from /dev rslave" ORIGIN SWITCH},
    {ROOT_PROPAGATION("rslave", HELD), "",
     "bind / from r recursive rslave (root.path)\nbind /dev from /dev rslave" ORIGIN SWITCH},
    {ROOT_PROPAGATION("shared", HELD), "",
     "bind / from r recursive private (root.path)\nbind /dev from /dev" ORIGIN END("shared")},
    {ROOT_PROPAGATION("rshared", HELD), "",
     "bind / from r recursive private (root.path)\nbind /dev from /dev" ORIGIN END("rshared")},
    {ROOT_PROPAGATION("unbindable", HELD), "", ROOT BOUND_DEV END("unbindable")},
    {ROOT_PROPAGATION("runbindable", HELD), "", ROOT BOUND_DEV END("runbindable")},
    /* with a mount's own word */
    {ROOT_PROPAGATION("slave", BIND_WITH("private")), "mounts", "bind /d from s rslave private" ORIGIN},
    {ROOT_PROPAGATION("slave", BIND_WITH("rshared")), "mounts", "bind /d from s rslave rshared" ORIGIN},
    {ROOT_PROPAGATION("shared", BIND_WITH("rprivate")), "mounts", "bind /d from s rprivate" ORIGIN},
    {ROOT_PROPAGATION("shared", BIND_WITH("slave")), "mounts", "bind /d from s slave" ORIGIN},
    {ROOT_PROPAGATION("private", BIND_WITH("slave")), "mounts", "bind /d from s rslave slave" ORIGIN},
    {ROOT_PROPAGATION("unbindable", BIND_WITH("shared")), "mounts", "bind /d from s rslave shared" ORIGIN},
};

static void test_root_propagation(void **state)
{
    (void)state;
    check_plan_cases(root_propagation, ARRAY_LENGTH(root_propagation), &plain_machine);
}

#define IDS "'uidMappings':[" RANGE("0", "1000", "10") "],'gidMappings':[" RANGE("0", "1000", "5") "]"
#define USER(namespaces, mount)                                                                              \
    TOP("'linux':{'namespaces':[{'type':'user'}" namespaces "]," IDS "},'mounts':[{" mount "}]")
#define JOINED(mount) TOP("'linux':{'namespaces':[{'type':'user','path':'/u'}]},'mounts':[{" mount "}]")
#define DEVPTS(gid) "'destination':'/dev/pts','type':'devpts','options':['newinstance','gid=" gid "']"
#define SYSFS(options) "'destination':'/sys','type':'sysfs','source':'sysfs','options':[" options "]"
#define MQUEUE "'destination':'/dev/mqueue','type':'mqueue','source':'m'"
#define PTS(rest) "mount /dev/pts type devpts source devpts with newinstance" rest ORIGIN
#define HOST_SYSFS(rest) "bind /sys from /sys recursive" rest " rro rprivate" ORIGIN
#define BOUND_DEVICE(name, numbers)                                                                          \
    "bind /dev/" name " from /dev/" name " rprivate device c " numbers " (default device)\n"
#define BOUND_DEVICES                                                                                        \
    BOUND_DEVICE("null", "1:3")                                                                              \
    BOUND_DEVICE("zero", "1:5")                                                                              \
    BOUND_DEVICE("full", "1:7")                                                                              \
    BOUND_DEVICE("random", "1:8")                                                                            \
    BOUND_DEVICE("urandom", "1:9")                                                                           \
    BOUND_DEVICE("tty", "5:0")

static const struct plan_case user_namespace[] = {
    {USER("", MQUEUE), "default device", BOUND_DEVICES},
    {USER("", MQUEUE), "mounts", "mount /dev/mqueue type mqueue source m" ORIGIN},
    {USER("", DEVPTS("4")), "mounts", PTS(",gid=4")},
    {USER("", DEVPTS("5")), "mounts", PTS("")},
    {USER("", DEVPTS("5x")), "mounts", PTS(",gid=5x")},
    {JOINED(DEVPTS("5")), "mounts", PTS(",gid=5")},
    {USER("", "'destination':'/d','type':'tmpfs','options':['gid=5']"), "mounts",
     "mount /d type tmpfs source tmpfs with gid=5" ORIGIN},
    {USER("", SYSFS("")), "mounts", HOST_SYSFS("")},
    {USER("", SYSFS("'ro','nosuid'")), "mounts", HOST_SYSFS(" ro nosuid")},
    {USER("", SYSFS("'rw','exec'")), "mounts", HOST_SYSFS(" exec")},
    {USER("", SYSFS("'rrw'")), "mounts", HOST_SYSFS("")},
    {USER(",{'type':'network'}", SYSFS("'nosuid'")), "mounts",
     "mount /sys type sysfs source sysfs nosuid" ORIGIN},
    {USER(",{'type':'network','path':'/n'}", SYSFS("'ro'")), "mounts",
     "mount /sys type sysfs source sysfs ro with ro" ORIGIN},
};

static void test_user_namespace(void **state)
{
    (void)state;
    check_plan_cases(user_namespace, ARRAY_LENGTH(user_namespace), &plain_machine);
}

/* The present namespace is somebody's already; the configuration has none. */
static void test_outer_user_namespace(void **state)
{
    static const struct plan_case cases[] = {
        {MOUNT(MQUEUE), "default device", BOUND_DEVICES},
        {MOUNT(DEVPTS("0")), "mounts", PTS(",gid=0")},
        {MOUNT(DEVPTS("5")), "mounts", PTS("")},
        {USER("", DEVPTS("4")), "mounts", PTS(",gid=4")},
        {MOUNT(SYSFS("'nosuid'")), "mounts", HOST_SYSFS(" nosuid")},
        {TOP("'linux':{'namespaces':[{'type':'network'}]},'mounts':[{" SYSFS("") "}]"), "mounts",
         "mount /sys type sysfs source sysfs" ORIGIN},
    };
    struct id_mapping root = {0, 1000, 1};
    const struct id_mappings mappings = {&root, 1};
    const struct plan_environment environment = {.gid_mappings = &mappings};

    (void)state;
    check_plan_cases(cases, ARRAY_LENGTH(cases), &environment);
}

#define LABEL "u:r:t:s0:c1,c2"
#define LABELLED(mount) TOP("'linux':{'mountLabel':'" LABEL "'},'mounts':[{'destination':'/d'," mount "}]")

static const struct plan_case with_selinux[] = {
    {LABELLED("'type':'tmpfs'"), "mounts", "mount /d type tmpfs source tmpfs with context=" LABEL ORIGIN},
    {LABELLED("'type':'ext4','source':'/e','options':['ro','sync','x=y']"), "mounts",
     "mount /d type ext4 source /e ro with x=y,sync,ro,context=" LABEL ORIGIN},
    {LABELLED("'type':'tmpfs','options':['context=own','mode=700']"), "mounts",
     "mount /d type tmpfs source tmpfs with context=own,mode=700" ORIGIN},
    {LABELLED("'type':'mqueue'"), "mounts", "mount /d type mqueue source mqueue label " LABEL ORIGIN},
    {LABELLED("'type':'proc'"), "mounts", "mount /d type proc source proc" ORIGIN},
    {LABELLED("'type':'sysfs'"), "mounts", "mount /d type sysfs source sysfs" ORIGIN},
    {LABELLED("'type':'bind','source':'s'"), "mounts", "bind /d from s rprivate" ORIGIN},
    {MOUNT("'destination':'/d','type':'tmpfs'"), "mounts", "mount /d type tmpfs source tmpfs" ORIGIN},
    {MOUNT("'destination':'/d','type':'mqueue'"), "mounts", "mount /d type mqueue source mqueue" ORIGIN},
};

static const struct plan_case without_selinux[] = {
    {LABELLED("'type':'tmpfs'"), "mounts", "mount /d type tmpfs source tmpfs" ORIGIN},
    {LABELLED("'type':'mqueue'"), "mounts", "mount /d type mqueue source mqueue" ORIGIN},
};

static void test_selinux(void **state)
{
    const struct plan_environment environment = {.initial_user_namespace = true, .selinux = true};

    (void)state;
    check_plan_cases(with_selinux, ARRAY_LENGTH(with_selinux), &environment);
    check_plan_cases(without_selinux, ARRAY_LENGTH(without_selinux), &plain_machine);
}

#define TMPFS(to, options) "{'destination':'" to "','type':'tmpfs','options':[" options "]}"
#define BIND(to) "{'destination':'" to "','type':'bind','source':'s'}"
#define EMPTY "type tmpfs source tmpfs "

/* What is mounted in a read-only tmpfs needs its targets there; before, nothing of it is read-only. */
static const struct plan_case sealed[] = {
    {TOP("'mounts':[" TMPFS("/d", "'ro'") "," BIND("/d/e") "]"), "mounts",
     "mount /d " EMPTY "(mounts[0])\nbind /d/e from s rprivate (mounts[1])\nchange /d ro (mounts[0])\n"},
    {TOP("'mounts':[" TMPFS("/d", "'rro','noexec'") "," TMPFS("/e", "'ro'") "]"), "mounts",
     "mount /d " EMPTY "noexec (mounts[0])\nmount /e " EMPTY "(mounts[1])\nchange /d ro (mounts[0])\n"
     "change /e ro (mounts[1])\n"},
    {TOP("'mounts':[{'destination':'/d','type':'ramfs','options':['ro']}]"), "mounts",
     "mount /d type ramfs source ramfs (mounts[0])\nchange /d ro (mounts[0])\n"},
    {"{'ociVersion':'1.3.0','root':{'path':'r','readonly':true},'process':{'args':['a'],'cwd':'/d/w'},"
     "'mounts':[" TMPFS("/d", "'ro'") "," BIND(
         "/dev") "],"
                 "'linux':{'readonlyPaths':['/p'],'maskedPaths':['/q'],'rootfsPropagation':'rshared'}}",
     "",
     "bind / from r recursive private (root.path)\nmount /d " EMPTY "(mounts[0])\n"
     "bind /dev from s (mounts[1])\ndirectory /d/w mode 0755 (process.cwd)\nchange /d ro (mounts[0])\n"
     "readonly /p (linux.readonlyPaths[0])\nmask /q (linux.maskedPaths[0])\n"
     "change / ro (root.readonly)\n" SWITCH "change / rshared (linux.rootfsPropagation)\n"},
};

/* As runc has it: a working directory that is missing is made. */
static const struct plan_case working_directory[] = {
    {TOP(HELD), "process.cwd", ""},
    {TOP(HELD ",'process':{'args':['a'],'cwd':'/'}"), "process.cwd", ""},
    {TOP(HELD ",'process':{'args':['a'],'cwd':'/a/../b'}"), "process.cwd",
     "directory /a/../b mode 0755 (process.cwd)\n"},
};

static void test_working_directory(void **state)
{
    (void)state;
    check_plan_cases(working_directory, ARRAY_LENGTH(working_directory), &plain_machine);
}

static void test_sealed(void **state)
{
    (void)state;
    check_plan_cases(sealed, ARRAY_LENGTH(sealed), &plain_machine);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_bundle),    cmocka_unit_test(test_root_propagation),
        cmocka_unit_test(test_user_namespace),    cmocka_unit_test(test_outer_user_namespace),
        cmocka_unit_test(test_selinux),           cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_working_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
