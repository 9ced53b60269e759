#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The report as a file: whoever reads it, and however, gets one that is whole.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

# A reader with a small buffer sees one report, not pieces of several.
is_one_report_in_small_pieces() {
	dd if="$lab/report" bs=100 2>/dev/null >"$ktap_tmp/pieces"
	ktap_expect "verdicts" 1 "$(grep -c '^verdict: ok' "$ktap_tmp/pieces")"
	ktap_expect "lines" "$(wc -l <"$lab/report")" "$(wc -l <"$ktap_tmp/pieces")"
}

two_do_not_disturb_each_other() {
	cat "$lab/report" >"$ktap_tmp/1" &
	cat "$lab/report" >"$ktap_tmp/2" &
	wait
	for n in 1 2; do
		case $(tail -n 1 "$ktap_tmp/$n") in
		'verdict: ok, '*) ;;
		'verdict: INCOMPLETE, '*) ktap_skip "one live kernel v7s instance at a time on this kernel" ;;
		*) ktap_fail "report $n" "$(cat "$ktap_tmp/$n")" ;;
		esac
	done
}

ktap_plan 2
ktap_test "a report read in small pieces is one report" is_one_report_in_small_pieces
ktap_test "two reports at a time do not disturb each other" two_do_not_disturb_each_other
ktap_finish
