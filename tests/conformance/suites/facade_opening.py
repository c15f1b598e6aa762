"""The facade's protocol, before a carrier comes: /info, versions, opening, whose key it is (PROTOCOL 6.1, 6.2)."""

import json
import re
import time

from support.facade import Page, opened
from support.http import fetch
from support.rules import contains, equal, one_of, rule, true
from support.transports import ADAPTERS, UNCACHED, XhrPoll, session_root

OPEN = "/echo/encke.1/open"
KEY = r"[A-Za-z0-9_-]{36}"
MEMBERS = ["version", "session", "protocol", "network", "heartbeat", "resume_window", "window", "max_message_bytes", "poll_interval", "transports", "hosts"]


# ---- /info ---------------------------------------------------------------------------------------------------

@rule("/info?encke=1 has one member more than /info: versions, transports, hosts", "PROTOCOL 6.2")
def info(server):
    plain = json.loads(fetch(server, "GET", "/echo/info")[1])
    reply, body = fetch(server, "GET", "/echo/info?encke=1", {"Origin": "http://a.example"})
    more = json.loads(body)
    equal(list(more), [*plain, "encke"], "members")
    equal(list(more["encke"]), ["versions", "transports", "hosts"], "members of encke")
    equal(more["encke"]["versions"], [1], "versions")
    equal(sorted(more["encke"]["transports"]), sorted(server.transports), "transports")
    equal(more["encke"]["hosts"], [], "hosts")
    equal(reply.get("access-control-allow-origin"), "http://a.example", "allowed origin")
    equal(reply.get("cache-control"), UNCACHED, "Cache-Control")


@rule("/info without encke keeps its members", "PROTOCOL 1, 6.2", each={
    "bare": "", "another query": "?t=1", "a name that only begins so": "?encke1=1", "another case": "?Encke=1"})
def plain_info(server, query):
    equal(list(json.loads(fetch(server, "GET", "/echo/info" + query)[1])),
          ["websocket", "origins", "cookie_needed", "entropy"], "members")


@rule("a service's own list of transports is what it tells", "PROTOCOL 6.2", each={
    "all": "/echo", "one": "/only_poll", "no WebSocket": "/disabled_websocket_echo"})
def transports(server, base):
    want = set(server.transports)
    if base == "/only_poll":
        server.need("xhr_poll")
        want = {"xhr_poll"}
    elif base == "/disabled_websocket_echo":
        want -= {"websocket"}
    told = json.loads(fetch(server, "GET", base + "/info?encke=1")[1])["encke"]["transports"]
    equal(sorted(told), sorted(want), "transports of /info")
    equal(opened(server, base)["transports"], told, "transports of open, in the same order")


# ---- versions and paths --------------------------------------------------------------------------------------

@rule("a version that is not spoken is 404 and says which is", "PROTOCOL 6.2", each={
    "7": "7", "0": "0", "01": "01", "11": "11", "1.0": "1.0", "none": "", "letters": "one", "1 and a blank": "1%20"})
def version(server, version):
    for method, leaf in (("POST", "open"), ("GET", "open?c=cb"), ("POST", "x" * 36 + "/xhr?n=1&a=0")):
        reply, body = fetch(server, method, f"/echo/encke.{version}/{leaf}", {"Origin": "http://a.example"},
                            b"" if method == "POST" else None)
        equal(reply.status, 404, f"status of {method} {leaf}")
        equal(body.decode().strip(), f"protocol version {version} is not spoken here: 1 is", "text")
        equal(reply.get("access-control-allow-origin"), "http://a.example", "a page can read it: allowed origin")


@rule("a path below /encke.1 that means nothing is 404", "PROTOCOL 6.1", each={p: p for p in (
    "", "/", "//", "/open/x", "/Open", "/opened", "/{key}", "/{key}/", "/{key}/XHR", "/{key}/xhr/x", "/{key}//xhr", "/{key}/x/xhr",
    "/{key}/open", "//xhr", "/{key}/info", "/{key}/iframe.html")})
def no_path(server, path):
    path = "/echo/encke.1" + path.replace("{key}", opened(server)["session"])
    for method in ("GET", "POST"):
        equal(fetch(server, method, path + "?n=1&a=0&c=cb", {}, b"" if method == "POST" else None)[0].status, 404, method)


