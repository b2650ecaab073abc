# SPDX-License-Identifier: Apache-2.0
# podman on a machine of its own, see helpers.bash, with the image "box": busybox.

# What podman is told once: where everything is, and which runtime runs containers. The limits are what the machine
# allows without CAP_SYS_RESOURCE. Both spellings of nocgroup(s) exist, by podman's version.
configure_podman() {
    cat >"$work/containers.conf" <<END
[containers]
netns = "none"
log_driver = "k8s-file"
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime = "holdfast"
runtime_supports_json = ["holdfast"]
runtime_supports_nocgroup = ["holdfast"]
runtime_supports_nocgroups = ["holdfast"]
[engine.runtimes]
holdfast = ["$runtime"]
END
    cat >"$work/storage.conf" <<END
[storage]
driver = "vfs"
graphroot = "$work/store"
runroot = "$work/runroot"
rootless_storage_path = "$work/store"
END
    export CONTAINERS_CONF=$work/containers.conf CONTAINERS_STORAGE_CONF=$work/storage.conf
}

# podman, with the file's cgroup for containers that get one of their own.
podman() {
    case "$1 $*" in
        *\ --cgroups\ * | *\ --pod\ *) command podman "$@" ;;
        run\ * | create\ *) command podman "$1" --cgroup-parent "$cgroup" "${@:2}" ;;
        *) command podman "$@" ;;
    esac
}

setup_file() {
    make_machine
    configure_podman
    tar -C "$work/root" -c . | podman import --quiet - box
}

teardown_file() {
    machine_made || return 0
    podman pod rm --all --force --time 0 || true
    podman rm --all --force --time 0 || true
    check_machine
}

# conmon leaves a file "oom" in the directory where podman was called.
setup() {
    cd "$work"
}

# Nothing of a test is there in the next one.
teardown() {
    podman rm --all --force --time 0 >"$work/removed"
}

# The container runs a shell program until it is stopped: background NAME [OPTION]... PROGRAM
background() {
    podman run --detach --name "$1" "${@:2:$#-2}" box sh -c "${*: -1}" >"$work/id"
}

# A program that says "ready" and waits, and ends with 7 after SIGTERM and 8 after SIGUSR1.
waiting='trap "echo term; exit 7" TERM; trap "echo usr1; exit 8" USR1; echo ready; while :; do sleep 0.05; done'

# Starts the waiting program, and is back when its traps are set: waiting NAME [OPTION]...
waiting() {
    background "$@" "$waiting"
    eventually prints ready podman logs "$1"
}

inspect() {
    podman inspect --format "$2" "$1"
}
