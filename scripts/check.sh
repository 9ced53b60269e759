#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every test: the runner's own, the KUnit suites on a KUnit kernel, the
# kselftests on the distro's kernel; or on somebody's own kernel whatever that
# supports. The last line counts them, and the exit status follows it.

. "$(dirname "$0")/kernel.sh"

. "$top/scripts/kunit-kernel.sh"
. "$top/scripts/build.sh"

trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM
kernel_resolve
work=$cache/run/$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
export TIMEOUT=${TIMEOUT:-600}

# part NAME TITLE COMMAND...: a command that is given --counts=FILE, in which to
# leave "passed failed skipped"
part() {
	local name=$1 title=$2 status=0
	shift 2
	echo "$title"
	"$1" --counts="$work/$name.counts" "${@:2}" || status=$?
	# One that did not come as far as that is a failed test, never silence.
	[ -s "$work/$name.counts" ] && return
	echo "  FAIL $title: did not run (status $status)"
	echo "0 1 0" >"$work/$name.counts"
}

# behind COMMAND NAME ...: a part beside others, as many as there are CPUs, shown whole
# when it is through
behind() {
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
	{
		"$@" >"$work/$2.behind" 2>&1
		flock "$work" cat "$work/$2.behind"
	} &
}

config() {
	grep -q "^CONFIG_$1=y" "$k_config"
}

guest=("$top/scripts/guest.sh")
experiment=("$top/scripts/experiment.sh" --into="$work" --quiet)
dmatest=(--dmatest --ktap=script --with "$top/selftests" "$top/scripts/guest/dmatest")
selftests=(--ktap=script --with "$top/selftests" "$top/scripts/guest/selftests")
filter=kunit.filter_glob
kunit=(--ktap=kernel --append="$filter=lab*")
warn=(--ktap=kernel --expect-splat='WARNING: .*(io-pgtable|arm_v7s|arm_lpae)'
	"--append=kunit.filter_glob=lab_kernel_warn io_pgtable_lab_kunit.kernel_warn=1"
	"$top/scripts/guest/kunit")
# own_kunit NAME GLOB OPTION...: the suites that match, on one's own kernel
own_kunit() {
	part "$1" "KUnit on $k_title: $2" "${guest[@]}" --ktap=kernel "--append=$filter=$2$some" "${@:3}" \
		"$top/scripts/guest/kunit"
}

if kernel_is_own; then
	# CPUs of a guest wait for each other, and those of this machine for none. Races
	# alone need two: they are run by themselves, and all other guests have one.
	one=(--cpus=1) some=''
	if [ -z "${FULL:-}" ]; then
		echo "left out, FULL=1 for all: suites of the lab's own parts and page tables, the CPU as a reader but in the report, kselftests but for that, the experiment"
		selftests=("${one[@]}" --append=LAB_PROGRAMS=TEST_PROGS_KERNEL "${selftests[@]}")
		# That walkers read tables as the CPU does is about the lab as well.
		some=" kunit.filter=speed>slow io_pgtable_lab_kunit.kernel_only=1 io_pgtable_lab.cpu_reader=0"
	fi
	# One build for all guests that start at a time.
	mkdir "$work/modules"
	say "building the module for $k_title"
	(build_modules "$work/modules") || true
	guest=("$top/scripts/guest.sh" --modules "$work/modules")
	config KUNIT || echo "no KUnit: this kernel has no CONFIG_KUNIT"
	config DEBUG_FS || echo "no kselftest: this kernel has no CONFIG_DEBUG_FS"
	# The longest first
	! config KUNIT || behind own_kunit kunit 'lab_[!cs]*' "${one[@]}"
	! config DEBUG_FS || behind part selftests "kselftest on $k_title" "${guest[@]}" "${selftests[@]}"
	if config KUNIT; then
		behind own_kunit kunit-s 'lab_s*' "${one[@]}"
		behind part warn "What $k_title refuses with a WARN" "${guest[@]}" "${one[@]}" "${warn[@]}"
	fi
	if config KUNIT && [ -n "${FULL:-}" ]; then
		behind own_kunit kunit-cpu 'lab_c[!o]*' "${one[@]}"
		behind own_kunit kunit-contract 'lab_cont*' "${one[@]}"
	fi
	[ -z "${FULL:-}" ] || ! config DEBUG_FS ||
		behind part experiment "What allocators take and cost on $k_title" "${experiment[@]}"
	if [ -n "${FULL:-}" ] && config DEBUG_FS; then
		if grep -q '^CONFIG_DMATEST=m' "$k_config"; then
			behind part dmatest "The kernel's dmatest, over the fake IOMMU, on $k_title" "${guest[@]}" "${dmatest[@]}"
		else
			echo "no dmatest: this kernel has no CONFIG_DMATEST=m"
		fi
	fi
	wait
	! config KUNIT || own_kunit kunit-races 'lab_conc*'
