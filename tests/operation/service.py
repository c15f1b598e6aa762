"""The built server as a service of a machine sees it: its signals, its log, and what it tells systemd."""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE = 30  # seconds; only a hang gets there


class Service:
    """Runs COMMAND with a configuration, which it may be given anew; `told` is what it says to NOTIFY_SOCKET."""

    def __init__(self, command: list[str], config: dict, *flags: str, environment: dict | None = None,
                 sockets: dict | None = None, user: str | None = None, listen: str | None = "127.0.0.1:0"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="encke-service-"))
        self.file = self.folder / "encke.json"
        self.write(config)
        if user is not None:
            for place in (self.folder, self.file):
                shutil.chown(place, user)
        self.told: list[str] = []
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(f"\0encke-test-{os.getpid()}-{id(self)}")
        more = {"NOTIFY_SOCKET": "@" + self._notify.getsockname()[1:].decode(), **(environment or {})}
        given = sockets or {}
        if given:
            hand_in = pathlib.Path(__file__).resolve().parents[1] / "support/hand_in.py"
            command = [sys.executable, str(hand_in), ":".join(given), ",".join(str(each.fileno()) for each in given.values()),
                       *command]
        self.process = subprocess.Popen([*command, "--config", str(self.file), *(["--listen", listen] if listen else []), *flags],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        errors="replace", env=os.environ | more,
                                        pass_fds=[each.fileno() for each in given.values()])
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._read_log, self._read_notify)]
        for thread in self._threads:
            thread.start()
        self.port = int(re.search(r"listening on http://127\.0\.0\.1:(\d+)/", self.wait_line("listening on http"))[1])

    def write(self, config: dict | str) -> None:
        self.file.write_text(config if isinstance(config, str) else json.dumps(config), encoding="utf-8")

    def _add(self, place: list[str], text: str) -> None:
        with self._changed:
            place.append(text)
            self._changed.notify_all()

    def _read_log(self) -> None:
        for line in self.process.stderr:
            self._add(self.lines, line.rstrip("\n"))

    def _read_notify(self) -> None:
        while data := self._notify.recv(4096):
            for line in data.decode().split("\n"):
                self._add(self.told, line)

    def _wait(self, place: list[str], text: str, start: int) -> str:
        def found():
            return next((line for line in place[start:] if text in line), None)
        with self._changed:
            if not self._changed.wait_for(found, PATIENCE):
                raise AssertionError(f"no {text!r} in {place[start:]} (log: {self.lines[-10:]})")
            return found()

    def wait_line(self, text: str, start: int = 0) -> str:
        return self._wait(self.lines, text, start)

    def wait_told(self, text: str, start: int = 0) -> str:
        return self._wait(self.told, text, start)

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def reload(self, config: dict | str) -> list[str]:
        """The lines that it logs of it."""
        before, told = len(self.lines), len(self.told)
        self.write(config)
        self.send(signal.SIGHUP)
        self.wait_told("READY=1", told)
        marker = "the configuration"
        self.wait_line(marker, before)
        return [line.split(" ", 1)[1] for line in self.lines[before:]]

    def answer(self, path: str, method: str = "GET", body: str = "", headers: dict | None = None) -> http.client.HTTPResponse:
        """Its `text` is the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def ask(self, *request, **more) -> tuple[int, str]:
        answer = self.answer(*request, **more)
        return answer.status, answer.text

    def end(self, number: int = signal.SIGINT) -> tuple[int, float]:
        """Its exit status, and after how long."""
        begin = time.monotonic()
        self.send(number)
        return self.ended(begin)

    def ended(self, begin: float) -> tuple[int, float]:
        try:
            status = self.process.wait(PATIENCE)
        finally:
            self.close()
        return status, time.monotonic() - begin

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._threads[0].join(PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)
