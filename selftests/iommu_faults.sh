#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a master's engine must not reach ends in a fault that says what and where; and a
# domain that people map in by hand.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
. ./iommu_lab.sh
iommu_require

# last_fault MASTER: "r|w IOVA KIND LEVEL" of the last, and how many there were
last_fault() {
	sed -n -e '1s/ .*//p' -e '$s/^[0-9]*: \([a-z]*\) at \(0x[0-9a-f]*\), \([a-z]*\), level \([0-9]\).*/\1 \2 \3 \4/p' \
		"$1/faults" | tr '\n' ' ' | sed 's/ $//'
}

# expect_fault ACCESS KIND LEVEL NUMBER: it ends in that fault, which is so manieth
expect_fault() {
	lab_write "$master/access" "$1"
	ktap_expect "access '$1'" EFAULT "$wrote"
	what=read at=${1#? }
	[ "${1%% *}" = r ] || what="write"
	ktap_expect "faults, the last" "$4 $what ${at%% *} $2 $3" "$(last_fault "$master")"
}

# Where the way ends, and not before: the root has an entry, once something is mapped.
translation_fault_has_its_level() {
	iommu_have "$1"
	expect_fault "r 0x10000 4" translation "$2" 1
	iommu_map "$master" "page 4K"
	next=$(printf '0x%x' $((iova - page_bytes)))
	expect_fault "w $next 1" translation "$3" 2
	lab_put "$master/unmap" "$buffer"
	expect_fault "r $iova 1" translation "$3" 3
	iommu_expect_clean "$iommu"
}

# What lies at the end of a buffer is moved, what follows it is not.
access_ends_where_the_mapping_ends() {
	iommu_have smmu
	iommu_map "$master" "page $page_bytes"
	end=$(printf '0x%x' $((iova + page_bytes)))
	lab_put "$master/access" "w $(printf '0x%x' $((end - 4))) 4"
	lab_write "$master/access" "w $(printf '0x%x' $((end - 4))) 8"
	# Above the buffer is the end of 32 bits, or what was mapped before.
	ktap_expect "access over the end" EFAULT "$wrote"
	ktap_expect "faults, the last" "1 write $end translation" \
		"$(last_fault "$master" | sed 's/ [0-9]$//')"
	ktap_expect "moved" "8 bytes" "$(lab_value "$master/info" moved)"
}

# permission PROFILE DIR ACCESS: a direction lets one of both through
permission_is_kept_to() {
	iommu_have "$1"
	iommu_map "$master" "page 4K dir=$2"
	case $2 in
	to) good=r bad=w ;;
	from) good=w bad=r ;;
	esac
	lab_put "$master/access" "$good $iova 8"
	expect_fault "$bad $iova 8" permission 3 1
	lab_put "$master/access" "$good $iova 8"
	lab_put "$master/use" "$buffer"
	ktap_expect "faults" 1 "$(sed 's/ .*//;q' "$master/faults")"
	iommu_expect_clean "$iommu"
}

# Walkers of this kind have no bit that forbids a read, and MediaTek's has none at all.
reads_of_what_is_written_are_let_through() {
	iommu_have "$1"
	iommu_map "$master" "page 4K dir=from"
	lab_put "$master/access" "r $iova 8"
	ktap_expect "faults" 0 "$(sed 's/ .*//;q' "$master/faults")"
}

# It is mapped, and nobody is there to answer.
what_is_no_memory_is_not_touched() {
	iommu_have smmu
	iommu_map "$master" "resource 4K"
	lab_write "$master/access" "r $iova 4"
	ktap_expect "read" EFAULT "$wrote"
	case $(last_fault "$master") in
	"1 read $iova external "*) ;;
	*) ktap_fail "faults" "$(cat "$master/faults")" ;;
	esac
}

copy_faults_on_either_side() {
	iommu_have smmu
	iommu_map "$master" "coherent 4K"
	lab_write "$master/copy" "$iova 0x10000 16"
	ktap_expect "copy from nowhere" EFAULT "$wrote"
	ktap_expect "faults, the last" "1 read 0x10000 translation" \
		"$(last_fault "$master" | sed 's/ [0-9]$//')"
	lab_write "$master/copy" "0x10000 $iova 16"
	ktap_expect "copy to nowhere" EFAULT "$wrote"
	ktap_expect "faults, the last" "2 write 0x10000 translation" \
		"$(last_fault "$master" | sed 's/ [0-9]$//')"
}

