"""One small adapter for each transport: how to open a receiver, take a frame out of its envelope, and send.

The shared suites (suites/transport_*.py) know transports only through these classes. To put a new transport
under test add an adapter to ADAPTERS, keyed by the transport's name in the server's registry.
"""

import itertools
import json
import os
import re
import urllib.parse

from .drafts import DRAFTS
from .http import Peer, ask, fetch
from .raw_socket import RawSocket
from .rules import Failed, Skip, equal, true
from .websocket import TEXT, WebSocket

_numbers = itertools.count(1)

UNCACHED = "no-store, no-cache, no-transform, must-revalidate, max-age=0"


def fresh_id() -> str:
    return f"s{os.getpid()}x{next(_numbers)}"


def session_root(base: str = "/echo", session: str | None = None, server_id: str = "000") -> str:
    return f"{base}/{server_id}/{session or fresh_id()}"


class Receiver:
    """One receiving response: the frames in it, and how it ends."""

    def __init__(self, transport, reply):
        self.transport, self.reply, self.peer = transport, reply, reply.peer
        equal(reply.status, 200, f"status of a {transport.name} receiver")
        self.prelude = self.piece(transport.prelude_end) if transport.prelude_end else b""
        if transport.prelude_end:
            transport.check_prelude(self.prelude)

    def piece(self, mark) -> bytes:
        """A chunk where there are chunks; else, for HTTP/1.0, the bytes up to the mark that ends it."""
        if self.reply.mode != "close":
            data = self.reply.chunk()
            true(data, f"the {self.transport.name} response ended where a frame was expected")
            return data
        return self.peer.exactly(mark) if isinstance(mark, int) else self.peer.until(mark)

    def frame(self) -> str:
        self.raw = self.piece(self.transport.frame_end)
        return self.transport.unwrap(self.raw)

    def frame_or_end(self) -> str | None:
        """The next frame, or None where the response ended cleanly instead."""
        if self.reply.mode == "close":
            return self.frame()
        self.raw = self.reply.chunk()
        if self.transport.epilogue and self.raw == self.transport.epilogue:
            self.raw = self.reply.chunk()
            equal(self.raw, b"", "what follows the epilogue")
        return self.transport.unwrap(self.raw) if self.raw else None

    def end(self) -> None:
        if self.transport.epilogue:
            equal(self.piece(len(self.transport.epilogue)), self.transport.epilogue, "what stands behind the last frame")
        if self.reply.mode == "close":
            self.peer.at_end(f"the {self.transport.name} response")
        else:
            self.reply.end(f"the {self.transport.name} response")

    def close(self) -> None:
        self.peer.close()

    abort = close


class HttpTransport:
    """What the HTTP transports have in common."""

    name = leaf = ""
    needs = property(lambda self: self.name)  # in the server's registry
    method = "POST"
    content_type = "application/javascript; charset=UTF-8"
    streams = True          # one response carries many frames
    holds = True            # a poll waits until there is something to tell
    shows_status = False    # a page can read the status of a refusal
    credentials = True      # cookies, and CORS that lets them come
    epilogue = b""          # behind the last frame of a response that ends in order
    http = True
    pings = False           # heartbeats are frames
    cors = True
    preflight = True
    prelude_end: bytes | int | None = None
    frame_end = b"\n"
    callback = ""
    padding = b""           # of the facade's streams, where it is asked for

    send_leaf = "xhr_send"
    send_status = 204
    send_type = "text/plain"
    typed = {}              # what requests that receive and send must say besides
    ask_body = b""          # of a POST that receives
    bad_status = 500        # of a payload that is none

    def url(self, root: str, query: str = "") -> str:
        parts = [part for part in (f"c={self.callback}" if self.callback else "", query) if part]
        return f"{root}/{self.leaf}" + ("?" + "&".join(parts) if parts else "")

    def receive(self, server, root: str, headers=(), *, version="1.1", query="", peer=None) -> Receiver:
        server.need(self.needs)
        body = b"" if self.method == "POST" else None
        return Receiver(self, ask(server, self.method, self.url(root, query), headers, body, version=version,
                                  peer=peer))

    def request_only(self, server, root: str) -> Peer:
        """Sends the receiving request and reads nothing."""
        peer = Peer(server)
        body = "Content-Length: 0\r\n" if self.method == "POST" else ""
        peer.send(f"{self.method} {self.url(root)} HTTP/1.1\r\nHost: {server.host}\r\n{body}\r\n".encode())
        return peer

    def post(self, server, root: str, payload: bytes, headers=(), **more):
        """Sends a raw payload (JSON, or what claims to be) upstream; the reply and its body."""
        fields = dict([("Content-Type", "text/plain"), *dict(headers).items()])
        return fetch(server, "POST", f"{root}/{self.send_leaf}", fields, payload, **more)

    def accepted(self, answer, what: str = "send") -> None:
        reply, body = answer
        equal((reply.status, body), (204, b""), what)

    def for_facade(self):
        """The same on the facade's wire."""
        return self

    def check_prelude(self, data: bytes) -> None:
        """Raises unless the prelude is byte for byte what clients expect."""

    def frames(self, data: bytes) -> list[str]:
        """Those of a poll's whole answer, on the facade's wire."""
        pieces = [part + self.frame_end for part in data.split(self.frame_end)]
        equal(pieces.pop(), self.frame_end, "what stands behind the last frame's end")
        return [self.unwrap(piece) for piece in pieces]

    def unwrap(self, data: bytes) -> str:
        true(data.endswith(b"\n") and data.count(b"\n") == 1, f"not one frame and a line feed: {data[:200]!r}")
        return data[:-1].decode("utf-8")

    def session(self, server, base="/echo", **more):
        return HttpSession(self, server, base, **more)


