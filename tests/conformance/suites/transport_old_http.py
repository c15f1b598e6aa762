"""For every HTTP transport: clients and proxies of HTTP/1.0, what stands on the way, caches that keep what they should not.
On SockJS's wire and on the facade's (PROTOCOL 6)."""

import json
import urllib.parse

from support.facade import Answer, array
from support.http import Peer, Reply, ask, fetch, head_bytes
from support.rules import Skip, contains, equal, true
from support.rules import rule as _rule
from support.transports import UNCACHED, Receiver, session_root


def rule(title, cite, **more):
    def register(function):
        def http_only(server, transport, *more):
            if not transport.http:
                raise Skip("not an HTTP transport; an upgrade in HTTP/1.0 has a rule in rfc6455_handshake.py")
            function(server, transport, *more)
        http_only.__module__ = function.__module__
        return _rule(title, cite, transports=True, **more)(http_only)
    return register


def receive(server, transport, root, headers=(), *, query="", version="1.1", peer=None) -> Reply:
    body = transport.ask_body if transport.method == "POST" else None
    return ask(server, transport.method, transport.url(root, query), {**transport.typed, **dict(headers)}, body, version=version, peer=peer)


def facade_root(server, version="1.1", base="/echo") -> str:
    reply, body = fetch(server, "POST", f"{base}/encke.1/open", {}, b"", version=version)
    equal(reply.status, 200, "status of open")
    return f"{base}/encke.1/" + json.loads(body)["session"]


def facade_send(server, transport, root, frames: str, first=0, version="1.1"):
    headers, body = {"Content-Type": "text/plain"}, frames.encode()
    if transport.typed:
        reply, body = fetch(server, "POST", f"{root}/{transport.send_leaf}?s={first}", transport.typed, transport.packed(body), version=version)
        return transport.unpacked(reply, body)
    if transport.send_leaf == "jsonp_send":
        headers, body = {"Content-Type": "application/x-www-form-urlencoded"}, b"d=" + urllib.parse.quote(frames, safe="").encode()
    return fetch(server, "POST", f"{root}/{transport.send_leaf}?s={first}", headers, body, version=version)


# ---- HTTP/1.0 ------------------------------------------------------------------------------------------------

@rule("to HTTP/1.0 with keep-alive a poll and a send have their length and keep the connection", "sockjs 11 S, RFC 9112 9.3")
def keep_alive(server, transport):
    server.need(transport.needs)
    old = {"Connection": "keep-alive"}
    session = transport.session(server).open()
    peer = Peer(server)
    for text in ("one", "two"):
        reply, body = transport.post(server, session.root, json.dumps([text]).encode(), old, version="1.0", peer=peer)
        transport.accepted((reply, body))
        equal((reply.get("connection") or "").lower(), "keep-alive", "Connection of a send")
    if transport.streams:
        equal(session.messages(2), ["one", "two"], "messages")
        session.close()
        return
    if session.receiver:
        session.receiver.close()
    reply = receive(server, transport, session.root, old, version="1.0", peer=peer)
    equal((reply.mode, (reply.get("connection") or "").lower()), ("length", "keep-alive"), "framing of a poll")
    equal(json.loads(transport.unwrap(reply.body())[1:]), ["one", "two"], "the poll's frame")
    peer.close()


@rule("a stream to HTTP/1.0 ends the connection whatever it asked for", "RFC 9112 9.3", each={
    "keep-alive": {"Connection": "keep-alive"}, "nothing": {}})
def stream_closes(server, transport, headers):
    if not transport.streams:
        raise Skip("each of its answers has a length")
    server.need(transport.needs)
    reply = receive(server, transport, session_root("/close"), headers, version="1.0")
    equal((reply.mode, (reply.get("connection") or "").lower()), ("close", "close"), "framing")
    receiver = Receiver(transport, reply)
    equal([receiver.frame(), receiver.frame()], ["o", 'c[3000,"Go away!"]'], "frames")
    receiver.end()


