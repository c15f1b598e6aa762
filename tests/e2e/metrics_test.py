#!/usr/bin/env python3
"""What operators see: /metrics as Prometheus reads it, health, and who is let in.

    metrics_test.py --encke build/encke [--docs docs/metrics.md]
"""

import argparse
import base64
import http.client
import json
import pathlib
import re
import signal
import socket
import sys
import tempfile
import time
import types

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE.parent / "conformance"))

from rule_runner import Runner, Skip, equal, true  # noqa: E402
from server_process import WATCHDOG_SECONDS, ServerProcess  # noqa: E402
from support.transports import ADAPTERS  # noqa: E402

TOKEN = "a-token-of-some-length"
NO_SOCKJS = {"flash"}  # has the facade's wire alone
TEXTS = ("hello", "grüße")


class Operator:
    """A server with a door for operators, and what is read there."""

    def __init__(self, encke: str, *, workers: int = 2, admin: dict | None = None, services: dict | None = None, **more):
        with tempfile.TemporaryDirectory(prefix="encke-test-") as folder:
            token = pathlib.Path(folder) / "token"
            token.write_text(TOKEN + "\n")
            admin = {"listen": "127.0.0.1:0", "token_file": str(token)} if admin is None else admin
            self.server = ServerProcess(encke, {"services": services or {"/echo": {"type": "echo"}}, "admin": admin, **more},
                                        workers=workers)
        host, port = self.server.address
        self.public = types.SimpleNamespace(host=host, port=port, tls=None, source=None,
                                           need=lambda transport: None)  # as the adapters of the conformance suite want it
        end = time.monotonic() + WATCHDOG_SECONDS
        found = None
        while not found and time.monotonic() < end:
            found = re.search(r"for operators on http://127\.0\.0\.1:(\d+)/", "\n".join(self.server.log))
        true(found, "no line about operators in the log")
        self.port = int(found[1])

    def get(self, path: str, *, method: str = "GET", token: str | None = TOKEN, fields: dict | None = None, body: bytes | None = None,
            port: int = 0) -> tuple[int, str, http.client.HTTPResponse]:
        line = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=WATCHDOG_SECONDS)
        head = {"Authorization": f"Bearer {token}"} if token is not None else {}
        line.request(method, path, headers={**head, **(fields or {})}, body=body)
        answer = line.getresponse()
        text = answer.read().decode()
        line.close()
        return answer.status, text, answer

    def metrics(self) -> dict:
        """Each sample's value, by its name and labels: ("encke_sessions", "/echo", "poll")."""
        status, text, answer = self.get("/metrics")
        equal(status, 200, "status of /metrics")
        equal(answer.getheader("Content-Type"), "text/plain; version=0.0.4; charset=utf-8", "type of /metrics")
        return samples_of(text)

    def wait_for(self, key: tuple, value: float) -> dict:
        end = time.monotonic() + WATCHDOG_SECONDS
        while True:
            metrics = self.metrics()
            if metrics.get(key) == value or time.monotonic() > end:
                equal(metrics.get(key), value, str(key))
                return metrics
            time.sleep(0.02)

    def stop(self) -> None:
        equal(self.server.stop(), [], "the end of the server")


def families_of(text: str):
    """As the Python client library of Prometheus reads it."""
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError as error:
        raise Skip("python3-prometheus-client is not there") from error
    return list(text_string_to_metric_families(text))


LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)')
LABEL = re.compile(r'[a-z_]+="((?:[^"\\]|\\.)*)"')


def samples_of(text: str) -> dict:
    samples = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        true(match, f"a line that Prometheus would not read: {line!r}")
        key = (match[1], *LABEL.findall(match[2] or ""))
        true(key not in samples, f"{key} stands there twice")
        samples[key] = float(match[3])
    return samples


