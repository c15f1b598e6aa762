"""For every HTTP transport: methods, content type, caching, CORS, callbacks, cookies, and a service's options."""

import json

from support.http import ask, fetch
from support.rules import Skip, contains, equal, one_of, true
from support.rules import rule as _rule
from support.transports import UNCACHED, Receiver, session_root


def rule(title, cite, **more):
    def register(function):
        def http_only(server, transport, *more):
            if not transport.http:
                raise Skip("not an HTTP transport; its own rules are in sockjs_websocket.py")
            function(server, transport, *more)
        http_only.__module__ = function.__module__
        return _rule(title, cite, transports=True, **more)(http_only)
    return register


def same_type(got, want, what):
    """Content types are compared with blanks removed, case kept."""
    equal((got or "").replace(" ", ""), want.replace(" ", ""), what)


# ---- heads -------------------------------------------------------------------------------------------------

@rule("a receiver's content type and caching", "sockjs 1, 2 S")
def receiver_head(server, transport):
    reply = transport.receive(server, session_root()).reply
    same_type(reply.get("content-type"), transport.content_type, "Content-Type")
    equal(reply.get("cache-control"), UNCACHED, "Cache-Control")
    for name in ("expires", "last-modified", "content-encoding"):
        equal(reply.get(name), None, name)
    for name in ("x-frame-options", "content-security-policy"):
        equal(reply.get(name), None, f"{name} would keep the client from loading it in a frame")


@rule("script answers forbid content sniffing", "sockjs 1 N")
def nosniff(server, transport):
    if transport.name != "jsonp":
        raise Skip("only script elements need it")
    equal(transport.receive(server, session_root()).reply.get("x-content-type-options"), "nosniff", "header")


@rule("CORS of a receiver", "sockjs 1, 2 S, N",
      each={"no Origin": None, "an origin": "http://a.example", "null": "null", "a word": "test"})
def receiver_cors(server, transport, origin):
    if not transport.cors:
        raise Skip("no CORS on what is loaded by elements")
    reply = transport.receive(server, session_root(), {"Origin": origin} if origin else {}).reply
    allow, credentials = reply.get("access-control-allow-origin"), reply.get("access-control-allow-credentials")
    if transport.name == "eventsource" and origin == "null":
        one_of((allow, credentials), [("*", None), ("null", "true")], "CORS")
    else:
        named = origin and transport.credentials
        equal((allow, credentials), (origin, "true") if named else ("*", None), "CORS")
    contains((reply.get("vary") or "").lower(), "origin", "Vary")


@rule("requested headers are echoed as allowed headers; nothing asked, nothing allowed", "sockjs 2 S",
      each={"some": ("a, b, c", "a, b, c"), "empty": ("", None), "absent": (None, None)})
def allow_headers(server, transport, case):
    if not transport.cors:
        raise Skip("no CORS on what is loaded by elements")
    asked, want = case
    headers = {"Origin": "http://a.example"}
    if asked is not None:
        headers["Access-Control-Request-Headers"] = asked
    reply = transport.receive(server, session_root(), headers).reply
    equal(reply.get("access-control-allow-headers"), want, "Access-Control-Allow-Headers")


@rule("a preflight is answered, cached long, and creates no session", "sockjs 1, 2 S, N",
      each={"receiver": False, "send": True})
def preflight(server, transport, send):
    if not transport.preflight:
        raise Skip("no preflight on what is loaded by elements")
    root = session_root()
    path = f"{root}/{transport.send_leaf if send else transport.leaf}"
    reply, body = fetch(server, "OPTIONS", path, {"Origin": "http://a.example",
                                                  "Access-Control-Request-Method": "POST",
                                                  "Access-Control-Request-Headers": "content-type"})
    one_of(reply.status, [200, 204], "status")
    equal(body, b"", "body")
    named = transport.credentials
    equal(reply.get("access-control-allow-origin"), "http://a.example" if named else "*", "allowed origin")
    equal(reply.get("access-control-allow-credentials"), "true" if named else None, "credentials")
    equal(reply.get("access-control-allow-headers"), "content-type", "allowed headers")
    for method in ("OPTIONS", "POST"):
        contains(reply.get("access-control-allow-methods"), method, "allowed methods")
    true(int(reply.get("access-control-max-age")) > 1000000, "Access-Control-Max-Age over 1000000")
    contains(reply.get("cache-control"), "public", "Cache-Control")
    true(int(reply.get("cache-control").partition("max-age=")[2]) >= 1000000, "max-age")
    true(reply.get("expires"), "Expires must be there")
    equal(fetch(server, "POST", f"{root}/{transport.send_leaf}", {"Content-Type": transport.send_type},
                b'["x"]')[0].status,
          404, "a send afterwards: status")


