/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container is to be, as structs: filled from an OCI config.json (oci_*.c) or by the library's
 * builder (builder.c). Nothing here knows of mounts or makes a system call; options stay words until the
 * plan parses them.
 *
 * All strings belong to the configuration. Absent strings are NULL, absent lists have length 0.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "config/resources.h"
#include "kernel/id_mappings.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct strings {
    const char **values;
    size_t length;
};

/* The layers of an overlay as descriptors, which stay the caller's. */
struct config_layers {
    const int *lower; /* the topmost first */
    size_t lower_length;
    bool has_upper; /* else nothing can be changed */
    int upper_fd, work_fd;
};

struct config_mount {
    const char *origin; /* what to call it in messages; NULL: "mounts[3]" */
    const char *destination;
    const char *type;   /* NULL for a bind mount */
    const char *source; /* NULL: the file system's type serves as its name */
    bool has_source_fd; /* a bind mount's source is this descriptor, which stays the caller's */
    int source_fd;
    struct strings options;
    struct id_mappings uid_mappings, gid_mappings;
    const struct config_layers *layers; /* of type overlay; NULL: they are paths among the options */
};

struct config_device {
    const char *path;
    char type; /* 'c', 'b' or 'p'; 'u' is read as 'c' */
    uint32_t major, minor;
    mode_t mode; /* 0666 where the configuration has none */
    uint32_t uid, gid;
};

struct config_namespace {
    int flag;         /* CLONE_NEWPID and so on */
    const char *name; /* "pid" and so on */
    const char *path; /* an existing one to join; NULL for a new one */
};

struct config_rlimit {
    int resource;     /* RLIMIT_NOFILE and so on */
    const char *name; /* "RLIMIT_NOFILE" */
    uint64_t soft, hard;
};

/* The five sets of capabilities(7), a bit a capability: bit CAP_CHOWN is 1 << 0. */
struct config_capabilities {
    bool given; /* false: the process keeps what the runtime has */
    uint64_t bounding, effective, inheritable, permitted, ambient;
};

/* sched_setattr(2). */
struct config_scheduler {
    bool given;
    uint32_t policy; /* SCHED_OTHER and so on */
    int32_t nice, priority;
    uint64_t flags;                     /* SCHED_FLAG_… */
    uint64_t runtime, deadline, period; /* nanoseconds */
};

struct config_process {
    struct strings args, env;
    const char *cwd;
    bool terminal;
    bool has_console_size;
    uint16_t console_rows, console_columns;
    uint32_t uid, gid;
    uint32_t *additional_gids;
    size_t additional_gids_length;
    bool has_umask;
    mode_t umask;
    struct config_rlimit *rlimits;
    size_t rlimits_length;
    struct config_capabilities capabilities;
    bool no_new_privileges;
    const char *apparmor_profile, *selinux_label; /* NULL: none */
    struct config_number oom_score_adjustment;
    struct config_scheduler scheduler;
    bool has_io_priority;
    int io_priority_class, io_priority;            /* ioprio_set(2) */
    const char *initial_affinity, *final_affinity; /* lists of CPUs; NULL: none. For exec only */
};

struct config_seccomp_argument {
    uint32_t index;
    uint64_t value, value_two;
    int compare; /* enum scmp_compare of libseccomp */
};

struct config_seccomp_rule {
    struct strings names;
    uint32_t action; /* SCMP_ACT_… of libseccomp */
    struct config_seccomp_argument *arguments;
    size_t arguments_length;
};

struct config_seccomp {
    bool given;
    uint32_t default_action; /* SCMP_ACT_… of libseccomp */
    uint32_t *architectures; /* SCMP_ARCH_… of libseccomp */
    size_t architectures_length;
    bool log, spec_allow, wait_killable; /* SECCOMP_FILTER_FLAG_LOG and so on; TSYNC is always in effect */
    struct config_seccomp_rule *rules;
    size_t rules_length;
    const char *listener_path,
        *listener_metadata; /* who gets the descriptor of SCMP_ACT_NOTIFY; NULL: none */
};

enum config_hook_kind {
    HOOK_PRESTART,
    HOOK_CREATE_RUNTIME,
    HOOK_CREATE_CONTAINER,
    HOOK_START_CONTAINER,
    HOOK_POSTSTART,
    HOOK_POSTSTOP,
    HOOK_KINDS
};