@rule("one `/` at the end is ignored", "PROTOCOL 1, 6.1")
def trailing(server):
    server.need_sends()
    reply, body = fetch(server, "POST", OPEN + "/", {}, b"")
    equal(reply.status, 200, "status of open/")
    key = json.loads(body)["session"]
    equal(fetch(server, "POST", f"/echo/encke.1/{key}/xhr_send/?s=0", {}, b"q")[1], b"k0\n", "answer of xhr_send/")


@rule("a wrong method is 405 with Allow", "PROTOCOL 6.1", each={m: m for m in ("PUT", "DELETE", "HEAD")})
def wrong_method(server, method):
    reply, _ = fetch(server, method, OPEN, {}, b"" if method != "HEAD" else None)
    equal(reply.status, 405, "status")
    for allowed in ("GET", "POST", "OPTIONS"):
        contains(reply.get("allow"), allowed, "Allow")


# ---- open ----------------------------------------------------------------------------------------------------

@rule("POST opens a session: a JSON object, never cached", "PROTOCOL 6.2")
def post(server):
    reply, body = fetch(server, "POST", OPEN, {}, b"")
    equal(reply.status, 200, "status")
    equal(reply.get("content-type"), "application/json; charset=UTF-8", "Content-Type")
    equal(reply.get("cache-control"), UNCACHED, "Cache-Control")
    answer = json.loads(body)
    equal(list(answer), MEMBERS, "members")
    equal((answer["version"], answer["heartbeat"], answer["resume_window"], answer["window"], answer["max_message_bytes"]),
          (1, 25000, 60000, 524288, 16777216), "the default values")
    true(re.fullmatch(KEY, answer["session"]), f"not a key: {answer['session']!r}")


@rule("the body of an open means nothing", "PROTOCOL 6.2", each={
    "JSON": b'{"version":7}', "no text": b"\xff\0", "a form": b"c=x", "64 KiB": b"x" * 65536})
def ignored_body(server, body):
    equal(fetch(server, "POST", OPEN, {}, body)[0].status, 200, "status")


@rule("GET with a callback opens one too: a script that nothing caches", "PROTOCOL 6.2")
def script(server):
    server.need_sends()
    reply, body = fetch(server, "GET", OPEN + "?c=_e.c1")
    equal(reply.status, 200, "status")
    equal(reply.get("content-type"), "application/javascript; charset=UTF-8", "Content-Type")
    equal(reply.get("x-content-type-options"), "nosniff", "X-Content-Type-Options")
    equal(reply.get("cache-control"), UNCACHED, "Cache-Control")
    call = re.fullmatch(r'/\*\*/_e\.c1\((".*")\);\r\n', body.decode())
    true(call, f"not one call: {body[:200]!r}")
    answer = json.loads(json.loads(call[1]))
    equal(list(answer), MEMBERS, "members")
    reply, body = fetch(server, "POST", f"/echo/encke.1/{answer['session']}/xhr_send?s=0", {}, b"q")
    equal((reply.status, body), (200, b"k0\n"), "a send to the session that it opened")


@rule("GET without a good callback opens nothing: 500", "PROTOCOL 6.2", each={
    "none": "", "empty": "?c=", "a bracket": "?c=alert(1)", "a tag": "?c=%3Cscript%3E", "too long": "?c=" + "x" * 257})
def bad_callback(server, query):
    reply, body = fetch(server, "GET", OPEN + query)
    equal(reply.status, 500, "status")
    contains(body, b"callback", "text")


@rule("OPTIONS is answered for pages of other origins", "PROTOCOL 6.2, sockjs 2", each={
    "open": "open", "a send": "{key}/xhr_send"})
def preflight(server, path):
    if "xhr_send" in path:
        server.need_sends()
    path = "/echo/encke.1/" + path.replace("{key}", opened(server)["session"])
    reply, body = fetch(server, "OPTIONS", path, {"Origin": "http://a.example", "Access-Control-Request-Method": "POST",
                                                  "Access-Control-Request-Headers": "content-type"})
    one_of(reply.status, [200, 204], "status")
    equal(body, b"", "body")
    equal(reply.get("access-control-allow-origin"), "http://a.example", "allowed origin")
    equal(reply.get("access-control-allow-credentials"), "true", "credentials")
    contains(reply.get("access-control-allow-methods"), "POST", "allowed methods")


