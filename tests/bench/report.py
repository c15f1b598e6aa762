"""The results as markdown, and their place in a document."""

import os
import platform
import shutil
import statistics
import subprocess

from servers import NODE, BenchError, TITLES

MARKERS = ("<!-- {}: begin -->", "<!-- {}: end -->")

# What Encke is to cost at most, as a multiple of the floor's cost under the same load. A transport that needs two
# connections has twice the floor's price of one.
STREAMS = ["xhr_streaming", "eventsource", "htmlfile"]
POLLS = ["xhr", "jsonp"]
# The transport in which the floor over HTTP does what this one does.
HTTP_FLOOR = {**dict.fromkeys(STREAMS, "xhr_streaming"), **dict.fromkeys(POLLS, "xhr")}
AIMS = {
    "echo": {"raw": 1.2, "websocket": 1.35, **dict.fromkeys(STREAMS, 1.9), **dict.fromkeys(POLLS, 2.6)},
    "broadcast": {"raw": 1.15, "websocket": 1.15, **dict.fromkeys(STREAMS, 1.3)},
    "connect": {"http": 1.6, "raw": 1.6, "websocket": 1.6, **dict.fromkeys(STREAMS + POLLS, 3.2)},
}
IDLE_AIM = 512
IDLE_AIM_RAW = 320
TLS_AIM = 10 * 1024
GROWTH_AIM = 1.3
GROWTH = (100, 15000)
FACADE_AIM = 1.05
FACADE_AIM_BYTES = 256
HEADINGS = {
    "echo": "Echo of {size} bytes, {n} session{s}: CPU µs per message",
    "broadcast": "Broadcast to {n}: CPU µs per delivery",
    "connect": "Connect, send, close: CPU µs per session of one message",
    "idle": "Idle sessions: bytes of private memory per session, from a third of {n} to all",
    "tls": "Idle sessions over TLS: bytes of private memory per session, from a third of {n} to all",
}


def number(value, digits=2):
    return "–" if value is None else f"{value:.{digits}f}"


class Results:
    """All samples: by kind and count of sessions, transport, server, and round."""

    def __init__(self):
        self.samples = {}
        self.left_out = {}  # by case: transports, and what they need

    def add(self, case, transport, server, turn, sample):
        self.samples.setdefault((case, transport, server), {}).setdefault(turn, []).append(sample)

    def leave_out(self, case, transport, needed, most):
        """A load that the process's descriptors are not enough for; False where that was told before."""
        known = self.left_out.setdefault(case, {})
        if transport in known:
            return False
        known[transport] = (needed, most)
        return True

    def rounds(self, case, transport, server, field):
        """The value of each round: the mean of its samples."""
        found = self.samples.get((case, transport, server), {})
        return {turn: statistics.mean(each[field] for each in samples) for turn, samples in found.items()}

    def median(self, case, transport, server, field="us"):
        values = self.rounds(case, transport, server, field).values()
        return statistics.median(values) if values else None

    def ratio(self, case, transport, server):
        """The server's cost over the floor's, round by round, then the median."""
        return self.between((case, "tcp", "floor"), (case, transport, server))

    def facade_ratio(self, case, transport):
        """What the facade's protocol costs over SockJS on the same server."""
        return self.between((case, transport, "encke"), (case, transport, "facade"))

    def between(self, basis, other):
        """Of two case, transport and server: the cost of the other over that of the basis, taken inside each round."""
        before, after = self.rounds(*basis, "us"), self.rounds(*other, "us")
        both = [after[turn] / before[turn] for turn in after if turn in before]
        return statistics.median(both) if both else None

    def cases(self):
        return list(dict.fromkeys(case for case, _, _ in self.samples))

    def transports(self, case):
        return list(dict.fromkeys(each for found, each, _ in self.samples if found == case and each != "tcp"))

    def plain(self):
        return [{"kind": case[0], "sessions": case[1], "size": case[2], "transport": transport, "server": server,
                 "rounds": rounds} for (case, transport, server), rounds in self.samples.items()]


def heading(case):
    return "### " + HEADINGS[case[0]].format(n=case[1], s="" if case[1] == 1 else "s", size=case[2])


def row(cells):
    return "| " + " | ".join(cells) + " |"


def head(names):
    return [row(names), row(["---"] + ["---:"] * (len(names) - 1))]


def idle_table(results, case, servers):
    floor = results.median(case, "tcp", "floor", "bytes")
    if case[0] == "tls":
        servers = ["encke"]
    shown = [each for each in servers if each not in ("floor", "http_floor", "two")]
    compared = {"encke", "facade"} <= set(servers)
    lines = head(["transport", "aim"] + [TITLES[each] for each in shown]
                 + ([f"more for the facade (aim {FACADE_AIM_BYTES})"] if compared else []))
    for transport in results.transports(case):
        cells = [results.median(case, transport, each, "bytes") for each in shown]
        if compared:
            plain, own = (results.median(case, transport, each, "bytes") for each in ("encke", "facade"))
            cells.append(None if own is None or plain is None else own - plain)
        aim = TLS_AIM if case[0] == "tls" else IDLE_AIM_RAW if transport == "raw" else IDLE_AIM
        lines.append(row([transport, str(aim)] + [number(each, 0) for each in cells]))
    if floor is not None:
        lines += ["", f"The floor holds {number(floor, 0)} bytes per connection. The kernel's own memory is not counted."]
    return lines


def alike(results, case, transport, server, beside="floor"):
    """Whether a server's broadcast came in sends as full as the other's, so that their costs can be compared."""
    if case[0] != "broadcast":
        return True
    other = results.median(case, "tcp" if beside == "floor" else transport, beside, "joined")
    own = results.median(case, transport, server, "joined")
    return other is None or own is None or 0.75 < own / other < 1.33


