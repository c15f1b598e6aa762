"""For every transport: frames in their envelope, echo of all sorts of text, order, batches, escaping."""

import json
import re

from support.rules import Skip, equal, one_of, true
from support.transports import session_root
from support.websocket import TEXT
from support.rules import rule as _rule

ESCAPED = [*range(0x200C, 0x2010), *range(0x2028, 0x2030), *range(0x2060, 0x2070), *range(0xFFF0, 0x10000)]

TEXTS = {
    "empty": "", "one letter": "x", "blanks": "  a  ", "quotes and backslashes": "\"'\\ \\\" \\u0041 \\n \\\\",
    "markup": "</script><script>alert(1)</script><!-- ]]> &amp;", "percent signs": "100% %25 %0A %zz %",
    "plus, ampersand, equals": "a+b&c=d;e=f+", "line ends": "\n\r\r\n\n", "NUL": "a\0b\0",
    "tab and bell": "\t\a\b\f\v",
    "Latin and Greek": "naïve Ωmega", "CJK": "日本語テキスト", "right to left": "שלום עולם",
    "combining": "e\u0301 n\u0303\u0323", "astral": "\U0001f600\U00010000\U0010ffff",
    "joined emoji": "👩‍👩‍👧‍👦", "line separators": "\u2028\u2029", "byte order mark": "\ufeffx\ufeff",
    "noncharacters": "\ufffe\uffff\ufdd0", "delete and C1": "\x7f\x80\x9f", "soft hyphen": "\xad\u0600\u17b4",
    "looks like a frame": "a[\"x\"]", "looks like a close": "c[3000,\"Go away!\"]",
    "looks like JSON": "[1,{\"a\":null}]",
    "4096 characters": "x" * 4096, "60000 mixed": "aé日\U0001f600%\n\"" * 8571,
}


def rule(title, cite, **more):
    return _rule(title, cite, transports=True, **more)


@rule("the first frame of a new session is `o`, alone", "sockjs 5, 10 S")
def open_frame(server, transport):
    session = transport.session(server).open()
    session.send("x")
    equal(session.frame(), 'a["x"]', "the frame after `o`")
    session.close()


@rule("prelude, `o` and each frame are one HTTP chunk each", "sockjs 5, 11 S")
def chunks(server, transport):
    if not transport.http:
        session = transport.session(server)
        kind, data = session.socket.next()
        equal((kind, data), (TEXT, b"o"), "open frame")
        session.send("one")
        equal(session.socket.next(), (TEXT, b'a["one"]'), "message frame as one text message")
        return session.close()
    root = session_root()
    receiver = transport.receive(server, root)
    equal(receiver.reply.mode if transport.streams else "chunked", "chunked", "framing of a stream in HTTP/1.1")
    equal(receiver.frame(), "o", "open frame in its own chunk")
    for text in ("one", "two"):
        if not transport.streams:
            receiver.end()
            receiver = None
        transport.accepted(transport.post(server, root, json.dumps([text]).encode()))
        receiver = receiver or transport.receive(server, root)
        equal(receiver.frame(), f'a["{text}"]', "message frame in its own chunk")
    receiver.close()


@rule("echo", "sockjs 5, 6, 7 S", each=TEXTS)
def echo(server, transport, text):
    session = transport.session(server, "/wide").open()
    session.send(text)
    equal(session.messages(1), [text], "echo")
    session.send("after", text, "end")
    equal(session.messages(3), ["after", text, "end"], "echo in a batch")
    session.close()


@rule("100 messages sent one by one arrive in order", "sockjs 10 S")
def order(server, transport):
    session = transport.session(server).open()
    texts = [f"message {i}" for i in range(100)]
    for text in texts:
        session.send(text)
    equal(session.messages(100), texts, "messages")
    session.close()


@rule("1000 messages in one array arrive in order", "sockjs 6 S")
def batch(server, transport):
    session = transport.session(server, "/wide").open()
    texts = [f"{i}" for i in range(1000)]
    session.send(*texts)
    equal(session.messages(1000), texts, "messages")
    session.close()


@rule("8 messages that wait for a poll come in one `a` frame", "sockjs 5 S")
def one_frame(server, transport):
    if transport.streams:
        raise Skip("messages do not wait for a poll")
    session = transport.session(server).open()
    for text in "abcdefgh":
        session.send(text)
    equal(session.frame(), 'a["a","b","c","d","e","f","g","h"]', "frame")


@rule("messages sent while no stream is open wait for the next receiver", "sockjs 5, 10 S")
def wait_for_receiver(server, transport):
    if not transport.http or not transport.streams:
        raise Skip("no gap between two streams")
    session = transport.session(server).open()
    session.send("x" * 4096)
    equal(session.receiver.frame(), 'a["' + "x" * 4096 + '"]', "a frame over the response limit")
    session.receiver.end()
    session.receiver.close()
    session.receiver = None
    for text in "abcdefgh":
        session.send(text)
    equal(session.messages(8), list("abcdefgh"), "messages of the gap")
    session.close()


