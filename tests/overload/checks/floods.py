"""Attackers that send as fast as they are taken, from a few connections, in a process of their own."""

from __future__ import annotations

import multiprocessing
import os
import selectors
import socket
import time
import zlib

from rule_runner import equal, true

from .clients import Peer, frame, request, upgrade
from .rate import CORES

CONNECTIONS = 8
AGAIN_SECONDS = 0.05  # after a connection that was refused
BINARY, CONTINUATION, PING, PONG = 2, 0, 9, 10
OFFER = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
LONG_HEAD = request("GET", "/echo/info", headers="".join(f"X-{number}: {'y' * 100}\r\n" for number in range(90)))


def compressed(size: int) -> bytes:
    maker = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = (maker.compress(bytes(size)) + maker.flush(zlib.Z_SYNC_FLUSH))[:-4]
    whole = bytearray(frame(BINARY, packed))
    whole[0] |= 0x40  # RSV1
    return bytes(whole)


SOCKET = upgrade("/echo/websocket")
DEFLATING = SOCKET[:-2] + OFFER.encode() + b"\r\n"

# What each connection begins with, and what it sends from then on, again and again.
FLOODS = {
    "tiny frames": (SOCKET, frame(BINARY, b"") * 5000),
    "frames of a byte": (SOCKET, frame(BINARY, b"x") * 5000),
    "pings": (SOCKET, frame(PING, b"") * 5000),
    "pongs that nobody asked for": (SOCKET, frame(PONG, b"") * 5000),
    "empty fragments": (SOCKET, frame(BINARY, b"", fin=False) + frame(CONTINUATION, b"", fin=False) * 60_000 + frame(CONTINUATION, b"")),
    "large messages": (SOCKET, frame(BINARY, b"x" * 60_000) * 4),
    "deflate bombs within the limit": (DEFLATING, compressed(15 << 20)),
    "deflate bombs beyond it": (DEFLATING, compressed(17 << 20)),
    "long heads": (b"", LONG_HEAD * 8),
}


class Flood:
    """`with Flood(address, name):` it goes on meanwhile. With `rate` a connection ends once its piece
    is answered, and so many are begun a second."""

    def __init__(self, address, begin: bytes, piece: bytes, rate: float | None = None, connections: int = CONNECTIONS):
        self.address, self.begin, self.piece, self.rate, self.connections = address, begin, piece, rate, connections
        self.sent, self.begun, self.failed = (multiprocessing.Value("q", 0) for _ in range(3))
        self.stopping = multiprocessing.Event()
        self.process = multiprocessing.Process(target=self._run, daemon=True)

    def __enter__(self) -> Flood:
        self.process.start()
        end = time.monotonic() + 10
        while self.begun.value < self.connections and time.monotonic() < end:
            time.sleep(0.01)
        self.since, self.first, self.first_begun = time.monotonic(), self.sent.value, self.begun.value
        return self

    def __exit__(self, *_) -> None:
        self.stopping.set()
        self.process.join(10)
        self.process.kill()
        self.process.join()

    def took_place(self, seconds: float) -> None:
        """It did, for so long as that at least: else nothing was shown."""
        if self.rate:
            true(self.begun.value - self.first_begun >= self.rate * seconds / 2, f"no such flood: {self.note()}")
            return
        equal(self.failed.value, 0, f"connections that were not let in to flood; {self.note()}")
        true(self.begun.value >= self.connections and self.sent.value - self.first > len(self.piece), f"no flood: {self.note()}")

    def note(self) -> str:
        seconds = time.monotonic() - self.since
        return (f"the attack sent {(self.sent.value - self.first) / seconds / 1e6:.1f} MB/s on {self.connections} connections, "
                f"{(self.begun.value - self.first_begun) / seconds:.0f} begun a second, {self.failed.value} refused")

    def _run(self) -> None:
        os.sched_setaffinity(0, {CORES[-1]})
        self.selector, self.places = selectors.DefaultSelector(), {}
        self.next_begin = time.monotonic()
        piece = memoryview(self.piece)
        while not self.stopping.is_set():
            while len(self.places) < self.connections and self._begin():
                pass
            for key, ready in self.selector.select(0.005 if len(self.places) < self.connections else 0.1):
                self._step(key.fileobj, ready, piece)

    def _begin(self) -> bool:
        if time.monotonic() < self.next_begin:
            return False
        if self.rate:
            self.next_begin = max(self.next_begin + 1 / self.rate, time.monotonic() - 0.1)
        try:
            peer = Peer(self.address)
            if self.begin:
                peer.send(self.begin)
                status, fields = peer.head()
                equal(status, 101, "status of the upgrade")
                equal("sec-websocket-extensions" in fields, OFFER.encode() in self.begin, "deflate")
        except Exception:  # pylint: disable=broad-except
            self.failed.value += 1  # refused, which is an answer to connections by the hundred, and to no others
            self.next_begin = max(self.next_begin, time.monotonic() + AGAIN_SECONDS)
            return False
        peer.socket.setblocking(False)
        self.places[peer.socket] = 0
        self.selector.register(peer.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
        self.begun.value += 1
        return True

    def _step(self, connection: socket.socket, ready: int, piece: memoryview) -> None:
        try:
            if ready & selectors.EVENT_READ and (not connection.recv(1 << 20) or (self.rate and not self.places[connection])):
                raise ConnectionError
            if ready & selectors.EVENT_WRITE:
                at = self.places[connection]
                taken = connection.send(piece[at:])
                self.sent.value += taken
                self.places[connection] = (at + taken) % len(piece)
                if self.rate and at + taken == len(piece):
                    self.selector.modify(connection, selectors.EVENT_READ)
        except BlockingIOError:
            pass
        except OSError:
            self.selector.unregister(connection)
            del self.places[connection]
            connection.close()
