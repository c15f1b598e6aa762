"""Listening sockets that systemd hands in."""

from __future__ import annotations

import json
import pathlib
import shutil
import socket
import subprocess
import tempfile

from rule_runner import Skip, equal, true

from flash_player import MASTER_PORT, Player

from .asking import OWN
from .common import HOST, SERVICES, WATCHDOG_SECONDS, answer, is_policy, running, talk, unused_port, wait_until
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


def by_systemd(encke):
    """systemd's own systemd-socket-activate hands them in"""
    tool = shutil.which("systemd-socket-activate")
    if tool is None:
        raise Skip("there is no systemd-socket-activate here")
    web, policy = unused_port(), unused_port()
    config = {"listen": ["systemd:web"], "services": SERVICES, "flash_policy": POLICY}
    with tempfile.TemporaryDirectory(prefix="encke-test-") as folder:
        file = pathlib.Path(folder) / "encke.json"
        file.write_text(json.dumps(config))
        # It listens, and becomes the server with the first connection.
        process = subprocess.Popen([tool, "-l", f"{HOST}:{web}", "-l", f"{HOST}:{policy}", "--fdname=web:policy", encke,
                                    "--config", str(file), "--workers", "2"], stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: process.poll() is not None or listens(policy), "nothing listens")
            equal(Player("www.example.com", {MASTER_PORT: policy}, patience=WATCHDOG_SECONDS).check(web).port, MASTER_PORT,
                  "the policy's port")
            talk(web)
        finally:
            process.terminate()
            status = process.wait(WATCHDOG_SECONDS)
        equal(status, 0, "status after SIGTERM")


def listens(port: int) -> bool:
    """Without connecting, which would start the server."""
    at = f"0100007F:{port:04X} 00000000:0000 0A"
    return at in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii")


CHECKS = [handed_in, policy_alone, not_handed_in, by_systemd]
