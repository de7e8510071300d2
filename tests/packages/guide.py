# SPDX-License-Identifier: GPL-2.0-only
"""What a guide in reStructuredText tells an administrator to type, and where."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional

UNDERLINE = re.compile(r"([=\-~^])\1{2,}$")
# At the beginning of a sentence; elsewhere it is said of something else.
WHERE = re.compile(r"(?:^|\. +)On (?:``(\w+)``|both\b)")
IN_FILE = re.compile(r"\bin ``(/[^`]+)``:*$")


@dataclass
class Block:
    """A literal block: commands, or what a file is to hold."""
    section: str
    machine: str	# a name, or "both"
    file: Optional[str]
    text: str
    line: int


def literal(lines: List[str], at: int) -> int:
    """Where the indented lines end that begin at a line."""
    end = at
    while end < len(lines) and (not lines[end] or lines[end][0] in " \t"):
        end += 1
    while end > at and not lines[end - 1].strip():
        end -= 1
    return end


def shifted_left(lines: List[str]) -> str:
    width = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "".join(line[width:] + "\n" for line in lines)


def blocks(path: Path) -> List[Block]:
    """All literal blocks. The last machine that was named before one is where it belongs."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found: List[Block] = []
    section, machine, paragraph = "", "both", ""
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if at < len(lines) and UNDERLINE.fullmatch(lines[at]) and line.strip():
            section, machine, paragraph = line.strip(), "both", ""
            at += 1
            continue
        paragraph = f"{paragraph} {line.strip()}" if line.strip() else ""
        for match in WHERE.finditer(line):
            machine = match.group(1) or "both"
        if not line.endswith("::") or line.startswith(".."):
            continue
        while at < len(lines) and not lines[at].strip():
            at += 1
        end = literal(lines, at)
        file = IN_FILE.search(paragraph)
        found.append(Block(section, machine, file.group(1) if file else None,
                           shifted_left(lines[at:end]), at + 1))
        at, paragraph = end, ""
    return found
