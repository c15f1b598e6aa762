"""The facade on raw sockets: the greeting, the hello, and frames that a client may not send (PROTOCOL 6.13)."""

import json
import time

from support.facade import Page
from support.http import Peer, ask
from support.raw_socket import GREETING, frame, hello
from support.rules import contains, equal, rule, true
from support.transports import FlashTransport

NEEDS = ("flash",)
CLOSED = frame(b"c", b"\x03\xe8")


def page_of(server, base="/echo", **more) -> Page:
    return Page(FlashTransport(), server, base, **more)


def refused(peer) -> tuple[int, str]:
    """The refusal that must come, and nothing else: status and text."""
    data = peer.rest()
    true(data.endswith(CLOSED), f"no close at the end of {data!r}")
    data = data[:-len(CLOSED)]
    equal(data[:5], frame(b"t", data[5:])[:5], "head of the refusal")
    equal(data[5:6], b"e", "the refusal's frame")
    status, text = json.loads(data[6:])
    return status, text


def said(server, data: bytes) -> Peer:
    peer = Peer(server)
    peer.send(data)
    return peer


@rule("what is no hello is refused with 400 and words, in a frame, and ends", "PROTOCOL 6.13", each={
    "another version": (b"encke.7\n", "version 7 is not spoken here: 1 is"), "no version": (b"encke.\n", "version"),
    "a long version": (b"encke.123456789", "expected encke.1"), "a blank": (b"encke.1 \n", "expected encke.1"),
    "CR LF": (b"encke.1\r\n", "expected encke.1"), "NUL": (b"encke.\0", "expected encke.1"),
    "a text first": (GREETING + frame(b"t", b"r[1,0,0]"), "no hello"), "a capital": (GREETING + frame(b"H", b"x"), "no hello"),
    "2049 bytes": (GREETING + b"h\0\0\x08\x01", "2048 bytes at most"), "4 GiB": (GREETING + b"h\xff\xff\xff\xff", "2048 bytes at most"),
    "nothing in it": (GREETING + frame(b"h"), "a path, a line feed and an origin"),
    "no line": (GREETING + frame(b"h", b"/echo/encke.1/a/flash"), "a path, a line feed and an origin"),
    "another leaf": (GREETING + hello("/echo/encke.1/a/websocket"), "the path"), "no key": (GREETING + hello("/echo/encke.1/flash"), "the path"),
    "no service": (GREETING + hello("/encke.1/a/flash"), "the path"), "SockJS's": (GREETING + hello("/echo/0/a/flash"), "the path"),
    "another version's": (GREETING + hello("/echo/encke.2/a/flash"), "the path"),
    "an origin of 301": (GREETING + hello("/echo/encke.1/a/flash", "x" * 301), "the origin"),
    "an origin with a blank": (GREETING + hello("/echo/encke.1/a/flash", "http://a b"), "the origin"),
    "two lines of origin": (GREETING + hello("/echo/encke.1/a/flash", "http://a\nhttp://b"), "the origin")})
def no_hello(server, case):
    data, words = case
    status, text = refused(said(server, data))
    equal(status, 400, "status")
    contains(text, words, "text")


@rule("a service that is not there, or has raw sockets switched off, is refused with 421", "PROTOCOL 6.13", each={
    "not there": "/nowhere", "below one": "/echo/more", "another case": "/Echo", "switched off": "/only_poll"})
def no_service(server, base):
    equal(refused(said(server, GREETING + hello(f"{base}/encke.1/{'A' * 36}/flash")))[0], 421, "status")


@rule("an origin that is not listed is refused with 403; a hello that tells none is let through", "PROTOCOL 6.2, 6.13")
def origins(server):
    path = f"/closed_door/encke.1/{'A' * 36}/flash"
    equal(refused(said(server, GREETING + hello(path, "http://bad.example")))[0], 403, "status")
    for origin in ("https://good.example", ""):
        peer = said(server, GREETING + hello(path, origin) + frame(b"t", b"r[1,0,0]"))
        equal(refused(peer)[0], 404, f"status of a wrong key, told by {origin!r}")


@rule("another origin's session is refused with 403", "PROTOCOL 6.2")
def another(server):
    page = page_of(server, headers={"Origin": "http://a.example"})
    equal(page.refused(headers={"Origin": "http://b.example"})[0], 403, "status")
    page.attach().close()


