"""`reseat`: the solver's answer to whether an aftermath can be placed, with the fewest moves it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.cores import BUILT
from placelang_scheduler.model import Model, weigh
from placelang_scheduler.objectives.moves import Moved
from placelang_scheduler.search import search

if TYPE_CHECKING:
    from placelang_scheduler.budget import Budget
    from placelang_scheduler.parts import Part


def reseat(after: Part, budget: Budget) -> dict[int, dict[int, int]] | None:
    """Replicas by workload and host where all open groups of `after` are admitted; None where none were found."""
    model = Model([after])
    budget.units -= after.size / BUILT
    for group in sorted(after.open):
        model.define([(model.admitted[group], 1)], low=1)
    model.cp.minimize(weigh(Moved("moves", after.problem, after.workloads).post(model)))
    values = search(model.cp, budget).values
    if values is None:
        return None
    return {
        index: {host: values[count.index] for host, count in model.x[index].items() if values[count.index]}
        for index in after.workloads
    }
