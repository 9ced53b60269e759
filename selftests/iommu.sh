#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's DMA API over the fake IOMMU: buffers of every kind, behind every IOMMU of
# the field, in every mode; and what sysfs and the files show of it.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
. ./iommu_lab.sh
iommu_require

modes="strict lazy identity"
# What iommu groups call them
type_of() {
	case $1 in
	strict) echo DMA ;;
	lazy) echo DMA-FQ ;;
	identity) echo identity ;;
	esac
}

# All kinds; what is no memory cannot be used.
kinds='
kmalloc 8 dir=from
kmalloc 100 dir=both
kmalloc 4K dir=to
page 1
page 4096@1 dir=from
page 60000@100
sg 4K
sg 4K,1000@24,8,60000,3@4093 dir=from
sg 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
coherent 100
coherent 64K
attrs 256K
attrs 64K attrs=single-pages
attrs 64K attrs=contiguous
noncontiguous 100K
noncontiguous 64K dir=from
'

# every_kind PROFILE MODE COHERENT
every_kind() {
	iommu_have "$1" "$2" "$3"
	ktap_expect "domain" "$(type_of "$2")" "$(lab_value "$master/info" domain)"
	echo "$kinds" >"$ktap_tmp/kinds"
	while read -r words; do
		[ -z "$words" ] || iommu_try "$master" "$words"
	done <"$ktap_tmp/kinds"
	ktap_expect "buffers" "" "$(cat "$master/buffers")"
	ktap_expect "faults" 0 "$(sed 's/ .*//;q' "$master/faults")"
	iommu_expect_clean "$iommu"
}

# There is no memory behind it: it is mapped, and that is all.
resource_is_mapped() {
	iommu_have "$1"
	iommu_map "$master" "resource 64K"
	case $pa in
	0x*) ;;
	*) ktap_fail "a resource leads to '$pa'" ;;
	esac
	lab_write "$master/use" "$buffer"
	ktap_expect "use" EOPNOTSUPP "$wrote"
	lab_put "$master/unmap" "$buffer"
	iommu_expect_clean "$iommu"
}

# no-mapping: the CPU has no address of it, the device has.
is_reached_by_the_device_alone() {
	iommu_have "$1"
	iommu_map "$master" "attrs 64K attrs=no-mapping"
	lab_write "$master/use" "$buffer"
	ktap_expect "use" EOPNOTSUPP "$wrote"
	lab_put "$master/access" "w $iova 64K"
	lab_put "$master/access" "r $(printf '0x%x' $((iova + 0x1008))) 8"
	ktap_expect "bytes read" "08 09 0a 0b 0c 0d 0e 0f" \
		"$(lab_value "$master/access" "$(printf '0x%x' $((iova + 0x1008)))")"
	lab_put "$master/unmap" "$buffer"
	iommu_expect_clean "$iommu"
}

# Passing proves that all are mapped at the same time, each where it says.
many_live_side_by_side() {
	iommu_have "$1"
	n=0
	while [ "$n" -lt 40 ]; do
		lab_put "$master/map" "page $((n * 100 + 1))@$n"
		n=$((n + 1))
	done
	ktap_expect "buffers" 40 "$(grep -c '^[0-9]' "$master/buffers")"
	n=0
	while [ "$n" -lt 40 ]; do
		lab_put "$master/use" "$n"
		n=$((n + 1))
	done
	n=39
	while [ "$n" -ge 0 ]; do
		lab_put "$master/unmap" "$n"
		n=$((n - 1))
	done
	ktap_expect "buffers" "" "$(cat "$master/buffers")"
	iommu_expect_clean "$iommu"
}

# Mappers on every CPU, into one domain.
many_map_at_once() {
	iommu_have "$1" "$2" noncoherent
	for worker in 1 2 3 4; do
		(
			n=0
			while [ "$n" -lt 50 ]; do
				echo "page $((worker * 1000 + n))@$n" >"$master/map" &&
					echo "sg 4K,$((n + 1)),8 dir=from" >"$master/map" || exit
				n=$((n + 1))
			done
			echo ended >"$ktap_tmp/worker$worker"
		) 2>/dev/null &
	done
	wait
	ktap_expect "workers that came to an end" 4 "$(cat "$ktap_tmp"/worker? | wc -l)"
	grep '^[0-9]' "$master/buffers" | cut -d: -f 1 >"$ktap_tmp/numbers"
	ktap_expect "buffers" 400 "$(sort -u "$ktap_tmp/numbers" | wc -l)"
	for worker in 0 1; do
		awk "NR % 2 == $worker" "$ktap_tmp/numbers" >"$ktap_tmp/half$worker"
		(
			while read -r number; do
				echo "$number" >"$master/use"
				echo "$number" >"$master/unmap"
			done <"$ktap_tmp/half$worker"
		) &
	done
	wait
	ktap_expect "buffers" "" "$(cat "$master/buffers")"
	iommu_expect_clean "$iommu"
}

