"""For every transport: the life of a session: response limit, second receiver, close, loss, heartbeat, errors."""

import time

from support.http import Peer, Reply, fetch, readable, wait_until
from support.rules import WATCHDOG_SECONDS, Failed, Skip, equal, one_of, true
from support.rules import rule as _rule
from support.transports import Receiver, fresh_id, session_root
from support.websocket import PING, TEXT, WebSocket

GO_AWAY = 'c[3000,"Go away!"]'
BUSY = 'c[2010,"Another connection still open"]'


def rule(title, cite, **more):
    return _rule(title, cite, transports=True, **more)


def http_only(transport):
    if not transport.http:
        raise Skip("its sessions end with their socket")


def held(transport, peer) -> Receiver:
    """The receiver whose request was sent before, by request_only()."""
    return Receiver(transport, Reply(peer, transport.method, "1.1"))


def two_polls(server, transport, root) -> tuple[Peer, Peer]:
    """Two polls at once, in whichever order they arrive: the one that is answered, the one that is held."""
    peers = [transport.request_only(server, root) for _ in range(2)]
    ready = readable(peers, WATCHDOG_SECONDS)
    equal(len(ready), 1, "polls answered while nothing was sent")
    refused, kept = sorted(peers, key=lambda p: p not in ready)
    return refused, kept


# ---- response limit ----------------------------------------------------------------------------------------

@rule("a stream ends at the first frame that reaches the response limit, prelude not counted", "sockjs 5 S")
def response_limit(server, transport):
    if not transport.http or not transport.streams:
        raise Skip("no response limit")
    session = transport.session(server)
    receiver = session.receiver = transport.receive(server, session.root)
    equal(receiver.frame(), "o", "open frame")
    sizes = [len(receiver.raw)]
    message = "x" * 128
    while True:
        session.send(message)
        text = receiver.frame_or_end()
        if text is None:
            break
        equal(text, f'a["{message}"]', "echo")
        sizes.append(len(receiver.raw))
        if sum(sizes) >= 4096:
            receiver.end()
            break
    true(sum(sizes) >= 4096, f"ended after {sum(sizes)} bytes of frames, before the limit of 4096")
    session.receiver = None
    session.send("after")
    equal(session.messages(1), ["after"], "the session lives on in the next receiver, without another `o`")
    session.close()


@rule("31 messages of 134 bytes fit between `o` and the end", "sockjs 5 S")
def thirty_one(server, transport):
    if transport.name != "xhr_stream":
        raise Skip("the arithmetic is that of xhr_streaming")
    session = transport.session(server).open()
    message = "x" * 128
    for _ in range(31):
        session.send(message)
        equal(session.receiver.frame(), f'a["{message}"]', "echo")
        equal(len(session.receiver.raw), 134, "bytes of the frame")
    session.receiver.end()


@rule("a frame over the response limit is sent whole, then the stream ends", "sockjs 5 S")
def oversize(server, transport):
    http_only(transport)
    session = transport.session(server).open()
    session.send("y" * 9000)
    receiver = session.receiver or transport.receive(server, session.root)
    equal(receiver.frame(), 'a["' + "y" * 9000 + '"]', "frame")
    receiver.end()


@rule("the default response limit is 131072 bytes", "sockjs 5")
def default_limit(server, transport):
    if not transport.http or not transport.streams:
        raise Skip("no response limit")
    session = transport.session(server, "/wide").open()
    session.send("x" * 120000)
    equal(session.receiver.frame(), 'a["' + "x" * 120000 + '"]', "frame below the limit")
    session.send("y" * 12000)
    equal(session.receiver.frame(), 'a["' + "y" * 12000 + '"]', "frame across the limit")
    session.receiver.end()


# ---- close and second receiver -----------------------------------------------------------------------------

def held_only(transport):
    http_only(transport)
    if not transport.holds:
        raise Skip("its polls do not wait")


@rule("a closing session gives the same close frame to every later receiver", "sockjs 5, 10 S")
def close_frame(server, transport):
    session = transport.session(server, "/close")
    equal(session.frame(), "o", "open frame")
    equal(session.frame(), GO_AWAY, "close frame")
    if not transport.http:
        session.socket.closed(1000)
        return
    for _ in range(3):
        receiver = transport.receive(server, session.root)
        equal(receiver.frame(), GO_AWAY, "close frame for a later receiver")
        receiver.end()


@rule("the receiver that gets the close frame ends with it", "sockjs 5, 10 S")
def close_ends(server, transport):
    http_only(transport)
    root = session_root("/close")
    receiver = transport.receive(server, root)
    equal(receiver.frame(), "o", "open frame")
    if not transport.streams:
        receiver.end()
        receiver = transport.receive(server, root)
    equal(receiver.frame(), GO_AWAY, "close frame")
    receiver.end()


@rule("a send to a closing session is accepted and dropped", "sockjs 10 N, T")
def send_to_closing(server, transport):
    http_only(transport)
    session = transport.session(server, "/close")
    equal([session.frame(), session.frame()], ["o", GO_AWAY], "frames")
    session.send("x")
    receiver = transport.receive(server, session.root)
    equal(receiver.frame(), GO_AWAY, "the next frame")


