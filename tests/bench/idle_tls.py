"""Memory of idle TLS connections: raw WebSockets that say nothing, to a running server's echo service.

    idle_tls.py PORT PID [COUNT,...]    the server's private memory at each count, and bytes a connection between two counts
"""

from __future__ import annotations

import pathlib
import re
import resource
import socket
import ssl
import sys
import time

REQUEST = (b"GET /echo/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")


def private_kib(pid: int) -> int:
    return int(re.search(r"Private_Dirty:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text())[1])


def main() -> None:
    port, pid = int(sys.argv[1]), int(sys.argv[2])
    counts = [int(text) for text in (sys.argv[3] if len(sys.argv) > 3 else "2000,6000").split(",")]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    held: list[socket.socket] = []
    before = None
    for count in counts:
        while len(held) < count:
            held.append(context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=60)))
            held[-1].sendall(REQUEST)
            assert held[-1].recv(4096).startswith(b"HTTP/1.1 101 "), "no WebSocket"
        time.sleep(2)  # what the handshakes took is given back
        now = private_kib(pid)
        slope = f", {(now - before[1]) * 1024 / (count - before[0]):.0f} bytes a connection" if before else ""
        print(f"{count} connections: {now} KiB{slope}", flush=True)
        before = (count, now)


if __name__ == "__main__":
    main()
