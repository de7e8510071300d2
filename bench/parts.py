# SPDX-License-Identifier: GPL-2.0-only
"""The parts of the benchmark: each boots guests, prints a table and returns its figures."""

import re
from dataclasses import dataclass
from typing import Callable, Dict, List

from cache import cache
from figures import cell, parse, parse_sections, print_table, ratio
from guest import BUILD, Machine
from net import net
from profiling import profile
from ramster import ramster
from ramster_profile import ramster_profile
from thrash import thrash


@dataclass
class Settings:
    machine: Machine
    compressors: List[str]
    rounds: int		# 0: what the part thinks is right
    pages: int		# of the exiting process


def put_get(settings: Settings) -> dict:
    result, rows = {}, []
    for compressor in settings.compressors:
        text = settings.machine.boot("put-get", 768, 300, COMPRESSOR=compressor, PAGES=8192,
                                     ROUNDS=settings.rounds or 12)
        result[compressor] = parse(text)
        for operation, devices in result[compressor].items():
            rows.append([compressor, operation, cell(devices, "zram", "p50"),
                         cell(devices, "zcache", "p50"), ratio(devices, "p50"),
                         ratio(devices, "p99"), ratio(devices, "mean"),
                         ratio(devices, "p50", "again"), ratio(devices, "p99", "again")])
    print_table("put-get: ns per page, median of the best round (of the worst); ratio to zram of "
                "p50, p99 and mean;\nthe same ratios of a second zram, which should be 1",
                ["", "", "zram", "zcache", "p50", "p99", "mean", "again p50", "again p99"], rows)
    return result


def swap(settings: Settings) -> dict:
    result, rows = {}, []
    for compressor in settings.compressors:
        text = settings.machine.boot("swap", 768, 300, COMPRESSOR=compressor, PAGES=4096,
                                     ROUNDS=settings.rounds or 10, MODE="chunks", CHUNKS="64,16")
        result[compressor] = parse_sections(text, "chunk")
        for chunk, operations in result[compressor].items():
            for operation, devices in operations.items():
                rows.append([compressor, f"{operation} {chunk}", cell(devices, "zram", "p50"),
                             cell(devices, "zcache", "p50"), cell(devices, "zswap", "p50"),
                             ratio(devices, "p50"), ratio(devices, "p99"),
                             ratio(devices, "p50", "zswap")])
    print_table("swap: ns per page of a chunk of 64 or 16 that goes out or comes in, median of the "
                "best round (of the worst);\nratio to zram of p50 and p99, zswap's of p50",
                ["", "", "zram", "zcache", "zswap", "p50", "p99", "zswap p50"], rows)
    return result


def writers(settings: Settings) -> dict:
    compressor = settings.compressors[0]
    text = settings.machine.boot("writers", 768, 400, COMPRESSOR=compressor, PAGES=8192,
                                 ROUNDS=settings.rounds or 10)
    result = parse_sections(text, "threads")
    rows = [[operation, threads, cell(devices, "zram", "wall"), cell(devices, "zcache", "wall"),
             ratio(devices, "wall"), ratio(devices, "p50"), ratio(devices, "p99")]
            for operation in ("seqwrite", "rndwrite", "rndread", "free")
            for threads, operations in result.items()
            for devices in [operations[operation]]]
    print_table(f"writers: {compressor}, 1 to 4 threads on {settings.machine.smp} CPU(s), ns per "
                "page of all together, the best round (the worst);\nratio to zram of that, and of "
                "p50 and p99 of single pages",
                ["", "threads", "zram", "zcache", "together", "p50", "p99"], rows)
    return {compressor: result}


def exits(settings: Settings) -> dict:
    compressor = settings.compressors[0]
    text = settings.machine.boot("swap", 1536, 600, COMPRESSOR=compressor, PAGES=settings.pages,
                                 ROUNDS=settings.rounds or 3, MODE="exit", CHUNKS=0,
                                 CORPUS=BUILD / "corpus.small")
    result = parse(text)
    devices = result["exit"]
    print_table(f"exit: {compressor}, of a process of which {settings.pages} pages are swapped "
                "out, ns per page, the best round (the worst); ratio to zram",
                ["", "", "zram", "zcache", "zswap", "zcache", "zswap"],
                [["exit", "", cell(devices, "zram", "mean"), cell(devices, "zcache", "mean"),
                  cell(devices, "zswap", "mean"), ratio(devices, "mean"),
                  ratio(devices, "mean", "zswap")]])
    return {compressor: result, "pages": settings.pages}


def density(settings: Settings) -> dict:
    result, rows = {}, []
    for compressor in settings.compressors:
        text = settings.machine.boot("density", 768, 300, COMPRESSOR=compressor, PAGES=32768)
        found: Dict[str, Dict[str, float]] = {}
        for device, when, pages, frames in re.findall(
                r"^density (\w+)0 (\w+) (\d+) (\d+)$", text, re.MULTILINE):
            found.setdefault(when, {})[device] = int(pages) * 256 / int(frames)
            found.setdefault(when + " frames", {})[device] = int(frames)
        result[compressor] = found
        # The reserve is as large for a store of any size.
        reserve = found.pop("reserve frames")["zcache"]
        found.pop("reserve")
        found["memory"]["zcache"] = 32768 * 256 / (found["memory frames"]["zcache"] - reserve)
        for when in ("fresh", "memory", "halved", "settled"):
            zram, zcache = found[when]["zram"], found[when]["zcache"]
            rows.append([compressor, when, f"{zram:.0f}", f"{zcache:.0f}",
                         f"{zcache / zram:.3f}"])
    print_table("density: pages stored per MiB: of page frames when all is written; of all memory, "
                "index and\ndescriptors included, the reserve not; of page frames when half was "
                "freed at random; and when\nthe store has packed anew (zram: was told to compact)",
                ["", "", "zram", "zcache", "ratio"], rows)
    return result


PARTS: Dict[str, Callable[[Settings], dict]] = {
    "put-get": put_get, "writers": writers, "swap": swap, "density": density, "exit": exits,
    "profile": lambda settings: profile(settings.machine, settings.compressors),
    "net": lambda settings: net(settings.machine, settings.rounds),
    "ramster": lambda settings: ramster(settings.machine, settings.rounds),
    "cache": lambda settings: cache(settings.rounds),
    "ramster-profile": lambda settings: ramster_profile(settings.machine),
    "thrash": lambda settings: thrash(settings.machine, settings.rounds)}
