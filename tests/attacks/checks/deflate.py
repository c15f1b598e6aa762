"""permessage-deflate: bombs of every shape, and parameters out of bounds."""

from __future__ import annotations

import random
import zlib

from rule_runner import equal
from support.websocket import BINARY, CONTINUATION, TEXT, WebSocket, frame, need_deflate, try_upgrade, upgrade_headers

from .measure import Memory

PATH = "/medium/websocket"
LIMIT = 1 << 20
OFFER = "permessage-deflate; client_max_window_bits"
RSV1 = 4
TIMES = 6  # a bomb may cost that many messages of the limit's size: it is inflated up to the limit, in pieces


def raw(data: bytes, level: int = 9, flush: int = zlib.Z_SYNC_FLUSH) -> bytes:
    maker = zlib.compressobj(level, zlib.DEFLATED, -15, 9)
    packed = maker.compress(data) + maker.flush(flush)
    return packed[:-4] if flush == zlib.Z_SYNC_FLUSH else packed


def stored(size: int) -> bytes:
    """Blocks that are not compressed, of a byte each: five bytes of head for every byte."""
    return b"".join(b"\0\1\0\xfe\xff" + b"x" for _ in range(size)) + b"\0"


ZEROS = raw(bytes(64 << 20))
SHAPES = {
    "64 MiB of zeros in a frame": [frame(BINARY, ZEROS, rsv=RSV1)],
    "in 64 fragments": [frame(BINARY if at == 0 else CONTINUATION, ZEROS[at * 1025:(at + 1) * 1025], rsv=RSV1 if at == 0 else 0,
                              fin=at == 63) for at in range(64)],
    "as text": [frame(TEXT, raw(b"a" * (64 << 20)), rsv=RSV1)],
    "a byte more than is allowed": [frame(BINARY, raw(bytes(LIMIT + 1)), rsv=RSV1)],
    "many final blocks, one behind the other": [frame(BINARY, raw(bytes(LIMIT // 2), flush=zlib.Z_FINISH) * 130, rsv=RSV1)],
    "stored blocks": [frame(BINARY, raw(random.Random(1).randbytes(LIMIT + 1), 0), rsv=RSV1)],
    "many in one piece": [frame(BINARY, ZEROS, rsv=RSV1) * 8],
    "behind a good message": [frame(BINARY, raw(b"good"), rsv=RSV1), frame(BINARY, ZEROS, rsv=RSV1)],
}


def bombs(target) -> str:
    """CVE-2016-10544, CVE-2018-1000518, CVE-2026-39804, CVE-2026-54490, CVE-2026-1526: a bomb of any shape is 1009 while it inflates"""
    with Memory(target, 6 * LIMIT) as memory:
        for shape, pieces in SHAPES.items():
            socket = need_deflate(WebSocket(target, PATH, extensions=OFFER))
            for piece in pieces:
                socket.peer.try_send(piece)
            if shape.startswith("behind"):
                socket.echoes(BINARY, b"good", shape)
            socket.closed(1009)
            memory.look()
    target.alive()
    return memory.note()


def cost_of_a_bomb(target) -> str:
    """The same CVEs: a bomb of 64 MiB costs no more than messages that are allowed"""
    def send(payload: bytes, code: int | None) -> None:
        socket = need_deflate(WebSocket(target, PATH, extensions=OFFER))
        socket.send_frame(BINARY, payload, rsv=RSV1)
        if code is not None:
            socket.closed(code)
        else:
            socket.echoes(BINARY, bytes(LIMIT))
            socket.close()
    return target.no_dearer(lambda: send(ZEROS, 1009), lambda: send(raw(bytes(LIMIT)), None), TIMES)


def empty_blocks(target) -> str:
    """CVE-2016-10544 and the like: 100,000 blocks of nothing or of a byte inflate to what is in them"""
    with Memory(target, 6 * LIMIT) as memory:
        for packed, size in ((b"\0\0\0\xff\xff" * 100_000 + b"\0", 0), (stored(100_000), 100_000)):
            socket = need_deflate(WebSocket(target, PATH, extensions=OFFER))
            socket.send_frame(BINARY, packed, rsv=RSV1)
            socket.echoes(BINARY, b"x" * size)
            socket.close()
            memory.look()
    return memory.note()


def across_messages(target) -> str:
    """Tornado PR 2391: the limit holds for each of many messages, and none leaves anything to the next"""
    with Memory(target, 6 * LIMIT) as memory:
        socket = need_deflate(WebSocket(target, PATH, extensions=OFFER))
        for _ in range(20):
            socket.send_frame(BINARY, raw(bytes(LIMIT)), rsv=RSV1)
            socket.echoes(BINARY, bytes(LIMIT))
            memory.look()
        socket.send_frame(BINARY, ZEROS, rsv=RSV1)
        socket.closed(1009)
    return memory.note()


def at_the_edge(target) -> str:
    """CVE-2026-29035 (CivetWeb): messages that fill zlib's pieces to the byte are inflated to the byte"""
    socket = need_deflate(WebSocket(target, PATH, extensions=OFFER))
    chance = random.Random(2)
    for power in (10, 12, 13, 14, 15, 16, 17):
        for size in ((1 << power) - 1, 1 << power, (1 << power) + 1):
            data = chance.randbytes(size // 2) + bytes(size - size // 2)
            socket.send_frame(BINARY, raw(data, chance.choice((0, 1, 6, 9))), rsv=RSV1)
            socket.echoes(BINARY, data, f"{size} bytes")
    socket.close()


def window_bits(target) -> str:
    """CVE-2026-2229 (undici): window bits that are none are declined, and the connection opens without deflate"""
    for name in ("server_max_window_bits", "client_max_window_bits"):
        for value in ("7", "16", "08", "", '""', '"7"', '"16"', "1 5", "15x", "+15", "0x0f", "15.0", "NaN", "9" * 400, "\u0661\u0665"):
            reply = try_upgrade(target, PATH, upgrade_headers() + [("Sec-WebSocket-Extensions", f"permessage-deflate; {name}={value}")])
            equal((reply.status, reply.get("sec-websocket-extensions")), (101, None), f"status and extensions for {name}={value}")
            reply.peer.close()
        twice = f"permessage-deflate; {name}=15; {name}=15"
        reply = try_upgrade(target, PATH, upgrade_headers() + [("Sec-WebSocket-Extensions", twice)])
        equal((reply.status, reply.get("sec-websocket-extensions")), (101, None), f"status and extensions for {twice}")
        reply.peer.close()
    quoted = WebSocket(target, PATH, extensions='permessage-deflate; client_max_window_bits="15"')
    need_deflate(quoted).send_frame(BINARY, raw(b"quoted is as good (RFC 7692 5.2)"), rsv=RSV1)
    quoted.echoes(BINARY, b"quoted is as good (RFC 7692 5.2)")
    quoted.close()


CHECKS = (bombs, cost_of_a_bomb, empty_blocks, across_messages, at_the_edge, window_bits)
