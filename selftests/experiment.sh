#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The experiment as a file: one reader at a time, who may be interrupted. What
# it measures is for scripts/experiment.sh, in a guest that counts instructions.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

experiment=$lab/experiment

# start: a reader, in $reader, who is at it by now
start() {
	cat "$experiment" >"$ktap_tmp/first" 2>&1 &
	reader=$!
	sleep 0.3
}

stop() {
	kill "$reader" 2>/dev/null
	wait "$reader" 2>/dev/null
	status=$?
}

second_reader_is_told_so() {
	start
	said=$(cat "$experiment" 2>&1)
	stop
	[ "$status" = 143 ] || ktap_skip "the first reader was through before the second came"
	ktap_expect "the second reader" EBUSY "$(lab_errno "$said")"
}

signal_ends_it() {
	start
	before=$(cut -d. -f 1 /proc/uptime)
	stop
	[ "$status" = 143 ] || ktap_skip "the reader was through before the signal came"
	[ "$(cut -d. -f 1 /proc/uptime)" -le $((before + 10)) ] ||
		ktap_fail "it took more than 10 s to end"
	ktap_expect "instances" "$existed" "$(lab_names)"
}

is_free_again() {
	start
	stop
	start
	said=$(cat "$ktap_tmp/first")
	stop
	ktap_expect "the next reader" "" "$said"
}

existed=$(lab_names)
ktap_plan 3
ktap_test "a second reader at a time gets EBUSY" second_reader_is_told_so
ktap_test "a signal ends an experiment, and no instance is left" signal_ends_it
ktap_test "after a signal the next may read" is_free_again
ktap_finish
