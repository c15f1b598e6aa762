"""Each example does what its README says.

    examples_test.py ENCKE ECHO    the server and the echo example, built
"""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import programs  # noqa: E402
from support.transports import ADAPTERS  # noqa: E402

ENCKE, ECHO = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
TRANSPORTS = subprocess.run([ENCKE, "--list-transports"], capture_output=True, text=True, check=True,
                            timeout=programs.WATCHDOG_SECONDS).stdout.split()

ON_SOCKJS = programs.on_sockjs(TRANSPORTS)


def started(*command: str, **more) -> programs.Program:
    return programs.Program(*command, transports=TRANSPORTS, **more)


class Echo(unittest.TestCase):
    def test_it_answers_on_every_transport_and_stops_on_a_signal(self):
        with started(ECHO, "127.0.0.1:0") as running:
            for transport in ON_SOCKJS:
                self.assertEqual(programs.echoes(running, "/echo", transport, ["one", "two"]), ["one", "two"], transport)
            if "websocket" in TRANSPORTS:
                self.assertEqual(programs.raw_echo(running, "/echo", "raw"), "raw")
            self.assertEqual(programs.page(running, "/echo"), (200, "text/plain; charset=UTF-8", "Welcome to SockJS!\n"))
            self.assertEqual(programs.page(running, "/encke.js")[0], 200)
            status, output = running.stop()
        self.assertEqual(status, 0, output)
        self.assertEqual(output, f"listening on http://127.0.0.1:{running.port}/echo\n")

    def test_a_bad_address_ends_it_with_a_text(self):
        done = subprocess.run([ECHO, "nowhere"], capture_output=True, text=True, timeout=programs.WATCHDOG_SECONDS)
        self.assertEqual(done.returncode, 1)
        self.assertIn("expected ADDRESS:PORT", done.stderr)

    def test_it_is_about_20_lines(self):
        self.assertLessEqual(len((programs.ROOT / "examples/echo/echo.cpp").read_text().splitlines()), 25)


class Chat(unittest.TestCase):
    def test_it_is_served_without_configuration_and_its_channel_reaches_others(self):
        with started(ENCKE, "--listen", "127.0.0.1:0", "--workers", "2") as running:
            status, kind, text = programs.page(running, "/")
            self.assertEqual((status, kind), (200, "text/html; charset=UTF-8"))
            parts = re.findall(r'(?:src|href)="([\w./-]+\.(?:js|css|svg))"', text)
            self.assertTrue(parts)
            for part in parts:
                self.assertEqual(programs.page(running, "/" + part.lstrip("/"))[0], 200, part)
            members = [ADAPTERS[name].session(running.server, "/chat").open() for name in ON_SOCKJS]
            members[0].send("good morning")
            for name, member in zip(ON_SOCKJS, members):
                self.assertEqual(member.messages(1), ["good morning"], name)
                member.close()
            self.assertEqual(running.stop()[0], 0)


class Sockjs(unittest.TestCase):
    """The page itself is driven in a browser by tests/e2e/sockjs_example.test.js."""

    folder = programs.ROOT / "examples/sockjs"

    def test_its_configuration_is_good_and_serves_page_client_and_echo(self):
        if not (self.folder / "node_modules/sockjs-client/dist").is_dir():
            self.skipTest("npm install was not run in examples/sockjs")
        with started(ENCKE, "--config", str(self.folder / "encke.json"), "--listen", "127.0.0.1:0") as running:
            status, kind, text = programs.page(running, "/")
            self.assertEqual((status, kind), (200, "text/html; charset=UTF-8"))
            for script in re.findall(r'<script src="([^"]+)"', text):
                self.assertEqual(programs.page(running, "/" + script.lstrip("/"))[0], 200, script)
            for transport in ON_SOCKJS:
                self.assertEqual(programs.echoes(running, "/echo", transport, ["x"]), ["x"], transport)
            self.assertEqual(running.stop()[0], 0)


class Folders(unittest.TestCase):
    def test_every_example_has_a_readme(self):
        for folder in (path for path in (programs.ROOT / "examples").iterdir() if path.is_dir()):
            self.assertTrue((folder / "README.md").is_file(), folder.name)


if __name__ == "__main__":
    sys.exit(programs.counted(unittest.main(argv=sys.argv[:1], exit=False).result))