@rule("a request of HTTP/1.0 needs no Host", "RFC 9112 3.2")
def no_host(server, transport):
    server.need(transport.needs)
    peer = Peer(server)
    more = {**transport.typed, "Content-Length": str(len(transport.ask_body))} if transport.method == "POST" else {}
    peer.send(head_bytes(server, transport.method, transport.url(session_root()), more, "1.0", host=False) + transport.ask_body)
    receiver = Receiver(transport, Reply(peer, transport.method, "1.0"))
    equal(receiver.frame(), "o", "open frame")
    receiver.close()


@rule("Proxy-Connection keeps no connection: an old proxy passes it on unread", "RFC 9112 C.2.2")
def proxy_connection(server, transport):
    server.need(transport.needs)
    session = transport.session(server).open()
    peer = Peer(server)
    answer = transport.post(server, session.root, b'["x"]', {"Proxy-Connection": "keep-alive"}, version="1.0", peer=peer)
    transport.accepted(answer)
    peer.at_end("the answer to a proxy")
    equal(session.messages(1), ["x"], "message")
    session.close()
    reply = receive(server, transport, session_root("/close"), {"Proxy-Connection": "keep-alive"}, version="1.0")
    equal((reply.get("connection") or "").lower(), "close", "Connection of a receiver")
    reply.peer.close()


@rule("a target in absolute form, as forward proxies may send it, is served", "RFC 9112 3.2.2", each={"1.0": "1.0", "1.1": "1.1"})
def absolute(server, transport, version):
    server.need(transport.needs)
    receiver = Receiver(transport, receive(server, transport, f"{'https' if server.tls else 'http'}://{server.host}:{server.port}{session_root()}", version=version))
    equal(receiver.frame(), "o", "open frame")
    receiver.close()


@rule("the facade's session goes over HTTP/1.0 from open to close", "PROTOCOL 6")
def facade(server, transport):
    server.need(transport.needs)
    transport = transport.for_facade()
    root = facade_root(server, "1.0")
    reply = receive(server, transport, root, query="n=1&a=0" + ("" if transport.streams else "&w=0"), version="1.0")
    equal(reply.mode, "close" if transport.streams else "length", "framing")
    receiver = Receiver(transport, reply)
    equal(receiver.frame(), "k0", "first frame")
    if not transport.streams:
        receiver.end()
    reply, body = facade_send(server, transport, root, array("one"), version="1.0")
    equal((reply.status, body), (200, b"k1\n"), "answer to a send")
    frames = []
    while array("one") not in frames:
        if not transport.streams:
            frames += Answer(transport, receive(server, transport, root, query=f"n={2 + len(frames)}&a=0", version="1.0")).frames
        else:
            frames.append(receiver.frame())
        true(len(frames) < 4, f"the message is not among {frames}")
    if transport.streams:
        receive(server, transport, root, query="n=9&a=1", version="1.0").peer.close()
        receiver.end()  # replaced, so ended in order


