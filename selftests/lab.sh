# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The lab's debugfs files in sh; to be sourced after ktap.sh. Nothing here knows
# what a test is about.

export LC_ALL=C

lab=${LAB_DEBUGFS:-/sys/kernel/debug/io_pgtable_lab}
instances=$lab/instances

# Instances that tests create are called by this and a word, so that somebody
# else's live on, and two programs do not meet. Those that a program wants to
# keep beyond the test are called by $kept.
own=kst$$
kept=kept$$

# lab_require: skip the program where there is no lab to test
lab_require() {
	[ "$(id -u)" = 0 ] || ktap_skip_all "must be run as root"
	[ -e "$lab/create" ] ||
		ktap_skip_all "no $lab: io_pgtable_lab is not loaded, or debugfs not mounted"
}

# lab_destroy_own PREFIX: destroy all instances that are called by PREFIX
lab_destroy_own() {
	for lab_dir in "$instances/$1"*; do
		[ ! -d "$lab_dir" ] || echo "${lab_dir##*/}" >"$lab/destroy"
	done
}

ktap_after_each() {
	lab_destroy_own "$own"
}

ktap_at_exit() {
	[ -e "$lab/destroy" ] || return
	lab_destroy_own "$own"
	lab_destroy_own "$kept"
}

# lab_see: the directories of all instances, in $seen
lab_see() {
	set -- "$instances"/*
	seen=$*
}

# lab_names: the names of all instances, in one line
lab_names() {
	lab_see
	[ "$seen" = "$instances/*" ] || echo "$seen"
}

# lab_errno MESSAGE: the name of the errno in a program's message, in the words
# of glibc and of musl
lab_errno() {
	case $1 in
	*"Invalid argument"*)				echo EINVAL ;;
	*"result out of range"* | *"not representable"*) echo ERANGE ;;
	*"File exists"*)				echo EEXIST ;;
	*"Bad address"*)				echo EFAULT ;;
	*"No space left"*)				echo ENOSPC ;;
	*"No such device"*)				echo ENODEV ;;
	*"No such file or directory"*)			echo ENOENT ;;
	*"Argument list too long"*)			echo E2BIG ;;
	*"ot supported"*)				echo EOPNOTSUPP ;;
	*"Cannot allocate memory"* | *"Out of memory"*)	echo ENOMEM ;;
	*"esource busy"*)				echo EBUSY ;;
	*"nput/output error"* | *"I/O error"*)		echo EIO ;;
	*"Permission denied"*)				echo EACCES ;;
	*"not permitted"*)				echo EPERM ;;
	*)						echo "unknown ($1)" ;;
	esac
}

# lab_write FILE TEXT: write TEXT, in which printf's %b escapes are known, by
# one write(2), and say in $wrote what it returned: 0 or an errno's name. sh's
# own printf does not tell; dd does, and tells open(2) from write(2).
lab_write() {
	printf '%b' "$2" >"$ktap_tmp/text"
	if lab_said=$(dd if="$ktap_tmp/text" of="$1" bs=64k conv=notrunc 2>&1); then
		wrote=0
		return
	fi
	case $lab_said in
	*writing* | *"write error"*) wrote=$(lab_errno "$lab_said") ;;
	*) wrote="not opened ($lab_said)" ;;
	esac
}

# lab_put FILE TEXT: write what must be taken, without a process of its own
lab_put() {
	printf '%b' "$2" 2>/dev/null >"$1" ||
		ktap_fail "'$2' was refused by ${1#"$lab/"}" "$(dmesg | tail -n 3)"
}

# lab_create NAME WORDS: create an instance, or skip where only one of its kind
# can live
lab_create() {
	echo "$2 name=$1" 2>/dev/null >"$lab/create" && return
	lab_write "$lab/create" "$2 name=$1"
	case $wrote in
	0) ;;
	EBUSY) ktap_skip "one live kernel v7s instance at a time on this kernel" ;;
	*) ktap_fail "creating '$2'" "  expected: 0" "  got:      $wrote" "$(dmesg | tail -n 3)" ;;
	esac
}

# lab_offered: what this kernel offers and is expected to work, "FORMAT PROVIDER
# ALLOCATOR" per line; not what breaks rules on purpose
lab_offered() {
	sed -n 's/^\([a-z0-9-]*\)  *\([a-z]*\)  *\([a-z0-9-]*\)  *offered$/\1 \2 \3/p' "$lab/create"
}

# lab_breaking: the allocators that break rules on purpose, a name per line
lab_breaking() {
	sed -n 's/^[^ ]*  *[^ ]*  *\([^ ]*\)  *offered, breaks .*/\1/p' "$lab/create" | sort -u
}