def transports(door: Operator) -> None:
    """Each transport carries TEXTS up and down; the numbers are these, and no others."""
    sent = sum(len(text.encode()) for text in TEXTS)
    adapters = {name: each for name, each in ADAPTERS.items() if " " not in name and name not in NO_SOCKJS}
    sessions = {}
    for name, adapter in adapters.items():
        session = sessions[name] = adapter.session(door.public).open()
        session.send(*TEXTS)
        equal(session.messages(len(TEXTS)), list(TEXTS), f"echo over {name}")
    metrics = door.metrics()
    for name in adapters:
        for metric, value in (("encke_sessions", 1), ("encke_sessions_opened_total", 1),
                              ("encke_messages_received_total", len(TEXTS)), ("encke_message_received_bytes_total", sent),
                              ("encke_messages_sent_total", len(TEXTS)), ("encke_message_sent_bytes_total", sent),
                              ("encke_heartbeats_lost_total", 0), ("encke_outbox_bytes", 0)):
            equal(metrics.get((metric, "/echo", name)), value, f"{metric} of {name}")
    equal({key[2] for key in metrics if key[0] == "encke_sessions"}, {"none", *adapters}, "the transports that are told")
    for session in sessions.values():
        session.close()
    for name in adapters:
        if adapters[name].streams:
            door.wait_for(("encke_sessions", "/echo", name), 0)


def changes(door: Operator) -> None:
    """A facade's session that goes from polls to a stream."""
    door_port = door.public.port
    status, text, _ = door.get("/echo/encke.1/open", method="POST", port=door_port, token=None)
    equal(status, 200, "status of open")
    root = "/echo/encke.1/" + json.loads(text)["session"]
    metrics = door.metrics()
    equal(metrics[("encke_sessions", "/echo", "none")], 1, "sessions without a carrier so far")
    equal(metrics[("encke_sessions_waiting", "/echo")] >= 1, True, "sessions that wait")
    status, text, _ = door.get(f"{root}/xhr?n=1&a=0&w=0", method="POST", port=door_port, token=None)
    equal((status, text), (200, "k0\n"), "a first poll")
    line = http.client.HTTPConnection("127.0.0.1", door_port, timeout=WATCHDOG_SECONDS)
    line.request("POST", f"{root}/xhr_streaming?n=2&a=0")
    answer = line.getresponse()
    equal(answer.status, 200, "status of a stream")
    metrics = door.metrics()
    equal(metrics.get(("encke_transport_changes_total", "/echo", "xhr_poll", "xhr_stream")), 1, "changes")
    equal(metrics[("encke_sessions", "/echo", "none")], 0, "sessions without a carrier so far")
    line.close()


def refused(door: Operator) -> None:
    """Each refusal counts once, for its service, for the transport that was asked for, and for what it was."""
    evil = {"Origin": "https://evil.example"}
    port = door.public.port
    for transport, path in ((("none", "/strict/info"), ("xhr_poll", "/strict/000/a/xhr"), ("xhr_poll", "/strict/000/a/xhr"),
                             ("websocket", "/strict/000/a/websocket"), ("none", "/strict/encke.1/open"))):
        post = path.endswith(("xhr", "open"))
        equal(door.get(path, method="POST" if post else "GET", port=port, token=None, fields=evil)[0], 403, f"{path} of another origin")
    for path, bearer in (("/token/000/a/xhr", None), ("/token/000/a/xhr_streaming", "x.y.z"), ("/token/encke.1/open", None)):
        equal(door.get(path, method="POST", port=port, token=bearer)[0], 401, f"{path} without a good token")
    for path, status in (("/few/000/a/xhr", 200), ("/few/000/b/xhr", 503), ("/few/000/c/xhr_streaming", 503), ("/few/encke.1/open", 503)):
        equal(door.get(path, method="POST", port=port, token=None)[0], status, path)
    metrics = door.metrics()
    told = {key[1:]: value for key, value in metrics.items() if key[0] == "encke_requests_refused_total" and value}
    equal(told, {("/strict", "none", "origin"): 2, ("/strict", "xhr_poll", "origin"): 2, ("/strict", "websocket", "origin"): 1,
                 ("/token", "xhr_poll", "access"): 1, ("/token", "xhr_stream", "access"): 1, ("/token", "none", "access"): 1,
                 ("/few", "xhr_poll", "limit"): 1, ("/few", "xhr_stream", "limit"): 1, ("/few", "none", "limit"): 1}, "what is refused")


