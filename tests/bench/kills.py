"""A writer of a store that is killed again and again: what it had said to be kept is there, and the database is whole.

python tests/bench/kills.py [KILLS]
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from time import perf_counter, sleep

ROOT = Path(__file__).parents[2]
ROOTS = os.pathsep.join(str(ROOT / folder) for folder in (".", "grammar", "scheduler", "runtime"))
KILLS = 200
WRITER = """
import sys
from placelang.store import Store, Trust
from placelang.store.report import Report, Said

with Store(sys.argv[1], create=True) as store:
    for number in range(int(sys.argv[2]), 10**9):
        facts = {"memory": Said(float(number), number, None), f"labels.l{number % 40}": Said("x" * 99, number, None)}
        store.report([Report("host", f"host-{number % 7}", "gbg", "probe", facts)], trust=Trust.PROBE, now=number)
        print(number, flush=True)
"""


def main() -> None:
    from placelang.store import Store

    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    random = Random(1)
    started = perf_counter()
    told = lost = damaged = 0
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/fleet.db"
        for _ in range(kills):
            writer = subprocess.Popen(
                [sys.executable, "-c", WRITER, url, str(told + 1)],
                env=os.environ | {"PYTHONPATH": ROOTS},
                stdout=subprocess.PIPE,
                text=True,
            )
            assert writer.stdout is not None
            writer.stdout.readline()
            sleep(random.uniform(0, 0.05))
            os.kill(writer.pid, signal.SIGKILL)
            said = writer.communicate()[0].split("\n")
            told = max([told, *(int(line) for line in said[:-1])])
            with Store(url) as store:
                kept = max(seen or 0 for _, seen in store.seen("host").values())
            lost += kept < told
            told = max(told, kept)
            with sqlite3.connect(f"{folder}/fleet.db") as database:
                damaged += database.execute("PRAGMA integrity_check").fetchall() != [("ok",)]
    print(
        f"{kills} kills, {told:,} writes: {lost} lost after their commit, {damaged} databases damaged", end=""
    )
    print(f" ({perf_counter() - started:.0f} s)")


if __name__ == "__main__":
    main()
