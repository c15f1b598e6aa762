"""The servers that are measured: started on one core, told apart by name, ended when done."""

import contextlib
import ctypes
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(os.path.dirname(HERE), each) for each in ("support", "conformance")]

from server_process import cpu_ns  # noqa: E402
from support.tls import make_certificate  # noqa: E402

PEERS = os.path.join(HERE, "peers")
READY = re.compile(rb"listening on (?:https?://)?127\.0\.0\.1:(\d+)")
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
NCHAN = "/usr/lib/nginx/modules/ngx_nchan_module.so"
START_SECONDS = 20
PR_SET_PDEATHSIG = 1

# Which transports each server speaks; the floor speaks none, and stands for all.
SOCKJS_TRANSPORTS = ["websocket", "raw", "xhr_streaming", "eventsource", "htmlfile", "xhr", "jsonp"]
# One of each kind; the others differ from one of them by what stands around a message.
MAIN_TRANSPORTS = ["websocket", "raw", "xhr_streaming", "xhr"]
SPEAKS = {"floor": ["tcp"], "http_floor": ["xhr_streaming", "xhr"], "encke": SOCKJS_TRANSPORTS,
          "facade": ["websocket", "xhr_streaming", "xhr"], "two": MAIN_TRANSPORTS,
          "sockjs": SOCKJS_TRANSPORTS, "ws": ["raw"], "engineio": ["raw"], "lws": ["raw"],
          "websocketpp": ["raw"], "nchan": ["raw"]}
TITLES = {"floor": "floor", "http_floor": "floor over HTTP", "encke": "Encke", "facade": "Encke, facade's protocol",
          "two": "Encke, two workers", "sockjs": "sockjs-node", "ws": "ws", "engineio": "engine.io",
          "lws": "libwebsockets",
          "websocketpp": "websocketpp", "nchan": "nginx with nchan"}
# The facade's protocol is spoken by the Encke that runs beside it, where there is one.
SAME = {"facade": "encke"}
OURS = ["floor", "http_floor", "encke", "facade", "two"]
NODE = ["sockjs", "ws", "engineio"]
BUILT = ["lws", "websocketpp"]

# What the floor does under a load.
FLOOR_MODES = {"echo": "echo", "broadcast": "broadcast", "connect": "close", "idle": "echo"}
# The generator's sending connections say nothing until all are there.
CONFIGURATION = {"services": {"/echo": {"type": "echo"}, "/broadcast": {"type": "broadcast"}}, "limits": {"handshakes": 20_000}}


class BenchError(Exception):
    """Something is missing or went wrong; its text is for the reader of the terminal."""


def child_setup(core):
    """What a child does before it runs: it stays on one core, may open many files, and ends with its parent."""

    def setup():
        os.sched_setaffinity(0, {core})
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return setup