@rule("a preflight without Origin gets `*` and no credentials", "sockjs 2 S")
def preflight_no_origin(server, transport):
    if not transport.preflight:
        raise Skip("no preflight on what is loaded by elements")
    reply, _ = fetch(server, "OPTIONS", f"{session_root()}/{transport.leaf}")
    equal(reply.get("access-control-allow-origin"), "*", "allowed origin")
    equal(reply.get("access-control-allow-credentials"), None, "credentials")
    equal(reply.get("access-control-allow-headers"), None, "allowed headers")


@rule("a send's status, content type, caching and CORS", "sockjs 1, 2 S")
def send_head(server, transport):
    session = transport.session(server).open()
    reply, body = transport.post(server, session.root, b'["x"]', {"Origin": "null"})
    transport.accepted((reply, body), "answer")
    if transport.name != "json_request":
        same_type(reply.get("content-type"), "text/plain; charset=UTF-8", "Content-Type, even on 204")
    equal(reply.get("cache-control"), UNCACHED, "Cache-Control")
    if transport.send_leaf == "xhr_send":
        equal(reply.get("access-control-allow-origin"), "null", "allowed origin")
        equal(reply.get("access-control-allow-credentials"), "true", "credentials")
    for name in ("expires", "last-modified", "x-frame-options"):
        equal(reply.get(name), None, name)
    session.close()


@rule("a wrong method is 405 with Allow, without content type and body", "sockjs 1 N",
      each={"receiver": False, "send": True})
def wrong_method(server, transport, send):
    leaf, right = (transport.send_leaf, "POST") if send else (transport.leaf, transport.method)
    for method in {"GET", "POST", "PUT", "DELETE"} - {right}:
        reply, body = fetch(server, method, f"{session_root()}/{leaf}", {}, None if method == "GET" else b"")
        equal((reply.status, body), (405, b""), f"{method} {leaf}")
        contains(reply.get("allow"), right, "Allow")
        equal(reply.get("content-type"), None, "Content-Type")


# ---- sends -------------------------------------------------------------------------------------------------

@rule("xhr_send reads its body whatever the content type says", "sockjs 6 S, C",
      each={str(t): t for t in ("text/plain", "T", "application/json", "application/xml", "",
                                "application/json; charset=utf-8", "text/xml; charset=utf-8", "text/xml",
                                None)})
def content_types(server, transport, value):
    if transport.send_leaf != "xhr_send":
        raise Skip("sends by another way")
    session = transport.session(server).open()
    headers = {} if value is None else {"Content-Type": value}
    reply, body = fetch(server, "POST", session.root + "/xhr_send", headers, '["é%41+b"]'.encode())
    equal((reply.status, body), (204, b""), "answer")
    equal(session.messages(1), ["é%41+b"], "message")
    session.close()


