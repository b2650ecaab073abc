#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How many system calls a start of the default bundle makes, by call: the launcher, from where main() begins for the
# second time to its end, and the first process, from its birth until it executes the program. A call that is added shows
# here; if it has a reason, change the list.
#
# 0x1c9 is statmount(2), which strace of Debian 12 has no name for.
#
# Left out is what is not ours to count: the C library's memory, and calls whose number depends on who waits for whom.

load helpers

not_counted='brk|mmap|munmap|mprotect|madvise|getrandom|poll|nanosleep|clock_nanosleep'

# Splits a trace in two, the names of the calls, one a line: $work/launcher and $work/first.
split_trace() {
    awk -v work="$work" -v ignored="^($not_counted)$" '
        / resumed>|^[0-9]+ +(\+\+\+|---)/ { next }
        { call = $2; sub(/\(.*/, "", call) }
        NR == 1 { launcher = $1 }
        $1 == launcher && call == "execveat" { protected = 1; next }
        protected && $1 == launcher && call == "fcntl" { main = 1 }
        !main || executed { if ($1 != launcher) next }
        !main { next }
        $1 != launcher && call == "execve" { executed = 1 }
        call !~ ignored { print call >(work "/" ($1 == launcher ? "launcher" : "first")) }' "$1"
}

# Several starts, for one may have waited longer: each call counts as often as in the start with the fewest.
count_calls() {
    local round process
    work=/mnt/work
    mkdir "$work"
    for round in 1 2 3; do
        strace -f -qq -o /mnt/trace "$holdfast" --cgroup-manager disabled run --bundle "$bundle" "calls-$$" </dev/null >"$work/output"
        split_trace /mnt/trace
        for process in launcher first; do
            sort "$work/$process" | uniq -c >"$work/$process.$round"
        done
    done
    for process in launcher first; do
        awk '!($2 in least) || $1 < least[$2] { least[$2] = $1 }
            END { for (call in least) { print call, least[call]; all += least[call] } print "ALL", all }' \
            "$work/$process".[123] | LC_ALL=C sort >"$work/$process.counts"
    done
}

# A list as it stands in this file, several calls a line, one a line: list TEXT
list() {
    xargs -n 2 <<<"$1" | LC_ALL=C sort
}

@test "a start of the default bundle makes no system call more than these" {
    configure '.process.args = ["/bin/true"]'
    start_well # pins the seed
    count_calls
    equal "$(cat "$work/launcher.counts")" "$(list '
        ALL 412  access 2  capget 2  chdir 1  chroot 2  clone3 1  close 88  exit_group 1  fchdir 5  fchownat 7
        fcntl 9  flock 6  fsconfig 18  fsmount 7  fsopen 4  fstatfs 6  getdents64 4  geteuid 4  getpid 1
        getuid 1  ioctl 1  mkdir 1  mkdirat 4  mknodat 6  mount_setattr 9  move_mount 15  newfstatat 21
        open_tree 8  openat 33  openat2 43  pidfd_open 1  pivot_root 1  prctl 2  prlimit64 3  read 13
        readlink 3  readlinkat 1  recvfrom 4  recvmsg 3  renameat 5  renameat2 2  rt_sigaction 1
        rt_sigprocmask 2  sendmsg 3  setns 4  signalfd4 1  socketpair 1  statx 31  symlinkat 5
        syscall_0x1c9 1  umask 2  umount2 1  unlinkat 5  unshare 1  waitid 1  write 5')"
    equal "$(cat "$work/first.counts")" "$(list '
        ALL 173  capget 3  capset 1  chdir 2  close 8  close_range 3  execve 1  faccessat2 1  fsconfig 7
        fsopen 3  getcwd 1  ioctl 3  keyctl 1  newfstatat 5  openat 1  openat2 2  prctl 46  prlimit64 2
        read 3  recvfrom 2  recvmsg 2  rt_sigaction 62  rt_sigprocmask 1  sendmsg 2  setgroups 1
        sethostname 1  setresgid 1  setresuid 1  setsid 1  socket 1  umask 1  unshare 3  writev 1')"
}
