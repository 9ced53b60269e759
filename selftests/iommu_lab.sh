# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The fake IOMMU's debugfs files in sh; to be sourced after lab.sh. Nothing here knows
# what a test is about.
#
# shellcheck disable=SC2154 # what lab.sh and ktap.sh set

iommus=$lab/iommu

# iommu_require: skip the program where there is no fake IOMMU to test
iommu_require() {
	lab_require
	[ -e "$iommus/create" ] || ktap_skip_all "no $iommus"
	iommu_why=$(sed -n 's/^not in this kernel: //p' "$iommus/create")
	[ -z "$iommu_why" ] || ktap_skip_all "$iommu_why"
	page_bytes=$(lab_bytes "$(sed -n 's/^KernelPageSize: *\([0-9]*\) kB/\1K/p' /proc/self/smaps | head -n 1)")
}

# iommu_destroy_own PREFIX: destroy all IOMMUs that are called by PREFIX, with their masters
iommu_destroy_own() {
	for iommu_dir in "$iommus/$1"*; do
		[ -d "$iommu_dir" ] || continue
		for iommu_master in "$iommu_dir/masters"/*; do
			[ ! -d "$iommu_master" ] || echo "${iommu_master##*/}" >"$iommu_dir/remove"
		done
		echo "${iommu_dir##*/}" >"$iommus/destroy"
	done
}

ktap_after_each() {
	iommu_destroy_own "$own"
	lab_destroy_own "$own"
}

ktap_at_exit() {
	[ -e "$iommus/destroy" ] || return
	iommu_destroy_own "$own"
	iommu_destroy_own "$kept"
}

# iommu_profiles: those that this machine can have, a name per line: with a format that its
# kernel offers, pages that are no larger than the kernel's, and output bits for all RAM
iommu_profiles() {
	lab_offered | sed -n 's/^\([^ ]*\) kernel none$/\1/p' >"$ktap_tmp/formats"
	sed -n -e '1,/^$/d' -e 's/^\([a-z0-9-]\{1,\}\) .*/\1/p' -e 's/^  *\(format=.*\)/\1/p' \
		"$iommus/create" | while read -r iommu_name; do
		read -r iommu_words || break
		iommu_format=${iommu_words#format=}
		grep -qx "${iommu_format%% *}" "$ktap_tmp/formats" || continue
		case $iommu_words in
		*oas=32*) ! lab_has_high_ram || continue ;;
		*granule=*)
			iommu_granule=${iommu_words#*granule=}
			[ "$(lab_bytes "${iommu_granule%% *}")" -le "$page_bytes" ] || continue
			;;
		esac
		echo "$iommu_name"
	done
}

# iommu_create NAME WORDS
iommu_create() {
	lab_write "$iommus/create" "name=$1 $2"
	[ "$wrote" = 0 ] ||
		ktap_fail "creating '$2'" "  expected: 0" "  got:      $wrote" "$(dmesg | tail -n 3)"
}

# iommu_add IOMMU NAME [WORDS]: a master, whose directory is $master
iommu_add() {
	master=$iommus/$1/masters/$2
	lab_write "$iommus/$1/add" "name=$2 ${3:-}"
	case $wrote in
	0) return ;;
	ENODEV)
		# Where it has to be one of its kind
		dmesg | tail -n 5 | grep -q "one live kernel v7s" &&
			ktap_skip "one live kernel v7s instance at a time on this kernel"
		;;
	esac
	ktap_fail "adding '$2 ${3:-}'" "  expected: 0" "  got:      $wrote" "$(dmesg | tail -n 3)"
}

# iommu_have PROFILE [MODE [MASTER-WORDS]]: an IOMMU of that profile with a master, $master
iommu_have() {
	iommu=$iommus/$own-i
	iommu_create "$own-i" "profile=$1 mode=${2:-strict}"
	iommu_add "$own-i" m "${3:-}"
}

