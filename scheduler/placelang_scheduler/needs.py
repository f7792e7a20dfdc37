"""`Needs`: which groups stand and fall with which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.constraints import beside
from placelang_scheduler.parts import limiting
from placelang_scheduler.reasons import Kind
from placelang_scheduler.solution import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from placelang_scheduler.problem import Problem


class Needs:
    """What groups need of each other, over the whole problem, of which the groups `absent` are left out.

    `members`: workloads by group. `limits`: hard constraints by the workloads that they bind.
    """

    def __init__(self, problem: Problem, absent: frozenset[int]) -> None:
        self.problem = problem
        self.absent = absent
        self.limits = limiting(problem.constraints)
        self.members: list[list[int]] = [[] for _ in problem.groups]
        for index, workload in enumerate(problem.workloads):
            self.members[workload.group].append(index)

    def required(self, group: int) -> tuple[int, ...]:
        """The group and all that it requires, directly or not."""
        return _reach(group, lambda other: self.problem.groups[other].requires)

    def related(self, group: int) -> tuple[int, ...]:
        """The group and all that may have to do with its being admitted: what it requires and whom it has to stand
        beside, directly or not."""
        return _reach(group, self._beside)

    def _beside(self, group: int) -> tuple[int, ...]:
        partners = (other for _, others in self._partners(group) for other in others)
        return (*self.problem.groups[group].requires, *partners)

    def _partners(self, group: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Hard constraints to stand beside others, on the group, with the groups of their partners."""
        seen = set()
        for index in self.members[group]:
            for constraint in self.limits.get(index, ()):
                for one in beside(constraint):
                    if index in one.workloads and one.id not in seen:
                        seen.add(one.id)
                        groups = {self.problem.workloads[partner].group for partner in one.partners}
                        yield one.id, tuple(sorted(groups))

    def lacking(self, group: int) -> Iterator[Reason]:
        """Left-out groups that this one cannot do without, unless they cannot do without it."""
        for other in self.problem.groups[group].requires:
            if other in self.absent and group not in self.related(other):
                yield Reason(Kind.REQUIRES, group=other)
        for constraint, others in self._partners(group):
            if self.absent.issuperset(others) and not any(group in self.related(other) for other in others):
                yield from (Reason(Kind.REQUIRES, constraint=constraint, group=other) for other in others)


def _reach(group: int, onward: Callable[[int], tuple[int, ...]]) -> tuple[int, ...]:
    found = {group: None}
    queue = [group]
    for one in queue:
        for other in onward(one):
            if other not in found:
                found[other] = None
                queue.append(other)
    return tuple(sorted(found))