class XhrPoll(HttpTransport):
    name, leaf, streams, shows_status = "xhr_poll", "xhr", False, True


class Poll(XhrPoll):
    name = leaf = "poll"
    holds = False


class XhrStream(HttpTransport):
    name, leaf, shows_status = "xhr_stream", "xhr_streaming", True
    prelude_end = 2049
    padding = b"h" * 4095 + b"\n"

    def check_prelude(self, data):
        equal(data, b"h" * 2048 + b"\n", "prelude")


class EventSource(HttpTransport):
    name, leaf, method = "eventsource", "eventsource", "GET"
    content_type = "text/event-stream"
    preflight = False
    prelude_end = 2
    frame_end = b"\r\n\r\n"
    padding = b":" + b" " * 4093 + b"\r\n"

    def check_prelude(self, data):
        equal(data, b"\r\n", "prelude")

    def unwrap(self, data):
        match = re.fullmatch(rb"data: ([^\r\n\0]*)\r\n\r\n", data)
        true(match, f"not one event: {data[:200]!r}")
        text = match[1].decode("utf-8")
        stray = re.search(r"%(?!25|0D|0A|00).{0,2}", text)
        true(not stray, f"{stray and stray[0]!r} in an event would be changed or refused by the clients' decoding")
        return urllib.parse.unquote(text)


class OldEventSource(EventSource):
    """The form of Opera 8 and 9."""

    name, leaf = "eventsource of Opera", "dom_event_stream"
    needs = "eventsource"
    content_type = "application/x-dom-event-stream"
    prelude_end = 1
    frame_end = b"\n\n"
    padding = b""

    def check_prelude(self, data):
        equal(data, b"\n", "prelude")

    def unwrap(self, data):
        match = re.fullmatch(rb"Event: frame\n(data: [^\r\n\0]*)\n\n", data)
        true(match, f"not one named event: {data[:200]!r}")
        return super().unwrap(match[1] + b"\r\n\r\n")


class Multipart(HttpTransport):
    name = leaf = "multipart"
    method = "GET"
    content_type = 'multipart/x-mixed-replace;boundary="encke"'
    preflight = False
    frame_end = b"\n--encke\n"
    prelude_end = 8
    epilogue = b"Content-Type: text/plain; charset=us-ascii\n\n\n--encke--\n"

    def check_prelude(self, data):
        equal(data, b"--encke\n", "the first boundary")

    def unwrap(self, data):
        match = re.fullmatch(rb"Content-Type: text/plain; charset=(us-ascii|UTF-8)\n\n([^\n]*)\n\n--encke\n", data)
        true(match, f"not one part with the boundary right behind it: {data[:200]!r}")
        equal(match[1], b"us-ascii" if match[2].isascii() else b"UTF-8", "the charset of a part")
        return match[2].decode("utf-8")


