#!/usr/bin/env python3
"""The server outlives whoever reads its log.

    log_pipe_test.py --encke build/encke
"""

import argparse
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

WATCHDOG_SECONDS = 20
ENCKE = ""


class LogPipe(unittest.TestCase):
    def test_a_closed_log_pipe_does_not_end_the_server(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "encke.json"
            config.write_text(json.dumps({"listen": ["127.0.0.1:0"], "services": {"/echo": {"type": "echo"}}}), encoding="utf-8")
            server = subprocess.Popen([ENCKE, "--config", str(config)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            try:
                port = int(re.search(r"127\.0\.0\.1:(\d+)", server.stdout.readline())[1])
                server.stdout.close()
                with socket.create_connection(("127.0.0.1", port), timeout=WATCHDOG_SECONDS) as peer:
                    peer.sendall(b"GET /echo HTTP/1.0\r\n\r\n")
                    self.assertTrue(peer.recv(100).startswith(b"HTTP/1.1 200"))
                server.send_signal(signal.SIGTERM)  # it logs that it has stopped
                self.assertEqual(server.wait(WATCHDOG_SECONDS), 0)
            finally:
                server.kill()
                server.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--encke", required=True)
    options, rest = parser.parse_known_args()
    ENCKE = options.encke
    unittest.main(argv=[sys.argv[0], *rest])
