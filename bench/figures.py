# SPDX-License-Identifier: GPL-2.0-only
"""Lines of kbench and swapq to figures, and figures to tables.

The machine has slow phases of seconds, which are of no interest: what stands for a device is
its best round.  The range of the rounds says how much to believe.
"""

import re
from typing import Dict, List

LINE = re.compile(r"^(?:kbench|swapq): \d+ (\S+) (\S+) p50=(\d+) p99=(\d+) mean=(\d+) wall=(\d+)$",
                  re.MULTILINE)
NAMES = {"zram0": "zram", "zram1": "again", "zcache0": "zcache"}
KINDS = ("p50", "p99", "mean", "wall")

# operation -> device -> {"p50": {"min": ns, "max": ns}, ...}
Figures = Dict[str, Dict[str, Dict[str, Dict[str, int]]]]


def parse(text: str) -> Figures:
    rounds: Dict[tuple, List[List[int]]] = {}
    for device, operation, *values in LINE.findall(text):
        key = operation, NAMES.get(device, device)
        rounds.setdefault(key, []).append([int(value) for value in values])
    figures: Figures = {}
    for (operation, device), rows in rounds.items():
        figures.setdefault(operation, {})[device] = {
            kind: {"min": min(column), "max": max(column)}
            for kind, column in zip(KINDS, zip(*rows))}
    return figures


def parse_sections(text: str, word: str) -> Dict[str, Figures]:
    """Figures of a text that lines `WORD NUMBER` divide."""
    pieces = re.split(rf"^{word} (\d+)$", text, flags=re.MULTILINE)
    return {number: parse(part) for number, part in zip(pieces[1::2], pieces[2::2])}


def ratio(devices: dict, kind: str, one: str = "zcache", other: str = "zram") -> str:
    if one not in devices or other not in devices:
        return "-"
    return f"{devices[one][kind]['min'] / max(devices[other][kind]['min'], 1):.3f}"


def cell(devices: dict, name: str, kind: str) -> str:
    if name not in devices:
        return "-"
    value = devices[name][kind]
    return f"{value['min']} ({value['max']})"


def print_table(title: str, head: List[str], rows: List[List[str]]) -> None:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    print(f"\n{title}\n")
    for row in [head, ["-" * width for width in widths], *rows]:
        cells = [text.ljust(width) if i < 2 else text.rjust(width)
                 for i, (text, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())
