"""A raw HTTP/1.x client that hides nothing: it sends the bytes it is told to and sees every chunk boundary."""

import re
import select
import socket
import struct
import time

from .rules import Failed, WATCHDOG_SECONDS, equal, true
from .tls import TlsSocket


class Peer:
    """One TCP connection to the server, with a read buffer."""

    def __init__(self, server, timeout: float = WATCHDOG_SECONDS):
        self.server = server
        self.sock = socket.create_connection((server.host, server.port), timeout, (server.source, 0) if server.source else None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if server.tls:
            self.sock = TlsSocket(self.sock, server.tls, "localhost")
        self.buffer = bytearray()
        self.ended = False

    def timeout(self, seconds: float) -> None:
        self.sock.settimeout(seconds)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def try_send(self, data: bytes) -> bool:
        """Sends to a server that may already have refused; True when everything went out."""
        try:
            self.sock.sendall(data)
            return True
        except OSError:
            return False

    def fill(self) -> bool:
        """Reads once; False at the end of the stream, however it came."""
        if self.ended:
            return False
        try:
            data = self.sock.recv(262144)
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        except TimeoutError:
            raise Failed(f"nothing more came within {self.sock.gettimeout():g} s, after "
                         f"{bytes(self.buffer[-200:])!r}") from None
        if not data:
            self.ended = True
            return False
        self.buffer += data
        return True

    def take(self, size: int) -> bytes:
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def exactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            if not self.fill():
                raise Failed(f"the connection ended after {len(self.buffer)} of {size} bytes: "
                             f"{bytes(self.buffer[:200])!r}")
        return self.take(size)

    def until(self, mark: bytes, limit: int = 1 << 22) -> bytes:
        start = 0
        while (at := self.buffer.find(mark, start)) < 0:
            start = max(0, len(self.buffer) - len(mark) + 1)
            true(len(self.buffer) <= limit, f"no {mark!r} in {limit} bytes")
            if not self.fill():
                raise Failed(f"the connection ended before {mark!r}: {bytes(self.buffer[:200])!r}")
        return self.take(at + len(mark))

    def rest(self) -> bytes:
        """Everything up to the end of the stream."""
        while self.fill():
            pass
        return self.take(len(self.buffer))

    def at_end(self, what: str) -> None:
        """The server must end the connection, and send nothing more before."""
        equal(self.rest(), b"", f"{what}: bytes before the end of the connection")

    def close(self) -> None:
        self.sock.close()

    def reset(self) -> None:
        """Ends the connection the hard way, with a TCP RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def readable(peers: list[Peer], seconds: float) -> list[Peer]:
    """Those of which something can be read, or that have ended, once there is one; none where none is within that time."""
    end = time.monotonic() + seconds
    while True:
        if not peers[0].server.tls:
            ready = select.select([p.sock for p in peers], [], [], seconds)[0]
            return [p for p in peers if p.sock in ready]
        if ready := [p for p in peers if p.sock.has_bytes()]:
            return ready
        if time.monotonic() > end:
            return []
        time.sleep(0.005)


class Reply:
    """A response head, read and checked on construction, and its body as it comes."""

    def __init__(self, peer: Peer, method: str, version: str):
        self.peer = peer
        head = peer.until(b"\r\n\r\n").decode("latin-1")
        lines = head[:-4].split("\r\n")
        match = re.fullmatch(r"HTTP/(1\.[01]) ([1-5]\d\d) ([\x20-\x7e]*)", lines[0])
        true(match, f"not a status line: {lines[0]!r}")
        self.version, self.status, self.reason = match[1], int(match[2]), match[3]
        self.fields = []
        for line in lines[1:]:
            match = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", line)
            true(match and not re.search(r"[\x00\r\n]", line), f"not a header field: {line!r}")
            self.fields.append((match[1].lower(), match[2]))
        self._frame(method, version)

    def _frame(self, method: str, version: str) -> None:
        """How the body ends, and the rules that hold for every reply (sockjs 11, RFC 9112 6)."""
        length, coding = self.all("content-length"), self.all("transfer-encoding")
        true(len(length) <= 1, f"Content-Length more than once: {length}")
        true(not (length and coding), "Content-Length and Transfer-Encoding in one reply")
        self.remaining = 0
        self.last = False
        if self.status == 204 or self.status < 200:
            true(not coding, f"a {self.status} must not be chunked")
            # RFC 9110 8.6 forbids Content-Length here.
            true(not length, f"a {self.status} must carry no Content-Length")
        if method == "HEAD" or self.status in (204, 304) or self.status < 200:
            self.mode = "none"
        elif coding:
            equal(coding, ["chunked"], "Transfer-Encoding")
            true(version != "1.0", "Transfer-Encoding in the reply to an HTTP/1.0 request")
            self.mode = "chunked"
        elif length:
            true(re.fullmatch(r"\d+", length[0]), f"Content-Length {length[0]!r}")
            self.mode, self.remaining = "length", int(length[0])
        elif method == "OPTIONS" and self.status == 200:
            self.mode = "none"
        else:
            true(version == "1.0" or "close" in (self.get("connection") or "").lower(),
                 f"a reply with a body needs chunks, a length or Connection: close; has {self.fields}")
            self.mode = "close"

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name.lower()]

    def get(self, name: str) -> str | None:
        values = self.all(name)
        return ", ".join(values) if values else None

    def chunk(self) -> bytes:
        """The next chunk as the server cut it; the whole body where it has a length; b'' at the end."""
        if self.last or self.mode == "none":
            return b""
        if self.mode == "length":
            self.last = True
            return self.peer.exactly(self.remaining)
        if self.mode == "close":
            if not self.peer.buffer:
                self.peer.fill()
            self.last = not self.peer.buffer
            return self.peer.take(len(self.peer.buffer))
        line = self.peer.until(b"\r\n", 1 << 17)
        true(re.fullmatch(rb"[0-9A-Fa-f]+\r\n", line), f"not a chunk size line: {line!r}")
        size = int(line, 16)
        data = self.peer.exactly(size) if size else b""
        equal(self.peer.exactly(2), b"\r\n", "the end of a chunk")
        self.last = size == 0
        return data

    def body(self) -> bytes:
        parts = []
        while part := self.chunk():
            parts.append(part)
        return b"".join(parts)

    def text(self) -> str:
        return self.body().decode("utf-8")

    def end(self, what: str = "the reply") -> None:
        """The body must end here, cleanly."""
        equal(self.chunk(), b"", f"{what} must end here")


def head_bytes(server, method, path, headers=(), version="1.1", host=True) -> bytes:
    lines = [f"{method} {path} HTTP/{version}"]
    if host:
        lines.append(f"Host: {server.host}:{server.port}")
    lines += [f"{name}: {value}" for name, value in dict(headers).items()] if isinstance(headers, dict) \
        else [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def ask(server, method: str, path: str, headers=(), body: bytes | None = None, *, version: str = "1.1",
        peer: Peer | None = None) -> Reply:
    """Sends one request and reads the head of its reply; a `body` of None sends no Content-Length."""
    headers = list(headers.items()) if isinstance(headers, dict) else list(headers)
    if body is not None:
        headers.append(("Content-Length", str(len(body))))
    peer = peer or Peer(server)
    peer.send(head_bytes(server, method, path, headers, version) + (body or b""))
    return Reply(peer, method, version)


def fetch(server, method: str, path: str, headers=(), body: bytes | None = None, **more) -> tuple[Reply, bytes]:
    """One whole exchange on a connection of its own."""
    reply = ask(server, method, path, headers, body, **more)
    data = reply.body()
    if "peer" not in more:
        reply.peer.close()
    return reply, data


def wait_until(question, what: str, seconds: float = WATCHDOG_SECONDS, pause: float = 0.02):
    """Asks again and again until the answer is true: for what the server does by its own clock."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        true(time.monotonic() < end, f"{what}: not within {seconds:g} s")
        time.sleep(pause)
    return answer
