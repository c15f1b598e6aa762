"""Every header compiles alone, so that it includes what it uses. The build shows it of those that a .cpp of their
name includes before all else; the others are compiled here.

    headers.py BUILD_FOLDER COMPILER [FLAG...]
"""

from __future__ import annotations

import pathlib
import subprocess
import sys

import cached
import layers
import tree


def comes_first(path: str) -> bool:
    """Whether the .cpp of the header's name begins with it."""
    source = (tree.ROOT / path).with_suffix(".cpp")
    if not source.is_file():
        return False
    first = next(filter(None, map(layers.INCLUDE.match, source.read_text(encoding="utf-8").splitlines())), None)
    return first is not None and first[2] == path


def main(folder: str, compiler: list[str]) -> int:
    def alone(path: str) -> str:
        command = [*compiler, "-std=c++20", "-fsyntax-only", "-I.", "-Iinclude", "-x", "c++", "-"]
        source = f'#include "{path}"\n'
        done = subprocess.run(command, input=source, cwd=tree.ROOT, capture_output=True, text=True)
        return f"{path} does not compile alone:\n{done.stderr[:2000]}" if done.returncode else ""

    headers = list(tree.files(".hpp", under=("include", "server", "transports", "tests")))
    waiting = [path for path in headers if not comes_first(path)]
    ran, problems = cached.run(waiting, pathlib.Path(folder) / "style-headers", " ".join(compiler), alone)
    print("\n".join(problems))
    print(f"compiled {ran} of {len(waiting)} headers, the others are as they were; {len(headers) - len(waiting)} begin a .cpp")
    print(f"{len(headers) - len(problems)} passed, {len(problems)} failed, 0 skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
