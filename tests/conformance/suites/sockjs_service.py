"""Greeting, /info, iframe page, unknown paths and wrong methods of a SockJS service."""

import json
import re

from support.http import Peer, Reply, ask, fetch, head_bytes
from support.rules import contains, equal, one_of, rule, true
from support.transports import UNCACHED, XhrPoll, session_root

IFRAME = """<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="URL"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>"""


def same_type(reply, want):
    equal((reply.get("content-type") or "").replace(" ", ""), want.replace(" ", ""), "Content-Type")


# ---- greeting ----------------------------------------------------------------------------------------------

@rule("greeting", "sockjs 1 S", each={p: p for p in ("/echo", "/echo/", "/close", "/cookie_needed_echo/",
                                                     "/disabled_websocket_echo", "/echo?x=1")})
def greeting(server, path):
    reply, body = fetch(server, "GET", path)
    equal((reply.status, body), (200, b"Welcome to SockJS!\n"), "answer")
    same_type(reply, "text/plain; charset=UTF-8")
    equal(reply.get("set-cookie"), None, "Set-Cookie")


@rule("not found", "sockjs 1 S", each={p: p for p in (
    "/a", "/a.html", "//", "///", "/a/a", "/a/a/", "/a/", "/iframe.htm", "/iframe", "/IFRAME.HTML", "/IFRAME",
    "/iframe.HTML", "/iframe.xml", "/iframe-/.html", "/a/b/c", "/a/b/xhr/x", "/Info", "/a/b/XHR", "/info/info")})
def not_found(server, path):
    reply, body = fetch(server, "GET", "/echo" + path)
    equal(reply.status, 404, "status")
    true(body, "a 404 must say what was wrong")
    equal(reply.get("set-cookie"), None, "Set-Cookie")


@rule("bad session paths", "sockjs 1 S", each={f"{m} {p}": (m, p) for m in ("GET", "POST")
                                               for p in ("//", "/a./a", "/a/a.", "/./.", "/", "///")})
def bad_session(server, case):
    method, path = case
    reply, _ = fetch(server, method, f"/echo{path}/xhr", {}, b"" if method == "POST" else None)
    equal(reply.status, 404, "status")


@rule("paths are routed raw: no case folding, no dot segments, no double slashes, no decoding", "sockjs 1 S",
      each={p: p for p in ("/ECHO", "/Echo", "//echo", "/./echo", "/x/../echo", "/ech%6f", "/echo2", "/ech")})
def raw_paths(server, path):
    equal(fetch(server, "GET", path)[0].status, 404, "status")


@rule("a wrong method is 405 with Allow, without content type and body", "sockjs 1 N",
      each={p: p for p in ("/echo", "/echo/iframe.html", "/echo/info")})
def wrong_method(server, path):
    for method in ("POST", "PUT", "DELETE"):
        reply, body = fetch(server, method, path, {}, b"")
        equal((reply.status, body), (405, b""), method)
        contains(reply.get("allow"), "GET", "Allow")
        equal(reply.get("content-type"), None, "Content-Type")


@rule("HEAD is answered without a body, or refused, and keeps the connection in step", "RFC 9110 9.3.2")
def head(server):
    peer = Peer(server)
    reply = ask(server, "HEAD", "/echo", peer=peer)
    one_of(reply.status, [200, 405], "status")
    if (reply.get("connection") or "").lower() != "close":
        reply = ask(server, "GET", "/echo", peer=peer)
        equal((reply.status, reply.body()), (200, b"Welcome to SockJS!\n"), "the next request on the connection")


# ---- /info -------------------------------------------------------------------------------------------------

@rule("info: fields, type, caching, CORS", "sockjs 1, 2, 3 S")
def info(server):
    reply, body = fetch(server, "GET", "/echo/info", {"Origin": "http://a.example"})
    equal(reply.status, 200, "status")
    same_type(reply, "application/json; charset=UTF-8")
    equal(reply.get("cache-control"), UNCACHED, "Cache-Control")
    for name in ("expires", "last-modified", "set-cookie"):
        equal(reply.get(name), None, name)
    equal(reply.get("access-control-allow-origin"), "http://a.example", "allowed origin")
    equal(reply.get("access-control-allow-credentials"), "true", "credentials")
    contains((reply.get("vary") or "").lower(), "origin", "Vary")
    data = json.loads(body)
    equal((data["websocket"], data["origins"], data["cookie_needed"]), ("websocket" in server.transports,
        ["*:*"], False), "fields")
    true(type(data["entropy"]) is int and 0 <= data["entropy"] < 1 << 32, f"entropy {data['entropy']!r}")


