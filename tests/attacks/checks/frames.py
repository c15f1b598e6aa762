"""Frames: lengths that lie, fragments without end, control frames that nobody reads, ends that do not end."""

from __future__ import annotations

import select
import struct

from rule_runner import equal, true
from support.drafts import Hixie75
from support.http import wait_until
from support.rules import WATCHDOG_SECONDS
from support.websocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, WebSocket, close_payload, frame

from .measure import Memory

RAW = "/echo/websocket"
KIB, MIB = 1 << 10, 1 << 20
SLACK = 2 * MIB  # what an allocator may take for a few connections
FRAGMENTS = 131_000
CONNECTIONS = 20
STUCK_SECONDS = 2
MOST_PINGS = 32 * MIB  # of a connection: far beyond what the kernel keeps on both sides


def head(opcode: int, length: int, fin: bool = True) -> bytes:
    return bytes([(0x80 if fin else 0) | opcode, 0xff]) + struct.pack("!Q", length) + b"mask"


def top_bit(target) -> str:
    """CVE-2020-13935 (Tomcat): a length with its top bit set ends the connection with 1002 or 1009, and turns no loop"""
    for opcode in (TEXT, BINARY):
        for length in (1 << 63, (1 << 64) - 1, (1 << 63) + 5):
            socket = WebSocket(target, RAW)
            socket.raw(head(opcode, length) + b"hello")
            socket.closed(1002, 1009)

    def refused(length: int) -> None:
        for _ in range(10):
            socket = WebSocket(target, RAW)
            socket.raw(head(BINARY, length))
            socket.closed(1002, 1009)
    return target.no_dearer(lambda: refused(1 << 63), lambda: refused(1 << 40), 3)


def overflow(target) -> str:
    """CVE-2020-27813 (gorilla): a length that would overflow what was read before it is 1009"""
    with Memory(target, SLACK) as memory:
        for length in ((1 << 63) - 1, (1 << 63) - 5, (1 << 32) - 1):
            socket = WebSocket(target, RAW)
            socket.raw(frame(BINARY, b"first", fin=False) + head(CONTINUATION, length, fin=False) + b"more")
            socket.closed(1009)
    target.alive()
    return memory.note()


def announced(target) -> str:
    """CVE-2018-21035 (Qt): 1 GiB that may come, and is announced by twenty connections, takes no memory until it comes"""
    with Memory(target, SLACK) as memory:
        sockets = [WebSocket(target, "/huge/websocket") for _ in range(CONNECTIONS)]
        for socket in sockets:
            socket.raw(head(BINARY, (1 << 30) - 1) + b"some")
        sockets[-1].peer.reset()
        target.alive()
        memory.look()
        for socket in sockets[:-1]:
            socket.peer.reset()
    return memory.note()


def hixie_length(target) -> str:
    """CVE-2026-54466, CVE-2026-54463 (websocket-driver): a hixie length of endless 0x80 ends the connection, and takes no memory"""
    with Memory(target, SLACK) as memory:
        for _ in range(5):
            socket = Hixie75(target, RAW)
            socket.peer.try_send(b"\x80" * (4 * MIB))
            socket.peer.rest()
            memory.look()
    target.alive()
    return memory.note()