UPGRADES = {
    "RFC 6455": {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="},
    "Firefox's": {"Upgrade": "websocket", "Connection": "keep-alive, Upgrade", "Sec-WebSocket-Version": "8", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="},
    "hixie-75": {"Upgrade": "WebSocket", "Connection": "Upgrade", "Origin": "http://a.example"},
    "a proxy's": {"Upgrade": "websocket", "Connection": "Upgrade", "Proxy-Connection": "keep-alive", "Sec-WebSocket-Version": "13",
                  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}}


@_rule("an upgrade in HTTP/1.0 is refused, and told why", "RFC 9110 7.8", each=UPGRADES)
def upgrade(server, headers):
    server.need("websocket")
    for path in ("/echo/websocket", session_root() + "/websocket", facade_root(server) + "/websocket"):
        peer = Peer(server)
        reply, body = fetch(server, "GET", path, headers, version="1.0", peer=peer)
        equal((reply.status, reply.get("connection")), (400, "close"), f"{path}: status, Connection")
        contains(body.decode(), "a WebSocket needs HTTP/1.1, not 1.0", path)
        peer.at_end(path)
        peer.close()


# ---- what stands on the way ----------------------------------------------------------------------------------

@rule("a stream asks nginx not to collect it, a poll does not", "nginx, proxy_buffering", each={"SockJS": False, "facade": True})
def unbuffered(server, transport, of_facade):
    server.need(transport.needs)
    transport = transport.for_facade() if of_facade else transport
    root, query = (facade_root(server), "n=1&a=0&w=0") if of_facade else (session_root(), "")
    reply = receive(server, transport, root, query=query)
    equal(reply.get("x-accel-buffering"), "no" if transport.streams else None, "X-Accel-Buffering")
    reply.peer.close()


@rule("no answer is compressed whatever the client takes, and each forbids what is on the way to do it", "RFC 9111 5.2.2.6", each={
    "SockJS": False, "facade": True})
def not_compressed(server, transport, of_facade):
    server.need(transport.needs)
    transport = transport.for_facade() if of_facade else transport
    takes = {"Accept-Encoding": "gzip, deflate, br"}
    root, query = (facade_root(server), "n=1&a=0&w=0") if of_facade else (session_root(), "")
    reply = receive(server, transport, root, takes, query=query)
    plain = receive(server, transport, facade_root(server) if of_facade else session_root(), query=query)
    equal([f for f in reply.fields if f[0] != "date"], [f for f in plain.fields if f[0] != "date"], "fields of a receiver")
    equal((reply.get("content-encoding"), reply.get("vary")), (None, "Origin" if transport.cors else None), "Content-Encoding, Vary")
    contains(reply.get("cache-control"), "no-transform", "Cache-Control")
    receiver = Receiver(transport, reply)
    true(receiver.frame(), "its first frame can be read")
    receiver.close()
    plain.peer.close()


@rule("every answer to a POST forbids caches to keep it", "Safari of iOS 6 kept those that did not")
def posts(server, transport):
    server.need(transport.needs)
    session = transport.session(server).open()
    facade = facade_root(server)
    long = {"Content-Length": str(1 << 40)}
    asked = {
        "a send": transport.post(server, session.root, b'["x"]')[0],
        "a broken send": transport.post(server, session.root, b'["x')[0],
        "a send to nobody": transport.post(server, session_root(), b'["x"]')[0],
        "a send that is too long": ask(server, "POST", f"{session.root}/{transport.send_leaf}", long),
        "an expectation": ask(server, "POST", f"{session.root}/{transport.send_leaf}", {"Expect": "much"}, b""),
        "a path that there is not": ask(server, "POST", f"{session.root}/nothing", {}, b""),
        "a path outside of every service": ask(server, "POST", "/nowhere", {}, b""),
        "a broken request": ask(server, "POST", "/echo", [("Host", "again")], b""),
        "the greeting": ask(server, "POST", "/echo", {}, b""),
        "info": ask(server, "POST", "/echo/info", {}, b""),
        "open": ask(server, "POST", "/echo/encke.1/open", {}, b""),
        "open, refused": ask(server, "POST", "/echo/encke.1/open?p=none-such", {}, b""),
        "a send of the facade's": facade_send(server, transport, facade, "q")[0],
        "a broken send of the facade's": facade_send(server, transport, facade, "z")[0],
        "a send of the facade's to nobody": facade_send(server, transport, "/echo/encke.1/" + "x" * 36, "q")[0],
        "a report": ask(server, "POST", f"{facade}/report", {}, b"it works"),
        "an empty report": ask(server, "POST", f"{facade}/report", {}, b""),
        "another version": ask(server, "POST", "/echo/encke.7/open", {}, b""),
        "the bridge": ask(server, "POST", "/echo/encke.1/bridge", {}, b""),
        "the facade's script": ask(server, "POST", "/encke.js", {}, b"")}
    for what, reply in asked.items():
        equal((reply.get("cache-control"), reply.all("cache-control")), (UNCACHED, [UNCACHED]), f"Cache-Control of {what} ({reply.status})")
        reply.peer.close()
    session.close()


@_rule("a refusal that quotes the request is not to be taken for a page", "Internet Explorer guesses types", each={
    "a path": ("/echo/encke.<b>/open", {}), "an origin": ("/closed_door/info", {"Origin": "http://<b>"}), "a method": ("/nowhere", {})})
def not_a_page(server, case):
    path, headers = case
    reply, body = fetch(server, "POST", path, headers, b"")
    true(400 <= reply.status < 500, f"status {reply.status}")
    contains(reply.get("content-type"), "text/plain", "Content-Type")
    equal(reply.get("x-content-type-options"), "nosniff", "X-Content-Type-Options")


@rule("what a cache of HTTP/1.0 could keep has an address that is used once", "PROTOCOL 6.6.1")
def used_once(server, transport):
    if transport.method != "GET":
        raise Skip("received by POST, which no cache of HTTP/1.0 keeps")
    server.need(transport.needs)
    transport = transport.for_facade()
    root = facade_root(server)
    reply = receive(server, transport, root, query="n=1&a=0&w=0")
    for name in ("expires", "last-modified", "etag", "pragma"):
        equal(reply.get(name), None, name)
    first = Receiver(transport, reply)
    equal(first.frame(), "k0", "first frame")
    again = receive(server, transport, root, query="n=1&a=0&w=0").body().decode()
    contains(again, "e[409,", "the same address once more")
    first.close()


# ---- browsers that show what comes in blocks -------------------------------------------------------------------

@rule("with b=1 each piece of a stream has 4096 bytes behind it that mean nothing", "PROTOCOL 6.3", each={"1.0": "1.0", "1.1": "1.1"})
def padded(server, transport, version):
    server.need(transport.needs)
    transport = transport.for_facade()
    if not transport.padding:
        raise Skip("it has no padding")
    root = facade_root(server, base="/wide")
    receiver = Receiver(transport, receive(server, transport, root, query="n=1&a=0&b=1", version=version))
    equal(receiver.frame(), "k0", "first frame")
    equal(receiver.piece(len(transport.padding)), transport.padding, "behind it")
    for number in range(3):
        facade_send(server, transport, root, array(f"message {number}"), number)
        equal(json.loads(receiver.frame()[1:]), [f"message {number}"], "frame")
        equal(receiver.piece(len(transport.padding)), transport.padding, "behind it")
    receiver.close()


@rule("padding counts towards the limit of a response", "PROTOCOL 2.4, 6.3")
def padding_counts(server, transport):
    server.need(transport.needs)
    transport = transport.for_facade()
    if not transport.padding:
        raise Skip("it has no padding")
    root = facade_root(server)  # whose limit is 4096 bytes
    receiver = Receiver(transport, receive(server, transport, root, query="n=1&a=0&b=1"))
    equal(receiver.frame(), "k0", "first frame")
    equal(receiver.piece(0), transport.padding, "behind it")
    receiver.end()


@rule("padding is for who asks by b=1, on the facade's wire", "PROTOCOL 6.3", each={"no b": "", "b=0": "&b=0", "of the page's own query": "&&b=1", "SockJS": None})
def not_padded(server, transport, query):
    if not transport.streams:
        raise Skip("a poll needs none")
    server.need(transport.needs)
    if query is None:
        receiver = Receiver(transport, receive(server, transport, session_root("/close"), query="b=1"))
        equal([receiver.frame(), receiver.frame()], ["o", 'c[3000,"Go away!"]'], "frames")
        return receiver.end()
    transport = transport.for_facade()
    root = facade_root(server)
    receiver = Receiver(transport, receive(server, transport, root, query=f"n=1&a=0{query}"))
    equal(receiver.frame(), "k0", "first frame")
    facade_send(server, transport, root, array("one"))
    equal(json.loads(receiver.frame()[1:]), ["one"], "the next")
    receiver.close()
