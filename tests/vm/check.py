#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs tests/vm/t/*.sh in as few guests as possible; tests/vm/check.sh calls it.

A test says in a line of its head what it needs; the defaults are those of Needs below:

    # vm: mem=512 smp=2 nodes=1 disk=1G,1G group=NAME kernels="6.1 6.12" timeout=300 append=ARGS
    # vm: others=6.1 brief=6.12

With "others", every other node has that kernel instead of the one that the test runs on; "brief"
names the kernels it runs on with --brief, "none" for none, and "brief_smp" its processors there.

Tests that need the same machine, and name the same group, share one guest. When a guest dies,
the tests behind the one that killed it run in another. prove has the last word.
"""

import sys

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import argparse
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from harness import accel, cache
from harness.uml import is_uml
from harness.util import EXIT_HARNESS, EXIT_TIMEOUT, TOP, VM, HarnessError, note, run

AT_ONCE = int(os.environ.get("RAMSTER_GUESTS", "2"))
# Time-outs of tests on debug kernels are that many times what the tests say.
SLOW = int(os.environ.get("RAMSTER_SLOW", "5"))
# What tests say is what they may take alone on an idle machine.  Two guests share the processors
# here, and a slower machine than that of who wrote the test needs its time as well.
BUSY = 2
# And this many times in tests that do more than usual.
LONGER = 20
LONG = False
# Tests that name the second run on the first.
SAME_AS = {"debug": "6.12", "uml": "6.12"}
# Only tests that name these run on them.
APART = ["5.10-cleancache"]
REPEATS = 2
# QEMU's emulation can run a breakpoint that the kernel, while it patched its own code (a static
# branch, a tracepoint), had put there and already taken away, or half of the old instruction:
# not a fault of the guest's.  A double fault for want of stack is reported as such before.
# Nor does the kernel step through itself, without kprobes and kgdb: that flag comes from
# flags of an interrupted instruction that were not those it left, and the next branch may go wrong.
EMULATION = re.compile(r"Oops: int3: |traps: PANIC: double fault|exc_debug_kernel\+")
EXIT_SKIP = 4
HEADER = re.compile(r"^# vm:(.*)$", re.MULTILINE)
POINT = re.compile(r"^(not )?ok\b[^#]*(#\s*(?:skip|todo)\b.*)?", re.IGNORECASE)
PLAN = re.compile(r"^1\.\.(\d+)(.*)")


@dataclass(frozen=True)
class Needs:
    mem: str = "512"
    smp: str = "2"
    nodes: str = "1"
    others: str = ""
    disk: str = ""
    group: str = ""
    append: str = ""


@dataclass
class Test:
    name: str
    needs: Needs
    kernels: List[str]
    timeout: int


@dataclass
class Boot:
    """One guest (or as many as the tests need nodes) and the tests it runs."""
    kernel: str
    needs: Needs
    tests: List[Test]
    number: int
    extra: Dict[str, List[str]] = field(default_factory=dict)	# test to failures beside its own


def parse_test(path: Path, kernels: List[str], brief: bool) -> Test:
    wanted: Dict[str, str] = {}
    for line in HEADER.findall(path.read_text()):
        wanted.update(word.split("=", 1) for word in shlex.split(line))
    usual = " ".join(k for k in kernels if k not in APART)
    its_kernels = wanted.pop("kernels", usual).split()
    shorter = wanted.pop("brief", "").split()
    fewer = wanted.pop("brief_smp", "")
    if brief and shorter:
        its_kernels = [k for k in shorter if k in its_kernels]
    if brief and fewer:
        wanted["smp"] = fewer
    timeout = int(wanted.pop("timeout", "120"))
    try:
        needs = Needs(**wanted)
    except TypeError as err:
        sys.exit(f"{path}: bad '# vm:' line: {err}")
    fitting = [k for k in kernels if k in its_kernels or SAME_AS.get(k) in its_kernels]
    # Modules were built for these kernels only.
    if needs.others and needs.others not in kernels:
        fitting = []
    return Test(path.name, needs, fitting, timeout)


def make_boots(tests: List[Test]) -> List[Boot]:
    by_machine: Dict[Tuple[str, Needs, str], List[Test]] = {}
    for test in tests:
        for kernel in test.kernels:
            # Nodes would have to keep in step from test to test: one boot for each test. User
            # Mode Linux boots in seconds, and lockdep falls silent after its first report.
            alone = test.name if test.needs.nodes != "1" or kernel == "uml" else ""
            by_machine.setdefault((kernel, test.needs, alone), []).append(test)
    boots = [Boot(kernel, needs, group, number)
             for number, ((kernel, needs, _), group) in enumerate(by_machine.items())]
    # The longest first, so that the last minutes are not one guest on one processor.
    return sorted(boots, key=lambda b: -sum(t.timeout for t in b.tests))


def slowness(kernel: str) -> int:
    """How many times longer than on a stock kernel things may take."""
    return SLOW if kernel in SAME_AS or cache.is_debug(kernel) else 1


def memory(kernel: str, mib: str) -> str:
    """KASAN takes an eighth and makes every object larger; the kernel itself is larger too."""
    return mib if slowness(kernel) == 1 else str(int(mib) * 5 // 4 + 160)


def command_line(boot: Boot, tests: List[Test], out: Path, share: Path) -> List[str]:
    needs, slow = boot.needs, slowness(boot.kernel)
    # Clearing up and a busy host take time too, and a stuck test is ended by the batch runner.
    patience = slow * BUSY * (LONGER if LONG else 1)
    limit = sum(t.timeout + 20 for t in tests) * patience + 60
    # Whatever ends us, the guests end with us.
    kernel = ",".join(filter(None, [boot.kernel, needs.others]))
    argv = ["setpriv", "--pdeathsig", "TERM", str(VM / "run"), "--kernel", kernel,
            "--mem", memory(boot.kernel, needs.mem), "--smp", needs.smp,
            "--nodes", needs.nodes, "--timeout", str(limit), "--out", str(out),
            "--share", str(share)]
    if slow > 1:
        argv += ["--append", f"ramster.slow={slow}"]
    if LONG:
        argv += ["--append", "ramster.long=1"]
    for size in filter(None, needs.disk.split(",")):
        argv += ["--disk", size]
    if needs.append:
        argv += ["--append", needs.append]
    argv += ["--", "/tests/vm/guest/batch"]
    for test in tests:
        argv += [test.name, str(test.timeout * patience)]
    return argv


def show(boot: Boot, line: str) -> None:
    """One line for each test that ends, as they end."""
    words = re.sub(r"^node\d+: ", "", line).split()
    if len(words) == 4 and words[0] == "end":
        _, name, status, seconds = words
        print(f"{boot.kernel:6} {name:40} {'ended' if status == '0' else 'status ' + status}"
              f" after {seconds} s", flush=True)


def run_boot(boot: Boot, top_out: Path, share: Path) -> None:
    """Runs the tests of a boot; boots again for what a dead guest left undone."""
    left, attempt, repeats = boot.tests, 0, 0
    while left:
        out = top_out / f"boot-{boot.number}-{attempt}"
        started = time.monotonic()
        with open(top_out / f"boot-{boot.number}-{attempt}.err", "w+") as errors:
            with subprocess.Popen(command_line(boot, left, out, share), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=errors, text=True,
                                  errors="replace") as process:
                for line in process.stdout:
                    show(boot, line)
            errors.seek(0)
            said = errors.read()
        undone = [t for t in left if not is_done(share, t)]
        stuck = process.returncode in (EXIT_HARNESS, EXIT_TIMEOUT)
        print(f"{boot.kernel:6} guest {boot.number}: {len(left) - len(undone)} of {len(left)} tests"
              f" in {time.monotonic() - started:.0f} s, of a processor"
              f" {result_of(out)['cpu_seconds']:.0f} s", flush=True)
        idle = len(undone) == len(left) and not began(share, undone[0])
        broken = undone or reported(left, out)
        failed = emulation_failed(out, idle) if broken and repeats < REPEATS else ""
        if failed:
            where = "before any test" if idle else f"in {broken[0].name}"
            print(f"{boot.kernel:6} guest {boot.number}: the emulation failed {where}, which is"
                  f" repeated: {failed}", *first_details(out), sep="\n# ", flush=True)
            forget(share, broken[0])
            left, attempt, repeats = broken, attempt + 1, repeats + 1
            continue
        note_reports(boot, out)
        if undone:
            why = "timed out" if stuck else "died"
            boot.extra.setdefault(undone[0].name, []).append(
                f"the guest {why} in it: {said.strip() or 'nothing said'}")
            undone = undone[1:] if began(share, undone[0]) else []
        left, attempt = undone, attempt + 1


def is_done(share: Path, test: Test) -> bool:
    """Whether it has ended, well or not, on each of its nodes."""
    return all(read_text(share / f"{test.name}.node{node}.status")
               for node in range(int(test.needs.nodes)))


def began(share: Path, test: Test) -> bool:
    """Tells a guest that a test killed from one that does not come up at all."""
    return (share / f"{test.name}.node0.tap").exists()


def result_of(out: Path) -> dict:
    path = out / "result.json"
    return json.loads(path.read_text()) if path.exists() else {"accel": "", "cpu_seconds": 0,
                                                                       "nodes": []}


def reports_of(out: Path) -> List[dict]:
    return [report for node in result_of(out)["nodes"] for report in node["reports"]]


def reported(tests: List[Test], out: Path) -> List[Test]:
    """The test that all reports came in, if that is one."""
    names = {report["test"] for report in reports_of(out)}
    return [test for test in tests if names == {test.name}]


def first_details(out: Path) -> List[str]:
    reports = reports_of(out)
    return reports[0]["details"] if reports else []


def crashed(out: Path) -> bool:
    """Whether QEMU itself was killed by a signal, of its own, while the kernel booted."""
    return any(node["crashed"] for node in result_of(out)["nodes"])


def emulation_failed(out: Path, idle: bool) -> str:
    """What shows it, if anything: a report while the kernel was alone, idle, before a test had
    loaded anything of ours; one that only lost breakpoints give, and what comes before it is the
    guest's own; QEMU's end by a signal before that."""
    reports = reports_of(out)
    if result_of(out)["accel"] != "tcg":
        return ""
    if reports and (idle or EMULATION.search(reports[0]["line"])):
        return reports[0]["line"]
    return "QEMU was killed by a signal" if idle and crashed(out) else ""


def forget(share: Path, test: Test) -> None:
    for path in share.glob(f"{test.name}.node*"):
        path.unlink()


def note_reports(boot: Boot, out: Path) -> None:
    for report in reports_of(out):
        if report["booting"] and result_of(out)["accel"] == "tcg":
            # Its clocks have jumped, mostly: it is not about us, and all has run.
            print(f"{boot.kernel:6} guest {boot.number}: while it booted: {report['line']}",
                  flush=True)
            continue
        # What came between tests is put down to the first: it must not get lost.
        name = report["test"] or boot.tests[0].name
        text = "\n".join([f"kernel report: {report['line']}", *report["details"]])
        boot.extra.setdefault(name, []).append(text)


def read_text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def complaints(test: Test, share: Path, node: int) -> List[str]:
    """What is wrong with a test beyond what its own TAP says."""
    base = f"{test.name}.node{node}"
    status = read_text(share / f"{base}.status").strip()
    tap = read_text(share / f"{base}.tap")
    wrong = []
    if status == "timeout":
        wrong.append("not done in time")
    elif status not in ("0", str(EXIT_SKIP)) and not re.search(r"^not ok", tap, re.MULTILINE):
        wrong.append(f"exit status {status or 'unknown'}")
    left = read_text(share / f"{base}.left").split()
    if left:
        wrong.append(f"modules left loaded: {' '.join(left)}")
    return wrong


def finished_tap(test: Test, share: Path, node: int, extra: List[str]) -> str:
    """The TAP of a test, with a failed point more for everything else that went wrong."""
    base = f"{test.name}.node{node}"
    tap = read_text(share / f"{base}.tap")
    status = read_text(share / f"{base}.status").strip()
    wrong = complaints(test, share, node) + extra
    plans = [PLAN.match(line) for line in tap.splitlines() if PLAN.match(line)]
    points = sum(1 for line in tap.splitlines() if POINT.match(line))
    if status == str(EXIT_SKIP) and not plans and not wrong:
        return f"1..0 # SKIP {tap.strip() or 'the test said so'}\n"
    if plans and not wrong and (points == int(plans[-1].group(1))):
        return tap
    if not plans:
        wrong.append("it did not come to its end (no plan)")
    elif points != int(plans[-1].group(1)):
        wrong.append(f"planned {plans[-1].group(1)} points, made {points}")
    lines = [line for line in tap.splitlines() if not PLAN.match(line)]
    for number, what in enumerate(wrong, points + 1):
        first, *rest = what.replace("#", "\\#").splitlines()
        lines += [f"not ok {number} - {first}", *(f"# {line}" for line in rest)]
    lines += [f"# stderr: {line}" for line in read_text(share / f"{base}.err").splitlines()[-20:]]
    return "\n".join([*lines, f"1..{points + len(wrong)}", ""])


def write_results(boots: List[Boot], share_of: Dict[str, Path], results: Path) -> None:
    for boot in boots:
        folder = results / boot.kernel
        folder.mkdir(parents=True, exist_ok=True)
        for test in boot.tests:
            for node in range(int(boot.needs.nodes)):
                tag = f".node{node}" if boot.needs.nodes != "1" else ""
                extra = boot.extra.get(test.name, []) if node == 0 else []
                text = finished_tap(test, share_of[boot.kernel], node, extra)
                (folder / f"{Path(test.name).stem}{tag}.tap").write_text(text)


def self_test(results: Path) -> None:
    """The harness shows that it would notice: else all the rest proves nothing."""
    (results / "harness").mkdir(parents=True)
    done = subprocess.run([str(VM / "selftest.sh"), "--fast"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, check=False)
    (results / "harness" / "selftest.tap").write_text(done.stdout)
    print("       harness self-test ended", flush=True)


def summary(results: Path) -> int:
    """Lets prove judge, then counts the points for whoever adds them up."""
    taps = sorted(results.rglob("*.tap"))
    proved = subprocess.run(["prove", "--failures", "--comments",
                             *(str(tap.relative_to(results)) for tap in taps)],
                            cwd=results, stdin=subprocess.DEVNULL, check=False).returncode
    passed = failed = skipped = 0
    for tap in taps:
        for line in tap.read_text().splitlines():
            point, plan = POINT.match(line), PLAN.match(line)
            if point and point.group(2):
                skipped += 1
            elif point and point.group(1):
                failed += 1
            elif point:
                passed += 1
            elif plan and plan.group(1) == "0":
                skipped += 1
    if proved and not failed:
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if proved or failed else 0


def prepare(kernels: List[str]) -> None:
    """Fills the cache first: the first guests need not wait for it, in silence, each."""
    for name in kernels:
        release = run([str(VM / "release"), name]).stdout.decode().strip()
        kernel = cache.kernel(release)
        if not is_uml(release):
            accel.choose(kernel)
    cache.root_image()


def chosen(path: Path, names: List[str]) -> bool:
    return not names or any(path.name == n or path.stem == n or path.name.split("-")[0] == n
                            for n in names)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/vm/check.py")
    parser.add_argument("--kernels", nargs="+", default=["6.1", "6.12"])
    parser.add_argument("--long", action="store_true",
                        help="tests do more, see tests/long.sh, and may take longer")
    parser.add_argument("--brief", action="store_true",
                        help="a test whose '# vm:' line says brief=KERNELS runs on these only")
    parser.add_argument("--missing", action="append", default=[],
                        help="a kernel that cannot be had: what shows in the result as skipped")
    parser.add_argument("tests", nargs="*")
    return parser.parse_args()


def main() -> int:
    global LONG    # pylint: disable=global-statement
    options = parse_arguments()
    LONG = options.long
    try:
        prepare(options.kernels)
    except (HarnessError, OSError) as err:
        note(str(err))
        return EXIT_HARNESS
    scripts = [p for p in sorted((VM / "t").glob("*.sh")) if chosen(p, options.tests)]
    boots = make_boots([parse_test(p, options.kernels, options.brief) for p in scripts])
    if not boots:
        print("none of these tests is for these kernels\n0 passed, 0 failed, 0 skipped")
        return 0
    out = TOP / "build" / "vm" / f"check-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    share_of = {k: out / "share" / k for k in options.kernels}
    for share in share_of.values():
        share.mkdir(parents=True)
    print(f"{len(scripts)} test scripts, {len(boots)} guests, logs in {out.relative_to(TOP)}",
          flush=True)

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(run_boot, boot, out, share_of[boot.kernel]) for boot in boots]
        if not options.tests:
            jobs.append(pool.submit(self_test, out / "results"))
        for job in concurrent.futures.as_completed(jobs):
            job.result()
    write_results(boots, share_of, out / "results")
    for kernel in options.missing:
        (out / "results" / f"{kernel}.tap").write_text(
            f"1..0 # SKIP Debian's mirrors do not have kernel {kernel}\n")
    status = summary(out / "results")
    if status == 0:
        shutil.rmtree(out)
    return status


if __name__ == "__main__":
    sys.exit(main())
