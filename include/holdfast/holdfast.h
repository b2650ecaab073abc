/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holdfast: builds a container's file-system view.
 *
 * A configuration (from an OCI config.json, or built by calls) is compiled into a plan, and the plan is built
 * into a mount namespace, which the caller gets as a descriptor and enters with setns(2):
 *
 *     hf_config_new(), hf_config_add_…()     or hf_config_from_json()
 *     hf_plan_new()                          an ordered list of operations; nothing is touched yet
 *     hf_build()                             all of it, or nothing
 *     setns(fd, CLONE_NEWNS)                 the caller's own step
 *
 * Rules that hold for every function:
 *   - It returns 0 or a negative errno. On failure outputs are untouched and *ret_error, unless ret_error is
 *     NULL, is an error that the caller releases with hf_error_free().
 *   - Nothing is printed, nobody exits, and nothing of the calling process changes: working directory, root,
 *     umask, signal mask and handlers, namespaces and credentials are the same afterwards. The caller's program
 *     is neither forked nor executed again: what has to run apart runs on a thread, or in a process that shares
 *     the memory, sends no SIGCHLD and is gone before the function returns.
 *   - Strings that are passed in are copied, descriptors are not: they stay the caller's and have to stay open
 *     as long as it says below. All descriptors that are returned are close-on-exec.
 *   - Different objects may be used by different threads at the same time; one object by one thread at a time.
 *   - Structures of options begin with their size, set by the caller, so that they can grow. A NULL pointer to
 *     one means its defaults.
 *
 * Linux 5.14 or newer. For building, the calling thread needs CAP_SYS_ADMIN in the user namespace that owns its
 * mount namespace, as root has it, or who made both (unshare -Urm).
 */
#ifndef HOLDFAST_HOLDFAST_H
#define HOLDFAST_HOLDFAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_API __attribute__((visibility("default")))

/* ------------------------------------------------------------------ version and errors */

/* The library's version, "0.1.0". Static memory. */
HF_API const char *hf_version(void);

typedef struct hf_error hf_error;

/* The errno of the failure, as a positive number. */
HF_API int hf_error_code(const hf_error *error);

/* One line without a newline: the place in the configuration, what was tried, the system call and its errno,
 * what the kernel logged, and what to do about it. Owned by the error. */
HF_API const char *hf_error_message(const hf_error *error);

/* Releases the error; NULL is fine. */
HF_API void hf_error_free(hf_error *error);

/* ------------------------------------------------------------------ configuration */

typedef struct hf_config hf_config;

/* For hf_config_from_json(). */
struct hf_json_options {
    size_t size;
    const char *bundle; /* absolute directory that relative paths start from; NULL: no path may be relative */
    const char *name;   /* what to call the text in messages; NULL: "config.json" */
};

/* Reads an OCI runtime configuration (specification 1.x): length bytes of JSON. What it says of mounts,
 * devices, the root and the namespaces is used; what it says of the process, hooks, resources and the like is
 * checked, and is the caller's business. Errors name line and JSON path. EINVAL: malformed or contradictory. */
HF_API int hf_config_from_json(const char *json, size_t length, const struct hf_json_options *options,
                               hf_config **ret_config, hf_error **ret_error);

/* For hf_config_new(). */
struct hf_root_options {
    size_t size;
    const char *path;        /* the directory that becomes the root: absolute; or NULL, and: */
    int fd;                  /* a descriptor for it, open until hf_build() is done; used if path is NULL */
    bool readonly;           /* the root's mount is read-only in the end */
    bool no_pivot_root;      /* enters the root without pivot_root(2), for an initial ramfs */
    bool console;            /* shows a terminal at /dev/console; hf_build() says which */
    const char *mount_label; /* SELinux label of the mounts; NULL: none */
};

/* An empty configuration with a root, which options has to name. */
HF_API int hf_config_new(const struct hf_root_options *options, hf_config **ret_config, hf_error **ret_error);

/* Releases the configuration; NULL is fine. Not while a plan made from it is in use. */
HF_API void hf_config_free(hf_config *config);

