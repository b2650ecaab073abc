/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/systemd.h"
#include "cgroup/systemd_bus.h"

#include <string.h>

static bool is_slice(const char *unit)
{
    size_t length = strlen(unit);

    return length > 6 && strcmp(unit + length - 6, ".slice") == 0;
}

static int add_text(struct systemd_properties *properties, const char *name, enum systemd_type type,
                    const char *text, struct error *error)
{
    struct systemd_property property = {.name = name, .type = type, .text = text};

    return systemd_add(properties, &property, error);
}

/* A slice's name says where it is, so its parent is wanted only; a scope's place is its property. */
static int add_place(struct systemd_properties *properties, const struct systemd_scope *scope,
                     struct error *error)
{
    int status;

    if (is_slice(scope->unit))
        return add_text(properties, "Wants", SYSTEMD_TEXTS, scope->slice, error);
    status = add_text(properties, "Slice", SYSTEMD_TEXT, scope->slice, error);
    return status < 0 ? status : systemd_add_flag(properties, "Delegate", true, error);
}

static int add_pid(struct systemd_properties *properties, pid_t pid, struct error *error)
{
    struct systemd_property property = {.name = "PIDs", .type = SYSTEMD_PIDS, .number = (uint64_t)pid};

    return systemd_add(properties, &property, error);
}

/* All controllers from the start: the memory of a process doesn't move with it later. */
static int add_accounting(struct systemd_properties *properties, bool is_unified, struct error *error)
{
    const char *const names[] = {"MemoryAccounting", "CPUAccounting",
                                 is_unified ? "IOAccounting" : "BlockIOAccounting", "TasksAccounting"};
    int status = 0;

    for (size_t i = 0; status == 0 && i < ARRAY_LENGTH(names); i++)
        status = systemd_add_flag(properties, names[i], true, error);
    return status;
}

static int add_start(struct systemd_properties *properties, const struct systemd_scope *scope, pid_t pid,
                     struct error *error)
{
    int status = add_text(properties, "Description", SYSTEMD_TEXT, scope->description, error);

    if (status == 0)
        status = add_place(properties, scope, error);
    if (status == 0)
        status = add_pid(properties, pid, error);
    if (status == 0)
        status = add_accounting(properties, scope->is_unified, error);
    if (status == 0)
        status = systemd_add_flag(properties, "DefaultDependencies", false, error);
    if (status == 0)
        status = systemd_add_devices(properties, scope->resources->devices, scope->resources->devices_length,
                                     error);
    return status < 0 ? status
                      : systemd_add_resources(properties, scope->resources, scope->is_unified, error);
}

static int add_update(struct systemd_properties *properties, const struct systemd_scope *scope,
                      struct error *error)
{
    const struct config_resources *resources = scope->resources;
    int status = 0;

    if (resources->devices_length > 0)
        status = systemd_add_devices(properties, resources->devices, resources->devices_length, error);
    return status < 0 ? status : systemd_add_resources(properties, resources, scope->is_unified, error);
}

/* A unit that is not there is what is wanted here. */
static int reset(const struct systemd_bus *bus, const char *unit, struct error *error)
{
    int status = systemd_bus_reset_unit(bus, unit, error);

    if (status != -ENOENT)
        return status;
    error_clear(error);
    return 0;
}

/* An error of what follows a failure doesn't count. */
static void reset_after_failure(const struct systemd_bus *bus, const char *unit)
{
    CLEANUP_ERROR struct error ignored = {0};

    (void)!reset(bus, unit, &ignored);
}

/* A failed unit of the same name may be left from an earlier time: it is forgotten, once. */
static int start(const struct systemd_bus *bus, const char *unit, const struct systemd_properties *properties,
                 struct error *error)
{
    int status = systemd_bus_start_unit(bus, unit, properties, error);

    if (status == -EEXIST) {
        reset_after_failure(bus, unit);
        error_clear(error);
        status = systemd_bus_start_unit(bus, unit, properties, error);
    }
    if (status < 0 && status != -EEXIST)
        reset_after_failure(bus, unit);
    return status;
}

int systemd_start_scope(const struct systemd_scope *scope, pid_t pid, struct error *error)
{
    CLEANUP_SYSTEMD_BUS struct systemd_bus bus = {0};
    struct arena arena = {0};
    struct systemd_properties properties = {.arena = &arena};
    int status = add_start(&properties, scope, pid, error);

    if (status == 0)
        status = systemd_bus_open(&bus, scope->user, error);
    if (status == 0)
        status = start(&bus, scope->unit, &properties, error);
    arena_clear(&arena);
    return status;
}

int systemd_update_scope(const struct systemd_scope *scope, struct error *error)
{
    CLEANUP_SYSTEMD_BUS struct systemd_bus bus = {0};
    struct arena arena = {0};
    struct systemd_properties properties = {.arena = &arena};
    int status = add_update(&properties, scope, error);

    if (status == 0 && properties.length > 0) {
        status = systemd_bus_open(&bus, scope->user, error);
        if (status == 0)
            status = systemd_bus_set_properties(&bus, scope->unit, &properties, error);
    }
    arena_clear(&arena);
    return status;
}

int systemd_stop_scope(const struct systemd_scope *scope, struct error *error)
{
    CLEANUP_SYSTEMD_BUS struct systemd_bus bus = {0};
    int status = systemd_bus_open(&bus, scope->user, error);

    if (status < 0)
        return status;
    status = systemd_bus_stop_unit(&bus, scope->unit, error);
    if (status == -ENOENT) {
        error_clear(error);
        status = 0;
    }
    return status < 0 ? status : reset(&bus, scope->unit, error);
}
