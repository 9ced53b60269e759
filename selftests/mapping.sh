#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What is mapped is what every reader finds, where tables may lie, for every
# format, provider and allocator, with a coherent and a noncoherent walker.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

# Three pages of each size go 3 * size into a region of their own.
PAGES=3

# regions FORMAT: "SIZE IOVA PA BYTES" per page size, in decimal; what is mapped lies
# above 4 GB where the format reaches so far
regions() {
	case $1 in
	v7s)
		set -- 4K 64K 1M 16M
		iova=$((1 << 28)) pa=$((1 << 31)) stride=$((1 << 28))
		;;
	lpae-s1)
		set -- 4K 2M 1G
		iova=$((1 << 32)) pa=$((1 << 33)) stride=$((1 << 32))
		;;
	esac
	for size; do
		echo "$size $iova $pa $(lab_bytes "$size")"
		iova=$((iova + stride)) pa=$((pa + stride))
	done
}

map_regions() {
	regions "$1" | while read -r size iova pa bytes; do
		lab_put "$dir/map" "$iova $pa $size $PAGES rw"
	done || exit
}

# Passing proves that writer, walker and model have one idea of every page's
# first and last byte.
readers_find_every_page_size() {
	map_regions "$1"
	regions "$1" | while read -r size iova pa bytes; do
		for offset in 0 "$bytes" $((bytes * PAGES - 1)); do
			want=$(printf '0x%x' $((pa + offset)))
			lab_ask "$name" $((iova + offset))
			ktap_expect "$size page, offset $offset: iova_to_phys, walker, model, readers" \
				"$want $want $want agree" "$iova_to_phys $walker $model $readers"
		done
	done || exit
}

neighbours_are_not_mapped() {
	map_regions "$1"
	regions "$1" | while read -r size iova pa bytes; do
		for address in $((iova - 1)) $((iova + bytes * PAGES)); do
			lab_ask "$name" "$address"
			ktap_expect "beside $size pages, at $address: iova_to_phys, model, readers" \
				"0 (not mapped, or mapped to 0), not mapped, agree" "$iova_to_phys, $model, $readers"
			case $walker in
			'translation fault at level '*) ;;
			*) ktap_fail "walker at $address: no translation fault" \
				"$(cat "$dir/translate")" ;;
			esac
		done
	done || exit
}

walk_lists_what_was_mapped() {
	map_regions "$1"
	ktap_expect "walk" \
		"$(regions "$1" | while read -r size iova pa bytes; do
			end=$((iova + bytes * PAGES))
			case $1-$size in
			v7s-4K | v7s-64K) level=2 ;;
			v7s-*) level=1 ;;
			*-4K) level=3 ;;
			*-2M) level=2 ;;
			*-1G) level=1 ;;
			esac
			printf '0x%012x-0x%012x -> 0x%012x  L%u %u x %s\n' \
				"$iova" $((end - 1)) "$pa" "$level" "$PAGES" "$size"
		done)" \
		"$(lab_leaves "$name")"
}

walk_shows_protection() {
	lab_put "$dir/map" "0x10000 0x80000000 4K 1 r"
	lab_put "$dir/map" "0x20000 0x80000000 4K 1 rw,noexec"
	ktap_expect "rights of two pages" "priv r-x  user r-x
priv rw-  user rw-" "$(lab_walk "$name" | grep -o 'priv [-rwx]*  user [-rwx]*')"
}

# The hole is in the middle, so that an unmap of too much shows on either side.
unmap_takes_a_page_and_no_more() {
	map_regions "$1"
	regions "$1" | while read -r size iova pa bytes; do
		lab_put "$dir/unmap" "$((iova + bytes)) $size 1"
		for page in 0 1 2; do
			case $page in
			1) want="not mapped agree" ;;
			*) want="$(printf '0x%x' $((pa + page * bytes))) agree" ;;
			esac
			lab_ask "$name" $((iova + page * bytes))
			ktap_expect "$size page $page: model, readers" "$want" "$model $readers"
		done
	done || exit
}

nothing_is_left_when_all_is_unmapped() {
	map_regions "$1"
	regions "$1" | while read -r size iova pa bytes; do
		lab_put "$dir/unmap" "$iova $size $PAGES"
	done || exit
	ktap_expect "walk" "" "$(lab_walk "$name")"
	regions "$1" | while read -r size iova pa bytes; do
		lab_ask "$name" "$iova"
		ktap_expect "at $iova: model, readers" "not mapped agree" "$model $readers"
	done || exit
}

mapped_again_is_the_new_page() {
	lab_put "$dir/map" "0x10000 0x80000000 4K 1 rw"
	lab_put "$dir/unmap" "0x10000 4K 1"
	lab_put "$dir/map" "0x10000 0x90000000 4K 1 rw"
	lab_ask "$name" 0x10000
	ktap_expect "walker, readers" "0x90000000 agree" "$walker $readers"
}

# One operation over many tables: a page before, and one after each boundary.
run_crosses_tables() {
	lab_put "$dir/map" "0x3ff000 0x80000000 4K 1026 rw"
	ktap_expect "walk" "0x0000003ff000-0x000000800fff -> 0x000080000000  L$2 1026 x 4K" \
		"$(lab_leaves "$name")"
	lab_put "$dir/unmap" "0x3ff000 4K 1026"
	ktap_expect "walk after unmap" "" "$(lab_walk "$name")"
}

last_page_of_the_space_is_mapped() {
	end=$((1 << $(lab_value "$dir/config" ias)))
	lab_put "$dir/map" "$((end - 4096)) 0x80000000 4K 1 rw"
	lab_ask "$name" $((end - 1))
	ktap_expect "at the last byte: walker, readers" "0x80000fff agree" "$walker $readers"
}

