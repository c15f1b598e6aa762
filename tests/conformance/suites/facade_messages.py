"""For every transport: what the facade's frames carry, both ways, byte for byte; acknowledgements; windows (PROTOCOL 6.3 to
6.8)."""

import json

from support.facade import Page, array, encoded, frame_of
from support.rules import Skip, contains, equal, true
from support.rules import rule as _rule
from support.transports import fresh_id
from support.websocket import BINARY, TEXT


def rule(title, cite, **more):
    return _rule(title, cite, transports=True, **more)


# ---- content -------------------------------------------------------------------------------------------------

TEXTS = {"empty": "", "plain": "hello", "a quote and a backslash": '"\\', "controls": "".join(map(chr, range(32))),
         "two to four bytes": "é€\U0001f600", "line separators": "\u2028\u2029", "what browsers drop": "\u200c\u206f\ufff0\uffff",
         "an end tag": "</script><!--", "percent and line ends": "100%25\r\n\r\ndata: x\r\n", "what a frame looks like": 'c[1000,"x"]\nk9',
         "64 KiB": "xé" * 22000}
BINARIES = {"no byte": b"", "1 byte": b"\0", "2 bytes": b"\0\xff", "3 bytes": b"\xff\xff\xff", "4 bytes": b"abcd", "5 bytes": b"\x80abcd",
            "all bytes": bytes(range(256)), "no UTF-8": b"\xc0\xaf\xed\xa0\x80", "64 KiB": bytes(range(256)) * 256,
            "64 KiB and 1": bytes(range(256)) * 256 + b"\n"}


@rule("text comes back as it went", "PROTOCOL 2.3, 6.3, 6.4", each=TEXTS)
def text(server, transport, text):
    page = Page(transport, server).attach()
    page.send(text)
    equal(page.messages(1), [text], "echo")
    page.close()


@rule("bytes come back as bytes", "PROTOCOL 6.3, 6.4", each=BINARIES)
def binary(server, transport, data):
    page = Page(transport, server).attach()
    page.send(data)
    equal(page.messages(1), [data], "echo")
    page.close()


@rule("a `b` frame up holds one message for each part between its commas", "PROTOCOL 6.3", each={
    "one": "b/+8", "of no bytes": "b", "none between": "b,,", "several": "bAAEC,AwQ,,/w"})
def binaries(server, transport, frame):
    page = Page(transport, server).attach()
    page.up(frame)
    page.sent += frame.count(",") + 1
    got = page.messages(frame.count(",") + 1)
    equal("b" + ",".join(map(encoded, got)), frame, "the parts that came back")
    page.close()


@rule("text and bytes keep their order, among each other too", "PROTOCOL 6.5")
def mixed(server, transport):
    page = Page(transport, server).attach()
    messages = [x for n in range(40) for x in (f"t{n}", bytes([n, 255 - n]), b"" if n % 3 else "")]
    page.send(*messages)
    equal(page.messages(len(messages)), messages, "what came back")
    equal(page.ask(), len(messages), "the number acknowledged")
    page.close()


@rule("on a WebSocket bytes are a binary message, with nothing around them", "PROTOCOL 6.3")
def binary_message(server, transport):
    if transport.http or not transport.binary:
        raise Skip("bytes go as base64 there: `bytes come back as bytes`")
    page = Page(transport, server).attach()
    page.carrier.socket.send_frame(BINARY, b"b\0")
    page.carrier.socket.echoes(BINARY, b"b\0")
    page.carrier.socket.text("bAAEC")
    page.carrier.socket.echoes(BINARY, b"\0\1\2", "echo of a `b` frame")
    page.carrier.socket.text('a["x"]')
    page.carrier.socket.echoes(TEXT, b'a["x"]')
    page.close()


@rule("members that are no strings arrive as String() writes them, as with SockJS", "PROTOCOL 3.1, 6.4")
def members(server, transport):
    page = Page(transport, server).attach()
    page.up('a[1,null,[2,"x"],{}]')
    equal(page.messages(4), ["1", "null", "2,x", "[object Object]"], "what came back")
    page.close()


