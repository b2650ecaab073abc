/* SPDX-License-Identifier: Apache-2.0 */
/* Each test has two network namespaces of its own: it begins in the "host", and `inside` is the container's. */
#include "child.h"

#include "base/fd.h"
#include "process/network_devices.h"
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>

static int host_fd, inside_fd;

static void enter(int namespace_fd)
{
    CHECK(setns(namespace_fd, CLONE_NEWNET) == 0);
}

static void begin(void)
{
    SKIP_UNLESS(geteuid() == 0, "network namespaces need root");
    CHECK(unshare(CLONE_NEWNET) == 0);
    inside_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    CHECK(unshare(CLONE_NEWNET) == 0);
    host_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    CHECK(inside_fd >= 0 && host_fd >= 0);
}

static void run(const char *command)
{
    if (system(command) == 0)
        return;
    fprintf(stderr, "failed: %s\n", command);
    _exit(CHILD_FAILED);
}

/* A pair "NAME" and "NAMEp" in the host, with its end up. */
static void add_pair(const char *name)
{
    char command[256];

    snprintf(command, sizeof(command), "ip link add %s type veth peer name %sp 2>/dev/null", name, name);
    SKIP_UNLESS(system(command) == 0, "the kernel has no veth");
    snprintf(command, sizeof(command), "ip link set %s up; ip link set %sp up", name, name);
    run(command);
}

/* What a command prints in a namespace. */
static void check_output(int namespace_fd, const char *command, const char *expected)
{
    char found[2048] = "";
    size_t length;
    FILE *out;

    enter(namespace_fd);
    out = popen(command, "re");
    CHECK(out);
    length = fread(found, 1, sizeof(found) - 1, out);
    found[length] = '\0';
    pclose(out);
    enter(host_fd);
    if (strcmp(found, expected) != 0)
        fprintf(stderr, "%s:\n%s", command, found);
    CHECK(strcmp(found, expected) == 0);
}

/* "NAME up" or "NAME down" for each interface but lo. */
#define LINKS                                                                                                \
    "ip -o link | sed -nE '/ lo: /d; s/^[0-9]+: ([^:@]+)[:@][^<]*<([^>]*)>.*/\\1 ,\\2,/p' | sed -E "         \
    "'s/ .*,UP,.*/ up/; s/ ,.*/ down/' | sort"
#define ADDRESSES                                                                                            \
    "ip -o addr | sed -nE '/scope host/d; s/^[0-9]+: ([^ ]+) +(inet6? [^ ]+( peer [^ ]+)?( brd "             \
    "[^ ]+)?) scope ([a-z]+)( dynamic)?.*/\\1 \\2 \\5/p' | grep -v fe80: | sort"

#define CLEANUP_DEVICES CLEANUP(network_devices_free)

static int move(const struct config_net_device *devices, size_t length, struct network_devices **ret_moved,
                struct error *error)
{
    /* Only read. */
    struct config config = {.file = "config.json",
                            .net_devices = (struct config_net_device *)(uintptr_t)devices,
                            .net_devices_length = length};

    return network_devices_move(&config, inside_fd, ret_moved, error);
}

static void move_well(const struct config_net_device *devices, size_t length)
{
    CLEANUP_DEVICES struct network_devices *moved = NULL;
    CLEANUP_ERROR struct error error = {0};

    CHECK_OK(move(devices, length, &moved, &error), &error);
}

static void move_fails(const struct config_net_device *devices, size_t length, int code, const char *says)
{
    CLEANUP_DEVICES struct network_devices *moved = NULL;
    CLEANUP_ERROR struct error error = {0};

    CHECK(move(devices, length, &moved, &error) == -code);
    CHECK(!moved);
    CHECK(error_says(&error, says));
}

/* ------------------------------------------------------------------ tests */

