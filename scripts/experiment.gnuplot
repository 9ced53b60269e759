# SPDX-License-Identifier: GPL-2.0-only
#
# The picture of scripts/experiment.py, which sets $memory, $cost, allocators,
# programs, on, the programs' names as xtics, and the output.

set terminal svg size 1100, 1000 dynamic background rgb "white" font "sans-serif,14"
set multiplot
nr = words(allocators)
width = 0.8 / nr
at(n) = (n - (nr + 1) / 2.0) * width

# Colours that differ for the colour-blind, too (Okabe and Ito).
set linetype 1 linecolor rgb "#0072b2" linewidth 2 pointtype 7
set linetype 2 linecolor rgb "#e69f00" linewidth 2 pointtype 5
set linetype 3 linecolor rgb "#cc79a7" linewidth 2 pointtype 9
set linetype 4 linecolor rgb "#999999" linewidth 2 pointtype 11
set linetype 5 linecolor rgb "#009e73" linewidth 2 pointtype 13
set linetype 6 linecolor rgb "#d55e00" linewidth 2 pointtype 4
set linetype 7 linecolor rgb "#56b4e9" linewidth 2 pointtype 6

set border 3
set grid ytics linecolor rgb "#dddddd" linewidth 1
set tics nomirror
set lmargin 12
set rmargin 18
set key outside right center vertical Left reverse samplen 1.5

set origin 0, 0.42
set size 1, 0.58
set title "Low memory that v7s tables of 1 KB take: ".on
set ylabel "below 4 GB (log scale)"
set logscale y 2
set yrange [64:131072]
set ytics ("64 KB" 64, "256 KB" 256, "1 MB" 1024, "4 MB" 4096, "16 MB" 16384, "64 MB" 65536)
set xrange [-0.5:programs - 0.5]
set style fill solid 0.9 noborder
set boxwidth width * 0.92
mb(kb) = kb < 10240 ? sprintf("%.1f", kb / 1024) : sprintf("%.0f", kb / 1024)
plot for [n = 1:nr] $memory using ($1 + at(n)):(column(n + 2)) with boxes \
		linetype n title word(allocators, n), \
	for [n = 1:nr] $memory using ($1 + at(n)):(column(n + 2)):(mb(column(n + 2))) with labels \
		rotate by 90 left offset 0, 0.3 font ",10" notitle, \
	$memory using ($1 - 0.45):2:(0.9):(0) with vectors nohead linewidth 2 dashtype 2 \
		linecolor rgb "black" title "live tables"

set origin 0, 0
set size 1, 0.41
set title "Instructions per table freed and allocated, one at a time, at random (reserve: without reserving)"
set ylabel "instructions"
set xlabel "live tables, in one instance"
unset logscale y
set yrange [0:*]
set ytics auto
set logscale x 2
set xrange [14:4700]
set xtics (16, 64, 256, 1024, 4096) scale 0.5
plot for [n = 1:nr] $cost using 1:(column(n + 1)) with linespoints linetype n \
	title word(allocators, n)