def refusals_told(door: Operator) -> None:
    """A line for each service and kind, and one in a minute, whatever the page calls itself."""
    equal(door.get("/listed/info", port=door.public.port, token=None, fields={"Origin": b"https://a.example\xc3\xa9\xc2\x9b2J x"})[0], 403, "status")
    wanted = {"/strict: 1 request refused for their origin; the last was of 127.0.0.1, with 403, from a page of https://evil.example",
              "/listed: 1 request refused for their origin; the last was of 127.0.0.1, with 403, from a page of https://a.example????2J?x",
              "/token: 1 request refused for want of access; the last was of 127.0.0.1, with 401, and told no origin",
              "/few: 1 session refused: as many as limits.sessions allows were open; the last was of 127.0.0.1"}
    end = time.monotonic() + WATCHDOG_SECONDS
    told: list[str] = []
    while len(told) < len(wanted) and time.monotonic() < end:
        told = [line.split(" warning service ", 1)[1] for line in list(door.server.log) if " warning service " in line]
        time.sleep(0.02)
    equal(sorted(told), sorted(wanted), "the lines of the log")


def whole_server(door: Operator) -> None:
    """What no service has refused is told by its reason, with each of which docs/metrics.md has a row."""
    equal(door.get("/", port=door.public.port, token=None, fields={f"X-{number}": "1" for number in range(200)})[0], 431, "200 fields")
    equal(door.get("/few/000/a/xhr_send", method="POST", port=door.public.port, token=None, body=b"x" * 200)[0], 413, "a long body")
    told = {key[1]: value for key, value in door.metrics().items() if key[0] == "encke_refused_total"}
    equal({reason: value for reason, value in told.items() if value}, {"heads": 1, "bodies": 1}, "what is refused")


