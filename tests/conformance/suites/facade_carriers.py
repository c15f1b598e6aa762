"""For every transport: carriers that come, go and take over; what a break costs, which is nothing; heartbeats; closing
(PROTOCOL 6.5 to 6.7, 6.10)."""

import json
import time

from support.facade import HttpCarrier, Page
from support.http import readable, wait_until
from support.rules import Skip, contains, equal, one_of, true
from support.rules import rule as _rule
from support.transports import ADAPTERS
from support.websocket import CLOSE, close_payload


def rule(title, cite, **more):
    return _rule(title, cite, transports=True, **more)


def sockets_only(transport):
    if transport.http:
        raise Skip("a rule of WebSockets")


def held_only(transport):
    if not transport.holds:
        raise Skip("its responses come at once")


# ---- the first frame -----------------------------------------------------------------------------------------

@rule("the first frame of a stream or socket is k, and so is that of a poll with w=0, which is answered at once", "PROTOCOL 6.6.3")
def first_frame(server, transport):
    page = Page(transport, server)
    carrier = page.carry(wait=False)
    equal(carrier.next(), "k0", "first frame")
    if transport.http and not transport.streams:
        equal(carrier.next(), None, "what follows in the answer")
    carrier.close()
    page.send("x", "y")
    page.messages(2)
    page.close()
    carrier = page.carry(wait=False)
    equal(carrier.next(), "k2", "first frame of a later carrier")
    carrier.close()


@rule("a poll without w=0 waits until there is something to tell", "PROTOCOL 6.6.3", each={"no w": "", "w=1": "&w=1", "w empty": "&w="})
def poll_waits(server, transport, query):
    if not transport.http or transport.streams or not transport.holds:
        raise Skip("no poll that waits")
    page = Page(transport, server)
    carrier = page.carry(query=query)
    true(carrier.silent(0.1), "the poll was answered while there was nothing to tell")
    page.send("x")
    frames = []
    while (frame := carrier.next()) is not None:
        frames.append(frame)
    equal(frames[-1], 'a["x"]', "the answer's last frame")


@rule("what comes up before the first carrier reaches the service with it", "PROTOCOL 6, 6.2")
def before_the_first(server, transport):
    if not transport.http:
        raise Skip("a WebSocket is a carrier before it can send")
    page = Page(transport, server)
    peer = server.peer()
    peer.send(page.send_request(b'a["x","y"]\nbAA'))
    page.sent = 3
    page.received = 0
    true(not readable([peer], 0.1), "the send was answered before there was a service to deliver to")
    equal(page.post("", query="")[1], b"k0\n", "nothing is acknowledged before there is a service to deliver to")
    equal(page.messages(3), ["x", "y", b"\0"], "what came back")
    peer.until(b"k3")
    page.close()


# ---- breaks --------------------------------------------------------------------------------------------------

@rule("what a lost carrier had is offered again from where the page says, and no more", "PROTOCOL 6.5, 6.7",
      each={"reset": "reset", "closed without a word": "close"})
def replay(server, transport, how):
    page = Page(transport, server).attach()
    sent = ["one", b"\2\2", "three", "four"]
    page.send(*sent)
    equal(page.messages(4), sent, "what came first")
    getattr(page.carrier or page.carry(), how)()
    for known in (0, 1, 3):
        page.carrier, page.received = None, known
        equal(page.messages(4 - known), sent[known:], f"offered to a carrier that has {known}")
        page.carrier and getattr(page.carrier, how)()
    page.carrier = None
    page.send("five")
    equal(page.messages(1), ["five"], "to one that has all: only what is new")
    page.close()


def delivered(page, count):
    """Waits until the server has what was sent: the next carrier is a connection of its own, and could overtake it."""
    if getattr(page.transport, "send_leaf", "xhr_send") == "xhr_send":
        page.server.need_sends()
    wait_until(lambda: page.post("", first=0)[1] == b"k%d\n" % count, "the server has what was sent")


@rule("messages that come while there is no carrier wait for the next", "PROTOCOL 6.7")
def waits(server, transport):
    page = Page(transport, server, "/broadcast").attach()
    page.send("mine")
    delivered(page, 1)
    page.attached().reset() if transport.streams else None
    page.carrier = None
    other = Page(transport, server, "/broadcast").attach()
    words = [f"{page.key[:12]} {n}" for n in range(5)]
    other.send(*words)
    got = []
    while [w for w in got if w in words] != words:
        got += page.messages(1)
    other.close()
    page.close()


@rule("a page moves to another transport, and nothing is lost or repeated", "PROTOCOL 6")
def moves(server, transport):
    page = Page(transport, server).attach()
    count = 0
    for name in [*server.transports, transport.name]:
        if name not in page.info["transports"]:
            continue
        words = [f"{n} before {name}" for n in range(count, count + 3)]
        page.send(*words)                    # over the transport so far
        count += 3
        delivered(page, count)
        old, page.carrier, page.transport = page.carrier, None, ADAPTERS[name]
        page.attach()
        equal(page.messages(3), words, f"what came over {name}")
        old and old.close()
        equal(page.ask(), count, "delivered so far")
    page.close()