def cpu_table(results, case, servers):
    kind = case[0]
    floor = results.median(case, "tcp", "floor")
    others = [each for each in servers if each not in ("floor", "http_floor", "encke")
              and any(results.median(case, transport, each) is not None for transport in results.transports(case))]
    with_floor = floor is not None
    with_encke = "encke" in servers
    names = ["transport"] + (["Encke"] if with_encke else [])
    names += ["Encke ÷ floor", "aim"] if with_floor and with_encke else []
    with_http_floor = any(results.median(case, each, "http_floor") is not None for each in results.transports(case))
    names += ["floor over HTTP", "it ÷ floor"] if with_http_floor else []
    names += ["Encke ÷ floor over HTTP"] if with_http_floor and with_encke else []
    names += [TITLES[each] for each in others]
    compared = with_encke and "facade" in servers
    names += [f"facade ÷ SockJS (aim {FACADE_AIM})"] if compared else []
    joining = [each for each in servers if each != "http_floor"]
    names += ["messages per read: " + ", ".join(TITLES[each] for each in joining)] if kind == "broadcast" else []
    lines = head(names)
    for transport in results.transports(case):
        cells = [transport]
        if with_encke:
            cells.append(number(results.median(case, transport, "encke")))
            if with_floor:
                mark = "" if alike(results, case, transport, "encke") else " ~"
                cells.append(number(results.ratio(case, transport, "encke")) + mark)
                cells.append(number(AIMS[kind].get(transport)))
        if with_http_floor:
            alike_transport = HTTP_FLOOR.get(transport)
            basis = (case, alike_transport, "http_floor")
            cells += [number(results.median(*basis)), number(results.between((case, "tcp", "floor"), basis))]
            cells += [number(results.between(basis, (case, transport, "encke")))] if with_encke else []
        cells += [number(results.median(case, transport, each)) for each in others]
        if compared:
            mark = "" if alike(results, case, transport, "facade", "encke") else " ~"
            cells.append(number(results.facade_ratio(case, transport)) + mark)
        if kind == "broadcast":
            joined = [results.median(case, "tcp" if each == "floor" else transport, each, "joined") for each in joining]
            cells.append(", ".join(number(each, 1) for each in joined))
        lines.append(row(cells))
    if with_floor:
        lines += ["", f"Floor: {number(floor)} µs."]
    return lines


def growth_table(results):
    """How the cost of a message grows with the connections that are there."""
    few, many = (("echo", count, 32) for count in GROWTH)
    lines = []
    for transport, server in (("tcp", "floor"), ("websocket", "encke"), ("raw", "encke")):
        ratio = results.between((few, transport, server), (many, transport, server))
        if ratio is not None:
            lines.append(row([transport if server == "encke" else "floor",
                              *(number(results.median(each, transport, server)) for each in (few, many)), number(ratio),
                              number(GROWTH_AIM) if server == "encke" else "–"]))
    if not lines:
        return []
    return ["", f"### Echo of 32 bytes, {GROWTH[1]} sessions over {GROWTH[0]}: CPU µs per message", "",
            *head(["transport", *(f"{count} sessions" for count in GROWTH), "growth", "aim"]), *lines]


def left_out_note(results, case):
    found = results.left_out.get(case, {})
    if not found:
        return []
    needed, most = max(found.values())
    return ["", f"Left out: {', '.join(found)}, which take two connections a session: {needed} descriptors, and a process "
            f"may have {most} here."]


def workers_table(results):
    """What a second worker on the same core costs."""
    lines = []
    for case in results.cases():
        for transport in results.transports(case) if case[0] not in ("idle", "tls") else []:
            ratio = results.between((case, transport, "encke"), (case, transport, "two"))
            if ratio is not None:
                lines.append(row([f"{case[0]}, {case[1]} sessions", transport, number(ratio)]))
    return ["", "### Two workers over one, on the same core: CPU per message", "",
            *head(["load", "transport", "two ÷ one"]), *lines] if lines else []


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def congestion_control():
    with open("/proc/sys/net/ipv4/tcp_congestion_control", encoding="ascii") as file:
        return file.read().strip()


def versions(servers, encke):
    found = []
    if {"encke", "facade", "two"} & set(servers):
        result = subprocess.run([encke, "--version"], capture_output=True, text=True)
        found.append(result.stdout.strip().splitlines()[0] if result.stdout.strip() else "Encke")
    if shutil.which("node") and set(NODE) & set(servers):
        node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
        found.append("node " + node)
    return found


def markdown(results, servers, encke, commands, rounds):
    lines = [f"Machine: {os.cpu_count()} cores, {processor()}, Linux {platform.release()}, "
             f"TCP {congestion_control()}. "
             f"{rounds} round{'' if rounds == 1 else 's'}, medians"
             + "".join(", " + each for each in versions(servers, encke)) + ".", "", "```", *commands, "```"]
    for case in results.cases():
        table = idle_table if case[0] in ("idle", "tls") else cpu_table
        lines += ["", heading(case), "", *table(results, case, servers), *left_out_note(results, case)]
    lines += growth_table(results) + workers_table(results)
    return "\n".join(lines) + "\n"


def put_between_markers(path, text, name):
    begin_mark, end_mark = (each.format(name) for each in MARKERS)
    with open(path, encoding="utf-8") as file:
        document = file.read()
    begin, end = document.find(begin_mark), document.find(end_mark)
    if begin < 0 or end < begin:
        raise BenchError(f"{path} lacks the lines {begin_mark} and {end_mark}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(document[: begin + len(begin_mark)] + "\n\n" + text + "\n" + document[end:])
