#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# IOMMUs and masters come and go at good moments and at bad ones, and leave nothing.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
. ./iommu_lab.sh
iommu_require

cycles=${LAB_CYCLES:-1000}
# What may be left of them, in KB: half of what an object of 1 KB of each would come to
bound_kb=$((cycles / 2 + 64))

# platform_devices: what the kernel keeps of masters and of instances
platform_devices() {
	find /sys/bus/platform/devices/ /sys/devices/ /sys/class/iommu/ -maxdepth 1 -name '*io_pgtable_lab*' | wc -l
}

groups() {
	find /sys/kernel/iommu_groups/ -mindepth 1 -maxdepth 1 | wc -l
}

references() {
	cat /sys/module/io_pgtable_lab/refcnt
}

iommu_names() {
	set -- "$iommus"/*/
	echo "$*"
}

is_gone_when_destroyed() {
	before="$(iommu_names) $(platform_devices) $(groups)"
	iommu_have "$1"
	[ -d "$master" ] || ktap_fail "no directory $master"
	lab_put "$iommu/remove" m
	[ ! -e "$master" ] || ktap_fail "$master is still there"
	lab_put "$iommus/destroy" "$own-i"
	ktap_expect "IOMMUs, devices, groups" "$before" "$(iommu_names) $(platform_devices) $(groups)"
}

goes_with_buffers_mapped() {
	before="$(platform_devices) $(groups)"
	violated=$(awk 'NR > 1 { n += $3 } END { print n }' "$lab/rules")
	iommu_have "$1" "$2" noncoherent
	for words in "kmalloc 8 dir=from" "page 64K@8" "sg 4K,8,60000" "coherent 64K" "attrs 1M" \
		"noncontiguous 100K" "resource 64K"; do
		# Without translation a resource beyond the mask cannot be.
		[ "$2 ${words%% *}" = "identity resource" ] || lab_put "$master/map" "$words"
	done
	lab_put "$iommu/remove" m
	lab_put "$iommus/destroy" "$own-i"
	ktap_expect "devices, groups" "$before" "$(platform_devices) $(groups)"
	ktap_expect "violations of all rules" "$violated" \
		"$(awk 'NR > 1 { n += $3 } END { print n }' "$lab/rules")"
}

goes_with_a_domain_taken() {
	iommu_have smmu
	lab_put "$master/domain" take
	lab_put "$master/domain" "map 0x100000 0x40000000 64K rw"
	lab_put "$iommu/remove" m
	iommu_expect_clean "$iommu"
}

stays_while_it_has_masters() {
	iommu_have smmu
	iommu_map "$master" "page 4K"
	lab_write "$iommus/destroy" "$own-i"
	ktap_expect "destroy" EBUSY "$wrote"
	lab_put "$master/use" "$buffer"
	lab_put "$iommu/remove" m
	lab_put "$iommus/destroy" "$own-i"
}

# What is open is not what is there: a file of a master that went says so.
fails_once_removed() {
	iommu_have smmu
	exec 9<"$master/$1"
	lab_put "$iommu/remove" m
	if cat <&9 >/dev/null 2>&1; then
		exec 9<&-
		ktap_fail "reading $1 of a master that was removed"
	fi
	exec 9<&-
}

name_is_taken_once() {
	iommu_have smmu
	lab_write "$iommus/create" "profile=mtk name=$own-i"
	ktap_expect "create" EEXIST "$wrote"
	lab_write "$iommu/add" "name=m"
	ktap_expect "add" EEXIST "$wrote"
	iommu_create "$own-j" "profile=smmu"
	iommu_add "$own-j" m
	iommu_try "$master" "page 4K"
}

unnamed_has_lowest_number() {
	n=0
	while [ -d "$iommus/$n" ]; do n=$((n + 1)); done
	lab_put "$iommus/create" "profile=smmu"
	there=$([ -d "$iommus/$n" ] && echo yes)
	[ -z "$there" ] || lab_put "$iommus/destroy" "$n"
	ktap_expect "IOMMU $n created" yes "$there"
}

# As many as a board may have, and none meets another.
masters_do_not_meet() {
	iommu_have smmu
	n=0
	while [ "$n" -lt 8 ]; do
		iommu_add "$own-i" "m$n"
		iommu_map "$master" "page 4K"
		eval "iova$n=$iova pa$n=$pa"
		n=$((n + 1))
	done
	# shellcheck disable=SC2154 # by eval
	ktap_expect "iova of the first and the last master" "$iova0" "$iova7"
	# shellcheck disable=SC2154
	[ "$pa0" != "$pa7" ] || ktap_fail "both lead to $pa0"
	ktap_expect "groups of all masters" 9 \
		"$(for dir in "$iommu/masters"/*; do lab_value "$dir/info" group; done | sort -u | wc -l)"
	iommu_expect_clean "$iommu"
}

modules_stay_while_there_is_a_master() {
	[ -e /sys/module/io_pgtable_lab/refcnt ] || ktap_skip "the lab is built in"
	before=$(references)
	iommu_have smmu
	iommu_map "$master" "page 4K"
	[ "$(references)" -gt "$before" ] || ktap_fail "a master holds no reference of the module"
	! rmmod io_pgtable_lab 2>/dev/null || ktap_fail "rmmod was let through"
	lab_put "$master/use" "$buffer"
	lab_put "$iommu/remove" m
	ktap_expect "references of the module" "$before" "$(references)"
}

# Only the winner of a name gets it, and nobody harms the other.
creators_and_destroyers_race() {
	n=0
	while [ "$n" -lt 20 ]; do
		for racer in 1 2 3; do
			(
				echo "profile=smmu name=$own-r" >"$iommus/create"
				echo "name=m" >"$iommus/$own-r/add"
				echo "page 4K" >"$iommus/$own-r/masters/m/map"
				echo "m" >"$iommus/$own-r/remove"
				echo "$own-r" >"$iommus/destroy"
			) 2>/dev/null &
		done
		wait
		iommu_destroy_own "$own-r" 2>/dev/null
		n=$((n + 1))
	done
	[ ! -d "$iommus/$own-r" ] || ktap_fail "$own-r is still there"
	iommu_have smmu
	iommu_try "$master" "page 4K"
}

memory_kb() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sed -n 's/^SUnreclaim: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

# One life: an IOMMU, a master, a buffer that is used.
live() {
	{
		echo "profile=smmu name=$own-c mode=$1" >"$iommus/create" &&
			echo "name=m noncoherent" >"$iommus/$own-c/add" &&
			echo "sg 4K,8,64" >"$iommus/$own-c/masters/m/map" &&
			echo 0 >"$iommus/$own-c/masters/m/use" &&
			echo m >"$iommus/$own-c/remove" &&
			echo "$own-c" >"$iommus/destroy"
	} || ktap_fail "life $n failed" "$(dmesg | tail -n 5)"
}

lives_leave_nothing() {
	n=0
	while [ "$n" -lt 50 ]; do
		live "$1"
		n=$((n + 1))
	done
	before="$(iommu_names) $(platform_devices) $(groups) $(references)"
	memory=$(memory_kb)
	n=0
	while [ "$n" -lt "$cycles" ]; do
		live "$1"
		n=$((n + 1))
	done
	ktap_expect "IOMMUs, devices, groups, references of the module" "$before" \
		"$(iommu_names) $(platform_devices) $(groups) $(references)"
	left=$(($(memory_kb) - memory))
	ktap_diag "$left KB of slabs are left of $cycles lives"
	[ "$left" -le "$bound_kb" ] ||
		ktap_fail "memory left" "  expected: at most $bound_kb KB" "  got:      $left KB"
}

# kmemleak finds what is new from the second scan on, once it is 5 s old.
kmemleak_finds_nothing() {
	leaks=/sys/kernel/debug/kmemleak
	[ -e "$leaks" ] || ktap_skip "no kmemleak in this kernel"
	sleep 6
	{ echo scan >"$leaks" && echo scan >"$leaks"; } || ktap_skip "kmemleak has given up"
	! grep -q io_pgtable_lab "$leaks" || ktap_fail "kmemleak" "$(head -n 40 "$leaks")"
}

ktap_plan 19
for profile in smmu mtk; do
	ktap_test "an IOMMU is gone when it is destroyed, $profile" is_gone_when_destroyed "$profile"
done
for mode in strict lazy identity; do
	ktap_test "a master goes with buffers mapped, $mode" goes_with_buffers_mapped smmu "$mode"
done
ktap_test "a master goes with a domain taken" goes_with_a_domain_taken
ktap_test "an IOMMU stays while it has masters" stays_while_it_has_masters
for file in info buffers faults access; do
	ktap_test "an open file fails once its master is removed: $file" fails_once_removed "$file"
done
ktap_test "a name is taken once" name_is_taken_once
ktap_test "an IOMMU without a name has the lowest free number" unnamed_has_lowest_number
ktap_test "masters do not meet" masters_do_not_meet
ktap_test "the module stays while there is a master" modules_stay_while_there_is_a_master
ktap_test "creators and destroyers race for a name" creators_and_destroyers_race
for mode in strict lazy; do
	ktap_test "$cycles lives leave nothing, $mode" lives_leave_nothing "$mode"
done
ktap_test "kmemleak finds nothing" kmemleak_finds_nothing
ktap_finish
