# SPDX-License-Identifier: GPL-2.0
"""Reads a guest's kernel console and judges what it says."""

import re
from dataclasses import dataclass, field
from typing import List, Optional

# What a healthy kernel never prints. Anchored where ordinary messages use the same words.
REPORTS = re.compile("|".join([
    r"WARNING: ",
    r"\bBUG: ",
    r"kernel BUG at",
    r"\bOops\b",
    r"general protection fault",
    r"Unable to handle kernel",
    r"double fault",
    r"stack segment",
    r"traps: PANIC",
    r"Kernel panic",
    r"\bUBSAN: ",
    r"\bKASAN: ",
    r"\bKFENCE: ",
    r"\bKMSAN: ",
    r"\bKCSAN: ",
    r"possible (circular locking|recursive locking|irq lock inversion|deadlock)",
    r"inconsistent lock state",
    r"INFO: trying to register non-static key",
    r"rcu.*(detected (expedited )?stalls|self-detected stall)",
    r"rcu: .*kthread starved",
    r"suspicious RCU usage",
    r"INFO: task .* blocked for more than",
    r"(soft|hard) lockup|[Hh]ard LOCKUP",
    r"page allocation (failure|stall)",
    r"refcount_t: ",
    r"bad accounting",
    r"Bad (page|rss-counter|swap file entry|swap offset entry)",
    r"scheduling while atomic",
    r"sleeping function called from invalid context",
    r"slab .*: .*(double free|corrupt)",
    r"list_(add|del) corruption",
    r"kmemleak: \d+ new suspected",
    r"ramster-leaks: ",
    r"Unreferenced object",
    r"Invalid wait context",
    r"unchecked MSR access",
    r"usercopy: ",
    r"Slab cache .* (still has objects|has been destroyed)|kmem_cache_destroy .*: ",
    r"sysfs: cannot create duplicate filename",
    r"I/O error, dev ",
    r"Read-error on swap-device|Write-error on swap-device",
]))

# After one of these the guest may never say anything again.
FATAL = re.compile(r"Kernel panic|\bOops\b|kernel BUG at|(soft|hard) lockup|"
                   r"general protection fault|double fault")

# What tests say by lib.sh and the batch runner through /dev/kmsg.
MARK = re.compile(r"ramster-test: (begin|end|expect|pause) (.*)")
# How many lines behind a report go with it: registers and a call trace.
DETAILS = 40
STAMP = re.compile(r"^(?:<\d+>)?\[\s*\d+\.\d+\](?:\[[^]]*\])?\s*")


@dataclass
class Report:
    test: Optional[str]
    line: str
    booting: bool	# no test has begun yet: nothing of ours was ever loaded
    details: List[str] = field(default_factory=list)	# what the console said next


@dataclass
class Console:
    """The state of one console: which test runs, and what it announced."""
    test: Optional[str] = None
    begun: bool = False
    expected: List[re.Pattern] = field(default_factory=list)
    reports: List[Report] = field(default_factory=list)
    fatal: bool = False
    pause: float = 0	# seconds for which the guest wants to stand still
    partial: bytes = b""

    def feed(self, data: bytes) -> None:
        *lines, self.partial = (self.partial + data).split(b"\n")
        for line in lines:
            self.judge(line.decode(errors="replace").rstrip("\r"))

    def judge(self, line: str) -> None:
        text = STAMP.sub("", line)
        mark = MARK.match(text)
        if mark:
            self.obey(mark.group(1), mark.group(2))
            return
        if self.reports and len(self.reports[-1].details) < DETAILS:
            self.reports[-1].details.append(line)
        if not REPORTS.search(text) or any(e.search(text) for e in self.expected):
            return
        self.reports.append(Report(self.test, line, not self.begun))
        self.fatal = self.fatal or bool(FATAL.search(text))

    def obey(self, verb: str, rest: str) -> None:
        if verb in ("begin", "end"):
            # A test's announcements end with it.
            self.test = rest if verb == "begin" else None
            self.begun = True
            self.expected = []
            return
        if verb == "pause":
            self.pause = float(rest)
            return
        try:
            self.expected.append(re.compile(rest))
        except re.error as err:
            self.reports.append(Report(self.test, f"expect_dmesg '{rest}': {err}", False))
