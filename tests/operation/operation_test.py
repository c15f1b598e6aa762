"""What an operator sees and does: signals, a changed configuration, the log, what systemd is told.

    operation_test.py ENCKE
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import json
import os
import pathlib
import signal
import socket
import sys
import tempfile
import time
import unittest

import websockets
from service import Service

ENCKE = sys.argv.pop(1)
ECHO = {"services": {"/echo": {"type": "echo"}}}


def opened(service: Service, path: str = "/echo") -> str:
    status, text = service.ask(f"{path}/encke.1/open", "POST")
    assert status == 200, (status, text)
    return json.loads(text)["session"]


@contextlib.contextmanager
def stopped_thread(thread: int):
    """Stops a single thread of a child process, as a debugger does, and lets it go on afterwards."""
    seize, interrupt, detach = 0x4206, 0x4207, 17  # of linux/ptrace.h
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long

    def trace(request: int) -> None:
        if libc.ptrace(request, thread, None, None) != 0:
            number = ctypes.get_errno()
            if request == seize and number == errno.EPERM:
                reason = "skipped: no process may trace another here"
                print(reason, file=sys.stderr)
                raise unittest.SkipTest(reason)
            raise OSError(number, os.strerror(number))
    trace(seize)
    try:
        trace(interrupt)
        os.waitpid(thread, 0x40000000)  # __WALL
        yield
    finally:
        trace(detach)


class Operation(unittest.TestCase):
    def serve(self, config: dict = ECHO, *flags: str, before: list[str] | None = None, **more) -> Service:
        service = Service([*(before or []), ENCKE], config, *(flags or ("--workers", "2")), **more)
        self.addCleanup(service.close)
        return service

    def run_async(self, coroutine):
        return asyncio.run(asyncio.wait_for(coroutine, 30))


class Signals(Operation):
    def test_sigterm_tells_sockets_to_go_and_ends_with_0(self):
        service = self.serve()

        async def talk():
            async with websockets.connect(f"ws://127.0.0.1:{service.port}/echo/websocket") as raw:
                await raw.send("one")
                self.assertEqual(await raw.recv(), "one")
                service.send(signal.SIGTERM)
                await raw.wait_closed()
                self.assertEqual((raw.close_code, raw.close_reason), (1001, "the server is going away"))

        self.run_async(talk())
        status, _ = service.ended(time.monotonic())
        self.assertEqual(status, 0)
        service.wait_told("STOPPING=1")
        service.wait_line("stopped")

    def test_a_page_learns_what_arrived_before_it_is_told_to_go_and_may_answer(self):
        service = self.serve()

        async def talk():
            key = opened(service)
            async with websockets.connect(f"ws://127.0.0.1:{service.port}/echo/encke.1/{key}/websocket") as page:
                await page.send("r[1,0,0]")
                self.assertEqual(await page.recv(), "k0")
                await page.send('a["a"]')
                self.assertEqual(await page.recv(), 'a["a"]')
                await page.send('a["b"]')
                self.assertEqual(await page.recv(), 'a["b"]')
                service.send(signal.SIGTERM)
                self.assertEqual(await page.recv(), "k2")
                self.assertEqual(await page.recv(), 'c[1001,"the server is going away"]')
                self.assertEqual(service.ask("/echo/encke.1/open", "POST")[0], 503)
                await page.send('k2\nc[1001,"bye"]')
                await page.wait_closed()

        self.run_async(talk())
        status, after = service.ended(time.monotonic())
        self.assertEqual(status, 0)
        self.assertLess(after, 3, "nobody was left to wait for")

    def test_the_deadline_ends_what_does_not_go(self):
        service = self.serve({**ECHO, "drain": {"deadline_seconds": 1}})
        opened(service)  # and never comes
        status, after = service.end(signal.SIGTERM)
        self.assertEqual(status, 0)
        self.assertGreater(after, 0.8)
        self.assertLess(after, 4)

    def test_while_clients_go_new_ones_are_refused_and_who_comes_once_more_is_served(self):
        service = self.serve()
        poll = "/echo/000/page/xhr"
        self.assertEqual(service.ask(poll, "POST"), (200, "o\n"))
        service.send(signal.SIGTERM)
        service.wait_line("the clients are told to go")
        time.sleep(0.5)  # they are told within 0.2 s
        answer = service.answer("/echo/encke.1/open", "POST")
        self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "1"))
        gone = (200, 'c[1001,"the server is going away"]\n')
        self.assertEqual(service.ask(poll, "POST"), gone)
        self.assertEqual(service.ask("/echo/000/other/xhr", "POST")[1], "o\n")  # SockJS knows no refusal
        self.assertEqual(service.ask("/echo/000/other/xhr", "POST"), gone)
        self.assertEqual(service.ended(time.monotonic())[0], 0)

    def test_it_waits_for_clients_of_services_that_are_being_taken_out(self):
        service = self.serve({"services": {"/echo": {"type": "echo"}, "/gone": {"type": "echo"}}})

        async def talk():
            key = opened(service, "/gone")
            async with websockets.connect(f"ws://127.0.0.1:{service.port}/gone/encke.1/{key}/websocket") as page:
                await page.send("r[1,0,0]")
                self.assertEqual(await page.recv(), "k0")
                await asyncio.to_thread(service.reload, ECHO)
                self.assertEqual(await page.recv(), "k0")
                self.assertEqual(await page.recv(), 'c[1001,"the server is going away"]')
                service.send(signal.SIGTERM)
                await asyncio.to_thread(service.wait_line, "the clients are told to go")
                await asyncio.sleep(1)
                self.assertIsNone(service.process.poll())
                await page.send('a["late"]\nc[1001,"bye"]')
                await page.wait_closed()

        self.run_async(talk())
        self.assertEqual(service.ended(time.monotonic())[0], 0)

    def test_a_second_sigterm_ends_at_once(self):
        service = self.serve({**ECHO, "drain": {"notice_seconds": 20}})
        begin = time.monotonic()
        service.send(signal.SIGTERM)
        service.wait_line("the clients are told to go")
        service.send(signal.SIGTERM)
        status, after = service.ended(begin)
        self.assertEqual(status, 0)
        self.assertLess(after, 5)

    def test_while_the_notice_lasts_all_goes_on(self):
        service = self.serve({**ECHO, "drain": {"notice_seconds": 20}})
        service.send(signal.SIGTERM)
        service.wait_line("the clients are told to go")
        opened(service)
        self.assertEqual(service.end()[0], 0)


class Reload(Operation):
    def test_a_changed_file_is_obeyed_and_no_connection_is_lost(self):
        with tempfile.TemporaryDirectory() as folder:
            pages = pathlib.Path(folder)
            (pages / "page.txt").write_text("here")
            service = self.serve({"services": {"/echo": {"type": "echo"}, "/gone": {"type": "echo"}}})

            async def talk():
                async with websockets.connect(f"ws://127.0.0.1:{service.port}/echo/websocket") as kept, \
                        websockets.connect(f"ws://127.0.0.1:{service.port}/gone/websocket") as gone:
                    await kept.send("before")
                    self.assertEqual(await kept.recv(), "before")
                    lines = await asyncio.to_thread(service.reload, {
                        "services": {"/echo": {"type": "echo", "origins": ["https://a.example"]}, "/new": {"type": "echo"}},
                        "static": {"/": folder}, "log": {"level": "debug"}})
                    for expected in ("info reloaded: service /echo changed", "info reloaded: service /gone removed",
                                     "info reloaded: service /new added", "info reloaded: files at / added",
                                     "info reloaded: log.level is debug", "info the configuration was read again"):
                        self.assertIn(expected, lines)
                    self.assertEqual(service.ask("/page.txt"), (200, "here"))
                    self.assertEqual(service.ask("/new/info")[0], 200)
                    self.assertEqual(service.ask("/echo/info", headers={"Origin": "https://b.example"})[0], 403)
                    await gone.wait_closed()
                    self.assertEqual(gone.close_code, 1001)
                    await kept.send("after")
                    self.assertEqual(await kept.recv(), "after")

            self.run_async(talk())
            self.assertEqual([line for line in service.told if line in ("RELOADING=1", "READY=1")],
                             ["READY=1", "RELOADING=1", "READY=1"])
            self.assertEqual(service.end()[0], 0)

    def test_files_may_take_the_place_of_a_service_whose_clients_are_still_going(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "page.txt").write_text("here")
            service = self.serve({"services": {"/echo": {"type": "echo"}, "/gone": {"type": "echo"}}})

            async def talk():
                async with websockets.connect(f"ws://127.0.0.1:{service.port}/gone/websocket") as gone:
                    await asyncio.to_thread(service.reload, {**ECHO, "static": {"/gone": folder}})
                    self.assertEqual(service.ask("/gone/page.txt"), (200, "here"))
                    await gone.wait_closed()

            self.run_async(talk())
            time.sleep(1)  # more than the last of the old service takes
            self.assertEqual(service.ask("/gone/page.txt"), (200, "here"))
            self.assertEqual(service.end()[0], 0)

    def test_a_socket_without_its_first_frame_outlives_its_service(self):
        service = self.serve({"services": {"/echo": {"type": "echo"}, "/gone": {"type": "echo"}}})
        key = opened(service, "/gone")

        async def talk():
            async with websockets.connect(f"ws://127.0.0.1:{service.port}/gone/encke.1/{key}/websocket") as page, \
                    websockets.connect(f"ws://127.0.0.1:{service.port}/gone/encke.1/{'x' * 36}/websocket") as stray:
                await page.send("r[1,0,0]")
                await page.recv()
                await asyncio.to_thread(service.reload, ECHO)
                while not (await page.recv()).startswith("c[1001,"):
                    pass
                await page.send('c[1001,"bye"]')
                await page.wait_closed()
                await asyncio.sleep(1)  # more than the last of the service takes
                for seconds in (20, 21):  # what has gone is forgotten when something changes
                    await asyncio.to_thread(service.reload, {"services": {"/echo": {"type": "echo", "heartbeat_seconds": seconds}}})
                await stray.send("r[1,0,0]")
                self.assertTrue((await stray.recv()).startswith("e[404,"))
                await stray.wait_closed()

        self.run_async(talk())
        self.assertEqual(service.end()[0], 0)

    def test_a_server_that_is_going_away_reads_nothing_again(self):
        service = self.serve({**ECHO, "drain": {"notice_seconds": 20}})
        service.send(signal.SIGTERM)
        service.wait_line("the clients are told to go")
        service.wait_told("STOPPING=1")
        before = len(service.told)
        service.write({"services": {"/new": {"type": "echo"}}})
        service.send(signal.SIGHUP)
        service.wait_line("warning the configuration is not read again: the server is going away")
        self.assertEqual(service.ask("/echo/info")[0], 200)
        self.assertEqual(service.end()[0], 0)
        self.assertEqual([line for line in service.told[before:] if line in ("READY=1", "RELOADING=1")], [])

    def test_a_bad_file_changes_nothing_and_says_why(self):
        service = self.serve()
        lines = service.reload({"services": {"/echo": {"type": "ehco"}}})
        self.assertTrue(any(line.startswith("error ") and "$.services[\"/echo\"].type: found \"ehco\"" in line for line in lines),
                        lines)
        self.assertIn("error the configuration is bad, and the old one stays", lines)
        self.assertIn("error the configuration is bad, and the old one stays", service.reload("{"))
        self.assertEqual(service.ask("/echo/info")[0], 200)
        self.assertEqual(service.end()[0], 0)

    def test_what_takes_a_restart_is_named(self):
        service = self.serve()
        lines = service.reload({**ECHO, "health": True, "log": {"format": "json"}})
        self.assertIn("warning takes a restart: log.format", lines)
        self.assertIn("warning takes a restart: health", lines)
        self.assertEqual(service.end()[0], 0)

    def test_a_listener_that_is_to_take_a_proxys_header_takes_a_restart(self):
        listen = {"address": "127.0.0.1:0"}
        service = self.serve({**ECHO, "listen": [listen]}, listen=None)
        lines = service.reload({**ECHO, "listen": [{**listen, "proxy_protocol": True}]})
        self.assertIn("warning takes a restart: listen", lines)
        self.assertEqual(service.end()[0], 0)

    def test_other_limits_hold_at_once_and_who_is_there_stays(self):
        service = self.serve()
        long = {"X-Long": "x" * 2000}
        self.assertEqual(service.ask("/echo/info", headers=long)[0], 200)

        async def talk():
            async with websockets.connect(f"ws://127.0.0.1:{service.port}/echo/websocket") as kept:
                lines = await asyncio.to_thread(service.reload, {**ECHO, "limits": {
                    "sessions_per_address": 1, "unlimited_addresses": [], "head_bytes": 1024, "messages_per_second": 2,
                    "burst_seconds": 0.5}})
                self.assertIn("info reloaded: limits changed", lines)
                self.assertFalse([line for line in lines if "restart" in line], lines)
                self.assertEqual(service.ask("/echo/info", headers=long)[0], 431)
                self.assertEqual(service.ask("/echo/encke.1/open", "POST")[0], 200)
                self.assertEqual(service.ask("/echo/encke.1/open", "POST")[0], 429)
                begin = time.monotonic()
                for text in ("1", "2", "3"):
                    await kept.send(text)
                for text in ("1", "2", "3"):
                    self.assertEqual(await kept.recv(), text)
                self.assertGreater(time.monotonic() - begin, 0.7, "the rate holds for who was there before, too")
                await asyncio.to_thread(service.reload, ECHO)
                self.assertEqual(service.ask("/echo/encke.1/open", "POST")[0], 200)
                self.assertEqual(service.ask("/echo/info", headers=long)[0], 200)

        self.run_async(talk())
        self.assertEqual(service.end()[0], 0)

    def test_other_proxies_are_believed_at_once(self):
        service = self.serve({**ECHO, "log": {"access": True}})

        async def talk():
            async with websockets.connect(f"ws://127.0.0.1:{service.port}/echo/websocket",
                                          extra_headers={"X-Forwarded-For": "192.0.2.9"}) as raw:
                await raw.close()

        self.run_async(talk())
        service.wait_line("remote=127.0.0.1")
        lines = service.reload({**ECHO, "log": {"access": True}, "trusted_proxies": ["127.0.0.0/8"]})
        self.assertIn("info reloaded: trusted_proxies changed", lines)
        self.run_async(talk())
        service.wait_line("remote=192.0.2.9")
        self.assertEqual(service.end()[0], 0)

    def test_another_deadline_is_what_sigterm_obeys(self):
        service = self.serve()
        opened(service)  # and never comes
        self.assertIn("info reloaded: drain changed", service.reload({**ECHO, "drain": {"deadline_seconds": 1}}))
        status, after = service.end(signal.SIGTERM)
        self.assertEqual(status, 0)
        self.assertLess(after, 4)

    def test_files_become_a_service_and_files_again_by_one_signal_each_and_pages_that_are_away_hear_of_it(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "page.txt").write_text("here")
            files = {**ECHO, "static": {"/a": folder}}
            service = self.serve(files)
            both = {"services": {**ECHO["services"], "/a": {"type": "echo"}}}
            self.assertIn("info reloaded: files at /a replaced by a service", service.reload(both))
            pages = [f"/a/encke.1/{opened(service, '/a')}/xhr?a=0&n=" for _ in range(8)]  # on both loops
            for page in pages:
                self.assertEqual(service.ask(page + "1&w=0", "POST")[0], 200)
            self.assertIn("info reloaded: service /a replaced by files", service.reload(files))
            self.assertEqual(service.ask("/a/page.txt"), (200, "here"))
            for page in pages:
                status, told = service.ask(page + "2", "POST")
                self.assertEqual(status, 200)
                self.assertIn('c[1001,"the server is going away"]', told)
            self.assertEqual(service.end()[0], 0)

    def test_a_service_of_another_type_takes_the_place_of_the_old_one(self):
        service = self.serve()

        async def talk():
            async with websockets.connect(f"ws://127.0.0.1:{service.port}/echo/websocket") as before:
                await asyncio.to_thread(service.reload, {"services": {"/echo": {"type": "close"}}})
                await before.wait_closed()
                self.assertEqual(before.close_code, 1001)
            async with websockets.connect(f"ws://127.0.0.1:{service.port}/echo/websocket") as after:
                await after.wait_closed()
                self.assertEqual(after.close_code, 3000)

        self.run_async(talk())
        self.assertEqual(service.end()[0], 0)


class Log(Operation):
    def test_each_line_is_a_json_object_whatever_browsers_say(self):
        service = self.serve({**ECHO, "log": {"format": "json", "access": True}})

        async def talk():
            async with websockets.connect(f"ws://127.0.0.1:{service.port}/echo/websocket", origin="http://a.example") as raw:
                await raw.send("x")
                await raw.recv()
                await raw.close(4000, 'a "quoted"\n\u2028 end')

        self.run_async(talk())
        service.wait_line('"message":"session"')
        self.assertEqual(service.end()[0], 0)
        lines = [json.loads(line) for line in service.lines]
        session = next(line for line in lines if line["message"] == "session")
        self.assertRegex(session["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertIsInstance(session.pop("ms"), int)
        del session["time"]
        self.assertEqual(session, {"level": "info", "message": "session", "service": "/echo", "transport": "websocket",
                                   "remote": "127.0.0.1", "origin": "http://a.example", "up": "-", "down": 1, "code": 4000,
                                   "reason": 'a "quoted"\n\u2028 end'})
        self.assertEqual(lines[-1]["message"], "stopped")

    def test_the_access_log_has_a_line_for_each_session_and_no_secret(self):
        service = self.serve({**ECHO, "log": {"access": True}})
        key = opened(service)

        async def talk():
            async with websockets.connect(f"ws://127.0.0.1:{service.port}/echo/encke.1/{key}/websocket") as page:
                await page.send("r[1,0,0]")
                await page.recv()
                await page.send('a["1","2","3"]\nc[1000,"bye"]')
                await page.wait_closed()

        self.run_async(talk())
        line = service.wait_line(" session service=/echo")
        self.assertRegex(line, r'info session service=/echo transport=websocket remote=127\.0\.0\.1 origin="" ms=\d+ up=3 down=3 '
                               r"code=1000 reason=bye$")
        self.assertEqual(service.end()[0], 0)
        self.assertNotIn(key, "\n".join(service.lines))
        self.assertNotIn(key[:12], "\n".join(service.lines))


class Limits(Operation):
    def test_an_operator_is_told_where_connections_outnumber_descriptors(self):
        few = ["/bin/sh", "-c", 'ulimit -n 200 && exec "$0" "$@"']
        service = self.serve({**ECHO, "limits": {"connections": 1000}}, before=few)
        service.wait_line("warning limits.connections is 1000, and of the 200 descriptors that the process may have 140 are left")
        self.assertEqual(service.end()[0], 0)


class Systemd(Operation):
    def test_it_is_told_when_the_service_is_ready_and_that_every_loop_turns_for_as_long_as_each_does(self):
        service = self.serve(environment={"WATCHDOG_USEC": "400000"})
        service.wait_told("READY=1")
        service.wait_told("WATCHDOG=1")
        service.wait_told("WATCHDOG=1", len(service.told))
        with stopped_thread(service.process.pid):  # the first loop's; the watchdog's own goes on
            time.sleep(0.2)  # what was on its way
            before = len(service.told)
            time.sleep(0.6)
            self.assertEqual(service.told[before:], [])
        service.wait_told("WATCHDOG=1", before)
        self.assertEqual(service.end()[0], 0)

    def test_sockets_that_nothing_listens_at_are_named(self):
        with socket.create_server(("127.0.0.1", 0)) as spare:
            service = self.serve(sockets={"spare": spare})
            service.wait_line("warning sockets were handed in that nothing listens at name=spare")
            self.assertEqual(service.end()[0], 0)


if __name__ == "__main__":
    unittest.main()
