#!/usr/bin/env python3
"""A feed of datagrams to many readers, some of whom read slowly: those miss what newer messages have overtaken, the others
nothing, and all of it is counted.

    feed.py --encke build/encke --load build/tests/overload/encke_feed_load [--readers N] [--slow N] [--rate N] [--seconds N]
            [--keys N] [--size BYTES] [--slow-bytes N] [--outbox BYTES] [--workers N] [--overloaded]

Every reader gets each message, or a newer one of its key instead: received x readers = delivered + conflated. Of readers that are
not slow nobody misses any where the machine can carry all; with --overloaded that is not asked for, since then a worker gives all
of them the newest of each key alone. --rate is in datagrams a second.
Ends with `N passed, N failed, N skipped`; the status is 1 when a check failed.
"""

import argparse
import pathlib
import re
import socket
import subprocess
import sys
import urllib.request

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support")]

from rule_runner import Failed, Runner, equal, true  # noqa: E402
from server_process import ServerProcess  # noqa: E402


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def counts_of(admin: int) -> dict[str, int]:
    """encke_feed_..._total, by the words between."""
    text = urllib.request.urlopen(f"http://127.0.0.1:{admin}/metrics", timeout=60).read().decode()
    counts = {}
    for name, reason, value in re.findall(r'^encke_feed_(\w+)_total\{service="/feed"(?:,reason="(\w+)")?\} (\S+)$', text, re.M):
        counts[f"{name} {reason}".strip()] = int(float(value))
    return counts


class Run:
    """One load on a server of its own."""

    def __init__(self, options, slow: int):
        self.options, self.slow = options, slow
        udp, admin = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
        feed = {"type": "feed", "source": {"udp": f"127.0.0.1:{udp}"}, "key": {"before": ","}, "outbox_bytes": options.outbox,
                "heartbeat_seconds": 0}
        server = ServerProcess(options.encke, {"services": {"/feed": feed}, "admin": {"listen": f"127.0.0.1:{admin}"},
                                               "limits": {"handshakes": options.readers + 100}}, workers=options.workers)
        words = (server.address[1], udp, options.readers, slow, options.rate, options.seconds, options.keys, options.size,
                 options.slow_bytes)
        load = subprocess.run([options.load, *map(str, words)], capture_output=True, text=True, timeout=options.seconds + 280)
        self.counts = counts_of(admin) if load.returncode == 0 else {}
        equal(server.stop(), [], "the end of the server")
        if load.returncode != 0:
            raise Failed(load.stderr.strip())
        pairs = load.stdout.split()
        self.said = {name: float(value) for name, value in zip(pairs[::2], pairs[1::2])}

    def note(self) -> str:
        told = {name: value for name, value in self.counts.items() if value}
        return f"{self.options.readers} readers, {self.slow} of them slow: {self.said}; {told}"

    def check(self) -> str:
        counts, said, readers = self.counts, self.said, self.options.readers
        equal(said["sent"], counts["received"] + counts["dropped system"], f"datagrams sent, {counts}")
        for reason in ("sender", "large", "invalid", "behind", "slow"):
            equal(counts[f"dropped {reason}"], 0, f"dropped for {reason}")
        equal(counts["readers_closed"], 0, "readers closed")
        equal(said["fast"] + said["slow"], counts["delivered"], "what readers got")
        equal(counts["received"] * readers, counts["delivered"] + counts["conflated"], "what was due to them")
        if not self.options.overloaded:
            equal(said["fewest"], counts["received"], "messages of the fast reader that got the fewest")
            equal(said["fast"], counts["received"] * (readers - self.slow), "messages of all fast readers")
        if self.slow:
            true(counts["conflated"] > 0 and said["most_slow"] < counts["received"], f"a slow reader missed nothing: {self.note()}")
        return self.note()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--slow", type=int, default=4)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--keys", type=int, default=50)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--slow-bytes", type=int, default=2048, help="that slow ones read in a tenth of a second")
    parser.add_argument("--outbox", type=int, default=32768)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--overloaded", action="store_true")
    options = parser.parse_args()
    runner = Runner()
    runner.run("without slow readers every reader gets every message, in order, and all is counted", lambda: Run(options, 0).check())
    runner.run("slow readers get the newest of each key, the others every message, and all is counted",
               lambda: Run(options, options.slow).check())
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
