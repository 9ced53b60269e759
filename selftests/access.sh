#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Which files there are, and who may do what with them.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

root_files="allow_warn contract create destroy experiment fuzz replay report rules"
instance_files="concurrent config fail_nth map reserve stats tables translate unmap violations walk"

files_are_the_documented_ones() {
	ktap_expect "files" "$2" "$(cd "$1" && echo *)"
}

mode_is() {
	ktap_expect "mode, owner, group" "$2 0 0" "$(stat -c '%a %u %g' "$1")"
}

# root's capabilities pass the mode by: it is for the file to refuse.
refuses_writes() {
	lab_write "$1" "x"
	case $wrote in
	EINVAL | "not opened"*) ;;
	*) ktap_fail "write" "  expected: EINVAL" "  got:      $wrote" ;;
	esac
}

refuses_reads() {
	if got=$(cat "$1" 2>/dev/null); then
		ktap_fail "read" "  expected: EINVAL" "  got:      $got"
	fi
}

# read_as_nobody FILE: without root's rights, by what this system has for it
read_as_nobody() {
	if setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
		setpriv --reuid 65534 --regid 65534 --clear-groups cat "$1"
	else
		su -s /bin/sh -c "cat $1" nobody
	fi
}

is_roots_alone() {
	read_as_nobody /proc/self/mounts >/dev/null 2>&1 ||
		ktap_skip "neither setpriv nor su can run a command as nobody"
	if got=$(read_as_nobody "$1" 2>/dev/null); then
		ktap_fail "read by nobody" "  expected: EACCES" "  got:      $got"
	fi
}

# An initramfs may know no users: su must be told of nobody.
[ -e /etc/passwd ] || {
	mkdir -p /etc
	echo nobody:x:65534:65534:nobody:/:/bin/false >/etc/passwd
	made_passwd=1
}
ktap_at_exit() {
	[ -z "${made_passwd:-}" ] || rm /etc/passwd
	lab_destroy_own "$kept"
}

allow_warn_is_off() {
	ktap_expect "allow_warn" N "$(cat "$lab/allow_warn")"
}

allow_warn_can_be_set() {
	was=$(cat "$lab/allow_warn")
	lab_put "$lab/allow_warn" Y
	is=$(cat "$lab/allow_warn")
	lab_put "$lab/allow_warn" "$was"
	ktap_expect "allow_warn" Y "$is"
}

live=$kept-a
echo "format=lpae-s1 provider=lab allocator=slab name=$live" >"$lab/create" ||
	ktap_skip_all "no instance could be created"
dir=$instances/$live

# Where the kernel has fault injection
fail_table=$([ ! -d "$lab/fail_table" ] || echo "fail_table ")

ktap_plan $((2 + 19 + 8 + 3 + 6 + 2))
ktap_test "the lab's files are the documented ones" files_are_the_documented_ones \
	"$lab" "allow_warn contract create destroy experiment ${fail_table}fuzz instances iommu replay report rules"
ktap_test "an instance's files are the documented ones" files_are_the_documented_ones \
	"$dir" "$instance_files"
for file in $root_files $instance_files; do
	case $file in
	concurrent | create | contract | fuzz | replay | translate | allow_warn | fail_nth | reserve) mode=600 ;;
	destroy | map | unmap) mode=200 ;;
	*) mode=400 ;;
	esac
	path=$lab/$file
	[ -e "$path" ] || path=$dir/$file
	[ "$file" = allow_warn ] || ktap_test "$file has mode $mode" mode_is "$path" $mode
	case $mode in
	400) ktap_test "$file refuses writes" refuses_writes "$path" ;;
	200) ktap_test "$file refuses reads" refuses_reads "$path" ;;
	esac
	case $file in
	create | experiment | report | rules | config | tables)
		ktap_test "$file is root's alone" is_roots_alone "$path" ;;
	esac
done
ktap_test "allow_warn is off unless asked for" allow_warn_is_off
ktap_test "allow_warn can be set" allow_warn_can_be_set
ktap_finish
