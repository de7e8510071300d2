#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# codespell finds no misspelt word.  (Statics are static functions;
# inflight is a word of debugfs.)
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

command -v codespell >/dev/null || skip "codespell is not installed"

files '(\.(c|h|sh|py|rst|md)|/run|Makefile|Kbuild)$' | xargs -r codespell -L statics,inflight || :
