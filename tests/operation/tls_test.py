#!/usr/bin/env python3
"""What a scanner of TLS would ask a listener, from the outside: versions, ciphers, groups, names, tickets, and what is no TLS.

    tls_test.py --encke build/encke
"""

import argparse
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "conformance"), str(HERE.parent / "bench")]

import tls_hello as tls  # noqa: E402
import idle_tls  # noqa: E402
from rule_runner import Runner, Skip, equal, true  # noqa: E402
from server_process import WATCHDOG_SECONDS, ServerProcess  # noqa: E402
from support.tls import CURVE, RSA, make_certificate  # noqa: E402
from tls_hello import Caller, client_hello, record, said  # noqa: E402

SECURITY = HERE.parents[1] / "docs/security.md"
PROTOCOL_VERSION, HANDSHAKE_FAILURE, UNEXPECTED_MESSAGE, INAPPROPRIATE_FALLBACK, NO_PROTOCOL = 70, 40, 10, 86, 120
REQUEST = b"GET /echo HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
# Every code that TLS 1.2 and its predecessors have had assigned stands in these.
BLOCKS = (*range(0x0000, 0x0100), *range(0xC000, 0xC100), *range(0xCC00, 0xCCB0), *range(0xD000, 0xD006), 0xFEFE, 0xFEFF, 0xFFE0, 0xFFE1)
SIGNALLING = {0x00FF, 0x5600}  # no ciphers
MOST_IDLE = 20 << 10  # bytes of an idle connection; OpenSSL's buffers are some 34 KB more where it keeps them
EVERY_GROUP = (*range(1, 42), *range(256, 261), 0x11EC, 0x6399, 0xFF01, 0xFF02)


def openssl(*arguments: str, given: bytes = b"") -> str:
    done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, timeout=WATCHDOG_SECONDS, check=False)
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def alert(number: int) -> str:
    return f"alert {number}"


def refused(answer, what: str, *alerts: int) -> None:
    true(answer in map(alert, alerts), f"{what}: answered by {answer}, expected an alert of {alerts}")


