"""What a part changes of what ran: replica by replica.

A replica that moves is one change, of the host that it moves to: it stays where it was until that host has its turn, so
that it is never in two places, nor in none. One that ends is a change of the host that it leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from placelang_runtime.containers import ReplicaSpec

Replicas = Mapping[str, ReplicaSpec]
"""By name."""


@dataclass(frozen=True, slots=True)
class Change:
    """A replica that ran as `before`, None if it did not, and is to run as `after`, None if it is to end. A `repair`
    only makes up for a host that is gone."""

    before: ReplicaSpec | None
    after: ReplicaSpec | None
    repair: bool = False

    @property
    def spec(self) -> ReplicaSpec:
        """What tells whose it is."""
        spec = self.after or self.before
        if spec is None:
            raise TypeError("a change changes something")
        return spec

    @property
    def replica(self) -> str:
        return self.spec.name

    @property
    def host(self) -> str:
        return self.spec.host

    @property
    def app(self) -> str:
        return self.spec.own.app

    @property
    def service(self) -> str:
        return self.spec.service


def find_changes(
    before: Iterable[ReplicaSpec], after: Iterable[ReplicaSpec], present: Collection[str] = ()
) -> tuple[Change, ...]:
    """What differs, by host and replica. `present` are the hosts that are there: what ran elsewhere is lost."""
    was = {spec.name: spec for spec in before}
    shall = {spec.name: spec for spec in after}
    changes = [
        Change(was.get(name), shall.get(name), _repairs(was.get(name), shall.get(name), present))
        for name in was.keys() | shall.keys()
        if name not in was or name not in shall or was[name].mark != shall[name].mark
    ]
    return tuple(sorted(changes, key=lambda change: (change.host, change.replica)))


def _repairs(before: ReplicaSpec | None, after: ReplicaSpec | None, present: Collection[str]) -> bool:
    """Whether the same version starts in place of what was lost with its host, or nothing does."""
    if before is None or before.host in present:
        return False
    return after is None or [(c.image, c.command) for c in before.containers] == [
        (c.image, c.command) for c in after.containers
    ]
