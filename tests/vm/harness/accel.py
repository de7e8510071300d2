# SPDX-License-Identifier: GPL-2.0
"""KVM or TCG? A /dev/kvm may exist and still be unable to run anything, so we try it."""

import os
import subprocess
import tempfile
from pathlib import Path

from . import initrd
from .cache import Kernel, cache_dir
from .util import HarnessError, locked, note

PROBE_SECONDS = 30
MARKER = b"probe reached user space"


def options(name: str) -> list:
    """QEMU's options for an accelerator."""
    if name == "kvm":
        return ["-accel", "kvm", "-cpu", "host"]
    # Five-level paging would only lengthen every emulated page walk.
    return ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max,la57=off"]


def boots(kernel: Kernel) -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        image = Path(scratch) / "initrd"
        initrd.build(kernel, image, initrd.BOOT_MODULES)
        argv = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
                "-no-reboot", "-machine", "pc", *options("kvm"), "-m", "256", "-serial", "stdio",
                "-kernel", str(kernel.vmlinux), "-initrd", str(image),
                "-append", "console=ttyS0 panic=-1 ramster.probe"]
        try:
            done = subprocess.run(argv, timeout=PROBE_SECONDS, check=False,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return False
        return MARKER in done.stdout


def choose(kernel: Kernel) -> str:
    """Names the accelerator to use. The answer of the probe holds until the host reboots."""
    forced = os.environ.get("RAMSTER_ACCEL")
    if forced in ("kvm", "tcg"):
        return forced
    if forced:
        raise HarnessError(f"RAMSTER_ACCEL={forced}: kvm or tcg is meant")
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    answer = cache_dir() / f"accel-{boot_id}"
    with locked(cache_dir() / ".accel.lock"):
        if not answer.exists():
            found = "kvm" if boots(kernel) else "tcg"
            note(f"KVM {'works' if found == 'kvm' else 'does not work here, emulating (TCG)'}")
            answer.write_text(found)
        return answer.read_text()
