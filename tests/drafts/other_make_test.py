"""Clients of another make, in the dialects that they speak, against the built server: Debian's Protocol::WebSocket.

other_make_test.py --encke build/encke
"""

import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from server_process import ServerProcess  # noqa: E402

DIALECTS = ("draft-hixie-75", "draft-ietf-hybi-00", "draft-ietf-hybi-10", "draft-ietf-hybi-17")
TEXTS = ["hello", "Hell\u00f6 \u20ac \U0001f600", "".join(map(chr, range(32, 127))), "x" * 125, "x" * 126, "x" * 65535, "x" * 65536,
         "y" * (1 << 20), *(f"message {n}" for n in range(200))]


class OtherMake(unittest.TestCase):
    encke = "build/encke"

    @classmethod
    def setUpClass(cls):
        cls.server = ServerProcess(cls.encke, {"services": {"/echo": {"type": "echo"}}})

    @classmethod
    def tearDownClass(cls):
        faults = cls.server.stop()
        if faults:
            raise AssertionError(faults)

    def echo(self, dialect):
        host, port = self.server.address
        client = subprocess.run(["perl", str(HERE / "client.pl"), host, str(port), "/echo/websocket", dialect],
                                input="".join(text + "\n" for text in TEXTS).encode(), capture_output=True, timeout=120)
        self.assertEqual(client.stderr.decode(), "")
        self.assertEqual(client.stdout.decode().splitlines(), TEXTS)


for name in DIALECTS:
    setattr(OtherMake, "test_" + name.replace("-", "_"), lambda self, name=name: self.echo(name))

if __name__ == "__main__":
    if "--encke" in sys.argv:
        at = sys.argv.index("--encke")
        OtherMake.encke = sys.argv[at + 1]
        del sys.argv[at:at + 2]
    unittest.main(verbosity=2)