@rule("jsonp_send takes a form, or the bare array as text/plain", "sockjs 6 S", each={
    "form": ("application/x-www-form-urlencoded", b"d=%5B%22a%2Bb%20c%C3%A9%22%5D", "a+b cé"),
    "form, lower-case hex": ("application/x-www-form-urlencoded", b"d=%5b%22x%22%5d", "x"),
    "plus is a blank": ("application/x-www-form-urlencoded", b"d=%5B%22a+b%22%5D", "a b"),
    "form with charset": ("application/x-www-form-urlencoded; charset=UTF-8", b"d=%5B%22x%22%5D", "x"),
    "form, other fields around": ("application/x-www-form-urlencoded", b"a=1&d=%5B%22x%22%5D&e=2", "x"),
    "form, little encoded": ("application/x-www-form-urlencoded", b'd=["x"]', "x"),
    "text/plain": ("text/plain", b'["a+b%20c"]', "a+b%20c"),
    "text/plain with charset": ("text/plain;charset=UTF-8", b'["a+b%20c"]', "a+b%20c")})
def jsonp_send(server, transport, case):
    if transport.send_leaf != "jsonp_send":
        raise Skip("sends by another way")
    kind, payload, want = case
    session = transport.session(server).open()
    reply, body = fetch(server, "POST", session.root + "/jsonp_send?i=_jp.a1b2c", {"Content-Type": kind}, payload)
    equal((reply.status, body), (200, b"ok"), "answer")
    equal(session.messages(1), [want], "message")


@rule("jsonp_send refuses bad forms with 500 and leaves the session alive", "sockjs 6 S", each={
    "empty": (b"", "Payload expected."), "d without value": (b"d=", "Payload expected."),
    "d alone": (b"d", "Payload expected."), "no d": (b"p=p", "Payload expected."),
    "broken": (b"d=%5B%22x", "Broken JSON encoding.")})
def jsonp_bad_form(server, transport, case):
    if transport.send_leaf != "jsonp_send":
        raise Skip("sends by another way")
    payload, text = case
    session = transport.session(server).open()
    reply, body = fetch(server, "POST", session.root + "/jsonp_send",
                        {"Content-Type": "application/x-www-form-urlencoded"}, payload)
    equal(reply.status, 500, "status")
    contains(body.decode(), text, "body")
    session.send("x")
    equal(session.messages(1), ["x"], "the next message")


# ---- callbacks ---------------------------------------------------------------------------------------------

@rule("a missing callback is 500", "sockjs 6 S", each={"no query": "", "other parameter": "?x=1", "empty": "?c="})
def no_callback(server, transport, query):
    if not transport.callback:
        raise Skip("takes no callback")
    reply, body = fetch(server, "GET", f"{session_root()}/{transport.leaf}{query}")
    equal(reply.status, 500, "status")
    contains(body.decode(), '"callback" parameter required' if query != "?c=" else '"callback" parameter', "body")


@rule("a callback with a character outside [a-zA-Z0-9-_.] is 500", "sockjs 6 S",
      each={c: c for c in ("%20", "*", "abc(", "abc%28", "a%3Cscript%3E", "a%0Ab", "a%00", "%C3%A9", "a+b",
                           "a%22")})
def bad_callback(server, transport, callback):
    if not transport.callback:
        raise Skip("takes no callback")
    reply, body = fetch(server, "GET", f"{session_root()}/{transport.leaf}?c={callback}")
    equal(reply.status, 500, "status")
    contains(body.decode(), 'invalid "callback" parameter', "body")


@rule("a callback is percent-decoded, and `callback` is read where `c` is missing", "sockjs 6 S, N",
      each={"decoded": "c=%5Fjp%2Ea1b2c", "fallback": "callback=_jp.a1b2c", "second": "t=1&c=_jp.a1b2c"})
def callback_forms(server, transport, query):
    if not transport.callback:
        raise Skip("takes no callback")
    receiver = Receiver(transport, ask(server, "GET", f"{session_root()}/{transport.leaf}?{query}"))
    equal(receiver.frame(), "o", "open frame, with the callback's name in its envelope")


@rule("a callback of 32 characters passes, a longer one is 500", "sockjs 6 N")
def long_callback(server, transport):
    if transport.name != "jsonp":
        raise Skip("no bound on its callback")
    reply, body = fetch(server, "GET", f"{session_root()}/jsonp?c={'a' * 32}")
    equal(body, b"/**/" + b"a" * 32 + b'("o");\r\n', "body")
    reply, body = fetch(server, "GET", f"{session_root()}/jsonp?c={'a' * 33}")
    equal(reply.status, 500, "status")
    contains(body.decode(), 'invalid "callback" parameter', "body")


