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
 *     hf_attach()                            later: further mounts, while processes run in it
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

/* The same in parts, each owned by the error; NULL where it is not known. name is the errno's, and always there: "ENOENT".
 * place is that in the configuration ("config.json:12: mounts[3] (/data)"), text what was tried, call the system call or
 * the library's function that failed, kernel_log what the kernel logged on the file system context (fsopen(2)), and hint
 * what to do about it. */
HF_API const char *hf_error_name(const hf_error *error);
HF_API const char *hf_error_place(const hf_error *error);
HF_API const char *hf_error_text(const hf_error *error);
HF_API const char *hf_error_call(const hf_error *error);
HF_API const char *hf_error_kernel_log(const hf_error *error);
HF_API const char *hf_error_hint(const hf_error *error);

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
 * devices, the root and the namespaces is used; what it says of the process, hooks, resources and the like
 * is checked, and is the caller's business. Errors name line and JSON path. EINVAL: malformed or
 * contradictory. */
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

/* An empty configuration of mounts alone, for the root of a mount namespace that is there already: hf_attach(). Devices, system
 * mounts that need them, and options like "remount" have no place in it. */
HF_API int hf_config_new_mounts(hf_config **ret_config, hf_error **ret_error);

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

/* For hf_config_add_overlay(). */
struct hf_overlay {
    size_t size;
    const char *destination; /* in the container, absolute; made when missing */
    const int *
        lower_fds; /* directories, the topmost layer first, lower_fds_length of them: the array is copied, the */
    size_t
        lower_fds_length; /* descriptors (O_PATH will do) have to stay open until hf_build() or hf_attach() is done */
    bool has_upper; /* upper_fd and work_fd are set; without them nothing can be changed */
    int upper_fd;   /* the directory that takes the changes */
    int work_fd;    /* an empty directory on the same file system; both stay open as long as the others */
    const char *const *options; /* further words, as for a mount: "ro", "userxattr" */
    size_t options_length;
};

/* Adds a file system of layers that come as descriptors (the kernel's overlayfs). They lie in the calling thread's mount
 * namespace when it is built. */
HF_API int hf_config_add_overlay(hf_config *config, const struct hf_overlay *overlay, hf_error **ret_error);

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

/* ------------------------------------------------------------------ rules */

/* For hf_config_new_rules(). */
struct hf_rules_options {
    size_t size;
    bool without_system; /* no /proc, /dev and /sys of its own where no rule says something else */
};

/* A configuration of rules: what of this machine shows at which path, as "holdfast box" has it. Without any, that is the
 * machine's own tree, copy-on-write over memory. Rules are declared, not ordered: of two about a path the one with the
 * longer path wins; two different ones about the same path are an error of hf_plan_new(), which names both. It takes
 * rules and policies until the first plan is made of it. options may be NULL.
 *
 * What "holdfast box" hides besides is no rule: a /proc and /sys of rules show /proc/kcore, /proc/keys, /sys/firmware and
 * the like, and /proc/sys is writable for who may write it. HF_RULE_DENY and HF_RULE_RO say otherwise. */
HF_API int hf_config_new_rules(const struct hf_rules_options *options, hf_config **ret_config,
                               hf_error **ret_error);

enum hf_rule_kind {
    HF_RULE_RO = 1,  /* the machine's own file or directory, with all mounts below it, read-only */
    HF_RULE_RW,      /* the same, writable: changes are the machine's */
    HF_RULE_OVERLAY, /* the same, copy-on-write: changes stay in memory */
    HF_RULE_BIND, /* what is at source, or the descriptor fd, and mounted below it; writable unless options say "ro" */
    HF_RULE_DENY,      /* nothing: see enum hf_face */
    HF_RULE_TMPFS,     /* an empty file system in memory, with mount options ("size=1m", "mode=700") */
    HF_RULE_PROC,      /* procfs: see enum hf_rule_proc */
    HF_RULE_DEV,       /* a new /dev with the usual devices and links, and a devpts */
    HF_RULE_MQUEUE,    /* message queues (mq_overview(7)) */
    HF_RULE_SYSFS,     /* the machine's devices (sysfs(5)), read-only */
    HF_RULE_DIRECTORY, /* an empty directory in memory */
    HF_RULE_SYMLINK,   /* a symbolic link that says source */
    HF_RULE_FILE,      /* a file in memory with the content data */
};

