"""Rules for the text of our sources: size, half-done words, blanks, title lines, lock files.

    text.py [ROOT]    prints each break as file:line: what and why; exits 1 where there is one
"""

from __future__ import annotations

import pathlib
import re
import sys

import tree

CEILING = 400  # lines; a longer file has two jobs. Not for Python: a suite of rules is a long list with one job
CEILED = (".cpp", ".hpp", ".js")
SOURCES = (".cpp", ".hpp", ".js", ".py")
TEXTS = SOURCES + (".md", ".build", ".html", ".css", ".json", ".txt", "dev", ".ci/run")
# Said of work that is not done. Written in parts so that this file does not hold them.
HALF_DONE = re.compile(
    "|".join(
        (
            r"\bTO" r"DO\b",
            r"\bFIX" r"ME\b",
            r"\bX" r"XX\b",
            r"\bfor n" r"ow\b(?!\()",  # but a clock's now() is taken for its time
            r"\bnot imple" r"mented\b",  # the status text of 501 is written "Not Implemented"
            r"\bunimple" r"mented\b",
            r"\bstub" r"bed\b",
            r"\bhard-?co" r"ded\b",
            r"\bplace" r"holder\b(?!\s*[=:)])",  # but an input element's attribute is one
        )
    )
)


def problems_of(path: str, text: str) -> list[str]:
    """What breaks a rule in one file."""
    found = []
    lines = text.split("\n")
    source = path.endswith(SOURCES)
    if path.endswith(CEILED) and len(lines) - 1 > CEILING:
        found.append(f"{path}:{CEILING}: {len(lines) - 1} lines; over {CEILING} is a sign of two jobs")
    if text and not text.endswith("\n"):
        found.append(f"{path}:{len(lines)}: no newline at the end")
    if path.endswith(".cpp") and not re.match(r"// \S", text):
        found.append(f"{path}:1: a .cpp begins with a title line: // what this file is")
    if path.endswith(".hpp") and "#pragma once" not in text:
        found.append(f"{path}:1: a header says #pragma once")
    for number, line in enumerate(lines, 1):
        if source and HALF_DONE.search(line):
            found.append(f"{path}:{number}: half-done: {line.strip()[:80]}")
        if "\t" in line and not path.endswith((".html", ".txt")):
            found.append(f"{path}:{number}: a tab; indent with blanks")
        if line != line.rstrip():
            found.append(f"{path}:{number}: blanks at the end of the line")
        if path.endswith("package-lock.json") and '"resolved"' in line:
            found.append(f"{path}:{number}: a lock names no registry: npm install --omit-lockfile-registry-resolved")
            break
    return found


def check(root: pathlib.Path = tree.ROOT) -> list[str]:
    found = []
    for path in tree.files(*TEXTS, root=root):
        if "/corpus/" in path or "/vectors/" in path:
            continue
        found += problems_of(path, (root / path).read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    problems = check(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else tree.ROOT)
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
