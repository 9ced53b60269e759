#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What makes no sense to the fake IOMMU is refused: by an errno that fits, by a line in the
# kernel log that names whom it was for, and with nothing changed.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
. ./iommu_lab.sh
iommu_require
[ -w /dev/kmsg ] || ktap_skip_all "no /dev/kmsg to mark the kernel log with"

# The cases: errno, file, who complains, what is written, in printf's %b escapes, and the
# test's name.
#
#   NAME    the IOMMU or master that must not come into being
#   LIVE    an IOMMU that lives, with a master m
#   IOVA    of a page that m has mapped
#   LONG    512 spaces

iommu_cases='
EINVAL|create|create|\n|nothing but a line break
EINVAL|create|create|mode=strict|no profile
EINVAL|create|NAME|name=NAME|a name alone
EINVAL|create|NAME|name=NAME profile=|an empty profile
EINVAL|create|NAME|name=NAME profile=vtd|an unknown profile
EINVAL|create|NAME|name=NAME profile=SMMU|a profile in capitals
EINVAL|create|NAME|name=NAME profile=smmu mode=fast|an unknown mode
EINVAL|create|NAME|name=NAME profile=smmu mode=|an empty mode
EINVAL|create|NAME|name=NAME profile=smmu strict|a mode without its key
EINVAL|create|NAME|name=NAME profile=smmu reserved=0x1000|half of what is reserved
EINVAL|create|NAME|name=NAME profile=smmu reserved=0x1fff-0x1000|what is reserved the wrong way round
EINVAL|create|NAME|name=NAME profile=smmu reserved=0x1000-0x10000000000000fff|what is reserved beyond 64 bits
EINVAL|create|NAME|name=NAME profile=smmu reserved=0x1000-0x1800|half a page reserved
EINVAL|create|NAME|profile=smmu format=v9s name=NAME|an unknown format before the name
EINVAL|create|NAME|name=NAME profile=smmu provider=gpu|an unknown provider
EINVAL|create|NAME|name=NAME profile=smmu allocator=magic|an unknown allocator
EINVAL|create|NAME|name=NAME profile=smmu frob|an unknown word
EINVAL|create|NAME|name=NAME profile=smmu frob=1|an unknown word with a value
EINVAL|create|NAME|name=NAME profile=smmu ias=49|lpae-s1 with 49 input bits
EINVAL|create|NAME|name=NAME profile=mtk oas=36|mtk-ext with 36 output bits
EINVAL|create|NAME|name=NAME profile=smmu quirks=ttbr1 ias=39|addresses at the upper end of 64 bits
EINVAL|create|NAME|name=NAME profile=smmu granule=128K|pages that no format has
EINVAL|create|create|profile=smmu name=|an empty name
EINVAL|create|create|profile=smmu name=..|the name ..
EINVAL|create|create|profile=smmu name=NAME/a|a name with a slash
EINVAL|create|create|profile=smmu name=NAME%s%n|a name with conversions
EINVAL|create|create|profile=smmu name=x1234567890123456789012345678901|a name of 32 characters
EINVAL|create|create|profile=smmu name=NAME\0000junk|a NUL and junk
EINVAL|create|create|\0001\0377\0200\0033[2J|binary junk
EINVAL|create|create|profile=smmu a b c d e f g h i j k l m n o p|17 words
E2BIG|create|create|profile=smmu name=NAME LONG|more than 512 bytes
EOPNOTSUPP|create|NAME|name=NAME profile=mtk allocator=slab|hooks for the v7s of the kernel
EOPNOTSUPP|create|NAME|name=NAME profile=smmu provider=lab|the lab without an allocator
EEXIST|create|LIVE|profile=smmu name=LIVE|a name that is taken
ENOENT|destroy|destroy|NAME|an IOMMU that is not there
ENOENT|destroy|destroy|\n|nothing but a line break
ENOENT|destroy|destroy|.|the directory itself
ENOENT|destroy|destroy|create|a file beside it
ENOENT|destroy|destroy|../iommu/LIVE|a path
ENOENT|destroy|destroy|NAME\nio_pgtable_lab: forged: a line|a line break and a forged log line
EBUSY|destroy|LIVE|LIVE|an IOMMU with a master
E2BIG|destroy|destroy|LIVE LONG|more than 512 bytes
EINVAL|add|LIVE|\n|nothing but a line break
EINVAL|add|LIVE|mask=32|no name
EINVAL|add|LIVE|name=|an empty name
EINVAL|add|LIVE|name=../NAME|a name that climbs
EINVAL|add|LIVE|name=NAME mask=65|a mask of 65 bits
EINVAL|add|LIVE|name=NAME mask=0|a mask of nothing
EINVAL|add|LIVE|name=NAME mask=0x20|a mask in hexadecimal
EINVAL|add|NAME|name=NAME mask=11|a mask of less than a page
EINVAL|add|LIVE|name=NAME boundary=12K|a boundary that is no power of two
EINVAL|add|NAME|name=NAME boundary=2K|a boundary of less than a page
EINVAL|add|LIVE|name=NAME max-segment=0|segments of nothing
EINVAL|add|NAME|name=NAME max-segment=100|segments of less than a page
EINVAL|add|LIVE|name=NAME max-segment=4G|segments of 4 GB
EINVAL|add|LIVE|name=NAME coherent=1|a value where none is taken
EINVAL|add|LIVE|name=NAME frob|an unknown word
EINVAL|add|LIVE|name=NAME\0000junk|a NUL and junk
EINVAL|add|LIVE|\0001\0377\0200\0033[2J|binary junk
E2BIG|add|LIVE|name=NAME LONG|more than 512 bytes
EEXIST|add|LIVE|name=m|a name that is taken
ENOENT|remove|LIVE|NAME|a master that is not there
ENOENT|remove|LIVE|\n|nothing but a line break
ENOENT|remove|LIVE|.|the directory itself
ENOENT|remove|LIVE|m m|a name twice
E2BIG|remove|LIVE|m LONG|more than 512 bytes
'

master_cases='
EINVAL|map|m|\n|nothing but a line break
EINVAL|map|m|kmalloc|no size
EINVAL|map|m|malloc 8|an unknown kind
EINVAL|map|m|8 kmalloc|a size before the kind
EINVAL|map|m|kmalloc 0|nothing
EINVAL|map|m|kmalloc -8|a negative size
EINVAL|map|m|kmalloc 8x|a size with a tail
EINVAL|map|m|kmalloc 4G|4 GB
EINVAL|map|m|kmalloc 18014398509481988K|2^64 + 4096 bytes
EINVAL|map|m|kmalloc 1G|more than the kernel has in one piece
EINVAL|map|m|kmalloc 8@8|an offset of what has none
EINVAL|map|m|page 8@1M|an offset beyond a page
EINVAL|map|m|page 8@|an empty offset
EINVAL|map|m|page 8,8|two elements of one page
EINVAL|map|m|sg 8,,8|an empty element
EINVAL|map|m|sg 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1|17 elements
EINVAL|map|m|sg 4K,128K|an element longer than a segment
EINVAL|map|m|page 8 dir=up|an unknown direction
EINVAL|map|m|page 8 dir=|an empty direction
EINVAL|map|m|page 8 from|a direction without its key
EINVAL|map|m|page 8 attrs=frob|an unknown attribute
EINVAL|map|m|page 8 attrs=|an empty list of attributes
EINVAL|map|m|page 8 attrs=contiguous|an attribute of another kind
EINVAL|map|m|page 8 frob|an unknown word
EINVAL|map|m|page 8\0000junk|a NUL and junk
EINVAL|map|m|\0001\0377\0200\0033[2J|binary junk
E2BIG|map|m|page 8 LONG|more than 512 bytes
EINVAL|unmap|m|\n|nothing but a line break
EINVAL|unmap|m|-1|a negative number
EINVAL|unmap|m|0 0|two numbers
EINVAL|unmap|m|4294967296|a number of more than 32 bits
EINVAL|unmap|m|0x0|a number in hexadecimal
ENOENT|unmap|m|77|a buffer that is not there
E2BIG|unmap|m|0 LONG|more than 512 bytes
EINVAL|use|m|all|no number
ENOENT|use|m|77|a buffer that is not there
EINVAL|access|m|\n|nothing but a line break
EINVAL|access|m|r IOVA|a missing word
EINVAL|access|m|x IOVA 4|neither a read nor a write
EINVAL|access|m|rw IOVA 4|a read and a write
EINVAL|access|m|r IOVA 0|nothing
EINVAL|access|m|r IOVA 1048577|more than 1 MB
EINVAL|access|m|r -1 4|a negative address
EINVAL|access|m|r 0x10000000000000000 4|an address of more than 64 bits
EINVAL|access|m|r IOVA 4 4|a word too many
EINVAL|access|m|r IOVA 4\0000junk|a NUL and junk
E2BIG|access|m|r IOVA 4 LONG|more than 512 bytes
EINVAL|copy|m|IOVA IOVA|a missing word
EINVAL|copy|m|IOVA here 4|an address that is no number
EINVAL|copy|m|IOVA IOVA 2M|more than 1 MB
EINVAL|domain|m|\n|nothing but a line break
EINVAL|domain|m|taken|an unknown word
EINVAL|domain|m|take it|a word too many
EINVAL|domain|m|map 0x1000 0x80000000 4K|no protection
EINVAL|domain|m|map 0x1000 0x80000000 4K x|an unknown protection
EINVAL|domain|m|map 0x1000 0x80000000 0 rw|nothing
EINVAL|domain|m|unmap 0x1000|no length
EINVAL|domain|m|take\0000junk|a NUL and junk
ENOENT|domain|m|map 0x1000 0x80000000 4K rw|a map without a domain
ENOENT|domain|m|unmap 0x1000 4K|an unmap without a domain
ENOENT|domain|m|give|a domain that was not taken
EBUSY|domain|m|take|a domain while there are buffers
E2BIG|domain|m|take LONG|more than 512 bytes
'

# A kernel whose pages are smaller cannot give addresses of such.
page_cases='
EOPNOTSUPP|create|NAME|name=NAME profile=smmu granule=64K|pages that are larger than those of the kernel
'

newline='
'
long=$(printf '%512s' '')
live=$kept-i
dir=$iommus/$live

# All that could have been changed by it, in $state
look() {
	state="$(iommu_dirs) $(cat "$dir"/masters/m/buffers "$dir/stats" "$dir/config") $(sed q "$dir"/masters/m/faults)"
}

iommu_dirs() {
	set -- "$iommus"/*/ "$iommus"/*/masters/*/
	echo "$*"
}

# refuses ERRNO FILE WHO TEXT; the state before is in $state
refuses() {
	file=$2 who=$3 before=$state
	text=$(printf '%s.' "$4" | sed -e "s/NAME/$own-a/g" -e "s/LIVE/$live/g" -e "s/IOVA/$iova/g" \
		-e "s/LONG/$long/g")
	text=${text%.}
	case $who in
	NAME) who=$own-a ;;
	LIVE) who=$live ;;
	esac
	case $file in
	create | destroy) path=$iommus/$file ;;
	add | remove) path=$dir/$file ;;
	*) path=$dir/masters/m/$file ;;
	esac
	lab_mark
	lab_write "$path" "$text"
	log=$(lab_log)
	ktap_expect "writing '$text'" "$1" "$wrote"
	case $log in
	*WARNING:* | *BUG:* | *"Call trace"*) ktap_fail "the kernel complained" "$log" ;;
	*io_pgtable_lab:*"$newline"*io_pgtable_lab:*)
		ktap_fail "kernel log" "  expected: one line" "  got:      $log" ;;
	*"io_pgtable_lab: $who: "*) ;;
	*) ktap_fail "kernel log" "  expected: io_pgtable_lab: $who: ..." "  got:      $log" ;;
	esac
	look
	ktap_expect "state" "$before" "$state"
}

refuses_large_pages() {
	[ "$page_bytes" -lt 65536 ] || ktap_skip "a page of this kernel is as large"
	refuses "$@"
}

# run_cases CASES [FUNCTION]
run_cases() {
	echo "$1" >"$ktap_tmp/cases"
	failed=
	while IFS='|' read -r errno file who text said; do
		[ -n "$errno" ] || continue
		[ "$failed" = "$ktap_failed" ] || look
		failed=$ktap_failed
		ktap_test "$file refuses $said: $errno" "${2:-refuses}" "$errno" "$file" "$who" "$text"
	done <"$ktap_tmp/cases"
}

count_cases() {
	echo "$1" | grep -c '|'
}

master_still_works() {
	lab_put "$dir/masters/m/use" 0
	iommu_try "$dir/masters/m" "sg 4K,8,100"
	iommu_expect_clean "$dir"
}

iommu_profiles | grep -qx smmu || ktap_skip_all "no profile smmu in this kernel"
iommu_create "$live" "profile=smmu"
iommu_add "$live" m max-segment=64K
iommu_map "$dir/masters/m" "page 4K"
ktap_plan $(($(count_cases "$iommu_cases") + $(count_cases "$master_cases") +
	$(count_cases "$page_cases") + 1))
run_cases "$iommu_cases"
run_cases "$master_cases"
run_cases "$page_cases" refuses_large_pages
ktap_test "the master still works" master_still_works
ktap_finish
