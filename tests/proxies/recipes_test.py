#!/usr/bin/env python3
"""nginx and HAProxy with the recipes of docs/operations.md in front of the server: all transports get through in time, the
client's own address is what counts, and nothing cuts off who is silent between two heartbeats.

    recipes_test.py --encke build/encke
"""

import argparse
import copy
import os
import pathlib
import re
import socket
import ssl
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "conformance")]

from recipes import HOURGLASS, KINDS, PROGRAMS, STREAM_MODULE, Folder, Proxy, replaced, start_server  # noqa: E402
from rule_runner import Runner, Skip, equal, true  # noqa: E402
from support.drafts import DRAFTS  # noqa: E402
from support.facade import Page, opened  # noqa: E402
from support.http import Peer, ask, fetch, wait_until  # noqa: E402
from support.rules import WATCHDOG_SECONDS, Failed  # noqa: E402
from support.server import Server, registry  # noqa: E402
from support.tls import client_context  # noqa: E402
from support.transports import ADAPTERS, Receiver  # noqa: E402
from support.websocket import TEXT, WebSocket  # noqa: E402

TRANSPORTS = ("websocket", "xhr_stream", "eventsource", "xhr_poll", "jsonp")
FORGED = {"X-Forwarded-For": "192.0.2.66", "X-Forwarded-Proto": "http"}
MOST_SESSIONS = 6  # of one address
LARGE = "x" * (3 << 20)
HEARTBEAT = 25 / HOURGLASS
SILENCE = 75 / HOURGLASS  # that a proxy bears
MORE = {
    "services": {
        "/echo": {"type": "echo", "heartbeat_seconds": HEARTBEAT, "disconnect_delay_seconds": 1},
        "/few": {"type": "echo", "limits": {"sessions_per_address": MOST_SESSIONS}},
        "/old": {"type": "echo", "unmasked_drafts_need_tls": True},
    },
    "limits": {"unlimited_addresses": ["127.0.0.1"]}, "log": {"access": True}, "workers": 2,
}


class Joined(Peer):
    """The bytes of a body, however it was cut on the way: a proxy joins chunks that it finds together."""

    def __init__(self, reply):  # pylint: disable=super-init-not-called
        self.reply, self.server, self.sock = reply, reply.peer.server, reply.peer.sock
        self.buffer, self.ended = bytearray(), False

    def fill(self):
        data = self.reply.chunk()
        self.buffer += data
        self.ended = not data
        return not self.ended


def behind(transport):
    """A transport of the conformance suite's; streams are read as a browser reads them."""
    if not transport.http or not transport.streams:
        return transport

    class Browsers(type(transport)):
        def receive(self, server, root, headers=()):
            reply = ask(server, self.method, self.url(root), headers, b"" if self.method == "POST" else None)
            joined = copy.copy(reply)
            joined.peer, joined.mode = Joined(reply), "close"
            return Receiver(self, joined)

    return Browsers()


