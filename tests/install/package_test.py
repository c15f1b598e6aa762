"""The Debian package: made, looked at by lintian, installed where that may be, started as its unit starts it, and gone again.

    package_test.py BUILD_FOLDER
"""

from __future__ import annotations

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
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/operation"))

from service import Service  # noqa: E402

BUILD = pathlib.Path(sys.argv.pop(1))
SECONDS = 120


def run(*command: str, **more) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def is_installed() -> bool:
    """Or was once, and left its configuration."""
    return subprocess.run(["dpkg-query", "-W", "encke"], capture_output=True).returncode == 0


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="encke-package-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.folder.chmod(0o755)
        cls.package = run(sys.executable, str(ROOT / "packaging/package.py"), str(BUILD), str(cls.folder)).strip()

    def test_lintian_finds_nothing_that_is_not_explained(self):
        if shutil.which("lintian") is None:
            self.skipTest("lintian is not installed")
        said = run("lintian", "--allow-root", "--fail-on", "error,warning", self.package)
        self.assertEqual(said, "")

    def test_it_holds_what_it_should_and_a_configuration_that_upgrades_keep(self):
        tree = self.folder / "tree"
        run("dpkg-deb", "-x", self.package, str(tree))
        for name in ("usr/bin/encke", "etc/encke/encke.json", "lib/systemd/system/encke.service", "usr/share/man/man1/encke.1.gz",
                     "usr/share/doc/encke/copyright", "usr/share/encke/chat/www/index.html"):
            self.assertTrue((tree / name).is_file(), name)
        control = self.folder / "control"
        run("dpkg-deb", "-e", self.package, str(control))
        self.assertEqual((control / "conffiles").read_text(), "/etc/encke/encke.json\n")
        self.assertRegex((control / "control").read_text(), r"(?m)^Depends: .*libssl3.*adduser")
        checked = run(str(tree / "usr/bin/encke"), "--config", str(self.configured(tree / "usr/share/encke/chat/www")), "--check")
        self.assertEqual(checked, "the configuration is good\n")

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

    def asked(self) -> int:
        """The status of the chat's page, from a server that was started as the unit says, by the unit's user."""
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
        if shutil.which("systemd-analyze") is None:
            self.skipTest("systemd-analyze is not installed")
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
