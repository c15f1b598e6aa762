"""How Flash Player asks: 843 first, then the port that it wants to go to."""

from __future__ import annotations

import time

from rule_runner import equal, true

from flash_player import MASTER_PORT, REQUEST, Player, SecurityError

from .common import answer, connect, is_policy, rest, running, silent_port, talk, unused_port

ALLOW = [{"domain": "*.example.com", "ports": "*"}, {"domain": "example.com", "ports": "*"}]
OWN = {"listen": "127.0.0.1:0", "public_port": 843, "allow": ALLOW}
IN_LINE = {"allow": ALLOW}


def denied(player: Player, port: int) -> None:
    try:
        policy = player.check(port)
    except SecurityError:
        return
    raise AssertionError(f"{player.domain} may connect to {port} by the policy of {policy.port}")


def master_port(encke):
    """the policy of port 843 lets the page in, and a fresh connection talks"""
    with running(encke, OWN) as server:
        player = Player("www.example.com", {MASTER_PORT: server.policy_ports[0]})
        equal(player.check(server.address[1]).port, MASTER_PORT, "the policy's port")
        equal(player.asked, [MASTER_PORT], "ports that were asked")
        talk(server.address[1])


def refused_master(encke):
    """where nothing listens at 843 the destination port is asked at once, and a fresh connection talks"""
    with running(encke, IN_LINE) as server:
        port = server.address[1]
        player = Player("example.com", {MASTER_PORT: unused_port()})
        equal(player.check(port).port, port, "the policy's port")
        equal(player.asked, [MASTER_PORT, port], "ports that were asked")
        talk(port)


def silent_master(encke):
    """where 843 stays silent the destination port is asked when patience ends, and a fresh connection talks"""
    with silent_port() as silent, running(encke, IN_LINE) as server:
        player = Player("example.com", {MASTER_PORT: silent}, patience=0.5)
        begin = time.monotonic()
        equal(player.check(server.address[1]).port, server.address[1], "the policy's port")
        true(time.monotonic() - begin >= 0.5, "it did not wait")
        talk(server.address[1])


def other_url(encke):
    """a policy at another port counts where the page names it, and not before"""
    with silent_port() as silent, running(encke, OWN) as server, running(encke, None) as other:
        player = Player("www.example.com", {MASTER_PORT: silent}, patience=0.2)
        denied(player, other.address[1])
        player.load_policy(server.policy_ports[0])
        equal(player.check(other.address[1]).port, server.policy_ports[0], "the policy's port")
        talk(other.address[1])


def other_domain(encke):
    """another domain's page is let in by neither policy"""
    with running(encke, OWN) as server:
        for domain in ("example.org", "wwwexample.com", "example.com.evil.org"):
            player = Player(domain, {MASTER_PORT: server.policy_ports[0]})
            denied(player, server.address[1])
            equal(player.asked, [MASTER_PORT, server.address[1]], "ports that were asked")


def site_control(encke):
    """a site-control of master-only, or none, stands in 843's policy alone, and no other policy counts then"""
    only = {**OWN, "allow": [{"domain": "www.example.com", "ports": "1024-65535"}], "site_control": "master-only"}
    forbidden = {"listen": "127.0.0.1:0", "public_port": 843, "site_control": "none"}
    with running(encke, {"allow": [{"domain": "*", "ports": "*"}]}) as generous:
        for policy, lets_in in ((only, True), (forbidden, False)):
            with running(encke, policy) as server:
                redirects = {MASTER_PORT: server.policy_ports[0]}
                alone = is_policy(answer(server.policy_ports[0]), "at its own port")
                in_line = is_policy(answer(server.address[1]), "in-line")
                true(f'"{policy["site_control"]}"'.encode() in alone, f"no site-control in {alone!r}")
                true(b"site-control" not in in_line, f"a site-control in {in_line!r}")
                # The other server's policy would let everybody in.
                player = Player("other.example", redirects)
                denied(player, generous.address[1])
                equal(player.asked, [MASTER_PORT], "ports that were asked")
                player = Player("www.example.com", redirects)
                if lets_in:
                    player.check(generous.address[1])
                else:
                    denied(player, generous.address[1])


def no_policy(encke):
    """without flash_policy a request gets nothing but an end, and HTTP goes on beside it"""
    with running(encke, None) as server:
        equal(answer(server.address[1]), "reset", "the answer")
        denied(Player("example.com", {MASTER_PORT: unused_port()}), server.address[1])
        talk(server.address[1])


def splits(encke):
    """a request split at any place is answered, at its own port and in-line, with one NUL at the end"""
    with running(encke, OWN) as server:
        for port in (server.policy_ports[0], server.address[1]):
            whole = is_policy(answer(port), "whole")
            for place in range(1, len(REQUEST)):
                with connect(port) as connection:
                    connection.sendall(REQUEST[:place])
                    talk(server.address[1])  # by now its loop has read what came before
                    connection.sendall(REQUEST[place:])
                    equal(is_policy(rest(connection), f"split at {place}"), whole, f"split at {place}")


def bytewise(encke):
    """a request may come byte by byte"""
    with running(encke, OWN, workers=2) as server:
        for port in (server.policy_ports[0], server.address[1]):
            with connect(port) as connection:
                for place in range(len(REQUEST)):
                    connection.sendall(REQUEST[place:place + 1])
                is_policy(rest(connection), "byte by byte")


CHECKS = [master_port, refused_master, silent_master, other_url, other_domain, site_control, no_policy, splits, bytewise]
