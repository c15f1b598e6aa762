#!/usr/bin/python3
"""Puts the npm package together: the built scripts, module entries for browsers and for Node, declarations, a manifest."""

import argparse
import json
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FACADE = os.path.join(HERE, "../../client-js")
sys.path.insert(0, FACADE)

import bundle  # noqa: E402

NAMES = ("Socket", "EventSource", "install", "uninstall")
# Each begins with as many lines as encke.js, whose source map therefore fits browsers' entries too.
CJS = ("(function () {\n", "if (typeof module === 'object') {\n  module.exports = Encke;\n}\n}());\n")
ESM = ("// This is a module: its names are its own.\n", "export default Encke;\n")
# Those of what goes with it: three lines, as bundle.py's extra_head() has.
EXTRA_CJS = ("var Encke = require('encke-client');\n(function () {\n", "}());\nmodule.exports = Encke;\n")
EXTRA_ESM = ("import Encke from 'encke-client';\n(function () {\n", "}());\nexport default Encke;\n")


def exports(names):
    return "".join(f"export var {name} = Encke.{name};\n" for name in names)


def extra_entries():
    """The module entries of what goes with encke.js, and their declarations."""
    texts = {}
    for extra in bundle.extras():
        name = "encke-" + extra.name
        body = "".join(bundle.read_all(extra.files))
        mapped = f"//# sourceMappingURL={name}.js.map\n"
        texts[name + ".cjs"] = bundle.BANNER + EXTRA_CJS[0] + body + EXTRA_CJS[1] + mapped
        texts[name + ".mjs"] = bundle.BANNER + EXTRA_ESM[0] + body + EXTRA_ESM[1] + exports(extra.globals) + mapped
        for ending in (".d.ts", ".d.mts"):
            texts[name + ending] = read(HERE, name + ending)
    return texts


def entries(transports):
    """The module entries: {file name: text}."""
    facade = "".join(read(FACADE, name) for name in bundle.listed_files(transports))
    node = read(HERE, "node_page.js") + facade + read(HERE, "node_api.js")
    mapped = "//# sourceMappingURL=encke.js.map\n"
    return {
        "encke.cjs": bundle.BANNER + CJS[0] + facade + CJS[1] + mapped,
        "encke.mjs": bundle.BANNER + ESM[0] + facade + ESM[1] + exports(NAMES) + mapped,
        "encke.node.cjs": bundle.BANNER + CJS[0] + node + CJS[1],
        "encke.node.mjs": bundle.BANNER + ESM[0] + node + ESM[1] + exports(NAMES + ("use",)),
    }


def manifest(version, movies):
    def both(name, types="encke"):
        return {"import": {"types": f"./{types}.d.mts", "default": f"./{name}.mjs"},
                "require": {"types": f"./{types}.d.ts", "default": f"./{name}.cjs"}}

    more = {}
    for extra in bundle.extras():
        name = "encke-" + extra.name
        more.update({"./" + extra.name: both(name, name), f"./{name}.js": f"./{name}.js", f"./{name}.min.js": f"./{name}.min.js"})

    return {
        "name": "encke-client",
        "version": version,
        "description": "The WebSocket API over any transport that gets through, on sessions that lose nothing: the client of Encke",
        "license": "MIT",
        "keywords": ["websocket", "long polling", "eventsource", "streaming", "fallback", "reconnect"],
        "main": "./encke.node.cjs",
        "browser": "./encke.cjs",
        "module": "./encke.mjs",
        "unpkg": "./encke.min.js",
        "jsdelivr": "./encke.min.js",
        "types": "./encke.d.ts",
        "exports": {
            ".": {"node": both("encke.node"), **both("encke")},
            "./encke.js": "./encke.js",
            "./encke.min.js": "./encke.min.js",
            **more,
            **{f"./{name}": f"./{name}" for name in movies},
            "./package.json": "./package.json",
        },
        "sideEffects": True,
        "engines": {"node": ">=18"},
    }


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as source:
        return source.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="where the package goes")
    parser.add_argument("scripts", nargs="+", help="encke.js, encke.min.js, what goes with them, the source maps, and encke.swf where there is one")
    parser.add_argument("--version", required=True)
    parser.add_argument("--licence", required=True, help="the file")
    parser.add_argument("--transports", nargs="*", help="as bundle.py has it")
    arguments = parser.parse_args()

    texts = {**entries(arguments.transports), **extra_entries()}
    texts["package.json"] = json.dumps(manifest(arguments.version, [os.path.basename(name) for name in arguments.scripts if name.endswith(".swf")]), indent=2) + "\n"
    texts["encke.d.ts"] = read(HERE, "encke.d.ts")
    texts["encke.d.mts"] = read(HERE, "encke.d.mts")
    texts["README.md"] = read(HERE, "README.md")
    for name, text in texts.items():
        with open(os.path.join(arguments.folder, name), "w", encoding="utf-8") as out:
            out.write(text)
    for script in arguments.scripts:
        shutil.copy(script, arguments.folder)
    shutil.copy(arguments.licence, os.path.join(arguments.folder, "LICENSE"))


if __name__ == "__main__":
    sys.exit(main())
