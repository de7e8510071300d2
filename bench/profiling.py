# SPDX-License-Identifier: GPL-2.0-only
"""Where the time of a page goes: which functions a profiler on the host finds at work.

The guest is a process, so perf samples it as any other. Two boots differ in nothing but how often
they do the operation; what the longer one has in addition is the operation's.
"""

import bisect
import re
import subprocess
from collections import Counter
from typing import Dict, List, Tuple

from figures import print_table
from guest import BUILD, BenchError, Machine

PAGES = 8192
ROUNDS = 40
TIMES = (1, 6)
SAMPLES_PER_SECOND = 4000
OPERATIONS = ("seqread", "rndwrite")
# Functions that take less than this of the longest total are one line.
SMALL = 0.005


def functions_of(text: str) -> Tuple[List[int], List[str]]:
    """Addresses and names, in order, of what /proc/kallsyms lists in a guest's output."""
    found = sorted((int(address, 16), name) for address, name in
                   re.findall(r"^([0-9a-f]{8,}) [tTwW] (\S+)", text, re.MULTILINE))
    if not found:
        raise BenchError("the guest listed no functions")
    return [address for address, _ in found], [name for _, name in found]


def count_samples(text: str, data: str) -> Counter:
    done = subprocess.run(["perf", "script", "-i", data, "-F", "ip"], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    addresses, names = functions_of(text)
    counts: Counter = Counter()
    for word in done.stdout.split():
        address = int(word, 16)
        at = bisect.bisect_right(addresses, address) - 1
        name = names[at] if at >= 0 else "?"
        # The guest's own end far below the host's kernel.
        counts["[host]" if address >> 63 else name] += 1
    return counts


def sample(machine: Machine, compressor: str, device: str, operation: str) -> Counter:
    """Nanoseconds for a page by function."""
    more: Counter = Counter()
    data = str(BUILD / "perf.data")
    for times in TIMES:
        text = machine.boot("profile", 768, 300, [
            "perf", "record", "-q", "-e", "cpu-clock:u", "-F", str(SAMPLES_PER_SECOND), "-o", data,
            "--"], COMPRESSOR=compressor, PAGES=PAGES, ROUNDS=ROUNDS, TIMES=times, DEVICE=device,
            OPERATION=operation)
        if times == TIMES[1]:
            more.update(count_samples(text, data))
        else:
            more.subtract(count_samples(text, data))
    share = 1e9 / SAMPLES_PER_SECOND / (PAGES * ROUNDS * (TIMES[1] - TIMES[0]))
    return Counter({name: count * share for name, count in more.items()})


def show(title: str, both: Dict[str, Counter]) -> None:
    totals = {device: sum(ns.values()) for device, ns in both.items()}
    small = SMALL * max(totals.values())
    names = [name for name, _ in (both["zcache"] | both["zram"]).most_common()
             if max(ns[name] for ns in both.values()) >= small]
    rows = [[name, *(f"{ns[name]:.0f}" for ns in both.values())] for name in names]
    rows.append(["all others", *(f"{totals[device] - sum(ns[name] for name in names):.0f}"
                                 for device, ns in both.items())])
    rows.append(["total", *(f"{total:.0f}" for total in totals.values())])
    print_table(title, ["", *both], rows)


def profile(machine: Machine, compressors: List[str]) -> dict:
    result: dict = {}
    for compressor in compressors:
        for operation in OPERATIONS:
            both = {device: sample(machine, compressor, device, operation)
                    for device in ("zram", "zcache")}
            show(f"profile: {compressor}, {operation}, ns per page in each function", both)
            result.setdefault(compressor, {})[operation] = both
    return result