/* How something that is denied looks. It can't be written, made, removed or replaced in any case. */
enum hf_face {
    HF_FACE_EMPTY,  /* an empty file or directory */
    HF_FACE_EACCES, /* it is there, and opening it is EACCES */
    HF_FACE_ENOENT, /* it is not there */
};

enum hf_rule_proc {
    HF_PROC_FRESH, /* a new one */
    HF_PROC_OUTER, /* the machine's, read-only */
    HF_PROC_NONE,  /* none: an empty directory where there is one */
};

/* For hf_config_add_rule(). Strings and data are copied. */
struct hf_rule {
    size_t size;
    enum hf_rule_kind kind;
    const char *path;   /* in what is built; may begin with "~" and, but for BIND and SYMLINK, have globs */
    const char *source; /* of BIND a path of the machine, of SYMLINK its text */
    int fd;             /* of BIND, if source is NULL: the caller's, open until hf_build() is done */
    enum hf_face face;  /* of DENY */
    enum hf_rule_proc proc;     /* of PROC */
    const char *const *options; /* of BIND and TMPFS: words as in config.json's mounts[].options */
    size_t options_length;
    bool optional; /* a source that is missing leaves the rule out */
    bool has_mode; /* of DIRECTORY and FILE: mode is set; otherwise it is 0755 and 0644 */
    uint32_t mode;
    const char *data; /* of FILE: data_length bytes */
    size_t data_length;
    bool readonly; /* of FILE: it can't be changed, nor replaced */
};

/* Adds a rule; errors name it as "deny /path". */
HF_API int hf_config_add_rule(hf_config *config, const struct hf_rule *rule, hf_error **ret_error);

/* Adds the rules of a policy: length bytes of JSON, as "holdfast box --policy" takes them (docs/policy.md). name is what
 * messages call the text; NULL: "policy.json". May be called more than once. */
HF_API int hf_config_add_policy(hf_config *config, const char *json, size_t length, const char *name,
                                hf_error **ret_error);

/* ------------------------------------------------------------------ plan */

typedef struct hf_plan hf_plan;

/* Compiles the configuration into an ordered list of operations. Nothing is touched, and no privilege is needed. The plan
 * keeps the configuration: it may be released before the plan, and what is added to it later is not in the plan. One of rules is compared
 * with the machine's mounts and files here, with the first plan. */
HF_API int hf_plan_new(hf_config *config, hf_plan **ret_plan, hf_error **ret_error);

/* Releases the plan; NULL is fine. */
HF_API void hf_plan_free(hf_plan *plan);

/* The number of operations, and each one as a line of text for a person. The text is owned by the plan; NULL
 * for an index that is too large, or when memory is short. */
HF_API size_t hf_plan_length(const hf_plan *plan);
HF_API const char *hf_plan_line(hf_plan *plan, size_t index);

/* What a plan consists of, as values. Objects and texts that are returned belong to the plan, and stay as they are
 * until it is released, but for those that go by ret_text. */
typedef struct hf_operation hf_operation;

