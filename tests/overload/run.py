#!/usr/bin/env python3
"""The server under overload, black box: no crash, no leak, the well-behaved unharmed.

    run.py --encke build/encke [--seed N] [--scale FACTOR] [--workers N]...

--scale multiplies the 20,000 connections; --workers names the numbers of workers to try (1 and 2).
Ends with `N passed, N failed, N skipped`; the status is 1 when a check failed.
"""

import argparse
import pathlib
import random
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from checks import descriptors, drops, large, readers, slow  # noqa: E402
from checks.clients import Pairs  # noqa: E402
from checks.waiting import holds_within, wait_until  # noqa: E402
from rule_runner import Runner, equal, true  # noqa: E402
from server_process import ServerProcess  # noqa: E402

CONNECTIONS = 20_000
SERVICES = {"/echo": {"type": "echo", "disconnect_delay_seconds": 1}, readers.SERVICE: readers.OPTIONS,
            large.SERVICE: large.OPTIONS, **Pairs.SERVICES}
LEAK_BYTES_EACH = 32  # less of growth for each connection of a round is no leak
MOST_ROUNDS = 6  # an allocator's memory settles within some equal rounds; a leak grows in each
SESSIONS_END_SECONDS = 2  # those of dropped polls end a second after their last carrier


def sanitized(server) -> bool:
    """A sanitizer keeps freed memory, so that the server's own cannot be told."""
    maps = pathlib.Path(f"/proc/{server.process.pid}/maps").read_text(encoding="ascii")
    return any(name in maps for name in ("libasan", "libtsan", "liblsan"))


class Round:
    """Connections dropped at random beside two pairs that talk, then rest: what is left of it in the server."""

    def __init__(self, server, count: int, chance: random.Random):
        base = server.descriptors()  # perhaps with a connection that asked whether the server is there
        pairs = Pairs(server.address)
        pairs.progress()
        drops.drop_many(server.address, count, chance)
        pairs.progress()
        self.note = pairs.stop()
        wait_until(lambda: server.descriptors() <= base,
                   lambda: f"{server.descriptors()} descriptors, expected {base} as before")


def drop_rounds(server, connections: int, chance: random.Random, measure: bool) -> str:
    """A tenth to warm up, then equal rounds until one needs no more memory than the one before it."""
    Round(server, connections // 10, chance)
    count = connections * 9 // 20
    notes = [Round(server, count, chance).note]
    sizes = [server.memory()]
    settled = False
    while not settled and len(sizes) < MOST_ROUNDS:
        notes.append(Round(server, count, chance).note)
        bound = sizes[-1] + count * LEAK_BYTES_EACH
        settled = not measure or holds_within(SESSIONS_END_SECONDS, lambda bound=bound: server.memory() <= bound)
        sizes.append(server.memory())
    memory = ", ".join(f"{size >> 10} KiB" for size in sizes)
    true(settled, f"memory grew in each of the rounds of {count} connections: {memory}")
    return f"{memory}; {notes[-1]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", required=True, help="the server's executable")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--workers", type=int, action="append")
    options = parser.parse_args()
    runner = Runner()
    numbers = options.workers or [1, 2]
    connections = int(CONNECTIONS * options.scale)
    print(f"seed {options.seed}, {connections} connections for each of --workers {numbers}", flush=True)

    # The slow ones only wait for their deadlines: they run beside all else, on servers of their own.
    slow_servers = {workers: ServerProcess(options.encke, {"services": slow.SERVICES}, workers=workers) for workers in numbers}
    slow_runs = {workers: slow.SlowRun(server) for workers, server in slow_servers.items()}
    idle = ServerProcess(options.encke, {"services": SERVICES})
    for workers in numbers:
        chance = random.Random(options.seed)
        server = ServerProcess(options.encke, {"services": SERVICES}, workers=workers)
        measure = not sanitized(server)
        name = f"workers {workers}"
        runner.run(f"{name}: {connections} connections dropped at random; messages flow, memory and descriptors return",
                   lambda: drop_rounds(server, connections, chance, measure))
        runner.run(f"{name}: {readers.check.__doc__}", lambda: readers.check(server, measure))
        for check in large.CHECKS:
            runner.run(f"{name}: {check.__doc__}", lambda: check(server, measure))
        runner.run(f"{name}: the server ends well", lambda: equal(server.stop(), [], "faults"))
        with descriptors.starved_server(options.encke, workers) as starved:
            runner.run(f"{name}: {descriptors.check.__doc__}", lambda: descriptors.check(starved))
            runner.run(f"{name}: the server without descriptors ends well", lambda: equal(starved.stop(), [], "faults"))
    for workers in numbers:
        runner.run(f"workers {workers}: one byte a second: cut off, others unharmed", slow_runs[workers].check)
        runner.run(f"workers {workers}: the server of the slow ends well", lambda: equal(slow_servers[workers].stop(), [], "faults"))
    # Longer alone than any deadline of a new connection, thanks to the slow ones.
    runner.run("a server that was idle serves the first that comes", lambda: true(descriptors.served(idle.address), "it did not"))
    runner.run("the idle server ends well", lambda: equal(idle.stop(), [], "faults"))
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
