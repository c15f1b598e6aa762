"""The operators' door over TLS, and how it changes while the server runs.

    admin_test.py ENCKE
"""

from __future__ import annotations

import asyncio
import http.client
import pathlib
import re
import socket
import ssl
import sys
import tempfile
import unittest

import websockets

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))

from service import PATIENCE, Service  # noqa: E402
from support.tls import make_certificate  # noqa: E402

ENCKE = sys.argv.pop(1)
OLD, NEW = "the-token-that-was-first", "the-token-that-came-after"


class Door(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="encke-door-")
        self.addCleanup(place.cleanup)
        self.folder = pathlib.Path(place.name)
        self.write(OLD)
        self.admin = {"listen": "127.0.0.1:0", "page": True, "token_file": str(self.folder / "token"), "tls": make_certificate(self.folder)}
        self.service = Service([ENCKE], self.config(), "--workers", "2")
        self.addCleanup(self.service.close)
        self.port = int(re.search(r"for operators on https://127\.0\.0\.1:(\d+)/admin", self.service.wait_line("for operators on"))[1])

    def write(self, token: str) -> None:
        (self.folder / "token").write_text(token + "\n", encoding="utf-8")

    def config(self, **changes) -> dict:
        return {"services": {"/echo": {"type": "echo"}}, "admin": {key: value for key, value in (self.admin | changes).items() if value is not None}}

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.admin["tls"]["certificate"])

    def status(self, token: str | None, path: str = "/metrics", trust: ssl.SSLContext | None = None) -> int:
        line = http.client.HTTPSConnection("localhost", self.port, timeout=PATIENCE, context=trust or self.trust())
        line.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = line.getresponse()
        answer.read()
        line.close()
        return answer.status

    def test_it_speaks_tls_and_nothing_else(self):
        self.assertEqual([self.status(OLD), self.status(None), self.status(NEW), self.status(None, "/health/ready"), self.status(OLD, "/admin")],
                         [200, 401, 401, 200, 200])
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as plain:
            plain.sendall(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertRegex(plain.makefile("rb").read(), rb"(?s)^HTTP/1.1 400 .*This port speaks TLS")
        self.assertEqual(self.service.end()[0], 0)

    def test_another_token_is_heeded_by_sighup_and_who_looks_on_with_the_old_one_is_shown_out(self):
        async def look_on():
            async with websockets.connect(f"wss://localhost:{self.port}/admin/live/websocket", ssl=self.trust(),
                                          extra_headers={"Authorization": f"Bearer {OLD}"}) as page:
                self.assertIn("{", await page.recv())
                self.write(NEW)
                lines = await asyncio.to_thread(self.service.reload, self.config())
                self.assertIn("info reloaded: admin: another token", lines)
                self.assertNotIn("warning takes a restart: admin", lines)
                self.assertNotIn(NEW, "\n".join(self.service.lines))
                try:
                    while True:
                        await page.recv()
                except websockets.ConnectionClosed:
                    pass
                self.assertEqual((page.close_code, page.close_reason), (4401, "the token has changed"))

        asyncio.run(asyncio.wait_for(look_on(), PATIENCE))
        self.assertEqual([self.status(OLD), self.status(NEW)], [401, 200])
        self.assertNotIn("info reloaded: admin: another token", self.service.reload(self.config()))
        self.assertEqual(self.service.end()[0], 0)

    def test_no_token_in_its_place_takes_a_restart_and_so_does_all_else(self):
        for changes in ({"token_file": None, "page": None}, {"page": False}, {"tls": None}):
            self.assertIn("warning takes a restart: admin", self.service.reload(self.config(**changes)))
        self.assertEqual([self.status(None), self.status(OLD)], [401, 200])
        (self.folder / "token").write_text("short")
        self.assertIn("error the configuration is bad, and the old one stays", self.service.reload(self.config()))
        self.assertEqual([self.status(None), self.status(OLD)], [401, 200])
        self.assertEqual(self.service.end()[0], 0)

    def test_its_certificate_is_renewed_with_the_others(self):
        before = self.trust()
        self.assertEqual(self.status(OLD, trust=before), 200)
        make_certificate(self.folder)
        self.assertEqual(self.status(OLD, trust=before), 200)
        self.service.reload(self.config())
        self.assertEqual(self.status(OLD), 200)
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.status(OLD, trust=before)
        self.assertEqual(self.service.end()[0], 0)


if __name__ == "__main__":
    unittest.main()
