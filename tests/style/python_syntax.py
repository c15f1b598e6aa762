"""Compiles the Python files named, without writing anything. Exits 1 where one does not compile."""

import pathlib
import sys

failed = False
for name in sys.argv[1:]:
    try:
        compile(pathlib.Path(name).read_text(encoding="utf-8"), name, "exec")
    except SyntaxError as error:
        print(f"{name}:{error.lineno}: {error.msg}")
        failed = True
sys.exit(1 if failed else 0)
