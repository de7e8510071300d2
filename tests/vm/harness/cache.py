# SPDX-License-Identifier: GPL-2.0
"""Kernels and user land of the guests: fetched by apt once, kept outside the tree. Debug kernels
are built into the same place by tests/vm/debug/kernel.

Everything is made in a temporary place and renamed when it is complete, under a lock, so
a killed run leaves nothing half made and two runs at once share the work. A key in the name
(package list, layout version) takes the place of invalidation.
"""

import hashlib
import lzma
import os
import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List

from .util import VM, HarnessError, locked, note, run

LAYOUT = "2"	# raise it when what is stored in the cache changes its form
SUITE = "bookworm"

# Folders of a stock kernel's modules that a virtual machine can have a use for. The rest (two
# thirds: graphics, media, sound, network cards) would only make depmod and the image slow.
KEPT_MODULES = [
    "arch", "block", "crypto", "fs", "kernel", "lib", "mm", "net", "security", "virt",
    *(f"drivers/{d}" for d in (
        "base", "block", "char", "crypto", "dax", "dma-buf", "firmware", "md", "nvdimm", "nvme",
        "target", "vdpa", "vhost", "virtio",
        "net/bonding", "net/team", "net/wireguard", "net/*.ko*", "scsi/*.ko*", "ata/*.ko*")),
]


@dataclass
class Kernel:
    release: str
    image: Path	# as Debian ships it
    vmlinux: Path	# uncompressed: decompressing it is what a boot under TCG spends most time on
    modules: Path	# folder that holds lib/modules/<release>
    modules_image: Path	# the same as ext4


def cache_dir() -> Path:
    wanted = os.environ.get("RAMSTER_CACHE")
    places = [Path(wanted)] if wanted else [
        Path("/var/cache/ramster-test"), Path.home() / ".cache" / "ramster-test"]
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(place, os.W_OK):
            return place
    raise HarnessError(f"no writable cache folder: tried {', '.join(map(str, places))}")


def made_once(path: Path, make: Callable[[Path], None]) -> Path:
    """Returns path, after make() has filled it if it was not there."""
    if path.exists():
        return path
    with locked(path.parent / f".{path.name}.lock"):
        if path.exists():
            return path
        scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        try:
            make(scratch / "new")
            os.rename(scratch / "new", path)
        finally:
            subprocess.run(["rm", "-rf", "--one-file-system", str(scratch)], check=False)
    return path


def unpack_kernel(release: str, into: Path) -> None:
    """The package of a stock kernel: another Debian's is there already, ours is fetched."""
    known = run([str(VM / "debian"), "image", release]).stdout.decode().split()
    if not known:
        unpack_package(f"linux-image-{release}", into)
        return
    into.mkdir(parents=True)
    for package in known:
        run(["dpkg-deb", "-x", package, str(into)])


def unpack_package(name: str, into: Path) -> None:
    """Fetches a Debian package by apt and unpacks it, without installing it."""
    note(f"fetching {name}")
    into.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=into.parent) as debs:
        # As the _apt user, apt could not write into our folder and would complain.
        run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", name], cwd=debs)
        for deb in Path(debs).glob("*.deb"):
            run(["dpkg-deb", "-x", str(deb), str(into)])


def ext4_image(folder: Path, image: Path) -> None:
    """Makes a read-only image: no journal, no checksums, no room to spare."""
    used = int(run(["du", "-sk", "--apparent-size", str(folder)]).stdout.split()[0])
    files = sum(len(d) + len(f) for _, d, f in os.walk(folder))
    size_kib = used + used // 8 + files * 5 + 16 * 1024
    run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal,^metadata_csum", "-m", "0", "-b", "4096",
         "-N", str(files + 1024), "-d", str(folder), str(image), f"{size_kib}k"])


def busybox() -> Path:
    def make(new: Path) -> None:
        tree = new.parent / "tree"
        unpack_package("busybox-static", tree)
        shutil.copy2(tree / "bin" / "busybox", new)
    return made_once(cache_dir() / "busybox", make)


