/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/systemd_message.h"

static int append_bits(const struct systemd_library *library, sd_bus_message *message,
                       const struct systemd_property *property)
{
    return library->sd_bus_message_append_array(message, 'y', property->bytes, property->length);
}

static int append_devices(const struct systemd_library *library, sd_bus_message *message,
                          const struct systemd_property *property)
{
    int status = library->sd_bus_message_open_container(message, 'a', "(ss)");

    for (size_t i = 0; status >= 0 && i < property->length; i++)
        status = library->sd_bus_message_append(message, "(ss)", property->devices[i].path,
                                                property->devices[i].rights);
    return status < 0 ? status : library->sd_bus_message_close_container(message);
}

static int append_flag(const struct systemd_library *library, sd_bus_message *message,
                       const struct systemd_property *property)
{
    return library->sd_bus_message_append(message, "b", (int)property->number);
}

static int append_number(const struct systemd_library *library, sd_bus_message *message,
                         const struct systemd_property *property)
{
    return library->sd_bus_message_append(message, "t", property->number);
}

static int append_pids(const struct systemd_library *library, sd_bus_message *message,
                       const struct systemd_property *property)
{
    return library->sd_bus_message_append(message, "au", 1, (uint32_t)property->number);
}

static int append_text(const struct systemd_library *library, sd_bus_message *message,
                       const struct systemd_property *property)
{
    return library->sd_bus_message_append(message, "s", property->text);
}

static int append_texts(const struct systemd_library *library, sd_bus_message *message,
                        const struct systemd_property *property)
{
    return library->sd_bus_message_append(message, "as", 1, property->text);
}

static const struct {
    const char *signature;
    int (*append)(const struct systemd_library *library, sd_bus_message *message,
                  const struct systemd_property *property);
} types[] = {
    [SYSTEMD_FLAG] = {"b", append_flag},           [SYSTEMD_NUMBER] = {"t", append_number},
    [SYSTEMD_PIDS] = {"au", append_pids},          [SYSTEMD_TEXT] = {"s", append_text},
    [SYSTEMD_TEXTS] = {"as", append_texts},        [SYSTEMD_BITS] = {"ay", append_bits},
    [SYSTEMD_DEVICES] = {"a(ss)", append_devices},
};

static int append_property(const struct systemd_library *library, sd_bus_message *message,
                           const struct systemd_property *property)
{
    int status = library->sd_bus_message_open_container(message, 'r', "sv");

    if (status >= 0)
        status = library->sd_bus_message_append(message, "s", property->name);
    if (status >= 0)
        status = library->sd_bus_message_open_container(message, 'v', types[property->type].signature);
    if (status >= 0)
        status = types[property->type].append(library, message, property);
    if (status >= 0)
        status = library->sd_bus_message_close_container(message);
    return status < 0 ? status : library->sd_bus_message_close_container(message);
}

int systemd_append_properties(const struct systemd_library *library, sd_bus_message *message,
                              const struct systemd_properties *properties)
{
    int status = library->sd_bus_message_open_container(message, 'a', "(sv)");

    for (size_t i = 0; status >= 0 && i < properties->length; i++)
        status = append_property(library, message, &properties->values[i]);
    return status < 0 ? status : library->sd_bus_message_close_container(message);
}
