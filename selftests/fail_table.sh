#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Tables that cannot be had, in the style of the kernel's fault injection: for all
# instances together. Distro kernels have none.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require
knobs=$lab/fail_table
[ -d "$knobs" ] || ktap_skip_all "this kernel has no fault injection by debugfs"
[ -w /dev/kmsg ] || ktap_skip_all "no /dev/kmsg to mark the kernel log with"

name=$own-a
dir=$instances/$name
words="format=v7s provider=lab allocator=page"

# Whatever somebody has set is set again.
for knob in probability interval times space verbose; do
	echo "$knob $(cat "$knobs/$knob")"
done >"$ktap_tmp/was"

reset_knobs() {
	while read -r knob value; do
		echo "$value" >"$knobs/$knob"
	done <"$ktap_tmp/was"
}
ktap_after_each() {
	reset_knobs
	lab_destroy_own "$own"
}
ktap_at_exit() {
	reset_knobs
	lab_destroy_own "$own"
}

# set_knobs KNOB=VALUE...: these, and then that every request fails
set_knobs() {
	for knob; do
		echo "${knob#*=}" >"$knobs/${knob%%=*}"
	done
	echo 100 >"$knobs/probability"
}

# results TEXT...: what writing each to map returns
results() {
	for text; do
		lab_write "$dir/map" "$text"
		printf '%s ' "$wrote"
	done
}

defaults_fail_nothing() {
	ktap_expect "probability, verbose" "0 1" \
		"$(cat "$knobs/probability" "$knobs/verbose" | tr '\n' ' ' | sed 's/ $//')"
}

fails_so_many_times() {
	lab_create "$name" "$words"
	set_knobs times=2 verbose=0
	lab_write "$dir/map" "0x10000 0x80000000 4K 1 rw"
	first=$wrote
	lab_write "$lab/create" "$words name=$own-b"
	ktap_expect "map, create" "ENOMEM ENOMEM" "$first $wrote"
	ktap_expect "times" 0 "$(cat "$knobs/times")"
	ktap_expect "map, tried again" "0 " "$(results "0x10000 0x80000000 4K 1 rw")"
	ktap_expect "walk" "0x000000010000-0x000000010fff -> 0x000080000000  L2 1 x 4K" \
		"$(lab_leaves "$name")"
}

# Each of these pages takes a table.
fails_every_other_time() {
	lab_create "$name" "$words"
	set_knobs interval=2 times=-1 verbose=0
	case $(results "0x100000 0x80000000 4K 1 rw" "0x200000 0x80000000 4K 1 rw" \
		"0x300000 0x80000000 4K 1 rw" "0x400000 0x80000000 4K 1 rw") in
	"0 ENOMEM 0 ENOMEM " | "ENOMEM 0 ENOMEM 0 ") ;;
	*) ktap_fail "four maps" "$(cat "$dir/stats")" ;;
	esac
}

# Tables of 1 KB pass while "space" is more than that.
fails_when_space_is_used_up() {
	lab_create "$name" "$words"
	set_knobs space=2049 times=-1 verbose=0
	ktap_expect "three maps" "0 0 ENOMEM " \
		"$(results "0x100000 0x80000000 4K 1 rw" "0x200000 0x80000000 4K 1 rw" \
			"0x300000 0x80000000 4K 1 rw")"
}

# A stack in the log is what a bug looks like.
failure_is_told_without_a_stack() {
	lab_create "$name" "$words"
	lab_mark
	set_knobs times=1
	result=$(results "0x10000 0x80000000 4K 1 rw")
	log=$(lab_log)
	ktap_expect "map" "ENOMEM " "$result"
	case $log in
	*"Call trace"*) ktap_fail "kernel log" "$log" ;;
	*"FAULT_INJECTION: forcing a failure"*) ;;
	*) ktap_fail "nothing in the kernel log tells of it" "$log" ;;
	esac
}

no_table_is_the_kernels_own() {
	lab_create "$name" "format=lpae-s1 provider=kernel allocator=none"
	set_knobs times=1 verbose=0
	ktap_expect "map" "0 " "$(results "0x10000 0x80000000 4K 1 rw")"
	ktap_expect "times" 1 "$(cat "$knobs/times")"
}

ktap_plan 6
ktap_test "by default nothing fails, and what does is told" defaults_fail_nothing
ktap_test "requests fail so many times" fails_so_many_times
ktap_test "every other request fails" fails_every_other_time
ktap_test "requests fail when space is used up" fails_when_space_is_used_up
ktap_test "a failure is told in a line, without a stack" failure_is_told_without_a_stack
ktap_test "the kernel's own allocation is not failed" no_table_is_the_kernels_own
ktap_finish