class JsonRequest(HttpTransport):
    name, leaf, streams, credentials = "json_request", "jsonrequest", False, False
    content_type = "application/jsonrequest"
    frame_end = b"]"
    send_leaf, send_status, send_type, bad_status = "jsonrequest_send", 200, "application/jsonrequest", 400
    typed = {"Content-Type": "application/jsonrequest"}
    ask_body = b"[]"

    def receive(self, server, root, headers=(), *, version="1.1", query="", peer=None):
        server.need(self.needs)
        return Receiver(self, ask(server, "POST", self.url(root, query), {**self.typed, **dict(headers)}, self.ask_body, version=version,
                                  peer=peer))

    def request_only(self, server, root):
        peer = Peer(server)
        peer.send(f"POST {self.url(root)} HTTP/1.1\r\nHost: {server.host}\r\nContent-Type: {self.content_type}\r\n"
                  "Content-Length: 2\r\n\r\n[]".encode())
        return peer

    def post(self, server, root, payload, headers=(), **more):
        return fetch(server, "POST", f"{root}/{self.send_leaf}", {**dict(headers), **self.typed}, payload, **more)

    def accepted(self, answer, what="send"):
        reply, body = answer
        equal((reply.status, body, reply.get("content-type")), (200, b'"ok"', self.content_type), what)

    @staticmethod
    def packed(body: bytes) -> bytes:
        """The facade's frames, a line each, as the array that carries them; as it is where that cannot be."""
        try:
            return json.dumps(body.decode("utf-8").removesuffix("\n").split("\n"), ensure_ascii=False).encode()
        except UnicodeDecodeError:
            return body

    def unpacked(self, reply, body: bytes):
        """An answer to the facade's sends as the other transports have it: its refusals are answers of 200."""
        if reply.status != 200:
            return reply, body
        equal(reply.get("content-type"), self.content_type, "Content-Type")
        value = json.loads(body)
        if isinstance(value, list):
            match = re.fullmatch(r"e\[([0-9]{3}),.*", value[0])
            true(match and len(value) == 1, f"not a refusal: {body[:200]!r}")
            reply.status, value = int(match[1]), value[0]
        return reply, value.encode() + b"\n"

    def frames(self, data):
        true(data.startswith(b"[") and data.endswith(b"]"), f"not a JSON array: {data[:200]!r}")
        return json.loads(data)

    def unwrap(self, data):
        frames = self.frames(data)
        equal(len(frames), 1, "frames in an answer")
        return frames[0]


class ForeverFrame(HttpTransport):
    name, leaf, method = "forever_frame", "htmlfile", "GET"
    content_type = "text/html; charset=UTF-8"
    cors = preflight = False
    prelude_end = b"\r\n\r\n"
    frame_end = b"</script>\r\n"
    padding = b" " * 4094 + b"\r\n"
    callback = "_jp.a1b2c"

    HEAD = """<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.CALLBACK;
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>"""

    def check_prelude(self, data):
        true(data.endswith(b"\r\n\r\n"), f"the head must end with an empty line: {data[-40:]!r}")
        true(len(data) > 1024, f"the head must be longer than 1024 bytes, has {len(data)}")
        equal(data.decode("utf-8").strip(), self.HEAD.replace("CALLBACK", self.callback), "head")

    def unwrap(self, data):
        match = re.fullmatch(rb"<script>\np\((\".*\")\);\n</script>\r\n", data, re.DOTALL)
        true(match, f"not one script element: {data[:200]!r}")
        true(b"</" not in match[1], "an end tag inside the script would end it early")
        return json.loads(match[1])

    def for_facade(self):
        return FacadeFrame()


class FacadeFrame(ForeverFrame):
    HEAD = ForeverFrame.HEAD.replace("""    document.domain = document.domain;
    var c = parent.CALLBACK;
""", """    var c;
    try {
      c = parent.CALLBACK;
    } catch (e) {
      document.domain = document.domain;
      c = parent.CALLBACK;
    }
""")


class Jsonp(HttpTransport):
    name, leaf, method = "jsonp", "jsonp", "GET"
    streams = False
    cors = preflight = False
    frame_end = b");\r\n"
    callback = "_jp.a1b2c"
    send_leaf, send_status = "jsonp_send", 200

    def post(self, server, root, payload, headers=(), **more):
        fields = dict([("Content-Type", "application/x-www-form-urlencoded"), *dict(headers).items()])
        return fetch(server, "POST", f"{root}/jsonp_send", fields,
                     b"d=" + urllib.parse.quote(payload, safe="").encode(), **more)

    def accepted(self, answer, what="send"):
        reply, body = answer
        equal((reply.status, body), (200, b"ok"), what)

    def unwrap(self, data):
        match = re.fullmatch(rb"/\*\*/" + re.escape(self.callback.encode()) + rb"\((\".*\")\);\r\n", data,
                             re.DOTALL)
        true(match, f"not one call: {data[:200]!r}")
        true(not re.search(rb"[\r\n]", match[1]), "a line end inside the string")
        return json.loads(match[1])


