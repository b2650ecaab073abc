/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From section ERRORS of the manual pages, without what only a wrong argument causes (EFAULT, EBADF, ENAMETOOLONG…), for
 * that is what the other tests are for. ENOSYS stands where a kernel may lack the call.
 */
#include "errnos.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>

#define PATH EACCES, EIO, ELOOP, ENOENT, ENOMEM, ENOTDIR
#define MAKE EACCES, EDQUOT, EEXIST, EIO, EMLINK, ENOENT, ENOMEM, ENOSPC, ENOTDIR, EPERM, EROFS
#define CHANGE EACCES, EIO, ENOENT, ENOMEM, EPERM, EROFS
#define DESCRIPTORS EMFILE, ENFILE, ENOMEM

static bool is_empty_path(const uint64_t *arguments)
{
    return arguments[3] & AT_EMPTY_PATH;
}

static bool is_empty_path_statx(const uint64_t *arguments)
{
    return arguments[2] & AT_EMPTY_PATH;
}

static bool creates(const uint64_t *arguments)
{
    return arguments[2] & O_CREAT;
}

static bool duplicates(const uint64_t *arguments)
{
    return arguments[1] == F_DUPFD || arguments[1] == F_DUPFD_CLOEXEC;
}

/* A row a call. */
/* clang-format off */
#define MEMORY {ENOMEM}
#define NEVER {0}
#define CALL(name, ...) {SYS_##name, #name, NULL, false, 0, __VA_ARGS__}
#define CALL_IF(name, condition, ...) {SYS_##name, #name, condition, false, 0, __VA_ARGS__}
#define RETRIED(name, code, ...) {SYS_##name, #name, NULL, false, code, __VA_ARGS__}
#define NEW_CALL(number, name, ...) {number, #name, NULL, false, 0, __VA_ARGS__}

