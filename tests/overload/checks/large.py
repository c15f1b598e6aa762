"""What announces or sends more than is taken."""

from __future__ import annotations

import struct

from rule_runner import equal, true

from .clients import CLOSE, TEXT, Peer, WebSocketClient, frame, request, session_id

GIB = 1 << 30
MOST = 1 << 20
SERVICE = "/limited"
OPTIONS = {"type": "echo", "max_message_bytes": MOST}
CHUNK = b"10000\r\n" + b"x" * 65536 + b"\r\n"
ENDLESS = 256 << 20  # where a test gives up sending


class Watched:
    """Runs attacks; keeps the most memory that the server had meanwhile."""

    def __init__(self, server, measure: bool):
        self.server, self.measure = server, measure
        self.base = self.most = server.memory()

    def look(self) -> None:
        self.most = max(self.most, self.server.memory())

    def note(self) -> str:
        self.look()
        if self.measure:
            bound = self.base + 4 * MOST + (4 << 20)
            true(self.most <= bound, f"{self.most >> 10} KiB at most, expected no more than {bound >> 10} KiB")
        return f"{self.base >> 10} KiB before, {self.most >> 10} KiB at most"


def push(peer: Peer, watched: Watched, chunk: bytes) -> int:
    """Sends until the server refuses; answers how much it let through."""
    sent = 0
    try:
        while sent < ENDLESS:
            peer.send(chunk)
            sent += len(chunk)
            if sent % (16 * len(chunk)) == 0:
                watched.look()
    except ConnectionError:
        pass
    return sent


def announced_body(server, measure: bool) -> str:
    """A body of 1 GiB announced by Content-Length is refused with 413 before it is sent, and is not read."""
    watched = Watched(server, measure)
    for path in (f"{SERVICE}/000/{session_id()}/xhr_send", f"{SERVICE}/000/{session_id()}/xhr"):
        peer = Peer(server.address)
        peer.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {GIB}\r\n\r\n".encode())
        equal(peer.answer()[0], 413, f"status of {path}")
        sent = push(peer, watched, b"x" * 65536)
        true(sent < ENDLESS, f"the server read {sent} bytes of a body that it had refused")
        peer.close()
    return watched.note()


def endless_chunks(server, measure: bool) -> str:
    """A chunked body without an end is refused at the limit."""
    watched = Watched(server, measure)
    first = Peer(server.address)
    base = f"{SERVICE}/000/{session_id()}"
    first.send(request("POST", f"{base}/xhr"))
    equal(first.answer(), (200, b"o\n"), "first poll")
    peer = Peer(server.address)
    peer.send(f"POST {base}/xhr_send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    sent = push(peer, watched, CHUNK)
    true(sent < ENDLESS, f"the server took {sent} bytes")
    # The answer was sent before the connection was cut, and may have been lost with it.
    answer = peer.rest()
    true(not answer or answer.startswith(b"HTTP/1.1 413 "), f"answer {answer[:60]!r}")
    peer.close()
    first.send(request("POST", f"{base}/xhr_send", b'["well"]'))
    equal(first.answer()[0], 204, "the session's next send")
    first.close()
    return watched.note()


def announced_frame(server, measure: bool) -> str:
    """A WebSocket frame of 1 GiB is refused with 1009 as soon as it is announced."""
    watched = Watched(server, measure)
    for opcode in (TEXT, 2):
        client = WebSocketClient(server.address, SERVICE)
        client.peer.send(frame(opcode, b"", length=GIB))
        got, payload = client.next_frame()
        equal((got, struct.unpack("!H", payload[:2])[0]), (CLOSE, 1009), "frame")
        client.close()
    return watched.note()


def endless_fragments(server, measure: bool) -> str:
    """A WebSocket message whose fragments never end is refused with 1009 at the limit."""
    watched = Watched(server, measure)
    client = WebSocketClient(server.address, SERVICE)
    client.peer.send(frame(TEXT, b"[", fin=False))
    sent = push(client.peer, watched, frame(0, b" " * 60000, fin=False))
    true(sent < ENDLESS, f"the server took {sent} bytes")
    client.close()
    return watched.note()


CHECKS = (announced_body, endless_chunks, announced_frame, endless_fragments)
