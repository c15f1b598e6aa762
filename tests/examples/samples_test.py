"""Plays the samples of transports/*/README.md: the server must answer with exactly those bytes.

    samples_test.py ENCKE

A sample is a block marked `wire`. `1>` sends on the first connection, `1<` reads on it; escapes and {…} as NOTE says in each file.
"""

from __future__ import annotations

import pathlib
import re
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import programs  # noqa: E402
from support.http import Peer  # noqa: E402
from support.server import registry  # noqa: E402

ENCKE = sys.argv[1]
DATE = b"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d \\w\\w\\w \\d{4} \\d\\d:\\d\\d:\\d\\d GMT"
DATE_SIZE = 29
TOKEN = re.compile(r"\\x([0-9a-f]{2})|\\([rn\\])|\{(.)\*(\d+)\}|(\{date\})|(.)", re.S)


def pieces(text: str) -> list[tuple[bytes, int]]:
    """The pattern and the size of each thing in a line."""
    found = []
    for hexadecimal, letter, repeated, times, date, plain in TOKEN.findall(text):
        if hexadecimal:
            byte = bytes([int(hexadecimal, 16)])
        elif letter:
            byte = {"r": b"\r", "n": b"\n", "\\": b"\\"}[letter]
        elif repeated:
            byte = repeated.encode() * int(times)
        elif date:
            found.append((DATE, DATE_SIZE))
            continue
        else:
            byte = plain.encode()
        found.append((re.escape(byte), len(byte)))
    return found


def literal(text: str) -> bytes:
    """What a line that is sent says."""
    return b"".join(re.sub(rb"\\(.)", rb"\1", pattern, flags=re.S) for pattern, _ in pieces(text))


class Samples(unittest.TestCase):
    def play(self, running: programs.Program, sample: str, where: str):
        peers: dict[str, Peer] = {}
        for number, line in enumerate(sample.splitlines()):
            match = re.fullmatch(r"(\d)([<>]) (.*)", line)
            self.assertTrue(match, f"{where}: no line of a sample: {line!r}")
            connection, direction, text = match.groups()
            peer = peers.setdefault(connection, None) or Peer(running.server)
            peers[connection] = peer
            if direction == ">":
                peer.send(literal(text))
                continue
            parts = pieces(text)
            got = peer.exactly(sum(size for _, size in parts))
            self.assertTrue(re.fullmatch(b"".join(pattern for pattern, _ in parts), got, re.S),
                            f"{where}, line {number + 1} of the sample: expected {text!r}, got {got!r}")
        for peer in peers.values():
            self.assertEqual(bytes(peer.buffer), b"", f"{where}: bytes behind the sample")
            peer.sock.shutdown(socket.SHUT_RDWR)
            peer.close()

    def test_every_sample_is_what_the_server_says(self):
        names = registry(ENCKE)
        with programs.Program(ENCKE, "--listen", "127.0.0.1:0", transports=names) as running:
            for name in names:
                path = f"transports/{name}/README.md"
                samples = programs.fenced(path, "wire")
                self.assertTrue(samples, f"{path} has no sample")
                for line, sample in samples:
                    with self.subTest(f"{path}:{line}"):
                        self.play(running, sample, f"{path}:{line}")
            self.assertEqual(running.stop()[0], 0)


if __name__ == "__main__":
    sys.exit(programs.counted(unittest.main(argv=sys.argv[:1], exit=False).result))
