"""The Debian package: made by `./dev package`, looked at by lintian, installed where that may be, started as its unit starts it, and gone again.

    package_test.py BUILD_FOLDER
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/operation"))

from service import Service  # noqa: E402

BUILD = pathlib.Path(sys.argv.pop(1))
SECONDS = 120
LINK = re.compile(r"\]\((?!https?:|#)([^()\s]+)\)")  # to other files
CODE = re.compile(r"^```.*?^```$", re.M | re.S)


def run(*command: str, **more) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def is_installed() -> bool:
    """Or was once, and left its configuration."""
    return subprocess.run(["dpkg-query", "-W", "encke"], capture_output=True).returncode == 0


def need(test: unittest.TestCase, program: str) -> None:
    if shutil.which(program) is None:
        if os.environ.get("CI"):
            test.fail(f"{program} is not installed")
        test.skipTest(f"{program} is not installed")


def made(folder: pathlib.Path) -> str:
    """What `./dev package` makes of this build, where it prints that.

    The release build that it begins with is a second full one, of minutes: so it runs in a folder where that has been made, with a ninja that
    has nothing left to do. Nor does it install anything: what is missing fails the test.
    """
    tree, programs, output = folder / "tree", folder / "programs", folder / "output"
    build = tree / "build"
    build.mkdir(parents=True)
    programs.mkdir()
    shutil.copy(ROOT / "dev", tree)
    for name in ("meson_options.txt", "packaging"):
        (tree / name).symlink_to(ROOT / name)
    (build / "encke").symlink_to(BUILD / "encke")
    (build / "build.ninja").touch()
    (build / ".dev-options").write_text("--buildtype=release -Dtests=false -Dwerror=false")
    (build / ".dev-choices").write_text(hashlib.sha256((ROOT / "meson_options.txt").read_bytes()).hexdigest() + "  -")
    for name, status in (("ninja", 0), ("meson", 1), ("apt-get", 1), ("sudo", 1)):
        (programs / name).write_text(f'#!/bin/sh\necho "$0 $*" >>{folder}/called\nexit {status}\n')
        (programs / name).chmod(0o755)
    said = run(str(tree / "dev"), "package", str(output), env=os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"})
    called = (folder / "called").read_text()
    if called != f"{programs}/ninja -C build\n":
        raise AssertionError(f"./dev package called {called!r}, expected a build, and nothing installed or set up")
    return said.strip()


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="encke-package-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.folder.chmod(0o755)
        cls.package = made(cls.folder / "making")
        cls.tree = cls.folder / "tree"
        run("dpkg-deb", "-x", cls.package, str(cls.tree))

    def test_lintian_finds_nothing_that_is_not_explained(self):
        need(self, "lintian")
        said = run("lintian", "--allow-root", "--fail-on", "error,warning", self.package)
        self.assertEqual(said, "")

    def test_it_holds_what_it_should_and_a_configuration_that_upgrades_keep(self):
        tree = self.tree
        for name in ("usr/bin/encke", "etc/encke/encke.json", "lib/systemd/system/encke.service", "usr/share/man/man1/encke.1.gz",
                     "usr/share/doc/encke/copyright", "usr/share/encke/chat/www/index.html"):
            self.assertTrue((tree / name).is_file(), name)
        control = self.folder / "control"
        run("dpkg-deb", "-e", self.package, str(control))
        self.assertEqual((control / "conffiles").read_text(), "/etc/encke/encke.json\n")
        self.assertRegex((control / "control").read_text(), r"(?m)^Depends: .*libssl3.*adduser")
        checked = run(str(tree / "usr/bin/encke"), "--config", str(self.configured(tree / "usr/share/encke/chat/www")), "--check")
        self.assertEqual(checked, "the configuration is good\n")

    def test_every_document_that_an_installed_one_links_to_is_there(self):
        top = self.tree / "usr/share/doc/encke"
        seen, wrong = [], []
        for document in sorted(top.rglob("*.md")):
            seen.append(str(document.relative_to(top)))
            for line in LINK.findall(CODE.sub("", document.read_text())):
                if not (document.parent / line.partition("#")[0]).is_file():
                    wrong.append(f"{seen[-1]}: {line}")
        self.assertEqual(wrong, [])
        for name in ("README.md", "docs/configuration.md", "docs/operations.md", "docs/security.md", "docs/metrics.md", "docs/architecture.md"):
            self.assertIn(name, seen)

    def configured(self, pages: pathlib.Path) -> pathlib.Path:
        """The package's configuration, with the pages of this place."""
        config = json.loads((ROOT / "packaging/encke.json").read_text())
        config["static"]["/"] = str(pages)
        file = self.folder / "encke.json"
        file.write_text(json.dumps(config))
        return file

    def test_it_is_installed_started_upgraded_removed_and_purged(self):
        if os.geteuid() != 0:
            self.skipTest("this takes root")
        if is_installed():
            self.skipTest("encke is installed here already, or its configuration is left")
        had_user = subprocess.run(["getent", "passwd", "encke"], capture_output=True).returncode == 0
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        try:
            run("dpkg", "-i", self.package, env=environment)
            self.assertEqual(self.asked(), 200)
            run("dpkg", "-i", self.package, env=environment)  # over itself
            self.assertEqual(self.asked(), 200)
            run("dpkg", "-r", "encke", env=environment)
            self.assertTrue(pathlib.Path("/etc/encke/encke.json").is_file())
            self.assertFalse(pathlib.Path("/usr/bin/encke").exists())
        finally:
            subprocess.run(["dpkg", "-P", "encke"], capture_output=True, env=environment, timeout=SECONDS)
            if not had_user:
                subprocess.run(["userdel", "encke"], capture_output=True, timeout=SECONDS)
        self.assertFalse(is_installed())
        self.assertFalse(pathlib.Path("/etc/encke").exists())

    def test_it_needs_nothing_of_proc_that_its_unit_hides(self):
        """ProtectProc=invisible and ProcSubset=pid."""
        hidden = ["unshare", "--mount", "sh", "-c", 'mount -t proc -o subset=pid,hidepid=invisible proc /proc && exec "$@"', "sh"]
        done = subprocess.run([*hidden, "true"], capture_output=True, text=True, timeout=SECONDS)
        if done.returncode != 0:
            self.skipTest(f"/proc may not be mounted here: {done.stderr.strip()}")
        config = {"services": {"/echo": {"type": "echo"}}, "admin": {"listen": "127.0.0.1:0"}}
        service = Service([*hidden, str(self.tree / "usr/bin/encke")], config)
        try:
            service.port = int(re.search(r":(\d+)/metrics", service.wait_line("for operators on http"))[1])
            told = dict(re.findall(r"(?m)^(process_\w+) (\S+)$", service.ask("/metrics")[1]))
            self.assertTrue(0 <= time.time() - float(told["process_start_time_seconds"]) < SECONDS, told)
            self.assertTrue(all(float(value) > 0 for name, value in told.items() if "cpu" not in name), told)
        finally:
            self.assertEqual(service.end(signal.SIGTERM)[0], 0)

    def asked(self) -> int:
        """The status of the chat's page, from a server that was started by the unit's command, as its user."""
        unit = pathlib.Path("/lib/systemd/system/encke.service").read_text()
        command = shlex.split(re.search(r"(?m)^ExecStart=(.*)$", unit)[1])
        user = re.search(r"(?m)^User=(.*)$", unit)[1]
        config = json.loads(pathlib.Path(command[command.index("--config") + 1]).read_text())
        # The user's own: it reads the file once more at SIGHUP.
        service = Service(["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs", command[0]],
                          config, user=user)
        try:
            service.wait_told("READY=1")
            status, text = service.ask("/")
            self.assertIn("<title>", text)
            self.assertIn("info the configuration was read again", service.reload(config))
        finally:
            self.assertEqual(service.end(signal.SIGTERM)[0], 0)
        return status


class Unit(unittest.TestCase):
    def test_the_documentation_shows_the_unit_that_the_package_has(self):
        self.assertIn("```ini\n" + (ROOT / "packaging/encke.service").read_text() + "```\n",
                      (ROOT / "docs/operations.md").read_text())

    def test_systemd_understands_the_unit_and_finds_it_hardened(self):
        need(self, "systemd-analyze")
        with tempfile.TemporaryDirectory() as folder:
            unit = pathlib.Path(folder) / "encke.service"
            text = (ROOT / "packaging/encke.service").read_text().replace("/usr/bin/encke", str(BUILD / "encke"))
            unit.write_text("\n".join(line for line in text.splitlines() if not line.startswith("Documentation=")) + "\n")
            done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=SECONDS)
            said = "\n".join(line for line in done.stderr.splitlines() if "encke" in line)
            self.assertEqual((said, done.returncode), ("", 0))
            told = run("systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit))
            exposure = float(re.search(r"Overall exposure level for encke\.service: ([0-9.]+)", told)[1])
            self.assertLessEqual(exposure, 1.5)


if __name__ == "__main__":
    unittest.main()
