#!/usr/bin/env python3
"""curl as a SockJS client: info, polling, streaming, HTTP/1.0, keep-alive, uploads, and over TLS.

    curl_test.py --encke build/encke
"""

import argparse
import json
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "conformance")]

from rule_runner import Runner, Skip, equal, true  # noqa: E402
from server_process import WATCHDOG_SECONDS, ServerProcess  # noqa: E402
from support.tls import make_certificate  # noqa: E402

CONFIG = {"services": {"/echo": {"type": "echo"}, "/small": {"type": "echo", "response_limit": 4096},
                       "/close": {"type": "close"}, "/tiny": {"type": "echo", "max_message_bytes": 1000}}}
# Written by curl after each transfer: what it saw of the connection.
SEEN = "\n%{http_code} %{http_version} %{num_connects} %{content_type}\n"


def curl(*arguments: str, data: bytes | None = None) -> subprocess.CompletedProcess:
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", str(WATCHDOG_SECONDS), *arguments]
    return subprocess.run(command, input=data, capture_output=True, timeout=2 * WATCHDOG_SECONDS, check=False)


def body(*arguments: str, data: bytes | None = None, status: int = 200) -> bytes:
    done = curl("--write-out", "%{stderr}%{http_code}", *arguments, data=data)
    equal((done.returncode, done.stderr.decode()[-3:]), (0, str(status)), f"exit and HTTP status of curl {arguments[-1]}")
    return done.stdout


class Follow:
    """A curl that stays: what it receives, line by line as it comes."""

    def __init__(self, *arguments: str):
        self.process = subprocess.Popen(["curl", "--silent", "--no-buffer", "--noproxy", "*", *arguments], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE)
        self.lines: queue.SimpleQueue = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def next(self) -> bytes | None:
        return self.lines.get(timeout=WATCHDOG_SECONDS)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()


