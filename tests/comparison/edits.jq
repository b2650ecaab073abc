# SPDX-License-Identifier: Apache-2.0
# What the cases edit the configuration of examples/bundle with. Options are words with commas between them.

# What all three runtimes start from. The rest of the example (sysfs, mqueue, read-only root, masked and read-only
# paths) has cases of its own.
def base:
    .ociVersion = "1.0.2" | .root.readonly = false | del(.process.rlimits, .linux.maskedPaths, .linux.readonlyPaths)
    | .mounts |= map(select(.destination | IN("/proc", "/dev", "/dev/pts", "/dev/shm")));

def mount($type; $source; $destination; $options):
    .mounts += [{$destination, $type, $source, options: ($options | split(","))}];

def bind($source; $destination; $options): mount("none"; $source; $destination; $options);

def bind($options): bind("/mnt/source"; "/data"; $options);

def tmpfs($destination; $options): mount("tmpfs"; "tmpfs"; $destination; $options);

def tmpfs($options): tmpfs("/data"; $options);

def sysfs($options): mount("sysfs"; "sysfs"; "/sys"; $options);

# The mount that is at the destination already.
def at($destination): first(.mounts[] | select(.destination == $destination));

def options($destination; $options): at($destination).options = ($options | split(","));

def unmount($destination): .mounts |= map(select(.destination != $destination));

def mappings: [{containerID: 0, hostID: 100000, size: 65536}];

# The last mount of all gets id mappings.
def map_last($uid; $gid): .mounts[-1] += {
    uidMappings: [{containerID: 0, hostID: $uid, size: 1000}],
    gidMappings: [{containerID: 0, hostID: $gid, size: 1000}]};

def user_namespace:
    .linux.namespaces += [{type: "user"}] | .linux.uidMappings = mappings | .linux.gidMappings = mappings;

def host_namespace($type): .linux.namespaces |= map(select(.type != $type));

def device($path; $type; $major; $minor): .linux.devices += [{$path, $type, $major, $minor}];

def device($path; $type; $major; $minor; $more):
    device($path; $type; $major; $minor) | .linux.devices[-1] += $more;

def fifo($path; $more): .linux.devices += [{$path, type: "p"} + $more];

def propagation($word): .linux.rootfsPropagation = $word;

def masked($paths): .linux.maskedPaths = ($paths | split(","));

def readonly($paths): .linux.readonlyPaths = ($paths | split(","));

def hook($kind): .hooks[$kind] += [{path: "/mnt/hook"}];

# A hook of the image's own.
def hook($kind; $args): .hooks[$kind] += [{path: "/bin/busybox", args: (["busybox"] + ($args | split(" ")))}];

def cgroups($options): sysfs("ro") | mount("cgroup"; "cgroup"; "/sys/fs/cgroup"; $options);

def cgroup_path: .linux.cgroupsPath = "/comparison-ID";