wrapping_access_is_refused() {
	iommu_have smmu
	lab_write "$master/access" "r 0xfffffffffffffffc 8"
	ktap_expect "access past 64 bits" ERANGE "$wrote"
}

# All are counted, the last are kept, none is printed, and all else goes on.
storm_is_weathered() {
	iommu_have smmu "$1"
	lab_mark
	n=0
	while [ "$n" -lt 3000 ]; do
		echo "w 0x$n 4" >"$master/access"
		n=$((n + 1))
	done 2>/dev/null
	[ "$1" != identity ] || ktap_skip "without translation there are no such faults"
	log=$(lab_log)
	ktap_expect "kernel log" "" "$log"
	ktap_expect "faults" 3000 "$(sed 's/ .*//;q' "$master/faults")"
	ktap_expect "first and last kept" "2969 3000" \
		"$(sed -n -e '2s/:.*//p' -e '$s/:.*//p' "$master/faults" | tr '\n' ' ' | sed 's/ $//')"
	iommu_try "$master" "page 8K"
	iommu_expect_clean "$iommu"
}

# by_hand PROFILE [WORDS]: a master that has taken a domain, and memory, at $pa, of another
# behind an IOMMU of its own
by_hand() {
	iommu_create "$own-o" "profile=smmu"
	iommu_add "$own-o" m
	iommu_map "$master" "page 64K"
	iommu=$iommus/$own-i
	iommu_create "$own-i" "profile=$1 ${2:-}"
	iommu_add "$own-i" m
	domain=$(lab_value "$master/info" domain)
	lab_put "$master/domain" take
	ktap_expect "domain" unmanaged "$(lab_value "$master/info" domain)"
}

# What the engine writes by one mapping it reads by another.
domain_by_hand_translates() {
	by_hand "$1" "$2"
	lab_put "$master/domain" "map 0x100000 $pa 64K rw"
	lab_put "$master/domain" "map 0x800000 $pa 64K r"
	lab_put "$master/access" "w 0x100000 64K"
	lab_put "$master/access" "r 0x801234 4"
	ktap_expect "bytes" "34 35 36 37" "$(lab_value "$master/access" 0x801234)"
	ktap_expect "mapped" "131072 bytes" \
		"$(lab_value "$iommu/stats" mapped | tail -n 1)"
	lab_put "$master/domain" "unmap 0x100000 64K"
	lab_write "$master/access" "r 0x100000 4"
	ktap_expect "access to what was unmapped" EFAULT "$wrote"
	lab_put "$master/access" "r 0x800000 4"
	lab_put "$master/domain" give
	ktap_expect "domain" "$domain" "$(lab_value "$master/info" domain)"
	iommu_try "$master" "page 4K"
	iommu_expect_clean "$iommu"
}

# breaks_unmap_matches MAP UNMAP ERRNO: the rule and no other
breaks_unmap_matches() {
	by_hand smmu
	[ -z "$1" ] || lab_put "$master/domain" "map 0x200000 $pa $1 rw"
	lab_write "$master/domain" "unmap $2"
	ktap_expect "unmap" ENOENT "$wrote"
	ktap_expect "violated rules" "unmap-matches " "$(iommu_violated "$iommu")"
	[ -z "$1" ] || lab_put "$master/access" "r 0x200000 4"
}

# Buffers are the DMA API's, whose domain must not go.
domain_is_not_taken_from_buffers() {
	iommu_have smmu
	iommu_map "$master" "page 4K"
	lab_write "$master/domain" take
	ktap_expect "take" EBUSY "$wrote"
	lab_put "$master/unmap" "$buffer"
	lab_put "$master/domain" take
	lab_write "$master/domain" take
	ktap_expect "take, twice" EEXIST "$wrote"
	lab_write "$master/map" "page 4K"
	ktap_expect "map by the DMA API" EBUSY "$wrote"
	lab_put "$master/domain" give
	lab_write "$master/domain" give
	ktap_expect "give, twice" ENOENT "$wrote"
	lab_write "$master/domain" "map 0x100000 0x40000000 4K rw"
	ktap_expect "map without a domain" ENOENT "$wrote"
	iommu_try "$master" "page 4K"
	iommu_expect_clean "$iommu"
}

