"""For every transport: what the facade's requests are refused for, and that a refusal changes nothing (PROTOCOL 6.9)."""

import json

from support.facade import LARGEST, Page, array, frame_of, opened
from support.http import fetch
from support.rules import Skip, contains, equal, one_of, true
from support.rules import rule as _rule
from support.websocket import BINARY, try_upgrade, upgrade_headers

GONE = "there is no such session: it is over, or its server was started anew"
NO_NUMBERS = {"negative": "-1", "2^53": str(2**53), "2^64 and 1": str(2**64 + 1), "40 digits": "1" * 40, "a leading zero": "01",
              "hexadecimal": "0x1", "a plus": "+1", "an exponent": "1e3", "a fraction": "1.0", "a blank": "%201", "encoded": "%31",
              "another script's digit": "%D9%A1", "its bytes": "\u0661", "letters": "one", "empty": "", "NUL": "1%00"}


def rule(title, cite, **more):
    return _rule(title, cite, transports=True, **more)


def http_only(transport):
    if not transport.http:
        raise Skip("its numbers stand in `r`: see facade_websocket")


def goes_on(page):
    """The session must be as it was: with its carrier, its numbers, its messages."""
    page.send("on")
    equal(page.messages(1), ["on"], "the session goes on")
    page.close()


# ---- keys ----------------------------------------------------------------------------------------------------

def spoiled(key: str) -> dict[str, str]:
    other = "B" if key[20] != "B" else "C"
    return {"a wrong secret": key[:20] + other + key[21:], "a wrong last character": key[:35] + ("x" if key[35] != "x" else "y"),
            "a wrong id": ("x" if key[0] != "x" else "y") + key[1:], "no secret": key[:12], "too short": key[:35], "too long": key + "A",
            "another case": key.swapcase(), "encoded": "%" + key[:1].encode().hex() + key[1:], "blank": "%20" * 36, "bytes": "\u00e9" * 18,
            "NUL": "%00" * 36, "of another session": key[:12] + "A" * 24, "dots": "." * 36, "one character": "x"}


@rule("a key that is not the session's is 404, with one and the same text", "PROTOCOL 6.9",
      each={name: name for name in spoiled("A" * 36)})
def wrong_key(server, transport, name):
    page = Page(transport, server).attach()
    wrong = Page(transport, server, key=spoiled(page.key)[name])
    equal(wrong.refused(9, 0), (404, GONE), "status and text")
    if transport.http:
        reply, body = wrong.post('a["x"]')
        equal((reply.status, body.decode()), (404, f'e[404,"{GONE}"]\n'), "a send's status and frame")
    goes_on(page)


@rule("a key is another's at another service: 404", "PROTOCOL 6.9")
def other_service(server, transport):
    page = Page(transport, server).attach()
    wrong = Page(transport, server, "/broadcast", key=page.key)
    equal(wrong.refused(9, 0), (404, GONE), "status and text")
    goes_on(page)


# ---- origins -------------------------------------------------------------------------------------------------

@rule("a session belongs to the first origin that it is told: another is 403", "PROTOCOL 6.2, 6.9", each={
    "Origin": ({"Origin": "http://a.example"}, {"Origin": "http://b.example"}),
    "another port": ({"Origin": "http://a.example"}, {"Origin": "http://a.example:81"}),
    "another scheme": ({"Origin": "http://a.example"}, {"Origin": "https://a.example"}),
    "null": ({"Origin": "http://a.example"}, {"Origin": "null"}),
    "Referer for Origin": ({"Origin": "http://a.example"}, {"Referer": "http://b.example/page?x"}),
    "Referer on both": ({"Referer": "http://a.example/"}, {"Referer": "http://b.example/"}),
    "Origin before Referer": ({"Origin": "http://a.example"}, {"Origin": "http://b.example", "Referer": "http://a.example/"})})
