#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory for tables runs out, at each table in turn: an operation that fails has
# done nothing, and works when it is tried again.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require
[ -w /dev/kmsg ] || ktap_skip_all "no /dev/kmsg to mark the kernel log with"

# The program: pages in one table, pages from one table into the next, and a page
# far from both. Each line is what map takes, and what walk then shows of it.
program='
0x10000 0x80000000 4K 3 rw
0x1ff000 0x90000000 4K 2 rw
0x80000000 0xa0000000 4K 1 rw
'

# leaves_of LINES: what walk shows where LINES are mapped, levels and sizes apart
leaves_of() {
	echo "$1" | while read -r iova pa _ count _; do
		[ -z "$iova" ] || printf '0x%012x-0x%012x -> 0x%012x\n' "$((iova))" \
			$((iova + count * 4096 - 1)) "$((pa))"
	done
}

# expect_mapped WHEN LINES: LINES are mapped, and nothing else, for every reader.
# Pages that two tables resolve are one run, or one per table.
expect_mapped() {
	ktap_expect "$1: walk" "$(leaves_of "$2")" "$(sed 's/  L.*//' "$dir/walk")"
	while read -r iova pa _ count _; do
		[ -n "$iova" ] || continue
		lab_ask "$name" $((iova + (count - 1) * 4096))
		ktap_expect "$1: last page of $iova: walker, readers" \
			"$(printf '0x%x agree' $((pa + (count - 1) * 4096)))" "$walker $readers"
	done <<-LINES
	$2
	LINES
}

# run_program N: run it, of which the Nth table cannot be had; whether something
# failed is left in $failed
run_program() {
	failed='' done=
	while read -r line; do
		[ -n "$line" ] || continue
		lab_write "$dir/map" "$line"
		case $wrote in
		0) ;;
		ENOMEM)
			[ -z "$failed" ] || ktap_fail "table $1: a second failure" "$line"
			failed=$line
			ktap_expect "table $1: fail_nth afterwards" 0 "$(cat "$dir/fail_nth")"
			expect_mapped "table $1, failed: $line" "$done"
			lab_put "$dir/map" "$line"
			;;
		*) ktap_fail "table $1: map $line" "  expected: 0 or ENOMEM" "  got:      $wrote" ;;
		esac
		done="$done
$line"
	done <<-PROGRAM
	$program
	PROGRAM
	expect_mapped "table $1, in the end" "$done"
}

expect_no_violation() {
	case $(head -n 1 "$dir/violations") in
	"0 violations in 0 checks") ktap_fail "nothing was checked" ;;
	"0 violations in "*) ;;
	*) ktap_fail "$(cat "$dir/violations")" ;;
	esac
}

# nothing_of_a_failed_map_stays WORDS
nothing_of_a_failed_map_stays() {
	failures=0
	while :; do
		lab_create "$name" "$1"
		echo $((failures + 1)) >"$dir/fail_nth"
		run_program $((failures + 1))
		expect_no_violation
		tables=$(sed 1d "$dir/tables" | wc -l)
		left=$(cat "$dir/fail_nth")
		lab_put "$lab/destroy" "$name"
		[ -n "$failed" ] || break
		failures=$((failures + 1))
	done
	ktap_expect "what is left of fail_nth after a run without failure" 1 "$left"
	# The root is older than the program.
	ktap_expect "failures" $((tables - 1)) "$failures"
	[ "$failures" -gt 2 ] || ktap_fail "only $failures failures"
}

# root_may_fail WORDS
root_may_fail() {
	before=$(lab_names)
	lab_write "$lab/create" "$1 name=$name fail-nth=1"
	ktap_expect "creating it without a root" ENOMEM "$wrote"
	ktap_expect "instances" "$before" "$(lab_names)"
	lab_create "$name" "$1 fail-nth=2"
	ktap_expect "fail_nth of an instance made with 2" 1 "$(cat "$dir/fail_nth")"
	lab_write "$dir/map" "0x10000 0x80000000 4K 1 rw"
	ktap_expect "the first map" ENOMEM "$wrote"
}

# is_refused ERRNO FILE TEXT WHO: and a line in the log says so
is_refused() {
	lab_mark
	lab_write "$2" "$3"
	log=$(lab_log)
	ktap_expect "writing '$3'" "$1" "$wrote"
	case $log in
	*"io_pgtable_lab: $4: "*) ;;
	*) ktap_fail "kernel log" "  expected: io_pgtable_lab: $4: ..." "  got:      $log" ;;
	esac
}

# kernels_own_does_not_fail FORMAT
kernels_own_does_not_fail() {
	lab_create "$name" "format=$1 provider=kernel allocator=none"
	is_refused EOPNOTSUPP "$dir/fail_nth" 1 "$name"
	ktap_expect "fail_nth" 0 "$(cat "$dir/fail_nth")"
	is_refused EINVAL "$lab/create" "format=$1 provider=kernel name=$own-b fail-nth=1" "$own-b"
}

fail_nth_can_be_taken_back() {
	lab_create "$name" "format=v7s provider=lab allocator=page"
	ktap_expect "fail_nth of a new instance" 0 "$(cat "$dir/fail_nth")"
	for n in 0x10 18446744073709551615 1; do
		lab_put "$dir/fail_nth" "$n"
		ktap_expect "fail_nth" "$(printf %u "$n")" "$(cat "$dir/fail_nth")"
	done
	lab_put "$dir/fail_nth" 0
	lab_put "$dir/map" "0x10000 0x80000000 4K 1 rw"
}

