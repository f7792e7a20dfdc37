"""How long it takes from a device to a plan: a camera is pulled out of a host.

python tests/bench/plugged.py [ROUNDS]

The devices are umockdev's; the host's agent, which reports over HTTP to a store, and `placelang plan --watch`, which
reads that store, are processes as they are in use. Prints seconds from the event until the store knows, and until there
is a plan that moves what needs the camera.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Final

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in (".", "grammar", "scheduler", "runtime")]

from tests.agent.plugged import watched
from tests.agent.test_doors import free_port

ROUNDS: Final = 5


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    facts, plans = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name, watched(Path(name), free_port()) as fleet:
            begun = monotonic()
            fleet.act("pull")
            facts.append(fleet.until_known(there=False))
            fleet.until_moved()
            plans.append(monotonic() - begun)
    for told, seconds in (("a fact in the store", facts), ("a plan without it", plans)):
        print(f"{told}: median {median(seconds):.2f} s, longest {max(seconds):.2f} s, of {len(seconds)}")


if __name__ == "__main__":
    main()