@rule("info: entropy differs on each call", "sockjs 3 S")
def entropy(server):
    values = {json.loads(fetch(server, "GET", "/echo/info")[1])["entropy"] for _ in range(8)}
    equal(len(values), 8, "different values in 8 calls")


@rule("info: CORS for each kind of Origin", "sockjs 2 S", each={"absent": None, "null": "null", "a word": "test"})
def info_cors(server, origin):
    reply, _ = fetch(server, "GET", "/echo/info", {"Origin": origin} if origin else {})
    equal((reply.get("access-control-allow-origin"), reply.get("access-control-allow-credentials")),
          (origin, "true") if origin else ("*", None), "CORS")


@rule("info: says whether WebSocket and cookies are on", "sockjs 3 S", each={
    "/disabled_websocket_echo": (False, False), "/cookie_needed_echo": (True, True), "/close": (True, False)})
def info_flags(server, want):
    for path, flags in (("/disabled_websocket_echo", (False, False)), ("/cookie_needed_echo", (True, True)),
                        ("/close", (True, False))):
        if flags == want:
            data = json.loads(fetch(server, "GET", path + "/info")[1])
            flags = (flags[0] and "websocket" in server.transports, flags[1])
            equal((data["websocket"], data["cookie_needed"]), flags, f"websocket, cookie_needed of {path}")


@rule("info: preflight", "sockjs 1, 2 S", each={"/echo": "/echo", "/cookie_needed_echo": "/cookie_needed_echo"})
def info_options(server, base):
    reply, body = fetch(server, "OPTIONS", base + "/info", {"Origin": "test"})
    one_of(reply.status, [200, 204], "status")
    equal(body, b"", "body")
    for method in ("OPTIONS", "GET"):
        contains(reply.get("access-control-allow-methods"), method, "allowed methods")
    true(int(reply.get("access-control-max-age")) > 1000000, "Access-Control-Max-Age over 1000000")
    contains(reply.get("cache-control"), "public", "Cache-Control")
    true(re.search(r"max-age=[1-9]\d{6}", reply.get("cache-control")), "max-age of seven digits")
    true(reply.get("expires"), "Expires must be there")
    equal(reply.get("access-control-allow-origin"), "test", "allowed origin")
    if base == "/cookie_needed_echo":
        contains(reply.get("set-cookie"), "JSESSIONID=dummy", "Set-Cookie")


@rule("info and the iframe page set no cookie on the cookie service", "sockjs 8 S",
      each={p: p for p in ("", "/", "/info", "/iframe.html")})
def never_a_cookie(server, path):
    reply, _ = fetch(server, "GET", "/cookie_needed_echo" + path, {"Cookie": "JSESSIONID=x"})
    equal((reply.status, reply.get("set-cookie")), (200, None), "status and Set-Cookie")


# ---- iframe ------------------------------------------------------------------------------------------------

NAMES = ("/iframe.html", "/iframe-a.html", "/iframe-.html", "/iframe-0.1.2.html",
         "/iframe-0.1.2abc-dirty.2144.html",
         "/iframe_.html", "/iframe0.html", "/iframe.html?t=1", "/iframe-a.html?t=2")


@rule("iframe page: template, type, caching", "sockjs 4, 14 S, C", each={n: n for n in NAMES})
def iframe(server, name):
    reply, body = fetch(server, "GET", "/echo" + name)
    equal(reply.status, 200, "status")
    same_type(reply, "text/html; charset=UTF-8")
    contains(reply.get("cache-control"), "public", "Cache-Control")
    true(re.search(r"max-age=[1-9]\d{6}", reply.get("cache-control")), "max-age of seven digits")
    true(reply.get("expires"), "Expires must be there")
    true(re.fullmatch(r'"[^"]+"', reply.get("etag") or ""), f"a strong quoted ETag: {reply.get('etag')}")
    for header in ("last-modified", "set-cookie", "x-frame-options", "content-security-policy"):
        equal(reply.get(header), None, header)
    text = body.decode().strip()
    url = re.search(r'<script src="([^"]*)">', text)
    true(url and re.match(r"/|http", url[1]), "the library's URL starts with / or http")
    equal(text, IFRAME.replace("URL", url[1]), "page")
    plain, plain_body = fetch(server, "GET", "/echo/iframe.html")
    equal((body, reply.get("etag")), (plain_body, plain.get("etag")), "bytes and ETag of the plain name")


