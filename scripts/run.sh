#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The demonstration: where does this kernel put its page tables?

scripts=$(dirname "$0")
exec "$scripts/guest.sh" "$scripts/guest/report"
