# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# From the word in KERNEL= to a kernel that can be booted and built for.
# kernel_resolve() sets:
#   k_title   what to call it                k_image   what QEMU boots
#   k_key     its name in the cache          k_busybox the guest's programs
#   k_make    make's arguments for Kbuild    k_config  its .config
#   k_chroot  where to build, or empty       k_overlay headers for the chroot

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$top/scripts/apt.sh"
. "$top/scripts/chroot.sh"

k_make=()

# KERNEL's suite and flavour, or a line that says what is accepted.
kernel_word() {
	local word=$1
	[[ $word =~ ^([a-z]+(-backports)?)(/(16k|rt|cloud))?$ ]] ||
		die "KERNEL='$word' is neither suite[/flavour] (a Debian suite such as stable, trixie or trixie-backports; flavour 16k, rt or cloud) nor the path of an Image"
	k_suite=${BASH_REMATCH[1]} k_flavour=${BASH_REMATCH[4]}
}

# kernel_bound OLDEST|NEWEST: as major.minor, from where the module states it
kernel_bound() {
	sed -nE "s/^#define LAB_KERNEL_$1\s+KERNEL_VERSION\(([0-9]+), *([0-9]+).*/\1.\2/p" \
		"$top/module/compat/compat.h" | grep .
}

# Refuse a kernel that the module does not know before anything is built.
kernel_supported() {
	local version oldest newest
	version=$(grep -oE '^[0-9]+\.[0-9]+' <<<"$1")
	oldest=$(kernel_bound OLDEST) || die "module/compat/compat.h does not state LAB_KERNEL_OLDEST"
	newest=$(kernel_bound NEWEST) || die "module/compat/compat.h does not state LAB_KERNEL_NEWEST"
	printf '%s\n' "$oldest" "$version" "$newest" | sort -V -C ||
		die "linux $1 is not one of $oldest to $newest, which the module supports"
}

# The packages that make up a suite's kernel today, as assignments. Whatever
# is missing has been said when this fails.
kernel_pins() {
	local meta binary image headers gcc pin all=()
	case $k_flavour in
	'' | 16k) meta=linux-image-arm64${k_flavour:+-$k_flavour} ;;
	*) meta=linux-image-$k_flavour-arm64 ;;
	esac
	image=$(deb_dependency "$meta:arm64" 'linux-image-[0-9][^ ,]*') || {
		say "the suite '$k_suite' has no $meta"
		return 1
	}
	kernel_supported "${image#linux-image-}" || return
	headers=linux-headers-${image#linux-image-}:arm64
	gcc=$(deb_dependency "$headers" 'gcc-[0-9]+') || {
		say "$headers does not name its compiler"
		return 1
	}
	[ "$host_arch" = arm64 ] || gcc+=-aarch64-linux-gnu
	# From 7.x on the kernel proper is in a package of its own.
	binary=${image/image/binary}:arm64
	deb_pin "$binary" >/dev/null || binary=$image:arm64
	for pin in "$gcc" "$binary" busybox-static:arm64 "$headers" \
		"$(deb_dependency "$headers" 'linux-headers-[^ ,]*-common[^ ,]*')" \
		"$(deb_dependency "$headers" 'linux-kbuild-[^ ,]*')"; do
		all+=("$(deb_pin "$pin")") || {
			say "the suite '$k_suite' has no ${pin:-complete set of headers}"
			return 1
		}
	done
	printf 'p_codename=%q p_release=%q p_compiler=%q p_kernel=%q p_busybox=%q p_headers=%q\n' \
		"$(apt_codename)" "${image#linux-image-}" "${all[@]:0:3}" "${all[*]:3}"
}

kernel_fill() {
	local folder=$1 deb
	# shellcheck disable=SC2086 # p_headers is a list
	deb_download "$folder" "$p_kernel" $p_headers || return
	for deb in "$folder"/linux-headers-*.deb "$folder"/linux-kbuild-*.deb; do
		dpkg-deb -x "$deb" "$folder" || return
		rm "$deb"
	done
	dpkg-deb --fsys-tarfile "$folder"/*.deb |
		tar -x -O --wildcards --no-anchored 'vmlinuz*' >"$folder/Image" || return
	rm "$folder"/*.deb
}

busybox_fill() {
	deb_download "$1" "$p_busybox" || return
	dpkg-deb --fsys-tarfile "$1"/*.deb | tar -x -O ./usr/bin/busybox >"$1/busybox" || return
	chmod 755 "$1/busybox"
	rm "$1"/*.deb
}

# A pin as the name of a folder: package_version, no colons for make's sake
pin_name() {
	local name=${1/:arm64/}
	name=${name/=/_}
	echo "${name//:/%}"
}

# Bring what p_* name into the cache, and say where it is in k_*.
kernel_fetch() {
	local mirror
	k_key=$(pin_name "$p_kernel")
	k_overlay=$cache/kernel/$k_key
	k_busybox=$cache/busybox/$(pin_name "$p_busybox")/busybox
	k_chroot=$cache/chroot/$(chroot_name "$p_codename" "$p_compiler")
	once "kernel/$k_key" kernel_fill || return
	once "busybox/$(pin_name "$p_busybox")" busybox_fill || return
	if [ ! -d "$k_chroot" ]; then
		mirror=$(debian_mirror) || exit 1
		once "chroot/${k_chroot##*/}" chroot_fill "$p_codename" "${p_compiler%%=*}" "$mirror"
	fi
}