# ---- taking over ---------------------------------------------------------------------------------------------

@rule("a higher number takes over at once; the carrier before it is ended in order", "PROTOCOL 6.6.2")
def takes_over(server, transport):
    page = Page(transport, server).attach()
    held_only(transport)
    first = page.carrier or page.carry()
    second = page.carry()
    first.ended()
    page.carrier = second
    page.send("x")
    equal(page.messages(1), ["x"], "what came over the second")
    page.close()


@rule("numbers may jump, up to the largest", "PROTOCOL 6.1, 6.6.1")
def jumps(server, transport):
    page = Page(transport, server).attach()
    first = page.carrier or page.carry()
    last = page.carry(2**53 - 1)
    if transport.holds:
        first.ended()
    equal(page.refused(2**53 - 1)[0], 409, "status of the same number once more")
    if not transport.holds:
        return
    page.carrier = last
    page.send("x")
    equal(page.messages(1), ["x"], "what came over the last")
    page.close()


@rule("a number that is not higher is refused with 409, and the carrier at work stays", "PROTOCOL 6.6.1", each={
    "the same": 5, "one less": 4, "the first": 1, "0": 0})
def stale(server, transport, number):
    page = Page(transport, server).attach()
    if page.carrier:
        page.close()
    page.carrier = page.carry(5)
    if transport.streams:
        page.expect_frame("k")
    status, text = page.refused(number)
    equal(status, 409, "status")
    contains(text, "higher number", "text")
    page.send("x")
    equal(page.messages(1), ["x"], "what came over the carrier at work")
    page.close()


@rule("late and repeated requests for frames change nothing", "PROTOCOL 6.5, 6.6.1")
def repeated(server, transport):
    page = Page(transport, server).attach()
    page.send("a", "b")
    equal(page.messages(2), ["a", "b"], "what came first")
    number = page.number
    for _ in range(3):
        equal(page.refused(number, 0)[0], 409, "status of a repeated request")
    page.acknowledge()
    page.send("c")
    equal(page.messages(1), ["c"], "what came next")
    page.close()


# ---- heartbeats and windows of time --------------------------------------------------------------------------

@rule("h comes when heartbeat_seconds have passed, not before", "PROTOCOL 4.7, 6.7 T", slow=True)
def heartbeat(server, transport):
    page = Page(transport, server, "/beating").attach()
    page.carrier = page.carrier or page.carry()
    begin = time.monotonic()
    held_only(transport)
    frame = page.carrier.next()
    equal(frame, "h", "frame")
    true(time.monotonic() - begin > 0.2, "before its time")
    if not transport.http:
        page.carrier.socket.text(f"k{page.received}")
        equal(page.carrier.next(), "h", "the next one, after an answer")
    page.close()


@rule("k comes beside a heartbeat where one is due", "PROTOCOL 6.7 T", slow=True)
def due(server, transport):
    sockets_only(transport)                  # over HTTP each send is acknowledged by its answer
    page = Page(transport, server, "/beating").attach()
    page.send("x")
    page.messages(1)
    equal({page.carrier.next(), page.carrier.next()}, {"h", "k1"}, "the frames at the heartbeat's time")
    page.carrier.socket.text("k1")
    equal(page.carrier.next(), "h", "the next one")
    page.close()


@rule("a WebSocket that does not answer a heartbeat is cut off; its session waits for the next", "PROTOCOL 6.7 T", slow=True)
def unanswered(server, transport):
    sockets_only(transport)
    page = Page(transport, server, "/answering").attach()
    equal(page.carrier.next(), "h", "heartbeat")
    page.carrier.peer.at_end("no answer")
    page.carrier = None
    page.attach()
    page.send("x")
    equal(page.messages(1), ["x"], "over the next")
    page.close()


@rule("any frame answers a heartbeat", "PROTOCOL 6.7 T", slow=True, each={"k": "k0", "q": "q", "nothing": "", "no messages": "a[]"})
def answered(server, transport, answer):
    sockets_only(transport)
    page = Page(transport, server, "/answering").attach()
    for _ in range(4):
        while page.carrier.next() != "h":
            pass
        page.carrier.socket.text(answer)
    page.close()


@rule("a session without a carrier is over after resume_window: 404", "PROTOCOL 6.7 T", slow=True)
def window_passed(server, transport):
    page = Page(transport, server, "/fleeting").attach()
    page.send("x")
    page.messages(1)
    (page.carrier or page.carry()).reset()
    page.carrier = None
    page.attach()                            # within the window it goes on
    (page.carrier or page.carry()).reset()
    time.sleep(1.2)
    status, text = page.refused(headers={})
    equal(status, 404, "status")
    equal(text, "there is no such session: it is over, or its server was started anew", "text")
    if transport.http:
        equal(page.post("k0")[0].status, 404, "status of a send")


