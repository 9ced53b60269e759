#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What makes no sense is refused: by an errno that fits, by one line in the
# kernel log that names the instance, and with nothing changed.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require
[ -w /dev/kmsg ] || ktap_skip_all "no /dev/kmsg to mark the kernel log with"

# The tables of cases: errno, file, who complains, what is written, in printf's
# %b escapes, and the test's name.
#
#   NAME   the instance that must not come into being
#   LIVE   an instance that lives
#   END    first address beyond the input address space
#   OEND   first address beyond the output address space
#   BLOCK  the size of the block that is mapped
#   LONG   512 spaces

create_cases='
EINVAL|create|create|\n|nothing but a line break
EINVAL|create|NAME|name=NAME|no format
EINVAL|create|NAME|name=NAME format=|an empty format
EINVAL|create|NAME|name=NAME format=v9s|an unknown format
EINVAL|create|NAME|name=NAME FORMAT=v7s|a word in capitals
EINVAL|create|NAME|name=NAME format=v7s provider=gpu|an unknown provider
EINVAL|create|NAME|name=NAME format=v7s allocator=magic|an unknown allocator
EINVAL|create|NAME|name=NAME format=v7s quirks=frob|an unknown quirk
EINVAL|create|NAME|name=NAME format=v7s quirks=|an empty list of quirks
EINVAL|create|NAME|name=NAME format=v7s quirks=ns,,ns|an empty quirk
EINVAL|create|NAME|format=v7s provider=gpu name=NAME|an unknown provider before the name
EINVAL|create|NAME|name=NAME format=v7s frob|an unknown word
EINVAL|create|NAME|name=NAME format=v7s frob=1|an unknown word with a value
EINVAL|create|NAME|name=NAME format=v7s coherent=1|a value where none is taken
EINVAL|create|NAME|name=NAME format=v7s ias=31|v7s with 31 input bits
EINVAL|create|NAME|name=NAME format=v7s ias=33|v7s with 33 input bits
EINVAL|create|NAME|name=NAME format=v7s oas=33|v7s with 33 output bits
EINVAL|create|NAME|name=NAME format=v7s quirks=mtk-ext,no-perms ias=35|mtk-ext with 35 input bits
EINVAL|create|NAME|name=NAME format=v7s quirks=mtk-ext,no-perms oas=36|mtk-ext with 36 output bits
EINVAL|create|NAME|name=NAME format=v7s quirks=mtk-ext|mtk-ext with permissions
EINVAL|create|NAME|name=NAME format=v7s quirks=mtk-ttbr-ext,no-perms|mtk-ttbr-ext without mtk-ext
EINVAL|create|NAME|name=NAME format=v7s quirks=outer-wbwa|a quirk of lpae-s1 for v7s
EINVAL|create|NAME|name=NAME format=lpae-s1 quirks=mtk-ext|a quirk of v7s for lpae-s1
EINVAL|create|NAME|name=NAME format=lpae-s1 coherent quirks=outer-wbwa|outer-wbwa for a coherent walker
EINVAL|create|NAME|name=NAME format=v7s granule=16K|v7s with a 16K granule
EINVAL|create|NAME|name=NAME format=lpae-s1 ias=24|lpae-s1 with 24 input bits
EINVAL|create|NAME|name=NAME format=lpae-s1 ias=49|lpae-s1 with 49 input bits
EINVAL|create|NAME|name=NAME format=lpae-s1 ias=0|no input bits
EINVAL|create|NAME|name=NAME format=lpae-s1 ias=-1|negative input bits
EINVAL|create|NAME|name=NAME format=lpae-s1 ias=4294967344|2^32 + 48 input bits
EINVAL|create|NAME|name=NAME format=lpae-s1 ias=4x8|input bits that are no number
EINVAL|create|NAME|name=NAME format=lpae-s1 oas=0|no output bits
EINVAL|create|NAME|name=NAME format=lpae-s1 oas=41|output bits between two sizes
EINVAL|create|NAME|name=NAME format=lpae-s1 oas=52|52 output bits with a 4K granule
EINVAL|create|NAME|name=NAME format=lpae-s1 granule=16K ias=52|52 input bits with a 16K granule
EINVAL|create|NAME|name=NAME format=lpae-s1 granule=16K oas=52|52 output bits with a 16K granule
EINVAL|create|NAME|name=NAME format=lpae-s1 granule=64K ias=53|53 input bits
EINVAL|create|NAME|name=NAME format=lpae-s1 quirks=s2fwb|a quirk of stage 2 for stage 1
EINVAL|create|NAME|name=NAME format=v7s quirks=ttbr1|ttbr1 for v7s
EINVAL|create|NAME|name=NAME format=v7s quirks=hd|hd for v7s
EINVAL|create|NAME|name=NAME format=v7s quirks=no-warn|no-warn for v7s
EINVAL|create|NAME|name=NAME format=lpae-s2 quirks=ns|a quirk of stage 1 for stage 2
EINVAL|create|NAME|name=NAME format=lpae-s2 quirks=ttbr1|ttbr1 for stage 2
EINVAL|create|NAME|name=NAME format=lpae-s2 quirks=hd|hd for stage 2
EINVAL|create|NAME|name=NAME format=lpae-s2 noncoherent quirks=outer-wbwa|outer-wbwa for stage 2
EINVAL|create|NAME|name=NAME format=lpae-s2 ias=24|stage 2 with 24 input bits
EINVAL|create|NAME|name=NAME format=lpae-s2 ias=42 oas=40|stage 2 with more input than output bits
EINVAL|create|NAME|name=NAME format=lpae-s2 ias=49 oas=48|stage 2 with 49 input bits
EINVAL|create|NAME|name=NAME format=lpae-s2 granule=8K|stage 2 with a granule of 8K
EINVAL|create|NAME|name=NAME format=lpae32-s1 ias=33|lpae32-s1 with 33 input bits
EINVAL|create|NAME|name=NAME format=lpae32-s1 oas=42|lpae32-s1 with 42 output bits
EINVAL|create|NAME|name=NAME format=lpae32-s1 granule=16K|lpae32-s1 with a 16K granule
EINVAL|create|NAME|name=NAME format=lpae32-s1 quirks=s2fwb|s2fwb for lpae32-s1
EINVAL|create|NAME|name=NAME format=lpae32-s2 ias=41|lpae32-s2 with 41 input bits
EINVAL|create|NAME|name=NAME format=lpae32-s2 oas=42|lpae32-s2 with 42 output bits
EINVAL|create|NAME|name=NAME format=lpae32-s2 granule=64K|lpae32-s2 with a 64K granule
EINVAL|create|NAME|name=NAME format=lpae32-s2 quirks=ns|ns for lpae32-s2
EINVAL|create|NAME|name=NAME format=mali ias=49|mali with 49 input bits
EINVAL|create|NAME|name=NAME format=mali oas=42|mali with 42 output bits
EINVAL|create|NAME|name=NAME format=mali granule=16K|mali with a 16K granule
EINVAL|create|NAME|name=NAME format=mali quirks=ns|a quirk for mali
EINVAL|create|NAME|name=NAME format=mali allocator=slab ias=40|a root of the kernel that ends before the walk
EINVAL|create|NAME|name=NAME format=lpae-s1 granule=0|a granule of nothing
EINVAL|create|NAME|name=NAME format=lpae-s1 granule=4097|a granule of 4097 bytes
EINVAL|create|NAME|name=NAME format=lpae-s1 granule=8K|a granule of 8K
EINVAL|create|NAME|name=NAME format=lpae-s1 granule=4Kx|a granule with a tail
EINVAL|create|NAME|name=NAME format=lpae-s1 granule=18014398509481988K|a granule of 2^64 + 4096 bytes
EINVAL|create|NAME|name=NAME format=v7s provider=lab allocator=slab fail-nth=|no failing table
EINVAL|create|NAME|name=NAME format=v7s provider=lab allocator=slab fail-nth=-1|a negative failing table
EINVAL|create|NAME|name=NAME format=v7s provider=lab allocator=slab fail-nth=18446744073709551616|a failing table of more than 64 bits
EINVAL|create|NAME|name=NAME format=v7s provider=kernel fail-nth=1|a failing table of the kernel itself
EOPNOTSUPP|create|NAME|name=NAME format=v7s provider=kernel allocator=slab|hooks for the v7s of the kernel
EOPNOTSUPP|create|NAME|name=NAME format=v7s provider=lab|the lab without an allocator
EEXIST|create|LIVE|format=v7s provider=lab allocator=slab name=LIVE|a name that is taken
EINVAL|create|create|format=v7s provider=lab allocator=slab name=|an empty name
EINVAL|create|create|format=v7s provider=lab allocator=slab name=.|the name .
EINVAL|create|create|format=v7s provider=lab allocator=slab name=..|the name ..
EINVAL|create|create|format=v7s provider=lab allocator=slab name=NAME/a|a name with a slash
EINVAL|create|create|format=v7s provider=lab allocator=slab name=../NAME|a name that climbs
EINVAL|create|create|format=v7s provider=lab allocator=slab name=NAME%s%n|a name with conversions
EINVAL|create|create|format=v7s provider=lab allocator=slab name=NAME\0303\0244|a name that is not ASCII
EINVAL|create|create|format=v7s provider=lab allocator=slab name=x1234567890123456789012345678901|a name of 32 characters
EINVAL|create|create|format=v7s provider=lab allocator=slab name=NAME\0000junk|a NUL and junk
EINVAL|create|create|\0001\0377\0200\0033[2J|binary junk
EINVAL|create|create|format=v7s a b c d e f g h i j k l m n o p|17 words
E2BIG|create|create|format=v7s provider=lab allocator=slab name=NAME LONG|more than 512 bytes
ENOENT|destroy|destroy|NAME|an instance that is not there
ENOENT|destroy|destroy|\n|nothing but a line break
ENOENT|destroy|destroy|.|the directory itself
ENOENT|destroy|destroy|../instances/LIVE|a path
ENOENT|destroy|destroy|LIVE LIVE|a name twice
ENOENT|destroy|destroy|NAME\nio_pgtable_lab: forged: a line|a line break and a forged log line
E2BIG|destroy|destroy|LIVE LONG|more than 512 bytes
EINVAL|contract|contract|\n|nothing but a line break
EINVAL|contract|contract|slab slab|an allocator twice
EINVAL|contract|contract|slab\nslab|an allocator twice, in two lines
EINVAL|contract|contract|slab\0000junk|a NUL and junk
ENOENT|contract|contract|magic|an allocator that is not there
ENOENT|contract|contract|none|no allocator at all
ENOENT|contract|contract|SLAB|an allocator in capitals
ENOENT|contract|contract|sla|the start of a name
ENOENT|contract|contract|\0001\0377\0200\0033[2J|binary junk
E2BIG|contract|contract|slab LONG|more than 512 bytes
EINVAL|fuzz|create|\n|nothing but a line break
EINVAL|fuzz|create|seed=1 seeds=1|no format
EINVAL|fuzz|create|format=v7s provider=lab allocator=slab sed=1|an unknown word
EINVAL|fuzz|fuzz|format=v7s provider=lab allocator=slab seed=one|a seed that is no number
EINVAL|fuzz|fuzz|format=v7s provider=lab allocator=slab seed=18446744073709551616|a seed of more than 64 bits
EINVAL|fuzz|fuzz|format=v7s provider=lab allocator=slab seeds=0|no seed
EINVAL|fuzz|fuzz|format=v7s provider=lab allocator=slab steps=0|no step
EINVAL|fuzz|fuzz|format=v7s provider=lab allocator=slab steps=4097|4097 steps
EINVAL|fuzz|fuzz|format=v7s provider=lab allocator=slab window=12K|a window that is no power of 2
EINVAL|fuzz|fuzz|format=v7s provider=lab allocator=slab ias=31|v7s with 31 input bits
EINVAL|fuzz|fuzz|format=v7s provider=lab allocator=slab differential|the lab against itself
EINVAL|fuzz|fuzz|format=v7s provider=lab allocator=slab\0000junk|a NUL and junk
EOPNOTSUPP|fuzz|fuzz|format=v7s provider=lab|the lab without an allocator
E2BIG|fuzz|fuzz|format=v7s provider=lab allocator=slab LONG|more than 512 bytes
EINVAL|replay|replay|\n# a remark\n|nothing but a remark
EINVAL|replay|create|sync|a program without a setup
EINVAL|replay|replay|format=v7s provider=lab allocator=slab seed=one\nsync|a seed that is no number
EINVAL|replay|replay, operation 1|format=v7s provider=lab allocator=slab\nmop 0x0|an unknown operation
EINVAL|replay|replay, operation 2|format=v7s provider=lab allocator=slab\nsync\nunmap 0x0 4K|a missing word
EINVAL|replay|fuzz|format=v7s provider=lab allocator=slab ias=31\nsync|v7s with 31 input bits
EOPNOTSUPP|replay|fuzz|format=v7s provider=lab\nsync|the lab without an allocator
'

# What only a machine with RAM above 4 GB refuses.
high_ram_cases='
EINVAL|create|NAME|name=NAME format=lpae-s1 noncoherent oas=32|a noncoherent walker that does not reach all RAM
'

# What the text alone is enough to refuse; tried with one instance.
text_cases='
EINVAL|map|LIVE| |nothing
EINVAL|map|LIVE|0x20000 0x80000000 4K 1|a missing word
EINVAL|map|LIVE|0x20000 0x80000000 4K 1 rw rw|a word too many
EINVAL|map|LIVE|a b c d e f g h i j k l m n o p q r|18 words
EINVAL|map|LIVE|0x20000 0x80000000 4K 1 x|an unknown protection
EINVAL|map|LIVE|0x20000 0x80000000 4K 1 rw,|an empty protection
EINVAL|map|LIVE|0x20000 0x80000000 4K 1 noexec|neither read nor write
EINVAL|map|LIVE|2000g 0x80000000 4K 1 rw|an address that is no number
EINVAL|map|LIVE|-4096 0x80000000 4K 1 rw|a negative address
EINVAL|map|LIVE|0x10000000000020000 0x80000000 4K 1 rw|an address of more than 64 bits
EINVAL|map|LIVE|0x20000 0x10000000080000000 4K 1 rw|an output address of more than 64 bits
EINVAL|map|LIVE|0x20000 0x80000000 0 1 rw|a page of nothing
EINVAL|map|LIVE|0x20000 0x80000000 1 1 rw|a page of a byte
EINVAL|map|LIVE|0x20000 0x80000000 4095 1 rw|a page of 4095 bytes
EINVAL|map|LIVE|0x20000 0x80000000 8K 1 rw|a page of 8K
EINVAL|map|LIVE|0x20000 0x80000000 -4K 1 rw|a page of -4K
EINVAL|map|LIVE|0x20000 0x80000000 4Kx 1 rw|a page size with a tail
EINVAL|map|LIVE|0 0 4P 1 rw|a page of 4P
EINVAL|map|LIVE|0x20000 0x80000000 18014398509481988K 1 rw|a page of 2^64 + 4096 bytes, in K
EINVAL|map|LIVE|0x30000 0x80000000 18446744073709555712 1 rw|a page of 2^64 + 4096 bytes
EINVAL|map|LIVE|0x20000 0x80000000 4K 0 rw|no page
EINVAL|map|LIVE|0x20000 0x80000000 4K -1 rw|-1 pages
EINVAL|map|LIVE|0x20000 0x80000000 4K 1.5 rw|one and a half pages
EINVAL|map|LIVE|0x20000 0x80000000 4K 18446744073709551617 rw|2^64 + 1 pages
EINVAL|map|LIVE|\0001\0377\0200\0033[2J|binary junk
EINVAL|map|LIVE|0x40000 0x80000000 4K 1 rw\0000junk|a NUL and junk
E2BIG|map|LIVE|0x20000 0x80000000 4K 1 rw LONG|more than 512 bytes
EINVAL|unmap|LIVE| |nothing
EINVAL|unmap|LIVE|0x10000 4K|a missing word
EINVAL|unmap|LIVE|0x10000 4K 1 rw|a word too many
EINVAL|unmap|LIVE|0x10000 0 1|a page of nothing
EINVAL|unmap|LIVE|0x10000 8K 1|a page of 8K
EINVAL|unmap|LIVE|0x10000 18014398509481988K 1|a page of 2^64 + 4096 bytes
EINVAL|unmap|LIVE|0x10000 4K 0|no page
EINVAL|unmap|LIVE|0x10000 4K 18446744073709551617|2^64 + 1 pages
EINVAL|unmap|LIVE|\0001\0377\0200|binary junk
EINVAL|unmap|LIVE|0x11000 4K 1\0000junk|a NUL and junk
E2BIG|unmap|LIVE|0x10000 4K 1 LONG|more than 512 bytes
EINVAL|translate|LIVE| |nothing
EINVAL|translate|LIVE|0x10000 0x11000|two addresses
EINVAL|translate|LIVE|here|an address that is no number
EINVAL|translate|LIVE|-1|a negative address
EINVAL|translate|LIVE|0x10000\0000junk|a NUL and junk
E2BIG|translate|LIVE|0x10000 LONG|more than 512 bytes
EINVAL|concurrent|LIVE| |nothing
EINVAL|concurrent|LIVE|crowd|an unknown pattern
EINVAL|concurrent|LIVE|seed=1|no pattern
EINVAL|concurrent|LIVE|disjoint seed=x|a seed that is no number
EINVAL|concurrent|LIVE|disjoint workers=1|one worker
EINVAL|concurrent|LIVE|disjoint workers=1000|more workers than there is room for
EINVAL|concurrent|LIVE|disjoint rounds=1001|more rounds than anybody waits for
EINVAL|concurrent|LIVE|disjoint steps=0|no steps
EINVAL|concurrent|LIVE|disjoint pace=2|an unknown word
EINVAL|fail_nth|LIVE| |nothing
EINVAL|fail_nth|LIVE|-1|a negative number
EINVAL|fail_nth|LIVE|1st|a number with a tail
EINVAL|fail_nth|LIVE|1 2|two numbers
EINVAL|fail_nth|LIVE|000000000000000000000001x|a long number with a tail
EINVAL|fail_nth|LIVE|18446744073709551616|a number of more than 64 bits
EINVAL|fail_nth|LIVE|1\0000junk|a NUL and junk
E2BIG|fail_nth|LIVE|1 LONG|more than 512 bytes
EINVAL|reserve|LIVE| |nothing
EINVAL|reserve|LIVE|-1|a negative number
EINVAL|reserve|LIVE|many|a word that it does not know
EINVAL|reserve|LIVE|AUTO|a word in capitals
EINVAL|reserve|LIVE|auto 4|a word and a number
EINVAL|reserve|LIVE|16385|more tables than a v7s space has
EINVAL|reserve|LIVE|18446744073709551617|2^64 + 1 tables
E2BIG|reserve|LIVE|4 LONG|more than 512 bytes
'

# What a provider might warn of, or get wrong; tried with each. Pages are mapped
# at 0x10000 to 0x13fff, a block at 0x1000000.
range_cases='
EEXIST|map|LIVE|0x10000 0x90000000 4K 1 rw|over a page
EEXIST|map|LIVE|0x10000 0x80000000 4K 1 rw|the same page once more
EEXIST|map|LIVE|0xf000 0x90000000 4K 2 rw|over the start of a run
EEXIST|map|LIVE|0x13000 0x90000000 4K 2 rw|over the end of a run
EEXIST|map|LIVE|0 0x90000000 BLOCK 1 rw|a block over pages
EEXIST|map|LIVE|0x1001000 0x90000000 4K 1 rw|a page in a block
EEXIST|map|LIVE|0xfff000 0x90000000 4K 2 rw|into the start of a block
EEXIST|map|LIVE|0x1000000 0x90000000 BLOCK 1 rw|over a block
EINVAL|map|LIVE|0x20800 0x80000000 4K 1 rw|a misaligned page
EINVAL|map|LIVE|0x20000 0x80000800 4K 1 rw|a misaligned output page
EINVAL|map|LIVE|0x8001000 0x80000000 BLOCK 1 rw|a misaligned block
EINVAL|map|LIVE|0x8000000 0x80001000 BLOCK 1 rw|a misaligned output block
ERANGE|map|LIVE|END 0x80000000 4K 1 rw|the first page beyond the input space
ERANGE|map|LIVE|0 0x80000000 4K END rw|more pages than the input space has bytes
ERANGE|map|LIVE|0xfffffffffffff000 0x80000000 4K 1 rw|the last page of 64 bits
ERANGE|map|LIVE|0xfffffffffffff000 0x80000000 4K 2 rw|around the end of 64 bits
ERANGE|map|LIVE|0x20000 0x80000000 4K 0x10000000000001 rw|a length that overflows
ERANGE|map|LIVE|0x20000 OEND 4K 1 rw|the first page beyond the output space
ERANGE|map|LIVE|0x20000 0xfffffffffffff000 4K 2 rw|around the end of the output space
ENOENT|unmap|LIVE|0x20000 4K 1|a page that is not mapped
ENOENT|unmap|LIVE|0xf000 4K 2|from before a run
ENOENT|unmap|LIVE|0x10000 4K 5|beyond the end of a run
ENOENT|unmap|LIVE|0 BLOCK 1|a block of which little is mapped
EINVAL|unmap|LIVE|0x10800 4K 1|a misaligned page
ERANGE|unmap|LIVE|END 4K 1|the first page beyond the input space
ERANGE|unmap|LIVE|0x10000 4K 0x10000000000001|a length that overflows
ERANGE|translate|LIVE|END|the first address beyond the input space
ERANGE|translate|LIVE|0xffffffffffffffff|the last address of 64 bits
'

# What some kernels' page tables do, and their unmap splits the block.
block_cases='
EINVAL|unmap|LIVE|0x1000000 4K 1|the first page of a block
EINVAL|unmap|LIVE|0x1001000 4K 1|a page in a block
'

# What only a large input space has room for.
large_cases='
E2BIG|map|LIVE|0x40000000 0 4K 0x400001 rw|more pages than are taken at a time
'

# What an input space of 30 bits has no room for.
small_cases='
EINVAL|map|LIVE|0 0x80000000 1G 1 rw|a page as large as the input space
EINVAL|unmap|LIVE|0 1G 1|a page as large as the input space
ERANGE|map|LIVE|0x40000000 0x80000000 4K 1 rw|the first page beyond 30 bits
'

newline='
'
long=$(printf '%512s' '')

# look INSTANCE: who lives, what is mapped in an instance and was done to it, and what
# the contract suite last said, in $state. A table that was made on the way may stay
# empty, and what was undone was invalidated: that is no change.
look() {
	lab_see
	state="$seen
$(cd "$instances/$1" && grep '' walk fail_nth reserve "$lab/contract" "$lab/fuzz" "$lab/replay" && grep maps: stats)"
}

# fill_in WORD VALUE: put a value for a word of $text, without a process
fill_in() {
	filled=
	while :; do
		case $text in
		*"$1"*)
			filled=$filled${text%%"$1"*}$2
			text=${text#*"$1"}
			;;
		*) break ;;
		esac
	done
	text=$filled$text
}

# refuses INSTANCE ERRNO FILE WHO TEXT; the state before is in $state
refuses() {
	live=$1 errno=$2 file=$3 who=$4 text=$5 before=$state
	fill_in NAME "$own-a"
	fill_in LIVE "$live"
	fill_in OEND "$oend"
	fill_in END "$end"
	fill_in BLOCK "$block"
	fill_in LONG "$long"
	case $who in
	NAME) who=$own-a ;;
	LIVE) who=$live ;;
	esac
	case $file in
	create | destroy | contract | fuzz | replay) path=$lab/$file ;;
	*) path=$instances/$live/$file ;;
	esac

	lab_mark
	lab_write "$path" "$text"
	log=$(lab_log)
	ktap_expect "writing '$text'" "$errno" "$wrote"
	case $log in
	*WARNING:* | *BUG:* | *"Call trace"*) ktap_fail "the kernel complained" "$log" ;;
	*io_pgtable_lab:*"$newline"*io_pgtable_lab:*)
		ktap_fail "kernel log" "  expected: one line" "  got:      $log" ;;
	*"io_pgtable_lab: $who: "*) ;;
	*) ktap_fail "kernel log" "  expected: io_pgtable_lab: $who: ..." "  got:      $log" ;;
	esac
	look "$live"
	ktap_expect "state" "$before" "$state"
}

