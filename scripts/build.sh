# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The modules for the resolved kernel, built by Kbuild from a copy of the
# sources, so that kernels never meet and the checkout stays clean.

build_tree() {
	echo "$cache/build/$(echo "$top" | sha256sum | cut -c1-12)/$k_key"
}

# build_modules FOLDER [MAKE-ARGUMENT...]: build, and put the .ko files into
# FOLDER. A person's warnings are not hidden: what Kbuild says is in build_log.
build_modules() {
	local into=$1 lock tree product excludes=() status=0
	shift
	need rsync:rsync
	tree=$(build_tree)
	build_log=$tree.log
	mkdir -p "$tree"
	exec {lock}>"$(lock_of "build-${tree//\//_}")"
	flock "$lock"
	# By content, not by time: an older file that comes back must be rebuilt.
	for product in '*.o' '*.ko' '*.mod' '*.mod.c' '.*.cmd' '*.order' '*.symvers'; do
		excludes+=(--exclude="$product")
	done
	rsync -rlp --checksum --delete "${excludes[@]}" --exclude=/.git --exclude=/scripts \
		--exclude=/Documentation --exclude=/selftests "$top/" "$tree/"
	set -- make -j"$(nproc)" "${k_make[@]}" M="$tree" LAB_SAMPLES=y "$@" modules
	if [ -n "$k_chroot" ]; then
		in_chroot "$k_chroot" "$k_overlay" "$@"
	else
		"$@"
	fi >"$build_log" 2>&1 </dev/null || status=$?
	grep -E '(warning|error|WARNING|ERROR):' "$build_log" >&2 || [ $status = 0 ] || tail "$build_log" >&2
	[ $status != 0 ] || find "$tree" -name '*.ko' -exec cp {} "$into" \;
	exec {lock}>&-
	[ $status = 0 ] || die "the module does not build for $k_title: see $build_log"
}

# dmatest_fill FOLDER: dmatest.ko from k_source, which the distro does not build
dmatest_fill() {
	local folder=$1 log=$cache/log/dmatest.log
	cp "$k_source/drivers/dma/dmatest.c" "$folder" || return
	echo "obj-m := dmatest.o" >"$folder/Kbuild"
	say "building dmatest for $k_title"
	in_chroot "$k_chroot" "$k_overlay" make "${k_make[@]}" M="$folder" modules \
		</dev/null >"$log" 2>&1 || {
		tail "$log" >&2
		return 1
	}
}

# build_dmatest FOLDER: put there dmaengine's own client, dmatest.ko, for the resolved
# kernel: as it was built with the kernel, else from the suite's linux-source.
build_dmatest() {
	local with=${k_make[1]}/drivers/dma/dmatest.ko built
	if [ ! -e "$with" ]; then
		kernel_is_own && die "KDIR='$KDIR' has no drivers/dma/dmatest.ko: CONFIG_DMATEST=m makes it"
		kernel_source
		built=dmatest/${k_key}_${p_source##*=}
		once "$built" dmatest_fill || die "dmatest does not build for $k_title"
		with=$cache/$built/dmatest.ko
	fi
	cp "$with" "$1"
}
