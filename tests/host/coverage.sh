#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# From gcov's summary on stdin: the lines that are about the modules' sources.
set -eu

awk -F"[':% ]+" '
	/^File/			{ name = $2 }
	/^Lines executed/ && name ~ /^(tmem|zbud|cluster|ramster)\// {
		printf "%-20s %6.2f %% of %d lines\n", name, $3, $5
	}
' | sort
