#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The runner's own tests: guests that end badly, each of which must be told
# apart by its exit status. Option --counts=FILE says where to leave the counts.

. "$(dirname "$0")/kernel.sh"
. "$top/scripts/kunit-kernel.sh"
. "$top/scripts/build.sh"

counts=${1#--counts=}
work=$cache/run/$$
kernel_resolve
mkdir -p "$work"
# Built once: these tests are about the guest.
build_modules "$work"
module=$work/io_pgtable_lab.ko
kunit_py=$(kunit_py)
trap 'rm -rf "$work"' EXIT
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM

guest() {
	local name=$1 status=$2 output=$3 is=0 result=pass
	shift 3
	bash "$top/scripts/guest.sh" --module "$module" --memory=1G "$@" "$work/$name" >"$work/$name.out" 2>"$work/$name.err" || is=$?
	if [ "$is" != "$status" ]; then
		result="status $is, where $status was due"
	elif [ "$output" != - ] && [ "$(cat "$work/$name.out")" != "$output" ]; then
		result="printed '$(cat "$work/$name.out")'"
	fi
	echo "$result" >"$work/$name.result"
}

# text NAME STATUS KTAP: what must be found out without a guest, too
text() {
	local is=0 result=pass
	names+=("$1")
	printf 'KTAP version 1\n%s\n' "$3" >"$work/$1"
	python3 -B "$top/scripts/ktap.py" "$kunit_py" "$work/$1" >"$work/$1.err" 2>&1 || is=$?
	[ "$is" = "$2" ] || result="status $is, where $2 was due"
	echo "$result" >"$work/$1.result"
}

# console NAME STATUS REGEX LINE...: a guest's console that expects a splat, in
# which the kernel said LINEs and the script ended with 3
console() {
	local name=$1 status=$2 is=0 result=pass
	names+=("$name")
	python3 -B - "$top/scripts" "${@:3}" >"$work/$name.err" 2>&1 <<'END' || is=$?
import argparse, os, sys
sys.path.insert(0, sys.argv[1])
import qemu
with open(os.devnull, "wb") as log:
    console = qemu.Console("nonce", log, False, False)
    console.feed(b"\x1enonce begin\n")
    for line in sys.argv[3:]:
        console.feed(b"[    1.000000] " + line.encode() + b"\r\n")
    console.feed(b"\x1enonce exit 3\n")
    status, reason = qemu.judge(console, True, argparse.Namespace(
        expect_splat=sys.argv[2], timeout=1))
print(reason)
sys.exit(status)
END
	[ "$is" = "$status" ] || result="status $is, where $status was due"
	echo "$result" >"$work/$name.result"
}

# The guest must not outlive whoever wanted it.
guest_killed() {
	local pid result=pass
	echo 'echo up; sleep 1000' >"$work/killed"
	bash "$top/scripts/guest.sh" --module "$module" --memory=1G "$work/killed" >"$work/killed.out" 2>"$work/killed.err" &
	pid=$!
	while kill -0 $pid 2>/dev/null && ! grep -q up "$work/killed.out"; do sleep 0.2; done
	kill -KILL $pid || result="the guest ended before it could be killed"
	wait $pid 2>/dev/null || true
	sleep 1
	# The initramfs, in this run's folder, is in QEMU's command line.
	! grep -qslF "$cache/run/$pid/" /proc/[0-9]*/cmdline || result="QEMU lives on"
	echo "$result" >"$work/killed.result"
}

names=()
# start NAME STATUS OUTPUT [GUEST.SH-OPTION...], the script on stdin: a guest
# that must end with STATUS, and print OUTPUT (- is anything). Two at a time.
start() {
	names+=("$1")
	cat >"$work/$1"
	[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
	guest "$@" &
}

TIMEOUT=30 start hang 240 up <<<'echo up; sleep 1000'
start panic 241 up <<<'echo up; sleep 1; echo c >/proc/sysrq-trigger'
start no-verdict 242 - <<<'poweroff -f; sleep 1000'
start splat 243 - <<<'echo "<4>BUG: KASAN: made up" >/dev/kmsg'
start truncated-plan 244 - --ktap=script <<'END'
printf 'KTAP version 1\n1..3\nok 1 one\nok 2 two\n'
END
start no-test 245 - --ktap=script <<<'echo no test here'
: >"$work/empty.ko"
start no-module 246 - --module "$work/empty.ko" <<<'exit 0'
start exit-status 7 $'a line\nanother' <<'END'
# The kernel's lines must not get into the script's, wherever they come.
printf 'a li'; echo "cut in two" >/dev/kmsg; sleep 0.2; printf 'ne\n'
echo another
exit 7
END
wait
names+=(killed)
guest_killed

console expected-splat 3 'made up' 'WARNING: made up' 'Call trace:'
console expected-splat-missing 243 'made up'
console other-splat 243 'made up' 'WARNING: made up' 'WARNING: not foreseen'

text nested-plan 244 $'1..1\n    KTAP version 1\n    1..2\n    ok 1 one\nok 1 outer'
text lost-result 244 $'1..1\n    KTAP version 1\n    1..1\n    ok 1 one'
text number-skipped 244 $'1..2\nok 1 one\nok 3 three'
text no-plan 245 'ok 1 one'
text failed-test 1 $'1..2\nok 1 one\nnot ok 2 two'
text failed-suite 1 $'1..1\n    KTAP version 1\n    1..1\n    ok 1 one\nnot ok 1 outer'
text all-well 0 $'1..1\n    KTAP version 1\n    1..2\n    ok 1 one\n    ok 2 two # SKIP why\nok 1 outer'

passed=0 failed=0
for name in "${names[@]}"; do
	result=$(cat "$work/$name.result" 2>/dev/null) || result="did not run"
	if [ "$result" = pass ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "  FAIL $name: $result"
		tail -n 20 "$work/$name.err" | sed 's/^/       /'
	fi
done
echo "  $([ $failed = 0 ] && echo "ok  " || echo FAIL) runner: $passed passed$([ $failed = 0 ] || echo ", $failed failed")"
echo "$passed $failed 0" >>"$counts"
