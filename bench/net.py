# SPDX-License-Identifier: GPL-2.0-only
"""What a link of the cluster costs beside a bare TCP socket, between two guests."""

import os
import resource
import time
from dataclasses import dataclass
from typing import Dict, List

from figures import Figures, cell, parse_sections, print_table, ratio
from guest import Machine, note

VARIANTS = ["sealed-1", "insecure-1", "sealed-4", "insecure-4"]
# Where the network is the limit, as it is between most machines, and not processor time.
SPEED = "1gbit"
SLOW_VARIANTS = ["sealed-1", "sealed-4"]
ROUND_TRIPS = ["ping-64", "put-4k", "get-4k"]
STREAMS = {"push-4k": 4096, "push-64k": 65536, "pull-4k": 4096}

# Round trips of guests with a CPU each are mostly the waking of an idle CPU, which takes two
# or three times as long as all else, or nothing when something else keeps it from sleeping.
TOGETHER, APART = (0, 0), (0, 1)

# Ratios to bare TCP: of a round trip's time at most, of throughput at least.
ROUND_TRIP_TARGETS = {"sealed": 1.3, "insecure": 1.2}
STREAM_TARGET = 0.8

# Above these shares of the two CPUs the figures are those of a busy machine.
QUIET_LOAD = 0.3
QUIET_OTHERS = 0.03


@dataclass
class Others:
    """What ran beside the guests, who need both CPUs for themselves."""
    load: float
    began: float
    busy: float

    @staticmethod
    def busy_seconds() -> float:
        """Of all CPUs, since boot, less what programs that we waited for have used."""
        with open("/proc/stat", encoding="ascii") as stat:
            ticks = [int(word) for word in stat.readline().split()[1:9]]
        idle = ticks[3] + ticks[4]
        ours = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ((sum(ticks) - idle) / os.sysconf("SC_CLK_TCK") - ours.ru_utime - ours.ru_stime)

    @classmethod
    def watch(cls) -> "Others":
        return cls(os.getloadavg()[0], time.monotonic(), cls.busy_seconds())

    def report(self) -> Dict[str, float]:
        wall = (time.monotonic() - self.began) * (os.cpu_count() or 1)
        share = max(0.0, (self.busy_seconds() - self.busy) / wall)
        if self.load > QUIET_LOAD or share > QUIET_OTHERS:
            note(f"the machine was not quiet: load {self.load:.2f} before, others had "
                 f"{share:.1%} of the CPUs")
        return {"load before": round(self.load, 2), "share of the CPUs": round(share, 4)}


def throughput_ratio(devices: dict) -> float:
    return devices["bare"]["wall"]["min"] / devices["linked"]["wall"]["min"]


def throughput_ratio_by_cpu(devices: dict) -> float:
    """As far as it is the busier side's processor time that limits both."""
    bare, linked = (max(devices[way][side]["min"] for side in ("cpu", "peer"))
                    for way in ("bare", "linked"))
    return bare / linked


def print_round_trips(result: Dict[str, Figures]) -> None:
    rows = []
    for variant, operations in result.items():
        for operation in (name for name in ROUND_TRIPS if name in operations):
            devices = operations[operation]
            added = devices["linked"]["p50"]["min"] - devices["bare"]["p50"]["min"]
            rows.append([variant, operation, cell(devices, "bare", "p50"),
                         cell(devices, "linked", "p50"), str(added),
                         *(ratio(devices, kind, "linked", "bare")
                           for kind in ("p50", "p99", "cpu", "peer"))])
    print_table("net: ns per round trip, one at a time, median of the best round (of the worst), "
                "and what the link adds;\nratio to bare TCP of p50, p99, and of the processor "
                "time of who asks and of who answers",
                ["", "", "bare", "linked", "added", "p50", "p99", "cpu", "peer"], rows)


def print_streams(result: Dict[str, Figures]) -> None:
    rows = []
    for variant, operations in result.items():
        for operation, size in STREAMS.items():
            devices = operations[operation]
            speeds = [f"{size * 1000 / devices[way]['wall']['min']:.0f} "
                      f"({size * 1000 / devices[way]['wall']['max']:.0f})"
                      for way in ("bare", "linked")]
            rows.append([variant, operation, *speeds, f"{throughput_ratio(devices):.3f}",
                         f"{throughput_ratio_by_cpu(devices):.3f}",
                         *(cell(devices, way, kind) for kind in ("cpu", "peer")
                           for way in ("bare", "linked"))])
    print_table("net: MB/s, 64 messages under way, the best round (the worst), ratio to bare TCP "
                "(more is better), and what\nit would be if only processor time counted; that "
                "time per message, ns, of the asking and of the answering side",
                ["", "", "bare", "linked", "ratio", "by cpu", "cpu bare", "linked", "peer bare",
                 "linked"], rows)


def judge(result: Dict[str, Figures]) -> Dict[str, dict]:
    """The worst operation of each variant against what was aimed at."""
    verdicts: Dict[str, dict] = {}
    rows: List[List[str]] = []
    def verdict(variant: str, what: str, found: Dict[str, float], target: float, most: bool):
        worst = (max if most else min)(found, key=found.__getitem__)
        met = found[worst] <= target if most else found[worst] >= target
        text = f"{'<=' if most else '>='} {target}"
        verdicts[f"{what} {variant}"] = {"worst": worst, "ratio": round(found[worst], 3),
                                         "target": text, "met": met}
        rows.append([variant, what, worst, f"{found[worst]:.3f}", text, "yes" if met else "NO"])

    for variant, operations in result.items():
        trips = {name: float(ratio(operations[name], "p50", "linked", "bare"))
                 for name in ROUND_TRIPS if name in operations}
        if trips:
            verdict(variant, "round trip", trips, ROUND_TRIP_TARGETS[variant.split("-")[0]], True)
        verdict(variant, "throughput",
                {name: throughput_ratio(operations[name]) for name in STREAMS}, STREAM_TARGET,
                False)
    print_table("net: targets, and the operation that is furthest from them",
                ["", "", "worst", "ratio", "target", "met"], rows)
    return verdicts


def net(machine: Machine, rounds: int) -> dict:
    machine.build_driver("netbench")
    others = Others.watch()
    result: Dict[str, Figures] = {}
    for operations, cpus, speed, variants in ((ROUND_TRIPS, TOGETHER, "", VARIANTS),
                                              (STREAMS, APART, "", VARIANTS),
                                              (STREAMS, APART, SPEED, SLOW_VARIANTS)):
        # Twice, so that no variant has but one phase of the machine, and one pair of sockets.
        asking, _ = machine.boot_pair("net", cpus, (512, 512), 600, ROUNDS=((rounds or 16) + 1) // 2,
                                      OPS=",".join(operations), VARIANTS=",".join(variants * 2),
                                      SPEED=speed)
        for variant, figures in parse_sections(asking, "variant").items():
            result.setdefault(f"{variant} {speed}".strip(), {}).update(figures)
    print_round_trips(result)
    print_streams(result)
    return {"others": others.report(), "variants": result, "targets": judge(result)}
