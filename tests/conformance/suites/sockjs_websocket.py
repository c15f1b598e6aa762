"""The two WebSocket endpoints of a SockJS service: framed in a session, and raw."""

import base64
import hashlib
import json

from support.drafts import DRAFTS
from support.http import Peer, Reply, ask, fetch, head_bytes
from support.rules import contains, equal, one_of, rule, true
from support.transports import session_root
from support.websocket import (BINARY, GUID, PING, PONG, TEXT, WebSocket, frame, try_upgrade,
                               upgrade_headers)

NEEDS = ("websocket",)

BOTH = {"session": lambda base: session_root(base) + "/websocket", "raw": lambda base: base + "/websocket"}


# ---- what is not an upgrade --------------------------------------------------------------------------------

@rule("GET without upgrade is 400 with a text", "sockjs 9 S", each=BOTH)
def no_upgrade(server, path):
    reply, body = fetch(server, "GET", path("/echo"))
    equal(reply.status, 400, "status")
    true(body.strip(), "the refusal must say what was wrong")


@rule("Upgrade with Connection: close is 400", "sockjs 9 S", each=BOTH)
def connection_close(server, path):
    reply, _ = fetch(server, "GET", path("/echo"), {"Upgrade": "WebSocket", "Connection": "close"})
    equal(reply.status, 400, "status")


@rule("POST is 405 with Allow, without content type and body, with and without upgrade headers", "sockjs 1, 9 S",
      each=BOTH)
def post(server, path):
    for headers in ({}, {"Upgrade": "WebSocket", "Connection": "Upgrade"}):
        reply, body = fetch(server, "POST", path("/echo"), headers, b"")
        equal((reply.status, body, reply.get("content-type")), (405, b"", None), "status, body, Content-Type")
        contains(reply.get("allow"), "GET", "Allow")


@rule("404 where WebSocket is switched off", "sockjs 9 N", each=BOTH)
def disabled(server, path):
    for headers in ({}, dict(upgrade_headers())):
        reply, _ = fetch(server, "GET", path("/disabled_websocket_echo"), headers)
        equal(reply.status, 404, "status")


@rule("bad session paths are 404 for an upgrade too", "sockjs 1 S",
      each={p: p for p in ("//", "/a./a", "/a/a.", "/./.", "///", "/a/b/c")})
def bad_paths(server, path):
    equal(try_upgrade(server, f"/echo{path}/websocket", upgrade_headers()).status, 404, "status")


@rule("an origin outside the list is 403 with a text; one in the list passes", "DESIGN 6", each=BOTH)
def origins(server, path):
    reply = try_upgrade(server, path("/closed_door"), upgrade_headers() + [("Origin", "https://bad.example")])
    equal(reply.status, 403, "status")
    true(reply.body().strip(), "the refusal must say why")
    WebSocket(server, path("/closed_door"), headers=[("Origin", "https://good.example")]).close()


# ---- handshake ---------------------------------------------------------------------------------------------

@rule("handshake without Origin, with Sec-WebSocket-Origin only", "sockjs 9 S", each=BOTH)
def handshake(server, path):
    reply = try_upgrade(server, path("/echo"), upgrade_headers(key="x3JJHMbDL1EzLkh9GBhXDw==")
                        + [("Sec-WebSocket-Origin", "http://www.example.com")])
    equal(reply.status, 101, "status")
    equal(reply.get("sec-websocket-accept"), "HSmrc0sMlYUkAGmm5OPpG2HaGWk=", "Sec-WebSocket-Accept")
    equal((reply.get("upgrade").lower(), reply.get("connection").lower()), ("websocket", "upgrade"), "tokens")
    for name in ("content-length", "transfer-encoding", "set-cookie"):
        equal(reply.get(name), None, name)


@rule("Connection may be a list", "sockjs 9 N", each={v: v for v in (
    "keep-alive, Upgrade", "Upgrade,keep-alive", "UPGRADE", "keep-alive ,upgrade", "foo, upgrade, bar")})
def connection_list(server, value):
    fields = [(n, value if n == "Connection" else v) for n, v in upgrade_headers()]
    equal(try_upgrade(server, "/echo/websocket", fields).status, 101, "status")


@rule("no cookie on an upgrade", "sockjs 8 N", each=BOTH)
def no_cookie(server, path):
    socket = WebSocket(server, path("/cookie_needed_echo"), headers=[("Cookie", "JSESSIONID=x")])
    equal(socket.reply.get("set-cookie"), None, "Set-Cookie")
    socket.close()


# ---- session endpoint --------------------------------------------------------------------------------------