class Server:
    """One running server; a context that ends it."""

    def __init__(self, name, command, core, directory, port=None):
        """`port`: of a server that does not say where it listens."""
        self.name = name
        self.log = tempfile.TemporaryFile(dir=directory)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        preexec_fn=child_setup(core))
        try:
            self.port = self._wait_for_port() if port is None else self._wait_for_answer(port)
        except BenchError:
            self.stop()
            raise

    def _wait_for_port(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            match = READY.search(self.output())
            if match:
                return int(match.group(1))
            if self.process.poll() is not None:
                raise BenchError(f"{self.name} ended at once: {self.tail()}")
            time.sleep(0.02)
        raise BenchError(f"{self.name} did not say that it listens: {self.tail()}")

    def _wait_for_answer(self, port):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return port
            if self.process.poll() is not None:
                raise BenchError(f"{self.name} ended at once: {self.tail()}")
            time.sleep(0.02)
        raise BenchError(f"{self.name} does not answer: {self.tail()}")

    def output(self):
        self.log.seek(0)
        data = self.log.read()
        self.log.seek(0, os.SEEK_END)
        return data

    def tail(self):
        return self.output()[-600:].decode(errors="replace").strip() or "(no output)"

    def check(self):
        if self.process.poll() is not None:
            raise BenchError(f"{self.name} ended with {self.process.returncode}: {self.tail()}")

    def cpu_ns(self):
        """CPU time of all threads, user and system, to the nanosecond."""
        return cpu_ns(self.process.pid)

    def private_bytes(self):
        """Memory that is the process's own: what it has written, and its share of nothing else."""
        total = 0
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith(("Private_Clean:", "Private_Dirty:")):
                    total += int(line.split()[1]) * 1024
        return total

    def tidy(self):
        """Asks a server that collects garbage to do so."""
        if self.name in NODE:
            self.process.send_signal(signal.SIGUSR2)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Launcher:
    """Knows how each server is started."""

    def __init__(self, encke, tools, core):
        self.encke = encke
        self.tools = tools
        self.core = core
        self.directory = tempfile.TemporaryDirectory(prefix="encke-bench-")
        self.configuration = os.path.join(self.directory.name, "encke.json")
        with open(self.configuration, "w", encoding="utf-8") as file:
            json.dump(CONFIGURATION, file)

    def command(self, name, kind):
        """`kind` of load, or "MODE" to name it."""
        if name == "floor":
            return [os.path.join(self.tools, "encke_floor"), FLOOR_MODES.get(kind, kind)]
        if name == "http_floor":
            return [os.path.join(self.tools, "encke_floor_http")]
        if name in ("encke", "facade", "two"):
            if kind == "tls":
                return [self.encke, "--config", self._configure_tls(), "--workers", "1"]
            return [self.encke, "--config", self.configuration, "--listen", "127.0.0.1:0", "--workers",
                    "2" if name == "two" else "1"]
        if name in BUILT:
            return [os.path.join(self.tools, name + "_server")]
        if name == "nchan":
            return [NGINX, "-c", os.path.join(self.directory.name, "nchan.conf")]
        return ["node", "--expose-gc", os.path.join(PEERS, name + "_server.js")]

    def start(self, name, kind):
        port = self._configure_nchan() if name == "nchan" else None
        return Server(name, self.command(name, kind), self.core, self.directory.name, port)

    def _configure_tls(self):
        """Writes a configuration with a certificate of its own, and returns its path."""
        path = os.path.join(self.directory.name, "encke-tls.json")
        if os.path.exists(path):
            return path
        try:
            tls = make_certificate(pathlib.Path(self.directory.name))
        except RuntimeError as why:
            raise BenchError(str(why)) from why
        listen = [{"address": "127.0.0.1:0", "tls": tls}]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**CONFIGURATION, "listen": listen}, file)
        return path

    def _configure_nchan(self):
        """Writes the configuration, with a port that is free, which it returns."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        with open(os.path.join(PEERS, "nchan.conf"), encoding="utf-8") as file:
            text = file.read()
        with open(os.path.join(self.directory.name, "nchan.conf"), "w", encoding="utf-8") as file:
            file.write(text.replace("PORT", str(port)).replace("FOLDER", self.directory.name))
        return port

    def close(self):
        self.directory.cleanup()


def absent(names, tools):
    """Those of `names` that cannot be started here, with the reason."""
    found = {}
    for name in names:
        if name in NODE and not prepare_node():
            found[name] = "there is no node, or npm ci failed"
        elif name in BUILT and not os.access(os.path.join(tools, name + "_server"), os.X_OK):
            found[name] = f"{name}_server was not built"
        elif name == "nchan" and not (os.access(NGINX, os.X_OK) and os.path.exists(NCHAN)):
            found[name] = "nginx or its module nchan is not installed"
    return found


def prepare_node():
    """Installs the node servers' packages where they are not. False, with the reason printed, if that cannot be."""
    if not shutil.which("node"):
        return False
    if os.path.isdir(os.path.join(PEERS, "node_modules", "engine.io")):
        return True
    result = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=PEERS, capture_output=True, text=True)
    if result.returncode != 0:
        print("npm ci failed:\n" + result.stderr[-600:])
    return result.returncode == 0
