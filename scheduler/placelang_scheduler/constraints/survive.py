"""`survive`: whichever of some losses of hosts happens, what is guaranteed fits again on the hosts that are left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.shape import by_part, surely
from placelang_scheduler.placement import Loss, Violation, left_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State

LOSSES = 100_000
TOGETHER = 1_000
"""The most losses that one constraint may name, and the most of several hosts at once: each may hit something."""


@dataclass(frozen=True, slots=True)
class Survive:
    """After each of `losses`, hosts that are lost together, there is a placement on the hosts that are left in which
    `workloads` have their minimum again. `placelang_scheduler.losses` says what else holds there.

    A placement carries the placements after losses, and they are checked like any other; here it counts whether
    what is guaranteed is whole in them. Soft: one violation per loss after which it is not.
    """

    id: str
    workloads: tuple[int, ...]
    losses: tuple[Loss, ...]
    weight: int | None = None
    keyword: Literal["survive"] = "survive"
    lasting: ClassVar[bool] = False

    def subjects(self) -> tuple[int, ...]:
        return self.workloads

    def names(self) -> tuple[int, ...]:
        return self.workloads

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        """A loss that is not covered costs once, wherever it breaks what."""
        if self.weight is not None:
            yield self.workloads

    def divide(self, part_of: Sequence[int]) -> Mapping[int, Survive]:
        return {part: replace(self, workloads=own) for part, own in by_part(self.workloads, part_of).items()}

    def faults(self, problem: Problem) -> Iterator[str]:
        if len(self.losses) > LOSSES:
            yield f"names {len(self.losses)} losses, more than {LOSSES}"
        together = sum(len(loss) > 1 for loss in self.losses)
        if together > TOGETHER:
            yield f"names {together} losses of several hosts at once, more than {TOGETHER}"
        if len(set(self.workloads)) < len(self.workloads):
            yield "names a workload twice"
        if len(set(self.losses)) < len(self.losses):
            yield "names a loss twice"
        for one in problem.counts(self.workloads):
            if not set(self.workloads).issuperset(one.workloads):
                yield "names a workload without all of its variants"
        for loss in self.losses:
            if not loss or list(loss) != sorted(set(loss)):
                yield f"loss {loss!r}: not ascending hosts"
            elif not (loss[0] >= 0 and loss[-1] < len(problem.hosts)):
                yield f"loss {loss!r}: names a host that is not there"

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        return problem.workloads[workload].maximum

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        """Losses that leave less room than what is sure takes."""
        spare: list[tuple[tuple[int, ...], int]] = []
        for one in problem.counts(self.workloads):
            low = min(one.minimum, surely(problem, sure, one.workloads))
            if low:
                most = sum(sum(room[index].values()) for index in one.workloads)
                spare.append((one.workloads, most - low))
        return sum(
            1
            for loss in self.losses
            if any(
                sum(room[index].get(host, 0) for index in together for host in loss) > most
                for together, most in spare
            )
        )

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        for loss in self.losses:
            if not self.covered(problem, placement, loss):
                yield Violation(self.keyword, 1, self.id, host=loss[0])

    def covered(self, problem: Problem, placement: Placement, loss: Loss) -> bool:
        """Whether a contingency says so and all workloads that are admitted have their minimum in it; where there is
        none, nothing may be lost."""
        found = placement.contingencies.get(loss)
        if found is not None and self.id not in found.covered:
            return False
        for one in problem.counts(self.workloads):
            if not placement.admits(problem.workloads[one.workloads[0]].group):
                continue
            left = {index: left_of(placement, index, loss) for index in one.workloads}
            if found is None:
                if any(sum(own.values()) < sum(placement.on(index).values()) for index, own in left.items()):
                    return False
            else:
                then = (found.placements.get(index, own) for index, own in left.items())
                if sum(sum(own.values()) for own in then) < one.minimum:
                    return False
        return True

    def post(self, model: Model) -> None:
        """The model's scenarios say it all."""

    def penalise(self, model: Model) -> Terms:
        literals = model.coverage.get(self.id, {}).values()
        return [term for literal in literals for term in ((model.one, 1), (literal, -1))]

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        return lambda _: 0
