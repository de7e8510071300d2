# SPDX-License-Identifier: GPL-2.0
"""The QEMU harness behind tests/vm/run, one concern per file."""