enum hf_operation_kind {
    HF_OPERATION_BIND = 1,         /* shows a file or directory of the host, or of the root */
    HF_OPERATION_FILESYSTEM = 2,   /* mounts a new file system */
    HF_OPERATION_OVERLAY = 3,      /* shows a directory of the host, with changes kept in memory */
    HF_OPERATION_DIRECTORY = 4,    /* makes a directory */
    HF_OPERATION_DEVICE = 5,       /* makes a device node or a FIFO */
    HF_OPERATION_SYMLINK = 6,      /* makes a symbolic link */
    HF_OPERATION_CONSOLE = 7,      /* shows the terminal */
    HF_OPERATION_ATTRIBUTES = 8,   /* changes a mount of the plan */
    HF_OPERATION_REMOUNT = 9,      /* changes what is mounted at the target */
    HF_OPERATION_HOOKS = 10,       /* hooks of the configuration may mount here */
    HF_OPERATION_MASK = 11,        /* hides a file or directory */
    HF_OPERATION_READONLY = 12,    /* makes a path read-only */
    HF_OPERATION_SWITCH_ROOT = 13, /* makes what was built the root */
    HF_OPERATION_COVER =
        14, /* covers a directory with its own entries, to add names to them or leave some out */
    HF_OPERATION_LAYERS = 15, /* keeps names that were taken away from being made anew */
    HF_OPERATION_DENY = 16,   /* shows something empty, or what can't be opened */
    HF_OPERATION_FILE = 17,   /* shows a file in memory */
};

/* The operation after `previous`, in the order in which they are carried out; the first one for NULL. NULL: there is no
 * other, or, for the first one, memory is short. */
HF_API const hf_operation *hf_plan_next(hf_plan *plan, const hf_operation *previous);

/* What it does. Later versions may return other values. */
HF_API enum hf_operation_kind hf_operation_kind(const hf_operation *operation);

/* The same as in a line: "bind", "mount". Static memory. */
HF_API const char *hf_operation_kind_name(const hf_operation *operation);

/* The path in the container, absolute. */
HF_API const char *hf_operation_target(const hf_operation *operation);

/* The path of the host (in the root, if a bind mount's source lies there), what a file system takes for its source, or what
 * a link says. NULL: the operation has none. */
HF_API const char *hf_operation_source(const hf_operation *operation);

/* The type of a new file system; NULL for others. */
HF_API const char *hf_operation_type(const hf_operation *operation);

/* Words as in config.json, a space between them: "ro nosuid", "rro" with the mounts below. Of two that contradict each
 * other the later one wins. "": none. */
HF_API const char *hf_operation_attributes(const hf_operation *operation);

/* The same: "rprivate". */
HF_API const char *hf_operation_propagation(const hf_operation *operation);

/* What it comes from: "mounts[3]", "default device". */
HF_API const char *hf_operation_origin(const hf_operation *operation);

/* The line of the configuration's text that this stands on, from 1; 0: in none. */
HF_API size_t hf_operation_line(const hf_operation *operation);

/* For hf_plan_to_json(). */
struct hf_plan_json_options {
    size_t size;
    unsigned indentation; /* spaces a level, at most 31; 0: all on one line */
};

/* The whole plan as JSON, with a digest: docs/plan-format.md describes it. *ret_text is released with hf_text_free().
 * EILSEQ: a path is not UTF-8, which JSON can't hold. */
HF_API int hf_plan_to_json(const hf_plan *plan, const struct hf_plan_json_options *options, char **ret_text,
                           hf_error **ret_error);

enum hf_tree_form {
    HF_TREE_TEXT = 0,     /* lines */
    HF_TREE_TERMINAL = 1, /* lines with colours */
    HF_TREE_SVG = 2,      /* a picture that needs nothing else */
};

/* For hf_plan_tree(). */
struct hf_tree_options {
    size_t size;
    enum hf_tree_form form;
    const char *title; /* of the picture; NULL: a general one */
};

/* The container's file system as the mounts will stack: what hides what, what can be written, what comes from the host.
 * *ret_text is released with hf_text_free(). */
HF_API int hf_plan_tree(const hf_plan *plan, const struct hf_tree_options *options, char **ret_text,
                        hf_error **ret_error);

/* In words what leads from one plan to the other, a line a difference, as holdfast-diff(1) has it; "" if both do the same.
 * *ret_text is released with hf_text_free(). */
HF_API int hf_plan_diff(const hf_plan *before, const hf_plan *after, char **ret_text, hf_error **ret_error);

/* Releases such a text; NULL is fine. */
HF_API void hf_text_free(char *text);

/* Something that is accepted, but should be written otherwise. */
typedef struct hf_warning hf_warning;

