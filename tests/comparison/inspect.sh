# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The container's program: prints its mount table and its tree. It has nothing but busybox.
tab=$(printf '\t')
busybox sed "s/^/mount$tab/" /proc/self/mountinfo
busybox find / \( -name proc -o -name sys -o -name bin \) -prune -o -print |
    busybox xargs busybox stat -c "file$tab%n$tab%F$tab%a$tab%u:%g$tab%t:%T$tab%N"
