"""Runs one libFuzzer target for a bounded time (ENCKE_FUZZ_SECONDS, 5) on a scratch copy of its corpus.

What it finds goes beside the target, as <target>.crash-<digest>; the corpus in the tree is only read.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile


def main() -> int:
    target, corpus = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    seconds = int(os.environ.get("ENCKE_FUZZ_SECONDS", "5"))
    if not corpus.is_dir() or not any(corpus.iterdir()):
        print(f"{corpus} holds no inputs: a target starts from at least one well-formed example")
        return 1
    with tempfile.TemporaryDirectory(prefix="encke-fuzz-") as scratch:
        command = [
            str(target),
            f"-max_total_time={seconds}",
            "-timeout=10",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
            "-verbosity=0",
            f"-artifact_prefix={target}.",
            scratch,
            str(corpus),
        ]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    runs = re.search(r"number_of_executed_units:\s*(\d+)", done.stdout)
    if done.returncode != 0 or runs is None:
        print(done.stdout)
        print(f"{target.name}: libFuzzer exited with {done.returncode}; reproduce with: {target} INPUT_FILE")
        return 1
    print(f"{target.name}: {runs.group(1)} inputs in {seconds} s, none of them broke it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
