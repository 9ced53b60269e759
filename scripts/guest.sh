#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Boot a kernel with the module loaded and run one script there. The exit
# status is the script's; 240 and above are the runner's (see qemu.py).
#
#   guest.sh [--kunit] [--with FOLDER] [QEMU.PY-OPTION...] SCRIPT
#
#   --kunit         boot the suite's KUnit kernel instead of the distro's
#   --with FOLDER   put FOLDER into the guest, beside the script in /lab
#   --module FILE   load FILE, and build nothing
#   --modules FOLDER  take the modules that were built there
#   --dmatest       put the kernel's own client of dmaengine there, dmatest.ko
#   --high-ram      a machine without low memory: RAM starts at 4 GB
#   SCRIPT          file to run there, or 'shell' for a terminal
#
# KERNEL=, KDIR=, MIRROR=, TIMEOUT= (seconds) and V=1 (kernel log too) are
# taken from the environment.

. "$(dirname "$0")/kernel.sh"
. "$top/scripts/kunit-kernel.sh"
. "$top/scripts/build.sh"

kunit='' module='' modules='' dmatest='' with=() options=()
while [ $# -gt 1 ]; do
	case $1 in
	--kunit) kunit=1 ;;
	--with) with+=("$2"); shift ;;
	--module) module=$2; shift ;;
	--modules) modules=$2; shift ;;
	--dmatest) dmatest=1 ;;
	--high-ram) need fdtput:device-tree-compiler; options+=("$1") ;;
	*) options+=("$1") ;;
	esac
	shift
done
script=${1:-}
[ -n "$script" ] || die "which script is the guest to run? make guest SCRIPT=path"
[ "$script" = shell ] || [ -r "$script" ] || die "SCRIPT='$script': no such file"

need qemu-system-aarch64:qemu-system-arm cpio:cpio python3:python3
kernel_resolve
[ -z "$kunit" ] || kunit_kernel

# The run's folder carries this process's number, which exec keeps: sweep()
# knows by it whether the run still goes on.
run=$cache/run/$$
mkdir -p "$run"/root/{bin,lab}
if [ -n "$module" ]; then
	cp "$module" "$run/root/lab/io_pgtable_lab.ko"
elif [ -n "$modules" ]; then
	cp "$modules"/*.ko "$run/root/lab/"
else
	say "building the module for $k_title"
	build_modules "$run/root/lab"
fi
[ -z "$dmatest" ] || build_dmatest "$run/root/lab"
cp "$k_busybox" "$run/root/bin/busybox"
cp "$top/scripts/guest/init" "$run/root/init"
ln -s busybox "$run/root/bin/sh"
[ ${#with[@]} = 0 ] || cp -r "${with[@]}" "$run/root/lab/"
if [ "$script" = shell ]; then
	options+=(--shell)
else
	cp "$script" "$run/root/lab/script"
	chmod 755 "$run/root/lab/script"
fi
# Not compressed: somebody's own kernel may lack gzip.
(cd "$run/root" && find . | cpio -o -H newc --quiet -R 0:0) >"$run/initrd"

say "booting $k_title$([ "$script" != shell ] || echo ' (Ctrl-A X ends QEMU)')"
[[ ${options[*]-} != *--ktap=* ]] || options+=(--kunit-py "$(kunit_py)")
[ -z "${V:-}" ] || options+=(--verbose)
exec python3 "$top/scripts/qemu.py" --image "$k_image" --initrd "$run/initrd" --scratch "$run" \
	--log "$cache/log/$(date +%Y%m%d-%H%M%S)-$$.log" --timeout "${TIMEOUT:-120}" "${options[@]}"
