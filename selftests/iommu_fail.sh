#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory that cannot be had, by the kernel's own fault injection, for this program alone:
# what is larger than a page, and then every allocation in turn. Distro kernels have none.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
. ./iommu_lab.sh
iommu_require
debug=/sys/kernel/debug
pages=$debug/fail_page_alloc
if [ ! -d "$pages" ] || [ ! -e /proc/self/make-it-fail ] || [ ! -e /proc/self/fail-nth ]; then
	ktap_skip_all "this kernel has no fault injection of pages for one task"
fi

knobs="probability interval times space verbose task-filter ignore-gfp-wait min-order
	ignore-gfp-highmem reject-start reject-end require-start require-end"
for where in fail_page_alloc failslab; do
	for knob in $knobs; do
		[ ! -e "$debug/$where/$knob" ] || echo "$where/$knob $(cat "$debug/$where/$knob")"
	done
done >"$ktap_tmp/was"

reset_knobs() {
	while read -r knob value; do
		echo "$value" >"$debug/$knob"
	done <"$ktap_tmp/was"
}
ktap_after_each() {
	reset_knobs
	iommu_destroy_own "$own"
}
ktap_at_exit() {
	reset_knobs
	iommu_destroy_own "$own"
}

# set_knobs WHERE KNOB=VALUE...
set_knobs() {
	where=$1
	shift
	for knob; do
		[ ! -e "$debug/$where/${knob%%=*}" ] || echo "${knob#*=}" >"$debug/$where/${knob%%=*}"
	done
}

# range_of FUNCTION: its first address and the one behind its last, or nothing
range_of() {
	awk -v name="$1" 'start && $1 > start { print "0x" start, "0x" $1; exit }
		$3 == name { start = $1 }' /proc/kallsyms
}

# only_below FUNCTION: what is requested elsewhere does not fail
only_below() {
	range=$(range_of "$1")
	[ -n "$range" ] || ktap_skip "this kernel has no function $1 to be told apart"
	set_knobs fail_page_alloc require-start="${range% *}" require-end="${range#* }"
}

# without_large_pages FILE TEXT: write it, while this task gets single pages alone; the
# number of requests that failed is $failed, and whether it was taken $took. Slabs of
# larger objects get theirs: they are not what this is about.
without_large_pages() {
	range=$(range_of new_slab)
	if [ ! -e "$pages/reject-start" ] || [ -z "$range" ]; then
		ktap_skip "slabs cannot be spared (CONFIG_FAULT_INJECTION_STACKTRACE_FILTER)"
	fi
	# Opened before: that takes memory.
	exec 7>/proc/self/make-it-fail 8>"$1"
	set_knobs fail_page_alloc task-filter=Y verbose=0 ignore-gfp-wait=N ignore-gfp-highmem=N \
		min-order=1 times=100000 interval=1 space=0 reject-start="${range% *}" \
		reject-end="${range#* }" probability=100
	took=no
	{
		echo 1 >&7
		if echo "$2" >&8; then
			took=yes
		fi
		until echo 0 >&7; do :; done
	} 2>/dev/null
	exec 7>&- 8>&-
	failed=$((100000 - $(cat "$pages/times")))
	reset_knobs
}

# What iommu-dma asks for in large pieces first, it takes in single pages then.
falls_back_to_single_pages() {
	iommu_have "$1" "$2" "$3"
	only_below __iommu_dma_alloc_noncontiguous
	without_large_pages "$master/map" "$4"
	ktap_expect "'$4' mapped" yes "$took"
	[ "$failed" -gt 0 ] || ktap_fail "no request for more than a page was made, or failed"
	iommu_last "$master"
	lab_put "$master/use" "$buffer"
	lab_put "$master/unmap" "$buffer"
	iommu_expect_clean "$iommu"
}

# What has to be in one piece cannot be had.
fails_cleanly() {
	iommu_have "$1" strict noncoherent
	without_large_pages "$master/map" "$2"
	ktap_expect "'$2' mapped" no "$took"
	ktap_expect "mapped" "0 bytes" "$(lab_value "$iommu/stats" mapped)"
	ktap_expect "buffers" "" "$(cat "$master/buffers")"
	iommu_try "$master" "$2"
	iommu_expect_clean "$iommu"
}

