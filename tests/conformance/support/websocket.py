"""A WebSocket client that writes any bytes and checks every byte of the server (RFC 6455, RFC 7692)."""

import base64
import hashlib
import os
import struct
import zlib

from .http import Peer, Reply, head_bytes
from .rules import Failed, Skip, equal, one_of, true

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def masked(data: bytes, key: bytes) -> bytes:
    if not data:
        return b""
    size = len(data)
    pattern = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(pattern, "big")).to_bytes(size, "big")


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, mask: bool = True,
          form: int | None = None, length: int | None = None) -> bytes:
    """One frame; `form` 7, 16 or 64 forces a length form, `length` announces another length than the payload's."""
    size = len(payload) if length is None else length
    form = form or (7 if size < 126 else 16 if size < 65536 else 64)
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    bit = 0x80 if mask else 0
    if form == 7:
        head += bytes([bit | size])
    elif form == 16:
        head += bytes([bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", size)
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + masked(payload, key)


def close_payload(code: int | None, reason: str | bytes = "") -> bytes:
    if code is None:
        return b""
    return struct.pack("!H", code) + (reason.encode() if isinstance(reason, str) else reason)


def upgrade_headers(version="13", key="dGhlIHNhbXBsZSBub25jZQ==") -> list[tuple[str, str]]:
    return [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", key),
            ("Sec-WebSocket-Version", version)]


def parse_extensions(text: str | None) -> list[tuple[str, dict]]:
    found = []
    for item in (text or "").split(","):
        if item.strip():
            name, *params = [part.strip() for part in item.split(";")]
            pairs = [part.partition("=") for part in params]
            equal(len({p[0] for p in pairs}), len(pairs), f"parameters repeated in {text!r}")
            found.append((name, {p[0]: p[2].strip('"') if p[1] else None for p in pairs}))
    return found


class WebSocket:
    """An open connection. Reading checks the server's frames; writing checks nothing."""

    def __init__(self, server, path: str, *, extensions: str | None = None, protocols: str | None = None,
                 headers=(), early: bytes = b"", version: str = "13"):
        server.need("websocket")
        self.peer = Peer(server)
        key = base64.b64encode(os.urandom(16)).decode()
        fields = upgrade_headers(version, key) + list(headers)
        if extensions is not None:
            fields.append(("Sec-WebSocket-Extensions", extensions))
        if protocols is not None:
            fields.append(("Sec-WebSocket-Protocol", protocols))
        self.peer.send(head_bytes(server, "GET", path, fields) + early)
        self.reply = Reply(self.peer, "GET", "1.1")
        if self.reply.status != 101:
            raise Failed(f"upgrade of {path} refused with {self.reply.status}: {self.reply.body()[:200]!r}")
        equal((self.reply.get("upgrade") or "").lower(), "websocket", "Upgrade")
        equal((self.reply.get("connection") or "").lower(), "upgrade", "Connection")
        want = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        equal(self.reply.all("sec-websocket-accept"), [want], "Sec-WebSocket-Accept")
        self.protocol = self.reply.get("sec-websocket-protocol")
        self.deflate = None
        self.pings: list[bytes] = []
        for name, params in parse_extensions(self.reply.get("sec-websocket-extensions")):
            equal(name, "permessage-deflate", "extension accepted")
            true(extensions and "permessage-deflate" in extensions, "an extension that was not offered")
            self.deflate = params
        self._inflater = None
        self._deflater = None

    # ---- writing -------------------------------------------------------------------------------------------

    def raw(self, data: bytes) -> None:
        self.peer.send(data)

    def send_frame(self, opcode: int, payload: bytes = b"", **form) -> None:
        self.raw(frame(opcode, payload, **form))

    def text(self, message: str | bytes) -> None:
        self.send_frame(TEXT, message.encode("utf-8") if isinstance(message, str) else message)

    def compress(self, data: bytes, level: int = 6) -> bytes:
        bits = int((self.deflate or {}).get("client_max_window_bits") or 15)
        fresh = "client_no_context_takeover" in (self.deflate or {})
        if fresh or self._deflater is None:
            self._deflater = zlib.compressobj(level, zlib.DEFLATED, -max(bits, 9), 8)
        packed = self._deflater.compress(data) + self._deflater.flush(zlib.Z_SYNC_FLUSH)
        return packed[:-4]

    # ---- reading -------------------------------------------------------------------------------------------

    def read_frame(self) -> tuple[int, bytes, bool, bool]:
        """(opcode, payload, fin, compressed) of the next frame; the rules for a server's frames are checked."""
        first, second = self.peer.exactly(2)
        opcode, fin, rsv = first & 15, bool(first & 0x80), first >> 4 & 7
        true(opcode in (0, 1, 2, 8, 9, 10), f"reserved opcode {opcode} from the server")
        true(not second & 0x80, "a masked frame from the server (RFC 6455 5.1)")
        true(rsv in ((0, 4) if self.deflate is not None and opcode in (1, 2) else (0,)),
             f"reserved bits {rsv:03b} on opcode {opcode}")
        size = second & 127
        if opcode >= 8:
            true(fin and size < 126, "a control frame that is fragmented or longer than 125 bytes")
        if size == 126:
            size = struct.unpack("!H", self.peer.exactly(2))[0]
            true(size > 125, f"length {size} not in its shortest form")
        elif size == 127:
            size = struct.unpack("!Q", self.peer.exactly(8))[0]
            true(65535 < size < 1 << 63, f"length {size} not in its shortest form")
        return opcode, self.peer.exactly(size), fin, rsv == 4

    def next(self) -> tuple[int, bytes]:
        """The next whole message, or control frame other than ping; pings are answered and kept in `pings`."""
        kind, parts, packed = None, [], False
        while True:
            opcode, payload, fin, compressed = self.read_frame()
            if opcode == PING:
                self.pings.append(payload)
                self.peer.try_send(frame(PONG, payload))
                continue
            if opcode >= 8:
                true(opcode != PONG or kind is None, "pong inside a message")
                return opcode, payload
            true((opcode == CONTINUATION) == (kind is not None), "fragments of two messages mixed up")
            if kind is None:
                kind, packed = opcode, compressed
            parts.append(payload)
            if fin:
                data = b"".join(parts)
                if packed:
                    data = self._inflate(data)
                if kind == TEXT:
                    data.decode("utf-8")
                return kind, data

    def _inflate(self, data: bytes) -> bytes:
        if self._inflater is None or "server_no_context_takeover" in self.deflate:
            bits = int(self.deflate.get("server_max_window_bits") or 15)
            self._inflater = zlib.decompressobj(-bits)
        return self._inflater.decompress(data + b"\x00\x00\xff\xff")

    def message(self) -> bytes:
        kind, data = self.next()
        if kind not in (TEXT, BINARY):
            raise Failed(f"expected a message, got {'close' if kind == CLOSE else 'opcode %d' % kind} {data[:130]!r}")
        return data

    def echoes(self, kind: int, data: bytes, what: str = "echo") -> None:
        got = self.next()
        true(got[0] == kind, f"{what}: opcode {got[0]} {got[1][:130]!r}, expected {kind}")
        true(got[1] == data, f"{what}: {len(got[1])} bytes, expected {len(data)} bytes of other content; starts "
                             f"{got[1][:60]!r}, expected {data[:60]!r}")

    def closed(self, *codes: int | None, reply: bool = True) -> tuple[int | None, bytes]:
        """The server must send a close frame with one of `codes` (None: without a code), then end TCP."""
        while True:
            opcode, payload, _, _ = self.read_frame()
            if opcode == CLOSE:
                break
            true(opcode == PING, f"expected a close frame, got opcode {opcode} {payload[:130]!r}")
        true(len(payload) != 1, "a close frame with a payload of one byte")
        code = struct.unpack("!H", payload[:2])[0] if payload else None
        payload[2:].decode("utf-8")
        one_of(code, codes, "close code")
        if reply:
            self.peer.try_send(frame(CLOSE, payload[:2]))
        self.peer.at_end("after the close handshake")
        return code, payload[2:]

    def close(self) -> None:
        self.peer.close()


def need_deflate(socket: WebSocket) -> WebSocket:
    if socket.deflate is None:
        raise Skip("the server did not accept permessage-deflate")
    return socket


def try_upgrade(server, path: str, fields) -> Reply:
    """An upgrade request that may be refused, as the bare reply."""
    server.need("websocket")
    peer = Peer(server)
    peer.send(head_bytes(server, "GET", path, fields))
    return Reply(peer, "GET", "1.1")
