# SPDX-License-Identifier: Apache-2.0
# The container's program: prints its mount table and its tree. It has nothing but busybox.
tab=$(printf '\t')
busybox sed 's/^/mount /' /proc/self/mountinfo
busybox find / \( -path /proc -o -path /sys -o -path /bin \) -prune -o -print |
    busybox xargs busybox stat -c "file %n$tab%F$tab%a$tab%u:%g$tab%t:%T$tab%N"
