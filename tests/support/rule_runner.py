"""Runs named checks one after the other and ends with `N passed, N failed, N skipped`."""

from __future__ import annotations

import argparse
import time
import traceback
from collections.abc import Callable


class Failed(Exception):
    """A rule that does not hold; its text says what was seen and what was expected."""


class Skip(Exception):
    """A check that cannot be made here, and why."""


def true(condition: object, text: str) -> None:
    if not condition:
        raise Failed(text)


def equal(got: object, want: object, what: str) -> None:
    if got != want:
        raise Failed(f"{what}: {got!r:.300}, expected {want!r:.300}")


def arguments_of(description: str | None) -> argparse.ArgumentParser:
    """What every program takes that runs checks against the built server."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", required=True, help="the server's executable")
    parser.add_argument("-k", dest="only", default="", metavar="PART OF A NAME", help="only checks whose names contain this")
    return parser


class Runner:
    def __init__(self, only: str = "") -> None:
        self.only = only.lower()
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    def run(self, name: str, check: Callable[[], str | None]) -> bool:
        """Runs one check, if its name is asked for; what it answers is a note printed beside its name."""
        return self.only not in name.lower() or self.run_anyway(name, check)

    def run_anyway(self, name: str, check: Callable[[], str | None]) -> bool:
        begin = time.monotonic()
        try:
            outcome, note = "passed", check() or ""
        except Skip as why:
            outcome, note = "skipped", str(why)
        except Failed as why:
            outcome, note = "failed", str(why)
        except Exception:  # pylint: disable=broad-except
            outcome, note = "failed", traceback.format_exc(limit=-4).strip()
        self.counts[outcome] += 1
        print(f"{outcome:7} {time.monotonic() - begin:6.2f}s  {name}{': ' if note else ''}{note}", flush=True)
        return outcome == "passed"

    def end(self) -> int:
        print(", ".join(f"{count} {outcome}" for outcome, count in self.counts.items()), flush=True)
        return 1 if self.counts["failed"] or not self.counts["passed"] else 0
