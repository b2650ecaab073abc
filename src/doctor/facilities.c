/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the doctor: one row a facility, in the order in which they are shown. The arguments of a system call are
 * such that the kernel refuses them before it does anything, with the errno that is expected.
 */
#include "doctor/probe.h"
#include "kernel/mount_api.h"

#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>

/* Of the generic table; the headers of many systems end before them. */
#define STATMOUNT_NUMBER 457
#define LISTMOUNT_NUMBER 458
#define OPEN_TREE_ATTR_NUMBER 467

#define NOTHING (-1ul)       /* no descriptor, and no flags that a call has */
#define CLONE_ARGUMENTS 88ul /* the size with the member cgroup */

/* clone3(2) looks at the cgroup's descriptor before it makes a process. */
static const uint64_t clone_into_no_cgroup[CLONE_ARGUMENTS / 8] = {[0] = 1ull << 33, [10] = UINT32_MAX >> 1};
/* The youngest thing that holdfast can't do without: an attribute of mount_setattr(2), which came with 5.14. */
static const struct mount_attributes newest = {.set = ATTRIBUTE_NOSYMFOLLOW};
static const uint32_t killing = SECCOMP_RET_KILL_PROCESS, notifying = SECCOMP_RET_USER_NOTIF;

#define ADDRESS(object) ((unsigned long)(uintptr_t)(object))
#define NEWEST_ATTRIBUTE ADDRESS(&newest), sizeof(newest)

