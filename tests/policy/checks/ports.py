"""Which ports a policy may grant, and what the server says to configurations that cannot bring it about."""

from __future__ import annotations

import json
import pathlib
import subprocess
import tempfile
import time

from rule_runner import Skip, equal, true
from server_process import WATCHDOG_SECONDS

from flash_player import FIRST_HIGH_PORT, MASTER_PORT, Player

from .asking import OWN, denied
from .common import SERVICES, answer, connect, greeting, is_policy, rest, running, talk, unused_port

ALL = [{"domain": "*", "ports": "*"}]


def high_grants_high(encke):
    """a policy from port 1024 on grants ports from 1024 on, and no lower one whatever it says"""
    with running(encke, {"allow": ALL}) as server:
        low = 80
        player = Player("example.com", {MASTER_PORT: unused_port(), low: server.address[1]})
        player.check(server.address[1])
        talk(server.address[1])
        player.load_policy(server.address[1])
        # The port below 1024 answers for itself; what is served from above does not count there.
        equal(player.check(low).port, low, "the policy's port")
        closed = Player("example.com", {MASTER_PORT: unused_port(), low: unused_port()})
        closed.load_policy(server.address[1])
        denied(closed, low)
        equal(closed.asked, [MASTER_PORT, server.address[1], low], "ports that were asked")


def master_grants_low(encke):
    """the policy of port 843 grants low ports"""
    policy = {"listen": "127.0.0.1:0", "public_port": 843, "allow": [{"domain": "*", "ports": "80,1024-65535"}]}
    with running(encke, policy) as server:
        player = Player("example.com", {MASTER_PORT: server.policy_ports[0], 80: server.address[1]})
        for port in (80, server.address[1]):
            equal(player.check(port).port, MASTER_PORT, "the policy's port")
        denied(player, 81)
        talk(server.address[1])


def real_ports(encke):
    """bound to 843 itself by root, who is then another user, the policy grants a real port below 1024"""
    low = 1013
    policy = {"listen": f"127.0.0.1:{MASTER_PORT}", "allow": [{"domain": "*", "ports": str(low)}]}
    config = {"listen": [f"127.0.0.1:{low}"], "user": "nobody"}
    for port in (MASTER_PORT, low):
        try:
            with connect(port):
                raise Skip(f"port {port} is in use")
        except ConnectionRefusedError:
            pass
    if subprocess.run(["id", "-u"], capture_output=True, text=True, check=True).stdout.strip() != "0":
        raise Skip("this takes root")
    with running(encke, policy, listen=None, config=config, workers=2) as server:
        status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        nobody = subprocess.run(["id", "-u", "nobody"], capture_output=True, text=True, check=True).stdout.strip()
        equal(fields["Uid"].split(), [nobody] * 4, "user")
        true("0" not in fields["Gid"].split() + fields["Groups"].split(), "it kept root's groups")
        equal(fields["CapEff"].strip("0\n"), "", "capabilities")
        player = Player("example.com")
        equal(player.check(low).port, MASTER_PORT, "the policy's port")
        talk(low)
    true(low < FIRST_HIGH_PORT, "it is a low port")


def own_folders(encke):
    """with user, a folder that this user may not enter is an error at start, not a 404 to everybody"""
    if subprocess.run(["id", "-u"], capture_output=True, text=True, check=True).stdout.strip() != "0":
        raise Skip("this takes root")
    with tempfile.TemporaryDirectory(prefix="encke-test-") as folder:
        below = pathlib.Path(folder) / "below"
        below.mkdir()
        for closed in (folder, str(below)):
            config = {"listen": ["127.0.0.1:0"], "user": "nobody", "static": {"/": closed}}
            status, _, fault = says(encke, None, config=config)
            equal(status, 1, "status")
            equal(fault, f"encke: cannot serve the folder \"{closed}\": the user of this process may not enter it\n", "it said")


