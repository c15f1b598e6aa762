"""The built server as a child process: started on a port of the kernel's choice, watched, and stopped again."""

from __future__ import annotations

import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

WATCHDOG_SECONDS = 60  # far beyond what a start or a stop takes; only a hang gets there


def cpu_ns(process: int) -> int:
    """The time that all threads of a process have had a core, user and system, in nanoseconds."""
    folder = pathlib.Path(f"/proc/{process}/task")
    return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in folder.iterdir())


class ServerProcess:
    """`config` lacks `listen`, unless `listen` is None. With `descriptors` it has no more of them (RLIMIT_NOFILE)
    than that. `flags` are more of the command line, `sockets` listening ones that it finds from descriptor 3 on,
    under their names, as systemd would hand them in.

    `address` is the first that it listens at, `ports` are all. With flash_policy.listen in it `policy_ports` are where that is answered.
    """

    def __init__(self, encke: str, config: dict, *, workers: int = 1, descriptors: int | None = None,
                 listen: str | None = "127.0.0.1:0", flags: tuple[str, ...] = (), sockets: dict = {}):
        command = [os.path.abspath(encke), *(["--listen", listen] if listen else []), "--workers", str(workers), *flags]
        if sockets:
            command = [sys.executable, str(pathlib.Path(__file__).with_name("hand_in.py")), ":".join(sockets),
                       ",".join(str(each.fileno()) for each in sockets.values()), *command]
        if descriptors is not None:
            command = ["prlimit", f"--nofile={descriptors}:{descriptors}", "--", *command]
        self._folder = tempfile.TemporaryDirectory(prefix="encke-test-")  # it reads its file again when it is told to
        file = pathlib.Path(self._folder.name) / "encke.json"
        file.write_text(json.dumps(config))
        self.process = subprocess.Popen([*command, "--config", str(file)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        pass_fds=[each.fileno() for each in sockets.values()])
        self.log: collections.deque[str] = collections.deque(maxlen=400)
        self.alarms: list[str] = []
        self._ready = threading.Event()
        self._port = 0
        self.ports: list[int] = []
        self.policy_ports: list[int] = []
        self._lines_to_come = self._lines_of(config, "--policy-only" in flags)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._ready.wait(WATCHDOG_SECONDS)
        if self._lines_to_come > 0:
            self.process.kill()
            self.process.wait()
            self._folder.cleanup()
            raise SystemExit("the server did not come up:\n" + "\n".join(self.log))
        self.address = ("127.0.0.1", self._port)

    def _read(self) -> None:
        for raw in self.process.stderr:
            line = raw.decode("utf-8", "replace").rstrip()
            self.log.append(line)
            if re.search(r"Sanitizer|runtime error:|Assertion", line):
                self.alarms.append(line)
            if match := re.search(r" listening on https?://127\.0\.0\.1:(\d+)/", line):
                self._port = self._port or int(match[1])
                self.ports.append(int(match[1]))
            elif match := re.search(r" answering policy requests of Flash Player on 127\.0\.0\.1:(\d+)$", line):
                self.policy_ports.append(int(match[1]))
            else:
                continue
            self._lines_to_come -= 1
            if self._lines_to_come == 0:
                self._ready.set()
        self._ready.set()

    @staticmethod
    def _lines_of(config: dict, policy_only: bool) -> int:
        """How many lines tell that it listens."""
        policy = config.get("flash_policy", {}).get("listen", [])
        return (0 if policy_only else len(config.get("listen", ["one"]))) + (1 if isinstance(policy, str) else len(policy))

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

    @property
    def sanitized(self) -> bool:
        """A sanitizer keeps freed memory, and shadows the rest, so that the server's own cannot be told; and all takes longer."""
        maps = pathlib.Path(f"/proc/{self.process.pid}/maps").read_text(encoding="ascii")
        return any(name in maps for name in ("libasan", "libtsan", "liblsan"))

    def cpu_ns(self) -> int:
        """As of its process."""
        return cpu_ns(self.process.pid)

    def reload(self) -> None:
        """Has it read its configuration again by SIGHUP, and the files that this names. `log` begins anew."""
        self.log.clear()
        self.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + WATCHDOG_SECONDS
        while not any(line.endswith(" the configuration was read again") for line in list(self.log)):
            if time.monotonic() > end or any(line.endswith(" the old one stays") for line in list(self.log)):
                raise AssertionError(f"the configuration was not read again: {list(self.log)[-5:]}")
            time.sleep(0.02)

    def stop(self) -> list[str]:
        """Ends it with SIGINT, at once. Answers what was wrong: a status other than 0, a sanitizer's or an assertion's word."""
        self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(WATCHDOG_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = "no end"
        self._reader.join(WATCHDOG_SECONDS)
        self._folder.cleanup()
        wrong = [f"the server said: {line}" for line in self.alarms[:5]]
        if status != 0:
            wrong.append(f"the server ended with {status}; its last lines: " + " / ".join(list(self.log)[-5:]))
        return wrong