static const struct call_errnos table[] = {
/* files */
#ifdef SYS_access
    CALL(access, {PATH}),
    CALL(chmod, {CHANGE}),
    CALL(mkdir, {MAKE}),
    CALL(readlink, {PATH, EINVAL}),
    CALL(rename, {CHANGE, EBUSY, EDQUOT, EEXIST, ENOSPC, ENOTEMPTY}),
    CALL(rmdir, {CHANGE, EBUSY, ENOTEMPTY}),
    CALL(symlink, {MAKE}),
    CALL(unlink, {CHANGE, EBUSY, EISDIR}),
#endif
    CALL(chdir, {PATH}),
    CALL(chroot, {PATH, EPERM}),
    {SYS_close, "close", NULL, true, 0, {EINTR, EIO, ENOSPC}},
    CALL(close_range, {EMFILE, ENOMEM}),
    CALL(copy_file_range, {EIO, ENOMEM, ENOSPC, EXDEV, EOPNOTSUPP, EINVAL, EPERM}),
    CALL(dup, {EMFILE}),
#ifdef SYS_dup2
    CALL(dup2, {EBUSY, EINTR}),
#endif
    CALL(dup3, {EBUSY, EINTR}),
    CALL(faccessat, {PATH}),
    CALL(faccessat2, {PATH}),
    CALL(eventfd2, {DESCRIPTORS, ENODEV}),
    CALL(fallocate, {EINTR, EIO, ENOSPC, EOPNOTSUPP}),
    CALL(fchdir, {EACCES, EIO, ENOENT, ENOTDIR}),
    CALL(fchmod, {CHANGE}),
    CALL(fchmodat, {CHANGE}),
    CALL(fchown, {CHANGE}),
    CALL(fchownat, {CHANGE}),
    CALL_IF(fcntl, duplicates, {EMFILE}),
    CALL(fcntl, {EBADF, EPERM}),
    CALL(fgetxattr, {ENODATA, EOPNOTSUPP, EIO, ERANGE}),
    CALL(flistxattr, {EOPNOTSUPP, EIO, ERANGE}),
    RETRIED(flock, EINTR, {EINTR, ENOLCK, EWOULDBLOCK}),
    CALL(fremovexattr, {ENODATA, EOPNOTSUPP, EPERM, EIO}),
    CALL(fsetxattr, {EDQUOT, EEXIST, ENODATA, ENOSPC, EOPNOTSUPP, EPERM, EIO}),
    CALL(fstat, {EIO, ENOMEM}),
    CALL(fstatfs, {EINTR, EIO, ENOMEM, ENOSYS}),
    CALL(fsync, {EIO, ENOSPC, EDQUOT, EINTR}),
    CALL(ftruncate, {EINTR, EIO, EPERM}),
    CALL(getcwd, {EACCES, ENOENT, ENOMEM}),
    CALL(getdents64, {EIO, ENOMEM}), /* ENOENT: readdir(3) takes it for the end */
    CALL(getxattr, {ENODATA, EOPNOTSUPP, PATH}),
    CALL(lgetxattr, {ENODATA, EOPNOTSUPP, PATH}),
    CALL(linkat, {MAKE}),
    CALL(listxattr, {EOPNOTSUPP, PATH}),
    CALL(lseek, {EINVAL, ENXIO, ESPIPE}),
    CALL(memfd_create, {DESCRIPTORS, EACCES, EINVAL}),
    CALL(mkdirat, {MAKE}),
    CALL(mknodat, {MAKE}),
    CALL_IF(newfstatat, is_empty_path, {EIO, ENOMEM}),
    CALL(newfstatat, {PATH}),
    CALL_IF(openat, creates, {PATH, EINTR, EMFILE, ENFILE, EDQUOT, EEXIST, ENOSPC, EPERM, EROFS}),
    CALL(openat, {PATH, EINTR, EMFILE, ENFILE, EPERM}),
    RETRIED(openat2, EAGAIN, {PATH, EAGAIN, EINTR, EMFILE, ENFILE, EPERM, EXDEV}),
    RETRIED(pread64, EINTR, {EINTR, EIO, ENOMEM}),
    RETRIED(pwrite64, EINTR, {EDQUOT, EINTR, EIO, ENOSPC}),
    RETRIED(read, EINTR, {EINTR, EIO, ENOMEM}),
    CALL(readlinkat, {PATH, EINVAL}),
    CALL(renameat, {CHANGE, EBUSY, EDQUOT, EEXIST, ENOSPC, ENOTEMPTY}),
    CALL(renameat2, {CHANGE, EBUSY, EDQUOT, EEXIST, EINVAL, ENOSPC, ENOTEMPTY}),
    RETRIED(sendfile, EINTR, {EAGAIN, EINTR, EINVAL, EIO, ENOMEM}),
    CALL(setxattr, {EDQUOT, EEXIST, ENODATA, ENOSPC, EOPNOTSUPP, EPERM, PATH}),
    CALL(statfs, {PATH, EINTR, ENOSYS}),
    CALL_IF(statx, is_empty_path_statx, {EIO, ENOMEM}),
    CALL(statx, {PATH}),
    CALL(symlinkat, {MAKE}),
    CALL(umask, NEVER),
    CALL(unlinkat, {CHANGE, EBUSY, EISDIR, ENOTEMPTY}),
    CALL(utimensat, {CHANGE}),
    RETRIED(write, EINTR, {EAGAIN, EBUSY, EDQUOT, EINTR, EINVAL, EIO, ENOMEM, ENOSPC, EPERM, EPIPE}),
    RETRIED(writev, EINTR, {EAGAIN, EBUSY, EDQUOT, EINTR, EINVAL, EIO, ENOMEM, ENOSPC, EPERM, EPIPE}),

    /* mounts */
    NEW_CALL(428, open_tree, {PATH, EINVAL, EMFILE, ENFILE, ENOSPC, EPERM, ENOSYS}),
    NEW_CALL(429, move_mount, {EACCES, EBUSY, EINVAL, ELOOP, ENOENT, ENOMEM, ENOSPC, ENOTDIR, EPERM}),
    NEW_CALL(430, fsopen, {DESCRIPTORS, ENODEV, EPERM, ENOSYS}),
    NEW_CALL(431, fsconfig, {EACCES, EBUSY, EINVAL, EIO, ENODEV, ENOMEM, ENOSPC, EOPNOTSUPP, EPERM}),
    NEW_CALL(432, fsmount, {DESCRIPTORS, EBUSY, EINVAL, ENOSPC, EPERM}),
    NEW_CALL(433, fspick, {DESCRIPTORS, EINVAL, ENOENT, EPERM}),
    NEW_CALL(442, mount_setattr, {EACCES, EBUSY, EINVAL, ENOENT, ENOMEM, ENOSPC, EPERM, ENOSYS}),
    NEW_CALL(457, statmount, {EINVAL, ENOENT, ENOMEM, EOVERFLOW, EPERM, ENOSYS}),
    NEW_CALL(458, listmount, {EINVAL, ENOENT, ENOMEM, EPERM, ENOSYS}),
    NEW_CALL(463, setxattrat, {EDQUOT, EEXIST, ENODATA, ENOSPC, EOPNOTSUPP, EPERM, EIO, ENOMEM, ENOSYS}),
    NEW_CALL(464, getxattrat, {ENODATA, EOPNOTSUPP, EIO, ENOMEM, ENOSYS}),
    NEW_CALL(465, listxattrat, {EOPNOTSUPP, EIO, ENOMEM, ENOSYS}),
    NEW_CALL(467, open_tree_attr, {PATH, EINVAL, EMFILE, ENFILE, ENOSPC, EPERM, ENOSYS}),
    CALL(pivot_root, {EBUSY, EINVAL, ENOTDIR, EPERM}),
    CALL(umount2, {EAGAIN, EBUSY, EINVAL, ENOENT, ENOMEM, EPERM}),

    /* memory */
    CALL(brk, MEMORY),
    CALL(madvise, {EAGAIN, ENOMEM}),
    CALL(mmap, {EAGAIN, ENOMEM, EPERM}),
    CALL(mprotect, {EACCES, ENOMEM}),
    CALL(mremap, MEMORY),
    CALL(munmap, MEMORY),

    /* processes and namespaces */
    CALL(capget, {EPERM}),
    CALL(capset, {EPERM}),
    CALL(clone, {EAGAIN, EINVAL, ENOMEM, ENOSPC, EPERM}),
    CALL(clone3, {EAGAIN, EBUSY, EINVAL, ENOMEM, ENOSPC, EPERM, ENOSYS}),
    CALL(execve, {PATH, E2BIG, EAGAIN, EMFILE, ENFILE, ENOEXEC, EPERM, ETXTBSY}),
    CALL(execveat, {PATH, E2BIG, EAGAIN, EMFILE, ENFILE, ENOEXEC, EPERM, ETXTBSY, ENOSYS}),
    CALL(exit, NEVER),
    CALL(exit_group, NEVER),
    CALL(getegid, NEVER),
    CALL(geteuid, NEVER),
    CALL(getgid, NEVER),
    CALL(getgroups, NEVER),
    CALL(getpid, NEVER),
    CALL(getppid, NEVER),
    CALL(getrandom, {EAGAIN, EINTR}),
    CALL(gettid, NEVER),
    CALL(getuid, NEVER),
    CALL(ioprio_set, {EINVAL, EPERM}),
    CALL(keyctl, {EACCES, EDQUOT, EINTR, ENOMEM, ENOSYS, EPERM}),
    CALL(kill, {EPERM, ESRCH}),
    CALL(personality, {EINVAL}),
#ifdef SYS_pause
    CALL(pause, NEVER),
#endif
    CALL(pidfd_open, {DESCRIPTORS, EINVAL, ENODEV, ESRCH}),
    CALL(pidfd_send_signal, {EPERM, ESRCH}),
    CALL(prctl, {EINVAL, EPERM}),
    CALL(prlimit64, {EINVAL, EPERM}),
    CALL(sched_getaffinity, {EINVAL}), /* a kernel for more CPUs than the set has room for */
    CALL(sched_setaffinity, {EINVAL, EPERM}),
    CALL(sched_setattr, {EBUSY, EINVAL, EPERM}),
    CALL(seccomp, {EACCES, EINVAL, ENOMEM, ENOSYS}),
    CALL(set_robust_list, NEVER), /* the C library's, in fork(3) */
    CALL(setdomainname, {EPERM}),
    CALL(setfsgid, NEVER), /* these two return the former id in any case */
    CALL(setfsuid, NEVER),
    CALL(setgroups, {ENOMEM, EPERM}),
    CALL(sethostname, {EPERM}),
    CALL(setns, {EINVAL, ENOMEM, ENOSPC, EPERM, ESRCH}),
    CALL(setpgid, {EPERM}),
    CALL(setresgid, {EAGAIN, EPERM}),
    CALL(setresuid, {EAGAIN, EPERM}),
    CALL(setsid, {EPERM}),
    CALL(unshare, {EINVAL, ENOMEM, ENOSPC, EPERM, EUSERS}),
#ifdef SYS_vfork
    CALL(vfork, {EAGAIN, ENOMEM}),
#endif
    RETRIED(wait4, EINTR, {EINTR}),
    RETRIED(waitid, EINTR, {EINTR}), /* ECHILD: main() lets children be waited for (SIGCHLD) */

    /* signals and waiting: sigaction(2), sigprocmask(2) and futex(2) fail for wrong arguments alone */
    CALL(clock_nanosleep, {EINTR}),
    CALL(futex, NEVER),
#ifdef SYS_poll
    RETRIED(poll, EINTR, {EINTR}), /* ENOMEM: not for so few descriptors, for which the kernel has room on its stack */
#endif
    RETRIED(ppoll, EINTR, {EINTR}),
    CALL(rt_sigaction, NEVER),
    CALL(rt_sigprocmask, NEVER),
    CALL(rt_sigreturn, NEVER),
    CALL(rt_sigtimedwait, {EAGAIN, EINTR}),
    CALL(signalfd4, {DESCRIPTORS, ENODEV}),

    /* sockets, pipes, devices and the rest */
    CALL(bind, {EACCES, EADDRINUSE, ENOMEM}),
    CALL(bpf, {E2BIG, EINVAL, ENOMEM, ENOSPC, EPERM}),
    CALL(connect, {EACCES, EAGAIN, ECONNREFUSED, EINTR, ENOENT}),
    CALL(getsockname, {ENOBUFS}),
    CALL(getsockopt, {ENOPROTOOPT}),
    CALL(ioctl, {EINTR, EINVAL, EIO, ENOTTY, EPERM}),
    CALL(pipe2, {EMFILE, ENFILE}),
    RETRIED(recvfrom, EINTR, {EAGAIN, ECONNRESET, EINTR, ENOMEM}),
    RETRIED(recvmsg, EINTR, {EAGAIN, ECONNRESET, EINTR, EMFILE, ENOMEM}),
    RETRIED(sendmsg, EINTR, {EAGAIN, ECONNRESET, EINTR, EMSGSIZE, ENOBUFS, ENOMEM, EPIPE, ETOOMANYREFS}),
    RETRIED(sendto, EINTR, {EAGAIN, ECONNRESET, EINTR, EMSGSIZE, ENOBUFS, ENOMEM, EPIPE}),
    CALL(setsockopt, {ENOMEM, ENOPROTOOPT}),
    CALL(shutdown, {ENOTCONN}),
    CALL(socket, {EACCES, EAFNOSUPPORT, DESCRIPTORS, ENOBUFS}),
    CALL(socketpair, {EAFNOSUPPORT, EMFILE, ENFILE}),
    CALL(uname, NEVER),
};
/* clang-format on */

const struct call_errnos *errnos_of_call(long number, const uint64_t *arguments)
{
    for (size_t i = 0; i < ARRAY_LENGTH(table); i++)
        if (table[i].number == number && (!table[i].applies || table[i].applies(arguments)))
            return &table[i];
    return NULL;
}
