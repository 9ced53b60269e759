#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every word for a format, a granule, address bits and quirks: what is created is what
# was asked for, pages of every size are there for all readers up to the ends of the
# space, walk and tables show them, nothing is left. And how walk and tables say it.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

# Words of create, root ("L1", or "L1x2" for two concatenated tables), page sizes.
configs='
format=v7s|L1|4K 64K 1M 16M
format=v7s quirks=ns|L1|4K 64K 1M 16M
format=v7s quirks=no-perms noncoherent|L1|4K 64K 1M 16M
format=v7s quirks=no-perms,mtk-ext ias=34 oas=35|L1|4K 64K 1M 16M
format=v7s quirks=no-perms,mtk-ext,mtk-ttbr-ext oas=35|L1|4K 64K 1M 16M
format=lpae-s1|L0|4K 2M 1G
format=lpae-s1 ias=39 oas=40|L1|4K 2M 1G
format=lpae-s1 ias=30 oas=40|L2|4K 2M
format=lpae-s1 granule=16K|L0|16K 32M
format=lpae-s1 granule=64K|L1|64K 512M
format=lpae-s1 granule=64K ias=52 oas=52|L1|64K 512M 4T
format=lpae-s1 quirks=ns noncoherent|L0|4K 2M 1G
format=lpae-s1 quirks=ttbr1|L0|4K 2M 1G
format=lpae-s1 quirks=ttbr1 granule=64K ias=42 oas=44|L2|64K 512M
format=lpae-s1 quirks=hd|L0|4K 2M 1G
format=lpae-s1 quirks=outer-wbwa noncoherent|L0|4K 2M 1G
format=lpae-s1 quirks=no-warn|L0|4K 2M 1G
format=lpae-s2|L1x2|4K 2M 1G
format=lpae-s2 ias=42 oas=42|L1x8|4K 2M 1G
format=lpae-s2 ias=48 oas=48|L0|4K 2M 1G
format=lpae-s2 ias=32 oas=40 noncoherent|L1|4K 2M 1G
format=lpae-s2 granule=16K ias=48 oas=48|L1x2|16K 32M
format=lpae-s2 granule=64K ias=48 oas=48|L1|64K 512M
format=lpae-s2 quirks=s2fwb|L1x2|4K 2M 1G
format=lpae32-s1|L1|4K 2M 1G
format=lpae32-s1 quirks=ns ias=30|L2|4K 2M
format=lpae32-s2|L1x2|4K 2M 1G
format=mali|L0|4K 2M 1G
format=mali ias=39 noncoherent|L0|4K 2M 1G
'

name=$own-a
dir=$instances/$name

# create WORDS PROVIDER: an instance, by the kernel's own allocation where it has one
create() {
	for quirk in $(echo "$1" | sed -n 's/.*quirks=\([^ ]*\).*/\1/p' | tr , ' '); do
		grep -q "$quirk (not in this kernel)" "$lab/create" &&
			ktap_skip "this kernel has no quirk $quirk"
	done
	format=${1#format=}
	allocator=$(lab_offered | sed -n "s/^${format%% *} $2 //p" | head -n 1)
	[ -n "$allocator" ] || ktap_skip "${format%% *} of the $2 is not offered"
	lab_create "$name" "$1 provider=$2 allocator=$allocator"
	space=$(lab_value "$dir/config" translates)
	space=${space%% *}
	first=$((${space%-*}))
}

# is_what_was_asked_for WORDS PROVIDER ROOT SIZES
is_what_was_asked_for() {
	create "$1" "$2"
	for word in $1; do
		value=${word#*=}
		case $word in
		format=* | ias=* | oas=*) got=$(lab_value "$dir/config" "${word%%=*}") ;;
		quirks=*)
			got=$(lab_value "$dir/config" quirks)
			value=$(echo "$value" | tr , '\n' | sort | tr '\n' ' ')
			got=$(echo "$got" | tr ' ' '\n' | sort | tr '\n' ' ')
			;;
		granule=*) got=$(lab_value "$dir/config" granule) ;;
		noncoherent) value=no got=$(lab_value "$dir/config" coherent) ;;
		esac
		ktap_expect "$word" "$value" "$got"
	done
	ktap_expect "page sizes" "$4" "$(lab_value "$dir/config" 'page sizes')"
	ktap_expect "what is wrong with the registers" "" "$(lab_value "$dir/config" BAD)"
	root=$(lab_value "$dir/config" root | sed -n 's/^\(L[0-9]\) .* in \([0-9]*\) conc.*/\1x\2/p')
	ktap_expect "root" "$3" "${root:-$(lab_value "$dir/config" root | cut -c 1-2)}"
}

