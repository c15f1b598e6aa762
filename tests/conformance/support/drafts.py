"""Clients of the drafts of WebSocket before RFC 6455, written from the drafts' rules; the calls are WebSocket's.

Opcodes are RFC 6455's on the outside, whatever the draft has on the wire.
"""

import base64
import hashlib
import os
import socket
import struct

from .http import Peer, Reply, head_bytes
from .rules import Failed, equal, true
from .websocket import BINARY, CLOSE, CONTINUATION, GUID, PING, PONG, TEXT, WebSocket

MASKING_GUID = "61AC5F19-FBBA-4540-B96F-6561F1AB40A8"
KEY1, KEY2, NONCE = "4 @1  46546xW%0l 1 5", "12998 5 Y3 1  .P00", b"^n:ds[4U"
ANSWER = b"8jKS'y:G*Co,Wxa-"  # published for these
ORIGIN = "http://example.com"
EARLY = {CONTINUATION: 0, CLOSE: 1, PING: 2, PONG: 3, TEXT: 4, BINARY: 5}
LATE = {early: late for late, early in EARLY.items()}


def sha1(text: bytes) -> bytes:
    return hashlib.sha1(text).digest()


class DraftSocket:
    """What all drafts have in common."""

    pings: list = []

    close_body = b""  # of the server's close frame, for 1000

    def __init__(self, server, path: str, headers=()):
        server.need("websocket")
        self.server, self.path, self.headers = server, path, list(headers)
        self.peer = Peer(server)
        self.shake_hands()

    def ask(self, fields, behind: bytes = b"") -> Reply:
        self.peer.send(head_bytes(self.server, "GET", self.path, fields + self.headers) + behind)
        reply = Reply(self.peer, "GET", "1.1")
        if reply.status != 101:
            raise Failed(f"upgrade of {self.path} refused with {reply.status}: {reply.body()[:200]!r}")
        return reply

    def check_place(self, reply: Reply, begin: str) -> None:
        """Each field that browsers demand, once."""
        place = f"{self.server.socket_url}{self.path}"
        equal(reply.all(begin + "-location"), [place], begin + "-Location")
        equal(reply.all(begin + "-origin"), [ORIGIN], begin + "-Origin")
        equal(reply.all("upgrade"), ["WebSocket"], "Upgrade, in the draft's case")

    def text(self, message: str | bytes) -> None:
        self.send_frame(TEXT, message.encode("utf-8") if isinstance(message, str) else message)

    def next(self) -> tuple[int, bytes]:
        while True:
            opcode, payload, _, _ = self.read_frame()
            if opcode == CLOSE:
                self.check_close(payload)
                return CLOSE, struct.pack("!H", 1000)
            if opcode != PING:
                return opcode, payload
            self.pings = self.pings + [payload]
            self.send_frame(PONG, payload)

    def check_close(self, payload: bytes) -> None:
        """Of the server's close frame: the first, or the answer to ours."""
        equal(payload[:2], self.close_body, "body of the close frame")

    def close(self) -> None:
        self.peer.close()


class Hixie75(DraftSocket):
    closes = False  # has a closing frame

    def shake_hands(self) -> None:
        reply = self.ask([("Upgrade", "WebSocket"), ("Connection", "Upgrade"), ("Origin", ORIGIN)])
        equal(reply.reason, "Web Socket Protocol Handshake", "status text")
        self.check_place(reply, "websocket")

    def send_frame(self, opcode: int, payload: bytes = b"") -> None:
        if opcode == CLOSE:
            return self.peer.send(b"\xff\0") if self.closes else self.peer.sock.shutdown(socket.SHUT_WR)
        equal(opcode, TEXT, "a frame that a hixie draft has")
        self.peer.send(b"\0" + payload + b"\xff")

    def read_frame(self):
        if not self.peer.buffer and not self.peer.fill():
            return CLOSE, b"", True, False
        first = self.peer.exactly(1)
        if first == b"\xff" and self.closes:
            equal(self.peer.exactly(1), b"\0", "the closing frame")
            return CLOSE, b"", True, False
        equal(first, b"\0", "the byte before a text")
        return TEXT, self.peer.until(b"\xff", 1 << 25)[:-1], True, False

    def closed(self, *codes) -> None:
        self.peer.at_end("at the close")