def foreign(server, transport, case):
    own, other = case
    page = Page(transport, server, headers=own).attach()
    status, text = page.refused(headers=other)
    equal(status, 403, "status")
    contains(text, "another origin", "text")
    if transport.http:
        equal(page.post('a["stolen"]', headers=other)[0].status, 403, "status of a send")
    goes_on(page)


@rule("the same origin told in another field, or none, is let through", "PROTOCOL 6.2", each={
    "Referer of a page": {"Referer": "http://a.example/page?http://b.example/"}, "Referer without a path": {"Referer": "http://a.example"},
    "nothing": {}, "a Referer without an origin": {"Referer": "about:blank"}})
def same_origin(server, transport, told):
    page = Page(transport, server, headers={"Origin": "http://a.example"}).attach()
    page.carrier and page.close()
    page.carrier, page.headers = None, told
    goes_on(page)


@rule("where the opening told none, the first that a request tells is the session's", "PROTOCOL 6.2")
def first_told(server, transport):
    page = Page(transport, server).attach()
    page.carrier and page.close()
    page.headers, page.carrier = {"Origin": "http://a.example"}, None
    page.attach()
    equal(page.refused(headers={"Origin": "http://b.example"})[0], 403, "status of another")
    goes_on(page)


@rule("an origin that the service denies is 403 with any key", "PROTOCOL 6.9, DESIGN 6")
def denied(server, transport):
    page = Page(transport, server, "/closed_door", headers={"Origin": "https://good.example"}).attach()
    bad = {"Origin": "http://bad.example"}
    if transport.http:
        body = b"" if transport.method == "POST" else None
        equal(fetch(server, transport.method, transport.url(page.root, "n=9&a=0"), bad, body)[0].status, 403, "status")
        equal(page.post("q", headers=bad)[0].status, 403, "status of a send")
    else:
        equal(try_upgrade(server, page.root + "/websocket", [*upgrade_headers(), *bad.items()]).status, 403, "status")
    goes_on(page)


# ---- numbers -------------------------------------------------------------------------------------------------

@rule("n or a that is no number is 400", "PROTOCOL 6.1, 6.9", each=NO_NUMBERS)
def no_number(server, transport, text):
    http_only(transport)
    page = Page(transport, server).attach()
    for query in (f"n={text}&a=0", f"n=9&a={text}"):
        equal(page.refused(query=query)[0], 400, f"status of {query}")
    goes_on(page)


@rule("n and a must both be there, under these names", "PROTOCOL 6.1, 6.9", each={
    "nothing": "", "no a": "n=9", "no n": "a=0", "capitals": "N=9&A=0", "no sign": "n&a", "a semicolon between": "n=9;a=0"})
def missing(server, transport, query):
    http_only(transport)
    page = Page(transport, server).attach()
    equal(page.refused(query=query)[0], 400, "status")
    goes_on(page)


@rule("of a parameter given twice the first counts", "PROTOCOL 6.1")
def twice(server, transport):
    http_only(transport)
    page = Page(transport, server).attach()
    equal(page.refused(query="n=0&a=0&n=9")[0], 409, "status of n=0 and n=9")
    equal(page.refused(query="n=x&a=0&n=9")[0], 400, "status of n=x and n=9")
    equal(page.post('a["x"]', query="s=7&s=0")[0].status, 409, "status of s=7 and s=0")
    goes_on(page)


@rule("an A beyond what was sent is 400", "PROTOCOL 6.9", each={"by one": 1, "the largest": LARGEST})
def beyond(server, transport, more):
    page = Page(transport, server).attach()
    page.send("x")
    page.messages(1)
    equal(page.refused(received=min(1 + more, LARGEST))[0], 400, "status of a carrier")
    if transport.http:
        equal(page.post("", received=min(1 + more, LARGEST))[0].status, 400, "status of a send's a")
        equal(page.post(f"k{min(1 + more, LARGEST)}")[0].status, 400, "status of a frame")
    goes_on(page)


