"""Handshakes and header fields."""

from __future__ import annotations

from rule_runner import equal, true
from support.http import Peer, Reply, head_bytes
from support.websocket import TEXT, WebSocket, frame, try_upgrade, upgrade_headers

RAW = "/echo/websocket"
SMUGGLED = b"GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"
DRIBBLED, PIECE = 400_000, 100  # bytes of the head, and at a time
BLANKS = 50_000
AT_ONCE = 20  # of a request whose cost is compared: one alone is lost in the noise


def many_fields(target) -> str:
    """CVE-2024-37890 (ws): of thousands of header fields, as many as head_fields allows, the last is heeded; one more is 431"""
    filler = [(f"X-{number}", "y") for number in range(2500)]
    reply = try_upgrade(target, RAW, filler + upgrade_headers())
    equal(reply.status, 101, "status")
    reply.peer.send(frame(TEXT, b"x"))
    equal(reply.peer.exactly(3), b"\x81\x01x", "echo")
    reply = try_upgrade(target, RAW, [(f"X-{number}", "y") for number in range(3000)] + upgrade_headers())
    equal(reply.status, 431, "status of too many")
    target.alive()


def dribbled(target) -> str:
    """CVE-2023-43669 (tungstenite): a head that comes in thousands of pieces costs no more than a body that does"""
    target.need_sends()
    value = b"a" * DRIBBLED

    def send(start: bytes, end: bytes, status: int) -> None:
        peer = Peer(target)
        peer.send(start)
        for at in range(0, DRIBBLED, PIECE):
            peer.send(value[at:at + PIECE])
        peer.send(end)
        equal(Reply(peer, "GET", "1.1").status, status, "status")
        peer.close()

    body = f"POST /echo/000/nobody/xhr_send HTTP/1.1\r\nHost: a\r\nContent-Length: {DRIBBLED}\r\n\r\n".encode()
    return target.no_dearer(lambda: send(b"GET /echo HTTP/1.1\r\nHost: a\r\nX-A: ", b"\r\n\r\n", 200),
                            lambda: send(body, b"", 500), 4)


def long_field(target, name: str, value: str, harmless: str) -> str:
    """What upgrades with a header field of that value cost, beside those with one that is as long, and well-formed."""
    def send(value: str) -> None:
        for _ in range(AT_ONCE):
            reply = try_upgrade(target, "/sub/websocket", upgrade_headers() + [(name, value)])
            equal((reply.status, reply.get(name)), (101, None), f"status and {name}")
            reply.peer.close()
    return target.no_dearer(lambda: send(value), lambda: send(harmless), 3)


def blanks(target) -> str:
    """CVE-2021-32640 (ws): 50,000 blanks in Sec-WebSocket-Protocol are read once"""
    return long_field(target, "Sec-WebSocket-Protocol", "b" + " " * BLANKS + "x", "b" + "y" * BLANKS + "x")


def open_quote(target) -> str:
    """CVE-2020-7662, CVE-2020-7663 (websocket-extensions): 25,000 escapes behind a quote that is never closed are read once"""
    return long_field(target, "Sec-WebSocket-Extensions", 'a; b="' + "\\c" * (BLANKS // 2), 'a; b="' + "y" * BLANKS + '"')


def prototypes(target) -> str:
    """GHSA-5v72-xg48-5rpm (ws): extensions and parameters named constructor, __proto__ or toString are unknown ones"""
    for name in ("constructor", "__proto__", "toString", "hasOwnProperty"):
        for offer in (name, f"{name}; {name}", f"permessage-deflate; {name}", f"permessage-deflate; {name}=15", f"{name}=1"):
            reply = try_upgrade(target, RAW, upgrade_headers() + [("Sec-WebSocket-Extensions", offer)])
            equal((reply.status, reply.get("sec-websocket-extensions")), (101, None), f"status and extensions for {offer}")
            reply.peer.close()
        reply = try_upgrade(target, "/sub/websocket", upgrade_headers() + [("Sec-WebSocket-Protocol", name)])
        equal((reply.status, reply.get("sec-websocket-protocol")), (101, None), f"status and sub-protocol for {name}")
        reply.peer.close()
    target.alive()


def behind_the_upgrade(target) -> str:
    """CVE-2026-69243 (aiohttp): what stands behind an upgrade is frames, and no request, whatever it looks like"""
    socket = WebSocket(target, RAW, early=SMUGGLED)
    socket.closed(1002)
    target.alive()


def behind_a_refusal(target) -> str:
    """Tunnels of proxies (no number): behind an upgrade that is refused nothing is served, so that nothing is smuggled"""
    fields = upgrade_headers()
    for what, wrong in {"version": upgrade_headers(version="99"), "key": upgrade_headers(key="short"),
                        "body": fields + [("Content-Length", str(len(SMUGGLED)))]}.items():
        peer = Peer(target)
        peer.send(head_bytes(target, "GET", RAW, wrong) + SMUGGLED)
        reply = Reply(peer, "GET", "1.1")
        true(reply.status in (400, 426), f"wrong {what}: status {reply.status}")
        reply.body()
        peer.at_end(f"wrong {what}: the refusal")
    target.alive()


CHECKS = (many_fields, dribbled, blanks, open_quote, prototypes, behind_the_upgrade, behind_a_refusal)
