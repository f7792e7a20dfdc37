"""`Draft`: how far a part has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from placelang_scheduler.objectives.placed import Admitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from placelang_scheduler.model import Terms
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.parts import Part
    from placelang_scheduler.state import State


@dataclass(slots=True)
class Draft:
    """A part's placement so far, with the value and the bound of each of its goals, and their terms in a model."""

    part: Part
    goals: tuple[Goal, ...]
    state: State
    values: list[int]
    bounds: list[int]

    posted: dict[int, Terms] = field(default_factory=dict)

    @property
    def proved(self) -> bool:
        return self.values == self.bounds


def draft(part: Part, goals: tuple[Goal, ...], state: State) -> Draft:
    """A placement with its values, and the bounds that are seen without a solver."""
    return Draft(part, goals, state, [goal.value(state) for goal in goals], bounds(part, goals, state))


def bounds(part: Part, goals: Sequence[Goal], state: State) -> list[int]:
    """What is seen without a solver. Where a level says that all open groups of a priority are admitted, they are
    certain for all levels after it."""
    certain: frozenset[int] = frozenset()
    found = []
    for goal in goals:
        found.append(goal.bound(part, certain))
        if isinstance(goal, Admitted):
            inside = part.open.intersection(goal.groups)
            if inside <= state.admitted:
                certain |= inside
    return found
