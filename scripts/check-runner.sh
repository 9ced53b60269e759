#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The runner's own tests: guests that end badly, each of which must be told
# apart by its exit status. Option --counts=FILE says where to leave the counts.

. "$(dirname "$0")/kernel.sh"
. "$top/scripts/kunit-kernel.sh"
. "$top/scripts/build.sh"
. "$top/scripts/mutants-test.sh"

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

# A guest that hung was asked what its CPUs do, and where its tasks are.
hang_says_where() {
	local question result=pass
	for question in 'Show backtrace of all active CPUs' 'Show Blocked State' 'Show State'; do
		grep -q "sysrq: $question" "$(sed -n 's/.*whole console: //p' "$work/hang.err")" ||
			result="it was not asked: $question"
	done
	grep -q 'sysrq: ' "$work/hang.err" || result="nobody is told what it said"
	echo "$result" >"$work/hang-says-where.result"
}

# One that talks on and on has an end, too.
endless() {
	local result=pass
	timeout 60 python3 -B - "$top/scripts" >"$work/endless.err" 2>&1 <<-'END' || result="no end came of it"
		import os, sys
		sys.path.insert(0, sys.argv[1])
		import qemu
		guest = qemu.Guest(["sh", "-c", "while echo up; do sleep 0.1; done"])
		with open(os.devnull, "wb") as log:
		    ended = guest.run(qemu.Console("nonce", log, False, False), 0.5)
		guest.kill()
		sys.exit(ended)
	END
	echo "$result" >"$work/endless.result"
}

