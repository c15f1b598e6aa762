"""RFC 7692: permessage-deflate, its negotiation, messages both ways, and what must fail."""

import os
import random
import zlib

from support.rules import equal, one_of, rule, true
from support.websocket import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, WebSocket, close_payload, frame,
                               need_deflate, parse_extensions, try_upgrade, upgrade_headers)

NEEDS = ("websocket",)

PATH = "/echo/websocket"
RSV1, RSV2, RSV3 = 4, 2, 1
OFFER = "permessage-deflate; client_max_window_bits"
LIMIT = 16 * 1024 * 1024


def connect(server, offer="permessage-deflate", path=PATH) -> WebSocket:
    return need_deflate(WebSocket(server, path, extensions=offer))


def raw_deflate(data: bytes, level=6, bits=15, strategy=zlib.Z_DEFAULT_STRATEGY) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -bits, 8, strategy)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


# ---- negotiation -------------------------------------------------------------------------------------------

@rule("a plain offer is accepted, without context takeover on either side", "RFC 7692 7.1, DESIGN 4")
def plain(server):
    socket = WebSocket(server, PATH, extensions="permessage-deflate")
    true(socket.deflate is not None, "permessage-deflate must be accepted")
    for name in ("server_no_context_takeover", "client_no_context_takeover"):
        true(name in socket.deflate and socket.deflate[name] is None,
             f"{name} without a value in {socket.deflate}")
    true("client_max_window_bits" not in socket.deflate, "client_max_window_bits although it was not offered")
    socket.close()


@rule("parameters of an acceptable offer are answered within it", "RFC 7692 7.1", each={o: o for o in (
    "server_no_context_takeover", "client_no_context_takeover",
    "server_no_context_takeover; client_no_context_takeover", "client_max_window_bits",
    "client_max_window_bits; server_no_context_takeover; client_no_context_takeover",
    *[f"client_max_window_bits={n}" for n in range(8, 16)], *[f"server_max_window_bits={n}" for n in range(9, 16)],
    "server_max_window_bits=10; client_max_window_bits=11", 'server_max_window_bits="12"')})
def acceptable(server, params):
    offered = parse_extensions("permessage-deflate; " + params)[0][1]
    socket = connect(server, "permessage-deflate; " + params)
    answer = socket.deflate
    true(set(answer) <= {"server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits",
                         "client_max_window_bits"}, f"parameters of the answer: {answer}")
    if "server_no_context_takeover" in offered:
        true("server_no_context_takeover" in answer, "server_no_context_takeover must be confirmed")
    if "server_max_window_bits" in offered:
        true(answer.get("server_max_window_bits"), "server_max_window_bits must be confirmed")
        true(8 <= int(answer["server_max_window_bits"]) <= int(offered["server_max_window_bits"]),
             f"answer {answer}")
    if "client_max_window_bits" in answer:
        true("client_max_window_bits" in offered, "client_max_window_bits although it was not offered")
        true(8 <= int(answer["client_max_window_bits"]) <= int(offered["client_max_window_bits"] or 15),
             f"answer {answer}")
    text = (("%d;" * 3000) % tuple(range(3000))).encode()
    for data in (b"Hello", text, text):
        socket.send_frame(TEXT, socket.compress(data), rsv=RSV1)
        socket.echoes(TEXT, data)
    socket.close()


@rule("an offer of server_max_window_bits=8 is declined, or kept to", "RFC 7692 7.1.2.1, attacks")
def eight(server):
    socket = WebSocket(server, PATH, extensions="permessage-deflate; server_max_window_bits=8")
    if socket.deflate is not None:
        equal(socket.deflate.get("server_max_window_bits"), "8", "server_max_window_bits")
    text = bytes(random.Random(1).randrange(32, 127) for _ in range(300)) * 4
    socket.text(text)
    socket.echoes(TEXT, text)
    socket.close()


