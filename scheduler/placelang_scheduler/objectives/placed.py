"""`placed`: admitted groups, then replicas: as many as possible, higher priority first.

The levels are `placed P` for each priority P in descending order, the groups of that priority that are left out, and
after them `replicas P` in the same order, the replicas missing to the workloads' maximum, those of left-out groups
included. So a replica beyond the minimum never keeps any group out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.shape import surely
from placelang_scheduler.hours import together
from placelang_scheduler.objectives.priorities import by_priority

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.objectives.moving import Step
    from placelang_scheduler.parts import Part, Scope, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Placed:
    """Admitted groups, then replicas: as many as possible, higher priority first."""

    keyword: Literal["placed"] = "placed"

    def goals(self, scope: Scope) -> tuple[Goal, ...]:
        groups = by_priority(scope.problem, scope.groups, lambda group: group)
        workloads = by_priority(
            scope.problem, scope.workloads, lambda index: scope.problem.workloads[index].group
        )
        equals = dict(groups)
        return (
            *(Admitted(f"placed {priority}", scope.problem, members) for priority, members in groups),
            *(
                Replicas(f"replicas {priority}", scope.problem, members, equals[priority])
                for priority, members in workloads
            ),
        )


@dataclass(frozen=True, slots=True)
class Admitted:
    """Left-out groups of one priority."""

    effort: ClassVar[float] = 0.5

    name: str
    problem: Problem
    groups: tuple[int, ...]

    def combine(self, values: Iterable[int]) -> int:
        return sum(values)

    def value(self, placement: Placement) -> int:
        return sum(1 for group in self.groups if not placement.admits(group))

    def bound(self, part: Part, sure: Sure) -> int:
        """Those that are not open, and of the others those for which all hosts together have too little of something
        at some time beside what is sure, the smallest counted first."""
        inside = part.open.intersection(self.groups)
        moments = together(self.problem, part.workloads)
        short = max(self._short(part, sure, inside, moment) for moment in moments)
        return len(self.groups) - len(inside) + short

    def _short(self, part: Part, sure: Sure, inside: frozenset[int], moment: tuple[int, ...]) -> int:
        needs: dict[str, dict[int, int]] = {}
        taken: dict[str, int] = {}
        for one in self.problem.counts(moment):
            group = self.problem.workloads[one.workloads[0]].group
            for resource, need in self.problem.least_demand(one).items():
                if group in inside:
                    found = needs.setdefault(resource, {})
                    found[group] = found.get(group, 0) + need * one.minimum
                else:
                    most = surely(self.problem, sure, one.workloads)
                    taken[resource] = taken.get(resource, 0) + need * most
        short = 0
        for resource, found in needs.items():
            have = sum(self.problem.hosts[host].capacity.get(resource, 0) for host in part.hosts)
            left = have - taken.get(resource, 0)
            if sum(found.values()) > left:
                short = max(short, sum(1 for total in accumulate(sorted(found.values())) if total > left))
        return short

    def post(self, model: Model) -> Terms:
        return [(model.one, len(self.groups)), *((model.admitted[group], -1) for group in self.groups)]

    def marginal(self, state: State, workload: int) -> None:
        return None

    def steps(self, state: State, bound: int) -> Iterator[Step]:
        return iter(())

    def local(self, state: State, workloads: tuple[int, ...], hosts: tuple[int, ...]) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Replicas:
    """Replicas missing to the maximum of the workloads of one priority, which belong to `groups`."""

    effort: ClassVar[float] = 0.5

    name: str
    problem: Problem
    workloads: tuple[int, ...]
    groups: tuple[int, ...]

    def combine(self, values: Iterable[int]) -> int:
        return sum(values)

    def value(self, placement: Placement) -> int:
        return self._most() - sum(sum(placement.on(index).values()) for index in self.workloads)

    def bound(self, part: Part, sure: Sure) -> int:
        return sum(
            max(0, one.maximum - sum(part.room_for(one).values()))
            for one in self.problem.counts(self.workloads)
        )

    def missing(self, part: Part, left_out: int) -> int:
        """What is missing at least where so many groups are left out: all of those that are not open, and of the others
        the smallest."""
        sizes = dict.fromkeys(self.groups, 0)
        for one in self.problem.counts(self.workloads):
            sizes[self.problem.workloads[one.workloads[0]].group] += one.maximum
        closed = [sizes.pop(group) for group in self.groups if group not in part.open]
        return sum(closed) + sum(sorted(sizes.values())[: max(0, left_out - len(closed))])

    def post(self, model: Model) -> Terms:
        replicas = model.replicas(*self.workloads)
        return [(model.one, self._most()), *((count, -1) for count, _ in replicas)]

    def _most(self) -> int:
        return sum(one.maximum for one in self.problem.counts(self.workloads))

    def marginal(self, state: State, workload: int) -> None:
        return None

    def steps(self, state: State, bound: int) -> Iterator[Step]:
        return iter(())

    def local(self, state: State, workloads: tuple[int, ...], hosts: tuple[int, ...]) -> int:
        return 0
