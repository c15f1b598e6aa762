"""The facade's protocol on WebSockets: `r`, the frames of the dialects, what only sockets have (PROTOCOL 6.3, 6.4, 6.6.4, 6.9)."""

import json
import time

from support.facade import LARGEST, Page, encoded
from support.http import Peer, Reply
from support.rules import equal, rule, true
from support.transports import ADAPTERS
from support.websocket import BINARY, CONTINUATION, PING, PONG, TEXT, WebSocket, frame, need_deflate

from .hixie76 import ANSWER, NONCE, head

NEEDS = ("websocket",)


def page_of(server, base="/echo", **more) -> Page:
    return Page(ADAPTERS["websocket"], server, base, **more)


def unjoined(page, **more) -> WebSocket:
    return WebSocket(page.server, page.root + "/websocket", **more)


def refused(socket) -> int:
    """The status of the one frame of a socket that is refused."""
    kind, data = socket.next()
    equal((kind, data[:2]), (TEXT, b"e["), "the one frame")
    socket.closed(1000)
    return json.loads(data[1:])[0]


# ---- the first frame up --------------------------------------------------------------------------------------

@rule("a first frame that is no `r` of three numbers is refused with 400", "PROTOCOL 6.4, 6.9", each={
    "nothing": "", "q": "q", "k": "k0", "messages": 'a["x"]', "c": 'c[1000,""]', "two numbers": "r[1,0]", "four": "r[1,0,0,0]",
    "none": "r[]", "capital": "R[1,0,0]", "negative": "r[-1,0,0]", "leading zero": "r[01,0,0]", "2^53": f"r[{2**53},0,0]",
    "2^53 in S": f"r[1,0,{2**53}]", "blanks": "r[1, 0, 0]", "a blank behind": "r[1,0,0] ", "a line end behind": "r[1,0,0]\n",
    "more behind": "r[1,0,0]\nq", "strings": 'r["1","0","0"]', "a fraction": "r[1.0,0,0]", "an exponent": "r[1e1,0,0]",
    "hexadecimal": "r[0x1,0,0]", "empty places": "r[,,]", "another script's digit": "r[\u0661,0,0]", "not closed": "r[1,0,0"})
def no_joining(server, text):
    page = page_of(server)
    socket = unjoined(page)
    socket.text(text)
    equal(refused(socket), 400, "status")
    page.attach().send("x")
    equal(page.messages(1), ["x"], "the session is as it was")
    page.close()


@rule("a binary first frame is refused with 400", "PROTOCOL 6.4")
def binary_joining(server):
    socket = unjoined(page_of(server))
    socket.send_frame(BINARY, b"r[1,0,0]")
    equal(refused(socket), 400, "status")


@rule("`r` comes once: a second one is refused with 400", "PROTOCOL 6.4")
def second_joining(server):
    page = page_of(server).attach()
    page.carrier.socket.text("r[2,0,0]")
    equal(refused(page.carrier.socket), 400, "status")


@rule("an S beyond what has arrived is refused with 409", "PROTOCOL 6.5, 6.9", each={"by one": 1, "the largest": LARGEST})
def gap(server, first):
    page = page_of(server)
    equal(page.refused(first=first)[0], 409, "status")
    page.attach().close()


@rule("messages are counted from the S of `r`: those that had arrived are dropped", "PROTOCOL 6.4, 6.5")
def counted(server):
    page = page_of(server).attach()
    page.send("a", "b", "c")
    page.messages(3)
    page.close()
    page.sent = 1
    page.attach()
    page.send("b", "c", "d")
    equal(page.messages(1), ["d"], "what the service had not been given")
    equal(page.ask(), 4, "delivered")
    page.close()


@rule("frames right behind the handshake and `r` are taken, in one piece or byte by byte", "PROTOCOL 6.6.4", each={
    "one piece": False, "byte by byte": True})
def early(server, slowly):
    page = page_of(server)
    wire = frame(TEXT, b"r[1,0,0]") + frame(TEXT, b'a["x"]') + frame(BINARY, b"\0") + frame(TEXT, b"q")
    socket = unjoined(page, early=b"" if slowly else wire)
    for byte in wire if slowly else b"":
        socket.raw(bytes([byte]))
    frames = []
    while (TEXT, b"k2") not in frames:
        frames.append(socket.next())
    true(frames[0][1][:1] == b"k", f"the first frame: {frames[0]}")
    messages = [one for one in [*frames, *(socket.next() for _ in range(4 - len(frames)))] if one[1][:1] != b"k"]
    equal(messages[:2], [(TEXT, b'a["x"]'), (BINARY, b"\0")], "the echoes")
    socket.close()


