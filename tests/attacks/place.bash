# SPDX-License-Identifier: Apache-2.0
# Where an attack takes place, in a mount namespace of its own:
#
#   /mnt/outside    what the container must not reach, on a mount that notes each access (strictatime)
#   /mnt/observer   the same, for us to look at without leaving a trace (noatime)
#   /mnt/volume     the volume that the attacker may change
#   $bundle         the bundle, with $rootfs
#
# The functions of image.bash, races.bash and running.bash prepare an attack with what is below.

bundle=/mnt/bundle
rootfs=$bundle/rootfs
volume=/mnt/volume
programs=$HOLDFAST_BUILD/tests/attacks

# What an attack may set.
attempt=start      # the function that is called for each attempt
racer=()           # the arguments of the racer
pattern=SECRET     # what the container must not print
needed=            # what it must print
finish=:           # called before the last look
evidence=:         # prints what else shows that the attack succeeded
user=12345         # an ordinary user

make_place() {
    mount -t tmpfs -o mode=755 attacks /run
    mount -t tmpfs -o mode=755 attacks /mnt
    mkdir /mnt/outside /mnt/observer "$volume"
    mount -t tmpfs -o mode=755,strictatime outside /mnt/outside
    mkdir -p /mnt/outside/target /mnt/outside/dev /mnt/outside/sub
    echo SECRET | tee /mnt/outside/secret /mnt/outside/sub/secret /mnt/outside/target/secret >/mnt/outside/file
    echo INNOCENT >/mnt/outside/target/innocent
    echo 'root:x:0:0:root:/SECRET:/bin/sh' >/mnt/outside/passwd
    mount --bind /mnt/outside /mnt/observer
    mount -o remount,bind,noatime /mnt/observer
    case $engine in
    holdfast) program=$HOLDFAST_BUILD/holdfast ;;
    naive) program=$programs/naive ;;
    esac
    make_bundle
    # The first start of holdfast pins the seed; what it makes in the image goes with the image.
    start
    rm -rf "$bundle"
    make_bundle
}

make_bundle() {
    cp -a "$image" "$bundle"
    base_configuration
}

# As little as a container can be made of, so that there are many starts in a second.
base_configuration() {
    jq -n '{ociVersion: "1.2.0", root: {path: "rootfs"},
        process: {user: {uid: 0, gid: 0}, args: ["true"], env: ["PATH=/bin"], cwd: "/"},
        mounts: [], linux: {namespaces: [{type: "mount"}, {type: "pid"}]}}' >"$bundle/config.json"
}

# Edits the configuration with jq: configure [OPTION]... FILTER
configure() {
    jq "$@" <"$bundle/config.json" >"$bundle/edited.json"
    mv "$bundle/edited.json" "$bundle/config.json"
}

# Adds a bind mount: bind SOURCE DESTINATION [OPTION]...
bind() {
    configure --arg source "$1" --arg destination "$2" \
        '.mounts += [{$destination, $source, type: "bind", options: (["bind"] + $ARGS.positional)}]' --args "${@:3}"
}

# Adds a file system: filesystem TYPE DESTINATION [OPTION]...
filesystem() {
    configure --arg type "$1" --arg destination "$2" \
        '.mounts += [{$destination, $type, source: $type, options: $ARGS.positional}]' --args "${@:3}"
}

# The container runs this shell program: runs TEXT
runs() {
    configure --arg text "echo ran; $1" '.process.args = ["sh", "-c", $text]'
}

# The container prints these files: reads FILE...
reads() {
    runs "cat $*"
}

# What the container has at /witness is the directory outside that a mount would have to cover: it is bound after the
# mount whose target leads astray, so there its content is another one.
witness() {
    bind /mnt/outside/target /witness
    mkdir -p "$rootfs/witness"
    runs '[ -e /witness/innocent ] && echo INNOCENT'
    needed=INNOCENT
}

# One attempt.
start() {
    "$program" run --bundle "$bundle" "$id" </dev/null
}

# What is outside, whatever of it was read (access times), written, made or mounted.
look() {
    find /mnt/observer -printf '%P %y %m %U:%G %s %n %A@ %T@ %C@ %l\n' | sort
    find /mnt/observer -type f -exec cksum {} + | sort
}

# The mounts of the host, but for those that the racer makes.
look_at_mounts() {
    awk '$5 !~ "^/mnt/volume/"' /proc/self/mountinfo
}

# The first thing that shows that the attack succeeded, if it did.
find_escape() {
    {
        look | diff /mnt/before - | sed -n 's/^[<>] \([^ ]*\).*/outside was read or changed: \/\1/p'
        look_at_mounts | diff /mnt/mounts - | sed -n 's/^[<>] /mounted: /p'
        grep -a -E -o "$pattern" /mnt/out | sed 's/^/the container read: /'
        [ -z "$needed" ] || [ "$(grep -a -c -x "$needed" /mnt/out)" -eq "$(grep -a -c -x ran /mnt/out)" ] ||
            echo "the container did not print $needed each time"
        "$evidence"
    } 2>&1 | sed -n 1p
}

# A container that runs until the end.
sleeper() {
    "$program" run --detach --bundle "$bundle" "$id" </dev/null >>/mnt/out 2>>/mnt/errors || return
    sleeping=1
}

end_sleeper() {
    [ -n "$sleeping" ] || return 0
    case $engine in
    holdfast) "$program" delete --force "$id" ;;
    naive) "$program" kill "$id" ;;
    esac
}
