# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A suite's own toolchain in a chroot: a module must be built by the compiler
# that built its kernel, whatever the machine's own distribution is.

# What Kbuild runs besides the compiler, for modules and for whole kernels
chroot_packages=gcc,libc6-dev,make,flex,bison,bc,perl,kmod,sparse,pahole
chroot_packages+=,libelf-dev,libssl-dev,libdw-dev,zlib1g-dev

# chroot_name CODENAME PIN: PIN is the compiler's package=version
chroot_name() {
	echo "$1_$(pin_name "$2")_$(echo "$chroot_packages" | sha256sum | cut -c1-8)"
}

# chroot_fill CODENAME PACKAGE MIRROR FOLDER
chroot_fill() {
	local codename=$1 compiler=$2 mirror=$3 folder=$4 log=$cache/log/mmdebstrap.log
	need mmdebstrap:mmdebstrap
	say "making a chroot of $codename with $compiler$([ "$EUID" = 0 ] || echo ' (mmdebstrap through sudo)')"
	# As a tar archive first, so that the tree belongs to whoever runs this;
	# /dev comes from the machine when the chroot is entered.
	as_root mmdebstrap --mode=root --variant=essential --format=tar --include="$compiler,$chroot_packages" \
		--aptopt='Acquire::Languages "none"' --keyring="$keyring" \
		"$codename" - "deb [signed-by=$keyring] $mirror $codename main" \
		2> >(tee "$log" | sed -un 's/^I: //p' | progress chroot) </dev/null |
		tar -x --exclude=./dev/* --no-same-owner -C "$folder" || {
		tail -n 5 "$log" >&2
		return 1
	}
}

# How to get a mount namespace and chroot() here: by being root, by a user
# namespace, or through sudo.
namespace() {
	if [ "$EUID" = 0 ]; then
		echo unshare -m
	elif unshare -rm mount -t tmpfs none /mnt 2>/dev/null; then
		echo unshare -rm
	else
		echo sudo unshare -m
	fi
}

# in_chroot ROOT OVERLAY COMMAND...: the cache is seen at its own path, and
# each folder of OVERLAY/usr/{src,lib} (a kernel's headers) where it belongs.
in_chroot() {
	local root=$1 overlay=$2 enter
	shift 2
	read -ra enter <<<"$(namespace)"
	# shellcheck disable=SC2016 # expanded inside
	"${enter[@]}" sh -ec '
		root=$1 cache=$2 overlay=$3 user=$4
		shift 4
		mount --rbind /dev "$root/dev"
		mount --rbind /proc "$root/proc"
		mkdir -p "$root$cache"
		mount --bind "$cache" "$root$cache"
		for dir in "$overlay"/usr/src/* "$overlay"/usr/lib/linux-kbuild-*; do
			[ -d "$dir" ] && [ ! -L "$dir" ] || continue
			mkdir -p "$root${dir#"$overlay"}"
			mount --bind "$dir" "$root${dir#"$overlay"}"
		done
		exec chroot $user "$root" "$@"
	' sh "$root" "$cache" "$overlay" \
		"$([ "${enter[0]}" != sudo ] || echo "--userspec=$(id -u):$(id -g)")" \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C "$@"
}
