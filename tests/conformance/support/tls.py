"""TLS around a socket, so that a test sees of it what it sees of a plain one."""

import pathlib
import select
import socket
import ssl
import subprocess


CURVE = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")  # what openssl makes a key of by default here
RSA = ("rsa:2048",)


def make_certificate(folder: pathlib.Path, names: tuple[str, ...] = ("DNS:localhost", "IP:127.0.0.1"), *,
                     kind: tuple[str, ...] = CURVE, stem: str = "cert") -> dict[str, str]:
    """A certificate that it signs itself, STEM.pem, and its key, STEM.key, other ones each time; in the words of the configuration."""
    certificate, key = folder / f"{stem}.pem", folder / f"{stem}.key"
    done = subprocess.run(["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "30",
                           "-subj", f"/CN={names[0].partition(':')[2]}", "-addext", f"subjectAltName={','.join(names)}"],
                          capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl made no certificate for {names}: {done.stderr[-400:]}")
    return {"certificate": str(certificate), "key": str(key)}


def client_context(certificate: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certificate)
    context.set_alpn_protocols(["http/1.1"])
    return context


class TlsSocket:
    """A connected socket's methods, as far as the tests use them. Ending one's own side only is told by TLS, and TCP goes on."""

    def __init__(self, plain: socket.socket, context: ssl.SSLContext, name: str):
        self.plain = plain
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        self.early = b""
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
        self._flush()

    def _flush(self) -> None:
        if data := self.outgoing.read():
            self.plain.sendall(data)

    def _fill(self) -> None:
        data = self.plain.recv(262144)
        if data:
            self.incoming.write(data)
        else:
            self.incoming.write_eof()

    def sendall(self, data: bytes) -> None:
        if data:
            self.tls.write(data)
            self._flush()

    def recv(self, size: int) -> bytes:
        if self.early:
            data, self.early = self.early[:size], self.early[size:]
            return data
        while True:
            try:
                return self.tls.read(size)
            except ssl.SSLWantReadError:
                self._fill()
            except ssl.SSLError:  # the end, told or not
                return b""

    def has_bytes(self) -> bool:
        """True where recv() would not wait. Tickets and the like are no bytes."""
        while not self.early:
            try:
                self.early = self.tls.read(1)
                return True
            except ssl.SSLWantReadError:
                if not select.select([self.plain], [], [], 0)[0]:
                    return False
                try:
                    self._fill()
                except OSError:
                    return True
            except ssl.SSLError:
                return True
        return True

    def shutdown(self, how: int) -> None:
        assert how == socket.SHUT_WR
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        self._flush()

    def __getattr__(self, name: str):
        return getattr(self.plain, name)
