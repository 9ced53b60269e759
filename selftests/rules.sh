#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The file rules names the documented rules, with counts that grow as instances
# are checked. That each rule can fire is for the KUnit suites to show.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
. ./iommu_lab.sh
lab_require

# Rules of the DMA API
dma_rules="unmap-matches iova-reach segment-limits sg-restored bounce-exact bytes-moved"

names_are_the_documented_ones() {
	ktap_expect "rules" "$(lab_rules)" "$(awk 'NR > 1 { print $1 }' "$lab/rules")"
}

every_rule_has_demand_and_source() {
	ktap_expect "rules without a demand, or a source in brackets" "" \
		"$(sed 1d "$lab/rules" | grep -v '^[a-z-]*  *[0-9]*  *[0-9]*  a\?n\?[a-z ]*[^(]* (.*)\(, known [0-9]*\)\?$')"
}

counts_do_not_grow_by_themselves() {
	ktap_expect "rules, read twice" "$(cat "$lab/rules")" "$(cat "$lab/rules")"
}

# live FORMAT PROVIDER ALLOCATOR WORDS: an instance's life, with the rules before
# and after it and what it said of them in files
live() {
	cat "$lab/rules" >"$ktap_tmp/before"
	lab_create "$own-a" "format=$1 provider=$2 allocator=$3 $4"
	lab_put "$instances/$own-a/map" "0x10000 0x80000000 4K 1 rw"
	if [ -e "$instances/$own-a/dirty" ]; then
		lab_put "$instances/$own-a/dirty" clear
		lab_put "$instances/$own-a/dirty" "touch 0x10000"
		cat "$instances/$own-a/dirty" >"$ktap_tmp/dirty"
	fi
	lab_put "$instances/$own-a/unmap" "0x10000 4K 1"
	cat "$instances/$own-a/violations" >"$ktap_tmp/violations"
	lab_put "$lab/destroy" "$own-a"
	cat "$lab/rules" >"$ktap_tmp/after"
}

# Of an IOMMU's master and its buffers
live_master() {
	cat "$lab/rules" >"$ktap_tmp/before"
	iommu_create "$own-i" profile=smmu
	iommu_add "$own-i" m noncoherent
	iommu_try "$master" "sg 4K,100@8"
	cat "$iommus/$own-i/violations" >"$ktap_tmp/violations"
	cat "$lab/rules" >"$ktap_tmp/after"
}

# checks RULE FILE
checks() {
	awk -v rule="$1" '$1 == rule { print $2 }' "$ktap_tmp/$2"
}

# The fake IOMMU takes part in these alone.
dma_rule_is_checked() {
	iommu_why=$(sed -n 's/^not in this kernel: //p' "$iommus/create")
	[ -z "$iommu_why" ] || ktap_skip "$iommu_why"
	live_master
	rule_is_checked "$1"
}

# Passing proves that a rule is checked at all where it should be.
rule_is_checked() {
	before=$(checks "$1" before) after=$(checks "$1" after)
	[ "$after" -gt "$before" ] || ktap_fail "checks of $1" "  expected: more than $before" \
		"  got:      $after" "$(cat "$ktap_tmp/violations")"
}

# Silence about a rule is no answer: checked, or said not to be, and why.
rule_is_answered_for() {
	before=$(checks "$1" before) after=$(checks "$1" after)
	reason=$(lab_value "$ktap_tmp/violations" "$1")
	case $reason in
	'')
		[ "$after" -gt "$before" ] ||
			ktap_fail "$1 was neither checked nor said not to be"
		;;
	'not checked, '?*)
		ktap_expect "checks of $1, which is said not to be checked" "$before" "$after"
		;;
	*) ktap_fail "$1: $reason" ;;
	esac
}

# What hardware wrote, and nothing else, is what is shown.
touched_page_is_dirty() {
	ktap_expect "dirty" "0x10000-0x10fff" "$(cat "$ktap_tmp/dirty")"
}

# Two instances take part in this one, which the report makes.
report_compares_bits() {
	before=$(sed -n 's/^same-bits  *\([0-9]*\) .*/\1/p' "$lab/rules")
	cat "$lab/report" >/dev/null
	after=$(sed -n 's/^same-bits  *\([0-9]*\) .*/\1/p' "$lab/rules")
	[ "$after" -gt "$before" ] || ktap_fail "same-bits: $before before, $after after a report"
}

# Violations from before are for whoever made them to look at.
nothing_is_violated() {
	ktap_expect "violations per rule" "$violated_before" "$(awk '{ print $1, $3 }' "$lab/rules")"
}

violated_before=$(awk '{ print $1, $3 }' "$lab/rules")
lab_chosen >"$ktap_tmp/offered"
lab_rules | grep -vx same-bits >"$ktap_tmp/rules"
rules=$(wc -l <"$ktap_tmp/rules")
ktap_plan $((6 + rules + rules * $(wc -l <"$ktap_tmp/offered")))
ktap_test "names are those of rules.list" names_are_the_documented_ones
ktap_test "every rule has a demand and a source" every_rule_has_demand_and_source
ktap_test "counts do not grow by themselves" counts_do_not_grow_by_themselves
ktap_test "the report compares bits" report_compares_bits
# These two give cause for every rule.
live v7s lab reserve noncoherent
# shellcheck disable=SC2086 # words
printf '%s\n' dirty-exact $dma_rules >"$ktap_tmp/elsewhere"
grep -vxFf "$ktap_tmp/elsewhere" "$ktap_tmp/rules" >"$ktap_tmp/others"
while read -r rule; do
	ktap_test "$rule is checked in a life of v7s lab reserve noncoherent" rule_is_checked "$rule"
done <"$ktap_tmp/others"
for rule in $dma_rules; do
	ktap_test "$rule is checked in a life of a master" dma_rule_is_checked "$rule"
done
live lpae-s1 lab slab quirks=hd
ktap_test "dirty-exact is checked where hardware keeps the dirty state" rule_is_checked dirty-exact
ktap_test "the page that was touched is dirty" touched_page_is_dirty
while read -r format provider allocator; do
	live "$format" "$provider" "$allocator" coherent
	while read -r rule; do
		ktap_test "$rule is checked or excused: $format $provider $allocator" \
			rule_is_answered_for "$rule"
	done <"$ktap_tmp/rules"
done <"$ktap_tmp/offered"
ktap_test "nothing was violated meanwhile" nothing_is_violated
ktap_finish
