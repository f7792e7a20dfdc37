"""`Goal`: one level of an objective over a scope, as the solver, the search and the checks see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.objectives.moving import Step
    from placelang_scheduler.parts import Part, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.state import State


class Goal(Protocol):
    """A level, minimised. Its value over a problem is `combine` of its values over the problem's parts."""

    @property
    def name(self) -> str:
        """The objective's keyword, with the priority class where it has one."""

    @property
    def effort(self) -> float:
        """The share of what is left of the budget that this level may take."""

    def combine(self, values: Iterable[int]) -> int:
        """The value of the whole from those of its parts."""

    def value(self, placement: Placement) -> int:
        """What the placement comes to."""

    def bound(self, part: Part, sure: Sure) -> int:
        """What no placement goes below in which so many replicas are sure, as far as is seen without a solver."""

    def post(self, model: Model) -> Terms:
        """An expression that, minimised, is the value."""

    def marginal(self, state: State, workload: int) -> Callable[[int], int] | None:
        """What one more replica of `workload` on a host adds, for comparing hosts; None where all are alike."""

    def steps(self, state: State, bound: int) -> Iterator[Step]:
        """Moves that this level may gain by, while it is above `bound`. They go by the state as it is: whoever makes
        one asks anew."""

    def local(self, state: State, workloads: tuple[int, ...], hosts: tuple[int, ...]) -> int:
        """That share of the value, in a unit of its own, that moves of `workloads` between `hosts` change."""
