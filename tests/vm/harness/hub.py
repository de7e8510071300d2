# SPDX-License-Identifier: GPL-2.0
"""The wire between the guests: unix stream sockets, as QEMU's -netdev stream speaks them.

Two guests hold the two ends of one socket pair. More of them hang on a hub in our process,
that hands every frame to all others: one segment without loops. On the wire a frame follows
its length, four bytes in network order.
"""

import asyncio
import socket
import struct
from typing import List

# Frames for a guest that reads too slowly are dropped beyond this, as a real hub would.
BACKLOG_BYTES = 4 << 20

hubs: List["Hub"] = []


def wires(nodes: int) -> List[socket.socket]:
    """The guests' ends, one each. The hub ends when all its guests have."""
    if nodes == 1:
        return []
    if nodes == 2:
        return list(socket.socketpair())
    pairs = [socket.socketpair() for _ in range(nodes)]
    hubs.append(Hub([ours for ours, _ in pairs]))
    return [theirs for _, theirs in pairs]


class Hub:
    def __init__(self, sockets: List[socket.socket]) -> None:
        self.writers: List[asyncio.StreamWriter] = []
        self.task = asyncio.create_task(self.run(sockets))

    async def run(self, sockets: List[socket.socket]) -> None:
        streams = [await asyncio.open_connection(sock=s) for s in sockets]
        self.writers = [writer for _, writer in streams]
        await asyncio.gather(*(self.forward(r, w) for r, w in streams))

    async def forward(self, reader: asyncio.StreamReader, own: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readexactly(4)
                frame = head + await reader.readexactly(struct.unpack(">I", head)[0])
                for writer in self.writers:
                    if writer is not own and has_room(writer):
                        writer.write(frame)
        except (asyncio.IncompleteReadError, OSError):
            own.close()


def has_room(writer: asyncio.StreamWriter) -> bool:
    return (not writer.is_closing()
            and writer.transport.get_write_buffer_size() < BACKLOG_BYTES)
