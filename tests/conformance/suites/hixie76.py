"""hixie-76 (hybi-00), as far as the SockJS protocol still asks for it: handshake, text frames, close."""

import hashlib

from support.http import Peer, Reply
from support.rules import contains, equal, one_of, rule, true
from support.transports import session_root

NEEDS = ("websocket",)

RAW = "/echo/websocket"

KEYS = {
    "A": ("4 @1  46546xW%0l 1 5", "12998 5 Y3 1  .P00", b"^n:ds[4U", b"8jKS'y:G*Co,Wxa-"),
    "A, nonce of the SockJS test": ("4 @1  46546xW%0l 1 5", "12998 5 Y3 1  .P00", b"aaaaaaaa",
                                    bytes.fromhex("ca3400d8a50847972cd5715ababf437b")),
    "B": ("18x 6]8vM;54 *(5:  {   U1]8  z [  8", "1_ tx7X d  <  nw  334J702) 7]o}` 0", b"Tm[K T2u",
          b"fQJ,fN/4F4!~K~MH"),
    "C": ("3e6b263  4 17 80", "17  9 G`ZD9   2 2b 7X 3 /r90", b"WjN}|M(6",
          bytes.fromhex("6e603965426b397a245238704f745662")),
    "D": ("388P O503D&ul7 {K%gX( %7  15", "1 N ?|k UT0or 3o  4 I97N 5-S3O 31", bytes.fromhex("4730222d5a3f4758"),
          b"0st3Rl&q-2ZU^weu")}
KEY1, KEY2, NONCE, ANSWER = KEYS["A"]


def head(server, path, key1=KEY1, key2=KEY2, more="", origin="http://example.com") -> bytes:
    return (f"GET {path} HTTP/1.1\r\nHost: {server.host}:{server.port}\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key2: {key2}\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key1: {key1}\r\n{more}"
            f"Origin: {origin}\r\n\r\n").encode()


def opened(server, path=RAW) -> Peer:
    peer = Peer(server)
    peer.send(head(server, path) + NONCE)
    equal(Reply(peer, "GET", "1.1").status, 101, "status")
    equal(peer.exactly(16), ANSWER, "answer to the challenge")
    return peer


@rule("the whole head comes before the nonce is sent, then the answer", "sockjs 9 S, websocket 7.1", each=KEYS)
def handshake(server, case):
    key1, key2, nonce, answer = case
    path = session_root() + "/websocket"
    peer = Peer(server)
    peer.send(head(server, path, key1, key2))
    reply = Reply(peer, "GET", "1.1")
    equal(reply.status, 101, "status")
    equal(reply.all("sec-websocket-location"), [f"{server.socket_url}{path}"],
          "Sec-WebSocket-Location")
    equal(reply.all("sec-websocket-origin"), ["http://example.com"], "Sec-WebSocket-Origin")
    equal(reply.all("upgrade"), ["WebSocket"], "Upgrade, once and in the dialect's case")
    equal(reply.all("connection"), ["Upgrade"], "Connection, once")
    for name in ("content-length", "transfer-encoding", "sec-websocket-accept", "sec-websocket-protocol"):
        equal(reply.get(name), None, name)
    peer.send(nonce)
    equal(peer.exactly(16), answer, "answer to the challenge")
    equal(peer.exactly(3), b"\0o\xff", "open frame")
    peer.close()


@rule("the nonce may come in pieces, and frames right behind it", "websocket 7.3")
def split_nonce(server):
    peer = Peer(server)
    peer.send(head(server, RAW) + NONCE[:3])
    equal(Reply(peer, "GET", "1.1").status, 101, "status")
    for byte in NONCE[3:7]:
        peer.send(bytes([byte]))
    peer.send(NONCE[7:] + b"\0first\xff\0second\xff")
    equal(peer.exactly(16), ANSWER, "answer to the challenge")
    equal(peer.until(b"\xff"), b"\0first\xff", "echo")
    equal(peer.until(b"\xff"), b"\0second\xff", "echo")


