#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages of 70-ramster.sh go from the newest kernel to the oldest and back, and the other way.
# vm: nodes=2 mem=384 timeout=300 kernels=7.2 others=5.10

# Sourced, so that what the nodes tell each other goes by another name.
# shellcheck source=tests/vm/t/70-ramster.sh
. /tests/vm/t/70-ramster.sh
