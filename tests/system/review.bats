#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# holdfast box --review: what is reported, and what a commit does.

load helpers
load box
load review

eval "$(declare -f setup | sed '1s/setup/setup_box/')"

setup() {
    setup_box && setup_review
}

@test "what a commit leaves is what the command does without a box" {
    local commands command
    mapfile -t commands <"$BATS_TEST_DIRNAME/review-commands"
    for command in "${commands[@]}"; do
        commits_as_direct "$command"
    done
}

@test "the same on a disk" {
    setup_review "$ground"
    commits_as_direct 'ln text hard; echo more >>link-1; rm -r directory; mkdir directory; mv sparse holes; sed -i s/1/one/ text'
    commits_as_direct 'tar -cf archive.tar directory link-1 link-2 sparse && mkdir unpacked && tar -xf archive.tar -C unpacked'
}
