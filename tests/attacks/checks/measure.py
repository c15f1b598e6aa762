"""What an attack costs the server: computing time beside that of something harmless of the same size, and memory.

No time is compared with a clock: a machine may be slow, or busy with others. Computing time is what the kernel says
that the server's threads were given. Of several tries the cheapest counts, which others disturbed the least.
"""

from __future__ import annotations

from rule_runner import true
from support.server import Server

TRIES = 3
UNSEEN_NS = 3_000_000  # what a try may cost beyond all proportion: a page fault here, a timer there


class Target(Server):
    """The server under test, as the conformance tests' clients want it, with its process beside it."""

    def __init__(self, process, transports: list[str]):
        super().__init__(*process.address, transports)
        self.process = process
        self.descriptors = process.descriptors()  # while nobody is there

    def cost(self, act) -> int:
        """Of `act()`, and of the answer to somebody else that shows that it is done with."""
        best = None
        for _ in range(TRIES):
            before = self.process.cpu_ns()
            act()
            self.alive()
            took = self.process.cpu_ns() - before
            best = took if best is None else min(best, took)
        return best

    def no_dearer(self, attack, harmless, times: float) -> str:
        """`attack()` must cost no more than so many times `harmless()`."""
        usual, got = self.cost(harmless), self.cost(attack)
        true(got <= times * usual + UNSEEN_NS, f"{got / 1e6:.1f} ms of computing, expected at most {times:g} times the "
             f"{usual / 1e6:.1f} ms of what is harmless and as long")
        return f"{got / 1e6:.1f} ms of computing, {usual / 1e6:.1f} ms for what is harmless"


class Memory:
    """`with Memory(target, most):` the server's own memory may grow by so many bytes meanwhile, at each look()."""

    def __init__(self, target: Target, most: int):
        self.target, self.most = target, most
        self.before = self.peak = target.process.memory()

    def look(self) -> None:
        self.peak = max(self.peak, self.target.process.memory())

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, kind, *_) -> None:
        self.look()
        if kind is None:
            true(self.target.process.sanitized or self.peak - self.before <= self.most,
                 f"{self.peak - self.before >> 10} KiB more, expected at most {self.most >> 10} KiB")

    def note(self) -> str:
        return f"{max(0, self.peak - self.before) >> 10} KiB more, of {self.most >> 10} KiB at most"