def root_image() -> Path:
    lines = (VM / "packages").read_text().splitlines()
    packages = sorted(line for line in lines if line and not line.startswith("#"))
    key = hashlib.sha256("\n".join([LAYOUT, SUITE, *packages]).encode()).hexdigest()[:12]

    def make(new: Path) -> None:
        note(f"making the guests' Debian {SUITE} (once, takes about a minute)")
        tree = new.parent / "tree"
        hidden = ["doc", "man", "info", "locale"]
        run(["mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}",
             '--aptopt=Apt::Install-Recommends "false"',
             *(f"--dpkgopt=path-exclude=/usr/share/{d}/*" for d in hidden),
             SUITE, str(tree)])
        ext4_image(tree, new)

    if os.geteuid() != 0 and not (cache_dir() / f"root-{key}.ext4").exists():
        raise HarnessError("making the guests' root file system needs root, once")
    return made_once(cache_dir() / f"root-{key}.ext4", make)


def decompressed_kernel(bzimage: bytes) -> bytes:
    """Takes the ELF kernel out of a bzImage (Documentation/arch/x86/boot.rst, 0x1f1 and 0x248)."""
    setup_sectors = bzimage[0x1F1] or 4
    offset, length = struct.unpack_from("<II", bzimage, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = bzimage[start:start + length]
    if payload.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMADecompressor().decompress(payload)
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        # zstd complains about the size that kbuild appends, after it has written everything.
        done = subprocess.run(["zstd", "-dcq"], input=payload, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return done.stdout
    raise HarnessError(f"kernel compressed in an unknown way: {payload[:6].hex()}")


def copy_modules(source: Path, target: Path) -> None:
    """Copies the modules worth having, decompressed: xz is slow in an emulated guest."""
    target.mkdir(parents=True)
    for name in source.glob("modules.*"):
        shutil.copy2(name, target)
    for pattern in KEPT_MODULES:
        for found in sorted((source / "kernel").glob(pattern)):
            into = target / "kernel" / found.relative_to(source / "kernel")
            into.parent.mkdir(parents=True, exist_ok=True)
            if found.is_dir():
                shutil.copytree(found, into)
            else:
                shutil.copy2(found, into)
    packed: List[str] = [str(p) for p in target.rglob("*.ko.xz")]
    if packed:
        run(["xz", "-d", *packed])


def is_debug(release: str) -> bool:
    """Tells the kernels of tests/vm/debug from stock ones."""
    return "-ramster-" in release


def debug_kernel(release: str) -> Kernel:
    """What tests/vm/debug/kernel has built."""
    place = cache_dir() / "debug" / release
    if not (place / "complete").exists():
        raise HarnessError(f"kernel {release} is not built: run tests/build.sh debug")
    modules = place / "tree" / "lib" / "modules" / release
    image = made_once(place / "modules.ext4", lambda new: ext4_image(modules, new))
    return Kernel(release, place / "vmlinuz", place / "vmlinux", place / "tree", image)


def kernel(release: str) -> Kernel:
    """The kernel image of a release, and its modules."""
    if is_debug(release):
        return debug_kernel(release)

    def make(new: Path) -> None:
        tree = new.parent / "tree"
        unpack_kernel(release, tree)
        note(f"preparing kernel {release}")
        lib = new / "tree" / "lib" / "modules"
        usr = tree / "usr" if (tree / "usr" / "lib" / "modules").exists() else tree
        modules = usr / "lib" / "modules" / release
        # Newer packages keep the image beside the modules.
        found = [p for p in (modules / "vmlinuz", tree / "boot" / f"vmlinuz-{release}")
                 if p.exists()]
        if not found:
            raise HarnessError(f"no image in the packages of {release}")
        image = found[0].read_bytes()
        elf = decompressed_kernel(image)
        if not elf.startswith(b"\x7fELF"):
            raise HarnessError(f"no ELF kernel in the image of {release}")
        copy_modules(modules, lib / release)
        run(["depmod", "-b", str(new / "tree"), release])
        (new / "vmlinux").write_bytes(elf)
        (new / "vmlinuz").write_bytes(image)
        ext4_image(lib / release, new / "modules.ext4")

    (cache_dir() / "kernel").mkdir(exist_ok=True)
    place = made_once(cache_dir() / "kernel" / f"{release}-{LAYOUT}", make)
    return Kernel(release, place / "vmlinuz", place / "vmlinux", place / "tree", place / "modules.ext4")
