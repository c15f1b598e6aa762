#!/usr/bin/env python3
"""Runs the conformance tests: black box, over real sockets, against a server of their own or one already running.

    run.py --encke build/encke [-k SUBSTRING]... [-j THREADS] [--list]
    run.py --connect HOST:PORT --transports xhr_poll,websocket ...

Ends with `N passed, N failed, N skipped`; the status is 1 when a rule failed.
"""

import argparse
import importlib
import os
import pathlib
import queue
import sys
import threading
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from support import server as servers  # noqa: E402
from support.rules import RULES, Failed, Skip  # noqa: E402
from support.transports import ADAPTERS, under_test  # noqa: E402

BETWEEN_SLOW_RULES = 0.02  # seconds


class Result:
    def __init__(self, rule, name, call):
        self.rule, self.name, self.call = rule, name, call
        self.outcome, self.text, self.seconds = "", "", 0.0

    def run(self) -> None:
        begin = time.monotonic()
        try:
            self.call()
            self.outcome = "passed"
        except Skip as why:
            self.outcome, self.text = "skipped", str(why)
        except Failed as why:
            place = [f"{pathlib.Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(why.__traceback__)
                     if "/suites/" in f.filename]
            self.outcome, self.text = "failed", f"{why} [{', '.join(place)}]"
        except Exception:
            self.outcome, self.text = "failed", traceback.format_exc(limit=-3).strip()
        self.seconds = time.monotonic() - begin


def collect(server, names: list[str]) -> list[Result]:
    for path in sorted((HERE / "suites").glob("*.py")):
        if not path.stem.startswith("_"):
            importlib.import_module(f"suites.{path.stem}")
    found = []

    def alone(rule):
        for name in getattr(sys.modules[f"suites.{rule.group}"], "NEEDS", ()):
            server.need(name)
        rule.run(server)

    for rule in RULES:
        if not rule.transports:
            found.append(Result(rule, rule.name, lambda rule=rule: alone(rule)))
            continue
        for name in under_test(names, rule.group):
            adapter = ADAPTERS.get(name)
            title = f"{rule.group}: {name}: {rule.title} ({rule.cite})"

            def call(rule=rule, adapter=adapter, name=name):
                if adapter is None:
                    raise Failed(f"no adapter for the transport {name!r} in support/transports.py")
                rule.run(server, adapter)
            found.append(Result(rule, title, call))
    return found


def run_all(results: list[Result], threads: int, on_end) -> None:
    """Slow rules get a thread each, since they only wait; the others share `threads`.

    The slow ones begin one after the other: hundreds that connect at once would take each other's time.
    """
    work: queue.SimpleQueue = queue.SimpleQueue()
    for result in results:
        if not result.rule.slow:
            work.put(result)
    lock = threading.Lock()

    def one(result):
        result.run()
        with lock:
            on_end(result)

    def worker():
        while True:
            try:
                result = work.get_nowait()
            except queue.Empty:
                return
            one(result)
    workers = [threading.Thread(target=worker) for _ in range(threads)]
    slow = [threading.Thread(target=one, args=[r]) for r in results if r.rule.slow]
    for thread in workers:
        thread.start()
    for thread in slow:
        thread.start()
        time.sleep(BETWEEN_SLOW_RULES)
    for thread in workers + slow:
        thread.join()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", help="the server's executable")
    parser.add_argument("--config", default=str(HERE / "encke.json"))
    parser.add_argument("--connect", metavar="HOST:PORT", help="test a server that already runs")
    parser.add_argument("--transports", help="names, separated by commas, in place of the server's registry")
    parser.add_argument("--tls", action="store_true", help="all of it over TLS, with a certificate made for the run")
    parser.add_argument("--quick", action="store_true", help="without the rules that wait for the server's own clock")
    parser.add_argument("--suites", metavar="NAME,...", help="only rules of these files of suites/")
    parser.add_argument("-k", action="append", default=[], metavar="SUBSTRING",
                        help="only rules whose name has it")
    parser.add_argument("-j", type=int, default=12, metavar="THREADS")
    parser.add_argument("-v", action="store_true", help="print passed rules too, with their seconds")
    parser.add_argument("--list", action="store_true", help="print the rules and run none")
    options = parser.parse_args()
    if options.tls and options.connect:
        parser.error("--tls is for a server of the run's own")
    if not options.encke and not options.connect and not options.list:
        parser.error("--encke or --connect is needed")

    if options.transports:
        names = options.transports.split(",")
    else:
        names = servers.registry(options.encke) if options.encke else list(ADAPTERS)
    process = None
    server = None
    if options.connect:
        host, _, port = options.connect.rpartition(":")
        server = servers.Server(host, int(port), names)
    elif not options.list:
        process = servers.Process(os.path.abspath(options.encke), options.config, names, options.tls)
        server = process

    results = [r for r in collect(server, names) if all(part.lower() in r.name.lower() for part in options.k)
               and not (options.quick and r.rule.slow)
               and (not options.suites or r.rule.group in options.suites.split(","))]
    if options.list:
        print("\n".join(r.name for r in results))
        return 0
    failed: list[Result] = []

    def on_end(result):
        if result.outcome == "failed":
            failed.append(result)
        if result.outcome != "passed" or options.v:
            note = f": {result.text}" if result.text else ""
            print(f"{result.outcome:7} {result.seconds:6.2f}s  {result.name}{note}", flush=True)

    run_all(results, options.j, on_end)
    if process:
        for name, call in (("server: SIGTERM ends it with status 0", process.stop),
                           ("server: no sanitizer report, no failed assertion", process.clean)):
            result = Result(None, name, call)
            result.run()
            results.append(result)
            on_end(result)
        if failed:
            print("the server's last lines:", *list(process.log)[-20:], sep="\n  ")
    count = {outcome: sum(r.outcome == outcome for r in results) for outcome in ("passed", "failed", "skipped")}
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped", flush=True)
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
