"""For every transport: who brings a signed token is let in, and nobody else (docs/configuration.md, tokens)."""

import base64
import hashlib
import hmac
import json
import pathlib
import time
import urllib.parse

from support.facade import Page
from support.http import fetch
from support.rules import Skip, contains, equal, true
from support.rules import rule as _rule
from support.transports import session_root
from support.websocket import WebSocket, try_upgrade, upgrade_headers

GOOD = {"Origin": "https://good.example"}
KEY = (pathlib.Path(__file__).parent.parent / "token.secret").read_bytes().strip()
ELEMENTS = ("forever_frame", "jsonp")  # of script tags, frames and forms


def rule(title, cite, **more):
    return _rule(title, cite, transports=True, **more)


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token(key: bytes = KEY, algorithm: str = "HS256", lasts: float = 600, **claims) -> str:
    head = part(json.dumps({"alg": algorithm}).encode()) + "." + part(json.dumps({"exp": time.time() + lasts, **claims}).encode())
    return head + "." + (part(hmac.digest(key, head.encode(), hashlib.sha256)) if algorithm != "none" else "")


def tried(server, transport, query="", headers=()):
    """The answer to a request that would open a session: the status, the reply, the text."""
    root, headers = session_root("/token"), dict(headers)
    if not transport.http:
        reply = try_upgrade(server, root + "/websocket" + (f"?{query}" if query else ""), [*upgrade_headers(), *headers.items()])
        return reply.status, reply, b""
    body = transport.ask_body if transport.method == "POST" else None
    reply, text = fetch(server, transport.method, transport.url(root, query), {**headers, **transport.typed}, body)
    return reply.status, reply, text


def has_requests(transport):
    if transport.name == "flash":
        raise Skip("its session is opened by a request")


WRONG = {"none": ("", 401), "no token": ("x", 401), "another key's": (token(b"x" * 32), 401), "unsigned": (token(algorithm="none"), 401),
         "signed, and called unsigned": (token(algorithm="none") + token().rpartition(".")[2], 401), "expired": (token(lasts=-1), 401),
         "not valid yet": (token(nbf=time.time() + 100000), 401), "of another service": (token(services=["/chat"]), 403),
         "of another origin": (token(origins=["https://a.below.example"]), 403)}


@rule("without a good token nothing opens", "security", each=WRONG)
def wrong(server, transport, case):
    has_requests(transport)
    value, status = case
    got, reply, text = tried(server, transport, f"access_token={value}" if value else "", GOOD)
    equal(got, status, "status")
    equal(reply.get("www-authenticate"), "Bearer" if status == 401 else None, "WWW-Authenticate")
    true(value == "x" or not value or value.encode() not in text, "the token is not told again")


@rule("a good one opens: in the query, and as Authorization", "security", each={"query": "query", "Authorization": "head"})
def good(server, transport, place):
    has_requests(transport)
    mine = token(sub="ann", services=["/token"], origins=["https://good.example"])
    headers = {**GOOD, **({"Authorization": f"Bearer {mine}"} if place == "head" else {})}
    query = f"access_token={mine}" if place == "query" else ""
    if transport.http:
        receiver = transport.receive(server, session_root("/token"), headers, query=query)
        equal(receiver.frame(), "o", "the first frame")
        receiver.close()
    else:
        equal(tried(server, transport, query, headers)[0], 101, "status")


@rule("a cookie counts with an allowed origin, and without one does not", "security, CSRF")
def cookie(server, transport):
    has_requests(transport)
    login = {"Cookie": f"login={token()}"}
    if transport.name == "json_request":
        raise Skip("it carries no cookies")
    posts = transport.http and transport.method == "POST"
    status, *_ = tried(server, transport, headers={**login, **({"Content-Type": "text/plain"} if posts else {})})
    equal(status, 403 if posts or transport.name in ELEMENTS else 401, "status without an origin")
    equal(tried(server, transport, headers={**login, "Origin": "https://bad.example"})[0], 403, "status with another's")
    if transport.http:
        receiver = transport.receive(server, session_root("/token"), {**login, **GOOD})
        equal(receiver.frame(), "o", "the first frame with an allowed one")
        receiver.close()
    else:
        equal(tried(server, transport, headers={**login, **GOOD})[0], 101, "status with an allowed one")