@rule("the carrier at work stays until the socket says `r`", "PROTOCOL 6.6.4")
def stays(server):
    page = page_of(server).attach()
    silent = unjoined(page)
    page.send("x")
    equal(page.messages(1), ["x"], "over the one at work, while the other is open")
    silent.text(f"r[{page.number + 1},{page.received},{page.sent}]")
    page.carrier.ended()
    equal(silent.next(), (TEXT, b"k1"), "the other's first frame")
    silent.close()


@rule("a socket that does not say `r` within 10 seconds is ended, not before", "PROTOCOL 6.6.4 T", slow=True)
def join_time(server):
    socket = unjoined(page_of(server))
    socket.peer.timeout(25)
    begin = time.monotonic()
    socket.send_frame(PING, b"still here")
    equal(socket.read_frame()[:2], (PONG, b"still here"), "the answer to a ping")
    socket.peer.rest()
    true(9.9 < time.monotonic() - begin, "ended before its 10 seconds")


@rule("a key is judged with `r`: until then a socket with a wrong one is open", "PROTOCOL 6.9")
def late_judgement(server):
    page = page_of(server, key="A" * 36)
    equal(page.refused(1, 0)[0], 404, "status")


# ---- frames --------------------------------------------------------------------------------------------------

@rule("a text message holds any number of frames", "PROTOCOL 6.4")
def letter(server):
    page = page_of(server).attach()
    page.up('a["x","y"]\nbAA,/w\nk0\nq\na["z"]')
    page.sent += 5
    equal(page.messages(5), ["x", "y", b"\0", b"\xff", "z"], "what came back")
    page.close()


@rule("an empty text message is a `q`", "PROTOCOL 6.4")
def empty(server):
    page = page_of(server).attach()
    page.carrier.socket.text("")
    equal(page.carrier.next(), "k0", "the answer")
    page.close()


@rule("fragmented messages are messages", "PROTOCOL 6.4, RFC 6455 5.4")
def fragments(server):
    page = page_of(server).attach()
    socket = page.carrier.socket
    for kind, wire, want in ((TEXT, b'a["one"]', "one"), (BINARY, bytes(range(100)), bytes(range(100)))):
        socket.send_frame(kind, wire[:3], fin=False)
        socket.send_frame(PING, b"p")
        socket.send_frame(CONTINUATION, wire[3:5], fin=False)
        socket.send_frame(CONTINUATION, wire[5:])
        equal(socket.next(), (PONG, b"p"), "the answer to a ping between")
        equal(page.messages(1), [want], "echo")
    page.close()


@rule("it works compressed", "PROTOCOL 6.3, RFC 7692")
def deflated(server):
    page = page_of(server)
    socket = need_deflate(unjoined(page, extensions="permessage-deflate"))
    for wire in (b"r[1,0,0]", b'a["' + b"x" * 5000 + b'"]'):
        socket.send_frame(TEXT, socket.compress(wire), rsv=4)
    equal(socket.next(), (TEXT, b"k0"), "first frame")
    equal(socket.next(), (TEXT, b'a["' + b"x" * 5000 + b'"]'), "echo")
    socket.send_frame(BINARY, socket.compress(bytes(5000)), rsv=4)
    equal(socket.next(), (BINARY, bytes(5000)), "echo of bytes")
    socket.close()


@rule("the server sends no pings: it beats by frames", "PROTOCOL 6.7 T", slow=True)
def no_pings(server):
    page = page_of(server, "/beating").attach()
    for _ in range(3):
        equal(page.carrier.next(), "h", "frame")
        page.carrier.socket.text("")
        equal(page.carrier.next(), "k0", "answer")
    equal(page.carrier.socket.pings, [], "pings")
    page.close()


@rule("a broken WebSocket frame ends the carrier with the dialect's code, not the session", "PROTOCOL 6.7, RFC 6455", each={
    "no UTF-8": (TEXT, b'a["\x80"]', {}, 1007), "no mask": (TEXT, b"q", {"mask": False}, 1002), "a reserved opcode": (3, b"", {}, 1002)})