# In the kernel's fault injection style, for all instances together.
fail_table_fails_as_told() {
	knobs=$lab/fail_table
	[ -d "$knobs" ] || ktap_skip "this kernel has no fault injection by debugfs"
	lab_create "$name" "format=v7s provider=lab allocator=page"
	echo 0 >"$knobs/verbose"
	echo 2 >"$knobs/times"
	echo 100 >"$knobs/probability"
	lab_write "$dir/map" "0x10000 0x80000000 4K 1 rw"
	first=$wrote
	lab_write "$lab/create" "format=v7s provider=lab allocator=page name=$own-b"
	second=$wrote times=$(cat "$knobs/times")
	lab_write "$dir/map" "0x10000 0x80000000 4K 1 rw"
	echo 0 >"$knobs/probability"
	ktap_expect "map, create, times then, map" "ENOMEM ENOMEM 0 0" "$first $second $times $wrote"
	expect_mapped "afterwards" "0x10000 0x80000000 4K 1 rw"
}

# A stack in the log is what a bug looks like.
fail_table_dumps_no_stack() {
	knobs=$lab/fail_table
	[ -d "$knobs" ] || ktap_skip "this kernel has no fault injection by debugfs"
	lab_create "$name" "format=v7s provider=lab allocator=page"
	echo "$verbose" >"$knobs/verbose"
	echo 1 >"$knobs/times"
	echo 100 >"$knobs/probability"
	lab_mark
	lab_write "$dir/map" "0x10000 0x80000000 4K 1 rw"
	echo 0 >"$knobs/probability"
	log=$(lab_log)
	ktap_expect "map" ENOMEM "$wrote"
	case $log in
	*"Call trace"*) ktap_fail "kernel log" "$log" ;;
	*"FAULT_INJECTION: forcing a failure"*) ;;
	*) ktap_fail "nothing in the kernel log tells of it" "$log" ;;
	esac
}

# reserve_runs_dry WORDS
reserve_runs_dry() {
	lab_create "$name" "$1"
	ktap_expect "reserve of a new instance" "auto, 0 tables ready" "$(cat "$dir/reserve")"
	lab_put "$dir/reserve" 0
	ktap_expect "reserve" "by hand, 0 tables ready" "$(cat "$dir/reserve")"
	lab_write "$dir/map" "0x10000 0x80000000 4K 1 rw"
	ktap_expect "map without a table" ENOMEM "$wrote"
	expect_mapped "without a table" ""

	# A table is there for either of two pages.
	lab_put "$dir/reserve" 1
	lab_write "$dir/map" "0x80000000 0x80000000 4K 1 rw"
	first=$wrote
	lab_write "$dir/map" "0x801ff000 0x90000000 4K 2 rw"
	ktap_expect "map with too few tables" ENOMEM "$wrote"
	case $first in
	0) expect_mapped "with too few tables" "0x80000000 0x80000000 4K 1 rw" ;;
	*) expect_mapped "with too few tables" "" ;;
	esac

	lab_put "$dir/reserve" 16
	ktap_expect "reserve" "by hand, 16 tables ready" "$(cat "$dir/reserve")"
	lab_put "$dir/map" "0x801ff000 0x90000000 4K 2 rw"
	lab_put "$dir/reserve" auto
	ktap_expect "reserve" "auto, 0 tables ready" "$(cat "$dir/reserve")"
	lab_put "$dir/map" "0x10000 0xa0000000 4K 1 rw"
	ktap_expect "reserve after a map" "auto, 0 tables ready" "$(cat "$dir/reserve")"
	expect_no_violation
}

# reserve_is_not_for WORDS
reserve_is_not_for() {
	lab_create "$name" "$1"
	is_refused EOPNOTSUPP "$dir/reserve" 4 "$name"
	is_refused EOPNOTSUPP "$dir/reserve" auto "$name"
	case $(cat "$dir/reserve") in
	*"does not reserve tables") ;;
	*) ktap_fail "reserve reads" "$(cat "$dir/reserve")" ;;
	esac
}

name=$own-a
dir=$instances/$name
# As it is when the module is loaded, unless somebody has set it.
verbose=$(cat "$lab/fail_table/verbose" 2>/dev/null)
ktap_at_exit() {
	if [ -d "$lab/fail_table" ]; then
		echo 0 >"$lab/fail_table/probability"
		echo "$verbose" >"$lab/fail_table/verbose"
	fi
	lab_destroy_own "$own"
}

lab_offered | grep -v ' none$' >"$ktap_tmp/with"
lab_offered | grep ' none$' >"$ktap_tmp/none"
[ -s "$ktap_tmp/with" ] || ktap_skip_all "nothing is offered with an allocator"
with=$(wc -l <"$ktap_tmp/with")
ktap_plan $((3 * with + 2 * $(wc -l <"$ktap_tmp/none") + 3))

while read -r format provider allocator; do
	words="format=$format provider=$provider allocator=$allocator"
	what="$format $provider $allocator"
	ktap_test "$what: nothing of a failed map stays" nothing_of_a_failed_map_stays "$words"
	ktap_test "$what: the root may fail" root_may_fail "$words"
	case $allocator in
	reserve) ktap_test "$what: a reserve runs dry" reserve_runs_dry "$words" ;;
	*) ktap_test "$what: has no reserve" reserve_is_not_for "$words" ;;
	esac
done <"$ktap_tmp/with"
while read -r format provider allocator; do
	what="$format $provider $allocator"
	ktap_test "$what: the kernel's own allocation is not failed" \
		kernels_own_does_not_fail "$format"
	ktap_test "$what: has no reserve" reserve_is_not_for \
		"format=$format provider=$provider allocator=$allocator"
done <"$ktap_tmp/none"
ktap_test "fail_nth can be taken back" fail_nth_can_be_taken_back
ktap_test "fail_table fails as it is told" fail_table_fails_as_told
ktap_test "fail_table dumps no stack by default" fail_table_dumps_no_stack
ktap_finish
