#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Instances come and go as they were asked for, and leave nothing.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

# What the kernel keeps for instances: their devices, and caches by name.
kept_by_kernel() {
	find /sys/bus/platform/devices/ /sys/kernel/slab/ -maxdepth 1 -name '*io?pgtable*' \
		2>/dev/null | wc -l
}

# Passing proves that what a combination is called is what one gets.
is_what_was_asked_for() {
	lab_create "$own-a" "format=$1 provider=$2 allocator=$3"
	config=$instances/$own-a/config
	ktap_expect "config: format, provider, allocator" "$1 $2 $3" \
		"$(lab_value "$config" format) $(lab_value "$config" provider) $(lab_value "$config" allocator)"
}

is_gone_when_destroyed() {
	before=$(lab_names)
	lab_create "$own-a" "format=$1 provider=$2 allocator=$3"
	[ -d "$instances/$own-a" ] || ktap_fail "no directory instances/$own-a"
	lab_put "$lab/destroy" "$own-a"
	ktap_expect "instances" "$before" "$(lab_names)"
}

# Mapped pages are no reason to stay.
is_gone_with_pages_mapped() {
	before=$(lab_names)
	lab_create "$own-a" "format=$1 provider=$2 allocator=$3"
	lab_put "$instances/$own-a/map" "0x10000 0x80000000 4K 40 rw"
	violated=$(awk '$1 == "no-leak" { print $3 }' "$lab/rules")
	lab_put "$lab/destroy" "$own-a"
	ktap_expect "instances" "$before" "$(lab_names)"
	ktap_expect "violations of no-leak" "$violated" \
		"$(awk '$1 == "no-leak" { print $3 }' "$lab/rules")"
}

starts_with_root_alone() {
	lab_create "$own-a" "format=$1 provider=$2 allocator=$3"
	ktap_expect "walk" "" "$(lab_walk "$own-a")"
	ktap_expect "tables" 1 "$(sed 1d "$instances/$own-a/tables" | wc -l)"
}

is_refused() {
	lab_write "$lab/create" "format=$1 provider=$2 allocator=$3 name=$own-a"
	ktap_expect "create" EOPNOTSUPP "$wrote"
}

defaults_are_documented() {
	lab_create "$own-a" "format=$1"
	ktap_expect "defaults" "$2" \
		"$(for key in provider allocator ias oas 'page sizes' coherent quirks; do
			lab_value "$instances/$own-a/config" "$key"
		done | tr '\n' ' ')"
}

# Such a page would be an entry above the root.
has_no_page_as_large_as_the_space() {
	lab_create "$own-a" "format=lpae-s1 provider=$1 allocator=$2 ias=30"
	ktap_expect "page sizes" "4K 2M" "$(lab_value "$instances/$own-a/config" 'page sizes')"
}

# Tables of 52 bits are the kernel's own allocation alone.
takes_52_bits() {
	lab_create "$own-a" "format=lpae-s1 provider=$1 allocator=none granule=64K ias=52 oas=52"
	lab_put "$instances/$own-a/map" "0xffffffff00000 0x8000012340000 64K 2 rw"
	lab_ask "$own-a" 0xffffffff11234
	ktap_expect "model, walker, readers" "0x8000012351234 0x8000012351234 agree" \
		"$model $walker $readers"
}

# has_granule GRANULE SIZES PROVIDER ALLOCATOR
has_granule() {
	lab_create "$own-a" "format=lpae-s1 provider=$3 allocator=$4 granule=$1"
	ktap_expect "page sizes" "$2" "$(lab_value "$instances/$own-a/config" 'page sizes')"
	lab_put "$instances/$own-a/map" "0x10000 0x100000000 $1 2 rw"
	lab_ask "$own-a" 0x10001
	ktap_expect "model, walker, readers" "0x100000001 0x100000001 agree" "$model $walker $readers"
}

# MediaTek's tables lie below 4 GB, what they map need not.
maps_beyond_4_gb() {
	lab_create "$own-a" "format=v7s provider=$1 allocator=$2 oas=35 ias=34 quirks=mtk-ext,no-perms"
	lab_put "$instances/$own-a/map" "0x300010000 0x700000000 4K 2 rw"
	lab_ask "$own-a" 0x300011234
	ktap_expect "model, walker, readers" "0x700001234 0x700001234 agree" "$model $walker $readers"
	ktap_expect "table limit" 0x100000000 "$(lab_value "$instances/$own-a/config" 'table limit')"
}

