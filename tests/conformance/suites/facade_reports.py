"""The facade's protocol: what pages report of their transports, and when to try again (PROTOCOL 6.12)."""

import json

from support.facade import opened
from support.http import fetch
from support.rules import contains, equal, one_of, rule, true


def report(server, key, body=b"x", headers=(), method="POST"):
    return fetch(server, method, f"/wide/encke.1/{key}/report", {"Content-Type": "text/plain", **dict(headers)}, body)


def refusal(body) -> tuple[int, str]:
    true(body.startswith(b"e["), f"expected a refusal, e[…], got {body[:100]!r}")
    return tuple(json.loads(body[1:]))


@rule("a report is 204, for pages of other origins too; the next of its session within a minute is 429", "PROTOCOL 6.12")
def taken(server):
    page = {"Origin": "http://a.example"}
    key = opened(server, "/wide", page)["session"]
    reply, body = report(server, key, "websocket: closed at once\nxhr_stream: é held back\n".encode(), page)
    equal((reply.status, body), (204, b""), "status and body")
    equal(reply.get("access-control-allow-origin"), "http://a.example", "allowed origin")
    equal(reply.get("access-control-allow-credentials"), "true", "credentials")
    reply, body = report(server, key, b"again", page)
    equal((reply.status, refusal(body)[0]), (429, 429), "status, and the one in its frame")
    true(1 <= int(reply.get("retry-after")) <= 60, f"Retry-After: {reply.get('retry-after')}")
    equal(reply.get("access-control-expose-headers"), "Retry-After", "a page can read it")


@rule("a report that has no session is 404, of another origin 403", "PROTOCOL 6.9, 6.12")
def whose(server):
    key = opened(server, "/wide", {"Origin": "http://a.example"})["session"]
    for wrong in ("A" * 36, key[:12] + "A" * 24, key[:35], key + "A"):
        reply, body = report(server, wrong)
        equal((reply.status, refusal(body)[0]), (404, 404), f"status for {wrong!r}, and the one in its frame")
    reply, body = report(server, key, headers={"Origin": "http://b.example"})
    equal((reply.status, refusal(body)[0]), (403, 403), "status for another origin, and the one in its frame")


@rule("a report of more than 4 KiB or 20 lines is 413, one of nothing 400", "PROTOCOL 6.12", each={
    "4097 bytes": (b"x" * 4097, 413), "21 lines": (b"x\n" * 21, 413), "empty": (b"", 400), "line ends": (b"\r\n\n", 400)})
def too_long(server, case):
    sent, status = case
    reply, body = report(server, opened(server, "/wide")["session"], sent)
    equal((reply.status, refusal(body)[0]), (status, status), "status, and the one in its frame")


@rule("OPTIONS is answered, another method is 405", "PROTOCOL 6.12", each={"OPTIONS": "OPTIONS", "GET": "GET", "PUT": "PUT"})
def methods(server, method):
    key = opened(server, "/wide")["session"]
    reply, _ = report(server, key, None if method != "PUT" else b"x", {"Origin": "http://a.example"}, method)
    if method == "OPTIONS":
        one_of(reply.status, [200, 204], "status")
        contains(reply.get("access-control-allow-methods"), "POST", "allowed methods")
    else:
        equal(reply.status, 405, "status")


@rule("whatever a report holds, the server goes on and the session too", "PROTOCOL 6.12, attacks", each={
    "no text": bytes(range(256)), "line ends of a log": b"x\r\n2026-01-31T23:59:59.999Z info stopped", "a terminal's": b"\x1b]0;x\x07\x1b[2J",
    "turned": "\u202e\u2066x".encode(), "format": b"%s%n{}{0}"})
def odd(server, sent):
    server.need_sends()
    key = opened(server, "/wide")["session"]
    one_of(report(server, key, sent)[0].status, [204, 429], "status")
    reply, body = fetch(server, "POST", f"/wide/encke.1/{key}/xhr_send?s=0", {}, b"q")
    equal((reply.status, body), (200, b"k0\n"), "a send behind it")
