# SPDX-License-Identifier: GPL-2.0-only
"""Lines of kbench, netbench, swapq and thrash to figures, and figures to tables.

The machine has slow phases of seconds, which are of no interest: what stands for a device is
its best round.  The range of the rounds says how much to believe.
"""

import re
from typing import Dict, List

LINE = re.compile(r"^(?:kbench|netbench|swapq|thrash): \d+ (\S+) (\S+)((?: \w+=\d+)+)$", re.MULTILINE)
NAMES = {"zram0": "zram", "zram1": "again", "zcache0": "zcache"}

# operation -> device -> {"p50": {"min": ns, "max": ns}, ...}
Figures = Dict[str, Dict[str, Dict[str, Dict[str, int]]]]


def parse(text: str) -> Figures:
    rounds: Dict[tuple, Dict[str, List[int]]] = {}
    for device, operation, values in LINE.findall(text):
        columns = rounds.setdefault((operation, NAMES.get(device, device)), {})
        for kind, value in re.findall(r"(\w+)=(\d+)", values):
            columns.setdefault(kind, []).append(int(value))
    figures: Figures = {}
    for (operation, device), columns in rounds.items():
        figures.setdefault(operation, {})[device] = {
            kind: {"min": min(column), "max": max(column)} for kind, column in columns.items()}
    return figures


def parse_sections(text: str, word: str) -> Dict[str, Figures]:
    """Figures of a text that lines `WORD NAME` divide; those of the same name belong together."""
    pieces = re.split(rf"^{word} (\S+)$", text, flags=re.MULTILINE)
    sections: Dict[str, str] = {}
    for name, part in zip(pieces[1::2], pieces[2::2]):
        sections[name] = sections.get(name, "") + part
    return {name: parse(part) for name, part in sections.items()}


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
