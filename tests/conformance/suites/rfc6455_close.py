"""RFC 6455 5.5.1, 7: the closing handshake and its codes."""

import socket as sockets

from support.rules import equal, rule
from support.websocket import CLOSE, CONTINUATION, PING, TEXT, WebSocket, close_payload, frame

NEEDS = ("websocket",)

PATH = "/echo/websocket"


@rule("a valid code is echoed, then the server ends TCP", "RFC 6455 5.5.1, 7.4", each={
    str(c): c for c in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)})
def valid(server, code):
    socket = WebSocket(server, PATH)
    socket.send_frame(CLOSE, close_payload(code, "bye"))
    socket.closed(code, reply=False)


@rule("a code that must not be sent fails with 1002", "RFC 6455 7.4", each={
    str(c): c for c in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)})
def invalid(server, code):
    socket = WebSocket(server, PATH)
    socket.send_frame(CLOSE, close_payload(code))
    socket.closed(1002, reply=False)


@rule("a close without a code is answered, and TCP ends", "RFC 6455 5.5.1, 7.1.5")
def no_code(server):
    socket = WebSocket(server, PATH)
    socket.send_frame(CLOSE)
    socket.closed(None, 1000, reply=False)


@rule("a close with half a code fails with 1002", "RFC 6455 5.5.1")
def half_code(server):
    socket = WebSocket(server, PATH)
    socket.send_frame(CLOSE, b"\x03")
    socket.closed(1002, reply=False)


@rule("a reason of 123 bytes passes, in any script", "RFC 6455 5.5.1", each={
    "ASCII": b"r" * 123, "CJK": "日".encode() * 41, "astral": "\U0001f600".encode() * 30, "empty": b""})
def reason(server, text):
    socket = WebSocket(server, PATH)
    socket.send_frame(CLOSE, close_payload(1000, text))
    socket.closed(1000, reply=False)


@rule("a reason of 124 bytes fails with 1002", "RFC 6455 5.5")
def long_reason(server):
    socket = WebSocket(server, PATH)
    socket.send_frame(CLOSE, close_payload(1000, b"r" * 124))
    socket.closed(1002, reply=False)


@rule("a reason that is not UTF-8 fails with 1007", "RFC 6455 8.1, 7.1.6", each={
    "lone continuation": b"\x80", "surrogate": b"\xed\xa0\x80", "cut short": b"ok \xe6\x97",
    "overlong": b"\xc0\xaf"})
def bad_reason(server, text):
    socket = WebSocket(server, PATH)
    socket.send_frame(CLOSE, close_payload(1000, text))
    socket.closed(1007, 1002, reply=False)


@rule("messages before the close are answered before it; what follows is not", "RFC 6455 5.5.1", each={
    "text": frame(TEXT, b"after"), "ping": frame(PING, b"after"), "close": frame(CLOSE, close_payload(1001)),
    "garbage": b"\xff" * 100, "bad frame": frame(3, b"x")})
def order(server, after):
    socket = WebSocket(server, PATH)
    socket.raw(frame(TEXT, b"1") + frame(TEXT, b"2") + frame(CLOSE, close_payload(1000)) + after)
    socket.echoes(TEXT, b"1")
    socket.echoes(TEXT, b"2")
    socket.closed(1000, reply=False)


@rule("a close inside a fragmented message is obeyed", "RFC 6455 5.4, 5.5.1")
def inside(server):
    socket = WebSocket(server, PATH)
    socket.raw(frame(TEXT, b"a", fin=False) + frame(CLOSE, close_payload(1000)) + frame(CONTINUATION, b"b"))
    socket.closed(1000, reply=False)


@rule("a close frame that comes byte by byte", "RFC 6455 5.5.1")
def byte_by_byte(server):
    socket = WebSocket(server, PATH)
    for byte in frame(CLOSE, close_payload(4321, "späť")):
        socket.raw(bytes([byte]))
    socket.closed(4321, reply=False)


@rule("a close with a large message under way arrives after it", "RFC 6455 5.5.1")
def behind_large(server):
    socket = WebSocket(server, PATH)
    data = b"x" * (1 << 21)
    socket.raw(frame(TEXT, data) + frame(CLOSE, close_payload(1000)))
    socket.echoes(TEXT, data)
    socket.closed(1000, reply=False)


@rule("the client may end its sending side after its close frame", "RFC 6455 7.1.1")
def half_closed(server):
    socket = WebSocket(server, PATH)
    socket.send_frame(CLOSE, close_payload(1000))
    socket.peer.sock.shutdown(sockets.SHUT_WR)
    socket.closed(1000, reply=False)


@rule("the session endpoint closes in the same way", "RFC 6455 5.5.1, sockjs 9")
def session(server):
    socket = WebSocket(server, "/echo/000/close-test/websocket")
    equal(socket.next(), (TEXT, b"o"), "open frame")
    socket.send_frame(CLOSE, close_payload(1001))
    socket.closed(1001, reply=False)


@rule("a server's close that is never answered ends all the same", "RFC 6455 7.1.1, attacks", slow=True)
def unanswered(server):
    socket = WebSocket(server, "/close/websocket")
    socket.peer.timeout(40)
    opcode, payload, _, _ = socket.read_frame()
    equal((opcode, payload[:2]), (CLOSE, close_payload(3000)), "close frame")
    socket.peer.at_end("the close frame")


@rule("a connection that ends without a close frame harms nobody", "RFC 6455 7.1.5", each={
    "FIN": False, "RST": True})
def vanished(server, hard):
    for data in (b"", frame(TEXT, b"x"), frame(TEXT, b"x" * 1000)[:500], frame(TEXT, b"x", fin=False), b"\x81"):
        socket = WebSocket(server, PATH)
        socket.raw(data)
        socket.peer.reset() if hard else socket.close()
    server.alive()