words_have_any_order() {
	lab_put "$lab/create" "  noncoherent\tname=$own-a oas=40 ias=40  format=lpae-s1\n"
	ktap_expect "ias, oas, coherent" "40 40 no" \
		"$(for key in ias oas coherent; do
			lab_value "$instances/$own-a/config" "$key"
		done | tr '\n' ' ' | sed 's/ $//')"
}

longest_name_is_taken() {
	name=$own-0123456789012345678901234567890123456789
	name=$(echo "$name" | cut -c 1-31)
	lab_put "$lab/create" "format=v7s provider=lab allocator=slab name=$name"
	[ -d "$instances/$name" ] || ktap_fail "no instance $name of 31 characters"
}

# Instances without a name are called by the lowest number that is free. Such
# names are not told from somebody else's, so they are destroyed here.
unnamed_has_lowest_number() {
	n=0
	while [ -d "$instances/$n" ]; do n=$((n + 1)); done
	lab_put "$lab/create" "format=v7s provider=lab allocator=slab"
	there=$([ -d "$instances/$n" ] && echo yes)
	[ -z "$there" ] || lab_put "$lab/destroy" "$n"
	ktap_expect "instance $n created" yes "$there"
}

many_live_at_once() {
	number=0
	for n in 0 1 2 3 4 5 6 7 8 9; do
		lab_chosen >"$ktap_tmp/offered"
		while read -r format provider allocator; do
			# Where only one such can live, there is nothing to try.
			[ "$format $provider" = "v7s kernel" ] && [ "$n" != 0 ] && continue
			number=$((number + 1))
			lab_create "$own-$number" \
				"format=$format provider=$provider allocator=$allocator"
		done <"$ktap_tmp/offered"
	done
	for dir in "$instances/$own"-*; do
		lab_put "$dir/map" "0x10000 0x80000000 4K 1 rw"
		lab_ask "${dir##*/}" 0x10000
		ktap_expect "${dir##*/}: model, readers" "0x80000000 agree" "$model $readers"
	done
}

# Each has tables of its own: a page mapped in one is not in its neighbour.
instances_do_not_share_tables() {
	lab_create "$own-a" "format=$1 provider=$2 allocator=$3"
	lab_create "$own-b" "format=$1 provider=$2 allocator=$3"
	lab_put "$instances/$own-a/map" "0x10000 0x80000000 4K 1 rw"
	ktap_expect "walk of the other" "" "$(lab_walk "$own-b")"
	ktap_expect "table addresses that both have" "" \
		"$(for name in a b; do
			awk 'NR > 1 { print $2 }' "$instances/$own-$name/tables"
		done | sort | uniq -d)"
}

# 100 and more in all combinations together.
cycles_leave_nothing() {
	lab_create "$own-a" "format=$1 provider=$2 allocator=$3"
	lab_put "$lab/destroy" "$own-a"
	names=$(lab_names)
	kernel=$(kept_by_kernel)
	n=0
	while [ "$n" -lt 25 ]; do
		{
			echo "format=$1 provider=$2 allocator=$3 name=$own-a" >"$lab/create" &&
				echo "0x10000 0x80000000 4K 1 rw" >"$instances/$own-a/map" &&
				echo "$own-a" >"$lab/destroy"
		} || ktap_fail "cycle $n failed"
		n=$((n + 1))
	done
	ktap_expect "instances" "$names" "$(lab_names)"
	ktap_expect "devices and caches" "$kernel" "$(kept_by_kernel)"
}

# Only the winner of a name gets it, and nobody harms the other.
creators_race_for_a_name() {
	n=0
	while [ "$n" -lt 20 ]; do
		for racer in 1 2; do
			(echo "format=v7s provider=lab allocator=slab name=$own-r" \
				>"$lab/create") 2>/dev/null && echo "$racer" >"$ktap_tmp/won$racer" &
		done
		wait
		winners=$(cat "$ktap_tmp"/won? 2>/dev/null | wc -l)
		rm -f "$ktap_tmp"/won?
		ktap_expect "winners of round $n" 1 "$winners"
		lab_put "$lab/destroy" "$own-r"
		n=$((n + 1))
	done
}

