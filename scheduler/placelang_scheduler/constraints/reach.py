"""What links have in common: which values of a key are within reach of which, and who is served from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from placelang_scheduler.constraints.shape import Pair, keyed_limit, room_by_value, strays
from placelang_scheduler.placement import EXEMPT, Violation, tally

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from placelang_scheduler.parts import Room
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem

MOST = 2**53
"""The largest latency and bandwidth."""

Reach = Mapping[str, Mapping[str, int]]
"""Of values of a key, where replicas stand: the values within reach, where partners may, each with its latency."""


def unsound(what: str, amount: object) -> Iterator[str]:
    """What is wrong with an amount."""
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 <= amount <= MOST:
        yield f"{what} is {amount!r}, not a whole number between 0 and {MOST}"


class Linked(Pair):
    """A constraint on the replicas of `workloads` and those of `partners` within reach of them.

    A value is within its own reach, at latency 0; `reach` has the others. `doubtful` are pairs of values of which it
    is not known whether they are within reach, with the latency that is assumed: only what runs now, and stays, may
    be served over one, and only under a hard constraint. `bandwidth` is what serving a replica takes of the uplinks
    of both values, nothing inside one; `Uplinks` adds it up.
    """

    __slots__ = ()
    id: str
    keyword: str
    reach: Reach
    doubtful: Reach
    bandwidth: int
    weight: int | None

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        return keyed_limit(problem, self.key, workload, host)

    def served(
        self, problem: Problem, partners: Collection[str | None], workload: int, host: int, count: int
    ) -> int:
        """How many of `count` replicas on `host` have what is asked for, where partners have these values; those on a
        host that this constraint does not look at are not asked for anything."""
        raise NotImplementedError

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        partners = tally(problem, placement, self.partners, self.key)
        for workload in self.workloads:
            yield from strays(problem, placement, self, workload)
            for host, count in placement.on(workload).items():
                beyond = count - self.served(problem, partners, workload, host, count)
                if beyond > 0:
                    yield Violation(self.keyword, beyond, self.id, workload=workload, host=host)

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from super().faults(problem)
        yield from unsound("bandwidth", self.bandwidth)
        for one in (self.reach, self.doubtful):
            for value, near in one.items():
                if value in near:
                    yield f"{value!r} is within its own reach in any case"
                for other, latency in near.items():
                    yield from unsound(f"the latency from {value!r} to {other!r}", latency)

    def near(self, value: str) -> dict[str, int]:
        """The values within reach of `value`, with latencies, itself first."""
        return {value: 0, **self.reach.get(value, {})}

    def maybe_near(self, value: str) -> Mapping[str, int]:
        """The values of which that is not known, where it is enough that it is not."""
        return self.doubtful.get(value, {}) if self.weight is None else {}

    def anchored(self, problem: Problem, room: Room) -> frozenset[int]:
        """The workloads at whose one value a partner stands whenever they do, so that no other matters."""
        partners: dict[int, set[str | None]] = {}
        for partner in self.partners:
            shape = problem.workloads[partner]
            values = {problem.hosts[host].domains.get(self.key) for host in room[partner]}
            if shape.minimum and len(values) == 1:
                partners.setdefault(shape.group, set()).update(values)
        found = set()
        for workload in self.workloads:
            own = {problem.hosts[host].domains.get(self.key) for host in room[workload]}
            group = problem.workloads[workload].group
            if len(own) == 1 and own.isdisjoint((None, EXEMPT)):
                sure = (group, *problem.groups[group].requires)
                if any(own <= partners.get(other, set()) for other in sure):
                    found.add(workload)
        return frozenset(found)

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        """Each workload with the partners that may serve it; what is anchored is tied by its group."""
        anchored = self.anchored(problem, room)
        free = [workload for workload in self.workloads if workload not in anchored]
        standing: dict[str, list[int]] = {}
        for partner in self.partners if free else ():
            for value in room_by_value(problem, room, (partner,), self.key):
                standing.setdefault(value, []).append(partner)
        for workload in free:
            values = {
                value
                for own in room_by_value(problem, room, (workload,), self.key)
                if own != EXEMPT
                for value in (*self.near(own), *self.maybe_near(own))
            }
            met = {partner: None for value in sorted(values) for partner in standing.get(value, ())}
            yield (workload, *met)
