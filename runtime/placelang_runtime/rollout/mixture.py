"""What shall run while a rollout is under way: some of it as before, some of it as the part has it.

Enters: what ran, what shall run, and which changes have begun. Leaves: what runs now, host by host, and what is left
alone wherever it runs, since nobody knows how it ran before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from placelang_runtime.containers import ReplicaSpec
from placelang_runtime.rollout.changes import Change


@dataclass(frozen=True, slots=True)
class Mixture:
    """Replicas by host and name; `left` are hosts and replicas that nothing is to be done about yet."""

    wanted: Mapping[str, Mapping[str, ReplicaSpec]]
    left: frozenset[tuple[str, str]]


def mix(
    wanted: Mapping[str, Mapping[str, ReplicaSpec]], changes: Iterable[Change], begun: Collection[str]
) -> Mixture:
    """What runs on hosts on which `wanted` shall run in the end, where of the changes only some have begun."""
    mixed = {host: dict(replicas) for host, replicas in wanted.items()}
    left = set[tuple[str, str]]()
    for change in changes:
        if change.replica in begun:
            continue
        if change.after is not None and change.host in mixed:
            mixed[change.host].pop(change.replica, None)
            if change.before is None:
                left.add((change.host, change.replica))
        if change.before is not None and change.before.host in mixed:
            mixed[change.before.host][change.replica] = change.before
    return Mixture(mixed, frozenset(left))
