/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prctl(PR_CAPBSET_DROP) for each capability; later capset(2), prctl(PR_CAP_AMBIENT_CLEAR_ALL) and
 * prctl(PR_CAP_AMBIENT_RAISE) for each.
 */
#include "process/capabilities.h"

#include <ctype.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/prctl.h>

static void cleanup_cap(cap_t *set)
{
    if (*set)
        cap_free(*set);
}

#define CLEANUP_CAP CLEANUP(cleanup_cap)

static uint64_t bit_of(unsigned int capability)
{
    return UINT64_C(1) << capability;
}

/* How many capabilities the kernel knows: its CAP_LAST_CAP and one. */
static unsigned int known_capabilities(void)
{
    cap_value_t known = cap_max_bits();

    return known < 0 ? 0 : known > 64 ? 64 : (unsigned int)known;
}

const char *capability_name(unsigned int bit)
{
    static _Thread_local char text[64];
    char *name = bit < 64 && bit <= CAP_LAST_CAP ? cap_to_name((cap_value_t)bit) : NULL;

    if (!name) {
        snprintf(text, sizeof(text), "CAPABILITY %u", bit);
        return text;
    }
    snprintf(text, sizeof(text), "%s", name);
    cap_free(name);
    for (char *letter = text; *letter; letter++)
        *letter = (char)toupper((unsigned char)*letter);
    return text;
}

/* Which of these are in the bounding set. The kernel is asked for each. */
static uint64_t present_bounding(uint64_t asked)
{
    uint64_t bounding = 0;

    for (unsigned int bit = 0; bit < known_capabilities(); bit++)
        if ((asked & bit_of(bit)) && cap_get_bound((cap_value_t)bit) > 0)
            bounding |= bit_of(bit);
    return bounding;
}

static bool drop_bound(unsigned int bit)
{
    /* Without CAP_SETPCAP even one that is not there can't be dropped, and needs not be. */
    return prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) == 0 || (errno == EPERM && !present_bounding(bit_of(bit)));
}

int capabilities_limit_bounding(const struct config_capabilities *capabilities, struct error *error)
{
    if (!capabilities->given)
        return 0;
    for (unsigned int bit = 0; bit < known_capabilities(); bit++) {
        if ((capabilities->bounding & bit_of(bit)) || drop_bound(bit))
            continue;
        error_call(error, EPERM, "prctl(PR_CAPBSET_DROP)", "cannot drop %s from the bounding set",
                   capability_name(bit));
        error_hint(error, "dropping needs CAP_SETPCAP");
        return -error->code;
    }
    return 0;
}

static int read_set(cap_t from, cap_flag_t flag, uint64_t *ret_set)
{
    uint64_t set = 0;

    for (unsigned int bit = 0; bit < known_capabilities(); bit++) {
        cap_flag_value_t value;

        if (cap_get_flag(from, (cap_value_t)bit, flag, &value) < 0)
            return -errno;
        if (value == CAP_SET)
            set |= bit_of(bit);
    }
    *ret_set = set;
    return 0;
}

static int write_set(cap_t to, cap_flag_t flag, uint64_t set)
{
    for (unsigned int bit = 0; bit < 64; bit++) {
        cap_value_t capability = (cap_value_t)bit;

        if ((set & bit_of(bit)) && cap_set_flag(to, flag, 1, &capability, CAP_SET) < 0)
            return -errno;
    }
    return 0;
}

/* What of the configuration the kernel would not turn down: the rules of capset(2) and of
 * PR_CAP_AMBIENT_RAISE (capabilities(7), "Programmatically adjusting capability sets"). */
static int grantable(const struct config_capabilities *wanted, struct config_capabilities *ret_granted)
{
    CLEANUP_CAP cap_t present = cap_get_proc();
    struct config_capabilities granted = {.given = true};
    uint64_t permitted, inheritable;
    uint64_t bounding = present_bounding(wanted->bounding | wanted->inheritable);

    if (!present)
        return -errno;
    if (read_set(present, CAP_PERMITTED, &permitted) < 0 ||
        read_set(present, CAP_INHERITABLE, &inheritable) < 0)
        return -EINVAL;
    granted.bounding = wanted->bounding & bounding;
    granted.permitted = wanted->permitted & permitted;
    granted.effective = wanted->effective & granted.permitted;
    granted.inheritable = wanted->inheritable & (inheritable | (permitted & bounding));
    granted.ambient = wanted->ambient & granted.permitted & granted.inheritable;
    *ret_granted = granted;
    return 0;
}

static uint64_t difference(const struct config_capabilities *wanted,
                           const struct config_capabilities *granted)
{
    return (wanted->bounding & ~granted->bounding) | (wanted->permitted & ~granted->permitted) |
           (wanted->effective & ~granted->effective) | (wanted->inheritable & ~granted->inheritable) |
           (wanted->ambient & ~granted->ambient);
}

static int set_process(const struct config_capabilities *granted, struct error *error)
{
    CLEANUP_CAP cap_t set = cap_init();

    if (!set || write_set(set, CAP_PERMITTED, granted->permitted) < 0 ||
        write_set(set, CAP_EFFECTIVE, granted->effective) < 0 ||
        write_set(set, CAP_INHERITABLE, granted->inheritable) < 0)
        return error_call(error, errno, "cap_set_flag", "cannot put the capabilities together");
    if (cap_set_proc(set) < 0)
        return error_call(error, errno, "capset", "cannot set the capabilities");
    return 0;
}

static int set_ambient(uint64_t ambient, struct error *error)
{
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        return error_call(error, errno, "prctl(PR_CAP_AMBIENT_CLEAR_ALL)",
                          "cannot clear the ambient capabilities");
    for (unsigned int bit = 0; bit < 64; bit++)
        if ((ambient & bit_of(bit)) && cap_set_ambient((cap_value_t)bit, CAP_SET) < 0)
            return error_call(error, errno, "prctl(PR_CAP_AMBIENT_RAISE)", "cannot make %s ambient",
                              capability_name(bit));
    return 0;
}

int capabilities_apply(const struct config_capabilities *capabilities, uint64_t *ret_refused,
                       struct error *error)
{
    struct config_capabilities granted = {0};
    int result;

    if (!capabilities->given) {
        *ret_refused = 0;
        return 0;
    }
    result = grantable(capabilities, &granted);
    if (result < 0)
        return error_call(error, result, "capget", "cannot read this process's capabilities");
    result = set_process(&granted, error);
    if (result < 0)
        return result;
    result = set_ambient(granted.ambient, error);
    if (result < 0)
        return result;
    *ret_refused = difference(capabilities, &granted);
    return 0;
}