/* "createRuntime". */
const char *hook_kind_name(enum config_hook_kind kind);

struct config_hook {
    const char *path;    /* absolute */
    struct strings args; /* with args[0]; none: the path */
    struct strings env;
    uint32_t timeout; /* seconds; 0: none */
};

struct config_hooks {
    struct config_hook *values;
    size_t length;
};

/* A moment in a time namespace, relative to the host's clock (time_namespaces(7)). */
struct config_time_offset {
    int clock; /* CLOCK_MONOTONIC or CLOCK_BOOTTIME */
    int64_t seconds;
    uint32_t nanoseconds;
};

/* A network interface of the host that the container gets. */
struct config_net_device {
    const char *host_name;
    const char *name; /* in the container, which may hold "%d" */
};

/* set_mempolicy(2). */
struct config_memory_policy {
    bool given;
    int mode;          /* MPOL_DEFAULT and so on, with MPOL_F_… */
    const char *nodes; /* a list: "0-3,7"; NULL: none */
};

/* Intel RDT, the file system resctrl. */
struct config_intel_rdt {
    bool given;
    const char *class_id; /* NULL: the container's ID; "/": the default class */
    const char *l3_cache_schema, *memory_bandwidth_schema;
    struct strings schemata;
    bool enable_monitoring; /* as well as the older enableCMT and enableMBM */
};

/* What linux.rootfsPropagation asks for; the r-forms apply to the whole tree. */
enum config_propagation {
    PROPAGATION_UNSET,
    PROPAGATION_PRIVATE,
    PROPAGATION_SLAVE,
    PROPAGATION_SHARED,
    PROPAGATION_UNBINDABLE,
};

/* A part of what a box shows, which rules were turned into (src/rules). */
enum config_part_kind {
    PART_COPY_ON_WRITE, /* a directory of the machine; changes stay in memory */
    PART_READONLY,      /* a file of the machine, or a directory with what is mounted below it */
    PART_MOUNT,         /* any other mount */
    PART_COVER,         /* a directory gets names, or loses some, without being written itself */
    PART_PIN,           /* a directory can't be renamed: it is bound to itself */
    PART_DIRECTORY,     /* an empty directory, made in what it lies in */
    PART_SYMLINK,
    PART_FILE,    /* a file in memory */
    PART_DENY,    /* something that is denied */
    PART_DEVICES, /* the usual nodes and links in /dev, which is mounted by now */
    PART_LAYERS, /* keeps the names that copy-on-write directories have lost from being made anew; hidden by what comes
                     after it at the same place */
};

/* How something that is denied looks. In each case it can't be opened for writing, made, removed or replaced. */
enum config_face {
    FACE_EMPTY,  /* an empty file or directory */
    FACE_EACCES, /* it is there, and opening it is EACCES */
    FACE_ENOENT, /* it is not there */
};

struct config_part {
    enum config_part_kind kind;
    const char *path;   /* in the box */
    const char *origin; /* what to call it in messages; NULL: the machine's tree */
    const char *source; /* of PART_COPY_ON_WRITE and PART_READONLY: the machine's; NULL: the same as path */
    bool has_fd;        /* … is a descriptor instead, which stays the caller's */
    int fd;
    mode_t mode;        /* of a PART_DIRECTORY or PART_FILE */
    const char *text;   /* of a PART_SYMLINK or PART_FILE */
    size_t text_length; /* of a PART_FILE */
    const char *layers; /* of a PART_COPY_ON_WRITE: as struct overlay_operation has it */
    bool
        readonly; /* PART_COPY_ON_WRITE, PART_DIRECTORY that is the root, PART_FILE: nothing can be changed in the end */
    const struct config_mount *mount; /* of a PART_MOUNT */
    enum config_face face;            /* of a PART_DENY */
    /* Of a PART_COVER: names that it adds, with a slash at the end those of directories; and of this and of a
     * PART_COPY_ON_WRITE: names, or relative paths, that it hides. */
    struct strings added, hidden;
    bool layered;        /* a PART_COVER is one overlay instead of a bind for each entry */
    const char *warning; /* what to mind; NULL: nothing */
};

/* A directory of the image or of a volume that lacks a mount's target, and is covered instead of being written. */
struct config_cover {
    const char *path;
    size_t before; /* the index of the mount; mounts_length: none, but what comes after the mounts */
    const char *warning;
};

