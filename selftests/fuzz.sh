#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The fuzzer's files: a run and its outcome, a failure that is shown as a program, and
# programs that are replayed.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

# said FILE KEY: what stands in a remark behind "# KEY:"
said() {
	sed -n "s/^# $2: *//p" "$lab/$1"
}

# program FILE: its lines without remarks
program() {
	sed 's/ *#.*//' "$lab/$1" | grep .
}

# runs WORDS: as many programs as there are seeds, and no rule is violated
runs() {
	lab_put "$lab/fuzz" "$1 seed=5 seeds=3 steps=40"
	case $(said fuzz verdict) in
	"ok, 120 steps, Linux "*) ;;
	*) ktap_fail "$(cat "$lab/fuzz")" ;;
	esac
	ktap_expect "programs" "3 of 40 steps, seeds 5 to 7" "$(said fuzz programs)"
	ktap_expect "lines that are no remark" "" "$(program fuzz)"
	ktap_expect "instances" "$existed" "$(lab_names)"
}

same_seed_same_steps() {
	lab_put "$lab/fuzz" "format=$1 provider=$2 allocator=$3 seed=9 seeds=2"
	first=$(said fuzz steps)
	lab_put "$lab/fuzz" "format=$1 provider=$2 allocator=$3 seed=9 seeds=2"
	ktap_expect "steps" "$first" "$(said fuzz steps)"
	lab_put "$lab/fuzz" "format=$1 provider=$2 allocator=$3 seed=10 seeds=2"
	[ "$first" != "$(said fuzz steps)" ] || ktap_fail "other seeds, and the same steps" "$first"
}

# high breaks table-low on purpose.
failure_is_shown() {
	lab_has_high_ram || ktap_skip "no RAM above 4 GB"
	lab_mark
	lab_put "$lab/fuzz" "format=lpae-s1 provider=lab allocator=high seeds=2"
	log=$(lab_log)
	case $(said fuzz verdict) in
	"FAILED, table-low: "*) ;;
	*) ktap_fail "$(cat "$lab/fuzz")" ;;
	esac
	case $log in
	*"io_pgtable_lab: fuzz: format=lpae-s1 provider=lab allocator=high "*": seed 1: rule table-low violated: "*) ;;
	*) ktap_fail "kernel log" "$log" ;;
	esac
	# The root is what lies too high: no step is needed.
	case $(program fuzz) in
	*"$newline"* | "") ktap_fail "the program" "$(program fuzz)" ;;
	"format=lpae-s1 provider=lab allocator=high "*) ;;
	esac
}

failure_is_replayed() {
	lab_has_high_ram || ktap_skip "no RAM above 4 GB"
	lab_put "$lab/fuzz" "format=lpae-s1 provider=lab allocator=high seeds=2"
	cat "$lab/fuzz" >"$lab/replay" || ktap_fail "what fuzz shows is not taken by replay"
	case $(said replay verdict) in
	"FAILED, step 0 of 0, table-low: "*) ;;
	*) ktap_fail "$(cat "$lab/replay")" ;;
	esac
}

newline='
'
steps='map 0x100000 0x80000000 4K 16 rw|ok
unmap 0x104000 4K 2|ok
map 0x104000 0x0 4K 1 r,noexec|ok
map-atomic 0x100000 0x0 4K 1 rw|-EEXIST
unmap-queued 0x100000 4K 4|ok
sync|ok
unmap 0x100000 4K 1|-ENOENT
map 0x100800 0x0 4K 1 rw|-EINVAL
map 0x1000000000000000 0x0 4K 1 rw|-ERANGE
translate 0x104123|ok
recreate|ok
unmap 0x104000 4K 1|-ENOENT'

# replays WORDS: each step gives what it ought to
replays() {
	lab_put "$lab/replay" "$1$newline$(echo "$steps" | cut -d'|' -f 1)"
	case $(said replay verdict) in
	"ok, 12 steps, Linux "*) ;;
	*) ktap_fail "$(cat "$lab/replay")" ;;
	esac
	got=$(sed -n 's/  *# /|/p' "$lab/replay")
	ktap_expect "steps and what they gave" "$steps" "$got"
	ktap_expect "instances" "$existed" "$(lab_names)"
}

