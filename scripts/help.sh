#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What make can do here.

cat <<EOF
On this machine's own kernel, or one that KDIR= names:
  make                    build the modules (KDIR= ARCH= CROSS_COMPILE= as in Kbuild)
  make LAB_SAMPLES=y      build the sample, an allocator of somebody's own, as well
  make modules_install    install them
  make clean              remove what was built here

In an arm64 guest under QEMU, on any machine with apt:
  make run                print where this kernel's page tables lie, and a verdict
  make check              run every test; the last line is the count
  make check-mutants      which single bugs put into a kernel do the tests find?
                          MUTANTS=folder, ONLY=glob; default: this project's own set
  make experiment         what allocators of tables take and cost: a table, and
                          JSON and a picture in build/
  make fuzz MINUTES=n     random programs, each step verified, in a guest for each CPU;
                          one that violates a rule is printed
  make guest SCRIPT=path  run a script there, with the module loaded
  make shell              a terminal there

Settings for the latter:
  KERNEL=suite[/flavour]  a Debian suite (stable, trixie, trixie-backports, ...),
                          flavour 16k, rt or cloud; default: stable
  KERNEL=path/to/Image KDIR=path/to/build
                          one's own kernel, and the tree that it was built in
  TIMEOUT=seconds         how long a guest may be silent, and a tenth of what it may
                          take; default: 120 (make check: 600)
  FULL=1                  on one's own kernel, make check leaves nothing out
  CPUS=number             CPUs of the guest of make experiment; default: 8
  MINUTES=number SEED=n   how long make fuzz takes, and its first seed; default: 5,
                          and one that was not used before
  V=1                     show the guest's kernel log too
  MIRROR=address          Debian mirror, where the system's apt names none

make itself ends with 2 whenever a command fails. 'scripts/guest.sh path' is
'make guest' with the script's own exit status; 240 and above are the runner's:
  240 hang   241 panic   242 no verdict   243 splat in the kernel log
  244 fewer tests than planned   245 no test   246 the module did not load

Kernels, chroots and builds are kept in
  ${XDG_CACHE_HOME:-$HOME/.cache}/io-pgtable-lab
which may be deleted at any time when nothing runs.
EOF