# A limit of "none guaranteed" shows as "-", which is not "no".
tables_lie_below_the_limit() {
	map_regions "$1"
	ktap_expect "tables that lie above the limit" "" "$(awk '$4 == "no"' "$dir/tables")"
	[ "$(sed 1d "$dir/tables" | wc -l)" -gt 2 ] ||
		ktap_fail "no tables to judge" "$(cat "$dir/tables")"
}

# Addresses are judged here, not by what the module says of them.
tables_lie_below_4_gb() {
	[ "$1" = v7s ] || [ "$2" != none ] ||
		ktap_skip "low memory is asked for by v7s and by allocators"
	case $(dmesg) in
	*"io_pgtable_lab: RAM starts above 4 GB"*) ktap_skip "RAM starts above 4 GB" ;;
	esac
	map_regions "$1"
	awk 'NR > 1 { print $2, $3 }' "$dir/tables" | while read -r address bytes; do
		[ $((address + bytes)) -le $((1 << 32)) ] ||
			ktap_fail "table of $bytes bytes at $address"
	done || exit
}

# The root, and the live descriptors that the tables below it take.
tables_count_live_descriptors() {
	lab_put "$dir/map" "0x10000 0x80000000 4K 3 rw"
	ktap_expect "live descriptors of each table" \
		"$(case $1 in v7s) echo "1/4096 3/256" ;; *) echo "1/512 1/512 1/512 3/512" ;; esac)" \
		"$(sed -n 's/.*  *\([0-9]*\/[0-9]*\) *0x.*/\1/p' "$dir/tables" | tr '\n' ' ' | sed 's/ $//')"
}

stats_count_operations() {
	lab_put "$dir/map" "0x10000 0x80000000 4K 3 rw"
	lab_put "$dir/map" "0x20000 0x80000000 4K 1 rw"
	lab_put "$dir/unmap" "0x10000 4K 3"
	lab_write "$dir/unmap" "0x10000 4K 3"
	# Words that make no request are not counted.
	lab_write "$dir/unmap" "0x20000 4K"
	ktap_expect "maps, unmaps, refused" "2 1 1" \
		"$(lab_value "$dir/stats" maps) $(lab_value "$dir/stats" unmaps) $(lab_value "$dir/stats" refused)"
}

stats_count_live_tables() {
	[ "$2" != none ] || ktap_skip "the kernel's own allocation is not seen"
	map_regions "$1"
	ktap_expect "live tables" "$(sed 1d "$dir/tables" | wc -l)" \
		"$(sed -n 's/^tables: *\([0-9]*\) live.*/\1/p' "$dir/stats")"
	ktap_expect "live bytes" "$(awk 'NR > 1 { n += $3 } END { print n }' "$dir/tables")" \
		"$(sed -n 's/^table bytes: *\([0-9]*\) live.*/\1/p' "$dir/stats")"
}

# Invalidations are asked for, or an IOMMU would go on with what it cached.
unmap_invalidates() {
	lab_put "$dir/map" "0x10000 0x80000000 4K 3 rw"
	before=$(awk '/^(flush|add)/ { n += $2 } END { print n }' "$dir/stats")
	lab_put "$dir/unmap" "0x10000 4K 3"
	after=$(awk '/^(flush|add)/ { n += $2 } END { print n }' "$dir/stats")
	[ "$after" -gt "$before" ] || ktap_fail "no invalidation was asked for" "$(cat "$dir/stats")"
}

no_rule_is_violated() {
	map_regions "$1"
	regions "$1" | while read -r size iova pa bytes; do
		lab_put "$dir/unmap" "$iova $size 1"
	done || exit
	case $(head -n 1 "$dir/violations") in
	"0 violations in 0 checks") ktap_fail "nothing was checked" ;;
	"0 violations in "*) ;;
	*) ktap_fail "$(cat "$dir/violations")" ;;
	esac
}

# in_instance FUNCTION FORMAT PROVIDER ALLOCATOR WALKER
in_instance() {
	name=$own-a
	dir=$instances/$name
	lab_create "$name" "format=$2 provider=$3 allocator=$4 $5"
	case $1 in
	run_crosses_tables) "$1" "$2" "$(case $2 in v7s) echo 2 ;; *) echo 3 ;; esac)" ;;
	*) "$1" "$2" "$4" ;;
	esac
}

# What does not depend on the walker's coherency is tried with one of them.
both="readers_find_every_page_size nothing_is_left_when_all_is_unmapped no_rule_is_violated
	tables_lie_below_4_gb"
coherent="neighbours_are_not_mapped walk_lists_what_was_mapped walk_shows_protection
	unmap_takes_a_page_and_no_more mapped_again_is_the_new_page run_crosses_tables
	last_page_of_the_space_is_mapped tables_lie_below_the_limit tables_count_live_descriptors
	stats_count_operations stats_count_live_tables unmap_invalidates"

lab_chosen >"$ktap_tmp/offered"
# shellcheck disable=SC2086 # lists
ktap_plan $(($(wc -l <"$ktap_tmp/offered") * $(set -- $both $both $coherent; echo $#)))

for walker in coherent noncoherent; do
	case $walker in
	coherent) tests="$both $coherent" ;;
	*) tests=$both ;;
	esac
	while read -r format provider allocator; do
		for test in $tests; do
			ktap_words "$test"
			ktap_test "$format $provider $allocator $walker: $ktap_said" \
				in_instance "$test" "$format" "$provider" "$allocator" "$walker"
		done
	done <"$ktap_tmp/offered"
done
ktap_finish
