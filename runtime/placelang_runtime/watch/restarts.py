"""Restarts of containers within the last hour, counted across restarts of whoever counts them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from placelang_runtime.drivers import Copy
from placelang_runtime.watch.windows import Window

HOUR: Final = 3600.0


@dataclass(slots=True)
class Restarts:
    """What engines said at the last look, by container, and when restarts were seen since the host's `boot`, by digest
    of the replica's own container. What had restarted before anybody looked for the first time does not count;
    `looked` is whether anybody has."""

    boot: str
    looked: bool = False
    changed: bool = False
    _counts: dict[str, int] = field(default_factory=dict)
    _windows: dict[str, Window] = field(default_factory=dict)

    def window(self, digest: str) -> Window:
        """The restarts of a replica."""
        return self._windows.setdefault(digest, Window(HOUR))

    def new(self, copies: Iterable[Copy]) -> dict[str, int]:
        """How often each container was started again since the last look; an engine counts from 0 again where a person
        started it."""
        seen = {copy.id: copy.restarts for copy in copies}
        before, began = self._counts, self.looked
        new = {}
        for id_, count in seen.items():
            last = before.get(id_, 0 if began else count)
            new[id_] = count - last if count >= last else count
        self.changed = self.changed or seen != before
        self._counts, self.looked = seen, True
        return new

    def keep(self, digests: Iterable[str]) -> None:
        """Forget all replicas but these."""
        kept = set(digests)
        self._windows = {digest: window for digest, window in self._windows.items() if digest in kept}

    def write(self, now: float) -> str:
        """All of it as text."""
        self.changed = False
        moments = {digest: [at for at, _ in w.at(now)] for digest, w in sorted(self._windows.items())}
        said = {"boot": self.boot, "counts": self._counts, "moments": {d: m for d, m in moments.items() if m}}
        return json.dumps(said, sort_keys=True)


def read_restarts(text: str | None, boot: str) -> Restarts:
    """What was written; after a reboot, only what engines said."""
    try:
        said = json.loads(text or "")
        restarts = Restarts(boot, looked=True, _counts=dict(said["counts"]))
        for digest, moments in said["moments"].items() if said["boot"] == boot else ():
            for at in moments:
                restarts.window(digest).add(float(at), 1.0)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Restarts(boot)
    return restarts
