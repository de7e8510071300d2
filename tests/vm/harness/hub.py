# SPDX-License-Identifier: GPL-2.0
"""The wire between the guests: unix sockets.

Two guests hold the two ends of one socket pair. More of them hang on a hub in our process,
that hands every frame to all others: one segment without loops. QEMU's -netdev stream speaks
over streams: a frame follows its length, four bytes in network order. User Mode Linux sends
each frame as a datagram.
"""

import asyncio
import socket
import struct
from typing import List

# Frames for a guest that reads too slowly are dropped beyond this, as a real hub would.
BACKLOG_BYTES = 4 << 20
# More than a frame has, with any offload.
FRAME_BYTES = 1 << 17

hubs: List[object] = []


def wires(nodes: int, datagrams: bool) -> List[socket.socket]:
    """The guests' ends, one each. The hub ends when all its guests have."""
    if nodes == 1:
        return []
    if nodes == 2:
        return list(pair(datagrams))
    pairs = [pair(datagrams) for _ in range(nodes)]
    ours = [end for end, _ in pairs]
    hubs.append(DatagramHub(ours) if datagrams else Hub(ours))
    return [theirs for _, theirs in pairs]


def pair(datagrams: bool) -> List[socket.socket]:
    ends = socket.socketpair(type=socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM)
    if datagrams:
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BACKLOG_BYTES)
    return list(ends)


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


class DatagramHub:
    """The same for datagrams. Nobody reads a socket whose guest is gone; that is no matter."""

    def __init__(self, sockets: List[socket.socket]) -> None:
        self.sockets = sockets
        for sock in sockets:
            sock.setblocking(False)
            asyncio.get_running_loop().add_reader(sock, self.forward, sock)

    def forward(self, own: socket.socket) -> None:
        try:
            frame = own.recv(FRAME_BYTES)
        except OSError:
            frame = b""
        if not frame:
            asyncio.get_running_loop().remove_reader(own)
        for sock in self.sockets:
            if sock is not own and frame:
                try:
                    sock.send(frame)
                except OSError:
                    pass	# it reads too slowly, or is gone
