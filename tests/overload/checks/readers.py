"""Readers that never read, while a broadcast floods them and others."""

from __future__ import annotations

import threading

from rule_runner import equal, true

from .clients import STREAMS, WATCHDOG_SECONDS, Peer, StreamClient, WebSocketClient, request
from .waiting import wait_until

SERVICE = "/flood"
OUTBOX_BYTES = 256 * 1024
OPTIONS = {"type": "broadcast", "outbox_bytes": OUTBOX_BYTES, "response_limit": 1 << 30, "disconnect_delay_seconds": 20}
LAZY_EACH = 4
PAYLOAD = "x" * 8000
AT_ONCE = 8  # messages before the sender waits for the good ones, so that those never fall behind
MOST_MESSAGES = 4000


def connect(address, transport: str, receive_buffer: int | None = None):
    if transport == "websocket":
        return WebSocketClient(address, SERVICE, receive_buffer)
    return StreamClient(address, SERVICE, transport, receive_buffer)


class Reader(threading.Thread):
    """Reads all; `count` is how many messages came, in order."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self.client, self.count, self.fault = client, 0, ""
        self.start()

    def run(self) -> None:
        try:
            while True:
                number, _, rest = self.client.next().partition(" ")
                if number == "end":
                    return
                equal((int(number), len(rest)), (self.count, len(PAYLOAD)), "message")
                self.count += 1
        except Exception as why:  # pylint: disable=broad-except
            self.fault = f"after {self.count} messages: {type(why).__name__}: {why}"


def check(server, measure: bool) -> str:
    """A reader that never reads is closed with 1008, memory stays bounded, the others get all."""
    address = server.address
    transports = ["websocket", *STREAMS]
    base_memory, base_descriptors = server.memory(), server.descriptors()
    good = [Reader(connect(address, transport)) for transport in transports]
    lazy = [connect(address, transport, 4096) for transport in transports for _ in range(LAZY_EACH)]
    sender = WebSocketClient(address, SERVICE)
    rest = Reader(sender)
    readers = [*good, rest]
    wait_until(lambda: server.descriptors() >= base_descriptors + len(good) + len(lazy) + 1, "not all are connected")
    left = base_descriptors + len(good) + 1
    most_memory = sent = 0
    while server.descriptors() > left and sent < MOST_MESSAGES:
        for _ in range(AT_ONCE):
            sender.send(f"{sent} {PAYLOAD}")
            sent += 1
        wait_until(lambda: all(reader.count == sent or reader.fault for reader in readers),
                   lambda: f"the others have {[reader.count for reader in readers]} of {sent}")
        most_memory = max(most_memory, server.memory())
    wait_until(lambda: server.descriptors() <= left,
               lambda: f"{server.descriptors() - left} of {len(lazy)} that never read are open after {sent} messages")
    sender.send("end")
    for reader in readers:
        reader.join(WATCHDOG_SECONDS)
    equal([reader.fault for reader in readers if reader.fault or reader.count != sent], [], "faults of the others")

    for client in lazy:
        client.peer.rest()
        client.close()
        if isinstance(client, StreamClient):
            poll = Peer(address)
            poll.send(request("POST", f"{client.base}/xhr"))
            status, body = poll.answer()
            true(status == 200 and body.startswith(b"c[1008,"), f"{client.transport}: the next poll got {body[:100]!r}")
            poll.close()
    for reader in readers:
        reader.client.close()
    # Each may have its outbox, twice the high water of its connection, and a share of what is encoded once for all.
    bound = base_memory + len(lazy) * (OUTBOX_BYTES + (128 << 10)) + (8 << 20)
    if measure:
        true(most_memory <= bound, f"{most_memory >> 10} KiB at most, expected no more than {bound >> 10} KiB")
    return f"{len(lazy)} closed after {sent} messages; {base_memory >> 10} KiB before, {most_memory >> 10} KiB at most"