refuses_for_high_ram() {
	lab_has_high_ram || ktap_skip "no RAM above 4 GB"
	refuses "$@"
}

refuses_to_split() {
	! grep -qx split "$instances/$1/concurrent" || ktap_skip "this kernel splits blocks"
	refuses "$@"
}

# run_cases INSTANCE CASES [FUNCTION]
run_cases() {
	echo "$2" >"$ktap_tmp/cases"
	failed=
	end=$(printf '0x%x' $((1 << $(lab_value "$instances/$1/config" ias))))
	oend=$(printf '0x%x' $((1 << $(lab_value "$instances/$1/config" oas))))
	case $1 in
	*v7s* | *text) block=16M ;;
	*) block=2M ;;
	esac
	while IFS='|' read -r errno file who text said; do
		[ -n "$errno" ] || continue
		# What a failed test has changed is not the next one's fault.
		[ "$failed" = "$ktap_failed" ] || look "$1"
		failed=$ktap_failed
		ktap_test "$file of ${1#"$kept-"} refuses $said: $errno" \
			"${3:-refuses}" "$1" "$errno" "$file" "$who" "$text"
	done <"$ktap_tmp/cases"
}

count_cases() {
	echo "$1" | grep -c '|'
}

no_rule_was_violated() {
	for live in "$instances/$kept"*; do
		case $(head -n 1 "$live/violations") in
		"0 violations in "*) ;;
		*) ktap_fail "${live##*/}" "$(cat "$live/violations")" ;;
		esac
	done
}

