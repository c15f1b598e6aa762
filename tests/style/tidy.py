"""clang-tidy, in parallel, over the sources of ours that a build folder compiles (.clang-tidy says which checks).

The unit tests stay out: doctest's macros use what clang 14 rejects and GCC accepts (captured structured bindings).

    tidy.py BUILD_FOLDER
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import cached
import tree

# The build is made by GCC, some of whose warning flags clang does not know.
FLAGS = ["--quiet", "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-ignored-optimization-argument"]


def main(folder: str) -> int:
    root = str(tree.ROOT)
    commands = json.loads((pathlib.Path(folder) / "compile_commands.json").read_text())
    sources = set()
    for entry in commands:
        path = os.path.relpath(os.path.join(entry["directory"], entry["file"]), root)
        if path.endswith(".cpp") and path.startswith(("server/", "transports/", "examples/", "tests/fuzz/")):
            sources.add(path)

    def tidy(path: str) -> str:
        done = subprocess.run(
            ["clang-tidy", "-p", folder, *FLAGS, path], cwd=root, capture_output=True, text=True, errors="replace"
        )
        return f"{path}\n{done.stdout}{done.stderr if done.returncode else ''}" if done.returncode else ""

    salt = " ".join(FLAGS) + (tree.ROOT / ".clang-tidy").read_text()
    ran, problems = cached.run(sorted(sources), pathlib.Path(folder) / "style-tidy", salt, tidy)
    print("\n".join(problems))
    print(f"clang-tidy read {ran} of {len(sources)} sources, the others are as they were; {len(problems)} not clean")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
