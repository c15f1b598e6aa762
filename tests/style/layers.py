"""Rejects an #include against the arrows between the folders (docs/architecture.md draws them).

    layers.py [ROOT]    prints each bad include as file:line: what and why; exits 1 where there is one
"""

from __future__ import annotations

import pathlib
import re
import sys

import tree

# A layer and the layers of ours that it may include besides itself.
ARROWS = {
    "crypto": set(),
    "core": set(),
    "mux": {"core"},
    "http": {"core", "crypto"},
    "net": {"core", "crypto"},
    "transports": {"http", "core", "crypto"},
    "policy": {"core"},
    "services": {"net", "core", "crypto"},
    "tokens": {"core", "crypto"},
    "app": {"transports", "mux", "services", "tokens", "policy", "http", "net", "core", "crypto"},
}
# Public headers belong to the layer that implements them.
PUBLIC = {
    "include/encke/access.hpp": "core",
    "include/encke/admin.hpp": "app",
    "include/encke/target_rule.hpp": "core",
    "include/encke/tcp_options.hpp": "core",
    "include/encke/message.hpp": "core",
    "include/encke/live_feed.hpp": "services",
    "include/encke/live_feed_counts.hpp": "core",
    "include/encke/metrics.hpp": "core",
    "include/encke/mux.hpp": "core",
    "include/encke/channel.hpp": "core",
    "include/encke/close.hpp": "core",
    "include/encke/limits.hpp": "core",
    "include/encke/refusal_counts.hpp": "core",
    "include/encke/report.hpp": "core",
    "include/encke/flash_policy.hpp": "policy",
    "include/encke/service_counts.hpp": "core",
    "include/encke/service_options.hpp": "core",
    "include/encke/session_end.hpp": "core",
    "include/encke/tls_options.hpp": "net",
    "include/encke/xmpp_options.hpp": "core",
    "include/encke/drain_options.hpp": "app",
    "include/encke/feed.hpp": "app",
    "include/encke/inbox.hpp": "core",
    "include/encke/listen.hpp": "app",
    "include/encke/server.hpp": "app",
}
# Libraries that stay behind one folder's wall: what an include begins with, and the layers that may.
WALLS = {
    "event2/": {"net"},
    "event.h": {"net"},
    "openssl/ssl.h": {"net"},
    "openssl/": {"crypto", "net", "tokens"},
    "expat.h": {"services"},
    "jwt.h": {"tokens"},
    "llhttp": {"http"},
    "spdlog/": {"app"},
    "prometheus/": {"app"},
    "CLI/": {"app"},
    "zlib.h": {"transports"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
STANDARD = re.compile(r"^[a-z0-9_]+$")


def layer_of(path: str) -> str | None:
    """The layer that a path belongs to; None for what may include anything of ours (tests, examples)."""
    if path.startswith("server/"):
        return path.split("/")[1]
    if path.startswith("transports/"):
        return "transports"
    if path.startswith("include/"):
        return PUBLIC.get(path, "unknown")
    return None


def transport_of(path: str) -> str | None:
    """The folder below transports/, None for files directly in it."""
    parts = path.split("/")
    return parts[1] if parts[0] == "transports" and len(parts) > 2 else None


def wrong(path: str, quote: str, target: str, exists) -> str | None:
    """What is wrong with this include, or None. `exists` says whether a path relative to the root is a file."""
    layer = layer_of(path)
    if layer is not None and layer not in ARROWS:
        return f"'{layer}' is no layer; name it in tests/style/layers.py"
    if quote == '"':
        if not exists(target):
            return f'"{target}" is no file of ours; write the path from the root of the project, or <> for others\' headers'
        ours = target
    elif target.startswith("encke/"):
        ours = "include/" + target
        if not exists(ours):
            return f"<{target}> does not exist"
    else:
        ours = None

    if ours is not None:
        if layer is None:
            return None
        other = layer_of(ours)
        if other is None:
            return f"{layer} may not include {ours.split('/')[0]}/"
        if other != layer and other not in ARROWS[layer]:
            allowed = ", ".join(sorted(ARROWS[layer])) or "nothing of ours"
            return f"against the arrow: {layer} may include {allowed}, not {other}"
        mine, theirs = transport_of(path), transport_of(ours)
        if other == "transports" and mine is not None and theirs not in (mine, "shared"):
            return f"transports stand alone: {mine} may include transports/shared only"
        return None

    if layer is None:
        return None
    if layer == "core" and not STANDARD.match(target):
        return f"core uses the standard library only, not <{target}>"
    for begin, layers in WALLS.items():
        if target.startswith(begin):
            return None if layer in layers else f"<{target}> is for {' and '.join(sorted(layers))} only, not {layer}"
    return None


def check(root: pathlib.Path = tree.ROOT) -> list[str]:
    """Every bad include below server/, transports/, include/, examples/ and tests/."""
    found = []
    for path in tree.files(".cpp", ".hpp", root=root, under=("server", "transports", "include", "examples", "tests")):
        for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if match is None:
                continue
            text = wrong(path, match[1], match[2], lambda name: (root / name).is_file())
            if text is not None:
                found.append(f"{path}:{number}: {text}")
    return found


if __name__ == "__main__":
    problems = check(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else tree.ROOT)
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
