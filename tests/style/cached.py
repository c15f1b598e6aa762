"""Runs a slow check over many files in parallel, and skips those that passed before and have not changed since.

A file has changed when its bytes, or those of any file of ours that it includes, have, or when the check itself has.
"""

from __future__ import annotations

import concurrent.futures
import functools
import hashlib
import os
import pathlib
import re
from collections.abc import Callable

import layers
import tree


@functools.cache
def digest(path: str) -> str:
    return hashlib.sha256((tree.ROOT / path).read_bytes()).hexdigest()


@functools.cache
def included(path: str) -> frozenset[str]:
    """The files of ours that this one includes directly."""
    found = set()
    for line in (tree.ROOT / path).read_text(encoding="utf-8").splitlines():
        match = layers.INCLUDE.match(line)
        if match is not None:
            name = match[2] if match[1] == '"' else "include/" + match[2]
            if (tree.ROOT / name).is_file():
                found.add(name)
    return frozenset(found)


def key_of(path: str, salt: str) -> str:
    """Names this file with everything of ours that it sees, as checked by `salt`."""
    seen, waiting = {path}, [path]
    while waiting:
        for name in included(waiting.pop()) - seen:
            seen.add(name)
            waiting.append(name)
    text = salt + "".join(f"{name} {digest(name)}\n" for name in sorted(seen))
    return re.sub(r"[^\w.]", "_", path) + "." + hashlib.sha256(text.encode()).hexdigest()[:24]


def run(paths: list[str], folder: pathlib.Path, salt: str, check: Callable[[str], str]) -> tuple[int, list[str]]:
    """Runs `check` (the path to what is wrong, "" for nothing) where needed. Gives how many ran, and what was wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    stamps = {path: folder / key_of(path, salt) for path in paths}
    for old in set(folder.iterdir()) - set(stamps.values()):
        old.unlink()
    waiting = [path for path in paths if not stamps[path].exists()]
    problems = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, text in zip(waiting, pool.map(check, waiting)):
            if text:
                problems.append(text)
            else:
                stamps[path].touch()
    return len(waiting), problems
