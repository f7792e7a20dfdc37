"""Who stands in a group's way: `crowd`; and whether groups can all be placed: `seat`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.cores import BUILT
from placelang_scheduler.losses.left import affordable, plain
from placelang_scheduler.model import Model, weigh
from placelang_scheduler.search import search

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.parts import Part


def crowd(
    part: Part, groups: Sequence[int], admitted: Collection[int], budget: Budget
) -> tuple[int, ...] | None:
    """The groups of `admitted` to leave out so that `groups` are admitted: few, and of low priority. None where none
    were found within the budget."""
    model = Model([part if affordable(part) else plain(part)])
    budget.units -= part.size / BUILT
    _force(model, groups)
    rivals = sorted(set(admitted) - set(groups))
    terms = [(model.admitted[rival], -1 - part.problem.groups[rival].priority) for rival in rivals]
    model.cp.minimize(weigh(terms))
    values = search(model.cp, budget).values
    if values is None:
        return None
    return tuple(rival for rival in rivals if not values[model.admitted[rival].index])


def seat(part: Part, budget: Budget) -> bool:
    """Whether a placement that admits all open groups of `part` is found within the budget."""
    if not affordable(part):
        return False
    model = Model([part])
    budget.units -= part.size / BUILT
    _force(model, sorted(part.open))
    return search(model.cp, budget).values is not None


def _force(model: Model, groups: Sequence[int]) -> None:
    for group in groups:
        model.define([(model.admitted[group], 1)], low=1)