# keep NAME FORMAT PROVIDER ALLOCATOR [WORD]: an instance in which there is
# something to lose
keep() {
	echo "format=$2 provider=$3 allocator=$4 name=$1 ${5:-}" >"$lab/create" || return
	case $2 in
	v7s) block=16M ;;
	*) block=2M ;;
	esac
	echo "0x10000 0x80000000 4K 4 rw" >"$instances/$1/map"
	echo "0x1000000 0x80000000 $block 1 rw" >"$instances/$1/map"
}

# Quirks that this kernel has no name for are refused like any other word.
grep -o '[a-z-]* (not in this kernel)' "$lab/create" >"$ktap_tmp/lacking"
while read -r quirk _; do
	create_cases="${create_cases}EINVAL|create|NAME|name=NAME format=lpae-s1 quirks=$quirk|a quirk that this kernel lacks
"
done <"$ktap_tmp/lacking"

# Where tables come from is of no matter here: one instance per format and
# provider, and one apart for what concerns the text alone. Who refuses is the lab, so
# that the kernel's writers will do for the formats that are kin to lpae-s1.
lab_offered | sort -u -k 1,2 | awk '$1 == "v7s" || $1 == "lpae-s1" || $2 == "kernel"' \
	>"$ktap_tmp/offered"
while read -r format provider allocator; do
	keep "$kept-$format-$provider" "$format" "$provider" "$allocator"
