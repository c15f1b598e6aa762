"""One measurement: the generator loads a server, and the server's CPU time or memory is read around it."""

import contextlib
import json
import os
import subprocess
import sys
import time

from servers import BenchError, child_setup

# The generator speaks no TLS.
IDLE_TLS = [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "idle_tls.py")]


class Load:
    """A running generator, which stops before and after the measured phase. `program` begins its command."""

    def __init__(self, program, core, arguments):
        self.command = [*program, "--wait", *(str(each) for each in arguments)]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, preexec_fn=child_setup(core))

    def expect(self, word):
        line = self.process.stdout.readline()
        if line.split(" ", 1)[0].strip() != word:
            _, errors = self.process.communicate()
            raise BenchError(f"{' '.join(self.command)}: {errors.strip() or 'no answer'}")
        return line

    def go_on(self):
        with contextlib.suppress(BrokenPipeError):  # it has ended: its next answer, which is missing, says why
            self.process.stdin.write("go\n")
            self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def quiet_cpu(server, seconds):
    """The server's CPU time once it rests: a twentieth of a second with under a millisecond of work."""
    deadline = time.monotonic() + seconds
    before = server.cpu_ns()
    while True:
        time.sleep(0.05)
        now = server.cpu_ns()
        if now - before < 1_000_000 or time.monotonic() > deadline:
            return now
        before = now


def settled_memory(server, seconds, step=0.5):
    """Private memory once it has stopped to move, or after `seconds`."""
    server.tidy()
    deadline = time.monotonic() + seconds
    last = server.private_bytes()
    while time.monotonic() < deadline:
        time.sleep(step)
        now = server.private_bytes()
        if abs(now - last) <= max(last // 1000, 4096):
            return now
        last = now
    return last


class Bench:
    """Measures with one generator program."""

    def __init__(self, program, core, seconds, warmup, settle, profiler=None):
        self.program = program
        self.core = core
        self.seconds = seconds
        self.warmup = warmup
        self.settle = settle
        self.profiler = profiler

    def arguments(self, load, transport, port, sessions=None):
        kind = load.kind
        sessions = load.sessions if sessions is None else sessions
        if kind == "tls":
            return ["--transport", transport, "--port", port, "--sessions", sessions]
        return ["--mode", kind, "--transport", transport, "--port", port, "--sessions", sessions, "--size", load.size,
                "--prefix", "/broadcast" if kind == "broadcast" else "/echo", "--seconds", self.seconds,
                "--warmup", self.warmup, "--timeout", 180]

    def profiled(self, server, title):
        return self.profiler.around(server, title) if self.profiler else contextlib.nullcontext()

    def cpu(self, server, load_made, transport):
        """Microseconds of server CPU per echo, per delivery of a broadcast, or per session of one message."""
        arguments = self.arguments(load_made, transport, server.port)
        title = f"{load_made.kind}-{load_made.sessions}-{load_made.size}-{transport}"
        with Load([self.program], self.core, arguments) as load:
            load.expect("ready")
            before = quiet_cpu(server, 3)
            with self.profiled(server, title):
                load.go_on()
                done = json.loads(load.expect("done").split(" ", 1)[1])
                spent = quiet_cpu(server, 0.5) - before
            load.go_on()
            if load.process.wait(60) != 0:
                raise BenchError(f"{' '.join(load.command)}: {load.process.stderr.read().strip()}")
        server.check()
        if done["deliveries"] == 0 or spent <= 0:
            raise BenchError(f"nothing was measured: {done}, {spent} ns of CPU in {server.name}")
        return {"us": spent / 1000 / done["deliveries"], "joined": done["deliveries"] / max(done["reads"], 1), **done}

    def idle(self, server, load_made, transport, sessions):
        program = IDLE_TLS if load_made.kind == "tls" else [self.program]
        return Load(program, self.core, self.arguments(load_made, transport, server.port, sessions))

    def memory(self, server, load_made, transport):
        """Bytes of private memory per idle session: the slope from a third of them to all."""
        few = load_made.sessions // 3
        with self.idle(server, load_made, transport, few) as first:
            first.expect("ready")
            before = settled_memory(server, self.settle)
            with self.idle(server, load_made, transport, load_made.sessions - few) as others:
                others.expect("ready")
                after = settled_memory(server, self.settle)
                server.check()
        return {"bytes": (after - before) / (load_made.sessions - few), "sessions": load_made.sessions}


def notices_disorder(program, core, server):
    """Whether the generator refuses a server that answers wrongly: an echo load on a broadcasting server."""
    arguments = ["--mode", "echo", "--transport", "tcp", "--port", server.port, "--sessions", 3, "--timeout", 10]
    result = subprocess.run([program] + [str(each) for each in arguments], capture_output=True, text=True,
                            preexec_fn=child_setup(core), env=dict(os.environ))
    return result.returncode == 1 and "was next" in result.stderr