class Recipe:
    """A proxy that runs with a recipe, and clients behind it. No two recipes have clients at one address."""

    numbers = iter(range(1, 100))

    def __init__(self, name: str, proxy: Proxy, server, folder: Folder, registry_: list[str], plain: bool):
        self.name, self.proxy, self.server = name, proxy, server
        self.program, self.kind, self.plain = proxy.program, proxy.kind, plain
        self.number = next(self.numbers)
        self.transports = [behind(ADAPTERS[name]) for name in TRANSPORTS if name in registry_]
        self.context = client_context(str(folder.path / "cert.pem"))
        self.registry = registry_
        self.waiting: list = []
        self.raw: WebSocket | None = None

    def need(self, transport: str) -> None:
        if transport not in self.registry:
            raise Skip(f"the server was built without {transport}")

    def opposites(self) -> list[str]:
        """A transport that is no HTTP after its beginning, and one that is nothing else, where they are built in."""
        return [name for name in ("websocket", "xhr_poll") if name in self.registry]

    def client(self, number: int = 1) -> Server:
        client = Server("127.0.0.1", self.proxy.port, self.registry, self.context)
        client.source = f"127.77.{self.number}.{number}"
        return client

    # ---- the rules -------------------------------------------------------------------------------------------

    def messages_come_one_by_one(self) -> str:
        """What a proxy held back would never come: each message is sent when the one before is there."""
        begin = time.monotonic()
        for transport in self.transports:
            session = transport.session(self.client(), "/echo").open()
            for number in range(20):
                session.send(f"message {number}")
                equal(session.messages(1), [f"message {number}"], f"what came back over {transport.name}")
            session.close()
        for name in self.opposites():
            page = Page(ADAPTERS[name], self.client()).attach()
            for number in range(5):
                page.send(f"message {number}")
                equal(page.messages(1), [f"message {number}"], f"what came back to a page of the facade's over {name}")
            page.close()
        return f"{time.monotonic() - begin:.2f} s"

    def large_ones_too(self) -> None:
        for name in self.opposites():
            session = ADAPTERS[name].session(self.client(), "/echo").open()
            session.send(LARGE)
            true(session.messages(1) == [LARGE], f"{len(LARGE)} bytes over {name} came back changed")
            session.close()

    def the_log_names_the_client(self) -> None:
        """Of each session, on one transport or another; what a client says of itself is not heeded."""
        def seen(client):
            return {found[1] for line in list(self.server.log)
                    if (found := re.search(rf" session service=/echo transport=(\w+) remote={re.escape(client.source)} ", line))}
        wait_until(lambda: seen(self.client()) == {each.name for each in self.transports},
                   f"the log has sessions of {self.client().source} on all transports")
        self.need("websocket")
        liar = self.client(2)
        web = WebSocket(liar, "/echo/websocket", headers=list(FORGED.items()))
        web.text("x")
        equal(web.next(), (TEXT, b"x"), "the echo")
        web.close()
        wait_until(lambda: seen(liar) == {"websocket"}, f"the log has a session of {liar.source}")

    def limits_count_for_each_client(self) -> None:
        for _ in range(MOST_SESSIONS):
            opened(self.client(3), "/few", FORGED)
        reply, body = fetch(self.client(3), "POST", "/few/encke.1/open", {"X-Forwarded-For": "192.0.2.67"}, b"")
        equal(reply.status, 429, f"status of one session too many of an address ({body!r})")
        true(reply.get("retry-after"), "a 429 without Retry-After")
        opened(self.client(4), "/few", FORGED)

    def it_counts_as_tls(self) -> None:
        """For drafts of WebSocket whose clients are told a place that begins with wss; HAProxy refuses handshakes without a key itself, and
        a PROXY header does not say that there was TLS before it."""
        self.need("websocket")
        by_proxy = self.program == "haproxy" and self.kind != KINDS[2]
        if by_proxy or self.plain:
            fields = [("Upgrade", "WebSocket"), ("Connection", "Upgrade"), ("Origin", "https://a.example")]
            equal(fetch(self.client(), "GET", "/old/websocket", fields)[0].status, 400 if by_proxy else 403, "the answer to hixie-75")
            return
        old = DRAFTS["hixie-75"](self.client(), "/old/websocket")
        old.text("x")
        equal(old.next(), (TEXT, b"x"), "the echo")
        old.peer.close()

    # ---- silence ---------------------------------------------------------------------------------------------

    def begin_silence(self) -> None:
        """Clients that only listen, and answer pings, until a message comes that is sent when the time is over."""
        for transport in self.transports:
            if transport.streams:
                session = transport.session(self.client(5), "/echo").open()
                told: list = []
                thread = threading.Thread(target=listen, args=(session, told), daemon=True)
                thread.start()
                self.waiting.append((session, getattr(session, "receiver", None), told, thread))
        self.need("websocket")
        self.raw = WebSocket(self.client(6), "/echo/websocket")
        self.raw_told: list = []
        self.raw_thread = threading.Thread(target=lambda: self.raw_told.append(self.raw.next()), daemon=True)
        self.raw_thread.start()

    def heartbeats_keep_the_silent_open(self) -> str:
        for session, receiver, told, thread in self.waiting:
            name = session.transport.name
            true(thread.is_alive(), f"what came over {name} too early: {told}")
            session.send("still there?")
            thread.join(WATCHDOG_SECONDS)
            equal(told, [["still there?"]], f"what came over {name}")
            true(receiver is getattr(session, "receiver", None), f"the stream over {name} ended, and another was opened")
            session.close()
        self.need("websocket")
        true(self.raw, "no raw WebSocket was opened")
        true(self.raw_thread.is_alive(), f"what came over a raw WebSocket too early: {self.raw_told}")
        self.raw.text("still there?")
        self.raw_thread.join(WATCHDOG_SECONDS)
        equal(self.raw_told, [(TEXT, b"still there?")], "what came over a raw WebSocket")
        return f"after {SILENCE * 1.3:.1f} s, where the proxy bears {SILENCE:.1f} s"


