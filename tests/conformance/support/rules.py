"""Rules: what a conformance test is, how it says that it failed, and how it says that it cannot be asked."""

import dataclasses
import pathlib
import sys
import typing

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))

from rule_runner import Failed, Skip  # noqa: E402, F401  one of each: who runs these rules in another runner counts them as here

# Long enough for a loaded machine, short enough that a hang is reported: a watchdog, never a measurement.
WATCHDOG_SECONDS = 10.0


@dataclasses.dataclass
class Rule:
    group: str
    title: str
    cite: str
    run: typing.Callable
    slow: bool = False
    transports: bool = False

    @property
    def name(self) -> str:
        return f"{self.group}: {self.title} ({self.cite})"


RULES: list[Rule] = []


def rule(title: str, cite: str, *, slow: bool = False, each=None, transports: bool = False):
    """Registers the decorated function as a rule.

    `each` is a dict of label -> value: the rule becomes one rule for each, called with the value as last argument.
    `transports` makes it one rule for each transport of the server's registry, called with the adapter.
    `slow` rules wait for the server's own clock; they get threads of their own, so that their waits overlap.
    """
    def register(function):
        group = function.__module__.rpartition(".")[2]
        if each is None:
            RULES.append(Rule(group, title, cite, function, slow, transports))
        else:
            for label, value in each.items():
                def run(*args, value=value):
                    function(*args, value)
                RULES.append(Rule(group, f"{title}: {label}", cite, run, slow, transports))
        return function
    return register


def shown(value, limit: int = 300) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def equal(got, want, what: str) -> None:
    if got != want:
        raise Failed(f"{what}: got {shown(got)}, expected {shown(want)}")


def true(condition, what: str) -> None:
    if not condition:
        raise Failed(what)


def contains(got, part, what: str) -> None:
    if got is None or part not in got:
        raise Failed(f"{what}: {shown(got)} does not contain {shown(part)}")


def one_of(got, choices, what: str) -> None:
    if got not in choices:
        raise Failed(f"{what}: got {shown(got)}, expected one of {shown(choices)}")
