#!/usr/bin/python3
"""Measures Encke beside the floor and its peers: server CPU per message, memory per idle session, cost of a session.

The server runs alone on one core, the generator on another. All servers take their turn in every round, so that what
the machine does besides hits them alike. See docs/performance.md.
"""

import argparse
import contextlib
import json
import os
import resource
import signal
import sys
import time
import typing

from measure import Bench, notices_disorder
from profiler import Profiler
from report import GROWTH, Results, markdown, put_between_markers
from servers import MAIN_TRANSPORTS, OURS, SAME, SOCKJS_TRANSPORTS, SPEAKS, BenchError, Launcher, absent

KINDS = ["echo", "broadcast", "connect", "idle", "tls"]
SPARE_DESCRIPTORS = 600  # a server's own, and what Encke keeps back of its limit


class Load(typing.NamedTuple):
    """What the generator does to each server in turn."""

    kind: str
    sessions: int
    size: int = 32  # bytes of a message
    transports: tuple = ("http", *SOCKJS_TRANSPORTS)


MAIN = tuple(MAIN_TRANSPORTS)
SOCKETS = ("websocket", "raw")
# As many sessions over HTTP as 20,000 descriptors are enough for, which is what many machines let a process have.
MOST_OVER_HTTP = 9500
OVER_HTTP = tuple(each for each in MAIN if each not in SOCKETS)
FULL = [Load("echo", 1, transports=MAIN), Load("echo", 100), Load("echo", 1000), Load("echo", MOST_OVER_HTTP, transports=OVER_HTTP),
        Load("echo", 10000, transports=MAIN), Load("echo", 15000, transports=SOCKETS),
        *(Load("echo", sessions, 1024, MAIN) for sessions in (1, 100, 1000)),
        Load("echo", MOST_OVER_HTTP, 1024, OVER_HTTP), Load("echo", 10000, 1024, MAIN),
        Load("broadcast", 1000), Load("broadcast", 10000, transports=MAIN), Load("connect", 64), Load("idle", 15000),
        Load("tls", 4500)]
# A page of the facade's has two connections on HTTP even where it only listens: it acknowledges.
FACADE = [Load("echo", 100), Load("echo", 1000), Load("broadcast", 1000), Load("connect", 64), Load("idle", 15000)]
QUICK = [Load("echo", 1), Load("echo", 20), Load("echo", 20, 1024), Load("broadcast", 50), Load("connect", 8),
         Load("idle", 300), Load("tls", 60, transports=("raw",))]
# Where two workers are measured beside one.
SHARED = [Load("echo", 100), Load("echo", 1000), Load("broadcast", 1000), *QUICK]


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
    parser.add_argument("--rounds", type=int, help="default 5, with --quick 1; memory is measured in the first only")
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
    arguments.rounds = arguments.rounds or (1 if arguments.quick or arguments.profile else 5)
    arguments.seconds = arguments.seconds or (0.1 if arguments.quick else 0.6)
    if not arguments.encke and (not arguments.tools or {"encke", "facade", "two"} & set(arguments.servers)):
        parser.error("--encke is missing (--tools does without it if --servers leaves encke out)")
    arguments.tools = arguments.tools or os.path.join(os.path.dirname(os.path.abspath(arguments.encke)), "tests/bench")
    return arguments


def program(path):
    if not os.access(path, os.X_OK):
        raise BenchError(f"{path} is not there or cannot be run: build first")
    return os.path.abspath(path)


def descriptors(load, transport):
    """How many connections a server has at once: two of a session over HTTP, where it sends."""
    over_http = transport not in (*SOCKETS, "tcp", "http")
    senders = {"echo": load.sessions, "broadcast": 8, "connect": load.sessions}.get(load.kind, 0)
    return load.sessions + (senders if over_http else 0)


def two_cores():
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("one core only: server and generator share it, and take from each other's caches", file=sys.stderr)
    return cores[0], cores[-1]


def transports_of(server, load, chosen):
    if server == "two" and not any(load[:3] == each[:3] for each in SHARED):
        return []
    if (load.kind == "tls" or load.sessions == GROWTH[1] and load.kind == "echo") and server != "encke":
        return []  # measured of Encke alone
    if server == "http_floor" and load.kind != "echo":
        return []
    spoken = SPEAKS[server] + (["http"] if load.kind == "connect" and server in ("encke", "sockjs") else [])
    return [each for each in spoken if each in chosen and each in load.transports]


def spoken(server, transport):
    """The transport in the words of the generator."""
    if server == "facade":
        return "facade_" + transport
    return "engineio" if server == "engineio" else transport


def order(load, servers, chosen, turn=0):
    """Pairs of server and transport, those of one transport side by side, the floor at both ends. Every other round has
    the servers the other way round, since whoever comes later finds what the one before has left."""
    servers = servers[::-1] if turn % 2 else servers
    floor = [("floor", "tcp")] if "floor" in servers and load.kind != "tls" else []
    pairs = [(server, transport) for transport in chosen for server in servers
             if server != "floor" and transport in transports_of(server, load, chosen)]
    return floor + pairs + (floor if load.kind != "idle" else [])


