"""For every transport: what is refused and how the session survives it; broadcast; frames as they are written."""

import json

from support.rules import Failed, Skip, contains, equal, one_of, true
from support.rules import rule as _rule
from support.transports import UNCACHED, fresh_id, session_root


def rule(title, cite, **more):
    return _rule(title, cite, transports=True, **more)


def http_only(transport):
    if not transport.http:
        raise Skip("its sessions end with their socket")


# ---- errors ------------------------------------------------------------------------------------------------

@rule("a send to an unknown session is 404 and creates none", "sockjs 6, 10 S, N")
def unknown_session(server, transport):
    http_only(transport)
    root = session_root()
    for _ in range(2):
        reply, _ = transport.post(server, root, b'["x"]')
        equal(reply.status, 404, "status")
    receiver = transport.receive(server, root)
    equal(receiver.frame(), "o", "the first receiver opens the session")
    receiver.close()


BAD = {"empty": (b"", "Payload expected."), "an object": (b'{"a":1}', "Payload expected."),
       "a number": (b"1", "Payload expected."), "null": (b"null", "Payload expected."),
       "unfinished": (b'["x', "Broken JSON encoding."), "a trailing comma": (b'["x",]', "Broken JSON encoding."),
       "two arrays": (b'["x"]["y"]', "Broken JSON encoding."), "single quotes": (b"['x']",
           "Broken JSON encoding."),
       "a bare word": (b"[x]", "Broken JSON encoding."), "a raw line end in a string": (b'["\n"]',
           "Broken JSON encoding."),
       "a bad escape": (b'["\\x41"]', "Broken JSON encoding."), "an open bracket": (b"[", "Broken JSON encoding.")}


@rule("a bad payload is refused with 500 and its reason, and leaves the session alive", "sockjs 6 S, N", each=BAD)
def bad_payload(server, transport, case):
    payload, text = case
    if not transport.http:
        raise Skip("see `broken JSON closes at once`")
    session = transport.session(server).open()
    for _ in range(2):
        status, body = session.refused(payload)
        equal(status, transport.bad_status, f"status for {payload!r}")
        contains(body, text if status == 500 else "expected a JSON array", "body")
    session.send("good")
    equal(session.messages(1), ["good"], "the next good message")
    session.close()


@rule("a payload that is not UTF-8 is refused or replaced, never passed on", "sockjs 6, RFC 3629",
      each={"lone continuation": b'["\x80"]', "overlong": b'["\xc0\xaf"]', "surrogate": b'["\xed\xa0\x80"]',
            "above 10FFFF": b'["\xf4\x90\x80\x80"]', "cut short": b'["\xe2\x82"]'})
def bad_utf8(server, transport, payload):
    if not transport.http:
        raise Skip("RFC 6455 8.1 has its own tests")
    session = transport.session(server).open()
    reply, _ = transport.post(server, session.root, payload)
    one_of(reply.status, [500, 400, transport.send_status], "status")
    if reply.status == transport.send_status:
        contains(session.messages(1)[0], "\ufffd", "what became of it")
    session.send("good")
    equal(session.messages(1), ["good"], "the next message")
    session.close()


@rule("deeply nested JSON does not end the server", "sockjs 6",
      each={"100000 open brackets": b"[" * 100000, "closed": b"[" * 50000 + b"]" * 50000,
            "objects": b'[' + b'{"a":' * 50000 + b"1" + b"}" * 50000 + b"]"})
def deep(server, transport, payload):
    session = transport.session(server, "/wide").open()
    if transport.http:
        reply, _ = transport.post(server, session.root, payload)
        true(reply.status in (transport.bad_status, 413, transport.send_status), f"status {reply.status}")
    else:
        session.socket.text(payload)
        session.socket.text("[]")
    session.close()
    server.alive()


# ---- broadcast ---------------------------------------------------------------------------------------------

@rule("broadcast reaches every session, on whichever transport", "sockjs 13")
def broadcast(server, transport):
    one = transport.session(server, "/broadcast").open()
    two = transport.session(server, "/broadcast").open()
    word = fresh_id()
    one.send(word)
    for session in (one, two):
        for _ in range(200):                   # others may be talking here at the same time
            if session.messages(1) == [word]:
                break
        else:
            raise Failed("the broadcast did not arrive")
    one.close()
    two.close()


@rule("errors keep CORS and caching headers", "sockjs 2 N")
def error_headers(server, transport):
    if not transport.http or transport.send_leaf != "xhr_send":
        raise Skip("its sends have no CORS headers")
    for root, payload, status in ((session_root(), b'["x"]', 404), (session_root(), b"", 500)):
        reply, _ = transport.post(server, root, payload, {"Origin": "http://a.example"})
        equal(reply.status, status, "status")
        equal(reply.get("access-control-allow-origin"), "http://a.example", f"allowed origin on {status}")
        equal(reply.get("access-control-allow-credentials"), "true", f"credentials on {status}")
        equal(reply.get("cache-control"), UNCACHED, f"Cache-Control on {status}")


@rule("what is read back is exactly what was sent: JSON of the frame", "sockjs 5 S")
def canonical(server, transport):
    session = transport.session(server).open()
    session.send("a", "b c", "é")
    spoken = []
    while sum(len(json.loads(t[1:])) for t in spoken) < 3:
        spoken.append(session.frame())
    equal("".join(t[2:-1] + "," for t in spoken), '"a","b c","é",', "frames without blanks between members")
    session.close()
