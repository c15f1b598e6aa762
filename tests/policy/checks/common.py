"""A server with a policy, data connections to it, and bytes at its ports."""

from __future__ import annotations

import contextlib
import socket
import threading

from rule_runner import Failed, equal, true
from server_process import ServerProcess
from support import drafts
from support.facade import Page
from support.server import Server
from support.transports import FlashTransport

from flash_player import REQUEST

HOST = "127.0.0.1"
WATCHDOG_SECONDS = 60
SERVICES = {"/echo": {"type": "echo"}}
TRANSPORTS: list[str] = []  # those that the server was built with; run.py finds out


@contextlib.contextmanager
def running(encke: str, policy: dict | None, **options):
    """A server with that flash_policy; it must end well."""
    config = {"services": SERVICES, **options.pop("config", {})}
    if policy is not None:
        config["flash_policy"] = policy
    server = ServerProcess(encke, config, **options)
    try:
        yield server
    finally:
        faults = server.stop()
    equal(faults, [], "faults")


def talk(port: int) -> None:
    """Data connections, as web-socket-js makes them in Flash, a handshake of hixie-76, and as encke.swf does; and echoes over them."""
    if "flash" in TRANSPORTS:
        raw = Page(FlashTransport(), Server(HOST, port, TRANSPORTS)).attach()
        raw.send("through Flash", b"\0\xff")
        equal(raw.messages(2), ["through Flash", b"\0\xff"], "echoes over a raw socket")
        raw.close()
    if "websocket" not in TRANSPORTS:
        data = answer(port, b"GET /echo HTTP/1.0\r\n\r\n")
        true(isinstance(data, bytes) and data.endswith(b"\r\n\r\nWelcome to SockJS!\n"), f"it said {data!r:.200}")
        return
    client = drafts.Hixie76(Server(HOST, port, TRANSPORTS), "/echo/websocket")
    client.text("through Flash")
    equal(client.next()[1], b"through Flash", "echo")
    client.close()


def rest(connection: socket.socket) -> bytes | str:
    """All that comes to its end; "reset" where it is reset with nothing before."""
    data = b""
    connection.settimeout(WATCHDOG_SECONDS)
    try:
        while chunk := connection.recv(65536):
            data += chunk
    except ConnectionResetError:
        return data or "reset"
    return data


def connect(port: int, source: str | None = None) -> socket.socket:
    connection = socket.create_connection((HOST, port), WATCHDOG_SECONDS, (source, 0) if source else None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def greeting(port: int) -> bytes | str:
    """What one hears who says nothing. A reset may be there before connect() has looked."""
    try:
        with connect(port) as connection:
            return rest(connection)
    except ConnectionResetError:
        return "reset"


def answer(port: int, request: bytes = REQUEST) -> bytes | str:
    with connect(port) as connection:
        connection.sendall(request)
        return rest(connection)


@contextlib.contextmanager
def silent_port():
    """A port that takes connections and says nothing, as behind some firewalls."""
    with socket.create_server((HOST, 0), backlog=100) as listener:
        yield listener.getsockname()[1]


def wait_until(condition, what: str) -> None:
    """Of a state that nothing announces."""
    clock = threading.Event()
    for _ in range(WATCHDOG_SECONDS * 20):
        if condition():
            return
        clock.wait(0.05)
    raise Failed(what)


def unused_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]


def is_policy(data: bytes | str, what: str) -> bytes:
    """One NUL, at the end."""
    true(isinstance(data, bytes) and data.endswith(b"</cross-domain-policy>\n\0") and data.count(b"\0") == 1,
         f"{what}: no policy: {data!r:.200}")
    return data[:-1]
