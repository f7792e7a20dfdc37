"""`pair`: which value serves which, where uplinks carry only so much, at the least latency.

Enters a placement and links that are booked on uplinks; leaves who is served from where, None where the uplinks do
not carry it. What shares no uplink is worked out by itself, so that a part of a problem pairs as the whole does. Where
all that is booked takes the same, the answer is exact, by cheapest paths; where it differs, which is packing, a
search of so many steps looks for it, and what it does not find counts as not there.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from placelang_scheduler.placement import EXEMPT, tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from placelang_scheduler.constraints.link import Link
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem

_STEPS = 5000


@dataclass(frozen=True, slots=True)
class Ask:
    """`count` replicas of a link at `value`, each taking `size` of the uplinks; `latency` by the values that may serve
    them. `stays`: those that are there now, and may be served over what is doubtful."""

    link: str
    value: str
    stays: bool
    count: int
    size: int
    latency: Mapping[str, int]


Served = list[tuple[Ask, dict[str, int]]]
"""Of each ask, how many are served from which value."""


def asks(problem: Problem, placement: Placement, links: Iterable[Link]) -> Iterator[Ask]:
    """What needs a partner, and can have one; a value that has a partner itself serves its own."""
    for link in links:
        partners = tally(problem, placement, link.partners, link.key)
        for value, (stays, new) in sorted(_standing(problem, placement, link).items()):
            near = {other: cost for other, cost in link.near(value).items() if other in partners}
            if value in near:
                near = {value: 0}
            maybe = {other: cost for other, cost in link.maybe_near(value).items() if other in partners}
            apart = stays if maybe and value not in near else 0
            if apart:
                yield Ask(link.id, value, True, apart, link.bandwidth, _ordered({**maybe, **near}))
            rest = stays + new - apart
            if near and rest:
                yield Ask(link.id, value, False, rest, link.bandwidth, _ordered(near))


def _standing(problem: Problem, placement: Placement, link: Link) -> dict[str, tuple[int, int]]:
    """Per value, the replicas that stand where they run, and all others."""
    found: dict[str, tuple[int, int]] = {}
    for workload in link.workloads:
        current = problem.workloads[workload].current
        for host, count in placement.on(workload).items():
            value = problem.hosts[host].domains.get(link.key)
            if value is not None and value != EXEMPT and count:
                stays, new = found.get(value, (0, 0))
                kept = min(count, current.get(host, 0))
                found[value] = (stays + kept, new + count - kept)
    return found


def _ordered(latency: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(latency.items(), key=lambda item: (item[1], item[0])))


def pair(found: Iterable[Ask], capacity: Mapping[str, int]) -> Served | None:
    """Who serves what is asked, within the capacity of the uplinks; one that is not listed carries anything."""
    served: Served = []
    waiting: list[Ask] = []
    left = dict(capacity)
    for ask in found:
        if ask.value in ask.latency or not ask.size:
            served.append((ask, {next(iter(ask.latency)): ask.count}))
        else:
            waiting.append(ask)
            if ask.value in left:
                left[ask.value] -= ask.size * ask.count
    if any(amount < 0 for amount in left.values()):
        return None
    for together in _apart(waiting, left):
        if _too_much(together, left):
            return None
        given = _nearest(together, left) or _cheapest(together, left) or _packed(together, left)
        if given is None:
            return None
        served += zip(together, given, strict=True)
    return served


def _apart(waiting: Sequence[Ask], left: Mapping[str, int]) -> Iterator[list[Ask]]:
    """The asks that share an uplink, directly or not, in order."""
    groups: list[tuple[set[str], list[int]]] = []
    for number, ask in enumerate(waiting):
        values = {value for value in ask.latency if value in left}
        members = [number]
        apart = []
        for others, numbers in groups:
            if values.isdisjoint(others):
                apart.append((others, numbers))
            else:
                values |= others
                members += numbers
        groups = [*apart, (values, members)]
    for _, members in groups:
        yield sorted(
            (waiting[number] for number in members), key=lambda ask: (ask.link, ask.value, ask.stays)
        )


def _too_much(together: Sequence[Ask], left: Mapping[str, int]) -> bool:
    """Whether all that is asked is more than all uplinks that could serve it have left."""
    values = {value for ask in together for value in ask.latency}
    if not values <= left.keys():
        return False
    return sum(ask.size * ask.count for ask in together) > sum(left[value] for value in values)


Given = list[dict[str, int]]


def _nearest(together: Sequence[Ask], left: Mapping[str, int]) -> Given | None:
    """Each served from the nearest, where the uplinks carry that."""
    rest = dict(left)
    given = [{next(iter(ask.latency)): ask.count} for ask in together]
    for ask, chosen in zip(together, given, strict=True):
        for value in chosen:
            if value in rest:
                rest[value] -= ask.size * ask.count
                if rest[value] < 0:
                    return None
    return given


def _cheapest(together: Sequence[Ask], left: Mapping[str, int]) -> Given | None:
    """Along cheapest paths, one ask after the other, where all take the same."""
    size = together[0].size
    if any(ask.size != size for ask in together):
        return None
    given: Given = [{} for _ in together]
    free = {value: amount // size for value, amount in left.items()}
    for number, ask in enumerate(together):
        near = next(iter(ask.latency))
        at_once = min(ask.count, free.get(near, ask.count))
        waiting = ask.count - (_send([(number, near)], at_once, given, free) if at_once else 0)
        while waiting:
            path = _path(number, together, given, free)
            if path is None:
                return None
            waiting -= _send(path, waiting, given, free)
    return given


Path = list[tuple[int, str]]
"""Asks, each with the value that serves more of it; all but the first give way at the value before."""


def _path(number: int, together: Sequence[Ask], given: Given, free: Mapping[str, int]) -> Path | None:
    """The cheapest way to serve one more of an ask, with others giving way."""
    best: dict[int, tuple[int, Path]] = {number: (0, [])}
    ends: dict[str, tuple[int, Path]] = {}
    queue = deque([number])
    while queue:
        asker = queue.popleft()
        so_far, path = best[asker]
        for value, latency in together[asker].latency.items():
            cost = so_far + latency
            if value in ends and ends[value][0] <= cost:
                continue
            longer = [*path, (asker, value)]
            ends[value] = (cost, longer)
            for other, chosen in enumerate(given):
                if chosen.get(value):
                    without = cost - together[other].latency[value]
                    if other not in best or without < best[other][0]:
                        best[other] = (without, longer)
                        queue.append(other)
    open_ends = [(cost, value) for value, (cost, _) in ends.items() if free.get(value, 1)]
    return ends[min(open_ends)[1]][1] if open_ends else None


def _send(path: Path, waiting: int, given: Given, free: dict[str, int]) -> int:
    amount = min(waiting, free.get(path[-1][1], waiting))
    for (_, value), (other, _) in pairwise(path):
        amount = min(amount, given[other][value])
    for at, (asker, value) in enumerate(path):
        given[asker][value] = given[asker].get(value, 0) + amount
        if at:
            before = path[at - 1][1]
            given[asker][before] -= amount
            if not given[asker][before]:
                del given[asker][before]
    if path[-1][1] in free:
        free[path[-1][1]] -= amount
    return amount


def _packed(together: Sequence[Ask], left: Mapping[str, int]) -> Given | None:
    """By search, the largest first, near values before far ones."""
    if all(ask.size == together[0].size for ask in together):
        return None
    search = _Search(together, dict(left))
    search.serve(0, 0)
    return search.best


class _Search:
    """Every way to serve `together`, in so many steps, the cheapest kept."""

    def __init__(self, together: Sequence[Ask], left: dict[str, int]) -> None:
        self.together = together
        self.left = left
        self.order = sorted(range(len(together)), key=lambda number: -together[number].size)
        least = [together[number].count * min(together[number].latency.values()) for number in self.order]
        self.rest = [sum(least[at:]) for at in range(len(least) + 1)]
        self.given: Given = [{} for _ in together]
        self.cost = 0
        self.best: Given | None = None
        self.best_cost = 0
        self.steps = 0

    def serve(self, at: int, done: int) -> None:
        """Serve what is left of the ask at position `at`, of which `done` are, and all after it."""
        self.steps += 1
        if self.steps > _STEPS:
            return
        if at == len(self.order):
            if self.best is None or self.cost < self.best_cost:
                self.best, self.best_cost = [dict(chosen) for chosen in self.given], self.cost
            return
        number = self.order[at]
        ask, chosen = self.together[number], self.given[number]
        if self.best is not None and self.cost + self.rest[at + 1] >= self.best_cost:
            return
        values = list(ask.latency)
        first = max((values.index(value) for value in chosen), default=0)
        for value in values[first:]:
            room = self.left.get(value)
            if room is not None and room < ask.size:
                continue
            self._take(number, value, 1)
            if done + 1 < ask.count:
                self.serve(at, done + 1)
            else:
                self.serve(at + 1, 0)
            self._take(number, value, -1)

    def _take(self, number: int, value: str, change: int) -> None:
        ask, chosen = self.together[number], self.given[number]
        chosen[value] = chosen.get(value, 0) + change
        if not chosen[value]:
            del chosen[value]
        self.cost += change * ask.latency[value]
        if value in self.left:
            self.left[value] -= change * ask.size