@rule("a poll's answer holds every frame that there is, each in its envelope", "PROTOCOL 6.3")
def whole_answer(server, transport):
    if not transport.http or transport.streams:
        raise Skip("no poll")
    page = Page(transport, server).attach()
    page.send("one", "two", b"\0", "three")
    carrier = page.carry()
    frames = []
    while (frame := carrier.next()) is not None:
        frames.append(page.note(frame))
    equal(frames[-3:], ['a["one","two"]', "bAA", 'a["three"]'], "the frames of one answer")
    page.close()


@rule("an answer ends at response_limit, and the next carrier goes on from there", "PROTOCOL 2.4, 6")
def response_limit(server, transport):
    if not transport.http:
        raise Skip("no response limit")
    page = Page(transport, server).attach()
    messages = [f"{n}" + "x" * 500 for n in range(40)]
    before = page.number
    for message in messages:
        page.send(message)
    equal(page.messages(40), messages, "what came back")
    true(page.number - before >= 4, f"{page.number - before} more carriers for 20 KiB at 4 KiB each")
    page.close()


# ---- acknowledgements ----------------------------------------------------------------------------------------

@rule("the answer to a send is k and what is delivered by then", "PROTOCOL 6.4")
def answers(server, transport):
    page = Page(transport, server).attach()
    if not transport.http:
        page.send("a")
        equal(page.ask(), 1, "k behind q")
        page.send("b", b"c")
        equal(page.ask(), 3, "k behind q")
        page.close()
        return
    for body, count, want in (("", 0, b"k0\n"), ('a["x"]', 1, b"k1\n"), ("q", 0, b"k1\n"), ("\n", 0, b"k1\n"), ("a[]", 0, b"k1\n"),
                              ('a["x","y"]\nbAA,AA\nq', 4, b"k5\n"), ('a["x"]\n', 1, b"k6\n"), ("k0", 0, b"k6\n")):
        reply, answer = page.post(body)
        equal((reply.status, answer), (200, want), f"answer to {body!r}")
        equal(reply.get("content-type"), transport.typed.get("Content-Type", "text/plain; charset=UTF-8"), "Content-Type")
        page.sent += count
    page.close()


@rule("a quarter of the window is acknowledged unasked", "PROTOCOL 6.8")
def quarter(server, transport):
    if transport.http:
        raise Skip("each send is answered there")
    page = Page(transport, server, "/narrow").attach()
    page.send("x" * 463)                    # with its 48 bytes one less than 512
    equal(page.messages(1), ["x" * 463], "echo")
    equal(page.acknowledged, 0, "acknowledged after 511 bytes of 512")
    page.send("")
    equal(page.frame_of_kind("k"), "k2", "the acknowledgement")
    page.close()


@rule("jsonp_send is acknowledged on the carrier, since a page cannot read its answer", "PROTOCOL 6.8")
def jsonp_told(server, transport):
    if not transport.http or transport.send_leaf != "jsonp_send":
        raise Skip("its sends can be read, or are none")
    page = Page(transport, server).attach()
    carrier = page.carry()
    reply, body = page.post("")
    equal((reply.status, body), (200, b"k0\n"), "answer")
    equal(carrier.next(), "k0", "the poll's frame")
    page.close()


@rule("jsonp_send takes a form's `d` and text/plain alike", "PROTOCOL 6.1")
def jsonp_forms(server, transport):
    if not transport.http or transport.send_leaf != "jsonp_send":
        raise Skip("xhr_send takes the frames as they are")
    page = Page(transport, server).attach()
    for count, form in enumerate((True, False), 1):
        equal(page.post('a["100% + ü&d=x"]', form=form)[1], b"k%d\n" % count, "answer")
        page.sent += 1
    equal(page.messages(2), ["100% + ü&d=x"] * 2, "what came back")
    page.close()


@rule("a carrier that was overtaken by an acknowledgement says by s where it begins, before its first message", "PROTOCOL 6.5",
      each={"in a frame": "frame", "in the query or r": "query"})
