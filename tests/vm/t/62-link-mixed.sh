#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The links of 62-link.sh between an old kernel and a new one.
# vm: nodes=2 mem=320 timeout=200 kernels=6.12 others=6.1 brief=none

if [ -z "${LONG-}" ]; then
	echo "1..0 # SKIP takes two minutes: make check-long"
	exit 0
fi
# Sourced, so that what the nodes tell each other goes by another name.
# shellcheck source=tests/vm/t/62-link.sh
. /tests/vm/t/62-link.sh
