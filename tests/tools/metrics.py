# SPDX-License-Identifier: GPL-2.0-only
"""Reads metrics as Prometheus does (its text format 0.0.4), and complains about the first mistake."""

import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(\{{{LABEL}(?:,{LABEL})*\}})? (\d+(?:\.\d+)?)")


def check(lines):
    types, helped, seen = {}, set(), set()
    for nr, line in enumerate(lines, 1):
        words = line.split(" ", 3)
        if words[:2] == ["#", "HELP"]:
            assert words[2] not in helped, f"{nr}: a second HELP of {words[2]}"
            assert len(words) == 4, f"{nr}: HELP without a text"
            helped.add(words[2])
        elif words[:2] == ["#", "TYPE"]:
            assert words[2] not in types, f"{nr}: a second TYPE of {words[2]}"
            assert words[3] in ("counter", "gauge"), f"{nr}: type {words[3]}"
            types[words[2]] = words[3]
        else:
            match = SAMPLE.fullmatch(line)
            assert match, f"{nr}: not a sample: {line}"
            name, labels, _ = match.groups()
            assert name in types and name in helped, f"{nr}: {name} has no TYPE or HELP before"
            assert (name, labels) not in seen, f"{nr}: {name}{labels} a second time"
            assert name.endswith("_total") == (types[name] == "counter"), f"{nr}: {name}"
            seen.add((name, labels))
    assert seen, "no samples"
    assert {name for name, _ in seen} == set(types), "a TYPE without samples"


with open(sys.argv[1], encoding="ascii") as source:
    text = source.read()
assert text.endswith("\n"), "no newline at the end"
check(text.splitlines())