# iommu_map MASTER WORDS: a buffer, whose number is $buffer
iommu_map() {
	lab_put "$1/map" "$2"
	iommu_last "$1"
}

# iommu_last MASTER: the buffer that came last: its number in $buffer, its first line in
# $buffer_line, the IOVA of its first segment in $iova, where that leads in $pa
iommu_last() {
	buffer='' buffer_line='' iova='' pa=''
	while IFS= read -r iommu_line; do
		case $iommu_line in
		[0-9]*)
			buffer=${iommu_line%%:*} buffer_line=$iommu_line iova=
			;;
		*)
			[ -z "$iova" ] || continue
			iova=${iommu_line#"${iommu_line%%[! ]*}"}
			pa=${iova##* }
			iova=${iova%%+*}
			;;
		esac
	done <"$1/buffers"
}

# iommu_segments MASTER: "FIRST BYTES" of each segment of its buffers, a line each
iommu_segments() {
	iommu_first=
	while IFS= read -r iommu_line; do
		iommu_line=${iommu_line% -> *}
		case $iommu_line in
		'    '*)
			# The segment goes on elsewhere in memory.
			iommu_bytes=$((iommu_bytes + ${iommu_line#*+}))
			;;
		'   '*)
			[ -z "$iommu_first" ] || echo "$iommu_first $iommu_bytes"
			iommu_first=${iommu_line#   } iommu_bytes=${iommu_line#*+}
			iommu_first=${iommu_first%+*}
			;;
		esac
	done <"$1/buffers"
	[ -z "$iommu_first" ] || echo "$iommu_first $iommu_bytes"
}

# iommu_bounced: bytes of the last buffer that are bounced
iommu_bounced() {
	iommu_line=${buffer_line% bytes bounced}
	echo "${iommu_line##* }"
}

# iommu_try MASTER WORDS: a buffer is mapped, used and unmapped
iommu_try() {
	iommu_map "$1" "$2"
	lab_put "$1/use" "$buffer"
	lab_put "$1/unmap" "$buffer"
}

# iommu_expect_clean IOMMU: no rule was violated in it
iommu_expect_clean() {
	read -r iommu_line <"$1/violations" || ktap_fail "$1/violations cannot be read"
	case $iommu_line in
	"0 violations in 0 checks"*) ktap_fail "nothing was checked" ;;
	"0 violations in "*) ;;
	*) ktap_fail "violations" "$(cat "$1/violations")" ;;
	esac
}

# iommu_violated IOMMU: the rules that were, in a line
iommu_violated() {
	sed -n -e 1d -e '/: not checked, /d' -e '/^known /d' -e 's/^\([a-z-]*\): .*/\1/p' \
		"$1/violations" | sort -u | tr '\n' ' '
}

# iommu_lines: what the kernel goes by when it bounces: the cache line, in $line, and the
# sizes of kmalloc's caches
iommu_lines() {
	line=$(lab_value "$master/info" 'cache line')
	sed -n 's/^kmalloc-\([0-9]*\) .*/\1/p' /proc/slabinfo 2>/dev/null | sort -n >"$ktap_tmp/caches"
	[ -s "$ktap_tmp/caches" ] || ktap_skip "nobody says which caches kmalloc has"
}

# iommu_due COHERENT DIR SIZE: how many bytes dma_kmalloc_needs_bounce() wants bounced, in
# $due
iommu_due() {
	due=0
	case $1-$2 in
	noncoherent-both | noncoherent-from) ;;
	*) return ;;
	esac
	# Twice ARCH_DMA_MINALIGN, from where every cache is aligned
	[ "$3" -lt 256 ] || return 0
	rounded=$3
	while read -r iommu_cache; do
		[ "$iommu_cache" -ge "$3" ] || continue
		rounded=$iommu_cache
		break
	done <"$ktap_tmp/caches"
	[ $((rounded % line)) = 0 ] || due=$3
}