def says(encke: str, policy: dict | None, *flags: str, config: dict | None = None) -> tuple[int, str, str]:
    """Status, stdout and stderr."""
    whole = {"services": SERVICES, **(config or {})}
    if policy is not None:
        whole["flash_policy"] = policy
    with tempfile.TemporaryDirectory(prefix="encke-test-") as folder:
        file = pathlib.Path(folder) / "encke.json"
        file.write_text(json.dumps(whole))
        done = subprocess.run([encke, "--config", str(file), *flags], capture_output=True, text=True,
                              timeout=WATCHDOG_SECONDS, check=False)
        return done.returncode, done.stdout, done.stderr.replace(str(file), "FILE")


def low_port_refused(encke):
    """a port below 1024 that no serving port may grant is an error of the configuration, told at start"""
    policy = {"listen": "127.0.0.1:8430", "allow": [{"domain": "*", "ports": "8080"}, {"domain": "*", "ports": "80"}]}
    fault = ("encke: FILE: $.flash_policy.allow[1].ports: found \"80\", expected ports from 1024 on: lower ones are "
             "granted from ports below 1024 only, and this policy is served from none (843 is the usual one)\n")
    for flags in ((), ("--check",), ("--policy-only",), ("--policy-only", "--check")):
        equal(says(encke, policy, *flags), (2, "", fault), f"with {flags}")
    good = (0, "the configuration is good\n", "")
    equal(says(encke, {**policy, "public_port": 843}, "--check"), good, "redirected")
    equal(says(encke, policy, "--check", "--listen", "127.0.0.1:80"), good, "in-line at a low port")
    equal(says(encke, policy, "--check", "--policy-only", config={"listen": ["127.0.0.1:80"]}), (2, "", fault), "alone")


def printed(encke):
    """--print-policy prints what is served, byte for byte, and says so where there is none"""
    in_line = {"allow": OWN["allow"]}
    for policy in ({**OWN, "site_control": "all"}, in_line):
        with running(encke, policy) as server:
            served = answer(server.policy_ports[0] if "listen" in policy else server.address[1])
        status, text, fault = says(encke, policy, "--print-policy")
        equal((status, fault), (0, ""), "end")
        equal(text.encode(), is_policy(served, "served"), "printed")
    equal(says(encke, None, "--print-policy"),
          (2, "", "encke: no flash_policy is configured, so players are given none\n"), "without a policy")


def in_time(encke):
    """a request that stays unfinished is cut off after 3 s, at the policy's own port and in-line"""
    with running(encke, OWN) as server:
        halves = [connect(port) for port in (server.policy_ports[0], server.address[1])]
        silent = connect(server.policy_ports[0])
        for half in halves:
            half.sendall(b"<policy")
        for connection in (*halves, silent):
            equal(rest(connection), "reset", "the end")
            connection.close()
        is_policy(answer(server.policy_ports[0]), "afterwards")


def per_address(encke):
    """so many of one address may wait, more are refused, and other addresses have their own"""
    with running(encke, {**OWN, "connections_per_address": 3}) as server:
        port = server.policy_ports[0]
        waiting = [connect(port) for _ in range(3)]
        equal(greeting(port), "reset", "the fourth")
        with connect(port, "127.0.0.2") as other:
            other.sendall(b"<policy-file-request/>\0")
            is_policy(rest(other), "another address")
        for connection in waiting:
            connection.sendall(b"<policy-file-request/>\0")
            is_policy(rest(connection), "one that waited")
            connection.close()
        is_policy(answer(port), "afterwards")
        talk(server.address[1])


def few_descriptors(encke):
    """silent connections leave room for those who ask where descriptors are few, at the policy's own port and for HTTP"""
    with running(encke, OWN, descriptors=200) as server:
        port = server.policy_ports[0]
        silent = [connect(port, f"127.0.3.{number // 8 + 1}") for number in range(400)]
        begin = time.monotonic()
        for _ in range(3):
            is_policy(answer(port), "the policy")
            is_policy(answer(server.address[1]), "in-line")
            talk(server.address[1])
        true(time.monotonic() - begin < 2, "answers came when the silent ones were too late")
        for connection in silent:
            connection.close()


CHECKS = [high_grants_high, master_grants_low, real_ports, own_folders, low_port_refused, printed, in_time, per_address, few_descriptors]