static void moved(const void *argument)
{
    static const struct config_net_device devices[] = {{"one", "eth0"}, {"two", NULL}, {"three", "net%d"}};

    (void)argument;
    begin();
    add_pair("one");
    add_pair("two");
    add_pair("three");
    move_well(devices, ARRAY_LENGTH(devices));
    check_output(inside_fd, LINKS, "eth0 up\nnet0 up\ntwo up\n");
    check_output(host_fd, LINKS, "onep up\nthreep up\ntwop up\n");
}

/* What a start that fails later does. */
static void given_back(const void *argument)
{
    static const struct config_net_device devices[] = {{"one", "eth0"}, {"two", NULL}};
    CLEANUP_DEVICES struct network_devices *moved = NULL;
    CLEANUP_ERROR struct error error = {0};

    (void)argument;
    begin();
    add_pair("one");
    add_pair("two");
    run("ip addr add 192.0.2.7/24 dev one");
    run("ip link set two down");
    CHECK_OK(move(devices, ARRAY_LENGTH(devices), &moved, &error), &error);
    network_devices_give_back(moved);
    check_output(inside_fd, LINKS, "");
    check_output(host_fd, LINKS, "one up\nonep up\ntwo down\ntwop up\n");
    check_output(host_fd, ADDRESSES, "one inet 192.0.2.7/24 global\n");
}

/* The permanent global ones; neither those of a smaller scope nor those with an end. */
static void addresses(const void *argument)
{
    static const struct config_net_device devices[] = {{"one", "eth0"}};

    (void)argument;
    begin();
    add_pair("one");
    run("ip addr add 192.0.2.7/24 brd 192.0.2.255 dev one label one:x");
    run("ip addr add 192.0.2.8/32 peer 192.0.2.9/32 dev one");
    run("ip addr add 198.51.100.1/24 dev one scope link");
    run("ip addr add 198.18.0.2/24 dev one valid_lft 1000 preferred_lft 1000");
    run("ip addr add 2001:db8::7/64 dev one nodad noprefixroute");
    run("ip addr add 203.0.113.1/24 dev onep");
    move_well(devices, 1);
    check_output(inside_fd, ADDRESSES,
                 "eth0 inet 192.0.2.7/24 brd 192.0.2.255 global\neth0 inet 192.0.2.8 peer 192.0.2.9/32 "
                 "global\neth0 inet6 2001:db8::7/64 global\n");
    check_output(host_fd, ADDRESSES, "onep inet 203.0.113.1/24 global\n");
    check_output(inside_fd, "ip -6 route show 2001:db8::/64", "");
    check_output(inside_fd, "ip route show 192.0.2.0/24",
                 "192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.7 \n");
}

/* The interface's index is taken in the container. */
static void index_in_use(const void *argument)
{
    static const struct config_net_device devices[] = {{"one", "eth%d"}};
    char command[64];

    (void)argument;
    begin();
    add_pair("one");
    run("ip addr add 192.0.2.7/24 dev one");
    snprintf(command, sizeof(command), "ip link add eth0 index %u type veth", if_nametoindex("one"));
    enter(inside_fd);
    run(command);
    enter(host_fd);
    move_well(devices, 1);
    check_output(inside_fd, LINKS, "eth0 down\neth1 up\nveth0 down\n");
    check_output(inside_fd, ADDRESSES, "eth1 inet 192.0.2.7/24 global\n");
}

/* The old name is in use in the container, the new one is not. */
static void old_name_in_use(const void *argument)
{
    static const struct config_net_device devices[] = {{"one", "eth0"}};

    (void)argument;
    begin();
    enter(inside_fd);
    add_pair("one");
    enter(host_fd);
    add_pair("one");
    move_well(devices, 1);
    check_output(inside_fd, LINKS, "eth0 up\none up\nonep up\n");
}

