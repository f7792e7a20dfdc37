"""`toll`: what the use of hosts and moves cost, added up: hinges over use, and what it costs to be moved.

One level, for a landscape of costs that is to be low as a whole: load above a safe level, resources that should stay in
proportion, any convex curve as a sum of hinges; against them, what each move costs, by what is moved, by whence and
whither, and by how many of a set move at the worst. It counts what replicas demand at any hour, and no devices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.objectives.moving import relocations
from placelang_scheduler.placement import Settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ortools.sat.python.cp_model import IntVar

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.objectives.moving import Step
    from placelang_scheduler.parts import Part, Scope, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem, Workload
    from placelang_scheduler.state import State

MOST = 2**61
"""What costs may add up to."""


@dataclass(frozen=True, slots=True)
class Hinge:
    """On each host, `weight` for each unit by which the sum of factors times what is taken of resources is above what
    `above` has of the host; None there costs nothing."""

    weight: int
    use: tuple[tuple[str, int], ...]
    above: tuple[int | None, ...]

    def pull(self, workload: Workload) -> int:
        """What a replica adds to the sum."""
        return sum(factor * workload.demand.get(resource, 0) for resource, factor in self.use)


@dataclass(frozen=True, slots=True)
class Toll:
    """The cost of `hinges` and of moves.

    A replica that runs and is not planned there costs `moves` times its `move_cost`, and where it stands on another
    host, what `ways` has from the one to the other, by index; those of which this is asked are workloads of one replica
    each. Of `sets` of workloads, the largest number of such replicas in any one costs `most` each.
    """

    hinges: tuple[Hinge, ...] = ()
    moves: int = 0
    ways: tuple[tuple[int, ...], ...] = ()
    sets: tuple[tuple[int, ...], ...] = ()
    most: int = 0
    keyword: Literal["toll"] = "toll"

    def goals(self, scope: Scope) -> tuple[Goal, ...]:
        return (Tolled(self.keyword, scope.problem, self),)

    def faults(self, problem: Problem) -> Iterator[str]:
        """What is wrong with it, for `validate`."""
        hosts, shapes = len(problem.hosts), problem.workloads
        if any(len(hinge.above) != hosts for hinge in self.hinges):
            yield "a hinge has not one edge a host"
        if self.ways and (len(self.ways) != hosts or any(len(row) != hosts for row in self.ways)):
            yield "ways are not from each host to each"
        named = [index for one in self.sets for index in one]
        if any(not 0 <= index < len(shapes) for index in named) or len(set(named)) < len(named):
            yield "sets name what is not there, or a workload twice"
        weights = (self.moves, self.most, *(hinge.weight for hinge in self.hinges))
        if min(weights) < 0 or any(way < 0 for row in self.ways for way in row):
            yield "costs less than nothing"
        if self.ways and any(max(one.maximum, sum(one.current.values())) > 1 for one in shapes):
            yield "ways are of workloads of one replica, and another has more"
        if self.most_of(problem) > MOST:
            yield f"may add up to more than {MOST}"

    def most_of(self, problem: Problem) -> int:
        """What it can come to, at most."""
        total = 0
        for hinge in self.hinges:
            every = sum(abs(hinge.pull(one)) * one.maximum for one in problem.workloads)
            total += hinge.weight * sum(every + abs(edge) for edge in hinge.above if edge is not None)
        running = sum(sum(one.current.values()) for one in problem.workloads)
        fees = sum(one.move_cost * sum(one.current.values()) for one in problem.workloads)
        farthest = max((way for row in self.ways for way in row), default=0)
        return total + self.moves * fees + (farthest + self.most) * running


@dataclass(frozen=True, slots=True)
class Tolled:
    """The cost over all of a problem, of which there is one part where anything costs a toll."""

    effort: ClassVar[float] = 0.8

    name: str
    problem: Problem
    toll: Toll

    def combine(self, values: Iterable[int]) -> int:
        return next(iter(values), self._use(Settled({}, frozenset()), range(len(self.problem.hosts))))

    def value(self, placement: Placement) -> int:
        hosts, shapes = range(len(self.problem.hosts)), range(len(self.problem.workloads))
        return (
            self._use(placement, hosts)
            + sum(self._gone(placement, index) for index in shapes)
            + self._top(placement)
        )

    def _use(self, placement: Placement, hosts: Iterable[int]) -> int:
        """What hinges cost on `hosts`."""
        among = set(hosts)
        total = 0
        for hinge in self.toll.hinges:
            taken = dict.fromkeys(among, 0)
            for index, workload in enumerate(self.problem.workloads):
                pull = hinge.pull(workload)
                for host, count in placement.on(index).items() if pull else ():
                    if host in taken:
                        taken[host] += pull * count
            total += hinge.weight * sum(_above(amount, hinge.above[host]) for host, amount in taken.items())
        return total

    def _gone(self, placement: Placement, index: int) -> int:
        """What it costs that replicas of a workload are not where they run."""
        workload, found = self.problem.workloads[index], placement.on(index)
        gone = self._lost(placement, index)
        cost = gone * self.toll.moves * workload.move_cost
        if gone and self.toll.ways:
            (home,) = (host for host, count in workload.current.items() if count)
            cost += sum(self.toll.ways[home][host] for host, count in found.items() if count)
        return cost

    def _lost(self, placement: Placement, index: int) -> int:
        found = placement.on(index)
        current = self.problem.workloads[index].current
        return sum(max(0, count - found.get(host, 0)) for host, count in current.items())

    def _top(self, placement: Placement) -> int:
        sets = self.toll.sets if self.toll.most else ()
        return self.toll.most * max((sum(self._lost(placement, w) for w in one) for one in sets), default=0)

    def bound(self, part: Part, sure: Sure) -> int:
        return self.least(sure)

    def least(self, sure: Sure) -> int:
        """For each hinge, what all hosts together are above all edges."""
        total = 0
        for hinge in self.toll.hinges:
            edges = [edge for edge in hinge.above if edge is not None]
            if len(edges) < len(hinge.above):
                continue
            least = sum(
                pull * (sure.get(index, 0) if pull > 0 else workload.maximum)
                for index, workload in enumerate(self.problem.workloads)
                if (pull := hinge.pull(workload))
            )
            total += hinge.weight * max(0, least - sum(edges))
        return total

    def post(self, model: Model) -> Terms:
        return [*self._post_use(model), *self._post_moves(model)]

    def _post_use(self, model: Model) -> Iterator[tuple[IntVar, int]]:
        pulls = [[hinge.pull(one) for one in self.problem.workloads] for hinge in self.toll.hinges]
        for hinge, pull in zip(self.toll.hinges, pulls, strict=True):
            for host, edge in enumerate(hinge.above):
                terms = [
                    (counts[host], pull[index])
                    for index, counts in model.x.items()
                    if host in counts and pull[index]
                ]
                if edge is None:
                    continue
                most = (
                    sum(model.most[variable.index] * factor for variable, factor in terms if factor > 0)
                    - edge
                )
                if most > 0:
                    yield model.excess(terms, edge, most), hinge.weight

    def _post_moves(self, model: Model) -> Iterator[tuple[IntVar, int]]:
        lost: dict[int, Terms] = {}
        for index, workload in enumerate(self.problem.workloads):
            counts = model.x[index]
            for host, running in sorted(workload.current.items()):
                if host in counts:
                    gone = model.excess([(counts[host], -1)], -running, running)
                else:
                    gone = model.variable(running)
                    model.define([(gone, 1)], low=running)
                lost.setdefault(index, []).append((gone, 1))
                yield gone, self.toll.moves * workload.move_cost
                if self.toll.ways and running:
                    yield from (
                        (count, way)
                        for at, count in counts.items()
                        if at != host and (way := self.toll.ways[host][at])
                    )
        if self.toll.most and self.toll.sets:
            each = [[term for index in one for term in lost.get(index, ())] for one in self.toll.sets]
            top = model.variable(max(model.widest(terms) for terms in each))
            for terms in each:
                model.define([*terms, (top, -1)], high=0)
            yield top, self.toll.most

    def marginal(self, state: State, workload: int) -> Callable[[int], int] | None:
        shape = self.problem.workloads[workload]
        found = state.on(workload)
        levels = self._levels(state)
        fee = self.toll.moves * shape.move_cost
        homes = [host for host, count in shape.current.items() if count]

        def extra(host: int) -> int:
            cost = 0
            for hinge, taken in zip(self.toll.hinges, levels, strict=True):
                edge, now = hinge.above[host], taken.get(host, 0)
                cost += hinge.weight * (_above(now + hinge.pull(shape), edge) - _above(now, edge))
            if homes and found.get(host, 0) >= shape.current.get(host, 0):
                cost += fee + (self.toll.ways[homes[0]][host] if self.toll.ways else 0)
            return cost

        return extra

    def _levels(self, state: State) -> list[Mapping[int, int]]:
        """What is taken of each host, by hinge."""
        found: list[dict[int, int]] = [{} for _ in self.toll.hinges]
        for index, workload in enumerate(self.problem.workloads):
            for hinge, taken in zip(self.toll.hinges, found, strict=True):
                pull = hinge.pull(workload)
                for host, count in state.on(index).items() if pull else ():
                    taken[host] = taken.get(host, 0) + pull * count
        return list(found)

    def steps(self, state: State, bound: int) -> Iterator[Step]:
        for index in range(len(self.problem.workloads)):
            yield from relocations(state, index)

    def local(self, state: State, workloads: tuple[int, ...], hosts: tuple[int, ...]) -> int:
        gone = sum(self._gone(state, index) for index in workloads)
        return self._use(state, hosts) + gone + self._top(state)


def _above(amount: int, edge: int | None) -> int:
    return 0 if edge is None else max(0, amount - edge)
