#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What do allocators take and cost? Run the experiment in a guest whose clock
# counts instructions, show its table, draw it, and judge it by its bars.
#
#   experiment.sh [--counts=FILE] [--into=FOLDER] [--quiet]
#
#   --counts=FILE  where to leave "passed failed skipped"
#   --into=FOLDER  where experiment.json, experiment-cost.json and
#                  experiment.svg go; default: build
#   --quiet        of what was measured show only how it is judged
#
# KERNEL=, KDIR=, MIRROR=, TIMEOUT= and V=1 are guest.sh's. CPUS= is how many
# CPUs the guest has, which decides how large slabs are; default: 8.

. "$(dirname "$0")/kernel.sh"

counts=/dev/null into=$top/build options=()
for option; do
	case $option in
	--counts=*) counts=${option#*=} ;;
	--into=*) into=${option#*=} ;;
	--quiet) options+=(--quiet) ;;
	*) die "experiment.sh knows no '$option'" ;;
	esac
done
need python3:python3 gnuplot:gnuplot-nox
kernel_resolve
mkdir -p "$into"
text=$cache/run/$$/experiment
mkdir -p "${text%/*}"
trap 'rm -rf "${text%/*}"' EXIT

# Instructions that watch memory or locks are none of an allocator's.
for option in KASAN KCSAN PROVE_LOCKING SLUB_DEBUG_ON DEBUG_SPINLOCK; do
	! grep -q "^CONFIG_$option=y" "$k_config" || options+=(--no-cost "CONFIG_$option")
done

"$top/scripts/guest.sh" --icount --cpus "${CPUS:-8}" "$top/scripts/guest/experiment" >"$text" || {
	status=$?
	cat "$text"
	exit $status
}
python3 -B "$top/scripts/experiment.py" "${options[@]}" --counts "$counts" --into "$into" "$text"