# The next attach fails, and leaves the master where it was.
failed_attach_changes_nothing() {
	iommu_have smmu "$1"
	domain=$(lab_value "$master/info" domain)
	lab_put "$iommu/fail_attach" Y
	lab_write "$master/domain" take
	case $wrote in
	0) ktap_fail "the domain was taken all the same" ;;
	unknown*) ktap_fail "take: $wrote" ;;
	esac
	ktap_expect "domain" "$domain" "$(lab_value "$master/info" domain)"
	ktap_expect "fail_attach" N "$(cat "$iommu/fail_attach")"
	iommu_try "$master" "page 4K"
	lab_put "$master/domain" take
	lab_put "$master/domain" give
	iommu_expect_clean "$iommu"
}

# refuses_by_hand ERRNO WORDS: nothing is mapped by it
refuses_by_hand() {
	by_hand "$1"
	lab_write "$master/domain" "$3"
	ktap_expect "domain '$3'" "$2" "$wrote"
	ktap_expect "mapped" "0 bytes" "$(lab_value "$iommu/stats" mapped | tail -n 1)"
	iommu_expect_clean "$iommu"
}

iommu_profiles >"$ktap_tmp/profiles"
grep -qx smmu "$ktap_tmp/profiles" || ktap_skip_all "no profile smmu in this kernel"
ktap_plan 32
ktap_test "a translation fault has its level, smmu" translation_fault_has_its_level smmu 0 3
ktap_test "a translation fault has its level, mtk" translation_fault_has_its_level mtk 1 2
ktap_test "a translation fault has its level, ipmmu" translation_fault_has_its_level ipmmu 1 3
ktap_test "an access ends where the mapping ends" access_ends_where_the_mapping_ends
ktap_test "what is mapped to be read is not written, smmu" permission_is_kept_to smmu to
ktap_test "what is mapped to be read is not written, smmu-s2" permission_is_kept_to smmu-s2 to
ktap_test "what is mapped to be written is not read, smmu-s2" permission_is_kept_to smmu-s2 from
ktap_test "stage 1 has no bit against reads" reads_of_what_is_written_are_let_through smmu
ktap_test "MediaTek's has no permissions" reads_of_what_is_written_are_let_through mtk
ktap_test "what is no memory is not touched" what_is_no_memory_is_not_touched
ktap_test "a copy faults on either side" copy_faults_on_either_side
ktap_test "an access past 64 bits is refused" wrapping_access_is_refused
for mode in strict lazy; do
	ktap_test "a storm of faults is counted, and weathered, $mode" storm_is_weathered "$mode"
done
for words in "smmu" "smmu mode=lazy" "smmu noncoherent provider=lab allocator=slab" \
	"mtk provider=lab allocator=slab" "mtk provider=lab allocator=packed" "ipmmu" "smmu-s2"; do
	ktap_test "a domain by hand translates, $words" domain_by_hand_translates \
		"${words%% *}" "${words#"${words%% *}"}"
done
ktap_test "what was never mapped is unmapped: unmap-matches" \
	breaks_unmap_matches "" "0x200000 4K"
ktap_test "more is unmapped than was mapped: unmap-matches" \
	breaks_unmap_matches 64K "0x200000 128K"
ktap_test "less is mapped before what is unmapped: unmap-matches" \
	breaks_unmap_matches 64K "0x1f0000 128K"
ktap_test "a domain is not taken from buffers" domain_is_not_taken_from_buffers
for mode in strict lazy identity; do
	ktap_test "an attach that fails changes nothing, $mode" failed_attach_changes_nothing "$mode"
done
ktap_test "a map by hand beyond the aperture is refused" \
	refuses_by_hand smmu ERANGE "map 0x1000000000000 0x80000000 4K rw"
ktap_test "a map by hand that is no whole page is refused" \
	refuses_by_hand smmu EINVAL "map 0x100000 0x80000000 100 rw"
ktap_test "a map by hand to no whole page is refused" \
	refuses_by_hand smmu EINVAL "map 0x100000 0x80000100 4K rw"
ktap_test "a map by hand beyond the output bits is refused" \
	refuses_by_hand smmu ERANGE "map 0x100000 0x1000000000000 4K rw"
ktap_finish
