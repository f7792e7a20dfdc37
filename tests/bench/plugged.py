"""How long it takes from a device to a plan: a camera is plugged into a host and pulled out of it, again and again.

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
from time import monotonic, sleep
from typing import Final

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in (".", "grammar", "scheduler", "runtime")]

from tests.agent.plugged import watched
from tests.agent.test_doors import free_port

ROUNDS: Final = 10
QUIET: Final = 5.0


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    facts, plans = [], []
    with tempfile.TemporaryDirectory() as name, watched(Path(name), free_port()) as fleet:
        for _ in range(rounds):
            for what in ("pull", "plug"):
                sleep(QUIET)
                begun = monotonic()
                fleet.act(what)
                facts.append(fleet.until_known(there=what == "plug"))
                if what == "pull":
                    fleet.until_moved()
                    plans.append(monotonic() - begun)
    for told, seconds in (("a fact in the store", facts), ("a plan without it", plans)):
        print(f"{told}: median {median(seconds):.2f} s, longest {max(seconds):.2f} s, of {len(seconds)}")


if __name__ == "__main__":
    main()
