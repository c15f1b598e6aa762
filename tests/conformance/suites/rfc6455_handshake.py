"""RFC 6455 4: the opening handshake, version 13."""

from support.http import Peer, Reply, head_bytes
from support.rules import contains, equal, one_of, rule, true
from support.transports import session_root
from support.websocket import TEXT, WebSocket, frame, parse_extensions, try_upgrade, upgrade_headers

NEEDS = ("websocket",)

PATH = "/echo/websocket"
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def replaced(name: str, value) -> list[tuple[str, str]]:
    return [(n, value if n == name else v) for n, v in upgrade_headers() if n != name or value is not None]


@rule("the answer to the RFC's sample key; nothing twice, nothing unasked", "RFC 6455 1.3, 4.2.2")
def sample(server):
    reply = try_upgrade(server, PATH, upgrade_headers())
    equal((reply.status, reply.version), (101, "1.1"), "status, version")
    for name, value in (("upgrade", "websocket"), ("connection", "upgrade"), ("sec-websocket-accept", ACCEPT)):
        equal([v if name == "sec-websocket-accept" else v.lower() for v in reply.all(name)], [value], name)
    for name in ("sec-websocket-protocol", "sec-websocket-extensions", "content-length", "transfer-encoding"):
        equal(reply.get(name), None, name)


@rule("header names and the upgrade token are compared without case", "RFC 6455 4.2.1", each={
    "lower": str.lower, "upper": str.upper, "mixed": str.swapcase})
def names(server, change):
    fields = [(change(n), change(v) if n in ("Upgrade", "Connection") else v) for n, v in upgrade_headers()]
    reply = try_upgrade(server, PATH, fields)
    equal((reply.status, reply.get("sec-websocket-accept")), (101, ACCEPT), "status, accept")


@rule("header order, other headers and blanks around values change nothing", "RFC 6455 4.1")
def any_order(server):
    fields = [("X-A", "1"), *reversed([(n, f"  {v}\t") for n, v in upgrade_headers()]), ("Cookie", "a=b"),
              ("User-Agent", "x (y; z)")]
    equal(try_upgrade(server, PATH + "?a=b%20c&d", fields).get("sec-websocket-accept"), ACCEPT, "accept")


@rule("a handshake that comes byte by byte, with the first frame behind it", "RFC 6455 4.2")
def byte_by_byte(server):
    peer = Peer(server)
    for byte in head_bytes(server, "GET", PATH, upgrade_headers()) + frame(TEXT, b"first"):
        peer.send(bytes([byte]))
    equal(Reply(peer, "GET", "1.1").status, 101, "status")
    equal(peer.exactly(7), b"\x81\x05first", "echo")


@rule("another version is refused with the list of what is spoken", "RFC 6455 4.2.2, 4.4",
      each={v: v for v in ("0", "1", "9", "12", "14", "255", "256", "-13", "013", "13.0", "abc", "1313",
                           "13, 99")})
def versions(server, version):
    reply = try_upgrade(server, PATH, upgrade_headers(version=version))
    one_of(reply.status, [400, 426], "status")
    lists = reply.all("sec-websocket-version")
    equal(len(lists), 1, f"number of Sec-WebSocket-Version in {reply.fields}")
    true("13" in [v.strip() for v in lists[0].split(",")], f"13 in the list {lists[0]!r}")
    true(reply.body().strip(), "the refusal must say what was wrong")


@rule("a key without version is refused", "RFC 6455 4.2.1, websocket 1")
def no_version(server):
    one_of(try_upgrade(server, PATH, replaced("Sec-WebSocket-Version", None)).status, [400, 426], "status")


@rule("a missing or bad key is 400 with a text", "RFC 6455 4.2.1", each={
    "missing": None, "empty": "", "15 bytes": "MDEyMzQ1Njc4OWFiY2Rl", "17 bytes": "MDEyMzQ1Njc4OWFiY2RlZmc=",
    "not base64": "!!!!!!!!!!!!!!!!!!!!!!==", "no padding": "dGhlIHNhbXBsZSBub25jZQ"})
def bad_key(server, key):
    reply = try_upgrade(server, PATH, replaced("Sec-WebSocket-Key", key))
    equal(reply.status, 400, "status")
    true(reply.body().strip(), "the refusal must say what was wrong")


@rule("two keys are 400", "RFC 6455 11.3.1")
def two_keys(server):
    fields = upgrade_headers() + [("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")]
    equal(try_upgrade(server, PATH, fields).status, 400, "status")


@rule("a Connection without `upgrade`, or an Upgrade to something else, is refused", "RFC 6455 4.2.1", each={
    "Connection: keep-alive": ("Connection", "keep-alive"), "no Connection": ("Connection", None),
    "Upgrade: h2c": ("Upgrade", "h2c"), "no Upgrade": ("Upgrade", None),
    "Connection: upgraded": ("Connection", "upgraded"),
    "Upgrade: websockets": ("Upgrade", "websockets")})
