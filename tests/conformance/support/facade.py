"""A page of the facade's protocol (PROTOCOL 6) over any transport: it counts, acknowledges only when told to, and hides
nothing. Frames come as text; a binary WebSocket message as the `b` frame that it stands for."""

import base64
import json
import re
import urllib.parse

from .http import Peer, Reply, fetch, wait_until
from .rules import WATCHDOG_SECONDS, Failed, equal, true
from .transports import Receiver
from .websocket import BINARY, CLOSE, TEXT

LARGEST = 2**53 - 1


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    true(re.fullmatch(r"[A-Za-z0-9+/]*", text), f"not base64 without padding: {text[:100]!r}")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def array(*messages: str) -> str:
    return "a" + json.dumps(messages, ensure_ascii=False)


def frame_of(message) -> str:
    return array(message) if isinstance(message, str) else "b" + encoded(message)


def messages_of(frame: str) -> list:
    """The messages of a frame; none for frames of another kind."""
    if frame.startswith("a["):
        found = json.loads(frame[1:])
        true(found, "a frame of no messages")
        return found
    return [decoded(part) for part in frame[1:].split(",")] if frame.startswith("b") else []


def opened(server, base="/echo", headers=()) -> dict:
    reply, body = fetch(server, "POST", f"{base}/encke.1/open", headers, b"")
    equal(reply.status, 200, f"status of {base}/encke.1/open")
    return json.loads(body)


class Answer:
    """A poll's answer: its frames, already split."""

    def __init__(self, transport, reply):
        equal(reply.status, 200, f"status of a {transport.name} poll")
        self.frames = transport.frames(reply.body())


class HttpCarrier:
    """One receiving response."""

    def __init__(self, page, query: str, headers):
        self.transport = page.transport.for_facade()
        body = b"" if self.transport.method == "POST" else None
        self.peer = Peer(page.server)
        fields = list(dict(headers).items())
        if self.transport.name == "json_request":
            body = b"[]"
            fields += self.transport.typed.items()
        if body is not None:
            fields.append(("Content-Length", str(len(body))))
        lines = [f"{name}: {value}" for name, value in fields]
        head = [f"{self.transport.method} {self.transport.url(page.root, query)} HTTP/1.1",
                f"Host: {page.server.host}:{page.server.port}", *lines]
        self.peer.send(("\r\n".join(head) + "\r\n\r\n").encode("utf-8", "surrogateescape") + (body or b""))
        self.receiver = self.frames = None

    def reply(self) -> Reply:
        return Reply(self.peer, self.transport.method, "1.1")

    def next(self) -> str | None:
        """The next frame; None where the response has ended in order."""
        if not self.transport.streams:
            if self.frames is None:
                self.frames = Answer(self.transport, self.reply()).frames
            return self.frames.pop(0) if self.frames else None
        self.receiver = self.receiver or Receiver(self.transport, self.reply())
        return self.receiver.frame_or_end()

    def only(self) -> str:
        """The one frame of a response that is written whole, prelude and all; it ends with it."""
        reply, mark = self.reply(), self.transport.prelude_end
        equal(reply.status, 200, "status")
        data = reply.body()
        size = mark if isinstance(mark, int) else data.index(mark) + len(mark)
        self.transport.check_prelude(data[:size])
        true(data.endswith(self.transport.epilogue), f"the end of a whole response: {data[-100:]!r}")
        return self.transport.unwrap(data[size:len(data) - len(self.transport.epilogue)])

    def silent(self, seconds: float) -> bool:
        """Whether no byte comes for so long."""
        true(not self.peer.buffer, f"bytes are there: {bytes(self.peer.buffer[:100])!r}")
        self.peer.timeout(seconds)
        try:
            self.peer.fill()
        except Failed:
            return True
        finally:
            self.peer.timeout(WATCHDOG_SECONDS)
        return False

    def ended(self) -> None:
        """It must end in order: the last chunk, or an answer without frames."""
        equal(self.next(), None, f"what ends the {self.transport.name} carrier")
        self.peer.close()

    def reset(self) -> None:
        self.peer.reset()

    def close(self) -> None:
        self.peer.close()


