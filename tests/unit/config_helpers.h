/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of src/config. JSON stands in single quotes there, which become double ones, so that a case
 * fits a line.
 */
#ifndef TESTS_CONFIG_HELPERS_H
#define TESTS_CONFIG_HELPERS_H

#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Whole configurations with some members of one section. */
#define TOP(members) "{'ociVersion':'1.3.0','root':{'path':'r'}," members "}"
#define PROCESS(members) TOP("'process':{'args':['a'],'cwd':'/'," members "}")
#define LINUX(members) TOP("'linux':{" members "}")
#define MOUNT(members) TOP("'mounts':[{" members "}]")
#define DEVICE(members) LINUX("'devices':[{" members "}]")
#define USER_NAMESPACE(members) LINUX("'namespaces':[{'type':'user'}]," members)
#define UID_RANGES(ranges) USER_NAMESPACE("'gidMappings':[" ONE_ID "],'uidMappings':[" ranges "]")
#define RANGE(container, host, size) "{'containerID':" container ",'hostID':" host ",'size':" size "}"
#define ONE_ID RANGE("0", "0", "1")
#define SECCOMP(members) LINUX("'seccomp':{'defaultAction':'SCMP_ACT_ALLOW'," members "}")
#define RULE(members) SECCOMP("'syscalls':[{'names':['kill']," members "}]")
#define ARGUMENT(members) RULE("'action':'SCMP_ACT_KILL','args':[{" members "}]")
#define HOOK(members) TOP("'hooks':{'poststop':[{" members "}]}")
#define RESOURCES(members) LINUX("'resources':{" members "}")
#define CASE(json, line)                                                                                     \
    {                                                                                                        \
        json, line                                                                                           \
    }
#define AT "config.json:1: "
#define KNOWN "which is not known; known are "
#define NOT_A_STRING "is a number, but must be a string"
#define NOT_AN_OBJECT "is a number, but must be an object"
#define NOT_AN_ARRAY "is a number, but must be an array"
#define NOT_A_BOOLEAN "is a number, but must be a boolean"
#define NOT_A_NUMBER "is a string, but must be a number"
#define LIST_OF(maximum) "but must be a list of numbers up to " maximum ", such as 0-3,7"
#define TEXT_16 "0123456789abcdef"

static inline char *quoted(const char *json)
{
    char *text = strdup(json);

    assert_non_null(text);
    for (char *at = text; *at; at++)
        if (*at == '\'')
            *at = '"';
    return text;
}

static inline int read_quoted(struct config *config, const char *json, struct error *error)
{
    CLEANUP_FREE char *text = quoted(json);

    return config_read_json(config, text, strlen(text), "config.json", error);
}

static inline void assert_error_line(const struct error *error, const char *expected)
{
    CLEANUP_FREE char *line = error_format(error);

    assert_non_null(line);
    assert_string_equal(line, expected);
}

static inline void assert_strings(const struct strings *strings, const char *joined)
{
    char found[256] = "";

    for (size_t i = 0; i < strings->length; i++) {
        strcat(found, i > 0 ? "|" : "");
        strcat(found, strings->values[i]);
    }
    assert_string_equal(found, joined);
}

static inline void assert_mapping(const struct id_mappings *mappings, size_t index, uint32_t container_id,
                                  uint32_t host_id, uint32_t size)
{
    assert_true(index < mappings->length);
    assert_int_equal(mappings->ranges[index].container_id, container_id);
    assert_int_equal(mappings->ranges[index].host_id, host_id);
    assert_int_equal(mappings->ranges[index].size, size);
}

static inline void assert_device(const struct config_device *device, const char *path, char type,
                                 uint32_t major, uint32_t minor, mode_t mode)
{
    assert_string_equal(device->path, path);
    assert_int_equal(device->type, type);
    assert_int_equal(device->major, major);
    assert_int_equal(device->minor, minor);
    assert_int_equal(device->mode, mode);
}

/* A configuration, and the one line that refuses it. */
struct error_case {
    const char *json, *line;
};

static inline void check_error_cases(const struct error_case *cases, size_t count)
{
    static const struct config empty;

    for (size_t i = 0; i < count; i++) {
        CLEANUP_ERROR struct error error = {0};
        struct config config;
        int result = read_quoted(&config, cases[i].json, &error);

        if (result >= 0)
            fail_msg("accepted: %s", cases[i].json);
        assert_int_equal(result, -error.code);
        assert_error_line(&error, cases[i].line);
        assert_memory_equal(&config, &empty, sizeof(config));
    }
}

#endif
