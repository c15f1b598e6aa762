"""JSONRequest's own rules: one type, one encoding, no cookies; answers are JSON or none."""

from support.facade import Page
from support.http import fetch
from support.rules import equal, rule, true
from support.transports import ADAPTERS, session_root

NEEDS = ("json_request",)
TYPE = "application/jsonrequest"


def ask(server, leaf, kind, body=b"[]", headers=()):
    fields = {**dict(headers), **({"Content-Type": kind} if kind else {})}
    return fetch(server, "POST", f"{session_root()}/{leaf}", fields, body)


@rule("anything but application/jsonrequest in UTF-8 is refused with 415", "json_request",
      each={"none": None, "JSON": "application/json", "text": "text/plain", "a form": "application/x-www-form-urlencoded",
            "Latin-1": TYPE + "; charset=iso-8859-1", "a longer name": TYPE + "x", "another parameter": TYPE + "; q=1"})
def other_types(server, kind):
    for leaf in ("jsonrequest", "jsonrequest_send"):
        equal(ask(server, leaf, kind)[0].status, 415, f"status of {leaf}")


@rule("the type may name UTF-8, in any case", "json_request",
      each={"bare": TYPE, "named": TYPE + ";charset=utf-8", "in capitals": "Application/JSONRequest; Charset=UTF-8"})
def types(server, kind):
    reply, body = ask(server, "jsonrequest", kind)
    equal((reply.status, reply.get("content-type"), body), (200, TYPE, b'["o"]'), "answer")


@rule("a body that is no JSON array in UTF-8 is refused with 400, and opens nothing", "json_request",
      each={"empty": b"", "an object": b"{}", "a word": b"null", "cut short": b"[", "Latin-1": b'["\xe9"]', "two": b"[][]"})
def bodies(server, body):
    root = session_root()
    equal(fetch(server, "POST", f"{root}/jsonrequest", {"Content-Type": TYPE}, body)[0].status, 400, "status")
    equal(fetch(server, "POST", f"{root}/jsonrequest_send", {"Content-Type": TYPE}, b"[]")[0].status, 404, "status of a send")


@rule("cookies are neither read nor set, and no page may have them sent", "json_request")
def cookies(server):
    fields = {"Content-Type": TYPE, "Cookie": "JSESSIONID=abc", "Origin": "http://a.example"}
    reply, _ = fetch(server, "POST", f"{session_root('/cookie_needed_echo')}/jsonrequest", fields, b"[]")
    equal(reply.get("set-cookie"), None, "Set-Cookie")
    equal((reply.get("access-control-allow-origin"), reply.get("access-control-allow-credentials")), ("*", None), "CORS")


@rule("a refusal of the facade's is an answer of 200 and of the one type", "json_request, PROTOCOL 6.9")
def refusals(server):
    page = Page(ADAPTERS["json_request"], server)
    for leaf, query in (("jsonrequest", "n=1"), ("jsonrequest_send", "s=9&a=0")):
        reply, body = fetch(server, "POST", f"{page.root}/{leaf}?{query}", {"Content-Type": TYPE}, b'["a[\\"x\\"]"]')
        equal((reply.status, reply.get("content-type")), (200, TYPE), "answer")
        true(body.startswith(b'["e[4'), f"not a refusal: {body!r}")
