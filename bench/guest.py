# SPDX-License-Identifier: GPL-2.0-only
"""The kernel, the modules and the programs of the benchmarks, and a boot with them."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List

BENCH = Path(__file__).resolve().parent
TOP = BENCH.parent
BUILD = TOP / "build" / "bench"

SOURCES = ["Kbuild", "VERSION", "compat", "common", "tmem", "zbud", "zcache", "cluster"]
# Room for the swap file behind zswap, which nothing is written to.
SWAP_FILE_BYTES = 8 << 30


class BenchError(Exception):
    """There are no figures; says why."""


def run(argv: List[str], **kwargs) -> str:
    """Runs a tool and returns what it printed; a failure shows what it said."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          check=False, **kwargs)
    if done.returncode:
        raise BenchError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


@dataclass
class Machine:
    """A kernel with all that was built for it."""
    series: str
    folder: Path
    smp: int

    @property
    def modules(self) -> Path:
        return BUILD / f"modules-{self.series}"

    def kbuild(self, folder: Path, *more: str) -> None:
        run(["make", "-s", "-C", str(self.folder / "src"), f"O={self.folder / 'obj'}", "ARCH=um",
             f"M={folder}", f"-j{os.cpu_count()}", *more, "modules"], stderr=subprocess.STDOUT)

    def build_modules(self) -> None:
        """Ours and the driver of load, in the tree of the kernel and with its flags."""
        self.modules.mkdir(parents=True, exist_ok=True)
        only_sources = ["--exclude=*.mod.c", "--exclude=probed.h", "--include=*/",
                        "--include=*.[ch]", "--include=*.sh", "--include=Kbuild",
                        "--include=VERSION", "--exclude=*"]
        run(["rsync", "-a", "--delete", "--prune-empty-dirs", *only_sources,
             *(str(TOP / name) for name in SOURCES), str(self.modules)])
        run(["rsync", "-a", *only_sources, str(BENCH / "kbench"), str(self.modules / "bench")])
        self.kbuild(self.modules, f"KCFLAGS=-include {BENCH / 'uml' / 'percpu.h'}")
        self.kbuild(self.modules / "bench" / "kbench")

    def boot(self, script: str, memory_mib: int, timeout: int, **env) -> str:
        """Runs bench/guest/<script>.sh in a guest of its own; returns what it printed."""
        name = "-".join([script, self.series, *(str(env[k]) for k in ("COMPRESSOR", "MODE")
                                                if k in env)])
        out, console = BUILD / f"{name}.out", BUILD / f"{name}.console"
        swap = BUILD / "swap.img"
        with open(swap, "wb") as image:
            image.truncate(SWAP_FILE_BYTES)
        env |= {"OUT": BUILD, "NAME": name, "SCRIPT": BENCH / "guest" / f"{script}.sh", "MODULES": self.modules,
                "SWAPQ": BUILD / "swapq", "CORPUS": env.get("CORPUS", BUILD / "corpus")}
        argv = [str(self.folder / "obj" / "linux"), f"mem={memory_mib}M", "root=/dev/root",
                "rootfstype=hostfs", "rootflags=/", f"init={BENCH / 'uml' / 'init'}", "con=null",
                "con0=null,fd:1", "ssl=null", "zram.num_devices=2", f"ubd0={swap}", "quiet"]
        if self.smp > 1:
            argv += [f"ncpus={self.smp}", "seccomp=on"]
        argv += [f"{key}={value}" for key, value in env.items()]
        out.unlink(missing_ok=True)
        with open(console, "wb") as log:
            # A guest that hangs does not die of SIGTERM.
            subprocess.run(["timeout", "-k", "3", str(timeout), *argv], check=False,
                           stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        swap.unlink()
        text = out.read_text() if out.exists() else ""
        if not text.endswith("status=0\n"):
            raise BenchError(f"the guest of {name} failed, see {console}; it printed:\n"
                             + text[-3000:])
        return text


def build(series: str, smp: int) -> Machine:
    BUILD.mkdir(parents=True, exist_ok=True)
    symbols = ["+SMP"] if smp > 1 else []
    folder = Path(run([str(BENCH / "uml" / "build"), series, *symbols]).strip())
    machine = Machine(series, folder, smp)
    machine.build_modules()
    run(["gcc", "-O2", "-Wall", "-static", "-o", str(BUILD / "swapq"),
         str(BENCH / "swapq" / "swapq.c")])
    return machine


def note(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def environment(machine: Machine) -> Dict[str, str]:
    """What the figures were made on, for who reads them later."""
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                if line.startswith("model name")), "?")
    return {"kernel": machine.folder.name, "cpus": str(machine.smp), "processor": cpu,
            "compiler": run(["gcc", "--version"]).splitlines()[0],
            "commit": run(["git", "-C", str(TOP), "describe", "--always", "--dirty"]).strip(),
            "load": "%.1f %.1f %.1f" % os.getloadavg()}