/* The warning after `previous`, the first one for NULL. NULL: there is no other. */
HF_API const hf_warning *hf_plan_next_warning(const hf_plan *plan, const hf_warning *previous);

/* One line: the place in the configuration, and what is wrong with it. */
HF_API const char *hf_warning_message(const hf_warning *warning);

/* ------------------------------------------------------------------ hazards */

typedef struct hf_hazards hf_hazards;

/* Finds what is legal in the plan and dangerous all the same, from the plan itself and by looking at the sources of its
 * mounts; nothing is changed, and no privilege is needed. The result outlives the plan. */
HF_API int hf_plan_find_hazards(const hf_plan *plan, hf_hazards **ret_hazards, hf_error **ret_error);

/* Releases them; NULL is fine. */
HF_API void hf_hazards_free(hf_hazards *hazards);

/* How many there are. */
HF_API size_t hf_hazards_length(const hf_hazards *hazards);

/* One of them, with index below the length: its id, which stays the same in later versions ("hidden-mount",
 * docs/hazards.md), where in the configuration it is, what it is, and what to write instead. Owned by the hazards;
 * NULL for an index that is too large. */
HF_API const char *hf_hazard_id(const hf_hazards *hazards, size_t index);
HF_API const char *hf_hazard_place(const hf_hazards *hazards, size_t index);
HF_API const char *hf_hazard_text(const hf_hazards *hazards, size_t index);
HF_API const char *hf_hazard_hint(const hf_hazards *hazards, size_t index);

/* The operation of the plan that it is about, as hf_plan_line() counts; SIZE_MAX: none, or too large an index. */
HF_API size_t hf_hazard_operation(const hf_hazards *hazards, size_t index);

/* ------------------------------------------------------------------ explanations */

enum hf_flag { HF_FLAG_RO = 1, HF_FLAG_NOSUID = 2, HF_FLAG_NODEV = 4, HF_FLAG_NOEXEC = 8 };
enum hf_right { HF_RIGHT_READ = 1, HF_RIGHT_WRITE = 2, HF_RIGHT_EXECUTE = 4 };

/* What a path of the container is, and why. Later versions may add members at the end, and set size. */
struct hf_explanation {
    size_t size;
    const char *place;        /* in the container, links followed */
    bool known;               /* what is there can be told before the container runs */
    bool exists;              /* if known */
    const char *type;         /* "directory", "file", "symbolic link" and so on; NULL: not known */
    size_t operation;         /* of the plan that makes it so, as hf_plan_line() counts */
    const char *origin;       /* of that: "mounts[3]" */
    const char *shows;        /* a phrase: "the host's /srv/data/x", "a new tmpfs" */
    const char *host;         /* the path on the host; NULL: none */
    const char *const *hides; /* phrases for what is there without it, nearest first */
    size_t hides_length;
    unsigned flags;              /* HF_FLAG_… that hold there */
    const char *flag_reasons[4]; /* what sets or clears each, in the order of enum hf_flag; NULL: nothing */
    bool has_owner;              /* the four ids and the mode are known */
    uint32_t uid, gid;           /* in the container; 65534 where its user namespace doesn't map them */
    uint32_t host_uid, host_gid; /* on the host */
    mode_t mode;
    bool has_rights;              /* what process.user may do can be told */
    unsigned rights;              /* HF_RIGHT_… that it has; searching a directory is EXECUTE */
    const char *right_reasons[3]; /* why, or why not, in the order of enum hf_right */
};

typedef struct hf_explanations hf_explanations;

/* Explains a path of the container, taken from its root, before it is built: from the plan and the host's files, which
 * are looked at through descriptors and never changed. The result has one element, and outlives the plan. ENOENT: a
 * source of a mount is missing, as when it is built. */
HF_API int hf_plan_explain(const hf_plan *plan, const char *path, hf_explanations **ret_explanations,
                           hf_error **ret_error);

/* Explains every place of the container where a file of the host shows, by whatever mount: none, one or several. */
HF_API int hf_plan_explain_host(const hf_plan *plan, const char *host_path,
                                hf_explanations **ret_explanations, hf_error **ret_error);

