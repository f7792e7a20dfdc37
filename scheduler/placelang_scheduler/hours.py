"""Who runs at the same time: workloads that keep hours share what they need with those that are never up beside them.

Hours are spans of an axis that all workloads share, such as the minutes of a week. Enter workloads; leave the largest
sets of them that run together, whatever stands where: what holds for each of these sets holds at every moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from placelang_scheduler.problem import Problem

Hours = tuple[tuple[int, int], ...] | None
"""Half-open spans, ascending and disjoint; None is always."""


def together(problem: Problem, workloads: Iterable[int]) -> tuple[tuple[int, ...], ...]:
    """The largest sets of `workloads` that run at one time, each in their order: one of all where none keeps hours."""
    found = tuple(workloads)
    kept = {hours for index in found if (hours := problem.workloads[index].hours) is not None}
    if not kept:
        return (found,)
    return tuple(
        tuple(
            index for index in found if (hours := problem.workloads[index].hours) is None or hours in beside
        )
        for beside in _largest(sorted(kept))
    )


def peak(problem: Problem, needs: Mapping[int, int]) -> int:
    """The most that `needs` of workloads come to at one time."""
    amounts: dict[Hours, int] = {}
    for index, need in needs.items():
        hours = problem.workloads[index].hours
        amounts[hours] = amounts.get(hours, 0) + need
    return heaviest(amounts)


def heaviest(amounts: Mapping[Hours, int], within: Hours = None) -> int:
    """The most that amounts come to at one time of `within`, by the hours at which they are taken."""
    kept = [(hours, amount) for hours, amount in amounts.items() if hours is not None]
    starts = {low for hours, _ in kept for low, _ in hours} | {low for low, _ in within or ()}
    if within is not None:
        starts = {start for start in starts if any(low <= start < high for low, high in within)}
    most = max(
        (sum(n for hours, n in kept if any(low <= at < high for low, high in hours)) for at in starts),
        default=0,
    )
    return amounts.get(None, 0) + most


def _largest(kept: list[tuple[tuple[int, int], ...]]) -> list[frozenset[tuple[tuple[int, int], ...]]]:
    """The sets of hours that overlap at some moment and are part of no other, by the first such moment."""
    edges = sorted({edge for hours in kept for span in hours for edge in span})
    moments = dict.fromkeys(
        frozenset(hours for hours in kept if any(low <= start and end <= high for low, high in hours))
        for start, end in pairwise(edges)
    )
    return [moment for moment in moments if not any(moment < other for other in moments)]