@rule("s or a of a send that is no number is 400, and nothing is taken", "PROTOCOL 6.9", each=NO_NUMBERS)
def send_no_number(server, transport, text):
    http_only(transport)
    page = Page(transport, server).attach()
    for query in (f"s={text}", f"s=0&a={text}"):
        equal(page.post('a["x"]', query=query)[0].status, 400, f"status of {query}")
    equal(page.post("q")[1], b"k0\n", "what is delivered")
    goes_on(page)


@rule("messages without s are 400; what is no message needs none", "PROTOCOL 6.1")
def no_s(server, transport):
    http_only(transport)
    page = Page(transport, server).attach()
    equal(page.post('a["x"]', query="a=0")[0].status, 400, "status")
    for body in ("", "q", "k0", "a[]"):
        equal(page.post(body, query="")[1], b"k0\n", f"answer to {body!r}")
    goes_on(page)


# ---- sends ---------------------------------------------------------------------------------------------------

@rule("a send that is repeated or overlaps is taken once; one with a gap is 409 and takes nothing", "PROTOCOL 6.5")
def repeats(server, transport):
    http_only(transport)
    page = Page(transport, server).attach()
    for first, words, status, answer in ((0, "ab", 200, b"k2\n"), (0, "ab", 200, b"k2\n"), (0, "a", 200, b"k2\n"), (1, "bc", 200, b"k3\n"),
                                         (5, "x", 409, None), (4, "x", 409, None), (LARGEST, "x", 409, None), (0, "abcd", 200, b"k4\n"),
                                         (2, "c", 200, b"k4\n"), (4, "e", 200, b"k5\n")):
        reply, body = page.post(array(*words), first)
        equal(reply.status, status, f"status of {words!r} from {first} on")
        if answer:
            equal(body, answer, f"answer to {words!r} from {first} on")
        else:
            true(body.strip(), "the refusal must say why")
    page.sent = 5
    equal(page.messages(5), list("abcde"), "what the service was given")
    goes_on(page)


BROKEN = {"another letter": "x", "SockJS's array": '["x"]', "o": "o", "h": "h", "e": 'e[404,"x"]', "r": "r[9,0,0]", "a blank before": ' a["x"]',
          "a without array": "a", "a string": 'a"x"', "an object": 'a{"a":1}', "unfinished": 'a["x"', "something behind": 'a["x"]y',
          "two frames on a line": 'a["x"]a["y"]', "a line end in a string": 'a["x\ny"]', "CR between": 'q\rq', "an empty line": "q\n\nq",
          "two at the end": "q\n\n", "an empty line first": "\nq", "padding": "bAA==", "one character": "bA", "five": "bAAAAA", "no base64": "bA*AA",
          "URL's base64": "bA-_A", "a blank in base64": "bAA AA", "k alone": "k", "k negative": "k-1", "k 01": "k01", "k 2^53": f"k{2**53}",
          "k blank": "k 1", "k 0x0": "k0x0", "q with more": "q1", "c alone": "c", "c without text": "c[1000]", "c with three": 'c[1000,"",1]',
          "c 1006": 'c[1006,""]', "c 999": 'c[999,""]', "c 5000": 'c[5000,""]', "c 2999": 'c[2999,""]', "c 66536": 'c[66536,""]',
          "c a word": 'c["x",""]', "a frame behind c": 'c[1000,""]\nq', "two c": 'c[1000,""]\nc[1000,""]', "deep": "a" + "[" * 70 + "]" * 70,
          "NUL": "\0"}


@rule("a broken frame is 400 and says what was expected; nothing of its letter is taken", "PROTOCOL 6.4, 6.9", each=BROKEN)
def broken(server, transport, frame):
    page = Page(transport, server).attach()
    page.send("x", "y")
    page.messages(2)
    for before in ("", 'a["lost"]\n', "k2\nbAAAA\n"):
        if before and frame.startswith("\n"):
            continue
        body = before + frame
        if transport.http:
            reply, text = page.post(body)
            equal(reply.status, 400, f"status of {body!r}")
            contains(text.decode(), "; expected ", "text")
        else:
            page.carrier.socket.text(body)
            status, text = json.loads(page.frame_of_kind("e")[1:])
            equal(status, 400, f"status of {body!r}")
            contains(text, "; expected ", "text")
            page.carrier.ended()
            page.carrier = None
            page.attach(received=0)
            page.messages(2)
            page.received = 2
    equal(page.ask(), 2, "what is delivered")
    equal(page.refused(received=3)[0], 400, "no echo of what was not taken")
    page.carrier and page.close()
    page.carrier, page.received = None, 0
    equal(page.messages(2), ["x", "y"], "k2 before the broken frame was not taken either")
    goes_on(page)


