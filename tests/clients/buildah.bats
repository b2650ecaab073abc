#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# buildah with the runtime: RUN of a Dockerfile, and buildah run.

load helpers

setup_file() {
    make_machine
    cat >"$work/containers.conf" <<END
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
END
    cat >"$work/storage.conf" <<END
[storage]
driver = "vfs"
graphroot = "$work/store"
runroot = "$work/runroot"
END
    export CONTAINERS_CONF=$work/containers.conf CONTAINERS_STORAGE_CONF=$work/storage.conf BUILDAH_RUNTIME=$runtime
    export BUILDAH_ISOLATION=oci
    container=$(buildah from --cgroup-parent "$cgroup" --name base scratch)
    buildah copy "$container" "$work/root" /
    buildah config --env PATH=/bin --env FIRST=1 "$container"
    buildah commit --quiet "$container" box
}

teardown_file() {
    machine_made || return 0
    buildah rm --all || true
    check_machine
}

# buildah run in the container "base": container [OPTION]... COMMAND...
container() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    buildah run --network none "${options[@]}" base "$@"
}

# Builds the Dockerfile on standard input: build [OPTION]...
build() {
    cat >"$work/Dockerfile"
    buildah build --network none --cgroup-parent "$cgroup" --layers=false --tag built --file "$work/Dockerfile" "$@" "$work/context"
}

@test "run: output, status, input" {
    exits 5 container -- sh -c 'echo out; exit 5'
    equal "$output" out
    exits 0 container -- cat <<<input
    equal "$output" input
}

@test "run: environment, directory, user, host name" {
    exits 0 container --env SECOND=2 --workingdir /tmp --user 1000:2000 --hostname name -- \
        sh -c 'echo "$FIRST $SECOND $PWD $(id -u):$(id -g) $(hostname)"'
    equal "$output" '1 2 /tmp 1000:2000 name'
}

@test "run: volumes and mounts" {
    mkdir -p "$work/data"
    echo content >"$work/data/file"
    exits 1 container --volume "$work/data:/data:ro" -- sh -c 'cat /data/file; echo x >/data/file'
    equal "${lines[0]}" content
    has "$stderr" 'Read-only file system'
    exits 0 container --mount type=tmpfs,destination=/data,tmpfs-size=65536 -- sh -c 'df -k /data | awk "END { print \$2 }"'
    equal "$output" 64
}

@test "run: capabilities, namespaces" {
    exits 0 container --cap-drop all --cap-add CAP_CHOWN -- sh -c "$(show_namespaces net pid ipc uts mnt)"
    equal "$(grep -c -x -F -f <(readlink /proc/self/ns/{net,pid,ipc,uts,mnt}) <<<"$output")" 0
    equal "${#lines[@]}" 5
}

@test "run -t: a terminal" {
    on_terminal "buildah run --network none -t base sh -c 'tty; read line; echo got \$line; exit 5'" \
        'must /dev/pts/0; send "word\r"; must "got word"; must "status 5"'
}

@test "run: a command that isn't there" {
    run --separate-stderr container -- no-such-command
    [ "$status" -ne 0 ]
    has "$stderr" no-such-command
}

@test "build: RUN, COPY, USER, WORKDIR, ENV" {
    mkdir -p "$work/context"
    echo copied >"$work/context/file"
    build <<'END'
FROM localhost/box
ENV WORD=word
COPY file /file
RUN cat /file >/made && echo "$WORD" >>/made && mkdir -m 777 /open
USER 1000:2000
WORKDIR /open
RUN id -u >id && pwd >>id
END
    buildah from --name built built
    directory=$(buildah mount built)
    equal "$(cat "$directory/made" "$directory/open/id")" "$(printf '%s\n' copied word 1000 /open)"
    equal "$(stat -c %u:%g "$directory/open/id")" 1000:2000
    equal "$(ls "$directory/proc" "$directory/sys" | grep -v :)" ''
    buildah umount built
    buildah rm built
}

@test "build: RUN --mount" {
    mkdir -p "$work/context"
    echo copied >"$work/context/file"
    echo secret >"$work/word"
    build --secret "id=word,src=$work/word" <<'END'
FROM localhost/box
RUN --mount=type=bind,source=file,target=/bound cat /bound >/made
RUN --mount=type=secret,id=word cat /run/secrets/word >>/made
RUN --mount=type=tmpfs,target=/scratch touch /scratch/file
RUN --mount=type=cache,target=/cache touch /cache/file
END
    buildah from --name built built
    directory=$(buildah mount built)
    equal "$(cat "$directory/made")" "$(printf '%s\n' copied secret)"
    [ ! -e "$directory/scratch/file" ] && [ ! -e "$directory/cache/file" ]
    buildah umount built
    buildah rm built
}

@test "build: a RUN that fails stops it, with its status" {
    mkdir -p "$work/context"
    run --separate-stderr build <<'END'
FROM localhost/box
RUN echo words; exit 7
END
    [ "$status" -ne 0 ]
    has "$stderr" 'exit status 7'
}
