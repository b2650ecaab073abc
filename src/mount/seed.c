/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   made:   unshare(CLONE_NEWNS), mount_setattr(/, private, recursive), fsopen(tmpfs) … fsmount, move_mount(/),
 *           pivot_root(".", "."), umount2(".", MNT_DETACH), setns(back)
 *   pinned: open_tree(ns, OPEN_TREE_CLONE), move_mount(/run/holdfast/seed)
 *   found:  openat(/run/holdfast/seed), ioctl(NS_GET_NSTYPE)
 *   used:   setns(seed, CLONE_NEWNS), unshare(CLONE_NEWNS)
 */
#include "mount/seed.h"
#include "base/fd.h"
#include "kernel/environment.h"
#include "kernel/mount_api.h"
#include "mount/namespace.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define STATE_DIRECTORY "/run/holdfast"
#define PIN_NAME "seed"
#define SEED_ATTRIBUTES (ATTRIBUTE_RDONLY | ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV | ATTRIBUTE_NOEXEC)

/* A plain file there is no pin: in a copy of the namespace that pinned it, the kernel leaves the pin out. */
static bool is_mount_namespace(int fd)
{
    return ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNS;
}

static int open_pin(int directory_fd)
{
    CLEANUP_FD int fd = openat(directory_fd, PIN_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    return fd >= 0 && is_mount_namespace(fd) ? fd_take(&fd) : -1;
}

/* Only root may have written there. */
static int open_state_directory(void)
{
    CLEANUP_FD int fd = -1;
    struct stat status;

    if (mkdir(STATE_DIRECTORY, 0700) < 0 && errno != EEXIST)
        return -errno;
    fd = open(STATE_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0)
        return -errno;
    if (status.st_uid != geteuid() || (status.st_mode & 022))
        return -EPERM;
    return fd_take(&fd);
}

static int make_empty_root(void)
{
    const struct mount_attributes private_tree = {.propagation = PROPAGATE_PRIVATE};
    CLEANUP_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_FD int context = kernel_fs_open("tmpfs");
    CLEANUP_FD int mount = -1;
    int status;

    if (root < 0)
        return -errno;
    if (context < 0)
        return context;
    status = kernel_set_attributes(root, true, &private_tree);
    if (status == 0)
        status = kernel_fs_set_string(context, "source", "holdfast-seed");
    if (status == 0)
        status = kernel_fs_set_string(context, "mode", "555");
    if (status == 0)
        status = kernel_fs_create(context);
    if (status < 0)
        return status;
    mount = kernel_fs_mount(context, SEED_ATTRIBUTES);
    if (mount < 0)
        return mount;
    status = kernel_attach_mount(mount, root);
    if (status == 0 && fchdir(mount) < 0)
        status = -errno;
    if (status == 0)
        status = kernel_pivot_root_here();
    return status < 0 ? status : kernel_detach_here();
}

static int make_seed(int *ret_fd, struct error *error)
{
    CLEANUP_MOUNT_NAMESPACE struct mount_namespace seed = MOUNT_NAMESPACE_NONE;
    CLEANUP_ERROR struct error later = {0};
    int status = mount_namespace_begin_copy(&seed, error);
    int made;

    if (status < 0)
        return status;
    made = make_empty_root();
    status = mount_namespace_leave(&seed, made < 0 ? &later : error);
    if (made < 0) {
        error_call(error, made, "pivot_root", "cannot make the seed, the empty mount namespace");
        if (made == -EINVAL)
            error_hint(error, "this does not work on the initial ramfs: switch to a real root first");
        return made;
    }
    if (status == 0)
        *ret_fd = fd_take(&seed.inside_fd);
    return status;
}

/* A mount on a shared parent would be sent to its peers, which the kernel refuses for a namespace. */
static int make_private(int directory_fd, int *ret_fd)
{
    const struct mount_attributes change = {.propagation = PROPAGATE_PRIVATE};
    CLEANUP_FD int mount = kernel_clone_mount(directory_fd, false);
    int status;

    if (mount < 0)
        return mount;
    status = kernel_set_attributes(mount, false, &change);
    if (status == 0)
        status = kernel_attach_mount(mount, directory_fd);
    if (status == 0)
        *ret_fd = fd_take(&mount);
    return status;
}

static int attach_pin(int directory_fd, int seed_fd)
{
    CLEANUP_FD int target = openat(directory_fd, PIN_NAME, O_CREAT | O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    CLEANUP_FD int mount = kernel_clone_mount(seed_fd, false);

    if (target < 0)
        return -errno;
    if (mount < 0)
        return mount == -EINVAL ? -ELOOP : mount; /* numbered too low for a pin in this namespace */
    return kernel_attach_mount(mount, target);
}

/* *directory_fd is replaced by the private mount on it, where that is needed. */
static int pin(int *directory_fd, int seed_fd)
{
    CLEANUP_FD int private_fd = -1;
    int status = attach_pin(*directory_fd, seed_fd);

    if (status != -EINVAL)
        return status;
    status = make_private(*directory_fd, &private_fd);
    if (status < 0)
        return status;
    fd_close(directory_fd);
    *directory_fd = fd_take(&private_fd);
    return attach_pin(*directory_fd, seed_fd);
}

/* A namespace can be pinned only in one with a smaller number (ELOOP else), and each CPU numbers namespaces out of a
 * range of its own: so a seed is made on one CPU after the other. On the CPU that made the present namespace it
 * works. A seed that can't be pinned serves this start all the same, and the next one makes its own. */
static int make_and_pin(int *directory_fd, int *ret_fd, struct error *error)
{
    cpu_set_t allowed, one;
    int status = make_seed(ret_fd, error);

    if (status < 0 || pin(directory_fd, *ret_fd) != -ELOOP ||
        sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
        return status;
    for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF) && cpu < CPU_SETSIZE && status == 0; cpu++) {
        CPU_ZERO(&one);
        CPU_SET((size_t)cpu, &one);
        if (sched_setaffinity(0, sizeof(one), &one) < 0)
            continue; /* offline, or not in the cpuset */
        fd_close(ret_fd);
        status = make_seed(ret_fd, error);
        if (status == 0 && pin(directory_fd, *ret_fd) != -ELOOP)
            break;
    }
    /* The container's program would be left with one CPU. */
    if (sched_setaffinity(0, sizeof(allowed), &allowed) < 0 && status == 0)
        return error_call(error, errno, "sched_setaffinity", "cannot go back to the CPUs of this process");
    return status;
}

static int open_seed(int *ret_fd, struct error *error)
{
    CLEANUP_FD int directory = open_state_directory();
    CLEANUP_FD int locked = -1;

    if (directory < 0)
        return make_seed(ret_fd, error);
    *ret_fd = open_pin(directory);
    if (*ret_fd >= 0)
        return 0;
    /* Two first starts at once: the second waits here and finds the first one's pin. */
    if (TEMP_FAILURE_RETRY(flock(directory, LOCK_EX)) < 0)
        return error_call(error, errno, "flock", "cannot lock " STATE_DIRECTORY);
    locked = fd_take(&directory);
    directory = open_state_directory(); /* with what the first one mounted there */
    if (directory < 0)
        return make_seed(ret_fd, error);
    *ret_fd = open_pin(directory);
    return *ret_fd >= 0 ? 0 : make_and_pin(&directory, ret_fd, error);
}

static bool is_empty(DIR *directory)
{
    const struct dirent *entry;

    while ((entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            return false;
    return true;
}

static int check_inside(struct error *error)
{
    struct statfs status;
    DIR *directory = opendir("/");
    int result;
    bool good;

    if (!directory)
        return error_call(error, errno, "opendir", "cannot read the seed");
    result = fstatfs(dirfd(directory), &status) < 0 ? -errno : 0;
    good = result == 0 && status.f_type == TMPFS_MAGIC && (status.f_flags & ST_RDONLY) && is_empty(directory);
    closedir(directory);
    if (result < 0)
        return error_call(error, result, "fstatfs", "cannot find out what the seed is");
    if (good)
        return 0;
    error_set(error, EINVAL, "the namespace pinned at " STATE_DIRECTORY "/" PIN_NAME " is not a seed");
    error_hint(error, "unmount it: umount " STATE_DIRECTORY "/" PIN_NAME);
    return -EINVAL;
}

/* There is no procfs in the seed: the descriptor for the new namespace comes through the outside one. */
static int enter_seed(struct mount_namespace *seeded, struct error *error)
{
    CLEANUP_FD int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_FD int seed = -1;
    int status;

    if (proc < 0)
        return error_call(error, errno, "open", "cannot open /proc");
    status = open_seed(&seed, error);
    if (status < 0)
        return status;
    if (setns(seed, CLONE_NEWNS) < 0)
        return error_call(error, errno, "setns", "cannot enter the seed");
    status = check_inside(error);
    if (status < 0)
        return status;
    if (unshare(CLONE_NEWNS) < 0)
        return error_call(error, errno, "unshare", "cannot make a mount namespace");
    seeded->inside_fd = openat(proc, "thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
    return seeded->inside_fd < 0 ? error_call(error, errno, "open", "cannot open the new mount namespace")
                                 : 0;
}

bool seed_is_usable(void)
{
    return environment_is_initial_user_namespace();
}

int seed_begin(struct mount_namespace *ret_namespace, struct error *error)
{
    struct mount_namespace begun = MOUNT_NAMESPACE_NONE;
    int status = mount_namespace_open_outside(&begun, error);

    if (status == 0)
        status = enter_seed(&begun, error);
    return mount_namespace_finish(&begun, status, ret_namespace);
}