# The engine copies what is in one buffer into another, through both mappings.
engine_copies() {
	iommu_have "$1"
	iommu_map "$master" "page 8K dir=to"
	from=$iova
	iommu_map "$master" "coherent 8K"
	to=$iova
	iommu_map "$master" "coherent 8K"
	lab_put "$master/access" "w $iova 8K"
	lab_put "$master/copy" "$to $iova 8K"
	lab_put "$master/access" "r $to 4"
	ktap_expect "bytes copied" "00 01 02 03" "$(lab_value "$master/access" "$to")"
	lab_put "$master/copy" "$to $from 8K"
	lab_put "$master/access" "r $to 4"
	case $(lab_value "$master/access" "$to") in
	"00 01 02 03") ktap_fail "nothing was copied the second time" ;;
	esac
}

moved_bytes_are_counted() {
	iommu_have "$1"
	iommu_map "$master" "page 4K"
	lab_put "$master/access" "w $iova 1000"
	lab_put "$master/access" "r $iova 24"
	ktap_expect "moved" "1024 bytes" "$(lab_value "$master/info" moved)"
}

# 4 KB of a buffer are a page of tables, and more than one access asks for it.
stats_count() {
	iommu_have "$1"
	granule=$(sed -n 's/.* granule=\([^ ]*\).*/\1/p' "$iommu/config")
	iommu_map "$master" "page 4K"
	lab_put "$master/access" "w $iova 8"
	lab_put "$master/access" "w $iova 8"
	ktap_expect "domain, mapped" "DMA $(lab_bytes "$granule") bytes" \
		"$(lab_value "$iommu/stats" domain) $(lab_value "$iommu/stats" mapped)"
	ktap_expect "maps, unmaps" "1 0" \
		"$(lab_value "$iommu/stats" maps) $(lab_value "$iommu/stats" unmaps)"
	lab_put "$master/unmap" "$buffer"
	ktap_expect "maps, unmaps" "1 1" \
		"$(lab_value "$iommu/stats" maps) $(lab_value "$iommu/stats" unmaps)"
	ktap_expect "mapped" "0 bytes" "$(lab_value "$iommu/stats" mapped)"
	case $(lab_value "$iommu/stats" tlb) in
	"1 hits, "*" misses, "[1-9]*" invalidations") ;;
	*) ktap_fail "tlb: $(lab_value "$iommu/stats" tlb)" ;;
	esac
}

# MediaTek's: tables below 4 GB, wherever the buffers lie.
tables_lie_low_and_buffers_high() {
	lab_has_high_ram || ktap_skip "no RAM above 4 GB"
	iommu_have "$1" strict noncoherent
	n=0
	while [ "$n" -lt 20 ]; do
		iommu_map "$master" "page 4K"
		[ $((pa)) -ge $((1 << 32)) ] && high=$pa
		n=$((n + 1))
	done
	[ -n "$high" ] || ktap_skip "the kernel gave low pages, although there is RAM above 4 GB"
	ktap_expect "tables below 4 GB" "$(lab_value "$iommu/stats" tables)" \
		"$(lab_value "$iommu/stats" "below 4 GB")"
	iommu_expect_clean "$iommu"
}

