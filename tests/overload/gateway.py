#!/usr/bin/env python3
"""A gateway with many idle sessions, each with its own connection to the server behind it: what each takes, and what each is told when
that server ends, in order or not, and comes back.

    gateway.py --encke build/encke [--sessions N] [--workers N]

Sessions are plain WebSockets. Encke needs two descriptors for each: where the system's limit is lower there are as many as it allows.
Ends with `N passed, N failed, N skipped`; the status is 1 when a check failed.
"""

import base64
import collections
import os
import pathlib
import re
import resource
import selectors
import socket
import struct
import subprocess
import sys
import time
import urllib.request

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support")]

from rule_runner import Runner, arguments_of, equal, true  # noqa: E402
from server_process import WATCHDOG_SECONDS, ServerProcess  # noqa: E402

SPARE_DESCRIPTORS = 100
LONGEST_WAIT = 2 * WATCHDOG_SECONDS
MOST_BYTES = 4096  # of the server's own memory for an idle session with its connection


def raise_descriptors() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def serve_behind(port: int) -> None:
    """The server behind the gateway, in a process of its own: sends back what it gets, until its input ends or says how it shall end."""
    raise_descriptors()
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", port), backlog=4096)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    print(listener.getsockname()[1], flush=True)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                selector.register(connection, selectors.EVENT_READ)
            elif key.fileobj is sys.stdin:
                if sys.stdin.readline().strip() == "reset":
                    for each in selector.get_map().values():
                        if each.fileobj not in (listener, sys.stdin):
                            each.fileobj.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            else:
                try:
                    data = key.fileobj.recv(4096)
                    key.fileobj.sendall(data)
                except OSError:
                    data = b""
                if not data:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()


class Behind:
    """That process. Each comes back at the same port."""

    def __init__(self) -> None:
        self.port = 0
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, __file__, "--behind", str(self.port)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def end(self, word: str) -> None:
        """Of all its connections: in order, or by a reset."""
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        self.process.wait(WATCHDOG_SECONDS)
        self.process.stdin.close()
        self.process.stdout.close()


def frame(opcode: int, payload: bytes) -> bytes:
    """Of a client, short, with a mask of zeros."""
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + bytes(4) + payload


