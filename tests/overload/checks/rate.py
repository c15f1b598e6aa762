"""The rate at which others are served, measured so that it is the server's and not the scheduler's.

Others are echo clients, each with one message under way, of encke_load, which checks every echo. The rate is their
messages for each second in which the server had a core or wanted none: what it waited for one, since the machine was
busy with attackers or with strangers, is taken off, as the kernel counts it. So an attacker gains nothing by taking the
server's core away, and the server gains nothing by it either: all that it does for the attack, while it has its core,
is time that others did not get. Server and generator have a core each where there are two, and attackers share the
generator's; so a generator that is kept waiting counts against the server, and the measure errs on that side.

The rate without the attack is taken beside a process that does nothing but compute on the attackers' core, so that the
generator's share of it is the same in both. Of the last four such rates the best counts: strangers only ever lower one.
"""

from __future__ import annotations

import collections
import json
import multiprocessing
import os
import subprocess

from rule_runner import Failed, true

from .waiting import WATCHDOG_SECONDS, wait_until

CLIENTS = 64
WARM_UP_SECONDS = 0.2
IDLE_SECONDS = 0.001  # of computing from one look to the next
CORES = sorted(os.sched_getaffinity(0))


def pin(process: int, core: int) -> None:
    if len(CORES) > 1:
        for task in os.listdir(f"/proc/{process}/task"):
            os.sched_setaffinity(int(task), {core})


class Neutral:
    """`with Neutral():` a process computes where attackers do, and leaves the server alone."""

    def __enter__(self) -> None:
        self.process = multiprocessing.Process(target=self._run, daemon=True)
        self.process.start()

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.join()

    @staticmethod
    def _run() -> None:
        os.sched_setaffinity(0, {CORES[-1]})
        while True:
            pass


def scheduled(process: int) -> tuple[float, float]:
    """How long all its threads have had a core, and have waited for one, in seconds."""
    had = waited = 0
    for task in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{task}/schedstat", encoding="ascii") as file:
            fields = file.read().split()
        had, waited = had + int(fields[0]), waited + int(fields[1])
    return had / 1e9, waited / 1e9


class Others:
    """Measures one server. `load` is encke_load; `service` is an echo."""

    def __init__(self, server, load: str, service: str):
        self.server, self.load, self.service = server, load, service
        self.usual: collections.deque[tuple[float, float]] = collections.deque(maxlen=4)
        pin(server.process.pid, CORES[0])

    def rate(self, seconds: float) -> tuple[float, float]:
        """Messages a second; and for each second that the server computed, the attack's part included."""
        command = [self.load, "--port", str(self.server.address[1]), "--mode", "echo", "--transport", "raw", "--prefix", self.service,
                   "--sessions", str(CLIENTS), "--seconds", str(seconds), "--warmup", str(WARM_UP_SECONDS), "--wait",
                   "--timeout", str(WATCHDOG_SECONDS)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            pin(process.pid, CORES[-1])
            if process.stdout.readline() != "ready\n":
                raise Failed(f"the others are not let in: {process.stderr.read().strip()}")
            had, waited = scheduled(self.server.process.pid)
            process.stdin.write("\n")
            process.stdin.flush()
            line = process.stdout.readline()
            now = scheduled(self.server.process.pid)
            had, waited = now[0] - had, now[1] - waited
            if not line.startswith("done "):
                raise Failed(f"the others are not served: {process.stderr.read().strip()}")
            found = json.loads(line[5:])
            process.communicate("\n", timeout=WATCHDOG_SECONDS)
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                pipe.close()
        return found["messages"] / max(found["seconds"] - waited, found["seconds"] / 100), found["messages"] / had

    def settled(self) -> None:
        """Waits until what was there is gone, and done with."""
        before = 0.0

        def idle() -> bool:
            nonlocal before
            last, before = before, scheduled(self.server.process.pid)[0]
            return before - last < IDLE_SECONDS
        wait_until(idle, "the server is still busy")

    def beside(self, attack, seconds: float, least: float) -> str:
        """Their rate while `attack` goes on, a context manager, must be more than `least` times that without it.
        `attack.took_place(seconds)` raises where it did not, `attack.note()` tells of it."""
        for _ in range(1 if self.usual else 2):
            with Neutral():
                self.usual.append(self.rate(seconds))
        with attack:
            got, part = self.rate(seconds)
            attack.took_place(seconds)
            note = attack.note()
        usual, usual_part = max(self.usual)
        each = ", ".join(f"{rate:.0f}" for rate, _ in self.usual)
        what = (f"others at {got:.0f} messages a second, {each} without the attack: {got / usual:.2f} of the best, "
                f"{part / usual_part:.2f} of its computing; {note}")
        true(got > least * usual, f"{what}; expected more than {least:g}")
        return what