@rule("a bad offer is declined and the connection opens without it", "RFC 7692 5.1, 7.1, attacks",
      each={o: o for o in (
    "foo", "foo=1", "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16",
    "server_max_window_bits=0", "server_max_window_bits=08", "server_max_window_bits=015",
    "server_max_window_bits=abc",
    "server_max_window_bits=-9", "server_max_window_bits=1e1", "server_max_window_bits=99999999999999999999",
    "client_max_window_bits=7", "client_max_window_bits=16", "client_max_window_bits=0",
    "client_max_window_bits=08",
    "client_max_window_bits=x", "server_no_context_takeover=1", "client_no_context_takeover=true",
    "server_max_window_bits=10; server_max_window_bits=10", "client_max_window_bits; client_max_window_bits",
    "server_no_context_takeover; server_no_context_takeover",
    "client_no_context_takeover; client_no_context_takeover",
    "__proto__", "constructor=1")})
def declined(server, params):
    fields = upgrade_headers() + [("Sec-WebSocket-Extensions", "permessage-deflate; " + params)]
    reply = try_upgrade(server, PATH, fields)
    equal((reply.status, reply.get("sec-websocket-extensions")), (101, None), "status, extensions")


@rule("of several offers the first acceptable one counts", "RFC 7692 5.1", each={
    "bad, good": ("permessage-deflate; server_max_window_bits=7, permessage-deflate", None),
    "unknown, good": ("foo; a=b, permessage-deflate", None),
    "two good": ("permessage-deflate; server_max_window_bits=10, permessage-deflate", "10")})
def fallback(server, case):
    offer, bits = case
    socket = connect(server, offer)
    equal(socket.deflate.get("server_max_window_bits"), bits, "server_max_window_bits")
    socket.send_frame(TEXT, socket.compress(b"Hello"), rsv=RSV1)
    socket.echoes(TEXT, b"Hello")
    socket.close()


@rule("offers in two header lines are one list", "RFC 6455 9.1")
def two_lines(server):
    reply = try_upgrade(server, PATH, upgrade_headers() + [
        ("Sec-WebSocket-Extensions", "foo"), ("Sec-WebSocket-Extensions", "permessage-deflate")])
    found = parse_extensions(reply.get("sec-websocket-extensions"))
    equal([name for name, _ in found], ["permessage-deflate"], "extensions")


# ---- messages ----------------------------------------------------------------------------------------------

VECTORS = {
    "one block": ("f248cdc9c90700", b"Hello"), "stored block": ("000500faff48656c6c6f00", b"Hello"),
    "final block": ("f348cdc9c9070000", b"Hello"), "two blocks": ("f24805000000ffffcac9c90700", b"Hello"),
    "empty": ("00", b""), "empty, another form": ("0200", b"")}


@rule("the RFC's sample messages", "RFC 7692 7.2.3", each=VECTORS)
def vectors(server, case):
    packed, text = bytes.fromhex(case[0]), case[1]
    socket = connect(server)
    for _ in range(2):
        socket.send_frame(TEXT, packed, rsv=RSV1)
        socket.echoes(TEXT, text)
    for at in range(len(packed) + 1):
        socket.raw(frame(TEXT, packed[:at], rsv=RSV1, fin=False) + frame(PING, b"p")
                   + frame(CONTINUATION, packed[at:]))
        equal(socket.next(), (PONG, b"p"), "pong between fragments")
        socket.echoes(TEXT, text, f"fragments cut at {at}")
    for i in range(len(packed)):
        socket.send_frame(TEXT if i == 0 else CONTINUATION, packed[i:i + 1], rsv=RSV1 if i == 0 else 0,
                          fin=i == len(packed) - 1)
    socket.echoes(TEXT, text, "fragments of one byte")
    for byte in frame(TEXT, packed, rsv=RSV1):
        socket.raw(bytes([byte]))
    socket.echoes(TEXT, text, "byte by byte")
    socket.close()


def noise(size: int) -> bytes:
    return os.urandom(size)