@rule("what pages of other origins are to read carries CORS", "PROTOCOL 6.2, 6.9", each={
    "an open": ("open", 200), "a send to no session": ("x" * 36 + "/xhr_send?s=0", 404)})
def cors(server, case):
    path, status = case
    for origin in ("http://a.example", "null"):
        reply, _ = fetch(server, "POST", "/echo/encke.1/" + path, {"Origin": origin}, b"q")
        equal(reply.status, status, "status")
        equal(reply.get("access-control-allow-origin"), origin, "allowed origin")
        equal(reply.get("access-control-allow-credentials"), "true", "credentials")


@rule("a denied origin opens nothing: 403", "PROTOCOL 6.9, DESIGN 6", each={"POST": "POST", "GET": "GET"})
def denied(server, method):
    path = "/closed_door/encke.1/open?c=cb"
    body = b"" if method == "POST" else None
    equal(fetch(server, method, path, {"Origin": "http://bad.example"}, body)[0].status, 403, "status")
    equal(fetch(server, method, path, {"Origin": "https://good.example"}, body)[0].status, 200, "status of an allowed one")


@rule("keys are random: no two in 200 have an id, a secret or most of a secret in common", "PROTOCOL 6.2, attacks")
def random_keys(server):
    keys = [opened(server)["session"] for _ in range(200)]
    equal(len({key[:12] for key in keys}), 200, "ids")
    equal(len({key[12:] for key in keys}), 200, "secrets")
    for at in range(12, 36):
        true(len({key[at] for key in keys}) > 20, f"character {at} of the secret is one of few")


@rule("the values told are the service's own", "PROTOCOL 6.2")
def values(server):
    narrow, beating, fleeting = (opened(server, base) for base in ("/narrow", "/beating", "/fleeting"))
    equal((narrow["window"], narrow["max_message_bytes"]), (2048, 1024), "window, half of outbox_bytes, and max_message_bytes")
    equal(beating["heartbeat"], 300, "heartbeat in milliseconds")
    equal(fleeting["resume_window"], 500, "resume window in milliseconds")


# ---- keys and the sessions of SockJS -------------------------------------------------------------------------

@rule("a facade's session is not reached by SockJS paths, nor a SockJS session by facade paths", "PROTOCOL 6.1")
def apart(server):
    server.need("xhr_poll")
    key = opened(server)["session"]
    for name in (key[:12], key):
        equal(fetch(server, "POST", f"/echo/000/{name}/xhr_send", {}, b'["x"]')[0].status, 404, "a SockJS send to its id")
    poll = XhrPoll()
    session = poll.session(server, session=key[:12]).open()
    session.send("x")
    equal(session.messages(1), ["x"], "a SockJS session with the same id")
    reply, body = fetch(server, "POST", f"/echo/encke.1/{key}/xhr_send?s=0", {}, b"q")
    equal((reply.status, body), (200, b"k0\n"), "the facade's session is another")
    plain = session_root().rpartition("/")[2].ljust(12, "x")
    poll.session(server, session=plain).open()
    equal(fetch(server, "POST", f"/echo/encke.1/{plain}{'A' * 24}/xhr_send?s=0", {}, b"q")[0].status, 404,
          "a key made of a SockJS session's id")


@rule("one service's key means nothing to another", "PROTOCOL 6.9")
def another_service(server):
    server.need_sends()
    key = opened(server)["session"]
    texts = {fetch(server, "POST", f"{base}/encke.1/{key}/xhr_send?s=0", {}, b"q")[1].decode()
             for base in ("/broadcast", "/wide", "/close")}
    texts.add(fetch(server, "POST", f"/echo/encke.1/{'A' * 36}/xhr_send?s=0", {}, b"q")[1].decode())
    equal(len(texts), 1, "the texts of 404")
    equal(fetch(server, "POST", f"/echo/encke.1/{key}/xhr_send?s=0", {}, b"q")[0].status, 200, "its own service")


@rule("an opened session to which no carrier comes is forgotten after resume_window", "PROTOCOL 6.2 T", slow=True)
def forgotten(server):
    name = server.transports[0]
    page = Page(ADAPTERS[name], server, "/fleeting")
    time.sleep(1.2)
    true(page.missing(), "the session is still there after more than twice its resume window")