# lab_chosen: of v7s and lpae-s1, all that is offered without an allocator and with
# slab, and one combination of each other allocator: what does not depend on it is
# tried there. The other formats are tried by formats.sh
lab_chosen() {
	lab_offered | grep -E '^(v7s|lpae-s1) ' | awk '
		$3 == "none" || $3 == "slab" { print; next }
		{ if (!($3 in nth)) nth[$3] = n++ % 3; if (seen[$3]++ == nth[$3]) print }
	'
}

# lab_not_offered: the rest of it, but for what breaks rules on purpose
lab_not_offered() {
	sed -n -e '1,/^format  /d' -e '/  offered/d' -e 's/^\([^ ]*\)  *\([^ ]*\)  *\([^ ]*\) .*/\1 \2 \3/p' "$lab/create"
}

# lab_rules: the documented rules, a name per line
lab_rules() {
	grep -v '^#' rules.list
}

# lab_has_high_ram: whether there is RAM above 4 GB
lab_has_high_ram() {
	lab_highest=$(sed -n 's/.*-\([0-9a-f]*\) : System RAM/\1/p' /proc/iomem | tail -n 1)
	[ "${#lab_highest}" -gt 8 ]
}

# lab_bytes SIZE: 4K in bytes
lab_bytes() {
	case $1 in
	*K) echo $((${1%K} << 10)) ;;
	*M) echo $((${1%M} << 20)) ;;
	*G) echo $((${1%G} << 30)) ;;
	*T) echo $((${1%T} << 40)) ;;
	*) echo "$1" ;;
	esac
}

# lab_value FILE KEY: what stands after "KEY:"
lab_value() {
	while IFS=: read -r lab_key lab_rest; do
		[ "$lab_key" = "$2" ] || continue
		echo "${lab_rest#"${lab_rest%%[! ]*}"}"
	done <"$1"
}

# lab_ask INSTANCE IOVA: what the readers say, in $iova_to_phys, $walker,
# $model and $readers
lab_ask() {
	lab_put "$instances/$1/translate" "$2"
	while IFS=: read -r lab_key lab_rest; do
		lab_rest=${lab_rest#"${lab_rest%%[! ]*}"}
		case $lab_key in
		iova_to_phys) iova_to_phys=$lab_rest ;;
		walker) walker=${lab_rest%%,*} ;;
		model) model=$lab_rest ;;
		readers) readers=$lab_rest ;;
		esac
	done <"$instances/$1/translate"
}

# lab_walk INSTANCE: what its walk shows between the ends of the space
lab_walk() {
	grep -v '^---\[' "$instances/$1/walk"
}

# lab_leaves INSTANCE: its walk, down to addresses and sizes of pages
lab_leaves() {
	lab_walk "$1" | sed 's/\( -> 0x[0-9a-f]*\)  *[0-9]*[KMGT]*  \(L[0-9]\)  *\([0-9]* x [0-9]*[KMGT]*\) .*/\1  \2 \3/'
}

# lab_mark, lab_log: a mark in the kernel log, and what came after the last
lab_mark() {
	lab_marked="selftest $$ mark $ktap_number"
	echo "$lab_marked" >/dev/kmsg
}

lab_log() {
	# The last lines will do: without the mark in them, nothing is left.
	dmesg | tail -n 60 | sed -e "1,/$lab_marked\$/d" -e 's/^\(\[[^]]*\] *\)*//'
}
