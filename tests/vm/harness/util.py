# SPDX-License-Identifier: GPL-2.0
"""Small things every part of the harness needs."""

import contextlib
import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Iterator, List

TOP = Path(__file__).resolve().parents[3]
VM = TOP / "tests" / "vm"

# What the harness itself ends with, beside the guests' own statuses.
EXIT_REPORT = 99	# the kernel reported a problem nobody announced
EXIT_TIMEOUT = 124
EXIT_HARNESS = 125


class HarnessError(Exception):
    """The guest could not be run at all; says nothing about the code under test."""


def note(text: str) -> None:
    print(f"vm: {text}", file=sys.stderr, flush=True)


def run(argv: List[str], **kwargs) -> subprocess.CompletedProcess:
    """Runs a tool; its failure becomes a HarnessError that shows what the tool said."""
    try:
        return subprocess.run(argv, check=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)
    except FileNotFoundError as err:
        raise HarnessError(f"{argv[0]} is missing: run tests/setup.sh as root") from err
    except subprocess.CalledProcessError as err:
        said = err.stderr.decode(errors="replace").strip()
        raise HarnessError(f"{' '.join(argv)}: exit {err.returncode}\n{said}") from err


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds an exclusive lock, so that two harnesses never build one thing twice."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
