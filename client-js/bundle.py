#!/usr/bin/python3
"""Joins the files of bundle.txt into encke.js and its source map, and has uglifyjs make encke.min.js of that, with its own.

encke.js is the files as they are, one after the other, inside one function. In encke.min.js names are short: those of variables, of
properties that end in an underscore, and those that inner_names.txt lists. With --extra NAME the same of a script that extras/extras.txt
lists, encke-NAME.js: short are the names of its variables, and of properties that end in an underscore.
"""

import argparse
import collections
import json
import os
import subprocess
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


# ---- extras ---------------------------------------------------------------------------------------------------------

Extra = collections.namedtuple("Extra", "name globals files")  # the files' names as this folder has them


def extras():
    """What extras/extras.txt lists."""
    with open(os.path.join(HERE, "extras/extras.txt"), encoding="ascii") as lines:
        rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return [Extra(name, puts.split(","), ["extras/" + file for file in files]) for name, puts, *files in rows]


def extra_head(extra):
    """Three lines, as the module entries of the npm package begin with (package.py)."""
    text = json.dumps(f"encke-{extra.name}.js needs encke.js: load that first.")
    return (BANNER + HEAD +
            f"if (typeof Encke === 'undefined') {{ throw new Error({text}); }}\n")


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


def source_map(js_name, names, sources, lines_before):
    mappings = [""] * lines_before
    last_source = last_line = 0
    for index, source in enumerate(sources):
        for line in range(source.count("\n")):
            mappings.append("A" + vlq(index - last_source) + vlq(line - last_line) + "A")
            last_source, last_line = index, line
    return {"version": 3, "file": js_name, "sources": ["client-js/" + name for name in names],
            "sourcesContent": sources, "names": [], "mappings": ";".join(mappings)}


# ---- the minified form ------------------------------------------------------------------------------------------------

def inner_names():
    """What inner_names.txt lists."""
    with open(os.path.join(HERE, "inner_names.txt"), encoding="ascii") as lines:
        return [name for line in lines if not line.startswith("#") for name in line.split()]


def minify(uglifyjs, js, js_map, min_js, short_names):
    """Makes min_js, and its source map beside it, which leads back to the files of this folder."""
    names = "|".join(["[A-Za-z]+_"] + short_names)
    map_name = os.path.basename(min_js) + ".map"
    subprocess.run([uglifyjs, js, "--output", min_js, "--ie",
                    "--compress", "passes=4,inline=1",  # inlining more makes it longer, once gzip has seen it
                    "--mangle", "--mangle-props", f"regex=/^({names})$/",
                    "--output-opts", f"ascii_only=true,inline_script=true,preamble={json.dumps(BANNER.strip())}",
                    "--source-map", f"content='{js_map}',filename='{os.path.basename(min_js)}',url='{map_name}',includeSources"],
                   check=True)


def read_all(names):
    sources = []
    for name in names:
        with open(os.path.join(HERE, name), encoding="ascii") as source:
            sources.append(source.read())
    return sources


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("js", help="where encke.js goes")
    parser.add_argument("map", help="where the source map of encke.js goes")
    parser.add_argument("min_js", nargs="?", help="where encke.min.js goes, and its map beside it; none is made where this is not given")
    parser.add_argument("--uglifyjs", default="uglifyjs", help="the program")
    parser.add_argument("--transports", nargs="*", help="the transports to take; all where this is not given")
    parser.add_argument("--extra", choices=[extra.name for extra in extras()], help="not encke.js, but this script that goes with it")
    arguments = parser.parse_args()

    extra = next((extra for extra in extras() if extra.name == arguments.extra), None)
    names = extra.files if extra else listed_files(arguments.transports)
    head = extra_head(extra) if extra else BANNER + HEAD
    js_name = f"encke-{extra.name}.js" if extra else "encke.js"
    sources = read_all(names)
    outputs = [
        (arguments.js, head + "".join(sources) + TAIL + f"//# sourceMappingURL={js_name}.map\n"),
        (arguments.map, json.dumps(source_map(js_name, names, sources, head.count("\n"))) + "\n"),
    ]
    for path, content in outputs:
        with open(path, "w", encoding="ascii") as out:
            out.write(content)
    if arguments.min_js:
        minify(arguments.uglifyjs, arguments.js, arguments.map, arguments.min_js, [] if extra else inner_names())


if __name__ == "__main__":
    sys.exit(main())
