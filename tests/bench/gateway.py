#!/usr/bin/env python3
"""The gateway beside websockify: echoes through each to one TCP server, in turns, in one run.

    ./dev bench gateway [--sessions 1 100 1000] [--size 32 4096] [--rounds 5] [--seconds 0.5]

Each has a core of its own; the load and the TCP server share the other one. Each connection has one message under way. Printed are
medians, as tables of Markdown, and with each ratio the least and the most of the rounds.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import time

from measure import Load, settled_memory
from servers import BenchError, Server, cpu_ns

HERE = pathlib.Path(__file__).resolve().parent


def group_of(leader):
    """The processes of a group: websockify has one for each connection."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError):
            fields = pathlib.Path(f"/proc/{entry}/stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()
            if int(fields[2]) == leader:
                found.append(int(entry))
    return found


class Group(Server):
    """A server with children, all of which count; they share much of their memory, of which each counts its share."""

    def __init__(self, name, command, core, directory, port):
        super().__init__(name, ["setsid", *command], core, directory, port)

    def cpu_ns(self):
        total = 0
        for process in group_of(self.process.pid):
            with contextlib.suppress(OSError):
                total += cpu_ns(process)
        return total

    def private_bytes(self):
        total = 0
        for process in group_of(self.process.pid):
            with contextlib.suppress(OSError):
                for line in pathlib.Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
        return total

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Bench:
    def __init__(self, asked, directory):
        self.asked = asked
        self.directory = directory
        self.tools = asked.encke.parent / "tests/bench"
        self.backend = Server("floor", [str(self.tools / "encke_floor"), "plain"], 1, directory)

    def start(self, name):
        target = f"127.0.0.1:{self.backend.port}"
        if name == "websockify":
            port = free_port()
            return Group(name, [shutil.which("websockify"), f"127.0.0.1:{port}", target], 0, self.directory, port)
        file = pathlib.Path(self.directory) / "gateway.json"
        file.write_text(json.dumps({"services": {"/gate": {"type": "tcp", "connect": target}}, "limits": {"handshakes": 20_000}}))
        return Server(name, [str(self.asked.encke), "--config", str(file), "--listen", "127.0.0.1:0", "--workers", "1"], 0, self.directory)

    def load(self, server, mode, sessions, size):
        return Load([str(self.tools / "encke_load")], 1,
                    ["--mode", mode, "--transport", "raw_binary", "--port", server.port, "--sessions", sessions, "--size", size,
                     "--prefix", "/gate", "--seconds", self.asked.seconds, "--warmup", 0.2, "--timeout", 180])

    def echo(self, server, sessions, size):
        """Microseconds of CPU for an echo, and echoes a second."""
        with self.load(server, "echo", sessions, size) as load:
            load.expect("ready")
            before, began = server.cpu_ns(), time.monotonic()
            load.go_on()
            done = json.loads(load.expect("done").split(" ", 1)[1])
            spent, took = server.cpu_ns() - before, time.monotonic() - began
            load.go_on()
            load.process.wait(60)
        server.check()
        if done["deliveries"] == 0:
            raise BenchError(f"nothing came back through {server.name}: {done}")
        return spent / 1000 / done["deliveries"], done["deliveries"] / took

    def memory(self, server, sessions):
        """Bytes for an idle connection."""
        before = settled_memory(server, 3)
        with self.load(server, "idle", sessions, 32) as load:
            load.expect("ready")
            return (settled_memory(server, 5) - before) / sessions


def row(sessions, size, rounds):
    text = f"| {sessions} | {size} |"
    for of in rounds.values():
        rate = statistics.median(each[1] for each in of)
        text += f" {statistics.median(each[0] for each in of):.1f} | {rate:.0f} | {1000 * sessions / rate:.2f} |"
    if len(rounds) > 1:
        ratios = [theirs[0] / ours[0] for ours, theirs in zip(rounds["encke"], rounds["websockify"])]
        text += f" {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f}) |"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", type=pathlib.Path, required=True)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 100, 1000])
    parser.add_argument("--size", type=int, nargs="+", default=[32, 4096])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5)
    asked = parser.parse_args()
    asked.encke = asked.encke.resolve()
    names = ["encke"]
    if shutil.which("websockify") and shutil.which("setsid"):
        names.append("websockify")
    else:
        print("websockify is left out: it is not installed")
    print("| connections | bytes |" + "".join(f" {name}: CPU µs an echo | echoes a second | ms each |" for name in names)
          + (" CPU, websockify's to Encke's |" if len(names) > 1 else ""))
    print("|---|---|" + "---|---|---|" * len(names) + ("---|" if len(names) > 1 else ""))
    with tempfile.TemporaryDirectory(prefix="encke-bench-") as directory:
        bench = Bench(asked, directory)
        with bench.backend:
            for sessions in asked.sessions:
                for size in asked.size:
                    rounds = {name: [] for name in names}
                    for _ in range(asked.rounds):
                        for name in names:
                            with bench.start(name) as server:
                                rounds[name].append(bench.echo(server, sessions, size))
                    print(row(sessions, size, rounds), flush=True)
            print("\n| connections, idle |" + "".join(f" {name}: bytes each |" for name in names) + "\n|---|" + "---|" * len(names))
            for sessions in asked.sessions:
                cells = []
                for name in names:
                    with bench.start(name) as server:
                        cells.append(f" {bench.memory(server, sessions):.0f} |")
                print(f"| {sessions} |" + "".join(cells), flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as why:
        sys.exit(str(why))
