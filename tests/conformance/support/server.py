"""Starts the server under test on a port of the kernel's choosing and ends it again."""

import collections
import json
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading

from .http import Peer, fetch
from .rules import Skip, WATCHDOG_SECONDS, equal, true
from .tls import client_context, make_certificate


class Server:
    """Where the server under test listens. With `source` connections to it come from that address of this machine."""

    source: str | None = None

    def __init__(self, host: str, port: int, transports: list[str], tls: ssl.SSLContext | None = None):
        self.host, self.port, self.transports, self.tls = host, port, transports, tls
        self.socket_url = f"{'wss' if tls else 'ws'}://{host}:{port}"

    def need(self, transport: str) -> None:
        """Skips the rule where the server was built without the transport."""
        if transport not in self.transports:
            raise Skip(f"the server was built without {transport}")

    def need_sends(self) -> None:
        """Skips the rule where every transport that is built in brings its own way up, so that there is no xhr_send."""
        if set(self.transports) <= {"websocket", "flash", "json_request", "jsonp"}:
            raise Skip("the server was built without transports that send by xhr_send")

    def alive(self) -> None:
        """It must still answer others, whatever one connection did."""
        reply, body = fetch(self, "GET", "/echo")
        equal((reply.status, body), (200, b"Welcome to SockJS!\n"), "greeting after the attack")

    def peer(self) -> Peer:
        return Peer(self)


class Process(Server):
    """A server of our own, started for this run."""

    def __init__(self, encke: str, config: str, transports: list[str], over_tls: bool = False):
        folder = tempfile.TemporaryDirectory(prefix="encke-conformance-")
        built = pathlib.Path(folder.name) / "encke.json"
        content = for_registry(json.loads(pathlib.Path(config).read_text()), transports)
        listen: dict = {"address": "127.0.0.1:0"}
        tls = None
        if over_tls:
            listen["tls"] = make_certificate(pathlib.Path(folder.name))
            tls = client_context(listen["tls"]["certificate"])
        content["listen"] = [listen]
        built.write_text(json.dumps(content))
        shutil.copy(pathlib.Path(config).parent / "token.secret", folder.name)
        self.process = subprocess.Popen([encke, "--config", str(built)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        self.log: collections.deque[str] = collections.deque(maxlen=400)
        self.alarms: list[str] = []
        self._ready = threading.Event()
        self._found: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._ready.wait(60)
        if not self._found:
            self.process.kill()
            raise SystemExit("the server did not come up:\n" + "\n".join(self.log))
        folder.cleanup()
        super().__init__("127.0.0.1", int(self._found[0]), transports, tls)

    def _read(self) -> None:
        for raw in self.process.stderr:
            line = raw.decode("utf-8", "replace").rstrip()
            self.log.append(line)
            if re.search(r"AddressSanitizer|ThreadSanitizer|runtime error:|Assertion", line):
                self.alarms.append(line)
            if not self._found and (match := re.search(r"listening on https?://127\.0\.0\.1:(\d+)/", line)):
                self._found.append(match[1])
                self._ready.set()
        self._ready.set()

    def stop(self) -> None:
        """SIGTERM must end it with status 0."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(3 * WATCHDOG_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = "no end"
        self._reader.join(WATCHDOG_SECONDS)
        equal(status, 0, "status after SIGTERM")

    def clean(self) -> None:
        """No sanitizer and no assertion may have spoken."""
        true(not self.alarms, f"the server's log: {self.alarms[:3]}")


def for_registry(config: dict, transports: list[str]) -> dict:
    """The configuration without services whose transports this server was built without."""
    config["services"] = {path: options for path, options in config["services"].items()
                          if set(options.get("transports", ())) <= set(transports)}
    return config


def registry(encke: str) -> list[str]:
    """The transports that this server was built with."""
    text = subprocess.run([encke, "--list-transports"], check=True, capture_output=True, text=True,
                          timeout=WATCHDOG_SECONDS).stdout
    return text.split()
