#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every Python file is Python.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip "python3 is not installed"

files '\.py$' | xargs -r python3 -c '
import ast, sys
for name in sys.argv[1:]:
    try:
        with open(name, encoding="utf-8") as source:
            ast.parse(source.read(), name)
    except (SyntaxError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", 1)
        print(f"{name}:{line}: {error}")
'