class SocketCarrier:
    """One WebSocket, or a raw socket."""

    def __init__(self, page, joining: str | None, headers=()):
        self.socket = page.transport.socket(page.server, f"{page.root}/{page.transport.leaf}", headers=dict(headers).items())
        self.peer = self.socket.peer
        if joining is not None:
            self.socket.text(joining)

    def next(self) -> str | None:
        kind, data = self.socket.next()
        if kind == BINARY:
            return "b" + encoded(data)
        if kind == CLOSE:
            equal(data[:2], b"\x03\xe8", "the code of the socket's close")
            return None
        equal(kind, TEXT, "opcode")
        return data.decode("utf-8")

    silent = HttpCarrier.silent

    def ended(self) -> None:
        self.socket.closed(1000)

    def reset(self) -> None:
        self.peer.reset()

    def close(self) -> None:
        self.peer.close()


class Page:
    """One session as its page sees it. Whatever it states can be given; what is not is what it has counted."""

    def __init__(self, transport, server, base="/echo", headers=(), key=None):
        server.need(transport.needs)
        self.transport, self.server, self.base, self.headers = transport, server, base, dict(headers)
        self.info = None if key else opened(server, base, headers)
        self.key = key or self.info["session"]
        self.root = f"{base}/encke.1/{self.key}"
        self.number = self.received = self.sent = self.acknowledged = 0
        self.carrier = None
        self._messages = []

    # ---- down ------------------------------------------------------------------------------------------------

    def carry(self, number=None, received=None, *, headers=None, wait=True, query="", transport=None):
        """A carrier with the next number. A poll of `wait` false is answered at once (w=0)."""
        self.transport = transport or self.transport
        self.number = self.number + 1 if number is None else number
        received = self.received if received is None else received
        headers = self.headers if headers is None else headers
        if not self.transport.http:
            return SocketCarrier(self, f"r[{self.number},{received},{self.sent}]", headers)
        poll = "" if wait or self.transport.streams else "&w=0"
        carrier = HttpCarrier(self, f"n={self.number}&a={received}{poll}{query}", headers)
        if wait and not self.transport.streams:
            wait_until(self._arrived, "the server has seen the poll")
        return carrier

    def _arrived(self) -> bool:
        """Whether the carrier with the last number is, or was, at work: nothing else shows it of a poll that waits, and what is
        sent next would overtake it on its own connection. The number 0 is never taken, and the text says after which it came."""
        status, text = self.refused(0, 0)
        return status != 409 or f"after carrier {self.number};" in text

    def attach(self, **more):
        """A carrier that is known to be at work: its first frame, `k`, has come. Of a poll, one that has been answered with it
        and the one that then waits."""
        self.carrier = self.carry(**more, wait=False)
        self.note(self.expect_frame("k"))
        if self.transport.http and not self.transport.streams:
            self.carrier.close()
            self.carrier = None
        return self

    def expect_frame(self, begin: str) -> str:
        frame = self.carrier.next()
        true(frame is not None and frame.startswith(begin), f"the next frame: got {frame!r}, expected {begin}…")
        return frame

    def note(self, frame: str) -> str:
        if frame.startswith("k"):
            true(re.fullmatch(r"k(0|[1-9][0-9]*)", frame), f"not an acknowledgement: {frame!r}")
            self.acknowledged = max(self.acknowledged, int(frame[1:]))
        found = messages_of(frame)
        self.received += len(found)
        self._messages += found
        return frame

    def frame(self) -> str:
        """The next frame, of the carrier at work or of one that follows it where it has ended in order."""
        while True:
            self.carrier = self.carrier or self.carry()
            frame = self.carrier.next()
            if frame is not None:
                return self.note(frame)
            self.carrier.close()
            self.carrier = None

    def frame_of_kind(self, kinds: str) -> str:
        """The next frame of these kinds; those of others are noted."""
        while (frame := self.frame())[0] not in kinds:
            true(not frame.startswith(("c", "e")), f"got {frame!r} where one of {kinds!r} was expected")
        return frame

    def messages(self, count: int) -> list:
        while len(self._messages) < count:
            self.frame_of_kind("ab")
        taken, self._messages = self._messages[:count], self._messages[count:]
        return taken

    # ---- up --------------------------------------------------------------------------------------------------

    def post(self, body, first=None, received=None, *, headers=None, form=None, query=None, peer=None):
        """One send over HTTP: the reply and its body. `form`: whether jsonp_send has it in a form; else by the transport."""
        body = body.encode() if isinstance(body, str) else body
        if query is None:
            query = f"s={self.sent if first is None else first}"
            query += "" if received is None else f"&a={received}"
        leaf = getattr(self.transport, "send_leaf", "xhr_send")
        fields = {"Content-Type": "text/plain", **dict(self.headers if headers is None else headers)}
        if leaf == "jsonp_send" and form is not False:
            fields["Content-Type"] = "application/x-www-form-urlencoded"
            body = b"d=" + urllib.parse.quote(body, safe="").encode()
        more = {} if peer is None else {"peer": peer}
        if leaf == "jsonrequest_send":
            reply, answer = fetch(self.server, "POST", f"{self.root}/{leaf}?{query}", {**fields, **self.transport.typed},
                                  self.transport.packed(body), **more)
            return self.transport.unpacked(reply, answer)
        return fetch(self.server, "POST", f"{self.root}/{leaf}?{query}", fields, body, **more)

    def send_request(self, body: bytes) -> bytes:
        """The bytes of a send with the number 0, as text/plain where the transport takes that."""
        kind = "text/plain"
        if self.transport.send_leaf == "jsonrequest_send":
            kind, body = self.transport.content_type, self.transport.packed(body)
        return (f"POST {self.root}/{self.transport.send_leaf}?s=0 HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode() + body

    def up(self, body: str, **more) -> None:
        """Frames that must be taken."""
        if not self.transport.http:
            self.attached().socket.text(body)
            return
        reply, answer = self.post(body, **more)
        equal((reply.status, answer[:1], answer[-1:]), (200, b"k", b"\n"), f"answer to a send, {answer[:200]!r}")
        self.note(answer[:-1].decode())

    def attached(self):
        if self.carrier is None:
            self.attach()
        return self.carrier

    def send(self, *messages) -> None:
        """Messages, each a frame: in one body, or each a WebSocket message."""
        if self.transport.http:
            self.up("\n".join(map(frame_of, messages)))
        for message in messages if not self.transport.http else ():
            socket = self.attached().socket
            if isinstance(message, bytes) and self.transport.binary:
                socket.send_frame(BINARY, message)
            elif isinstance(message, bytes):
                socket.text(frame_of(message))
            else:
                socket.text(array(message))
        self.sent += len(messages)

    def acknowledge(self) -> None:
        """Tells the server what has arrived."""
        self.up(f"k{self.received}")

    def ask(self) -> int:
        """What the server has delivered, by its own word."""
        if self.transport.http:
            self.up("q")
            return self.acknowledged
        self.up("q")
        self.frame_of_kind("k")
        return self.acknowledged

    # ---- refusals --------------------------------------------------------------------------------------------

    def refused(self, number=None, received=None, *, first=None, headers=None, query=None) -> tuple[int, str]:
        """Asks for a carrier that must be refused: status and text, in the transport's own way."""
        number = self.number + 1 if number is None else number
        received = self.received if received is None else received
        headers = self.headers if headers is None else headers
        if not self.transport.http:
            joining = query or f"r[{number},{received},{self.sent if first is None else first}]"
            carrier = SocketCarrier(self, joining, headers)
        else:
            carrier = HttpCarrier(self, query if query is not None else f"n={number}&a={received}", headers)
            if self.transport.shows_status:
                reply = carrier.reply()
                match = re.fullmatch(r"e(\[[0-9]{3},\".*\"\])\n", reply.text())
                true(match, f"expected a refusal as the body, e[…], got {reply.text()!r}")
                status, text = json.loads(match[1])
                equal(status, reply.status, "the status and the one in its frame")
                return status, text
        frame = carrier.next() if not self.transport.http or not self.transport.prelude_end else carrier.only()
        match = re.fullmatch(r"e(\[[0-9]{3},\".*\"\])", frame or "")
        true(match, f"expected a refusal, e[…], got {frame!r}")
        if not self.transport.http or not self.transport.prelude_end:
            carrier.ended()
        carrier.close()
        status, text = json.loads(match[1])
        return status, text

    def missing(self) -> bool:
        """Whether the server says that there is no such session: a carrier with the number 0 is never taken."""
        return self.refused(0, 0, headers={})[0] == 404

    def close(self) -> None:
        if self.carrier:
            self.carrier.close()