@rule("a closing session expires when nobody asks any more", "sockjs 10 T", slow=True)
def closing_expires(server, transport):
    http_only(transport)
    session = transport.session(server, "/brief_close")
    equal([session.frame(), session.frame()], ["o", GO_AWAY], "frames")
    wait_until(lambda: transport.post(server, session.root, b'["x"]')[0].status == 404, "404 to a send")


@rule("of two receivers one gets 2010 in its own envelope and ends; the other stays usable", "sockjs 10 S")
def second_receiver(server, transport):
    if transport.http:
        held_only(transport)
    else:
        one, two = transport.session(server), transport.session(server)
        two.close()
        one.open()
        again = transport.session(server, session=one.root.split("/")[-1]).open()
        for session, text in ((one, "one"), (again, "two")):
            session.send(text)
            equal(session.messages(1), [text], "sessions with one id at the same time")
            session.close()
        return
    session = transport.session(server).open()
    if transport.streams:
        second = transport.receive(server, session.root)
        equal(second.frame(), BUSY, "frame of the second receiver")
        second.end()
        session.send("x")
        equal(session.receiver.frame(), 'a["x"]', "the first receiver's next frame")
        return session.close()
    refused, kept = two_polls(server, transport, session.root)
    busy = held(transport, refused)
    equal(busy.frame(), BUSY, "frame of one of two polls")
    busy.end()
    session.send("x")
    first = held(transport, kept)
    equal(first.frame(), 'a["x"]', "frame of the other poll")
    first.end()


# ---- loss and expiry ---------------------------------------------------------------------------------------

@rule("a receiver lost to the network drops the session: 404 to sends, `o` to the next receiver", "sockjs 10 S, T",
      each={"FIN": False, "RST": True}, slow=True)
def aborted(server, transport, hard):
    held_only(transport)
    session = transport.session(server, "/lasting").open()     # a grace of 600 s: only the abort can drop it
    if transport.streams:
        peer = session.receiver.peer
    else:
        refused, peer = two_polls(server, transport, session.root)
        equal(held(transport, refused).frame(), BUSY, "frame of the poll that is not held")
    peer.reset() if hard else peer.close()
    # Nothing to echo: an answer on its way into the lost receiver, before the server has heard of the loss, would end
    # that receiver in the regular way.
    wait_until(lambda: transport.post(server, session.root, b"[]")[0].status == 404, "404 to a send")
    again = transport.receive(server, session.root)
    one_of(again.frame(), ["o", 'c[1002,"Connection interrupted"]'], "frame of the next receiver")
    again.close()


@rule("a session without receiver is gone after the disconnect delay", "sockjs 10 T", slow=True)
def disconnect_delay(server, transport):
    http_only(transport)
    session = transport.session(server, "/brief").open()
    if transport.streams:
        session.send("x" * 131072)
        equal(len(session.receiver.frame()), 131077, "the frame that ends the stream")
        session.receiver.end()
    wait_until(lambda: transport.post(server, session.root, b"[]")[0].status == 404, "404 to a send")
    equal(transport.receive(server, session.root).frame(), "o", "a new session under the same id")


@rule("the disconnect delay is 5 s where nothing else is configured", "sockjs 10 T", slow=True)
def default_delay(server, transport):
    http_only(transport)
    begin = time.monotonic()
    session = transport.session(server).open()
    if transport.streams:
        session.send("x" * 4096)
        session.receiver.frame()
        session.receiver.end()
    wait_until(lambda: transport.post(server, session.root, b"[]")[0].status == 404, "404 to a send", 20, 0.05)
    true(time.monotonic() - begin > 4.5, "the session was gone before its 5 s")


@rule("a session with a receiver outlives the disconnect delay", "sockjs 10", slow=True)
def held_session(server, transport):
    """Another session of the same service expires meanwhile: that is the clock of this test."""
    held_only(transport)
    session = transport.session(server, "/brief").open()
    peer = None if transport.streams else transport.request_only(server, session.root)
    other = transport.session(server, "/brief").open()
    if transport.streams:
        other.send("x" * 131072)
        other.receiver.frame()
        other.receiver.end()
    wait_until(lambda: transport.post(server, other.root, b"[]")[0].status == 404, "the other session to expire")
    session.send("x")
    receiver = held(transport, peer) if peer else session.receiver
    equal(receiver.frame(), 'a["x"]', "frame")


@rule("plain polls are answered at once, with what there is or with a heartbeat, and keep the session", "PROTOCOL 4.13")
def at_once(server, transport):
    if transport.holds:
        raise Skip("its responses wait, or last")
    session = transport.session(server).open()
    equal([session.frame() for _ in range(3)], ["h", "h", "h"], "answers while there is nothing to tell")
    session.send("x")
    session.send("y")
    equal([session.frame(), session.frame()], ['a["x","y"]', "h"], "answers when there is something")


