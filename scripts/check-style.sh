#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What can be said about the sources without running them: SPDX tags,
# checkpatch, shellcheck, and builds with W=1 and with sparse, all without a
# warning. KERNEL=suite says whose compiler, KUnit kernel and checkpatch.

. "$(dirname "$0")/kernel.sh"
. "$top/scripts/kunit-kernel.sh"
. "$top/scripts/build.sh"

passed=0 failed=0

# step NAME COMMAND...: a command that prints what is wrong, or nothing
step() {
	local name=$1 output status=0
	shift
	output=$("$@" 2>&1) || status=$?
	if [ "$status" = 0 ] && [ -z "$output" ]; then
		passed=$((passed + 1))
		echo "  ok   $name"
	else
		failed=$((failed + 1))
		echo "  FAIL $name (status $status)"
		tail -n 100 <<<"$output" | sed 's/^/       /'
	fi
}

# The files of the tree, those that are not committed yet included, that end
# in one of the given ways; no file is a failure.
files() {
	git -C "$top" ls-files --cached --others --exclude-standard -- "$@" |
		while read -r file; do [ ! -f "$top/$file" ] || echo "$file"; done | grep .
}

spdx() {
	files ':!LICENSES' | while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ' || echo "$file has no SPDX tag"
	done
}

# checkpatch IGNORED PATTERN...
checkpatch() {
	local list ignored=$1
	shift
	mapfile -t list < <(files "$@")
	perl "$k_source/scripts/checkpatch.pl" --no-tree --strict --quiet --no-summary --terse \
		--show-types --color=never ${ignored:+--ignore="$ignored"} -f "${list[@]}"
}

shells() {
	local list
	mapfile -t list < <(files .ci scripts selftests | xargs grep -lE '^(#!/bin/(ba)?sh|# shellcheck shell=)')
	shellcheck "${list[@]}"
}

pythons() {
	local list
	mapfile -t list < <(files '*.py')
	python3 -c 'import pathlib, sys
for file in sys.argv[1:]: compile(pathlib.Path(file).read_text(), file, "exec")' "${list[@]}"
}

# warnings MAKE-ARGUMENT: build anew, and print what the compiler, modpost or
# sparse say about this tree's files
warnings() {
	local into=$cache/run/$$ module
	# No = in a path: make would take it for an assignment.
	k_key+=-${1%%=*}
	mkdir -p "$into"
	rm -rf "$(build_tree)"
	(build_modules "$into" "$1") 2>"$into/stderr" || { cat "$into/stderr"; return 1; }
	for module in '' _kunit _sample; do
		[ -e "$into/io_pgtable_lab$module.ko" ] || echo "io_pgtable_lab$module.ko was not built"
	done
	# Kbuild names files by their path, since 6.13 by that within the tree.
	grep -E '(^|/)(module|kunit|samples)/[^ ]+: (warning|error):|WARNING: modpost' "$(build_tree).log" || true
}

! kernel_is_own || die "the style is checked with a suite's tools: KERNEL=suite"
need git:git perl:perl shellcheck:shellcheck python3:python3
cd "$top"
kernel_resolve
kunit_kernel
step "SPDX tags" spdx
step "checkpatch --strict" checkpatch '' '*.c' '*.h' ':!module/compat'
# The one place where versions may be compared, and macros be as odd as they must.
step "checkpatch --strict, compat" checkpatch \
	LINUX_VERSION_CODE,CONSTANT_COMPARISON,MACRO_ARG_UNUSED 'module/compat/*.[ch]'
step "shellcheck" shells
step "Python's syntax" pythons
step "W=1 for $k_title" warnings W=1
step "sparse for $k_title" warnings C=1
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
