#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Which bugs do the tests find? Each mutant of a folder (Documentation/mutants.rst) is
# put into a copy of the suite's linux-source, built, and 'make check' run on it.
#
#   MUTANTS=folder   files *.edit; default: this project's own
#   ONLY=glob        only those whose name matches
#   KERNEL=suite     whose linux-source
#   QUICK=1          a check ends when the rule that is the mutant's class has fired
#
# Results stay: what was found with these sources of the lab is not run again.

. "$(dirname "$0")/kernel.sh"
. "$top/scripts/kunit-kernel.sh"

mutants=$(realpath -e "${MUTANTS:-$top/selftests/mutants}" 2>/dev/null) ||
	die "MUTANTS='${MUTANTS:-}': no such folder"
! kernel_is_own || die "mutants are put into a suite's linux-source: KERNEL=suite"
need make:make flex:flex bison:bison bc:bc aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu python3:python3
kernel_word "${KERNEL:-stable}"
need "$keyring:debian-archive-keyring"
kernel_source

copy_fill() {
	rmdir "$1" && cp -al "$k_source" "$1"
}

config() {
	env -C "$tree" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- \
		scripts/kconfig/merge_config.sh -n -O "$build" "$top/kunit/.kunitconfig" >"$build.log" 2>&1 ||
		die "no configuration: see $build.log"
}

# What a result holds for: the sources of the lab, and the configuration.
digest() {
	(cd "$top" && find Kbuild Makefile module kunit samples selftests scripts -type f -not -name '*.edit' \
		-not -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-16
}

tree=$cache/mutants/${k_source##*/}
build=$cache/mutants-build/${k_source##*/}
once "mutants/${k_source##*/}" copy_fill
mkdir -p "$build"
# One tree, one mutant.
exec {lock}>"$(lock_of "mutants-run-${k_source##*/}")"
flock -n "$lock" || die "another run has mutants in $tree"
[ "$build/.config" -nt "$top/kunit/.kunitconfig" ] || config

# words COMMAND...: as one word that splits into it again
words() {
	printf '%q ' "$@"
}

only=${ONLY:-*} quick=()
[ -z "${QUICK:-}" ] || quick=(--quick)
unset KERNEL KDIR MUTANTS ONLY QUICK MAKEFLAGS MFLAGS MAKELEVEL
python3 -B "$top/scripts/mutants.py" --tree "$tree" --folder "$mutants" --only "$only" \
	--rules "$top/selftests/rules.list" --of "$(digest)" \
	--results "$build.results" --logs "$build.logs" "${quick[@]}" \
	--build "$(words make -s -C "$tree" O="$build" -j"$(nproc)" ARCH=arm64 \
		CROSS_COMPILE=aarch64-linux-gnu- Image modules)" \
	--run "$(words env TIMEOUT=240 make -s -C "$top" check KERNEL="$build/arch/arm64/boot/Image" KDIR="$build")" {lock}>&-