# text NAME STATUS KTAP [SHOWN]: what must be found out without a guest, too; of the KTAP
# what matches SHOWN is printed
text() {
	local is=0 result=pass
	names+=("$1")
	printf 'KTAP version 1\n%s\n' "$3" >"$work/$1"
	python3 -B "$top/scripts/ktap.py" "$kunit_py" "$work/$1" >"$work/$1.err" 2>&1 || is=$?
	[ "$is" = "$2" ] || result="status $is, where $2 was due"
	grep -q "${4:-}" "$work/$1.err" || result="nothing says '$4'"
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
	while kill -0 $pid 2>/dev/null && ! grep -qs up "$work/killed.out"; do sleep 0.2; done
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
TIMEOUT=30 start slow 0 - <<'END'
for i in 1 2 3 4 5; do echo $i; sleep 8; done
END
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
names+=(killed hang-says-where endless)
guest_killed
hang_says_where
endless

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
text violation-shown 1 "1..1
io_pgtable_lab: a: rule no-stray violated: a page
$(seq -f '# line %g of a trace' 50)
not ok 1 one" 'rule no-stray violated'

# experiment NAME STATUS COUNTS [SED-EXPRESSION]: what an experiment printed,
# changed so that a bar must be seen to fall
experiment() {
	local is=0 result=pass
	names+=("experiment-$1")
	mkdir -p "$work/experiment-$1"
	sed "${4:-}" >"$work/experiment-$1/text" <<-'END'
		io-pgtable-lab experiment on Linux 6.12.1, 4 KB pages, 8 CPUs, RAM 0x0-0x1
		slack: 65536 bytes between bytes_low and bytes_account

		allocator program   live bytes_low bytes_account agreement per_live peak_low pairs pair_ns reserve_ns
		slab      full      4096   4227072       4227072 agree         1032  4227072  4096     700          -
		slab      adversary  128   4227072       4227072 agree        33024  4227072  4096     700          -
		reserve   full      4096   4210688       4210688 agree         1028  4210688  4096     133        344
		reserve   adversary  128   4210688       4210688 agree        32896  4210688  4096     133        344
		packed    full      4096   4210688       4210688 agree         1028  4210688  4096     600          -
		packed    adversary  128    540672        540672 agree         4224  4210688  4096     600          -

		allocator live instances first_ns alloc_ns free_ns reserve_ns
		slab        16         1    300.0    270.0   145.0          -
		slab      1024        16    400.0    402.0   248.0          -
		reserve     16         1     96.0     96.0    37.0      190.5
		reserve   1024         1     96.0     96.0    37.0      190.5
		reserve   1024        16     96.0     96.0    37.0      319.3
		packed      16         1    449.0    139.0   113.0          -
		packed    1024         1    449.0    139.0   113.0          -
		packed    1024        16    449.0    139.0   113.0          -

		format descriptors verify_ns
		v7s        1048576      18.9
		lpae-s1    1048576      17.5

		reserved: 1000 maps and unmaps of allocators that reserve, in 0 of which something was allocated

		verdict: ok, as far as the module can tell
	END
	python3 -B "$top/scripts/experiment.py" --quiet --into "$work/experiment-$1" --counts "$work/experiment-$1/counts" \
		"$work/experiment-$1/text" >"$work/experiment-$1.err" 2>&1 || is=$?
	if [ "$is" != "$2" ]; then
		result="status $is, where $2 was due"
	elif [ "$(cat "$work/experiment-$1/counts")" != "$3" ]; then
		result="counts $(cat "$work/experiment-$1/counts"), where $3 were due"
	elif [ ! -s "$work/experiment-$1/experiment.svg" ]; then
		result="no picture"
	fi
	echo "$result" >"$work/experiment-$1.result"
}

need gnuplot:gnuplot-nox
experiment all-well 0 '19 0 0'
experiment verdict 1 '18 1 0' 's/verdict: ok/verdict: FAILED/'
experiment account-differs 1 '18 1 0' '/slab *full/s/4227072 agree/9227072 DISAGREE/'
experiment not-counted 1 '10 9 0' 's/[0-9]* *\([0-9]*\) agree /- \1 - /'
experiment no-account 0 '18 0 1' '/slab *full/s/4227072 *4227072 agree/4227072 - -/'
experiment program-failed 1 '18 1 0' '/slab *full/s/ 4227072.*/ FAILED: -ENOMEM/'
experiment not-the-least 1 '18 1 0' '/packed *full/s/4210688 /4227073 /'
experiment not-half 1 '18 1 0' '/packed *adversary/s/540672 /2113537 /'
experiment half-of-large-pages 0 '18 0 1' 's/4 KB pages/16 KB pages/; /packed *adversary/s/540672 /2113537 /'
experiment slow-reserve 1 '18 1 0' '/reserve  *[0-9]* *[0-9]* /s/96.0    37.0/151.0    37.0/'
experiment slow-packed 1 '18 1 0' '/slab *16 /s/270.0   145.0/100.0   145.0/'
experiment allocates 1 '18 1 0' 's/in 0 of which/in 1 of which/'
experiment not-seen 0 '18 0 1' '/^reserved: /d'
experiment not-flat-by-live 1 '18 1 0' '/packed *16 /s/139.0/112.0/'
experiment not-flat-by-instances 1 '18 1 0' '/reserve *1024 *16 /s/37.0/51.0/'
experiment slow-verification 1 '18 1 0' '/^v7s/s/18.9/25.1/'
experiment failed-verification 1 '18 1 0' '/^lpae-s1/s/1048576.*/1048576 FAILED: -ENOMEM/'
experiment no-packed 1 '11 6 0' '/^packed/d'

mutants_tests

# The project's own are written against the sources of 6.12. Rules of the others are for
# somebody else to break (Documentation/mutants.rst).
own_mutants() {
	local result=pass tree
	for tree in "$cache"/source/linux-source-6.12_*; do
		[ -e "$tree/Makefile" ] || continue
		names+=("own-mutants-${tree##*_}")
		python3 -B "$top/scripts/mutants.py" --check --tree "$tree" --folder "$top/selftests/mutants" \
			--rules "$top/selftests/rules.list" --except table-aligned,table-linear,alloc-once,unmap-matches \
			>"$work/${names[-1]}.err" 2>&1 || result="do not all apply"
		echo "$result" >"$work/${names[-1]}.result"
	done
}
own_mutants

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
