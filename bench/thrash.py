# SPDX-License-Identifier: GPL-2.0-only
"""A job on more memory than a guest has: through ramster, and by swap to NBD in the same peer."""

import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from figures import Figures, parse, print_table
from guest import BUILD, BenchError, Machine, build_program, note
from net import APART

COMPRESSOR = "lzo-rle"
MIB = 160
ROUNDS = 2		# of a boot
WAYS = ("nbd", "ramster")
TICK_NS = 10_000_000
SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Variant:
    speed: str
    threads: int
    job_mib: int = 240
    limit_mib: int = 16		# of the store; 0: what is the default

    def __str__(self) -> str:
        limit = f"store {self.limit_mib}" if self.limit_mib else "store as by default"
        return f"{self.speed}, {self.threads} threads, {self.job_mib} MiB, {limit}"


# Beside the target's network slower ones, to see where the processor begins to be the limit; and a
# store of near half of the memory, with a job so large that much of it is elsewhere.  What a store
# may take by default, 75 %, leaves nothing of this guest, see min_free_kbytes in guest/ramster.sh.
VARIANTS = (Variant("1gbit", 8), Variant("1gbit", 1), Variant("1gbit", 8, 480, 64),
            Variant("500mbit", 8), Variant("250mbit", 8), Variant("100mbit", 8))

LINE = re.compile(r"^(thrash: \d+ .*) from=(\d+) to=(\d+)$", re.MULTILINE)

Sections = Dict[str, Figures]


class PeerClock(threading.Thread):
    """Looks again and again how much processor time a guest has had, from outside."""

    def __init__(self, timeout_pid: int):
        super().__init__(daemon=True)
        self.children = Path(f"/proc/{timeout_pid}/task/{timeout_pid}/children")
        self.seen: List[Tuple[int, int]] = []		# clock of the day, processor time; ns
        self.start()

    def run(self) -> None:
        try:
            while True:
                pid = self.children.read_text(encoding="ascii").strip()
                if pid:
                    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
                    user, system = stat.rsplit(")", 1)[1].split()[11:13]
                    self.seen.append((time.time_ns(), (int(user) + int(system)) * TICK_NS))
                time.sleep(SAMPLE_SECONDS)
        except OSError:		# it has ended
            pass

    def at(self, when: int) -> float:
        for (t0, ns0), (t1, ns1) in zip(self.seen, self.seen[1:]):
            if t0 <= when <= t1:
                return ns0 + (ns1 - ns0) * (when - t0) / (t1 - t0)
        raise BenchError("nobody looked at the peer's clock")


def with_peer(text: str, clock: PeerClock) -> str:
    """Adds the peer's processor time to what the other guest printed."""
    def add(match: "re.Match[str]") -> str:
        count = int(re.search(r"count=(\d+)", match[1])[1]) or 1	# type: ignore[index]
        spent = clock.at(int(match[3])) - clock.at(int(match[2]))
        return f"{match[1]} peer={spent / count:.0f}"
    return LINE.sub(add, text)


def boot(machine: Machine, variant: Variant) -> str:
    clock: List[PeerClock] = []
    pages = variant.job_mib * 256
    # The peer has room for both.
    text = machine.boot_pair(
        "ramster", APART, (MIB, 256 + 2 * variant.job_mib), 300, mtu=1500,
        watch=lambda guests: clock.append(PeerClock(guests[1].process.pid)),
        MODE="thrash", COMPRESSOR=COMPRESSOR, PAGES=pages * 17 // 16, JOB_PAGES=pages,
        ROUNDS=ROUNDS, VISITS=pages // 4, THREADS=variant.threads, SPEED=variant.speed,
        LIMIT_MIB=variant.limit_mib, SWAP_CORPUS=BUILD / "corpus.swap")[0]
    return with_peer(text, clock[0])


def boot_or_not(machine: Machine, variant: Variant) -> Optional[str]:
    # The network of User Mode Linux takes memory for whole packets: of 9000 bytes it finds none
    # in a guest that is short of it, and stops.  So packets are small, and a boot in which it
    # stopped nevertheless is tried once more.
    for _ in range(2):
        try:
            return boot(machine, variant)
        except BenchError as err:
            note(f"a boot is left out: {str(err).splitlines()[0]}")
    return None


def per_second(devices: dict, way: str, which: str = "min") -> float:
    return 1e9 / devices[way]["wall"][which]


def thrash_ratio(devices: dict) -> float:
    return per_second(devices, "ramster") / per_second(devices, "nbd")


def places(text: str) -> float:
    """Which part of the pages that are stored is with the peer."""
    found = re.findall(r"^places here=(\d+) .* there=(\d+)$", text, re.MULTILINE)
    # With swap to NBD both are 0.
    here, there = (sum(int(pair[i]) for pair in found) for i in (0, 1))
    return there / max(here + there, 1)


def row(variant: Variant, operation: str, devices: dict) -> List[str]:
    return [str(variant), operation,
            *(f"{per_second(devices, way):.0f} ({per_second(devices, way, 'max'):.0f})"
              for way in WAYS),
            f"{thrash_ratio(devices):.2f}",
            *(str(devices[way][kind]["min"]) for kind in ("cpu", "peer", "tx", "rx")
              for way in WAYS)]


def thrash(machine: Machine, rounds: int) -> Sections:
    machine.build_driver("nbdserve")
    machine.build_driver("thrash")
    build_program("attach", folder="nbdserve")
    result: Sections = {}
    rows = []
    for variant in VARIANTS:
        texts = [boot_or_not(machine, variant) for _ in range(((rounds or 4) + 1) // 2)]
        text = "".join(text for text in texts if text)
        result[str(variant)] = parse(text)
        rows += [row(variant, operation, devices)
                 for operation, devices in result[str(variant)].items()]
        note(f"{variant}: {places(text):.0%} of what ramster stores is with the peer")
    print_table(f"thrash: a job in a guest of {MIB} MiB: pages per second visited, swapped in and "
                "out, the best round (the\nworst); ratio; per page: processor time, ns, here and "
                "at the peer, and bytes sent and received; with NBD and\nwith ramster",
                ["", "", *WAYS, "ratio", "cpu", "", "peer", "", "tx", "", "rx", ""], rows)
    return result
