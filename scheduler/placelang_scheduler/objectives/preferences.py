"""`preferences`: weighted violations of soft constraints: as few as possible, higher priority first.

The levels are `preferences P` for each priority P in descending order. A constraint belongs to the priority of its
subjects, which is one for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.objectives.moving import relocations
from placelang_scheduler.objectives.priorities import by_priority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.objectives.moving import Step
    from placelang_scheduler.parts import Part, Scope, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Preferences:
    """Weighted violations of soft constraints: as few as possible, higher priority first."""

    keyword: Literal["preferences"] = "preferences"

    def goals(self, scope: Scope) -> tuple[Goal, ...]:
        soft = [
            (constraint, constraint.weight)
            for constraint in scope.constraints
            if constraint.weight is not None
        ]
        classes = by_priority(
            scope.problem, soft, lambda weighted: scope.problem.workloads[weighted[0].subjects()[0]].group
        )
        return tuple(
            Preferred(f"preferences {priority}", scope.problem, found) for priority, found in classes
        )


@dataclass(frozen=True, slots=True)
class Preferred:
    """Weighted violations of the soft constraints of one priority."""

    effort: ClassVar[float] = 0.5

    name: str
    problem: Problem
    weighted: tuple[tuple[Constraint, int], ...]
    _touching: dict[int, list[tuple[Constraint, int]]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for constraint, weight in self.weighted:
            for workload in dict.fromkeys(constraint.names()):
                self._touching.setdefault(workload, []).append((constraint, weight))

    def combine(self, values: Iterable[int]) -> int:
        return sum(values)

    def value(self, placement: Placement) -> int:
        return self._cost(placement, self.weighted)

    def _cost(self, placement: Placement, weighted: Iterable[tuple[Constraint, int]]) -> int:
        return sum(
            weight * violation.amount
            for constraint, weight in weighted
            for violation in constraint.violations(self.problem, placement)
        )

    def bound(self, part: Part, sure: Sure) -> int:
        return sum(
            weight * constraint.least(self.problem, part.room, sure) for constraint, weight in self.weighted
        )

    def post(self, model: Model) -> Terms:
        return [
            (variable, factor * weight)
            for constraint, weight in self.weighted
            for variable, factor in constraint.penalise(model)
        ]

    def marginal(self, state: State, workload: int) -> Callable[[int], int] | None:
        extras = [
            (constraint.marginal(state, workload), weight)
            for constraint, weight in self._touching.get(workload, ())
        ]
        if not extras:
            return None
        return lambda host: sum(weight * extra(host) for extra, weight in extras)

    def steps(self, state: State, bound: int) -> Iterator[Step]:
        for constraint, _ in self.weighted:
            if any(True for _ in constraint.violations(self.problem, state)):
                for workload in constraint.names():
                    yield from relocations(state, workload)

    def local(self, state: State, workloads: tuple[int, ...], hosts: tuple[int, ...]) -> int:
        touching: dict[str, tuple[Constraint, int]] = {}
        for workload in workloads:
            for constraint, weight in self._touching.get(workload, ()):
                touching[constraint.id] = (constraint, weight)
        return self._cost(state, touching.values()) if touching else 0
