#!/usr/bin/env python3
"""What broke other servers, tried on this one over real sockets: answered as it should be, and at no one's cost.

    run.py --encke build/encke [-k PART OF A NAME]

Each check is named after what broke and the rule that holds here. docs/security.md lists them all, with those that
stand in other tests. Here are those that need measuring, so they run one after the other, on a server of their own.
Ends with `N passed, N failed, N skipped`; the status is 1 when a check failed.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "conformance")]

from checks import deflate, frames, heads  # noqa: E402
from checks.measure import Target  # noqa: E402
from rule_runner import Runner, arguments_of, equal  # noqa: E402
from server_process import ServerProcess  # noqa: E402
from support.server import for_registry, registry  # noqa: E402

CONFIG = {
    "limits": {"head_bytes": 1 << 20, "head_fields": 2600, "close_seconds": 0.3},
    "services": {"/echo": {"type": "echo"}, "/close": {"type": "close"}, "/sub": {"type": "echo", "protocols": ["chat"]},
                 "/medium": {"type": "echo", "max_message_bytes": 1 << 20},
                 "/huge": {"type": "echo", "max_message_bytes": 1 << 30}},
}


def main() -> int:
    options = arguments_of(__doc__).parse_args()
    runner = Runner(options.only)
    transports = registry(options.encke)
    if "websocket" not in transports:
        print("skipped: the server was built without websocket\n0 passed, 0 failed, 1 skipped")
        return 0
    server = ServerProcess(options.encke, for_registry(CONFIG, transports))
    target = Target(server, transports)
    for check in (*heads.CHECKS, *frames.CHECKS, *deflate.CHECKS):
        runner.run(check.__doc__, lambda: check(target))
    runner.run_anyway("none of it ended the server, and it ends well now", lambda: equal(server.stop(), [], "faults"))
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