# fails_once_destroyed FILE: a file that is open when its instance goes
fails_once_destroyed() {
	[ -w /dev/kmsg ] || ktap_skip "no /dev/kmsg to mark the kernel log with"
	lab_create "$own-a" "format=v7s provider=lab allocator=slab"
	case $1 in
	translate) exec 3<>"$instances/$own-a/$1" ;;
	*) exec 3<"$instances/$own-a/$1" ;;
	esac
	read -r line <&3
	[ -n "$line" ] || ktap_fail "nothing could be read while the instance lived"

	lab_mark
	lab_put "$lab/destroy" "$own-a"
	if said=$(cat <&3 2>&1); then
		ktap_fail "read" "  expected: EIO" "  got:      '$said'"
	fi
	ktap_expect "read" EIO "$(lab_errno "$said")"
	if [ "$1" = translate ]; then
		if said=$(echo 0x10000 | dd 2>&1 >&3); then
			ktap_fail "write" "  expected: EIO" "  got:      taken"
		fi
		ktap_expect "write" EIO "$(lab_errno "$said")"
	fi
	exec 3<&-

	log=$(lab_log)
	case $log in
	*WARNING:* | *BUG* | *"Call trace"* | *io_pgtable_lab:*)
		ktap_fail "kernel log" "$log" ;;
	esac
}

# A cache that was merged with another is a link in sysfs.
caches_are_the_labs_own() {
	lab_create "$own-slab" "format=v7s provider=lab allocator=slab"
	[ -d /sys/kernel/slab ] || ktap_skip "this kernel shows no slabs in sysfs"
	for size in 1024 16384; do
		cache=/sys/kernel/slab/io_pgtable_lab_$size
		[ ! -L "$cache" ] || ktap_fail "$cache is a link"
		ktap_expect "object size and alignment of $cache" "$size $size" \
			"$(cat "$cache/object_size" "$cache/align" | tr '\n' ' ' | sed 's/ $//')"
	done
}

lab_chosen >"$ktap_tmp/offered"
lab_not_offered >"$ktap_tmp/not_offered"
offered=$(wc -l <"$ktap_tmp/offered")
not_offered=$(wc -l <"$ktap_tmp/not_offered")

lpae=$(grep -c '^lpae-s1 ' "$ktap_tmp/offered")
lpae_none=$(grep -c '^lpae-s1 .* none$' "$ktap_tmp/offered")
v7s=$(grep -c '^v7s ' "$ktap_tmp/offered")

ktap_plan $((1 + 6 * offered + not_offered + 3 * lpae + lpae_none + v7s + 10))

something_is_offered() {
	[ "$offered" != 0 ] || ktap_fail "create offers nothing" "$(cat "$lab/create")"
}
ktap_test "something is offered" something_is_offered

while read -r format provider allocator; do
	for test in is_what_was_asked_for starts_with_root_alone is_gone_when_destroyed \
		is_gone_with_pages_mapped instances_do_not_share_tables cycles_leave_nothing; do
		ktap_words "$test"
		ktap_test "$format $provider $allocator: $ktap_said" \
			"$test" "$format" "$provider" "$allocator"
	done
done <"$ktap_tmp/offered"
while read -r format provider allocator; do
	ktap_test "$format $provider $allocator: is not offered and refused" \
		is_refused "$format" "$provider" "$allocator"
done <"$ktap_tmp/not_offered"

while read -r format provider allocator; do
	case $format in
	lpae-s1)
		ktap_test "lpae-s1 $provider $allocator: has a granule of 16K" \
			has_granule 16K "16K 32M" "$provider" "$allocator"
		ktap_test "lpae-s1 $provider $allocator: has a granule of 64K" \
			has_granule 64K "64K 512M" "$provider" "$allocator"
		ktap_test "lpae-s1 $provider $allocator: has no page as large as the input space" \
			has_no_page_as_large_as_the_space "$provider" "$allocator"
		[ "$allocator" != none ] || ktap_test "lpae-s1 $provider none: takes 52 bits" \
			takes_52_bits "$provider"
		;;
	v7s)
		ktap_test "v7s $provider $allocator: maps memory above 4 GB with mtk-ext" \
			maps_beyond_4_gb "$provider" "$allocator"
		;;
	esac
done <"$ktap_tmp/offered"

ktap_test "v7s: defaults are documented" defaults_are_documented v7s \
	"kernel none 32 32 4K 64K 1M 16M yes none "
ktap_test "lpae-s1: defaults are documented" defaults_are_documented lpae-s1 \
	"kernel none 48 48 4K 2M 1G yes none "
ktap_test "words of create have any order" words_have_any_order
ktap_test "a name of 31 characters is taken" longest_name_is_taken
ktap_test "an instance without a name has the lowest free number" unnamed_has_lowest_number
ktap_test "many live at once" many_live_at_once
ktap_test "a file that is read fails once its instance is destroyed" \
	fails_once_destroyed tables
ktap_test "a file that is written fails once its instance is destroyed" \
	fails_once_destroyed translate
ktap_test "caches of slab are the lab's own, one per table size" caches_are_the_labs_own
ktap_test "of two creators of one name one wins" creators_race_for_a_name
ktap_finish
