"""What a plan changes of the one that runs."""

from __future__ import annotations

from placelang.arrange.naming import Placed
from placelang.lower import Lowered
from placelang.lower.running import replicas_of
from placelang_runtime.plan import Change, Changes


def find_changes(lowered: Lowered, placed: tuple[Placed, ...]) -> Changes | None:
    """All that starts, stops or moves, by name; None where nothing is said to run."""
    if lowered.current is None:
        return None
    hosts = lowered.world.hosts.names
    before = {replica.name: replica.host for _, replica in replicas_of(lowered.current)}
    after = {p.name: hosts[p.host] for p in placed}
    changes = tuple(
        Change(replica=name, source=before.get(name), target=after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )
    return Changes(
        start=sum(c.source is None for c in changes),
        stop=sum(c.target is None for c in changes),
        move=sum(c.source is not None and c.target is not None for c in changes),
        keep=sum(before.get(name) == host for name, host in after.items()),
        list=changes,
    )
