# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The KUnit kernel: the suite's linux-source package, allnoconfig, and the
# fragments in kunit/. Distro kernels have no KUnit.

source_pins() {
	local source
	source=$(deb_dependency linux-source 'linux-source-[0-9.]+') || {
		say "the suite '$k_suite' has no linux-source"
		return 1
	}
	kernel_supported "${source#linux-source-}" || return
	printf 'p_source=%q\n' "$(deb_pin "$source")"
}

source_fill() {
	deb_download "$1" "$p_source" || return
	say "unpacking ${p_source%%=*}"
	dpkg-deb --fsys-tarfile "$1"/*.deb | tar -x -O --wildcards --no-anchored 'linux-source-*.tar.xz' |
		tar -x -J --strip-components=1 -C "$1" || return
	rm "$1"/*.deb
}

source_fetch() {
	k_source=$cache/source/$(pin_name "$p_source")
	once "source/${k_source##*/}" source_fill
}

# Set k_source, the tree of the suite's linux-source.
kernel_source() {
	need xz:xz-utils
	pinned source source_pins source_fetch
}

# fragment_missing CONFIG FRAGMENT...: what the fragments ask for in vain
fragment_missing() {
	awk '
		FNR == NR { if (/^CONFIG_/) have[$0] = 1; next }
		/^CONFIG_.*=n$/ { sub(/=n$/, "=y"); if (have[$0]) print; next }
		/^CONFIG_/ && !have[$0]
	' "$@"
}

kunit_fill() {
	local folder=$1 missing fragments
	fragments=("$folder/kunitconfig" "$folder/debug.config")
	cp "$top/kunit/.kunitconfig" "${fragments[0]}"
	cp "$top/kunit/debug.config" "${fragments[1]}"
	say "building the KUnit kernel from ${p_source/=/ }: some minutes, once"
	in_chroot "$k_chroot" '' env -C "$k_source" MAKEFLAGS="CC=$kunit_cc" ARCH=arm64 \
		CROSS_COMPILE=aarch64-linux-gnu- \
		scripts/kconfig/merge_config.sh -n -O "$folder" "${fragments[@]}" \
		>"$cache/log/kunit-config.log" 2>&1 || {
		tail -n 5 "$cache/log/kunit-config.log" >&2
		return 1
	}
	missing=$(fragment_missing "$folder/.config" "${fragments[@]}")
	[ -z "$missing" ] || die "the KUnit kernel's .config lacks what kunit/ asks for: ${missing//$'\n'/ }"
	in_chroot "$k_chroot" '' make -C "$k_source" O="$folder" -j"$(nproc)" "${kunit_make[@]}" \
		Image modules </dev/null 2>&1 | tee "$cache/log/kunit-build.log" |
		sed -un '=' | sed -u 's/$/ files/' | progress "building the KUnit kernel" || {
		tail -n 15 "$cache/log/kunit-build.log" >&2
		return 1
	}
	# From 7.x on the build tree states its own path, and it is still a .part.
	sed -i "s|$folder|${folder%.part}|" "$folder/Makefile"
	# Of the build only what modules need stays.
	mv "$folder/arch/arm64/boot/Image" "$folder/Image"
	find "$folder" \( -name '*.o' -o -name '*.a' -o -name 'vmlinux*' \) \
		-not -name vmlinux.symvers -not -path "$folder/scripts/*" -type f -delete
}

# The kernel's parser of KTAP: one's own tree's, or the suite's linux-source
kunit_py() {
	local tree
	for tree in "${KDIR:+$KDIR/source}" "${KDIR:-}"; do
		if [ -n "$tree" ] && [ -e "$tree/tools/testing/kunit/kunit.py" ]; then
			echo "$tree/tools/testing/kunit/kunit.py"
			return
		fi
	done
	kernel_source
	echo "$k_source/tools/testing/kunit/kunit.py"
}

# Turn k_* from the suite's distro kernel to its KUnit kernel.
kunit_kernel() {
	local compiler=${p_compiler%%=*}
	kernel_source
	kunit_cc=aarch64-linux-gnu-${compiler%%-aarch64*}
	kunit_make=(ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- "CC=$kunit_cc")
	k_key=$(pin_name "$p_source")_$({
		echo "${k_chroot##*/}"
		grep -h ^CONFIG_ "$top"/kunit/{.kunitconfig,debug.config} | sort
	} | sha256sum | cut -c1-12)
	once "kunit/$k_key" kunit_fill || exit 1
	k_overlay=''
	k_image=$cache/kunit/$k_key/Image
	k_config=$cache/kunit/$k_key/.config
	k_make=(-C "$cache/kunit/$k_key" "${kunit_make[@]}")
	k_title="the KUnit kernel of ${p_source/=/ }"
}
