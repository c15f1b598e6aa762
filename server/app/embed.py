#!/usr/bin/python3
"""Writes the C++ source of a function that gives files, as they are and as gzip has them: embed.py FUNCTION OUTPUT FILE..."""

import gzip
import hashlib
import os
import sys

TYPES = {".css": "text/css; charset=UTF-8", ".html": "text/html; charset=UTF-8",
         ".js": "text/javascript; charset=UTF-8", ".map": "application/json; charset=UTF-8",
         ".swf": "application/x-shockwave-flash"}
PACKED = {".swf"}  # what is compressed already
ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("?"): "\\?"}
LINE = 96


def literal(data):
    """C++ string literals, a line each."""
    lines = []
    for start in range(0, len(data), LINE):
        text = ""
        for byte in data[start:start + LINE]:
            if byte in ESCAPES:
                text += ESCAPES[byte]
            elif 32 <= byte < 127:
                text += chr(byte)
            else:
                text += "\\%03o" % byte
        lines.append('    "%s"' % text)
    return "\n".join(lines) or '    ""'


def main():
    function, output, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    parts = ['// Files that are built into the program: made by embed.py.\n'
             '#include "server/app/client_files.hpp"\n\n#include <array>\n\nnamespace encke {\n\nnamespace {\n']
    rows = []
    for number, name in enumerate(files):
        with open(name, "rb") as source:
            data = source.read()
        ending = os.path.splitext(name)[1]
        packed = b"" if ending in PACKED else gzip.compress(data, 9, mtime=0)
        parts.append("constexpr char kFile%d[] =\n%s;\n" % (number, literal(data)))
        parts.append("constexpr char kPacked%d[] =\n%s;\n" % (number, literal(packed)))
        tag = hashlib.md5(data).hexdigest()
        rows.append('    ClientFile{"/%s", {"%s", "\\"%s\\"", {kFile%d, sizeof kFile%d - 1}, {kPacked%d, sizeof kPacked%d - 1}, "\\"%s-gzip\\""}},'
                    % (os.path.basename(name), TYPES[ending], tag, number, number, number, number, tag))
    parts.append("constexpr std::array kFiles{\n%s\n};\n\n}  // namespace\n\n"
                 "std::span<const ClientFile> %s() { return kFiles; }\n\n}  // namespace encke"
                 % ("\n".join(rows), function))
    with open(output, "w", encoding="ascii") as made:
        made.write("\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
