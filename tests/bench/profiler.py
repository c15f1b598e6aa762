"""Where a server's time goes: perf samples its measured phases, one text file for each."""

import contextlib
import os
import shutil
import signal
import subprocess
import time

from servers import BenchError

SAMPLES_PER_SECOND = 4000
SHOWN_PERCENT = 0.5


class Profiler:
    """Writes profiles of one server into a folder. What is measured meanwhile is dearer by the sampling."""

    def __init__(self, folder, server_name):
        if not shutil.which("perf"):
            raise BenchError("--profile needs perf (Debian: linux-perf)")
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.server_name = server_name

    @contextlib.contextmanager
    def around(self, server, title):
        if server.name != self.server_name:
            yield
            return
        data = os.path.join(self.folder, title + ".data")
        recorder = subprocess.Popen(["perf", "record", "-q", "-F", str(SAMPLES_PER_SECOND), "-g", "-o", data, "-p",
                                     str(server.process.pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)  # perf says nowhere that it has begun
        try:
            yield
        finally:
            recorder.send_signal(signal.SIGINT)
            recorder.wait(60)
        with open(os.path.join(self.folder, title + ".txt"), "w", encoding="utf-8") as file:
            for sort in ("dso", "dso,symbol"):
                file.write(self.report(data, sort) + "\n")
        os.remove(data)

    @staticmethod
    def report(data, sort):
        result = subprocess.run(["perf", "report", "--stdio", "--no-children", "-g", "none", "--percent-limit",
                                 str(SHOWN_PERCENT), "--sort", sort, "-i", data], capture_output=True, text=True)
        if result.returncode != 0:
            raise BenchError("perf report: " + result.stderr.strip()[-300:])
        return "\n".join(line.rstrip(" -") for line in result.stdout.splitlines() if line.strip() and line[0] != "#")
