/* SPDX-License-Identifier: Apache-2.0 */
/* What the container's user may do with a place, from what is known of it. */
#include "explain/explain.h"

static bool is_device(mode_t mode)
{
    return S_ISCHR(mode) || S_ISBLK(mode);
}

/* What a mount's flags refuse, whoever asks. Devices, FIFOs and sockets can be written to on a read-only
 * mount. */
static const struct explained_flag *find_refusing(const struct explanation *explanation,
                                                  enum file_right right, const char **ret_what)
{
    mode_t mode = explanation->owner.mode;
    const struct explained_flag *flags = explanation->flags;

    if (right == RIGHT_WRITE && flags[FLAG_RO].set && (S_ISREG(mode) || S_ISDIR(mode))) {
        *ret_what = "the mount is read-only";
        return &flags[FLAG_RO];
    }
    if (right == RIGHT_EXECUTE && flags[FLAG_NOEXEC].set && S_ISREG(mode)) {
        *ret_what = "the mount is noexec";
        return &flags[FLAG_NOEXEC];
    }
    if (right != RIGHT_EXECUTE && flags[FLAG_NODEV].set && is_device(mode)) {
        *ret_what = "the mount is nodev, so no device can be opened";
        return &flags[FLAG_NODEV];
    }
    return NULL;
}

static int decide(struct world *world, const struct explain_subject *subject, const char *blocked_by,
                  const struct explanation *explanation, enum file_right right,
                  struct explained_right *ret_right, struct error *error)
{
    const char *what;
    const struct explained_flag *refusing = find_refusing(explanation, right, &what);

    ret_right->known = true;
    if (blocked_by) {
        ret_right->reason = blocked_by;
    } else if (refusing) {
        ret_right->reason =
            refusing->reason ? arena_printf(&world->arena, "%s (%s)", what, refusing->reason) : what;
        if (!ret_right->reason)
            return error_memory(error);
    } else {
        ret_right->allowed = file_may(&subject->user, &explanation->owner, right, &ret_right->reason);
    }
    return 0;
}

int explain_rights(struct world *world, const struct explain_subject *subject, const char *blocked_by,
                   struct explanation *explanation, struct error *error)
{
    int status = 0;

    if (!subject->has_user || !subject->ids_known || !explanation->has_owner)
        return 0;
    for (size_t i = 0; i < RIGHT_COUNT && status == 0; i++)
        status = decide(world, subject, blocked_by, explanation, (enum file_right)i, &explanation->rights[i],
                        error);
    return status;
}
