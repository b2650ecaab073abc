# SPDX-License-Identifier: Apache-2.0
# The time of a start by the number of mounts on the host. Variables: table, output.
set terminal svg size 720,400 font "sans-serif,13"
set output output
set title "One start of /bin/true, by the number of shared mounts on the host"
set xlabel "mounts on the host"
set ylabel "milliseconds (least)"
set logscale y
set key left top
set grid
rows(name) = sprintf("< awk -F '[\\t|]' -v n=%s '$1 == n { print $2, $4 / 1000 }' %s", name, table)
plot for [name in "floor holdfast crun holdfast-with-cgroup runc"] rows(name) using 1:2 with linespoints lw 2 title name
