#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every test: the runner's own, the KUnit suites on a KUnit kernel, the
# kselftests on the distro's kernel; or on somebody's own kernel whatever that
# supports. The last line counts them, and the exit status follows it.

. "$(dirname "$0")/kernel.sh"

trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM
kernel_resolve
counts=$cache/run/$$/counts
mkdir -p "${counts%/*}"
trap 'rm -rf "${counts%/*}"' EXIT
: >"$counts"

# part TITLE COMMAND...: a command that appends to $counts
part() {
	local title=$1 before status=0
	shift
	before=$(wc -l <"$counts")
	[ "$1" = bash ] || echo "$title"
	"$@" || status=$?
	# One that did not come as far as that is a failed test, never silence.
	if [ "$(wc -l <"$counts")" = "$before" ]; then
		echo "  FAIL $title: did not run (status $status)"
		echo "0 1 0" >>"$counts"
	fi
}

config() {
	grep -q "^CONFIG_$1=y" "$k_config"
}

guest=("$top/scripts/guest.sh" "--counts=$counts")
selftests=("${guest[@]}" --ktap=script --with "$top/selftests" "$top/scripts/guest/selftests")
kunit=("${guest[@]}" --ktap=kernel --append=kunit.filter_glob='lab*')
if kernel_is_own; then
	if config KUNIT; then
		part "KUnit on $k_title" "${kunit[@]}" "$top/scripts/guest/kunit"
	else
		echo "no KUnit: this kernel has no CONFIG_KUNIT"
	fi
	if config DEBUG_FS; then
		part "kselftest on $k_title" "${selftests[@]}"
	else
		echo "no kselftest: this kernel has no CONFIG_DEBUG_FS"
	fi
else
	part "the runner's own tests" bash "$top/scripts/check-runner.sh" "$counts"
	part "KUnit on the KUnit kernel of $k_suite" "${kunit[@]}" --kunit "$top/scripts/guest/kunit"
	part "kselftest on $k_title" "${selftests[@]}"
fi

# No test at all is not a pass.
awk '
	{ passed += $1; failed += $2; skipped += $3 }
	END {
		if (!passed && !failed) failed++
		printf "%d passed, %d failed", passed, failed
		if (skipped) printf ", %d skipped", skipped
		print ""
		exit failed != 0
	}
' "$counts"