def let_go(server, transport, way):
    page = Page(transport, server).attach()
    page.send("a", b"\1", "c")
    page.messages(3)
    if way == "frame":
        page.up("k2")
        page.ask()
    else:
        page.attach(received=2)
    page.close()
    for stated, begins in ((1, ["s2"]), (0, ["s2"]), (2, [])):
        carrier = page.carry(received=stated)
        frames = []
        while not frames or not frames[-1].startswith("a"):
            frames.append(carrier.next())
        equal([frame for frame in frames if not frame.startswith("k")], [*begins, 'a["c"]'], f"frames to a carrier that states {stated}")
        carrier.close()


@rule("an acknowledgement that was overtaken changes nothing", "PROTOCOL 6.5")
def overtaken(server, transport):
    page = Page(transport, server).attach()
    page.send("a", "b")
    page.messages(2)
    for body in ("k2", "k1", "k0", "k2"):
        page.up(body)
    page.send("c")
    equal(page.messages(1), ["c"], "the next message")
    page.close()


# ---- windows -------------------------------------------------------------------------------------------------

@rule("no more than the window is with carriers unacknowledged; the rest comes with the acknowledgement", "PROTOCOL 6.8")
def window(server, transport):
    page = Page(transport, server, "/narrow").attach()
    fits = 2048 // (100 + 48)
    messages = [f"{n:03}" + "x" * 97 for n in range(2 * fits)]
    page.attached() if transport.streams else None
    for message in messages[:fits + 1]:
        page.send(message)
    equal(page.messages(fits), messages[:fits], "the messages of a window")
    if page.carrier is not None and transport.streams:
        page.up("q")
        equal(page.frame(), f"k{fits + 1}", "the next frame is no message")
    if transport.http:
        page.up("", received=1)
    else:
        page.up("k1")
    equal(page.messages(1), [messages[fits]], "the message behind the window")
    page.close()


@rule("one message may be longer than the window", "PROTOCOL 6.8")
def longer(server, transport):
    page = Page(transport, server, "/narrow").attach()
    page.send(b"\x55" * 1024)
    page.send("y" * 1024)                      # 2144 together
    equal(page.messages(1), [b"\x55" * 1024], "the first")
    page.acknowledge()
    equal(page.messages(1), ["y" * 1024], "the second")
    page.close()


@rule("the answer to a send is held while half of outbox_bytes waits for the page, and nothing is lost", "PROTOCOL 6.8")
def held(server, transport):
    if not transport.http:
        raise Skip("a frame has no answer; see `a page that sends without bound`")
    page = Page(transport, server, "/narrow").attach()
    messages = [f"{n:03}" + "x" * 97 for n in range(20)]
    peer = server.peer()
    peer.send(page.send_request("\n".join(map(frame_of, messages)).encode()))
    page.sent = 20
    got = []
    while len(got) < 20:
        got += page.messages(1)
        if len(got) % 5 == 0:
            reply, answer = page.post("", received=page.received)
            equal(reply.status, 200, "status of an acknowledgement")
    equal(got, messages, "what came back")
    contains(peer.until(b"\n", 1 << 16) + peer.until(b"k20"), b"k20", "the answer, at last")
    page.close()


@rule("a page that sends without bound is closed with 1008", "PROTOCOL 6.8")
def unbounded(server, transport):
    page = Page(transport, server, "/narrow").attach()
    messages = [f"{n:03}" + "x" * 900 for n in range(20)]
    if transport.http:
        reply, _ = page.post("\n".join(map(array, messages)))
        equal(reply.status, 200, "status")
    else:
        for message in messages:
            page.carrier.socket.text(array(message))
    frames = []
    while not frames or not frames[-1].startswith("c"):
        frames.append(page.frame())
        if frames[-1].startswith("a"):
            page.up("", received=page.received) if transport.http else page.up(f"k{page.received}")
    equal(json.loads(frames[-1][1:])[0], 1008, "code")
    page.close()


# ---- broadcast -----------------------------------------------------------------------------------------------

@rule("a broadcast reaches pages of the facade and SockJS clients alike", "PROTOCOL 6, sockjs 13")
def broadcast(server, transport):
    page = Page(transport, server, "/broadcast").attach()
    plain = transport.session(server, "/broadcast").open()
    for number, sender in enumerate((page, plain)):
        word = fresh_id()
        sender.send(word)
        for reader in (page, plain):
            while reader.messages(1) != [word]:      # others may be talking here at the same time
                pass
    page.close()
    plain.close()
