"""Well-behaved clients, blocking, on the transports that the checks need; each names what it got wrong."""

from __future__ import annotations

import base64
import collections
import json
import os
import random
import socket
import struct
import threading

from rule_runner import Failed, equal, true

WATCHDOG_SECONDS = 60  # far beyond what a healthy server takes; only a hang gets there
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
STREAMS = {"xhr_stream": ("POST", "xhr_streaming"), "eventsource": ("GET", "eventsource"),
           "forever_frame": ("GET", "htmlfile?c=c")}


def session_id() -> str:
    return base64.b32encode(os.urandom(10)).decode().lower()


def request(method: str, path: str, body: bytes = b"", headers: str = "") -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if method == "POST" else ""
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\n{length}{headers}\r\n".encode() + body


def upgrade(path: str) -> bytes:
    return request("GET", path, headers="Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")


def frame(opcode: int, payload: bytes, length: int | None = None, fin: bool = True) -> bytes:
    """One masked frame, the mask all zero; `length` announces another length than the payload's."""
    size = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += b"\xfe" + struct.pack("!H", size)
    else:
        head += b"\xff" + struct.pack("!Q", size)
    return head + b"\0\0\0\0" + payload


class Peer:
    """One connection and what was read of it."""

    def __init__(self, address, receive_buffer: int | None = None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(WATCHDOG_SECONDS)
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def more(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            raise Failed(f"the server ended the connection after {self.buffer[-200:]!r}")
        self.buffer += data

    def exactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self.more()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def until(self, mark: bytes) -> bytes:
        while mark not in self.buffer:
            self.more()
        data, _, self.buffer = self.buffer.partition(mark)
        return data

    def head(self) -> tuple[int, dict[str, str]]:
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        return int(lines[0].split()[1]), fields

    def answer(self) -> tuple[int, bytes]:
        status, fields = self.head()
        return status, self.exactly(int(fields.get("content-length", 0)))

    def rest(self) -> bytes:
        """All that still comes before the end, which may be a reset."""
        data = self.buffer
        try:
            while chunk := self.socket.recv(1 << 16):
                data += chunk
        except ConnectionError:
            pass
        return data

    def close(self) -> None:
        self.socket.close()


class WebSocketClient:
    """A SockJS session on a WebSocket."""

    def __init__(self, address, service: str, receive_buffer: int | None = None):
        self.peer = Peer(address, receive_buffer)
        self.peer.send(upgrade(f"{service}/000/{session_id()}/websocket"))
        equal(self.peer.head()[0], 101, "status of the upgrade")
        self.pending: collections.deque[str] = collections.deque()
        equal(self.next_payload(), b"o", "first frame")

    def next_frame(self) -> tuple[int, bytes]:
        first, size = self.peer.exactly(2)
        if size == 126:
            size = struct.unpack("!H", self.peer.exactly(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self.peer.exactly(8))[0]
        return first & 15, self.peer.exactly(size)

    def next_payload(self) -> bytes:
        while True:
            opcode, payload = self.next_frame()
            if opcode == TEXT:
                return payload
            equal(opcode, PING, "opcode")
            self.peer.send(frame(PONG, payload))

    def send(self, text: str) -> None:
        self.peer.send(frame(TEXT, json.dumps([text]).encode()))

    def next(self) -> str:
        while not self.pending:
            payload = self.next_payload()
            true(payload[:1] == b"a", f"expected messages, got {payload[:100]!r}")
            self.pending.extend(json.loads(payload[1:]))
        return self.pending.popleft()

    def close(self) -> None:
        self.peer.close()


class HttpSender:
    """xhr_send on a connection of its own, which stays open."""

    def __init__(self, address, base: str):
        self.peer, self.base = Peer(address), base

    def send(self, text: str) -> None:
        self.peer.send(request("POST", f"{self.base}/xhr_send", json.dumps([text]).encode()))
        equal(self.peer.answer(), (204, b""), "answer to xhr_send")


class PollClient:
    """A SockJS session on XHR polling, with one connection for polls and one for sends."""

    def __init__(self, address, service: str):
        self.base = f"{service}/000/{session_id()}"
        self.peer, self.sender = Peer(address), HttpSender(address, self.base)
        self.send = self.sender.send
        self.pending: collections.deque[str] = collections.deque()
        equal(self.poll(), b"o\n", "first poll")

    def poll(self) -> bytes:
        self.peer.send(request("POST", f"{self.base}/xhr"))
        status, body = self.peer.answer()
        equal(status, 200, "status of a poll")
        return body

    def next(self) -> str:
        while not self.pending:
            body = self.poll()
            if body != b"h\n":
                true(body[:1] == b"a", f"expected messages, got {body[:100]!r}")
                self.pending.extend(json.loads(body[1:]))
        return self.pending.popleft()

    def close(self) -> None:
        self.peer.close()
        self.sender.peer.close()


class StreamClient:
    """A SockJS session on a streaming transport; sends on a connection of its own."""

    def __init__(self, address, service: str, transport: str, receive_buffer: int | None = None):
        self.transport = transport
        self.base = f"{service}/000/{session_id()}"
        method, leaf = STREAMS[transport]
        self.peer, self.sender = Peer(address, receive_buffer), None
        self.address = address
        self.pending: collections.deque[str] = collections.deque()
        self.peer.send(request(method, f"{self.base}/{leaf}"))
        equal(self.peer.head()[0], 200, "status of the stream")
        self.chunk()  # the prelude
        equal(self.frame(), "o", "first frame")

    def chunk(self) -> str:
        size = int(self.peer.until(b"\r\n"), 16)
        true(size > 0, "the stream ended")
        return self.peer.exactly(size + 2)[:-2].decode()

    def frame(self) -> str:
        text = self.chunk()
        if self.transport == "eventsource":
            return text.removeprefix("data: ").removesuffix("\r\n\r\n")
        if self.transport == "forever_frame":
            return json.loads(text[text.index('p("') + 2:text.rindex(");")])
        return text.removesuffix("\n")

    def send(self, text: str) -> None:
        if self.sender is None:
            self.sender = HttpSender(self.address, self.base)
        self.sender.send(text)

    def next(self) -> str:
        while not self.pending:
            text = self.frame()
            if text != "h":
                true(text[:1] == "a", f"expected messages, got {text[:100]!r}")
                self.pending.extend(json.loads(text[1:]))
        return self.pending.popleft()

    def close(self) -> None:
        self.peer.close()
        if self.sender:
            self.sender.peer.close()


class Pairs:
    """Two clients on each of two transports exchange numbered messages through a broadcast, until stopped."""

    SERVICES = {"/pair_socket": {"type": "broadcast"}, "/pair_poll": {"type": "broadcast"}}

    def __init__(self, address):
        self.stopping = threading.Event()
        self.faults: list[str] = []
        self.exchanged = {"/pair_socket": 0, "/pair_poll": 0}
        clients = [(service, kind(address, service), kind(address, service))
                   for service, kind in (("/pair_socket", WebSocketClient), ("/pair_poll", PollClient))]
        self.threads = [threading.Thread(target=self._exchange, args=each, daemon=True) for each in clients]
        for thread in self.threads:
            thread.start()

    def _exchange(self, service: str, ann, bob) -> None:
        chance = random.Random(service)
        number = 0
        try:
            while not self.stopping.is_set():
                for sender in (ann, bob):
                    burst = chance.randrange(1, 5)
                    for step in range(burst):
                        sender.send(f"message {number + step}")
                    for reader in (ann, bob):
                        for step in range(burst):
                            equal(reader.next(), f"message {number + step}", f"message on {service}")
                    number += burst
                self.exchanged[service] = number
        except Exception as why:  # pylint: disable=broad-except
            self.faults.append(f"{service} after {number} messages: {type(why).__name__}: {why}")
        finally:
            ann.close()
            bob.close()

    def progress(self) -> None:
        """Waits until each pair has exchanged more."""
        before = dict(self.exchanged)
        clock = threading.Event()
        for _ in range(WATCHDOG_SECONDS * 20):
            if self.faults or all(self.exchanged[service] > before[service] for service in before):
                break
            clock.wait(0.05)
        equal(self.faults, [], "faults of the well-behaved")
        true(all(self.exchanged[service] > before[service] for service in before), f"no progress beyond {self.exchanged}")

    def stop(self) -> str:
        self.stopping.set()
        for thread in self.threads:
            thread.join(2 * WATCHDOG_SECONDS)
        equal(self.faults, [], "faults of the well-behaved")
        return " and ".join(f"{count} messages on {service}" for service, count in self.exchanged.items())
