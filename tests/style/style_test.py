"""The rules hold for the tree, and the checks catch what they are for."""

import pathlib
import re
import unittest

import layers
import test_names
import text
import tree


def include(path: str, line: str) -> str | None:
    match = layers.INCLUDE.match(line)
    assert match is not None, line
    return layers.wrong(path, match[1], match[2], lambda name: not name.startswith("missing"))


class Tree(unittest.TestCase):
    def test_no_include_goes_against_the_arrows(self):
        self.assertEqual(layers.check(), [])

    def test_the_text_keeps_the_rules(self):
        self.assertEqual(text.check(), [])

    def test_every_fuzz_target_is_built_and_has_a_corpus(self):
        build = (tree.ROOT / "tests/fuzz/meson.build").read_text()
        for path in tree.files("_fuzz.cpp", under=("tests/fuzz",)):
            name = pathlib.Path(path).name.removesuffix("_fuzz.cpp")
            self.assertRegex(build, rf"'{re.escape(name)}'\s*:", path)
            self.assertTrue(any((tree.ROOT / "tests/fuzz/corpus" / name).glob("*")), f"{path} has no corpus")

    def test_every_attack_that_the_document_lists_has_the_test_that_it_names(self):
        part = (tree.ROOT / "docs/security.md").read_text().split("## What broke others\n")[1].split("\n**Floods")[0]
        rows = [line for line in part.splitlines() if line.startswith("| ") and not line.startswith("| what |")]
        self.assertGreater(len(rows), 30)
        for row in rows:
            named = re.search(r"\| `([^`]+)`: \"([^\"]+)\" \|$", row)
            self.assertIsNotNone(named, row)
            tests = test_names.names(named[1], (tree.ROOT / named[1]).read_text())
            self.assertTrue(any(named[2] in each for each in tests), row)


class Arrows(unittest.TestCase):
    def test_the_layers_may_include_what_stands_below(self):
        for path, line in (
            ("server/core/session.cpp", '#include "server/core/session.hpp"'),
            ("server/core/session.cpp", "#include <encke/message.hpp>"),
            ("server/core/session.cpp", "#include <vector>"),
            ("server/http/router.cpp", '#include "server/core/transport.hpp"'),
            ("server/net/loop.cpp", '#include <event2/event.h>'),
            ("server/services/echo.cpp", '#include "server/net/loop.hpp"'),
            ("server/app/main.cpp", '#include "transports/registry.hpp"'),
            ("transports/xhr_poll/xhr_poll.cpp", '#include "transports/shared/sockjs_frames.hpp"'),
            ("transports/shared/frames.cpp", '#include "server/core/transport.hpp"'),
            ("transports/shared/frames.cpp", "#include <encke/message.hpp>"),
            ("transports/registry.cpp", '#include "transports/xhr_poll/xhr_poll.hpp"'),
            ("include/encke/server.hpp", "#include <encke/channel.hpp>"),
            ("tests/core/session_test.cpp", '#include "server/app/config.hpp"'),
        ):
            self.assertIsNone(include(path, line), f"{path} {line}")

    def test_an_include_against_the_arrow_is_caught(self):
        for path, line, why in (
            ("server/core/session.cpp", '#include "server/http/request.hpp"', "against the arrow"),
            ("server/core/session.cpp", '#include "transports/registry.hpp"', "against the arrow"),
            ("server/core/session.cpp", "#include <encke/server.hpp>", "not app"),
            ("server/crypto/base64.cpp", '#include "server/core/result.hpp"', "nothing of ours"),
            ("server/http/router.cpp", '#include "server/net/loop.hpp"', "against the arrow"),
            ("server/net/loop.cpp", '#include "server/http/request.hpp"', "against the arrow"),
            ("server/services/echo.cpp", '#include "server/http/request.hpp"', "against the arrow"),
            ("transports/websocket/websocket.cpp", '#include "server/net/loop.hpp"', "against the arrow"),
            ("transports/websocket/websocket.cpp", '#include "server/services/echo.hpp"', "against the arrow"),
            ("transports/xhr_poll/xhr_poll.cpp", '#include "transports/jsonp/jsonp.hpp"', "stand alone"),
            ("transports/shared/frames.cpp", '#include "transports/jsonp/jsonp.hpp"', "stand alone"),
            ("server/app/main.cpp", '#include "tests/support/clock.hpp"', "may not include tests/"),
            ("server/misc/a.cpp", "#include <vector>", "no layer"),
        ):
            self.assertIn(why, include(path, line) or "accepted", f"{path} {line}")

    def test_a_library_behind_a_wall_is_caught(self):
        for path, line in (
            ("server/http/server.cpp", "#include <event2/event.h>"),
            ("server/app/main.cpp", "#include <event2/event.h>"),
            ("server/crypto/random.cpp", "#include <openssl/ssl.h>"),
            ("server/core/session.cpp", "#include <nlohmann/json.hpp>"),
            ("server/core/session.cpp", "#include <openssl/sha.h>"),
            ("server/core/session.cpp", "#include <unistd.h>"),
            ("server/net/loop.cpp", "#include <spdlog/spdlog.h>"),
            ("transports/websocket/websocket.cpp", "#include <llhttp.h>"),
        ):
            self.assertIsNotNone(include(path, line), f"{path} {line}")

    def test_a_path_not_from_the_root_is_caught(self):
        self.assertIn("from the root", include("server/core/a.cpp", '#include "missing.hpp"') or "")
        self.assertIn("does not exist", layers.wrong("server/core/a.cpp", "<", "encke/none.hpp", lambda name: False) or "")

    def test_includes_are_found_however_they_are_written(self):
        for line in ('#include "a.hpp"', '  #  include "a.hpp"', '#include"a.hpp"  // why'):
            self.assertIsNotNone(layers.INCLUDE.match(line), line)