def broken(server, case):
    opcode, payload, form, code = case
    page = page_of(server).attach()
    page.send("x")
    page.messages(1)
    page.carrier.socket.send_frame(opcode, payload, **form)
    page.carrier.socket.closed(code)
    page.carrier, page.received = None, 0
    equal(page.messages(1), ["x"], "what the next carrier is offered")
    page.close()


# ---- hixie-76 ------------------------------------------------------------------------------------------------

class OldSocket:
    """An open hixie-76 connection: text both ways."""

    def __init__(self, server, page, origin="http://example.com"):
        self.peer = Peer(server)
        self.peer.send(head(server, page.root + "/websocket", origin=origin) + NONCE)
        equal(Reply(self.peer, "GET", "1.1").status, 101, "status")
        equal(self.peer.exactly(16), ANSWER, "answer to the challenge")

    def send(self, text: str) -> None:
        self.peer.send(b"\0" + text.encode() + b"\xff")

    def next(self) -> str:
        wire = self.peer.until(b"\xff")
        equal(wire[:1], b"\0", "the first byte of a frame")
        return wire[1:-1].decode()

    def ended(self) -> None:
        self.peer.try_send(b"\xff\0")
        equal(self.peer.rest(), b"\xff\0", "bytes to the end of the connection")


@rule("hixie-76 carries it, with bytes as `b` frames", "PROTOCOL 6.3")
def old(server):
    page = page_of(server)
    socket = OldSocket(server, page)
    socket.send("r[1,0,0]")
    equal(socket.next(), "k0", "first frame")
    count = 0
    for data in (b"", b"\0", b"\0\xff", b"\xff\xff\xff", b"\0\xff\0\xff", bytes(range(256)), bytes(range(256)) * 256):
        wire = "b" + encoded(data)
        socket.send(wire)
        equal(socket.next(), wire, f"echo of {len(data)} bytes")
        count += 1
    socket.send('a["é\U0001f600"]\nq')
    equal({socket.next(), socket.next()}, {'a["é\\ud83d\\ude00"]', f"k{count + 1}"}, "echo of text, and the answer to q")
    socket.peer.close()


@rule("hixie-76: a page moves to and from it without loss", "PROTOCOL 6.5, 6.6.2")
def old_moves(server):
    page = page_of(server, headers={"Origin": "http://example.com"}).attach()
    page.send("a", b"\xff")
    page.messages(2)
    socket = OldSocket(server, page)
    socket.send("r[2,0,2]")
    page.carrier.ended()
    equal([socket.next() for _ in range(3)], ["k2", 'a["a"]', "b/w"], "k, and what goes again")
    socket.send("bAA")
    equal(socket.next(), "bAA", "echo")
    page.number, page.sent, page.received, page.carrier = 2, 3, 2, None
    page.attach()
    socket.ended()
    equal(page.messages(1), [b"\0"], "what goes again over the next")
    page.close()


@rule("hixie-76: refusals come as e frames, then it closes", "PROTOCOL 6.9", each={
    "no r": ("q", 400), "a wrong number": ("r[0,0,0]", 409), "beyond what was sent": ("r[1,9,0]", 400)})
def old_refusals(server, case):
    text, status = case
    socket = OldSocket(server, page_of(server))
    socket.send(text)
    equal(json.loads(socket.next()[1:])[0], status, "status")
    socket.ended()


@rule("hixie-76: another origin's session is refused with 403", "PROTOCOL 6.2")
def old_origin(server):
    socket = OldSocket(server, page_of(server, headers={"Origin": "http://a.example"}), origin="http://b.example")
    socket.send("r[1,0,0]")
    equal(json.loads(socket.next()[1:])[0], 403, "status")
    socket.ended()


@rule("hixie-76: both ends close", "PROTOCOL 6.10", each={"the page": "page", "the server": "server"})
def old_closes(server, who):
    page = page_of(server, "/close" if who == "server" else "/echo")
    socket = OldSocket(server, page)
    socket.send("r[1,0,0]")
    equal(socket.next(), "k0", "first frame")
    if who == "page":
        socket.send('c[3333,"bye"]')
        equal(socket.next(), 'c[3333,"bye"]', "the answer")
    else:
        equal(socket.next(), 'c[3000,"Go away!"]', "the server's close")
        socket.send('c[3000,""]')
    socket.ended()
    true(page.missing(), "the session is still there")