def one_byte_fragments(target) -> str:
    """CVE-2026-48779, CVE-2026-62389 (ws): 131,000 fragments of a byte, never finished, take at most two bytes each"""
    sockets = [WebSocket(target, RAW) for _ in range(CONNECTIONS)]
    block = frame(CONTINUATION, b"x", fin=False) * 1000
    with Memory(target, len(sockets) * FRAGMENTS * 2 + SLACK) as memory:
        for socket in sockets:
            socket.raw(frame(BINARY, b"x", fin=False))
            for _ in range(FRAGMENTS // 1000):
                socket.raw(block)
        for socket in sockets:  # so that all was read
            socket.raw(frame(PING, b"there"))
            equal(socket.read_frame()[:2], (PONG, b"there"), "answer to a ping between fragments")
        memory.look()
    for socket in sockets:
        socket.peer.reset()
    target.alive()
    return memory.note()


def sum_of_fragments(target) -> str:
    """CVE-2026-63495 (libevent): fragments that are each within the limit are refused with 1009 once their sum is not"""
    with Memory(target, MIB + SLACK) as memory:
        socket = WebSocket(target, "/medium/websocket")
        socket.raw(frame(BINARY, b"x" * 60_000, fin=False))
        for _ in range(20):
            if not socket.peer.try_send(frame(CONTINUATION, b"x" * 60_000, fin=False)):
                break
        socket.closed(1009)
    target.alive()
    return memory.note()


def empty_fragments(target) -> str:
    """CVE-2026-12151 (undici): empty fragments end with 1008, and take no memory"""
    with Memory(target, SLACK) as memory:
        socket = WebSocket(target, RAW)
        socket.raw(frame(BINARY, b"", fin=False))
        block = frame(CONTINUATION, b"", fin=False) * 1000
        for _ in range(100):
            if not socket.peer.try_send(block):
                break
        memory.look()
        socket.closed(1008)
    target.alive()
    return memory.note()


def pings(target) -> str:
    """CVE-2026-109932 (undici): pings whose pongs are never read are read no further, with at most 512 KiB a connection"""
    sockets = [WebSocket(target, RAW) for _ in range(CONNECTIONS)]
    block = frame(PING, b"p" * 125) * 500
    sent = dict.fromkeys((socket.peer.sock for socket in sockets), 0)
    with Memory(target, len(sockets) * 512 * KIB) as memory:
        for connection in sent:
            connection.setblocking(False)
        # Who writes is at rest once none of them takes a byte for so long; a reset is an error, and fails.
        while ready := select.select([], sent, [], STUCK_SECONDS)[1]:
            for connection in ready:
                sent[connection] += connection.send(block[sent[connection] % len(block):])
                true(sent[connection] < MOST_PINGS, f"{MOST_PINGS >> 20} MiB of pings were taken of a peer that reads no pong")
            memory.look()
        target.alive()
        equal(select.select([], sent, [], STUCK_SECONDS)[1], [], "who may send more, after the others were served")
        memory.look()
    true(min(sent.values()) >= MIB, f"only {min(sent.values()) >> 10} KiB of pings were taken, so nothing was held back")
    for socket in sockets:
        socket.peer.reset()
    return f"{memory.note()}; {min(sent.values()) >> 10} to {max(sent.values()) >> 10} KiB were taken of each"


def pongs(target) -> str:
    """CVE-2021-3690 (Undertow): 200,000 pongs that nobody asked for take no memory"""
    socket = WebSocket(target, RAW)
    block = frame(PONG, b"p" * 100) * 1000
    with Memory(target, SLACK) as memory:
        for _ in range(200):
            socket.raw(block)
        socket.text("x")
        socket.echoes(TEXT, b"x")
    socket.close()
    target.alive()
    return memory.note()


def open_after_close(target) -> str:
    """CVE-2024-23672 (Tomcat): who keeps a connection open behind its close is cut off, whoever closed first"""
    before = target.descriptors
    wait_until(lambda: target.process.descriptors() <= before, "the connections of before are gone")
    silent = [WebSocket(target, "/close/websocket") for _ in range(CONNECTIONS)]
    for socket in silent:
        equal(socket.read_frame()[0], CLOSE, "opcode")
    first = [WebSocket(target, RAW) for _ in range(CONNECTIONS)]
    for socket in first:
        socket.send_frame(CLOSE, close_payload(1000))
        equal(socket.read_frame()[0], CLOSE, "opcode")
    dribbling = [WebSocket(target, "/close/websocket") for _ in range(CONNECTIONS)]
    for socket in dribbling:
        socket.peer.try_send(frame(CLOSE, close_payload(1000))[:3])
    wait_until(lambda: target.process.descriptors() <= before, "their descriptors are free", 3 * WATCHDOG_SECONDS)
    target.alive()
    return f"{3 * CONNECTIONS} connections, all cut off while their peers kept them"


CHECKS = (top_bit, overflow, announced, hixie_length, one_byte_fragments, sum_of_fragments, empty_fragments, pings, pongs,
          open_after_close)
