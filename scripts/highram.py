# SPDX-License-Identifier: GPL-2.0-only
"""A machine without low memory, as some arm64 boards are.

QEMU's virt has its RAM at 1 GB, and -kernel loads there. Here the device tree
admits only to RAM from 4 GB on, all that a kernel wants at boot is loaded
there, and a stub does what QEMU's own boot code would: it follows
Documentation/arch/arm64/booting.rst.
"""

import os
import shutil
import struct
import subprocess
import sys

# Where things are loaded. A kernel must begin at a multiple of 2 MB, and may
# take what is below the initramfs.
RAM = STUB = 4 << 30
RAM_SIZE = 1 << 30
DTB = RAM + (64 << 10)
KERNEL = RAM + (2 << 20)
INITRD = RAM + (256 << 20)


def stub():
    return struct.pack(
        "<5I",
        0x10000000 | (DTB - STUB) // 4 << 5,        # adr x0, DTB
        0xaa1f03e1,                                 # mov x1, xzr
        0xaa1f03e2,                                 # mov x2, xzr
        0xaa1f03e3,                                 # mov x3, xzr
        0x14000000 | (KERNEL - (STUB + 16)) // 4)   # b KERNEL


def comma(path):
    """A path within an option of QEMU's."""
    return path.replace(",", ",,")


def device_tree(machine, path, initrd_size, append):
    """The machine's own, in which RAM, initramfs and command line are told."""
    qemu = subprocess.run([*machine, "-machine", "dumpdtb=" + comma(path)],
                          capture_output=True, text=True, check=False)
    if qemu.returncode:
        sys.exit("lab: error: QEMU gave no device tree: " + qemu.stderr.strip())

    def put(node, name, *numbers):
        cells = [f"{cell:x}" for number in numbers for cell in divmod(number, 1 << 32)]
        subprocess.run(["fdtput", "-t", "x", path, node, name, *cells], check=True)

    put("/memory@40000000", "reg", RAM, RAM_SIZE)
    put("/chosen", "linux,initrd-start", INITRD)
    put("/chosen", "linux,initrd-end", INITRD + initrd_size)
    subprocess.run(["fdtput", "-t", "s", path, "/chosen", "bootargs", append], check=True)


def boot(machine, image, initrd, append):
    """QEMU's options that boot an open Image; what they name is put beside initrd."""
    folder = os.path.dirname(initrd)
    device_tree(machine, f"{folder}/dtb", os.path.getsize(initrd), append)
    with open(f"{folder}/stub", "wb") as file:
        file.write(stub())
    with open(f"{folder}/Image", "wb") as file:
        shutil.copyfileobj(image, file)
    argv = []
    for path, address in ((f"{folder}/stub", STUB), (f"{folder}/dtb", DTB),
                          (f"{folder}/Image", KERNEL), (initrd, INITRD)):
        argv += ["-device", f"loader,file={comma(path)},addr={address:#x},force-raw=on"]
    return [*argv, "-device", f"loader,addr={STUB:#x},cpu-num=0"]
