#!/usr/bin/env python3
"""What broke other servers, tried on this one over real sockets: answered as it should be, and at no one's cost.

    run.py --encke build/encke [-k PART OF A NAME]

Each check is named after what broke and the rule that holds here. docs/security.md lists them all, with those that
stand in other tests. Here are those that need measuring, so they run one after the other, on a server of their own.
Ends with `N passed, N failed, N skipped`; the status is 1 when a check failed.
"""

import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "conformance")]

from checks import deflate, frames, heads  # noqa: E402
from checks.measure import Target  # noqa: E402
from rule_runner import Runner, equal  # noqa: E402
from server_process import ServerProcess  # noqa: E402
from support.server import for_registry, registry  # noqa: E402

CONFIG = {
    "limits": {"head_bytes": 1 << 20, "head_fields": 2600, "close_seconds": 0.3},
    "services": {"/echo": {"type": "echo"}, "/close": {"type": "close"}, "/sub": {"type": "echo", "protocols": ["chat"]},
                 "/medium": {"type": "echo", "max_message_bytes": 1 << 20},
                 "/huge": {"type": "echo", "max_message_bytes": 1 << 30}},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", required=True, help="the server's executable")
    parser.add_argument("-k", dest="only", default="", help="only checks whose names contain this")
    options = parser.parse_args()
    runner = Runner()
    transports = registry(options.encke)
    if "websocket" not in transports:
        print("skipped: the server was built without websocket\n0 passed, 0 failed, 1 skipped")
        return 0
    server = ServerProcess(options.encke, for_registry(CONFIG, transports))
    target = Target(server, transports)
    for check in (*heads.CHECKS, *frames.CHECKS, *deflate.CHECKS):
        if options.only.lower() in check.__doc__.lower():
            runner.run(check.__doc__, lambda: check(target))
    runner.run("none of it ended the server, and it ends well now", lambda: equal(server.stop(), [], "faults"))
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