def opened(server, base="/echo", **more) -> WebSocket:
    socket = WebSocket(server, session_root(base) + "/websocket", **more)
    equal(socket.next(), (TEXT, b"o"), "open frame")
    return socket


@rule("empty messages and empty arrays are ignored", "sockjs 6 S")
def ignored(server):
    socket = opened(server)
    for text in ("", "[]", "", "[]", '["x"]'):
        socket.text(text)
    equal(socket.next(), (TEXT, b'a["x"]'), "the next frame")
    socket.close()


@rule("a bare JSON string is one message", "sockjs 6 N")
def bare_string(server):
    socket = opened(server)
    socket.text('"x\\u00e9"')
    equal(socket.next(), (TEXT, 'a["xé"]'.encode()), "frame")
    socket.close()


@rule("a binary message is read as text", "sockjs 6 N")
def binary(server):
    socket = opened(server)
    socket.send_frame(BINARY, '["xé"]'.encode())
    equal(socket.next(), (TEXT, 'a["xé"]'.encode()), "frame")
    socket.close()


@rule("an array that comes in fragments is one payload", "sockjs 6, RFC 6455 5.4")
def fragments(server):
    socket = opened(server)
    payload = '["aé\U0001f600"]'.encode()
    for at in range(len(payload)):
        socket.send_frame(TEXT if at == 0 else 0, payload[at:at + 1], fin=at == len(payload) - 1)
    equal(json.loads(socket.message()[1:]), ["aé\U0001f600"], "message")
    socket.close()


@rule("frames sent with the handshake, before its answer, are read", "RFC 6455 4.2.2")
def early(server):
    socket = opened(server, early=frame(TEXT, b'["early"]'))
    equal(socket.next(), (TEXT, b'a["early"]'), "frame")
    socket.close()


@rule("broken JSON closes at once: no `c` frame before the close frame, then the end of TCP", "sockjs 9 S, N",
      each={
    "bracket": '["a', "word": "[a]", "text": "hello", "comma": '["a",]', "garbage": "\x00"})
def broken(server, payload):
    socket = opened(server)
    socket.text(payload)
    code, reason = socket.closed(3000)
    equal(reason, b"Broken framing.", "reason")


@rule("the server's close: `c` frame, then a close frame of 1000 `Normal closure`", "sockjs 9 S, N")
def server_close(server):
    socket = opened(server, "/close")
    equal(socket.next(), (TEXT, b'c[3000,"Go away!"]'), "close frame of the session")
    equal(socket.closed(1000), (1000, b"Normal closure"), "close frame of the socket")


@rule("WebSocket sessions are not in the session table", "sockjs 9 S")
def not_in_table(server):
    root = session_root()
    socket = WebSocket(server, root + "/websocket")
    equal(socket.next(), (TEXT, b"o"), "open frame")
    reply, _ = fetch(server, "POST", root + "/xhr_send", {"Content-Type": "text/plain"}, b'["x"]')
    equal(reply.status, 404, "a send by HTTP to its id: status")
    socket.text('["y"]')
    equal(socket.next(), (TEXT, b'a["y"]'), "frame")
    socket.close()


@rule("a heartbeat that is not answered closes with `No response from heartbeat`", "sockjs 9 N, T", slow=True)
def no_pong(server):
    socket = opened(server, "/beating")
    socket.peer.timeout(40)
    while True:
        opcode, payload, _, _ = socket.read_frame()
        if opcode == TEXT:
            break
        equal(opcode, 9, "opcode")
    equal(payload, b'c[3000,"No response from heartbeat"]', "close frame of the session")
    socket.closed(1000)


@rule("on the raw endpoint it closes with 3000 and that text", "PROTOCOL 4.8 T", slow=True)
def raw_no_pong(server):
    equal(WebSocket(server, "/answering/websocket").closed(3000), (3000, b"No response from heartbeat"), "close frame")


@rule("a pong keeps the raw endpoint, which is pinged too", "PROTOCOL 4.7, 4.8", slow=True, each={
    "rfc6455": WebSocket, **{name: kind for name, kind in DRAFTS.items() if not name.startswith("hixie")}})
def raw_pong(server, dialect):
    socket = dialect(server, "/beating/websocket")
    for _ in range(3):
        equal(socket.read_frame()[:2], (PING, b""), "heartbeat")
        socket.send_frame(PONG)
    socket.text("x")
    while (got := socket.read_frame()[:2]) == (PING, b""):
        socket.send_frame(PONG)
    equal(got, (TEXT, b"x"), "echo after three heartbeats")
    socket.close()


@rule("a draft without pings gets nothing on the raw endpoint, and may be silent", "PROTOCOL 4.7", slow=True, each={
    name: kind for name, kind in DRAFTS.items() if name.startswith("hixie")})