@rule("text that is not UTF-8 is refused, never passed on", "PROTOCOL 3.2, 6.9, RFC 3629", each={
    "lone continuation": b'a["\x80"]', "overlong": b'a["\xc0\xaf"]', "surrogate": b'a["\xed\xa0\x80"]', "cut short": b'a["\xe2\x82"]',
    "outside a string": b"\xff"})
def bad_utf8(server, transport, body):
    http_only(transport)                     # on a WebSocket the dialect refuses it: rfc6455_text
    page = Page(transport, server).attach()
    equal(page.post(body)[0].status, 400, "status")
    goes_on(page)


@rule("a message of max_message_bytes is taken, one byte more is 413 and nothing of its letter is", "PROTOCOL 6.9", each={
    "text": ("y" * 1024, "y" * 1025), "text of two bytes a character": ("é" * 512, "é" * 512 + "y"), "bytes": (b"\0" * 1024, b"\0" * 1025),
    "text with escapes": ('"' * 1024, '"' * 1025)})
def too_long(server, transport, case):
    fits, longer = case
    page = Page(transport, server, "/small").attach()
    page.send(fits)
    equal(page.messages(1), [fits], "echo of one that fits")
    if transport.http:
        reply, text = page.post("\n".join((array("lost"), frame_of(longer))))
        equal(reply.status, 413, "status")
        contains(text, b"1024 bytes", "text")
    else:
        for send in (lambda socket: socket.text("\n".join((array("lost"), frame_of(longer)))),
                     lambda socket: socket.send_frame(BINARY, longer if isinstance(longer, bytes) else longer.encode())):
            send(page.attached().socket)
            equal(json.loads(page.frame_of_kind("e")[1:])[0], 413, "status")
            page.carrier.ended()
            page.carrier = None
    equal(page.ask(), 1, "what is delivered")
    goes_on(page)


@rule("a body beyond twice max_message_bytes and 64 KiB is 413 unread", "PROTOCOL 6.9, DESIGN 4")
def body_too_long(server, transport):
    http_only(transport)
    page = Page(transport, server, "/small").attach()
    peer = server.peer()
    peer.send(f"POST {page.root}/{transport.send_leaf}?s=0 HTTP/1.1\r\nHost: x\r\nContent-Length: {2 * 1024 + 65536 + 1}\r\n\r\n".encode())
    contains(peer.until(b"\r\n"), b" 413 ", "status line")
    goes_on(page)


@rule("a refused carrier takes nothing from the one at work", "PROTOCOL 6.9")
def carrier_stays(server, transport):
    page = Page(transport, server).attach()
    page.carrier = page.carrier or page.carry()
    for number, received, status in ((page.number, 0, 409), (page.number + 1, 99, 400), (0, 0, 409)):
        equal(page.refused(number, received)[0], status, "status")
    page.send("x")
    equal(page.carrier.next() if transport.streams else page.frame_of_kind("a"), 'a["x"]', "the next frame of the carrier at work")
    page.received += 0 if not transport.streams else 1
    page.carrier and page.carrier.close()


@rule("what cannot show its status tells it in a frame, with status 200", "PROTOCOL 6.9")
def shown(server, transport):
    key = "A" * 36
    page = Page(transport, server, key=key)
    equal(page.refused(1, 0), (404, GONE), "status and text")
    one_of(transport.name in ("xhr_poll", "xhr_stream"), [True, False], "told in its own way")
    true(opened(server)["session"] != key, "a key of As was given")
