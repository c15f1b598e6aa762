#!/usr/bin/env python3
"""The policy server, black box: what Flash Player is told on every way that it asks, and that it then gets in.

    run.py --encke build/encke

Ends with `N passed, N failed, N skipped`; the status is 1 when a check failed.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "conformance")]

from checks import alone, asking, common, ports, sockets  # noqa: E402
from rule_runner import Runner, arguments_of  # noqa: E402
from support.server import registry  # noqa: E402


def main() -> int:
    options = arguments_of(__doc__).parse_args()
    common.TRANSPORTS += registry(options.encke)
    runner = Runner(options.only)
    for module in (asking, ports, alone, sockets):
        for check in module.CHECKS:
            runner.run(check.__doc__, lambda: check(options.encke))
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
