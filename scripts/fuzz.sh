#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run the fuzzer for a while, in a guest for each CPU of this machine, each with seeds
# that no other has. A program that violates a rule is printed as lines that can be
# written to the file replay. The exit status is 0 where no guest found one.
#
# MINUTES= says how long (default: 5), SEED= which seed is the first (default: one that
# was not used before: the time). KERNEL=, KDIR=, MIRROR= and V=1 are guest.sh's.

. "$(dirname "$0")/kernel.sh"
. "$top/scripts/build.sh"

minutes=${MINUTES:-5} seed=${SEED:-$(date +%s)0000000}
# Apart from each other further than any guest comes
apart=1000000000000
[[ $minutes =~ ^[1-9][0-9]*$ ]] || die "MINUTES='$minutes' is no number of minutes"
[[ $seed =~ ^[0-9]{1,18}$ ]] || die "SEED='$seed' is no number of at most 18 digits"

trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM
kernel_resolve
work=$cache/run/$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
say "building the module for $k_title"
build_modules "$work"

guests=$(nproc)
say "fuzzing $k_title in $guests guests for $minutes minutes"
for ((i = 0; i < guests; i++)); do
	TIMEOUT=$((60 * minutes + 180)) "$top/scripts/guest.sh" --cpus=1 \
		--module "$work/io_pgtable_lab.ko" \
		--append="lab.fuzz=$((seed + i * apart)),$((60 * minutes))" \
		"$top/scripts/guest/fuzz" >"$work/$i.out" 2>"$work/$i.err" &
	pids[i]=$!
done

failed=0
for ((i = 0; i < guests; i++)); do
	status=0
	wait "${pids[i]}" || status=$?
	grep -v '^fuzzed: ' "$work/$i.out" || true
	sed -n "s/^fuzzed: /guest $i: /p" "$work/$i.out"
	[ "$status" != 0 ] || continue
	failed=$((failed + 1))
	echo "guest $i FAILED (status $status)"
	# What the fuzzer finds it has said by now.
	[ "$status" = 1 ] || cat "$work/$i.err"
done

awk '
	/^fuzzed: |^failed: seeds/ {
		for (i = 2; i <= NF; i++) {
			if ($i ~ /^programs/) programs += $(i - 1)
			if ($i ~ /^steps/) steps += $(i - 1)
		}
	}
	END { printf "%d programs, %d steps verified", programs, steps }
' "$work"/*.out
echo ", $failed of $guests guests failed"
[ "$failed" = 0 ]
