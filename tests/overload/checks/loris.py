"""Slow-loris in each phase: connections that dribble a byte now and then, by the thousand, and come again when they are cut off."""

from __future__ import annotations

import multiprocessing
import os
import resource
import select
import socket
import time

from rule_runner import equal, true

from .clients import TEXT, frame, request, upgrade
from .rate import CORES

CONTINUATION, CLOSE, PING = 0, 8, 9
EACH_PROCESS = 9000  # connections; a process has so many descriptors and no more
SOURCES = 200  # 127.0.3.1 and on
RETURNS = 1000  # a second, of all that were cut off: what connections cost is floods.py's
LOOK_SECONDS = 0.05
HIXIE = request("GET", "/echo/websocket", headers="Upgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://a.example\r\n"
                "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n")
BODY = b"POST /echo/000/loris/xhr_send HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n["
CHUNKS = b"POST /echo/000/loris/xhr_send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

# The port that it dribbles at, what it sends at once, and what by the byte.
PHASES = {
    "nothing at all": ("plain", b"", b""),
    "head": ("plain", b"GET /echo HTTP/1.1\r\nX: ", b"a" * 4000),
    "body": ("plain", BODY, b" " * 4000),
    "chunks": ("plain", CHUNKS, b"1\r\n[\r\n" * 700),
    "frame's header": ("plain", upgrade("/echo/000/loris/websocket"), frame(TEXT, b"", length=1 << 19)),
    "frame": ("plain", upgrade("/echo/000/loris/websocket") + frame(TEXT, b"", length=4000), b"x" * 4000),
    "raw: nothing at all": ("plain", upgrade("/echo/websocket"), b""),
    "raw: frame's header": ("plain", upgrade("/echo/websocket"), frame(TEXT, b"", length=1 << 19)),
    "raw: frame": ("plain", upgrade("/echo/websocket") + frame(TEXT, b"", length=4000), b"x" * 4000),
    "raw: fragments": ("plain", upgrade("/echo/websocket") + frame(TEXT, b"x", fin=False), frame(CONTINUATION, b"x", fin=False) * 500),
    "raw: ping": ("plain", upgrade("/echo/websocket"), frame(PING, b"x" * 125)),
    "raw: text of hixie-76": ("plain", HIXIE + b"^n:ds[4U\0", b"x" * 4000),
    "bytes of hixie-76": ("plain", HIXIE, b"^n:ds[4U"),
    "close handshake": ("plain", upgrade("/close/websocket"), frame(CLOSE, b"\x03\xe8")),
    "TLS handshake": ("tls", b"\x16\x03\x01", b"\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 32),
    "policy request": ("policy", b"<policy", b"-file-request/>"),
    "PROXY header": ("proxied", b"PROXY TCP4 ", b"192.0.2.1 192.0.2.2 1 2\r\n"),
}


# Those that bring no request: the server keeps no more of them waiting than a quarter of its descriptors.
SILENT = ("nothing at all", "head", "TLS handshake", "policy request", "PROXY header")


class Loris:
    """`with Loris(ports, ...):` so many connections of these phases dribble meanwhile, a byte each so many seconds. The server
    has so many descriptors; `soonest` is the age below which none may end."""

    def __init__(self, ports: dict[str, int], phases: list[str], connections: int, seconds: float, *, descriptors: int,
                 soonest: float = 0):
        self.ports, self.phases, self.seconds, self.soonest = ports, phases, seconds, soonest
        self.connections = connections
        each = connections / len(phases)
        silent = each * sum(phase in SILENT for phase in phases)
        self.held = min(min(silent, descriptors / 4) + connections - silent, descriptors)
        self.cut = {phase: multiprocessing.Value("q", 0) for phase in phases}
        self.early = {phase: multiprocessing.Value("q", 0) for phase in phases}
        self.open = multiprocessing.Value("q", 0)
        self.begun = multiprocessing.Value("q", 0)
        self.stopping = multiprocessing.Event()
        number = -(-connections // EACH_PROCESS)
        self.processes = [multiprocessing.Process(target=self._run, args=(place, connections // number), daemon=True)
                          for place in range(number)]

    def __enter__(self) -> Loris:
        for process in self.processes:
            process.start()
        end = time.monotonic() + 60
        while self.begun.value < self.connections - len(self.processes) and time.monotonic() < end:
            time.sleep(0.02)
        self.most = self.open.value
        return self

    def __exit__(self, *_) -> None:
        self.stopping.set()
        for process in self.processes:
            process.join(20)
            process.kill()
            process.join()

    def all_were_cut(self, seconds: float) -> None:
        """Waits until connections of each phase have been cut off by the server, none of them at once."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not all(cut.value for cut in self.cut.values()):
            time.sleep(0.05)
        equal([phase for phase, early in self.early.items() if early.value], [],
              f"phases that ended within {self.soonest:g} s, which is no deadline's doing")
        equal([phase for phase, cut in self.cut.items() if not cut.value], [], "phases in which nobody was cut off")

    def took_place(self, _: float) -> None:
        """As many dribbled at once as the server keeps."""
        note = self.note()
        true(self.most >= 0.9 * self.held, f"{note}; expected {0.9 * self.held:.0f}")

    def note(self) -> str:
        self.most = max(self.most, self.open.value)
        return f"{self.most} connections dribbled, {sum(cut.value for cut in self.cut.values())} were cut off"

    def _run(self, place: int, count: int) -> None:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        os.sched_setaffinity(0, {CORES[-1]})
        self.poll, self.under_way, self.away = select.epoll(), {}, []
        for number in range(count):
            self._begin(place * EACH_PROCESS + number)
            if number % 200 == 0:
                self._look(0)
        due = time.monotonic() + self.seconds
        last, may_return = time.monotonic(), 0.0
        while not self.stopping.is_set():
            self._look(LOOK_SECONDS)
            now = time.monotonic()
            may_return = min(may_return + (now - last) * RETURNS / len(self.processes), RETURNS)
            last = now
            while self.away and may_return >= 1:
                may_return -= 1
                self._begin(self.away.pop())
            if time.monotonic() < due:
                continue
            due = max(due, time.monotonic() - self.seconds) + self.seconds
            for number in list(self.under_way):
                self._dribble(number)

    def _begin(self, index: int) -> None:
        port, at_once, slowly = PHASES[self.phases[index % len(self.phases)]]
        connection, began = socket.socket(), time.monotonic()
        try:
            connection.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: the port is found when it connects
            connection.bind((f"127.0.3.{index % SOURCES + 1}", 0))
            connection.settimeout(5)
            connection.connect(("127.0.0.1", self.ports[port]))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if at_once:
                connection.sendall(at_once)
        except OSError:
            connection.close()
            self._count(self.begun)
            return
        connection.setblocking(False)
        self.under_way[connection.fileno()] = (connection, index, slowly, began)
        self.poll.register(connection, select.EPOLLIN)
        self._count(self.begun)
        self._count(self.open)

    def _dribble(self, number: int) -> None:
        connection, index, left, began = self.under_way[number]
        try:
            connection.send(left[:1])
            self.under_way[number] = (connection, index, left[1:], began)
        except BlockingIOError:
            pass
        except OSError:
            self._end(number)

    def _look(self, seconds: float) -> None:
        for number, _ in self.poll.poll(seconds):
            try:
                if self.under_way[number][0].recv(65536):
                    continue
            except BlockingIOError:
                continue
            except OSError:
                pass
            self._end(number)

    def _end(self, number: int) -> None:
        connection, index, _, began = self.under_way.pop(number)
        self.poll.unregister(number)
        connection.close()
        counts = self.cut if time.monotonic() - began >= self.soonest else self.early
        self._count(counts[self.phases[index % len(self.phases)]])
        self._count(self.open, -1)
        self.away.append(index)

    @staticmethod
    def _count(value, by: int = 1) -> None:
        with value.get_lock():
            value.value += by