sysfs_shows() {
	iommu_create "$own-i" "profile=$1 mode=$2 reserved=0x8000000-0x80fffff"
	iommu_add "$own-i" m
	device=$(lab_value "$master/info" device) group=$(lab_value "$master/info" group)
	[ -d "/sys/class/iommu/io_pgtable_lab-$own-i/devices/$device" ] ||
		ktap_fail "no $device in /sys/class/iommu/io_pgtable_lab-$own-i/devices" \
			"$(ls -R "/sys/class/iommu/io_pgtable_lab-$own-i/")"
	[ -e "/sys/kernel/iommu_groups/$group/devices/$device" ] ||
		ktap_fail "no $device in /sys/kernel/iommu_groups/$group"
	ktap_expect "devices of the group" 1 "$(find "/sys/kernel/iommu_groups/$group/devices/" -type l | wc -l)"
	ktap_expect "type" "$(type_of "$2")" "$(cat "/sys/kernel/iommu_groups/$group/type")"
	grep -q '^0x0*8000000 0x0*80fffff reserved$' "/sys/kernel/iommu_groups/$group/reserved_regions" ||
		ktap_fail "reserved_regions" "$(cat "/sys/kernel/iommu_groups/$group/reserved_regions")"
	lab_put "$iommus/$own-i/remove" m
	[ ! -e "/sys/kernel/iommu_groups/$group" ] || ktap_fail "group $group is still there"
	lab_put "$iommus/destroy" "$own-i"
	[ ! -e "/sys/class/iommu/io_pgtable_lab-$own-i" ] || ktap_fail "the IOMMU is still in sysfs"
}

# What nobody may use is not used, though all around it is.
reserved_addresses_are_not_used() {
	# With 20 bits there are 256 pages of 4 KB, of which so many stay.
	iommu_create "$own-i" "profile=$1 reserved=0x10000-0xeffff"
	iommu_add "$own-i" m mask=20
	while echo "page 4K" 2>/dev/null >"$master/map"; do :; done
	[ "$(sed -n '$=' "$master/buffers")" ] || ktap_fail "nothing could be mapped"
	iommu_segments "$master" | while read -r first bytes; do
		[ $((first + bytes)) -le $((0x10000)) ] || [ $((first)) -ge $((0xf0000)) ] ||
			ktap_fail "iova $first is reserved"
	done || exit
	iommu_expect_clean "$iommus/$own-i"
}

config_can_be_written_again() {
	iommu_create "$own-i" "profile=$1 mode=lazy reserved=0x10000-0x1ffff"
	words=$(cat "$iommus/$own-i/config")
	lab_put "$iommus/destroy" "$own-i"
	lab_put "$iommus/create" "$words"
	ktap_expect "config" "$words" "$(cat "$iommus/$own-i/config")"
}

info_says_what_was_asked_for() {
	iommu_have smmu strict "mask=40 boundary=1M max-segment=8K noncoherent"
	ktap_expect "mask, boundary, max segment, coherent, channel" "40 1M 8192 no none" \
		"$(for key in mask boundary 'max segment' coherent channel; do
			lab_value "$master/info" "$key"
		done | tr '\n' ' ' | sed 's/ $//')"
}

iommu_profiles >"$ktap_tmp/profiles"
profiles=$(wc -l <"$ktap_tmp/profiles")
[ "$profiles" != 0 ] || ktap_skip_all "no profile can be had in this kernel"
ktap_plan $((profiles * (4 + 5) + 10))
while read -r profile; do
	for mode in $modes; do
		ktap_test "$profile, $mode: every kind of buffer is mapped, used and unmapped" \
			every_kind "$profile" "$mode" noncoherent
	done
	ktap_test "$profile, coherent: every kind of buffer is mapped, used and unmapped" \
		every_kind "$profile" strict coherent
	ktap_test "$profile: what is no memory is mapped" resource_is_mapped "$profile"
	ktap_test "$profile: the device alone reaches what has no mapping of the CPU" \
		is_reached_by_the_device_alone "$profile"
	ktap_test "$profile: the engine copies" engine_copies "$profile"
	ktap_test "$profile: stats count" stats_count "$profile"
	ktap_test "$profile: config can be written again" config_can_be_written_again "$profile"
done <"$ktap_tmp/profiles"
for mode in $modes; do
	ktap_test "sysfs shows IOMMU, group and device, $mode" sysfs_shows smmu "$mode"
done
ktap_test "reserved addresses are not used" reserved_addresses_are_not_used smmu
ktap_test "tables lie below 4 GB, and buffers above" tables_lie_low_and_buffers_high mtk
ktap_test "many buffers live side by side" many_live_side_by_side smmu
for mode in strict lazy; do
	ktap_test "many map at once, $mode" many_map_at_once smmu "$mode"
done
ktap_test "moved bytes are counted" moved_bytes_are_counted smmu
ktap_test "info says what was asked for" info_says_what_was_asked_for
ktap_finish
