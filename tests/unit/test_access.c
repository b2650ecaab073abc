/* SPDX-License-Identifier: Apache-2.0 */
/* src/explain/access.c: whose a file is, and who may do what with it. */
#include "config_helpers.h"

#include "explain/access.h"
#include <linux/capability.h>
#include <sys/stat.h>

#define BIT(capability) (UINT64_C(1) << (capability))
#define DAC BIT(CAP_DAC_OVERRIDE)
#define SEARCH BIT(CAP_DAC_READ_SEARCH)

/* The rights, as "rwx" or "-" for each. */
static void assert_rights(const struct file_user *user, const struct file_owner *owner, const char *expected)
{
    char found[RIGHT_COUNT + 1] = "---";
    const char *reason;

    for (size_t i = 0; i < RIGHT_COUNT; i++) {
        reason = NULL;
        if (file_may(user, owner, (enum file_right)i, &reason))
            found[i] = "rwx"[i];
        assert_non_null(reason);
    }
    if (strcmp(found, expected) != 0)
        fail_msg("user %u, file %u:%u %o: %s, not %s", user->uid, owner->uid, owner->gid, owner->mode, found,
                 expected);
}

static const struct {
    uint32_t uid, gid;
    uint64_t capabilities;
    uint32_t file_uid, file_gid;
    mode_t mode;
    const char *rights;
} cases[] = {
    {1, 1, 0, 1, 1, S_IFREG | 0640, "rw-"},
    {1, 1, 0, 1, 1, S_IFREG | 0077, "---"}, /* the owner's bits alone count */
    {2, 1, 0, 1, 1, S_IFREG | 0640, "r--"},
    {2, 1, 0, 1, 1, S_IFREG | 0607, "---"}, /* … and the group's */
    {2, 2, 0, 1, 1, S_IFREG | 0641, "--x"},
    {2, 2, 0, 1, 7, S_IFREG | 0060, "rw-"}, /* 7 is an additional group */
    {0, 0, 0, 1, 1, S_IFREG | 0600, "---"}, /* root without capabilities */
    {0, 0, DAC, 1, 1, S_IFREG | 0600, "rw-"},
    {0, 0, DAC, 1, 1, S_IFREG | 0100, "rwx"},
    {0, 0, DAC, 1, 1, S_IFDIR | 0000, "rwx"},
    {0, 0, SEARCH, 1, 1, S_IFREG | 0600, "r--"},
    {0, 0, SEARCH, 1, 1, S_IFDIR | 0000, "r-x"},
};

static void test_rights(void **state)
{
    static const uint32_t groups[] = {7};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct file_user user = {cases[i].uid, cases[i].gid, groups, 1, cases[i].capabilities};
        const struct file_owner owner = {.uid = cases[i].file_uid,
                                         .gid = cases[i].file_gid,
                                         .uid_mapped = true,
                                         .gid_mapped = true,
                                         .mode = cases[i].mode};

        assert_rights(&user, &owner, cases[i].rights);
    }
}

/* Nobody's files are nobody's, whatever their number looks like, and no capability reaches them. */
static void test_unmapped(void **state)
{
    const struct file_owner owner = {.uid = 65534, .gid = 65534, .mode = S_IFREG | 0770};
    const struct file_owner half = {.uid = 0, .gid = 65534, .uid_mapped = true, .mode = S_IFREG | 0070};
    const struct file_user nobody = {.uid = 65534, .gid = 65534};
    const struct file_user root = {.capabilities = UINT64_MAX};

    (void)state;
    assert_rights(&nobody, &owner, "---");
    assert_rights(&root, &owner, "---");
    assert_rights(&root, &half, "---");
}

static const struct id_mapping container[] = {{0, 100000, 1000}, {2000, 5000, 1}};
static const struct id_mapping mount[] = {{0, 100000, 10}, {50, 5000, 1}};
static const struct id_mapping mount_elsewhere[] = {{0, 300000, 10}};

#define MAPPINGS(ranges)                                                                                     \
    (&(struct id_mappings){(struct id_mapping *)(uintptr_t)(ranges), ARRAY_LENGTH(ranges)})

static const struct {
    uint32_t disk;
    bool idmap, elsewhere, namespace;
    uint32_t host, inside;
    bool mapped;
} owners[] = {
    {42, false, false, false, 42, 42, true},        {42, false, false, true, 42, 65534, false},
    {100042, false, false, true, 100042, 42, true}, {5000, false, false, true, 5000, 2000, true},
    {5, true, false, true, 100005, 5, true},        {50, true, false, true, 5000, 2000, true},
    {11, true, false, true, 65534, 65534, false},   {5, true, true, true, 300005, 65534, false},
    {5, true, false, false, 100005, 100005, true},
};

static void test_owners(void **state)
{
    static const struct id_mappings none;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(owners); i++) {
        const struct id_mappings *idmap = !owners[i].idmap      ? NULL
                                          : owners[i].elsewhere ? MAPPINGS(mount_elsewhere)
                                                                : MAPPINGS(mount);
        const struct id_mappings *mappings = owners[i].namespace ? MAPPINGS(container) : &none;
        struct file_owner owner =
            file_owner_find(owners[i].disk, owners[i].disk, 0644, idmap, idmap, mappings, mappings);

        assert_int_equal(owner.host_uid, owners[i].host);
        assert_int_equal(owner.host_gid, owners[i].host);
        assert_int_equal(owner.uid, owners[i].inside);
        assert_int_equal(owner.gid, owners[i].inside);
        assert_int_equal(owner.uid_mapped, owners[i].mapped);
        assert_int_equal(owner.gid_mapped, owners[i].mapped);
    }
}

#define SET(name) "'" name "':['CAP_DAC_OVERRIDE']"
#define USER(user, sets, more)                                                                               \
    TOP("'process':{'args':['a'],'cwd':'/','user':" user ",'capabilities':{" sets "}" more "}")
#define ROOT "{'uid':0,'gid':0}"
#define OTHER "{'uid':1,'gid':1}"
#define ALL SET("bounding") "," SET("permitted") "," SET("effective") "," SET("inheritable")

/* capabilities(7): what is left after execve(2). */
static const struct {
    const char *json;
    uint64_t capabilities;
} users[] = {
    {USER(ROOT, SET("bounding"), ""), DAC},
    {USER(ROOT, SET("bounding"), ",'noNewPrivileges':true"), 0},
    {USER(ROOT, SET("bounding") "," SET("permitted"), ",'noNewPrivileges':true"), DAC},
    {USER(ROOT, "", ""), 0},
    {USER(OTHER, ALL, ""), 0},
    {USER(OTHER, ALL "," SET("ambient"), ""), DAC},
};

static void test_users(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(users); i++) {
        CLEANUP_CONFIG struct config config = {0};
        CLEANUP_ERROR struct error error = {0};

        assert_int_equal(read_quoted(&config, users[i].json, &error), 0);
        assert_int_equal(file_user_of(&config.process).capabilities, users[i].capabilities);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_unmapped),
        cmocka_unit_test(test_owners),
        cmocka_unit_test(test_users),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
