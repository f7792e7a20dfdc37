"""What `apply` costs beyond the engine's own time, a container: on a real engine, one thing at a time, so that the time
in which the engine answers, or runs a check, can be taken off.

python tests/bench/host_overhead.py [CONTAINERS]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Collection
from concurrent.futures import Future
from itertools import count
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in (".", "grammar", "scheduler", "runtime")]

import requests

from placelang.planning import plan_file
from placelang_runtime.apply import Scene, Threads, carry_out
from placelang_runtime.canonical import part_digest
from placelang_runtime.drivers.docker import DockerDriver, running
from placelang_runtime.journal import open_journal
from tests.bench.host_kills import HOST, INVENTORY, SCRIPT
from tests.engines import missing, running_engine

CONTAINERS = 20
SHOP = """
app shop {
  service web {
    image    "box:1"
    replicas %d per site
    needs    memory 8MiB
    health   exec "true" every 1s
  }
}
"""


class Timed(Threads):
    """One hand, and how long it only rested."""

    def __init__(self) -> None:
        super().__init__(lanes=1)
        self.rested = 0.0

    def wait(self, futures: Collection[Future[object]], seconds: float | None) -> None:
        started = perf_counter()
        super().wait(futures, seconds)
        if not futures:
            self.rested += perf_counter() - started


def timed(send: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    """Requests to the engine, and how long each took."""

    def sent(*arguments: Any, **options: Any) -> Any:
        started = perf_counter()
        try:
            return send(*arguments, **options)
        finally:
            spent.append(perf_counter() - started)

    return sent


def main() -> None:
    containers = int(sys.argv[1]) if len(sys.argv) > 1 else CONTAINERS
    lacking = missing()
    if lacking:
        sys.exit(lacking)
    spent: list[float] = []
    checked: list[float] = []
    requests.Session.send = timed(requests.Session.send, spent)  # type: ignore[method-assign]
    running._drained = timed(running._drained, checked)  # noqa: SLF001 - a check is the engine's, too
    with tempfile.TemporaryDirectory() as name, running_engine() as engine, Timed() as hands:
        folder = Path(name)
        engine.load("box:1", SCRIPT)
        (folder / "shop.place").write_text(SHOP % containers, encoding="utf-8")
        (folder / "inventory.yaml").write_text(INVENTORY, encoding="utf-8")
        part = plan_file(folder / "shop.place", folder / "inventory.yaml").parts[0]
        journal, _ = open_journal(folder, count(1).__next__)
        accepted = journal.accept(part.site, part_digest(part), part.model_dump_json().encode())
        drivers = {HOST: DockerDriver(HOST, engine.address)}
        scene = Scene(part, accepted, drivers, journal, hands, folder)
        for what in ("first", "again"):
            spent.clear()
            checked.clear()
            hands.rested = 0.0
            started, worked = perf_counter(), process_time()
            assert carry_out(scene, "apply").outcome == "done"
            wall, work = perf_counter() - started, process_time() - worked
            ours = wall - sum(spent) - sum(checked) - hands.rested
            print(
                f"{what}: {containers} containers in {wall:.2f} s; {len(spent)} requests took the engine "
                f"{sum(spent):.2f} s, checks {sum(checked):.2f} s, waiting for health {hands.rested:.2f} s; ours "
                f"{1000 * ours / containers:.1f} ms a container ({1000 * work / containers:.1f} ms of a processor)"
            )


if __name__ == "__main__":
    main()