@rule("a nonce of any bytes is no request", "websocket 7.2", each={
    "line ends": b"\r\n\r\n\r\n\r\n", "NUL": bytes(8), "FF": b"\xff" * 8, "a method": b"GET / HT"})
def odd_nonce(server, nonce):
    peer = Peer(server)
    peer.send(head(server, RAW) + nonce + b"\0x\xff")
    equal(Reply(peer, "GET", "1.1").status, 101, "status")
    want = hashlib.md5((829309203).to_bytes(4, "big") + (259970620).to_bytes(4, "big") + nonce).digest()
    equal(peer.exactly(16), want, "answer to the challenge")
    equal(peer.until(b"\xff"), b"\0x\xff", "echo")


@rule("numbers over 32 bits in a key are read whole", "websocket 8")
def wide_number(server):
    peer = Peer(server)
    peer.send(head(server, RAW, key1="858 99 34588") + NONCE)
    equal(Reply(peer, "GET", "1.1").status, 101, "status")
    want = hashlib.md5((4294967294).to_bytes(4, "big") + (259970620).to_bytes(4, "big") + NONCE).digest()
    equal(peer.exactly(16), want, "answer to the challenge")


@rule("location keeps the query and origin is echoed as it came", "websocket 7.5", each={
    "null": "null", "port": "http://example.com:8080"})
def location(server, origin):
    peer = Peer(server)
    peer.send(head(server, RAW + "?a=b%20c&d", origin=origin) + NONCE)
    reply = Reply(peer, "GET", "1.1")
    equal(reply.get("sec-websocket-location"), f"{server.socket_url}{RAW}?a=b%20c&d", "location")
    equal(reply.get("sec-websocket-origin"), origin, "origin")
    equal(peer.exactly(16), ANSWER, "answer to the challenge")


@rule("the one sub-protocol that is asked for is echoed where the service has it, else none is", "websocket 3, PROTOCOL 2.6", each={
    "its own": ("chat", ["chat"]), "another": ("soap", []), "a list is one name": ("soap, chat", []), "with blanks too": ("soap chat", []),
    "none": (None, [])})
def protocol(server, case):
    asked, answered = case
    for path in ("/sub/websocket", session_root("/sub") + "/websocket"):
        peer = Peer(server)
        more = "" if asked is None else f"Sec-WebSocket-Protocol: {asked}\r\n"
        peer.send(head(server, path, more=more) + NONCE)
        reply = Reply(peer, "GET", "1.1")
        equal(reply.status, 101, "status")
        equal(reply.all("sec-websocket-protocol"), answered, "Sec-WebSocket-Protocol")


@rule("a bad key is refused", "websocket 3", each={
    "no blank": ("1234", KEY2), "no digit": ("a b c", KEY2), "not divisible": ("1 1 1", KEY2),
    "only one": (KEY1, None),
    "quotient over 32 bits": ("42949672960 ", KEY2), "40 digits": ("1" * 40 + " ", KEY2), "empty": ("", KEY2)})
def bad_key(server, case):
    key1, key2 = case
    peer = Peer(server)
    wire = head(server, RAW, key1, key2 or "")
    if key2 is None:
        wire = wire.replace(b"Sec-WebSocket-Key2: \r\n", b"")
    peer.send(wire)
    peer.try_send(NONCE)
    if peer.fill():
        reply = Reply(peer, "GET", "1.1")
        if reply.status == 101:
            peer.at_end("a bad key found only with the nonce")
        else:
            equal(reply.status, 400, "status")
    server.alive()


@rule("text frames: echo of all sorts of text", "websocket 2, 8", each={
    "ASCII": "hello", "two bytes": "Hellö", "astral": "\U0001f600", "U+FFFF": "\uffff", "empty": "", "NUL": "a\0b",
    "100000 characters": "xé" * 50000})