class Hixie76(Hixie75):
    closes = True

    def shake_hands(self) -> None:
        reply = self.ask([("Upgrade", "WebSocket"), ("Connection", "Upgrade"), ("Origin", ORIGIN),
                          ("Sec-WebSocket-Key1", KEY1), ("Sec-WebSocket-Key2", KEY2), *self.more()], NONCE)
        self.check_place(reply, "sec-websocket")
        equal(self.peer.exactly(16), ANSWER, "answer to the challenge")

    def more(self):
        return []

    def closed(self, *codes) -> None:
        equal(self.read_frame()[0], CLOSE, "the closing frame")
        self.peer.try_send(b"\xff\0")
        self.peer.at_end("after the close handshake")


class Hybi01(Hixie76):
    last = 0  # the first bit of a frame that is the last of its message
    sent_close = None
    answers_alike = True  # the server's close frame after ours has its body

    def more(self):
        return [("Sec-WebSocket-Draft", "2")]

    def mask(self, frame: bytes) -> bytes:
        return frame

    def send_frame(self, opcode: int, payload: bytes = b"") -> None:
        if opcode == CLOSE:
            self.sent_close = payload
        size = len(payload)
        head = bytes([self.last | EARLY[opcode]])
        head += (bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size) if size < 65536
                 else b"\x7f" + struct.pack("!Q", size))
        self.peer.send(self.mask(head + payload))

    def read_frame(self):
        first, size = self.peer.exactly(2)
        equal(first & 0xf0, self.last, "the first bits of a server's frame, which is whole")
        true(first & 15 in LATE, f"opcode {first & 15}")
        if size == 126:
            size = struct.unpack("!H", self.peer.exactly(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self.peer.exactly(8))[0]
        return LATE[first & 15], self.peer.exactly(size), True, False

    def check_close(self, payload: bytes) -> None:
        alike = self.answers_alike and self.sent_close is not None
        equal(payload[:2], self.sent_close[:2] if alike else self.close_body, "body of the close frame")

    def closed(self, *codes) -> None:
        opcode, payload, _, _ = self.read_frame()
        equal(opcode, CLOSE, "opcode")
        self.check_close(payload)
        self.send_frame(CLOSE, payload)
        self.peer.at_end("after the close handshake")


def over(frame: bytes, pattern: bytes) -> bytes:
    size = len(frame)
    stream = (pattern * (size // len(pattern) + 1))[:size]
    return (int.from_bytes(frame, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")


class Hybi05(Hybi01):
    version = "5"
    last = 0x80
    close_body = b"S"
    answers_alike = False

    def shake_hands(self) -> None:
        self.key = base64.b64encode(os.urandom(16)).decode()
        reply = self.ask([("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", self.key),
                          ("Sec-WebSocket-Version", self.version), ("Sec-WebSocket-Origin", ORIGIN)])
        accept = base64.b64encode(sha1((self.key + GUID).encode())).decode()
        equal(reply.all("sec-websocket-accept"), [accept], "Sec-WebSocket-Accept")
        self.learn(reply)

    def learn(self, reply: Reply) -> None:
        equal(reply.get("sec-websocket-nonce"), None, "Sec-WebSocket-Nonce")

    def mask(self, frame: bytes) -> bytes:
        key = os.urandom(4)
        return key + over(frame, key)


class Hybi04(Hybi05):
    version = "4"
    close_body = b""
    answers_alike = True

    def learn(self, reply: Reply) -> None:
        nonce = reply.get("sec-websocket-nonce") or ""
        equal(len(base64.b64decode(nonce)), 16, "bytes of the nonce")
        self.connection_key = sha1((self.key + nonce + MASKING_GUID).encode())

    def mask(self, frame: bytes) -> bytes:
        nonce = os.urandom(4)
        return nonce + over(frame, sha1(nonce + self.connection_key))


class Hybi06(Hybi05):
    version = "6"
    close_body = struct.pack("!H", 1000)
    answers_alike = True


class Hybi07(WebSocket):
    """Frames as RFC 6455's; extensions of the time are declined."""

    version = "7"

    def __init__(self, server, path: str, headers=()):
        super().__init__(server, path, headers=headers, version=self.version, extensions="deflate-stream, x-webkit-deflate-frame")
        equal(self.reply.get("sec-websocket-extensions"), None, "Sec-WebSocket-Extensions")


class Hybi08(Hybi07):
    version = "8"


DRAFTS = {"hixie-75": Hixie75, "hixie-76": Hixie76, "hybi-01": Hybi01, "hybi-04": Hybi04, "hybi-05": Hybi05,
          "hybi-06": Hybi06, "hybi-07": Hybi07, "hybi-08": Hybi08}
