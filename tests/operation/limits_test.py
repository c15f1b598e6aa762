"""What peers may take, over the wire: who sends more than a rate is held back, what is refused says so, and all of it is counted.

    limits_test.py ENCKE
"""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import re
import select
import socket
import sys
import time
import unittest

import websockets
from senders import SENDERS, OverWebSocket, Sender, ask
from service import PATIENCE, Service

ENCKE = sys.argv.pop(1)
RATE, BYTES_RATE, BURST = 40, 4000, 0.1  # a second, a second, seconds
MESSAGES = {"messages": (16, 1), "bytes": (6, 400)}  # how many are sent, and how long each is
RATES = {"messages": {"messages_per_second": RATE}, "bytes": {"bytes_per_second": BYTES_RATE}}
WAYS = tuple(SENDERS)
RETRY = "5"


def least_seconds(unit: str) -> float:
    """Before the last of MESSAGES may be given to the service."""
    count, size = MESSAGES[unit]
    amount, rate = (1, RATE) if unit == "messages" else (size, BYTES_RATE)
    return ((count - 1) * amount - rate * BURST) / rate


def services() -> dict:
    """One for each rate, unit and way, so that each has its own counts."""
    result = {"/few": {"type": "echo", "limits": {"sessions": 1}}, "/small": {"type": "echo", "limits": {"body_bytes": 100}},
              "/fragments": {"type": "echo", "limits": {"empty_fragments": 3}}, "/named": {"type": "echo"}, "/echo": {"type": "echo"},
              "/held": {"type": "echo", "max_message_bytes": 100, "outbox_bytes": 2000,
                        "limits": {"session_messages_per_second": 1, "burst_seconds": 1}}}
    for scope, unit, way in itertools.product(("session", "service", "address", "server"), RATES, WAYS):
        rates = {("session_" if scope == "session" else "") + key: rate for key, rate in RATES[unit].items()}
        own = {"limits": {**rates, "burst_seconds": BURST}} if scope in ("session", "service") else {}
        result[f"/{scope}/{unit}/{way}"] = {"type": "echo", **own}
    return result


