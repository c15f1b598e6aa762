"""RFC 6455 5: frames, fragments and control frames, on the raw echo endpoint."""

import os
import struct

from support.rules import equal, rule, true
from support.websocket import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, WebSocket, close_payload, frame,
                               masked)

NEEDS = ("websocket",)

PATH = "/echo/websocket"
KINDS = {"text": TEXT, "binary": BINARY}
LIMIT = 16 * 1024 * 1024


def sample(kind: int, size: int) -> bytes:
    unit = "aé日\U0001f600".encode() if kind == TEXT else bytes(range(256))
    data = (unit * (size // len(unit) + 1))[:size]
    if kind == TEXT:
        data = data.decode("utf-8", "ignore").encode().ljust(size, b".")
    return data


def connect(server, path=PATH) -> WebSocket:
    return WebSocket(server, path)


# ---- lengths -----------------------------------------------------------------------------------------------

@rule("messages at the borders of the length forms", "RFC 6455 5.2", each={
    f"{name} of {n}": (kind, n) for name, kind in KINDS.items()
    for n in (0, 1, 2, 124, 125, 126, 127, 128, 255, 256, 65534, 65535, 65536, 65537, 131072)})
def lengths(server, case):
    kind, size = case
    socket = connect(server)
    data = sample(kind, size)
    socket.send_frame(kind, data)
    socket.echoes(kind, data)
    socket.close()


@rule("the length must be in its shortest form", "RFC 6455 5.2", each={
    "0 in 16 bits": (16, 0), "125 in 16 bits": (16, 125), "0 in 64 bits": (64, 0), "126 in 64 bits": (64, 126),
    "65535 in 64 bits": (64, 65535)})
def shortest(server, case):
    form, size = case
    socket = connect(server)
    socket.send_frame(TEXT, b"x" * size, form=form)
    socket.closed(1002)


@rule("a 64-bit length with its top bit set is refused from its head alone", "RFC 6455 5.2, attacks",
      each={hex(n): n for n in (1 << 63, (1 << 64) - 1, (1 << 63) | 5)})
def top_bit(server, length):
    socket = connect(server)
    socket.raw(b"\x82\xff" + struct.pack("!Q", length) + b"abcd")
    socket.closed(1002, 1009)


@rule("a frame over the message limit is refused from its head alone with 1009", "DESIGN 6, attacks",
      each={hex(n): n for n in (LIMIT + 1, 1 << 31, (1 << 32) + 5, (1 << 63) - 1)})
def over_limit(server, length):
    socket = connect(server)
    socket.raw(b"\x82\xff" + struct.pack("!Q", length) + b"abcd")
    socket.closed(1009)


@rule("length and bytes already read must not overflow the limit's check", "attacks")
def overflow(server):
    socket = connect(server)
    socket.send_frame(BINARY, b"first fragment", fin=False)
    socket.raw(b"\x80\xff" + struct.pack("!Q", (1 << 63) - 1) + b"abcd")
    socket.closed(1009)


@rule("max_message_bytes is exact, in one frame and in fragments", "DESIGN 6", each={
    "1024": ([1024], True), "1025": ([1025], False), "512+512": ([512, 512], True), "600+600": ([600, 600], False),
    "1024+0": ([1024, 0], True), "1024+1": ([1024, 1], False), "40 x 26": ([26] * 40, False)})
def small_limit(server, case):
    parts, passes = case
    socket = connect(server, "/small/websocket")
    for i, size in enumerate(parts):
        if not socket.peer.try_send(frame(BINARY if i == 0 else CONTINUATION, b"x" * size,
                                          fin=i == len(parts) - 1)):
            break
    if passes:
        socket.echoes(BINARY, b"x" * sum(parts))
        socket.close()
    else:
        socket.closed(1009)


# ---- large messages in chops -------------------------------------------------------------------------------

CHOPS = {(0, 1), (1, 1), (300, 1), (5000, 1), (5000, 7), (65536, 997), (70000, 64), (1 << 20, 256), (1 << 20,
    65536),
         (1 << 22, 4096), (LIMIT, 65536)}


@rule("a message sent in chops", "RFC 6455 5.2", each={
    f"{name}, {size} bytes in chops of {chop}": (kind, size, chop)
    for name, kind in KINDS.items() for size, chop in sorted(CHOPS)})
def chops(server, case):
    kind, size, chop = case
    socket = connect(server)
    data = sample(kind, size)
    wire = frame(kind, data)
    for at in range(0, len(wire), chop):
        socket.raw(wire[at:at + chop])
    socket.echoes(kind, data)
    socket.close()


@rule("a message in fragments", "RFC 6455 5.4", each={
    f"{name}, {size} bytes in fragments of {part}": (kind, size, part) for name, kind in KINDS.items()
    for size, part in ((10, 1), (1000, 1), (65536, 64), (1 << 20, 1024), (1 << 22, 64), (1 << 22, 256),
                       (1 << 22, 65536),
                       (LIMIT, 1 << 20))})
def fragments(server, case):
    kind, size, part = case
    socket = connect(server)
    data = sample(kind, size)
    wire = bytearray()
    for at in range(0, size, part):
        wire += frame(kind if at == 0 else CONTINUATION, data[at:at + part], fin=at + part >= size)
        if len(wire) > 1 << 18:
            socket.raw(wire)
            wire.clear()
    socket.raw(wire)
    socket.echoes(kind, data)
    socket.close()


@rule("a conversation split in two at every byte", "RFC 6455 5")
def every_split(server):
    socket = connect(server)
    parts = [(TEXT, "aé", True), (PING, "p", True), (TEXT, "x", False), (CONTINUATION, "\U0001f600", True),
             (BINARY, "z" * 126, True)]
    wire = b"".join(frame(op, text.encode(), fin=fin) for op, text, fin in parts)
    for at in range(1, len(wire)):
        socket.raw(wire[:at])
        socket.raw(wire[at:])
        socket.echoes(TEXT, "aé".encode(), f"split at {at}")
        equal(socket.next(), (PONG, b"p"), f"pong, split at {at}")
        socket.echoes(TEXT, "x\U0001f600".encode(), f"split at {at}")
        socket.echoes(BINARY, b"z" * 126, f"split at {at}")
    socket.close()


@rule("many frames in one segment are all answered in order", "RFC 6455 5")
def many(server):
    socket = connect(server)
    socket.raw(b"".join(frame(TEXT, b"%d" % i) for i in range(2000)))
    for i in range(2000):
        socket.echoes(TEXT, b"%d" % i)
    socket.close()


@rule("every mask is undone, the zero mask too", "RFC 6455 5.3", each={
    "zero": b"\0\0\0\0", "ones": b"\xff\xff\xff\xff", "one byte": b"\0\0\0\x01", "sample": b"\x37\xfa\x21\x3d"})
def masks(server, key):
    socket = connect(server)
    for size in (0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 125):
        data = os.urandom(size)
        socket.raw(bytes([0x82, 0x80 | size]) + key + masked(data, key))
        socket.echoes(BINARY, data, f"{size} bytes")
    socket.close()


@rule("the RFC's sample frame", "RFC 6455 5.7")
def rfc_sample(server):
    socket = connect(server)
    socket.raw(bytes.fromhex("818537fa213d7f9f4d5158"))
    equal(socket.peer.exactly(7), b"\x81\x05Hello", "echo")
    socket.raw(bytes.fromhex("898537fa213d7f9f4d5158"))
    equal(socket.peer.exactly(7), b"\x8a\x05Hello", "pong")
    socket.close()


# ---- what must fail ----------------------------------------------------------------------------------------

def after_echo(server) -> WebSocket:
    """A message before the offence is still answered, and answered before the close."""
    socket = connect(server)
    socket.text("before")
    return socket


@rule("a reserved bit fails with 1002", "RFC 6455 5.2", each={
    f"{rsv:03b} on {name}": (rsv, op) for rsv in range(1, 8)
    for name, op in (("text", TEXT), ("binary", BINARY), ("ping", PING), ("pong", PONG), ("close", CLOSE))})
def reserved_bits(server, case):
    rsv, opcode = case
    socket = after_echo(server)
    socket.raw(frame(opcode, b"", rsv=rsv) + frame(TEXT, b"after"))
    socket.echoes(TEXT, b"before")
    socket.closed(1002)


@rule("a reserved opcode fails with 1002, from its head alone", "RFC 6455 5.2", each={
    f"{op}{', with payload' if n else ''}": (op, n) for op in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15) for n in (0,
        100)})
def reserved_opcodes(server, case):
    opcode, size = case
    socket = after_echo(server)
    socket.raw(frame(opcode, b"", length=size))
    socket.echoes(TEXT, b"before")
    socket.closed(1002)


@rule("an unmasked frame fails with 1002", "RFC 6455 5.1", each={
    "text": (TEXT, b"x"), "empty text": (TEXT, b""), "binary": (BINARY, b"x"), "ping": (PING, b""),
    "close": (CLOSE, close_payload(1000))})
def unmasked(server, case):
    socket = after_echo(server)
    socket.send_frame(*case, mask=False)
    socket.echoes(TEXT, b"before")
    socket.closed(1002)


@rule("a fragmented control frame fails with 1002", "RFC 6455 5.5",
      each={"ping": PING, "pong": PONG, "close": CLOSE})
def fragmented_control(server, opcode):
    socket = after_echo(server)
    socket.send_frame(opcode, b"", fin=False)
    socket.echoes(TEXT, b"before")
    socket.closed(1002)


@rule("a control frame over 125 bytes fails with 1002, from its head alone", "RFC 6455 5.5", each={
    f"{name} of {size}": (op, size) for name, op in (("ping", PING), ("pong", PONG), ("close", CLOSE))
    for size in (126, 65536)})
def long_control(server, case):
    opcode, size = case
    socket = after_echo(server)
    socket.raw(frame(opcode, b"", length=size, form=16 if size < 65536 else 64))
    socket.echoes(TEXT, b"before")
    socket.closed(1002)


@rule("a continuation of nothing fails with 1002", "RFC 6455 5.4", each={"final": True, "not final": False})
def nothing_to_continue(server, fin):
    socket = after_echo(server)
    socket.send_frame(CONTINUATION, b"x", fin=fin)
    socket.echoes(TEXT, b"before")
    socket.closed(1002)


@rule("a continuation after a finished message fails with 1002", "RFC 6455 5.4")
def continued_twice(server):
    socket = connect(server)
    socket.raw(frame(TEXT, b"a", fin=False) + frame(CONTINUATION, b"b") + frame(CONTINUATION, b"c"))
    socket.echoes(TEXT, b"ab")
    socket.closed(1002)


@rule("a new message inside a fragmented one fails with 1002", "RFC 6455 5.4", each={
    "text in text": (TEXT, TEXT), "binary in text": (TEXT, BINARY), "text in binary": (BINARY, TEXT)})
def interleaved(server, case):
    socket = after_echo(server)
    socket.raw(frame(case[0], b"a", fin=False) + frame(case[1], b"b"))
    socket.echoes(TEXT, b"before")
    socket.closed(1002)


# ---- fragments ---------------------------------------------------------------------------------------------

@rule("fragments may be empty, and a message all empty", "RFC 6455 5.4", each={
    "all": [b"", b"", b""], "first": [b"", b"x"], "middle": [b"x", b"", b"y"], "last": [b"x", b""],
    "many": [b"x", *[b""] * 200, b"y"]})
def empty_fragments(server, parts):
    for kind in (TEXT, BINARY):
        socket = connect(server)
        for i, part in enumerate(parts):
            socket.send_frame(kind if i == 0 else CONTINUATION, part, fin=i == len(parts) - 1)
        socket.echoes(kind, b"".join(parts))
        socket.close()


@rule("a ping between fragments is answered before the message ends", "RFC 6455 5.4, 5.5.2")
def ping_between(server):
    socket = connect(server)
    socket.send_frame(TEXT, b"a", fin=False)
    for i in range(5):
        socket.send_frame(PING, b"ping %d" % i)
        equal(socket.next(), (PONG, b"ping %d" % i), "pong while the message is unfinished")
        socket.send_frame(PONG, b"unasked")
        socket.send_frame(CONTINUATION, b"b", fin=False)
    socket.send_frame(CONTINUATION, b"c")
    socket.echoes(TEXT, b"abbbbbc")
    socket.close()


@rule("bytes that look like a ping inside a frame are payload", "RFC 6455 5.4")
def looks_like_ping(server):
    socket = connect(server)
    data = frame(PING, b"x") * 50
    socket.send_frame(BINARY, data)
    socket.echoes(BINARY, data)
    socket.close()


# ---- ping and pong -----------------------------------------------------------------------------------------

@rule("a pong carries the ping's payload", "RFC 6455 5.5.3", each={
    str(n): n for n in (0, 1, 2, 3, 4, 5, 8, 16, 63, 64, 124, 125)})
def pong(server, size):
    socket = connect(server)
    data = os.urandom(size)
    socket.send_frame(PING, data)
    equal(socket.next(), (PONG, data), "pong")
    socket.close()


@rule("ten pipelined pings get ten pongs in order", "RFC 6455 5.5.3", each={"at once": 0, "byte by byte": 1})
def ten_pings(server, chop):
    socket = connect(server)
    wire = b"".join(frame(PING, b"payload-%d" % i) for i in range(10))
    if chop:
        for byte in wire:
            socket.raw(bytes([byte]))
    else:
        socket.raw(wire)
    for i in range(10):
        equal(socket.next(), (PONG, b"payload-%d" % i), "pong")
    socket.close()


@rule("of 1000 pipelined pings the last is answered, and the answered ones in order", "RFC 6455 5.5.3")
def many_pings(server):
    socket = connect(server)
    socket.raw(b"".join(frame(PING, b"%04d" % i) for i in range(1000)) + frame(TEXT, b"end"))
    seen = []
    while (got := socket.next())[0] == PONG:
        seen.append(got[1])
    equal(got, (TEXT, b"end"), "the message behind the pings")
    true(seen == sorted(set(seen)) and seen and seen[-1] == b"0999",
         f"pongs out of order, or not to the last: {seen[-3:]}")
    socket.close()


@rule("an unasked pong is ignored", "RFC 6455 5.5.3", each={"empty": b"", "with payload": b"unasked"})
def unasked_pong(server, data):
    socket = connect(server)
    socket.send_frame(PONG, data)
    socket.text("x")
    socket.echoes(TEXT, b"x")
    socket.close()
