#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a master limits: which of its buffers share cache lines and are bounced, which
# boundaries a segment does not cross, how long it is, and how many addresses there are.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
. ./iommu_lab.sh
iommu_require

sizes="8 9 16 17 24 32 33 48 63 64 65 96 97 100 128 129 192 193 255 256 257 512 1000 4096"

# bounces_what_shares_lines PROFILE MODE COHERENT DIR KIND
bounces_what_shares_lines() {
	iommu_have "$1" "$2" "$3"
	iommu_lines
	for size in $sizes; do
		iommu_due "$3" "$4" "$size"
		iommu_map "$master" "$5 $size dir=$4"
		ktap_expect "bytes bounced of $5 $size dir=$4, cache lines of $line" "$due" \
			"$(iommu_bounced)"
		lab_put "$master/use" "$buffer"
		lab_put "$master/unmap" "$buffer"
	done
	iommu_expect_clean "$iommu"
}

# One small element sends a whole list another way, in which only that is bounced.
one_small_element_is_bounced() {
	iommu_have "$1" strict noncoherent
	for elements in 4K,8@24,4K 8,8K 60000@100,20@4000 4K,4K,4K,24; do
		iommu_map "$master" "sg $elements dir=from"
		small=${elements#*,4K,4K,} small=${small#60000@100,} small=${small#4K,}
		small=${small%%[,@]*}
		ktap_expect "bytes bounced of sg $elements" "$small" "$(iommu_bounced)"
		lab_put "$master/use" "$buffer"
		lab_put "$master/unmap" "$buffer"
	done
	iommu_expect_clean "$iommu"
}

none_is_bounced_for_a_coherent_master() {
	iommu_have "$1" strict coherent
	iommu_map "$master" "sg 8,16,24,4K,100 dir=from"
	ktap_expect "bytes bounced" 0 "$(iommu_bounced)"
	lab_put "$master/use" "$buffer"
	lab_put "$master/unmap" "$buffer"
	iommu_expect_clean "$iommu"
}

# What lies beyond the mask is bounced where nothing is translated, and only there.
mask_bounces_without_translation() {
	lab_has_high_ram || ktap_skip "no RAM above 4 GB"
	iommu_have smmu "$1"
	bounced=0 high=0
	n=0
	while [ "$n" -lt 10 ]; do
		iommu_map "$master" "page 4K"
		[ "$(iommu_bounced)" = 0 ] || bounced=$((bounced + 1))
		[ $((iova)) -lt $((1 << 32)) ] || ktap_fail "iova $iova is beyond the mask"
		[ "$pa" = "not mapped" ] || [ $((pa)) -lt $((1 << 32)) ] || high=$((high + 1))
		lab_put "$master/use" "$buffer"
		n=$((n + 1))
	done
	case $1-$bounced-$high in
	strict-0-*) ;;
	identity-0-*) ktap_skip "the kernel gave low pages, although there is RAM above 4 GB" ;;
	identity-*-0) ;;
	*) ktap_fail "$1: of 10 pages $bounced were bounced, $high lie high" ;;
	esac
	iommu_expect_clean "$iommu"
}

# expect_segments BYTES: segments come to that, and keep to $boundary and $most
expect_segments() {
	iommu_segments "$master" >"$ktap_tmp/segments"
	sum=0
	while read -r first bytes; do
		sum=$((sum + bytes))
		[ "$bytes" -le "$most" ] || ktap_fail "a segment of $bytes bytes, at most $most"
		[ "$boundary" = 0 ] ||
			[ $((first / boundary)) = $(((first + bytes - 1) / boundary)) ] ||
			ktap_fail "a segment of $bytes bytes at $first crosses $boundary"
	done <"$ktap_tmp/segments"
	ktap_expect "bytes of all segments" "$1" "$sum"
}

# keeps_to_limits PROFILE BOUNDARY MOST DIR
keeps_to_limits() {
	boundary=$(lab_bytes "$2") most=$(lab_bytes "$3")
	iommu_have "$1" strict "boundary=$2 max-segment=$3"
	# Odd ones in the middle end a segment; whole pages go on in the same.
	iommu_map "$master" "sg 4K,4K,4K,4K,4K,4K,4K,4K dir=$4"
	expect_segments 32768
	lab_put "$master/use" "$buffer"
	lab_put "$master/unmap" "$buffer"
	iommu_map "$master" "sg 4K,1000@24,4K,3@4093,4K,4K,2000@1,4K@96 dir=$4"
	expect_segments 23483
	lab_put "$master/use" "$buffer"
	lab_put "$master/unmap" "$buffer"
	iommu_map "$master" "sg 1@4095,4096@1,1,4K,4095,4K dir=$4"
	expect_segments 16385
	lab_put "$master/use" "$buffer"
	lab_put "$master/unmap" "$buffer"
	iommu_expect_clean "$iommu"
}