/* Releases them; NULL is fine. */
HF_API void hf_explanations_free(hf_explanations *explanations);

/* How many there are, and one of them, owned by the explanations; NULL for an index that is too large. */
HF_API size_t hf_explanations_length(const hf_explanations *explanations);
HF_API const struct hf_explanation *hf_explanations_get(const hf_explanations *explanations, size_t index);

/* ------------------------------------------------------------------ building */

/* For hf_build(). */
struct hf_build_options {
    size_t size;
    bool has_console; /* console_fd is set */
    int console_fd;   /* the terminal for /dev/console: a pty's container side; stays the caller's. Without it
                         one of the container's own devpts is opened, see ret_console_fd */
    int *ret_console_fd; /* NULL, or where the host side of such a terminal is put, which the caller closes;
                            -1 if there is none */
    const int *
        namespaces; /* namespaces that new file systems belong to, instead of the calling thread's: descriptors of */
    size_t
        namespaces_length; /* pid (for proc; Linux 6.17), net (sysfs), ipc (mqueue), cgroup and uts namespaces, in any
                                 order; they stay the caller's. The thread needs CAP_SYS_ADMIN over them */
    bool has_status, has_control; /* status_fd, control_fd are set; both stay the caller's */
    int status_fd; /* gets a JSON line for each phase (docs/status.md): planned, mounted, verified, or failed */
    int control_fd; /* a pipe or a socket: when it ends, the build is stopped with ECANCELED; it is not read */
    char **
        ret_record; /* NULL, or where the record of what was built is put: a text for hf_verify_record(), released
                          with hf_text_free() */
};

/* Builds the plan into a new mount namespace. Before it returns the kernel's mount table is compared with the plan and
 * with what was opened: a difference is EIO, and nothing is built. *ret_namespace_fd is a descriptor for it, which the caller
 * closes, and may enter with setns(2): its root is then the container's. New file systems belong to the
 * namespaces of the calling thread, unless options gives others: a process that is to see its own pid namespace in
 * /proc calls this inside of it.
 *
 * The work is done on a thread of its own that is gone afterwards. A console is given to the container's user, with
 * mode 0600. The first build of a privileged caller pins an empty mount namespace at /run/holdfast/seed, for the later
 * ones. On failure nothing else is left: no mount, no namespace, and no mount point that was made in the image.
 * EPERM: not privileged. ENOSYS: Linux older than 5.14. Others: hf_error_message() tells. */
HF_API int hf_build(const hf_plan *plan, const struct hf_build_options *options, int *ret_namespace_fd,
                    hf_error **ret_error);

/* ------------------------------------------------------------------ adding */

/* For hf_attach(). */
struct hf_attach_options {
    size_t size;
    const int *namespaces; /* as for hf_build() */
    size_t namespaces_length;
};

/* Adds the mounts of a plan, whose configuration is of hf_config_new_mounts(), to a mount namespace in which processes run:
 * what hf_build() gave, or /proc/PID/ns/mnt (which has to be of the process that is meant: a pidfd that has not become
 * readable after it was opened says so). Its root is the namespace's. They see the mounts at once. All of them or none:
 * the kernel's mount table is compared with the plan, as by hf_build(), and after a failure what was attached is
 * taken off again, and what was made for it in the image removed.
 *
 * EPERM: the thread lacks CAP_SYS_ADMIN, or the namespace belongs to another user namespace than it is in. EBUSY: somebody
 * in the namespace mounted over it meanwhile. EINVAL: no mount namespace, or no such plan. */
HF_API int hf_attach(const hf_plan *plan, const struct hf_attach_options *options, int namespace_fd,
                     hf_error **ret_error);

/* ------------------------------------------------------------------ doctor */

typedef struct hf_doctor hf_doctor;