static void name_in_use(const void *argument)
{
    static const struct config_net_device devices[] = {{"one", "eth0"}, {"two", "eth0"}};
    unsigned index;

    (void)argument;
    begin();
    add_pair("one");
    add_pair("two");
    index = if_nametoindex("one");
    run("ip addr add 192.0.2.7/24 dev one");
    move_fails(devices, 2, EEXIST,
               "config.json: linux.netDevices.two: the container's network namespace has an interface eth0 "
               "already; give \"name\" another one");
    /* The first one is back, as it was. */
    check_output(inside_fd, LINKS, "");
    check_output(host_fd, LINKS, "one up\nonep up\ntwo up\ntwop up\n");
    check_output(host_fd, ADDRESSES, "one inet 192.0.2.7/24 global\n");
    CHECK(if_nametoindex("one") == index);
}

static void missing(const void *argument)
{
    static const struct config_net_device devices[] = {{"one", "eth0"}, {"nobody", "eth1"}};

    (void)argument;
    begin();
    add_pair("one");
    run("ip link set one down");
    move_fails(devices, 2, ENODEV,
               "config.json: linux.netDevices.nobody: the host has no network interface nobody");
    check_output(inside_fd, LINKS, "");
    check_output(host_fd, LINKS, "one down\nonep up\n");
}

static void not_movable(const void *argument)
{
    static const struct config_net_device devices[] = {{"lo", "lo1"}};

    (void)argument;
    begin();
    move_fails(devices, 1, EINVAL,
               "config.json: linux.netDevices.lo: cannot move the network interface lo into the container as "
               "lo1: netlink(RTM_NEWLINK): EINVAL (Invalid argument); some kinds");
}

static void check_bad_name(const char *name)
{
    const struct config_net_device devices[] = {{"one", name}};
    char expected[128];

    snprintf(expected, sizeof(expected),
             "cannot move the network interface one into the container as %s: ", name);
    move_fails(devices, 1, EINVAL, expected);
    check_output(inside_fd, LINKS, "");
    check_output(host_fd, LINKS, "one up\nonep up\n");
}

/* The kernel refuses the second one only when it has moved the interface already. */
static void bad_name(const void *argument)
{
    (void)argument;
    begin();
    add_pair("one");
    check_bad_name("a/b");
    check_bad_name("a%d%d");
}

/* Without IPv6 there the address can't be had. */
static void address_refused(const void *argument)
{
    static const struct config_net_device devices[] = {{"one", "eth0"}};

    (void)argument;
    begin();
    add_pair("one");
    run("ip addr add 2001:db8::7/64 dev one");
    enter(inside_fd);
    run("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
    enter(host_fd);
    move_fails(
        devices, 1, EACCES,
        "config.json: linux.netDevices.one: cannot give the network interface one its addresses in the "
        "container: netlink(RTM_NEWADDR): EACCES (Permission denied)");
    check_output(inside_fd, LINKS, "");
    check_output(host_fd, LINKS, "one up\nonep up\n");
    check_output(host_fd, ADDRESSES, "one inet6 2001:db8::7/64 global\n");
}

static void no_namespace(const void *argument)
{
    static const struct config_net_device devices[] = {{"one", "eth0"}};

    (void)argument;
    begin();
    inside_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    move_fails(devices, 1, EINVAL, "cannot enter the container's network namespace: setns: EINVAL");
}

#define TEST(name)                                                                                           \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_child(name, NULL);                                                                                \
    }

TEST(given_back)
TEST(moved)
TEST(addresses)
TEST(index_in_use)
TEST(old_name_in_use)
TEST(name_in_use)
TEST(missing)
TEST(not_movable)
TEST(bad_name)
TEST(address_refused)
TEST(no_namespace)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given_back),      cmocka_unit_test(test_moved),
        cmocka_unit_test(test_addresses),       cmocka_unit_test(test_index_in_use),
        cmocka_unit_test(test_old_name_in_use), cmocka_unit_test(test_name_in_use),
        cmocka_unit_test(test_missing),         cmocka_unit_test(test_not_movable),
        cmocka_unit_test(test_bad_name),        cmocka_unit_test(test_address_refused),
        cmocka_unit_test(test_no_namespace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
