"""Who stands in a group's way: `crowd`; and whether groups can all be placed: `seat`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.cores import BUILT
from placelang_scheduler.losses.left import affordable, plain
from placelang_scheduler.model import Model, weigh
from placelang_scheduler.search import search

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.parts import Part


def crowd(
    part: Part, groups: Collection[int], admitted: Collection[int], budget: Budget
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


def seat(part: Part, groups: Collection[int], budget: Budget) -> bool | None:
    """Whether there is a placement of `part` that admits `groups`; None where that was not found out."""
    if not affordable(part):
        return None
    model = Model([part])
    budget.units -= part.size / BUILT
    _force(model, sorted(groups))
    finding = search(model.cp, budget)
    if finding.values is not None:
        return True
    return False if finding.closed and not model.coarse else None


def _force(model: Model, groups: Iterable[int]) -> None:
    for group in groups:
        model.define([(model.admitted[group], 1)], low=1)
