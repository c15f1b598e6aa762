"""Clients that send one byte a second: cut off by their deadlines, while others are served."""

from __future__ import annotations

import select
import threading
import time

from rule_runner import Failed, equal, true

from .clients import TEXT, Pairs, Peer, frame, request, session_id, upgrade

SERVICES = {"/slow": {"type": "echo", "heartbeat_seconds": 6, "heartbeat_answer_seconds": 6}, **Pairs.SERVICES}
MOST_SECONDS = 75  # the longest deadline is 30 s


class Slow:
    """One such client: what it sends at once, what it sends slowly, and how the answer must begin."""

    def __init__(self, address, name: str, at_once: bytes, slowly: bytes, answer: tuple[bytes, ...]):
        self.name, self.slowly, self.answer = name, slowly, answer
        self.peer = Peer(address)
        self.peer.send(at_once)
        self.received = b""
        self.ended = False

    def step(self) -> None:
        """Sends one byte, if the server still takes any."""
        try:
            if self.slowly:
                self.peer.send(self.slowly[:1])
                self.slowly = self.slowly[1:]
        except ConnectionError:
            self.ended = True

    def read(self) -> None:
        try:
            data = self.peer.socket.recv(65536)
        except ConnectionError:
            data = b""
        self.received += data
        self.ended = not data


def clients(address) -> list[Slow]:
    base = f"/slow/000/{session_id()}"
    head = request("POST", f"{base}/xhr", headers=f"X-Long: {'x' * 200}\r\n")
    return [
        Slow(address, "no bytes", b"", b"", (b"",)),
        Slow(address, "head", b"", head, (b"HTTP/1.1 408 ",)),
        Slow(address, "second head", request("GET", "/slow"), head, (b"HTTP/1.1 200 ",)),
        Slow(address, "body", f"POST {base}/xhr_send HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n".encode(), b"[" * 200,
             (b"HTTP/1.1 408 ",)),
        Slow(address, "chunked body", f"POST {base}/xhr_send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode(),
             b"1\r\n[\r\n" * 50, (b"HTTP/1.1 408 ",)),
        Slow(address, "chunk head", f"POST {base}/xhr_send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode(),
             b"0" * 200, (b"HTTP/1.1 408 ", b"HTTP/1.1 400 ")),
        Slow(address, "frame", upgrade(f"{base}/websocket"), frame(TEXT, b"x" * 200), (b"HTTP/1.1 101 ",)),
        Slow(address, "frame's head", upgrade(f"{base}x/websocket") + b"\x81", frame(TEXT, b"", length=1 << 19)[1:], (b"HTTP/1.1 101 ",)),
    ]


class SlowRun(threading.Thread):
    """All of them against one server, beside whatever else runs."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.fault, self.note = server, "", ""
        self.start()

    def run(self) -> None:
        try:
            self.note = self.drip()
        except Exception as why:  # pylint: disable=broad-except
            self.fault = f"{type(why).__name__}: {why}"

    def drip(self) -> str:
        pairs = Pairs(self.server.address)
        begin = time.monotonic()
        left = clients(self.server.address)
        ends = []
        poll = select.poll()
        by_number = {client.peer.socket.fileno(): client for client in left}
        for number in by_number:
            poll.register(number, select.POLLIN)
        next_byte = begin + 1
        while by_number:
            for number, _ in poll.poll(max(0, next_byte - time.monotonic()) * 1000):
                by_number[number].read()
            if time.monotonic() >= next_byte:
                next_byte += 1
                for client in by_number.values():
                    if not client.ended:
                        client.step()
            for number, client in list(by_number.items()):
                if client.ended:
                    poll.unregister(number)
                    ends.append(f"{client.name} {time.monotonic() - begin:.0f} s")
                    true(client.received.startswith(client.answer), f"{client.name}: answered {client.received[:100]!r}")
                    client.peer.close()
                    del by_number[number]
            if time.monotonic() - begin > MOST_SECONDS:
                raise Failed(f"still open: {[client.name for client in by_number.values()]}")
        return f"cut off: {', '.join(ends)}; meanwhile {pairs.stop()}"

    def check(self) -> str:
        self.join(2 * MOST_SECONDS)
        equal(self.fault, "", "fault")
        true(self.note, "it hangs")
        return self.note
