"""For every transport: whose pages may use a service that lists origins, and that nobody sends in another's name (docs/security.md)."""

from support.facade import Page, opened
from support.http import fetch
from support.rules import Skip, contains, equal, true
from support.rules import rule as _rule
from support.transports import session_root
from support.websocket import try_upgrade, upgrade_headers

GOOD, BELOW, BAD = "https://good.example", "https://a.below.example", "https://bad.example"
STRANGERS = {"another": BAD, "its name within another": "https://good.example.bad", "another port": GOOD + ":8443", "another scheme": "http://good.example",
             "upper case": "https://GOOD.example", "a dot at the end": GOOD + ".", "null": "null", "the name above a wildcard": "https://below.example",
             "a name that ends like one": "https://evilbelow.example", "nothing": ""}
ELEMENTS = ("forever_frame", "jsonp")  # of script tags, frames and forms


def rule(title, cite, **more):
    return _rule(title, cite, transports=True, **more)


def tried(server, transport, headers):
    """What a request that would open a session is answered with: (status, text, reply)."""
    root = session_root("/closed_door")
    if not transport.http:
        if transport.name == "flash":
            raise Skip("its origin stands in the hello: see facade_flash")
        reply = try_upgrade(server, root + "/websocket", [*upgrade_headers(), *headers.items()])
        return reply.status, reply
    if transport.streams and "Origin" in headers and headers["Origin"] in (GOOD, BELOW):
        transport.receive(server, root, headers).close()
        return 200, None
    body = transport.ask_body if transport.method == "POST" else None
    reply, text = fetch(server, transport.method, transport.url(root), {**headers, **transport.typed}, body)
    true(reply.status == 200 or text.strip(), "a refusal must say why")
    return reply.status, reply


@rule("an origin that is not listed is 403, and no answer lets it read", "security", each=STRANGERS)
def strangers(server, transport, origin):
    status, reply = tried(server, transport, {"Origin": origin})
    equal(status, 403, "status")
    equal(reply.get("access-control-allow-origin"), None, "allowed origin")


@rule("a name below a wildcard is let in", "security")
def below(server, transport):
    equal(tried(server, transport, {"Origin": BELOW})[0], 200 if transport.http else 101, "status")


@rule("Referer counts where there is no Origin", "security")
def referer(server, transport):
    equal(tried(server, transport, {"Referer": BAD + "/" + GOOD})[0], 403, "status for another's")
    if not transport.http or transport.streams:
        return
    equal(tried(server, transport, {"Referer": GOOD + "/page"})[0], 200, "status for a listed one's")


@rule("what tells no origin is let in where browsers would tell it, and else is 403", "security")
def silent(server, transport):
    if transport.http and transport.streams and transport.name not in ELEMENTS:
        transport.receive(server, session_root("/closed_door")).close()
        return
    status, reply = tried(server, transport, {})
    equal(status, 403 if transport.name in ELEMENTS else 200 if transport.http else 101, "status")


@rule("what a browser says to come from another site, and tells no origin, is 403", "security", each={"cross-site": "cross-site", "same-site": "same-site"})
def fetch_site(server, transport, site):
    equal(tried(server, transport, {"Sec-Fetch-Site": site})[0], 403, "status")


@rule("the answer to an allowed origin names that one, and says that it depends on it", "security")
def cors(server, transport):
    if not transport.http or not transport.cors or not transport.credentials:
        raise Skip("pages of other origins do not read it by CORS")
    reply = transport.receive(server, session_root("/closed_door"), {"Origin": BELOW}).reply
    equal((reply.get("access-control-allow-origin"), reply.get("vary")), (BELOW, "Origin"), "allowed origin, and Vary")
    reply = transport.receive(server, session_root("/closed_door")).reply
    equal((reply.get("access-control-allow-origin"), reply.get("vary")), (None, "Origin"), "the same for a program")


@rule("a preflight is answered for allowed origins alone", "security")
def preflights(server, transport):
    if not transport.http or not transport.preflight:
        raise Skip("no preflight here")
    url = transport.url(session_root("/closed_door"))
    reply, _ = fetch(server, "OPTIONS", url, {"Origin": BAD, "Access-Control-Request-Method": "POST"})
    equal((reply.status, reply.get("access-control-allow-origin")), (403, None), "for another")
    reply, _ = fetch(server, "OPTIONS", url, {"Origin": GOOD, "Access-Control-Request-Method": "POST"})
    equal((reply.status, reply.get("access-control-allow-origin"), reply.get("vary")), (204, GOOD if transport.credentials else "*", "Origin"), "for a listed one")
    reply, _ = fetch(server, "OPTIONS", url)
    equal(reply.get("access-control-allow-origin"), None, "for nobody")


