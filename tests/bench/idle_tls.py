"""Idle sessions over TLS: opens them, one connection each, says `ready`, and holds them until it is told a line.

    idle_tls.py --transport NAME --port PORT --sessions COUNT [--wait]

What the echo service's server holds for them is measured from outside, as for the load generator's.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import ssl
import sys

SOCKET = ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
          "Sec-WebSocket-Version: 13\r\n")
POST = "Content-Length: 0\r\n"
# What a request asks for, and how often: the second poll waits.
REQUESTS = {"raw": ("GET /echo/websocket", SOCKET, b"HTTP/1.1 101 ", 1),
            "websocket": ("GET /echo/000/{id}/websocket", SOCKET, b"HTTP/1.1 101 ", 1),
            "xhr_streaming": ("POST /echo/000/{id}/xhr_streaming", POST, b"HTTP/1.1 200 ", 1),
            "eventsource": ("GET /echo/000/{id}/eventsource", "", b"HTTP/1.1 200 ", 1),
            "htmlfile": ("GET /echo/000/{id}/htmlfile?c=f", "", b"HTTP/1.1 200 ", 1),
            "xhr": ("POST /echo/000/{id}/xhr", POST, b"HTTP/1.1 200 ", 2),
            "jsonp": ("GET /echo/000/{id}/jsonp?c=f", "", b"HTTP/1.1 200 ", 2)}


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transport", choices=list(REQUESTS), default="raw")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sessions", type=int, required=True)
    parser.add_argument("--wait", action="store_true", help="as the load generator has it; it always waits")
    return parser.parse_args()


def opened(context: ssl.SSLContext, port: int, transport: str, name: str) -> ssl.SSLSocket:
    line, fields, answer, times = REQUESTS[transport]
    request = f"{line.format(id=name)} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode()
    peer = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=60))
    for turn in range(times):
        peer.sendall(request)
        if turn == 0:
            got = peer.recv(4096)
            if not got.startswith(answer):
                sys.exit(f"idle_tls: expected {answer!r}, got {got[:80]!r}")
    return peer


def main() -> None:
    arguments = read_arguments()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    held = [opened(context, arguments.port, arguments.transport, f"{os.getpid()}x{number}")
            for number in range(arguments.sessions)]
    print("ready", flush=True)
    sys.stdin.readline()
    del held


if __name__ == "__main__":
    main()
