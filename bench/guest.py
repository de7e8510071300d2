# SPDX-License-Identifier: GPL-2.0-only
"""The kernel, the modules and the programs of the benchmarks, and a boot with them."""

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Sequence

BENCH = Path(__file__).resolve().parent
TOP = BENCH.parent
BUILD = TOP / "build" / "bench"

SOURCES = ["Kbuild", "VERSION", "compat", "common", "tmem", "zbud", "zcache", "cluster",
           "ramster"]
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
    name: str = ""	# if there is more than one of a series

    @property
    def modules(self) -> Path:
        return BUILD / f"modules-{self.series}{self.name}"

    def kbuild(self, folder: Path, *more: str) -> None:
        run(["make", "-s", "-C", str(self.folder / "src"), f"O={self.folder / 'obj'}", "ARCH=um",
             f"M={folder}", f"-j{os.cpu_count()}", *more, "modules"], stderr=subprocess.STDOUT)

    def sync(self, what: List[Path], to: Path) -> None:
        only_sources = ["--exclude=*.mod.c", "--exclude=probed.h", "--include=*/",
                        "--include=*.[ch]", "--include=*.sh", "--include=Kbuild",
                        "--include=VERSION", "--exclude=*"]
        run(["rsync", "-a", "--delete", "--prune-empty-dirs", *only_sources,
             *(str(path) for path in what), str(to)])

    def build_modules(self) -> None:
        """Ours, in the tree of the kernel and with its flags."""
        self.modules.mkdir(parents=True, exist_ok=True)
        self.sync([TOP / name for name in SOURCES], self.modules)
        headers = " ".join(f"-include {BENCH / 'uml' / name}" for name in ("percpu.h", "crc32c.h"))
        self.kbuild(self.modules, f"KCFLAGS={headers}")

    def build_driver(self, name: str) -> None:
        """What times them, and may use them."""
        folder = self.modules / "bench"
        folder.mkdir(exist_ok=True)
        self.sync([BENCH / name, BENCH / "timing.h"], folder)
        self.kbuild(folder / name, f"KBUILD_EXTRA_SYMBOLS={self.modules / 'Module.symvers'}")

    def boot(self, script: str, memory_mib: int, timeout: int, prefix: Sequence[str] = (),
             **env) -> str:
        """Runs bench/guest/<script>.sh in a guest of its own; returns what it printed."""
        name = "-".join([script, self.series, *(str(env[k]) for k in ("COMPRESSOR", "MODE")
                                                if k in env)])
        swap = BUILD / "swap.img"
        with open(swap, "wb") as image:
            image.truncate(SWAP_FILE_BYTES)
        guest = Guest(self, script, name, memory_mib, timeout,
                      ["zram.num_devices=2", f"ubd0={swap}"], env, prefix)
        guest.wait()
        swap.unlink()
        return guest.text()

    def boot_disk(self, script: str, disk: Path, memory_mib: int, timeout: int, **env) -> str:
        """The same with a disk that keeps what is on it."""
        guest = Guest(self, script, script, memory_mib, timeout,
                      ["zram.num_devices=4", f"ubd0r={disk}"], env)
        guest.wait()
        return guest.text()

    def boot_pair(self, script: str, cpus: Sequence[int], memory_mib: Sequence[int], timeout: int,
                  prefixes: Sequence[Sequence[str]] = ((), ()), mtu: int = 9000,
                  watch: Callable[[List["Guest"]], None] = lambda guests: None,
                  **env) -> List[str]:
        """Runs it in two guests, on a CPU each, with a network between them; NODE numbers them."""
        # Where they tell each other how far they are.
        for old in BUILD.glob("meeting.*"):
            old.unlink()
        # Each datagram is an Ethernet frame.
        ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        guests = []
        for node, (cpu, end) in enumerate(zip(cpus, ends)):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            vec = f"vec0:transport=fd,fd={end.fileno()},mac=52:54:00:00:00:0{node},mtu={mtu}"
            name = "-".join([script, self.series, *([env["MODE"]] if "MODE" in env else []),
                             str(node)])
            guests.append(Guest(self, script, name, memory_mib[node], timeout, [vec],
                                {**env, "NODE": node}, [*prefixes[node], "taskset", "-c", str(cpu)],
                                [end.fileno()]))
        watch(guests)
        for guest in guests:
            guest.wait()
        for end in ends:
            end.close()
        return [guest.text() for guest in guests]


class Guest:
    """A boot that is under way."""

    def __init__(self, machine: Machine, script: str, name: str, memory_mib: int, timeout: int,
                 devices: List[str], env: dict, prefix: Sequence[str] = (),
                 fds: Sequence[int] = ()):
        # pylint: disable=too-many-arguments, too-many-positional-arguments
        self.name = name
        self.out, self.console = BUILD / f"{name}.out", BUILD / f"{name}.console"
        argv = [str(machine.folder / "obj" / "linux"), f"mem={memory_mib}M", "root=/dev/root",
                "rootfstype=hostfs", "rootflags=/", f"init={BENCH / 'uml' / 'init'}", "con=null",
                "con0=null,fd:1", "ssl=null", *devices, "quiet"]
        if machine.smp > 1:
            argv += [f"ncpus={machine.smp}", "seccomp=on"]
        env = {"CORPUS": BUILD / "corpus", **env, "OUT": BUILD, "NAME": name,
               "SCRIPT": BENCH / "guest" / f"{script}.sh", "MODULES": machine.modules,
               "PROGRAMS": BUILD}
        argv += [f"{key}={value}" for key, value in env.items()]
        self.out.unlink(missing_ok=True)
        with open(self.console, "wb") as log:
            # A guest that hangs does not die of SIGTERM.
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with
                [*prefix, "timeout", "-k", "3", str(timeout), *argv], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, pass_fds=fds)

    def wait(self) -> None:
        self.process.wait()

    def text(self) -> str:
        """What it printed, if all went well."""
        text = self.out.read_text() if self.out.exists() else ""
        if not text.endswith("status=0\n"):
            raise BenchError(f"the guest of {self.name} failed, see {self.console}; it printed:\n"
                             + text[-3000:])
        return text


def build(series: str, smp: int) -> Machine:
    symbols = ["+SMP"] if smp > 1 else []
    machine = build_kernel(series, smp, *symbols)
    machine.build_driver("kbench")
    build_program("swapq")
    return machine


def build_kernel(series: str, smp: int, *symbols: str, name: str = "") -> Machine:
    """A kernel with those symbols on top of all others, and our modules for it."""
    BUILD.mkdir(parents=True, exist_ok=True)
    folder = Path(run([str(BENCH / "uml" / "build"), series, *symbols]).strip())
    machine = Machine(series, folder, smp, name)
    machine.build_modules()
    return machine


def build_program(name: str, *more: str, folder: str = "") -> None:
    """One that runs in the guests."""
    run(["gcc", "-O2", "-Wall", "-static", *more, "-o", str(BUILD / name),
         str(BENCH / (folder or name) / f"{name}.c")])


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
