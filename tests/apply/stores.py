"""A small store of two hosts, its plans, and engines that are only thought of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from pathlib import Path

from placelang.planning import plan_file
from placelang_runtime.apply import Bare, Event, Hands, Provider, Result, Scene, Thought, carry_out
from placelang_runtime.canonical import part_digest, to_json
from placelang_runtime.drivers.memory import MemoryDriver
from placelang_runtime.journal import Journal, open_journal
from placelang_runtime.part import SitePart

HOSTS = ("gbg-1", "gbg-2")
INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    hosts:
      - {name: gbg-1, cpu: {cores: 4}, memory: 8GiB, disk: 99GiB, up: true}
      - {name: gbg-2, cpu: {cores: 4}, memory: 8GiB, disk: 99GiB, up: true}
"""
SHOP = """
param till: string = "1"
param web: string = "1"

app shop {
  service till {
    image    "registry.example.com/till:${till}"
    replicas 1 per site
    needs    memory 1GiB
    hosts    where name == "gbg-1"
    port     8080
    health   exec "true" every 1s retries 3
  }
  service web {
    image    "registry.example.com/web:${web}"
    replicas 2 per site
    needs    memory 1GiB
    at most  1 per host
    after    till
  }
}

app logs {
  service ship {
    image    "registry.example.com/ship:1"
    replicas 1 per host
    needs    memory 64MiB
    sidecar  tail { image "registry.example.com/tail:1" }
  }
}
"""


class Store:
    """Two hosts and a journal; plans that follow one another."""

    def __init__(self, folder: Path, text: str = SHOP, inventory: str = INVENTORY) -> None:
        self.folder = folder
        (folder / "shop.place").write_text(text, encoding="utf-8")
        (folder / "inventory.yaml").write_text(inventory, encoding="utf-8")
        self.drivers = {host: MemoryDriver(host) for host in HOSTS}
        self.hands: Hands = Thought()
        self.journal: Journal = open_journal(folder, count(1).__next__)[0]
        self.events: list[Event] = []

    def plan(self, *, current: bool = True, text: str | None = None, **params: str) -> SitePart:
        """The store's part of a plan, from what the last one that was made so has running."""
        if text is not None:
            (self.folder / "shop.place").write_text(text, encoding="utf-8")
        before = self.folder / "plan.json"
        plan = plan_file(
            self.folder / "shop.place",
            self.folder / "inventory.yaml",
            params=params,
            current=before if current and before.exists() else None,
        )
        before.write_text(to_json(plan), encoding="utf-8")
        return plan.parts[0]

    def scene(
        self,
        part: SitePart,
        hosts: Iterable[str] = HOSTS,
        *,
        elsewhere: Iterable[str] = (),
        provider: Provider = Bare(),  # noqa: B008 - it has no state
    ) -> Scene:
        accepted = self.journal.accept(part.site, part_digest(part), part.model_dump_json().encode())
        return Scene(
            part=part,
            accepted=accepted,
            drivers={host: self.drivers[host] for host in hosts},
            journal=self.journal,
            hands=self.hands,
            folder=self.folder,
            provider=provider,
            elsewhere=frozenset(elsewhere),
            report=self.events.append,
        )

    def apply(self, part: SitePart, hosts: Iterable[str] = HOSTS, *, elsewhere: Iterable[str] = ()) -> Result:
        """What `apply` does with a part that was accepted."""
        last = self.journal.runs(1)
        if not last or last[0].outcome in {"done", "partial", "failed"}:
            self.journal.release()
        return carry_out(self.scene(part, hosts, elsewhere=elsewhere), "apply")

    def running(self) -> dict[str, list[str]]:
        """What runs on each host: `shop.till@gbg/1 till:1`, not running ones marked."""
        return {host: sorted(self.told(host)) for host in self.drivers}

    def told(self, host: str) -> Iterable[str]:
        specs = self.specs()
        for copy in self.drivers[host].copies():
            image = specs.get(copy.labels.spec, "?")
            state = "" if copy.state == "running" else f" {copy.state}"
            yield f"{copy.labels.replica} {image.rpartition('/')[2]}{state}"

    def specs(self) -> Mapping[str, str]:
        """The image of each container spec that was ever made."""
        from placelang_runtime.containers import ReplicaSpec

        replicas = (ReplicaSpec.model_validate_json(text) for text in set(self.journal.specs().values()))
        return {c.digest: c.image or "" for replica in replicas for c in replica.containers}

    def deeds(self) -> list[str]:
        """What the last run did, in order: `create shop.till@gbg/1`."""
        return [f"{deed.kind} {deed.of}" for deed in self.journal.deeds(self.journal.runs(1)[0].id)]


def failing(image_part: str, kind: str = "create") -> Callable[[str, str], None]:
    """An engine that fails at one thing."""
    from placelang_runtime.drivers import DriverError

    def on(action: str, of: str) -> None:
        if action == kind and image_part in of:
            raise DriverError("refused", f"the engine will not {action} {of}")

    return on