def words(size: int) -> bytes:
    return (b"the quick brown fox \xe6\x97\xa5 " * (size // 24 + 1))[:size // 24 * 24] + b"." * (size % 24)


@rule("messages of every size come back, whichever way the server sends them", "RFC 7692 7.2", each={
    f"{name} of {size}": (kind, make, size) for name, kind, make in (("text", TEXT, words), ("binary", BINARY,
        noise))
    for size in (0, 1, 2, 60, 125, 126, 127, 1000, 32767, 32768, 65535, 65536, 200000, 1 << 20, 1 << 22)})
def sizes(server, case):
    kind, make, size = case
    data = make(size)
    socket = connect(server, OFFER)
    packed = socket.compress(data)
    socket.send_frame(kind, packed, rsv=RSV1)
    socket.echoes(kind, data, "sent compressed")
    socket.send_frame(kind, data)
    socket.echoes(kind, data, "sent uncompressed")
    for at in range(0, len(packed), max(1, len(packed) // 5)):
        end = at + max(1, len(packed) // 5)
        socket.send_frame(kind if at == 0 else CONTINUATION, packed[at:end], rsv=RSV1 if at == 0 else 0,
                          fin=end >= len(packed))
    socket.echoes(kind, data, "sent compressed, in fragments")
    socket.close()


@rule("every level, window and strategy of zlib is read", "RFC 7692 7.2.2", each={
    f"level {level}, {bits} bits, strategy {strategy}": (level, bits, strategy)
    for level in (0, 1, 9) for bits in (9, 15) for strategy in (0, 2, 3, 4)})
def zlib_forms(server, case):
    level, bits, strategy = case
    data = words(50000) + bytes(range(128)) * 100
    socket = connect(server)
    socket.send_frame(TEXT, raw_deflate(data, level, bits, strategy), rsv=RSV1)
    socket.echoes(TEXT, data)
    socket.close()


@rule("the server keeps to the window that it answered", "RFC 7692 7.1.2.1", each={str(n): n for n in range(9,
    16)})
def window(server, bits):
    """The client inflates with the negotiated window; a longer distance fails there."""
    socket = connect(server, f"permessage-deflate; server_max_window_bits={bits}")
    block = bytes(random.Random(bits).randrange(32, 127) for _ in range(1 << (bits - 1)))
    data = (block + b"-" * (1 << bits)) * 3
    socket.text(data)
    socket.echoes(TEXT, data)
    socket.close()


@rule("the server compresses what is worth it", "RFC 7692 6.1")
def compresses(server):
    socket = connect(server)
    socket.text(b"a" * 100000)
    opcode, payload, fin, packed = socket.read_frame()
    true(packed and len(payload) < 10000, f"100000 equal letters came as {len(payload)} bytes, RSV1 {packed}")
    true(fin and opcode == TEXT, "one text frame")
    socket.close()


@rule("each message of the server stands alone", "RFC 7692 7.1.1.1")
def stands_alone(server):
    socket = connect(server)
    true("server_no_context_takeover" in socket.deflate, "server_no_context_takeover in the answer")
    for _ in range(3):
        socket.text(words(2000))
        socket.echoes(TEXT, words(2000), "inflated with a fresh window")
    socket.close()


@rule("a reference to the message before fails where the client has no context takeover",
      "RFC 7692 7.1.1.2, 7.2.3.2")
def shared_window(server):
    socket = connect(server)
    socket.send_frame(TEXT, bytes.fromhex("f248cdc9c90700"), rsv=RSV1)
    socket.echoes(TEXT, b"Hello")
    socket.send_frame(TEXT, bytes.fromhex("f200110000"), rsv=RSV1)
    if "client_no_context_takeover" in socket.deflate:
        socket.closed(1007, 1002)
    else:
        socket.echoes(TEXT, b"Hello")


@rule("a control frame is never compressed", "RFC 7692 6.1")
def plain_control(server):
    socket = connect(server)
    socket.send_frame(PING, b"a" * 120)
    equal(socket.read_frame(), (PONG, b"a" * 120, True, False), "pong")
    socket.send_frame(CLOSE, close_payload(1000, "a" * 100))
    socket.closed(1000, reply=False)


@rule("the session endpoint speaks it too", "RFC 7692 7.2, sockjs 9")
def session(server):
    socket = connect(server, path="/echo/000/deflated/websocket")
    equal(socket.next(), (TEXT, b"o"), "open frame")
    text = b'["' + b"x" * 5000 + b'"]'
    socket.send_frame(TEXT, socket.compress(text), rsv=RSV1)
    socket.echoes(TEXT, b"a" + text)
    socket.close()


# ---- what must fail ----------------------------------------------------------------------------------------

@rule("RSV1 without the extension fails with 1002", "RFC 6455 5.2")
def not_negotiated(server):
    socket = WebSocket(server, PATH)
    socket.send_frame(TEXT, bytes.fromhex("f248cdc9c90700"), rsv=RSV1)
    socket.closed(1002)


@rule("reserved bits where the extension gives them no meaning fail with 1002", "RFC 7692 6.2", each={
    "RSV1 on ping": frame(PING, b"", rsv=RSV1), "RSV1 on close": frame(CLOSE, b"", rsv=RSV1),
    "RSV2 on text": frame(TEXT, b"x", rsv=RSV2), "RSV3 on text": frame(TEXT, b"x", rsv=RSV3),
    "RSV1+RSV2 on text": frame(TEXT, b"\0", rsv=RSV1 | RSV2),
    "RSV1 on a continuation": frame(TEXT, b"\xf2", rsv=RSV1, fin=False) + frame(CONTINUATION, b"\x48", rsv=RSV1),
    "RSV1 on a continuation of plain text": frame(TEXT, b"x", fin=False) + frame(CONTINUATION, b"y", rsv=RSV1)})
def bad_bits(server, wire):
    socket = connect(server)
    socket.raw(wire)
    socket.closed(1002)


@rule("malformed deflate data fails with 1007", "RFC 7692 7.2.2", each={
    "reserved block type": b"\x06", "bad stored length": bytes.fromhex("000500faf048656c6c6f00"),
    "ones": b"\xff" * 20, "distance before the start": bytes.fromhex("f200110000"),
    "bad code lengths": b"\xfc\xff\xff\xff\xff\xff", "noise": b"\x0e\xfe\xed\xfa\xce" * 20})
def malformed(server, packed):
    socket = connect(server)
    socket.send_frame(TEXT, packed, rsv=RSV1)
    socket.closed(1007, 1002)


@rule("inflated text that is not UTF-8 fails with 1007", "RFC 6455 8.1, RFC 7692 6.2", each={
    "lone continuation": b"ok \x80", "surrogate": b"\xed\xa0\x80", "cut short": b"ok \xe6\x97"})
def bad_text(server, data):
    socket = connect(server)
    socket.send_frame(TEXT, raw_deflate(data), rsv=RSV1)
    socket.closed(1007)


@rule("a deflate bomb is refused with 1009 while it inflates", "attacks", each={
    "64 MiB of zeros": (64 << 20, 1), "64 MiB in fragments": (64 << 20, 16), "one byte over": (LIMIT + 1, 1)})
def bomb(server, case):
    size, parts = case
    packed = raw_deflate(bytes(size), 9)
    socket = connect(server)
    step = len(packed) // parts + 1
    for i in range(parts):
        if not socket.peer.try_send(frame(BINARY if i == 0 else CONTINUATION, packed[i * step:(i + 1) * step],
                                          rsv=RSV1 if i == 0 else 0, fin=i == parts - 1)):
            break
    socket.closed(1009)
    server.alive()


@rule("the limit holds for the inflated size: exactly as much passes", "DESIGN 6", each={
    "16 MiB": (PATH, LIMIT), "1024 bytes": ("/small/websocket", 1024)})
def at_limit(server, case):
    path, size = case
    socket = connect(server, path=path)
    data = bytes(size)
    socket.send_frame(BINARY, raw_deflate(data), rsv=RSV1)
    socket.echoes(BINARY, data)
    socket.close()


@rule("a small service refuses 1025 inflated bytes", "DESIGN 6")
def over_small(server):
    socket = connect(server, path="/small/websocket")
    socket.send_frame(BINARY, raw_deflate(bytes(1025)), rsv=RSV1)
    socket.closed(1009)


@rule("deflate that fails to end its last block is completed by the tail, or refused: no hang, no crash",
      "RFC 7692 7.2.2")
def unfinished(server):
    whole = raw_deflate(words(3000))
    for cut in range(1, len(whole), 7):
        socket = connect(server)
        socket.send_frame(BINARY, whole[:cut], rsv=RSV1)
        opcode, _ = socket.next()
        one_of(opcode, [BINARY, CLOSE], f"opcode, cut at {cut}")
        socket.close()
    server.alive()
