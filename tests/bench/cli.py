"""Whole processes on the retail example: medians of 10, beside an interpreter that does nothing."""

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
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("PLACELANG_")}


def seconds(arguments: tuple[str, ...]) -> float:
    """How long one process takes, from its start to its end."""
    start = perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=False)
    return perf_counter() - start


def main() -> None:
    """Print the median and the least of each command, taken in turn so that a busy moment meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for arguments in COMMANDS.values():
        seconds(arguments)
    for _ in range(RUNS):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    print(f"retail, whole process, median (least) of {RUNS}")
    for name, taken in times.items():
        print(f"  {name:28} {statistics.median(taken):6.3f} s ({min(taken):.3f})")


if __name__ == "__main__":
    main()
