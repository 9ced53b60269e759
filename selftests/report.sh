#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The report: every combination, every rule, one verdict.

cd "$(dirname "$0")" || exit
. ./ktap.sh
. ./lab.sh
lab_require

text=$ktap_tmp/report

verdict_is_ok_and_last() {
	ktap_expect "start of the last line" "verdict: ok, 0 violations in" \
		"$(tail -n 1 "$text" | cut -d' ' -f 1-5)"
	ktap_expect "lines with a verdict" 1 "$(grep -c '^verdict: ' "$text")"
}

verdict_names_what_was_tried() {
	ktap_expect "end of the last line" \
		"$(lab_offered | wc -l) combinations, Linux $(uname -r)" \
		"$(tail -n 1 "$text" | sed 's/.* checks of //')"
}

# The rows of a combination: the first names it, the others begin with a blank.
rows() {
	awk -v who="$1 $2 $3" '
		/^ +L/ { if (mine) print; next }
		{ mine = ($1 " " $2 " " $3 == who && $4 ~ /^L/); if (mine) print }
	' "$text"
}

# The line of a combination that is told in short: allocators are its last words.
short() {
	sed -n "s/^\($1  *$2  *L.*  2^.*  [a-z]* [a-z ]*\)$/\1 /p" "$text" | grep " $3 "
}

is_told_in_short() {
	ktap_expect "lines of $1 $2 that end with $3 among others" 1 "$(short "$@" | wc -l)"
	case $(short "$@") in
	*" yes  "*) ;;
	*) ktap_fail "tables of $1 $2 $3 are not below the limit" "$(short "$@")" ;;
	esac
}

# Levels with tables of one size share a row.
has_rows_for_its_levels() {
	case $1 in
	v7s) want="L1 L2 " ;;
	lpae-s1) want="L0-L3 " ;;
	*)
		is_told_in_short "$@"
		return
		;;
	esac
	ktap_expect "levels" "$want" \
		"$(rows "$1" "$2" "$3" | grep -o ' L[0-9][-L0-9]* ' | tr -d ' ' | tr '\n' ' ')"
}

# Addresses are judged here, not by what the report says of them.
lies_where_it_says() {
	rows "$1" "$2" "$3" |
		sed 's/.*-\(0x[0-9a-f]*\)  \(2^\([0-9]*\) \([a-zA-Z]*\)\|no guarantee\) *\([a-z]*\).*/\1 \5 \3 \4/' |
	while read -r last low limit_lg2 below; do
		ktap_expect "table that ends at $last: below 4 GB" \
			"$([ $((last)) -lt $((1 << 32)) ] && echo yes || echo no)" "$low"
		[ -n "$limit_lg2" ] || continue
		ktap_expect "table that ends at $last: below limit 2^$limit_lg2" \
			"$([ $((last)) -lt $((1 << limit_lg2)) ] && echo yes || echo NO)" "$below"
		ktap_expect "table that ends at $last: below limit" yes "$below"
	done || exit
}

not_offered_is_said_so() {
	sed -n "s/^not offered: $1 $2 with\( .*\): ..*/\1 /p" "$text" | grep -q " $3 " ||
		ktap_fail "no line 'not offered: $1 $2 with $3: ...'" "$(grep 'not offered' "$text")"
}

left_out_is_said_so() {
	ktap_expect "lines for $1" 1 "$(grep -c "^left out: $1, which breaks .* on purpose$" "$text")"
}

rule_is_counted_once() {
	violated=$(sed -n "s/^$1  *[0-9][0-9]*  *\([1-9][0-9]*\)  *[0-9][0-9]*  .*/\1/p" "$text")
	[ -z "$violated" ] || ktap_fail "rule $1 violated: so says the report of $violated checks"
	ktap_expect "lines of $1" 1 "$(grep -c "^$1  *[0-9][0-9]*  *0  *[0-9][0-9]*  " "$text")"
}

# All that is known is named, with where it is written down.
known_findings_are_named() {
	known=$(sed -n 's/^[a-z-]*  *[0-9][0-9]*  *[0-9][0-9]*  *\([0-9][0-9]*\)  [a-z].*/\1/p' "$text" |
		awk '{ n += $1 } END { print n + 0 }')
	named=$(sed -n '/^known findings /,/^$/p' "$text" | grep -c '^  [a-z0-9-]*: ')
	case $known-$named in
	0-0 | [1-9]*-[1-9]*) ;;
	*) ktap_fail "$known known violations, $named findings named" ;;
	esac
}

# Every format that is offered was read, by the walker and the provider alike.
readers_are_counted() {
	for format in $(lab_offered | cut -d' ' -f1 | sort -u); do
		sed -n '/^readers /,/^$/p' "$text" | grep "^$format " >"$ktap_tmp/readers"
		read -r _ walker provider _ <"$ktap_tmp/readers"
		case $walker-$provider in
		[1-9]*-"$walker") ;;
		*) ktap_fail "readers of $format" "$(grep -A 8 '^readers ' "$text")" ;;
		esac
	done
}

# Without such a page the question that the lab asks is not a real one.
ordinary_page_lies_above_4_gb() {
	lab_has_high_ram || ktap_skip "no RAM above 4 GB"
	grep -o '0x[0-9a-f]*, above 4 GB$' "$text" | tr -d , >"$ktap_tmp/pages"
	[ -s "$ktap_tmp/pages" ] ||
		ktap_skip "the kernel gave low pages, although there is RAM above 4 GB"
	while read -r address _; do
		[ $((address)) -ge $((1 << 32)) ] || ktap_fail "$address is not above 4 GB"
	done <"$ktap_tmp/pages"
}

leaves_no_instance() {
	ktap_expect "instances" "$before" "$(lab_names)"
}

before=$(lab_names)
cat "$lab/report" >"$text"
lab_offered >"$ktap_tmp/offered"
lab_not_offered >"$ktap_tmp/not_offered"
lab_breaking >"$ktap_tmp/breaking"
lab_rules >"$ktap_tmp/rules"
ktap_plan $((6 + 2 * $(wc -l <"$ktap_tmp/offered") + $(wc -l <"$ktap_tmp/not_offered") +
	$(wc -l <"$ktap_tmp/breaking") + $(wc -l <"$ktap_tmp/rules")))

ktap_test "the verdict is ok and in the last line" verdict_is_ok_and_last
ktap_test "the verdict names combinations and kernel" verdict_names_what_was_tried
while read -r format provider allocator; do
	ktap_test "$format $provider $allocator has rows for its levels" \
		has_rows_for_its_levels "$format" "$provider" "$allocator"
	ktap_test "$format $provider $allocator lies where the report says" \
		lies_where_it_says "$format" "$provider" "$allocator"
done <"$ktap_tmp/offered"
while read -r format provider allocator; do
	ktap_test "$format $provider $allocator is said not to be offered" \
		not_offered_is_said_so "$format" "$provider" "$allocator"
done <"$ktap_tmp/not_offered"
while read -r allocator; do
	ktap_test "$allocator is said to be left out" left_out_is_said_so "$allocator"
done <"$ktap_tmp/breaking"
while read -r rule; do
	ktap_test "$rule is counted, and not violated" rule_is_counted_once "$rule"
done <"$ktap_tmp/rules"
ktap_test "known findings are named" known_findings_are_named
ktap_test "readers are counted" readers_are_counted
ktap_test "an ordinary page lies above 4 GB" ordinary_page_lies_above_4_gb
ktap_test "a report leaves no instance" leaves_no_instance
ktap_finish
