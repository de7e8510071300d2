#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes blocks one by one and knows which it could write: a block that could not is to read as
zeroes. Text and random blocks alternate. What it knows is kept in /run/blocks.json.

usage: blocks.py DEVICE write BLOCKS VERSION [SECONDS] | DEVICE check BLOCKS
"""
import errno
import json
import mmap
import os
import random
import sys
import time

STATE = "/run/blocks.json"
fd = os.open(sys.argv[1], os.O_RDWR | os.O_DIRECT)
buf = mmap.mmap(-1, 4096)
try:
    with open(STATE, encoding="ascii") as file:
        state = json.load(file)
except FileNotFoundError:
    state = {}

def content(nr, version):
    """What a block is in that version."""
    if not version:
        return bytes(4096)
    rng = random.Random(nr * 1000003 + version)
    if nr % 2:
        return rng.randbytes(4096)
    return (b"block %d version %d " % (nr, version) * 300)[:3000] + rng.randbytes(1096)

def write(nr, version):
    """One block."""
    buf[:] = content(nr, version)
    try:
        os.pwritev(fd, [buf], nr * 4096)
        state[str(nr)] = version
        return 0
    except OSError as error:
        state[str(nr)] = 0
        return error.errno

def check(nr):
    """One block."""
    try:
        os.preadv(fd, [buf], nr * 4096)
    except OSError as error:
        return "eio" if error.errno == errno.EIO else "odd"
    return "right" if buf[:] == content(nr, state.get(str(nr), 0)) else "wrong"

count = int(sys.argv[3])
if sys.argv[2] == "write":
    version = int(sys.argv[4])
    end = time.time() + float(sys.argv[5]) if len(sys.argv) > 5 else 0
    result = {0: 0, errno.EIO: 0}
    while True:
        for n in range(count):
            got = write(n, version)
            result[got] = result.get(got, 0) + 1
        version += 1
        if time.time() >= end:
            break
    with open(STATE, "w", encoding="ascii") as file:
        json.dump(state, file)
    print("written", result.pop(0), "eio", result.pop(errno.EIO), "odd", sum(result.values()))
else:
    result = {"right": 0, "eio": 0, "wrong": 0, "odd": 0}
    for n in range(count):
        result[check(n)] += 1
    print(*(f"{key} {value}" for key, value in result.items()))
