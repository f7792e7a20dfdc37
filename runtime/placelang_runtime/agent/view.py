"""What other threads may know of the agent: set by the one that decides, read by all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from placelang_runtime.apply.carry_out import Result
from placelang_runtime.journal import Accepted
from placelang_runtime.part import SitePart


@dataclass(slots=True)
class View:
    """`beats` is when the deciding thread was last heard of, by the clock of durations; `unreachable` is why the engine
    does not answer, empty where it does; `settled` is whether everything runs as it shall, but for what is `waiting`
    for other hosts; `happened` is the number of what happened last, `told` of what others heard; `device_rules` are
    the kinds of devices that the part wants to know of, None before that was read; `upstream` is why nobody hears of
    all this."""

    beats: float = 0.0
    site: str = ""
    digest: str = ""
    sequence: int | None = None
    settled: bool = False
    waiting: bool = False
    unreachable: str = ""
    deeds: int = 0
    failures: int = 0
    happened: int = 0
    told: int = 0
    device_rules: Mapping[str, tuple[str, ...]] | None = None
    upstream: str = ""
    _lock: Lock = field(default_factory=Lock, repr=False)

    def beat(self, now: float) -> None:
        self.beats = now

    def accepted(self, accepted: Accepted, part: SitePart) -> None:
        with self._lock:
            self.site, self.digest, self.sequence = part.site, accepted.digest, accepted.sequence
            self.device_rules = part.device_rules

    def concluded(self, result: Result, *, settled: bool) -> None:
        with self._lock:
            self.unreachable, self.settled, self.waiting = "", settled, bool(result.waiting)
            self.deeds += result.deeds
            self.failures += len(result.failures)

    def rested(self, *, waiting: bool) -> None:
        """Nothing was to be done."""
        with self._lock:
            self.settled, self.waiting = True, waiting

    def as_data(self) -> dict[str, Any]:
        """What is told of it."""
        with self._lock:
            return {
                "site": self.site,
                "part": self.digest,
                "sequence": self.sequence,
                "settled": self.settled,
                "engine": self.unreachable or "answers",
                "upstream": self.upstream or None,
            }
