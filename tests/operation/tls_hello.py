"""A TLS client that says hello in any way there is, and reads what a server answers in the clear: its hello, or an alert."""

from __future__ import annotations

import dataclasses
import os
import socket
import struct

PATIENCE = 20  # seconds; only a hang gets there
ALERT, HANDSHAKE, APPLICATION, HEARTBEAT = 21, 22, 23, 24
SERVER_HELLO, KEY_EXCHANGE, STATUS = 2, 12, 22  # of handshake messages
TLS12, TLS13 = 0x0303, 0x0304
X25519, P256, P384 = 29, 23, 24
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")  # RFC 8446 4.1.3
# Extensions.
NAME, STATUS_REQUEST, GROUPS, POINTS, SIGNATURES, HEARTBEATS, ALPN = 0, 5, 10, 11, 13, 15, 16
TICKET, EARLY, VERSIONS, MODES, SHARE, RENEGOTIATION = 35, 42, 43, 45, 51, 0xFF01
SIGNATURES_OF_TODAY = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0603, 0x0806, 0x0601)
CIPHERS_OF_TODAY = (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8)


def vector(width: int, data: bytes) -> bytes:
    return len(data).to_bytes(width, "big") + data


def numbers(values) -> bytes:
    return b"".join(struct.pack("!H", value) for value in values)


def client_hello(*, version=TLS12, versions=(), ciphers=CIPHERS_OF_TODAY, groups=(X25519, P256, P384), share=True,
                 compression=b"\0", signatures=SIGNATURES_OF_TODAY, more=()) -> bytes:
    """The handshake message. `versions` are those of the extension, which TLS 1.3 needs; `more` are other extensions."""
    extensions = [(GROUPS, vector(2, numbers(groups))), (POINTS, b"\1\0"), (SIGNATURES, vector(2, numbers(signatures))),
                  (RENEGOTIATION, b"\0"), *more]
    if versions:
        shares = numbers([X25519]) + vector(2, os.urandom(32)) if share else b""
        extensions += [(VERSIONS, vector(1, numbers(versions))), (SHARE, vector(2, shares)), (MODES, b"\1\1")]
    body = struct.pack("!H", version) + os.urandom(32) + vector(1, os.urandom(32)) + vector(2, numbers(ciphers)) + vector(1, compression)
    body += vector(2, b"".join(numbers([kind]) + vector(2, data) for kind, data in extensions))
    return b"\1" + vector(3, body)


def record(kind: int, data: bytes, version: int = 0x0301) -> bytes:
    return bytes([kind]) + struct.pack("!H", version) + vector(2, data)


@dataclasses.dataclass
class Hello:
    """What the server says first, and of TLS 1.2 what follows in the clear."""

    version: int
    random: bytes
    cipher: int
    compression: int
    extensions: dict[int, bytes]
    messages: dict[int, bytes] = dataclasses.field(default_factory=dict)

    @property
    def group(self) -> int:
        """Of the key that it sends, or asks for."""
        if SHARE in self.extensions:
            return int.from_bytes(self.extensions[SHARE][:2], "big")
        exchange = self.messages[KEY_EXCHANGE]
        return int.from_bytes(exchange[1:3], "big") if exchange[0] == 3 else 0


def hello_of(body: bytes) -> Hello:
    version, random = struct.unpack("!H32s", body[:34])
    at = 35 + body[34]
    cipher, compression = struct.unpack("!HB", body[at:at + 3])
    extensions, at = {}, at + 5
    while at < len(body):
        kind, size = struct.unpack("!HH", body[at:at + 4])
        extensions[kind] = body[at + 4:at + 4 + size]
        at += 4 + size
    if VERSIONS in extensions:
        version = int.from_bytes(extensions[VERSIONS], "big")
    return Hello(version, random, cipher, compression, extensions)


class Caller:
    """A connection. All that is read comes as records."""

    def __init__(self, port: int):
        self.sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def rest(self) -> bytes:
        """All up to the end of the connection."""
        data = b""
        try:
            while more := self.sock.recv(65536):
                data += more
        except ConnectionResetError:
            pass
        return data

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            try:
                more = self.sock.recv(size - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                break
            data += more
        return data

    def record(self) -> tuple[int, bytes]:
        """The next one's kind and content; (0, b"") at the end."""
        head = self._exactly(5)
        if len(head) < 5:
            return 0, head
        return head[0], self._exactly(int.from_bytes(head[3:], "big"))

    def answer(self) -> Hello | str:
        """The server's hello, with what follows it as long as that is in the clear; or its alert, as a number in a text, or `end`."""
        data, hello = b"", None
        while True:
            while len(data) >= 4 and len(data) >= 4 + int.from_bytes(data[1:4], "big"):
                kind, size = data[0], int.from_bytes(data[1:4], "big")
                body, data = data[4:4 + size], data[4 + size:]
                if kind == SERVER_HELLO:
                    hello = hello_of(body)
                    if hello.version == TLS13:
                        return hello
                elif kind == 14:  # it has said all
                    return hello
                else:
                    hello.messages[kind] = body
            kind, content = self.record()
            if kind == ALERT:
                return f"alert {content[1]}"
            if kind != HANDSHAKE:
                return "end" if kind == 0 else f"a record of kind {kind}"
            data += content


def said(port: int, **how) -> Hello | str:
    """What a server answers to a hello."""
    with Caller(port) as caller:
        caller.send(record(HANDSHAKE, client_hello(**how)))
        return caller.answer()