@rule("a script tag or a frame without a Referer needs the token on each request", "security")
def elements(server, transport):
    if transport.name not in ELEMENTS:
        raise Skip("browsers name the origin on this one")
    status, _, text = tried(server, transport)
    equal(status, 403, "status without")
    true(text.strip(), "the refusal must say why")
    root = session_root("/token")
    receiver = transport.receive(server, root, query=f"access_token={token()}")
    equal(receiver.frame(), "o", "the first frame")
    receiver.close()
    equal(fetch(server, "GET", transport.url(root, "access_token=x"), {})[0].status, 401, "status of a bad one")


def opened(server, how: str, value: str) -> dict:
    path, body, method = "/token/encke.1/open", None, "POST"
    if how == "body":
        body = ("token=" + urllib.parse.quote(value)).encode()
    elif how == "query":
        path, body = path + f"?access_token={value}", b""
    else:
        path, method = path + f"?c=cb&access_token={value}", "GET"
    reply, text = fetch(server, method, path, GOOD if method == "POST" else {}, body)
    equal(reply.status, 200, "status of open")
    return json.loads(text if method == "POST" else json.loads(text[len(b"/**/cb("):-len(b");\r\n")]))


@rule("the facade brings its token when it opens, and its key from then on", "PROTOCOL 6.2", each={"body": "body", "query": "query", "script": "script"})
def facade(server, transport, how):
    key = opened(server, how, token())["session"]
    page = Page(transport, server, "/token", headers=GOOD, key=key)
    page.attach()
    page.send("x")
    equal(page.messages(1), ["x"], "the echo")
    page.close()


@_rule("the facade's page is told what is wrong with its token", "PROTOCOL 6.2", each=WRONG)
def facade_wrong(server, case):
    value, status = case
    reply, body = fetch(server, "POST", "/token/encke.1/open", GOOD, b"token=" + value.encode())
    equal(reply.status, status, "status")
    contains(body.decode(), f"e[{status},", "the frame")
    equal(reply.get("access-control-allow-origin"), GOOD["Origin"], "the page can read it")
    reply, body = fetch(server, "GET", f"/token/encke.1/open?c=cb&access_token={value}", {"Referer": "https://good.example/"})
    equal(reply.status, 200, "status of a script")
    contains(body.decode(), f"e[{status},", "the frame in it")


@_rule("a script that opens and tells nothing of its page is refused with 403 unless it brings a good token", "security")
def silent_script(server):
    reply, body = fetch(server, "GET", "/token/encke.1/open?c=cb", {})
    equal(reply.status, 200, "status of a script")
    contains(body.decode(), "e[403,", "the frame in it")


@rule("when the token expires the session is closed with 4401", "security", slow=True)
def expiry(server, transport):
    if not transport.holds:
        raise Skip("it would ask all the time")
    key = opened(server, "body", token(lasts=1.5))["session"]
    page = Page(transport, server, "/token", headers=GOOD, key=key).attach()
    page.send("x")
    equal(page.messages(1), ["x"], "the echo before")
    frame = page.frame()
    while not frame.startswith("c["):
        frame = page.frame()
    equal(json.loads(frame[1:]), [4401, "the token has expired"], "the close")
    page.close()


@_rule("when it expires a raw WebSocket is closed with 4401", "security", slow=True)
def raw_expiry(server):
    socket = WebSocket(server, f"/token/websocket?access_token={token(lasts=1.5)}", headers=list(GOOD.items()))
    socket.closed(4401)
