"""A raw socket's client (PROTOCOL 6.13), as the Flash bridge is one: writes any bytes, checks every frame of the server. The calls
are WebSocket's, and so are the opcodes on the outside."""

import struct

from .http import Peer
from .rules import equal, one_of, true
from .websocket import BINARY, CLOSE, TEXT, WebSocket

GREETING = b"encke.1\n"
LETTERS = {TEXT: b"t", BINARY: b"b", CLOSE: b"c"}
OPCODES = {letter[0]: opcode for opcode, letter in LETTERS.items()}


def frame(letter: bytes, payload: bytes = b"") -> bytes:
    return letter + struct.pack("!I", len(payload)) + payload


def hello(path: str, origin: str = "") -> bytes:
    return frame(b"h", f"{path}\n{origin}".encode())


def origin_of(headers) -> str:
    """The origin that a page would tell whose requests have these fields."""
    fields = {name.lower(): value for name, value in headers}
    referer = fields.get("referer", "")
    return fields.get("origin") or ("/".join(referer.split("/")[:3]) if "://" in referer else "")


class RawSocket:
    """An open connection whose hello has been sent."""

    pings: list = []

    def __init__(self, server, path: str, headers=()):
        server.need("flash")
        self.peer = Peer(server)
        self.raw(GREETING + hello(path, origin_of(headers)))

    def raw(self, data: bytes) -> None:
        self.peer.send(data)

    def send_frame(self, opcode: int, payload: bytes = b"") -> None:
        self.raw(frame(LETTERS[opcode], payload))

    text = WebSocket.text
    echoes = WebSocket.echoes

    def read_frame(self) -> tuple[int, bytes, bool, bool]:
        letter, size = struct.unpack("!BI", self.peer.exactly(5))
        true(letter in OPCODES, f"the letter of a server's frame: {letter:#x}")
        return OPCODES[letter], self.peer.exactly(size), True, False

    def next(self) -> tuple[int, bytes]:
        opcode, payload, _, _ = self.read_frame()
        if opcode == TEXT:
            payload.decode("utf-8")
        return opcode, payload

    def closed(self, *codes: int) -> bytes:
        """The server must send a close frame with one of these codes, then end TCP. Answers its reason."""
        opcode, payload = self.next()
        equal(opcode, CLOSE, f"opcode of a frame with {payload[:130]!r}")
        one_of(struct.unpack("!H", payload[:2])[0], codes, "close code")
        self.peer.try_send(frame(b"c", payload[:2]))
        self.peer.at_end("after the close")
        return payload[2:]

    def close(self) -> None:
        self.peer.close()
