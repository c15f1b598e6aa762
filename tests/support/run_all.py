"""Adds up what the tests said: reads meson's test logs and ends with one line, "N passed, N failed, N skipped".

    run_all.py LABEL=BUILD_FOLDER... [skip=REASON]...

A test that reports its cases (doctest, unittest, node --test, or a line like the one printed here) counts as that
many; any other test counts as one. A test that did not pass counts at least one failure, whatever it printed; a suite
that could not run is one skip, with its reason. Exits 1 where anything failed, or where nothing ran at all.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import sys

PASSED, SKIPPED = ("OK", "EXPECTEDFAIL"), ("SKIP",)
END_LINES = 60  # of what a failed test printed
NAME_LENGTH = 300


@dataclasses.dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def own_line(text: str) -> Counts | None:
    found = re.findall(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", text, re.M)
    return Counts(*map(int, found[-1])) if found else None


def doctest_lines(text: str) -> Counts | None:
    found = re.findall(r"test cases:\s*\d+\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped", text)
    if not found:
        return None
    return sum((Counts(int(passed), int(failed), int(skipped)) for passed, failed, skipped in found), Counts())


def unittest_lines(text: str) -> Counts | None:
    ran = re.findall(r"^Ran (\d+) tests? in ", text, re.M)
    result = re.findall(r"^(?:OK|FAILED)(?: \((.*)\))?$", text, re.M)
    if not ran or not result:
        return None
    named = dict(re.findall(r"([a-z ]+)=(\d+)", result[-1]))
    named = {name.strip(): int(count) for name, count in named.items()}
    failed = sum(named.get(name, 0) for name in ("failures", "errors", "unexpected successes"))
    skipped = named.get("skipped", 0)
    return Counts(max(0, int(ran[-1]) - failed - skipped), failed, skipped)


def node_lines(text: str) -> Counts | None:
    named: dict[str, int] = {}
    for name, count in re.findall(r"^(?:#|\u2139) (pass|fail|cancelled|skipped|todo) (\d+)$", text, re.M):
        named[name] = named.get(name, 0) + int(count)
    if "pass" not in named:
        return None
    failed = named.get("fail", 0) + named.get("cancelled", 0)
    return Counts(named["pass"], failed, named.get("skipped", 0) + named.get("todo", 0))


def counts_of(result: str, output: str) -> Counts:
    """The cases of one meson test from its result and all that it printed."""
    if result in SKIPPED:
        return Counts(skipped=1)
    for reader in (own_line, doctest_lines, unittest_lines, node_lines):
        counts = reader(output)
        if counts is not None:
            break
    else:
        counts = Counts(passed=1) if result in PASSED else Counts()
    if result not in PASSED and counts.failed == 0:
        counts.failed = 1
    return counts


def failed_lines(lines: list[str]) -> list[str]:
    """TAP's failures with what explains them (node prints it behind), the first few."""
    found = []
    left = shown = 0
    for line in lines:
        if line.lstrip().startswith("not ok ") and shown < 5:
            left, shown = 30, shown + 1
        if left > 0:
            found.append(line)
            left -= 1
            if not left:
                found.append("[...]")
    return found


def failed_names(text: str) -> list[str]:
    """Each case that failed, as node, rule_runner.py, unittest and doctest name it."""
    found = re.findall(r"^\s*not ok \d+ - (.+)$|^failed +[\d.]+s  (.+)$|^(?:FAIL|ERROR): (.+)$|^TEST CASE:  (.+)$", text, re.M)
    return [next(filter(None, names))[:NAME_LENGTH] for names in found]


def read_log(folder: pathlib.Path) -> list[dict]:
    log = folder / "meson-logs" / "testlog.json"
    if not log.is_file():
        raise SystemExit(f"{log} is missing: the tests of {folder} did not run")
    with log.open(encoding="utf-8", errors="replace") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def main(arguments: list[str]) -> int:
    total = Counts()
    failures = []
    for argument in arguments:
        label, _, value = argument.partition("=")
        if label == "skip":
            total.skipped += 1
            print(f"  skipped: {value}")
            continue
        print(f"\n{label}")
        for entry in read_log(pathlib.Path(value)):
            output = entry.get("stdout", "") + "\n" + entry.get("stderr", "")
            counts = counts_of(entry["result"], output)
            total += counts
            note = "" if entry["result"] in PASSED else f"   {entry['result']}"
            print(f"  {entry['name']:<56} {counts}{note}")
            if counts.failed:
                failures.append((label, entry["name"], output))
    for label, name, output in failures:
        print(f"\n==== {label}: {name}, what failed and the end of what it printed")
        lines = [line for line in output.rstrip().splitlines() if not line.startswith("skipped ")]
        print("\n".join(failed_lines(lines[:-END_LINES]) + lines[-END_LINES:]))
    for label, name, output in failures:
        print(f"\nfailed in {label}: {name}")
        for case in dict.fromkeys(failed_names(output)):
            print(f"  {case}")
    if total.passed + total.failed == 0:
        print("no test ran")
    print(f"\n{total}")
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
