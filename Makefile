# SPDX-License-Identifier: GPL-2.0-only
#
# The module itself is plain out-of-tree Kbuild (see Kbuild); everything that
# boots a guest is a script.

# Only a KDIR that a person gives is one for the scripts.
ifdef KDIR
export KDIR
endif
kdir := $(or $(KDIR),/lib/modules/$(shell uname -r)/build)
export KERNEL MIRROR TIMEOUT V CPUS FULL MUTANTS ONLY QUICK MINUTES SEED

modules modules_install clean: $(kdir)/Makefile
	@$(MAKE) -C $(kdir) M=$(CURDIR) $@

$(kdir)/Makefile:
	@echo "no kernel build tree in $(kdir): install the running kernel's headers, or set KDIR=" >&2; exit 1

run:
	@scripts/run.sh

check:
	@scripts/check.sh

check-mutants:
	@scripts/check-mutants.sh

experiment:
	@scripts/experiment.sh

fuzz:
	@scripts/fuzz.sh

guest:
	@scripts/guest.sh "$(SCRIPT)"

shell:
	@scripts/guest.sh shell

help:
	@scripts/help.sh

.PHONY: modules modules_install clean run check check-mutants experiment fuzz guest shell help