def raw_without_heartbeat(server, dialect):
    raw = dialect(server, "/beating/websocket")
    other = opened(server, "/beating")
    for _ in range(3):
        equal(other.read_frame()[0], PING, "opcode of the other's heartbeat")
        other.send_frame(PONG)
    raw.text("x")
    equal(raw.read_frame()[:2], (TEXT, b"x"), "the first frame of the raw socket after three heartbeats of the other")
    raw.close()
    other.close()


@rule("a frame's header that does not go on is closed with 1008", "PROTOCOL 4.14 T", slow=True, each=BOTH)
def late_header(server, path):
    socket = WebSocket(server, path("/echo"))
    socket.peer.timeout(40)
    if path is BOTH["session"]:
        equal(socket.next(), (TEXT, b"o"), "open frame")
    socket.raw(frame(TEXT, b"x" * 200)[:3])
    _, text = socket.closed(1008)
    true(b"expected" in text, f"the text {text!r} says what was expected")


# ---- raw endpoint ------------------------------------------------------------------------------------------

@rule("the raw endpoint carries messages as they are", "sockjs 9 S", each={
    "text": "hello", "U+FFFF": "\uffff", "empty": "", "looks like a frame": 'a["x"]', "broken JSON": '["a',
    "empty array": "[]", "all 44": "".join(chr(c) for c in [*range(0x200C, 0x2010), *range(0x2028, 0x2030),
                                                             *range(0x2060, 0x2070), *range(0xFFF0, 0x10000)])})
def raw(server, text):
    socket = WebSocket(server, "/echo/websocket")
    socket.text(text)
    socket.echoes(TEXT, text.encode())
    socket.close()


@rule("the raw endpoint echoes binary as binary", "DESIGN 6")
def raw_binary(server):
    socket = WebSocket(server, "/echo/websocket")
    socket.send_frame(BINARY, bytes(range(256)))
    socket.echoes(BINARY, bytes(range(256)))
    socket.close()


@rule("the raw endpoint's server close carries code and reason in the close frame", "sockjs 9 S, N")
def raw_close(server):
    socket = WebSocket(server, "/close/websocket")
    equal(socket.closed(3000), (3000, b"Go away!"), "close frame")


@rule("amplify on the raw endpoint", "sockjs 13")
def raw_amplify(server):
    socket = WebSocket(server, "/amplify/websocket")
    socket.text("16")
    socket.echoes(TEXT, b"x" * 65536)
    socket.close()


@rule("broadcast joins raw sockets, WebSocket sessions and polling sessions", "sockjs 13")
def raw_broadcast(server):
    server.need("xhr_poll")
    sockets = [WebSocket(server, "/broadcast/websocket"), opened(server, "/broadcast")]
    root = session_root("/broadcast")
    equal(fetch(server, "POST", root + "/xhr", {}, b"")[1], b"o\n", "open frame")
    word = base64.b16encode(hashlib.sha1(root.encode()).digest()).decode()
    sockets[0].text(word)
    for socket in sockets:
        for _ in range(300):
            if word in socket.message().decode():
                break
        else:
            true(False, "the broadcast did not arrive")
    for _ in range(300):
        if word in fetch(server, "POST", root + "/xhr", {}, b"")[1].decode():
            break
    else:
        true(False, "the broadcast did not arrive at the poll")


@rule("a normal HTTP request is served before an upgrade on the same connection", "RFC 9110 7.8")
def upgrade_later(server):
    peer = Peer(server)
    equal(ask(server, "GET", "/echo", peer=peer).body(), b"Welcome to SockJS!\n", "greeting")
    key = base64.b64encode(b"0123456789abcdef").decode()
    peer.send(head_bytes(server, "GET", "/echo/websocket", upgrade_headers(key=key)))
    reply = Reply(peer, "GET", "1.1")
    equal(reply.get("sec-websocket-accept"),
          base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode(), "accept")
    peer.send(frame(TEXT, b"x"))
    equal(peer.exactly(3), b"\x81\x01x", "echo")


@rule("after a refused upgrade the connection goes on as HTTP, or ends", "websocket 7.14")
def refused_upgrade(server):
    peer = Peer(server)
    peer.send(head_bytes(server, "GET", "/echo/websocket", upgrade_headers(version="99")))
    reply = Reply(peer, "GET", "1.1")
    one_of(reply.status, [400, 426], "status")
    reply.body()
    if peer.try_send(head_bytes(server, "GET", "/echo")) and peer.fill():
        equal(Reply(peer, "GET", "1.1").status, 200, "status of the next request")
    peer.close()
