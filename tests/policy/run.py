#!/usr/bin/env python3
"""The policy server, black box: what Flash Player is told on every way that it asks, and that it then gets in.

    run.py --encke build/encke

Ends with `N passed, N failed, N skipped`; the status is 1 when a check failed.
"""

import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "conformance")]

from checks import alone, asking, common, ports, sockets  # noqa: E402
from rule_runner import Runner  # noqa: E402
from support.server import registry  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", required=True, help="the server's executable")
    parser.add_argument("-k", dest="only", default="", help="only checks whose names contain this")
    options = parser.parse_args()
    common.TRANSPORTS += registry(options.encke)
    runner = Runner()
    for module in (asking, ports, alone, sockets):
        for check in module.CHECKS:
            if options.only in check.__doc__:
                runner.run(check.__doc__, lambda: check(options.encke))
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
