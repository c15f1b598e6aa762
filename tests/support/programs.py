"""Starts programs that serve, talks to them with the conformance tests' raw clients, and ends them again.

Whoever imports this finds those clients as `support.…`, since the folder tests/conformance is put on the path here.
"""

from __future__ import annotations

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/conformance"))

from support.http import fetch  # noqa: E402
from support.server import Server  # noqa: E402
from support.transports import ADAPTERS  # noqa: E402
from support.websocket import WebSocket  # noqa: E402

WATCHDOG_SECONDS = 60  # far beyond what anything here takes; only a hang gets there


def listening_port(pid: int) -> int | None:
    """The port of a socket that the process listens on; None while there is none."""
    sockets = set()
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(link)
        except OSError:  # closed meanwhile
            continue
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    for line in pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[9] in sockets:
            return int(fields[1].rpartition(":")[2], 16)
    return None


class Program:
    """A program that listens on 127.0.0.1. Use it with `with`: it is killed at the end where it was not stopped."""

    def __init__(self, *command: str, transports: list[str] | None = None, **more):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, **more)
        end = time.monotonic() + WATCHDOG_SECONDS
        self.port = None
        while self.port is None:
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                raise AssertionError(f"{command[0]} did not come up:\n{self.process.communicate()[0]}")
            try:
                self.port = listening_port(self.process.pid)
            except FileNotFoundError:  # it has just ended
                continue
        self.server = Server("127.0.0.1", self.port, list(ADAPTERS) if transports is None else transports)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self, how: int = signal.SIGTERM) -> tuple[int, str]:
        """Sends the signal; the exit status and all that was printed."""
        self.process.send_signal(how)
        output = self.process.communicate(timeout=WATCHDOG_SECONDS)[0]
        return self.process.returncode, output


def on_sockjs(transports: list[str]) -> list[str]:
    """Those that SockJS's wire has: raw sockets carry the facade's alone."""
    return [name for name in transports if name != "flash"]


def echoes(program: Program, path: str, transport: str, messages: list[str]) -> list[str]:
    """Sends the messages in a session on a transport and answers what came back."""
    session = ADAPTERS[transport].session(program.server, path).open()
    for message in messages:
        session.send(message)
    back = session.messages(len(messages))
    session.close()
    return back


def raw_echo(program: Program, path: str, message: str) -> str:
    """Sends a message over a raw WebSocket and answers what came back."""
    socket = WebSocket(program.server, path + "/websocket")
    socket.text(message)
    back = socket.next()[1].decode()
    socket.close()
    return back


def page(program: Program, path: str) -> tuple[int, str, str]:
    """Status, content type and text of a GET."""
    reply, body = fetch(program.server, "GET", path)
    return reply.status, reply.get("content-type") or "", body.decode("utf-8")


def counted(result) -> int:
    """Prints what a unittest run was, as run_all.py counts it; the exit status."""
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped)
    for test, why in result.skipped:
        print(f"skipped  {test}: {why}")
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or not result.testsRun else 0


def fenced(path: str, language: str) -> list[tuple[int, str]]:
    """The code blocks of a language in a Markdown file of the project: (line number, text) each."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return [(text.count("\n", 0, match.start()) + 2, match[1])
            for match in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)]