# ---- cookies -----------------------------------------------------------------------------------------------

@rule("JSESSIONID is set on every answer: the request's value, else `dummy`", "sockjs 8 S, N", each={
    "none": (None, "dummy"), "given": ("JSESSIONID=abcdef", "abcdef"),
    "among others": ("a=1; JSESSIONID=x.y-z; b=2", "x.y-z"), "another cookie": ("XJSESSIONID=1", "dummy")})
def cookie(server, transport, case):
    sent, want = case
    root = session_root("/cookie_needed_echo")
    headers = {"Cookie": sent} if sent else {}
    receiver = transport.receive(server, root, headers)
    equal(receiver.frame(), "o", "open frame")
    answers = [receiver.reply, transport.post(server, root, b'["x"]', headers)[0]]
    if transport.preflight:
        answers.append(fetch(server, "OPTIONS", f"{root}/{transport.leaf}", headers)[0])
    for reply in answers:
        cookies = reply.all("set-cookie")
        if not transport.credentials:
            equal(cookies, [], "cookies where none are taken or set")
            continue
        equal(len(cookies), 1, f"number of Set-Cookie in {reply.fields}")
        parts = [part.strip() for part in cookies[0].split(";")]
        equal((parts[0], parts[1].lower()), (f"JSESSIONID={want}", "path=/"), "Set-Cookie")
    receiver.close()


@rule("JSESSIONID may come from pages of other sites, where the browser is one that asks for that", "RFC 6265bis 5.5", each={
    "old": ({}, ["path=/"]), "new": ({"Sec-Fetch-Site": "same-origin"}, ["path=/", "Secure", "SameSite=None"])})
def cookie_across_sites(server, transport, case):
    headers, want = case
    receiver = transport.receive(server, session_root("/cookie_needed_echo"), headers)
    for cookie in receiver.reply.all("set-cookie"):
        equal(cookie.split("; ")[1:], want, "attributes")
    receiver.close()


@rule("no cookie where the service wants none", "sockjs 8 S")
def no_cookie(server, transport):
    receiver = transport.receive(server, session_root(), {"Cookie": "JSESSIONID=abcdef"})
    equal(receiver.reply.get("set-cookie"), None, "Set-Cookie")
    receiver.close()


# ---- options of a service ----------------------------------------------------------------------------------

@rule("a message over max_message_bytes is refused with a text, and the session lives on", "DESIGN 6")
def too_large(server, transport):
    session = transport.session(server, "/small").open()
    status, body = session.refused(json.dumps(["x" * 5000]).encode())
    one_of(status, [413, 500], "status")
    true(body.strip(), "the answer must say what was wrong")
    session.send("x" * 500)
    equal(session.messages(1), ["x" * 500], "a smaller message")
    session.close()


@rule("a service may leave a transport out: its paths are unknown there", "DESIGN 6")
def left_out(server, transport):
    reply, _ = fetch(server, transport.method, transport.url(session_root("/only_poll")), {},
                     b"" if transport.method == "POST" else None)
    equal(reply.status, 200 if transport.name == "xhr_poll" else 404, "status")


@rule("an origin outside the list is 403 with a text; one in the list passes", "DESIGN 6")
def origins(server, transport):
    body = b"" if transport.method == "POST" else None
    url = transport.url(session_root("/closed_door"))
    reply, text = fetch(server, transport.method, url, {"Origin": "https://bad.example"}, body)
    equal(reply.status, 403, "status for a bad origin")
    true(text.strip(), "the refusal must say why")
    root = session_root("/closed_door")
    receiver = transport.receive(server, root, {"Origin": "https://good.example"})
    equal(receiver.frame(), "o", "open frame for a good origin")
    reply, _ = transport.post(server, root, b'["x"]', {"Origin": "https://bad.example"})
    equal(reply.status, 403, "status of a send from a bad origin")
    receiver.close()
