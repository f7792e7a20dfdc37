"""`Constraint`: what a constraint says of itself, the scheduler's own and those of others."""

from __future__ import annotations

from inspect import isfunction
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement, Violation
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


class Constraint(Protocol):
    """A frozen dataclass with these fields and methods. `weight` None is hard, a weight makes it soft; `keyword` is the
    name of its kind."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def id(self) -> str: ...

    @property
    def weight(self) -> int | None: ...

    @property
    def keyword(self) -> str: ...

    @property
    def lasting(self) -> bool:
        """Whether the loss of hosts, with all that stands on them, never breaks it; one word for all of the kind."""
        ...

    def subjects(self) -> tuple[int, ...]:
        """The workloads that it binds; those of a soft one have one priority."""
        ...

    def names(self) -> tuple[int, ...]:
        """All workloads that it speaks of."""
        ...

    def faults(self, problem: Problem) -> Iterable[str]:
        """What is wrong with it, for `validate`; the indices of `names` are looked at before."""
        ...

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        """Its own check, without a solver: nothing where it holds. Amounts add up to what a soft one costs."""
        ...

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        """Hard: the most replicas of a workload on one host, whatever else stands where."""
        ...

    def post(self, model: Model) -> None:
        """Hard: the rows that hold it, beyond the limits, by `Model.row` and variables by `Model.variable`."""
        ...

    def penalise(self, model: Model) -> Terms:
        """Soft: an expression that, minimised, counts the violations."""
        ...

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        """Soft: violations that are sure where so many replicas are, as far as is easily seen; 0 is always right."""
        ...

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        """What one more replica of a workload breaks, by host, for the greedy pass; 0 where it is not known."""
        ...

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        """Workloads that it ties together though they may share no host."""
        ...

    def divide(self, part_of: Sequence[int]) -> Mapping[int, Constraint]:
        """Its share in each part of the problem; `part_of` has the part of each workload. It holds for the whole where
        each share does."""
        ...


METHODS = tuple(
    name for name, found in vars(Constraint).items() if isfunction(found) and not name.startswith("_")
)
"""What a kind of constraint has, by name."""
