"""For every HTTP transport: the framing of HTTP/1.0 and 1.1, kept connections, request bodies in every form."""

import json

from support.http import Peer, Reply, ask
from support.rules import Skip, equal
from support.rules import rule as _rule
from support.transports import Receiver, session_root

GO_AWAY = 'c[3000,"Go away!"]'


def rule(title, cite, **more):
    def register(function):
        def http_only(server, transport, *more):
            if not transport.http:
                raise Skip("not an HTTP transport; its own rules are in sockjs_websocket.py")
            function(server, transport, *more)
        http_only.__module__ = function.__module__
        return _rule(title, cite, transports=True, **more)(http_only)
    return register


def raw_send(transport, session, payload: bytes, more: str = "") -> tuple[bytes, bytes]:
    """The head of a send with the transport's own content type, and its body."""
    if transport.send_leaf == "jsonp_send":
        payload, kind = b"d=" + payload, "application/x-www-form-urlencoded"
    else:
        kind = transport.send_type
    head = f"POST {session.root}/{transport.send_leaf} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\n{more}"
    if "chunked" not in more:
        head += f"Content-Length: {len(payload)}\r\n"
    return head.encode() + b"\r\n", payload


@rule("an HTTP/1.0 receiver gets neither chunks nor a length for a stream, and the end of the connection ends it",
      "sockjs 11 S")
def http10(server, transport):
    root = session_root("/close")
    receiver = transport.receive(server, root, version="1.0")
    if transport.streams:
        equal(receiver.reply.mode, "close", "framing")
        equal([receiver.frame(), receiver.frame()], ["o", GO_AWAY], "frames")
        return receiver.end()
    equal(receiver.frame(), "o", "open frame")
    receiver.end()
    receiver = transport.receive(server, root, version="1.0")
    equal(receiver.frame(), GO_AWAY, "close frame")
    receiver.end()


@rule("an HTTP/1.0 send is answered and the connection ends", "sockjs 11 S")
def http10_send(server, transport):
    session = transport.session(server).open()
    peer = Peer(server)
    answer = transport.post(server, session.root, b'["x"]', version="1.0", peer=peer)
    transport.accepted(answer)
    peer.at_end("an HTTP/1.0 send")
    equal(session.messages(1), ["x"], "message")
    session.close()


@rule("HTTP/1.1 keeps the connection: receive and send again and again on one", "sockjs 11 S")
def keep_alive(server, transport):
    root = session_root()
    peer = Peer(server)
    for round in range(3):
        receiver = transport.receive(server, root, peer=peer)
        if round == 0:
            equal(receiver.frame(), "o", "open frame")
        if round or transport.streams:
            if round == 0:
                transport.accepted(transport.post(server, root, json.dumps(["y" * 5000]).encode()))
            equal(receiver.frame(), 'a["' + "y" * 5000 + '"]', "frame")
        receiver.end()
        if transport.streams and round == 2:
            break
        transport.accepted(transport.post(server, root, json.dumps(["y" * 5000]).encode(), peer=peer))
    peer.close()


@rule("pipelined sends are answered in order", "RFC 9112 9.3.2")
def pipelined(server, transport):
    session = transport.session(server, "/wide").open()
    one = Peer(server)
    request = b"".join(b"".join(raw_send(transport, session, b'["%d"]' % i)) for i in range(10))
    one.send(request)
    for i in range(10):
        reply = Reply(one, "POST", "1.1")
        reply.body()
        equal(reply.status, transport.send_status, f"status of pipelined request {i}")
    equal(session.messages(10), [str(i) for i in range(10)], "messages")
    session.close()


@rule("a chunked request body is read, whatever its cuts", "RFC 9112 7.1",
      each={"one chunk": 10 ** 6, "of 1 byte": 1, "of 7 bytes": 7})
def chunked_body(server, transport, size):
    session = transport.session(server).open()
    peer = Peer(server)
    head, payload = raw_send(transport, session, '["é\U0001f600 chunked"]'.encode(),
                             "Transfer-Encoding: chunked\r\n")
    peer.send(head)
    for at in range(0, len(payload), size):
        part = payload[at:at + size]
        peer.send(b"%x;note=1\r\n%s\r\n" % (len(part), part))
    peer.send(b"0\r\nTrailer: x\r\n\r\n")
    equal(Reply(peer, "POST", "1.1").status, transport.send_status, "status")
    equal(session.messages(1), ["é\U0001f600 chunked"], "message")
    session.close()


@rule("a request sent byte by byte is read as one", "RFC 9112 2.2")
def byte_by_byte(server, transport):
    session = transport.session(server).open()
    peer = Peer(server)
    for byte in b"".join(raw_send(transport, session, b'["x"]')):
        peer.send(bytes([byte]))
    equal(Reply(peer, "POST", "1.1").status, transport.send_status, "status")
    equal(session.messages(1), ["x"], "message")
    session.close()


@rule("Expect: 100-continue is answered before the body comes", "RFC 9110 10.1.1")
def expect(server, transport):
    session = transport.session(server).open()
    peer = Peer(server)
    head, payload = raw_send(transport, session, b'["x"]', "Expect: 100-continue\r\n")
    peer.send(head)
    equal(Reply(peer, "POST", "1.1").status, 100, "status before the body")
    peer.send(payload)
    equal(Reply(peer, "POST", "1.1").status, transport.send_status, "status")
    equal(session.messages(1), ["x"], "message")
    session.close()


@rule("a receiving POST without body and without Content-Length has an empty body", "sockjs 6 S")
def no_length(server, transport):
    if transport.method != "POST" or transport.name == "json_request":
        raise Skip("received by GET, or with a body of a certain type")
    receiver = Receiver(transport, ask(server, "POST", transport.url(session_root())))
    equal(receiver.frame(), "o", "open frame")
    receiver.close()
