"""Waiting for a state of the server that nothing announces."""

import threading

from rule_runner import Failed

WATCHDOG_SECONDS = 60
_clock = threading.Event()


def holds_within(seconds: float, condition) -> bool:
    """Whether `condition()` comes to hold."""
    for _ in range(int(seconds * 20)):
        if condition():
            return True
        _clock.wait(0.05)
    return False


def wait_until(condition, what) -> None:
    """Returns once `condition()` holds; a failure with the text `what`, or `what()`, otherwise."""
    if not holds_within(WATCHDOG_SECONDS, condition):
        raise Failed(what() if callable(what) else what)
