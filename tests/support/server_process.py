"""The built server as a child process: started on a port of the kernel's choice, watched, and stopped again."""

from __future__ import annotations

import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading

WATCHDOG_SECONDS = 60  # far beyond what a start or a stop takes; only a hang gets there


class ServerProcess:
    """`config` lacks `listen`. With `descriptors` it has no more of them (RLIMIT_NOFILE) than that."""

    def __init__(self, encke: str, config: dict, *, workers: int = 1, descriptors: int | None = None):
        command = [os.path.abspath(encke), "--listen", "127.0.0.1:0", "--workers", str(workers)]
        if descriptors is not None:
            command = ["prlimit", f"--nofile={descriptors}:{descriptors}", "--", *command]
        with tempfile.TemporaryDirectory(prefix="encke-test-") as folder:
            file = pathlib.Path(folder) / "encke.json"
            file.write_text(json.dumps(config))
            self.process = subprocess.Popen([*command, "--config", str(file)], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            self.log: collections.deque[str] = collections.deque(maxlen=400)
            self.alarms: list[str] = []
            self._ready = threading.Event()
            self._port = 0
            self._reader = threading.Thread(target=self._read, daemon=True)
            self._reader.start()
            self._ready.wait(WATCHDOG_SECONDS)
        if not self._port:
            self.process.kill()
            self.process.wait()
            raise SystemExit("the server did not come up:\n" + "\n".join(self.log))
        self.address = ("127.0.0.1", self._port)

    def _read(self) -> None:
        for raw in self.process.stderr:
            line = raw.decode("utf-8", "replace").rstrip()
            self.log.append(line)
            if re.search(r"Sanitizer|runtime error:|Assertion", line):
                self.alarms.append(line)
            if not self._port and (match := re.search(r"listening on http://127\.0\.0\.1:(\d+)/", line)):
                self._port = int(match[1])
                self._ready.set()
        self._ready.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def memory(self) -> int:
        """The bytes that are its own: the proportional set size of what is not shared with other processes."""
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="ascii") as rollup:
            fields = dict(line.split(":", 1) for line in rollup if ":" in line and line.endswith("kB\n"))
        return int(fields["Pss_Anon"].split()[0]) * 1024

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self) -> list[str]:
        """Ends it with SIGTERM. Answers what was wrong: a status other than 0, a sanitizer's or an assertion's word."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(WATCHDOG_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = "no end"
        self._reader.join(WATCHDOG_SECONDS)
        wrong = [f"the server said: {line}" for line in self.alarms[:5]]
        if status != 0:
            wrong.append(f"the server ended with {status}; its last lines: " + " / ".join(list(self.log)[-5:]))
        return wrong