# each_fails FILE TEXT UNDO: the first allocation fails, then the second, and so on, until
# so many tries in a row succeed that none can be left
each_fails() {
	set_knobs fail_page_alloc verbose=0 ignore-gfp-wait=N ignore-gfp-highmem=N min-order=0
	set_knobs failslab verbose=0 ignore-gfp-wait=N
	nth=0 bad=0 good=0
	while [ "$good" -lt 12 ]; do
		nth=$((nth + 1))
		[ "$nth" -lt 1000 ] || ktap_fail "$bad of 1000 tries failed, and no end"
		# Builtins all of them: the count is of this task.
		echo "$nth" >/proc/self/fail-nth
		if echo "$2" 2>/dev/null >"$1"; then
			echo 0 >/proc/self/fail-nth
			good=$((good + 1))
			"$3"
		else
			echo 0 >/proc/self/fail-nth
			bad=$((bad + 1)) good=0
		fi
	done 2>/dev/null
	ktap_diag "$bad of $nth tries failed"
	[ "$bad" -ge "$4" ] || ktap_fail "no more than $bad tries failed, at least $4 are due"
}

unmap_last() {
	iommu_last "$master"
	lab_put "$master/unmap" "$buffer"
}

give_back() {
	lab_put "$master/domain" give
}

remove_it() {
	lab_put "$iommu/remove" x
}

destroy_it() {
	lab_put "$iommus/destroy" "$own-x"
}

every_allocation_of_a_map_fails() {
	iommu_have "$1" "$2" noncoherent
	each_fails "$master/map" "$3" unmap_last 2
	ktap_expect "mapped" "0 bytes" "$(lab_value "$iommu/stats" mapped)"
	iommu_try "$master" "$3"
	iommu_expect_clean "$iommu"
}

every_allocation_of_an_iommu_fails() {
	iommu_have smmu
	each_fails "$iommus/create" "profile=$1 name=$own-x" destroy_it 3
	iommu_try "$master" "page 4K"
}

every_allocation_of_a_domain_fails() {
	iommu_have smmu
	each_fails "$master/domain" take give_back 3
	iommu_try "$master" "page 4K"
	iommu_expect_clean "$iommu"
}

# Up to some kernel before 7.3 that is an oops, and not the lab's (findings.rst).
every_allocation_of_a_master_fails() {
	case $(uname -r) in
	6.* | 7.[0-2][.-]*)
		ktap_skip "iova_domain_init_rcaches() may hand a NULL to kmem_cache_free() here (Documentation/findings.rst)"
		;;
	esac
	iommu_have smmu
	each_fails "$iommu/add" "name=x mask=40" remove_it 10
	iommu_try "$master" "page 4K"
	iommu_expect_clean "$iommu"
}

ktap_plan 19
# Pieces are as large as pages of the IOMMU: 2 MB of an SMMU's, 1 MB and 64 KB of MediaTek's.
for kind in attrs noncontiguous; do
	for mode in strict lazy; do
		ktap_test "$kind 2M falls back to single pages, $mode" \
			falls_back_to_single_pages smmu "$mode" noncoherent "$kind 2M"
	done
	ktap_test "$kind 1M falls back to single pages, mtk" \
		falls_back_to_single_pages mtk strict noncoherent "$kind 1M"
	ktap_test "$kind 2M falls back to single pages, for a coherent master" \
		falls_back_to_single_pages smmu strict coherent "$kind 2M"
done
for words in "page 64K" "sg 4K,64K,8" "attrs 64K attrs=contiguous"; do
	ktap_test "$words cannot be had without large pages" fails_cleanly smmu "$words"
done
for words in "kmalloc 8 dir=from" "sg 4K,8,60000 dir=from" "coherent 64K" "noncontiguous 16K"; do
	ktap_test "every allocation for $words fails" \
		every_allocation_of_a_map_fails smmu strict "$words"
done
ktap_test "every allocation for sg 4K,8,60000 fails, lazy" \
	every_allocation_of_a_map_fails smmu lazy "sg 4K,8,60000 dir=from"
ktap_test "every allocation for an IOMMU fails" every_allocation_of_an_iommu_fails smmu
ktap_test "every allocation for a master fails" every_allocation_of_a_master_fails
ktap_test "every allocation for a domain fails" every_allocation_of_a_domain_fails
ktap_finish
