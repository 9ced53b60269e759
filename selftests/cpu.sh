#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The CPU as a reader: turned on and off, and what it says of what is mapped. The
# parameter is put back as it was.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

switch=/sys/module/io_pgtable_lab/parameters/cpu_reader
[ -w "$switch" ] || ktap_skip_all "this module has no parameter cpu_reader"
read -r was <"$switch"

ktap_at_exit() {
	echo "$was" >"$switch"
	[ ! -e "$lab/destroy" ] || lab_destroy_own "$own"
}

# ask_cpu IOVA: what the CPU says, in $cpu, beside lab_ask's
ask_cpu() {
	lab_ask "$own" "$1"
	cpu=$(sed -n 's/^cpu: *//p' "$instances/$own/translate")
}

# turn Y|N: turn the reader on or off
turn() {
	lab_put "$switch" "$1"
}

# create WORDS: an instance, or a skip with the reason why the CPU does not walk it
create() {
	turn Y
	lab_create "$own" "$1"
	ask_cpu 0
	case $cpu in
	"not asked: "*) ktap_skip "${cpu#not asked: }" ;;
	esac
}

is_off() {
	turn N
	lab_create "$own" "format=lpae-s1"
	ask_cpu 0
	ktap_expect "cpu, readers" \
		"not asked: off: the module parameter cpu_reader turns it on; agree" "$cpu; $readers"
}

# finds WORDS: what is mapped, what is not, and what is allowed
finds() {
	create "$1"
	lab_put "$instances/$own/map" "0x10000 0x180000000 $2 2 rw"
	lab_put "$instances/$own/map" "0x100000 0x190000000 $2 1 r"
	ask_cpu 0x10123
	ktap_expect "a writable page" "0x180000123, rw priv, rw user; agree" "$cpu; $readers"
	ask_cpu 0x100000
	ktap_expect "a read-only page" "0x190000000, r priv, r user; agree" "$cpu; $readers"
	lab_put "$instances/$own/unmap" "0x10000 $2 2"
	ask_cpu 0x10123
	ktap_expect "where no page is" "translation fault at level 3; agree" "$cpu; $readers"
}

is_refused() {
	turn Y
	lab_create "$own" "format=$1"
	ask_cpu 0
	case $cpu in
	"not asked: a 64-bit regime does not walk "*) ;;
	*) ktap_fail "cpu: $cpu" ;;
	esac
}

# A process of its own has tables of its own: they must still be there afterwards.
leaves_processes_alone() {
	create "format=lpae-s1"
	lab_put "$instances/$own/map" "0 0x180000000 4K 1 rw"
	(while :; do :; done) &
	busy=$!
	for number in $(seq 200); do
		ask_cpu 0x123
		ktap_expect "ask $number" "0x180000123, rw priv, rw user" "$cpu"
	done
	kill "$busy" || ktap_fail "the process beside it is gone"
}

ktap_plan 8
ktap_test "off, it says so" is_off
ktap_test "lpae-s1" finds "format=lpae-s1" 4K
ktap_test "lpae-s1 by the lab" finds "format=lpae-s1 provider=lab allocator=slab" 4K
ktap_test "lpae-s1, 64K" finds "format=lpae-s1 granule=64K" 64K
ktap_test "lpae-s2" finds "format=lpae-s2" 4K
ktap_test "v7s is not asked about" is_refused v7s
ktap_test "mali is not asked about" is_refused mali
ktap_test "processes live on" leaves_processes_alone
ktap_finish
