#!/usr/bin/python3
"""Measures Encke beside the floor and its peers: server CPU per message, memory per idle session, cost of a session.

The server runs alone on one core, the generator on another. All servers take their turn in every round, so that what
the machine does besides hits them alike. See docs/performance.md.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
import time

from measure import FLOOR_MODES, Bench, notices_disorder
from profiler import Profiler
from report import Results, markdown, put_between_markers
from servers import SAME, SOCKJS_TRANSPORTS, SPEAKS, BenchError, Launcher, prepare_peers

KINDS = ["echo", "broadcast", "connect", "idle"]
FULL = {"echo": [1, 100, 1000], "broadcast": [1000, 10000], "connect": [64], "idle": [15000]}
# A page of the facade's has two connections on HTTP even where it only listens: it acknowledges.
FACADE = {**FULL, "echo": [100, 1000], "broadcast": [1000]}
QUICK = {"echo": [1, 20], "broadcast": [50], "connect": [8], "idle": [200]}


def choice_list(allowed):
    def read(text):
        chosen = text.split(",")
        unknown = [each for each in chosen if each not in allowed]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(allowed)}")
        return [each for each in allowed if each in chosen]

    return read


def read_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.splitlines()[0])
    parser.add_argument("--encke", help="the server's program; the tools are looked for in tests/bench beside it")
    parser.add_argument("--tools", help="where encke_load and encke_floor are")
    parser.add_argument("--quick", action="store_true", help="one round of small loads, to see that all works")
    parser.add_argument("--rounds", type=int, help="default 3, with --quick 1; memory is measured in the first only")
    parser.add_argument("--seconds", type=float, help="of each measured phase")
    parser.add_argument("--only", type=choice_list(KINDS), default=KINDS, help=",".join(KINDS))
    parser.add_argument("--transports", type=choice_list(["http"] + SOCKJS_TRANSPORTS),
                        default=["http"] + SOCKJS_TRANSPORTS, help="http," + ",".join(SOCKJS_TRANSPORTS))
    parser.add_argument("--servers", type=choice_list(list(SPEAKS)), default=[each for each in SPEAKS if each not in SAME],
                        help=",".join(SPEAKS) + "; facade is Encke, spoken to in the facade's protocol")
    parser.add_argument("--write", metavar="FILE", help="put the tables between the markers of this document")
    parser.add_argument("--profile", metavar="FOLDER",
                        help="one round, slower: where Encke's time goes (or that of the first of --servers)")
    parser.add_argument("--json", metavar="FILE", help="keep every sample here")
    arguments = parser.parse_args()
    if arguments.profile and arguments.write:
        parser.error("--profile makes messages dearer: its figures are not for --write")
    arguments.rounds = arguments.rounds or (1 if arguments.quick or arguments.profile else 3)
    arguments.seconds = arguments.seconds or (0.1 if arguments.quick else 1.5)
    if not arguments.encke and (not arguments.tools or {"encke", "facade"} & set(arguments.servers)):
        parser.error("--encke is missing (--tools does without it if --servers leaves encke out)")
    arguments.tools = arguments.tools or os.path.join(os.path.dirname(os.path.abspath(arguments.encke)), "tests/bench")
    return arguments


def program(path):
    if not os.access(path, os.X_OK):
        raise BenchError(f"{path} is not there or cannot be run: build first")
    return os.path.abspath(path)


def two_cores():
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("one core only: server and generator share it, and take from each other's caches", file=sys.stderr)
    return cores[0], cores[-1]


def transports_of(server, kind, chosen):
    spoken = SPEAKS[server] + (["http"] if kind == "connect" and server in ("encke", "sockjs") else [])
    return [each for each in spoken if each == "tcp" or each in chosen]


def spoken(server, transport):
    """The transport in the words of the generator."""
    return "facade_" + transport if server == "facade" else transport


def order(kind, servers, chosen, turn=0):
    """Pairs of server and transport, those of one transport side by side, the floor at both ends. Every other round has
    the servers the other way round, since whoever comes later finds what the one before has left."""
    servers = servers[::-1] if turn % 2 else servers
    floor = [("floor", "tcp")] if "floor" in servers else []
    pairs = [(server, transport) for transport in chosen for server in servers
             if server != "floor" and transport in transports_of(server, kind, chosen)]
    return floor + pairs + (floor if kind != "idle" else [])


class Plan:
    """What is run, and what came of it."""

    def __init__(self, arguments, launcher, bench):
        self.arguments = arguments
        self.launcher = launcher
        self.bench = bench
        self.counts = QUICK if arguments.quick else FACADE if "facade" in arguments.servers else FULL
        self.results = Results()

    def say(self, kind, sessions, server, transport, text):
        print(f"{kind:9} {sessions:6} {transport:14} {server:7} {text}", file=sys.stderr, flush=True)

    def run(self):
        for turn in range(self.arguments.rounds):
            for kind in self.arguments.only:
                if kind != "idle":
                    self.run_cpu(kind, turn)
                elif turn == 0:
                    self.run_idle()

    def run_cpu(self, kind, turn):
        with contextlib.ExitStack() as stack:
            running = {}
            for name in self.arguments.servers:
                running[name] = running.get(SAME.get(name)) or stack.enter_context(
                    self.launcher.start(name, FLOOR_MODES[kind]))
            for sessions in self.counts[kind]:
                for server, transport in order(kind, self.arguments.servers, self.arguments.transports, turn):
                    sample = self.bench.cpu(running[server], kind, spoken(server, transport), sessions)
                    self.results.add((kind, sessions), transport, server, turn, sample)
                    self.say(kind, sessions, server, transport, f"{sample['us']:8.2f} µs")

    def run_idle(self):
        for sessions in self.counts["idle"]:
            for server, transport in order("idle", self.arguments.servers, self.arguments.transports):
                with self.launcher.start(server, FLOOR_MODES["idle"]) as running:
                    sample = self.bench.memory(running, spoken(server, transport), sessions)
                self.results.add(("idle", sessions), transport, server, 0, sample)
                self.say("idle", sessions, server, transport, f"{sample['bytes']:8.0f} bytes")

    def commands(self):
        """What made the tables, in the words of a shell."""
        given = [each for each in sys.argv[1:]]
        for name in ("--encke", "--tools", "--write", "--json", "--profile"):
            if name in given:
                del given[given.index(name) : given.index(name) + 2]
        lines = [" ".join(["./dev bench"] + given)]
        for kind in self.arguments.only:
            for sessions in self.counts[kind]:
                words = self.bench.arguments(kind, "[facade_]TRANSPORT" if "facade" in self.arguments.servers else "TRANSPORT", sessions, "PORT")
                lines.append(f"taskset -c {self.bench.core} encke_load " + " ".join(str(each) for each in words))
        for server in self.arguments.servers:
            if SAME.get(server) in self.arguments.servers:
                continue
            words = self.launcher.command(server, "MODE")
            lines.append(f"taskset -c {self.launcher.core} "
                         + " ".join(os.path.basename(each) if "/" in each else each for each in words))
        return lines


def profiled_server(servers):
    return "encke" if "encke" in servers else servers[0]


def measure(arguments):
    if {"sockjs", "ws"} & set(arguments.servers) and not prepare_peers():
        arguments.servers = [each for each in arguments.servers if each not in ("sockjs", "ws")]
    load = program(os.path.join(arguments.tools, "encke_load"))
    floor = program(os.path.join(arguments.tools, "encke_floor"))
    encke = program(arguments.encke) if {"encke", "facade"} & set(arguments.servers) else None
    server_core, load_core = two_cores()
    launcher = Launcher(encke, floor, server_core)
    try:
        with launcher.start("floor", "broadcast") as server:
            if not notices_disorder(load, load_core, server):
                raise BenchError("the generator does not notice a server that answers wrongly")
        warmup, settle = (0.02, 1) if arguments.quick else (0.5, 12)
        profiler = Profiler(arguments.profile, profiled_server(arguments.servers)) if arguments.profile else None
        plan = Plan(arguments, launcher, Bench(load, load_core, arguments.seconds, warmup, settle, profiler))
        plan.run()
    finally:
        launcher.close()
    text = markdown(plan.results, arguments.servers, encke, plan.commands(), arguments.rounds)
    print(text)
    if arguments.write:
        put_between_markers(arguments.write, text, "bench facade" if "facade" in arguments.servers else "bench results")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(plan.results.plain(), file, indent=1)


def main():
    arguments = read_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start = time.monotonic()
    try:
        measure(arguments)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(f"{time.monotonic() - start:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