struct config {
    struct arena arena;
    char *text;          /* the JSON text, to find the line of a path for error messages */
    const char *file;    /* what to call the configuration in messages: "config.json" */
    const char *section; /* what the text is of a configuration: "process"; NULL: all of it */
    const char *rootfs;  /* as given: absolute, or relative to the bundle */
    const char *bundle;  /* directory that relative paths start from, absolute; NULL: none may be relative */
    bool has_rootfs_fd;  /* instead of rootfs: a descriptor, which stays the caller's */
    int rootfs_fd;
    struct config_part *parts; /* the root instead of rootfs: "/" first, parents before what is below them */
    size_t parts_length;
    bool rootfs_readonly;
    const char *hostname, *domainname;
    struct config_mount *mounts;
    size_t mounts_length;
    struct config_device *devices;
    size_t devices_length;
    struct config_namespace *namespaces;
    size_t namespaces_length;
    struct id_mappings uid_mappings, gid_mappings;
    struct strings masked_paths, readonly_paths;
    const char *mount_label;
    enum config_propagation rootfs_propagation;
    bool rootfs_propagation_recursive;
    bool has_process;
    struct config_process process;
    struct config_seccomp seccomp;
    struct config_hooks hooks[HOOK_KINDS];
    struct config_key_value *annotations;
    size_t annotations_length;
    struct config_resources resources;
    const char *cgroups_path;        /* NULL: not given */
    struct config_key_value *sysctl; /* the keys with dots: "net.ipv4.ip_forward" */
    size_t sysctl_length;
    bool has_personality;
    unsigned long personality; /* personality(2) */
    struct config_time_offset *time_offsets;
    size_t time_offsets_length;
    struct config_net_device *net_devices;
    size_t net_devices_length;
    struct config_memory_policy memory_policy;
    struct config_intel_rdt intel_rdt;
    bool parts_have_mounts; /* all that is mounted is among the parts: /dev, too, if there is one */
    bool mounts_only;       /* the root is there already: nothing but the mounts is made in it */
    bool no_traces;         /* nothing is made in the image or in volumes: */
    struct config_cover *covers;
    size_t covers_length;
    bool no_pivot_root; /* not from JSON: the command line or the builder */
    bool console;       /* a pty on /dev/console: process.terminal, or the builder */
    bool dev_kcore;     /* the link that libcontainer's builder made, beside /dev/core */
};

/* Reads a configuration from JSON text (length bytes and a NUL). file is its name in messages. On failure
 * *config is cleared. */
int config_read_json(struct config *config, const char *text, size_t length, const char *file,
                     struct error *error) MUST_USE;

/* Reads a process alone, as `exec --process` takes one, into a configuration of its own that has nothing else.
 * process.capabilities is given only if the text has it. Errors are placed as in the text: "process.json:3: args".
 * On failure *config is cleared. */
int config_read_process_json(struct config *config, const char *text, size_t length, const char *file,
                             struct error *error) MUST_USE;

/* The same with linux.resources alone, as `update --resources` takes them: config->resources. */
int config_read_resources_json(struct config *config, const char *text, size_t length, const char *file,
                               struct error *error) MUST_USE;

/* Reads config.json, or another name, in the bundle directory; bundle may be relative to the working
 * directory. */
int config_read_bundle(struct config *config, const char *bundle, const char *name,
                       struct error *error) MUST_USE;

/* Releases all of it. */
void config_clear(struct config *config);

#define CLEANUP_CONFIG CLEANUP(config_clear)

/* The namespace of that kind in the configuration, or NULL. flag is CLONE_NEWPID or the like. */
const struct config_namespace *config_namespace(const struct config *config, int flag);

/* The kind of namespace, CLONE_NEW…, that a key of linux.sysctl belongs to; 0: none, so it is the machine's. */
int config_sysctl_namespace(const char *key);

/* Whether both make the same node, with the same mode and owner. */
bool config_device_equal(const struct config_device *one, const struct config_device *other);

/* Puts file, line and JSON path in front of an error: "config.json:12: mounts[3] (/data)". path is as in
 * "mounts[3].options[0]"; the line is left out where the configuration has no text. An error that has such a place keeps it: it is the
 * more exact one. */
void config_error_place(const struct config *config, struct error *error, const char *path);

#endif
