"""The facade's protocol: sub-protocols are agreed on when a session opens (PROTOCOL 6.2)."""

import json
import re

from support.http import fetch
from support.rules import contains, equal, rule, true

OPEN = "/sub/encke.1/open"  # a service that has chat and v2


def asked(server, path, method="POST"):
    return fetch(server, method, path, {"Origin": "http://a.example"}, b"" if method == "POST" else None)


def script(server, path) -> str:
    """The argument of the call that a script tag gets."""
    reply, body = asked(server, path + "&c=cb", "GET")
    equal(reply.status, 200, "status")
    call = re.fullmatch(r'/\*\*/cb\((".*")\);\r\n', body.decode())
    true(call, f"not one call: {body[:200]!r}")
    return json.loads(call[1])


@rule("the first of the page's sub-protocols that the service has is told", "PROTOCOL 6.2", each={
    "one": ("chat", "chat"), "the page's order counts": ("v2,chat", "v2"), "behind others": ("soap,wamp,chat", "chat"),
    "percent-encoded": ("%63hat", "chat"), "the comma too": ("soap%2Cv2", "v2"), "blanks around": ("soap,%20v2%20", "v2"), "none asked for": ("", "")})
def chosen(server, case):
    names, want = case
    reply, body = asked(server, f"{OPEN}?p={names}")
    equal(reply.status, 200, "status")
    equal(json.loads(body)["protocol"], want, "protocol")
    equal(json.loads(script(server, f"{OPEN}?p={names}"))["protocol"], want, "protocol, by a script tag")


@rule("a page that does not ask is told of none, whatever the service has", "PROTOCOL 6.2", each={
    "a service with": "/sub", "a service without": "/echo"})
def unasked(server, base):
    equal(json.loads(asked(server, base + "/encke.1/open")[1])["protocol"], "", "protocol")


@rule("a page that asks and gets none is refused: 400 and a frame that names those that there are", "PROTOCOL 6.2, 6.9", each={
    "unknown": "soap,wamp", "case counts": "CHAT", "a part": "cha", "more": "chat2", "no token": "chat%00", "a list as one name": "chat%20v2",
    "markup": "%3C/script%3E"})
def refused(server, names):
    reply, body = asked(server, f"{OPEN}?p={names}")
    equal(reply.status, 400, "status")
    equal(reply.get("content-type"), "text/plain; charset=UTF-8", "Content-Type")
    equal(reply.get("access-control-allow-origin"), "http://a.example", "a page can read it: allowed origin")
    true(body.startswith(b"e["), f"expected a refusal, e[…], got {body[:100]!r}")
    status, text = json.loads(body[1:])
    equal(status, 400, "the status in the frame")
    contains(text, "chat, v2", "text")
    equal(script(server, f"{OPEN}?p={names}"), body.decode(), "the same by a script tag")


@rule("a service without sub-protocols refuses whoever asks for one", "PROTOCOL 6.2")
def has_none(server):
    reply, body = asked(server, "/echo/encke.1/open?p=chat")
    equal(reply.status, 400, "status")
    contains(json.loads(body[1:])[1], "no sub-protocols", "text")


@rule("what stands behind an empty parameter is the page's own and means nothing", "PROTOCOL 6.1")
def own_query(server):
    server.need_sends()
    equal(json.loads(asked(server, OPEN + "?&p=soap&c=1")[1])["protocol"], "", "protocol where the page asks for none")
    equal(json.loads(asked(server, OPEN + "?p=v2&&p=chat&c=1")[1])["protocol"], "v2", "protocol")
    key = json.loads(asked(server, "/echo/encke.1/open?&n=7")[1])["session"]
    send = f"/echo/encke.1/{key}/xhr_send"
    for query in ("?&a=9", "?a=0&&a=9", "?s=0&&s=x"):
        reply, body = fetch(server, "POST", send + query, {}, b"q")
        equal((reply.status, body), (200, b"k0\n"), f"answer to {query}")
    equal(fetch(server, "POST", send + "?&s=1", {}, b'a["y"]')[0].status, 400, "a send without an S of the facade's")
    equal(asked(server, OPEN + "?&c=cb", "GET")[0].status, 500, "a callback of the page's own is none")


@rule("a list of sub-protocols as long as a head may be is read at once", "PROTOCOL 6.2, attacks", each={
    "commas": "," * 12000, "encoded commas": "%2C" * 4000, "blanks": "+" * 12000, "names": "a," * 6000})
def long_list(server, names):
    reply, _ = asked(server, f"{OPEN}?p={names}v2")
    equal(reply.status in (200, 400), True, "answered")
    equal(json.loads(asked(server, f"{OPEN}?p={names},v2")[1])["protocol"], "v2", "protocol")
