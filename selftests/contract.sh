#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The contract suite by its file: it runs on whom one names, and says what came of
# it. What it refuses is in bad_input.sh, allocators of others in samples.sh.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

usage="Write an allocator's name here to run the suite on it:"

says_how_to_use_it() {
	[ "$(head -n 1 "$lab/contract")" = "$usage" ] ||
		ktap_skip "the suite has run since the module was loaded"
	ktap_expect "lines that say what no check proves" "" \
		"$(sed 1d "$lab/contract" | grep -v '^  [a-z-]*  *[a-z].*')"
}

verdict() {
	tail -n 1 "$lab/contract" | cut -d, -f 1
}

# Each line is a check's, but for the last.
is_whole() {
	ktap_expect "lines that are no check's" "" \
		"$(sed '$d' "$1" | grep -v '^[a-z-]*  *\(ok\|FAILED: ..*\|not checked: ..*\)$')"
	ktap_expect "verdicts" 1 "$(grep -c '^verdict: ' "$1")"
}

is_kept() {
	lab_put "$lab/contract" "$1"
	cat "$lab/contract" >"$ktap_tmp/said"
	is_whole "$ktap_tmp/said"
	checks=$(grep -c ' ok$' "$ktap_tmp/said")
	rest=$(grep -c ' not checked: ' "$ktap_tmp/said")
	ktap_expect "last line" \
		"verdict: ok, $checks checks ok, 0 failed, $rest not checked, allocator $1, Linux $(uname -r)" \
		"$(tail -n 1 "$ktap_tmp/said")"
	[ "$checks" -ge 10 ] || ktap_fail "only $checks checks" "$(cat "$ktap_tmp/said")"
}

# What it breaks on purpose is found, and nothing else.
is_found() {
	lab_has_high_ram || ktap_skip "no RAM above 4 GB"
	lab_put "$lab/contract" "$1"
	cat "$lab/contract" >"$ktap_tmp/said"
	is_whole "$ktap_tmp/said"
	ktap_expect "verdict" "verdict: FAILED" "$(verdict)"
	ktap_expect "rules" \
		"$(sed -n "s/.*  $1  *offered, breaks \(.*\) on purpose$/\1/p" "$lab/create" |
			head -n 1 | sed 's/ and /\n/g' | sort)" \
		"$(sed -n 's/.* FAILED: \([a-z-]*\): .*/\1/p' "$ktap_tmp/said" | sort -u)"
}

# A run is about an allocator, not about this kernel.
leaves_the_totals_alone() {
	before=$(cat "$lab/rules")
	lab_put "$lab/contract" slab
	lab_breaking | head -n 1 >"$ktap_tmp/one"
	while read -r allocator; do
		lab_put "$lab/contract" "$allocator"
	done <"$ktap_tmp/one"
	ktap_expect "rules" "$before" "$(cat "$lab/rules")"
}

leaves_nothing() {
	before=$(lab_names; find /sys/bus/platform/devices/ -name '*io_pgtable_lab*')
	lab_put "$lab/contract" slab
	ktap_expect "instances and devices" "$before" \
		"$(lab_names; find /sys/bus/platform/devices/ -name '*io_pgtable_lab*')"
}

# Readers see a run that is through, whoever runs another meanwhile.
writers_take_turns() {
	for allocator in slab page slab page; do
		echo "$allocator" >"$lab/contract" || touch "$ktap_tmp/refused" &
	done
	for n in 1 2 3; do
		cat "$lab/contract" >"$ktap_tmp/said"
		[ "$(head -n 1 "$ktap_tmp/said")" = "$usage" ] || is_whole "$ktap_tmp/said"
	done
	wait
	[ ! -e "$ktap_tmp/refused" ] || ktap_fail "one of four writers was refused"
	is_whole "$lab/contract"
	ktap_expect "verdict" "verdict: ok" "$(verdict)"
}

lab_offered | awk '$3 != "none" { print $3 }' | sort -u >"$ktap_tmp/allocators"
lab_breaking >"$ktap_tmp/breaking"
ktap_plan $((4 + $(wc -l <"$ktap_tmp/allocators") + $(wc -l <"$ktap_tmp/breaking")))
ktap_test "before it has run, the suite says how to use it" says_how_to_use_it
while read -r allocator; do
	ktap_test "$allocator keeps the contract" is_kept "$allocator"
done <"$ktap_tmp/allocators"
while read -r allocator; do
	ktap_test "$allocator is found to break what it says" is_found "$allocator"
done <"$ktap_tmp/breaking"
ktap_test "a run leaves the counts of rules alone" leaves_the_totals_alone
ktap_test "a run leaves no instance and no device" leaves_nothing
ktap_test "writers take turns" writers_take_turns
ktap_finish
