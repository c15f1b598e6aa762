"""The project's own files, for the checks beside this one."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = ("node_modules", "__pycache__")


def files(*suffixes: str, root: pathlib.Path = ROOT, under: tuple[str, ...] = ("",)) -> Iterator[str]:
    """Paths relative to the root, sorted, of the files below `under` that end in one of the suffixes.

    Build folders, installed packages and hidden folders are left out.
    """
    for top in under:
        for folder, names, found in os.walk(root / top):
            at_root = pathlib.Path(folder) == root
            names[:] = sorted(
                name
                for name in names
                if name not in SKIPPED
                and not (name.startswith(".") and name != ".ci")
                and not (at_root and (name.startswith("build") or name.startswith("b-")))
            )
            for name in sorted(found):
                if name.endswith(suffixes):
                    yield str((pathlib.Path(folder) / name).relative_to(root))
