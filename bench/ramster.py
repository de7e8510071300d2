# SPDX-License-Identifier: GPL-2.0-only
"""What pages in another guest's memory cost: beside a bare TCP socket, and beside swap to NBD."""

import re
from typing import Dict, List

from figures import Figures, cell, parse, parse_sections, print_table, ratio
from guest import Machine
from net import APART, TOGETHER, Others
from thrash import thrash, thrash_ratio

COMPRESSOR = "lzo-rle"
OPERATIONS = ["read", "out", "fault", "fault-4k", "home"]
FAULTS = ["fault", "fault-4k"]
MOVES = ["out", "home"]
# Ratios to bare TCP: of a fault's time at most, of throughput at least; to NBD's pages per
# second at least; bytes of memory for a page that is elsewhere at most.
FAULT_TARGET = 1.3
MOVE_TARGET = 0.8
THRASH_TARGET = 2.0
MEMORY_TARGET = 40

SPEED = "1gbit"
PAGES = 12288
MEMORY_PAGES = 100000		# and a fifth of that before

Sections = Dict[str, Figures]


def megabytes(figures: dict, which: str = "min") -> float:
    """Per second; of the best round, which takes the least time."""
    return figures["bytes"]["min"] * 1000 / figures["wall"][which]


def move_ratio(devices: dict) -> float:
    return megabytes(devices["ramster"]) / megabytes(devices["bare"])


def move_ratio_by_cpu(devices: dict) -> float:
    """As far as it is the busier side's processor time that limits both."""
    bare, ours = (max(devices[way][side]["min"] for side in ("cpu", "peer")) /
                  devices[way]["bytes"]["min"] for way in ("bare", "ramster"))
    return bare / ours


def print_faults(result: Sections) -> None:
    rows = []
    for variant, operations in result.items():
        local = operations["read"]["ramster"]["p50"]["min"]
        for operation in FAULTS:
            devices = operations[operation]
            added = devices["ramster"]["p50"]["min"] - devices["bare"]["p50"]["min"]
            rows.append([variant, operation, cell(devices, "bare", "p50"),
                         cell(devices, "ramster", "p50"), str(added), str(local),
                         *(ratio(devices, kind, "ramster", "bare")
                           for kind in ("p50", "p99", "cpu", "peer"))])
    print_table("ramster: ns to read a page that is elsewhere, median of the best round (of the "
                "worst), beside a bare round trip\nof as many bytes as it is sent in, and of 4 "
                "KiB; what ramster adds; what a page takes that is here; ratio to\nbare TCP of "
                "p50, p99, and of the processor time of who asks and of who answers",
                ["", "", "bare", "ramster", "added", "here", "p50", "p99", "cpu", "peer"], rows)


def print_moves(result: Sections) -> None:
    rows = []
    for variant, operations in result.items():
        for operation in MOVES:
            devices = operations[operation]
            ours = devices["ramster"]
            rows.append([variant, operation, f"{1e9 / ours['wall']['min']:.0f}",
                         *(f"{megabytes(devices[way]):.0f} ({megabytes(devices[way], 'max'):.0f})"
                           for way in ("bare", "ramster")),
                         f"{move_ratio(devices):.3f}", f"{move_ratio_by_cpu(devices):.3f}",
                         *(cell(devices, "ramster", kind) for kind in ("cpu", "peer")),
                         str(ours["bytes"]["min"]),
                         *(str(ours[kind]["min"]) for kind in ("tx", "rx"))])
    print_table("ramster: pages that go and come: per second; MB/s of sealed pages, the best round "
                "(the worst), beside a bare stream\nof as many bytes; ratio (more is better), and "
                "what it would be if only processor time counted; that time per page,\nns, here "
                "and there; bytes of a page, and what went over the wire for it",
                ["", "", "pages/s", "bare", "ramster", "ratio", "by cpu", "cpu", "peer", "bytes",
                 "tx", "rx"], rows)


