"""The watching of an agent: looks, decides and acts whenever it has its turn, and keeps in the journal what has to
outlive it.

All of it happens in the deciding thread, and waits for nothing there: what engines, services and model servers are
asked is asked by threads of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from placelang_runtime.apply.target import Wanted
from placelang_runtime.containers import ReplicaSpec, replicas_on
from placelang_runtime.journal import Journal
from placelang_runtime.part import SitePart
from placelang_runtime.watch.acting import Happen, Means, RunJob, act
from placelang_runtime.watch.collect import Collector
from placelang_runtime.watch.deciding import Deciding
from placelang_runtime.watch.restarts import read_restarts
from placelang_runtime.watch.rules import metrics_of, rules_on
from placelang_runtime.watch.seeing import look_at
from placelang_runtime.watch.seen import SeenHost

LOOK_EVERY: Final = 1.0
DECIDE_EVERY: Final = 5.0
WRITE_EVERY: Final = 30.0
"""How a rule stands is written that often while it waits, and at once where it acts."""
STANDINGS: Final = "rules"
RESTARTS: Final = "restarts"
BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


def read_boot() -> str:
    """What tells this boot of the host from any other. Raises OSError."""
    return BOOT.read_text(encoding="ascii").strip()


@dataclass(slots=True)
class Watching:
    """Watches the replicas of one host for the rules of `part`, which says what holds right now, None for nothing, and
    those that serve models. `wanted` is what shall run here because of all that was decided since. `seen` is for other
    threads, too: what was known at the last look."""

    host: str
    journal: Journal
    collector: Collector
    part: Callable[[], SitePart | None]
    wanted: Callable[[], Wanted]
    happen: Happen
    run_job: RunJob
    boot: str = field(default_factory=read_boot)
    deciding: Deciding = field(default_factory=Deciding)
    seen: SeenHost | None = None
    _part: SitePart | None = None
    _planned: Wanted = field(default_factory=dict)
    _wanted: Wanted | None = None
    _looks: float = 0.0
    _decides: float = 0.0
    _writes: float = 0.0

    @property
    def serving(self) -> tuple[ReplicaSpec, ...]:
        """The replicas that serve models."""
        return tuple(one.spec for one in self.collector.measured.values() if one.spec.own.serves)

    def begin(self) -> None:
        """Go on where the last one ended."""
        self.collector.restarts = read_restarts(self.journal.kept(self._name(RESTARTS)), self.boot)
        self.deciding.read(self.journal.kept(self._name(STANDINGS)))

    def due(self, now: float) -> float | None:
        """When to look next; where there is nothing to look at, not before something else shall run."""
        if self.part() is not self._part or self.wanted() is not self._wanted:
            return now
        return self._looks if self._busy else None

    @property
    def _busy(self) -> bool:
        return bool(self.deciding.rules or self.collector.measured)

    def tick(self, now: float) -> bool:
        """Look, decide and act; whether what shall run may be another now."""
        self._follow(now)
        if not self._busy:
            self.seen = None
            return False
        self._looks = now + LOOK_EVERY
        self.collector.look(now)
        acted = False
        if now >= self._decides:
            self._decides = now + DECIDE_EVERY
            words = list(self.deciding.look(self.collector.measured, now, self.boot))
            means = Means(self.host, self.journal, self._planned, self.happen, self.run_job)
            for word in words:
                acted |= act(word, means)
            self.seen = look_at(self.host, self.collector.measured, self.deciding, now)
            self._keep(now, at_once=bool(words))
        return acted

    @property
    def alarmed(self) -> frozenset[str]:
        """The apps of which a rule says right now that something is wrong."""
        return frozenset(rule.monitor.app for rule in self.deciding.raised)

    def _follow(self, now: float) -> None:
        """Watch what holds by now."""
        part = self.part()
        if part is not self._part:
            self._part = part
            rules = rules_on(part, self.host) if part is not None else ()
            self._planned = {s.name: s for s in replicas_on(part, self.host)} if part is not None else {}
            self.deciding.watch(rules)
            read = {metric.name for rule in rules for metric in metrics_of(rule.rule.when)}
            self.collector.asks_disk = "disk" in read
            self._wanted = None
        wanted = self.wanted()
        if wanted is not self._wanted:
            self._wanted = wanted
            services = {name for rule in self.deciding.rules for name in rule.services}
            watched = (s for s in wanted.values() if s.service in services or s.own.serves)
            self.collector.watch(watched, now)

    def _keep(self, now: float, *, at_once: bool) -> None:
        """Write what has to outlive this process; who is killed before that acts once more."""
        if not at_once and now < self._writes:
            return
        self._writes = now + WRITE_EVERY
        if self.deciding.changed:
            self.journal.keep(self._name(STANDINGS), self.deciding.write())
        if self.collector.restarts.changed:
            self.journal.keep(self._name(RESTARTS), self.collector.restarts.write(now))

    def _name(self, what: str) -> str:
        """What the journal keeps it under."""
        return f"{what} of {self.host}"
