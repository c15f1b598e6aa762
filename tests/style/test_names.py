"""The names of the tests that a file holds: of its TEST_CASEs, or of its rules and its checks, whose names are their docstrings."""

from __future__ import annotations

import ast
import re

CASE = re.compile(r'\b(?:TEST_CASE|SCENARIO)\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def names(path: str, text: str) -> list[str]:
    if not path.endswith(".py"):
        return ["".join(LITERAL.findall(match)) for match in CASE.findall(text)]
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and (docstring := ast.get_docstring(node)):
            found.append(docstring)
        elif isinstance(node, ast.Call) and node.args and _called(node.func) in ("rule", "run"):
            found.append(_text(node.args[0]))
    return found


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text(value: ast.expr) -> str:
    """What a string says; of one with values in it, what stands around them."""
    if isinstance(value, ast.JoinedStr):
        return "".join(_text(part) for part in value.values)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
