"""What `meson install` puts down is all that a user needs: headers, library, pkg-config file, program, pages.

    install_test.py BUILD_FOLDER PKG_CONFIG COMPILER...
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import programs  # noqa: E402

BUILD, PKG_CONFIG, *COMPILER = sys.argv[1:]
STRICT = ["-std=c++20", "-Wall", "-Wextra", "-Werror"]
TRANSPORTS = subprocess.run([f"{BUILD}/encke", "--list-transports"], capture_output=True, text=True, check=True,
                            timeout=programs.WATCHDOG_SECONDS).stdout.split()


def run(*command: str, **more) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="encke-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        run("meson", "install", "-C", BUILD, "--no-rebuild", env=os.environ | {"DESTDIR": str(cls.folder)})
        found = list(cls.folder.rglob("encke.pc"))
        assert len(found) == 1, found
        cls.prefix = next(path.parents[1] for path in cls.folder.rglob("bin/encke"))
        cls.libraries = next(cls.folder.rglob("libencke.so")).parent
        cls.environment = os.environ | {"PKG_CONFIG_PATH": str(found[0].parent),
                                        "PKG_CONFIG_SYSROOT_DIR": str(cls.folder)}

    def flags(self, *asked: str) -> list[str]:
        return run(PKG_CONFIG, *asked, "encke", env=self.environment).split()

    def compiled(self, source: str, *link: str) -> str:
        """Compiles a source outside the tree, with the installed library alone; the program's path."""
        place = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        (place / "program.cpp").write_text(source)
        run(*COMPILER, *STRICT, "program.cpp", *(link or self.flags("--cflags", "--libs")), "-o", "program", cwd=place)
        return str(place / "program")

    def started(self, program: str, *arguments: str) -> programs.Program:
        libraries = os.environ | {"LD_LIBRARY_PATH": str(self.libraries)}
        return programs.Program(program, *arguments, transports=TRANSPORTS, env=libraries, cwd="/")

    def assert_echoes(self, program: programs.Program, path: str):
        for transport in programs.on_sockjs(TRANSPORTS):
            self.assertEqual(programs.echoes(program, path, transport, ["a", "\u20ac \U0001f600"]),
                             ["a", "\u20ac \U0001f600"], transport)
        if "websocket" in TRANSPORTS:
            self.assertEqual(programs.raw_echo(program, path, "raw \u20ac"), "raw \u20ac")

    def test_the_program_of_the_readme_serves_every_transport(self):
        sources = [text for _, text in programs.fenced("README.md", "cpp") if "int main" in text]
        self.assertTrue(sources, "README.md shows no whole program")
        for source in sources:
            # Any port will do, but not one that something else may have.
            program = self.compiled(source.replace("127.0.0.1:8080", "127.0.0.1:0"))
            path = re.search(r'serve\("(/\w+)"', source)[1]
            with self.started(program) as running:
                self.assert_echoes(running, path)

    def test_the_echo_example_builds_outside_the_tree_and_stops_in_good_order(self):
        source = (programs.ROOT / "examples/echo/echo.cpp").read_text()
        with self.started(self.compiled(source), "127.0.0.1:0") as running:
            self.assert_echoes(running, "/echo")
            status, output = running.stop()
            self.assertEqual(status, 0, output)

    def test_a_program_may_link_the_archive(self):
        source = (programs.ROOT / "examples/echo/echo.cpp").read_text()
        archive = str(self.libraries / "libencke.a")
        others = [flag for flag in self.flags("--libs", "--static") if flag != "-lencke"]
        program = self.compiled(source, *self.flags("--cflags"), archive, *others)
        with programs.Program(program, "127.0.0.1:0", transports=TRANSPORTS, cwd="/") as running:
            self.assert_echoes(running, "/echo")

    def test_every_header_compiles_alone(self):
        headers = sorted((self.prefix / "include/encke").glob("*.hpp"))
        self.assertEqual([header.name for header in headers],
                         sorted(path.name for path in (programs.ROOT / "include/encke").glob("*.hpp")))
        for header in headers:
            run(*COMPILER, *STRICT, *self.flags("--cflags"), "-fsyntax-only", "-x", "c++", "-",
                input=f"#include <encke/{header.name}>\n")

    def test_the_installed_program_serves_the_chat_and_the_facade(self):
        with self.started(str(self.prefix / "bin/encke"), "--listen", "127.0.0.1:0", "--workers", "1") as running:
            status, kind, text = programs.page(running, "/")
            self.assertEqual((status, kind), (200, "text/html; charset=UTF-8"))
            self.assertIn("encke.js", text)
            for script in re.findall(r'<script src="([^"]+)"', text):
                self.assertEqual(programs.page(running, "/" + script.lstrip("/"))[0], 200, script)
            for path in ("/encke.js", "/encke.min.js"):
                status, _, text = programs.page(running, path)
                self.assertEqual(status, 200, path)
                self.assertIn("Socket", text)
            self.assert_echoes(running, "/echo")
            status, output = running.stop()
            self.assertEqual(status, 0, output)

    def test_the_version_is_the_same_everywhere(self):
        version = self.flags("--modversion")[0]
        self.assertIn(version, run(str(self.prefix / "bin/encke"), "--version"))
        shared = next(self.libraries.glob("libencke.so.*.*.*"))
        self.assertTrue(shared.name.endswith(".so." + version), shared)
        program = self.compiled("#include <encke/server.hpp>\n#include <iostream>\n"
                                "int main() { std::cout << encke::Server::version(); }\n")
        self.assertEqual(run(program, env=os.environ | {"LD_LIBRARY_PATH": str(self.libraries)}), version)


if __name__ == "__main__":
    sys.exit(programs.counted(unittest.main(argv=sys.argv[:1], exit=False).result))
