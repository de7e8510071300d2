# SPDX-License-Identifier: GPL-2.0
"""The initramfs of a guest: busybox, guest/init and the few modules that reach the disks.

It is written afresh for every run (some milliseconds), so nothing in it can be out of date,
and uncompressed, since unpacking would be done by an emulated processor. Its pages are given
back when guest/init moves on to the real root.
"""

import lzma
import stat
from pathlib import Path
from typing import Dict, List

from .cache import Kernel, busybox
from .util import VM, HarnessError

# In this order, each with what it depends on. A name that is built in is left out. crc32c is
# asked for by ext4 through the crypto API, which modules.dep does not know; where it is a library
# (since 6.15) there is no such module.
BOOT_MODULES = ["virtio_pci", "virtio_blk", "crc32c_generic", "ext4", "overlay", "9p",
                "9pnet_virtio", "virtio_console"]
MAY_LACK = ["crc32c_generic"]


def record(name: str, mode: int, data: bytes = b"", rdev: int = 0) -> bytes:
    """One entry of a cpio archive in the newc format."""
    path = name.encode() + b"\0"
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, rdev >> 8, rdev & 0xFF, len(path), 0]
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + path
    return padded(head) + padded(data)


def padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def load_order(modules: Path, wanted: List[str]) -> List[str]:
    """The files to load for the wanted modules, each after all that it depends on."""
    depends: Dict[str, List[str]] = {}
    path_of: Dict[str, str] = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, needs = line.partition(":")
        depends[path] = needs.split()
        path_of[Path(path).name.split(".")[0].replace("-", "_")] = path
    built_in = {Path(line).name.split(".")[0].replace("-", "_")
                for line in (modules / "modules.builtin").read_text().splitlines()}

    order: List[str] = []
    for name in wanted:
        if name in built_in or (name in MAY_LACK and name not in path_of):
            continue
        if name not in path_of:
            raise HarnessError(f"the kernel has no module {name}")
        # modules.dep lists the nearest first, what must be loaded first last.
        for path in [*reversed(depends[path_of[name]]), path_of[name]]:
            if path not in order:
                order.append(path)
    return order


def module_data(path: Path) -> bytes:
    """A module as busybox can load it."""
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def build(kernel: Kernel, target: Path, wanted: List[str],
          init: Path = VM / "guest" / "init") -> None:
    modules = kernel.modules / "lib" / "modules" / kernel.release
    order = load_order(modules, wanted)
    parts = [record(d, stat.S_IFDIR | 0o755) for d in ("bin", "dev", "modules")]
    parts.append(record("dev/console", stat.S_IFCHR | 0o600, rdev=(5 << 8) | 1))
    parts.append(record("bin/busybox", stat.S_IFREG | 0o755, busybox().read_bytes()))
    parts.append(record("init", stat.S_IFREG | 0o755, init.read_bytes()))
    for number, path in enumerate(order):
        parts.append(record(f"modules/{number:02}.ko", stat.S_IFREG | 0o644,
                            module_data(modules / path)))
    parts.append(record("TRAILER!!!", 0))
    target.write_bytes(b"".join(parts))
