/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows the container's terminal at /dev/console. The terminal is one of the container's own devpts, opened
 * through the mount that we made, and its container side is got from the master: no name is looked up on the
 * way that a process in a shared volume could have changed (CVE-2025-52565).
 *
 *   openat(devpts, "ptmx"), ioctl(TIOCSPTLCK), ioctl(TIOCGPTPEER), open_tree(peer, OPEN_TREE_CLONE), fchown,
 *   fchmod, openat2(/dev/console), move_mount
 *   given by the caller, on the host side: fstatfs, open_tree(terminal, OPEN_TREE_CLONE), mount_setattr(private)
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define CONSOLE_MODE 0600

static int open_terminal(struct build *build, size_t devpts, struct error *error)
{
    CLEANUP_FD int master = -1;
    int unlock = 0;

    if (devpts == NO_OPERATION) {
        error_set(error, EINVAL, "a terminal needs a devpts of the container at /dev/pts");
        error_hint(error, "add a mount of type devpts, or set process.terminal to false");
        return -EINVAL;
    }
    master = openat(build->slots[devpts].fd, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0)
        return error_call(error, errno, "openat", "cannot open a terminal in the container's devpts");
    if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
        return error_call(error, errno, "ioctl(TIOCSPTLCK)", "cannot unlock the terminal");
    build->console_fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (build->console_fd < 0)
        return error_call(error, errno, "ioctl(TIOCGPTPEER)", "cannot open the terminal's container side");
    build->console_master = fd_take(&master);
    return 0;
}

static int check_terminal(int fd, struct error *error)
{
    struct statfs status;

    if (fstatfs(fd, &status) < 0)
        return error_call(error, errno, "fstatfs", "cannot examine the terminal");
    if (status.f_type != DEVPTS_SUPER_MAGIC || !isatty(fd))
        return error_set(error, EINVAL, "the console is not a pseudo-terminal");
    return 0;
}

static int set_owner(const struct step *step, struct error *error)
{
    const struct console_operation *console = &step->operation->console;
    const struct build *build = step->build;
    uint32_t uid = console->uid, gid = console->gid;
    int fd = build->console_fd;
    int status = 0;

    if ((build->uid_mappings && !id_mappings_to_host(build->uid_mappings, console->uid, &uid)) ||
        (build->gid_mappings && !id_mappings_to_host(build->gid_mappings, console->gid, &gid)))
        return error_set(error, EINVAL, "the user %u:%u is not mapped in the user namespace", console->uid,
                         console->gid);
    if (fchown(fd, uid, gid) < 0)
        return error_call(error, errno, "fchown", "cannot give the terminal to the container's user");
    if (fchmod(fd, CONSOLE_MODE) < 0)
        return error_call(error, errno, "fchmod", "cannot set the terminal's mode");
    if (console->label)
        status = kernel_set_xattr(fd, "security.selinux", console->label);
    return status < 0 ? error_call(error, status, "setxattr", "cannot label the terminal") : 0;
}

static int bind_terminal(const struct step *step, int *ret_mount, struct error *error)
{
    CLEANUP_FD int mount = -1;
    int status = check_terminal(step->build->console_fd, error);

    if (status < 0)
        return status;
    mount = kernel_clone_mount(step->build->console_fd, false);
    if (mount < 0)
        return error_call(error, mount, "open_tree", "cannot bind the terminal");
    status = change_mount(mount, false, (struct mount_attributes){.propagation = PROPAGATE_PRIVATE}, error);
    if (status == 0)
        *ret_mount = fd_take(&mount);
    return status;
}

/* The caller's terminal lies on a mount of the host, which can be bound only from among the host's. */
int console_prepare(struct step *step, struct error *error)
{
    return step->build->console_fd >= 0 ? bind_terminal(step, &step->slot->fd, error) : 0;
}

int console_attach(struct step *step, struct error *error)
{
    int status = 0;

    if (step->slot->fd < 0) {
        status = open_terminal(step->build, step->operation->console.devpts, error);
        if (status == 0)
            status = bind_terminal(step, &step->slot->fd, error);
    }
    if (status == 0)
        status = set_owner(step, error);
    return status == 0 ? step_attach_mount(step, step->slot->fd, false, false, error) : status;
}