def bad_tokens(server, case):
    one_of(try_upgrade(server, PATH, replaced(*case)).status, [400, 426], "status")


@rule("an upgrade in HTTP/1.0 is refused", "RFC 6455 4.1, RFC 9110 7.8")
def http10(server):
    peer = Peer(server)
    peer.send(head_bytes(server, "GET", PATH, upgrade_headers(), version="1.0"))
    one_of(Reply(peer, "GET", "1.0").status, [400, 426, 505], "status")


@rule("an upgrade without Host is 400", "RFC 6455 4.2.1, RFC 9112 3.2")
def no_host(server):
    peer = Peer(server)
    peer.send(head_bytes(server, "GET", PATH, upgrade_headers(), host=False))
    equal(Reply(peer, "GET", "1.1").status, 400, "status")


# ---- sub-protocols -----------------------------------------------------------------------------------------

@rule("the first of the offered sub-protocols that the service knows is chosen", "RFC 6455 4.2.2, PROTOCOL 2.6", each={
    "first": ("chat", {"chat"}), "second": ("v2", {"v2"}), "both": ("v2, chat", {"v2"}),
    "among others": ("a,b, chat ,c", {"chat"}), "unknown": ("soap, wamp", {None}), "none offered": (None, {None}),
    "case counts": ("CHAT, V2", {None}), "a prefix only": ("cha, chat2", {None})})
def protocols(server, case):
    offered, allowed = case
    socket = WebSocket(server, "/sub/websocket", protocols=offered)
    one_of(socket.protocol, allowed, "Sec-WebSocket-Protocol")
    true(len(socket.reply.all("sec-websocket-protocol")) <= 1, "Sec-WebSocket-Protocol only once")
    socket.text("x")
    socket.echoes(TEXT, b"x")
    socket.close()


@rule("sub-protocols offered in several header lines are one list", "RFC 6455 11.3.4")
def protocol_lines(server):
    for path in ("/sub/websocket", session_root("/sub") + "/websocket"):
        socket = WebSocket(server, path, headers=[("Sec-WebSocket-Protocol", "a, b"), ("Sec-WebSocket-Protocol", "c"),
                                                  ("Sec-WebSocket-Protocol", "v2"), ("Sec-WebSocket-Protocol", "chat")])
        equal(socket.reply.all("sec-websocket-protocol"), ["v2"], "Sec-WebSocket-Protocol")
        socket.close()


@rule("a sub-protocol is chosen on the session endpoint too", "RFC 6455 4.2.2")
def session_protocol(server):
    socket = WebSocket(server, "/sub/000/proto/websocket", protocols="v2")
    equal(socket.protocol, "v2", "Sec-WebSocket-Protocol")
    socket.close()


@rule("a service without sub-protocols names none", "RFC 6455 4.2.2, PROTOCOL 2.6")
def unasked_protocol(server):
    socket = WebSocket(server, PATH, protocols="foo, bar")
    equal(socket.protocol, None, "Sec-WebSocket-Protocol")
    socket.close()


# ---- extensions --------------------------------------------------------------------------------------------

@rule("unknown extensions are left out of the answer", "RFC 6455 9.1, attacks", each={e: e for e in (
    "foo", "deflate-stream", "x-webkit-deflate-frame", "constructor", "__proto__; a=b", 'a; b="c"', "a, b, c; d=1",
    "permessage-deflates", "bbf-usp-protocol; x")})
def unknown_extension(server, offer):
    socket = WebSocket(server, PATH, headers=[("Sec-WebSocket-Extensions", offer)])
    equal(parse_extensions(socket.reply.get("sec-websocket-extensions")), [], "extensions")
    socket.text("x")
    socket.echoes(TEXT, b"x")
    socket.close()


@rule("an extension list that breaks the grammar is refused, or answered without extension",
      "RFC 6455 9.1, attacks",
      each={e: e for e in (";", 'a; b="c d"', "a;;b", "a=b", 'a; b="c', 'a; b="\\', "a; =b", "a b",
                           "permessage-deflate; =1",
                           "permessage-deflate; server_max_window_bits=\"10", "permessage-deflate;")})
def bad_extension(server, offer):
    reply = try_upgrade(server, PATH, upgrade_headers() + [("Sec-WebSocket-Extensions", offer)])
    one_of(reply.status, [101, 400], "status")
    if reply.status == 101:
        equal(reply.get("sec-websocket-extensions"), None, "extensions")


@rule("no origin rule of its own: any Origin passes where none is configured", "RFC 6455 10.2",
      each={o: o for o in ("http://a.example", "null", "https://[::1]:8443")})
def any_origin(server, origin):
    reply = try_upgrade(server, PATH, upgrade_headers() + [("Origin", origin)])
    equal(reply.status, 101, "status")
    contains(reply.get("upgrade").lower(), "websocket", "Upgrade")
