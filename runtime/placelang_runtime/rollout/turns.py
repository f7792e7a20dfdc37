"""In which order changes are taken.

Every order that the plan's steps allow is safe, so a change comes after those that its steps wait for. Within that, one
host is done with before the next one, by name. What waits for each other in a circle can only change together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from placelang_runtime.rollout.changes import Change
from placelang_runtime.steps import Steps


@dataclass(frozen=True, slots=True)
class Turn:
    """What can only change together, mostly a single replica; `after` are replicas that have to have begun before."""

    changes: tuple[Change, ...]
    after: frozenset[str] = frozenset()

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(change.host for change in self.changes)


def find_turns(changes: Sequence[Change], steps: Steps | None) -> tuple[Turn, ...]:
    """All changes, each after what it has to come after; of hosts that might be next, the first by name, and of that
    as much as may be."""
    by_name = {change.replica: change for change in changes}
    return tuple(_in_order(_knots(by_name, _waits(by_name, steps))))


def _waits(changes: Mapping[str, Change], steps: Steps | None) -> dict[str, set[str]]:
    """For each replica that changes, those of which some step comes before one of its own."""
    waits: dict[str, set[str]] = {name: set() for name in changes}
    if steps is None:
        return waits
    before: list[set[str]] = [set() for _ in steps.nodes]
    follows: list[list[int]] = [[] for _ in steps.nodes]
    for first, then in steps.edges:
        follows[first].append(then)
    for number, step in enumerate(steps.nodes):
        known = before[number]
        if step.of in waits and step.kind in {"start", "switch", "stop"}:
            waits[step.of] |= known - {step.of}
            known = {step.of}
        for then in follows[number]:
            before[then] |= known
    return waits


def _knots(changes: Mapping[str, Change], waits: Mapping[str, set[str]]) -> tuple[Turn, ...]:
    """What waits for each other in a circle, and each of the others: the strongly connected components, by Tarjan's
    algorithm without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[Turn] = []
    for root in sorted(waits):
        if root in index:
            continue
        path = [(root, iter(sorted(waits[root])))]
        while path:
            name, rest = path[-1]
            if name not in index:
                index[name] = low[name] = len(index)
                stack.append(name)
                on_stack.add(name)
            for other in rest:
                if other not in index:
                    path.append((other, iter(sorted(waits[other]))))
                    break
                if other in on_stack:
                    low[name] = min(low[name], index[other])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[name])
                if low[name] == index[name]:
                    at = stack.index(name)
                    members = stack[at:]
                    del stack[at:]
                    on_stack.difference_update(members)
                    after = frozenset[str]().union(*(waits[one] for one in members)) - set(members)
                    found.append(Turn(tuple(changes[one] for one in sorted(members)), after))
    return tuple(found)


def _in_order(turns: Sequence[Turn]) -> Iterator[Turn]:
    left = list(turns)
    taken: set[str] = set()
    current: frozenset[str] = frozenset()
    while left:
        ready = [turn for turn in left if turn.after <= taken]
        best = min(
            ready, key=lambda turn: (turn.hosts != current, sorted(turn.hosts), turn.changes[0].replica)
        )
        current = best.hosts
        taken.update(change.replica for change in best.changes)
        left.remove(best)
        yield best
