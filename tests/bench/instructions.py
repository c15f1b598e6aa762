#!/usr/bin/env python3
"""Instructions of its own that the server runs for a message, counted by callgrind: the same on any machine, busy or not.

    instructions.py --encke build-bench/encke [--sessions 100] [--transports raw,websocket,xhr_streaming,xhr]

A run with many messages less one with few, so that what is done once for a session does not count. A transport may be
facade_NAME, which is NAME in the facade's protocol. Needs valgrind.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from servers import CONFIGURATION, BenchError, Server  # noqa: E402

TIMEOUT_SECONDS = 300
# What is measured: the load, bytes of a message, messages in the short run and in the long one, sessions.
ECHO = (2000, 8000)
BROADCAST = (40, 200)
BROADCAST_SESSIONS = 1000


def counted(options, folder: pathlib.Path, load: str, transport: str, size: int, sessions: int, messages: int) -> tuple[int, int]:
    """What the server ran, and how many messages it brought to receivers."""
    out = folder / "callgrind.out"
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", os.path.abspath(options.encke), "--config",
               str(folder / "encke.json"), "--listen", "127.0.0.1:0", "--workers", "1"]
    server = Server("encke", command, sorted(os.sched_getaffinity(0))[0], folder)
    try:
        done = subprocess.run(
            [options.load, "--port", str(server.port), "--mode", load, "--transport", transport, "--prefix", f"/{load}", "--size", str(size),
             "--sessions", str(sessions), "--messages", str(messages), "--warmup", "0", "--seconds", str(TIMEOUT_SECONDS), "--timeout",
             str(TIMEOUT_SECONDS)], capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)
    finally:
        server.stop()
    if done.returncode:
        raise BenchError(f"encke_load: {done.stderr.strip() or done.stdout.strip()}")
    found = re.search(r"^(?:totals|summary): (\d+)$", out.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
    if not found:
        raise BenchError(f"callgrind wrote no sum: {server.tail()}")
    return int(found[1]), messages * (sessions if load == "broadcast" else 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", required=True, help="the server's executable")
    parser.add_argument("--load", help="encke_load; by default in tests/bench beside the server")
    parser.add_argument("--sessions", type=int, default=100, help=f"of echoes; broadcasts have {BROADCAST_SESSIONS}")
    parser.add_argument("--transports", default="raw,websocket,xhr_streaming,xhr")
    options = parser.parse_args()
    options.load = options.load or os.path.join(os.path.dirname(os.path.abspath(options.encke)), "tests/bench/encke_load")
    if shutil.which("valgrind") is None:
        parser.error("valgrind is not installed (Debian: valgrind)")
    transports = options.transports.split(",")
    print(f"| load | {' | '.join(transports)} |\n| --- |{' ---: |' * len(transports)}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "encke.json").write_text(json.dumps(CONFIGURATION), encoding="ascii")
        for title, load, size, (few, many), sessions in (
                ("echo, 32 bytes", "echo", 32, ECHO, options.sessions), ("echo, 1024 bytes", "echo", 1024, ECHO, options.sessions),
                ("broadcast, a delivery", "broadcast", 32, BROADCAST, BROADCAST_SESSIONS)):
            cells = []
            for transport in transports:
                less, fewer = counted(options, folder, load, transport, size, sessions, few)
                more, all_of_them = counted(options, folder, load, transport, size, sessions, many)
                cells.append(f"{(more - less) / (all_of_them - fewer):,.0f}")
            print(f"| {title} | {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        sys.exit(f"instructions: {error}")
