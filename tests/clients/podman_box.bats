#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# holdfast box inside of a container of podman.

load helpers
load podman

# Runs a box in there: box_inside OPTION OF PODMAN... -- ARGUMENT OF BOX...
box_inside() {
    local library options=()
    for library in $(ldd "$HOLDFAST_BUILD/holdfast" | grep -o '/[^ ]*'); do
        options+=(--volume "$library:$library:ro")
    done
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    run --separate-stderr podman run --rm --volume "$HOLDFAST_BUILD/holdfast:/bin/holdfast:ro" "${options[@]}" \
        box /bin/holdfast box "${@:2}"
}

@test "with what the doctor says, a box works inside of podman" {
    box_inside --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt unmask=ALL -- \
        --net --deny /etc/passwd --deny /etc/new:enoent --ro /etc/group -- \
        sh -c 'wc -c </etc/passwd; touch /etc/new || echo refused; echo x >>/etc/group || echo refused; echo x >/etc/made; cat /etc/made'
    equal "$status $output" "0 $(printf '%s\n' 0 refused refused x)"
}

@test "a network namespace of its own takes one capability more" {
    box_inside --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt unmask=ALL -- -- true
    equal "$status $stderr" '1 holdfast: cannot bring the loopback interface up: ioctl(SIOCSIFFLAGS): EPERM (Operation not permitted); CAP_NET_ADMIN is missing: keep the present network (box --net), or add it (podman, docker: --cap-add NET_ADMIN)'
    box_inside --cap-add SYS_ADMIN,NET_ADMIN --security-opt seccomp=unconfined --security-opt unmask=ALL -- -- true
    equal "$status $stderr" '0 '
}

@test "without, one sentence says what is in the way" {
    box_inside -- true
    equal "$status ${#stderr_lines[@]} $output" '1 1 '
    [[ $stderr == 'holdfast: '*'; '* ]] || equal "$stderr" 'holdfast: …; what to change'
}