class Subject:
    """A server with a listener for each kind of key, and one for TLS 1.3 alone."""

    def __init__(self, encke: str):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="encke-tls-"))
        pairs = {name: make_certificate(self.folder, (f"DNS:{dns}",), kind=kind, stem=name) for name, kind, dns in (
            ("a", CURVE, "a.example"), ("b", CURVE, "*.b.example"), ("rsa", RSA, "a.example"))}
        listen = [{"certificates": [pairs["a"], pairs["b"]]}, pairs["rsa"], {**pairs["a"], "minimum_version": "1.3"}]
        self.server = ServerProcess(encke, {
            "listen": [{"address": "127.0.0.1:0", "tls": each} for each in listen], "workers": 2,
            "services": {"/echo": {"type": "echo"}}}, listen=None, workers=2)
        self.ports = [int(found[1]) for line in self.server.log if (found := re.search(r"listening on https://127\.0\.0\.1:(\d+)/", line))]
        self.ecdsa, self.rsa, self.newest = self.ports

    def certificate(self, name: str) -> bytes:
        """The one in the file now, as a client is shown it."""
        return ssl.PEM_cert_to_DER_cert((self.folder / f"{name}.pem").read_text())

    def context(self, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        for name in ("a", "b", "rsa"):
            context.load_verify_locations(self.folder / f"{name}.pem")
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def connect(self, context: ssl.SSLContext, name: str | None = None, port: int | None = None, session=None) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", port or self.ecdsa), WATCHDOG_SECONDS)
        return context.wrap_socket(plain, server_hostname=name, session=session)

    def alive(self) -> None:
        """Whatever one connection did, others are served."""
        with self.connect(self.context(), "a.example") as other:
            other.sendall(REQUEST)
            true(other.recv(65536).startswith(b"HTTP/1.1 200 "), "another connection got no answer")

    def close(self) -> None:
        wrong = self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        equal(wrong, [], "what the server said at its end")


# ---- versions ------------------------------------------------------------------------------------------------


def old_versions(subject: Subject) -> None:
    for version, name in ((0x0300, "SSL 3.0"), (0x0301, "TLS 1.0"), (0x0302, "TLS 1.1")):
        for port in subject.ports:
            for how in ({"version": version, "ciphers": (0x000A, 0x002F, 0x0035, 0xC009, 0xC013)}, {"versions": (version,)}):
                refused(said(port, **how), f"{name} offered by {', '.join(how)}", PROTOCOL_VERSION, HANDSHAKE_FAILURE)
    equal(said(subject.newest), alert(PROTOCOL_VERSION), "TLS 1.2 where minimum_version is 1.3")


def old_hello(subject: Subject) -> None:
    """SSL 2.0, and the form of its hello in which later versions were once offered."""
    body = b"\1" + b"\0\2" + b"\0\6\0\0\0\x10" + b"\1\0\x80" + b"\7\0\xc0" + os.urandom(16)
    for version in (b"\0\2", b"\3\1"):
        with Caller(subject.ecdsa) as caller:
            hello = body[:1] + version + body[3:]
            caller.send((0x8000 | len(hello)).to_bytes(2, "big") + hello)
            answer = caller.rest()
        true(answer[:1] in (b"", b"\x15"), f"an SSL 2.0 hello was answered with {answer[:40]!r}, expected an alert, or nothing")


def new_versions(subject: Subject) -> None:
    answer = said(subject.ecdsa)
    equal((answer.version, answer.compression), (tls.TLS12, 0), "a hello of TLS 1.2")
    equal(answer.random[24:], b"DOWNGRD\1", "the mark of one that could have had TLS 1.3 (RFC 8446 4.1.3)")
    equal(said(subject.ecdsa, versions=(tls.TLS13, tls.TLS12)).version, tls.TLS13, "TLS 1.3 and 1.2 offered")
    equal(said(subject.newest, versions=(tls.TLS13,)).version, tls.TLS13, "TLS 1.3 offered")
    equal(said(subject.ecdsa, versions=(0x7F1C, 0x0305, tls.TLS12)).version, tls.TLS12, "unknown versions, and 1.2")
    equal(said(subject.ecdsa, ciphers=(*tls.CIPHERS_OF_TODAY, 0x5600)), alert(INAPPROPRIATE_FALLBACK), "a fallback to 1.2 (RFC 7507)")


# ---- ciphers, groups, signatures -----------------------------------------------------------------------------


def documented() -> set[str]:
    text = SECURITY.read_text(encoding="utf-8")
    found = re.search(r"^## TLS\n.*?^```text\n(.*?)^```$", text, re.M | re.S)
    true(found, "docs/security.md has no list of ciphers below TLS")
    return set(found[1].split())


def names_of_ciphers() -> dict[int, str]:
    """By their codes, of all that this OpenSSL has a name for."""
    rows = re.findall(r"^\s*0x(..),0x(..) - (\S+)", openssl("ciphers", "-V", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"), re.M)
    return {int(high + low, 16): name for high, low, name in rows}


def accepted(ports, codes, **how) -> set[int]:
    answers = {code: [said(port, ciphers=(code,), **how) for port in ports] for code in codes}
    for code, each in answers.items():
        for answer in each:
            true(answer == alert(HANDSHAKE_FAILURE) or getattr(answer, "cipher", None) == code, f"cipher {code:04x} alone was answered by {answer}")
    return {code for code, each in answers.items() if any(not isinstance(answer, str) for answer in each)}


def ciphers(subject: Subject) -> str:
    names = names_of_ciphers()
    codes = (set(BLOCKS) | set(names)) - SIGNALLING - {0x1301, 0x1302, 0x1303, 0x1304, 0x1305}
    taken = accepted((subject.ecdsa, subject.rsa), sorted(codes))
    taken |= accepted((subject.ecdsa,), (0x1301, 0x1302, 0x1303, 0x1304, 0x1305), versions=(tls.TLS13,))
    equal({names.get(code, f"{code:04x}") for code in taken}, documented(), "the ciphers that are accepted, and docs/security.md")
    return f"{len(codes) + 5} were offered one by one, {len(names)} of them OpenSSL's"


def groups(subject: Subject) -> None:
    for what, how in (("1.2", {}), ("1.3", {"versions": (tls.TLS13,), "share": False})):
        answers = {group: said(subject.rsa, groups=(group,), **how) for group in EVERY_GROUP}
        taken = {group: answer.group for group, answer in answers.items() if not isinstance(answer, str)}
        equal(taken, {group: group for group in (tls.P256, tls.P384, tls.X25519)}, f"groups of TLS {what} where one is offered")
    equal(said(subject.ecdsa, groups=(tls.X25519,)), alert(HANDSHAKE_FAILURE), "TLS 1.2 without the curve of the certificate's own key")
    equal(said(subject.ecdsa, groups=(tls.P256,), versions=(tls.TLS13,), share=False).random, tls.RETRY, "a hello without a key")


def weak_signatures(subject: Subject) -> None:
    for port, kind in ((subject.ecdsa, 3), (subject.rsa, 1)):
        for digest, name in ((1, "MD5"), (2, "SHA-1")):
            for how in ({}, {"versions": (tls.TLS13,)}):
                equal(said(port, signatures=(digest << 8 | kind,), **how), alert(HANDSHAKE_FAILURE), f"signatures by {name} alone")


# ---- what is not there ---------------------------------------------------------------------------------------


def no_compression(subject: Subject) -> None:
    equal(said(subject.ecdsa, compression=b"\1\x40\0").compression, 0, "compression, where DEFLATE and LZS are offered")
    true(isinstance(said(subject.ecdsa, compression=b"\1"), str), "a hello that offers nothing but DEFLATE was taken")


def no_stapling(subject: Subject) -> None:
    answer = said(subject.ecdsa, more=((tls.STATUS_REQUEST, b"\1\0\0\0\0"),))
    true(tls.STATUS_REQUEST not in answer.extensions and tls.STATUS not in answer.messages, "an OCSP answer was announced, and there is none")


def no_renegotiation(subject: Subject) -> None:
    true(tls.RENEGOTIATION in said(subject.ecdsa).extensions, "the hello does not say that renegotiation is secure (RFC 5746)")
    told = openssl("s_client", "-connect", f"127.0.0.1:{subject.ecdsa}", "-tls1_2", given=b"R\n" + REQUEST)
    true("RENEGOTIATING" in told and "no renegotiation" in told, f"openssl s_client, which asked for a new handshake, says {told[-400:]!r}")
    subject.alive()


def no_early_data(subject: Subject) -> None:
    kept = subject.folder / "session.pem"
    openssl("s_client", "-connect", f"127.0.0.1:{subject.ecdsa}", "-tls1_3", "-sess_out", str(kept), "-ign_eof", given=REQUEST)
    equal(re.findall(r"Max Early Data: (\d+)", openssl("sess_id", "-in", str(kept), "-noout", "-text")), ["0"], "what a ticket lets come early")
    early = subject.folder / "early"
    early.write_bytes(REQUEST)
    told = openssl("s_client", "-connect", f"127.0.0.1:{subject.ecdsa}", "-tls1_3", "-sess_in", str(kept), "-early_data", str(early))
    true("Early data was accepted" not in told, "early data was accepted")
    with Caller(subject.ecdsa) as caller:  # it says that it has sent some, and does
        caller.send(record(tls.HANDSHAKE, client_hello(versions=(tls.TLS13,), more=((tls.EARLY, b""),))) + record(tls.APPLICATION, b"x" * 200))
        equal(caller.answer().version, tls.TLS13, "a hello with early data")
    subject.alive()


def no_heartbeats(subject: Subject) -> None:
    """CVE-2014-0160: a heartbeat that claims more than it holds, in the handshake and after it."""
    hello = client_hello(more=((tls.HEARTBEATS, b"\1"),))
    lying = record(tls.HEARTBEAT, b"\1\x40\0", 0x0303)
    with Caller(subject.ecdsa) as caller:
        caller.send(record(tls.HANDSHAKE, hello))
        true(tls.HEARTBEATS not in caller.answer().extensions, "the server says that it takes heartbeats")
        caller.send(lying)
        kind, content = caller.record()
        equal((kind, content[1:2]), (tls.ALERT, bytes([UNEXPECTED_MESSAGE])), "the answer to a heartbeat")
        equal(caller.rest(), b"", "what follows the alert")
    with Caller(subject.ecdsa) as caller:
        caller.send(record(tls.HANDSHAKE, hello) + lying)
        kinds = [kind for kind, _ in iter(caller.record, (0, b""))]
        equal((tls.HEARTBEAT in kinds, kinds[-1]), (False, tls.ALERT), f"whether one that comes with the hello is answered, and what ends {kinds}")
    subject.alive()


# ---- names, protocols, tickets -------------------------------------------------------------------------------


def certificates(subject: Subject) -> None:
    kept = {name: subject.certificate(name) for name in ("a", "b")}
    for name, expected in (("a.example", "a"), ("A.EXAMPLE", "a"), ("x.b.example", "b"), ("X.b.Example", "b"), ("b.example", "a"),
                           ("x.y.b.example", "a"), ("unknown.example", "a"), (None, "a")):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with subject.connect(subject.context(version), name) as client:
                true(client.getpeercert(True) == kept[expected], f"who asks for {name!r} by {version.name} did not get the certificate of {expected!r}")
    for name in (b"", b"\0", b"x" * 300, b"a.example\0.evil", b"\xff\xfe", b"..", b"*.b.example"):
        answer = said(subject.ecdsa, more=((tls.NAME, tls.vector(2, b"\0" + tls.vector(2, name))),))
        true(not isinstance(answer, str) or answer.startswith("alert "), f"the name {name!r} was answered by {answer}")
    subject.alive()


def protocols(subject: Subject) -> None:
    for offered, expected in ((["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), (["http/1.1", "h2"], "http/1.1"), ([], None)):
        context = subject.context()
        if offered:
            context.set_alpn_protocols(offered)
        with subject.connect(context, "a.example") as client:
            equal(client.selected_alpn_protocol(), expected, f"the protocol where {offered} are offered")
            client.sendall(REQUEST)
            true(client.recv(65536).startswith(b"HTTP/1.1 200 "), "no answer over it")
    for versions in ((), (tls.TLS13,)):
        for names in (b"\2h2", b"\10http/1.0", b"\10HTTP/1.1", b"\11http/1.1x"):
            equal(said(subject.ecdsa, versions=versions, more=((tls.ALPN, tls.vector(2, names)),)), alert(NO_PROTOCOL), f"{names!r} alone offered")
    for names in (b"\0", b"\x30http/1.1", b""):  # an empty name, one that is longer than the list, none
        true(isinstance(said(subject.ecdsa, more=((tls.ALPN, tls.vector(2, names)),)), str), f"the list {names!r} was taken")


def tickets(subject: Subject) -> None:
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = subject.context(version)

        def session(of=None, name="a.example", port=None):
            with subject.connect(context, name, port, of) as client:  # pylint: disable=cell-var-from-loop
                client.sendall(REQUEST)
                while client.recv(65536):
                    pass
                return client.session, client.session_reused, client.getpeercert(True)

        first, reused, _ = session()
        true(not reused and first.has_ticket, f"a first session of {version.name} with a ticket")
        for _ in range(6):  # on one loop or another
            true(session(first)[1], f"a session of {version.name} did not resume")
        true(not session(first, "x.b.example")[1], f"a session of {version.name} resumed under another name")
        true(not session(first, port=subject.rsa)[1], f"a session of {version.name} resumed at another listener")
        kept = subject.connect(context, "a.example")
        make_certificate(subject.folder, ("DNS:a.example",), stem="a")  # so that there is something to reload
        subject.server.reload()
        kept.sendall(REQUEST)
        true(kept.recv(65536).startswith(b"HTTP/1.1 200 "), f"a connection of {version.name} did not outlive SIGHUP")
        kept.close()
        with subject.connect(subject.context(version), "a.example") as client:
            true(client.getpeercert(True) == subject.certificate("a"), "the new certificate is not in use: nothing was reloaded")
        true(session(first)[1], f"a session of {version.name} did not resume after SIGHUP")


# ---- memory --------------------------------------------------------------------------------------------------


def idle_memory(subject: Subject) -> str:
    """Of connections whose buffers have been in use, and are at rest: each has had an answer. None ends before all are there, so that
    none has the memory of another that is gone."""
    server, held, notes = subject.server, [], []
    if server.sanitized:
        raise Skip("a sanitizer keeps freed memory, so that the server's own cannot be told")

    def hold(context: ssl.SSLContext, transport: str, count: int) -> None:
        for _ in range(count):
            held.append(idle_tls.opened(context, subject.ecdsa, transport, f"idle{len(held)}"))

    hold(subject.context(), "xhr_streaming", 50)  # the first pay for what is there once
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for transport in ("raw", "xhr_streaming"):
            before = server.memory()
            hold(subject.context(version), transport, 100)
            each = (server.memory() - before) // 100
            notes.append(f"{version.name} {transport} {each}")
            true(each <= MOST_IDLE, f"bytes of an idle connection: {', '.join(notes)}, expected {MOST_IDLE} at most")
    for peer in held:
        peer.close()
    return f"bytes each: {', '.join(notes)}"


# ---- pieces, and what is no TLS ------------------------------------------------------------------------------


def pieces(subject: Subject) -> None:
    hello = client_hello(versions=(tls.TLS13, tls.TLS12))
    with Caller(subject.ecdsa) as caller:
        for byte in record(tls.HANDSHAKE, hello):
            caller.send(bytes([byte]))
        equal(caller.answer().version, tls.TLS13, "a hello whose bytes came one by one")
    with Caller(subject.ecdsa) as caller:
        caller.send(b"".join(record(tls.HANDSHAKE, hello[at:at + 1]) for at in range(len(hello))))
        equal(caller.answer().version, tls.TLS13, "a hello in records of one byte each")


def no_tls(subject: Subject) -> None:
    for request in (REQUEST, b"POST /echo HTTP/1.0\r\n\r\n", b"GET /echo/websocket HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
                    b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", b"SSH-2.0-x\r\n"):
        with Caller(subject.ecdsa) as caller:
            caller.send(request)
            answer = caller.rest()
        true(answer.startswith(b"HTTP/1.1 400 ") and b"This port speaks TLS" in answer, f"plain {request[:30]!r} was answered with {answer[:200]!r}")
    for bytes_ in (b"<policy-file-request/>\0", b"\x93" + os.urandom(2048), b"\0" * 64,
                   record(tls.APPLICATION, b"x" * 100), record(tls.HANDSHAKE, b""), record(tls.HANDSHAKE, b"\1\xff\xff\xff" + b"x" * 100),
                   record(tls.HANDSHAKE, b"x" * 20000), record(tls.ALERT, b"\2\x28"), record(20, b"\1")):
        with Caller(subject.ecdsa) as caller:
            caller.send(bytes_)
            caller.sock.shutdown(socket.SHUT_WR)
            answer = caller.rest()
        true(answer[:1] in (b"", b"\x15"), f"{bytes_[:40]!r} was answered with {answer[:80]!r}, expected an alert, or nothing")
    subject.alive()


RULES = (
    ("SSL 2.0, SSL 3.0, TLS 1.0 and 1.1 are refused by an alert, and TLS 1.2 where 1.3 is the least", old_versions),
    ("a hello of SSL 2.0's form is not taken", old_hello),
    ("TLS 1.2 and 1.3 are spoken, the newest that both know, and nobody is pressed down", new_versions),
    ("the ciphers of TLS 1.2 and 1.3 are those of docs/security.md, of every code there has been", ciphers),
    ("keys are agreed upon in three groups, none weaker than 128 bits", groups),
    ("who takes signatures by MD5 or SHA-1 alone is refused", weak_signatures),
    ("nothing is compressed", no_compression),
    ("there is no stapled answer of OCSP", no_stapling),
    ("a connection's handshake is not begun anew", no_renegotiation),
    ("nothing is taken before the handshake is done", no_early_data),
    ("there are no heartbeats (CVE-2014-0160)", no_heartbeats),
    ("who asks for a name gets its certificate, and else the first", certificates),
    ("http/1.1 is chosen by ALPN, who offers only others is told so, and who offers none is served", protocols),
    ("sessions resume by tickets, under their name and at their listener, and after SIGHUP has brought another certificate", tickets),
    ("a connection at rest keeps no buffers", idle_memory),
    ("a hello may come in pieces of every kind", pieces),
    ("what begins with a letter, as plain HTTP does, is told what the port speaks; what else is no TLS is cut off", no_tls),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encke", required=True, help="the server's executable")
    runner = Runner()
    subject = Subject(os.path.abspath(parser.parse_args().encke))
    for title, rule in RULES:
        runner.run(title, lambda: rule(subject))
    runner.run("the server ends well", subject.close)
    return runner.end()


if __name__ == "__main__":
    sys.exit(main())