def silent(door: Operator) -> None:
    """A WebSocket that answers no ping."""
    with socket.create_connection((door.public.host, door.public.port), WATCHDOG_SECONDS) as line:
        line.sendall(b"GET /beat/000/a/websocket HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        metrics = door.wait_for(("encke_heartbeats_lost_total", "/beat", "websocket"), 1)
        equal(sum(value for key, value in metrics.items() if key[0] == "encke_heartbeats_lost_total"), 1, "all that were lost")


def slow(door: Operator) -> None:
    """What waits for readers stands under their transport."""
    port = door.public.port

    def post(leaf: str, body: bytes | None = None) -> int:
        return door.get(f"/chat/000/{leaf}", method="POST", port=port, token=None, body=body)[0]
    stream = http.client.HTTPConnection("127.0.0.1", port, timeout=WATCHDOG_SECONDS)
    stream.request("POST", "/chat/000/reads/xhr_streaming")
    reader = stream.getresponse()
    equal((reader.status, post("sends/xhr"), post("sends/xhr_send", b'["hello"]')), (200, 200, 204), "two are there, and one speaks")
    door.wait_for(("encke_messages_sent_total", "/chat", "xhr_stream"), 1)
    metrics = door.metrics()
    told = {key[0]: [metrics[(key[0], "/chat", name)] for name in ("xhr_stream", "xhr_poll", "none")]
            for key in metrics if key[1:] == ("/chat", "none")}
    equal(told["encke_sessions"], [1, 1, 0], "sessions")
    equal(told["encke_carriers"], [1, 0, 0], "carriers")
    equal(told["encke_outbox_bytes"], [0, 5, 0], "bytes that wait")
    equal(told["encke_outbox_max_bytes"], [0, 5, 0], "the most that wait for one")
    equal(post("sends/xhr"), 200, "a poll")
    door.wait_for(("encke_outbox_bytes", "/chat", "xhr_poll"), 0)
    stream.close()


def backends(door: Operator, backend: socket.socket, dead: str) -> None:
    """Of a service of type tcp: the first backend is not there, the second stands in for it."""
    name = f"127.0.0.1:{backend.getsockname()[1]}"
    equal(door.get("/gate/000/one/xhr", method="POST", port=door.public.port, token=None)[0], 200, "the opening of a session")
    connection, _ = backend.accept()
    metrics = door.wait_for(("encke_backend_connections", "/gate", name), 1)
    equal(metrics[("encke_backend_connections_total", "/gate", name)], 1, "connections")
    equal([metrics[("encke_backend_up", "/gate", each)] for each in (dead, name)], [0, 1], "which answers")
    equal(metrics[("encke_backend_failures_total", "/gate", dead, "refused")], 1, "refused connections")
    connection.close()
    door.wait_for(("encke_backend_connections", "/gate", name), 0)


def names(door: Operator, docs: pathlib.Path) -> None:
    """Whatever is told stands in the document, with its type, and nothing else does."""
    _, text, _ = door.get("/metrics")
    told = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    equal(set(re.findall(r"^# HELP (\S+) \S", text, re.M)), set(told), "metrics with a help")
    described = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", docs.read_text(), re.M))
    # Told only where there is something to tell.
    rare = {name: kind for name, kind in described.items() if name.startswith("encke_exchange_")}
    equal({**rare, **told}, described, "the metrics and docs/metrics.md")
    for name in ("encke_refused_total", "encke_feed_dropped_total"):
        reasons = set(re.findall(rf'^{name}\{{.*\breason="(\w+)"\}}', text, re.M))
        row = next(line for line in docs.read_text().splitlines() if line.startswith(f"| `{name}` "))
        equal(set(re.findall(r"`(\w+)`", row)) - {name}, reasons, f"the reasons of {name}")


def process(door: Operator) -> None:
    began = door.metrics()[("process_start_time_seconds",)]
    true(0 <= time.time() - began < 10 * WATCHDOG_SECONDS, f"the process began {time.time() - began} s ago")


def conventions(door: Operator) -> None:
    """Prometheus' own words for names and units; and its reader takes it all."""
    _, text, _ = door.get("/metrics")
    families = families_of(text)
    true(len(families) > 20, "only a few metrics")
    for family in families:
        counts = family.type == "counter"
        sample = family.samples[0].name
        equal(counts, sample.endswith("_total"), f"whether {sample} is a counter, and its name says so")
        true(family.documentation.endswith("."), f"{family.name} has no sentence of help")


def guarded(door: Operator) -> None:
    for path in ("/metrics", "/admin", "/admin/live/info", "/admin/close", "/nothing"):
        want = 404 if path in ("/nothing", "/admin", "/admin/live/info", "/admin/close") else 401
        equal(door.get(path, token=None)[0], want, f"{path} without a token, and without a page")
    for wrong in ("", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper()):
        status, _, answer = door.get("/metrics", token=wrong)
        equal((status, answer.getheader("WWW-Authenticate")), (401, 'Basic realm="Encke", charset="UTF-8"'), f"with the token {wrong!r}")
    for name in ("", "prometheus"):
        basic = base64.b64encode(f"{name}:{TOKEN}".encode()).decode()
        equal(door.get("/metrics", token=None, fields={"Authorization": f"Basic {basic}"})[0], 200, "the token as a password")
    for bad in ("Basic", "Basic !", f"Digest {TOKEN}", TOKEN, "Basic " + base64.b64encode(TOKEN.encode()).decode()):
        equal(door.get("/metrics", token=None, fields={"Authorization": bad})[0], 401, f"Authorization: {bad}")
    equal(door.get("/metrics", fields={"Origin": "http://evil.example"})[0], 403, "a page of another origin")
    equal(door.get("/metrics", method="POST")[0], 405, "POST /metrics")
    for path in ("/metrics", "/admin", "/health/live"):
        equal(door.get(path, port=door.public.port)[0], 404, f"{path} on the public listener")


def open_door(encke: str) -> None:
    door = Operator(encke, workers=1, admin={"listen": "127.0.0.1:0"})
    equal(door.get("/metrics", token=None)[0], 200, "without any token")
    equal(door.get("/metrics", token=None, fields={"Host": "localhost:1"})[0], 200, "as localhost")
    for host in ("evil.example", "127.0.0.1.evil.example", "1e4"):
        equal(door.get("/metrics", token=None, fields={"Host": host})[0], 403, f"under the name {host}")
    door.stop()


def health(encke: str) -> None:
    door = Operator(encke, workers=1, health=True)
    public = door.public.port
    for port in (door.port, public):
        equal(door.get("/health/live", token=None, port=port)[:2], (200, "live\n"), "/health/live")
        equal(door.get("/health/ready", token=None, port=port)[:2], (200, "ready\n"), "/health/ready")
        equal(door.get("/health", token=None, port=port)[0], 404, "/health")
    equal(door.metrics()[("encke_ready",)], 1, "encke_ready")
    session = ADAPTERS["websocket"].session(door.public).open()
    door.server.process.send_signal(signal.SIGTERM)
    end = time.monotonic() + WATCHDOG_SECONDS
    status = 200
    while status == 200 and time.monotonic() < end:
        try:
            status = door.get("/health/ready", token=None)[0]
        except OSError:
            break
    equal(status, 503, "/health/ready while it drains")
    session.close()
    equal(door.server.process.wait(WATCHDOG_SECONDS), 0, "the end of the server")


def everything(encke: str, backends: list[str]) -> Operator:
    """With a service for each rule; they are all short of patience."""
    with tempfile.TemporaryDirectory(prefix="encke-test-") as folder:
        secret = pathlib.Path(folder) / "secret"
        secret.write_text("x" * 32)
        return Operator(encke, services={
            "/feed": {"type": "feed", "source": {"udp": "239.255.12.7:19127", "interface": "127.0.0.1"}},
            "/echo": {"type": "echo"}, "/chat": {"type": "broadcast"}, "/inbox": {"type": "inbox"},
            "/strict": {"type": "echo", "origins": ["https://good.example"]}, "/listed": {"type": "echo", "origins": ["https://good.example"]},
            "/token": {"type": "echo", "tokens": {"algorithm": "HS256", "key_file": str(secret)}},
            "/few": {"type": "echo", "disconnect_delay_seconds": WATCHDOG_SECONDS, "limits": {"sessions": 1, "body_bytes": 100}},
            "/gate": {"type": "tcp", "connect": backends, "data": "text"},
            "/beat": {"type": "echo", "heartbeat_seconds": 0.05, "heartbeat_answer_seconds": 0.05}})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encke", required=True)
    parser.add_argument("--docs", type=pathlib.Path, default=HERE.parent.parent / "docs/metrics.md")
    asked = parser.parse_args()
    runner = Runner()
    backend = socket.create_server(("127.0.0.1", 0))
    backend.settimeout(WATCHDOG_SECONDS)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = f"127.0.0.1:{unused.getsockname()[1]}"
    door = everything(asked.encke, [dead, f"127.0.0.1:{backend.getsockname()[1]}"])
    runner.run("every transport's sessions, messages and bytes are counted exactly, both ways", lambda: transports(door))
    runner.run("a session that changes its transport is counted under the new one, and the change", lambda: changes(door))
    runner.run("a refused origin, a bad token and a full service are counted by service, transport and reason", lambda: refused(door))
    runner.run("the log has one line a minute of a service's refusals of one kind, in visible characters", lambda: refusals_told(door))
    runner.run("the process began when it did", lambda: process(door))
    runner.run("long heads and bodies are counted by reason, for the whole server", lambda: whole_server(door))
    runner.run("a heartbeat that is not answered is counted as lost, under its transport", lambda: silent(door))
    runner.run("what waits for readers, and how many have a carrier, is told by transport", lambda: slow(door))
    runner.run("backends are told apart: which answers, its connections, and those that were not made", lambda: backends(door, backend, dead))
    runner.run("docs/metrics.md describes every metric, and no other", lambda: names(door, asked.docs))
    runner.run("names keep Prometheus' conventions, and its own reader takes them", lambda: conventions(door))
    runner.run("401 without the token or with another; other origins and the public listeners get nothing", lambda: guarded(door))
    door.stop()
    runner.run("without a token the door is for addresses and localhost alone", lambda: open_door(asked.encke))
    runner.run("health needs no token; readiness ends when the server drains", lambda: health(asked.encke))
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