def listen(session, told: list) -> None:
    try:
        told.append(session.messages(1))
    except (Failed, OSError) as why:
        told.append(str(why))


class Run:
    def __init__(self, encke: str):
        self.encke, self.registry = encke, registry(encke)
        self.folder = Folder()
        self.servers: dict = {}
        self.proxies: list[Proxy] = []

    def proxy(self, program: str, kind: str, change=lambda text: text, plain: bool = False) -> Proxy:
        if not pathlib.Path(PROGRAMS[program]).exists() or (program == "nginx" and "through" in kind and not STREAM_MODULE.exists()):
            true(not os.environ.get("CI"), f"{program} is not installed")
            raise Skip(f"{program} is not installed")
        if (kind, plain) not in self.servers:
            self.servers[kind, plain] = start_server(self.encke, kind, self.folder, MORE, plain)
        self.proxies.append(Proxy(program, kind, self.servers[kind, plain], self.folder, change))
        return self.proxies[-1]

    def recipe(self, name: str, program: str, kind: str, change=lambda text: text, plain: bool = False) -> Recipe:
        proxy = self.proxy(program, kind, change, plain)
        return Recipe(name, proxy, self.servers[kind, plain], self.folder, self.registry, plain)

    def close(self) -> list[str]:
        """Ends all that runs, once. Answers what was wrong with the servers."""
        while self.proxies:
            self.proxies.pop().stop()
        wrong: list[str] = []
        while self.servers:
            wrong += self.servers.popitem()[1].stop()
        self.folder.close()
        return wrong


def ends_tls(text: str) -> str:
    """As the document says behind the recipes."""
    if "listen 443" in text:
        return replaced(text, "listen 443;", "listen 443 ssl;\n    ssl_certificate /etc/nginx/site.pem;\n    ssl_certificate_key /etc/nginx/site.key;")
    return re.sub(r" check-ssl .*", "", replaced(text, "bind :443", "bind :443 ssl crt /etc/haproxy/site.pem"))


def refuses_others(run: Run, program: str, status: int) -> None:
    proxy = run.proxy(program, "TLS on both sides", lambda text: replaced(text, "encke-ca.pem", "other.pem"))
    client = Server("127.0.0.1", proxy.port, run.registry, client_context(str(run.folder.path / "cert.pem")))
    equal(fetch(client, "GET", "/echo")[0].status, status, "status where the server's certificate is not the one that is trusted")