const struct facility facilities[] = {
    {"privileges", "building without a user namespace", needs_privileges, .probe = probe_privileges},

    {"open_tree", "bind mounts", needs_always, .probe = probe_call,
     .call = {SYS_open_tree, {NOTHING, 0, NOTHING}, EINVAL, KERNEL(5, 2)}},
    {"move_mount", "attaching mounts", needs_always, .probe = probe_call,
     .call = {SYS_move_mount, {NOTHING, 0, NOTHING, 0, NOTHING}, EINVAL, KERNEL(5, 2), true}},
    {"mount_setattr", "attributes of mounts", needs_always, .probe = probe_call,
     .call = {SYS_mount_setattr,
              {NOTHING, ADDRESS(""), AT_EMPTY_PATH, NEWEST_ATTRIBUTE},
              EBADF,
              KERNEL(5, 14),
              true}},
    {"fsopen", "new file systems", needs_always, .probe = probe_call,
     .call = {SYS_fsopen, {0, NOTHING}, EINVAL, KERNEL(5, 2), true}},
    {"fsconfig", "options of file systems", needs_always, .probe = probe_call,
     .call = {SYS_fsconfig, {NOTHING, 0, 0, 0, 0}, EINVAL, KERNEL(5, 2)}},
    {"fsmount", "new file systems", needs_always, .probe = probe_call,
     .call = {SYS_fsmount, {NOTHING, NOTHING, 0}, EINVAL, KERNEL(5, 2), true}},
    {"fspick", "\"remount\" with options of the file system", needs_reconfigure, .probe = probe_call,
     .call = {SYS_fspick, {NOTHING, 0, NOTHING}, EINVAL, KERNEL(5, 2), true}},
    {"openat2", "paths inside the container", needs_always, .probe = probe_call,
     .call = {SYS_openat2, {NOTHING, 0, 0, 0}, EINVAL, KERNEL(5, 6)}},
    {"close_range", "no descriptor that leaks", needs_always, .probe = probe_call,
     .call = {SYS_close_range, {NOTHING, 0, 0}, EINVAL, KERNEL(5, 9)}},
    {"unshare", "mount namespaces", needs_always, .probe = probe_call,
     .call = {SYS_unshare, {1}, EINVAL, KERNEL(2, 6)}},
    {"setns", "mount namespaces", needs_always, .probe = probe_call,
     .call = {SYS_setns, {NOTHING, 0}, EBADF, KERNEL(3, 0)}},
    {"pivot_root", "switching the root", needs_pivot_root, .probe = probe_call,
     .call = {SYS_pivot_root, {0, 0}, EFAULT, KERNEL(2, 6), true}},
    {"umount2", "switching the root", needs_always, .probe = probe_call,
     .call = {SYS_umount2, {0, 1ul << 30}, EINVAL, KERNEL(2, 6)}},
    {"clone3", "the first process", needs_always, .probe = probe_call,
     .call = {SYS_clone3, {0, 0}, EINVAL, KERNEL(5, 3)}},
    {"CLONE_INTO_CGROUP", "a first process that is born in its cgroup", needs_always, .probe = probe_call,
     .call = {SYS_clone3, {ADDRESS(clone_into_no_cgroup), CLONE_ARGUMENTS}, EBADF, KERNEL(5, 7)}},
    {"pidfd_open", "commands for a running container", needs_always, .probe = probe_call,
     .call = {SYS_pidfd_open, {0, 0}, EINVAL, KERNEL(5, 3)}},
    {"pidfd_send_signal", "signals to the container", needs_always, .probe = probe_call,
     .call = {SYS_pidfd_send_signal, {NOTHING, 0, 0, 0}, EBADF, KERNEL(5, 1)}},
    {"memfd_create", "the command's own binary out of reach", needs_always, .probe = probe_call,
     .call = {SYS_memfd_create, {0, NOTHING}, EINVAL, KERNEL(3, 17)}},
    {"keyctl", "a session keyring of the container's own", needs_always, .probe = probe_call,
     .call = {SYS_keyctl, {0xffff}, EOPNOTSUPP, KERNEL(2, 6)},
     .missing = "start with --no-new-keyring, or use a kernel with CONFIG_KEYS"},
    {"seccomp", "linux.seccomp", needs_seccomp, .probe = probe_call,
     .call = {SYS_seccomp, {SECCOMP_GET_ACTION_AVAIL, 0, ADDRESS(&killing)}, 0, KERNEL(4, 14)}},
    {"seccomp listeners", "linux.seccomp.listenerPath", needs_listener, .probe = probe_call,
     .call = {SYS_seccomp, {SECCOMP_GET_ACTION_AVAIL, 0, ADDRESS(&notifying)}, 0, KERNEL(5, 0)}},
    {"personality", "linux.personality", needs_personality, .probe = probe_call,
     .call = {SYS_personality, {0xffffffff}, 0, KERNEL(2, 6)}},
    {"sched_setattr", "process.scheduler", needs_scheduler, .probe = probe_call,
     .call = {SYS_sched_setattr, {0, 0, 0}, EINVAL, KERNEL(3, 14)}},
    {"set_mempolicy", "linux.memoryPolicy", needs_memory_policy, .probe = probe_call,
     .call = {SYS_set_mempolicy, {0x7fff, 0, 0}, EINVAL, KERNEL(2, 6)},
     .missing = "remove linux.memoryPolicy, or use a kernel with CONFIG_NUMA"},
    {"statmount", "a mount's properties, without text", NULL, .probe = probe_call,
     .call = {STATMOUNT_NUMBER, {0, 0, 0, NOTHING}, EINVAL, KERNEL(6, 8)}},
    {"listmount", "mount tables, without text", NULL, .probe = probe_call,
     .call = {LISTMOUNT_NUMBER, {0, 0, 0, NOTHING}, EINVAL, KERNEL(6, 8)}},
    {"open_tree_attr", "a mount whose mapping is changed", NULL, .probe = probe_call,
     .call = {OPEN_TREE_ATTR_NUMBER, {NOTHING, 0, NOTHING, 0, 0}, EINVAL, KERNEL(6, 15)}},

    {"user namespaces", "ordinary users, and mapped ids", needs_namespace, .probe = probe_user_namespace,
     .flag = CLONE_NEWUSER, .word = "user.max_user_namespaces"},
    {"mount namespaces", "everything", needs_always, .probe = probe_namespace, .flag = CLONE_NEWNS,
     .word = "user.max_mnt_namespaces"},
    {"pid namespaces", "{\"type\": \"pid\"}", needs_namespace, .probe = probe_namespace, .flag = CLONE_NEWPID,
     .word = "user.max_pid_namespaces"},
    {"network namespaces", "{\"type\": \"network\"}", needs_namespace, .probe = probe_namespace,
     .flag = CLONE_NEWNET, .word = "user.max_net_namespaces"},
    {"ipc namespaces", "{\"type\": \"ipc\"}", needs_namespace, .probe = probe_namespace, .flag = CLONE_NEWIPC,
     .word = "user.max_ipc_namespaces"},
    {"uts namespaces", "{\"type\": \"uts\"}", needs_namespace, .probe = probe_namespace, .flag = CLONE_NEWUTS,
     .word = "user.max_uts_namespaces"},
    {"cgroup namespaces", "{\"type\": \"cgroup\"}", needs_namespace, .probe = probe_namespace,
     .flag = CLONE_NEWCGROUP, .word = "user.max_cgroup_namespaces"},
    {"time namespaces", "{\"type\": \"time\"}", needs_namespace, .probe = probe_namespace,
     .flag = CLONE_NEWTIME, .word = "user.max_time_namespaces",
     .missing = "Linux 5.6 with CONFIG_TIME_NS has them"},
    {"subordinate ids", "more than one id, as an ordinary user", needs_subordinate_ids,
     .probe = probe_subordinate_ids},

    {"file systems", "mounts[] of their type", needs_always, .probe = probe_types,
     .missing = "load its module, or use a kernel that has it"},
    {"/proc", "sysctls, limits, labels", NULL, .probe = probe_visible_proc},
    {"proc in a user namespace", "{\"type\": \"proc\"} without root", needs_own_mount,
     .probe = probe_own_mount, .word = "proc"},
    {"sysfs in a user namespace", "{\"type\": \"sysfs\"} without root", needs_own_mount,
     .probe = probe_own_mount, .word = "sysfs"},
    {"overlay in a user namespace", "box, without root", needs_overlay, .probe = probe_overlay,
     .missing = "Linux 5.11 allows it"},
    {"idmapped mounts", "\"idmap\", \"ridmap\" and mounts[].uidMappings", needs_idmapped,
     .probe = probe_idmapped,
     .missing = "bind from another file system, leave the mapping out, or use a newer kernel"},
    {"seed", "a start that copies no mount of the host", NULL, .probe = probe_seed},
    {"resctrl", "linux.intelRdt", needs_intel_rdt, .probe = probe_types, .word = "resctrl",
     .missing = "it takes a processor with Intel RDT, and CONFIG_X86_CPU_RESCTRL"},

    {"mounts", "room in a mount namespace", needs_always, .probe = probe_mounts},
    {"open files", "a descriptor for a bind mount", needs_always, .probe = probe_files},
    {"processes", "the first process", needs_always, .probe = probe_processes},
    {"cgroups", "linux.resources and linux.cgroupsPath", needs_cgroups, .probe = probe_cgroups},
    {"systemd", "--cgroup-manager systemd", NULL, .probe = probe_systemd},
    {"AppArmor", "process.apparmorProfile", needs_apparmor, .probe = probe_apparmor,
     .missing = "remove process.apparmorProfile, or boot with AppArmor"},
    {"SELinux", "process.selinuxLabel, linux.mountLabel, \"z\" and \"Z\"", needs_selinux,
     .probe = probe_selinux, .missing = "remove the labels, or boot with SELinux"},
    {0},
};