class HttpSession:
    """A session on one HTTP transport: re-polls as a client would, and sends."""

    def __init__(self, transport, server, base, session=None, server_id="000"):
        self.transport, self.server = transport, server
        self.root = session_root(base, session, server_id)
        self.receiver = None
        self._messages = []
        self.spoken = []

    def open(self):
        equal(self.frame(), "o", "the first frame of a new session")
        return self

    def frame(self) -> str:
        """The next frame; a new receiver is opened where the last one has ended."""
        text = None
        while text is None:
            receiver = self.receiver = self.receiver or self.transport.receive(self.server, self.root)
            text = receiver.frame_or_end()
            if text is not None and not self.transport.streams:
                receiver.end()
            if text is None or not self.transport.streams:
                receiver.close()
                self.receiver = None
        return text

    def messages(self, count: int) -> list[str]:
        while len(self._messages) < count:
            text = self.frame()
            if text == "h":
                continue
            true(text.startswith("a["), f"expected messages, got {text[:200]!r}")
            self.spoken.append(text)
            self._messages += json.loads(text[1:])
        taken, self._messages = self._messages[:count], self._messages[count:]
        return taken

    def send(self, *messages: str) -> None:
        self.send_raw(json.dumps(messages, ensure_ascii=False).encode())

    def send_raw(self, payload: bytes) -> None:
        self.transport.accepted(self.transport.post(self.server, self.root, payload))

    def refused(self, payload: bytes) -> tuple[int, str]:
        """Sends what must be refused; status and text."""
        reply, body = self.transport.post(self.server, self.root, payload)
        return reply.status, body.decode("utf-8")

    def close(self) -> None:
        if self.receiver:
            self.receiver.close()


class WebSocketTransport:
    """SockJS frames as text messages on a WebSocket."""

    leaf = needs = "websocket"
    streams = holds = True
    http = cors = preflight = False
    method = "GET"

    def __init__(self, draft: str = ""):
        self.name = f"websocket {draft}".strip()
        self.socket = DRAFTS.get(draft, WebSocket)
        self.pings = not draft.startswith("hixie")
        self.binary = not draft  # the facade's bytes travel as bytes

    def url(self, root: str, query: str = "") -> str:
        return f"{root}/websocket" + (f"?{query}" if query else "")

    def session(self, server, base="/echo", **more):
        return WebSocketSession(self, server, base, **more)


class FlashTransport:
    """The facade's frames on a raw socket; SockJS has no such thing."""

    name = leaf = needs = "flash"
    streams = binary = holds = True
    http = cors = preflight = pings = False
    socket = RawSocket

    def session(self, server, base="/echo", **more):
        raise Skip("SockJS has no raw sockets")

    url = session


class WebSocketSession:
    """A session on a WebSocket; the same calls as HttpSession."""

    def __init__(self, transport, server, base, session=None, server_id="000"):
        self.transport, self.server = transport, server
        self.root = session_root(base, session, server_id)
        self.socket = transport.socket(server, self.root + "/websocket")
        self._messages = []
        self.spoken = []

    def open(self):
        equal(self.frame(), "o", "the first frame of a new session")
        return self

    def frame(self) -> str:
        kind, data = self.socket.next()
        if kind != TEXT:
            raise Failed(f"expected a text message, got opcode {kind} {data[:100]!r}")
        return data.decode("utf-8")

    messages = HttpSession.messages
    send = HttpSession.send

    def send_raw(self, payload: bytes) -> None:
        self.socket.text(payload)

    def close(self) -> None:
        self.socket.close()


ADAPTERS = {adapter.name: adapter for adapter in
            (WebSocketTransport(), FlashTransport(), XhrStream(), EventSource(), OldEventSource(), Multipart(), ForeverFrame(), XhrPoll(),
             JsonRequest(), Jsonp(), Poll(),
             *(WebSocketTransport(draft) for draft in DRAFTS))}


# What the rules of these say of sockets they say of every dialect; the others are about HTTP, or states of one page.
OF_DRAFTS = ("transport_frames", "transport_sessions", "facade_messages", "facade_carriers")


def under_test(names: list[str], group: str) -> list[str]:
    """The transports of a server's registry, websocket in each of its drafts besides, and the old form of event streams."""
    drafts = DRAFTS if "websocket" in names and group in OF_DRAFTS else ()
    forms = [OldEventSource.name] if "eventsource" in names else []
    return names + [f"websocket {draft}" for draft in drafts] + forms