def echo(server, text):
    peer = opened(server)
    peer.send(b"\0" + text.encode() + b"\xff")
    equal(peer.until(b"\xff"), b"\0" + text.encode() + b"\xff", "echo")
    for byte in b"\0" + text.encode()[:200].decode("utf-8", "ignore").encode() + b"\xff":
        peer.send(bytes([byte]))
    equal(peer.until(b"\xff"), b"\0" + text.encode()[:200].decode("utf-8", "ignore").encode() + b"\xff",
          "echo of what came byte by byte")


@rule("FF 00 is answered with FF 00, then the server ends TCP", "websocket 3", each={
    "alone": b"", "behind a message": b"\0x\xff"})
def close(server, before):
    peer = opened(server)
    peer.send(before + b"\xff\x00" + b"\0after\xff")
    equal(peer.rest(), before + b"\xff\x00", "bytes to the end of the connection")


@rule("the session endpoint carries SockJS frames", "sockjs 9 S")
def session(server):
    peer = opened(server, session_root() + "/websocket")
    equal(peer.until(b"\xff"), b"\0o\xff", "open frame")
    peer.send('\0["é"]'.encode() + b"\xff")
    equal(peer.until(b"\xff"), '\0a["é"]'.encode() + b"\xff", "echo")
    peer.send(b"\0\xff\0[]\xff\0[\"x\"]\xff")
    equal(peer.until(b"\xff"), b'\0a["x"]\xff', "frame after ignored ones")


@rule("the server's close: `c` frame, FF 00, end of TCP", "sockjs 9 S, websocket 3")
def server_close(server):
    peer = opened(server, session_root("/close") + "/websocket")
    equal(peer.until(b"\xff"), b"\0o\xff", "open frame")
    equal(peer.until(b"\xff"), b'\0c[3000,"Go away!"]\xff', "close frame of the session")
    peer.try_send(b"\xff\x00")
    one_of(peer.rest(), [b"\xff\x00", b""], "bytes to the end of the connection")


@rule("broken JSON ends the connection without a `c` frame", "sockjs 9 S")
def broken(server):
    peer = opened(server, session_root() + "/websocket")
    equal(peer.until(b"\xff"), b"\0o\xff", "open frame")
    peer.send(b'\0["a\xff')
    one_of(peer.rest(), [b"\xff\x00", b""], "bytes to the end of the connection")


@rule("endless length bytes are refused", "websocket 7.8, attacks", each={
    "0x80": b"\x80" * 1 + b"\x80" * 100000, "0xff": b"\x80" + b"\xff" * 100000})
def endless_length(server, wire):
    peer = opened(server)
    peer.try_send(wire)
    one_of(peer.rest(), [b"\xff\x00", b""], "bytes to the end of the connection")
    server.alive()


@rule("text without its end is refused beyond the message limit", "websocket 7.8")
def endless_text(server):
    peer = opened(server, "/small/websocket")
    peer.try_send(b"\0" + b"x" * 100000)
    one_of(peer.rest(), [b"\xff\x00", b""], "bytes to the end of the connection")
    server.alive()


@rule("text that is not UTF-8 is replaced or refused, never passed on", "websocket 2")
def bad_text(server):
    peer = opened(server)
    peer.send(b"\0a\x80b\xff\xff\x00")
    got = peer.rest()
    true(got in (b"\xff\x00", b"") or got == "\0a\ufffdb".encode() + b"\xff\xff\x00", f"got {got!r}")


@rule("404 where WebSocket is off, 403 for a denied origin: no challenge is answered", "sockjs 9 N, DESIGN 6",
      each={
    "off": ("/disabled_websocket_echo/websocket", 404), "denied": ("/closed_door/websocket", 403)})
def refused(server, case):
    path, status = case
    peer = Peer(server)
    peer.send(head(server, path))
    reply = Reply(peer, "GET", "1.1")
    equal(reply.status, status, "status")
    contains(str(reply.fields), "content", "a complete reply")
