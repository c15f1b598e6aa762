"""Every file descriptor in use: those connected are served, the log stays short, and it recovers."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import tempfile
import time

from rule_runner import equal, true
from server_process import ServerProcess

from .clients import WATCHDOG_SECONDS, Pairs, Peer, request
from .waiting import wait_until

DESCRIPTORS = 80
TROUBLE = "cannot accept connections"
LINES = 3  # how many log lines to wait for


@contextlib.contextmanager
def starved_server(encke: str, workers: int):
    """A server with few descriptors, that also serves a file."""
    with tempfile.TemporaryDirectory(prefix="encke-overload-") as folder:
        (pathlib.Path(folder) / "file.txt").write_text("here\n", encoding="ascii")
        config = {"services": Pairs.SERVICES, "static": {"/static": folder}}
        yield ServerProcess(encke, config, workers=workers, descriptors=DESCRIPTORS)


def served(address) -> bool:
    peer = None
    try:
        peer = Peer(address)
        peer.send(request("GET", "/none"))
        return peer.answer()[0] == 404
    except Exception:  # pylint: disable=broad-except
        return False
    finally:
        if peer:
            peer.close()


def check(server) -> str:
    """Descriptors exhausted: those connected go on, at most one log line a second, new ones when some are free."""
    address = server.address
    pairs = Pairs(address)
    pairs.progress()
    reader = Peer(address)  # connected before, and asks for a file when descriptors are few
    reader.send(request("GET", "/static/file.txt"))
    equal(reader.answer(), (200, b"here\n"), "the file before")

    def lines() -> int:
        return sum(TROUBLE in line for line in tuple(server.log))

    held: list[socket.socket] = []
    refused = 0
    begin = time.monotonic()
    while lines() < LINES and time.monotonic() - begin < WATCHDOG_SECONDS:
        try:
            peer = socket.create_connection(address, WATCHDOG_SECONDS)
        except ConnectionError:
            refused += 1
            continue
        held.append(peer)
        if len(held) > 3 * DESCRIPTORS:  # the oldest refused ones have been closed by the server
            held.pop(DESCRIPTORS).close()
            refused += 1
    true(lines() >= LINES, f"{lines()} log lines about it, expected {LINES}")
    pairs.progress()
    reader.send(request("GET", "/static/file.txt"))
    equal(reader.answer(), (200, b"here\n"), "the file while connections are refused")
    reader.close()
    written, seconds = lines(), time.monotonic() - begin
    true(written <= seconds + 2, f"{written} log lines in {seconds:.1f} s, expected one a second at most")
    true(server.descriptors() <= DESCRIPTORS, "more descriptors than there can be")
    for peer in held:
        peer.close()
    wait_until(lambda: served(address), "no new connection is served after descriptors became free")
    pairs.progress()
    return f"{written} log lines in {seconds:.1f} s; {refused} refused; {pairs.stop()}"
