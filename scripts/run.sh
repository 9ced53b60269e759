#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The demonstration: where does this kernel put its page tables?

exec "$(dirname "$0")/guest.sh" "$(dirname "$0")/report"
