# SPDX-License-Identifier: GPL-2.0
"""One QEMU guest: its command line, its ports, its end.

All ports are socket pairs whose far ends QEMU inherits: no names, no listening, nothing to
clean up. QEMU is told to die with us, so even a kill -9 leaves no guest behind.
"""

import asyncio
import os
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Callable, Dict, List, Optional

from . import accel
from .cache import Kernel, is_debug
from .console import Console
from .util import HarnessError, note

# How long a guest may go on after its kernel reported something it hardly survives: long
# enough for the rest of the report.
GRACE_SECONDS = 15
POWEROFF_SECONDS = 20

BOOT_ARGS = [
    "console=ttyS0", "loglevel=5", "panic=-1", "mitigations=off", "random.trust_cpu=on",
    "no_timer_check", "net.ifnames=0", "rcupdate.rcu_cpu_stall_timeout=60",
]


@dataclass
class Machine:
    """What all guests of a run have in common."""
    kernel: Kernel
    root_image: Path
    initrd: Path
    accel: str
    nodes: int
    memory_mib: int
    cpus: int
    disks: List[str]
    append: List[str]
    shares: Dict[str, Path]	# 9p tag to folder; only "share" is writable


@dataclass
class Guest:
    machine: Machine
    node: int
    out: Path	# folder for logs and disks
    sinks: Dict[str, Callable[[bytes], None]]	# "out" and "err": where COMMAND's output goes
    net: Optional[socket.socket] = None
    console: Console = field(default_factory=Console)
    status: Optional[int] = None	# of COMMAND; None: it has not ended
    came_up: bool = False
    process: Optional[asyncio.subprocess.Process] = None

    def __post_init__(self) -> None:
        self.ready = asyncio.Event()	# COMMAND can begin, or never will
        self.finished = asyncio.Event()	# COMMAND has ended, or the guest is gone
        self.tasks: List[asyncio.Task] = []
        self.writers: Dict[str, asyncio.StreamWriter] = {}	# dropped ones would close the port
        self.disk_files: List[Path] = []

    # -- starting ---------------------------------------------------------------------

    async def start(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        ours: Dict[str, socket.socket] = {}
        theirs: Dict[str, socket.socket] = {}
        for name in ("console", "out", "err", "ctl"):
            ours[name], theirs[name] = socket.socketpair()
        passed = [s.fileno() for s in theirs.values()]
        if self.net:
            passed.append(self.net.fileno())

        with open(self.out / "qemu.log", "wb") as log:
            try:
                self.process = await asyncio.create_subprocess_exec(
                    "setpriv", "--pdeathsig", "KILL", *self.command_line(theirs),
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=passed,
                    start_new_session=True)
            except FileNotFoundError as err:
                raise HarnessError("setpriv is missing (util-linux)") from err
        for sock in [*theirs.values(), *([self.net] if self.net else [])]:
            sock.close()

        readers = {}
        for name, sock in ours.items():
            readers[name], self.writers[name] = await asyncio.open_connection(sock=sock)
        self.tasks = [asyncio.create_task(t) for t in (
            self.read_console(readers["console"]), self.read_control(readers["ctl"]),
            self.read_output("out", readers["out"]), self.read_output("err", readers["err"]),
            self.wait_for_end())]

    def command_line(self, ports: Dict[str, socket.socket]) -> List[str]:
        m = self.machine
        # The other machine computes its interrupt routing in ACPI byte code, in a loop: a debug
        # kernel that is emulated takes longer for it than the interpreter allows.
        kind = "q35" if is_debug(m.kernel.release) else "pc"
        argv = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
                "-no-reboot", "-machine", kind, *accel.options(m.accel),
                "-m", str(m.memory_mib), "-smp", str(m.cpus),
                "-kernel", str(m.kernel.vmlinux), "-initrd", str(m.initrd),
                "-append", " ".join([*BOOT_ARGS, f"ramster.node={self.node}",
                                     f"ramster.nodes={m.nodes}", f"ramster.accel={m.accel}",
                                     *m.append]),
                "-device", "virtio-serial-pci"]
        for name, sock in ports.items():
            argv += ["-chardev", f"socket,id={name},fd={sock.fileno()}"]
            argv += (["-serial", "chardev:console"] if name == "console" else
                     ["-device", f"virtserialport,chardev={name},name={name}"])
        for serial, image, how in self.drives():
            argv += ["-drive", f"if=none,id={serial},format=raw,file={escaped(image)},{how}",
                     "-device", f"virtio-blk-pci,drive={serial},serial={serial}"]
        for tag, folder in m.shares.items():
            how = "" if tag == "share" else ",readonly=on"
            argv += ["-virtfs", f"local,path={escaped(folder)},mount_tag={tag},"
                     f"security_model=none,multidevs=remap{how}"]
        if self.net:
            argv += ["-netdev", f"stream,id=net,server=off,addr.type=fd,addr.str={self.net.fileno()}",
                     "-device", f"virtio-net-pci,netdev=net,romfile=,mac=52:54:00:77:00:{self.node + 1:02x}"]
        return argv

    def drives(self) -> List[tuple]:
        found = [("root", self.machine.root_image, "readonly=on"),
                 ("modules", self.machine.kernel.modules_image, "readonly=on")]
        for number, size in enumerate(self.machine.disks):
            path = self.out / f"disk{number}.raw"
            subprocess.run(["truncate", "-s", size, str(path)], check=True)
            self.disk_files.append(path)
            found.append((f"disk{number}", path, "cache=unsafe,discard=unmap"))
        return found

    # -- listening --------------------------------------------------------------------

    async def read_console(self, reader: asyncio.StreamReader) -> None:
        doomed = None
        with open(self.out / "console.log", "wb") as log:
            while data := await read_some(reader):
                log.write(data)
                log.flush()
                self.console.feed(data)
                if self.console.pause:
                    self.stand_still(self.console.pause)
                    self.console.pause = 0
                if self.console.fatal and not doomed:
                    doomed = asyncio.get_running_loop().call_later(GRACE_SECONDS, self.kill)
        self.console.feed(b"\n")
        if doomed:
            doomed.cancel()

    async def read_output(self, name: str, reader: asyncio.StreamReader) -> None:
        with open(self.out / f"std{name}", "wb") as log:
            while data := await read_some(reader):
                log.write(data)
                log.flush()
                self.sinks[name](data)

    async def read_control(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                word, *rest = line.decode(errors="replace").split()
                if word == "ready":
                    self.came_up = True
                    self.ready.set()
                elif word == "exit":
                    self.status = int(rest[0])
                    self.finished.set()
        except OSError:
            pass	# the guest is gone; wait_for_end() tells

    async def wait_for_end(self) -> None:
        await self.process.wait()
        self.ready.set()
        self.finished.set()

    def go(self) -> None:
        self.writers["ctl"].write(b"go\n")

    def stand_still(self, seconds: float) -> None:
        """Stops the machine, and lets it go on later: its clocks jump."""
        self.send(signal.SIGSTOP)
        asyncio.get_running_loop().call_later(seconds, self.send, signal.SIGCONT)

    # -- ending -----------------------------------------------------------------------

    def send(self, number: signal.Signals) -> None:
        if self.process and self.process.returncode is None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    async def power_off(self) -> None:
        """Lets the guest go in peace; what hangs or runs on is killed."""
        if self.status is not None:
            try:
                self.writers["ctl"].write(b"off\n")
                await asyncio.wait_for(self.process.wait(), POWEROFF_SECONDS)
            except asyncio.TimeoutError:
                note(f"node{self.node} did not power off, killed")
            except OSError:
                pass
        await self.destroy()

    async def destroy(self) -> None:
        self.kill()
        if self.tasks:
            done, _ = await asyncio.wait(self.tasks, timeout=10)
            for task in done:
                task.result()	# an exception in there is a bug of ours: let it be seen
        for writer in self.writers.values():
            writer.close()
        for path in self.disk_files:
            path.unlink(missing_ok=True)


async def read_some(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65536)
    except OSError:
        return b""


def escaped(path: Path) -> str:
    """QEMU takes a comma in an option's value doubled."""
    return str(path).replace(",", ",,")


def line_prefixer(sink: BinaryIO, prefix: bytes) -> Callable[[bytes], None]:
    """Makes output of several guests distinguishable: whole lines, each with a prefix."""
    rest = b""

    def write(data: bytes) -> None:
        nonlocal rest
        *lines, rest = (rest + data).split(b"\n")
        if lines:
            sink.write(b"".join(prefix + line + b"\n" for line in lines))
            sink.flush()
    return write


def plain_writer(sink: BinaryIO) -> Callable[[bytes], None]:
    def write(data: bytes) -> None:
        sink.write(data)
        sink.flush()
    return write
