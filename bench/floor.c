/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor: the system calls that a start of the default bundle (examples/bundle) cannot do without, in a row, with
 * every value known beforehand. No configuration is read, nothing is checked but success, nothing is undone, no state
 * is kept, the binary is not protected from the container. Usage: floor ROOT PROGRAM. ROOT has all targets, but for
 * what is below /dev; /run/holdfast/seed is pinned already.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define NOTHING (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define NAMESPACES (CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP)
#define CAPABILITIES (1u << CAP_AUDIT_WRITE | 1u << CAP_KILL | 1u << CAP_NET_BIND_SERVICE)

static int must(const char *what, long result)
{
    if (result < 0)
        err(EXIT_FAILURE, "%s", what);
    return (int)result;
}

/* options: pairs of key and value, ended by NULL. */
static int new_filesystem(const char *type, const char *const *options, unsigned attributes)
{
    int context = must(type, fsopen(type, FSOPEN_CLOEXEC)), mount;

    for (; *options; options += 2)
        must(*options, fsconfig(context, FSCONFIG_SET_STRING, options[0], options[1], 0));
    must(type, fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
    mount = must(type, fsmount(context, FSMOUNT_CLOEXEC, attributes));
    close(context);
    return mount;
}

static int clone_tree(int directory, const char *path)
{
    return must(path, open_tree(directory, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
}

/* AT_FDCWD is the root of the container by now. */
static void attach(int mount, const char *target)
{
    must(target, move_mount(mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
    close(mount);
}

static void fill_dev(void)
{
    static const struct {
        const char *name;
        unsigned major, minor;
    } nodes[] = {{"dev/null", 1, 3},   {"dev/zero", 1, 5},    {"dev/full", 1, 7},
                 {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
    static const char *const links[][2] = {{"pts/ptmx", "dev/ptmx"},
                                           {"/proc/self/fd", "dev/fd"},
                                           {"/proc/self/fd/0", "dev/stdin"},
                                           {"/proc/self/fd/1", "dev/stdout"},
                                           {"/proc/self/fd/2", "dev/stderr"}};

    for (size_t i = 0; i < LENGTH(nodes); i++)
        must(nodes[i].name, mknod(nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
    for (size_t i = 0; i < LENGTH(links); i++)
        must(links[i][1], symlink(links[i][0], links[i][1]));
}

static void mount_filesystems(void)
{
    static const char *const none[] = {NULL};
    static const char *const dev[] = {"mode", "755", "size", "65536k", NULL};
    static const char *const pts[] = {"ptmxmode", "0666", "mode", "620", "gid", "5", NULL};
    static const char *const shm[] = {"mode", "1777", "size", "65536k", NULL};

    attach(new_filesystem("proc", none, NOTHING), "proc");
    attach(new_filesystem("tmpfs", dev, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME), "dev");
    must("dev/pts", mkdir("dev/pts", 0755));
    must("dev/shm", mkdir("dev/shm", 0755));
    must("dev/mqueue", mkdir("dev/mqueue", 0755));
    attach(new_filesystem("devpts", pts, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC), "dev/pts");
    attach(new_filesystem("tmpfs", shm, NOTHING), "dev/shm");
    attach(new_filesystem("mqueue", none, NOTHING), "dev/mqueue");
    attach(new_filesystem("sysfs", none, NOTHING | MOUNT_ATTR_RDONLY), "sys");
}

/* Only a mount that is attached can be cloned, so the first one is the original. */
static void mask(int mount, bool *attached, const char *target)
{
    if (*attached)
        attach(must(target, open_tree(mount, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH)),
               target);
    else
        must(target, move_mount(mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
    *attached = true;
}

static void protect_paths(int null)
{
    static const char *const readonly[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys",
                                           "proc/sysrq-trigger"};
    static const char *const masked[] = {
        "proc/acpi",       "proc/asound",      "proc/kcore",       "proc/keys", "proc/latency_stats",
        "proc/timer_list", "proc/timer_stats", "proc/sched_debug", "proc/scsi", "sys/firmware"};
    static const char *const options[] = {"mode", "755", "size", "4k", NULL};
    struct mount_attr change = {.attr_set = MOUNT_ATTR_RDONLY};
    int empty = new_filesystem("tmpfs", options, NOTHING | MOUNT_ATTR_RDONLY);
    bool empty_attached = false, null_attached = false;
    struct stat status;

    for (size_t i = 0; i < LENGTH(readonly); i++) {
        int tree = open_tree(AT_FDCWD, readonly[i], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

        if (tree < 0)
            continue;
        must(readonly[i], mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof(change)));
        attach(tree, readonly[i]);
    }
    for (size_t i = 0; i < LENGTH(masked); i++) {
        if (stat(masked[i], &status) < 0)
            continue;
        if (S_ISDIR(status.st_mode))
            mask(empty, &empty_attached, masked[i]);
        else
            mask(null, &null_attached, masked[i]);
    }
    close(empty);
    close(null);
}

static void enter_root(int root)
{
    struct mount_attr change = {.attr_set = MOUNT_ATTR_RDONLY};

    must("mount_setattr", mount_setattr(root, "", AT_EMPTY_PATH, &change, sizeof(change)));
    must("pivot_root", syscall(SYS_pivot_root, ".", "."));
    must("umount2", umount2(".", MNT_DETACH));
    must("chdir", chdir("/"));
}

static void loopback_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = must("socket", socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

    must("SIOCSIFFLAGS", ioctl(fd, SIOCSIFFLAGS, &request));
    close(fd);
}

static void limit_process(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{CAPABILITIES, CAPABILITIES, 0}, {0}};
    struct rlimit files = {1024, 1024};

    must("setrlimit", setrlimit(RLIMIT_NOFILE, &files));
    for (int i = 0; i <= CAP_LAST_CAP; i++)
        if (i >= 32 || !(CAPABILITIES & 1u << i))
            must("PR_CAPBSET_DROP", prctl(PR_CAPBSET_DROP, i, 0, 0, 0));
    must("capset", syscall(SYS_capset, &header, data));
    must("PR_SET_NO_NEW_PRIVS", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void run_container(int root, int null, char **program)
{
    char *environment[] = {"PATH=/bin", "TERM=xterm", NULL};

    must("/", move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH));
    must("fchdir", fchdir(root));
    mount_filesystems();
    fill_dev();
    protect_paths(null);
    enter_root(root);
    must("sethostname", sethostname("holdfast", strlen("holdfast")));
    loopback_up();
    must("setsid", setsid());
    limit_process();
    must("close_range", close_range(3, ~0u, 0));
    execve(program[0], program, environment);
    err(EXIT_FAILURE, "%s", program[0]);
}

int main(int count, char **arguments)
{
    struct clone_args args = {.flags = NAMESPACES, .exit_signal = SIGCHLD};
    int status, root, null, seed;
    pid_t pid;

    if (count < 3)
        errx(EXIT_FAILURE, "usage: floor ROOT PROGRAM [ARGUMENT]...");
    root = clone_tree(AT_FDCWD, arguments[1]);
    null = clone_tree(AT_FDCWD, "/dev/null");
    seed = must("/run/holdfast/seed", open("/run/holdfast/seed", O_RDONLY | O_CLOEXEC));
    must("setns", setns(seed, CLONE_NEWNS));
    must("unshare", unshare(CLONE_NEWNS));
    pid = must("clone3", syscall(SYS_clone3, &args, sizeof(args)));
    if (pid == 0)
        run_container(root, null, arguments + 2);
    must("waitpid", waitpid(pid, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