def tells_of_tls(run: Run, program: str, kind: str) -> None:
    """What reaches a server: HAProxy lets no client through that Encke's answers would differ for."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WATCHDOG_SECONDS)
        heads: list[bytes] = []
        thread = threading.Thread(target=take_head, args=(listener, run.folder if kind == KINDS[1] else None, heads), daemon=True)
        thread.start()
        proxy = run.proxy(program, kind, lambda text: re.sub(r"127\.0\.0\.1:8\d{3}\b", f"127.0.0.1:{listener.getsockname()[1]}", text))
        client = Server("127.0.0.1", proxy.port, run.registry, client_context(str(run.folder.path / "cert.pem")))
        client.source = "127.77.0.1"
        equal(fetch(client, "GET", "/", FORGED)[0].status, 204, "status of what a server of the test's own answers")
        thread.join(WATCHDOG_SECONDS)
    fields = [line.split(": ", 1) for line in heads[0].decode().split("\r\n")[1:] if line]
    told = {name: [value for each, value in fields if each.lower() == name] for name in ("x-forwarded-proto", "x-forwarded-for")}
    equal(told["x-forwarded-proto"], ["https"], "X-Forwarded-Proto at the server")
    equal(told["x-forwarded-for"][-1].split(", ")[-1], client.source, "the last address of X-Forwarded-For at the server")


def take_head(listener: socket.socket, folder: Folder | None, heads: list[bytes]) -> None:
    """The head of a request that comes to a server, one of TLS with a folder."""
    line, _ = listener.accept()
    line.settimeout(WATCHDOG_SECONDS)
    if folder:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder.path / "cert.pem", folder.path / "cert.key")
        line = context.wrap_socket(line, server_side=True)
    head = b""
    while b"\r\n\r\n" not in head and (more := line.recv(65536)):
        head += more
    heads.append(head)
    line.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    line.close()


def says_ready(run: Run) -> None:
    """HAProxy asks by a PROXY header of its own, over TLS."""
    proxy = run.proxy("haproxy", "TLS passed through")
    wait_until(lambda: proxy.checks() == ["L7OK"], "HAProxy finds the server ready")


def check(run: Run, runner: Runner) -> None:
    recipes: list[Recipe] = []

    def start(name: str, program: str, kind: str, change=lambda text: text, plain: bool = False) -> None:
        def made():
            recipes.append(run.recipe(name, program, kind, change, plain))
        runner.run(f"{name}: it starts", made)

    for kind in KINDS:
        for program in PROGRAMS:
            start(f"{program}, {kind}", program, kind)
    start(f"haproxy, {KINDS[2]}, PROXY version 1", "haproxy", KINDS[2], lambda text: replaced(text, "send-proxy-v2", "send-proxy"))
    start(f"nginx, {KINDS[2]}, which ends there", "nginx", KINDS[2], ends_tls, True)
    start(f"haproxy, {KINDS[2]}, which ends there", "haproxy", KINDS[2], ends_tls, True)
    for recipe in recipes:
        runner.run(f"{recipe.name}: clients begin to listen", recipe.begin_silence)
    end = time.monotonic() + SILENCE * 1.3
    for recipe in recipes:
        for what, rule in (("messages come one by one, on each transport", recipe.messages_come_one_by_one),
                           ("large messages pass", recipe.large_ones_too),
                           ("the server knows of TLS where it can", recipe.it_counts_as_tls),
                           ("sessions of an address are limited apart from those of others", recipe.limits_count_for_each_client)):
            runner.run(f"{recipe.name}: {what}", rule)
    for recipe in recipes:
        runner.run(f"{recipe.name}: the log names the client's address, not the proxy's, nor what the client says", recipe.the_log_names_the_client)
    for program, status in (("nginx", 502), ("haproxy", 503)):
        runner.run(f"{program}: a server with another certificate is not spoken to", lambda: refuses_others(run, program, status))
        for kind in KINDS[:2]:
            runner.run(f"{program}, {kind}: a server is told that its client came by https, whatever that says", lambda: tells_of_tls(run, program, kind))
    runner.run("haproxy: a server behind a PROXY header and TLS is found ready", lambda: says_ready(run))
    time.sleep(max(0.0, end - time.monotonic()))
    for recipe in recipes:
        runner.run(f"{recipe.name}: heartbeats keep a stream and a socket open", recipe.heartbeats_keep_the_silent_open)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", required=True, help="the server's executable")
    runner = Runner()
    run = Run(os.path.abspath(parser.parse_args().encke))
    try:
        check(run, runner)
        runner.run("the servers end well", lambda: equal(run.close(), [], "what the servers said at their end"))
    finally:
        run.close()
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