# Whole pages that follow each other are one segment, as long as it may be.
merges_what_may_be_merged() {
	boundary=0 most=$((4 * page_bytes))
	iommu_have smmu
	iommu_map "$master" "sg $page_bytes,$page_bytes,$page_bytes,$page_bytes"
	expect_segments "$most"
	ktap_expect "segments" 1 "$(wc -l <"$ktap_tmp/segments")"
}

# 16 bits are 16 pages of 4 KB, of which the first is nobody's.
addresses_run_out() {
	iommu_have "$1" "$2" "mask=$3"
	n=0
	while lab_write "$master/map" "$4" && [ "$wrote" = 0 ]; do
		n=$((n + 1))
		[ "$n" -le "$5" ] || ktap_fail "more than $5 of '$4' in $3 bits"
	done
	ktap_expect "map that finds no address" ENOMEM "$wrote"
	[ "$n" -gt 0 ] || ktap_fail "not even one of '$4' in $3 bits"
	ktap_expect "buffers" "$n" "$(grep -c '^[0-9]' "$master/buffers")"
	lab_put "$master/unmap" 0
	# A flush queue gives addresses back later, 10 ms at the most.
	[ "$2" = strict ] || sleep 1
	lab_put "$master/map" "$4"
	iommu_expect_clean "$iommu"
}

# 32 output bits: what lies beyond is not mapped, and the kernel does not WARN.
memory_beyond_the_output_bits_is_not_mapped() {
	lab_has_high_ram || ktap_skip "no RAM above 4 GB"
	iommu_have "$1" strict noncoherent
	mapped=0 refused=0
	while [ $((mapped + refused)) -lt 20 ]; do
		lab_write "$master/map" "$2"
		case $wrote in
		0) mapped=$((mapped + 1)) ;;
		ENOMEM) refused=$((refused + 1)) ;;
		*) ktap_fail "map of '$2': $wrote" ;;
		esac
	done
	if grep -E -- '-> 0x[0-9a-f]{9,}$' "$master/buffers" >"$ktap_tmp/high"; then
		ktap_fail "mapped beyond 32 bits" "$(cat "$ktap_tmp/high")"
	fi
	[ "$refused" != 0 ] ||
		ktap_skip "the kernel gave low pages, although there is RAM above 4 GB"
	iommu_expect_clean "$iommu"
}

iommu_profiles >"$ktap_tmp/profiles"
grep -qx smmu "$ktap_tmp/profiles" || ktap_skip_all "no profile smmu in this kernel"
limits="0-64K 64K-64K 8K-64K 1M-8K 0-4K 8K-8K"
[ "$page_bytes" = 4096 ] || limits="0-64K 64K-64K 1M-64K"
ktap_plan $((2 * 3 * 2 * 2 + 3 + 2 + 3 * $(echo "$limits" | wc -w) + 1 + 8 + 2))
for mode in strict lazy; do
	for coherent in coherent noncoherent; do
		for dir in to from both; do
			for kind in kmalloc page; do
				ktap_test "$mode, $coherent, dir=$dir: of 8 to 4096 bytes of $kind is bounced what shares cache lines" \
					bounces_what_shares_lines smmu "$mode" "$coherent" "$dir" "$kind"
			done
		done
	done
done
ktap_test "one small element is bounced, smmu" one_small_element_is_bounced smmu
ktap_test "one small element is bounced, mtk" one_small_element_is_bounced mtk
ktap_test "none is bounced for a coherent master" none_is_bounced_for_a_coherent_master smmu
ktap_test "a mask of 32 bits bounces nothing that is translated" mask_bounces_without_translation strict
ktap_test "a mask of 32 bits bounces what lies beyond, without translation" \
	mask_bounces_without_translation identity
for limit in $limits; do
	for dir in to from both; do
		ktap_test "segments keep to boundary ${limit%-*} and ${limit#*-} bytes, dir=$dir" \
			keeps_to_limits smmu "${limit%-*}" "${limit#*-}" "$dir"
	done
done
ktap_test "pages that follow each other are one segment" merges_what_may_be_merged
for mode in strict lazy; do
	ktap_test "16 bits of addresses run out, $mode" addresses_run_out smmu "$mode" 16 "page 4K" 16
	ktap_test "24 bits of addresses run out, $mode" addresses_run_out smmu "$mode" 24 "attrs 1M" 16
	ktap_test "20 bits of addresses run out for a scatterlist, $mode" \
		addresses_run_out smmu "$mode" 20 "sg 60000,60000" 16
	ktap_test "20 bits of addresses run out for what is not contiguous, $mode" \
		addresses_run_out smmu "$mode" 20 "noncontiguous 100K" 16
done
for words in "page 4K" "sg 4K,4K"; do
	ktap_test "memory beyond the output bits is not mapped, $words" \
		memory_beyond_the_output_bits_is_not_mapped msm "$words"
done
ktap_finish
