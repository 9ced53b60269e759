#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel without bounce buffers (swiotlb=noforce), or with so few (swiotlb=512) that
# they run out: what has to be bounced is not mapped then, and all else is as ever.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
. ./iommu_lab.sh
iommu_require

read -r cmdline </proc/cmdline
case " $cmdline " in
*" swiotlb=noforce "*) few= ;;
*" swiotlb="[0-9]*) few=${cmdline##*swiotlb=} few=${few%%[ ,]*} ;;
*) ktap_skip_all "no swiotlb=noforce nor swiotlb=NUMBER on the kernel's command line" ;;
esac

# is_not_mapped WORDS: for want of a bounce buffer, and nothing is left of it
is_not_mapped() {
	before=$(lab_value "$iommu/stats" mapped)
	lab_write "$master/map" "$1"
	ktap_expect "map of '$1'" ENOMEM "$wrote"
	ktap_expect "mapped" "$before" "$(lab_value "$iommu/stats" mapped)"
}

works_without_bouncing() {
	for words in "kmalloc 8 dir=to" "kmalloc 256 dir=from" "page 4K dir=from" "sg 4K,512,64K" \
		"coherent 64K" "attrs 256K" "noncontiguous 64K"; do
		iommu_try "$master" "$words"
	done
}

# Without bounce buffers kmalloc() has no caches that share lines, on some machines; then
# nothing has to be bounced, and all is mapped.
needs_bounce_buffers() {
	iommu_have "$1" "$2" noncoherent
	iommu_lines
	for dir in from both to; do
		for size in 1 8 20 24 48 64 96 100 192 255 256 4000; do
			iommu_due noncoherent "$dir" "$size"
			for words in "kmalloc $size" "page $size@8" "sg 4K,$size,4K"; do
				if [ "$due" = 0 ]; then
					iommu_map "$master" "$words dir=$dir"
					ktap_expect "bytes bounced of $words dir=$dir" 0 "$(iommu_bounced)"
					lab_put "$master/use" "$buffer"
					lab_put "$master/unmap" "$buffer"
				else
					is_not_mapped "$words dir=$dir"
				fi
			done
		done
	done
	works_without_bouncing
	iommu_expect_clean "$iommu"
}

# What lies beyond the mask would have to be bounced where nothing translates.
is_refused_beyond_the_mask() {
	iommu_have smmu identity
	n=0 refused=0
	while [ "$n" -lt 10 ]; do
		lab_write "$master/map" "page 4K"
		case $wrote in
		0) ;;
		EOPNOTSUPP) refused=$((refused + 1)) ;;
		*) ktap_fail "map: $wrote" ;;
		esac
		n=$((n + 1))
	done
	! grep -qE -- '-> 0x[0-9a-f]{9,}$' "$master/buffers" ||
		ktap_fail "beyond the mask" "$(cat "$master/buffers")"
	[ "$refused" != 0 ] || ktap_skip "the kernel gave no page above 4 GB"
	iommu_expect_clean "$iommu"
}

coherent_master_needs_none() {
	iommu_have "$1" "$2" coherent
	for words in "kmalloc 8 dir=from" "page 100@8 dir=from" "sg 8,4K,8,60000,100"; do
		iommu_try "$master" "$words"
	done
	iommu_expect_clean "$iommu"
}

# fill: take bounce buffers until there is none, $full of them
fill() {
	full=0
	while echo "kmalloc 8 dir=from" 2>/dev/null >"$master/map"; do
		full=$((full + 1))
		[ "$full" -le "$few" ] || ktap_fail "more than $few buffers are bounced"
	done
	[ "$full" -gt 10 ] || ktap_fail "no more than $full buffers were bounced"
}

empty() {
	sed -n 's/^\([0-9]*\): .*/\1/p' "$master/buffers" >"$ktap_tmp/numbers"
	while read -r number; do
		lab_put "$master/unmap" "$number"
	done <"$ktap_tmp/numbers"
}

# runs_out PROFILE MODE
runs_out() {
	iommu_have "$1" "$2" noncoherent
	fill
	first=$full
	is_not_mapped "kmalloc 8 dir=from"
	is_not_mapped "sg 4K,8,4K dir=from"
	is_not_mapped "sg 4K,60000,4K,8 dir=both"
	works_without_bouncing
	iommu_last "$master"
	lab_put "$master/use" "$buffer"
	lab_put "$master/unmap" "$buffer"
	lab_put "$master/map" "kmalloc 8 dir=from"
	empty
	fill
	ktap_expect "bounce buffers, the second time" "$first" "$full"
	empty
	ktap_expect "mapped" "0 bytes" "$(lab_value "$iommu/stats" mapped)"
	iommu_expect_clean "$iommu"
}

iommu_profiles | grep -qx smmu || ktap_skip_all "no profile smmu in this kernel"
if [ -z "$few" ]; then
	ktap_plan 7
	for profile in smmu smmu-noncoherent mtk; do
		ktap_test "what has to be bounced is not mapped, $profile" needs_bounce_buffers "$profile" strict
	done
	ktap_test "what has to be bounced is not mapped, lazy" needs_bounce_buffers smmu lazy
	for mode in strict lazy; do
		ktap_test "a coherent master needs no bounce buffer, $mode" coherent_master_needs_none smmu "$mode"
	done
	ktap_test "what lies beyond the mask is refused where nothing translates" is_refused_beyond_the_mask
else
	ktap_plan 2
	ktap_test "bounce buffers run out, and come back, lazy" runs_out smmu lazy
	ktap_test "bounce buffers run out, and come back, mtk" runs_out mtk strict
fi
ktap_finish