# pinned NAME PINS FETCH: set p_* to the suite's packages of today and FETCH
# them; where that fails, to those that were complete the last time.
pinned() {
	local pins=$cache/apt/$k_suite/$1 lock
	apt_use "$k_suite"
	exec {lock}>"$cache/lock/apt-$k_suite"
	flock "$lock"
	if [ ! -e "$pins" ] || [ -z "$(find "$pins" -mtime -1)" ]; then
		# A subshell, for a die in there is a failure here only when
		# there is nothing to fall back on.
		(apt_refresh && "$2" >"$pins.new") || rm -f "$pins.new"
	fi
	if [ -e "$pins.new" ]; then
		# shellcheck source=/dev/null
		. "$pins.new"
		if "$3"; then
			mv "$pins.new" "$pins"
			exec {lock}>&-
			return
		fi
		rm "$pins.new"
	fi
	[ -e "$pins" ] || exit 1
	[ -n "$(find "$pins" -mtime -1)" ] ||
		say "going on with the packages of $(date -r "$pins" +%F), which are here"
	# shellcheck source=/dev/null
	. "$pins"
	"$3" || exit 1
	exec {lock}>&-
}

kernel_suite() {
	kernel_word "$1"
	need "$keyring:debian-archive-keyring"
	pinned "kernel-$k_flavour" kernel_pins kernel_fetch
	k_image=$k_overlay/Image
	k_make=(-C "/usr/src/linux-headers-$p_release")
	k_config=$k_overlay/usr/src/linux-headers-$p_release/.config
	k_title="linux $p_release, $(pin_name "$p_kernel" | sed 's/.*_//') of Debian $k_suite"
}

# Somebody's own kernel: an Image, and the build tree that it came from.
kernel_own() {
	local image=$1 cross=${CROSS_COMPILE-aarch64-linux-gnu-} release
	[ -f "$image" ] || die "KERNEL='$image': no such file"
	[ -n "${KDIR:-}" ] || die "KERNEL='$image' needs KDIR=, the build tree that it came from"
	KDIR=$(cd "$KDIR" 2>/dev/null && pwd) || die "KDIR='$KDIR': no such folder"
	[ -f "$KDIR/.config" ] || die "KDIR='$KDIR' is no configured kernel tree (it has no .config)"
	release=$(cat "$KDIR/include/config/kernel.release" 2>/dev/null) ||
		die "KDIR='$KDIR' has not been built"
	[ -f "$KDIR/Module.symvers" ] ||
		die "KDIR='$KDIR' has no Module.symvers: run 'make modules' there first"
	kernel_supported "$release"
	k_title="linux $release, $image"
	k_key=own-$(echo "$KDIR" | sha256sum | cut -c1-12)
	k_image=$(realpath "$image")
	k_config=$KDIR/.config
	k_chroot='' k_overlay=''
	k_make=(-C "$KDIR" ARCH=arm64)
	[ "$host_arch" = arm64 ] && cross=${CROSS_COMPILE-}
	[ -z "$cross" ] || k_make+=("CROSS_COMPILE=$cross")
	[ -z "${CC:-}" ] || k_make+=("CC=$CC")
	[ -z "${LLVM:-}" ] || k_make+=("LLVM=$LLVM")
	[ -n "${CROSS_COMPILE:-}${CC:-}${LLVM:-}" ] || need "${cross}gcc:gcc${cross:+-aarch64-linux-gnu}" make:make
	# Of Debian such a guest has only its busybox.
	k_suite=stable k_flavour=''
	need "$keyring:debian-archive-keyring"
	pinned busybox busybox_pins busybox_fetch
}

busybox_pins() {
	printf 'p_busybox=%q\n' "$(deb_pin busybox-static:arm64)"
}

busybox_fetch() {
	k_busybox=$cache/busybox/$(pin_name "$p_busybox")/busybox
	once "busybox/$(pin_name "$p_busybox")" busybox_fill
}

# kernel_is_own: whether KERNEL= names an Image rather than a suite
kernel_is_own() {
	[ -f "${KERNEL:-stable}" ] || [[ ${KERNEL:-} == */Image* || ${KERNEL:-} == Image* || ${KERNEL:-} == [./]* ]]
}

kernel_resolve() {
	sweep
	if kernel_is_own; then
		kernel_own "$KERNEL"
	else
		[ -z "${KDIR:-}" ] || die "KDIR= goes with KERNEL=path/to/Image; a suite's kernel brings its own"
		kernel_suite "${KERNEL:-stable}"
	fi
}
