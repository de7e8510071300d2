# SPDX-License-Identifier: GPL-2.0-only
"""Pages to store: text, program code and the heap of a program, a third each.

Text is the source of the kernel that the benchmark runs in, code is the compiler, the heap is
of this Python: the same machine makes the same pages, or nearly.

Those of make_swap() are what swap has: anonymous memory of programs at work, in equal parts of an
index of words in Python, the same in Perl, and the C compiler at work; pages of one repeated word,
which take no memory here and are not sent, are left out.
"""

import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
PAGE = 4096
PART_PAGES = 4096
WORD = 8

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


# The same in Perl.
PERL_HEAP = r"""
chomp(my @names = <STDIN>);
my (%words, @lines);
for my $name (@names) {
	open(my $from, "<", $name) or die;
	while (my $line = <$from>) {
		push @{$words{$_}}, [scalar @lines, length $line] for $line =~ /\w+/g;
		push @lines, $line;
	}
}
$| = 1;
print "ready\n";
sleep 60;
"""

# Of this the compiler is looked at in the middle of its work.
COMPILED = TOP / "tests" / "host" / "test_tmem_model.c"


def text_files(source: Path) -> list:
    return sorted((source / "mm").glob("*.c")) + sorted((source / "kernel").rglob("*.c"))


def text(source: Path) -> bytes:
    return b"".join(path.read_bytes() for path in text_files(source))


def compiler() -> str:
    return subprocess.run(["gcc", "-print-prog-name=cc1"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def code() -> bytes:
    return Path(compiler()).read_bytes()


def anonymous(pid: int) -> bytes:
    """Private memory of a process that no file is behind, but for its stacks."""
    pages = b""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
            open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0\s*(\[heap\])?$", line)
            if found:
                start, end = (int(x, 16) for x in found.groups()[:2])
                memory.seek(start)
                pages += memory.read(end - start)
    return pages


def heap(source: Path, *command: str) -> bytes:
    """Of a program that knows which words are in the source."""
    names = "\n".join(str(path) for path in text_files(source)[:160])
    with subprocess.Popen(command or [sys.executable, "-c", HEAP], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        program.stdin.write(names)
        program.stdin.close()
        program.stdout.readline()
        pages = anonymous(program.pid)
        program.kill()
    return pages


def anonymous_pages(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        found = re.search(r"^RssAnon:\s+(\d+) kB", status.read(), re.MULTILINE)
    return int(found[1]) * 1024 // PAGE if found else 0


def compiler_heap() -> bytes:
    """Of the C compiler when it has as much as is wanted, and somewhat more."""
    folders = [f"-I{folder}" for folder in (COMPILED.parent / "shim", COMPILED.parent, TOP)]
    text = subprocess.run(["gcc", "-std=gnu11", "-E", '-DRAMSTER_VERSION="1"', *folders,
                           str(COMPILED)], check=True, stdout=subprocess.PIPE).stdout
    with subprocess.Popen([compiler(), "-quiet", "-std=gnu11", "-O2", "-g", "-o", "/dev/null"],
                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as program:
        program.stdin.write(text)
        program.stdin.close()
        while program.poll() is None and anonymous_pages(program.pid) < PART_PAGES * 9 // 8:
            time.sleep(0.005)
        program.send_signal(signal.SIGSTOP)
        pages = anonymous(program.pid)
        program.kill()
    return pages


def cut(data: bytes, what: str, most: int = 1) -> list:
    """The first pages of a part, but those in which a piece of so many bytes is repeated."""
    pages = [data[i:i + PAGE] for i in range(0, len(data) // PAGE * PAGE, PAGE)]
    pages = [page for page in pages if page != page[:most] * (PAGE // most)]
    if len(pages) < PART_PAGES:
        raise ValueError(f"only {len(pages)} pages of {what}")
    return pages[:PART_PAGES]


def write(target: Path, pages: list) -> None:
    random.Random(1).shuffle(pages)
    target.write_bytes(b"".join(pages))


def make(target: Path, source: Path) -> None:
    # The kernel itself keeps pages of zeroes out of swap.
    write(target, cut(text(source), "text") + cut(code(), "code") + cut(heap(source), "heap"))


def make_swap(target: Path, source: Path) -> None:
    parts = {"python": heap(source), "perl": heap(source, "perl", "-e", PERL_HEAP),
             "compiler": compiler_heap()}
    write(target, [page for what, data in parts.items() for page in cut(data, what, WORD)])


def make_small(target: Path) -> None:
    """Pages that compress to next to nothing, all different."""
    pages = [(b"%8d, " % nr * PAGE)[:PAGE] for nr in range(256)]
    target.write_bytes(b"".join(pages))