done <"$ktap_tmp/offered"
set -- "$instances/$kept"*
[ -d "$1" ] || ktap_skip_all "no instance could be created"
alone=$kept-text
keep "$alone" v7s lab reserve

large=$(echo "$*" | tr ' ' '\n' | grep -c lpae-s)
grep '^lpae-s1 ' "$ktap_tmp/offered" >"$ktap_tmp/small"
ktap_plan $(($(count_cases "$create_cases") + $(count_cases "$text_cases") +
	$(count_cases "$high_ram_cases") +
	$# * ($(count_cases "$range_cases") + $(count_cases "$block_cases")) +
	large * $(count_cases "$large_cases") +
	$(wc -l <"$ktap_tmp/small") * $(count_cases "$small_cases") + 1))
run_cases "$alone" "$create_cases"
run_cases "$alone" "$high_ram_cases" refuses_for_high_ram
run_cases "$alone" "$text_cases"
for live; do
	run_cases "${live##*/}" "$range_cases"
	run_cases "${live##*/}" "$block_cases" refuses_to_split
	case $live in
	*lpae-s*) run_cases "${live##*/}" "$large_cases" ;;
	esac
done
while read -r format provider allocator; do
	keep "$kept-ias30-$provider" "$format" "$provider" "$allocator" ias=30
	run_cases "$kept-ias30-$provider" "$small_cases"
done <"$ktap_tmp/small"
ktap_test "no rule was violated meanwhile" no_rule_was_violated
ktap_finish
