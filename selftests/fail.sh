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
# far from both. A line is what map takes, what walk then shows, and an input
# address with its output address. No process is made for what is compared often.
program='0x10000 0x80000000 4K 3 rw|0x000000010000-0x000000012fff -> 0x000080000000|0x12345 0x80002345
0x1ff000 0x90000000 4K 2 rw|0x0000001ff000-0x000000200fff -> 0x000090000000|0x200fff 0x90001fff
0x80000000 0xa0000000 4K 1 rw|0x000080000000-0x000080000fff -> 0x0000a0000000|0x80000000 0xa0000000'
newline='
'

# expect_mapped WHEN LINES: these of the program are mapped, and nothing else, for
# every reader
expect_mapped() {
	leaves='' got=''
	while IFS='|' read -r _ leaf question; do
		[ -n "$leaf" ] || continue
		leaves=$leaves$leaf$newline
		lab_ask "$name" "${question% *}"
		ktap_expect "$1: at ${question% *}: walker, readers" "${question#* } agree" \
			"$walker $readers"
	done <<-LINES
	$2
	LINES
	while read -r range to address _; do
		[ "$range" != '---[' ] || continue
		got="$got$range $to $address$newline"
	done <"$dir/walk"
	ktap_expect "$1: walk" "$leaves" "$got"
}

# run_program N: run it, of which the Nth table cannot be had; what failed is left
# in $failed
run_program() {
	failed='' done=''
	while IFS='|' read -r map rest; do
		lab_write "$dir/map" "$map"
		case $wrote in
		0) ;;
		ENOMEM)
			[ -z "$failed" ] || ktap_fail "table $1: a second failure" "$map"
			failed=$map
			read -r nth <"$dir/fail_nth"
			ktap_expect "table $1: fail_nth afterwards" 0 "$nth"
			expect_mapped "table $1, failed: $map" "$done"
			lab_put "$dir/map" "$map"
			;;
		*) ktap_fail "table $1: map $map" "  expected: 0 or ENOMEM" "  got:      $wrote" ;;
		esac
		done=$done$newline$map\|$rest
	done <<-PROGRAM
	$program
	PROGRAM
	expect_mapped "table $1, in the end" "$done"
}

expect_no_violation() {
	read -r violations <"$dir/violations"
	case $violations in
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
		[ -n "$failed" ] || break
		failures=$((failures + 1))
		lab_put "$lab/destroy" "$name"
	done
	ktap_expect "fail_nth after a run without failure" 1 "$(cat "$dir/fail_nth")"
	# The root is older than the program.
	ktap_expect "failures" $(($(sed 1d "$dir/tables" | wc -l) - 1)) "$failures"
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

# reserve_runs_dry WORDS: also in the middle of a map, which is then taken back
reserve_runs_dry() {
	lab_create "$name" "$1"
	ktap_expect "reserve of a new instance" "auto, 0 tables ready" "$(cat "$dir/reserve")"
	lab_put "$dir/reserve" 0
	ktap_expect "reserve" "by hand, 0 tables ready" "$(cat "$dir/reserve")"
	lab_write "$dir/map" "0x80000000 0x80000000 4K 1 rw"
	ktap_expect "map without a table" ENOMEM "$wrote"
	ktap_expect "walk" "" "$(lab_walk "$name")"

	lab_put "$dir/reserve" 16
	ktap_expect "reserve" "by hand, 16 tables ready" "$(cat "$dir/reserve")"
	lab_put "$dir/map" "0x80000000 0x80000000 4K 1 rw"
	leaves=$(lab_leaves "$name")
	lab_put "$dir/reserve" 0
	lab_write "$dir/map" "0x801ff000 0x90000000 4K 2 rw"
	ktap_expect "map with too few tables" ENOMEM "$wrote"
	ktap_expect "walk" "$leaves" "$(lab_leaves "$name")"

	lab_put "$dir/reserve" auto
	ktap_expect "reserve" "auto, 0 tables ready" "$(cat "$dir/reserve")"
	lab_put "$dir/map" "0x801ff000 0x90000000 4K 2 rw"
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
lab_chosen | grep -v ' none$' >"$ktap_tmp/with"
lab_chosen | grep ' none$' >"$ktap_tmp/none"
[ -s "$ktap_tmp/with" ] || ktap_skip_all "nothing is offered with an allocator"
with=$(wc -l <"$ktap_tmp/with")
ktap_plan $((3 * with + 2 * $(wc -l <"$ktap_tmp/none") + 1))

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
ktap_finish
