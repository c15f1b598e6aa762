"""Listening sockets that systemd hands in."""

from __future__ import annotations

import socket

from rule_runner import equal, true

from flash_player import MASTER_PORT, Player

from .asking import OWN
from .common import HOST, answer, is_policy, running, talk
from .ports import says

POLICY = {**OWN, "listen": "systemd:policy"}


def handed_in(encke):
    """sockets that are handed in serve all workers, for the policy and for everything else"""
    for workers in (1, 3):
        with socket.create_server((HOST, 0)) as web, socket.create_server((HOST, 0)) as policy:
            sockets = {"web": web, "policy": policy}
            with running(encke, POLICY, listen=None, config={"listen": ["systemd:web"]}, sockets=sockets,
                         workers=workers) as server:
                equal(server.address[1], web.getsockname()[1], "the port")
                equal(server.policy_ports, [policy.getsockname()[1]], "the policy's port")
                for _ in range(20):
                    Player("www.example.com", {MASTER_PORT: server.policy_ports[0]}).check(server.address[1])
                    talk(server.address[1])


def policy_alone(encke):
    """--policy-only takes its socket alone"""
    with socket.create_server((HOST, 0)) as policy:
        with running(encke, POLICY, listen=None, flags=("--policy-only",), sockets={"policy": policy}) as server:
            is_policy(answer(server.policy_ports[0]), "the policy")


def not_handed_in(encke):
    """a name that was not handed in is an error at start, with the reason"""
    status, _, fault = says(encke, POLICY, "--policy-only")
    equal(status, 1, "status")
    true(fault == "encke: cannot listen on systemd:policy: no sockets were handed in (LISTEN_FDS and LISTEN_PID are not "
                  "set)\n", f"it said {fault!r}")


CHECKS = [handed_in, policy_alone, not_handed_in]
