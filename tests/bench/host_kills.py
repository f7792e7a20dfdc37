"""A host whose shim is killed again and again, on a real engine: at every write of the journal, before it and after it,
then at random moments. Each time the next one has to come to the very state that was meant, and the one after that has
nothing to do.

python tests/bench/host_kills.py [RANDOM KILLS]
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from time import perf_counter, sleep

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in (".", "grammar", "scheduler", "runtime")]

from placelang.planning import plan_file
from placelang_runtime.apply import Result, Scene, Threads, carry_out
from placelang_runtime.canonical import part_digest, to_json
from placelang_runtime.containers import replicas_on
from placelang_runtime.drivers.docker import DockerDriver
from placelang_runtime.journal import Journal, open_journal
from placelang_runtime.part import SitePart
from tests.engines import Engine, missing, running_engine

KILLS = 300
HOST = "gbg-1"
INVENTORY = f"""
format: placelang/inventory/1
sites:
  - name: gbg
    hosts:
      - {{name: {HOST}, cpu: {{cores: 4}}, memory: 8GiB, disk: 99GiB, up: true}}
"""
SHOP = """
param version: string = "1"

app shop {
  service till {
    image    "box:${version}"
    replicas 1 per site
    needs    memory 64MiB
    port     8080
    volume   "/data" keep
    health   exec "true" every 1s
  }
  service web {
    image    "box:${version}"
    replicas 1 per site
    needs    memory 64MiB
    health   exec "true" every 1s
    after    till
  }
}
"""
SCRIPT = """CMD ["/bin/sh", "-c", "trap 'exit 0' TERM; tail -f /dev/null & wait"]"""


class MortalJournal(Journal):
    """A journal whose process is killed at one of its writes."""

    left = -1
    before = False

    def settle(self) -> None:
        self.left -= bool(self._open)
        if self.left == 0 and self.before:
            os.kill(os.getpid(), signal.SIGKILL)
        super().settle()
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Shim:
    """One host, and the two parts that lead from one version to the other and back."""

    engine: Engine
    folder: Path
    parts: tuple[SitePart, SitePart]

    def apply(self, part: SitePart, *, left: int = -1, before: bool = False) -> Result:
        journal, aside = open_journal(self.folder, count(1).__next__, kind=MortalJournal)
        assert aside is None, "the journal was damaged"
        assert isinstance(journal, MortalJournal)
        journal.left, journal.before = left, before
        accepted = journal.accept(part.site, part_digest(part), part.model_dump_json().encode())
        drivers = {HOST: DockerDriver(HOST, self.engine.address)}
        with Threads() as hands:
            result = carry_out(Scene(part, accepted, drivers, journal, hands, self.folder), "apply")
        journal.close()
        return result

    def begin(self, part: SitePart, *, left: int = -1, before: bool = False) -> int:
        """A process of its own that applies the part."""
        child = os.fork()
        if child == 0:
            try:
                self.apply(part, left=left, before=before)
            finally:
                os._exit(0)
        return child

    def hold(self, part: SitePart) -> None:
        """Finish what was cut off, and hold the host to what the part says."""
        result = self.apply(part)
        assert result.outcome == "done", result
        driver = DockerDriver(HOST, self.engine.address)
        running = sorted(copy.labels.spec for copy in driver.copies() if copy.state == "running")
        wanted = sorted(digest for spec in replicas_on(part, HOST) for digest in spec.digests)
        assert running == wanted == sorted(copy.labels.spec for copy in driver.copies())
        assert self.apply(part).deeds == 0, "the second time, something was done"
        with sqlite3.connect(self.folder / "journal.db") as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        database.close()


def parts_in(folder: Path) -> tuple[SitePart, SitePart]:
    (folder / "shop.place").write_text(SHOP, encoding="utf-8")
    (folder / "inventory.yaml").write_text(INVENTORY, encoding="utf-8")
    found: list[SitePart] = []
    before: Path | None = None
    for number, version in enumerate(("1", "2", "1")):
        plan = plan_file(
            folder / "shop.place", folder / "inventory.yaml", params={"version": version}, current=before
        )
        before = folder / f"{number}.json"
        before.write_text(to_json(plan), encoding="utf-8")
        found.append(plan.parts[0])
    return found[2], found[1]


def killed_at_writes(shim: Shim) -> Iterator[int]:
    """One number for each kill at a write."""
    turn = 0
    for before in (True, False):
        for write in count(1):
            turn += 1
            part = shim.parts[turn % 2]
            _, status = os.waitpid(shim.begin(part, left=write, before=before), 0)
            shim.hold(part)
            if not os.WIFSIGNALED(status):
                break
            yield write


def killed_at_random(shim: Shim, kills: int) -> Iterator[float]:
    """One moment for each kill at random."""
    random = Random(1)
    started = perf_counter()
    os.waitpid(shim.begin(shim.parts[0]), 0)
    os.waitpid(shim.begin(shim.parts[1]), 0)
    longest = perf_counter() - started
    for turn in range(kills):
        part = shim.parts[turn % 2]
        moment = random.uniform(0, longest / 2)
        child = shim.begin(part)
        sleep(moment)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        shim.hold(part)
        yield moment


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    lacking = missing()
    if lacking:
        sys.exit(lacking)
    started = perf_counter()
    with tempfile.TemporaryDirectory() as folder, running_engine() as engine:
        for version in ("1", "2"):
            engine.load(f"box:{version}", SCRIPT)
        shim = Shim(engine, Path(folder), parts_in(Path(folder)))
        shim.hold(shim.parts[0])
        writes = sum(1 for _ in killed_at_writes(shim))
        print(
            f"{writes} kills at writes of the journal, before and after: every host as it was meant",
            flush=True,
        )
        moments = sum(1 for _ in killed_at_random(shim, kills))
    seconds = perf_counter() - started
    print(f"{moments} kills at random moments: the same, no journal damaged ({seconds:.0f} s)")


if __name__ == "__main__":
    main()
