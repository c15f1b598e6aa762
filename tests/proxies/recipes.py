"""The recipes of docs/operations.md as they stand there: what Encke's configuration says, and what the proxy's does.

Nothing of a text is changed but ports, the names of files, and times, which are all divided by the same number.
"""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "conformance")]

from rule_runner import true  # noqa: E402
from server_process import WATCHDOG_SECONDS, ServerProcess  # noqa: E402
from support.tls import make_certificate  # noqa: E402

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/operations.md"
PROGRAMS = {"nginx": "/usr/sbin/nginx", "haproxy": "/usr/sbin/haproxy"}
STREAM_MODULE = pathlib.Path("/usr/lib/nginx/modules/ngx_stream_module.so")
KINDS = ("TLS at the proxy", "TLS on both sides", "TLS passed through")
HOURGLASS = 12.5  # of the recipes' times a second is so many: the heartbeat's 25 are 2, a proxy's 75 are 6

# What Debian's own files say around a recipe, less what would leave the test's folder.
NGINX = """daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/log;
events {{}}
"""
NGINX_STREAM = "load_module {module};\n"
NGINX_HTTP = "http {{\n  access_log off;\n" + "".join(
    f"  {kind}_temp_path {{folder}}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
HAPROXY = """global
  stats socket {folder}/stats
{text}"""


def section(kind: str) -> dict[str, str]:
    """The texts below a heading, by their languages."""
    text = DOCUMENT.read_text(encoding="utf-8")
    found = re.search(rf"^#+ {re.escape(kind)}\n(.*?)(?=^#+ |\Z)", text, re.M | re.S)
    true(found, f"docs/operations.md has no heading {kind!r}")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", found[1], re.M | re.S)
    texts = dict(blocks)
    true(len(texts) == len(blocks), f"{kind}: expected one text of each language, found {[name for name, _ in blocks]}")
    return texts


def replaced(text: str, old: str, new: str) -> str:
    true(old in text, f"a recipe does not say {old!r}:\n{text}")
    return text.replace(old, new)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def faster(text: str) -> str:
    """Times from 20 to 100 s, as milliseconds of the test's: those that heartbeats have to do with."""
    return re.sub(r"\b([2-9]\d|100)s\b", lambda found: f"{round(int(found[1]) * 1000 / HOURGLASS)}ms", text)


class Folder:
    """Certificates, and what the proxies write."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="encke-recipes-"))
        self.path.chmod(0o755)
        for name in ("cert", "other"):
            make_certificate(self.path, ("DNS:localhost", "DNS:chat.example"), stem=name)
        both = (self.path / "cert.pem").read_text() + (self.path / "cert.key").read_text()
        (self.path / "site.pem").write_text(both)
        shutil.copy(self.path / "cert.key", self.path / "site.key")
        shutil.copy(self.path / "cert.key", self.path / "key.pem")
        shutil.copy(self.path / "cert.pem", self.path / "encke-ca.pem")

    def close(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def start_server(encke: str, kind: str, folder: Folder, more: dict, plain: bool) -> ServerProcess:
    """Encke with the recipe's listener and trust, `plain` without its TLS, and with services and limits of the test's."""
    config = json.loads(re.sub(r'"(cert|key)\.pem"', lambda found: json.dumps(str(folder.path / f"{found[1]}.pem")),
                               re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:0", section(kind)["json"])))
    if plain:
        del config["listen"][0]["tls"]
    return ServerProcess(encke, config | more, listen=None)


class Proxy:
    """A proxy with the recipe of a kind, in front of a server's port. `change` is done to its text before all else."""

    def __init__(self, program: str, kind: str, server: ServerProcess, folder: Folder, change=lambda text: text):
        self.program, self.kind = program, kind
        self.port = free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=program, dir=folder.path))
        self.folder.chmod(0o777)  # it may give up root's rights
        text = faster(change(section(kind)[program]))
        text = re.sub(r"127\.0\.0\.1:(8080|8443)\b", f"127.0.0.1:{server.address[1]}", text)
        text = text.replace(f"/etc/{program}", str(folder.path))
        if program == "nginx":
            text = replaced(text, "listen 443", f"listen 127.0.0.1:{self.port}")
            if "stream {" in text:
                text = NGINX_STREAM.format(module=STREAM_MODULE) + NGINX.format(folder=self.folder) + text
            else:
                text = NGINX.format(folder=self.folder) + NGINX_HTTP.format(folder=self.folder) + text + "}\n"
        else:
            text = HAPROXY.format(folder=self.folder, text=replaced(text, "bind :443", f"bind 127.0.0.1:{self.port}"))
        file = self.folder / "conf"
        file.write_text(text)
        flags = ["-c", str(file)] if program == "nginx" else ["-db", "-f", str(file)]
        self.process = subprocess.Popen([PROGRAMS[program], *flags], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        self._wait(text)

    def _wait(self, text: str) -> None:
        end = time.monotonic() + WATCHDOG_SECONDS
        while True:
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                raise AssertionError(f"the proxy did not come up:\n{self.process.communicate()[1]}\n{text}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)

    def checks(self) -> list[str]:
        """What HAProxy found when it last asked its servers."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(WATCHDOG_SECONDS)
            asking.connect(str(self.folder / "stats"))
            asking.sendall(b"show stat\n")
            answer = b"".join(iter(lambda: asking.recv(65536), b"")).decode()
        names, *rows = [line.split(",") for line in answer.removeprefix("# ").strip().split("\n")]
        found = [dict(zip(names, row)) for row in rows]
        return [row["check_status"] for row in found if row["svname"] not in ("FRONTEND", "BACKEND")]

    def stop(self) -> None:
        self.process.kill()  # it keeps nothing
        self.process.wait(WATCHDOG_SECONDS)
        self.process.stderr.close()
