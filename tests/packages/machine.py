# SPDX-License-Identifier: GPL-2.0-only
"""An installed Debian, with systemd, on a disk of its own, in a QEMU guest that can be switched
off, cut off, killed and started again. What it is to do goes through a port to guests/agent."""

import base64
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Dict, List, Optional

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vm"))

# pylint: disable=wrong-import-position
from harness import accel, cache, initrd
from harness.console import Console
from harness.guest import BOOT_ARGS, escaped

BOOT_SECONDS = 900
BOOT_MODULES = ["virtio_pci", "virtio_blk", "crc32c_generic", "ext4", "virtio_net"]
# For units without a time-out of their own, which ramster.service has; and no waiting for a tty.
PATIENT = ["systemd.default_timeout_start_sec=600", "systemd.show_status=0",
           "systemd.getty_auto=no"]


class Failure(Exception):
    """A machine does not do what it was told."""


def receive(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise OSError("the other end is gone")
        data += more
    return data


class Wire:
    """An Ethernet segment. Machines come and go; what is sent to one that is off is lost."""

    def __init__(self) -> None:
        self.ends: Dict[str, socket.socket] = {}
        self.lock = threading.Lock()

    def plug(self, name: str) -> socket.socket:
        """The end for a machine that starts."""
        ours, theirs = socket.socketpair()
        # Rather lose frames than have everybody wait for a machine that reads too slowly.
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        with self.lock:
            self.ends[name] = ours
        threading.Thread(target=self.forward, args=(name, ours), daemon=True).start()
        return theirs

    def forward(self, name: str, sock: socket.socket) -> None:
        try:
            while True:
                head = receive(sock, 4)
                frame = head + receive(sock, struct.unpack(">I", head)[0])
                with self.lock:
                    others = [end for other, end in self.ends.items() if other != name]
                for end in others:
                    self.send(end, frame)
        except OSError:
            with self.lock:
                if self.ends.get(name) is sock:
                    del self.ends[name]
            sock.close()

    @staticmethod
    def send(end: socket.socket, frame: bytes) -> None:
        try:
            end.sendall(frame)
        except OSError:
            pass


def kernel_of(root: Path, release: str, into: Path) -> None:
    """Takes a kernel, decompressed, from an installed system, and makes its initramfs."""
    image = root / "boot" / f"vmlinuz-{release}"
    into.mkdir(parents=True, exist_ok=True)
    (into / "vmlinux").write_bytes(cache.decompressed_kernel(image.read_bytes()))
    kernel = cache.Kernel(release, image, into / "vmlinux", root, into)
    initrd.build(kernel, into / "initrd", BOOT_MODULES, HERE / "guests" / "init")


class Machine:
    """One machine; it has no kernel while it is off."""

    def __init__(self, name: str, disk: Path, out: Path, wire: Wire, memory_mib: int) -> None:
        self.name, self.disk, self.out, self.wire = name, disk, out, wire
        self.memory_mib = memory_mib
        self.console = Console()
        self.console.begun = True
        self.process: Optional[subprocess.Popen] = None
        self.agent: Optional[socket.socket] = None
        self.number = sum(map(ord, name)) % 250 + 1

    def command_line(self, boot: Path, ports: Dict[str, socket.socket]) -> List[str]:
        argv = ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-nodefaults",
                "-no-user-config", "-display", "none", "-no-reboot", "-machine", "pc",
                *accel.options("tcg"), "-m", str(self.memory_mib), "-smp", "1",
                "-kernel", str(boot / "vmlinux"), "-initrd", str(boot / "initrd"),
                "-append", " ".join([*BOOT_ARGS, *PATIENT]),
                "-drive", f"if=none,id=disk,format=raw,file={escaped(self.disk)},cache=unsafe",
                "-device", "virtio-blk-pci,drive=disk", "-device", "virtio-serial-pci"]
        for name in ("console", "agent"):
            argv += ["-chardev", f"socket,id={name},fd={ports[name].fileno()}"]
        return argv + [
            "-serial", "chardev:console", "-device", "virtserialport,chardev=agent,name=agent",
            "-netdev", f"stream,id=net,server=off,addr.type=fd,addr.str={ports['net'].fileno()}",
            "-device",
            f"virtio-net-pci,netdev=net,romfile=,mac=52:54:00:77:01:{self.number:02x}"]

    def start(self, boot: Path) -> None:
        """Switches it on, with the kernel in a folder; wait_up() waits for it. It ends with the
        thread that calls this."""
        console, console_there = socket.socketpair()
        self.agent, agent_there = socket.socketpair()
        ports = {"console": console_there, "agent": agent_there, "net": self.wire.plug(self.name)}
        with open(self.out / f"{self.name}.qemu.log", "ab") as log:
            self.process = subprocess.Popen(
                self.command_line(boot, ports), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=[p.fileno() for p in ports.values()], start_new_session=True)
        for port in ports.values():
            port.close()
        threading.Thread(target=self.listen, args=(console,), daemon=True).start()

    def listen(self, console: socket.socket) -> None:
        with open(self.out / f"{self.name}.console.log", "ab") as log:
            while True:
                try:
                    data = console.recv(65536)
                except OSError:
                    data = b""
                if not data:
                    return
                log.write(data)
                log.flush()
                self.console.feed(data)

    def line(self, seconds: float) -> str:
        """The next line of the agent."""
        until = time.monotonic() + seconds
        data = b""
        try:
            while not data.endswith(b"\n"):
                self.agent.settimeout(max(until - time.monotonic(), 0.001))
                more = self.agent.recv(1 << 16)
                if not more:
                    raise Failure(f"{self.name} is gone")
                data += more
        except (socket.timeout, OSError) as err:
            raise Failure(f"{self.name} does not answer: {err}") from err
        return data.decode()

    def wait_up(self, seconds: float = BOOT_SECONDS) -> None:
        """Waits for the agent, which is there early in the boot."""
        line = self.line(seconds)
        if line != "ready\n":
            raise Failure(f"{self.name} says {line!r}")

    def run(self, script: str, seconds: float = 300) -> subprocess.CompletedProcess:
        """Has a shell, root's, run a script: its status, and what it said."""
        try:
            self.agent.sendall(base64.b64encode(script.encode()) + b"\n")
        except OSError as err:
            raise Failure(f"{self.name} is gone: {err}") from err
        status, _, said = self.line(seconds).partition(" ")
        text = base64.b64decode(said).decode(errors="replace")
        return subprocess.CompletedProcess(script, int(status), text, "")

    def wait_off(self, seconds: float) -> float:
        """Waits until it has switched itself off: for how many seconds."""
        began = time.monotonic()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired as err:
            raise Failure(f"{self.name} is still on after {seconds:.0f} s") from err
        self.forget()
        return time.monotonic() - began

    def kill(self) -> None:
        """As if somebody pulled the plug."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.forget()

    def forget(self) -> None:
        self.process = None
        self.agent.close()
        self.agent = None
