# SPDX-License-Identifier: GPL-2.0-only
"""Part "cache": files that are larger than memory, read from a slow disk, with dm-zcache, dm-cache,
bcache and nothing in between; all machines have the same memory."""

import re
import shutil
from pathlib import Path
from typing import Dict, List

from figures import print_table
from guest import BUILD, BenchError, Machine, build_kernel, build_program, note, run

MEMORY_MIB = 128	# of the machine
CACHE_MIB = 48		# of that for the cache
SEEK_US = 2000
MIB_PER_SECOND = 120
BOOTS = 3		# at most, for a figure of the others
VARIANTS = ["none", "dm-cache", "bcache", "zcache"]
# Pattern, size of the file in memories, pages read before it is measured, while the disk is
# fast, and then; of "loop" and "hot" so often the whole file.
CASES = [("loop", 1.5, 4, 2), ("loop", 2, 4, 2), ("loop", 4, 4, 1),
         ("zipf", 1.5, 600000, 30000), ("zipf", 2, 600000, 30000), ("zipf", 4, 600000, 30000),
         ("hot", 1.5, 3, 1), ("hot", 2, 3, 1), ("hot", 4, 3, 1),
         ("loop", 0.25, 2, 8), ("once", 4, 0, 1)]
LINE = re.compile(r"^cache ((?:\w+=\S+ ?)+)$", re.MULTILINE)

Figures = Dict[str, Dict[str, Dict[str, float]]]


def make_disk() -> Path:
    """An ext4 with one file, four times as large as memory."""
    disk = BUILD / "cache.img"
    if not disk.exists():
        pages = 4 * MEMORY_MIB * 256
        folder = BUILD / "cache.files"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        run([str(BUILD / "reread"), "make", str(folder / "data"), str(pages),
             str(BUILD / "corpus")])
        run(["mke2fs", "-q", "-t", "ext4", "-b", "4096", "-d", str(folder), f"{disk}.new",
             f"{pages * 4 * 21 // 20 + 65536}k"])
        shutil.rmtree(folder)
        Path(f"{disk}.new").rename(disk)
    return disk


def measure(machine: Machine, disk: Path, variant: str, case: tuple) -> Dict[str, float]:
    pattern, size, warm, reads = case
    pages = int(size * MEMORY_MIB * 256)
    times = {"zipf": 1, "hot": 2 * (pages - pages // 10)}.get(pattern, pages)
    text = machine.boot_disk(
        "cache", disk, MEMORY_MIB, 900, VARIANT=variant, PATTERN=pattern, PAGES=pages,
        WARM=warm * times, SETTLE=pages if pattern == "loop" else 0, READS=reads * times,
        CACHE_MIB=CACHE_MIB, SEEK_US=SEEK_US, MIB_PER_SECOND=MIB_PER_SECOND)
    found = LINE.search(text)
    if not found:
        raise ValueError(f"cache: no figures in\n{text}")
    return {key: float(value) for key, value in
            (pair.split("=") for pair in found.group(1).split())}


def measure_again(machine: Machine, disk: Path, variant: str, case: tuple) -> Dict[str, float]:
    """With dm-cache a machine without swap runs out of memory now and then while the cache fills.
    With ours it must not: that ends the run."""
    for _ in range(0 if variant == "zcache" else BOOTS - 1):
        try:
            return measure(machine, disk, variant, case)
        except BenchError as err:
            note(f"a boot with {variant} is left out: {str(err).splitlines()[0]}")
    return measure(machine, disk, variant, case)


def saved(row: Figures, variant: str, best: str) -> str:
    """Pages that need not be read, in relation to the better of the others."""
    def less(name: str) -> float:
        return row["none"]["disk_pages"] - row[name]["disk_pages"]
    return f"{less(variant) / less(best):.2f}" if less(best) > 0 else "-"


def evict(machine: Machine, disk: Path, variant: str) -> float:
    """Nanoseconds in which a page leaves the page cache: the best of some boots."""
    found = []
    for _ in range(3):
        text = machine.boot_disk("cache", disk, MEMORY_MIB, 300, VARIANT=variant, PATTERN="evict",
                                 PAGES=8192, WARM=0, SETTLE=0, READS=8192, CACHE_MIB=CACHE_MIB,
                                 SEEK_US=0, MIB_PER_SECOND=2000)
        found += [float(ns) for ns in re.findall(r"evict ns=(\d+)", text)]
    return min(found)


def evictions(machine: Machine, disk: Path) -> Dict[str, float]:
    """What a page that leaves costs the one who drops it, mostly with interrupts off."""
    result = {variant: evict(machine, disk, variant) for variant in ("none", "zcache")}
    print(f"\nevict: a page leaves the page cache in {result['none']:.0f} ns, with dm-zcache in "
          f"{result['zcache']:.0f} ns: {result['zcache'] - result['none']:.0f} ns more")
    return result


def cache_kernel() -> Machine:
    """The one that has file systems and the other caches."""
    symbols = Path(__file__).parent / "uml" / "symbols-cache"
    return build_kernel("6.12", 1, symbols.read_text(), name="-cache")


def cache(rounds: int) -> dict:
    """All cases; each is a boot."""
    machine = cache_kernel()
    machine.build_driver("slowdisk")
    build_program("reread")
    disk = make_disk()
    result: Dict[str, dict] = {}
    rows: List[List[str]] = []
    for case in CASES:
        name = f"{case[0]} {case[1]}x"
        figures: Dict[str, dict] = {}
        for variant in VARIANTS:
            done = [measure_again(machine, disk, variant, case) for _ in range(max(rounds, 1))]
            figures[variant] = min(done, key=lambda one: one["ms"])
            note(f"{name} {variant}: {figures[variant]}")
        result[name] = figures
        best = min(("dm-cache", "bcache"), key=lambda other: figures[other]["disk_pages"])
        fast = min(("dm-cache", "bcache"), key=lambda other: figures[other]["ms"])
        rows.append([name, "", *(f"{figures[v]['ms'] / 1000:.1f}" for v in VARIANTS),
                     *(f"{100 * (1 - figures[v]['disk_pages'] / figures[v]['reads']):.0f}"
                       for v in VARIANTS),
                     saved(figures, "zcache", best),
                     f"{figures[fast]['ms'] / figures['zcache']['ms']:.2f}"])
    print_table(f"cache: {MEMORY_MIB} MiB of memory, of which the cache has {CACHE_MIB}; a disk with "
                f"{SEEK_US / 1000:g} ms for a move and {MIB_PER_SECOND} MiB/s;\nseconds, pages of "
                "a hundred that did not come from the disk, and dm-zcache in relation to\nthe "
                "better of dm-cache and bcache on zram: device reads saved, speed",
                ["reads", "", *(f"s {v}" for v in VARIANTS), *(f"% {v}" for v in VARIANTS),
                 "saved", "speed"], rows)
    result["evict"] = evictions(machine, disk)
    return result