def said(connection: socket.socket) -> bytes:
    """All that comes until the end, which a reset is too."""
    data = b""
    try:
        while piece := connection.recv(4096):
            data += piece
    except ConnectionResetError:
        pass
    return data


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.config = {"listen": ["127.0.0.1:0", {"address": "127.0.0.1:0", "proxy_protocol": True}], "admin": {"listen": "127.0.0.1:0"},
                      "trusted_proxies": ["127.0.0.1"], "services": services(), "limits": cls.limits()}
        cls.service = Service([ENCKE], cls.config, "--workers", "2", listen=None)
        cls.addClassCleanup(cls.service.close)
        cls.admin = int(re.search(r":(\d+)", cls.service.wait_line("for operators on")[40:])[1])
        first = cls.service.lines.index(cls.service.wait_line(" listening on http"))
        cls.proxied = int(re.search(r":(\d+)/", cls.service.wait_line(" listening on http", first + 1))[1])

    @classmethod
    def tearDownClass(cls):
        status, _ = cls.service.end()
        assert status == 0, (status, cls.service.lines[-10:])

    @staticmethod
    def limits(**more) -> dict:
        """Connections of the test itself have none; those of other addresses do."""
        return {"unlimited_addresses": ["127.0.0.1", "198.51.100.0/24"], "burst_seconds": BURST, **more}

    def limit(self, **limits):
        """These for this test, and none behind it."""
        before, wanted = self.config["limits"], self.limits(**limits)
        if before == wanted:
            return
        if before == self.limits():
            self.addCleanup(self.limit)
        self.config["limits"] = wanted
        self.assertIn("info reloaded: limits changed", self.service.reload(self.config))

    def counted(self, name: str, **labels: str) -> int:
        """The sum of all samples of that name with these labels, whatever others they have."""
        _, _, text = ask(self.admin, "GET", "/metrics")
        found = 0
        for sample in re.finditer(rf"^{name}(?:\{{(.*)\}})? (\S+)$", text, re.MULTILINE):
            has = dict(re.findall(r'(\w+)="([^"]*)"', sample[1] or ""))
            found += int(float(sample[2])) if labels.items() <= has.items() else 0
        return found

    def run_async(self, coroutine):
        return asyncio.run(asyncio.wait_for(coroutine, PATIENCE))

    def sender(self, path: str, client: str = "127.0.0.1", way: str | None = None) -> Sender:
        return SENDERS[way or path.rsplit("/", 1)[1]](self.service.port, path, client)

    def holds_back(self, path: str, unit: str, come: list[str], seconds: float, most: float = 30) -> None:
        count, size = MESSAGES[unit]
        self.assertEqual(come, self.texts(unit), f"{path}: what is over the rate is held back, not lost")
        self.assertGreater(seconds, 0.95 * least_seconds(unit), f"{path}: {count} messages of {size} bytes")
        self.assertLess(seconds, most * least_seconds(unit), path)
        self.assertGreater(self.counted("encke_throttled_total", service=path), 0, path)

    @staticmethod
    def texts(unit: str) -> list[str]:
        count, size = MESSAGES[unit]
        return [chr(97 + index) * size for index in range(count)]

    # ---- rates -----------------------------------------------------------------------------------------------

    def test_the_rates_of_a_session_and_of_a_service_hold_who_sends_more_back(self):
        cases = list(itertools.product(("session", "service"), RATES, WAYS))

        async def one(scope, unit, way):
            async with self.sender(f"/{scope}/{unit}/{way}") as sender:
                return await sender.send(self.texts(unit))

        async def all_at_once():
            return await asyncio.gather(*(one(*case) for case in cases))

        for (scope, unit, way), (come, seconds) in zip(cases, self.run_async(all_at_once())):
            self.holds_back(f"/{scope}/{unit}/{way}", unit, come, seconds)

    def test_the_rate_of_an_address_holds_all_its_sessions_back_and_nobody_elses(self):
        cases = list(itertools.product(RATES, WAYS))

        async def one(index, unit, way):
            """Several sessions of an IPv4 address, or of a /64, on both loops."""
            path = f"/address/{unit}/{way}"
            clients = [f"192.0.2.{index}" if index % 2 else f"2001:db8:0:{index}::{number}" for number in range(1, 6)]
            senders = [self.sender(path, client) for client in clients]
            for sender in senders:
                await sender.open()
            async with self.sender("/named", f"198.51.100.{index + 1}", way) as named:
                opened[index].set()
                await limited.wait()
                begin = time.monotonic()
                shares = [self.texts(unit)[number::len(senders)] for number in range(len(senders))]
                come = await asyncio.gather(*(sender.send(share) for sender, share in zip(senders, shares)))
                seconds = time.monotonic() - begin
                free, _ = await named.send(self.texts(unit))
            for sender in senders:
                await sender.close()
            self.assertEqual([texts for texts, _ in come], shares, path)
            self.assertEqual(free, self.texts(unit))
            return sorted(itertools.chain(*shares)), seconds

        async def all_at_once():
            running = [asyncio.create_task(one(index, *case)) for index, case in enumerate(cases)]
            for each in opened:
                await each.wait()
            await asyncio.to_thread(self.limit, address_messages_per_second=RATE, address_bytes_per_second=BYTES_RATE)
            limited.set()
            return await asyncio.gather(*running)

        async def begin():
            nonlocal opened, limited
            opened, limited = [asyncio.Event() for _ in cases], asyncio.Event()
            return await all_at_once()

        opened, limited = [], None
        before = self.counted("encke_throttled_total")
        for (unit, way), (come, seconds) in zip(cases, self.run_async(begin())):
            self.holds_back(f"/address/{unit}/{way}", unit, come, seconds)
        self.assertGreater(self.counted("encke_throttled_total"), before)
        self.assertEqual(self.counted("encke_throttled_total", service="/named"), 0, "who is among unlimited_addresses has no rate")

    def test_an_address_that_connects_anew_has_no_new_start(self):
        self.limit(address_messages_per_second=RATE)

        async def send_one():
            async with OverWebSocket(self.service.port, "/echo", "192.0.2.99") as sender:
                await sender.send(["x"])

        async def again_and_again():
            begin = time.monotonic()
            for _ in range(MESSAGES["messages"][0]):
                await send_one()
            return time.monotonic() - begin

        self.assertGreater(self.run_async(again_and_again()), 0.95 * least_seconds("messages"))

    def test_the_rate_of_the_server_holds_who_sends_more_back(self):
        for unit in RATES:
            self.limit(**RATES[unit])
            for way in WAYS:
                async def one(way=way, unit=unit):
                    async with self.sender(f"/server/{unit}/{way}") as sender:
                        return await sender.send(self.texts(unit))
                self.holds_back(f"/server/{unit}/{way}", unit, *self.run_async(one()))

    def test_who_sends_on_all_the_same_is_closed_with_1008_where_nothing_holds_his_bytes_back(self):
        many = ["x" * 50] * 30

        async def over_xhr():
            sender = self.sender("/held", way="xhr_send")
            await sender.open()
            held = asyncio.create_task(sender.request("xhr_send", json.dumps(many)))
            while True:
                status, text = await sender.request("xhr")
                self.assertEqual(status, 200)
                if text.startswith("c"):
                    self.assertRegex(text, r'^c\[1008,"more was sent than the service takes')
                    return await held

        async def over_facade():
            async with self.sender("/held", way="facade") as sender:
                await sender.give(many)
                while True:
                    if (frame := await sender.socket.recv()).startswith("c"):
                        self.assertRegex(frame, r'^c\[1008,"more was sent than the service takes')
                        return

        async def over_websocket():
            """Its bytes stay in the kernel."""
            sender = self.sender("/held", way="websocket")
            await sender.open()
            await sender.give(many * 3)
            self.assertEqual(await sender.take(), many[0])
            self.assertTrue(sender.socket.open)
            sender.socket.transport.abort()

        async def all_at_once():
            await asyncio.gather(over_xhr(), over_facade(), over_websocket())

        self.run_async(all_at_once())
        self.assertGreater(self.counted("encke_throttled_total", service="/held"), 2)

    # ---- numbers ---------------------------------------------------------------------------------------------

    def test_connections_beyond_are_told_429_or_503_and_when_to_come_again(self):
        mine, all_ = "too many connections are open from your address; try again later\n", "too many connections are open; try again later\n"
        before = self.counted("encke_connections")
        idle, silent = b"GET /echo/info HTTP/1.1\r\nHost: x\r\n\r\n", b""
        for key, first, status, text in (("connections_per_address", idle, "429 Too Many Requests", mine),
                                         ("handshakes_per_address", silent, "429 Too Many Requests", mine),
                                         ("connections", idle, "503 Service Unavailable", all_)):
            with self.subTest(key):
                self.limit(**{key: 1})
                address = ("127.0.0.1", self.service.port)
                with socket.create_connection(address, PATIENCE, ("127.0.0.5", 0)) as held:
                    held.sendall(first)
                    if first:
                        held.recv(1)
                    with socket.create_connection(address, PATIENCE, ("127.0.0.5", 0)) as more:
                        # Of two that say nothing either may be the first that its loop sees.
                        told = more if first else select.select([held, more], [], [], PATIENCE)[0][0]
                        self.assertEqual(said(told).decode(),
                                         f"HTTP/1.1 {status}\r\nRetry-After: {RETRY}\r\nContent-Type: text/plain; charset=UTF-8\r\n"
                                         f"Cache-Control: no-store\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}")
                    if key != "connections":
                        with socket.create_connection(address, PATIENCE, ("127.0.0.6", 0)) as other:
                            other.sendall(idle.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
                            self.assertTrue(said(other).startswith(b"HTTP/1.1 200 "), "another address has its own")
                self.limit()
                self.assertEqual(self.counted("encke_refused_total", reason=key), 1)
                end = time.monotonic() + PATIENCE
                while self.counted("encke_connections") > before and time.monotonic() < end:
                    time.sleep(0.01)

    def refusals(self, path: str) -> list[tuple]:
        """Of a session over each way: status, Retry-After, text."""
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                   "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        asked = [("GET", "/websocket", upgrade), ("GET", "/000/a/websocket", upgrade), ("POST", "/000/b/xhr", {}),
                 ("POST", "/000/c/xhr_streaming", {}), ("POST", "/encke.1/open", {})]
        answers = [ask(self.service.port, method, path + leaf, headers=headers) for method, leaf, headers in asked]
        return [(status, headers["Retry-After"], text.strip()) for status, headers, text in answers]

    def test_sessions_beyond_are_503_at_a_service_and_in_all(self):
        async def beside(path: str, whose: str):
            async with OverWebSocket(self.service.port, path) as held:
                for status, retry, text in await asyncio.to_thread(self.refusals, path):
                    self.assertEqual((status, retry), (503, RETRY), text)
                    self.assertIn(f"as many sessions as this {whose} holds are open; try again later", text)
                self.assertEqual((await held.send(["on"]))[0], ["on"])
        self.run_async(beside("/few", "service"))
        self.assertEqual(self.counted("encke_requests_refused_total", service="/few", reason="limit"), 5)
        before = self.counted("encke_sessions")
        self.limit(sessions=before + 1)
        self.run_async(beside("/echo", "server"))
        self.assertEqual(self.counted("encke_refused_total", reason="sessions"), 5)

    def test_a_body_beyond_body_bytes_is_413(self):
        path = "/small/000/body/xhr"
        self.assertEqual(ask(self.service.port, "POST", path)[2], "o\n")
        fits = json.dumps(["x" * 96])
        self.assertEqual(len(fits), 100)
        for body in (fits, iter([fits.encode()])):  # of a length that is told, and in chunks
            self.assertEqual(ask(self.service.port, "POST", path + "_send", body)[0], 204)
        for body in (fits + " ", iter([fits.encode(), b" "])):
            line = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=PATIENCE)
            line.request("POST", path + "_send", body, encode_chunked=not isinstance(body, str), headers={} if isinstance(body, str) else
                         {"Transfer-Encoding": "chunked"})
            self.assertEqual(line.getresponse().status, 413)
            line.close()
        self.assertEqual(self.counted("encke_refused_total", reason="bodies"), 2)

    def test_empty_fragments_beyond_are_1008_and_longer_messages_1009_and_both_are_counted(self):
        async def talk():
            async with websockets.connect(f"ws://127.0.0.1:{self.service.port}/fragments/websocket", compression=None) as raw:
                for _ in range(2):  # each message has so many
                    await raw.send(iter(["", "", "", "text", "s"]))
                    self.assertEqual(await raw.recv(), "texts")
                await raw.send(iter(["", "", "", "", "text"]))
                await raw.wait_closed()
                self.assertEqual((raw.close_code, raw.close_reason), (1008, "too many empty fragments; a fragment should carry payload"))
            async with websockets.connect(f"ws://127.0.0.1:{self.service.port}/held/websocket", compression=None) as raw:
                await raw.send("x" * 101)
                await raw.wait_closed()
                self.assertEqual(raw.close_code, 1009)
        self.run_async(talk())
        self.assertEqual(self.counted("encke_refused_total", reason="fragments"), 1)
        self.assertEqual(self.counted("encke_refused_total", reason="messages"), 1)
        self.service.wait_line("1 message refused: longer than the service takes, each or all that came at once; the last was of 127.0.0.1")
        path = "/held/000/long/xhr"
        self.assertEqual(ask(self.service.port, "POST", path)[2], "o\n")
        self.assertEqual(ask(self.service.port, "POST", path + "_send", json.dumps(["x" * 101]))[0], 413)
        self.assertEqual(self.counted("encke_refused_total", reason="messages"), 2)

        async def facade(size: int) -> str:
            key = json.loads(ask(self.service.port, "POST", "/held/encke.1/open")[2])["session"]
            async with websockets.connect(f"ws://127.0.0.1:{self.service.port}/held/encke.1/{key}/websocket", compression=None) as page:
                await page.send("r[1,0,0]")
                await page.send("a" + json.dumps(["x" * size]))
                while (frame := await page.recv())[0] not in "ae":
                    pass
                return frame
        for size, answer, count in ((100, 'a["x', 2), (101, "e[413,", 3)):
            self.assertTrue(self.run_async(facade(size)).startswith(answer), size)
            self.assertEqual(self.counted("encke_refused_total", reason="messages"), count)

    # ---- the PROXY header ------------------------------------------------------------------------------------

    def test_a_proxy_header_of_others_than_trusted_proxies_or_none_at_all_is_cut_off_without_a_word_and_counted(self):
        request = b"GET /echo/info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        header = b"PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n"
        for source, begin, answer in (("127.0.0.1", header, b"HTTP/1.1 200 "), ("127.0.0.5", header, b""), ("127.0.0.1", b"", b"")):
            before = self.counted("encke_refused_total", reason="proxy_headers")
            with socket.create_connection(("127.0.0.1", self.proxied), PATIENCE, (source, 0)) as peer:
                try:
                    peer.sendall(begin + request)
                except ConnectionError:
                    pass  # it was cut off before
                self.assertEqual(said(peer)[:len(answer) or None], answer, (source, begin))
            self.assertEqual(self.counted("encke_refused_total", reason="proxy_headers") - before, 0 if answer else 1, (source, begin))
        self.service.wait_line("refused: no good PROXY header came, or it came from none of trusted_proxies; the last was of 127.0.0.5")


if __name__ == "__main__":
    unittest.main()