class Pages:
    """Many plain WebSockets."""

    def __init__(self, address: tuple[str, int], count: int) -> None:
        self.selector = selectors.DefaultSelector()
        self.open: dict[socket.socket, bytearray] = {}
        self.codes: collections.Counter[int] = collections.Counter()
        self.echoes = 0
        key = base64.b64encode(bytes(16)).decode()
        self.request = (f"GET /gate/websocket HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode()
        for begin in range(0, count, 200):
            self.come(address, min(200, count - begin))

    def come(self, address: tuple[str, int], count: int) -> None:
        new = []
        for _ in range(count):
            page = socket.create_connection(address, timeout=WATCHDOG_SECONDS)
            page.sendall(self.request)
            new.append(page)
        for page in new:
            head = b""
            while b"\r\n\r\n" not in head:
                more = page.recv(4096)
                true(more, f"the server answered {head!r}")
                head += more
            head, rest = head.split(b"\r\n\r\n", 1)
            equal(head.split(b"\r\n")[0], b"HTTP/1.1 101 Switching Protocols", "the answer to a page")
            page.setblocking(False)
            self.open[page] = bytearray()
            self.selector.register(page, selectors.EVENT_READ)
            if rest:
                self.take(page, rest)

    def say(self, text: bytes) -> None:
        for page in self.open:
            page.sendall(frame(1, text))

    def until(self, done, what: str) -> None:
        deadline = time.monotonic() + LONGEST_WAIT
        while not done():
            true(time.monotonic() < deadline, f"{what}: {len(self.open)} are open, {dict(self.codes)} closed, {self.echoes} echoes")
            for key, _ in self.selector.select(1):
                self.read(key.fileobj)

    def read(self, page: socket.socket) -> None:
        try:
            data = page.recv(65536)
        except ConnectionError:
            data = b""
        self.take(page, data)

    def take(self, page: socket.socket, data: bytes) -> None:
        held = self.open[page]
        held += data
        while len(held) >= 2 and len(held) >= 2 + held[1]:
            opcode, payload = held[0] & 15, bytes(held[2:2 + held[1]])
            del held[:2 + held[1]]
            if opcode == 8:
                self.codes[struct.unpack(">H", payload[:2])[0]] += 1
                data = b""
            elif opcode in (1, 2):
                self.echoes += 1
        if not data:
            del self.open[page]
            self.selector.unregister(page)
            page.close()

    def leave(self) -> None:
        for page in list(self.open):
            self.selector.unregister(page)
            page.close()
        self.open.clear()


class Gateway:
    def __init__(self, asked, count: int) -> None:
        self.count = count
        self.behind = Behind()
        gate = {"type": "tcp", "connect": f"127.0.0.1:{self.behind.port}", "heartbeat_seconds": 0}
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.admin = probe.getsockname()[1]
        self.server = ServerProcess(asked.encke, {"services": {"/gate": gate}, "admin": {"listen": f"127.0.0.1:{self.admin}"},
                                                  "limits": {"handshakes": count + 100}}, workers=asked.workers)
        self.pages = Pages(self.server.address, 50)  # what every server has once is not an idle session's
        self.greet()
        self.descriptors = self.server.descriptors()

    def greet(self) -> None:
        """Each page has its connection then."""
        self.pages.echoes = 0
        expected = len(self.pages.open)
        self.pages.say(b"hello")
        self.pages.until(lambda: self.pages.echoes == expected, "the echo for each page")

    def connected(self) -> int:
        text = urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=60).read().decode()
        return int(float(re.search(r"^encke_backend_connections\{[^}]*\} (\S+)$", text, re.M)[1]))

    def settled_memory(self) -> int:
        deadline = time.monotonic() + 10
        before = self.server.memory()
        while time.monotonic() < deadline:
            time.sleep(0.5)
            now = self.server.memory()
            if now == before:
                break
            before = now
        return before

    def fill(self) -> str:
        before = self.settled_memory()
        for begin in range(0, self.count, 200):
            self.pages.come(self.server.address, min(200, self.count - begin))
        self.greet()
        equal(self.connected(), len(self.pages.open), "connections to the server behind")
        each = (self.settled_memory() - before) / self.count
        if self.server.sanitized:
            return f"{len(self.pages.open)} sessions; a sanitizer hides what they take"
        true(each < MOST_BYTES, f"an idle session takes {each:.0f} bytes, expected less than {MOST_BYTES}")
        return f"{len(self.pages.open)} sessions, {each:.0f} bytes of private memory for each of the last {self.count}"

    def lose(self, word: str, code: int) -> str:
        count = len(self.pages.open)
        self.pages.codes.clear()
        self.behind.end(word)
        self.pages.until(lambda: not self.pages.open, "the end of each page")
        equal(dict(self.pages.codes), {code: count}, "close codes")
        equal(self.connected(), 0, "connections to the server behind")
        return f"{count} sessions were closed with {code}"

    def refuse(self) -> str:
        self.pages.codes.clear()
        self.pages.come(self.server.address, 50)
        self.pages.until(lambda: not self.pages.open, "the end of each page")
        equal(dict(self.pages.codes), {4108: 50}, "close codes")
        return ""

    def come_back(self, count: int) -> str:
        self.behind.start()
        for begin in range(0, count, 200):
            self.pages.come(self.server.address, min(200, count - begin))
        self.greet()
        return f"{count} sessions had their echo"

    def empty(self) -> str:
        self.pages.leave()
        deadline = time.monotonic() + LONGEST_WAIT
        while self.server.descriptors() > self.descriptors - 100:  # the fifty that came first had two each
            true(time.monotonic() < deadline, f"{self.server.descriptors()} descriptors are left, {self.descriptors - 100} expected")
            time.sleep(0.05)
        return f"{self.server.descriptors()} descriptors are left"


def main() -> int:
    if sys.argv[1:2] == ["--behind"]:
        serve_behind(int(sys.argv[2]))
        return 0
    parser = arguments_of(__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    count = min(asked.sessions - 50, (raise_descriptors() - SPARE_DESCRIPTORS) // 2 - 50)
    runner = Runner(asked.only)
    gateway = Gateway(asked, count)
    runner.run("each idle session has its connection, and takes little memory", gateway.fill)
    runner.run("a server that ends in order: each page learns it with 1000", lambda: gateway.lose("end", 1000))
    runner.run("while it is away, pages are told that it refuses connections", gateway.refuse)
    runner.run("when it is back, pages are connected", lambda: gateway.come_back(count))
    runner.run("a server that resets its connections: each page learns it with 4202", lambda: gateway.lose("reset", 4202))
    runner.run("it comes back once more", lambda: gateway.come_back(min(count, 200)))
    runner.run("when all have left nothing is", gateway.empty)
    gateway.behind.end("end")
    runner.run("the server ends in order", lambda: equal(gateway.server.stop(), [], "the end of the server"))
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
