#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# An allocator of somebody's own: registered by the sample module, it is offered
# like the lab's, and checked. SAMPLE_KO names the module's file.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

module=
for file in "${SAMPLE_KO:-}" /lab/io_pgtable_lab_sample.ko ../io_pgtable_lab_sample.ko; do
	[ ! -f "$file" ] || module=${module:-$file}
done
[ -n "$module" ] ||
	ktap_skip_all "no sample module: build it (make LAB_SAMPLES=y), set SAMPLE_KO=path"
[ ! -d /sys/module/io_pgtable_lab_sample ] || ktap_skip_all "the sample is loaded already"
[ -w /dev/kmsg ] || ktap_skip_all "no /dev/kmsg to mark the kernel log with"

# The sample goes after its instances, whatever has happened.
ktap_after_each() {
	lab_destroy_own "$own"
	[ ! -d /sys/module/io_pgtable_lab_sample ] || rmmod io_pgtable_lab_sample
}

ktap_at_exit() {
	ktap_after_each
}

# load [PARAMETER]: what the kernel log then says of it, in $log
load() {
	lab_mark
	insmod "$module" "$@" || ktap_fail "insmod $module $* failed"
	log=$(lab_log | grep 'io_pgtable_lab: sample: ')
}

# Everything is offered that other allocators are.
is_offered() {
	load
	ktap_expect "formats and providers" \
		"$(lab_offered | sed -n 's/ slab$//p')" "$(lab_offered | sed -n 's/ sample$//p')"
	ktap_expect "not offered" "v7s kernel" "$(lab_not_offered | sed -n 's/ sample$//p')"
}

works() {
	load
	lab_create "$own-a" "format=$1 provider=$2 allocator=sample"
	lab_put "$instances/$own-a/map" "0x10000 0x80000000 4K 600 rw"
	lab_ask "$own-a" 0x11234
	ktap_expect "model, walker, readers" "0x80001234 0x80001234 agree" "$model $walker $readers"
	lab_put "$instances/$own-a/unmap" "0x10000 4K 600"
	ktap_expect "allocator" sample "$(lab_value "$instances/$own-a/config" allocator)"
	ktap_expect "violations" "0 violations" \
		"$(head -n 1 "$instances/$own-a/violations" | cut -d' ' -f 1-2)"
}

is_in_the_report() {
	load
	cat "$lab/report" >"$ktap_tmp/report"
	ktap_expect "rows" "$(lab_offered | grep -c ' sample$')" \
		"$(grep -cE '^(v7s|lpae|mali)[a-z0-9-]* .* sample( |$)' "$ktap_tmp/report")"
	ktap_expect "verdict" "verdict: ok" "$(tail -n 1 "$ktap_tmp/report" | cut -d, -f 1)"
}

keeps_the_contract_at_load() {
	load
	ktap_expect "lines in the kernel log" 1 "$(echo "$log" | grep -c .)"
	case $log in
	*"sample: contract verdict: ok, "*" 0 failed, "*) ;;
	*) ktap_fail "kernel log" "$log" ;;
	esac
	case $(tail -n 1 "$lab/contract") in
	"verdict: ok, "*", allocator sample, "*) ;;
	*) ktap_fail "contract" "$(cat "$lab/contract")" ;;
	esac
}

keeps_the_contract_when_asked() {
	load
	lab_put "$lab/contract" slab
	lab_put "$lab/contract" sample
	ktap_expect "failed checks" "" "$(grep ' FAILED: ' "$lab/contract")"
	[ "$(grep -c ' ok$' "$lab/contract")" -ge 10 ] || ktap_fail "$(cat "$lab/contract")"
}

# It is loaded and can be tried, but everybody is told.
broken_one_is_found() {
	load broken=1
	case $log in
	*"contract, zeroed FAILED: table-zeroed: "*"contract verdict: FAILED, "*) ;;
	*) ktap_fail "kernel log" "$log" ;;
	esac
	grep -q '^zeroed  *FAILED: table-zeroed: ' "$lab/contract" ||
		ktap_fail "contract" "$(cat "$lab/contract")"
	lab_offered | grep -q ' sample$' || ktap_fail "it is not offered"
}

stays_while_an_instance_lives() {
	load
	lab_create "$own-a" "format=lpae-s1 provider=lab allocator=sample"
	if rmmod io_pgtable_lab_sample 2>/dev/null; then
		ktap_fail "rmmod" "  expected: refused, an instance lives" "  got:      done"
	fi
	lab_put "$lab/destroy" "$own-a"
	rmmod io_pgtable_lab_sample || ktap_fail "rmmod failed after the last instance"
}

is_unknown_when_gone() {
	load
	rmmod io_pgtable_lab_sample || ktap_fail "rmmod failed"
	ktap_expect "lines of create" "" "$(grep sample "$lab/create")"
	lab_write "$lab/create" "format=lpae-s1 provider=lab allocator=sample name=$own-a"
	ktap_expect "create" EINVAL "$wrote"
	lab_write "$lab/contract" sample
	ktap_expect "contract" ENOENT "$wrote"
}

holds_the_lab() {
	load
	if rmmod io_pgtable_lab 2>/dev/null; then
		ktap_fail "rmmod io_pgtable_lab" "  expected: refused" "  got:      done"
	fi
}

lab_offered | awk '$3 == "slab" { print $1, $2 }' >"$ktap_tmp/offered"
ktap_plan $((8 + $(wc -l <"$ktap_tmp/offered")))
ktap_test "the sample is offered with each format and provider" is_offered
while read -r format provider; do
	ktap_test "an instance of $format $provider with it works" works "$format" "$provider"
done <"$ktap_tmp/offered"
ktap_test "the report shows it" is_in_the_report
ktap_test "it keeps the contract when it is loaded" keeps_the_contract_at_load
ktap_test "it keeps the contract when asked again" keeps_the_contract_when_asked
ktap_test "one that is broken is found" broken_one_is_found
ktap_test "it stays while an instance lives" stays_while_an_instance_lives
ktap_test "it is unknown when it is gone" is_unknown_when_gone
ktap_test "the lab stays as long as it is loaded" holds_the_lab
ktap_finish