@rule("a session lives from plain poll to plain poll within the disconnect delay, though longer altogether", "PROTOCOL 4.5, 4.13 T",
      slow=True)
def lives_between(server, transport):
    if transport.holds:
        raise Skip("its responses wait, or last")
    session = transport.session(server, "/brief").open()
    end = time.monotonic() + 2
    while time.monotonic() < end:
        equal(session.frame(), "h", "frame")
        time.sleep(0.25)
    session.send("x")
    equal(session.messages(1), ["x"], "after twice the delay")
    wait_until(lambda: transport.post(server, session.root, b"[]")[0].status == 404, "404 to a send, once nobody asks any more")


# ---- heartbeats --------------------------------------------------------------------------------------------

@rule("an idle receiver gets a heartbeat in the transport's envelope, a stream one after another",
      "sockjs 10 N, T",
      slow=True)
def heartbeat(server, transport):
    session = transport.session(server, "/beating").open()
    if transport.pings:
        for _ in range(3):
            opcode, payload, _, _ = session.socket.read_frame()
            equal(opcode, PING, f"opcode of a heartbeat ({payload!r})")
            session.socket.send_frame(10, payload)
        return session.close()
    for _ in range(3):
        equal(session.frame(), "h", "heartbeat")
    session.send("x")
    equal(session.messages(1), ["x"], "the session lives on")
    session.close()


@rule("traffic does not postpone the heartbeat", "sockjs 10 N, T", slow=True)
def fixed_cadence(server, transport):
    if not transport.streams:
        raise Skip("each poll starts the interval anew")
    session = transport.session(server, "/beating").open()
    end = time.monotonic() + 10
    while time.monotonic() < end:
        session.send("x")
        if not transport.pings:
            text = session.frame()
            if text == "h":
                return session.close()
            equal(text, 'a["x"]', "echo")
        else:
            equal(session.messages(1), ["x"], "echo")
            if session.socket.pings:
                return session.close()
    raise Failed("no heartbeat between the messages of 10 s")


@rule("the heartbeat interval is 25 s where nothing else is configured", "sockjs 10 N, T", slow=True)
def default_heartbeat(server, transport):
    begin = time.monotonic()
    session = transport.session(server).open()
    if transport.http:
        held_only(transport)
        peer = session.receiver.peer if transport.streams else transport.request_only(server, session.root)
        peer.timeout(40)
        receiver = session.receiver or held(transport, peer)
        equal(receiver.frame(), "h", "heartbeat")
    else:
        session.socket.peer.timeout(40)
        opcode, payload, _, _ = session.socket.read_frame()
        equal((opcode, payload), (PING, b"") if transport.pings else (TEXT, b"h"), "heartbeat")
    true(time.monotonic() - begin > 22, "the heartbeat came before its 25 s")
    session.close()


# ---- ids ---------------------------------------------------------------------------------------------------

@rule("the server id plays no part in finding a session", "sockjs 1, 10 S")
def server_id(server, transport):
    http_only(transport)
    session = transport.session(server).open()
    name = session.root.split("/")[-1]
    transport.accepted(transport.post(server, f"/echo/999/{name}", b'["x"]'))
    equal(session.messages(1), ["x"], "message sent by another server id")
    session.send("y")
    if not transport.streams:
        receiver = transport.receive(server, f"/echo/abc/{name}")
        equal(receiver.frame(), 'a["y"]', "frame by another server id")
    session.close()


@rule("session and server ids are taken raw", "sockjs 1 S",
      each={"letters and signs": "abcdefgh_i-j%20", "one letter": "q", "symbols": "~!$&'()*+,;=:@%41",
            "200 characters": "z" * 200})
def raw_ids(server, transport, text):
    session = transport.session(server, session=text + fresh_id(), server_id=text).open()
    session.send("x")
    equal(session.messages(1), ["x"], "echo")
    session.close()


@rule("ids that differ only by percent-encoding are two sessions", "sockjs 1 S")
def not_decoded(server, transport):
    http_only(transport)
    name = fresh_id()
    one = transport.session(server, session=name + "%41").open()
    two = transport.session(server, session=name + "A").open()
    one.send("one")
    two.send("two")
    equal((one.messages(1), two.messages(1)), (["one"], ["two"]), "messages of two sessions")


@rule("a query string and one trailing slash change nothing", "sockjs 1 N, C")
def query_and_slash(server, transport):
    if not transport.http:
        socket = WebSocket(server, session_root() + "/websocket?t=123&x=%20")
        equal(socket.next(), (1, b"o"), "open frame")
        return socket.close()
    receiver = transport.receive(server, session_root(), query="t=1700000000000&i=_jp.x")
    equal(receiver.frame(), "o", "open frame")
    receiver.close()
    url = transport.url(session_root()).replace(transport.leaf, transport.leaf + "/", 1)
    reply, _ = fetch(server, "PUT", url, {}, b"")
    equal(reply.status, 405, "status of a wrong method with a trailing slash: the path must be known")
