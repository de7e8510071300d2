# SPDX-License-Identifier: GPL-2.0-only
"""Where the time of a read goes that another guest answers: functions at work on both sides."""

from collections import Counter
from typing import Dict, List

from figures import print_table
from guest import BUILD, Machine
from net import TOGETHER
from profiling import SAMPLES_PER_SECOND, count_samples
from ramster import COMPRESSOR, PAGES, SPEED

ROUNDS = 6
TIMES = (1, 6)
# Reads of a pass of netbench, and its passes: one more than the rounds it reports.
READS = 4096 * (ROUNDS + 1)
SIDES = ("here", "there")
SMALL_NS = 150


def sample(machine: Machine) -> List[Counter]:
    """Nanoseconds for a read by function, of each side."""
    more: List[Counter] = [Counter(), Counter()]
    files = [str(BUILD / f"perf.{side}.data") for side in SIDES]
    record = [["perf", "record", "-q", "-e", "cpu-clock", "-F", str(SAMPLES_PER_SECOND), "-o", name,
               "--"] for name in files]
    for times in TIMES:
        texts = machine.boot_pair(
            "ramster", TOGETHER, (512, 512), 300, record, MODE="pages", COMPRESSOR=COMPRESSOR,
            PAGES=PAGES, ROUNDS=ROUNDS, VARIANTS="fast", SPEED=SPEED, SYMBOLS=1,
            OPS=",".join(["out", *["read"] * times, "home"]))
        for side, text in enumerate(texts):
            counts = count_samples(text, files[side])
            if times == TIMES[1]:
                more[side].update(counts)
            else:
                more[side].subtract(counts)
    share = 1e9 / SAMPLES_PER_SECOND / (READS * (TIMES[1] - TIMES[0]))
    return [Counter({name: count * share for name, count in side.items()}) for side in more]


def ramster_profile(machine: Machine) -> Dict[str, Counter]:
    machine.build_driver("netbench")
    both = dict(zip(SIDES, sample(machine)))
    names = [name for name, _ in (both["here"] + both["there"]).most_common()
             if max(ns[name] for ns in both.values()) >= SMALL_NS]
    totals = {side: sum(ns.values()) for side, ns in both.items()}
    rows = [[name, *(f"{ns[name]:.0f}" for ns in both.values())] for name in names]
    rows.append(["all others", *(f"{totals[side] - sum(ns[name] for name in names):.0f}"
                                 for side, ns in both.items())])
    rows.append(["total", *(f"{total:.0f}" for total in totals.values())])
    print_table("ramster-profile: ns of processor time for a read of a page that is elsewhere, in "
                "each function, on both sides;\n[host] is the host's kernel, for the network and "
                "to sleep", ["", *SIDES], rows)
    return both
