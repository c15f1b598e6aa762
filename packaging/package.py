"""Makes a Debian package of a build: the program, the chat's pages, a configuration, a hardened unit.

    package.py BUILD_FOLDER OUTPUT_FOLDER    writes OUTPUT_FOLDER/encke_VERSION-1_ARCHITECTURE.deb, and prints where it is

The maintainer is DEBFULLNAME <DEBEMAIL>; the time of all files SOURCE_DATE_EPOCH, or the last commit's.
"""

from __future__ import annotations

import email.utils
import gzip
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LINK = re.compile(r"(!?)\[([^\[\]]*)\]\((?!https?:|#)([^()\s#]+)(#[^()\s]*)?\)")
CODE = re.compile(r"(^```.*?^```$)", re.M | re.S)
# Where the documents begin that an administrator reads.
FIRST_DOCUMENTS = ("README.md", "docs/configuration.md", "docs/operations.md", "docs/security.md")
# Debian's places for what it has names of its own for.
ELSEWHERE = {"LICENSE": "copyright", "CHANGELOG.md": "changelog.gz"}

ROOT = pathlib.Path(__file__).resolve().parents[1]
HERE = ROOT / "packaging"


def output_of(*command: str, cwd: pathlib.Path | None = None) -> str:
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout.strip()


def when() -> int:
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(epoch)
    try:
        return int(output_of("git", "log", "-1", "--format=%ct", cwd=ROOT))
    except (OSError, subprocess.CalledProcessError, ValueError):
        return int((ROOT / "CHANGELOG.md").stat().st_mtime)


def put(source: pathlib.Path | bytes, target: pathlib.Path, mode: int = 0o644) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source if isinstance(source, bytes) else source.read_bytes())
    target.chmod(mode)


def zipped(text: str) -> bytes:
    return gzip.compress(text.encode(), 9, mtime=0)


def copyright_text() -> str:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    holder = next(line for line in licence.splitlines() if line.startswith("Copyright"))
    terms = licence.split("\n\n", 2)[2]
    indented = "\n".join(" " + (line or ".") for line in terms.strip().splitlines())
    return ("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
            f"Files: *\n{holder.replace('(c) ', ': ').replace('Copyright ', 'Copyright', 1)}\nLicense: Expat\n{indented}\n")


def put_documents(folder: pathlib.Path) -> None:
    """The first documents and all that they link to, one from another, at the places that they have here, so that links lead on.

    What a package has no use for, the sources, is not there: of a link to them the text stays.
    """
    waiting, done = list(FIRST_DOCUMENTS), set()
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        source = ROOT / name

        def led(link: re.Match) -> str:
            target = os.path.normpath(source.parent.relative_to(ROOT) / link[3])  # pylint: disable=cell-var-from-loop
            if place := ELSEWHERE.get(target):
                return f"[{link[2]}]({os.path.relpath(place, os.path.dirname(name))})"  # pylint: disable=cell-var-from-loop
            if not target.endswith((".md", ".png")):
                return link[2]
            waiting.append(target)
            return link[0]

        if not name.endswith(".md"):
            put(source, folder / name)
            continue
        parts = CODE.split(source.read_text(encoding="utf-8"))
        parts[::2] = [LINK.sub(led, each) for each in parts[::2]]
        put("".join(parts).encode(), folder / name)


def lay_out(build: pathlib.Path, tree: pathlib.Path, version: str, maintainer: str, seconds: int) -> None:
    program = tree / "usr/bin/encke"
    put(build / "encke", program, 0o755)
    subprocess.run(["strip", "--remove-section=.comment", "--remove-section=.note", str(program)], check=True)
    shutil.copytree(ROOT / "examples/chat/www", tree / "usr/share/encke/chat/www", copy_function=shutil.copyfile)
    put(HERE / "encke.json", tree / "etc/encke/encke.json")
    put(HERE / "encke.service", tree / "lib/systemd/system/encke.service")
    put(zipped((HERE / "encke.1").read_text(encoding="utf-8")), tree / "usr/share/man/man1/encke.1.gz")
    documents = tree / "usr/share/doc/encke"
    put(copyright_text().encode(), documents / "copyright")
    put(HERE / "lintian-overrides", tree / "usr/share/lintian/overrides/encke")
    put(zipped(f"encke ({version}) unstable; urgency=medium\n\n  * As CHANGELOG.md says.\n\n"
               f" -- {maintainer}  {email.utils.formatdate(seconds)}\n"), documents / "changelog.Debian.gz")
    put(zipped((ROOT / "CHANGELOG.md").read_text(encoding="utf-8")), documents / "changelog.gz")
    put_documents(documents)


def dependencies(tree: pathlib.Path) -> str:
    """Of the program's libraries, as dpkg-shlibdeps finds them."""
    with tempfile.TemporaryDirectory() as folder:
        control = pathlib.Path(folder) / "debian/control"
        put(b"Source: encke\n\nPackage: encke\nArchitecture: any\nDescription: for dpkg-shlibdeps\n", control)
        line = output_of("dpkg-shlibdeps", "-O", str(tree / "usr/bin/encke"), cwd=pathlib.Path(folder))
    return line.removeprefix("shlibs:Depends=")


def describe(tree: pathlib.Path, version: str, maintainer: str, architecture: str) -> None:
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    size = sum((path.stat().st_size + 1023) // 1024 for path in files)
    control = tree / "DEBIAN"
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n" for path in files
            if not path.is_relative_to(tree / "etc")]
    put("".join(sums).encode(), control / "md5sums")
    put(b"/etc/encke/encke.json\n", control / "conffiles")
    for script in ("postinst", "prerm", "postrm"):
        put(HERE / script, control / script, 0o755)
    fields = {
        "Package": "encke",
        "Version": version,
        "Architecture": architecture,
        "Maintainer": maintainer,
        "Installed-Size": str(size),
        "Depends": dependencies(tree) + ", adduser",
        "Section": "web",
        "Priority": "optional",
        "Description": "server that gives every browser the same socket\n"
                       " Ordered messages both ways between programs and web pages, over whichever\n"
                       " transport gets through: WebSocket and its drafts, streaming and polling over\n"
                       " HTTP, the wire of SockJS, and sessions that outlive lost connections.",
    }
    put("".join(f"{name}: {value}\n" for name, value in fields.items()).encode(), control / "control")


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    build, output = (pathlib.Path(each).resolve() for each in sys.argv[1:])
    seconds = when()
    version = output_of(str(build / "encke"), "--version").split()[-1] + "-1"
    maintainer = f"{os.environ.get('DEBFULLNAME', 'Encke')} <{os.environ.get('DEBEMAIL', 'encke@localhost')}>"
    architecture = output_of("dpkg", "--print-architecture")
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="encke-package-") as folder:
        tree = pathlib.Path(folder) / "tree"
        lay_out(build, tree, version, maintainer, seconds)
        describe(tree, version, maintainer, architecture)
        tree.chmod(0o755)
        package = output / f"encke_{version}_{architecture}.deb"
        output.mkdir(parents=True, exist_ok=True)
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", str(tree), str(package)], check=True,
                       stdout=subprocess.DEVNULL, env=os.environ | {"SOURCE_DATE_EPOCH": str(seconds)})
    print(package)
    return 0


if __name__ == "__main__":
    sys.exit(main())