@rule("a hello may be cut anywhere, and frames may follow it at once, on whichever loop its session lives", "PROTOCOL 6.13")
def cut(server):
    for number in range(120):
        page = page_of(server)
        data = GREETING + hello(f"{page.root}/flash", "http://a.example") + frame(b"t", b"r[1,0,0]") + frame(b"b", b"\0\xff") + frame(b"t", b"q")
        peer = Peer(server)
        peer.send(data[:number])
        if number:
            time.sleep(0.001)                # so that it is read in two pieces, most times
        peer.send(data[number:])
        got = b""
        while frame(b"b", b"\0\xff") not in got or frame(b"t", b"k1") not in got:
            got += peer.exactly(1)
        true(got.startswith(frame(b"t", b"k0")), f"the first frame: {got!r}")
        peer.close()


@rule("and it may come byte by byte", "PROTOCOL 6.13")
def slowly(server):
    page = page_of(server)
    peer = Peer(server)
    for byte in GREETING + hello(f"{page.root}/flash") + frame(b"t", b"r[1,0,0]") + frame(b"t", b'a["x"]'):
        peer.send(bytes([byte]))
    equal(peer.exactly(7), frame(b"t", b"k0"), "the first frame")
    equal(peer.exactly(11), frame(b"t", b'a["x"]'), "echo")
    peer.close()


@rule("a frame that no client may send ends the socket with a code and a reason, not the session", "PROTOCOL 6.13", each={
    "an unknown letter": (b"x\0\0\0\0", 1002), "a second hello": (frame(b"h", b""), 1002), "NUL": (b"\0\0\0\0\0", 1002),
    "a close of one byte": (frame(b"c", b"x"), 1002), "a close of 126 bytes": (frame(b"c", b"x" * 126), 1002),
    "more than a message": (b"t\x7f\xff\xff\xff", 1009), "more bytes than a message": (b"b\xff\xff\xff\xff", 1009)})
def broken(server, case):
    data, code = case
    page = page_of(server).attach()
    page.send("x")
    page.messages(1)
    page.carrier.socket.raw(data)
    true(page.carrier.socket.closed(code), "a reason")
    page.carrier, page.received = None, 0
    equal(page.messages(1), ["x"], "what the next carrier is offered")
    page.close()


@rule("a message longer than the service takes is refused with 413, one that is as long comes back", "PROTOCOL 6.9", each={
    "text": "text", "bytes": "bytes"})
def longest(server, kind):
    page = page_of(server, "/small").attach()
    data = "x" * 1024 if kind == "text" else b"\0" * 1024
    page.send(data)
    equal(page.messages(1), [data], "echo")
    page.send(data + data[:1])
    equal(json.loads(page.carrier.next()[1:])[0], 413, "status")
    page.close()


@rule("a hello that does not come within 10 seconds is refused with 408, and ends; not before", "PROTOCOL 6.13 T", slow=True)
def hello_time(server):
    peer = said(server, GREETING + b"h")
    peer.timeout(25)
    begin = time.monotonic()
    equal(refused(peer)[0], 408, "status")
    true(time.monotonic() - begin > 9.9, "ended before its 10 seconds")


@rule("`r` has 10 seconds from the hello on", "PROTOCOL 6.6.4 T", slow=True)
def join_time(server):
    peer = said(server, GREETING + hello(f"{page_of(server).root}/flash"))
    peer.timeout(25)
    begin = time.monotonic()
    equal(peer.rest(), b"", "bytes to the end")
    true(time.monotonic() - begin > 9.9, "ended before its 10 seconds")


@rule("raw sockets and HTTP share the port: requests that begin as the greeting does are HTTP", "PROTOCOL 6.13", each={
    "enc": b"enc / HTTP/1.1\r\n\r\n", "e": b"e\r\n\r\n", "encke": b"encke / HTTP/1.1\r\n\r\n"})
def shared(server, data):
    true(said(server, data).rest().startswith(b"HTTP/1.1 4"), "the answer")
    equal(ask(server, "GET", "/echo").status, 200, "status of a request")


@rule("nothing is answered at its path over HTTP", "PROTOCOL 6.1", each={"GET": "GET", "POST": "POST"})
def no_request(server, method):
    page = page_of(server)
    equal(ask(server, method, f"{page.root}/flash?n=1&a=0", (), b"" if method == "POST" else None).status, 404, "status")
