#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Several CPUs at once in one page table: each pattern on each format and provider.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

name=$own-a
dir=$instances/$name

# runs WORDS: every pattern that the instance can do, and what was mapped before stays
runs() {
	lab_create "$name" "$1"
	lab_put "$dir/map" "0x10000 0x80000000 4K 3 rw"
	leaves=$(lab_leaves "$name")
	patterns=$(tr '\n' ' ' <"$dir/concurrent")
	case $patterns in
	"disjoint neighbours create opposite "*) ;;
	*) ktap_fail "patterns" "$patterns" ;;
	esac
	for pattern in $patterns; do
		lab_put "$dir/concurrent" "$pattern seed=3 rounds=2"
	done
	read -r violations <"$dir/violations"
	case $violations in
	"0 violations in 0 checks"*) ktap_fail "nothing was checked" ;;
	"0 violations in "*) ;;
	*) ktap_fail "$(cat "$dir/violations")" ;;
	esac
	ktap_expect "walk" "$leaves" "$(lab_leaves "$name")"
}

# split_is_refused WORDS
split_is_refused() {
	lab_create "$name" "$1"
	lab_mark
	lab_write "$dir/concurrent" split
	log=$(lab_log)
	ktap_expect "writing split" EOPNOTSUPP "$wrote"
	case $log in
	*"io_pgtable_lab: $name: concurrent: split, seed 1: "*) ;;
	*) ktap_fail "kernel log" "$log" ;;
	esac
}

lab_offered | sort -u -k 1,2 >"$ktap_tmp/offered"
[ -s "$ktap_tmp/offered" ] || ktap_skip_all "no instance is offered"
words=$(awk '$2 == "lab" { print "format=" $1 " provider=lab allocator=" $3; exit }' "$ktap_tmp/offered")

ktap_plan $(($(wc -l <"$ktap_tmp/offered") + 1))
while read -r format provider allocator; do
	ktap_test "$format $provider $allocator: CPUs do not disturb each other" \
		runs "format=$format provider=$provider allocator=$allocator"
done <"$ktap_tmp/offered"
ktap_test "what splits no blocks refuses to" split_is_refused "$words"
ktap_finish
