"""Whole processes on the retail example, beside an interpreter that does nothing."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[2]
RETAIL = ROOT / "examples" / "retail"
RUNS = 10
FILE, INVENTORY = str(RETAIL / "retail.place"), str(RETAIL / "inventory.yaml")
COMMANDS = {
    "python -c pass": ("-c", "pass"),
    "placelang --help": ("-m", "placelang", "--help"),
    "placelang check": ("-m", "placelang", "check", FILE),
    "placelang check --inventory": ("-m", "placelang", "check", FILE, "--inventory", INVENTORY),
    "placelang plan": ("-m", "placelang", "plan", FILE, "--inventory", INVENTORY),
}
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("PLACELANG_", "PYTHONDONTWRITE"))}
"""Byte code is kept, as it is where a package was installed: compiling all of it anew takes as long as a check."""


def seconds(arguments: tuple[str, ...]) -> tuple[float, float]:
    """How long one process takes from its start to its end, and how long a processor was busy with it."""
    start = perf_counter()
    silent = subprocess.DEVNULL
    command = [sys.executable, *arguments]
    started = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdin=silent, stdout=silent, stderr=silent)
    _, started.returncode, usage = os.wait4(started.pid, 0)
    return perf_counter() - start, usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print the figures of each command, taken in turn so that a busy moment meets all of them."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for arguments in COMMANDS.values():
        seconds(arguments)
    for _ in range(RUNS):
        for name, arguments in COMMANDS.items():
            taken[name].append(seconds(arguments))
    print(f"retail, whole process, seconds of {RUNS} runs: median, least; least of a processor's")
    for name, times in taken.items():
        wall, busy = zip(*times, strict=True)
        print(f"  {name:28} {statistics.median(wall):6.3f} {min(wall):6.3f} {min(busy):6.3f}")


if __name__ == "__main__":
    main()
