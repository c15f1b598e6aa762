"""Single connections that mean harm: each must be refused or survived, and the others must not notice."""

import struct
import threading
import time

from support.http import Peer, Reply, fetch, head_bytes
from support.rules import WATCHDOG_SECONDS, Failed, contains, equal, one_of, rule, true
from support.transports import XhrPoll, session_root
from support.websocket import BINARY, PING, PONG, TEXT, WebSocket, frame, masked, try_upgrade, upgrade_headers

RAW = "/echo/websocket"
REFUSALS = (400, 413, 414, 431, 501, 505)


def refusal_or_end(peer: Peer, statuses=REFUSALS, what="status") -> None:
    """The server must answer with a refusal and end the connection, or just end it."""
    if peer.buffer or peer.fill():
        reply = Reply(peer, "GET", "1.1")
        one_of(reply.status, statuses, what)
        reply.body()
        peer.at_end("the refusal")


# ---- heads -------------------------------------------------------------------------------------------------

@rule("thousands of header fields with Upgrade last are refused or read whole", "attacks CVE-2024-37890",
      each={"300": 300, "2000": 2000, "20000": 20000})
def many_fields(server, count):
    server.need("websocket")
    filler = [(f"X-{i}", "y") for i in range(count)]
    peer = Peer(server)
    sent = peer.try_send(head_bytes(server, "GET", RAW, filler + upgrade_headers()))
    if sent and peer.fill():
        reply = Reply(peer, "GET", "1.1")
        one_of(reply.status, [101, *REFUSALS], "status")
        if reply.status == 101:
            peer.send(frame(TEXT, b"x"))
            equal(peer.exactly(3), b"\x81\x01x", "echo")
    server.alive()


@rule("an endless head in small pieces is cut off", "attacks CVE-2023-43669", each={
    "one header value": b"X-A: " + b"a" * 5, "one header name": b"a" * 10, "many headers": b"",
    "the path": b"path"})
def endless_head(server, start):
    peer = Peer(server)
    piece = b"X-B: c\r\n" * 512 if start == b"" else b"b" * 4096
    peer.try_send(b"GET /" if start == b"path" else b"GET /echo HTTP/1.1\r\nHost: a\r\n" + start)
    for _ in range(2048):
        if not peer.try_send(piece):
            break
    else:
        peer.sock.shutdown(1)
    refusal_or_end(peer)
    server.alive()


@rule("a request line or header of 1 MiB is refused", "attacks", each={
    "path": lambda n: f"GET /echo?{'x' * n} HTTP/1.1\r\nHost: a\r\n\r\n",
    "value": lambda n: f"GET /echo HTTP/1.1\r\nHost: a\r\nX: {'x' * n}\r\n\r\n",
    "cookie": lambda n: f"GET /echo HTTP/1.1\r\nHost: a\r\nCookie: {'a=b; ' * (n // 6)}\r\n\r\n",
    "method": lambda n: f"{'G' * n} /echo HTTP/1.1\r\nHost: a\r\n\r\n"})
def long_head(server, make):
    peer = Peer(server)
    peer.try_send(make(1 << 20).encode())
    if not peer.fill():
        return server.alive()
    one_of(Reply(peer, "GET", "1.1").status, REFUSALS, "status")
    server.alive()


@rule("sub-protocols and extensions of blanks and backslashes are read in linear time",
      "attacks CVE-2021-32640, CVE-2020-7662", each={
          "protocol b, blanks, x": ("Sec-WebSocket-Protocol", "b" + " " * 6000 + "x"),
          "commas": ("Sec-WebSocket-Protocol", "," * 6000), "many protocols": ("Sec-WebSocket-Protocol",
              "a, " * 2000 + "b"),
          "open quote": ("Sec-WebSocket-Extensions", 'a; b="' + "\\c" * 3000),
          "many parameters": ("Sec-WebSocket-Extensions", "permessage-deflate" + "; a=1" * 1000),
          "many offers": ("Sec-WebSocket-Extensions", ", ".join(["permessage-deflate; x"] * 300)),
          "blanks": ("Sec-WebSocket-Extensions", "permessage-deflate" + " " * 6000 + "; x")})
