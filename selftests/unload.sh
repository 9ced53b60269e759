#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The module goes, with instances that live, leaves nothing behind, and comes
# back. LAB_MODULE names its file, to load it again.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

module=
for file in "${LAB_MODULE:-}" /lab/io_pgtable_lab.ko ../io_pgtable_lab.ko; do
	[ ! -f "$file" ] || module=${module:-$file}
done
[ -n "$module" ] || ktap_skip_all "no module file: set LAB_MODULE=path/to/io_pgtable_lab.ko"
[ -d /sys/module/io_pgtable_lab ] || ktap_skip_all "the lab is built in"
[ -w /dev/kmsg ] || ktap_skip_all "no /dev/kmsg to mark the kernel log with"
[ -z "$(ls /sys/module/io_pgtable_lab/holders)" ] || ktap_skip_all "another module uses the lab"
[ -z "$(lab_names)" ] || ktap_skip_all "somebody's instances live: $(lab_names)"

# Whatever happens, the lab is there afterwards.
ktap_at_exit() {
	[ -e "$lab/create" ] || insmod "$module"
	lab_destroy_own "$own"
}

# Instances of all kinds, with tables and mapped pages.
populate() {
	lab_offered >"$ktap_tmp/offered"
	number=0
	while read -r format provider allocator; do
		number=$((number + 1))
		lab_put "$lab/create" "format=$format provider=$provider allocator=$allocator name=$own-$number"
		lab_put "$instances/$own-$number/map" "0x10000 0x80000000 4K 600 rw"
	done <"$ktap_tmp/offered"
}

unload() {
	rmmod io_pgtable_lab 2>"$ktap_tmp/said" || ktap_fail "rmmod: $(cat "$ktap_tmp/said")"
}

load() {
	[ -e "$lab/create" ] || insmod "$module" || ktap_fail "insmod $module failed"
}

unloads_with_live_instances() {
	populate
	unload
	load
}

# A cache that goes while objects of it live makes the kernel complain.
kernel_does_not_complain() {
	populate
	lab_mark
	unload
	log=$(lab_log)
	load
	case $log in
	*WARNING:* | *BUG* | *"Call trace"* | *remaining* | *violated*)
		ktap_fail "kernel log while unloading" "$log" ;;
	esac
}

nothing_is_left() {
	populate
	unload
	# Links in /sys/kernel/slab are merged caches, which the kernel forgets to
	# remove; caches of one's own are directories.
	left=$(
		find /sys/bus/platform/devices/ /sys/kernel/debug/ /sys/module/ \
			-maxdepth 1 -name '*io_pgtable_lab*'
		find /sys/kernel/slab/ -maxdepth 1 -type d -name '*io_pgtable_lab*' 2>/dev/null
	)
	load
	ktap_expect "what is left of the lab" "" "$left"
}

works_when_loaded_again() {
	unload
	load
	lab_create "$own-a" "format=v7s provider=lab allocator=slab"
	lab_put "$instances/$own-a/map" "0x10000 0x80000000 4K 1 rw"
	lab_ask "$own-a" 0x10000
	ktap_expect "model, readers" "0x80000000 agree" "$model $readers"
}

counts_start_anew() {
	cat "$lab/report" >/dev/null
	unload
	load
	ktap_expect "checks of all rules" 0 "$(awk 'NR > 1 { n += $2 } END { print n }' "$lab/rules")"
}

stays_while_a_file_is_open() {
	lab_create "$own-a" "format=v7s provider=lab allocator=slab"
	exec 9<"$instances/$own-a/config"
	if rmmod io_pgtable_lab 2>/dev/null; then
		exec 9<&-
		load
		ktap_fail "rmmod" "  expected: refused, a file is open" "  got:      done"
	fi
	exec 9<&-
	[ -d "$instances/$own-a" ] || ktap_fail "the instance is gone"
}

ktap_plan 6
ktap_test "the module unloads with live instances" unloads_with_live_instances
ktap_test "the kernel does not complain of what is left" kernel_does_not_complain
ktap_test "nothing of the lab is left in sysfs and debugfs" nothing_is_left
ktap_test "the module works when loaded again" works_when_loaded_again
ktap_test "counts start anew" counts_start_anew
ktap_test "the module stays while a file is open" stays_while_a_file_is_open
ktap_finish