class Names(unittest.TestCase):
    def test_a_test_is_known_by_its_case_its_rule_or_its_docstring(self):
        self.assertEqual(test_names.names("a_test.cpp", 'TEST_CASE(\n  "one, " "whole") {\n  f("none");\n}\n// TEST_CASE, "none"\n'),
                         ["one, whole"])
        self.assertCountEqual(test_names.names("a.py", '@rule("one", "cite")\ndef a():\n    """two"""\n    x = "none"  # none\n'
                                               'run(f"three {x}", a)\n'), ["one", "two", "three "])


class Text(unittest.TestCase):
    def problems(self, body: str, path: str = "server/core/a.cpp") -> str:
        return "\n".join(text.problems_of(path, body))

    def test_the_ceiling_is_400_lines(self):
        self.assertEqual(self.problems("// A title.\n" + "\n" * 399), "")
        self.assertIn("401 lines", self.problems("// A title.\n" + "\n" * 400))

    def test_half_done_words_are_caught(self):
        for word in ("TO" "DO", "FIX" "ME", "X" "XX", "for n" "ow", "stub" "bed", "hardco" "ded", "hard-co" "ded", "place" "holder"):
            self.assertIn("half-done", self.problems(f"// A title.\n// {word}, later\n"), word)

    def test_words_that_only_look_half_done_are_not(self):
        for line in ('"501 Not Implemented"', "input.placeholder = name;", "xxx", "for nowhere", "taken for now()"):
            self.assertEqual(self.problems(f"// A title.\n{line}\n"), "", line)

    def test_blanks_and_ends_are_caught(self):
        self.assertIn("a tab", self.problems("// A title.\n\tx\n"))
        self.assertIn("at the end of the line", self.problems("// A title.\nx \n"))
        self.assertIn("no newline", self.problems("// A title."))

    def test_a_source_has_a_title_and_a_header_its_guard(self):
        self.assertIn("title line", self.problems("#include <vector>\n"))
        self.assertIn("pragma once", self.problems("int f();\n", "server/core/a.hpp"))

    def test_a_lock_file_names_no_registry(self):
        self.assertIn("registry", self.problems('{\n"resolved": "x"\n}\n', "tests/e2e/package-lock.json"))


if __name__ == "__main__":
    unittest.main()
