# SPDX-License-Identifier: GPL-2.0-only
"""Runs a command on a terminal, presses keys once it shows WANTED, and prints its exit status.

usage: terminal.py WANTED KEYS COMMAND...
"""

import os
import pty
import select
import sys
import time

wanted, keys, command = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3:]
pid, terminal = pty.fork()
if not pid:
    os.environ["TERM"] = "xterm-256color"
    os.execvp(command[0], command)

shown, pressed, end = b"", False, time.monotonic() + 30
while time.monotonic() < end:
    if select.select([terminal], [], [], 0.1)[0]:
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            break
    if wanted in shown and not pressed:
        os.write(terminal, keys)
        pressed = True
else:
    os.kill(pid, 9)
status = os.waitpid(pid, 0)[1]
print("shown" if pressed else "not shown", os.waitstatus_to_exitcode(status))
