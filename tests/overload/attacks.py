#!/usr/bin/env python3
"""Floods and slow-loris: the server goes on serving others at more than half the rate that it has without.

    attacks.py --encke build/encke --load build/tests/bench/encke_load [--seconds N] [--connections N] [--each] [-k PART OF A NAME]

checks/rate.py says what the rate is, and why that is an honest measure. Floods come from eight connections that send as fast as
they are taken; those that need a connection for each blow come at --rate. Slow-loris: --connections of them dribble in all
phases at once, or with --each in one after the other; above 2000 with the server's own deadlines, else with short ones, and
then each phase must be seen to end.
Ends with `N passed, N failed, N skipped`; the status is 1 when a check failed.
"""

import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "conformance")]

from checks.floods import FLOODS, LONG_HEAD, SOCKET, Flood  # noqa: E402
from checks.loris import PHASES, Loris  # noqa: E402
from checks.rate import Others  # noqa: E402
from rule_runner import Failed, Runner, Skip, arguments_of, equal  # noqa: E402
from server_process import ServerProcess  # noqa: E402
from support.server import Server, registry  # noqa: E402
from support.tls import make_certificate  # noqa: E402

LEAST = 0.5
SHORT = 1.5  # seconds, of each deadline in the short run
FEW = 2000
SERVICES = {"/echo": {"type": "echo"}, "/close": {"type": "close"}, "/others": {"type": "echo"}}
BLOWS = {  # what it takes a connection for, each time
    "connections that ask for one thing": (b"", LONG_HEAD[:LONG_HEAD.index(b"X-0")] + b"\r\n"),
    "connections with a head that is too long": (b"", LONG_HEAD.replace(b"X-0", b"X-: " + b"z" * 20_000 + b"\r\nX-0")),
    "connections with a WebSocket each": (b"", SOCKET),
}


def most_descriptors(server) -> int:
    limits = pathlib.Path(f"/proc/{server.process.pid}/limits").read_text(encoding="ascii")
    return int(re.search(r"^Max open files +(\d+)", limits, re.MULTILINE)[1])


def measurable(server) -> None:
    if server.sanitized:
        raise Skip("a sanitizer takes most of the time, so that the server's own cannot be told")


def tried(check, others: Others) -> str:
    """Once more where it failed: strangers on this machine come and go, a server that gives way does so each time."""
    try:
        others.settled()
        return check()
    except Failed as why:
        print(f"again, since {why}", flush=True)
        others.usual.clear()
        others.settled()
        return check()


def flood(others: Others, options, begin: bytes, piece: bytes, rate: float | None) -> str:
    measurable(others.server)
    return tried(lambda: others.beside(Flood(others.server.address, begin, piece, rate), options.seconds, LEAST), others)


def loris(others: Others, options, ports: dict, phases: list[str], connections: int, short: bool) -> str:
    measurable(others.server)
    def check() -> str:
        attack = Loris(ports, phases, connections, 1 if short else 5, descriptors=most_descriptors(others.server))
        return others.beside(attack, options.seconds, LEAST)
    return tried(check, others)


def each_is_cut(server, ports: dict, phases: list[str]) -> str:
    """slow-loris: in every phase the server cuts them off"""
    with Loris(ports, phases, 2 * len(phases), 0.4, descriptors=most_descriptors(server), soonest=SHORT / 2) as attack:
        attack.all_were_cut(40)
        return attack.note()


def phases_of(transports: list[str]) -> list[str]:
    """Those that a server of these transports has."""
    try:
        Server("", 0, transports).need_sends()
        return list(PHASES)
    except Skip as why:
        print(f"without slow-loris in bodies: {why}", flush=True)
        return [phase for phase in PHASES if phase not in ("body", "chunks")]


def config(folder: pathlib.Path, short: bool) -> dict:
    tls = make_certificate(folder)
    result = {
        "listen": ["127.0.0.1:0", {"address": "127.0.0.1:0", "tls": tls}, {"address": "127.0.0.1:0", "proxy_protocol": True}],
        "flash_policy": {"listen": "127.0.0.1:0", "allow": [{"domain": "*.example.com", "ports": "8080"}]},
        "services": {path: dict(options) for path, options in SERVICES.items()},
    }
    if short:
        tls["handshake_seconds"] = SHORT
        result["limits"] = {f"{phase}_seconds": SHORT for phase in ("handshake", "head", "body", "close")}
        result["services"]["/echo"].update(heartbeat_seconds=1, heartbeat_answer_seconds=1)
    return result


def main() -> int:
    parser = arguments_of(__doc__)
    parser.add_argument("--load", required=True, help="encke_load")
    parser.add_argument("--seconds", type=float, default=1.2, help="of each measurement")
    parser.add_argument("--rate", type=float, default=500, help="connections a second, of floods of those")
    parser.add_argument("--connections", type=int, default=1100, help="of slow-loris")
    parser.add_argument("--each", action="store_true", help="slow-loris in each phase by itself")
    options = parser.parse_args()
    runner = Runner(options.only)
    transports = registry(options.encke)
    if "websocket" not in transports:
        print("skipped: the server was built without websocket\n0 passed, 0 failed, 1 skipped")
        return 0

    server = ServerProcess(options.encke, {"services": SERVICES})
    others = Others(server, options.load, "/others")
    for name, (begin, piece) in FLOODS.items():
        runner.run(f"a flood of {name}", lambda: flood(others, options, begin, piece, None))
    for name, (begin, piece) in BLOWS.items():
        runner.run(f"a flood of {name}, {options.rate:g} a second", lambda: flood(others, options, begin, piece, options.rate))
    runner.run_anyway("the flooded server ends well", lambda: equal(server.stop(), [], "faults"))

    short = options.connections <= FEW
    with tempfile.TemporaryDirectory(prefix="encke-attacks-") as folder:
        server = ServerProcess(options.encke, config(pathlib.Path(folder), short), listen=None)
    others = Others(server, options.load, "/others")
    there = phases_of(transports)
    ports = {**dict(zip(("plain", "tls", "proxied"), server.ports)), "policy": server.policy_ports[0]}
    if short:
        runner.run(each_is_cut.__doc__, lambda: each_is_cut(server, ports, there))
    for phases in [[phase] for phase in there] if options.each else [there]:
        name = phases[0] if options.each else "every phase at once"
        runner.run(f"slow-loris, {name}", lambda: loris(others, options, ports, phases, options.connections, short))
    runner.run_anyway("the server of the slow ones ends well", lambda: equal(server.stop(), [], "faults"))
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