class Plan:
    """What is run, and what came of it."""

    def __init__(self, arguments, launcher, bench):
        self.arguments = arguments
        self.launcher = launcher
        self.bench = bench
        loads = QUICK if arguments.quick else FACADE if "facade" in arguments.servers else FULL
        self.loads = [each for each in loads if each.kind in arguments.only]
        self.most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]  # which the servers and the generator raise theirs to
        self.results = Results()
        self.failed = set()  # peers that a load was too much for: the rest of it is measured without them

    def say(self, load, server, transport, text):
        print(f"{load.kind:9} {load.sessions:6} {load.size:5} {transport:14} {server:12} {text}", file=sys.stderr,
              flush=True)

    def run(self):
        for turn in range(self.arguments.rounds):
            for kind in self.arguments.only:
                loads = [each for each in self.loads if each.kind == kind]
                if kind not in ("idle", "tls"):
                    self.run_cpu(kind, loads, turn)
                elif turn == 0:
                    self.run_idle(loads)

    def pairs(self, load, turn=0):
        """Those of order() that the process's descriptors are enough for; the others are told of."""
        for server, transport in order(load, self.arguments.servers, self.arguments.transports, turn):
            needed = descriptors(load, transport) + SPARE_DESCRIPTORS
            if self.most == resource.RLIM_INFINITY or needed <= self.most:
                yield server, transport
            elif self.results.leave_out(load[:3], transport, needed, self.most):
                self.say(load, "", transport, f"left out: needs {needed} descriptors of {self.most}")

    def measured(self, load, server, transport, measure):
        """One sample, or none of a peer that fails: what is measured is not its soundness."""
        try:
            return measure()
        except BenchError as error:
            if server in OURS:
                raise
            self.failed.add((load.kind, server))
            self.say(load, server, transport, f"left out: {error}")
            return None

    def run_cpu(self, kind, loads, turn):
        with contextlib.ExitStack() as stack:
            running = {}
            for name in self.arguments.servers:
                if (kind, name) not in self.failed:
                    running[name] = running.get(SAME.get(name)) or stack.enter_context(
                        self.launcher.start(name, kind))
            for load in loads:
                for server, transport in self.pairs(load, turn):
                    if (kind, server) in self.failed:
                        continue
                    sample = self.measured(load, server, transport, lambda: self.bench.cpu(
                        running[server], load, spoken(server, transport)))  # noqa: B023
                    if sample:
                        self.results.add(load[:3], transport, server, turn, sample)
                        self.say(load, server, transport, f"{sample['us']:8.2f} µs")

    def run_idle(self, loads):
        for load in loads:
            for server, transport in self.pairs(load):
                with self.launcher.start(server, load.kind) as running:
                    sample = self.measured(load, server, transport, lambda: self.bench.memory(
                        running, load, spoken(server, transport)))  # noqa: B023
                if sample:
                    self.results.add(load[:3], transport, server, 0, sample)
                    self.say(load, server, transport, f"{sample['bytes']:8.0f} bytes")

    def commands(self):
        """What made the tables, in the words of a shell."""
        given = [each for each in sys.argv[1:]]
        for name in ("--encke", "--tools", "--write", "--json", "--profile"):
            if name in given:
                del given[given.index(name) : given.index(name) + 2]
        lines = [" ".join(["./dev bench"] + given)]
        spoken_name = "[facade_]TRANSPORT" if "facade" in self.arguments.servers else "TRANSPORT"
        for kind in dict.fromkeys(each.kind for each in self.loads):
            load = next(each for each in self.loads if each.kind == kind)._replace(sessions="SESSIONS", size="SIZE")
            words = self.bench.arguments(load, spoken_name, "PORT")
            program = "idle_tls.py" if kind == "tls" else "encke_load"
            lines.append(f"taskset -c {self.bench.core} {program} " + " ".join(str(each) for each in words))
        for server in self.arguments.servers:
            if SAME.get(server) in self.arguments.servers:
                continue
            words = self.launcher.command(server, "echo" if server != "floor" else "MODE")
            lines.append(f"taskset -c {self.launcher.core} "
                         + " ".join(os.path.basename(each) if "/" in each else each for each in words))
        return lines


def profiled_server(servers):
    return "encke" if "encke" in servers else servers[0]


def measure(arguments):
    missing = absent(arguments.servers, arguments.tools)
    for name, reason in missing.items():
        print(f"{name} is left out: {reason}", file=sys.stderr)
    arguments.servers = [each for each in arguments.servers if each not in missing]
    load = program(os.path.join(arguments.tools, "encke_load"))
    program(os.path.join(arguments.tools, "encke_floor"))
    program(os.path.join(arguments.tools, "encke_floor_http"))
    encke = program(arguments.encke) if {"encke", "facade", "two"} & set(arguments.servers) else None
    server_core, load_core = two_cores()
    launcher = Launcher(encke, arguments.tools, server_core)
    try:
        with launcher.start("floor", "broadcast") as server:
            if not notices_disorder(load, load_core, server):
                raise BenchError("the generator does not notice a server that answers wrongly")
        warmup, settle = (0.02, 1) if arguments.quick else (0.2, 12)
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
