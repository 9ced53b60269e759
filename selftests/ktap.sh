# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# KTAP for test programs in POSIX sh; to be sourced.
#
#   ktap_plan 2
#   ktap_test "a page is mapped" function argument...
#   ktap_test "a page is unmapped" function argument...
#   ktap_finish
#
# A test is a function. It runs in a subshell, and ends by returning, or at any
# depth by ktap_fail or ktap_skip. A program that ends before ktap_finish, or
# with another number of tests than it planned, has failed.
#
# The program may define ktap_after_each and ktap_at_exit to clean up; the
# latter runs however the program ends.

# kselftest's exit statuses
KSFT_PASS=0
KSFT_FAIL=1
KSFT_SKIP=4

ktap_planned=0 ktap_number=0
ktap_passed=0 ktap_failed=0 ktap_skipped=0
ktap_finished=

ktap_tmp=$(mktemp -d) || exit "$KSFT_FAIL"

ktap_after_each() { :; }
ktap_at_exit() { :; }

ktap_end() {
	trap - EXIT
	ktap_at_exit
	rm -rf "$ktap_tmp"
	[ -n "$ktap_finished" ] || {
		echo "Bail out! ended after $ktap_number of $ktap_planned tests"
		exit "$KSFT_FAIL"
	}
}
trap ktap_end EXIT
trap 'exit 130' HUP INT TERM

# ktap_diag LINE...: diagnostics, whatever they contain
ktap_diag() {
	printf '%s\n' "$@" | sed 's/^/# /'
}

# ktap_fail LINE...: end this test, saying why
ktap_fail() {
	ktap_diag "$@"
	exit "$KSFT_FAIL"
}

# ktap_skip WHY: end this test, which cannot be run here
ktap_skip() {
	echo "$1" >"$ktap_tmp/why"
	exit "$KSFT_SKIP"
}

# ktap_expect WHAT EXPECTED GOT
ktap_expect() {
	[ "$2" = "$3" ] || ktap_fail "$1" "  expected: $2" "  got:      $3"
}

# ktap_words FUNCTION: its name as words, in $ktap_said
ktap_words() {
	ktap_ifs=$IFS
	IFS=_
	# shellcheck disable=SC2086 # split it
	set -- $1
	IFS=' '
	ktap_said=$*
	IFS=$ktap_ifs
}

# ktap_plan NUMBER
ktap_plan() {
	ktap_planned=$1
	echo "KTAP version 1"
	echo "1..$1"
}

# ktap_skip_all WHY: none of this program's tests can be run here
ktap_skip_all() {
	ktap_finished=1
	echo "KTAP version 1"
	echo "1..0 # SKIP $1"
	exit "$KSFT_SKIP"
}

# ktap_test NAME FUNCTION ARGUMENT...
ktap_test() {
	ktap_name=$1
	shift
	ktap_number=$((ktap_number + 1))
	# The subshell must not clean up in the program's stead.
	(trap - EXIT; "$@")
	case $? in
	"$KSFT_PASS")
		ktap_passed=$((ktap_passed + 1))
		echo "ok $ktap_number $ktap_name"
		;;
	"$KSFT_SKIP")
		ktap_skipped=$((ktap_skipped + 1))
		echo "ok $ktap_number $ktap_name # SKIP $(cat "$ktap_tmp/why")"
		;;
	*)
		ktap_failed=$((ktap_failed + 1))
		echo "not ok $ktap_number $ktap_name"
		;;
	esac
	ktap_after_each
}

# ktap_finish: totals, and the exit status that follows from them
ktap_finish() {
	ktap_finished=1
	[ "$ktap_number" = "$ktap_planned" ] || {
		ktap_diag "planned $ktap_planned tests, ran $ktap_number"
		ktap_failed=$((ktap_failed + 1))
	}
	echo "# Totals: pass:$ktap_passed fail:$ktap_failed xfail:0 xpass:0 skip:$ktap_skipped error:0"
	[ "$ktap_failed" = 0 ] || exit "$KSFT_FAIL"
	[ "$ktap_passed" != 0 ] || exit "$KSFT_SKIP"
	exit "$KSFT_PASS"
}