replay_is_a_program() {
	lab_put "$lab/replay" "$1$newline$(echo "$steps" | cut -d'|' -f 1)"
	first=$(cat "$lab/replay")
	cat "$lab/replay" >"$ktap_tmp/program"
	lab_write "$lab/replay" "$(cat "$ktap_tmp/program")"
	ktap_expect "writing it back" 0 "$wrote"
	ktap_expect "the second replay" "$first" "$(cat "$lab/replay")"
}

# A table that cannot be had, and the request tried again
failed_table_is_replayed() {
	lab_put "$lab/replay" "$1
fail_nth 1
map 0x100000 0x80000000 4K 1 rw
fail_nth 0
map 0x100000 0x80000000 4K 1 rw"
	ktap_expect "what the maps gave" "-ENOMEM ok" \
		"$(sed -n 's/^map.*# //p' "$lab/replay" | tr '\n' ' ' | sed 's/ $//')"
}

signal_ends_a_run() {
	echo "format=$1 provider=$2 allocator=$3 seeds=100000000" 2>/dev/null >"$lab/fuzz" &
	writer=$!
	sleep 0.3
	kill "$writer"
	wait "$writer"
	case $(said fuzz verdict) in
	"INCOMPLETE, -EINTR, "*) ;;
	*) ktap_fail "$(cat "$lab/fuzz")" ;;
	esac
	ktap_expect "instances" "$existed" "$(lab_names)"
}

# More than replay takes: what came of the last one stays.
refuses_long() {
	before=$(cat "$lab/replay")
	{
		echo "format=v7s provider=lab allocator=slab"
		yes sync | head -n 20000
	} >"$ktap_tmp/long"
	if dd if="$ktap_tmp/long" of="$lab/replay" bs=128k 2>"$ktap_tmp/said"; then
		ktap_fail "a program of 100000 bytes was taken"
	fi
	ktap_expect "errno" E2BIG "$(lab_errno "$(cat "$ktap_tmp/said")")"
	ktap_expect "the last replay" "$before" "$(cat "$lab/replay")"
}

existed=$(lab_names)
# One of each format and provider; what does not depend on where tables are is tried there.
lab_offered | sort -u -k 1,2 >"$ktap_tmp/offered"
nr=$(wc -l <"$ktap_tmp/offered")
[ "$nr" != 0 ] || ktap_skip_all "no instance is offered"
awk '$2 == "kernel" { print $1 }' "$ktap_tmp/offered" >"$ktap_tmp/kernels"
with=$(lab_offered | awk '$1 == "v7s" && $3 != "none" { print $1, $2, $3; exit }')
[ -n "$with" ] || ktap_skip_all "no allocator is offered"
# shellcheck disable=SC2086 # three words
set -- $with
words="format=$1 provider=$2 allocator=$3"

ktap_plan $((2 * nr + $(wc -l <"$ktap_tmp/kernels") + 7))
while read -r format provider allocator; do
	what="$format $provider $allocator"
	ktap_test "$what: programs run" runs "format=$format provider=$provider allocator=$allocator"
	ktap_test "$what: a program is replayed" replays \
		"format=$format provider=$provider allocator=$allocator"
done <"$ktap_tmp/offered"
while read -r format; do
	ktap_test "$format: the kernel's and the lab's do the same" runs "format=$format differential"
done <"$ktap_tmp/kernels"
ktap_test "the same seed gives the same steps" same_seed_same_steps "$1" "$2" "$3"
ktap_test "a failure is shown, as a program" failure_is_shown
ktap_test "what is shown of a failure can be replayed" failure_is_replayed
ktap_test "what is shown of a replay can be replayed" replay_is_a_program "$words"
ktap_test "a table that cannot be had is replayed" failed_table_is_replayed "$words"
ktap_test "a program that is too long is refused" refuses_long
ktap_test "a signal ends a run, and no instance is left" signal_ends_a_run "$1" "$2" "$3"
ktap_finish
