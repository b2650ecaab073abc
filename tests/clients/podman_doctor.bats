#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# holdfast doctor inside of a container of podman, with podman's own profile and masks.

load helpers
load podman

# Runs the doctor in there: doctor [OPTION]...
doctor() {
    local library libraries=()
    for library in $(ldd "$HOLDFAST_BUILD/holdfast" | grep -o '/[^ ]*'); do
        libraries+=(--volume "$library:$library:ro")
    done
    run --separate-stderr podman run --rm --volume "$HOLDFAST_BUILD/holdfast:/bin/holdfast:ro" "${libraries[@]}" "$@" \
        box /bin/holdfast doctor --json
}

finding() {
    jq -r --arg name "$1" '.facilities[] | select(.name == $name) | "\(.state) \(.needed)", .advice[]' <<<"$output"
}

@test "podman's profile and masks are told apart, in podman's words" {
    doctor
    equal "$status $(jq .works <<<"$output")" '1 false'
    equal "$(finding privileges)" 'refused false
podman: --cap-add SYS_ADMIN'
    equal "$(finding listmount)" 'filtered false
podman: --security-opt seccomp=FILE with a profile that allows it, or seccomp=unconfined'
    equal "$(finding /proc)" 'hidden false
podman: --security-opt unmask=ALL'
    equal "$(finding 'proc in a user namespace' | head -n 1)" 'hidden true'
    equal "$(jq -r '.facilities[] | select(.name == "sysfs in a user namespace") | .state, .detail' <<<"$output" | sed 's/: .*//')" \
        "$(printf '%s\n' hidden 'mounts hide parts of /sys')"
    equal "$(finding openat2)" 'works true'
}

@test "with what it says, that works" {
    doctor --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt unmask=ALL
    equal "$(finding privileges)" 'works false'
    equal "$(finding open_tree)" 'works true'
    equal "$(finding fsmount)" 'works true'
    equal "$(finding /proc)" 'works false'
}
