/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: process. */
#include "config/check.h"
#include "config/oci.h"

#include <jansson.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/resource.h>

struct console_size {
    uint32_t height, width;
};

static const struct property console_size_properties[] = {
    UINT32("height", struct console_size, height, UINT16_MAX, REQUIRED),
    UINT32("width", struct console_size, width, UINT16_MAX, REQUIRED),
    {0},
};

static int read_console_size(const struct field *field, void *target, struct error *error)
{
    struct config_process *process = target;
    struct console_size size = {0};
    int result;

    if (!process->terminal)
        return 0;
    result = properties_read(field, console_size_properties, &size, error);
    if (result < 0)
        return result;
    process->has_console_size = true;
    process->console_rows = (uint16_t)size.height;
    process->console_columns = (uint16_t)size.width;
    return 0;
}

static int read_umask(const struct field *field, void *target, struct error *error)
{
    struct config_process *process = target;

    process->has_umask = true;
    return field_uint32(field, 0777, &process->umask, error);
}

static int read_additional_gids(const struct field *field, void *target, struct error *error)
{
    struct config_process *process = target;
    void *room;
    int result = field_array(field, sizeof(uint32_t), &room, &process->additional_gids_length, error);

    if (result < 0)
        return result;
    process->additional_gids = room;
    for (size_t i = 0; i < process->additional_gids_length && result == 0; i++) {
        struct field element = field_element(field, i);

        result = field_uint32(&element, MAXIMUM_ID, &process->additional_gids[i], error);
    }
    return result;
}

static const struct word rlimit_types[] = {
    {"RLIMIT_AS", RLIMIT_AS},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_NPROC", RLIMIT_NPROC},
    {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    {"RLIMIT_RTTIME", RLIMIT_RTTIME},
    {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
    {NULL, 0},
};

static int read_rlimit_type(const struct field *field, void *target, struct error *error)
{
    struct config_rlimit *rlimit = target;
    const struct word *type;
    int result = field_word(field, rlimit_types, &type, error);

    if (result < 0)
        return result;
    rlimit->resource = (int)type->number;
    rlimit->name = type->word;
    return 0;
}

static const struct property rlimit_properties[] = {
    CUSTOM("type", read_rlimit_type, REQUIRED),
    UINT64("soft", struct config_rlimit, soft, REQUIRED),
    UINT64("hard", struct config_rlimit, hard, REQUIRED),
    {0},
};

/* cap_from_name(3) alone would take "CAP_CHOWN,x", "cap_chown" and "0" as well. */
static bool capability_from_name(const char *name, cap_value_t *ret_value)
{
    return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == '\0' && cap_from_name(name, ret_value) == 0 &&
           *ret_value < 64;
}

/* A list of names, as a bit each. */
static int read_capability_set(const struct field *field, void *place, struct error *error)
{
    uint64_t *ret_set = place;
    uint64_t set = 0;
    int result = field_expect(field, JSON_ARRAY, error);

    for (size_t i = 0; result == 0 && i < json_array_size(field->json); i++) {
        struct field element = field_element(field, i);
        cap_value_t value;
        const char *name;

        result = field_string(&element, &name, error);
        if (result < 0)
            break;
        if (!capability_from_name(name, &value))
            return field_error(&element, error, "is \"%s\", which is not a known capability", name);
        set |= UINT64_C(1) << value;
    }
    if (result == 0)
        *ret_set = set;
    return result;
}

#define CAPABILITIES(key, structure, member)                                                                 \
    CUSTOM(key, read_capability_set, .offset = MEMBER_OFFSET(structure, member, uint64_t))

static const struct property capabilities_properties[] = {
    CAPABILITIES("bounding", struct config_capabilities, bounding),
    CAPABILITIES("effective", struct config_capabilities, effective),
    CAPABILITIES("inheritable", struct config_capabilities, inheritable),
    CAPABILITIES("permitted", struct config_capabilities, permitted),
    CAPABILITIES("ambient", struct config_capabilities, ambient),
    {0},
};

static const struct property user_properties[] = {
    UINT32("uid", struct config_process, uid, MAXIMUM_ID),
    UINT32("gid", struct config_process, gid, MAXIMUM_ID),
    CUSTOM("umask", read_umask),
    CUSTOM("additionalGids", read_additional_gids),
    IGNORED("username"), /* for Windows only */
    {0},
};

static const struct property process_properties[] = {
    STRINGS("args", struct config_process, args, REQUIRED),
    IGNORED("commandLine"), /* for Windows only */
    STRINGS("env", struct config_process, env),
    TEXT("cwd", struct config_process, cwd, REQUIRED),
    BOOLEAN("terminal", struct config_process, terminal),
    CUSTOM("consoleSize", read_console_size), /* after terminal, without which it is ignored */
    OBJECT("user", user_properties),
    SECTION("capabilities", struct config_process, capabilities, capabilities_properties),
    LIST("rlimits", struct config_process, rlimits, rlimits_length, rlimit_properties),
    BOOLEAN("noNewPrivileges", struct config_process, no_new_privileges),
    TEXT("apparmorProfile", struct config_process, apparmor_profile),
    TEXT("selinuxLabel", struct config_process, selinux_label),
    NUMBER("oomScoreAdj", struct config_process, oom_score_adjustment, -1000, 1000),
    SECTION("scheduler", struct config_process, scheduler, oci_scheduler_properties),
    ROW("ioPriority", .read = property_section, .properties = oci_io_priority_properties,
        .given_offset = MEMBER_OFFSET(struct config_process, has_io_priority, bool)),
    OBJECT("execCPUAffinity", oci_affinity_properties),
    {0},
};

int oci_read_process_alone(const struct field *field, void *target, struct error *error)
{
    struct config *config = target;
    int result;

    config->has_process = true;
    result = properties_read(field, process_properties, &config->process, error);
    config->console = config->process.terminal;
    return result;
}

int oci_read_process(const struct field *field, void *target, struct error *error)
{
    struct config *config = target;

    config->process.capabilities.given = true; /* absent, all five sets are empty, as for runc and crun */
    return oci_read_process_alone(field, target, error);
}