FORMS = {"a form": ("application/x-www-form-urlencoded", b"d=%5B%22x%22%5D"), "a form of parts": ("multipart/form-data; boundary=b",
         b"--b\r\nContent-Disposition: form-data; name=\"d\"\r\n\r\n[\"x\"]\r\n--b--\r\n"), "plain text": ("text/plain", b'["x"]')}
FORGERS = {"Origin": {"Origin": BAD}, "Origin: null": {"Origin": "null"}, "Referer": {"Referer": BAD + "/form.html"},
           "Sec-Fetch-Site": {"Sec-Fetch-Site": "cross-site"}, "a cookie and silence": {"Cookie": "login=1"}}


@rule("another site's form sends nothing to a session", "security, CSRF", each={
    f"{form}, shown by {how}": (FORMS[form], FORGERS[how]) for form in FORMS for how in FORGERS})
def forged(server, transport, case):
    if not transport.http:
        raise Skip("no form writes to a socket")
    (kind, body), shown = case
    root = session_root("/closed_door")
    receiver = transport.receive(server, root, {"Origin": GOOD})
    equal(receiver.frame(), "o", "the session")
    reply, _ = fetch(server, "POST", f"{root}/{transport.send_leaf}", {"Content-Type": kind, **shown}, body)
    equal(reply.status, 403, "status")
    equal(reply.get("access-control-allow-origin"), None, "allowed origin")
    receiver.close()


@rule("nor to one of the facade's, though it had the key", "security, CSRF",
      each={name: FORGERS[name] for name in ("Origin", "Origin: null", "Referer")})
def forged_facade(server, transport, shown):
    if not transport.http:
        raise Skip("no form writes to a socket")
    page = Page(transport, server, "/closed_door", headers={"Origin": GOOD}).attach()
    reply, _ = fetch(server, "POST", f"{page.root}/{transport.send_leaf}?s=0", {"Content-Type": "text/plain", **shown}, b'a["x"]')
    equal(reply.status, 403, "status")
    page.send("on")
    equal(page.messages(1), ["on"], "the session goes on")
    page.close()


def open_by(server, method, headers, query=""):
    return fetch(server, method, "/closed_door/encke.1/open" + query, headers, b"" if method == "POST" else None)


@_rule("the facade's opening by a script tag needs a listed Referer; another's, or none, is 403", "security, PROTOCOL 6.2")
def script_open(server):
    for headers in ({}, {"Referer": BAD + "/"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}):
        reply, body = open_by(server, "GET", headers, "?c=cb")
        equal(reply.status, 403, f"status for {headers}")
        true(body.strip(), "a refusal must say why")
    reply, body = open_by(server, "GET", {"Referer": GOOD + "/page"}, "?c=cb")
    equal(reply.status, 200, "status for a listed one")
    contains(body, b'/**/cb("', "the answer")


@_rule("a page that keeps its Referer to itself goes on with its key on jsonp and forever_frame", "PROTOCOL 6.2")
def by_key(server):
    key = opened(server, "/closed_door", {"Origin": GOOD})["session"]
    reply, _ = fetch(server, "GET", f"/closed_door/encke.1/{key}/jsonp?n=1&a=0&w=0&c=cb", {"Sec-Fetch-Site": "cross-site"})
    equal(reply.status, 200, "status")


@_rule("/info is refused as the transports are", "security")
def info(server):
    for headers in ({"Origin": BAD}, {"Referer": BAD + "/"}, {"Sec-Fetch-Site": "cross-site"}):
        reply, _ = fetch(server, "GET", "/closed_door/info", headers)
        equal((reply.status, reply.get("access-control-allow-origin")), (403, None), f"for {headers}")
    reply, _ = fetch(server, "GET", "/closed_door/info", {"Origin": GOOD})
    equal((reply.status, reply.get("access-control-allow-origin")), (200, GOOD), "for a listed one")
    reply, _ = fetch(server, "GET", "/closed_door/info")
    equal((reply.status, reply.get("access-control-allow-origin"), reply.get("vary")), (200, None, "Origin"), "for a program")


@_rule("every field that states an origin has to be a listed one's", "security", each={"on a request": "/info", "on a handshake": "/websocket"})
def two_fields(server, path):
    headers = [("Origin", GOOD), ("Origin", BAD)]
    if path == "/info":
        reply, _ = fetch(server, "GET", "/closed_door/info", headers)
    else:
        reply = try_upgrade(server, "/closed_door/websocket", [*upgrade_headers(), *headers])
    equal(reply.status, 403, "status")