@rule("a session lasts while it has a carrier, whatever its resume_window", "PROTOCOL 6.7 T", slow=True)
def lasts(server, transport):
    held_only(transport)
    page = Page(transport, server, "/fleeting").attach()
    page.carrier = page.carrier or page.carry()
    time.sleep(1.2)
    page.send("x")
    equal(page.messages(1), ["x"], "echo after more than twice the window")
    page.close()


# ---- closing -------------------------------------------------------------------------------------------------

def gone(page):
    wait_until(page.missing, "the session is over")


@rule("the page's close ends the session at once; its carrier gets c with the same code", "PROTOCOL 6.10", each={
    "1000": (1000, "bye"), "3000": (3000, "é\"\n"), "4999": (4999, ""), "1001": (1001, "going")})
def page_closes(server, transport, case):
    page = Page(transport, server).attach()
    page.carrier = page.carrier or page.carry()
    page.up("c" + json.dumps(case))
    if not transport.holds:
        return true(page.missing(), "the session is still there")
    equal(json.loads(page.frame_of_kind("c")[1:])[0], case[0], "code")
    page.carrier.ended()
    true(page.missing(), "the session is still there")
    if transport.http:
        equal(page.post('c[1000,""]')[0].status, 404, "status of a repeated close")


@rule("messages in the same letter as a close are delivered before it", "PROTOCOL 6.10")
def last_words(server, transport):
    hears = Page(transport, server, "/broadcast").attach()
    page = Page(transport, server, "/broadcast").attach()
    word = "last words of " + page.key[:12]
    page.up(f'a["{word}"]\nc[1000,""]')
    while hears.messages(1) != [word]:
        pass
    gone(page)
    hears.close()


@rule("the server's close is repeated to every carrier until the page's own has come", "PROTOCOL 6.10")
def server_closes(server, transport):
    page = Page(transport, server, "/close")
    for _ in range(3):
        page.carrier = page.carry()
        equal(page.frame_of_kind("c"), 'c[3000,"Go away!"]', "close frame")
        page.carrier.reset()
        page.carrier = None
    if not transport.http:
        page.carrier = page.carry()
        equal(page.frame_of_kind("c"), 'c[3000,"Go away!"]', "close frame")
    page.up('c[3000,"Go away!"]')
    gone(page)


@rule("the response that brought the close ends with it", "PROTOCOL 2.1, 6.10")
def close_ends(server, transport):
    page = Page(transport, server, "/close")
    page.carrier = page.carry()
    equal(page.frame_of_kind("c"), 'c[3000,"Go away!"]', "close frame")
    if not transport.http:                    # the page answers, then the socket closes
        page.carrier.socket.text('c[3000,""]')
    page.carrier.ended()


@rule("a WebSocket that is closed behind the server's close is an answer to it", "PROTOCOL 6.10")
def closed_behind(server, transport):
    sockets_only(transport)
    if transport.name == "websocket hixie-75":
        raise Skip("it has no closing frame: an end is as good as a loss")
    page = Page(transport, server, "/close")
    page.carrier = page.carry()
    equal(page.frame_of_kind("c"), 'c[3000,"Go away!"]', "close frame")
    page.carrier.socket.send_frame(CLOSE, close_payload(1000))
    page.carrier.socket.closed(1000)
    gone(page)


@rule("a WebSocket's own close ends a carrier, not the session", "PROTOCOL 6.7", each={
    "1000": 1000, "1001": 1001, "none": None, "4000": 4000})
def socket_closed(server, transport, code):
    sockets_only(transport)
    page = Page(transport, server).attach()
    page.send("x")
    page.carrier.socket.send_frame(CLOSE, close_payload(code))
    got = []
    while (frame := page.carrier.socket.next())[0] != CLOSE:
        got.append(frame)
    page.carrier.close()
    page.carrier = None
    equal(page.messages(1), ["x"], "what the next carrier is offered")
    page.close()


@rule("a carrier of a session that is closing is refused as any other for what it states", "PROTOCOL 6.9, 6.10")
def closing_refusals(server, transport):
    page = Page(transport, server, "/close")
    page.carrier = page.carry()
    page.frame_of_kind("c")
    page.close()
    equal(page.refused(1)[0], 409, "status of a number that is not higher")
    equal(page.refused(received=1)[0], 400, "status of an A beyond what was sent")


@rule("two polls of one page: the older is answered without frames, the younger waits", "PROTOCOL 6.6.2")
def two_polls(server, transport):
    if not transport.http or transport.streams or not transport.holds:
        raise Skip("no poll that waits")
    page = Page(transport, server).attach()
    carriers = [page.carry() for _ in range(4)]
    for older in carriers[:-1]:
        one_of(older.next(), [None], "frames of an older poll")
    true(carriers[-1].silent(0.1), "the youngest poll was answered while there was nothing to tell")
    page.carrier = carriers[-1]
    page.send("x")
    equal(page.messages(1), ["x"], "over the youngest")
    true(isinstance(page.carrier, HttpCarrier) or page.carrier is None, "a poll")
