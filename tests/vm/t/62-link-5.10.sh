#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The links of 62-link.sh between the oldest kernel and the newest.
# vm: nodes=2 mem=320 timeout=300 kernels=7.2 others=5.10

# Sourced, so that what the nodes tell each other goes by another name.
# shellcheck source=tests/vm/t/62-link.sh
. /tests/vm/t/62-link.sh
