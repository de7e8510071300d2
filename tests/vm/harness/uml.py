# SPDX-License-Identifier: GPL-2.0
"""One guest that is a process: User Mode Linux, the quick one of the debug kernels.

It boots the same user land by the same scripts as a QEMU guest. Its shares are hostfs, and its
ports are files in a folder of the host; for what it is told, it waits until a file is there.
"""

import asyncio
import os
import signal
import string
import subprocess
from pathlib import Path
from typing import Dict, List

from .guest import GRACE_SECONDS, Guest
from .util import HarnessError

PORTS = ("ctl", "out", "err")
FIRST_BLANK = 2


def is_uml(release: str) -> bool:
    return "-ramster-uml-" in release


class UmlGuest(Guest):
    """The same to its users as Guest; what is said on a port arrives when the guest ends."""

    async def start(self) -> None:
        machine = self.machine
        ports = self.out / "ports"
        ports.mkdir(parents=True, exist_ok=True)
        for name in PORTS:
            (ports / name).write_bytes(b"")
        argv = self.uml_command_line({**machine.shares, "ports": ports})
        wires = [self.net.fileno()] if self.net else []
        try:
            # Its memory is a file that is mapped: in /dev/shm, as it does by itself.
            self.process = await asyncio.create_subprocess_exec(
                "setpriv", "--pdeathsig", "KILL", *argv, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=wires,
                start_new_session=True)
        except FileNotFoundError as err:
            raise HarnessError("setpriv is missing (util-linux)") from err
        if self.net:
            self.net.close()
        self.tasks = [asyncio.create_task(self.read_console(self.process.stdout)),
                      asyncio.create_task(self.wait_for_end()),
                      asyncio.create_task(self.watch())]

    def uml_command_line(self, shares: Dict[str, Path]) -> List[str]:
        m = self.machine
        return [str(m.kernel.vmlinux), f"mem={m.memory_mib}M", f"uml_dir={self.out}/",
                f"initrd={m.initrd}", f"ubd0r={m.root_image}", f"ubd1r={m.kernel.modules_image}",
                *self.devices(),
                "con=null", "con0=null,fd:1", "ssl=null", "loglevel=5", "panic=-1",
                "ramster.uml=1", f"ramster.node={self.node}", f"ramster.nodes={m.nodes}",
                "ramster.accel=uml",
                "ramster.disk.root=/dev/ubda", "ramster.disk.modules=/dev/ubdb",
                *(f"ramster.share.{tag}={folder}" for tag, folder in shares.items()),
                *m.append]

    def devices(self) -> List[str]:
        """Blank disks, behind the two that all guests have, and the end of the wire."""
        found = []
        for number, (_, image, _) in enumerate(self.drives()[FIRST_BLANK:], FIRST_BLANK):
            found += [f"ubd{number}={image}",
                      f"ramster.blank=/dev/ubd{string.ascii_lowercase[number]}"]
        if self.net:
            found.append(f"vec0:transport=fd,fd={self.net.fileno()},mtu=1500,"
                         f"mac=52:54:00:77:00:{self.node + 1:02x}")
        return found

    async def watch(self) -> None:
        """Does for a file what read_control() does for a port."""
        while not self.finished.is_set():
            await asyncio.sleep(0.2)
            self.hear()

    def hear(self) -> None:
        for line in (self.out / "ports" / "ctl").read_text(errors="replace").splitlines():
            word, *rest = line.split() or [""]
            if word == "ready":
                self.came_up = True
                self.ready.set()
            elif word == "exit" and rest:
                self.status = int(rest[0])
                self.finished.set()

    async def wait_for_end(self) -> None:
        await self.process.wait()
        self.hear()
        for name in ("out", "err"):
            data = (self.out / "ports" / name).read_bytes()
            (self.out / f"std{name}").write_bytes(data)
            self.sinks[name](data)
        self.ready.set()
        self.finished.set()

    def go(self) -> None:
        (self.out / "ports" / "go").touch()

    def send(self, number: signal.Signals) -> None:
        """To the kernel alone: it traces its processes, which stand still when it does."""
        if number == signal.SIGKILL:
            super().send(number)
        elif self.process and self.process.returncode is None:
            os.kill(self.process.pid, number)

    async def power_off(self) -> None:
        if self.status is not None:
            (self.out / "ports" / "off").touch()
            try:
                await asyncio.wait_for(self.process.wait(), GRACE_SECONDS)
            except asyncio.TimeoutError:
                pass
        await self.destroy()
