"""RFC 6455 8.1: text is UTF-8, checked as it comes."""

from support.rules import equal, rule
from support.websocket import BINARY, CONTINUATION, PING, PONG, TEXT, WebSocket, frame

NEEDS = ("websocket",)

PATH = "/echo/websocket"

VALID = {name: text.encode() for name, text in {
    "ASCII": "Hello-World", "Greek": "κόσμε", "mixed": "aé日\U0001f600z", "first of 1": "\0", "first of 2": "\x80",
    "first of 3": "\u0800", "first of 4": "\U00010000", "last of 1": "\x7f", "last of 2": "\u07ff",
    "last of 3": "\uffff",
    "last of 4": "\U0010ffff", "below surrogates": "\ud7ff", "above surrogates": "\ue000", "replacement": "\ufffd",
    "noncharacters": "\ufdd0\ufffe\uffff\U0001fffe\U0001ffff\U000fffff",
    "byte order mark": "\ufeff\ufeff"}.items()}

INVALID = {
    "lone continuation 80": b"\x80", "lone continuation bf": b"\xbf", "after good text": b"good \x80",
    "c0": b"\xc0\x80",
    "c1": b"\xc1\xbf", "overlong 3": b"\xe0\x80\xaf", "overlong 3, last": b"\xe0\x9f\xbf",
    "overlong 4": b"\xf0\x80\x80\xaf",
    "overlong 4, last": b"\xf0\x8f\xbf\xbf", "5 bytes": b"\xf8\x88\x80\x80\x80",
    "6 bytes": b"\xfc\x84\x80\x80\x80\x80",
    "fe": b"\xfe", "ff": b"\xff", "surrogate d800": b"\xed\xa0\x80", "surrogate dfff": b"\xed\xbf\xbf",
    "surrogate pair": b"\xed\xa0\xbd\xed\xb8\x80", "above 10ffff": b"\xf4\x90\x80\x80", "f5": b"\xf5\x80\x80\x80",
    "2 cut by ASCII": b"\xc3a", "3 cut by ASCII": b"\xe6\x97a", "4 cut by ASCII": b"\xf0\x9f\x98a",
    "lead after lead": b"\xc3\xc3\xa9", "cut at the end, 2": b"x\xc3", "cut at the end, 3": b"x\xe6\x97",
    "cut at the end, 4": b"x\xf0\x9f\x98", "cut after its lead, 4": b"\xf0"}

# The bytes up to and including the first that no valid text can have there: known to be wrong without any more.
FAST = {
    "lone continuation": b"ok\x80", "c0": b"ok\xc0", "f5": b"ok\xf5", "ff": b"ok\xff", "surrogate": b"ok\xed\xa0",
    "above 10ffff": b"ok\xf4\x90", "overlong 3": b"ok\xe0\x80", "overlong 4": b"ok\xf0\x8f", "cut 2": b"ok\xc3a",
    "cut 3": b"ok\xe6\x97a", "cut 4": b"ok\xf0\x9f\x98a", "after 1000 good bytes": b"g" * 1000 + b"\xbf"}


@rule("valid text is echoed, in one frame and cut anywhere into fragments", "RFC 6455 8.1, 5.4", each=VALID)
def valid(server, data):
    socket = WebSocket(server, PATH)
    socket.text(data)
    socket.echoes(TEXT, data)
    for at in range(len(data) + 1):
        socket.raw(frame(TEXT, data[:at], fin=False) + frame(PING, b"p") + frame(CONTINUATION, data[at:]))
        equal(socket.next(), (PONG, b"p"), "pong")
        socket.echoes(TEXT, data, f"cut at {at}")
    for at in range(len(data)):
        socket.send_frame(TEXT if at == 0 else CONTINUATION, data[at:at + 1], fin=at == len(data) - 1)
    socket.echoes(TEXT, data, "one byte a fragment")
    for byte in frame(TEXT, data):
        socket.raw(bytes([byte]))
    socket.echoes(TEXT, data, "one byte a segment")
    socket.close()


@rule("invalid text fails with 1007", "RFC 6455 8.1", each=INVALID)
def invalid(server, data):
    socket = WebSocket(server, PATH)
    socket.text("before")
    socket.text(data)
    socket.echoes(TEXT, b"before")
    socket.closed(1007)


@rule("invalid text in fragments of one byte fails with 1007", "RFC 6455 8.1, 5.4", each=INVALID)
def invalid_fragments(server, data):
    socket = WebSocket(server, PATH)
    socket.raw(b"".join(frame(TEXT if at == 0 else CONTINUATION, data[at:at + 1], fin=at == len(data) - 1)
                        for at in range(len(data))))
    socket.closed(1007)


@rule("invalid text fails at once in an unfinished frame", "RFC 6455 8.1", each=FAST)
def fast_in_frame(server, data):
    socket = WebSocket(server, PATH)
    socket.raw(frame(TEXT, data + b"never sent")[:-10])
    socket.closed(1007)


@rule("invalid text fails at once in an unfinished message", "RFC 6455 8.1", each=FAST)
def fast_in_message(server, data):
    socket = WebSocket(server, PATH)
    socket.send_frame(TEXT, data, fin=False)
    socket.closed(1007)


@rule("invalid text fails at once when the bad byte comes alone", "RFC 6455 8.1", each=FAST)
def fast_bytes(server, data):
    socket = WebSocket(server, PATH)
    wire = frame(TEXT, data + b"never sent")[:-10]
    socket.raw(wire[:-1])
    socket.raw(wire[-1:])
    socket.closed(1007)


@rule("binary messages carry any bytes", "RFC 6455 5.6", each=INVALID)
def binary(server, data):
    socket = WebSocket(server, PATH)
    socket.send_frame(BINARY, data)
    socket.echoes(BINARY, data)
    socket.close()


@rule("each message starts its text anew", "RFC 6455 8.1")
def anew(server):
    socket = WebSocket(server, PATH)
    socket.send_frame(BINARY, b"\xe6\x97")
    socket.echoes(BINARY, b"\xe6\x97")
    socket.send_frame(TEXT, b"a")
    socket.echoes(TEXT, b"a")
    socket.send_frame(TEXT, b"\xa5")
    socket.closed(1007)
