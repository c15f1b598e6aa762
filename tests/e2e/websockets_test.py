#!/usr/bin/env python3
"""Debian's python3-websockets against the raw endpoint, with and without permessage-deflate in all its windows.

    websockets_test.py --encke build/encke
"""

import argparse
import asyncio
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from rule_runner import Runner, Skip, equal, true  # noqa: E402
from server_process import WATCHDOG_SECONDS, ServerProcess  # noqa: E402

try:
    import websockets
    from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
except ImportError:
    websockets = None

CONFIG = {"services": {"/echo": {"type": "echo", "protocols": ["one", "two"]}, "/close": {"type": "close"},
                       "/beating": {"type": "echo", "heartbeat_seconds": 0.2}}}
SIZES = [0, 1, 125, 126, 65535, 65536, 300000, 1 << 20]


def binary(size: int) -> bytes:
    """Half of it repeats, half does not, so that deflate has both."""
    return (b"Encke " * (size // 12 + 1) + bytes(i * i * 2654435761 >> 13 & 255 for i in range(size // 2)))[-size or size:]


def text(size: int) -> str:
    return "\u20ac\U0001f600" * (size // 7) + "x" * (size % 7)


def deflate(**options):
    return {"compression": None, "extensions": [ClientPerMessageDeflateFactory(**options)]}


def settings():
    yield "no extension", {"compression": None}
    yield "the library's own choice", {}
    for bits in (9, 10, 12, 15):
        yield f"server_max_window_bits={bits}", deflate(server_max_window_bits=bits)
        yield f"client_max_window_bits={bits}", deflate(client_max_window_bits=bits)
    yield "both windows 9", deflate(server_max_window_bits=9, client_max_window_bits=9)
    yield "no context takeover", deflate(server_no_context_takeover=True, client_no_context_takeover=True)
    yield "the server's context not taken over", deflate(server_no_context_takeover=True, client_max_window_bits=True)
    yield "the client's context not taken over", deflate(client_no_context_takeover=True)


async def echoes(url: str, options: dict) -> None:
    async with websockets.connect(url, max_size=None, **options) as socket:
        negotiated = [extension.name for extension in socket.extensions]
        equal(negotiated, [] if options.get("compression", "deflate") is None and "extensions" not in options
              else ["permessage-deflate"], "extensions")
        for size in SIZES:
            for message in (binary(size), text(size)):
                await socket.send(message)
                true(await socket.recv() == message, f"a message of {size} bytes came back changed")
        sent = [f"message {number}" for number in range(500)]
        for message in sent:
            await socket.send(message)
        equal([await socket.recv() for _ in sent], sent, "500 messages")


async def fragments(url: str, options: dict) -> None:
    async with websockets.connect(url, **options) as socket:
        parts = ["Gr", "", "\u00fc\u00dfe ", text(70000), "!"]
        await socket.send(parts)
        true(await socket.recv() == "".join(parts), "text in fragments came back changed")
        await socket.send([b"\0", b"", b"\xff" * 200])
        equal(await socket.recv(), b"\0" + b"\xff" * 200, "binary in fragments")
        pong = await socket.ping(b"are you there")
        await pong


async def protocol(url: str) -> None:
    for asked, agreed in ((["unknown", "two", "one"], "two"), (["one"], "one"), (["unknown"], None), (None, None)):
        async with websockets.connect(url, subprotocols=asked) as socket:
            equal(socket.subprotocol, agreed, f"sub-protocol where {asked} are asked for")


async def close_by_client(url: str) -> None:
    for code in (1000, 1001, 3000, 4999):
        socket = await websockets.connect(url)
        await socket.close(code, "enough")
        equal(socket.close_code, code, "close code")


async def close_by_server(url: str) -> None:
    async with websockets.connect(url) as socket:
        await socket.wait_closed()
        equal((socket.close_code, socket.close_reason), (3000, "Go away!"), "close code and reason")


async def heartbeats(url: str, framed: bool) -> None:
    """The library answers pings by itself; the session outlives several of them."""
    answered = asyncio.Semaphore(0)

    class Counting(websockets.WebSocketClientProtocol):
        async def pong(self, data: bytes = b"") -> None:
            await super().pong(data)
            answered.release()

    async with websockets.connect(url, create_protocol=Counting) as socket:
        if framed:
            equal(await socket.recv(), "o", "first frame")
        for number in range(5):
            await answered.acquire()
            await (await socket.ping())
            await socket.send(f'["{number}"]')
            equal(await socket.recv(), f'a["{number}"]' if framed else f'["{number}"]', "echo")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", required=True, help="the server's executable")
    encke = parser.parse_args().encke
    runner = Runner()

    def skip() -> None:
        raise Skip("Debian's python3-websockets is not installed")

    if websockets is None:
        runner.run("python3-websockets", skip)
        print("0 passed, 0 failed, 1 skipped")
        return 77
    server = ServerProcess(encke, CONFIG)
    base = server.url.replace("http:", "ws:")

    def check(name: str, call) -> None:
        async def bounded() -> None:
            await asyncio.wait_for(call, WATCHDOG_SECONDS)
        runner.run(name, lambda: asyncio.run(bounded()))

    for name, options in settings():
        check(f"messages of 0 to 1 MiB come back, {name}", echoes(base + "/echo/websocket", options))
        check(f"fragments and pings, {name}", fragments(base + "/echo/websocket", options))
    check("the client's sub-protocol, raw", protocol(base + "/echo/websocket"))
    check("the client's sub-protocol, framed as SockJS", protocol(base + "/echo/000/protocol/websocket"))
    check("close codes of the client", close_by_client(base + "/echo/websocket"))
    check("close code and reason of the server", close_by_server(base + "/close/websocket"))
    check("pings both ways", heartbeats(base + "/beating/000/python/websocket", True))
    check("pings both ways, raw", heartbeats(base + "/beating/websocket", False))
    runner.run("the server ends well", lambda: equal(server.stop(), [], "faults"))
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