else
	# Long builds first: what runs beside one might seem to hang.
	(kunit_kernel) || true
	behind part kunit "KUnit on the KUnit kernel of $k_suite" "${guest[@]}" "${kunit[@]}" \
		--kunit "$top/scripts/guest/kunit"
	behind part fault "kselftest of fault injection on the KUnit kernel of $k_suite" "${guest[@]}" --kunit \
		--ktap=script --with "$top/selftests" "$top/scripts/guest/fault"
	behind part selftests "kselftest on $k_title" "${guest[@]}" "${selftests[@]}"
	behind part experiment "What allocators take and cost on $k_title" "${experiment[@]}"
	behind part fuzz-speed "What a step of the fuzzer costs on $k_title" "${guest[@]}" --icount --cpus=1 \
		--ktap=script "$top/scripts/guest/fuzz-speed"
	# At EL1 on a Cortex-A57 the CPU is asked by the first part, too.
	behind part cpu-el2 "The CPU as a reader, at EL2, on the KUnit kernel of $k_suite" "${guest[@]}" --kunit --el2 \
		--ktap=kernel --append=kunit.filter_glob='lab_cpu*' "$top/scripts/guest/kunit"
	behind part cpu-max "The CPU as a reader, at EL1, with all granules" "${guest[@]}" --kunit --cpu=max \
		--ktap=kernel --append="arm64.nolva kunit.filter_glob=lab_cpu*" "$top/scripts/guest/kunit"
	behind part cpu-selftest "kselftest of the CPU as a reader, at EL2, on $k_title" "${guest[@]}" --el2 \
		--ktap=script --with "$top/selftests" "$top/scripts/guest/cpu"
	behind part kernel-warn "What the KUnit kernel of $k_suite refuses with a WARN" "${guest[@]}" --kunit "${warn[@]}"
	behind part runner "The runner's own tests" "$top/scripts/check-runner.sh"
	behind part warn "The kernel's own WARN, let through" "${guest[@]}" --ktap=script --memory=1G \
		--expect-splat='WARNING: .*(io-pgtable|arm_v7s|arm_lpae)' "$top/scripts/guest/allow-warn"
	behind part fuzz-warn "The kernel's WARNs, each foreseen by the fuzzer" "${guest[@]}" --ktap=script \
		--expect-splat='WARNING: .*(io-pgtable|arm_v7s|arm_lpae)' "$top/scripts/guest/fuzz-warn"
	behind part dmatest "The kernel's dmatest, over the fake IOMMU, on $k_title" "${guest[@]}" "${dmatest[@]}"
	behind part swiotlb-none "kselftest without bounce buffers on $k_title" "${guest[@]}" --ktap=script \
		--append=swiotlb=noforce --with "$top/selftests" "$top/scripts/guest/swiotlb"
	behind part swiotlb-few "kselftest with few bounce buffers on $k_title" "${guest[@]}" --ktap=script \
		--append=swiotlb=512 --with "$top/selftests" "$top/scripts/guest/swiotlb"
	# There a page of the kernel is several of most IOMMUs.
	[ "$k_flavour" = 16k ] ||
		KERNEL=$k_suite/16k behind part pages-16k "kselftest of the fake IOMMU on $k_suite/16k" "${guest[@]}" \
			--ktap=script --append='LAB_ONLY=iommu*' --with "$top/selftests" "$top/scripts/guest/selftests"
	behind part high-ram "A machine without low memory" "${guest[@]}" --ktap=script --high-ram \
		--with "$top/selftests" "$top/scripts/guest/high-ram"
fi
wait

# No test at all is not a pass.
awk '
	{ passed += $1; failed += $2; skipped += $3 }
	END {
		if (!passed && !failed) failed++
		printf "%d passed, %d failed", passed, failed
		if (skipped) printf ", %d skipped", skipped
		print ""
		exit failed != 0
	}
' "$work"/*.counts