@rule("an empty array is accepted and answered by nothing", "sockjs 0, 6 S")
def empty_array(server, transport):
    session = transport.session(server).open()
    session.send()
    session.send("x")
    equal(session.frame(), 'a["x"]', "the next frame")
    session.close()


@rule("blanks and every escape form in the JSON array are read", "sockjs 6, 7 S")
def json_forms(server, transport):
    session = transport.session(server).open()
    session.send_raw(b' [ "a" ,\r\n\t"\\u0062\\/\\"\\\\\\b\\f\\n\\r\\t\\u00E9\\u00e9\\uD83D\\uDE00" ] ')
    equal(session.messages(2), ["a", "b/\"\\\b\f\n\r\téé\U0001f600"], "messages")
    session.close()


@rule("array members that are not strings come back as their text", "sockjs 6 N")
def not_strings(server, transport):
    session = transport.session(server).open()
    session.send_raw(b'[1,null,true,"s"]')
    equal(session.messages(4), ["1", "null", "true", "s"], "messages")
    session.close()


@rule("exactly the 44 code points that need it, and C0, are written as lower-case escapes", "sockjs 7 S")
def escaping(server, transport):
    session = transport.session(server, "/wide").open()
    for code in [*range(0x20), *ESCAPED]:
        session.send("<" + chr(code) + ">")
    session.messages(0x20 + len(ESCAPED))
    text = "".join(session.spoken)
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"}
    for code in [*range(0x20), *ESCAPED]:
        one_of(True, [f"<\\u{code:04x}>" in text, f"<{short.get(code)}>" in text],
               f"U+{code:04X} escaped on the wire")
    session.close()


@rule("every BMP code point survives, verbatim and sent as an escape", "sockjs 7 S",
      each={f"U+{n:04X}-{n + 0x1FFF:04X}": n for n in range(0, 0x10000, 0x2000)})
def all_code_points(server, transport, first):
    codes = [c for c in range(first, first + 0x2000) if not 0xD800 <= c < 0xE000]
    text = "".join(map(chr, codes))
    session = transport.session(server, "/wide").open()
    session.send(text)
    equal(session.messages(1), [text], "sent verbatim")
    session.send_raw(('["' + "".join(f"\\u{c:04x}" for c in codes) + '"]').encode())
    equal(session.messages(1), [text], "sent as escapes")
    for spoken in session.spoken:
        bad = {c for c in ESCAPED if chr(c) in spoken}
        true(not bad, f"code points written raw: {sorted(bad)[:5]}")
    session.close()


@rule("astral characters are written as two lower-case escapes", "sockjs 7 N")
def astral(server, transport):
    session = transport.session(server).open()
    session.send("\U0001f600")
    equal(session.frame(), 'a["\\ud83d\\ude00"]', "frame")
    session.send_raw(b'["\\uD83D\\uDE00"]')
    equal(session.frame(), 'a["\\ud83d\\ude00"]', "frame for an escaped pair")
    session.close()


@rule("a lone surrogate never makes a frame of invalid UTF-8, and others are unharmed", "sockjs 7 N",
      each={"high": "\\ud800", "low": "\\udc00", "swapped": "\\udc00\\ud800", "high at the end": "x\\udbff"})
def lone_surrogates(server, transport, escape):
    session = transport.session(server).open()
    payload = f'["{escape}"]'.encode()
    if transport.http:
        reply, _ = transport.post(server, session.root, payload)
        one_of(reply.status, [transport.send_status, 500], "status")
        if reply.status == transport.send_status:
            session.messages(1)
        session.send("after")
        equal(session.messages(1), ["after"], "the next message")
    else:
        session.socket.text(payload)
        kind, data = session.socket.next()
        true(kind == 8 or data.decode("utf-8").startswith("a["), f"neither message nor close: {data!r}")
    session.close()
    server.alive()


@rule("a message of 1 MiB passes", "sockjs 6 S")
def one_mebibyte(server, transport):
    session = transport.session(server, "/wide").open()
    text = "0123456789abcdef" * 65536
    session.send(text)
    got = session.messages(1)[0]
    true(got == text, f"echo of {len(got)} characters differs")
    session.send("after")
    equal(session.messages(1), ["after"], "the next message")
    session.close()


@rule("a receiver's frames decode by the clients' own rules", "sockjs 5 C, 7 N")
def decoding(server, transport):
    """The envelope's decoder is strict: percent signs in events, end tags in scripts, line ends in calls."""
    session = transport.session(server).open()
    nasty = "%\0%00%25\r\n</script></SCRIPT><!--\u2028\u2029'\");"
    session.send(nasty)
    equal(session.messages(1), [nasty], "message")
    if transport.http:
        true(not re.search(r"[\u2028\u2029]", session.spoken[0]), "a line separator written raw")
    session.close()


@rule("amplify answers 2^n letters for 0 < n < 19, else 2", "sockjs 13",
      each={"1": ("1", 2), "18": ("18", 1 << 18), "0": ("0", 2), "19": ("19", 2), "a word": ("abc", 2),
            "-1": ("-1", 2)})
def amplify(server, transport, case):
    sent, size = case
    session = transport.session(server, "/amplify").open()
    session.send(sent)
    equal(session.messages(1), ["x" * size], "answer")
    session.close()