def pages(machine: Machine, rounds: int) -> dict:
    result: Sections = {}
    for name, cpus, variants in (("one CPU, ", TOGETHER, "fast"), ("", APART, "fast,slow")):
        owner, _ = machine.boot_pair(
            "ramster", cpus, (512, 512), 500, MODE="pages", COMPRESSOR=COMPRESSOR, PAGES=PAGES,
            ROUNDS=rounds or 10, OPS=",".join(OPERATIONS), VARIANTS=variants, SPEED=SPEED)
        for variant, figures in parse_sections(owner, "variant").items():
            result[name + ("no limit" if variant == "fast" else SPEED)] = figures
    print_faults(result)
    print_moves({name: figures for name, figures in result.items() if "CPU" not in name})
    return result


def memory(machine: Machine) -> Dict[str, float]:
    texts = machine.boot_pair("ramster", APART, (768, 768), 300, MODE="memory",
                              COMPRESSOR=COMPRESSOR, PAGES=MEMORY_PAGES)
    seen = {(int(node), when): {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", line)}
            for node, when, line in re.findall(r"^memory (\d) ([\w-]+) (.*=.*)$", "\n".join(texts),
                                               re.MULTILINE)}
    small, both = (int(n) for n in re.findall(r"^memory \w+ (\d+)$", texts[0], re.MULTILINE))
    count = both - small

    def grown(node: int, what: str, since: str = "small-remote", until: str = "large-remote"):
        return (seen[node, until][what] - seen[node, since][what]) / count

    result = {"pages": count, "index": grown(0, "slab", until="large-index"),
              "descriptor": grown(0, "slab", since="large-index"), "slab": grown(0, "slab"),
              "all": -grown(0, "free") - grown(0, "frames"), "lender's slab": grown(1, "slab"),
              "all there": -grown(1, "free") - grown(1, "frames"), "frames": grown(1, "frames"),
              "stored": grown(1, "stored")}
    names = list(result)[1:]
    print_table(f"ramster: bytes of memory for each of {count} pages that are elsewhere: of the "
                "owner, in slabs for the index\nof the device and for what says where a page is, "
                "both, and all memory that is gone, without the reserve; of the\nlender the same, "
                "without page frames; these; and what is stored in them",
                ["", "", *names], [["", "", *(f"{result[name]:.1f}" for name in names)]])
    return result


def judge(found: dict) -> Dict[str, dict]:
    verdicts: Dict[str, dict] = {}
    rows: List[List[str]] = []

    def verdict(what: str, value: float, target: float, most: bool) -> None:
        met = value <= target if most else value >= target
        sign = "<=" if most else ">="
        verdicts[what] = {"value": round(value, 3), "target": f"{sign} {target}", "met": met}
        rows.append([what, "", f"{value:.3f}", f"{sign} {target}", "yes" if met else "NO"])

    for variant, operations in found["pages"].items():
        verdict(f"fault, {variant}", float(ratio(operations["fault"], "p50", "ramster", "bare")),
                FAULT_TARGET, True)
        if "CPU" not in variant:
            for operation in MOVES:
                verdict(f"{operation}, {variant}", move_ratio(operations[operation]), MOVE_TARGET,
                        False)
    for variant, operations in found["thrash"].items():
        if variant.startswith(SPEED):
            verdict(f"visits, {variant}", thrash_ratio(operations["visit"]), THRASH_TARGET, False)
    verdict("bytes for a page", found["memory"]["slab"], MEMORY_TARGET, True)
    print_table("ramster: targets", ["", "", "found", "target", "met"], rows)
    return verdicts


def ramster(machine: Machine, rounds: int) -> dict:
    machine.build_driver("netbench")
    others = Others.watch()
    found = {"pages": pages(machine, rounds), "memory": memory(machine),
             "thrash": thrash(machine, rounds)}
    return {"others": others.report(), **found, "targets": judge(found)}
