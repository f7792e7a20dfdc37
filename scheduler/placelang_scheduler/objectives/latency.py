"""`latency`: the latency of all links together: as little as possible.

One level, over all replicas: to the partner that serves each, as `partners` names it; of a `link every`, to the partner
that is furthest. A replica of a soft link without partner adds nothing, and nor does a partner out of reach.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints import Link, LinkEvery, Uplinks
from placelang_scheduler.constraints.flows import flows
from placelang_scheduler.constraints.shape import room_by_value, surely
from placelang_scheduler.objectives.moving import relocations
from placelang_scheduler.partners import alone, booked, served
from placelang_scheduler.placement import EXEMPT, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ortools.sat.python.cp_model import IntVar

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.objectives.moving import Step
    from placelang_scheduler.parts import Part, Scope, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Latency:
    """The latency of all links together: as little as possible."""

    keyword: Literal["latency"] = "latency"

    def goals(self, scope: Scope) -> tuple[Goal, ...]:
        every = tuple(one for one in scope.constraints if isinstance(one, LinkEvery))
        sums, links = booked(scope.constraints), alone(scope.constraints)
        return (Distance(self.keyword, scope.problem, sums, links, every),)


@dataclass(frozen=True, slots=True)
class Distance:
    """The latency of the links of `sums`, which are booked together, of `alone` and of `every`."""

    effort: ClassVar[float] = 0.5

    name: str
    problem: Problem
    sums: tuple[Uplinks, ...]
    alone: tuple[Link, ...]
    every: tuple[LinkEvery, ...]
    _of: dict[int, list[Link | LinkEvery]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for link in self.links():
            for workload in link.workloads:
                self._of.setdefault(workload, []).append(link)

    def combine(self, values: Iterable[int]) -> int:
        return sum(values)

    def value(self, placement: Placement) -> int:
        return self._add(placement, self.sums, self.alone, self.every)

    def _add(
        self,
        placement: Placement,
        sums: Iterable[Uplinks],
        links: Iterable[Link],
        every: Iterable[LinkEvery],
    ) -> int:
        total = sum(
            ask.latency[value] * count
            for _, ask, given in served(self.problem, placement, sums, links)
            for value, count in given.items()
        )
        return total + sum(self._furthest(placement, one) for one in every)

    def _furthest(self, placement: Placement, link: LinkEvery) -> int:
        partners = tally(self.problem, placement, link.partners, link.key)
        replicas = tally(self.problem, placement, link.workloads, link.key)
        total = 0
        for value, count in replicas.items():
            if value is not None:
                near = {**link.maybe_near(value), **link.near(value)}
                total += count * max((near[other] for other in partners if other in near), default=0)
        return total

    def links(self) -> Iterator[Link | LinkEvery]:
        """All links."""
        yield from (link for one in self.sums for link in one.links)
        yield from self.alone
        yield from self.every

    def bound(self, part: Part, sure: Sure) -> int:
        """Every replica that is sure is as near as any place that it has room in can be to any that partners have."""
        total = 0
        for link in self.links():
            if link.weight is None:
                standing = room_by_value(self.problem, part.room, link.partners, link.key)
                for one in self.problem.counts(link.workloads):
                    due = surely(self.problem, sure, one.workloads)
                    if due and set(one.workloads).issubset(link.workloads):
                        total += due * self._least(part.room_for(one), link, standing)
        return total

    def _least(self, room: Iterable[int], link: Link | LinkEvery, standing: Iterable[str]) -> int:
        least = None
        for host in room:
            value = self.problem.hosts[host].domains.get(link.key)
            if value is None or value == EXEMPT:
                return 0
            near = {**link.maybe_near(value), **link.near(value)}
            here = min((near[other] for other in standing if other in near), default=None)
            if here is not None:
                least = here if least is None else min(least, here)
        return least or 0

    def post(self, model: Model) -> Terms:
        terms: Terms = []
        for one in self.sums:
            found = [flow for link in one.links for flow in flows(model, link, lambda *_: [])]
            one.book(model, found)
            terms += [(flow.variable, flow.latency) for flow in found]
        for link in self.alone:
            spared = _lonely(model) if link.weight is not None else lambda *_: []
            terms += [(flow.variable, flow.latency) for flow in flows(model, link, spared)]
        for every in self.every:
            terms += _post_furthest(model, every)
        return [(variable, latency) for variable, latency in terms if latency]

    def marginal(self, state: State, workload: int) -> Callable[[int], int] | None:
        """To the nearest partner that stands, or to the furthest of those within reach."""
        mine = self._of.get(workload)
        if not mine:
            return None
        standing = [
            (
                link,
                [value for value, count in state.tally(link.partners, link.key).items() if value and count],
            )
            for link in mine
        ]
        hosts = self.problem.hosts

        def extra(host: int) -> int:
            total = 0
            for link, partners in standing:
                value = hosts[host].domains.get(link.key)
                if value is not None:
                    near = link.near(value)
                    found = [near[other] for other in partners if other in near]
                    total += (max if isinstance(link, LinkEvery) else min)(found, default=0)
            return total

        return extra

    def steps(self, state: State, bound: int) -> Iterator[Step]:
        moving = dict.fromkeys(workload for link in self.links() for workload in link.names())
        for workload in moving:
            yield from relocations(state, workload)

    def local(self, state: State, workloads: tuple[int, ...], hosts: tuple[int, ...]) -> int:
        moved = frozenset(workloads)
        return self._add(
            state,
            [one for one in self.sums if not moved.isdisjoint(one.names())],
            [one for one in self.alone if not moved.isdisjoint(one.names())],
            [one for one in self.every if not moved.isdisjoint(one.names())],
        )


def _lonely(model: Model) -> Callable[[int, Sequence[IntVar]], Terms]:
    """Replicas may be served by nobody only where nobody can."""

    def spared(most: int, near: Sequence[IntVar]) -> Terms:
        alone = model.variable(most)
        for partner in near:
            model.define([(alone, 1), (partner, most)], high=most)
        return [(alone, -1)]

    return spared


def _post_furthest(model: Model, link: LinkEvery) -> Terms:
    """Per value, a sum that is at least what all replicas there have to any partner that stands."""
    partners = model.present(link.partners, link.key)
    terms: Terms = []
    for value, counts in model.by_value(link.workloads, link.key).items():
        if value is None:
            continue
        near = {**link.maybe_near(value), **link.near(value)}
        far = {other: latency for other, latency in near.items() if other in partners and latency}
        if far:
            most = model.widest(counts)
            total = model.variable(most * max(far.values()))
            for other, latency in far.items():
                scaled = [(count, -latency) for count, _ in counts]
                model.define([(total, 1), *scaled, (partners[other], -latency * most)], low=-latency * most)
            terms.append((total, 1))
    return terms
