"""Connections opened and dropped at random while messages flow: the messages arrive, nothing stays behind."""

from __future__ import annotations

import random
import select
import socket
import struct

from rule_runner import Failed

from .clients import TEXT, WATCHDOG_SECONDS, frame, request, session_id, upgrade

CONCURRENT = 200  # connections under way at once
RESET = struct.pack("ii", 1, 0)


def script(chance: random.Random) -> list[bytes]:
    """What one connection sends; between two parts it waits for an answer."""
    base = f"/echo/000/{session_id()}"
    kind = chance.choice(("nothing", "half head", "half body", "poll", "send", "stream", "socket", "mid-frame", "noise"))
    if kind == "nothing":
        return []
    if kind == "half head":
        head = request("POST", f"{base}/xhr")
        return [head[:chance.randrange(1, len(head))]]
    if kind == "half body":
        return [request("POST", f"{base}/xhr"), request("POST", f"{base}/xhr_send", b"[" + b" " * 3000)[:-chance.randrange(1, 3000)]]
    if kind == "poll":
        return [request("POST", f"{base}/xhr")] * chance.randrange(1, 3)
    if kind == "send":
        return [request("POST", f"{base}/xhr"), request("POST", f"{base}/xhr_send", b'["late"]' * chance.randrange(1, 3)),
                request("POST", f"{base}/xhr")]
    if kind == "stream":
        leaf = chance.choice(("xhr_streaming", "eventsource", "htmlfile?c=c"))
        return [request("POST" if leaf == "xhr_streaming" else "GET", f"{base}/{leaf}")]
    if kind == "noise":
        return [chance.randbytes(chance.randrange(1, 2000))]
    path = chance.choice((f"{base}/websocket", "/echo/websocket"))
    if kind == "socket":
        return [upgrade(path), frame(TEXT, b'["' + b"x" * chance.randrange(5000) + b'"]') * chance.randrange(1, 4)]
    whole = frame(TEXT, b'["' + b"x" * 70000 + b'"]')
    return [upgrade(path) + whole[:chance.randrange(1, len(whole))]]


class Drop:
    """One connection on its way through its script."""

    def __init__(self, address, chance: random.Random):
        self.parts = script(chance)
        self.cut = chance.random() < 0.3  # drops without waiting for the last answer
        self.end = chance.choice(("close", "reset", "shutdown"))
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.socket.connect_ex(address)
        self.wants = select.EPOLLOUT

    def step(self) -> bool:
        """Goes one step further; true at the end."""
        try:
            if self.wants == select.EPOLLIN:
                if not self.socket.recv(65536):
                    return True
            if not self.parts:
                return True
            part = self.parts[0]
            sent = self.socket.send(part)
        except BlockingIOError:
            return False
        except OSError:
            return True
        if sent < len(part):
            self.parts[0] = part[sent:]
            self.wants = select.EPOLLOUT
            return False
        self.parts.pop(0)
        self.wants = select.EPOLLIN
        return not self.parts and self.cut

    def drop(self) -> None:
        try:
            if self.end == "reset":
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            elif self.end == "shutdown":
                self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        self.socket.close()


def drop_many(address, count: int, chance: random.Random) -> None:
    """Opens and drops `count` connections; those that wait for an answer that never comes are dropped now and then."""
    poll = select.epoll()
    under_way: dict[int, Drop] = {}
    started = 0
    idle = 0
    while started < count or under_way:
        while started < count and len(under_way) < CONCURRENT:
            drop = Drop(address, chance)
            under_way[drop.socket.fileno()] = drop
            poll.register(drop.socket, drop.wants)
            started += 1
        ready = poll.poll(0.02)
        idle = 0 if ready else idle + 1
        if idle > WATCHDOG_SECONDS * 50:
            raise Failed(f"{len(under_way)} connections hang")
        ended = []
        for number, _ in ready:
            drop = under_way[number]
            wanted = drop.wants
            if drop.step():
                ended.append(number)
            elif drop.wants != wanted:
                poll.modify(number, drop.wants)
        # Polls and half requests are never answered; some of those that wait lose patience.
        for number, drop in under_way.items():
            if drop.wants == select.EPOLLIN and number not in ended and chance.random() < (0.02 if ready else 0.5):
                ended.append(number)
        for number in set(ended):
            poll.unregister(number)
            under_way.pop(number).drop()
    poll.close()