@rule("iframe page: 304 for its ETag, without content type and body", "sockjs 4 S")
def iframe_cache(server):
    tag = fetch(server, "GET", "/echo/iframe.html")[0].get("etag")
    reply, body = fetch(server, "GET", "/echo/iframe-1.2.html", {"If-None-Match": tag})
    equal((reply.status, body, reply.get("content-type")), (304, b"", None), "status, body, Content-Type")
    equal(fetch(server, "GET", "/echo/iframe.html", {"If-None-Match": '"other"'})[0].status, 200,
          "another tag: status")


# ---- HTTP/1.0 and 1.1 --------------------------------------------------------------------------------------

@rule("HTTP/1.0 greeting with Keep-Alive, byte-wise", "sockjs 11 S",
      each={"Keep-Alive": {"Connection": "Keep-Alive"}, "nothing": {}, "close": {"Connection": "close"}})
def http10(server, headers):
    peer = Peer(server)
    reply = ask(server, "GET", "/echo", headers, version="1.0", peer=peer)
    equal(reply.status, 200, "status")
    connection = (reply.get("connection") or "").lower()
    if reply.mode == "close":
        equal(connection, "close", "Connection of an answer without length")
        equal(peer.rest(), b"Welcome to SockJS!\n", "body, to the end of the connection")
        return
    equal(reply.get("content-length"), "19", "Content-Length")
    equal(reply.body(), b"Welcome to SockJS!\n", "body")
    if connection == "keep-alive":
        true(headers, "keep-alive that was not asked for")
        again = ask(server, "GET", "/echo", headers, version="1.0", peer=peer)
        equal(again.body(), b"Welcome to SockJS!\n", "second body")
    else:
        one_of(connection, ["", "close"], "Connection")
        peer.at_end("the answer")


@rule("HTTP/1.1 greeting keeps the connection", "sockjs 11 S")
def http11(server):
    peer = Peer(server)
    for _ in range(3):
        reply = ask(server, "GET", "/echo", peer=peer)
        one_of((reply.get("connection") or "").lower(), ["", "keep-alive"], "Connection")
        equal(reply.version, "1.1", "version")
        if reply.mode == "length":
            equal(reply.get("content-length"), "19", "Content-Length")
        equal(reply.chunk(), b"Welcome to SockJS!\n", "body in one piece")
        reply.end()


@rule("HTTP/1.1 with Connection: close ends the connection", "sockjs 11 S, RFC 9112 9.6")
def http11_close(server):
    reply = ask(server, "GET", "/echo", {"Connection": "close"})
    equal((reply.get("connection") or "").lower(), "close", "Connection")
    equal(reply.body(), b"Welcome to SockJS!\n", "body")
    reply.peer.at_end("the answer")


@rule("100 pipelined requests are answered in order", "RFC 9112 9.3.2")
def pipelined(server):
    peer = Peer(server)
    paths = ["/echo", "/echo/info", "/echo/none", "/echo/iframe.html"] * 25
    peer.send(b"".join(head_bytes(server, "GET", path) for path in paths))
    for path in paths:
        reply = Reply(peer, "GET", "1.1")
        body = reply.body()
        equal(reply.status, 404 if path == "/echo/none" else 200, path)
        true(body.startswith({"/echo": b"Welcome", "/echo/info": b"{", "/echo/none": b"",
                              "/echo/iframe.html": b"<!DOCTYPE"}[path]), f"body of {path}")


# ---- origins -----------------------------------------------------------------------------------------------

@rule("an origin outside the list is 403 with a text", "DESIGN 6", each={"bad": "https://bad.example",
      "prefix": "https://good.example.bad.example", "scheme": "http://good.example",
      "port": "https://good.example:444"})
def denied(server, origin):
    reply, body = fetch(server, "POST", session_root("/closed_door") + "/xhr", {"Origin": origin}, b"")
    equal(reply.status, 403, "status")
    true(body.strip(), "the refusal must say why")
    receiver = XhrPoll().receive(server, session_root("/closed_door"), {"Origin": "https://good.example"})
    equal(receiver.frame(), "o", "open frame for the good origin")
