#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The threads of 31-threads.sh on four CPUs, in a small machine.
# vm: mem=256 smp=4 brief=6.12

exec /tests/vm/t/31-threads.sh
