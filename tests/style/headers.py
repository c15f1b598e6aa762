"""Every header compiles alone, so that it includes what it uses.

    headers.py BUILD_FOLDER COMPILER [FLAG...]
"""

from __future__ import annotations

import pathlib
import subprocess
import sys

import cached
import tree


def main(folder: str, compiler: list[str]) -> int:
    def alone(path: str) -> str:
        command = [*compiler, "-std=c++20", "-fsyntax-only", "-I.", "-Iinclude", "-x", "c++", "-"]
        source = f'#include "{path}"\n'
        done = subprocess.run(command, input=source, cwd=tree.ROOT, capture_output=True, text=True)
        return f"{path} does not compile alone:\n{done.stderr[:2000]}" if done.returncode else ""

    headers = list(tree.files(".hpp", under=("include", "server", "transports", "tests")))
    ran, problems = cached.run(headers, pathlib.Path(folder) / "style-headers", " ".join(compiler), alone)
    print("\n".join(problems))
    print(f"compiled {ran} of {len(headers)} headers, the others are as they were")
    print(f"{len(headers) - len(problems)} passed, {len(problems)} failed, 0 skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