enum hf_relabel {
    HF_RELABEL_NONE = 0,
    HF_RELABEL_SHARED = 'z',  /* the source gets the mount label, for any container */
    HF_RELABEL_PRIVATE = 'Z', /* the source gets the mount label, for this container alone */
};

/* For hf_config_add_mount(). */
struct hf_mount {
    size_t size;
    const char *type;        /* "bind", or a file system type: "tmpfs" */
    const char *source;      /* for "bind" a path of the host, absolute; for others their source, or NULL */
    int source_fd;           /* for "bind", if source is NULL: open until hf_build() is done */
    const char *destination; /* in the container, absolute; made when missing, to match the source */
    bool writable;           /* a bind mount is read-only unless this is set */
    bool private_mount;      /* no mount is sent or received; what bind mounts are unless options say more */
    enum hf_relabel relabel;
    const char *const *options; /* further words as in config.json's mounts[].options; later words win */
    size_t options_length;
};

/* Adds a mount after the ones that are there; bind mounts take the mounts below their source along. */
HF_API int hf_config_add_mount(hf_config *config, const struct hf_mount *mount, hf_error **ret_error);

/* Adds the mounts that nearly every container has: /proc, /sys (read-only), /dev with its nodes and links,
 * /dev/pts, /dev/shm and /dev/mqueue. They show the pid, network and ipc namespaces of the thread that
 * builds. */
HF_API int hf_config_add_system_mounts(hf_config *config, hf_error **ret_error);

/* For hf_config_add_device(). */
struct hf_device {
    size_t size;
    const char *path; /* in the container, absolute; parents are made when missing */
    char type;        /* 'c', 'b', or 'p' for a FIFO */
    uint32_t major, minor;
    mode_t mode; /* the permission bits, exact whatever the umask */
    uid_t uid;
    gid_t gid;
};

/* Adds a device node, besides null, zero, full, random, urandom and tty, which are always made. */
HF_API int hf_config_add_device(hf_config *config, const struct hf_device *device, hf_error **ret_error);

/* ------------------------------------------------------------------ plan */

typedef struct hf_plan hf_plan;

/* Compiles the configuration, which has to outlive the plan, into an ordered list of operations. Nothing is
 * touched, and no privilege is needed. */
HF_API int hf_plan_new(const hf_config *config, hf_plan **ret_plan, hf_error **ret_error);

/* Releases the plan; NULL is fine. */
HF_API void hf_plan_free(hf_plan *plan);

/* The number of operations, and each one as a line of text for a person. The text is owned by the plan; NULL
 * for an index that is too large, or when memory is short. */
HF_API size_t hf_plan_length(const hf_plan *plan);
HF_API const char *hf_plan_line(hf_plan *plan, size_t index);

/* ------------------------------------------------------------------ building */

/* For hf_build(). */
struct hf_build_options {
    size_t size;
    bool has_console; /* console_fd is set */
    int console_fd;   /* the terminal for /dev/console: a pty's container side; stays the caller's. Without it
                         one of the container's own devpts is opened, see ret_console_fd */
    int *ret_console_fd; /* NULL, or where the host side of such a terminal is put, which the caller closes;
                            -1 if there is none */
};

/* Builds the plan into a new mount namespace. *ret_namespace_fd is a descriptor for it, which the caller
 * closes, and may enter with setns(2): its root is then the container's. New file systems belong to the
 * namespaces of the calling thread: a process that is to see its own pid namespace in /proc calls this inside
 * of it.
 *
 * The work is done on a thread of its own that is gone afterwards. A console is given to the container's user, with
 * mode 0600. The first build of a privileged caller pins an empty mount namespace at /run/holdfast/seed, for the later
 * ones. On failure nothing else is left: no mount, no namespace, and no mount point that was made in the image.
 * EPERM: not privileged. ENOSYS: Linux older than 5.14. Others: hf_error_message() tells. */
HF_API int hf_build(const hf_plan *plan, const struct hf_build_options *options, int *ret_namespace_fd,
                    hf_error **ret_error);

#ifdef __cplusplus
}
#endif

#endif
