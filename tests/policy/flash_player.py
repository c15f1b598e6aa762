"""A raw-socket client that asks for policies as Flash Player does, from 9.0.124 on.

It connects to port 843 of the host and asks. Where nothing comes within 3 s, or where what comes does not let it
connect, it asks the port that it wants to go to. The data then flows over a fresh connection, which is the
caller's to make. A policy from port 1024 on grants no lower port; a site-control is heeded in that of 843 alone.
"""

from __future__ import annotations

import socket
import time
import xml.etree.ElementTree

REQUEST = b"<policy-file-request/>\0"
MASTER_PORT = 843
PATIENCE_SECONDS = 3.0
FIRST_HIGH_PORT = 1024
LONGEST_POLICY = 20_000


class SecurityError(Exception):
    """No policy lets this page connect."""


def domain_fits(pattern: str, domain: str) -> bool:
    if pattern.startswith("*."):
        return domain.endswith(pattern[1:])
    return pattern in ("*", domain)


def port_fits(ports: str, port: int) -> bool:
    for item in ports.split(","):
        first, _, last = item.partition("-")
        if item == "*" or int(first) <= port <= int(last or first):
            return True
    return False


class Policy:
    """What came from a port. ElementTree refuses what is not well-formed."""

    def __init__(self, text: bytes, port: int):
        root = xml.etree.ElementTree.fromstring(text)
        if root.tag != "cross-domain-policy":
            raise SecurityError(f"no policy: {text[:100]!r}")
        self.port = port
        self.rules = [(rule.attrib["domain"], rule.attrib["to-ports"]) for rule in root.iter("allow-access-from")]
        control = root.find("site-control")
        self.control = "all"
        if control is not None and port == MASTER_PORT:
            self.control = control.attrib["permitted-cross-domain-policies"]

    def grants(self, domain: str, port: int) -> bool:
        if self.control == "none" or (port < FIRST_HIGH_PORT <= self.port):
            return False
        return any(domain_fits(pattern, domain) and port_fits(ports, port) for pattern, ports in self.rules)


class Player:
    """One page's player. `redirects` are ports that the system of the host sends on to others."""

    def __init__(self, domain: str, redirects: dict[int, int] | None = None, *, host: str = "127.0.0.1",
                 patience: float = PATIENCE_SECONDS):
        self.domain, self.redirects, self.host, self.patience = domain, redirects or {}, host, patience
        self.asked: list[int] = []  # ports, in their order
        self.explicit: list[int] = []

    def load_policy(self, port: int) -> None:
        """Security.loadPolicyFile("xmlsocket://host:port"): asked before the others' silence counts."""
        self.explicit.append(port)

    def check(self, port: int) -> Policy:
        """The policy by which it may connect to the port; SecurityError where none lets it."""
        master = self._ask(MASTER_PORT, self.patience)
        if master is not None and master.grants(self.domain, port):
            return master
        if master is None or master.control == "all":
            for place, patience in [*((place, 60.0) for place in self.explicit), (port, self.patience)]:
                policy = self._ask(place, patience)
                if policy is not None and policy.grants(self.domain, port):
                    return policy
        raise SecurityError(f"{self.domain} may not connect to port {port}, say {self.asked}")

    def _ask(self, port: int, patience: float) -> Policy | None:
        self.asked.append(port)
        until = time.monotonic() + patience
        try:
            with socket.create_connection((self.host, self.redirects.get(port, port)), patience) as connection:
                connection.sendall(REQUEST)
                text = b""
                while b"\0" not in text:
                    connection.settimeout(max(until - time.monotonic(), 0.001))
                    data = connection.recv(4096)
                    if not data or len(text) > LONGEST_POLICY:
                        return None
                    text += data
                return Policy(text[:text.index(b"\0")], port)
        except OSError:
            return None
