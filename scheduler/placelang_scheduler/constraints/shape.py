"""What constraints have in common by the workloads that they name, and how they meet hosts without a value.

A hard constraint over a key keeps new replicas from hosts without a value of that key: nobody knows that it holds
there. What runs there now may stay where the workload's `stay` says so. A soft constraint counts each replica there
as a violation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Protocol

from placelang_scheduler.placement import EXEMPT, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Self

    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem


class One:
    """A constraint on the replicas of one workload."""

    __slots__ = ()
    lasting: ClassVar[bool] = False
    workload: int

    def subjects(self) -> tuple[int, ...]:
        return (self.workload,)

    def names(self) -> tuple[int, ...]:
        return (self.workload,)

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        return iter(())

    def divide(self, part_of: Sequence[int]) -> Mapping[int, Self]:
        return {part_of[self.workload]: self}

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        return 0


class Alike:
    """A constraint on the replicas of `workloads`, variants of one thing, counted together."""

    __slots__ = ()
    lasting: ClassVar[bool] = False
    workloads: tuple[int, ...]

    def subjects(self) -> tuple[int, ...]:
        return self.workloads

    def names(self) -> tuple[int, ...]:
        return self.workloads

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        """All of them, wherever they stand."""
        yield self.workloads

    def divide(self, part_of: Sequence[int]) -> Mapping[int, Self]:
        return {
            part: replace(self, workloads=own)  # type: ignore[type-var]
            for part, own in by_part(self.workloads, part_of).items()
        }

    def faults(self, problem: Problem) -> Iterator[str]:
        if len(set(self.workloads)) < len(self.workloads):
            yield "names a workload twice"
        if len(problem.counts(self.workloads)) > 1:
            yield "names workloads that are not variants of one thing"

    def most(self, problem: Problem) -> int:
        """The most replicas that there are."""
        return problem.counted(self.workloads[0]).maximum

    def group(self, problem: Problem) -> int:
        return problem.workloads[self.workloads[0]].group

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        return 0


class Pair:
    """A constraint between the replicas of some workloads and those of their partners, over a key."""

    __slots__ = ()
    lasting: ClassVar[bool] = False
    workloads: tuple[int, ...]
    partners: tuple[int, ...]
    key: str

    def subjects(self) -> tuple[int, ...]:
        return self.workloads

    def names(self) -> tuple[int, ...]:
        return self.workloads + self.partners

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        return meeting(problem, room, self.names(), self.key)

    def faults(self, problem: Problem) -> Iterator[str]:
        if not self.partners:
            yield "names no partner"
        if len(set(self.names())) < len(self.names()):
            yield "names a workload twice"

    def divide(self, part_of: Sequence[int]) -> Mapping[int, Self]:
        near = by_part(self.partners, part_of)
        return {
            part: replace(self, workloads=own, partners=near.get(part, ()))  # type: ignore[type-var]
            for part, own in by_part(self.workloads, part_of).items()
        }

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        return 0


def by_part(workloads: Iterable[int], part_of: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """`workloads` by the part that they are in."""
    found: dict[int, list[int]] = {}
    for workload in workloads:
        found.setdefault(part_of[workload], []).append(workload)
    return {part: tuple(members) for part, members in found.items()}


def meeting(problem: Problem, room: Room, workloads: tuple[int, ...], key: str) -> Iterator[tuple[int, ...]]:
    """Those of `workloads` that have room on a common value of `key`, per value."""
    if len(workloads) < _SEVERAL:
        return
    found: dict[str, dict[int, None]] = {}
    for workload in workloads:
        for host in room[workload]:
            value = problem.hosts[host].domains.get(key)
            if value is not None and value != EXEMPT:
                found.setdefault(value, {})[workload] = None
    for met in found.values():
        yield tuple(met)


_SEVERAL = 2


def room_by_value(problem: Problem, room: Room, workloads: Iterable[int], key: str) -> dict[str, int]:
    """The most replicas of `workloads` per value of `key`."""
    found: dict[str, int] = {}
    for workload in workloads:
        for host, most in room[workload].items():
            value = problem.hosts[host].domains.get(key)
            if value is not None:
                found[value] = found.get(value, 0) + most
    return found


def surely(problem: Problem, sure: Sure, workloads: Iterable[int]) -> int:
    """The least replicas of `workloads` together, in any plan that is looked at."""
    named = set(workloads)
    total = sum(sure.get(index, 0) for index in named)
    for one in problem.counts(sorted(named)):
        if len(one.workloads) > 1 and named.issuperset(one.workloads):
            total += sure.get(one.workloads, 0)
    return total


class Keyed(Protocol):
    """A constraint over a key."""

    @property
    def id(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def weight(self) -> int | None: ...
    @property
    def keyword(self) -> str: ...


def keyed_limit(problem: Problem, key: str, workload: int, host: int) -> int:
    """The most replicas of `workload` on `host` under a hard constraint over `key`."""
    shape = problem.workloads[workload]
    return shape.maximum if key in problem.hosts[host].domains else shape.staying(host)


def strays(problem: Problem, placement: Placement, constraint: Keyed, workload: int) -> Iterator[Violation]:
    """Replicas of `workload` that stand on a host without a value and may not."""
    shape = problem.workloads[workload]
    for host, count in placement.on(workload).items():
        if count and constraint.key not in problem.hosts[host].domains:
            beyond = count - (shape.staying(host) if constraint.weight is None else 0)
            if beyond > 0:
                yield Violation(constraint.keyword, beyond, constraint.id, workload=workload, host=host)