# Two pages of each size, one region for each, and the last page of the space.
map_all() {
	at=0
	for size in $1; do
		bytes=$(lab_bytes "$size")
		at=$(((at + bytes - 1) / bytes * bytes))
		# A block that leaves no room for two of it is left to KUnit.
		[ $((bytes * 4)) -le $((1 << $(lab_value "$dir/config" ias))) ] || continue
		[ $((bytes * 4)) -le $((1 << $(lab_value "$dir/config" oas))) ] || continue
		lab_put "$dir/map" "$(printf 0x%x $((first + at))) $bytes $size 2 rw"
		mapped="$mapped$at $bytes $size
"
		at=$((at + 2 * bytes))
	done
	bytes=$(lab_bytes "${1%% *}")
	last=$(printf 0x%x $((${space#*-} - bytes + 1)))
	lab_put "$dir/map" "$last $bytes ${1%% *} 1 rw"
}

# maps_pages_of_every_size WORDS PROVIDER ROOT SIZES
maps_pages_of_every_size() {
	create "$1" "$2"
	mapped=
	map_all "$4"
	echo "$mapped" | while read -r at bytes size; do
		[ -n "$at" ] || continue
		for offset in 0 "$bytes" $((2 * bytes - 1)); do
			lab_ask "$name" "$(printf 0x%x $((first + at + offset)))"
			want=$(printf 0x%x $((bytes + offset)))
			ktap_expect "$size page, offset $offset: walker, model, readers" \
				"$want $want agree" "$walker $model $readers"
		done
	done || exit
	lab_ask "$name" "$last"
	ktap_expect "last page: model, readers" "$(printf 0x%x "$(lab_bytes "${4%% *}")") agree" \
		"$model $readers"
}

# One line for each region, in order, between the ends of the space; tables that are
# indented below the root, and lead there.
walk_and_tables_show_them() {
	create "$1" "$2"
	mapped=
	map_all "$4"
	ktap_expect "ends of walk" "$(printf '0x%012x ' "$first" "$((${space#*-}))")" \
		"$(sed -n 's/^---\[ \(0x[0-9a-f]*\) .* \]---$/\1/p' "$dir/walk" | tr '\n' ' ')"
	ktap_expect "walk" "$(echo "$mapped" | while read -r at bytes size; do
			[ -n "$at" ] || continue
			iova=$((first + at))
			printf '0x%012x-0x%012x -> 0x%012x 2 x %s\n' "$iova" \
				$((iova + 2 * bytes - 1)) "$bytes" "$size"
		done)" \
		"$(lab_leaves "$name" | sed -e '$d' -e 's/  L[0-9]//')"
	ktap_expect "lines of walk that are BAD" "" "$(grep BAD: "$dir/walk")"

	# Each level stands two blanks further to the right than the one before.
	awk -v root="${3%%x*}" '
		NR == 1 { next }
		{ match($0, /L[0-9]/); depth = RSTART - 1; level = substr($0, RSTART + 1, 1) }
		NR == 2 { start = level; if ("L" level != root || depth) exit 1 }
		depth != 2 * (level - start) { exit 1 }
	' "$dir/tables" || ktap_fail "tables are not indented by level" "$(cat "$dir/tables")"
	ktap_expect "tables above the limit" "" "$(awk '$4 == "no"' "$dir/tables")"
}

# leaves_nothing_and_no_violation WORDS PROVIDER ROOT SIZES
leaves_nothing_and_no_violation() {
	create "$1" "$2"
	mapped=
	map_all "$4"
	lab_put "$dir/unmap" "$last ${4%% *} 1"
	echo "$mapped" | while read -r at bytes size; do
		[ -z "$at" ] || lab_put "$dir/unmap" "$(printf 0x%x $((first + at))) $size 2"
	done || exit
	ktap_expect "walk" "" "$(lab_walk "$name")"
	case $(head -n 1 "$dir/violations") in
	"0 violations in 0 checks"*) ktap_fail "nothing was checked" ;;
	"0 violations in "*) ;;
	*) ktap_fail "$(cat "$dir/violations")" ;;
	esac
	lab_put "$lab/destroy" "$name"
	[ ! -d "$dir" ] || ktap_fail "it is still there"
}

# How walk says it, on one format that is always there.

adjacent_maps_are_one_range() {
	create format=lpae-s1 lab
	lab_put "$dir/map" "0x1fe000 0x80000000 4K 1 rw"
	lab_put "$dir/map" "0x1ff000 0x80001000 4K 2 rw"
	lab_put "$dir/map" "0x201000 0x80003000 4K 1 rw"
	ktap_expect "walk, over two tables" \
		"0x0000001fe000-0x000000201fff -> 0x000080000000      16K  L3       4 x 4K" \
		"$(lab_walk "$name" | grep -o '^.* x 4K')"
}

# Where they are not, where they go elsewhere, where they are not alike.
others_are_ranges_of_their_own() {
	create format=lpae-s1 lab
	lab_put "$dir/map" "0x10000 0x80000000 4K 1 rw"
	lab_put "$dir/map" "0x12000 0x80002000 4K 1 rw"
	lab_put "$dir/map" "0x13000 0x90003000 4K 1 rw"
	lab_put "$dir/map" "0x14000 0x90004000 4K 1 r"
	lab_put "$dir/map" "0x200000 0x90200000 2M 1 r"
	ktap_expect "ranges" "0x000000010000 0x000000012000 0x000000013000 0x000000014000 0x000000200000 " \
		"$(lab_walk "$name" | sed 's/-.*//' | tr '\n' ' ')"
}

# ATTRIBUTES, by the flags of map.
attributes_have_names() {
	create format=lpae-s1 lab
	iova=65536
	echo 'rw|priv rwx  user rwx  normal NC        outer shareable nG
r,cache|priv r-x  user r-x  normal WB        inner shareable nG
rw,noexec,priv|priv rw-  user ---  normal NC        outer shareable nG
rw,mmio,noexec|priv rw-  user rw-  device           outer shareable nG' >"$ktap_tmp/attributes"
	while IFS='|' read -r prot want; do
		lab_put "$dir/map" "$iova 0x80000000 4K 1 $prot"
		ktap_expect "$prot" "$want" "$(lab_walk "$name" | sed -n 's/.*\(priv .*nG\).*/\1/p' |
			tail -n 1)"
		iova=$((iova + 65536))
	done <"$ktap_tmp/attributes"
}

stage_2_and_quirks_have_names() {
	create format=lpae-s2 lab
	lab_put "$dir/map" "0x10000 0x80000000 4K 1 w"
	ktap_expect "write only" "priv -wx  user -wx" "$(lab_walk "$name" | grep -o 'priv .*user ...')"
	lab_put "$lab/destroy" "$name"
	create "format=lpae-s1 quirks=hd,ns" lab
	lab_put "$dir/map" "0x10000 0x80000000 4K 1 rw"
	ktap_expect "hd, ns" "nG NS       dirty" "$(lab_walk "$name" | grep -o 'nG.*dirty')"
}

# The text is many times larger than the first buffer for it.
many_ranges_come_once() {
	create format=v7s lab
	n=0
	while [ "$n" -lt 500 ]; do
		lab_put "$dir/map" "$((n * 8192)) $((n * 8192)) 4K 1 rw"
		n=$((n + 1))
	done
	lab_walk "$name" >"$ktap_tmp/walk"
	ktap_expect "lines" 500 "$(wc -l <"$ktap_tmp/walk")"
	ktap_expect "lines that come twice" 0 "$(sort "$ktap_tmp/walk" | uniq -d | wc -l)"
	ktap_expect "tables" 5 "$(sed 1d "$dir/tables" | wc -l)"
}

# A million descriptors, of which the walker makes one range.
four_gigabytes_are_one_range() {
	create format=v7s lab
	lab_put "$dir/map" "0 0 4K 1048576 rw"
	ktap_expect "walk" "0x000000000000-0x0000ffffffff -> 0x000000000000       4G  L2 1048576 x 4K" \
		"$(lab_walk "$name" | grep -o '^.* x 4K')"
	ktap_expect "tables" 4097 "$(sed 1d "$dir/tables" | wc -l)"
}

echo "$configs" | grep '|' >"$ktap_tmp/configs"
ktap_plan $((4 * 2 * $(wc -l <"$ktap_tmp/configs") + 6))
while IFS='|' read -r words root sizes; do
	for provider in kernel lab; do
		for test in is_what_was_asked_for maps_pages_of_every_size \
			walk_and_tables_show_them leaves_nothing_and_no_violation; do
			ktap_words "$test"
			ktap_test "${words#format=} $provider: $ktap_said" \
				"$test" "$words" "$provider" "$root" "$sizes"
		done
	done
done <"$ktap_tmp/configs"
for test in adjacent_maps_are_one_range others_are_ranges_of_their_own attributes_have_names \
	stage_2_and_quirks_have_names many_ranges_come_once four_gigabytes_are_one_range; do
	ktap_words "$test"
	ktap_test "walk: $ktap_said" "$test"
done
ktap_finish
