# SPDX-License-Identifier: GPL-2.0-only
"""Pages to store: text, program code and the heap of a program, a third each.

Text is the source of the kernel that the benchmark runs in, code is the compiler, the heap is
of this Python: the same machine makes the same pages, or nearly.
"""

import random
import re
import subprocess
import sys
from pathlib import Path

PAGE = 4096
PART_PAGES = 4096

# Knows which words are in which lines of the files it is told, and waits to be looked at.
HEAP = r"""
import re, sys, time
words, lines = {}, []
for name in sys.stdin.read().split():
    for line in open(name, errors="replace"):
        for word in re.findall(r"\w+", line):
            words.setdefault(word, []).append((len(lines), len(line)))
        lines.append(line)
print("ready", flush=True)
time.sleep(60)
"""


def text_files(source: Path) -> list:
    return sorted((source / "mm").glob("*.c")) + sorted((source / "kernel").rglob("*.c"))


def text(source: Path) -> bytes:
    return b"".join(path.read_bytes() for path in text_files(source))


def code() -> bytes:
    """The compiler."""
    program = subprocess.run(["gcc", "-print-prog-name=cc1"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.strip()
    return Path(program).read_bytes()


def heap(source: Path) -> bytes:
    names = "\n".join(str(path) for path in text_files(source)[:160])
    pages = b""
    with subprocess.Popen([sys.executable, "-c", HEAP], text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as program:
        program.stdin.write(names)
        program.stdin.close()
        program.stdout.readline()
        with open(f"/proc/{program.pid}/maps", encoding="utf-8") as maps, \
                open(f"/proc/{program.pid}/mem", "rb") as memory:
            for line in maps:
                found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0\s*(\[heap\])?$", line)
                if found:
                    start, end = (int(x, 16) for x in found.groups()[:2])
                    memory.seek(start)
                    pages += memory.read(end - start)
        program.kill()
    return pages


def cut(data: bytes, what: str) -> list:
    pages = [data[i:i + PAGE] for i in range(0, len(data) // PAGE * PAGE, PAGE)]
    # The kernel itself keeps pages of zeroes out of swap.
    pages = [page for page in pages if page.strip(b"\0")]
    if len(pages) < PART_PAGES:
        raise ValueError(f"only {len(pages)} pages of {what}")
    return pages[:PART_PAGES]


def make(target: Path, source: Path) -> None:
    pages = cut(text(source), "text") + cut(code(), "code") + cut(heap(source), "heap")
    random.Random(1).shuffle(pages)
    target.write_bytes(b"".join(pages))


def make_small(target: Path) -> None:
    """Pages that compress to next to nothing, all different."""
    pages = [(b"%8d, " % nr * PAGE)[:PAGE] for nr in range(256)]
    target.write_bytes(b"".join(pages))