enum hf_doctor_state {
    HF_DOCTOR_WORKS,
    HF_DOCTOR_MISSING,  /* not in this kernel */
    HF_DOCTOR_FILTERED, /* a seccomp filter answers in the kernel's place */
    HF_DOCTOR_DENIED,   /* by AppArmor, SELinux or a sysctl */
    HF_DOCTOR_REFUSED,  /* this user lacks the privilege */
    HF_DOCTOR_LIMITED,  /* a limit is reached */
    HF_DOCTOR_HIDDEN,   /* mounts over /proc or /sys */
    HF_DOCTOR_UNSET,    /* the machine is not set up for it */
};

/* What was found out of one facility. It grows at its end in later versions; all of it is the doctor's. */
struct hf_finding {
    const char *name;    /* "mount_setattr" */
    const char *purpose; /* what needs it */
    const char *detail;  /* what was seen; "" if there is nothing to say */
    bool needed;         /* by the configuration; without one by an ordinary container */
    enum hf_doctor_state state;
    int code;                  /* the errno; 0: none */
    const char *const *advice; /* what to change, advice_length lines */
    size_t advice_length;
};

/* Tries what the configuration needs of this kernel and machine, as the calling thread's user; with config
 * NULL everything. Each probe is harmless, and what would change the process happens in one that shares its
 * memory and is gone afterwards. That something does not work is no failure; a configuration that can't be
 * planned is. The configuration is not needed afterwards. */
HF_API int hf_doctor_new(const hf_config *config, hf_doctor **ret_doctor, hf_error **ret_error);

/* Releases it; NULL is fine. */
HF_API void hf_doctor_free(hf_doctor *doctor);

/* Whether all that is needed works. */
HF_API bool hf_doctor_works(const hf_doctor *doctor);

/* The number of findings, and each one; NULL for an index that is too large. */
HF_API size_t hf_doctor_length(const hf_doctor *doctor);
HF_API const struct hf_finding *hf_doctor_finding(const hf_doctor *doctor, size_t index);

/* "works", "missing", "filtered", …; NULL for a state of a later version. Static memory. */
HF_API const char *hf_doctor_state_name(enum hf_doctor_state state);

/* ------------------------------------------------------------------ verifying */

/* What a mount namespace differs in from a plan. */
typedef struct hf_verification hf_verification;

/* One difference. The texts are the verification's. */
struct hf_difference {
    const char *kind;   /* "missing", "unexpected", "place", "type", "root", "attributes" or "propagation" */
    const char *place;  /* in the container */
    const char *origin; /* what of the configuration asks for the mount, "mounts[3]"; NULL: nothing does */
    const char *expected; /* in words: "ro" */
    const char *found;
};

/* Compares the mount table of a namespace (/proc/PID/ns/mnt, or what hf_build() gave) with the plan: every mount at its
 * place, with its type, attributes and propagation, and no other, except what came along with a recursive bind mount or
 * reached one from the host. Which file of the host a bind mount shows, the plan alone doesn't tell. A place of the plan
 * that a link of the image leads elsewhere is a difference. The calling thread needs the privilege to enter the
 * namespace, CAP_SYS_ADMIN; it does not change. EPERM: it hasn't. EINVAL: the descriptor is no mount namespace.
 * Differences are no failure: hf_verification_next() tells of them. The plan has to live as long as the result. */
HF_API int hf_verify(const hf_plan *plan, int namespace_fd, hf_verification **ret_verification,
                     hf_error **ret_error);

/* Compares it with the record of a build (ret_record of struct hf_build_options), mount by mount and exactly: also
 * which file of the host each bind mount shows, and that nothing was added or taken away since. record is a text that ends
 * with a NUL, and not needed afterwards. EBADMSG: it is none. Otherwise like hf_verify(). */
HF_API int hf_verify_record(const char *record, int namespace_fd, hf_verification **ret_verification,
                            hf_error **ret_error);

/* Steps through the differences: *position is 0 at first, and advanced. false: there are no more. */
HF_API bool hf_verification_next(const hf_verification *verification, size_t *position,
                                 struct hf_difference *ret_difference);

/* Releases the verification; NULL is fine. */
HF_API void hf_verification_free(hf_verification *verification);

#ifdef __cplusplus
}
#endif

#endif
