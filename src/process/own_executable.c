/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   clone: open_tree(/proc/self/exe, OPEN_TREE_CLONE), mount_setattr(MOUNT_ATTR_RDONLY)
 *   copy:  memfd_create(MFD_ALLOW_SEALING | MFD_EXEC), sendfile(2), fcntl(F_ADD_SEALS)
 *   then:  execveat(fd, "", AT_EMPTY_PATH)
 */
#include "process/own_executable.h"
#include "base/fd.h"
#include "kernel/mount_api.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define OWN_EXECUTABLE "/proc/self/exe"
#define MEMORY_NAME "holdfast"
#define MEMORY_EXECUTABLE 0x10u /* MFD_EXEC, Linux 6.3 */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int open_own(int flags, struct error *error)
{
    int fd = open(OWN_EXECUTABLE, flags | O_CLOEXEC);

    if (fd >= 0)
        return fd;
    error_call(error, errno, "open", "cannot open " OWN_EXECUTABLE);
    error_hint(error, "holdfast needs procfs at /proc, and to be allowed to read its own binary");
    return -error->code;
}

/* The link of a binary that is the root of a mount without a parent says "/" (d_path() of the kernel). Any mount that
 * is attached, in whichever namespace, has a path of its own there; and one that is not, nobody can make writable
 * again: mount_setattr(2) and mount(2) refuse what is in no namespace. That is more than a read-only /usr is. */
static bool is_detached(void)
{
    char path[2];

    return readlink(OWN_EXECUTABLE, path, sizeof(path)) == 1 && path[0] == '/';
}

static bool is_readonly_clone(int fd)
{
    struct statvfs status;

    return is_detached() && fstatvfs(fd, &status) == 0 && (status.f_flag & ST_RDONLY);
}

/* Seals are for memory alone: any other file answers EINVAL. */
static bool is_sealed_copy(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);

    return seals >= 0 && (seals & SEALS) == SEALS;
}

int own_executable_is_protected(bool *ret_protected, struct error *error)
{
    CLEANUP_FD int fd = open_own(O_RDONLY, error);

    if (fd < 0)
        return fd;
    *ret_protected = is_readonly_clone(fd) || is_sealed_copy(fd);
    return 0;
}

int own_executable_clone(struct error *error)
{
    const struct mount_attributes readonly = {.set = ATTRIBUTE_RDONLY};
    CLEANUP_FD int own = open_own(O_PATH, error);
    CLEANUP_FD int clone = -1;
    int status;

    if (own < 0)
        return own;
    clone = kernel_clone_mount(own, false);
    if (clone < 0)
        return error_call(error, clone, "open_tree", "cannot clone the mount of the holdfast binary");
    status = kernel_set_attributes(clone, false, &readonly);
    if (status < 0)
        return error_call(error, status, "mount_setattr", "cannot protect the holdfast binary");
    return fd_take(&clone);
}

static int make_memory(struct error *error)
{
    int fd = memfd_create(MEMORY_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING | MEMORY_EXECUTABLE);

    if (fd < 0 && errno == EINVAL)
        fd = memfd_create(MEMORY_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0)
        return fd;
    error_call(error, errno, "memfd_create", "cannot make a sealed copy of the holdfast binary");
    if (error->code == EACCES)
        error_hint(error, "the sysctl vm.memfd_noexec forbids it: let it be 0 or 1");
    return -error->code;
}

static int copy_content(int from, int to, struct error *error)
{
    struct stat status;

    if (fstat(from, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine the holdfast binary");
    for (off_t done = 0; done < status.st_size;) {
        ssize_t count = sendfile(to, from, NULL, (size_t)(status.st_size - done));

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return error_call(error, count < 0 ? errno : EIO, "sendfile", "cannot copy the holdfast binary");
        done += count;
    }
    return 0;
}

int own_executable_copy(struct error *error)
{
    CLEANUP_FD int own = open_own(O_RDONLY, error);
    CLEANUP_FD int memory = own < 0 ? -1 : make_memory(error);
    int status;

    if (own < 0 || memory < 0)
        return -error->code;
    status = copy_content(own, memory, error);
    if (status < 0)
        return status;
    if (fcntl(memory, F_ADD_SEALS, SEALS) < 0)
        return error_call(error, errno, "fcntl", "cannot seal the copy of the holdfast binary");
    return fd_take(&memory);
}

/* Whatever keeps the mount from being cloned (no privilege, an unbindable mount, another namespace's), the copy does
 * not ask for it. */
static int open_protected(struct error *error)
{
    CLEANUP_ERROR struct error ignored = {0};
    int fd = own_executable_clone(&ignored);

    return fd >= 0 ? fd : own_executable_copy(error);
}

/* Executed by descriptor, the process would be called by its number (before Linux 6.14), or by the memory's name. */
static int keep_name(struct error *error)
{
    if (prctl(PR_SET_NAME, program_invocation_short_name) < 0)
        return error_call(error, errno, "prctl", "cannot set the process's name");
    return 0;
}

int own_executable_protect(char **arguments, struct error *error)
{
    CLEANUP_FD int fd = -1;
    bool protected = false;
    int status = own_executable_is_protected(&protected, error);

    if (status < 0)
        return status;
    if (protected)
        return keep_name(error);
    fd = open_protected(error);
    if (fd < 0)
        return fd;
    fexecve(fd, arguments, environ);
    return error_call(error, errno, "execveat", "cannot execute the protected holdfast binary");
}
