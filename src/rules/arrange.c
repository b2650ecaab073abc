/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule becomes one item or a few; then src/rules/targets.c looks at what they need to be put at. */
#include "rules/arrange.h"
#include "rules/arranging.h"
#include "rules/resolve.h"
#include "rules/targets.h"

#include <string.h>

struct item *arranging_add(struct arranging *work, enum config_part_kind kind, const struct rule *rule)
{
    struct item *item = items_add(&work->items, kind, rule->path, rule->origin);

    if (item)
        item->rule = rule;
    return item;
}

struct item *arranging_add_mount(struct arranging *work, const struct rule *rule, const char *path,
                                 const char *type, struct strings options)
{
    struct item *item = items_add(&work->items, PART_MOUNT, path, rule->origin);
    struct config_mount *mount = arena_allocate(work->items.arena, 1, sizeof(*mount));

    if (!item || !mount)
        return NULL;
    *mount =
        (struct config_mount){.origin = rule->origin, .destination = path, .type = type, .options = options};
    item->part.mount = mount;
    item->rule = rule;
    item->is_directory = true;
    item->region = REGION_KERNEL;
    return item;
}

bool rule_has_option(const struct strings *options, const char *word)
{
    for (size_t i = 0; i < options->length; i++)
        if (strcmp(options->values[i], word) == 0)
            return true;
    return false;
}

static rule_arranger *const kinds[RULE_KINDS] = {
    [RULE_RO] = arrange_shown,
    [RULE_RW] = arrange_shown,
    [RULE_OVERLAY] = arrange_shown,
    [RULE_BIND] = arrange_shown,
    [RULE_DENY] = arrange_denied,
    [RULE_TMPFS] = arrange_tmpfs,
    [RULE_PROC] = arrange_proc,
    [RULE_DEV] = arrange_dev,
    [RULE_MQUEUE] = arrange_kernel,
    [RULE_SYSFS] = arrange_kernel,
    [RULE_DIRECTORY] = arrange_directory,
    [RULE_SYMLINK] = arrange_symlink,
    [RULE_FILE] = arrange_file,
};

/* Without a rule about it the root is copy-on-write; read-only, it is the same, sealed when all is in place. */
static int add_base(struct arranging *work, struct error *error)
{
    const struct rule *rule = rules_find_exactly(work->rules, "/");

    if (rule && rule->kind != RULE_RO && rule->kind != RULE_OVERLAY)
        return 0;
    work->tree.rule = rule;
    work->tree.sealed = rule && rule->kind == RULE_RO;
    work->config->rootfs_readonly = work->tree.sealed;
    return machine_tree_add(&work->tree, "/", error);
}

static bool is_base(const struct rule *rule)
{
    return strcmp(rule->path, "/") == 0 && (rule->kind == RULE_RO || rule->kind == RULE_OVERLAY);
}

static int add_rules(struct arranging *work, struct error *error)
{
    for (size_t i = 0; i < work->rules->length; i++) {
        const struct rule *rule = &work->rules->values[i];
        int status = is_base(rule) ? 0 : kinds[rule->kind](work, rule, error);

        if (status < 0) {
            rule_error_place(rule, error);
            return status;
        }
    }
    return 0;
}

/* What a box has of its own where no rule says something else. */
static int add_system(struct rules *rules, struct error *error)
{
    static const char *shm[] = {"nosuid", "nodev", "noexec", "mode=1777"};
    static const struct rule system[] = {
        {.kind = RULE_PROC, .path = "/proc"},
        {.kind = RULE_SYSFS, .path = "/sys"},
        {.kind = RULE_DEV, .path = "/dev"},
        {.kind = RULE_TMPFS, .path = "/dev/shm", .options = {shm, ARRAY_LENGTH(shm)}},
        {.kind = RULE_MQUEUE, .path = "/dev/mqueue"},
    };
    size_t length = rules->length;
    int status = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(system) && status == 0; i++) {
        struct rule rule = system[i];
        bool given = false;

        rule.origin = "the box's own";
        for (size_t j = 0; j < length; j++) {
            const char *path = rules->values[j].path;

            given = given || strcmp(path, rule.path) == 0 ||
                    (strcmp(path, "/dev") == 0 && path_below(rule.path, path) &&
                     rules->values[j].kind != RULE_DEV);
        }
        if (!given)
            status = rules_add(rules, &rule, error);
    }
    return status;
}

int rules_arrange(struct rules *rules, const struct arrangement *arrangement, struct config *config,
                  struct error *error)
{
    struct arranging work = {.config = config, .rules = rules, .items = {.arena = &config->arena}};
    int status = rules->settled ? 0 : rules_settle(rules, error);

    work.tree = (struct machine_tree){.items = &work.items, .rules = rules, .locked = arrangement->locked};
    if (status == 0 && !rules->without_system)
        status = add_system(rules, error);
    if (status == 0)
        status = rules_merge_same(rules, error);
    if (status == 0)
        status = rules_resolve(rules, error);
    if (status == 0)
        status = machine_tree_read(&work.tree, error);
    if (status == 0)
        status = add_base(&work, error);
    if (status == 0)
        status = add_rules(&work, error);
    if (status == 0)
        status = targets_see_to(&work.items, &work.tree, error);
    return status == 0 ? items_emit(&work.items, config, error) : status;
}
