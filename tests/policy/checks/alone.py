"""--policy-only: the policy beside another server, and nothing else."""

from __future__ import annotations

import socket
import threading

from rule_runner import equal, true

from flash_player import MASTER_PORT, Player

from .asking import OWN
from .common import HOST, answer, connect, is_policy, rest, running
from .ports import says


def beside_another(encke):
    """--policy-only opens the way to a server that knows no policies"""
    with socket.create_server((HOST, 0)) as listener, running(encke, OWN, listen=None, flags=("--policy-only",)) as server:
        port = listener.getsockname()[1]

        def echo_one() -> None:
            with listener.accept()[0] as connection:
                connection.sendall(connection.recv(100))

        thread = threading.Thread(target=echo_one, daemon=True)
        thread.start()
        player = Player("www.example.com", {MASTER_PORT: server.policy_ports[0]})
        equal(player.check(port).port, MASTER_PORT, "the policy's port")
        equal(player.asked, [MASTER_PORT], "ports that were asked")
        with connect(port) as data:
            data.sendall(b"raw bytes \0\xff")
            equal(rest(data), b"raw bytes \0\xff", "echo")
        thread.join()


def nothing_else(encke):
    """with --policy-only one port is open, and it answers no HTTP"""
    both = {**OWN, "listen": ["127.0.0.1:0", "127.0.0.1:0"]}
    with running(encke, both, listen=None, flags=("--policy-only",), workers=2) as server:
        equal(len(set(server.policy_ports)), 2, "ports")
        true(not any("http" in line for line in server.log), f"it speaks of HTTP: {list(server.log)}")
        for port in server.policy_ports:
            for request in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"encke.1\n", b"\x16\x03\x01", b"<", b"<policy-file-request/>\n"):
                if request != b"<":
                    equal(answer(port, request), "reset", f"the answer to {request!r}")
            is_policy(answer(port), "the policy")
    whole = {**OWN, "listen": "127.0.0.1:8430"}
    with_nothing = {"services": {}}
    equal(says(encke, whole, "--policy-only", "--check", config=with_nothing)[:2], (0, "the configuration is good\n"), "alone")
    equal(says(encke, whole, "--check", config=with_nothing),
          (2, "", "encke: FILE: $: nothing to serve but the policy, expected an entry in services or in static, or "
                  "--policy-only\n"), "not alone")


def without_a_listener(encke):
    """--policy-only without flash_policy.listen is an error"""
    fault = "encke: FILE: $.flash_policy: has no listen, expected one for --policy-only\n"
    for policy in (None, {"allow": OWN["allow"]}):
        equal(says(encke, policy, "--policy-only"), (2, "", fault), "the end")


CHECKS = [beside_another, nothing_else, without_a_listener]
