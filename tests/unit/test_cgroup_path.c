/* SPDX-License-Identifier: Apache-2.0 */
/* Paths, units and slices of cgroups, and the cgroup as JSON. */
#include "child.h"

#include "cgroup/cgroup.h"
#include "cgroup/files.h"
#include "cgroup/path.h"

#include <jansson.h>

static void test_join(void **state)
{
    static const struct {
        const char *base, *path, *joined;
    } cases[] = {
        {"/", "/a/b", "/a/b"},
        {"/", "a", "/a"},
        {"", "a", "/a"},
        {"/x", "a//b/", "/x/a/b"},
        {"/x", "./a/./b", "/x/a/b"},
        {"/x", "../../a", "/x/a"},
        {"/x", "a/../../../b", "/x/b"},
        {"/", "..", "/"},
        {"/", "/../a/..", "/"},
        {"/x/y", "...", "/x/y/..."},
        {"/x/..", "a", "/a"},
        {"/x", "", "/x"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_string_equal(cgroup_path_join(&arena, cases[i].base, cases[i].path), cases[i].joined);
    assert_string_equal(cgroup_path_parent(&arena, "/a/b"), "/a");
    assert_string_equal(cgroup_path_parent(&arena, "/a"), "/");
    assert_string_equal(cgroup_path_parent(&arena, "/"), "/");
    assert_string_equal(cgroup_path_parent(&arena, ""), "/");
    arena_clear(&arena);
}

static void test_units(void **state)
{
    static const struct {
        const char *text, *slice, *name; /* slice NULL: refused */
    } cases[] = {
        {"system.slice:docker:1234", "system.slice", "docker-1234.scope"},
        {":holdfast:web", "", "holdfast-web.scope"},
        {"a.slice::web", "a.slice", "web.scope"},
        {"a.slice:x:b.slice", "a.slice", "b.slice"},
        {"::.slice", "", ".slice.scope"},
        {"/web", NULL, NULL},
        {"a:b", NULL, NULL},
        {"a:b:", NULL, NULL},
        {"a:b:c:d", NULL, NULL},
        {"a:b:../c", NULL, NULL},
        {"a:b/..:c", NULL, NULL},
        {"", NULL, NULL},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct cgroup_unit unit = {0};

        assert_int_equal(cgroup_unit_parse(&arena, cases[i].text, &unit, &error),
                         cases[i].slice ? 0 : -EINVAL);
        if (!cases[i].slice)
            continue;
        assert_string_equal(unit.slice, cases[i].slice);
        assert_string_equal(unit.name, cases[i].name);
    }
    arena_clear(&arena);
}

static void test_slices(void **state)
{
    static const struct {
        const char *slice, *path; /* NULL: refused */
    } cases[] = {
        {"system.slice", "/system.slice"},
        {"a-b.slice", "/a.slice/a-b.slice"},
        {"a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice"},
        {"-.slice", "/"},
        {".slice", NULL},
        {"a--b.slice", NULL},
        {"-a.slice", NULL},
        {"a-.slice", NULL},
        {"a/b.slice", NULL},
        {"a.scope", NULL},
        {"", NULL},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        const char *path = NULL;

        assert_int_equal(cgroup_slice_path(&arena, cases[i].slice, &path, &error),
                         cases[i].path ? 0 : -EINVAL);
        if (cases[i].path)
            assert_string_equal(path, cases[i].path);
    }
    arena_clear(&arena);
}

static void test_bases(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_string_equal(cgroup_system_base(&arena, "/"), "/");
    assert_string_equal(cgroup_system_base(&arena, "/init.scope"), "/");
    assert_string_equal(cgroup_system_base(&arena, "/machine/init.scope"), "/machine");
    assert_string_equal(cgroup_system_base(&arena, "/docker/1"), "/docker/1");
    assert_string_equal(cgroup_user_base(&arena, "/user.slice/user-1000.slice/session-2.scope"),
                        "/user.slice/user-1000.slice/user@1000.service");
    assert_string_equal(cgroup_user_base(&arena, "/x/user.slice/user-7.slice/user@7.service/app.slice/a"),
                        "/x/user.slice/user-7.slice/user@7.service");
    assert_null(cgroup_user_base(&arena, "/system.slice/cron.service"));
    assert_null(cgroup_user_base(&arena, "/user.slice/user-.slice/x"));
    assert_null(cgroup_user_base(&arena, "/user.slice/user-1x.slice/x"));
    arena_clear(&arena);
}

static void test_places(void **state)
{
    struct cgroup_place places[] = {{.controllers = "cpu,cpuacct"},
                                    {.controllers = "cpuset"},
                                    {.controllers = "name=systemd"},
                                    {.mount = "/u"}};
    const struct cgroup cgroup = {.places = places, .length = ARRAY_LENGTH(places)};

    (void)state;
    assert_ptr_equal(cgroup_find_place(&cgroup, "cpu"), &places[0]);
    assert_ptr_equal(cgroup_find_place(&cgroup, "cpuacct"), &places[0]);
    assert_ptr_equal(cgroup_find_place(&cgroup, "cpuset"), &places[1]);
    assert_ptr_equal(cgroup_find_place(&cgroup, "name=systemd"), &places[2]);
    assert_ptr_equal(cgroup_find_place(&cgroup, ""), &places[3]);
    assert_null(cgroup_find_place(&cgroup, "memory"));
}

#define JSON                                                                                                 \
    "{\"given\":true,\"manager\":\"systemd\",\"places\":[{\"controllers\":\"cpu\",\"madeFrom\":\"/a\","      \
    "\"mount\":\"/m\",\"path\":\"/a/b\"},{\"mount\":\"/u\",\"path\":\"/"                                     \
    "c\"}],\"planned\":false,\"scope\":true,\"slice\":\"s\","                                                \
    "\"unified\":false,\"unit\":\"u\",\"user\":true}"

static void test_json(void **state)
{
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};
    json_t *json = json_loads(JSON, 0, NULL), *again;
    char *text;

    (void)state;
    assert_int_equal(cgroup_from_json(&cgroup, json, &error), 0);
    assert_int_equal(cgroup.manager, CGROUP_MANAGER_SYSTEMD);
    assert_true(cgroup.is_user && cgroup.has_scope && cgroup.is_given && !cgroup.is_unified);
    assert_int_equal(cgroup.length, 2);
    assert_string_equal(cgroup.places[0].made_from, "/a");
    assert_null(cgroup.places[1].controllers);
    again = cgroup_to_json(&cgroup);
    text = json_dumps(again, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, JSON);
    free(text);
    json_decref(again);
    json_decref(json);
}

/* What would make removal go elsewhere is refused. */
static void test_bad_json(void **state)
{
    static const char *const cases[] = {
        "{}",
        "[]",
        "{\"manager\":\"other\"}",
        "{\"manager\":\"systemd\",\"places\":[],\"user\":false,\"scope\":false,\"unified\":false,\"given\":"
        "false}",
#define FLAGS                                                                                                \
    "{\"manager\":\"cgroupfs\",\"user\":false,\"scope\":false,\"unified\":false,\"given\":false,\"places\":"
        FLAGS "{}}",
        FLAGS "[{\"mount\":\"/m\",\"path\":\"/\"}]}",
        FLAGS "[{\"mount\":\"m\",\"path\":\"/a\"}]}",
        FLAGS "[{\"mount\":\"/m\",\"path\":\"a\"}]}",
        FLAGS "[{\"mount\":\"/m\",\"path\":\"/a/b\",\"madeFrom\":\"/\"}]}",
        FLAGS "[{\"mount\":\"/m\",\"path\":\"/a/b\",\"madeFrom\":\"/a/bc\"}]}",
        FLAGS "[{\"mount\":\"/m\",\"path\":\"/ab\",\"madeFrom\":\"/a\"}]}",
        FLAGS "[{\"mount\":1,\"path\":\"/ab\"}]}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct cgroup cgroup = {0};
        CLEANUP_ERROR struct error error = {0};
        json_t *json = json_loads(cases[i], 0, NULL);

        assert_non_null(json);
        assert_int_equal(cgroup_from_json(&cgroup, json, &error), -EBADMSG);
        assert_int_equal(cgroup.length, 0);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_join),     cmocka_unit_test(test_units),  cmocka_unit_test(test_slices),
        cmocka_unit_test(test_bases),    cmocka_unit_test(test_places), cmocka_unit_test(test_json),
        cmocka_unit_test(test_bad_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
