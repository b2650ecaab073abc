/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that show what is made for the box. */
#include "rules/arranging.h"

#include <string.h>
#include <sys/stat.h>

int arrange_denied(struct arranging *work, const struct rule *rule, struct error *error)
{
    struct item *item = arranging_add(work, PART_DENY, rule);

    if (!item)
        return error_memory(error);
    item->part.face = rule->face;
    item->is_vacant = rule->face == FACE_ENOENT;
    item->region = item->is_vacant ? REGION_NONE : REGION_MEMORY;
    return 0;
}

int arrange_tmpfs(struct arranging *work, const struct rule *rule, struct error *error)
{
    static const char *options[] = {"nosuid", "nodev"};
    struct strings usual = {options, ARRAY_LENGTH(options)};
    struct item *item =
        arranging_add_mount(work, rule, rule->path, "tmpfs", rule->options.length ? rule->options : usual);

    if (!item)
        return error_memory(error);
    item->region = REGION_MEMORY;
    return 0;
}

int arrange_proc(struct arranging *work, const struct rule *rule, struct error *error)
{
    static const char *fresh[] = {"nosuid", "nodev", "noexec"};
    static const char *outer[] = {"rbind", "rro", "rnosuid", "rnodev", "rnoexec"};
    struct rule machine = *rule;
    struct item *item;
    struct stat status;

    switch (rule->proc) {
    case PROC_FRESH:
        item = arranging_add_mount(work, rule, rule->path, "proc",
                                   rule->options.length ? rule->options
                                                        : (struct strings){fresh, ARRAY_LENGTH(fresh)});
        if (!item)
            return error_memory(error);
        /* Before /dev, some of whose links are there only with what they lead to. */
        item->before = strcmp(rule->path, "/proc") == 0 ? "/dev" : NULL;
        item->turn = 0;
        return 0;
    case PROC_OUTER:
        machine.source = "/proc";
        if (stat(machine.source, &status) < 0)
            return error_call(error, errno, "stat", "cannot find the machine's /proc");
        return arranging_add_bind(work, &machine, &status, (struct strings){outer, ARRAY_LENGTH(outer)},
                                  false, error);
    case PROC_NONE:
        item = arranging_add(work, PART_DENY, rule);
        if (!item)
            return error_memory(error);
        item->is_directory = true;
        return 0;
    }
    return 0;
}

int arrange_dev(struct arranging *work, const struct rule *rule, struct error *error)
{
    static const char *dev[] = {"nosuid", "strictatime", "mode=755", "size=65536k", "ro"};
    static const char *pts[] = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=620", "gid=5"};
    bool readonly = rule_has_option(&rule->options, "ro");
    struct item *item;

    if (rule->options.length > readonly)
        return error_set(error, EINVAL, "the only option that /dev takes is \"ro\"");
    if (strcmp(rule->path, "/dev") != 0)
        return error_set(error, ENOTSUP, "the devices can be at /dev only, not at %s", rule->path);
    item = arranging_add_mount(work, rule, "/dev", "tmpfs",
                               (struct strings){dev, ARRAY_LENGTH(dev) - !readonly});
    if (!item)
        return error_memory(error);
    item->region = REGION_MEMORY;
    /* Nodes and links are there before anything that a rule has to say about one of them. */
    item = arranging_add_mount(work, rule, "/dev/pts", "devpts", (struct strings){pts, ARRAY_LENGTH(pts)});
    if (!item)
        return error_memory(error);
    item->before = "/dev";
    item = arranging_add(work, PART_DEVICES, rule);
    if (!item)
        return error_memory(error);
    item->makes_itself = true;
    return 0;
}

int arrange_kernel(struct arranging *work, const struct rule *rule, struct error *error)
{
    static const char *options[] = {"nosuid", "nodev", "noexec", "ro"};
    struct strings usual = {options, ARRAY_LENGTH(options) - (rule->kind == RULE_MQUEUE)};
    const char *type = rule->kind == RULE_MQUEUE ? "mqueue" : "sysfs";

    return arranging_add_mount(work, rule, rule->path, type, rule->options.length ? rule->options : usual)
               ? 0
               : error_memory(error);
}

int arrange_directory(struct arranging *work, const struct rule *rule, struct error *error)
{
    struct item *item = arranging_add(work, PART_DIRECTORY, rule);

    if (!item)
        return error_memory(error);
    item->part.mode = rule->has_mode ? rule->mode : 0755;
    item->makes_itself = true;
    item->is_directory = true;
    return 0;
}

int arrange_symlink(struct arranging *work, const struct rule *rule, struct error *error)
{
    struct item *item = arranging_add(work, PART_SYMLINK, rule);

    if (!item)
        return error_memory(error);
    item->part.text = rule->source;
    item->makes_itself = true;
    return 0;
}

int arrange_file(struct arranging *work, const struct rule *rule, struct error *error)
{
    struct item *item = arranging_add(work, PART_FILE, rule);

    if (!item)
        return error_memory(error);
    item->part.mode = rule->has_mode ? rule->mode : 0644;
    item->part.text = rule->data ? rule->data : "";
    item->part.text_length = rule->data_length;
    item->part.readonly = rule->readonly;
    return 0;
}
