"""docs/transports.md says of every transport what the code says.

    transports_page_test.py TRANSPORT_FACTS    ENCKE_WRITE=1 writes its generated tables anew

The tables come from TransportInfo and DialectInfo (TRANSPORT_FACTS prints both), from client-js/transports and from
server/http/quirks.hpp; the sections are written by hand, one for each folder of transports/.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import programs  # noqa: E402

FACTS = json.loads(subprocess.run([sys.argv[1]], capture_output=True, text=True, check=True, timeout=programs.WATCHDOG_SECONDS).stdout)
PAGE = programs.ROOT / "docs/transports.md"
HOW = "ENCKE_WRITE=1 tests/examples/transports_page_test.py BUILD/tests/transports/transport_facts writes it anew"
LABELS = ("For", "Wire", "Limits", "Quirks", "Tested here", "Not tested here")


def folders() -> list[str]:
    """Every transport of the tree, built in or not."""
    return sorted(path.parent.name for path in programs.ROOT.glob("transports/*/README.md") if path.parent.name != "shared")


def in_facade(name: str) -> str:
    """What the facade's file says of the transport."""
    path = programs.ROOT / f"client-js/transports/{name}.js"
    if not path.is_file():
        return "no"
    text = path.read_text(encoding="utf-8")
    trips = re.search(r"^\s*roundTrips: (\d+)", text, re.M)
    return f"yes, {trips[1]} round trips" if trips else "yes"


def table(*rows) -> str:
    head, *rest = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *rest]) + "\n"


def yes(value: bool) -> str:
    return "yes" if value else "no"


def transports() -> str:
    rows = []
    for fact in FACTS["transports"]:
        sends = [route["leaf"] for route in fact["routes"] if route["method"] == "POST" and route["leaf"].endswith("_send")]
        paths = [f"{route['method']} `{route['leaf']}`" for route in fact["routes"] if route["leaf"] not in sends]
        if fact["greeting"]:
            greeting = fact["greeting"].encode("unicode_escape").decode()
            paths.append(f"a stream that begins with `{greeting}`")
        up = "the same connection" if fact["sends_up"] and not sends else f"POST `{sends[0] if sends else 'xhr_send'}`"
        rows.append((f"[`{fact['name']}`](../transports/{fact['name']}/README.md)", ", ".join(paths), "many" if fact["streams"] else "what there is", up,
                     "as they are" if fact["binary"] else "base64", yes(fact["cross_origin"]), in_facade(fact["name"])))
    return table(("transport", "requests", "frames in an answer", "sends go by", "the facade's bytes go", "from other origins without a bridge",
                  "in the facade"), *rows)


def dialects() -> str:
    return table(("`websocket_drafts`", "Sec-WebSocket-Version", "clients mask"),
                 *((f"`{fact['name']}`" if at else "always: RFC 6455", fact["version"] or "–", yes(fact["masks"]))
                   for at, fact in enumerate(FACTS["dialects"])))


def quirks() -> str:
    text = (programs.ROOT / "server/http/quirks.hpp").read_text(encoding="utf-8")
    found = re.findall(r"((?:^/// .*\n)+)((?:^inline constexpr [^;]*;\n)+)", text, re.M)
    rows = []
    for comment, constants in found:
        words = " ".join(line[4:] for line in comment.splitlines()).replace("|", "\\|")
        values = re.findall(r"(k\w+) =\s+([^;]*);", constants)
        rows.append(("<br>".join(f"`{name}` = `{value}`" for name, value in values), words))
    return table(("constant", "who has it, and where that is known from"), *rows)


GENERATED = {"transports": transports, "dialects": dialects, "quirks": quirks}


def block(name: str) -> re.Pattern:
    return re.compile(rf"(<!-- {name}: written by tests/examples/transports_page_test.py -->\n)(.*?)(<!-- {name} end -->)", re.S)


class Page(unittest.TestCase):
    longMessage = False  # what is wrong, and not all that is there

    def setUp(self):
        self.text = PAGE.read_text(encoding="utf-8")

    def compare(self, name: str):
        """Line by line. A server built with fewer transports can tell of those only."""
        match = block(name).search(self.text)
        self.assertTrue(match, f"docs/transports.md has no block for the table of {name}")
        page, code = match[2].splitlines(), GENERATED[name]().splitlines()
        missing = [line for line in code if line not in page]
        self.assertFalse(missing, f"docs/transports.md does not say what the code says; {HOW}. Missing:\n" + "\n".join(missing))
        if len(FACTS["transports"]) == len(folders()):
            more = [line for line in page if line not in code]
            self.assertFalse(more, f"docs/transports.md says what the code does not; {HOW}. Too much:\n" + "\n".join(more))

    def test_the_table_of_transports_is_what_the_code_says(self):
        self.compare("transports")

    def test_the_table_of_dialects_is_what_the_code_says(self):
        self.compare("dialects")

    def test_the_table_of_quirks_is_what_the_header_says(self):
        self.assertGreater(quirks().count("\n"), 10)
        self.compare("quirks")

    def test_every_constant_of_the_header_has_its_comment(self):
        text = (programs.ROOT / "server/http/quirks.hpp").read_text(encoding="utf-8")
        for name in re.findall(r"^inline constexpr [\w:]+ (k\w+)", text, re.M):
            self.assertIn(f"`{name}` = ", quirks(), f"{name} of server/http/quirks.hpp stands without a comment above it")

    def test_every_transport_has_its_section(self):
        sections = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", self.text, re.M | re.S))
        for name in folders():
            self.assertIn(name, sections, f"docs/transports.md has no section `### `{name}`` for transports/{name}; it needs one, "
                                          f"and its tables: {HOW}")
            for label in LABELS:
                self.assertIn(f"- **{label}.** ", sections[name], f"docs/transports.md, {name}: its section does not say “{label}”")
        self.assertEqual(sorted(sections), folders(), "sections of docs/transports.md, and the folders of transports/")


def write():
    text = PAGE.read_text(encoding="utf-8")
    if len(FACTS["transports"]) != len(folders()):
        sys.exit(f"not written: build all transports first; these are built: {[fact['name'] for fact in FACTS['transports']]}")
    for name, make in GENERATED.items():
        text = block(name).sub(lambda match, made=make: match[1] + made() + match[3], text)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if os.environ.get("ENCKE_WRITE"):
        write()
    sys.exit(programs.counted(unittest.main(argv=sys.argv[:1], exit=False).result))
