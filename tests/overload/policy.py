#!/usr/bin/env python3
"""10,000 policy connections a second while a chat goes on: each is answered, the chat loses nothing, nothing stays behind.

    policy.py --encke build/encke --flood build/tests/overload/encke_policy_flood [--rate N] [--seconds N] [--workers N]...

Half of them go to the policy's own port, half to a port that serves everything; one in ten asks for something else.
The rate that was reached stands beside each check; a machine that is too slow for it takes longer for as many.
Ends with `N passed, N failed, N skipped`; the status is 1 when a check failed.
"""

import argparse
import json
import pathlib
import resource
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from checks.clients import Pairs  # noqa: E402
from checks.waiting import wait_until  # noqa: E402
from rule_runner import Runner, Skip, equal, true  # noqa: E402
from server_process import ServerProcess  # noqa: E402

POLICY = {"listen": "127.0.0.1:0", "allow": [{"domain": "*.example.com", "ports": "8080"}]}
REQUEST = b"<policy-file-request/>\0"
PLACES, EACH_ADDRESS = 4096, 64  # of those that wait, as server/policy/desk.hpp and the default have it
WATCHDOG_SECONDS = 200
LEAK_BYTES_EACH = 8  # less of growth for each connection is no leak: the smallest thing of ours is larger
SLACK_BYTES = 256 << 10  # what a loop's allocator may have taken since the warm-up
WARM_UP = 0.1  # of the connections
LEAST_MESSAGES = 20  # of each pair while the flood goes on
SLOWEST_SECONDS = 10  # for one answer


def sanitized(server) -> bool:
    """A sanitizer keeps freed memory, so that the server's own cannot be told."""
    maps = pathlib.Path(f"/proc/{server.process.pid}/maps").read_text(encoding="ascii")
    return any(name in maps for name in ("libasan", "libtsan", "liblsan"))


def flood(options, server, count: int) -> dict:
    ports = f"{server.policy_ports[0]},{server.address[1]}"
    done = subprocess.run([options.flood, "--ports", ports, "--rate", str(options.rate), "--count", str(count)],
                          capture_output=True, text=True, timeout=WATCHDOG_SECONDS, check=False)
    equal((done.returncode, done.stderr), (0, ""), "end of the flood")
    result = json.loads(done.stdout)
    wrong = (count + 9) // 10
    equal((result["answered"], result["turned_away"], result["fault"]), (count - wrong, wrong, ""), "connections")
    true(result["slowest_ms"] <= SLOWEST_SECONDS * 1000, f"one took {result['slowest_ms']} ms")
    return result


def check(options, server) -> str:
    measure = not sanitized(server)
    count = int(options.rate * options.seconds)
    flood(options, server, int(count * WARM_UP))
    base = server.descriptors()
    pairs = Pairs(server.address)
    pairs.progress()
    wait_until(lambda: server.descriptors() > base, "the pairs are not there")
    before, memory, descriptors = dict(pairs.exchanged), server.memory(), server.descriptors()
    result = flood(options, server, count)
    true(all(pairs.exchanged[service] >= before[service] + LEAST_MESSAGES for service in before),
         f"the chat stood still: {before} before, {pairs.exchanged} after")
    pairs.progress()
    wait_until(lambda: server.descriptors() <= descriptors,
               lambda: f"{server.descriptors()} descriptors, {descriptors} before")
    bound = memory + SLACK_BYTES + count * LEAK_BYTES_EACH
    after = server.memory()
    note = pairs.stop()
    true(not measure or after <= bound, f"{after >> 10} KiB after {count} connections, {memory >> 10} KiB before")
    wait_until(lambda: server.descriptors() <= base, lambda: f"{server.descriptors()} descriptors, {base} before")
    return (f"{count} connections at {result['rate']}/s, the slowest {result['slowest_ms']} ms; {note}; "
            f"{memory >> 10} KiB before, {after >> 10} KiB after; {descriptors} descriptors before and after")


def crowd(server) -> str:
    """More silent connections than there are places, of as many addresses as it takes: who asks is answered."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < 2 * PLACES:
        raise Skip(f"this takes {2 * PLACES} descriptors, and {most} are to be had")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    base = server.descriptors()
    port = server.policy_ports[0]
    silent = []
    for number in range(PLACES + PLACES // 4):
        address = f"127.0.2.{number // EACH_ADDRESS + 1}"
        silent.append(socket.create_connection(("127.0.0.1", port), WATCHDOG_SECONDS, (address, 0)))
        if number % 500 == 0:
            ask(port)
    for _ in range(20):
        ask(port)
    with socket.create_connection(("127.0.0.1", port), WATCHDOG_SECONDS, ("127.0.2.100", 0)) as late:
        late.sendall(REQUEST[:5])
        ask(port)
        late.sendall(REQUEST[5:])
        true(late.recv(4096).endswith(b"\0"), "the last comer was not answered")
    ended = 0
    for connection in silent:
        try:
            equal(connection.recv(1), b"", "the end")
        except ConnectionResetError:
            pass
        ended += 1
        connection.close()
    wait_until(lambda: server.descriptors() <= base, lambda: f"{server.descriptors()} descriptors, {base} before")
    return f"{ended} silent ones of {len(silent) // EACH_ADDRESS} addresses, all cut off"


def ask(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), WATCHDOG_SECONDS) as connection:
        connection.sendall(REQUEST)
        true(connection.recv(4096).endswith(b"</cross-domain-policy>\n\0"), "no policy")


def end(server) -> None:
    """It ends well, and its log is a handful of lines."""
    equal(server.stop(), [], "faults")
    true(len(server.log) < 12, f"{len(server.log)} lines in the log: {list(server.log)[-12:]}")
    true(any("flash policy: " in line and " 0 refused" in line for line in server.log), f"the summary: {list(server.log)}")


def end_of_crowd(server, came: bool) -> None:
    equal(server.stop(), [], "faults")
    true(not came or sum(" refused, the last of 127.0.2." in line for line in server.log) == 1, f"its log: {list(server.log)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", required=True, help="the server's executable")
    parser.add_argument("--flood", required=True, help="encke_policy_flood")
    parser.add_argument("--rate", type=int, default=10_000, help="connections a second")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--workers", type=int, action="append")
    options = parser.parse_args()
    runner = Runner()
    for workers in options.workers or [1, 2]:
        config = {"services": Pairs.SERVICES, "flash_policy": POLICY}
        server = ServerProcess(options.encke, config, workers=workers)
        runner.run(f"workers {workers}: a flood of policy requests beside a chat", lambda: check(options, server))
        runner.run(f"workers {workers}: the server ends well", lambda: end(server))
    server = ServerProcess(options.encke, {"services": Pairs.SERVICES, "flash_policy": POLICY})
    runner.run(crowd.__doc__, lambda: crowd(server))
    came = not runner.counts["skipped"]
    runner.run("the server of the crowd ends well, and told of it in one line", lambda: end_of_crowd(server, came))
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
