#!/usr/bin/python3
"""Joins the files of bundle.txt into encke.js, its source map and encke.min.js.

encke.js is the files as they are, one after the other, inside one function. encke.min.js is the same without comments
and needless blanks: names are kept and nothing is rewritten, so that it says exactly what encke.js says.
"""

import argparse
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BANNER = "/* Encke, MIT licence: one socket for every browser. */\n"
HEAD = "(function () {\n"
TAIL = "}());\n"


def listed_files(transports):
    """The names in bundle.txt, less the transports that are not wanted (None wants all)."""
    with open(os.path.join(HERE, "bundle.txt"), encoding="utf-8") as lines:
        names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if transports is None:
        return names
    return [name for name in names
            if not name.startswith("transports/") or name[len("transports/"):-len(".js")] in transports]


# ---- source map (version 3): each line of the bundle is one line of one source ---------------------------------------

def vlq(number):
    """A signed number in base64 VLQ, five bits a digit, the lowest first."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    rest = -number << 1 | 1 if number < 0 else number << 1
    text = ""
    while True:
        digit = rest & 31
        rest >>= 5
        text += digits[digit | 32 if rest else digit]
        if not rest:
            return text


def source_map(names, sources, lines_before):
    mappings = [""] * lines_before
    last_source = last_line = 0
    for index, source in enumerate(sources):
        for line in range(source.count("\n")):
            mappings.append("A" + vlq(index - last_source) + vlq(line - last_line) + "A")
            last_source, last_line = index, line
    return {"version": 3, "file": "encke.js", "sources": ["client-js/" + name for name in names],
            "sourcesContent": sources, "names": [], "mappings": ";".join(mappings)}


# ---- removal of comments and blanks ----------------------------------------------------------------------------------

TOKEN = re.compile(r"""
    (?P<blank>[ \t]+)
  | (?P<newline>\r?\n)
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
  | (?P<word>[A-Za-z0-9_$]+(?:\.[0-9]+)?)
  | (?P<mark>\+\+|--|&&|\|\||===|!==|==|!=|<=|>=|>>>|>>|<<|[-+*%&|^<>]=|[-+*%&|^<>=!~?:;,.(){}\[\]])
  | (?P<slash>/)
""", re.VERBOSE | re.DOTALL)
REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
BEFORE_OPERAND = {"return", "typeof", "case", "in", "instanceof", "new", "delete", "void", "throw", "else", "do"}


def tokens(text, name):
    """Yields (kind, text); a slash is told from a regular expression by what stands before it."""
    at, last_kind, last = 0, "mark", ";"
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise SystemExit(f"{name}: cannot read the character {text[at]!r} at offset {at}")
        kind, token = match.lastgroup, match.group()
        if kind == "slash":
            if last == "}":
                raise SystemExit(f"{name}: a slash after '}}' at offset {at} may be a division or a regular expression: "
                                 "put it into brackets")
            if (last_kind == "mark" and last not in (")", "]", "++", "--")) or last in BEFORE_OPERAND:
                match = REGEX.match(text, at)
                if not match:
                    raise SystemExit(f"{name}: an unfinished regular expression at offset {at}")
                kind, token = "regex", match.group()
            else:
                kind = "mark"
        at += len(token)
        if kind in ("blank", "newline", "comment"):
            if kind == "newline" or (kind == "comment" and "\n" in token):
                yield "newline", "\n"
            else:
                yield "blank", " "
            continue
        last_kind, last = kind, token
        yield kind, token


def is_wordlike(kind):
    return kind in ("word", "regex")


def minify(text, name):
    """Drops comments, and blanks and line ends where no token and no inserted semicolon depends on them."""
    out = []
    before_kind, before = "mark", ";"
    gap = ""
    for kind, token in tokens(text, name):
        if kind in ("blank", "newline"):
            gap = "\n" if "\n" in (gap, token) else " "
            continue
        after_mark = before_kind == "mark" and before not in (")", "]", "}", "++", "--")
        if gap == "\n" and not after_mark and token not in ("}", ")", "]", ",", ";", ".", "?", ":"):
            out.append("\n")
        elif gap and (is_wordlike(before_kind) and is_wordlike(kind)
                      or before[-1] in "+-" and token[0] in "+-" or "/" in (before[-1], token[0])):
            out.append(" ")
        out.append(token)
        before_kind, before, gap = kind, token, ""
    return "".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("js", help="where encke.js goes")
    parser.add_argument("min_js", help="where encke.min.js goes")
    parser.add_argument("map", help="where the source map of encke.js goes")
    parser.add_argument("--transports", nargs="*", help="the transports to take; all where this is not given")
    arguments = parser.parse_args()

    names = listed_files(arguments.transports)
    sources = []
    for name in names:
        with open(os.path.join(HERE, name), encoding="ascii") as source:
            sources.append(source.read())
    head = BANNER + HEAD
    body = "".join(sources)
    outputs = [
        (arguments.js, head + body + TAIL + "//# sourceMappingURL=encke.js.map\n"),
        (arguments.min_js, BANNER + minify(HEAD + body + TAIL, "encke.js")),
        (arguments.map, json.dumps(source_map(names, sources, head.count("\n"))) + "\n"),
    ]
    for path, content in outputs:
        with open(path, "w", encoding="ascii") as out:
            out.write(content)


if __name__ == "__main__":
    sys.exit(main())