def blanks(server, field):
    reply = try_upgrade(server, "/sub/websocket", upgrade_headers() + [field])
    one_of(reply.status, [101, *REFUSALS], "status")
    server.alive()


MALFORMED = {
    "no version": b"GET /echo\r\n\r\n", "HTTP/2.0": b"GET /echo HTTP/2.0\r\nHost: a\r\n\r\n",
    "HTTP/9.9": b"GET /echo HTTP/9.9\r\nHost: a\r\n\r\n", "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS hello": bytes.fromhex("16030100c8010000c40303") + bytes(100), "noise": b"\x80\xff\x00\x01" * 50,
    "NUL in a value": b"GET /echo HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    "NUL in the path": b"GET /echo\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    "control in the path": b"GET /ec\x01ho HTTP/1.1\r\nHost: a\r\n\r\n",
    "blank before colon": b"GET /echo HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
    "empty name": b"GET /echo HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
    "no colon": b"GET /echo HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n",
    "bare CR in a value": b"GET /echo HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
    "no Host": b"GET /echo HTTP/1.1\r\n\r\n", "two Hosts": b"GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "negative length": b"POST /echo/0/0/xhr HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "length of letters": b"POST /echo/0/0/xhr HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n",
    "length with plus": b"POST /echo/0/0/xhr HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
    "length over 64 bits": b"POST /echo/0/0/xhr HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551617\r\n\r\n",
    "two lengths": b"POST /echo/0/0/xhr HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "length and chunks": (b"POST /echo/0/0/xhr HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                          b"0\r\n\r\n"),
    "chunked twice": (b"POST /echo/0/0/xhr HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    "unknown coding": b"POST /echo/0/0/xhr HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzippy\r\n\r\n0\r\n\r\n",
    "chunk size of letters": b"POST /echo/0/0/xhr HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    "chunk size over 64 bits": (b"POST /echo/0/0/xhr HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                b"11111111111111111\r\n\r\n"),
    "chunk longer than its size": (b"POST /echo/0/0/xhr_send HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                   b"2\r\n[]x\r\n0\r\n\r\n")}


@rule("a malformed request is refused, and nothing behind it is read as a request", "RFC 9112 2, 3, 5, 6, 7",
      each=MALFORMED)
def malformed(server, wire):
    if wire.startswith(b"POST"):
        server.need("xhr_poll")
    peer = Peer(server)
    peer.try_send(wire + head_bytes(server, "GET", "/echo", {"X-Smuggled": "1"}))
    if not peer.fill():
        return server.alive()
    true(peer.buffer.startswith(b"HTTP/1.1 ") or peer.buffer[:1] == b"\x15", f"reply {bytes(peer.buffer[:60])!r}")
    if peer.buffer[:1] == b"H":
        reply = Reply(peer, "GET", "1.1")
        one_of(reply.status, REFUSALS, "status")
        true(reply.body().strip(), "the refusal must say what was wrong")
        peer.at_end("the refusal")
    server.alive()


@rule("an upgrade with a body is refused before its body is taken for a request",
      "attacks CVE-2026-69243, websocket 7.13",
      each={"length": ([("Content-Length", "30")], b"GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"),
            "chunks": ([("Transfer-Encoding", "chunked")],
                       b"1e\r\nGET /echo HTTP/1.1\r\nHost: a\r\n\r\n\r\n0\r\n\r\n")})
def upgrade_with_body(server, case):
    server.need("websocket")
    fields, body = case
    peer = Peer(server)
    peer.send(head_bytes(server, "GET", RAW, upgrade_headers() + fields) + body)
    reply = Reply(peer, "GET", "1.1")
    equal(reply.status, 400, "status")
    true(b"Welcome" not in reply.body() + (peer.rest() if (reply.get("connection") or "") == "close" else b""),
         "the body was served as a request")
    server.alive()


@rule("Upgrade to an endpoint that is no WebSocket is served as usual, or refused", "attacks CVE-2020-7693 (sockjs)", each={
    f"{m} {p}": (m, p) for m, p in (("GET", "/echo"), ("GET", "/echo/info"), ("GET", "/echo/iframe.html"),
                                    ("POST", "/echo/0/up/xhr"), ("POST", "/echo/0/up/xhr_streaming"), ("GET",
                                        "/none"),
                                    ("POST", "/echo/0/up/xhr_send"), ("GET", "/echo/0/up/eventsource"),
                                    ("GET", "/echo/0/up/jsonp?c=x"), ("GET", "/echo/0/up/htmlfile?c=x"),
                                    ("OPTIONS", "/echo/0/up/xhr"), ("GET", "/"))})
def upgrade_elsewhere(server, case):
    method, path = case
    for token in ("websocket", "h2c", "TLS/1.0"):
        fields = [(n, token if n == "Upgrade" else v) for n, v in upgrade_headers()]
        peer = Peer(server)
        body = [("Content-Length", "0")] if method == "POST" else []
        peer.send(head_bytes(server, method, path.replace("up/", "up" + token[:3] + method + "/"), fields + body))
        reply = Reply(peer, method, "1.1")
        true(reply.status != 101, f"switched protocols at {path}")
        peer.close()
    server.alive()


@rule("a handshake that breaks off anywhere harms nobody", "attacks CVE-2025-11234")
def broken_off(server):
    wire = head_bytes(server, "GET", RAW, upgrade_headers())
    for cut in range(0, len(wire) + 1, 5):
        peer = Peer(server)
        peer.send(wire[:cut])
        peer.reset() if cut % 2 else peer.close()
    server.alive()


@rule("any other method is refused; CONNECT may just end", "RFC 9110 9", each={m: m for m in ("PUT", "DELETE",
    "PATCH", "TRACE", "CONNECT", "FOO")})
def methods(server, method):
    peer = Peer(server)
    target = "a.example:80" if method == "CONNECT" else "/echo"
    peer.send(head_bytes(server, method, target, {"Content-Length": "0"} if method != "CONNECT" else {}))
    if method != "CONNECT" or peer.fill():
        one_of(Reply(peer, method, "1.1").status, [400, 404, 405, 501], "status")
    server.alive()


@rule("odd request targets are answered", "RFC 9112 3.2", each={t: t for t in (
    "*", "http://a.example/echo", "//", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/echo/..%2f", "/%",
    "/%zz", "/%00",
    "/echo/%ff%fe", "/echo/0/x/xhr?" + "a=b&" * 500, "/" + "a/" * 1500, "/echo;x=y", "/encke.js/../x")})
def targets(server, target):
    peer = Peer(server)
    peer.send(head_bytes(server, "GET", target))
    reply = Reply(peer, "GET", "1.1")
    true(reply.status in (200, 400, 404, 405, 414, 431), f"status {reply.status}")
    true(b"root:" not in reply.body(), "a file from outside was served")
    server.alive()


# ---- bodies ------------------------------------------------------------------------------------------------

@rule("a body announced far over the limit is refused with 413 and a text, without waiting for it", "DESIGN 4",
      each={"1 GiB": 1 << 30, "2^62": 1 << 62})
def huge_body(server, length):
    peer = Peer(server)
    session = XhrPoll().session(server).open()
    peer.send(head_bytes(server, "POST", session.root + "/xhr_send", {"Content-Length": str(length)}) + b'["')
    reply = Reply(peer, "POST", "1.1")
    equal(reply.status, 413, "status")
    true(reply.body().strip(), "the refusal must say what was wrong")
    session.send("x")
    equal(session.messages(1), ["x"], "the session lives on")


@rule("an endless chunked body is cut off", "DESIGN 4", each={"large chunks": 65536, "small chunks": 64})
def endless_body(server, size):
    session = XhrPoll().session(server, "/small").open()
    peer = Peer(server)
    peer.send(head_bytes(server, "POST", session.root + "/xhr_send", {"Transfer-Encoding": "chunked"}))
    chunk = b"%x\r\n%s\r\n" % (size, b" " * size)
    block = chunk * (65536 // size)
    deadline = time.monotonic() + 2 * WATCHDOG_SECONDS
    for _ in range(2048):
        true(time.monotonic() < deadline, "the server takes an endless body, if slowly")
        if not peer.try_send(block):
            break
    else:
        raise Failed("128 MiB of one request were taken")
    refusal_or_end(peer, (413, 400, 500))
    session.send("x")
    equal(session.messages(1), ["x"], "the session lives on")


@rule("an endless chunk extension or trailer is cut off", "RFC 9112 7.1", each={
    "extension": b"1;" + b"x" * 10, "trailer": b"0\r\n" + b"X: y" * 3})
def endless_trailer(server, start):
    peer = Peer(server)
    peer.send(head_bytes(server, "POST", session_root() + "/xhr_send", {"Transfer-Encoding": "chunked"}) + start)
    for _ in range(2048):
        if not peer.try_send(b"x" * 8192):
            break
    else:
        raise Failed("16 MiB of one line were taken")
    server.alive()


# ---- frames ------------------------------------------------------------------------------------------------

@rule("an echo whose answers are never read is held back or ended; others are served", "DESIGN 4")
def never_reads(server):
    socket = WebSocket(server, RAW)
    socket.peer.timeout(1.0)
    block = frame(BINARY, b"x" * 65536) * 8
    taken = 0
    try:
        while taken < 256 << 20:
            socket.raw(block)
            taken += len(block)
    except OSError:
        pass
    true(taken < 256 << 20, "256 MiB of echo were taken although no answer was read")
    server.alive()
    socket.peer.reset()


@rule("a frame of 2 GiB announced and never sent holds no memory: refused at its head", "attacks CVE-2018-21035")
def announced(server):
    sockets = [WebSocket(server, RAW) for _ in range(20)]
    for socket in sockets:
        socket.raw(b"\x82\xff" + struct.pack("!Q", 1 << 31) + b"mask" + b"some")
    for socket in sockets:
        socket.closed(1009)


@rule("100 sessions opened at once on one address are all served", "DESIGN 4")
def many_sessions(server):
    sockets = [WebSocket(server, RAW) for _ in range(100)]
    for i, socket in enumerate(sockets):
        socket.text(f"{i}")
    for i, socket in enumerate(sockets):
        socket.echoes(TEXT, b"%d" % i)
        socket.close()


@rule("a session used by eight senders at once loses nothing", "sockjs 10")
def many_senders(server):
    session = XhrPoll().session(server, "/wide").open()
    failures = []

    def send(name):
        try:
            for i in range(25):
                session.send(f"{name}:{i}")
        except Exception as why:
            failures.append(why)
    threads = [threading.Thread(target=send, args=[n]) for n in "abcdefgh"]
    for thread in threads:
        thread.start()
    got = session.messages(200)
    for thread in threads:
        thread.join()
    true(not failures, f"a send failed: {failures[:1]}")
    for name in "abcdefgh":
        equal([m for m in got if m[0] == name], [f"{name}:{i}" for i in range(25)], f"messages of sender {name}")


@rule("a request for a session id of 10000 characters is answered", "DESIGN 4")
def long_id(server):
    reply, _ = fetch(server, "POST", f"/echo/0/{'x' * 10000}/xhr", {}, b"")
    one_of(reply.status, [200, 400, 404, 414, 431], "status")
    server.alive()
    contains(str(reply.fields), "content", "a complete reply")


@rule("each frame is read with its own mask, and clients of the tests make a new one for each", "attacks CVE-2025-10148 (curl)")
def masks(server):
    socket = WebSocket(server, RAW)
    for key in (bytes(4), b"\xff" * 4, b"same", b"same", b"\0\0\0\1"):
        socket.raw(b"\x82\x85" + key + masked(b"hello", key))
        socket.echoes(BINARY, b"hello", f"echo of what was masked with {key!r}")
    socket.close()
    equal(len({frame(BINARY, b"x")[2:6] for _ in range(100)}), 100, "masks of 100 frames")


@rule("pong and close carry what was sent and nothing else",
      "attacks CVE-2016-10518")
def no_leftovers(server):
    socket = WebSocket(server, RAW)
    for size in (0, 1, 125):
        socket.send_frame(PING, b"z" * size)
        equal(socket.next(), (PONG, b"z" * size), "pong")
    socket.send_frame(8, struct.pack("!H", 1000))
    equal(socket.closed(1000, reply=False)[1], b"", "reason that nobody sent")