class Checks:
    """Each method is one check; its first line of documentation names it."""

    def __init__(self, server: ServerProcess, certificate: str, folder: pathlib.Path):
        self.url, self.folder, self.certificate = server.url, folder, certificate
        self.secure = f"https://localhost:{server.ports[1]}"

    def greeting(self) -> None:
        """the greeting"""
        equal(body(f"{self.url}/echo"), b"Welcome to SockJS!\n", "body")

    def info(self) -> None:
        """/info is JSON that nobody may keep"""
        info = json.loads(body(f"{self.url}/echo/info"))
        equal((info["websocket"], info["origins"], info["cookie_needed"]), (True, ["*:*"], False), "info")
        head = body("--head", f"{self.url}/echo/info").decode().lower()
        true("cache-control: no-store, no-cache" in head, f"expected not to be cached: {head}")

    def poll_cycle(self) -> None:
        """open, send, poll"""
        session = f"{self.url}/echo/000/cycle"
        equal(body("-X", "POST", f"{session}/xhr"), b"o\n", "first poll")
        equal(body("--data-binary", '["Gr\u00fc\u00dfe %41 \\u2028", "two"]', f"{session}/xhr_send", status=204), b"", "send")
        equal(body("-X", "POST", f"{session}/xhr"), 'a["Gr\u00fc\u00dfe %41 \\u2028","two"]\n'.encode(), "second poll")
        body("--data-binary", '["x"', f"{session}/xhr_send", status=500)
        body("--data-binary", '["x"]', f"{self.url}/echo/000/nobody/xhr_send", status=404)

    def keep_alive(self) -> None:
        """one connection carries many requests"""
        session = f"{self.url}/echo/000/alive"
        arguments = []
        for request in (["-X", "POST", f"{session}/xhr"], ["--data-binary", '["kept"]', f"{session}/xhr_send"],
                        ["-X", "POST", f"{session}/xhr"], [f"{self.url}/echo/info"], [f"{self.url}/nothing"],
                        [f"{self.url}/echo"]):
            arguments += ["--next"] * bool(arguments) + ["--silent", "--noproxy", "*", "--write-out", SEEN, *request]
        lines = curl(*arguments).stdout.decode().splitlines()
        seen = [line.split()[:3] for line in lines if re.match(r"\d{3} 1\.1 \d ", line)]
        equal([status for status, _, _ in seen], ["200", "204", "200", "200", "404", "200"], "statuses")
        equal([connects for _, _, connects in seen], ["1", "0", "0", "0", "0", "0"], "new connections")
        true('a["kept"]' in lines, f"expected the message among {lines}")

    def http10(self) -> None:
        """HTTP/1.0"""
        equal(body("-0", f"{self.url}/echo"), b"Welcome to SockJS!\n", "greeting")
        done = curl("-0", "--include", "-X", "POST", f"{self.url}/close/000/old/xhr_streaming").stdout
        head, _, stream = done.partition(b"\r\n\r\n")
        true(b"transfer-encoding" not in head.lower() and b"content-length" not in head.lower(), f"framed: {head!r}")
        equal(stream, b"h" * 2048 + b'\no\nc[3000,"Go away!"]\n', "stream")

    def streaming(self) -> None:
        """XHR streaming: frames come one by one, the response ends at its limit, the next goes on"""
        session = f"{self.url}/small/000/stream"
        stream = Follow("-X", "POST", f"{session}/xhr_streaming")
        try:
            equal([stream.next(), stream.next()], [b"h" * 2048 + b"\n", b"o\n"], "prelude and open frame")
            for number in range(3):
                body("--data-binary", f'["message {number}"]', f"{session}/xhr_send", status=204)
                equal(stream.next(), f'a["message {number}"]\n'.encode(), "frame")
            long = "x" * 5000
            body("--data-binary", json.dumps([long]), f"{session}/xhr_send", status=204)
            equal(stream.next(), f'a["{long}"]\n'.encode(), "long frame")
            equal(stream.next(), None, "after the limit")
            equal(stream.process.wait(WATCHDOG_SECONDS), 0, "curl's status: a clean end")
        finally:
            stream.stop()
        body("--data-binary", '["between"]', f"{session}/xhr_send", status=204)
        stream = Follow("-X", "POST", f"{session}/xhr_streaming")
        try:
            equal([stream.next(), stream.next()], [b"h" * 2048 + b"\n", b'a["between"]\n'], "the next response")
        finally:
            stream.stop()

    def eventsource(self) -> None:
        """EventSource"""
        session = f"{self.url}/echo/000/events"
        stream = Follow("-H", "Accept: text/event-stream", f"{session}/eventsource")
        try:
            equal([stream.next(), stream.next(), stream.next()], [b"\r\n", b"data: o\r\n", b"\r\n"], "prelude and open")
            body("--data-binary", '["100%\\n"]', f"{session}/xhr_send", status=204)
            equal(stream.next(), b'data: a["100%25\\n"]\r\n', "event")
        finally:
            stream.stop()

    def jsonp(self) -> None:
        """JSONP, its form sent by curl"""
        session = f"{self.url}/echo/000/script"
        equal(body(f"{session}/jsonp?c=callback"), b'/**/callback("o");\r\n', "open")
        equal(body("--data-urlencode", 'd=["a+b & c=d %"]', f"{session}/jsonp_send"), b"ok", "send")
        equal(body(f"{session}/jsonp?c=callback"), b'/**/callback("a[\\"a+b & c=d %\\"]");\r\n', "poll")

    def large_body(self) -> None:
        """a body of 5 MiB, plain (with Expect), chunked, and from a pipe"""
        message = "y" * (5 << 20)
        file = self.folder / "body.json"
        file.write_text(json.dumps([message]))
        for name, options, data in (("plain", [], None), ("expect", ["-H", "Expect: 100-continue"], None),
                                    ("chunked", ["-H", "Transfer-Encoding: chunked"], None),
                                    ("pipe", ["-T", "-", "-X", "POST"], file.read_bytes())):
            session = f"{self.url}/echo/000/large_{name}"
            body("-X", "POST", f"{session}/xhr")
            source = [] if data else ["--data-binary", f"@{file}"]
            body(*options, *source, f"{session}/xhr_send", data=data, status=204)
            true(body("-X", "POST", f"{session}/xhr") == f'a["{message}"]\n'.encode(), f"{name}: it came back changed")

    def too_large(self) -> None:
        """a body over the limit is refused with 413, with and without Expect"""
        file = self.folder / "too_large.json"
        # Not longer than what the server reads and drops: beyond that the answer may be lost with the connection.
        file.write_text(json.dumps(["z" * (512 << 10)]))
        for number, options in enumerate(([], ["-H", "Expect:"], ["-H", "Transfer-Encoding: chunked"])):
            session = f"{self.url}/tiny/000/large{number}"
            body("-X", "POST", f"{session}/xhr")
            done = curl("--output", "/dev/null", "--write-out", "%{http_code}", *options, "--data-binary", f"@{file}",
                        f"{session}/xhr_send")
            equal(done.stdout.decode(), "413", f"status with {options}")

    def preflight(self) -> None:
        """the preflight of a browser"""
        head = body("--include", "-X", "OPTIONS", "-H", "Origin: http://page.example", "-H",
                    "Access-Control-Request-Headers: a, b", f"{self.url}/echo/000/flight/xhr", status=204).decode().lower()
        for field in ("access-control-allow-origin: http://page.example", "access-control-allow-credentials: true",
                      "access-control-allow-headers: a, b"):
            true(field in head, f"expected {field} in {head}")

    def over_tls(self) -> None:
        """TLS 1.2 and 1.3, HTTP/1.1 by ALPN: a session opens, sends and polls; a certificate of nobody's is not taken"""
        for version in ("1.2", "1.3"):
            trusting = ["--cacert", self.certificate, f"--tlsv{version}", "--tls-max", version]
            session = f"{self.secure}/echo/000/tls{version.replace('.', '')}"
            done = curl("--verbose", "--write-out", SEEN, *trusting, "-X", "POST", f"{session}/xhr")
            said = done.stderr.decode("utf-8", "replace")
            equal((done.returncode, done.stdout.decode().splitlines()[:3]),
                  (0, ["o", "", "200 1.1 1 application/javascript; charset=UTF-8"]), f"opening over TLS {version}; curl says {said[-400:]!r}")
            true(f"SSL connection using TLSv{version} " in said, f"expected TLS {version}: {said[-800:]!r}")
            true(re.search(r"ALPN[:,] server accepted (to use )?http/1\.1", said), f"expected http/1.1 by ALPN: {said[-800:]!r}")
            body("--data-binary", '["over TLS"]', *trusting, f"{session}/xhr_send", status=204)
            equal(body("-X", "POST", *trusting, f"{session}/xhr"), b'a["over TLS"]\n', "poll")
            equal(curl(f"--tlsv{version}", "--tls-max", version, f"{self.secure}/echo").returncode, 60, "curl without the certificate")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", required=True, help="the server's executable")
    encke = parser.parse_args().encke
    runner = Runner()

    def skip() -> None:
        raise Skip("curl is not installed")

    if shutil.which("curl") is None:
        runner.run("curl", skip)
        print("0 passed, 0 failed, 1 skipped")
        return 77
    with tempfile.TemporaryDirectory(prefix="encke-curl-") as folder:
        pair = make_certificate(pathlib.Path(folder))
        listen = [{"address": "127.0.0.1:0"}, {"address": "127.0.0.1:0", "tls": pair}]
        server = ServerProcess(encke, {**CONFIG, "listen": listen}, listen=None)
        checks = Checks(server, pair["certificate"], pathlib.Path(folder))
        for name, check in vars(Checks).items():
            if not name.startswith("_"):
                runner.run(check.__doc__, check.__get__(checks))
    runner.run("the server ends well", lambda: equal(server.stop(), [], "faults"))
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
