"""What the documents show is true: C++ compiles, configurations are good, files that are linked exist.

    documentation_test.py ENCKE COMPILER...
"""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import programs  # noqa: E402

ENCKE, *COMPILER = sys.argv[1:]
TRANSPORTS = subprocess.run([ENCKE, "--list-transports"], capture_output=True, text=True, check=True,
                            timeout=programs.WATCHDOG_SECONDS).stdout.split()
STRICT = ["-std=c++20", "-Wall", "-Wextra", "-Werror", "-Wno-unused", "-Wno-unused-parameter"]
DOCUMENTS = sorted(str(path.relative_to(programs.ROOT)) for pattern in
                   ("*.md", "docs/*.md", "examples/*/README.md", "transports/*/README.md", "client-js/README.md")
                   for path in programs.ROOT.glob(pattern))
# What a piece that is no whole file may use.
PIECE = """namespace piece_{number} {{
[[maybe_unused]] void piece(encke::Server& server, encke::Channel& channel) {{
#line {line} "{document}"
{text}
}}
}}
"""


def slug(heading: str) -> str:
    """The name that a heading is linked by."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def issue_for(config: dict, folder: pathlib.Path) -> None:
    """Makes the certificates and secrets that a configuration names."""
    for service in config.get("services", {}).values():
        if tokens := service.get("tokens"):
            (folder / tokens["key_file"]).write_text("x" * 32)
    for listen in config.get("listen", ()):
        tls = listen.get("tls", {}) if isinstance(listen, dict) else {}
        for pair in tls.get("certificates", [tls] if tls else []):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                            "-subj", "/CN=localhost", "-keyout", folder / pair["key"], "-out", folder / pair["certificate"]],
                           check=True, capture_output=True, timeout=programs.WATCHDOG_SECONDS)


class Documents(unittest.TestCase):
    def compile(self, source: str, *folders: str):
        includes = [part for folder in (*folders, str(programs.ROOT / "include")) for part in ("-I", folder)]
        done = subprocess.run([*COMPILER, *STRICT, *includes, "-fsyntax-only", "-x", "c++", "-"], input=source,
                              capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_pieces_of_cpp_compile(self):
        pieces = "#include <encke/server.hpp>\n#include <map>\n#include <memory>\n#include <set>\n#include <string>\n#include <thread>\n"
        number = 0
        for document in ("README.md", "docs/embedding.md"):
            for line, text in programs.fenced(document, "cpp"):
                if "#include" in text:
                    self.compile(f'#line {line} "{document}"\n{text}')
                    continue
                number += 1
                pieces += PIECE.format(number=number, line=line, document=document, text=text)
        self.assertGreater(number, 0)
        self.compile(pieces)

    def test_the_transport_of_the_walk_through_compiles(self):
        text = (programs.ROOT / "docs/architecture.md").read_text(encoding="utf-8")
        files = re.findall(r"^`(transports/[\w/.]+\.[hc]pp)`\n\n```cpp\n(.*?)^```$", text, re.M | re.S)
        self.assertEqual([pathlib.Path(path).suffix for path, _ in files], [".hpp", ".cpp"])
        with tempfile.TemporaryDirectory() as folder:
            for path, source in files:
                place = pathlib.Path(folder) / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(source)
            self.compile(f'#include "{files[-1][0]}"\n', folder, str(programs.ROOT))

    def test_the_configurations_are_good(self):
        checked = 0
        for document in ("README.md", "docs/configuration.md", "docs/flash.md", "docs/inbox.md", "docs/operations.md", "docs/security.md"):
            for line, text in programs.fenced(document, "json"):
                services = json.loads(text).get("services", {}).values()
                missing = {name for service in services for name in service.get("transports", ())} - set(TRANSPORTS)
                if missing:
                    print(f"{document}:{line} not checked: the server was built without {', '.join(sorted(missing))}")
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    (pathlib.Path(folder) / "www").mkdir()
                    (pathlib.Path(folder) / "encke.json").write_text(text)
                    issue_for(json.loads(text), pathlib.Path(folder))
                    done = subprocess.run([ENCKE, "--check", "--config", f"{folder}/encke.json"], capture_output=True,
                                          text=True, timeout=programs.WATCHDOG_SECONDS)
                self.assertEqual(done.returncode, 0, f"{document}:{line}: {done.stderr}")
                checked += 1
        self.assertGreater(checked, 0)

    def test_links_lead_somewhere(self):
        headings = {}
        for document in DOCUMENTS:
            text = re.sub(r"^```.*?^```$", "", (programs.ROOT / document).read_text(encoding="utf-8"), flags=re.M | re.S)
            headings[document] = {slug(heading) for heading in re.findall(r"^#+ (.*)$", text, re.M)}
            for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", text):
                place = ((programs.ROOT / document).parent / target).resolve() if target else programs.ROOT / document
                self.assertTrue(place.exists(), f"{document} links to {target}")
                if anchor:
                    there = str(place.relative_to(programs.ROOT))
                    known = headings.get(there) or {slug(heading) for heading in
                                                    re.findall(r"^#+ (.*)$", place.read_text(encoding="utf-8"), re.M)}
                    self.assertIn(anchor, known, f"{document} links to {target}#{anchor}")

    def test_each_transport_that_is_built_in_has_its_page(self):
        self.assertTrue(TRANSPORTS)
        for name in TRANSPORTS:
            self.assertIn(f"transports/{name}/README.md", DOCUMENTS)


if __name__ == "__main__":
    sys.exit(programs.counted(unittest.main(argv=sys.argv[:1], exit=False).result))
